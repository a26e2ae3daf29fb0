"""The receipt of an obligation: from which cell it runs, what was counted and skipped, by which clause."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from lib.records.book import CellPlace
from lib.service.drafts import Context, Draft, draft_clause
from lib.service.events import EventIndexes
from lib.service.facts import Facts
from lib.service.pauses import OPEN, read_waits
from lib.service.periods import to_whole
from lib.service.receipt_model import Fact, Receipt, TeamRule
from lib.service.receipt_steps import (
    Interval,
    Walk,
    count_back,
    count_clock,
    count_days,
    count_months,
    count_period,
    count_service,
    count_to_date,
    count_working_days,
)
from lib.service.receipt_texts import render
from lib.standard.clause_model import SERVICE_UNITS, Clause, Standard
from lib.standard.instants import HOUR_US, MINUTE_US, NAT, from_us, to_us
from lib.standard.working_time import WorkingCalendar

__all__ = ["Receipt", "explain", "render"]

_UNIT_US = {"minutes": MINUTE_US, "hours": HOUR_US, "service_minutes": MINUTE_US, "service_hours": HOUR_US}
_DAY_COUNTERS = {"working_days": count_working_days, "days": count_days, "months": count_months}


def explain(
    obligation_id: str,
    judged: pd.DataFrame,
    facts: Facts,
    standard: Standard,
    calendar: WorkingCalendar,
    now: datetime,
) -> Receipt:
    """The receipt of one judged obligation at ``now``. KeyError for an id that is not in ``judged``.

    ``judged`` comes from the same facts, standard, calendar and now.
    """
    row = _find_row(judged, obligation_id)
    clause = standard.clauses[str(row["clause"])]
    draft = _redraft(clause, row, facts, standard, calendar)
    at = to_us(now)
    spans = list(zip(draft.spans.start.tolist(), draft.spans.end.tolist(), strict=True))
    counted = [(start, at if end == OPEN else end) for start, end in spans if end != OPEN or start <= at]
    needs = _missing_needs(clause, row, facts)
    return Receipt(
        clause=clause,
        worksheet=clause.worksheet,
        trigger=_trigger(clause, row, facts),
        origin=_origin(clause, row, facts),
        planned=_own_fact(facts, clause, row, (clause.planned,)) if clause.planned else None,
        done=_done(clause, row, facts),
        intervals=tuple(_intervals(clause, row, draft, facts, calendar, counted)),
        pauses=tuple((_aware(s, calendar), None if e == OPEN else _aware(e, calendar)) for s, e in spans),
        rules=_team_rules(clause, row, facts),
        needs=needs,
        need_names=tuple(_need_name(clause.worksheet, need, facts) for need in needs),
        documents=standard.documents,
        tz=calendar.tz,
        **_verdict_of(row),
    )


def _verdict_of(row: pd.Series[Any]) -> dict[str, Any]:
    """What the receipt takes from the judged row as it stands."""
    return {
        "obligation": str(row["id"]),
        "record": str(row["record"]),
        "status": str(row["status"]),
        "status_unpaused": str(row["status_unpaused"]),
        "due_at": row["due_at"].to_pydatetime(),
        "limit_at": _moment(row["limit_at"]),
        "unpaused_due_at": row["unpaused_due_at"].to_pydatetime(),
        "amount": float(row["amount"]),
        "limit_amount": float(row["limit_amount"]),
        "provisional": bool(row["provisional"]),
        "too_early": bool(row["too_early"]),
        "missed": bool(row["missed"]),
    }


def _find_row(judged: pd.DataFrame, obligation_id: str) -> pd.Series[Any]:
    found = np.flatnonzero((judged["id"] == obligation_id).to_numpy(dtype=bool))
    if not len(found):
        raise KeyError(obligation_id)
    return judged.iloc[int(found[0])]


def _redraft(
    clause: Clause, row: pd.Series[Any], facts: Facts, standard: Standard, calendar: WorkingCalendar
) -> Draft:
    """The clause's draft again, for this obligation only: its pauses are not in the judged table."""
    events, waits = EventIndexes(facts.columns), read_waits(facts, standard)
    draft = draft_clause(clause, Context(facts, calendar, np.datetime64(facts.today, "D"), events, waits))
    position = facts.tables[clause.worksheet].index.get_loc(row["record"])
    mine = draft.row == position
    if clause.each:
        mine &= draft.trigger == to_us(row["trigger_at"].to_pydatetime())
    return draft.pick(mine)


