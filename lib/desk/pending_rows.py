"""The spreadsheet as it will be once some rows are inserted: what a later table of an import refers to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lib.store.contract import InsertRow, Sheet, Snapshot, Value


def with_rows(snapshot: Snapshot, inserts: Iterable[InsertRow]) -> Snapshot:
    """``snapshot`` with the rows at the end of their worksheets; it keeps its version.

    Rows for worksheets that the spreadsheet lacks are left out.
    """
    sheets = dict(snapshot.sheets)
    rows: dict[str, list[InsertRow]] = {}
    for insert in inserts:
        rows.setdefault(insert.sheet, []).append(insert)
    for title in rows.keys() & sheets.keys():
        sheets[title] = _extended(sheets[title], rows[title])
    return replace(snapshot, sheets=sheets)


def _extended(sheet: Sheet, rows: Sequence[InsertRow]) -> Sheet:
    last = int(sheet.row_numbers.max(initial=sheet.header_row))
    added = [_column(sheet, number, rows) for number in range(len(sheet.header))]
    return replace(
        sheet,
        columns=tuple(np.concatenate(pair) for pair in zip(sheet.columns, added, strict=True)),
        ids=np.concatenate([sheet.ids, _objects([row.record_id for row in rows])]),
        row_numbers=np.concatenate([sheet.row_numbers, np.arange(last + 1, last + 1 + len(rows))]),
        unwritten=np.concatenate([sheet.unwritten, np.zeros(len(rows), dtype=bool)]),
    )


def _column(sheet: Sheet, number: int, rows: Sequence[InsertRow]) -> Any:
    """New cells of one column; of two columns with the same header the first is written."""
    header = sheet.header[number]
    if sheet.header.index(header) != number:
        return _objects([None] * len(rows))
    return _objects([row.values.get(header) for row in rows])


def _objects(values: Sequence[Value]) -> Any:
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return cells
