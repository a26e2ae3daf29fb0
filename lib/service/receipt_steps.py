"""The time from a trigger to a due time, told in pieces that follow each other without a gap.

This counts day by day and span by span from the calendar's description of days, not with the searches of the
engine: that both come to the same due time is a test.
"""

from __future__ import annotations

import calendar as month_lengths
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lib.standard.instants import to_us
from lib.standard.working_time import DayRecord, WorkingCalendar

SECOND_US = 1_000_000
_CHUNK_DAYS = 45
_SAME_DAY, _MOVED, _PAUSE = "same_day", "moved", "pause"


@dataclass(frozen=True, slots=True)
class Interval:
    """A piece of time; instants in microseconds, ``amount`` counted in the clause's unit (0: skipped).

    ``kind``: a day's kind (working, weekend, holiday, make_up, team_off, team_working), or open, closed
    (hours), clock, pause, trigger_day, planned_day, same_day, months, month_day, period, until_date, moved,
    moved_back.
    ``note``, ``name_zh``, ``name_en``: the team's note or the holiday's name.
    """

    kind: str
    start: int
    end: int
    amount: float = 0
    name_zh: str = ""
    name_en: str = ""
    note: str = ""


Pauses = Sequence[tuple[int, int]]


class Walk:
    """Collects intervals from a moment on, each beginning where the last one ends."""

    def __init__(self, calendar: WorkingCalendar, start: int):
        self.calendar = calendar
        self.at = start
        self.intervals: list[Interval] = []

    def to(self, kind: str, until: int, amount: float = 0, day: DayRecord | None = None) -> None:
        """Go on to ``until``; nothing where that is now."""
        if until == self.at and not amount:
            return
        names = (day.name_zh, day.name_en, day.note) if day and not _is_plain(day) else ("", "", "")
        self.intervals.append(Interval(kind, self.at, until, amount, *names))
        self.at = until

    def day(self) -> date:
        """The local date it is now."""
        moment = self.calendar.local_days(self.at).astype("datetime64[D]").item()
        assert isinstance(moment, date)
        return moment

    def days_from(self, first_on: date) -> Iterator[DayRecord]:
        """Days one after the other, as long as the calendar goes."""
        while described := self.calendar.describe_days(first_on, first_on + timedelta(days=_CHUNK_DAYS)):
            yield from described
            first_on = described[-1].on + timedelta(days=1)

    def midnight(self, on: date) -> int:
        """The instant at which a date begins."""
        return to_us(datetime(on.year, on.month, on.day, tzinfo=self.calendar.tz))

    def after(self, day: DayRecord) -> int:
        """The instant at which the next date begins."""
        return self.midnight(day.on + timedelta(days=1))

    def move_on(self, days: Iterator[DayRecord], last_kind: str = _MOVED) -> None:
        """Skip days not worked, and end at the close of the next working day."""
        for day in days:
            if day.opens and close_of(day) >= self.at:
                return self.to(last_kind, close_of(day), 0, day)
            self.to(day.kind if not day.opens else "closed", self.after(day), 0, day)
        return None


def close_of(day: DayRecord) -> int:
    """The end of a working day."""
    return to_us(day.opens[-1][1])


def count_clock(walk: Walk, total_us: int, unit_us: int, pauses: Pauses) -> None:
    """Hours and minutes by the clock, pauses left out."""
    for start, end in pauses:
        if start >= walk.at + total_us:
            break
        total_us -= start - walk.at
        walk.to("clock", start, (start - walk.at) / unit_us)
        walk.to(_PAUSE, end)
    walk.to("clock", walk.at + total_us, total_us / unit_us)


def count_service(walk: Walk, total_us: int, unit_us: int, pauses: Pauses) -> None:
    """Open hours, pauses left out."""
    if not total_us:
        return
    for day in walk.days_from(walk.day()):
        for opens, closes in day.opens:
            start, end = to_us(opens), to_us(closes)
            if end <= walk.at:
                continue
            walk.to("closed", max(start, walk.at), 0, day)
            total_us = _count_open(walk, end, total_us, unit_us, pauses)
            if not total_us:
                return
        walk.to("closed" if day.opens else day.kind, max(walk.after(day), walk.at), 0, day)


def _count_open(walk: Walk, end: int, total_us: int, unit_us: int, pauses: Pauses) -> int:
    """Count within one open span; returns what is left to count."""
    for pause_start, pause_end in [*pauses, (end, end)]:
        if pause_end <= walk.at and pause_end != end:
            continue
        stop = min(max(pause_start, walk.at), end)
        counted = min(stop - walk.at, total_us)
        walk.to("open", walk.at + counted, counted / unit_us)
        total_us -= counted
        if not total_us or stop == end:
            break
        walk.to(_PAUSE, min(pause_end, end))
    return total_us


