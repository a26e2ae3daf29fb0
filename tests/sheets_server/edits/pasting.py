"""copyPaste, cutPaste, mergeCells, autoFill and pasteData."""

from __future__ import annotations

from typing import Any

from tests.sheets_server.cells import EMPTY, Cell, Formula
from tests.sheets_server.errors import invalid
from tests.sheets_server.evaluation import effective
from tests.sheets_server.formula_shift import follow_block, offset_formula
from tests.sheets_server.grid import COLUMNS, ROWS, Sheet
from tests.sheets_server.protection import check_box
from tests.sheets_server.ranges import Box, Place, area_of, box_of, corner_of
from tests.sheets_server.spreadsheet import Spreadsheet

Body = dict[str, Any]
NORMAL = "PASTE_NORMAL"


class Clip:
    """A copied block: its cells with their results, and the place they came from."""

    def __init__(self, book: Spreadsheet, box: Box, *, transpose: bool = False) -> None:
        self.top, self.left = box.top, box.left
        self.transposed = transpose
        rows = [
            [self._entry(book, box.sheet, row, column) for column in range(box.left, box.right)]
            for row in range(box.top, box.bottom)
        ]
        self.rows = [list(column) for column in zip(*rows, strict=True)] if transpose else rows
        self.height, self.width = len(self.rows), len(self.rows[0]) if self.rows else 0

    @staticmethod
    def _entry(book: Spreadsheet, sheet: Sheet, row: int, column: int) -> tuple[Cell, Any, int, int]:
        cell = sheet.cell(row, column)
        is_formula = isinstance(cell.value, Formula)
        value = effective(book, sheet, row, column).value if is_formula else cell.value
        return cell, value, row, column

    def cell_for(self, row: int, column: int, offset: tuple[int, int], old: Cell, paste: str) -> Cell:
        """What the target cell becomes."""
        cell, value, from_row, from_column = self.rows[offset[0] % self.height][offset[1] % self.width]
        if isinstance(cell.value, Formula):
            moved = offset_formula(cell.value, row - from_row, column - from_column)
            cell = cell._replace(value=Formula(moved))
        return pasted(cell, value, old, paste)


def pasted(cell: Cell, value: Any, old: Cell, paste: str) -> Cell:
    """A target cell after a paste of the given type."""
    if paste == "PASTE_VALUES":
        return old._replace(value=value, runs=None)
    if paste == "PASTE_FORMAT":
        return old._replace(format=cell.format, validation=cell.validation)
    if paste == "PASTE_FORMULA":
        return old._replace(value=cell.value, runs=None)
    if paste == "PASTE_DATA_VALIDATION":
        return old._replace(validation=cell.validation)
    if paste == "PASTE_CONDITIONAL_FORMATTING":
        return old
    if paste == "PASTE_NO_BORDERS":
        own = {name: part for name, part in (cell.format or {}).items() if name != "borders"}
        kept = (old.format or {}).get("borders")
        return cell._replace(format={**own, **({"borders": kept} if kept else {})} or None)
    return cell


def copy_paste(book: Spreadsheet, request: Body, user: str) -> None:
    """Copy a block; a larger destination is tiled, a smaller one is overrun."""
    source = box_of(book, request.get("source", {}))
    destination = box_of(book, request.get("destination", {}))
    transpose = request.get("pasteOrientation") == "TRANSPOSE"
    clip = Clip(book, source, transpose=transpose)
    paste = request.get("pasteType", NORMAL)
    height = _tiled(destination.height, clip.height)
    width = _tiled(destination.width, clip.width)
    target = destination._replace(bottom=destination.top + height, right=destination.left + width)
    make_room(book, target)
    check_box(book, target, user)
    merges = _merges_in(source)
    for row in range(target.top, target.bottom):
        for column in range(target.left, target.right):
            offset = (row - target.top, column - target.left)
            old = target.sheet.cell(row, column)
            target.sheet.put(row, column, clip.cell_for(row, column, offset, old, paste))
    if paste in (NORMAL, "PASTE_NO_BORDERS") and not transpose:
        _paste_merges(source, target, merges)
    if paste in (NORMAL, "PASTE_CONDITIONAL_FORMATTING", "PASTE_FORMAT"):
        _paste_conditions(source, target)


def _tiled(wanted: int, present: int) -> int:
    return wanted if present and wanted >= present and wanted % present == 0 else present


def make_room(book: Spreadsheet, box: Box) -> None:
    """Grow the grid so that a block fits."""
    sheet = box.sheet
    rows, columns = max(sheet.row_count, box.bottom), max(sheet.column_count, box.right)
    book.check_room(rows * columns - sheet.row_count * sheet.column_count)
    sheet.resize(ROWS, rows)
    sheet.resize(COLUMNS, columns)


def _merges_in(box: Box) -> list[Body]:
    return [m for m in box.sheet.merges if box.covers(Place(box.sheet, area_of(m)).clamped())]


