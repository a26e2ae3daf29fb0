"""One clause's obligations as arrays, before they are judged. One pass for each clause, no loop over rows."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from lib.service.events import EventIndexes
from lib.service.facts import Facts
from lib.service.pauses import NO_SPANS, Spans, Waits, apply_pauses, clip_spans
from lib.service.periods import add_period, close_on_date, earliest_from, end_of_day, soon_from
from lib.service.tiers import TIERS
from lib.standard.clause_model import Clause, ClientCondition
from lib.standard.instants import NAT, Us
from lib.standard.working_time import WorkingCalendar

Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

PERIODS_BACK = 12  # a cadence is shown for the current period and those before it, so many in all


@dataclass(frozen=True, eq=False)
class Draft:
    """Obligations of one clause; instants in microseconds, NAT for none.

    ``row``: position in the clause's worksheet; ``client``: in clients, -1 for none; ``period``: first day of
    a cadence's period. ``due`` and ``limit`` have moved by the pauses that have ended. ``done``: the
    fulfilment, ``done_end`` its latest possible moment (a whole day's end); ``verified``: whether it may
    count at all. ``closed``: from when it cannot be fulfilled any more. ``basis``: the latest instant on
    which the due time rests.
    """

    row: Index
    client: Index
    period: Days
    trigger: Us
    due: Us
    limit: Us
    unpaused_due: Us
    earliest: Us
    soon: Us
    unpaused_soon: Us
    done: Us
    done_end: Us
    verified: Flags
    closed: Us
    basis: Us
    snoozed: Us
    amount: Floats
    limit_amount: Floats
    spans: Spans

    def __len__(self) -> int:
        return len(self.row)

    def pick(self, mask: Flags) -> Draft:
        """Some of the obligations."""
        arrays = {name: getattr(self, name)[mask] for name in ARRAYS}
        place = np.cumsum(mask) - 1
        spans = self.spans.pick(mask[self.spans.of]) if len(self.spans.of) else self.spans
        return Draft(**arrays, spans=Spans(place[spans.of], spans.start, spans.end))


ARRAYS = tuple(field.name for field in fields(Draft) if field.name != "spans")


@dataclass(frozen=True, eq=False)
class Context:
    """What every clause is computed from."""

    facts: Facts
    calendar: WorkingCalendar
    today: np.datetime64
    events: EventIndexes
    waits: Waits

    def tiers_met(self, condition: ClientCondition, client: Index, days: Days) -> Flags:
        """Whether each client was of a tier (and dormant or not) as a condition asks, on each day."""
        met = np.ones(len(client), dtype=bool)
        if condition.tiers:
            wanted = np.array([tier in condition.tiers for tier in TIERS])
            met &= (client >= 0) & wanted[self.facts.tiers.tiers_at(client, days)]
        if condition.dormant is not None:
            met &= (client >= 0) & (self.facts.tiers.is_dormant(client, days) == condition.dormant)
        return met


def draft_clause(clause: Clause, context: Context) -> Draft:
    """The obligations of a measured clause that is not a measure."""
    drafted = _DRAFTERS[clause.kind](clause, context)
    rows = len(context.facts.tables[clause.worksheet])
    snoozed = context.waits.snoozed_until(clause, drafted["row"], rows)
    return _complete(drafted | {"snoozed": snoozed})


def _complete(drafted: dict[str, Any]) -> Draft:
    """Fill in what a kind of clause does not have."""
    count = len(drafted["row"])
    missing = np.full(count, NAT, dtype=np.int64)
    drafted.setdefault("unpaused_due", drafted["due"])
    drafted.setdefault("unpaused_soon", drafted["soon"])
    drafted.setdefault("basis", np.maximum(drafted["due"], drafted["trigger"]))
    for name in ("limit", "earliest", "closed"):
        drafted.setdefault(name, missing)
    for name in ("amount", "limit_amount"):
        drafted.setdefault(name, np.full(count, np.nan))
    drafted.setdefault("verified", np.ones(count, dtype=bool))
    drafted.setdefault("period", np.full(count, np.datetime64("NaT", "D")))
    drafted.setdefault("spans", NO_SPANS)
    draft = Draft(**drafted)
    lapsed = (draft.closed != NAT) & (draft.closed <= draft.due)
    lapsed &= (draft.done == NAT) | (draft.done > draft.closed)
    return draft.pick((draft.due != NAT) & ~lapsed)


def _subject_rows(clause: Clause, context: Context) -> Flags:
    columns = context.facts.columns
    rows = columns.matches(clause.worksheet, clause.where)
    for column in clause.void:
        rows &= ~columns.filled(clause.worksheet, (column,))
    return rows


def _within(clause: Clause, context: Context) -> dict[str, Any]:
    """A fact in a row, then another fact in time."""
    trigger = context.facts.columns.first_filled(clause.worksheet, clause.trigger)
    row = np.flatnonzero(_subject_rows(clause, context) & (trigger != NAT))
    started = _start(clause, context, row, trigger[row])
    row, trigger, as_of = started["row"], started["trigger"], started.pop("as_of")
    found = _find_done(clause, context, row, started["client"], trigger, as_of)
    paused = _pause(clause, context, started, found["done_end"])
    calm = clause.unit in ("minutes", "hours")
    return {
        **started,
        **found,
        **paused,
        "closed": _closed(clause, context, row),
        "basis": np.full(len(row), NAT) if calm else np.maximum(trigger, paused["due"]),
    }


def _start(clause: Clause, context: Context, row: Index, trigger: Us) -> dict[str, Any]:
    """Due times without pauses, for the rows whose client the clause is about."""
    calendar, amounts = context.calendar, context.facts.amounts[clause.id]
    days = calendar.local_days(trigger)
    amount = amounts.target.at(days)
    due = _due(clause, context, row, trigger, amount)
    if clause.unit == "date":
        # Promised after its own date: one of the two is wrong, and the date is what was promised.
        trigger = np.where(trigger > due, calendar.day_start_us(calendar.local_days(due)), trigger)
    client = context.facts.columns.clients(clause.worksheet)[row]
    on_due = np.asarray(np.minimum(calendar.local_days(due), context.today))
    as_of = on_due if clause.clients.as_of == "due" else days
    kept = context.tiers_met(clause.clients, client, as_of) & (due != NAT)
    started = {
        "row": row,
        "client": client,
        "trigger": trigger,
        "as_of": as_of,
        "due": due,
        "amount": amount,
        "limit_amount": amounts.limit_at(days),
    }
    return {name: values[kept] for name, values in started.items()}


def _pause(clause: Clause, context: Context, started: dict[str, Any], done_end: Us) -> dict[str, Any]:
    """Due and limit moved by what the obligations waited for the client."""
    calendar, trigger, due = context.calendar, started["trigger"], started["due"]
    spans = context.waits.pauses_of(clause, started["row"], len(context.facts.tables[clause.worksheet]))
    spans = clip_spans(spans, trigger, done_end)
    moved, counted = apply_pauses(calendar, due, spans, clause.unit)
    unpaused_soon = soon = soon_from(calendar, trigger, due, clause.unit)
    if len(counted.of):
        soon = soon_from(calendar, trigger, moved, clause.unit)
    limit = add_period(calendar, trigger, started["limit_amount"], clause.unit)
    return {
        "due": moved,
        "unpaused_due": due,
        "soon": soon,
        "unpaused_soon": unpaused_soon,
        "limit": apply_pauses(calendar, limit, spans, clause.unit)[0],
        "earliest": earliest_from(calendar, clause, trigger, started["amount"], due),
        "spans": counted,
    }


def _due(clause: Clause, context: Context, row: Index, trigger: Us, amount: Floats) -> Us:
    if clause.unit == "date":
        on = context.facts.columns.instants(clause.worksheet, clause.due)[row]
        return close_on_date(context.calendar, on)
    return add_period(context.calendar, trigger, amount, clause.unit)


def _find_done(
    clause: Clause, context: Context, row: Index, client: Index, trigger: Us, as_of: Days
) -> dict[str, Any]:
    """The fulfilment of each obligation: done, done_end, verified."""
    done = np.full(len(row), NAT, dtype=np.int64)
    whole = np.zeros(len(row), dtype=bool)
    if clause.done:
        own, own_whole = context.facts.columns.earliest(clause.worksheet, clause.done)
        done, whole = own[row], own_whole[row]
    done_end = np.where(whole & (done != NAT), end_of_day(context.calendar, done), done)
    verified = context.facts.columns.filled(clause.worksheet, clause.needs)[row]
    # Done before it was asked for: one of the two times must be wrong.
    verified &= (done == NAT) | (trigger == NAT) | (done_end >= trigger)
    start = trigger
    if clause.window_from is not None:
        # From the close of that day on: what fulfilled the milestone before does not count for this one.
        amount = np.full(len(row), clause.window_from.amount)
        start = add_period(context.calendar, trigger, amount, clause.window_from.unit)
    for event in clause.done_by:
        at, at_whole = context.events.of(event).first(client, start, event.after)
        at_end = np.where(at_whole, end_of_day(context.calendar, at), at)
        better = (at != NAT) & ((done == NAT) | (at < done))
        better &= context.tiers_met(event.clients, client, as_of)
        done, done_end = np.where(better, at, done), np.where(better, at_end, done_end)
    return {"done": done, "done_end": done_end, "verified": verified}


def _closed(clause: Clause, context: Context, row: Index) -> Us:
    if not clause.closed_by:
        return np.full(len(row), NAT, dtype=np.int64)
    return context.facts.columns.earliest(clause.worksheet, clause.closed_by)[0][row]


def _before(clause: Clause, context: Context) -> dict[str, Any]:
    """A fact at least some time before a planned date."""
    columns, calendar = context.facts.columns, context.calendar
    planned = columns.instants(clause.worksheet, clause.planned)
    row = np.flatnonzero(_subject_rows(clause, context) & (planned != NAT))
    trigger = np.full(len(row), NAT, dtype=np.int64)
    if clause.trigger:
        trigger = columns.first_filled(clause.worksheet, clause.trigger)[row]
    planned, client = planned[row], columns.clients(clause.worksheet)[row]
    days = calendar.local_days(np.where(trigger == NAT, planned, trigger))
    amount = context.facts.amounts[clause.id].target.at(days)
    due = add_period(calendar, planned, -amount, clause.unit)
    # Arranged too late for it: nothing was missed.
    kept = (trigger == NAT) | (trigger <= due)
    kept &= context.tiers_met(clause.clients, client, days)
    row, client, trigger, planned = row[kept], client[kept], trigger[kept], planned[kept]
    due, amount, days = due[kept], amount[kept], days[kept]
    found = _find_done(clause, context, row, client, trigger, days)
    return found | {
        "row": row,
        "client": client,
        "trigger": trigger,
        "due": due,
        "soon": soon_from(calendar, trigger, due, clause.unit),
        "closed": _closed(clause, context, row),
        "basis": planned,
        "amount": amount,
    }


def _gate(clause: Clause, context: Context) -> dict[str, Any]:
    """Evidence once a stage is reached; due with the stage itself."""
    columns = context.facts.columns
    trigger = columns.first_filled(clause.worksheet, clause.trigger)
    row = np.flatnonzero(_subject_rows(clause, context) & (trigger != NAT))
    trigger, client = trigger[row], columns.clients(clause.worksheet)[row]
    kept = context.tiers_met(clause.clients, client, context.calendar.local_days(trigger))
    row, trigger, client = row[kept], trigger[kept], client[kept]
    complete = columns.filled(clause.worksheet, clause.evidence)[row]
    for evidence in clause.evidence_by:
        owner = columns.clients(evidence.worksheet)
        owner = owner[columns.matches(evidence.worksheet, evidence.where) & (owner >= 0)]
        held = np.bincount(owner, minlength=len(context.facts.tables["clients"])) > 0
        complete &= (client >= 0) & held[client]
    done = np.where(complete, trigger, NAT)
    return {
        "row": row,
        "client": client,
        "trigger": trigger,
        "due": trigger,
        "soon": trigger,
        "done": done,
        "done_end": done,
        "basis": np.full(len(row), NAT),
    }


def _cadence(clause: Clause, context: Context) -> dict[str, Any]:
    """Something in each whole period since a stage; missed once the next period is due as well."""
    columns, calendar = context.facts.columns, context.calendar
    row = np.flatnonzero(_subject_rows(clause, context))
    began: Days = np.full(len(row), np.datetime64("NaT", "D"))
    if clause.trigger:
        began = calendar.local_days(columns.first_filled(clause.worksheet, clause.trigger)[row])
    starts = _period_starts(clause.each, context.today)
    number = np.tile(np.arange(PERIODS_BACK), len(row))
    row = np.repeat(row, PERIODS_BACK)
    client, first_day = columns.clients(clause.worksheet)[row], starts[number]
    kept = ~(np.repeat(began, PERIODS_BACK) > first_day)
    kept &= context.tiers_met(clause.clients, client, first_day)
    row, client, number, first_day = row[kept], client[kept], number[kept], first_day[kept]
    dues = calendar.day_close_us(calendar.roll_forward(starts[1:] - 1))
    trigger, due, closed = calendar.day_start_us(first_day), dues[number], dues[number + 1]
    found = _find_done(clause, context, row, client, trigger, first_day)
    missed = found["done"] >= closed
    found["done"] = np.where(missed, NAT, found["done"])
    found["done_end"] = np.where(missed, NAT, found["done_end"])
    return found | {
        "row": row,
        "client": client,
        "period": first_day,
        "trigger": trigger,
        "due": due,
        "soon": soon_from(calendar, trigger, due, "months"),
        "closed": closed,
    }


def _period_starts(each: str, today: np.datetime64) -> Days:
    """First days of the periods shown, and of the two after the current one."""
    if each == "week":
        monday = today - (today.astype(np.int64) + 3) % 7
        return np.asarray(monday + 7 * np.arange(1 - PERIODS_BACK, 3))
    step = {"month": 1, "quarter": 3}[each]
    month = today.astype("datetime64[M]").astype(np.int64)
    first = month - month % step + step * np.arange(1 - PERIODS_BACK, 3)
    return np.asarray(first.astype("datetime64[M]").astype("datetime64[D]"))


_DRAFTERS = {"within": _within, "before": _before, "gate": _gate, "cadence": _cadence}