def _intervals(
    clause: Clause,
    row: pd.Series[Any],
    draft: Draft,
    facts: Facts,
    calendar: WorkingCalendar,
    pauses: list[tuple[int, int]],
) -> list[Interval]:
    if clause.kind == "gate":
        return []
    if clause.kind == "before":
        return _intervals_before(clause, row, facts, calendar)
    walk = Walk(calendar, to_us(row["trigger_at"].to_pydatetime()))
    if clause.kind == "cadence":
        count_period(walk, _last_day(clause, draft))
    elif clause.unit == "date":
        on = facts.columns.instants(clause.worksheet, clause.due)[draft.row[0]]
        count_to_date(walk, Walk(calendar, int(on)).day(), pauses)
    else:
        _count_amount(walk, clause.unit, float(row["amount"]), pauses)
    return walk.intervals


def _count_amount(walk: Walk, unit: str, amount: float, pauses: list[tuple[int, int]]) -> None:
    whole = int(to_whole(np.array([amount]), unit)[0])
    if unit in _DAY_COUNTERS:
        _DAY_COUNTERS[unit](walk, whole, pauses)
    elif unit in SERVICE_UNITS:
        count_service(walk, whole, _UNIT_US[unit], pauses)
    else:
        count_clock(walk, whole, _UNIT_US[unit], pauses)


def _intervals_before(
    clause: Clause, row: pd.Series[Any], facts: Facts, calendar: WorkingCalendar
) -> list[Interval]:
    position = facts.tables[clause.worksheet].index.get_loc(row["record"])
    planned = int(facts.columns.instants(clause.worksheet, clause.planned)[position])
    whole = int(to_whole(np.array([row["amount"]]), clause.unit)[0])
    if clause.unit in _DAY_COUNTERS and whole:
        return count_back(calendar, planned, whole, clause.unit)
    walk = Walk(calendar, planned)
    if clause.unit in _DAY_COUNTERS:
        count_working_days(walk, 0, ())
        return walk.intervals
    walk.at = to_us(row["due_at"].to_pydatetime())
    if clause.unit in SERVICE_UNITS:
        count_service(walk, whole, _UNIT_US[clause.unit], ())
    else:
        count_clock(walk, whole, _UNIT_US[clause.unit], ())
    return walk.intervals


def _last_day(clause: Clause, draft: Draft) -> Any:
    first = draft.period[0]
    if clause.each == "week":
        return (first + 6).item()
    months = {"month": 1, "quarter": 3}[clause.each]
    following = (first.astype("datetime64[M]") + months).astype("datetime64[D]")
    return following.item() - timedelta(days=1)


def _trigger(clause: Clause, row: pd.Series[Any], facts: Facts) -> Fact | None:
    if clause.each or pd.isna(row["trigger_at"]):
        return None
    fact = _own_fact(facts, clause, row, clause.trigger)
    if fact is None or fact.at == row["trigger_at"]:
        return fact
    return _own_fact(facts, clause, row, (clause.due, *clause.trigger)) if clause.due else fact


def _own_fact(facts: Facts, clause: Clause, row: pd.Series[Any], columns: tuple[str, ...]) -> Fact | None:
    """The first of the columns that is filled in the obligation's own row."""
    position = facts.tables[clause.worksheet].index.get_loc(row["record"])
    for column in columns:
        at = int(facts.columns.instants(clause.worksheet, column)[position])
        if at != NAT:
            return _fact(facts, clause.worksheet, str(row["record"]), column, at)
    return None


def _origin(clause: Clause, row: pd.Series[Any], facts: Facts) -> Fact | None:
    """The purchase from which dormancy is derived."""
    if clause.trigger != ("dormant_on",):
        return None
    table = facts.tables["transactions"]
    last = facts.tables["clients"].at[row["record"], "last_purchase_on"]
    mine = (table["client"] == row["record"]) & (table["purchased_on"] == last)
    records = table.index[mine.fillna(False).to_numpy(dtype=bool)]
    if not len(records):
        return None
    at = int(facts.columns.instants("transactions", "purchased_on")[table.index.get_loc(records[0])])
    return _fact(facts, "transactions", str(records[0]), "purchased_on", at)


