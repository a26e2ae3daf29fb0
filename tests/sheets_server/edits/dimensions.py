"""Rows and columns: inserting, deleting, moving, sizing, hiding and grouping them."""

from __future__ import annotations

from typing import Any

from tests.sheets_server.cells import EMPTY
from tests.sheets_server.errors import invalid
from tests.sheets_server.grid import COLUMNS, ROWS, Sheet
from tests.sheets_server.masks import parse_mask, touches
from tests.sheets_server.protection import check_box
from tests.sheets_server.ranges import Box, Span, box_of, span_of
from tests.sheets_server.reading import Rendering, rendered_rows
from tests.sheets_server.spreadsheet import Spreadsheet
from tests.sheets_server.structure import delete_lines, insert_lines, move_lines

Body = dict[str, Any]


def append_dimension(book: Spreadsheet, request: Body, _user: str) -> None:
    """Add blank rows or columns at the end."""
    span = span_of(book, {**request, "startIndex": 0, "endIndex": request.get("length", 0)})
    if span.count <= 0:
        raise invalid("length must be > 0.")
    sheet = span.sheet
    across = sheet.line_count(COLUMNS if span.dimension == ROWS else ROWS)
    book.check_room(span.count * across)
    sheet.resize(span.dimension, sheet.line_count(span.dimension) + span.count)


def insert_dimension(book: Spreadsheet, request: Body, user: str) -> None:
    """Insert blank rows or columns."""
    span = span_of(book, request.get("range", {}), bounded=True)
    size = span.sheet.line_count(span.dimension)
    before = request.get("inheritFromBefore", False)
    if before and span.start == 0:
        raise invalid("range.startIndex must be greater than 0 if inheritFromBefore is true.")
    if not before and span.start >= size:
        raise invalid(
            f"range.startIndex must be less than the grid size ({size}) if inheritFromBefore is false."
        )
    if span.start > size:
        raise invalid(f"range.startIndex is larger than current grid size ({size}).")
    if span.count == 0:
        raise invalid("range.endIndex must be greater than range.startIndex.")
    _check_lines(book, Span(span.sheet, span.dimension, span.start, min(span.start + 1, size)), user)
    model = span.start - 1 if before else span.start
    insert_lines(book, span.sheet, span.dimension, span.start, span.count, inherit_from=model)


def _check_lines(book: Spreadsheet, span: Span, user: str) -> None:
    check_box(book, span.box, user)


def delete_dimension(book: Spreadsheet, request: Body, user: str) -> None:
    """Delete rows or columns."""
    span = span_of(book, request.get("range", {}))
    _check_lines(book, span, user)
    delete_lines(book, span.sheet, span.dimension, span.start, span.end)


def move_dimension(book: Spreadsheet, request: Body, user: str) -> None:
    """Move rows or columns; the destination counts before the move."""
    span = span_of(book, request.get("source", {}))
    destination = request.get("destinationIndex", 0)
    size = span.sheet.line_count(span.dimension)
    word = "row" if span.dimension == ROWS else "column"
    if span.end > size or destination > size or destination < 0:
        raise invalid(f"Cannot move a {word} that doesn't exist. There are only {size} {word}s.")
    if span.start < destination < span.end:
        raise invalid("The destination index cannot be within the source range.")
    _check_lines(book, span, user)
    move_lines(book, span.sheet, span.dimension, span.start, span.end, destination)


# -- parts of rows and columns ----------------------------------------------------------------
def insert_range(book: Spreadsheet, request: Body, user: str) -> None:
    """Insert blank cells; those in the way move down or right, off the grid if they must."""
    box = box_of(book, request.get("range", {}))
    dimension = _shift_dimension(request)
    area = _rest_of_lines(box, dimension)
    check_box(book, area, user)
    lines = _taken(area, dimension)
    count = box.height if dimension == ROWS else box.width
    _put_back(area, dimension, [[EMPTY] * count + line for line in lines], book)


