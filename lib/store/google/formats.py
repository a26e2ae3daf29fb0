"""Which columns hold dates: the cells' number formats tell, since values come as bare numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lib.store.google.requests import whole_row
from lib.store.google.transport import Transport
from lib.store.reading import ReadSheet

SAMPLES = 5
_DATE_TYPES = {"DATE", "DATE_TIME"}
_FIELDS = "sheets(properties.title,data.rowData.values.effectiveFormat.numberFormat.type)"


def number_rows(table: ReadSheet) -> dict[int, list[int]]:
    """Of each column that holds numbers, by its 0-based place, a few rows where it does."""
    sheet = table.sheet
    found = {}
    for place, column in zip(table.column_numbers, sheet.columns, strict=True):
        numeric = [i for i, value in enumerate(column) if _is_number(value)]
        if numeric:
            picks = np.unique(np.linspace(0, len(numeric) - 1, SAMPLES).astype(int))
            found[place] = [int(sheet.row_numbers[numeric[i]]) for i in picks]
    return found


def find_date_columns(
    transport: Transport, samples: Mapping[str, Mapping[int, Sequence[int]]], tables: Mapping[str, ReadSheet]
) -> dict[str, frozenset[str]]:
    """By worksheet the headers of columns most of whose sampled cells have a date format. One request."""
    rows = {
        title: sorted({row for picks in columns.values() for row in picks})
        for title, columns in samples.items()
    }
    ranges = [whole_row(title, row) for title, numbers in rows.items() for row in numbers]
    if not ranges:
        return {}
    answer = transport.client.describe_ranges(transport.spreadsheet_id, ranges, _FIELDS)
    data = {sheet["properties"]["title"]: sheet.get("data", []) for sheet in answer.get("sheets", ())}
    return {
        title: _dated(tables[title], columns, _types_by_row(rows[title], data.get(title, [])))
        for title, columns in samples.items()
    }


def _types_by_row(rows: Sequence[int], data: Sequence[Mapping[str, Any]]) -> dict[int, list[str]]:
    types = {}
    for row, part in zip(rows, data, strict=False):
        cells = (part.get("rowData") or [{}])[0].get("values", ())
        types[row] = [
            cell.get("effectiveFormat", {}).get("numberFormat", {}).get("type", "") for cell in cells
        ]
    return types


def _dated(
    table: ReadSheet, columns: Mapping[int, Sequence[int]], types: Mapping[int, Sequence[str]]
) -> frozenset[str]:
    names = dict(zip(table.column_numbers, table.sheet.header, strict=True))
    dated = set()
    for place, rows in columns.items():
        told = [types[row][place] for row in rows if row in types and place < len(types[row])]
        if sum(kind in _DATE_TYPES for kind in told) * 2 > len(told):
            dated.add(names[place])
    return frozenset(dated)


def _is_number(value: object) -> bool:
    return type(value) in (int, float) or type(value).__name__ == "datetime"
