"""Cells laid over a grid that was read, so that what waits is shown as if it were written."""

from __future__ import annotations

import numpy as np

from lib.store.planning import CellEdits
from lib.store.reading import Grid
from lib.store.values import readable


def with_edits(grid: Grid, edits: CellEdits) -> Grid:
    """``grid`` as it is read back after ``edits`` (1-based rows, 0-based columns); the other columns are
    shared with it."""
    filled = {cell: readable(value) for cell, value in edits.items()}
    grid = _grown(grid, filled)
    columns = list(grid.columns)
    copied: set[int] = set()
    for (row, column), value in filled.items():
        place, down = column - grid.first_column, row - 1 - grid.first_row
        if not (0 <= place < len(columns) and 0 <= down < grid.height):
            continue  # empty, and outside of all content
        if place not in copied:
            columns[place] = columns[place].copy()
            copied.add(place)
        columns[place][down] = value
    return Grid(grid.title, tuple(columns), grid.first_row, grid.first_column, grid.merged_to)


def _grown(grid: Grid, cells: CellEdits) -> Grid:
    wanted = [cell for cell, value in cells.items() if value is not None]
    if not wanted:
        return grid
    rows, columns = [row - 1 for row, _ in wanted], [column for _, column in wanted]
    if not grid.columns:
        grid = Grid(grid.title, (np.full(1, None, dtype=object),), min(rows), min(columns), grid.merged_to)
    top, left = min(grid.first_row, *rows), min(grid.first_column, *columns)
    height = max(grid.first_row + grid.height - 1, *rows) - top + 1
    width = max(grid.first_column + len(grid.columns) - 1, *columns) - left + 1
    if (top, left, height, width) == (grid.first_row, grid.first_column, grid.height, len(grid.columns)):
        return grid
    grown = tuple(grid.reshaped(top, left, height, width))
    return Grid(grid.title, grown, top, left, grid.merged_to)
