"""Sorting and shuffling rows, and removing duplicates."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

from tests.sheets_server.cells import EMPTY, Cell, CellError, Formula
from tests.sheets_server.errors import invalid
from tests.sheets_server.evaluation import effective
from tests.sheets_server.formula_shift import offset_formula
from tests.sheets_server.protection import check_box
from tests.sheets_server.ranges import Box, Place, area_of, box_of
from tests.sheets_server.spreadsheet import Spreadsheet

Body = dict[str, Any]


def sort_range(book: Spreadsheet, request: Body, user: str) -> None:
    """Sort the rows of a range; hidden rows stay where they are, blanks go last."""
    box = box_of(book, request.get("range", {}))
    check_box(book, box, user)
    specs = request.get("sortSpecs", [])
    if not specs:
        raise invalid("Must specify at least one sort spec.")
    sort_box(book, box, specs)


def sort_box(book: Spreadsheet, box: Box, specs: list[Body]) -> None:
    """Sort the visible rows of a box by the given columns."""
    _check_merges(box)
    for spec in specs:
        column = spec.get("dimensionIndex", 0)
        if not box.left <= column < box.right:
            raise invalid(f"Sort spec's dimensionIndex[{column}] is outside of the range.")
    rows = visible_rows(box)
    keys = {row: [_sort_key(book, box, row, spec) for spec in specs] for row in rows}
    downward = [spec.get("sortOrder") == "DESCENDING" for spec in specs]
    order = sorted(rows, key=cmp_to_key(lambda a, b: _compare(keys[a], keys[b], downward)))
    permute_rows(box, rows, order)


def visible_rows(box: Box) -> list[int]:
    """The rows of a box that are not hidden."""
    hidden = ("hiddenByUser", "hiddenByFilter")
    rows = box.sheet.rows
    return [i for i in range(box.top, box.bottom) if not any(rows[i].properties.get(name) for name in hidden)]


def _check_merges(box: Box) -> None:
    for range_ in box.sheet.merges:
        tall = range_["endRowIndex"] - range_["startRowIndex"] > 1
        if tall and Place(box.sheet, area_of(range_)).clamped().meets(box):
            raise invalid("You can't sort a range containing vertical merges.")


def _sort_key(book: Spreadsheet, box: Box, row: int, spec: Body) -> tuple[int, Any]:
    column = spec.get("dimensionIndex", 0)
    cell = box.sheet.cell(row, column)
    value = effective(book, box.sheet, row, column).value if isinstance(cell.value, Formula) else cell.value
    if value is None or value == "":
        return 9, 0
    if isinstance(value, bool):
        return 3, value
    if isinstance(value, CellError):
        return 4, value.kind
    if isinstance(value, str):
        return 2, (value.casefold(), value.swapcase())
    return 1, value


def _compare(a: list[tuple[int, Any]], b: list[tuple[int, Any]], downward: list[bool]) -> int:
    for left, right, down in zip(a, b, downward, strict=True):
        if left == right:
            continue
        if 9 in (left[0], right[0]):
            return -1 if right[0] == 9 else 1
        less = left < right
        return -1 if less != down else 1
    return 0


def permute_rows(box: Box, rows: list[int], order: list[int]) -> None:
    """Put the cells of row order[i] into row rows[i]; metadata follows when whole rows move."""
    sheet = box.sheet
    taken = {row: _cells_of(box, row) for row in rows}
    tokens = {row: sheet.rows[row].token for row in rows}
    whole = box.left == 0 and box.right >= sheet.column_count
    for target, source in zip(rows, order, strict=True):
        if target == source:
            continue
        for column, cell in enumerate(taken[source], box.left):
            moved = _moved_cell(cell, target - source)
            if sheet.cell(target, column) != moved:
                sheet.put(target, column, moved)
        if whole and tokens[source] is not sheet.rows[target].token:
            sheet.row_for_write(target).token = tokens[source]


def _cells_of(box: Box, row: int) -> list[Cell]:
    return [box.sheet.cell(row, column) for column in range(box.left, box.right)]


def _moved_cell(cell: Cell, rows: int) -> Cell:
    if isinstance(cell.value, Formula):
        return cell._replace(value=Formula(offset_formula(cell.value, rows, 0)))
    return cell


def randomize_range(book: Spreadsheet, request: Body, user: str) -> None:
    """Put the rows of a range in a random order."""
    box = box_of(book, request.get("range", {}))
    check_box(book, box, user)
    rows = visible_rows(box)
    order = rows.copy()
    book.randomness.shuffle(order)
    permute_rows(box, rows, order)


def delete_duplicates(book: Spreadsheet, request: Body, user: str) -> Body:
    """Keep the first of each set of equal rows; those below move up within the range."""
    box = box_of(book, request.get("range", {}))
    check_box(book, box, user)
    columns = _compared_columns(box, request.get("comparisonColumns", []))
    seen: set[tuple[Any, ...]] = set()
    kept = []
    for row in range(box.top, box.bottom):
        key = tuple(_sort_key(book, box, row, {"dimensionIndex": column}) for column in columns)
        key = tuple((kind, value[0] if kind == 2 else value) for kind, value in key)
        blank = all(kind == 9 for kind, _ in key)
        if blank or key not in seen:
            kept.append(row)
            seen.add(key)
    removed = box.height - len(kept)
    _close_gaps(box, kept)
    return {"duplicatesRemovedCount": removed} if removed else {}


def _compared_columns(box: Box, ranges: list[Body]) -> list[int]:
    if not ranges:
        return list(range(box.left, box.right))
    return [
        column
        for range_ in ranges
        for column in range(range_.get("startIndex", box.left), range_.get("endIndex", box.right))
    ]


def _close_gaps(box: Box, kept: list[int]) -> None:
    taken = [(row, _cells_of(box, row)) for row in kept]
    blank = [EMPTY] * box.width
    for offset in range(box.height):
        target = box.top + offset
        source, cells = taken[offset] if offset < len(taken) else (target, blank)
        for column, cell in enumerate(cells, box.left):
            box.sheet.put(target, column, _moved_cell(cell, target - source))


HANDLERS = {
    "sortRange": sort_range,
    "randomizeRange": randomize_range,
    "deleteDuplicates": delete_duplicates,
}
