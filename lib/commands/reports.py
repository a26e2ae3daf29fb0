"""Commands that read a spreadsheet and print what it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pandas as pd

from lib.commands.fields import (
    CLAUSE_FIELDS,
    MEASURE_FIELDS,
    OBLIGATION_FIELDS,
    PROBLEM_FIELDS,
    TIER_FIELDS,
)
from lib.commands.output import CommandError, dates, instants, print_records
from lib.desk import Board, Desk
from lib.records.problems import explain_fix, explain_problem
from lib.service.measures import measure_all
from lib.service.receipt_texts import render
from lib.service.receipts import explain
from lib.service.sheet_problems import find_problems
from lib.service.tiers import reason_text
from lib.settings import Settings
from lib.standard.clauses import Clause, load_standard
from lib.store.opening import open_store

STATUSES = ("met", "late", "due_soon", "overdue", "waiting", "not_started", "unverified")
INSTANT_FIELDS = (
    "trigger_at", "due_at", "limit_at", "done_at", "unpaused_due_at", "snoozed_until_at",
)  # fmt: skip
FLAG_FIELDS = ("paused", "provisional", "breached_limit", "too_early")


def open_board(store: str, settings: Settings, now: datetime) -> Board:
    """The spreadsheet that ``store`` names judged at ``now`` (aware). Raises StoreError."""
    settings = replace(settings, store=store)
    return Desk(open_store(settings), settings, clock=lambda: now).board()


# --- check -----------------------------------------------------------------------------------------


def print_problems(board: Board, lang: str) -> int:
    """All problems, one JSON object a line; answers how many."""
    problems = find_problems(board.book, board.standard).to_dict("records")
    print_records([_problem_record(problem, lang) for problem in problems], tuple(PROBLEM_FIELDS), "lines")
    return len(problems)


def _problem_record(problem: Mapping[Any, Any], lang: str) -> dict[str, Any]:
    explained = {"reason": explain_problem(problem, lang), "fix": explain_fix(problem, lang)}
    plain_fields = {field: problem[field] for field in PROBLEM_FIELDS if field in problem}
    found = {**plain_fields, **explained, "column": problem["header"] or problem["column"]}
    return {field: None if value == "" else value for field, value in found.items()}


# --- obligations -----------------------------------------------------------------------------------


def print_obligations(
    board: Board, form: str, status: str | None = None, clause: str | None = None, owner: str | None = None
) -> None:
    """Obligations by due time, then id. Raises CommandError for an unknown status, clause or owner."""
    judged = _selected(board, status, clause, owner)
    judged = judged.sort_values(["due_at", "id"], na_position="last", kind="stable")
    columns = _obligation_columns(board, judged)
    print_records(_records(columns, OBLIGATION_FIELDS), tuple(OBLIGATION_FIELDS), form)


def _selected(board: Board, status: str | None, clause: str | None, owner: str | None) -> pd.DataFrame:
    judged = board.judged
    if status is not None:
        wanted = status.strip().lower().replace(" ", "_").replace("-", "_")
        _require(wanted, STATUSES, "status")
        judged = judged[judged["status"] == wanted]
    if clause is not None:
        _require(clause, tuple(board.standard.clauses), "clause")
        judged = judged[judged["clause"] == clause]
    if owner is not None:
        staff = board.table("staff")
        people = staff.index[staff["name"] == owner]
        _require(owner, tuple(staff["name"].dropna()), "owner")
        judged = judged[judged["owner"].isin(people)]
    return judged


def _require(wanted: str, known: Sequence[str], what: str) -> None:
    if wanted not in known:
        some = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
        raise CommandError(f"There is no {what} {wanted!r}. There is: {some or 'none'}.")


def _obligation_columns(board: Board, judged: pd.DataFrame) -> dict[str, Sequence[Any]]:
    sources = {clause.id: source_of(clause) for clause in board.standard.clauses.values()}
    columns: dict[str, Sequence[Any]] = {
        field: judged[field].astype("object").tolist()
        for field in ("id", "clause", "worksheet", "record", "status", "status_unpaused", *FLAG_FIELDS)
    }
    columns |= {field: instants(judged[field], board.calendar.tz) for field in INSTANT_FIELDS}
    columns |= {f"{role}_id": judged[role].astype("object").tolist() for role in ("client", "owner")}
    columns["client"] = _names(board, "clients", judged["client"])
    columns["owner"] = _names(board, "staff", judged["owner"])
    columns["source"] = [sources[clause] for clause in judged["clause"]]
    return columns


def _names(board: Board, worksheet: str, ids: pd.Series) -> list[Any]:
    return ids.map(board.table(worksheet)["name"]).astype("object").tolist()


def _records(columns: Mapping[str, Sequence[Any]], fields: Iterable[str]) -> Iterator[dict[str, Any]]:
    names = list(fields)
    for values in zip(*(columns[name] for name in names), strict=True):
        yield dict(zip(names, values, strict=True))


def source_of(clause: Clause) -> str:
    """Documents by letter with their sections."""
    return "; ".join(f"{source.doc} {source.section}".strip() for source in clause.sources)


# --- explain ---------------------------------------------------------------------------------------


def print_explanation(board: Board, obligation: str, form: str, lang: str) -> None:
    """The receipt of an obligation, a line a step. Raises CommandError if there is no such obligation."""
    if obligation not in set(board.judged["id"]):
        raise CommandError(f"There is no obligation {obligation!r}; the command obligations lists the ids.")
    receipt = explain(obligation, board.judged, board.facts, board.standard, board.calendar, board.now)
    lines = render(receipt, lang)
    if form == "json":
        print_records([{"id": obligation, "lines": lines}], ("id", "lines"), "lines")
    else:
        print("\n".join(lines))


# --- tiers, measures, clauses ----------------------------------------------------------------------


def print_tiers(board: Board, form: str, lang: str) -> None:
    """Each client with its tier and the reason, in the order of the worksheet."""
    clients = board.table("clients")
    columns: dict[str, Sequence[Any]] = {
        "client": clients["name"].tolist(),
        "client_id": clients.index.tolist(),
        "owner": _names(board, "staff", clients["owner"]),
        "tier": clients["tier"].astype("object").tolist(),
        "reason": [reason_text(row, lang) for row in _tier_rows(clients)],
        "amount": clients["trailing_amount"].tolist(),
        "is_dormant": clients["is_dormant"].tolist(),
        "dormant_on": dates(clients["dormant_on"]),
        "last_purchase_on": dates(clients["last_purchase_on"]),
    }
    print_records(_records(columns, TIER_FIELDS), tuple(TIER_FIELDS), form)


def _tier_rows(clients: pd.DataFrame) -> list[Any]:
    names = {"tier_reason": "reason", "trailing_amount": "amount", "key_threshold": "threshold"}
    columns = [*names, "pin_until_on"]
    return clients[columns].rename(columns=names).to_dict("records")


def print_measures(board: Board, form: str) -> None:
    """The figures of all measure clauses."""
    figures = measure_all(board.facts, board.standard)
    names = pd.concat([board.table(worksheet)["name"] for worksheet in ("clients", "staff")]).to_dict()
    columns: dict[str, Sequence[Any]] = {str(field): figures[field].tolist() for field in figures}
    columns["subject_id"] = [s if s in names else None for s in columns["subject"]]
    columns["subject"] = [names.get(subject, subject) or None for subject in columns["subject"]]
    columns["group"] = [group or None for group in columns["group"]]
    columns["ok"] = [
        ok if bounded else None
        for ok, bounded in zip(figures["ok"], figures[["low", "high"]].notna().any(axis=1), strict=True)
    ]
    print_records(_records(columns, MEASURE_FIELDS), tuple(MEASURE_FIELDS), form)


def print_clauses(form: str, lang: str, on: date) -> None:
    """The standard's own clauses with the amounts of a day, in its order."""
    clauses = load_standard().clauses.values()
    print_records([_clause_record(clause, lang, on) for clause in clauses], tuple(CLAUSE_FIELDS), form)


def _clause_record(clause: Clause, lang: str, on: date) -> dict[str, Any]:
    amounts = [amount for amount in clause.amounts if amount.from_on <= on]
    return {
        "id": clause.id,
        "name": clause.names[lang],
        "rule": clause.rules[lang],
        "kind": clause.kind,
        "unit": clause.unit or None,
        "target": amounts[-1].target if amounts else None,
        "limit": amounts[-1].limit if amounts else None,
        "measured": clause.measured,
        "our_default": clause.our_default,
        "source": source_of(clause),
    }
