"""What is wrong in the spreadsheet, cell by cell: a table to show, to fix and to count."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from lib.locale import text
from lib.records.cells import Finding
from lib.records.texts import text_of
from lib.store.contract import Value

LONGEST_VALUE = 80
# The data are read all the same; every other problem means that something counts as missing.
WARNINGS = frozenset(
    {"missing_sheet", "duplicate_sheet", "duplicate_column", "duplicate_id", "duplicate_name"}
)
COLUMNS = (
    "id", "worksheet", "sheet", "record", "row", "column", "header", "cell", "value",
    "code", "severity", "reason_params", "fix_code", "fix_value",
)  # fmt: skip
_DTYPES = {"row": "int64", "reason_params": "object", "fix_value": "object"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. ``record``, ``row`` (0), ``column``, ``cell`` are empty if it concerns more than a cell.

    ``fix_value`` is what may be written into the cell as it stands (None: a person has to decide).
    """

    worksheet: str  # key
    sheet: str  # title
    code: str
    record: str = ""
    row: int = 0
    column: str = ""  # key
    header: str = ""
    cell: str = ""
    value: str = ""
    reason_params: Mapping[str, object] = field(default_factory=dict)
    fix_code: str = ""
    fix_value: Value = None

    @property
    def id(self) -> str:
        """The same for the same problem of the same cell, however often the sheet is read."""
        place = "\x1f".join((self.sheet, self.record, self.column or self.header, self.code, self._further))
        return hashlib.sha256(place.encode("utf-8", "replace")).hexdigest()[:16]

    @property
    def _further(self) -> str:
        """What tells two problems of a whole sheet apart."""
        return "" if self.record else self.cell

    @property
    def severity(self) -> str:
        return "warning" if self.code in WARNINGS else "error"


def shorten(value: Value) -> str:
    """A cell's value on one line of at most 80 characters."""
    shown = " ".join(text_of(value)[: 4 * LONGEST_VALUE].split())
    shown = shown.encode("utf-8", "replace").decode("utf-8")
    return shown if len(shown) <= LONGEST_VALUE else shown[: LONGEST_VALUE - 1] + "…"


def with_finding(place: Problem, finding: Finding) -> Problem:
    """The problem at the place and value of ``place`` that ``finding`` describes."""
    return Problem(
        place.worksheet, place.sheet, finding.code, place.record, place.row, place.column, place.header,
        place.cell, place.value, finding.params, finding.fix_code, finding.fix,
    )  # fmt: skip


def problem_table(problems: Iterable[Problem]) -> pd.DataFrame:
    """One row for each problem, in the given order, with the columns of ``COLUMNS``."""
    listed = list(problems)
    return pd.DataFrame(
        {
            name: pd.Series([getattr(problem, name) for problem in listed], dtype=_DTYPES.get(name, "str"))
            for name in COLUMNS
        }
    )


def explain_problem(problem: Mapping[str, Any], lang: str) -> str:
    """Why it is a problem, in words: a row of the table as a mapping."""
    return text(lang, f"problems.{problem['code']}", **problem["reason_params"])


def explain_fix(problem: Mapping[str, Any], lang: str) -> str:
    """What the proposed fix does; empty when a person has to decide."""
    if not problem["fix_code"]:
        return ""
    return text(lang, f"problems.fix_{problem['fix_code']}", value=shorten(problem["fix_value"]))