def _done(clause: Clause, row: pd.Series[Any], facts: Facts) -> Fact | None:
    """The cell that holds the moment of fulfilment."""
    if pd.isna(row["done_at"]):
        return None
    at = to_us(row["done_at"].to_pydatetime())
    position = facts.tables[clause.worksheet].index.get_loc(row["record"])
    for column in clause.done:
        if int(facts.columns.instants(clause.worksheet, column)[position]) == at:
            return _fact(facts, clause.worksheet, str(row["record"]), column, at)
    client = facts.tables["clients"].index.get_indexer(pd.Index([row["client"]]))[0]
    for event in clause.done_by:
        same = facts.columns.clients(event.worksheet) == client
        same &= facts.columns.instants(event.worksheet, event.at) == at
        found = np.flatnonzero(same & facts.columns.matches(event.worksheet, event.where))
        if len(found):
            record = str(facts.tables[event.worksheet].index[found[0]])
            return _fact(facts, event.worksheet, record, event.at, at)
    return None


def _fact(facts: Facts, worksheet: str, record: str, column: str, at: int) -> Fact:
    return Fact(
        _aware(at, facts.columns.calendar),
        worksheet,
        record,
        column,
        _place(facts, worksheet, record, column),
    )


def _place(facts: Facts, worksheet: str, record: str, column: str) -> CellPlace | None:
    """The cell, or None for a derived column and for a column that the sheet lacks."""
    try:
        return facts.book.where(worksheet, record, column)
    except KeyError:
        return None


def _missing_needs(clause: Clause, row: pd.Series[Any], facts: Facts) -> tuple[str, ...]:
    """Columns that must be filled and are not: needs of a fulfilment, evidence of a gate."""
    position = facts.tables[clause.worksheet].index.get_loc(row["record"])
    wanted = clause.evidence if clause.kind == "gate" else clause.needs
    missing = [c for c in wanted if not facts.columns.filled(clause.worksheet, (c,))[position]]
    for evidence in clause.evidence_by:
        rows = facts.tables[evidence.worksheet]
        held = (rows["client"] == row["client"]).fillna(False).to_numpy(dtype=bool)
        if not (held & facts.columns.matches(evidence.worksheet, evidence.where)).any():
            missing.append(f"{evidence.worksheet}.*")
    return tuple(missing)


def _need_name(worksheet: str, need: str, facts: Facts) -> str:
    """The header of a column, or the title of the sheet that has no row."""
    other = need.removesuffix(".*")
    binding = facts.book.bindings.get(other if other != need else worksheet)
    if binding is None:
        return need
    return binding.sheet if other != need else binding.headers.get(need, need)


def _team_rules(clause: Clause, row: pd.Series[Any], facts: Facts) -> tuple[TeamRule, ...]:
    if not clause.has_amount:
        return ()
    basis = row["trigger_at"] if pd.notna(row["trigger_at"]) else row["due_at"]
    day = np.datetime64(basis.tz_localize(None).to_datetime64(), "D")
    amounts = facts.amounts[clause.id]
    records = [
        (steps.rule_at(day), mark) for steps, mark in ((amounts.target, "target"), (amounts.limit, "limit"))
    ]
    return tuple(_team_rule(record, mark, clause, facts) for record, mark in records if record)


def _team_rule(record: str, mark: str, clause: Clause, facts: Facts) -> TeamRule:
    rule: dict[Any, Any] = facts.tables["rules"].loc[[record]].to_dict("records")[0]
    before = [getattr(a, mark) for a in clause.amounts if pd.Timestamp(a.from_on) <= rule["effective_from"]]
    names: dict[Any, Any] = facts.tables["staff"]["name"].to_dict()
    return TeamRule(
        record=record,
        mark=mark,
        effective_from=rule["effective_from"].date(),
        amount=float(rule["amount"]),
        standard=None if not before else before[-1],
        set_by=str(names.get(rule["set_by"], "")),
        reason="" if pd.isna(rule["reason"]) else str(rule["reason"]),
        place=_place(facts, "rules", record, "amount"),
    )


def _moment(value: Any) -> datetime | None:
    return None if pd.isna(value) else value.to_pydatetime()


def _aware(at: int, calendar: WorkingCalendar) -> datetime:
    moment: datetime = from_us(at, calendar.tz)[0].to_pydatetime()
    return moment
