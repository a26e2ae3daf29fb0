"""Rows of an import that are probably there already."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

import pandas as pd

from lib.records.book import ROW, TYPED_SUFFIX, Book
from lib.records.layout import cell_writer
from lib.records.names import company_core, fold
from lib.records.schema import Column, Worksheet
from lib.records.texts import text_of
from lib.store.contract import Value


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A record of the preview (by position) that repeats another.

    ``where`` the other is, in row ``other_row``: "sheet" (the spreadsheet) or "file".
    """

    position: int
    source_row: int
    where: Literal["sheet", "file"]
    other_row: int


def find_duplicates(
    book: Book, worksheet: Worksheet, written: Mapping[str, list[Value]], rows: list[int], tz: tzinfo
) -> tuple[Duplicate, ...]:
    """Likely duplicates among the rows to import, against the spreadsheet and among themselves.

    Against the spreadsheet: the same name or number (company names without 有限公司, Ltd, Inc.); where
    rows have none, all imported cells. Within the file: the same name where it stands for the record
    (clients, staff, complaints); else all cells, since an order may have several lines.
    """
    label = worksheet.label if _label_identifies(book, worksheet) else None
    names = _label_keys(worksheet, written[label]) if label and label in written else [None] * len(rows)
    whole = _row_keys(worksheet, written)
    existing = _existing(book, worksheet, written, label, tz)
    found: list[Duplicate] = []
    first: dict[Hashable, int] = {}
    for position, source_row in enumerate(rows):
        name = names[position]
        sheet_row = existing.get(whole[position] if name is None else name)
        stands_alone = name is not None and worksheet.key in book.names
        earlier = first.setdefault(name if stands_alone else whole[position], source_row)
        if sheet_row is not None:
            found.append(Duplicate(position, source_row, "sheet", sheet_row))
        elif earlier != source_row:
            found.append(Duplicate(position, source_row, "file", earlier))
    return tuple(found)


def _label_identifies(book: Book, worksheet: Worksheet) -> bool:
    return worksheet.key in book.names or worksheet.label == "number"


def _existing(
    book: Book, worksheet: Worksheet, written: Mapping[str, list[Value]], label: str | None, tz: tzinfo
) -> dict[Hashable, int]:
    """Names, or else whole rows, of the spreadsheet -> row number (the first)."""
    table = book.tables[worksheet.key]
    if label in written:
        keys = _label_keys(worksheet, _as_list(table[label]))
    else:
        columns = [worksheet.columns[key] for key in written]
        keys = _row_keys(worksheet, {column.key: _stored(table, column, book, tz) for column in columns})
    found: dict[Hashable, int] = {}
    for key, number in zip(keys, table[ROW].tolist(), strict=True):
        if key is not None:
            found.setdefault(key, number)
    return found


def _label_keys(worksheet: Worksheet, labels: list[Value]) -> list[Hashable]:
    reduced = company_core if worksheet.about == "client" and worksheet.label == "name" else fold
    return [None if value is None else reduced(text_of(value)) for value in labels]


def _row_keys(worksheet: Worksheet, written: Mapping[str, list[Value]]) -> list[Hashable]:
    columns = [[_cell_key(value) for value in written[key]] for key in worksheet.columns if key in written]
    return list(zip(*columns, strict=True)) if columns else []


def _cell_key(value: Value) -> Hashable:
    if isinstance(value, datetime):
        return value
    return None if value is None else fold(text_of(value))


def _stored(table: pd.DataFrame, column: Column, book: Book, tz: tzinfo) -> list[Value]:
    """A table's column as the store would keep it."""
    name = column.key + TYPED_SUFFIX if column.ref else column.key
    write = cell_writer(column, book.language, tz)
    return [None if value is None else write(value) for value in _as_list(table[name])]


def _as_list(series: pd.Series) -> list[Value]:
    return series.astype(object).where(series.notna(), None).tolist()
