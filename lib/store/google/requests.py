"""The requests of ``spreadsheets.batchUpdate`` that the protocol sends, and ranges in A1 notation.

Rows are 1-based, columns 0-based, as everywhere in the store. No request ever carries a formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lib.store.contract import CellError, Value
from lib.store.google.calls import Request
from lib.store.google.tables import serial
from lib.store.reading import letters

GUARD_KEY = "g"
GUARDS_PER_BUCKET = 100
BUCKETS_KEPT = 6  # guards younger than 500 transactions are never pruned: no request is delayed for so long
ANSWER_FIELDS = "updatedSpreadsheet.sheets.data.rowData.values.effectiveValue"
DATE_FORMAT = {"type": "DATE", "pattern": "yyyy-mm-dd"}
INSTANT_FORMAT = {"type": "DATE_TIME", "pattern": "yyyy-mm-dd hh:mm"}


def quoted(title: str) -> str:
    return "'" + title.replace("'", "''") + "'"


def whole_sheet(title: str) -> str:
    return quoted(title)


def whole_row(title: str, row: int) -> str:
    return f"{quoted(title)}!{row}:{row}"


def rows_from(title: str, row: int, columns: int) -> str:
    """All rows from ``row`` on, ``columns`` wide."""
    return f"{quoted(title)}!A{row}:{letters(columns - 1)}"


def cells_of_row(title: str, row: int, first: int, last: int) -> str:
    name = quoted(title) if not title.isidentifier() else title
    start = f"{name}!{letters(first)}{row}"
    return start if first == last else f"{start}:{letters(last)}{row}"


def guard(number: int) -> Request:
    """Fails, and the whole batch with it, if a transaction of this number exists."""
    metadata = {
        "metadataId": number,
        "metadataKey": GUARD_KEY,
        "metadataValue": _bucket(number),
        "location": {"spreadsheet": True},
        "visibility": "DOCUMENT",
    }
    return {"createDeveloperMetadata": {"developerMetadata": metadata}}


def _bucket(number: int) -> str:
    return str(number // GUARDS_PER_BUCKET)


def prune(number: int) -> list[Request]:
    """Once in a hundred transactions: remove the guards of a hundred that are long over."""
    old = number // GUARDS_PER_BUCKET - BUCKETS_KEPT
    if number % GUARDS_PER_BUCKET or old < 0:
        return []
    lookup = {"metadataKey": GUARD_KEY, "metadataValue": str(old)}
    return [{"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": lookup}}}]


def write_cells(sheet_id: int, row: int, column: int, rows: Sequence[Sequence[Value]]) -> Request:
    """Typed values into a rectangle; None clears a cell. Formats stay."""
    return _update(sheet_id, row, column, [[cell_data(value) for value in line] for line in rows])


def write_value(
    sheet_id: int, row: int, column: int, value: Value, *, has_date_format: bool = True
) -> Request:
    """One typed cell; a date brings its format along where the column has none."""
    if isinstance(value, datetime) and not has_date_format:
        data = {**cell_data(value), "userEnteredFormat": {"numberFormat": date_format(value)}}
        fields = "userEnteredValue,userEnteredFormat.numberFormat"
        return _update(sheet_id, row, column, [[data]], fields)
    return write_cells(sheet_id, row, column, [[value]])


def _update(
    sheet_id: int, row: int, column: int, rows: Sequence[Sequence[Request]], fields: str = "userEnteredValue"
) -> Request:
    start = {"sheetId": sheet_id, "rowIndex": row - 1, "columnIndex": column}
    return {
        "updateCells": {"start": start, "rows": [{"values": list(row)} for row in rows], "fields": fields}
    }


def date_format(at: datetime) -> Request:
    return DATE_FORMAT if (at.hour, at.minute, at.second) == (0, 0, 0) else INSTANT_FORMAT


def cell_data(value: Value) -> Request:
    """CellData of a value; text stays text whatever it looks like."""
    match value:
        case None:
            return {}
        case bool():
            return {"userEnteredValue": {"boolValue": value}}
        case int() | float():
            return {"userEnteredValue": {"numberValue": value}}
        case datetime():
            return {"userEnteredValue": {"numberValue": serial(value)}}
        case CellError():
            return {"userEnteredValue": {"stringValue": value.code}}
    return {"userEnteredValue": {"stringValue": value}}


def copy_values(source: Request, target: Request) -> Request:
    """Copy what cells show; both ranges come from ``area``."""
    return {"copyPaste": {"source": source, "destination": target, "pasteType": "PASTE_VALUES"}}


def copy_content(source: Request, target: Request) -> Request:
    """Copy what cells contain: a formula stays a formula, and is the same again when copied back."""
    return {"copyPaste": {"source": source, "destination": target, "pasteType": "PASTE_FORMULA"}}


def area(sheet_id: int, row: int, column: int, width: int = 1) -> Request:
    """``width`` cells of one row."""
    return {
        "sheetId": sheet_id,
        "startRowIndex": row - 1,
        "endRowIndex": row,
        "startColumnIndex": column,
        "endColumnIndex": column + width,
    }


def insert_row(sheet_id: int, row: int) -> Request:
    """A new row that becomes number ``row`` and looks like the one above it."""
    return _insert(sheet_id, "ROWS", row - 1)


def insert_column(sheet_id: int, column: int) -> Request:
    return _insert(sheet_id, "COLUMNS", column)


def _insert(sheet_id: int, dimension: str, index: int) -> Request:
    span = {"sheetId": sheet_id, "dimension": dimension, "startIndex": index, "endIndex": index + 1}
    return {"insertDimension": {"range": span, "inheritFromBefore": index > 0}}


def extend(sheet_id: int, dimension: str, length: int) -> Request:
    """Add empty ROWS or COLUMNS at the end of the grid."""
    return {"appendDimension": {"sheetId": sheet_id, "dimension": dimension, "length": length}}
