"""Everything that is wrong in the spreadsheet: its cells, its rules and waits, its calendar rows."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lib.records.book import Book
from lib.records.problems import Problem, problem_table, shorten
from lib.service.rule_problems import rule_problems
from lib.service.team_calendar import contradictions
from lib.standard.clause_model import Standard


def find_problems(book: Book, standard: Standard) -> pd.DataFrame:
    """The book's own problems, then those of rules, waits and calendar rows; columns as ``book.problems``."""
    found = [book.problems, rule_problems(book, standard), _calendar_problems(book)]
    return pd.concat([table for table in found if len(table)] or found[:1], ignore_index=True)


def _calendar_problems(book: Book) -> pd.DataFrame:
    rows = contradictions(book.tables["calendar"])
    return problem_table(_calendar_problem(book, record, detail) for record, detail in rows)


def _calendar_problem(book: Book, record: str, detail: str) -> Problem:
    place = book.where("calendar", record, "kind")
    row: Any = book.tables["calendar"].loc[record]
    return Problem(
        "calendar",
        place.sheet,
        "calendar_row",
        record=record,
        row=int(row["_row"]),
        column="kind",
        header=place.header,
        cell=place.cell,
        value=shorten(str(row["kind"])),
        reason_params={"detail": detail},
    )
