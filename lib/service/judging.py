"""The verdict on each obligation at one moment. Cheap: a few comparisons of arrays.

Statuses: met; late (done late, or can no longer be done); due_soon; overdue; waiting (paused now for the
client); not_started (not begun, or running and not yet close); unverified (done, but by what is on record it
cannot be told whether in time, or what it needs is missing). A fulfilment dated after ``now`` does not
count yet. Something done is never taken back by time: overdue can only become late.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.service.obligations import Obligations
from lib.service.pauses import OPEN, Spans
from lib.service.periods import move_by_pause
from lib.standard.instants import NAT, Us, from_us, to_us
from lib.standard.working_time import WorkingCalendar

STATUSES = ("met", "late", "due_soon", "overdue", "waiting", "not_started", "unverified")
MET, LATE, DUE_SOON, OVERDUE, WAITING, NOT_STARTED, UNVERIFIED = range(len(STATUSES))

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]


def judge(obligations: Obligations, now: datetime, calendar: WorkingCalendar) -> pd.DataFrame:
    """One row for each obligation at ``now`` (aware). Instants are datetime64[us, tz] of the calendar's zone.

    Columns: id, clause, worksheet, record, client, owner, trigger_at, due_at (with pauses; a pause without an
    end counts up to now), limit_at, earliest_at, done_at, unpaused_due_at, paused (now), paused_us, status,
    status_unpaused, breached_limit, provisional, too_early, amount, limit_amount, snoozed_until_at, missed.
    """
    at, data = to_us(now), obligations.arrays
    due, limit, paused_us, paused = _pause_until(obligations, at, calendar)
    known = (data["done"] != NAT) & (data["done"] <= at)
    done = np.where(known, data["done"], NAT)
    done_end = np.where(known, data["done_end"], NAT)
    closed = (data["closed"] != NAT) & (data["closed"] <= at)
    status = _status(obligations, at, (data["soon"], due), (done, done_end), paused)
    plain = (data["unpaused_soon"], data["unpaused_due"])
    unpaused = _status(obligations, at, plain, (done, done_end), np.zeros_like(paused))
    is_gate = np.array([clause.kind == "gate" for clause in obligations.clauses], dtype=bool)
    reached = np.where(known, done, at)
    table = obligations.fixed.assign(
        due_at=from_us(due, calendar.tz),
        limit_at=from_us(limit, calendar.tz),
        done_at=from_us(np.where(is_gate[obligations.clause], NAT, done), calendar.tz),
        paused=paused,
        paused_us=paused_us,
        status=_category(status),
        status_unpaused=_category(unpaused),
        breached_limit=(limit != NAT) & (reached > limit),
        too_early=known & (done_end < data["earliest"]),
        missed=(status == LATE) & closed & ((done == NAT) | (done > data["closed"])),
    )
    return table[list(COLUMNS)]


COLUMNS = (
    "id", "clause", "worksheet", "record", "client", "owner", "trigger_at", "due_at", "limit_at",
    "earliest_at", "done_at", "unpaused_due_at", "paused", "paused_us", "status", "status_unpaused",
    "breached_limit", "provisional", "too_early", "amount", "limit_amount", "snoozed_until_at", "missed",
)  # fmt: skip


def _category(codes: Codes) -> pd.Categorical[str]:
    return pd.Categorical.from_codes(codes.astype(np.int64), pd.Index(STATUSES))


def _pause_until(obligations: Obligations, at: int, calendar: WorkingCalendar) -> tuple[Us, Us, Us, Flags]:
    """Due and limit with open pauses counted up to now, paused time so far, and what is paused now."""
    due, limit = obligations.arrays["due"], obligations.arrays["limit"]
    paused_us = np.zeros(len(due), dtype=np.int64)
    paused = np.zeros(len(due), dtype=bool)
    spans = obligations.spans.pick(obligations.spans.start <= at)
    if len(spans.of):
        end = np.where(spans.end == OPEN, at, spans.end)
        np.add.at(paused_us, spans.of, end - spans.start)
        paused[spans.of[spans.end > at]] = True
        open_now = spans.pick(spans.end == OPEN)
        due, limit = (_move_open(obligations, marks, open_now, at, calendar) for marks in (due, limit))
    return due, limit, paused_us, paused


def _move_open(obligations: Obligations, marks: Us, spans: Spans, at: int, calendar: WorkingCalendar) -> Us:
    moved = marks.copy()
    clause = obligations.clause[spans.of]
    for number in np.unique(clause).tolist():
        mine = spans.pick(clause == number)
        end = np.full(len(mine.of), at)
        unit = obligations.clauses[number].unit
        shifted = move_by_pause(calendar, marks[mine.of], mine.start, end, unit)
        moved[mine.of] = np.where(marks[mine.of] == NAT, NAT, shifted)
    return moved


def _status(
    obligations: Obligations, at: int, marks: tuple[Us, Us], found: tuple[Us, Us], paused: Flags
) -> Codes:
    """Positions in STATUSES. ``marks``: due soon from, due; ``found``: done, the latest it can have been."""
    data = obligations.arrays
    (soon, due), (done, done_end) = marks, found
    trigger, closed = data["trigger"], data["closed"]
    status = np.full(len(due), NOT_STARTED, dtype=np.int8)
    started = (trigger == NAT) | (trigger <= at)
    status[started & (at >= soon)] = DUE_SOON
    status[started & (at > due)] = OVERDUE
    status[started & paused] = WAITING
    status[(closed != NAT) & (closed <= at)] = LATE
    is_done = done != NAT
    in_time = done_end <= due
    status[is_done] = UNVERIFIED
    status[is_done & data["verified"] & in_time] = MET
    status[is_done & (done > due)] = LATE
    status[is_done & (closed != NAT) & (done > closed)] = LATE
    status[is_done & ~data["verified"]] = UNVERIFIED
    return status