def delete_range(book: Spreadsheet, request: Body, user: str) -> None:
    """Delete cells; those behind them move up or left."""
    box = box_of(book, request.get("range", {}))
    dimension = _shift_dimension(request)
    area = _rest_of_lines(box, dimension)
    check_box(book, area, user)
    lines = _taken(area, dimension)
    count = box.height if dimension == ROWS else box.width
    _put_back(area, dimension, [line[count:] + [EMPTY] * count for line in lines], book)


def _shift_dimension(request: Body) -> str:
    dimension = request.get("shiftDimension")
    if dimension not in (ROWS, COLUMNS):
        raise invalid("No shift dimension specified.")
    return str(dimension)


def _rest_of_lines(box: Box, dimension: str) -> Box:
    if dimension == ROWS:
        return box._replace(bottom=box.sheet.row_count)
    return box._replace(right=box.sheet.column_count)


def _taken(area: Box, dimension: str) -> list[list[Any]]:
    sheet = area.sheet
    rows, columns = range(area.top, area.bottom), range(area.left, area.right)
    if dimension == ROWS:
        return [[sheet.cell(row, column) for row in rows] for column in columns]
    return [[sheet.cell(row, column) for column in columns] for row in rows]


def _put_back(area: Box, dimension: str, lines: list[list[Any]], book: Spreadsheet) -> None:
    sheet = area.sheet
    length = max((_filled(line) for line in lines), default=0)
    fits = area.height if dimension == ROWS else area.width
    if length > fits:
        across = sheet.column_count if dimension == ROWS else sheet.row_count
        book.check_room((length - fits) * across)
        sheet.resize(dimension, sheet.line_count(dimension) + length - fits)
    for i, line in enumerate(lines):
        for j, cell in enumerate(line[: max(length, fits)]):
            row, column = (j, i) if dimension == ROWS else (i, j)
            row, column = area.top + row, area.left + column
            if sheet.cell(row, column) is not cell:
                sheet.put(row, column, cell)


def _filled(line: list[Any]) -> int:
    end = len(line)
    while end and line[end - 1] == EMPTY:
        end -= 1
    return end


# -- sizes and visibility ---------------------------------------------------------------------
def update_dimension_properties(book: Spreadsheet, request: Body, _user: str) -> None:
    """Set the size or the visibility of rows or columns."""
    span = span_of(book, request.get("range", {}))
    tree = parse_mask(request.get("fields"))
    _check_end(span)
    given = request.get("properties", {})
    for index in range(span.start, span.end):
        line = span.sheet.line_for_write(span.dimension, index)
        line.properties = _merged_properties(line.properties, given, tree)


def _check_end(span: Span) -> None:
    size = span.sheet.line_count(span.dimension)
    word = "row" if span.dimension == ROWS else "column"
    if span.end > size:
        raise invalid(f"DimensionRange.endIndex[{span.end}] is after last {word} in grid[{size - 1}]")


def _merged_properties(own: Body, given: Body, tree: Any) -> Body:
    result = dict(own)
    for name in ("hiddenByUser", "pixelSize"):
        if touches(tree, name):
            result.pop(name, None)
            if given.get(name):
                result[name] = given[name]
    return result


def auto_resize_dimensions(book: Spreadsheet, request: Body, _user: str) -> None:
    """Fit sizes to content, roughly: seven pixels a character."""
    span = span_of(book, request.get("dimensions", {}))
    _check_end(span)
    for index in range(span.start, span.end):
        line = span.sheet.line_for_write(span.dimension, index)
        size = 21 if span.dimension == ROWS else _width_of_text(book, span.sheet, index)
        line.properties = {**line.properties, "pixelSize": size}


def _width_of_text(book: Spreadsheet, sheet: Sheet, column: int) -> int:
    rows = rendered_rows(book, Box(sheet, 0, sheet.row_count, column, column + 1), Rendering())
    lines = [line for row in rows for text in row for line in str(text).split("\n")]
    longest = max(map(len, lines), default=0)
    return 13 + 7 * longest if longest else 100


# -- groups -----------------------------------------------------------------------------------
def add_dimension_group(book: Spreadsheet, request: Body, _user: str) -> Body:
    """Group some rows or columns; depths are those of nested groups."""
    span = span_of(book, request.get("range", {}), bounded=True)
    depths = _depths(span.sheet, span.dimension)
    for index in range(span.start, span.end):
        depths[index] = depths.get(index, 0) + 1
    return _store_groups(span, depths)


