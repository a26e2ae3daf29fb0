"""The open intervals of a calendar, and the search in their running sum that working time rests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.standard.calendar_days import DayPlan, wall_midnight_us
from lib.standard.instants import MINUTE_US, Us, WallClock
from lib.standard.lookup import Lookup, build_lookup


@dataclass(frozen=True, eq=False)
class OpenTime:
    """The open intervals, and the open time that has run up to each.

    ``offset[i]`` is an instant in interval i less the open time run at that instant; ``run[i + 1]`` is the
    open time at its end. Interval 0 is empty and stands at the start of the calendar.
    """

    by_start: Lookup
    by_run: Lookup
    offset: Us
    run: Us

    def run_at(self, at: Us) -> Us:
        """Open time since the start of the calendar."""
        interval = self.by_start.find(at)
        run: Us = at - self.offset.take(interval)
        return np.minimum(run, self.run[1:].take(interval), out=run)

    def instant_of(self, run: Us, earliest: npt.NDArray[np.bool_]) -> Us:
        """When ``run`` is reached: the earliest such instant where asked for, else the latest."""
        interval = self.by_run.find(run - earliest)
        return run + self.offset.take(interval)

    def spans_from(self, start_us: int, end_us: int) -> tuple[Us, Us]:
        """Starts and ends of the intervals that start at ``start_us`` or later and before ``end_us``."""
        begin, end = self.by_start.find(np.array([start_us - 1, end_us - 1])) + 1
        offset = self.offset[begin:end]
        return offset + self.run[begin:end], offset + self.run[begin + 1 : end + 1]


def lay_out_open_time(plan: DayPlan, wall: WallClock, starts: Us, worked: npt.NDArray[np.bool_]) -> OpenTime:
    """The open time of all ``worked`` days; ``starts`` are the instants at which days begin."""
    opens, closes = _open_spans(plan, wall, worked)
    # Where a night shift runs into the hours of the next day, the time is open once.
    closes = np.maximum.accumulate(np.concatenate([starts[:1], closes]))
    opens = np.concatenate([starts[:1], np.maximum(opens, closes[:-1])])
    kept = closes > opens
    kept[0] = True
    opens, closes = opens[kept], closes[kept]
    run = np.concatenate([[0], np.cumsum(closes - opens)])
    return OpenTime(build_lookup(opens), build_lookup(run[:-1]), opens - run[:-1], run)


def _open_spans(plan: DayPlan, wall: WallClock, worked: npt.NDArray[np.bool_]) -> tuple[Us, Us]:
    """Start and end of every open span of every working day, in order of start."""
    opens, closes = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for number, hours in enumerate(plan.hours):
        midnights = wall_midnight_us(np.flatnonzero(worked & (plan.hours_of == number)))
        for start, end in hours.spans:
            opens.append(midnights + start * MINUTE_US)
            closes.append(midnights + end * MINUTE_US)
    order = np.argsort(np.concatenate(opens), kind="stable")
    return wall.to_us(np.concatenate(opens)[order]), wall.to_us(np.concatenate(closes)[order])
