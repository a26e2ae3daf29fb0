"""Problems that only the standard can see: unknown clauses in Rules and Waits, amounts that make no sense."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lib.records.problems import Problem, problem_table, shorten
from lib.service.amounts import rule_codes
from lib.service.pauses import find_records
from lib.standard.clause_model import Standard

if TYPE_CHECKING:
    from lib.records.book import Book

# Where the cell to change is: an amount that the clause cannot have is a fault of the amount.
_COLUMNS = {"unknown_clause": "clause", "rule_without_amount": "clause", "rule_amount": "amount"}


def rule_problems(book: Book, standard: Standard) -> pd.DataFrame:
    """What is wrong in Rules and Waits, in the columns of ``book.problems``.

    Codes: unknown_clause; unknown_record (of a wait); rule_without_amount (a clause that has no amount to
    set); rule_amount (negative, or not whole where days are counted). Such rows have no effect.
    """
    rules, waits = book.tables["rules"], book.tables["waits"]
    codes = enumerate(rule_codes(rules, standard))
    found = [("rules", position, _COLUMNS[code], code) for position, code in codes if code]
    found += [
        ("waits", position, "clause", "unknown_clause")
        for position, name in enumerate(waits["clause"])
        if isinstance(name, str) and name not in standard.clauses
    ]
    named = waits["worksheet"].notna().to_numpy() & waits["record"].notna().to_numpy()
    lost = np.flatnonzero(named & (find_records(book) < 0)).tolist()
    found += [("waits", position, "record", "unknown_record") for position in lost]
    return problem_table(_problem(book, *place) for place in found)


def _problem(book: Book, worksheet: str, position: int, column: str, code: str) -> Problem:
    table = book.tables[worksheet]
    record = str(table.index[position])
    place = book.where(worksheet, record, column)
    value = table[column].iloc[position]
    return Problem(
        worksheet,
        place.sheet,
        code,
        record,
        int(table["_row"].iloc[position]),
        column,
        place.header,
        place.cell,
        shorten(None if pd.isna(value) else value),
    )
