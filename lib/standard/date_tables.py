"""What a calendar knows of each day, as tables to look rows up in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.standard.calendar_days import DAY_COUNT, FIRST_DAY, DayPlan, wall_midnight_us
from lib.standard.instants import MINUTE_US, NAT, Days, Us, WallClock
from lib.standard.lookup import Lookup, build_lookup

Index = npt.NDArray[np.int32]

_NO_DAY = np.array(["NaT"], dtype="datetime64[D]")


@dataclass(frozen=True, eq=False)
class DateTables:
    """Tables by day index. Ordinals number the working days, from 0.

    ``starts`` has one entry more than there are days. ``worked`` counts the working days up to and
    including each day, ``rest`` is 1 on days not worked. ``closes`` and ``worked_on`` are by ordinal, with
    a missing entry before the first and after the last. ``month`` counts from the calendar's first,
    ``month_day`` from 0.
    """

    starts: Us
    by_start: Lookup
    worked: Index
    rest: Index
    closes: Us
    worked_on: Days
    by_close: Lookup
    month: Index
    month_day: Index
    month_starts: Index


def tabulate_dates(plan: DayPlan, wall: WallClock, starts: Us, worked: npt.NDArray[np.bool_]) -> DateTables:
    """The tables for a plan of which ``worked`` tells the working days, ``starts`` where days begin."""
    days = FIRST_DAY + np.arange(DAY_COUNT)
    months = days.astype("datetime64[M]")
    month_starts = np.arange(months[0], months[-1] + 2).astype("datetime64[D]")
    closes = _closes(plan, wall, worked)
    return DateTables(
        starts=starts,
        by_start=build_lookup(starts),
        worked=np.cumsum(worked, dtype=np.int32),
        rest=(~worked).astype(np.int32),
        closes=np.pad(closes, 1, constant_values=NAT),
        worked_on=np.concatenate([_NO_DAY, days[worked], _NO_DAY]),
        by_close=build_lookup(np.concatenate([starts[:1], closes])),
        month=(months - months[0]).astype(np.int32),
        month_day=(days - months.astype("datetime64[D]")).astype(np.int32),
        month_starts=(month_starts - FIRST_DAY).astype(np.int32),
    )


def _closes(plan: DayPlan, wall: WallClock, worked: npt.NDArray[np.bool_]) -> Us:
    """The close of each working day."""
    minute_of = np.array([hours.close_minute for hours in plan.hours], dtype=np.int64)
    days = np.flatnonzero(worked)
    closes = wall.to_us(wall_midnight_us(days) + minute_of[plan.hours_of[days]] * MINUTE_US)
    return np.maximum.accumulate(closes) if len(closes) else closes
