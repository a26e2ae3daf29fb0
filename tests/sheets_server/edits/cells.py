"""Writing cells: updateCells, repeatCell, appendCells, setDataValidation, updateBorders."""

from __future__ import annotations

from typing import Any

from tests.sheets_server.cells import (
    EMPTY,
    MAX_CHARACTERS,
    TOO_LONG,
    Cell,
    CellError,
    Formula,
    Value,
    as_double,
)
from tests.sheets_server.conditions import check_rule
from tests.sheets_server.errors import invalid
from tests.sheets_server.formula_shift import offset_formula
from tests.sheets_server.grid import ROWS, Sheet
from tests.sheets_server.masks import EVERYTHING, Tree, branch_of, parse_mask, touches
from tests.sheets_server.protection import check_box
from tests.sheets_server.ranges import Box, box_of, corner_of, limits_error, place_of, starts_inside
from tests.sheets_server.spreadsheet import Spreadsheet
from tests.sheets_server.styles import merged_format, tidy_borders

Body = dict[str, Any]
_EXTRAS = ("chipRuns", "pivotTable", "dataSourceTable", "hyperlink")


# -- one cell ---------------------------------------------------------------------------------
def value_of(entered: Body | None) -> Value:
    """The value that an ExtendedValue sets; None clears."""
    if not entered:
        return None
    kind, value = next(iter(entered.items()))
    if kind == "formulaValue":
        return Formula(value if value.startswith("=") else "=" + value)
    if kind == "errorValue":
        return CellError(value.get("type", "ERROR"), value.get("message", ""))
    if kind == "stringValue" and len(value) > MAX_CHARACTERS:
        raise invalid(TOO_LONG)
    if kind == "numberValue" and isinstance(value, str):
        return float(value)
    return None if value == "" and kind == "stringValue" else as_double(value)


def merged_cell(cell: Cell, data: Body, tree: Tree) -> Cell:
    """A cell with the masked fields of a CellData."""
    changes: Body = {}
    if touches(tree, "userEnteredValue"):
        changes.update(value=value_of(data.get("userEnteredValue")), runs=None)
    if touches(tree, "userEnteredFormat"):
        branch = branch_of(tree, "userEnteredFormat")
        changes["format"] = merged_format(cell.format, data.get("userEnteredFormat"), branch)
    if touches(tree, "note"):
        changes["note"] = data.get("note") or None
    if touches(tree, "dataValidation"):
        changes["validation"] = _kept_rule(data.get("dataValidation"))
    if touches(tree, "textFormatRuns"):
        changes["runs"] = data.get("textFormatRuns") or None
    extras = {name: data.get(name) for name in _EXTRAS if name in tree or ("*" in tree and name in data)}
    if extras:
        kept = {**(cell.extras or {}), **extras}
        changes["extras"] = {name: value for name, value in kept.items() if value} or None
    return cell._replace(**changes)


# -- updateCells ------------------------------------------------------------------------------
def update_cells(book: Spreadsheet, request: Body, user: str) -> None:
    """Write rows of CellData; with a range, masked fields of cells not covered are cleared."""
    tree = parse_mask(request.get("fields"))
    rows = request.get("rows", [])
    if "start" in request:
        _write_from(book, request["start"], rows, tree, user)
    elif "range" in request:
        _write_over(book, request["range"], rows, tree, user)
    else:
        raise invalid("Must specify a start or a range.")


def _write_from(book: Spreadsheet, start: Body, rows: list[Body], tree: Tree, user: str) -> None:
    sheet, top, left = corner_of(book, start)
    _check_extent(rows, (top, left), (sheet.row_count, sheet.column_count))
    width = max((len(row.get("values", [])) for row in rows), default=0)
    check_box(book, Box(sheet, top, top + len(rows), left, left + width), user)
    write_rows(sheet, top, left, rows, tree)


def write_rows(sheet: Sheet, top: int, left: int, rows: list[Body], tree: Tree) -> None:
    """Write the given cells and no others."""
    for r, row in enumerate(rows, top):
        for c, data in enumerate(row.get("values", []), left):
            sheet.put(r, c, merged_cell(sheet.cell(r, c), data, tree))


def _write_over(book: Spreadsheet, range_: Body, rows: list[Body], tree: Tree, user: str) -> None:
    place = place_of(book, range_)
    if not starts_inside(place) or _passes_end(place.area, place.sheet):
        raise limits_error(place)
    box = place.clamped()
    check_box(book, box, user)
    _check_extent(rows, (box.top, box.left), (box.bottom, box.right))
    write_rows(box.sheet, box.top, box.left, rows, tree)
    for index in range(box.top, box.bottom):
        written = len(rows[index - box.top].get("values", [])) if index - box.top < len(rows) else 0
        _clear_cells(box.sheet, index, box.left + written, box.right, tree)


def _passes_end(area: Any, sheet: Sheet) -> bool:
    return (area.end_row or 0) > sheet.row_count or (area.end_column or 0) > sheet.column_count


