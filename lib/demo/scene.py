"""The stage of the demo: its moment, its working days, its chance, and the rows written so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TypeVar

from lib.standard.calendar_days import Override, day_index, plan_days
from lib.standard.working_time import REGULAR_HOURS

Row = dict[str, object]
T = TypeVar("T")
OPENS, CLOSES = time(9), time(18)


@dataclass(frozen=True, eq=False)
class WorkDays:
    """Which dates are worked: the public calendar and the demo team's own rows."""

    overrides: tuple[Override, ...] = ()
    _worked: list[bool] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_worked", plan_days(REGULAR_HOURS, self.overrides).worked.tolist())

    def is_worked(self, on: date) -> bool:
        return self._worked[day_index(on)]

    def shift(self, on: date, count: int) -> date:
        """The working day ``count`` working days after (or before) ``on``; 0: ``on``, or the next one."""
        step = timedelta(days=-1 if count < 0 else 1)
        if count == 0:
            while not self.is_worked(on):
                on += step
        for _ in range(abs(count)):
            on += step
            while not self.is_worked(on):
                on += step
        return on


@dataclass(frozen=True, eq=False)
class Scene:
    """``now`` is naive local time; ``depth`` from 0 (thin histories) to 1 (rich ones)."""

    rng: Random
    now: datetime
    days: WorkDays
    depth: float
    rows: defaultdict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    @property
    def today(self) -> date:
        return self.now.date()

    def add(self, worksheet: str, /, **values: object) -> Row:
        """Write a row; empty values are left out."""
        row = {key: value for key, value in values.items() if value is not None and value != ""}
        self.rows[worksheet].append(row)
        return row

    # --- chance -----------------------------------------------------------------------------------

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def pick(self, options: Sequence[T]) -> T:
        return self.rng.choice(options)

    def count(self, mean: float) -> int:
        """A whole number with that mean: its two neighbours, by chance."""
        return int(mean) + self.chance(mean - int(mean))

    def between_thin_and_rich(self, thin: float, rich: float) -> float:
        return thin + (rich - thin) * self.depth

    # --- moments ----------------------------------------------------------------------------------

    def happened(self, at: datetime | None) -> datetime | None:
        """The moment, unless it has not come yet."""
        return at if at is not None and at <= self.now else None

    def day_ago(self, days: int) -> date:
        """The working day that many days ago or soon after; today at the latest."""
        on = self.days.shift(self.today - timedelta(days=days), 0)
        return on if on <= self.today else self.days.shift(on, -1)

    def moment(self, on: date, first: int = 9, last: int = 17) -> datetime:
        """A moment within working hours of a day, between two full hours (last one included)."""
        hour = self.pick([hour for hour in range(first, last + 1) if hour != 12])
        return datetime.combine(on, time(hour, self.rng.randrange(5, 55)))

    def after_hours(self, at: datetime, low: float, high: float) -> datetime:
        """``at`` plus a random number of hours, to the minute."""
        return at + timedelta(minutes=round(60 * self.rng.uniform(low, high)))

    def promptly(self, at: datetime, hours: float) -> datetime:
        """A moment within ``hours`` by the clock: soon, the next morning if worked, else the same evening."""
        soon = self.after_hours(at, 0.2, min(hours, 4))
        morning = self.moment(at.date() + timedelta(days=1), 9, 9)
        if soon.date() == at.date() and soon.time() <= CLOSES:
            return soon
        if self.days.is_worked(morning.date()) and morning <= at + timedelta(hours=hours):
            return morning
        return self.after_hours(at, 0.1, min(hours, 0.9))

    def tardily(self, at: datetime, hours: float) -> datetime:
        """A working moment that misses ``hours`` by the clock by up to some days."""
        missed = at + timedelta(hours=hours)
        return self.moment(self.days.shift(missed.date(), self.pick([1, 1, 2, 3])))

    def within_workdays(self, at: datetime, count: int) -> datetime:
        """A moment at most ``count`` working days after the day of ``at``, and after ``at``."""
        return self.moment(self.days.shift(at.date(), self.rng.randint(1, count)))

    def after_workdays(self, at: datetime, count: int) -> datetime:
        """A moment one to four working days too late for ``count`` working days."""
        return self.moment(self.days.shift(at.date(), count + self.pick([1, 1, 2, 4])))

    def in_hours(self, at: datetime, hours: float, late_share: float) -> datetime:
        return self.tardily(at, hours) if self.chance(late_share) else self.promptly(at, hours)

    def in_workdays(self, at: datetime, count: int, late_share: float) -> datetime:
        late = self.chance(late_share)
        return self.after_workdays(at, count) if late else self.within_workdays(at, count)
