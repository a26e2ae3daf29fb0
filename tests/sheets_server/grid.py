"""One sheet's grid: rows of cells, columns, and the objects that lie on them.

Rows are copied on the first write after a checkpoint, so that a batch which touches one cell of a
large sheet costs one list of row pointers and one row.
"""

from __future__ import annotations

from typing import Any

from .cells import EMPTY, Cell, Formula

ROWS = "ROWS"
COLUMNS = "COLUMNS"
DEFAULT_ROWS = 1000
DEFAULT_COLUMNS = 26


class Line:
    """A row or a column: its own properties, and a token that metadata is tied to."""

    __slots__ = ("epoch", "properties", "token")

    def __init__(self, epoch: int = 0) -> None:
        self.epoch = epoch
        self.properties: dict[str, Any] = {}
        self.token: object | None = None

    def copy(self, epoch: int) -> Line:
        """A copy for writing in `epoch`; it keeps the token, so metadata stays with it."""
        twin = type(self)(epoch)
        twin.properties = self.properties
        twin.token = self.token
        return twin


class Row(Line):
    """A row and its cells; trailing blanks need not be stored."""

    __slots__ = ("cells", "has_formula")

    def __init__(self, epoch: int = 0) -> None:
        super().__init__(epoch)
        self.cells: list[Cell] = []
        self.has_formula = False

    def copy(self, epoch: int) -> Row:
        """As for a line; the list of cells is copied, the cells are shared."""
        twin = super().copy(epoch)
        assert isinstance(twin, Row)
        twin.cells = self.cells.copy()
        twin.has_formula = self.has_formula
        return twin

    def put(self, column: int, cell: Cell) -> None:
        """Set one cell, growing the row when needed."""
        missing = column + 1 - len(self.cells)
        if missing > 0:
            if cell == EMPTY:
                return
            self.cells.extend([EMPTY] * missing)
        self.cells[column] = cell
        if isinstance(cell.value, Formula):
            self.has_formula = True


class Sheet:
    """A tab. Lists of dicts hold API resources; such a dict is replaced, never changed in place."""

    def __init__(
        self, sheet_id: int, title: str, row_count: int = DEFAULT_ROWS, column_count: int = DEFAULT_COLUMNS
    ) -> None:
        self.sheet_id = sheet_id
        self.title = title
        self.sheet_type = "GRID"
        self.settings: dict[str, Any] = {}  # hidden, rightToLeft, tabColor, tabColorStyle
        self.grid_settings: dict[str, Any] = {}  # frozenRowCount, hideGridlines, ...
        self.epoch = 0
        self.rows: list[Row] = [Row() for _ in range(row_count)]
        self.columns: list[Line] = [Line() for _ in range(column_count)]
        self.token: object | None = None
        self.merges: list[dict[str, Any]] = []
        self.basic_filter: dict[str, Any] | None = None
        self.filter_views: list[dict[str, Any]] = []
        self.protected_ranges: list[dict[str, Any]] = []
        self.conditional_formats: list[dict[str, Any]] = []
        self.banded_ranges: list[dict[str, Any]] = []
        self.charts: list[dict[str, Any]] = []
        self.slicers: list[dict[str, Any]] = []
        self.tables: list[dict[str, Any]] = []
        self.row_groups: list[dict[str, Any]] = []
        self.column_groups: list[dict[str, Any]] = []

    @property
    def row_count(self) -> int:
        return len(self.rows)

    @property
    def column_count(self) -> int:
        return len(self.columns)

    @property
    def hidden(self) -> bool:
        return bool(self.settings.get("hidden"))

    def lines(self, dimension: str) -> list[Any]:
        """The rows or the columns."""
        return self.rows if dimension == ROWS else self.columns

    def line_count(self, dimension: str) -> int:
        """How many rows or columns there are."""
        return len(self.lines(dimension))

    def cell(self, row: int, column: int) -> Cell:
        """The cell at a position; a blank one outside of what is stored."""
        if row >= len(self.rows):
            return EMPTY
        cells = self.rows[row].cells
        return cells[column] if column < len(cells) else EMPTY

    def line_for_write(self, dimension: str, index: int) -> Any:
        """A row or column that may be changed without touching a checkpoint."""
        lines = self.lines(dimension)
        line = lines[index]
        if line.epoch != self.epoch:
            line = lines[index] = line.copy(self.epoch)
        return line

    def row_for_write(self, index: int) -> Row:
        """A row that may be changed without touching a checkpoint."""
        row: Row = self.line_for_write(ROWS, index)
        return row

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Set one cell inside the grid."""
        self.row_for_write(row).put(column, cell)

    def set_value(self, row: int, column: int, value: Any) -> None:
        """Set one cell's value and keep its format, note and validation."""
        self.put(row, column, self.cell(row, column)._replace(value=value, runs=None))

    def new_lines(self, dimension: str, count: int) -> list[Any]:
        """Blank rows or columns."""
        kind = Row if dimension == ROWS else Line
        return [kind(self.epoch) for _ in range(count)]

    def insert_lines(self, dimension: str, at: int, lines: list[Any]) -> None:
        """Put rows or columns in; for columns the cells to the right move along."""
        self.lines(dimension)[at:at] = lines
        if dimension == COLUMNS:
            blanks = [EMPTY] * len(lines)
            for index, row in enumerate(self.rows):
                if len(row.cells) > at:
                    self.row_for_write(index).cells[at:at] = blanks

    def remove_lines(self, dimension: str, start: int, end: int) -> list[Any]:
        """Take rows or columns out, and return them."""
        lines = self.lines(dimension)
        removed = lines[start:end]
        del lines[start:end]
        if dimension == COLUMNS:
            for index, row in enumerate(self.rows):
                if len(row.cells) > start:
                    del self.row_for_write(index).cells[start:end]
        return removed

    def move_lines(self, dimension: str, start: int, end: int, destination: int) -> None:
        """Move rows or columns; `destination` counts before they are taken out."""
        lines = self.lines(dimension)
        at = destination if destination <= start else destination - (end - start)
        moved = lines[start:end]
        del lines[start:end]
        lines[at:at] = moved
        if dimension == COLUMNS:
            self._move_cells(start, end, at)

    def _move_cells(self, start: int, end: int, at: int) -> None:
        for index, row in enumerate(self.rows):
            if len(row.cells) <= min(start, at):
                continue
            cells = self.row_for_write(index).cells
            cells.extend([EMPTY] * (max(end, at + end - start) - len(cells)))
            moved = cells[start:end]
            del cells[start:end]
            cells[at:at] = moved

    def resize(self, dimension: str, count: int) -> None:
        """Grow or shrink at the end."""
        present = self.line_count(dimension)
        if count > present:
            self.insert_lines(dimension, present, self.new_lines(dimension, count - present))
        elif count < present:
            self.remove_lines(dimension, count, present)

    def last_row_with_value(self) -> int:
        """One more than the index of the last row that holds a value; 0 when there is none."""
        for index in range(len(self.rows) - 1, -1, -1):
            if any(cell.value is not None for cell in self.rows[index].cells):
                return index + 1
        return 0


def snapshot(thing: Any) -> dict[str, Any]:
    """The attributes of an object, its lists and dicts copied one level deep."""
    return {name: _shallow(value) for name, value in vars(thing).items()}


def _shallow(value: Any) -> Any:
    return value.copy() if isinstance(value, list | dict) else value


def restore(thing: Any, saved: dict[str, Any]) -> None:
    """Put the attributes of a snapshot back."""
    for name, value in saved.items():
        setattr(thing, name, value)
