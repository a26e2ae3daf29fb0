"""The standard on screen: every clause, its amount in force and who set it, and how it is kept here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from lib.desk.access import Action, Actor
from lib.desk.board import Board
from lib.desk.core import Desk, Outcome
from lib.records.entry import check_entry, new_record_id, to_changes_insert
from lib.service.amounts import Amounts, Steps, amounts_in_force
from lib.standard.clauses import Clause

KEPT = ("met",)
JUDGED = ("met", "late", "overdue")


@dataclass(frozen=True, slots=True)
class StandardFilters:
    groups: Sequence[str] = ()
    state: str | None = None  # measured, not_yet, overruled
    search: str = ""


@dataclass(frozen=True, eq=False)
class Step:
    """An amount from a day on (None: from the beginning), and who set it ("": the standard)."""

    mark: str
    from_on: date | None
    amount: float
    set_by: str
    reason: str


@dataclass(frozen=True, eq=False)
class ClauseView:
    clause: Clause
    target: float | None
    limit: float | None
    steps: tuple[Step, ...]
    counts: Mapping[str, int]  # obligations by status


@dataclass(frozen=True, eq=False)
class StandardView:
    """``rows``: index clause id; group, name, rule, target, limit, unit, by, source, measured, overruled,
    judged, kept_share, overdue."""

    version: str
    rows: pd.DataFrame
    total: int
    measured: int
    overruled: int
    may_overrule: bool


def view(desk: Desk, actor: Actor, filters: StandardFilters, language: str) -> StandardView:
    """All clauses under the filters, in the order of the standard."""
    board = desk.board()
    rows = _all_rows(board, language)
    return StandardView(
        version=board.version,
        rows=rows[_matches(rows, filters)],
        total=len(rows),
        measured=int(rows["measured"].sum()),
        overruled=int(rows["overruled"].sum()),
        may_overrule=actor.may(Action.SET_RULES),
    )


def clause_view(desk: Desk, clause_id: str) -> ClauseView | None:
    """One clause with its amounts over time and its obligations by status. None for an unknown id."""
    board = desk.board()
    clause = board.standard.clauses.get(clause_id)
    if clause is None:
        return None
    amounts = _amounts(board)[clause_id]
    judged = board.judged.loc[board.judged["clause"] == clause_id, "status"]
    today = np.array([np.datetime64(board.now.date(), "D")])
    return ClauseView(
        clause=clause,
        target=_number(amounts.target.at(today)[0]),
        limit=_number(amounts.limit_at(today)[0]),
        steps=(*_steps(board, "target", amounts.target), *_steps(board, "limit", amounts.limit)),
        counts={str(status): int(count) for status, count in judged.value_counts().items()},
    )


def overrule(desk: Desk, actor: Actor, operation_id: str, values: Mapping[str, Any]) -> Outcome:
    """Add a dated row to the Rules worksheet: clause, mark, amount, effective_from, reason."""
    actor.require(Action.SET_RULES)
    board, tz = desk.board(), desk.settings.tz
    given = {**values, "set_by": actor.staff_id}
    clean, errors = check_entry(board.book, board.schema, "rules", given, tz)
    if errors:
        return Outcome(errors=errors)
    record = new_record_id()
    change = to_changes_insert(board.book, board.schema, "rules", record, clean, tz)
    return Outcome(desk.send(actor, operation_id, (change,), Action.SET_RULES), record_id=record)


def _amounts(board: Board) -> Mapping[str, Amounts]:
    return amounts_in_force(board.standard, board.table("rules"))


def _all_rows(board: Board, language: str) -> pd.DataFrame:
    today = np.array([np.datetime64(board.now.date(), "D")])
    amounts = _amounts(board)
    rows = [
        _row(board, clause, amounts[clause.id], today, language) for clause in board.standard.clauses.values()
    ]
    table = pd.DataFrame(rows).set_index("id")
    counts = pd.crosstab(board.judged["clause"].astype("str"), board.judged["status"].astype("str"))
    counts = counts.reindex(index=table.index, columns=list(JUDGED), fill_value=0)
    table["judged"] = counts.sum(axis=1)
    table["kept_share"] = counts[list(KEPT)].sum(axis=1) / table["judged"].where(table["judged"] > 0)
    table["overdue"] = counts["overdue"]
    return table


def _row(
    board: Board, clause: Clause, amounts: Amounts, today: np.ndarray[Any, Any], language: str
) -> dict[str, Any]:
    return {
        "id": clause.id,
        "group_code": clause.group,
        "group": board.standard.groups[clause.group][language],
        "name": clause.names[language],
        "rule": clause.rules[language],
        "target": amounts.target.at(today)[0],
        "limit": amounts.limit_at(today)[0],
        "unit": clause.unit,
        "by": clause.by.get(language, ""),
        "source": "; ".join(f"{source.doc} {source.section}" for source in clause.sources),
        "our_default": clause.our_default,
        "measured": clause.measured,
        "overruled": bool(amounts.target.rule_at(today[0]) or amounts.limit.rule_at(today[0])),
    }


def _matches(rows: pd.DataFrame, filters: StandardFilters) -> pd.Series[bool]:
    keep = pd.Series(True, index=rows.index)
    if filters.groups:
        keep &= rows["group_code"].isin(list(filters.groups))
    if filters.state == "measured":
        keep &= rows["measured"]
    if filters.state == "not_yet":
        keep &= ~rows["measured"]
    if filters.state == "overruled":
        keep &= rows["overruled"]
    if filters.search:
        words = rows["name"] + " " + rows["rule"] + " " + rows.index.to_series()
        keep &= words.str.contains(filters.search, case=False, regex=False)
    return keep


def _steps(board: Board, mark: str, steps: Steps) -> tuple[Step, ...]:
    rules = board.table("rules")
    found = []
    for day, value, rule in zip(steps.days, steps.values, steps.rules, strict=True):
        row = rules.loc[rule] if rule else None
        on = pd.Timestamp(day).date() if day > np.datetime64("1900-01-01") else None
        set_by = "" if row is None else board.name_of("staff", row["set_by"]) or "?"
        reason = "" if row is None or pd.isna(row["reason"]) else str(row["reason"])
        found.append(Step(mark, on, float(value), set_by, reason))
    return tuple(found)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
