"""Which days are worked, and with which hours: the public calendar, overruled by the team's own rows.

The public calendar is the Chinese one with its make-up working weekends (调休). Those are known once the
government has announced them; what rests on a later day is provisional.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from holidays.countries.china import China

from lib.standard.day_hours import MINUTES_A_DAY, DayHours
from lib.standard.instants import MINUTE_US, Us

FIRST_ON = date(1990, 1, 1)
LAST_ON = date(2100, 12, 31)
FIRST_DAY = np.datetime64(FIRST_ON, "D")
DAY_COUNT = (LAST_ON - FIRST_ON).days + 1


class DayKind(StrEnum):
    """Why a day is worked or not."""

    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"
    TEAM_OFF = "team_off"
    TEAM_WORKING = "team_working"


KINDS = tuple(DayKind)
_WORKED = np.isin(KINDS, [DayKind.WORKING, DayKind.MAKE_UP, DayKind.TEAM_WORKING])


class OverrideKind(StrEnum):
    """What a row of the team's calendar does to its days."""

    DAY_OFF = "day_off"
    WORKING_DAY = "working_day"
    REGULAR_HOURS = "regular_hours"


_TEAM_KINDS = {OverrideKind.DAY_OFF: DayKind.TEAM_OFF, OverrideKind.WORKING_DAY: DayKind.TEAM_WORKING}


@dataclass(frozen=True, slots=True)
class Override:
    """One row of the team's calendar.

    ``day_off`` and ``working_day`` cover ``first_on`` to ``last_on``, both included (``None``: one day); a
    working day may bring its own hours. ``regular_hours`` sets the hours from ``first_on`` on (``None``:
    until further notice) and leaves open which days are worked. Raises ValueError for a row that
    contradicts itself.
    """

    kind: OverrideKind
    first_on: date
    last_on: date | None = None
    hours: DayHours | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if self.last_on is not None and self.last_on < self.first_on:
            raise ValueError(f"the last day {self.last_on} is before the first day {self.first_on}")
        if self.kind is OverrideKind.DAY_OFF and self.hours is not None:
            raise ValueError("a day off has no hours; for a half day, write a working day with its hours")
        if self.kind is OverrideKind.REGULAR_HOURS and self.hours is None:
            raise ValueError("regular hours need hours, for example 09:00-12:00,13:00-18:00")

    def covered(self) -> slice:
        """The day indexes that the row covers, within the span of the calendar."""
        open_ended = LAST_ON if self.kind is OverrideKind.REGULAR_HOURS else self.first_on
        last_on = self.last_on or open_ended
        return slice(max(0, day_index(self.first_on)), max(0, day_index(last_on) + 1))


@dataclass(frozen=True, eq=False)
class DayPlan:
    """One entry a day from FIRST_ON to LAST_ON.

    ``kind`` indexes KINDS; ``hours_of`` indexes ``hours`` (also for days not worked); ``row_of`` is the last
    row that makes it a day off or a working day, or -1.
    """

    kind: npt.NDArray[np.int8]
    hours_of: npt.NDArray[np.int32]
    row_of: npt.NDArray[np.int32]
    hours: tuple[DayHours, ...]
    overrides: tuple[Override, ...]
    official_through_on: date

    @property
    def worked(self) -> npt.NDArray[np.bool_]:
        """Whether each day is a working day."""
        worked: npt.NDArray[np.bool_] = _WORKED[self.kind]
        return worked


def plan_days(hours: DayHours, overrides: Sequence[Override]) -> DayPlan:
    """Lay the team's rows over the public calendar and the regular hours.

    Of rows for the same day the later one wins. Regular hours take effect by their dates, whatever the order
    of rows, and leave alone the days that bring their own hours.
    """
    kind, official_through_on = _public_days()
    all_hours = tuple(dict.fromkeys([hours, *(row.hours for row in overrides if row.hours)]))
    hours_of = np.zeros(DAY_COUNT, dtype=np.int32)
    row_of = np.full(DAY_COUNT, -1, dtype=np.int32)
    for row in _regular_rows(overrides):
        hours_of[row.covered()] = all_hours.index(row.hours or hours)
    for number, row in enumerate(overrides):
        if row.kind is OverrideKind.REGULAR_HOURS:
            continue
        covered = row.covered()
        row_of[covered] = number
        kind[covered] = KINDS.index(_TEAM_KINDS[row.kind])
        if row.hours is not None:
            hours_of[covered] = all_hours.index(row.hours)
    return DayPlan(kind, hours_of, row_of, all_hours, tuple(overrides), official_through_on)


def _regular_rows(overrides: Iterable[Override]) -> list[Override]:
    rows = [row for row in overrides if row.kind is OverrideKind.REGULAR_HOURS]
    return sorted(rows, key=lambda row: row.first_on)


def _public_days() -> tuple[npt.NDArray[np.int8], date]:
    """The kind of each day in the public calendar, and the last day that has been announced."""
    public = _public_calendar("zh_CN", FIRST_ON.year, LAST_ON.year)
    kind = np.full(DAY_COUNT, KINDS.index(DayKind.WORKING), dtype=np.int8)
    weekday = (np.arange(DAY_COUNT) + FIRST_ON.weekday()) % 7
    kind[weekday >= 5] = KINDS.index(DayKind.WEEKEND)
    kind[[day_index(day) for day in public]] = KINDS.index(DayKind.HOLIDAY)
    kind[[day_index(day) for day in public.weekend_workdays]] = KINDS.index(DayKind.MAKE_UP)
    return kind, date(max(public.weekend_workdays).year, 12, 31)


def holiday_names(first_on: date, last_on: date, language: str) -> dict[date, str]:
    """Names of the public holidays in the years of both dates; ``language`` is ``zh_CN`` or ``en_US``."""
    first_year, last_year = max(first_on.year, FIRST_ON.year), min(last_on.year, LAST_ON.year)
    return dict(_public_calendar(language, first_year, last_year).items())


def _public_calendar(language: str, first_year: int, last_year: int) -> China:
    return China(  # type: ignore[no-untyped-call]
        years=range(first_year, last_year + 1), language=language, expand=False
    )


def day_index(on: date) -> int:
    """Days since FIRST_ON; negative before it."""
    return (on - FIRST_ON).days


def wall_midnight_us(index: npt.NDArray[np.integer[Any]]) -> Us:
    """Midnight of days on the wall clock, in microseconds as if it were UTC."""
    first = (FIRST_ON - date(1970, 1, 1)).days
    return (index.astype(np.int64) + first) * (MINUTES_A_DAY * MINUTE_US)
