"""GridData: cells with all their sides, and the properties of rows and columns."""

from __future__ import annotations

from typing import Any

from . import defaults
from .cells import EMPTY, Cell, Formula, Value, extended_value
from .evaluation import Result, effective
from .formats import show
from .grid import Line
from .ranges import Box
from .reading import with_spills
from .spills import spills_of
from .spreadsheet import Spreadsheet
from .styles import effective_format

Resource = dict[str, Any]


def grid_data(book: Spreadsheet, box: Box) -> Resource:
    """The API's GridData of a box."""
    data: Resource = {}
    if box.top:
        data["startRow"] = box.top
    if box.left:
        data["startColumn"] = box.left
    rows = _row_data(book, box)
    if rows:
        data["rowData"] = rows
    sheet = box.sheet
    data["rowMetadata"] = [
        dimension_properties(book, line, defaults.ROW_PIXELS) for line in sheet.rows[box.top : box.bottom]
    ]
    data["columnMetadata"] = [
        dimension_properties(book, line, defaults.COLUMN_PIXELS)
        for line in sheet.columns[box.left : box.right]
    ]
    return data


def dimension_properties(book: Spreadsheet, line: Line, pixels: int) -> Resource:
    """The API's DimensionProperties of a row or column."""
    own = line.properties
    resource: Resource = {name: own[name] for name in ("hiddenByFilter", "hiddenByUser") if own.get(name)}
    resource["pixelSize"] = own.get("pixelSize", pixels)
    entries = book.metadata.at_line(line)
    if entries:
        resource["developerMetadata"] = entries
    return resource


def _row_data(book: Spreadsheet, box: Box) -> list[Resource]:
    rows = []
    spills = spills_of(book, box.sheet)
    for index in range(box.top, box.bottom):
        cells = box.sheet.rows[index].cells[box.left : box.right]
        if spills:
            cells = with_spills(spills, index, box, cells)
        while cells and cells[-1] == EMPTY:
            cells.pop()
        found = [_cell_data(book, box, (index, box.left + i), cell) for i, cell in enumerate(cells)]
        rows.append({"values": found} if found else {})
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _cell_data(book: Spreadsheet, box: Box, at: tuple[int, int], cell: Cell) -> Resource:
    if cell == EMPTY:
        return {}
    result = effective(book, box.sheet, *at) if isinstance(cell.value, Formula) else Result(cell.value)
    resource = cell_resource(book, cell, result)
    if at in spills_of(book, box.sheet):
        del resource["userEnteredValue"]
    return resource


def cell_resource(book: Spreadsheet, cell: Cell, result: Result) -> Resource:
    """The API's CellData."""
    number_format = (cell.format or {}).get("numberFormat") or result.number_format
    link = _hyperlink(cell, result)
    resource: Resource = {
        "userEnteredValue": extended_value(cell.value),
        "effectiveValue": extended_value(result.value),
        "formattedValue": show(result.value, number_format) if result.value is not None else None,
        "userEnteredFormat": cell.format,
        "effectiveFormat": None,
        "hyperlink": link,
        "note": cell.note,
        "textFormatRuns": cell.runs,
        "dataValidation": cell.validation,
        **(cell.extras or {}),
    }
    if cell.value is not None or cell.format:
        own = dict(cell.format or {})
        if number_format and "numberFormat" not in own:
            own["numberFormat"] = number_format
        resource["effectiveFormat"] = effective_format(
            book.default_format, own, _alignment(result.value), linked=link is not None
        )
    return {name: value for name, value in resource.items() if value is not None}


def _alignment(value: Value) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "CENTER"
    return "LEFT" if isinstance(value, str) else "RIGHT"


def _hyperlink(cell: Cell, result: Result) -> str | None:
    if result.link:
        return result.link
    link = (cell.format or {}).get("textFormat", {}).get("link", {})
    if link.get("uri"):
        return str(link["uri"])
    is_text = isinstance(cell.value, str) and not isinstance(cell.value, Formula)
    if is_text and cell.value.startswith(("http://", "https://")) and " " not in cell.value:
        return str(cell.value)
    return None