def _paste_merges(source: Box, target: Box, merges: list[Body]) -> None:
    sheet = target.sheet
    kept = [m for m in sheet.merges if not target.covers(Place(sheet, area_of(m)).clamped()) or m in merges]
    sheet.merges = kept
    for top in range(target.top, target.bottom, source.height):
        for left in range(target.left, target.right, source.width):
            for merge in merges:
                moved = _moved(merge, top - source.top, left - source.left)
                moved["sheetId"] = sheet.sheet_id
                if moved not in sheet.merges:
                    sheet.merges.append(moved)


def _moved(range_: Body, rows: int, columns: int) -> Body:
    return {
        **range_,
        "startRowIndex": range_["startRowIndex"] + rows,
        "endRowIndex": range_["endRowIndex"] + rows,
        "startColumnIndex": range_["startColumnIndex"] + columns,
        "endColumnIndex": range_["endColumnIndex"] + columns,
    }


def _paste_conditions(source: Box, target: Box) -> None:
    if source.sheet is not target.sheet:
        return
    rules = []
    for rule in source.sheet.conditional_formats:
        boxes = [Place(source.sheet, area_of(range_)).clamped() for range_ in rule.get("ranges", [])]
        covered = any(box.covers(source) for box in boxes)
        reached = any(box.covers(target) for box in boxes)
        if covered and not reached:
            rule = {**rule, "ranges": [*rule["ranges"], target.grid_range()]}
        rules.append(rule)
    source.sheet.conditional_formats = rules


def cut_paste(book: Spreadsheet, request: Body, user: str) -> None:
    """Move a block; formulas keep what they refer to."""
    source = box_of(book, request.get("source", {}))
    sheet, top, left = corner_of(book, request.get("destination", {}))
    target = Box(sheet, top, top + source.height, left, left + source.width)
    paste = request.get("pasteType", NORMAL)
    check_box(book, source, user)
    make_room(book, target)
    check_box(book, target, user)
    clip = Clip(book, source)
    merges = _merges_in(source)
    _blank(source)
    source.sheet.merges = [m for m in source.sheet.merges if m not in merges]
    for row in range(target.top, target.bottom):
        for column in range(target.left, target.right):
            cell, value, *_ = clip.rows[row - top][column - left]
            sheet.put(row, column, pasted(cell, value, sheet.cell(row, column), paste))
    if paste == NORMAL:
        sheet.merges += [
            {**_moved(m, top - source.top, left - source.left), "sheetId": sheet.sheet_id} for m in merges
        ]
    follow_block(book, source, target)


def _blank(box: Box) -> None:
    for row in range(box.top, box.bottom):
        for column in range(box.left, min(box.right, len(box.sheet.rows[row].cells))):
            box.sheet.put(row, column, EMPTY)


# -- merging ----------------------------------------------------------------------------------
def merge_cells(book: Spreadsheet, request: Body, user: str) -> None:
    """Merge cells; only the top-left value of each merge stays."""
    box = box_of(book, request.get("range", {}))
    check_box(book, box, user)
    _check_overlap(box)
    kind = request.get("mergeType", "MERGE_ALL")
    if kind == "MERGE_COLUMNS":
        parts = [box._replace(left=c, right=c + 1) for c in range(box.left, box.right)]
    elif kind == "MERGE_ROWS":
        parts = [box._replace(top=r, bottom=r + 1) for r in range(box.top, box.bottom)]
    else:
        parts = [box]
    sheet = box.sheet
    sheet.merges = [m for m in sheet.merges if not Place(sheet, area_of(m)).clamped().meets(box)]
    for part in parts:
        if part.height * part.width > 1:
            _keep_first_value(part)
            sheet.merges.append({"sheetId": sheet.sheet_id, **part.grid_range()})


def _check_overlap(box: Box) -> None:
    for range_ in box.sheet.merges:
        other = Place(box.sheet, area_of(range_)).clamped()
        if other.meets(box) and not box.covers(other):
            raise invalid("You must select all cells in a merged range to merge or unmerge them.")


def _keep_first_value(box: Box) -> None:
    for row in range(box.top, box.bottom):
        for column in range(box.left, box.right):
            cell = box.sheet.cell(row, column)
            if (row, column) != (box.top, box.left) and cell.value is not None:
                box.sheet.put(row, column, cell._replace(value=None, runs=None))


def unmerge_cells(book: Spreadsheet, request: Body, user: str) -> None:
    """Undo all merges in a range."""
    box = box_of(book, request.get("range", {}))
    check_box(book, box, user)
    _check_overlap(box)
    sheet = box.sheet
    sheet.merges = [m for m in sheet.merges if not Place(sheet, area_of(m)).clamped().meets(box)]


HANDLERS = {
    "copyPaste": copy_paste,
    "cutPaste": cut_paste,
    "mergeCells": merge_cells,
    "unmergeCells": unmerge_cells,
}
