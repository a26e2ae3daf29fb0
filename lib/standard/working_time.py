"""Working time: deadlines and elapsed time over one team's calendar, in its time zone.

Instants are int64 arrays of microseconds since the epoch (see ``instants``). Every operation is vectorised,
takes scalars or arrays of one dimension, counts forward for positive amounts and backward for negative ones,
and answers ``NAT`` where an input is ``NAT`` or where it or its answer lies outside 1990-2100.

How time is counted:

- *clock* time runs day and night and is never moved;
- *service* time runs in open hours only;
- *working days*: the trigger's day is not counted, the period ends at the close of the n-th following
  working day; backward, at the close of the n-th working day before the trigger's day;
- *days* and *months*: counted on the calendar, a month ends on the corresponding day or on its last one;
  where that is no working day, at the close of the next working day (backward: of the previous one);
- *same day* (0 days of any kind): at the close of the trigger's own day; where that is no working day or has
  closed already, at the close of the next working day.

A shift past midnight belongs to the day on which it starts, and so does its close.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from lib.standard.calendar_days import (
    DAY_COUNT,
    FIRST_DAY,
    FIRST_ON,
    KINDS,
    LAST_ON,
    DayKind,
    DayPlan,
    Override,
    OverrideKind,
    day_index,
    holiday_names,
    plan_days,
    wall_midnight_us,
)
from lib.standard.date_tables import DateTables, Index, tabulate_dates
from lib.standard.day_hours import DayHours, parse_hours
from lib.standard.instants import (
    DAY_US,
    HOUR_US,
    MINUTE_US,
    NAT,
    Days,
    Us,
    from_us,
    read_wall_clock,
    to_us,
)
from lib.standard.open_time import OpenTime, lay_out_open_time

__all__ = [
    "DAY_US",
    "HOUR_US",
    "MINUTE_US",
    "NAT",
    "REGULAR_HOURS",
    "DayHours",
    "DayKind",
    "DayRecord",
    "Override",
    "OverrideKind",
    "WorkingCalendar",
    "build_calendar",
    "from_us",
    "parse_hours",
    "to_us",
]

REGULAR_HOURS = parse_hours("09:00-12:00,13:00-18:00")

# Rows worked on at a time: their intermediate arrays stay in the processor's cache.
_CHUNK = 1 << 14

Amount = npt.ArrayLike


@dataclass(frozen=True, slots=True)
class DayRecord:
    """One day for a receipt. ``opens`` are its open spans in the calendar's time zone.

    ``name_zh`` and ``name_en`` are the public holiday's, else empty; ``note`` is the team's.
    """

    on: date
    kind: DayKind
    name_zh: str
    name_en: str
    note: str
    opens: tuple[tuple[datetime, datetime], ...]
    provisional: bool


@dataclass(frozen=True, eq=False, repr=False)
class WorkingCalendar:
    """One team's working time; made by ``build_calendar``, never changed."""

    tz: ZoneInfo
    plan: DayPlan
    dates: DateTables
    open_time: OpenTime

    # amounts of time

    def add_clock(self, at: npt.ArrayLike, amount_us: Amount) -> Us:
        """Instants ``amount_us`` microseconds on, by the clock."""
        return _by_chunks(lambda at, amount: self._inside(at + amount, self._known(at)), at, amount_us)

    def add_service(self, at: npt.ArrayLike, amount_us: Amount) -> Us:
        """Instants at which ``amount_us`` of open time has run since ``at``.

        Forward it is the earliest such instant (Friday 17:30 + 30 min = Friday 18:00, not Monday 09:00),
        backward the latest; zero stays where it is. ``elapsed_service(at, add_service(at, d)) == d``.
        """
        return _by_chunks(self._add_service, at, amount_us)

    def elapsed_service(self, start: npt.ArrayLike, end: npt.ArrayLike) -> Us:
        """Open time in microseconds between instants; negative where ``end`` is first."""
        return _by_chunks(self._elapsed_service, start, end)

    def remaining_service(self, now: npt.ArrayLike, due: npt.ArrayLike) -> Us:
        """Open time left at ``now`` until ``due``, in microseconds; negative once overdue."""
        return self.elapsed_service(now, due)

    def add_working_days(self, at: npt.ArrayLike, n: Amount) -> Us:
        """The close of the n-th working day after the day of ``at`` (n < 0: before it; 0: same day)."""
        return _by_chunks(self._add_working_days, at, n)

    def elapsed_working_days(self, start: npt.ArrayLike, end: npt.ArrayLike) -> Us:
        """Working days whose count is used up from ``start`` to ``end``.

        Forward, those after the day of ``start`` that have closed by ``end``; backward, less the number of
        those before the day of ``start`` that close at ``end`` or later. So
        ``elapsed_working_days(s, add_working_days(s, n)) == n`` for all n but 0, and for 0 while the day of
        ``start`` is open. Where it is not, 0 and 1 fall due together and 1 is the answer.
        """
        return _by_chunks(self._elapsed_working_days, start, end)

    def add_days(self, at: npt.ArrayLike, n: Amount) -> Us:
        """The close of the n-th calendar day from the day of ``at``, moved off days not worked."""
        return _by_chunks(lambda at, n: self._settle(at, self._day(at).astype(np.int64) + n, n), at, n)

    def add_months(self, at: npt.ArrayLike, n: Amount) -> Us:
        """The close of the corresponding day n months on (or the month's last), moved off days not worked."""
        return _by_chunks(lambda at, n: self._settle(at, self._months_on(self._day(at), n), n), at, n)

    def day_close(self, at: npt.ArrayLike) -> Us:
        """The end of a same-day period that begins at ``at``."""
        return self.add_working_days(at, 0)

    # days

    def local_days(self, at: npt.ArrayLike) -> Days:
        """The local date of each instant, ``NaT`` where missing."""
        instants = np.asarray(at, dtype=np.int64)
        days = FIRST_DAY + np.asarray(_by_chunks(lambda at, _: self._day(at), instants, 0))
        return np.where(self._known(instants), days, np.datetime64("NaT", "D"))

    def day_start_us(self, days: npt.ArrayLike) -> Us:
        """The instants at which local dates begin."""
        index, known = _day_indexes(days)
        return np.where(known, self.dates.starts[index], NAT)

    def day_close_us(self, days: npt.ArrayLike) -> Us:
        """The close of each day's last open span; a day not worked has none (``NAT``)."""
        index, known = _day_indexes(days)
        return np.where(
            known & (self.dates.rest[index] == 0), self.dates.closes[self.dates.worked[index]], NAT
        )

    def is_working(self, days: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether each day is worked; False where missing."""
        index, known = _day_indexes(days)
        return np.asarray(known & (self.dates.rest[index] == 0))

    def roll_forward(self, days: npt.ArrayLike) -> Days:
        """Each day itself where it is worked, else the next working day."""
        index, known = _day_indexes(days)
        return self._days_of(self.dates.worked[index] + self.dates.rest[index] - 1, known)

    def roll_backward(self, days: npt.ArrayLike) -> Days:
        """Each day itself where it is worked, else the previous working day."""
        index, known = _day_indexes(days)
        return self._days_of(self.dates.worked[index] - 1, known)

    def working_ordinal(self, days: npt.ArrayLike) -> Us:
        """Working days from the start of 1990 up to and including each day; ``NAT`` where missing."""
        index, known = _day_indexes(days)
        return np.where(known, self.dates.worked[index].astype(np.int64), NAT)

    # what is known

    @property
    def official_through_on(self) -> date:
        """The last day for which make-up working days have been announced."""
        return self.plan.official_through_on

    def is_provisional(self, until_us: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether a result that rests on days up to these instants may still change.

        For a backward period that is the trigger, not the deadline. Clock time rests on no calendar at all.
        """
        first_unofficial = self.dates.starts[day_index(self.official_through_on) + 1]
        return np.asarray(np.asarray(until_us, dtype=np.int64) >= first_unofficial)

    def describe_days(self, first_on: date, last_on: date) -> list[DayRecord]:
        """The days from one date to another, both included, as far as they lie in 1990-2100."""
        first_on, last_on = max(first_on, FIRST_ON), min(last_on, LAST_ON)
        names_zh, names_en = (holiday_names(first_on, last_on, language) for language in ("zh_CN", "en_US"))
        days = [first_on + timedelta(days=number) for number in range((last_on - first_on).days + 1)]
        return [self._describe_day(on, names_zh.get(on, ""), names_en.get(on, "")) for on in days]

    def _describe_day(self, on: date, name_zh: str, name_en: str) -> DayRecord:
        index = day_index(on)
        row = int(self.plan.row_of[index])
        return DayRecord(
            on=on,
            kind=KINDS[self.plan.kind[index]],
            name_zh=name_zh,
            name_en=name_en,
            note=self.plan.overrides[row].note if row >= 0 else "",
            opens=self._opens(index),
            provisional=on > self.official_through_on,
        )

    def _opens(self, index: int) -> tuple[tuple[datetime, datetime], ...]:
        spans = self.open_time.spans_from(*self.dates.starts[index : index + 2])
        starts, ends = (from_us(instants, self.tz).to_pydatetime() for instants in spans)
        return tuple(zip(starts, ends, strict=True))

    # one chunk of rows; a missing amount leads out of the span by itself

    def _add_service(self, at: Us, amount_us: Us) -> Us:
        run = self.open_time.run_at(at)
        run += amount_us
        due = self.open_time.instant_of(run, amount_us > 0)
        np.copyto(due, at, where=amount_us == 0)
        known = self._known(at) & (run >= 0) & (run <= self.open_time.run[-1])
        return _missing_unless(known, due)

    def _elapsed_service(self, start: Us, end: Us) -> Us:
        elapsed = self.open_time.run_at(end)
        elapsed -= self.open_time.run_at(start)
        return _missing_unless(self._known(start) & self._known(end), elapsed)

    def _add_working_days(self, at: Us, n: Us) -> Us:
        day = self._day(at)
        ordinal = self.dates.worked.take(day) + (n - 1)
        if n.min() <= 0:
            ordinal += np.where(n <= 0, self.dates.rest.take(day), 0)
            ordinal += (n == 0) & (at > self._close_of(ordinal))
        return _missing_unless(self._known(at), self._close_of(ordinal))

    def _elapsed_working_days(self, start: Us, end: Us) -> Us:
        day = self._day(start)
        worked = self.dates.worked.take(day).astype(np.int64)
        ahead = self.dates.by_close.find(end) - worked
        # Entry 0 of by_close is no close, so what it finds is a count of closes.
        back = self.dates.by_close.find(end - 1) - (worked - 1 + self.dates.rest.take(day))
        elapsed = np.where(end >= start, np.maximum(ahead, 0), np.minimum(back, 0))
        return _missing_unless(self._known(start) & self._known(end), elapsed)

    def _settle(self, at: Us, day: Us, n: Us) -> Us:
        """The close of a day, moved off days not worked in the direction of n."""
        known = self._known(at) & (day >= 0) & (day < DAY_COUNT)
        ordinal = self.dates.worked.take(day, mode="clip") - 1
        ordinal += np.where(n >= 0, self.dates.rest.take(day, mode="clip"), 0)
        ordinal += (n == 0) & (at > self._close_of(ordinal))
        return _missing_unless(known, self._close_of(ordinal))

    def _months_on(self, day: Index, n: Us) -> Us:
        month = self.dates.month.take(day) + n
        starts = self.dates.month_starts
        first = starts.take(month, mode="clip")
        length = starts.take(month + 1, mode="clip") - first
        target = first + np.minimum(self.dates.month_day.take(day), length - 1).astype(np.int64)
        return np.where((month >= 0) & (month < len(starts) - 1), target, -1)

    def _close_of(self, ordinal: npt.NDArray[np.integer[Any]]) -> Us:
        closes: Us = self.dates.closes.take(ordinal + 1, mode="clip")
        return closes

    def _days_of(self, ordinal: Index, known: npt.NDArray[np.bool_]) -> Days:
        days = self.dates.worked_on.take(ordinal + 1, mode="clip")
        return np.where(known, days, np.datetime64("NaT", "D"))

    def _day(self, at: Us) -> Index:
        """Index of the local day; that of some day where ``at`` is not known."""
        day: Index = np.minimum(self.dates.by_start.find(at), np.int32(DAY_COUNT - 1))
        return day

    def _known(self, at: Us) -> npt.NDArray[np.bool_]:
        """Whether the instants lie in the span; ``NAT`` does not."""
        known: npt.NDArray[np.bool_] = (at >= self.dates.starts[0]) & (at < self.dates.starts[-1])
        return known

    def _inside(self, at: Us, known: npt.NDArray[np.bool_]) -> Us:
        return _missing_unless(known & self._known(at), at)


def build_calendar(
    tz: ZoneInfo, hours: DayHours = REGULAR_HOURS, overrides: Sequence[Override] = ()
) -> WorkingCalendar:
    """The working time of a team in ``tz``: public calendar, regular hours, and the team's own rows.

    Of overrides for the same day the later one wins. Takes some 70 ms. Raises nothing of its own: hours and
    overrides check themselves.
    """
    wall = read_wall_clock(tz, FIRST_ON, LAST_ON)
    plan = plan_days(hours, overrides)
    starts = wall.to_us(wall_midnight_us(np.arange(DAY_COUNT + 1)))
    # A zone that moves over the date line skips a whole day; nobody works on it.
    worked = plan.worked & (np.diff(starts) > 0)
    return WorkingCalendar(
        tz,
        plan,
        tabulate_dates(plan, wall, starts, worked),
        lay_out_open_time(plan, wall, starts, worked),
    )


def _day_indexes(days: npt.ArrayLike) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Indexes of dates (0 where missing or outside the span), and which ones are good."""
    index = (np.asarray(days, dtype="datetime64[D]") - FIRST_DAY).astype(np.int64)
    known = (index >= 0) & (index < DAY_COUNT)
    return np.where(known, index, 0), known


def _by_chunks(
    compute: Callable[[Us, Us], npt.NDArray[Any]], left: npt.ArrayLike, right: npt.ArrayLike
) -> Us:
    """Apply ``compute`` to two broadcast columns, some thousand rows at a time."""
    columns = np.broadcast_arrays(np.asarray(left, dtype=np.int64), np.asarray(right, dtype=np.int64))
    shape = columns[0].shape
    first, second = (np.atleast_1d(column) for column in columns)
    result = np.empty(first.shape, dtype=np.int64)
    for begin in range(0, len(result), _CHUNK):
        rows = slice(begin, begin + _CHUNK)
        result[rows] = compute(first[rows], second[rows])
    return result.reshape(shape)


def _missing_unless(known: npt.NDArray[np.bool_], values: Us) -> Us:
    if not known.all():
        values[~known] = NAT
    return values
