"""The cells of a workbook, read by calamine, with the error cells that calamine leaves out."""

from __future__ import annotations

import contextlib
import gc
import io
import re
from collections.abc import Collection, Iterable, Iterator

import numpy as np
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from lib.store.contract import CellError, NotASpreadsheet
from lib.store.reading import Grid, grid_from_rows
from lib.store.xlsx_cells import column_number, plain_xml
from lib.store.xlsx_parts import Package, SheetPart

_TEXTS = "sharedStrings"
_LONGEST_TAG = 1_000  # of a cell
_ERROR_TYPES = (b't="e"', b"t='e'")
_POSITION = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_CELL_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)</")


def read_grids(package: Package, titles: Collection[str] | None = None) -> dict[str, Grid]:
    """The used rectangle of each worksheet (or of those in ``titles``), by title in tab order.

    The package must have passed the guard. Raises NotASpreadsheet for what cannot be read all the same.
    """
    wanted = [part for part in package.sheets() if titles is None or part.title in titles]
    try:
        with _no_garbage_collection():
            return _read(package, wanted)
    except CalamineError as error:
        raise NotASpreadsheet(f"The workbook cannot be read: {error}.", "damaged") from None


def _read(package: Package, wanted: Collection[SheetPart]) -> dict[str, Grid]:
    package = _plain_package(package, wanted)
    book = CalamineWorkbook.from_filelike(io.BytesIO(package.data))
    return {
        part.title: _with_errors(_grid(book.get_sheet_by_name(part.title)), package.part(part.name))
        for part in wanted
    }


def _plain_package(package: Package, wanted: Collection[SheetPart]) -> Package:
    """The package without CDATA sections, whose text the reader overlooks; most have none."""
    texts = [name for kind, name in package.related(package.workbook_name()).values() if kind == _TEXTS]
    names = [name for name in (*texts, *(part.name for part in wanted)) if name in package]
    changed = {name: plain for name in names if (plain := plain_xml(xml := package.part(name))) is not xml}
    return package.replace(changed) if changed else package


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Millions of values are made here and not one cycle: looking for some would take long."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _grid(sheet: CalamineSheet) -> Grid:
    first_row, first_column = sheet.start or (0, 0)
    merged_to = max((right + 1 for _, (_, right) in sheet.merged_cell_ranges or ()), default=0)
    return grid_from_rows(sheet.name, sheet.to_python(), first_row, first_column, merged_to)


def _with_errors(grid: Grid, xml: bytes) -> Grid:
    """The reader gives an error as an empty cell: look the errors up in the part itself."""
    if b"#" not in xml or not (errors := _error_cells(xml)):  # all error codes begin so; a quick look
        return grid
    grid = _extended(grid, errors)
    for (row, column), code in errors.items():
        grid.columns[column - grid.first_column][row - grid.first_row] = CellError(code)
    return grid


def _error_cells(xml: bytes) -> dict[tuple[int, int], str]:
    """0-based (row, column) -> error code, for each cell of the error type."""
    found = {}
    for at in _places(xml, _ERROR_TYPES):
        start, end = xml.rfind(b"<", max(0, at - _LONGEST_TAG), at), xml.find(b">", at, at + _LONGEST_TAG)
        if start < 0 or end < 0 or not (position := _POSITION.search(xml, start, end)):
            continue
        if value := _CELL_VALUE.search(xml, end, end + 2_000):
            found[int(position[2]) - 1, column_number(position[1])] = value[1].decode("ascii", "replace")
    return found


def _places(text: bytes, words: Iterable[bytes]) -> Iterator[int]:
    for word in words:
        at = text.find(word)
        while at >= 0:
            yield at
            at = text.find(word, at + 1)


def _extended(grid: Grid, cells: Collection[tuple[int, int]]) -> Grid:
    """The grid grown so that it covers ``cells`` (an error may be the outermost cell)."""
    rows, columns = [row for row, _ in cells], [column for _, column in cells]
    if not grid.columns:
        grid = Grid(grid.title, (np.full(1, None, dtype=object),), min(rows), min(columns))
    top, left = min(grid.first_row, *rows), min(grid.first_column, *columns)
    height = max(grid.first_row + grid.height - 1, *rows) - top + 1
    width = max(grid.first_column + len(grid.columns) - 1, *columns) - left + 1
    grown = tuple(column.copy() for column in grid.reshaped(top, left, height, width))
    return Grid(grid.title, grown, top, left, grid.merged_to)