def delete_dimension_group(book: Spreadsheet, request: Body, _user: str) -> Body:
    """Take one level of grouping off some rows or columns."""
    span = span_of(book, request.get("range", {}), bounded=True)
    depths = _depths(span.sheet, span.dimension)
    if not any(depths.get(index) for index in range(span.start, span.end)):
        raise invalid("Cannot delete a dimension group that doesn't exist.")
    for index in range(span.start, span.end):
        depths[index] = max(0, depths.get(index, 0) - 1)
    return _store_groups(span, depths)


def _groups_name(dimension: str) -> str:
    return "row_groups" if dimension == ROWS else "column_groups"


def _depths(sheet: Sheet, dimension: str) -> dict[int, int]:
    depths: dict[int, int] = {}
    for group in getattr(sheet, _groups_name(dimension)):
        for index in range(group["range"]["startIndex"], group["range"]["endIndex"]):
            depths[index] = max(depths.get(index, 0), group["depth"])
    return depths


def _store_groups(span: Span, depths: dict[int, int]) -> Body:
    old = getattr(span.sheet, _groups_name(span.dimension))
    collapsed = {
        (g["range"]["startIndex"], g["range"]["endIndex"], g["depth"]) for g in old if g.get("collapsed")
    }
    groups = []
    for start, end, depth in sorted(_runs(depths), key=lambda run: (run[0], run[2])):
        bounds = {"dimension": span.dimension, "startIndex": start, "endIndex": end}
        if span.sheet.sheet_id:
            bounds = {"sheetId": span.sheet.sheet_id, **bounds}
        group: Body = {"range": bounds, "depth": depth}
        if (start, end, depth) in collapsed:
            group["collapsed"] = True
        groups.append(group)
    setattr(span.sheet, _groups_name(span.dimension), groups)
    return {"dimensionGroups": groups} if groups else {}


def _runs(depths: dict[int, int]) -> list[tuple[int, int, int]]:
    runs = []
    for depth in range(1, max(depths.values(), default=0) + 1):
        start = None
        for index in range(max(depths) + 2):
            if depths.get(index, 0) >= depth:
                start = index if start is None else start
            elif start is not None:
                runs.append((start, index, depth))
                start = None
    return runs


def update_dimension_group(book: Spreadsheet, request: Body, _user: str) -> None:
    """Collapse or expand a group; its lines are hidden or shown."""
    given = request.get("dimensionGroup", {})
    span = span_of(book, given.get("range", {}), bounded=True)
    name = _groups_name(span.dimension)
    groups = list(getattr(span.sheet, name))
    wanted = (span.start, span.end, given.get("depth", 1))
    for position, group in enumerate(groups):
        if (group["range"]["startIndex"], group["range"]["endIndex"], group["depth"]) == wanted:
            groups[position] = _with_collapsed(group, bool(given.get("collapsed")))
            setattr(span.sheet, name, groups)
            _hide(span, bool(given.get("collapsed")))
            return
    raise invalid("Cannot update a dimension group that doesn't exist.")


def _with_collapsed(group: Body, collapsed: bool) -> Body:
    bare = {name: value for name, value in group.items() if name != "collapsed"}
    return {**bare, "collapsed": True} if collapsed else bare


def _hide(span: Span, hidden: bool) -> None:
    for index in range(span.start, span.end):
        line = span.sheet.line_for_write(span.dimension, index)
        line.properties = {k: v for k, v in line.properties.items() if k != "hiddenByUser"}
        if hidden:
            line.properties = {**line.properties, "hiddenByUser": True}


HANDLERS = {
    "appendDimension": append_dimension,
    "insertDimension": insert_dimension,
    "deleteDimension": delete_dimension,
    "moveDimension": move_dimension,
    "insertRange": insert_range,
    "deleteRange": delete_range,
    "updateDimensionProperties": update_dimension_properties,
    "autoResizeDimensions": auto_resize_dimensions,
    "addDimensionGroup": add_dimension_group,
    "deleteDimensionGroup": delete_dimension_group,
    "updateDimensionGroup": update_dimension_group,
}