def count_working_days(walk: Walk, amount: int, pauses: Pauses) -> None:
    """Working days after the day of the trigger, to the close of the last one."""
    own = walk.day()
    if not amount:
        return walk.move_on(walk.days_from(own), _SAME_DAY)
    waited = _waited_days(walk.calendar, pauses)
    walk.to("trigger_day", walk.midnight(own + timedelta(days=1)))
    for day in walk.days_from(own + timedelta(days=1)):
        counts = bool(day.opens) and day.on not in waited
        amount -= counts
        if counts and not amount:
            return walk.to(day.kind, close_of(day), 1, day)
        walk.to(day.kind if day.opens == () or counts else _PAUSE, walk.after(day), int(counts), day)
    return None


def count_days(walk: Walk, amount: int, pauses: Pauses) -> None:
    """Calendar days after the day of the trigger, moved off days not worked."""
    own = walk.day()
    if not amount:
        walk.move_on(walk.days_from(own), _SAME_DAY)
    else:
        walk.to("trigger_day", walk.midnight(own + timedelta(days=1)))
        target = own + timedelta(days=amount)
        for day in walk.calendar.describe_days(own + timedelta(days=1), target):
            last = day.on == target and bool(day.opens)
            walk.to(day.kind, close_of(day) if last else walk.after(day), 1, day)
        if not last:
            walk.move_on(walk.days_from(target + timedelta(days=1)))
    _wait_days(walk, pauses)


def count_months(walk: Walk, amount: int, pauses: Pauses) -> None:
    """Months to the corresponding day (or the last of the month), moved off days not worked."""
    own = walk.day()
    if not amount:
        walk.move_on(walk.days_from(own), _SAME_DAY)
    else:
        target = corresponding_day(own, amount)
        walk.to("months", walk.midnight(target), amount)
        worked = bool(walk.calendar.describe_days(target, target)[0].opens)
        walk.move_on(walk.days_from(target), "month_day" if worked else _MOVED)
    _wait_days(walk, pauses)


def count_to_date(walk: Walk, on: date, pauses: Pauses) -> None:
    """To the close of a date itself, which is never moved."""
    walk.to("until_date", _date_end(walk, on))
    for start, end in pauses:
        waited = (_date(walk.calendar, end) - _date(walk.calendar, start)).days
        if waited:
            walk.to(_PAUSE, _date_end(walk, walk.day() + timedelta(days=waited)))


def count_period(walk: Walk, last_on: date) -> None:
    """To the close of a period's last day, moved off days not worked."""
    walk.to("period", walk.midnight(last_on), 1)
    worked = bool(walk.calendar.describe_days(last_on, last_on)[0].opens)
    walk.move_on(walk.days_from(last_on), "month_day" if worked else _MOVED)


def count_back(calendar: WorkingCalendar, planned: int, amount: int, unit: str) -> list[Interval]:
    """Days back from a planned date to the close of the last day on which something is in time."""
    walk = Walk(calendar, planned)
    own, pieces = walk.day(), []
    start = walk.midnight(own)
    pieces.append(Interval("planned_day", start, planned))
    first = corresponding_day(own, -amount) if unit == "months" else None
    day = own
    while True:
        day -= timedelta(days=1)
        record = calendar.describe_days(day, day)[0]
        counted = 1 if amount > 0 and unit != "months" and (record.opens or unit == "days") else 0
        amount -= counted
        reached = day <= first if first else amount <= 0
        if reached and record.opens:
            kind = record.kind if counted or first == day else "moved_back"
            pieces.append(Interval(kind, close_of(record), start, counted, *_names(record)))
            return pieces[::-1]
        pieces.append(Interval(record.kind, walk.midnight(day), start, counted, *_names(record)))
        start = walk.midnight(day)


def corresponding_day(on: date, months: int) -> date:
    """The same day some months on, or the last one of that month."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, month_lengths.monthrange(year, month + 1)[1]))


def _wait_days(walk: Walk, pauses: Pauses) -> None:
    for start, end in pauses:
        waited = (_date(walk.calendar, end) - _date(walk.calendar, start)).days
        if waited:
            target = walk.day() + timedelta(days=waited)
            walk.to(_PAUSE, max(walk.midnight(target), walk.at))
            walk.move_on(walk.days_from(target))


def _waited_days(calendar: WorkingCalendar, pauses: Pauses) -> set[date]:
    """Days after the one on which a pause starts, up to the one on which it ends."""
    waited: set[date] = set()
    for start, end in pauses:
        first, last = _date(calendar, start), _date(calendar, end)
        waited |= {first + timedelta(days=number) for number in range(1, (last - first).days + 1)}
    return waited


def _date_end(walk: Walk, on: date) -> int:
    day = walk.calendar.describe_days(on, on)[0]
    return close_of(day) if day.opens else walk.after(day) - SECOND_US


def _date(calendar: WorkingCalendar, at: int) -> date:
    return Walk(calendar, at).day()


def _names(day: DayRecord) -> tuple[str, str, str]:
    return ("", "", "") if _is_plain(day) else (day.name_zh, day.name_en, day.note)


def _is_plain(day: DayRecord) -> bool:
    return day.kind in ("working", "weekend")