def _clear_cells(sheet: Sheet, row: int, left: int, right: int, tree: Tree) -> None:
    for column in range(left, min(right, len(sheet.rows[row].cells))):
        cell = sheet.cell(row, column)
        if cell != EMPTY:
            sheet.put(row, column, merged_cell(cell, {}, tree))


def _check_extent(rows: list[Body], start: tuple[int, int], end: tuple[int, int]) -> None:
    for r, row in enumerate(rows, start[0]):
        if r >= end[0]:
            raise invalid(f"Attempting to write row: {r}, beyond the last requested row of: {end[0] - 1}")
        if start[1] + len(row.get("values", [])) > end[1]:
            raise invalid(
                f"Attempting to write column: {end[1]}, beyond the last requested column of: {end[1] - 1}"
            )


def write_grid_data(_book: Spreadsheet, sheet: Sheet, data: Body) -> None:
    """Cells and sizes of a new sheet, as `create` takes them."""
    top, left = data.get("startRow", 0), data.get("startColumn", 0)
    rows = data.get("rowData", [])
    width = max((len(row.get("values", [])) for row in rows), default=0)
    sheet.resize(ROWS, max(sheet.row_count, top + len(rows)))
    sheet.resize("COLUMNS", max(sheet.column_count, left + width))
    write_rows(sheet, top, left, rows, EVERYTHING)


# -- repeatCell, appendCells ------------------------------------------------------------------
def repeat_cell(book: Spreadsheet, request: Body, user: str) -> None:
    """Write one CellData to every cell of a range; relative references in a formula move along."""
    tree = parse_mask(request.get("fields"))
    box = box_of(book, request.get("range", {}))
    check_box(book, box, user)
    data = request.get("cell", {})
    formula = data.get("userEnteredValue", {}).get("formulaValue")
    for row in range(box.top, box.bottom):
        for column in range(box.left, box.right):
            cell = merged_cell(box.sheet.cell(row, column), data, tree)
            if formula and touches(tree, "userEnteredValue"):
                moved = offset_formula(str(cell.value), row - box.top, column - box.left)
                cell = cell._replace(value=Formula(moved))
            box.sheet.put(row, column, cell)


def append_cells(book: Spreadsheet, request: Body, user: str) -> None:
    """Write below the last row that holds a value, adding rows as needed."""
    tree = parse_mask(request.get("fields"))
    sheet = book.grid(request.get("sheetId"))
    rows = request.get("rows", [])
    top = sheet.last_row_with_value()
    width = max((len(row.get("values", [])) for row in rows), default=0)
    bottom, right = max(sheet.row_count, top + len(rows)), max(sheet.column_count, width)
    book.check_room(bottom * right - sheet.row_count * sheet.column_count)
    sheet.resize(ROWS, bottom)
    sheet.resize("COLUMNS", right)
    check_box(book, Box(sheet, top, top + len(rows), 0, width), user)
    write_rows(sheet, top, 0, rows, tree)


# -- validation, borders ----------------------------------------------------------------------
def set_data_validation(book: Spreadsheet, request: Body, user: str) -> None:
    """Set or (without a rule) clear the validation of each cell in a range."""
    box = box_of(book, request.get("range", {}))
    check_box(book, box, user)
    rule = _kept_rule(request.get("rule"))
    for row in range(box.top, box.bottom):
        for column in range(box.left, box.right):
            cell = box.sheet.cell(row, column)
            if cell.validation != rule:
                box.sheet.put(row, column, cell._replace(validation=rule))


def _kept_rule(rule: Body | None) -> Body | None:
    if not rule:
        return None
    check_rule(rule)
    return {name: value for name, value in rule.items() if value not in (False, "", None)}


def update_borders(book: Spreadsheet, request: Body, user: str) -> None:
    """Set the outer and inner borders of a range; a side that is not given stays."""
    box = box_of(book, request.get("range", {}))
    check_box(book, box, user)
    for row in range(box.top, box.bottom):
        for column in range(box.left, box.right):
            sides = _sides_at(request, box, row, column)
            if sides:
                _set_borders(box.sheet, row, column, sides)


def _sides_at(request: Body, box: Box, row: int, column: int) -> Body:
    named = {
        "top": "top" if row == box.top else "innerHorizontal",
        "bottom": "bottom" if row == box.bottom - 1 else "innerHorizontal",
        "left": "left" if column == box.left else "innerVertical",
        "right": "right" if column == box.right - 1 else "innerVertical",
    }
    return {side: request[name] for side, name in named.items() if name in request}


def _set_borders(sheet: Sheet, row: int, column: int, sides: Body) -> None:
    cell = sheet.cell(row, column)
    own = dict(cell.format or {})
    borders = tidy_borders({**own.pop("borders", {}), **sides})
    if borders:
        own["borders"] = borders
    sheet.put(row, column, cell._replace(format=own or None))


HANDLERS = {
    "updateCells": update_cells,
    "repeatCell": repeat_cell,
    "appendCells": append_cells,
    "setDataValidation": set_data_validation,
    "updateBorders": update_borders,
}
