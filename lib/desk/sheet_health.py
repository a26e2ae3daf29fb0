"""Sheet health: every cell that could not be read, why, and what to do; safe fixes with one click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lib.desk.access import Action, Actor
from lib.desk.board import Board
from lib.desk.core import Desk, Outcome
from lib.records.fixes import fix_changes
from lib.records.problems import explain_fix, explain_problem

ROWS_SENT = 500


@dataclass(frozen=True, slots=True)
class HealthFilters:
    worksheets: Sequence[str] = ()
    codes: Sequence[str] = ()
    fixable_only: bool = False


@dataclass(frozen=True, eq=False)
class HealthView:
    """``rows`` (index: problem id; worksheet, record, sheet, cell, header, value, reason, fix, safe) holds
    at most ROWS_SENT of the matching problems.

    ``sheets`` has one row a worksheet: sheet, rows, cells, unreadable, share (of cells read, in percent).
    """

    version: str
    total: int
    matching: int
    rows: pd.DataFrame
    sheets: pd.DataFrame
    by_code: dict[str, int]
    safe_ids: tuple[str, ...]  # of all matching problems, not only of the rows sent
    may_fix: bool


def view(desk: Desk, actor: Actor, filters: HealthFilters, language: str) -> HealthView:
    """What is wrong in the sheet under these filters, in the language given."""
    board = desk.board()
    problems = board.problems
    matching = problems[_matches(problems, filters)]
    safe = matching.loc[_is_safe(matching), "id"]
    return HealthView(
        version=board.version,
        total=len(problems),
        matching=len(matching),
        rows=_describe(matching.head(ROWS_SENT), language),
        sheets=_measure_sheets(board, language),
        by_code={str(code): int(count) for code, count in problems["code"].value_counts().items()},
        safe_ids=tuple(safe),
        may_fix=actor.may(Action.FIX_SHEET),
    )


def apply_fixes(desk: Desk, actor: Actor, operation_id: str, problem_ids: Sequence[str]) -> Outcome:
    """Write the proposed values of these problems where the cells still hold what was read."""
    board = desk.board()
    changes = fix_changes(board.book, board.snapshot, problem_ids)
    return Outcome(desk.send(actor, operation_id, tuple(changes), Action.FIX_SHEET))


def _matches(problems: pd.DataFrame, filters: HealthFilters) -> pd.Series[bool]:
    keep = pd.Series(True, index=problems.index)
    if filters.worksheets:
        keep &= problems["worksheet"].isin(list(filters.worksheets))
    if filters.codes:
        keep &= problems["code"].isin(list(filters.codes))
    return keep & _is_safe(problems) if filters.fixable_only else keep


def _is_safe(problems: pd.DataFrame) -> pd.Series[bool]:
    return problems["fix_value"].notna()


def _describe(problems: pd.DataFrame, language: str) -> pd.DataFrame:
    kept = ["id", "worksheet", "record", "sheet", "cell", "header", "value", "severity"]
    listed: list[Mapping[str, Any]] = problems.to_dict("records")  # type: ignore[assignment]
    rows = problems[kept].assign(
        reason=[explain_problem(row, language) for row in listed],
        fix=[explain_fix(row, language) for row in listed],
        safe=_is_safe(problems),
    )
    return rows.set_index("id")


def _measure_sheets(board: Board, language: str) -> pd.DataFrame:
    rows = []
    for key, worksheet in board.schema.worksheets.items():
        table = board.book.tables[key]
        filled, unreadable = int(table["_filled"].sum()), int(table["_unreadable"].sum())
        share = 100 * (1 - unreadable / filled) if filled else None
        rows.append((worksheet.title(language), len(table), filled, unreadable, share))
    return pd.DataFrame(rows, columns=["sheet", "rows", "cells", "unreadable", "share"])
