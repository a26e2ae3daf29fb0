"""Periods of the clauses' units: due times, the moment from which something is due soon, paused time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lib.standard.clauses import Clause
from lib.standard.instants import HOUR_US, MINUTE_US, NAT, Us
from lib.standard.working_time import WorkingCalendar

Floats = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

SECOND_US = 1_000_000
# "Due soon" is the last quarter of a period; of a period in days, at most two working days.
SOON_SHARE = 4
SOON_WORKING_DAYS = 2

_UNIT_US = {
    "minutes": MINUTE_US,
    "hours": HOUR_US,
    "service_minutes": MINUTE_US,
    "service_hours": HOUR_US,
}


def to_whole(amount: Floats, unit: str) -> Index:
    """Amounts as integers: microseconds for hours and minutes, else days or months. NAT for NaN."""
    scaled = amount * _UNIT_US.get(unit, 1)
    return np.where(np.isnan(scaled), NAT, np.rint(np.nan_to_num(scaled))).astype(np.int64)


def add_period(calendar: WorkingCalendar, at: Us, amount: Floats, unit: str) -> Us:
    """The end of periods that begin at ``at``; negative amounts count back. NAT where either is missing."""
    whole = to_whole(amount, unit)
    if unit in ("minutes", "hours"):
        return calendar.add_clock(at, whole)
    if unit in ("service_minutes", "service_hours"):
        return calendar.add_service(at, whole)
    if unit == "working_days":
        return calendar.add_working_days(at, whole)
    if unit == "months":
        return calendar.add_months(at, whole)
    return calendar.add_days(at, whole)


def close_on_date(calendar: WorkingCalendar, on: Us) -> Us:
    """The close of each date itself, never moved: of a day not worked, its last second."""
    days = calendar.local_days(on)
    close = calendar.day_close_us(days)
    return np.where((close == NAT) & (on != NAT), end_of_day(calendar, on), close)


def end_of_day(calendar: WorkingCalendar, at: Us) -> Us:
    """The last second of the local day of each instant."""
    following = calendar.day_start_us(calendar.local_days(at) + 1)
    return np.where(following == NAT, NAT, following - SECOND_US)


def move_by_pause(calendar: WorkingCalendar, due: Us, start: Us, end: Us, unit: str) -> Us:
    """Due times after a pause from ``start`` to ``end``, counted in the unit of the clause.

    Hours move by the pause's clock time, service hours by its open hours, working days by the working days
    after the day on which it starts up to the day on which it ends, other days by its calendar days.
    """
    if unit in ("minutes", "hours"):
        return due + (end - start)
    if unit in ("service_minutes", "service_hours"):
        return calendar.add_service(due, calendar.elapsed_service(start, end))
    first, last = calendar.local_days(start), calendar.local_days(end)
    if unit == "working_days":
        moved_days = calendar.working_ordinal(last) - calendar.working_ordinal(first)
        moved = calendar.add_working_days(due, moved_days)
    else:
        moved_days = (last - first).astype(np.int64)
        moved = _move_days(calendar, due, moved_days, unit)
    return np.where(moved_days > 0, moved, due)


def _move_days(calendar: WorkingCalendar, due: Us, days: Index, unit: str) -> Us:
    if unit != "date":
        return calendar.add_days(due, days)
    return close_on_date(calendar, calendar.day_start_us(calendar.local_days(due) + days))


def soon_from(calendar: WorkingCalendar, start: Us, due: Us, unit: str) -> Us:
    """From when an open obligation is due soon; never before its start (NAT: a start that is not known)."""
    if unit in ("minutes", "hours"):
        return np.where(start == NAT, due, due - (due - start) // SOON_SHARE)
    if unit in ("service_minutes", "service_hours"):
        total = calendar.elapsed_service(start, due)
        return calendar.add_service(start, np.where(total == NAT, NAT, total - total // SOON_SHARE))
    known = start != NAT
    days = calendar.working_ordinal(calendar.local_days(due)) - np.where(
        known, calendar.working_ordinal(calendar.local_days(start)), 0
    )
    back = np.where(known, np.clip(days // SOON_SHARE, 0, SOON_WORKING_DAYS), SOON_WORKING_DAYS)
    day = np.where(back > 0, calendar.add_working_days(due, -np.maximum(back, 1)), due)
    return np.maximum(calendar.day_start_us(calendar.local_days(day)), start)


def earliest_from(calendar: WorkingCalendar, clause: Clause, start: Us, amount: Floats, due: Us) -> Us:
    """Before when a clause that says "and not sooner" is fulfilled too early: the start of its last day."""
    if not clause.not_before:
        return np.full(len(due), NAT, dtype=np.int64)
    if clause.unit == "working_days":
        return calendar.day_start_us(calendar.local_days(due))
    return calendar.day_start_us(calendar.local_days(start) + to_whole(amount, "days"))
