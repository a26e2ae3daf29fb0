"""autoFill: carrying series, texts and formulas on."""

from __future__ import annotations

import re
from typing import Any

from tests.sheets_server.cells import Cell, Formula, Value, tidy_number
from tests.sheets_server.errors import invalid
from tests.sheets_server.formula_shift import offset_formula
from tests.sheets_server.grid import ROWS, Sheet
from tests.sheets_server.protection import check_box
from tests.sheets_server.ranges import Box, box_of
from tests.sheets_server.spreadsheet import Spreadsheet

from .pasting import make_room

Body = dict[str, Any]
_ENDS_WITH_NUMBER = re.compile(r"^(.*?)(\d+)$", re.DOTALL)


def auto_fill(book: Spreadsheet, request: Body, user: str) -> None:
    """Fill cells after (or before) a source with what continues it."""
    alternate = bool(request.get("useAlternateSeries"))
    if "sourceAndDestination" in request:
        given = request["sourceAndDestination"]
        source = box_of(book, given.get("source", {}))
        dimension, length = given.get("dimension", ROWS), given.get("fillLength", 0)
    else:
        whole = box_of(book, request.get("range", {}))
        source, dimension, length = _detect(whole)
    check_box(book, source, user)
    _fill(book, source, dimension, length, alternate)


def _detect(box: Box) -> tuple[Box, str, int]:
    """The filled part at the start of a range, and how far it is to be carried."""
    filled = [r for r in range(box.top, box.bottom) if _has_value(box, r)]
    if not filled:
        raise invalid("There is no data to autofill from.")
    source = box._replace(bottom=filled[-1] + 1)
    if source.bottom < box.bottom:
        return source, ROWS, box.bottom - source.bottom
    wide = [c for c in range(box.left, box.right) if any(_value(box.sheet, r, c) is not None for r in filled)]
    return box._replace(right=wide[-1] + 1), "COLUMNS", box.right - wide[-1] - 1


def _has_value(box: Box, row: int) -> bool:
    return any(_value(box.sheet, row, column) is not None for column in range(box.left, box.right))


def _value(sheet: Sheet, row: int, column: int) -> Value:
    return sheet.cell(row, column).value  # type: ignore[no-any-return]


def _fill(book: Spreadsheet, source: Box, dimension: str, length: int, alternate: bool) -> None:
    along_rows = dimension == ROWS
    if length > 0:
        grown = (
            source._replace(bottom=source.bottom + length)
            if along_rows
            else source._replace(right=source.right + length)
        )
        make_room(book, grown)
    lines = range(source.left, source.right) if along_rows else range(source.top, source.bottom)
    start, end = (source.top, source.bottom) if along_rows else (source.left, source.right)
    steps = range(end, end + length) if length > 0 else range(start - 1, max(start + length, 0) - 1, -1)
    for line in lines:
        cells = [source.sheet.cell(*((i, line) if along_rows else (line, i))) for i in range(start, end)]
        for index in steps:
            cell = _continued(cells, index - start, along_rows, alternate)
            row, column = (index, line) if along_rows else (line, index)
            source.sheet.put(row, column, cell)


def _continued(cells: list[Cell], position: int, along_rows: bool, alternate: bool) -> Cell:
    model = cells[position % len(cells)]
    distance = position - position % len(cells)
    if isinstance(model.value, Formula):
        moved = offset_formula(model.value, distance if along_rows else 0, 0 if along_rows else distance)
        return model._replace(value=Formula(moved))
    values = [cell.value for cell in cells]
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        if len(values) == 1:
            step = 1 if alternate or _is_date(model) else 0
            return model._replace(value=tidy_number(values[0] + step * position))
        step = (values[-1] - values[0]) / (len(values) - 1)
        return model._replace(value=tidy_number(values[0] + step * position))
    match = _ENDS_WITH_NUMBER.match(model.value) if isinstance(model.value, str) else None
    if match:
        return model._replace(value=f"{match[1]}{int(match[2]) + max(distance, 0)}")
    return model


def _is_date(cell: Cell) -> bool:
    return (cell.format or {}).get("numberFormat", {}).get("type") in ("DATE", "DATE_TIME")


HANDLERS = {"autoFill": auto_fill}
