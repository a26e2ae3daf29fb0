"""Small spreadsheets for the tests of lib.records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from lib.records.book import Book, read_book
from lib.records.schema import load_schema
from lib.store.contract import Sheet, Snapshot, Value
from lib.store.reading import letters

TZ = ZoneInfo("Asia/Shanghai")
SCHEMA = load_schema()


def sheet(title: str, columns: Mapping[str, Sequence[Value]], ids: Sequence[str] | None = None) -> Sheet:
    """A sheet with the header in row 1 and record ids r0, r1, ... unless given."""
    size = max(map(len, columns.values()), default=0)
    cells = []
    for values in columns.values():
        column = np.full(size, None, dtype=object)
        column[:] = list(values)
        cells.append(column)
    names = list(ids) if ids is not None else [f"r{i}" for i in range(size)]
    return Sheet(
        title=title,
        header=tuple(columns),
        columns=tuple(cells),
        letters=tuple(letters(i) for i in range(len(columns))),
        header_row=1,
        ids=np.array(names, dtype=object),
        row_numbers=np.arange(size) + 2,
        unwritten=np.zeros(size, dtype=bool),
    )


def snapshot(*sheets: Sheet) -> Snapshot:
    return Snapshot("1", {each.title: each for each in sheets})


def read(*sheets: Sheet) -> Book:
    return read_book(snapshot(*sheets), SCHEMA, TZ)


def problems(book: Book, *, missing_sheets: bool = False) -> list[dict[str, Any]]:
    """Problems as mappings, in order."""
    listed: list[dict[str, Any]] = book.problems.to_dict("records")
    return [each for each in listed if missing_sheets or each["code"] != "missing_sheet"]


def codes(book: Book) -> list[tuple[str, str, str]]:
    """(sheet, cell, code) of each problem, missing sheets aside."""
    return [(each["sheet"], each["cell"], each["code"]) for each in problems(book)]
