"""A team's worksheets in a given Google spreadsheet, beside whatever is there already. Pure requests.

What it adds is added in one atomic batch; a worksheet whose title is taken is left as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from lib.store.contract import DELETED_HEADER, ID_HEADER, META_SHEET, Value
from lib.store.google.lines import HISTORY_SHEET
from lib.store.google.requests import GUARD_KEY, cell_data
from lib.store.new_workbook import FORMAT_VERSION, NUMBER_FORMATS, ColumnLayout, Kind, NewRow, SheetLayout

SPARE_COLUMNS = 2  # so that columns people insert push none of ours out of the evidence
SPARE_ROWS = 1_000
LONGEST_LIST = 500
HISTORY_HEADING = ("transaction", "line", "evidence")
HISTORY_COLUMNS = 20  # more are added as lines need them; every cell of the grid counts
COLUMN_TAG = "huifang_column"
PIXELS_A_CHARACTER, PADDING_PX, HEADER_PX = 7, 12, 32
ROWS_A_REQUEST = 2_000
_TYPES: Mapping[Kind, str] = {
    "text": "TEXT",
    "id": "TEXT",
    "money": "NUMBER",
    "date": "DATE",
    "datetime": "DATE_TIME",
}
_HEADER_TINT, _HEADER_TEXT, _FAINT_TEXT = "#E8EFF5", "#1F3A4D", "#9A9A9A"
_BOOKKEEPING = (
    ColumnLayout(ID_HEADER, "id", 12, hidden=True),
    ColumnLayout(DELETED_HEADER, "id", 18, hidden=True),
)
Request = Mapping[str, Any]


def template_requests(
    layouts: Sequence[SheetLayout],
    meta: Mapping[str, Value],
    existing: Mapping[str, int],
    sizes: Mapping[str, int],
) -> list[Request]:
    """One batch that adds all worksheets of ``layouts`` and the hidden ones that are missing.

    ``existing`` are the titles and ids that the spreadsheet has, ``sizes`` the numbers of records to come.
    """
    taken = set(existing.values())
    requests: list[Request] = []
    for layout in layouts:
        if layout.title not in existing:
            requests += _sheet_requests(layout, _free_id(layout.title, taken), sizes.get(layout.title, 0))
    if META_SHEET not in existing:
        requests += _hidden_sheet(META_SHEET, _meta_rows(meta), _free_id(META_SHEET, taken))
    return requests + (
        history_requests({**sheet_ids(layouts), **existing}) if HISTORY_SHEET not in existing else []
    )


def history_requests(existing: Mapping[str, int]) -> list[Request]:
    """The hidden worksheet of the shared history. Guards of an earlier one go: its numbers begin anew."""
    taken = set(existing.values())
    sheet_id = next(number for number in count(1) if number not in taken)  # short: it is in every write
    lookup = {"developerMetadataLookup": {"metadataKey": GUARD_KEY}}
    size = {"rowCount": SPARE_ROWS, "columnCount": HISTORY_COLUMNS, "frozenRowCount": 1}
    return [
        *_hidden_sheet(HISTORY_SHEET, [HISTORY_HEADING], sheet_id, size),
        {"deleteDeveloperMetadata": {"dataFilter": lookup}},
    ]


def row_requests(sheet_id: int, rows: Sequence[NewRow], width: int) -> Iterator[list[Request]]:
    """Records for a worksheet that the template has just added, in batches of a bearable size."""
    for start in range(0, len(rows), ROWS_A_REQUEST):
        part = rows[start : start + ROWS_A_REQUEST]
        cells = [[*_padded(row.values, width), row.record_id] for row in part]
        yield [_update_cells(sheet_id, 1 + start, [[cell_data(value) for value in row] for row in cells])]


def sheet_ids(layouts: Sequence[SheetLayout]) -> dict[str, int]:
    """The ids that new worksheets get where those are free."""
    taken: set[int] = set()
    return {layout.title: _free_id(layout.title, taken) for layout in layouts}


def _padded(values: Sequence[Value], width: int) -> list[Value]:
    return [*values, *[None] * width][:width]


def _free_id(title: str, taken: set[int]) -> int:
    """An id that follows from the title, so that the same template gives the same links."""
    number = int.from_bytes(hashlib.sha256(title.encode()).digest()[:4], "big") % 2**30
    while number in taken or number == 0:
        number += 1
    taken.add(number)
    return number


def _sheet_requests(layout: SheetLayout, sheet_id: int, size: int) -> Iterator[Request]:
    grid = {"rowCount": size + SPARE_ROWS, "frozenRowCount": 1}
    columns = (*layout.columns, *_BOOKKEEPING)
    properties: dict[str, Any] = {
        "sheetId": sheet_id,
        "title": layout.title,
        "gridProperties": {**grid, "columnCount": len(columns) + SPARE_COLUMNS},
    }
    if layout.tab_colour:
        properties["tabColorStyle"] = _colour_style(layout.tab_colour)
    yield {"addSheet": {"properties": properties}}
    yield _update_cells(
        sheet_id, 0, [[_header_cell(column) for column in columns]], "userEnteredValue,userEnteredFormat,note"
    )
    yield _dimension(sheet_id, "ROWS", 0, {"pixelSize": HEADER_PX})
    for number, column in enumerate(columns):
        yield from _column_requests(sheet_id, number, column)


def _column_requests(sheet_id: int, number: int, column: ColumnLayout) -> Iterator[Request]:
    size = {"pixelSize": round(column.width * PIXELS_A_CHARACTER + PADDING_PX)}
    yield _dimension(
        sheet_id, "COLUMNS", number, {**size, **({"hiddenByUser": True} if column.hidden else {})}
    )
    if cell_format := _column_format(column.kind):
        body = {"range": _column_range(sheet_id, number), "cell": {"userEnteredFormat": cell_format}}
        yield {
            "repeatCell": {**body, "fields": ",".join(f"userEnteredFormat.{name}" for name in cell_format)}
        }
    if column.choices:
        yield {"setDataValidation": {"range": _column_range(sheet_id, number), "rule": _rule(column)}}
    if column not in _BOOKKEEPING:
        place = {"sheetId": sheet_id, "dimension": "COLUMNS", "startIndex": number, "endIndex": number + 1}
        tag = {"metadataKey": COLUMN_TAG, "metadataValue": column.header, "visibility": "DOCUMENT"}
        yield {
            "createDeveloperMetadata": {"developerMetadata": {**tag, "location": {"dimensionRange": place}}}
        }


def _column_format(kind: Kind) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if kind in _TYPES:
        pattern = {} if _TYPES[kind] == "TEXT" else {"pattern": NUMBER_FORMATS[kind]}
        found["numberFormat"] = {"type": _TYPES[kind], **pattern}
    if kind == "id":
        found["textFormat"] = {"foregroundColorStyle": _colour_style(_FAINT_TEXT)}
    return found


def _rule(column: ColumnLayout) -> Request:
    """A drop-down that offers, and warns, but lets people type something else: reading checks."""
    choices = [{"userEnteredValue": choice} for choice in column.choices[:LONGEST_LIST]]
    return {"condition": {"type": "ONE_OF_LIST", "values": choices}, "strict": False, "showCustomUi": True}


def _header_cell(column: ColumnLayout) -> Request:
    text = {"bold": True, "foregroundColorStyle": _colour_style(_HEADER_TEXT)}
    style = {
        "backgroundColorStyle": _colour_style(_HEADER_TINT),
        "textFormat": text,
        "verticalAlignment": "MIDDLE",
        "wrapStrategy": "WRAP",
    }
    cell = {**cell_data(column.header), "userEnteredFormat": style}
    return {**cell, "note": column.note} if column.note else cell


def _hidden_sheet(
    title: str, rows: Sequence[Sequence[Value]], sheet_id: int, grid: Mapping[str, int] | None = None
) -> list[Request]:
    """A worksheet of the app's own: hidden, and people are warned before they change it."""
    grid = grid or {"rowCount": max(100, len(rows)), "columnCount": 2, "frozenRowCount": 1}
    properties = {"sheetId": sheet_id, "title": title, "hidden": True, "gridProperties": grid}
    protected = {"range": {"sheetId": sheet_id}, "warningOnly": True, "description": "Huifang"}
    return [
        {"addSheet": {"properties": properties}},
        _update_cells(sheet_id, 0, [[cell_data(value) for value in row] for row in rows]),
        {"addProtectedRange": {"protectedRange": protected}},
    ]


def _meta_rows(meta: Mapping[str, Value]) -> list[Sequence[Value]]:
    return [("key", "value"), *{"format": FORMAT_VERSION, **meta}.items()]


def _update_cells(
    sheet_id: int, row: int, rows: Sequence[Sequence[Request]], fields: str = "userEnteredValue"
) -> Request:
    start = {"sheetId": sheet_id, "rowIndex": row, "columnIndex": 0}
    return {
        "updateCells": {"start": start, "rows": [{"values": list(cells)} for cells in rows], "fields": fields}
    }


def _dimension(sheet_id: int, dimension: str, number: int, properties: Mapping[str, Any]) -> Request:
    place = {"sheetId": sheet_id, "dimension": dimension, "startIndex": number, "endIndex": number + 1}
    body = {"range": place, "properties": dict(properties), "fields": ",".join(properties)}
    return {"updateDimensionProperties": body}


def _column_range(sheet_id: int, column: int) -> Request:
    """A column below its header."""
    return {"sheetId": sheet_id, "startRowIndex": 1, "startColumnIndex": column, "endColumnIndex": column + 1}


def _colour_style(colour: str) -> Request:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return {"rgbColor": dict(zip(("red", "green", "blue"), parts, strict=True))}
