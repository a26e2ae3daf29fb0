"""From a grid of cells to a ``Sheet``: header, typed columns, record ids."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain, repeat

import numpy as np

from lib.store.contract import DELETED_HEADER, ID_HEADER, Sheet, Value
from lib.store.values import LARGEST_INTEGER, canonical_text, readable, to_second

HEADER_SEARCH_ROWS = 20
ID_CHARACTERS = 10  # 50 bits: no repeat to be expected within a worksheet
BOOKKEEPING_PREFIX = "_"

Cells = np.ndarray  # object array of values


@dataclass(frozen=True, eq=False)
class Grid:
    """The used rectangle of a worksheet: ``columns[i][j]`` lies ``i`` right of and ``j`` below the corner."""

    title: str
    columns: tuple[Cells, ...]
    first_row: int = 0  # 0-based position of the corner
    first_column: int = 0
    merged_to: int = 0  # the first column after all merged cells, which may reach beyond the rectangle

    @property
    def height(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def row(self, number: int) -> list[Value]:
        return [column[number] for column in self.columns]

    def value(self, row: int, column: int) -> Value:
        """The cell in 1-based ``row`` and 0-based ``column``; None outside the rectangle."""
        i, j = column - self.first_column, row - 1 - self.first_row
        if 0 <= i < len(self.columns) and 0 <= j < self.height:
            value: Value = self.columns[i][j]
            return value
        return None

    def reshaped(self, top: int, left: int, height: int, width: int) -> list[Cells]:
        """Columns of a rectangle around this one (0-based corner), empty outside of it."""
        down, right = self.first_row - top, self.first_column - left
        before, after = [None] * down, [None] * (height - down - self.height)
        nothing = np.full(height, None, dtype=object)
        middle = [
            column
            if len(column) == height
            else np.concatenate([np.array(before, dtype=object), column, np.array(after, dtype=object)])
            for column in self.columns
        ]
        return [nothing] * right + middle + [nothing] * (width - right - len(middle))


def read_meta(grid: Grid | None) -> dict[str, Value]:
    """Keys of the first column and the values beside them, of the worksheet ``_meta`` if there is one."""
    if grid is None or len(grid.columns) < 2:
        return {}
    keys, values = grid.columns[0], grid.columns[1]
    return {key: value for key, value in zip(keys, values, strict=True) if isinstance(key, str)}


@dataclass(frozen=True, eq=False)
class ReadSheet:
    """A ``Sheet`` together with the positions that a write needs (1-based rows, 0-based columns)."""

    sheet: Sheet
    grid: Grid
    id_column: int | None
    deleted_column: int | None
    column_numbers: tuple[int, ...]  # aligned to ``sheet.header``
    row_of: Mapping[str, int]  # every record, archived ones included
    to_write: tuple[tuple[int, str], ...]  # (row, id) not in the file yet, archived ones included
    last_row: int  # the last row with content
    end_column: int  # the first column after all content

    def value(self, row: int, column: int) -> Value:
        return self.grid.value(row, column)


def is_bookkeeping(title: str) -> bool:
    """Whether a worksheet is the app's own and no table of people's."""
    return title.startswith(BOOKKEEPING_PREFIX)


def grid_from_rows(
    title: str,
    rows: Sequence[Sequence[object]],
    first_row: int = 0,
    first_column: int = 0,
    merged_to: int = 0,
) -> Grid:
    """A grid from rows as a reader gives them; ragged rows are padded with empty cells."""
    width = max(map(len, rows), default=0)
    if any(len(row) != width for row in rows):
        rows = [[*row, *[None] * (width - len(row))] for row in rows]
    cells = np.fromiter(chain.from_iterable(rows), dtype=object, count=len(rows) * width)
    columns = np.ascontiguousarray(cells.reshape(len(rows), width).T)
    return Grid(title, tuple(map(_tidied, columns)), first_row, first_column, merged_to)


def _tidied(cells: Cells) -> Cells:
    """The column, changed in place to contract values. The rows that may hold headers go one by one, so
    that they do not spoil the type of the column below; that goes as a whole if it is of one type."""
    cells[:HEADER_SEARCH_ROWS] = [readable(value) for value in cells[:HEADER_SEARCH_ROWS]]
    body = cells[HEADER_SEARCH_ROWS:]
    kinds = set(map(type, body.tolist()))
    filled = np.asarray(body != "", dtype=bool) if str in kinds else np.ones(len(body), dtype=bool)
    if not kinds <= _PLAIN_TYPES:
        body[filled] = _tidy_values(body[filled])
    body[~filled] = None
    return cells


_PLAIN_TYPES = {str, bool, int, type(None)}


def _tidy_values(cells: Cells) -> Cells:
    values = cells.tolist()
    kinds = set(map(type, values))
    if kinds == {float}:
        return _tidy_numbers(cells.astype(float))
    if kinds == {date}:
        return np.fromiter(map(datetime.combine, values, repeat(time.min)), dtype=object, count=len(values))
    convert = _instant if kinds <= {date, datetime} else readable
    return np.fromiter(map(convert, values), dtype=object, count=len(values))


def _tidy_numbers(numbers: np.ndarray) -> Cells:
    whole = (numbers == np.floor(numbers)) & (np.abs(numbers) <= LARGEST_INTEGER)
    tidy = numbers.astype(object)
    tidy[whole] = numbers[whole].astype(np.int64).astype(object)
    tidy[~np.isfinite(numbers)] = None
    return tidy


def _instant(value: date) -> Value:
    return to_second(value) if isinstance(value, datetime) else datetime.combine(value, time.min)


def letters(column: int) -> str:
    """Spreadsheet letters of a 0-based column: 0 -> A, 26 -> AA."""
    text = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        text = chr(65 + digit) + text
    return text


def read_grid(grid: Grid, keepers: Mapping[str, int] | None = None) -> ReadSheet:
    """Find the header, drop empty rows, settle record ids and set archived rows aside.

    ``keepers`` say by row number which of several rows with one id has it; else it is the first.
    """
    header_at = find_header(grid)
    header = [header_text(value) for value in grid.row(header_at)] if grid.height else []
    body = [column[header_at + 1 :] for column in grid.columns]
    filled = _filled_rows(body)
    id_at, deleted_at = _index(header, ID_HEADER), _index(header, DELETED_HEADER)
    shown = _shown_columns(header, body, {id_at, deleted_at})
    kept = np.flatnonzero(filled)
    if not filled.all():
        body = [column[kept] for column in body]
    rows = kept + (grid.first_row + header_at + 2)
    written = body[id_at] if id_at is not None else np.full(len(kept), None, dtype=object)
    table = [body[i] for i in shown]
    ids, unwritten, repeats = settle_ids(grid.title, written, table, rows, keepers)
    marks = body[deleted_at] if deleted_at is not None else np.full(len(kept), None, dtype=object)
    deleted = _not_empty(marks)
    live = ~deleted
    everything = bool(live.all())
    sheet = Sheet(
        title=grid.title,
        header=tuple(header[i] for i in shown),
        columns=tuple(column if everything else column[live] for column in table),
        letters=tuple(letters(grid.first_column + i) for i in shown),
        header_row=grid.first_row + header_at + 1,
        ids=ids[live],
        row_numbers=rows[live],
        unwritten=unwritten[live],
        duplicate_ids=repeats,
        has_id_column=id_at is not None,
        deleted_ids=tuple(ids[deleted]),
    )
    return ReadSheet(
        sheet=sheet,
        grid=grid,
        id_column=None if id_at is None else grid.first_column + id_at,
        deleted_column=None if deleted_at is None else grid.first_column + deleted_at,
        column_numbers=tuple(grid.first_column + i for i in shown),
        row_of=dict(zip(ids.tolist(), rows.tolist(), strict=True)),
        to_write=tuple(zip(rows[unwritten].tolist(), ids[unwritten].tolist(), strict=True)),
        last_row=int(rows[-1]) if len(rows) else grid.first_row + header_at + 1,
        end_column=max(grid.first_column + len(header), grid.merged_to),
    )


def find_header(grid: Grid) -> int:
    """Which row of the grid is the header: the one that holds ``_id``, else the first with content."""
    first_filled = None
    for number in range(min(grid.height, HEADER_SEARCH_ROWS)):
        row = grid.row(number)
        if ID_HEADER in row:
            return number
        if first_filled is None and any(value is not None for value in row):
            first_filled = number
    return first_filled or 0


def header_text(value: Value) -> str:
    """A header as text, whatever was typed there."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    return "" if value is None else str(value)


def _index(header: Sequence[str], name: str) -> int | None:
    return header.index(name) if name in header else None


def _not_empty(cells: Cells) -> np.ndarray:
    return np.asarray(cells != None, dtype=bool)  # noqa: E711 (elementwise)


def _filled_rows(body: Sequence[Cells]) -> np.ndarray:
    filled = np.zeros(len(body[0]) if body else 0, dtype=bool)
    for column in body:
        filled |= _not_empty(column)
        if filled.all():
            break
    return filled


def _shown_columns(header: Sequence[str], body: Sequence[Cells], hidden: set[int | None]) -> list[int]:
    """Columns of the table: bookkeeping aside, and without those that hold nothing at all."""
    return [
        i for i, name in enumerate(header) if i not in hidden and (name or bool(_not_empty(body[i]).any()))
    ]


def settle_ids(
    title: str,
    written: Cells,
    table: Sequence[Cells],
    rows: np.ndarray,
    keepers: Mapping[str, int] | None = None,
) -> tuple[np.ndarray, np.ndarray, tuple[tuple[int, str], ...]]:
    """The id of each row, which of them are not in the file yet, and (row, id) of later repeats.

    A row keeps its written id unless an earlier row has it, or the one among ``keepers``. The others get
    one derived from the worksheet's title and the row's content, so that all readers of one file agree.
    """
    texts = (value if type(value) is str else _id_text(value) for value in written.tolist())
    ids = np.fromiter(texts, dtype=object, count=len(written))
    unwritten = np.asarray(ids == "", dtype=bool)
    repeats = _mark_repeats(ids, unwritten, rows, keepers or {})
    if unwritten.any():
        taken = set(ids[~unwritten].tolist())
        values = [column[unwritten].tolist() for column in table]
        content = zip(*values, strict=True) if values else [()] * int(unwritten.sum())
        ids[unwritten] = _derived_ids(title, content, taken)
    return ids, unwritten, repeats


def _id_text(value: Value) -> str:
    return "" if value is None else str(value)


def _mark_repeats(
    ids: Cells, unwritten: np.ndarray, rows: np.ndarray, keepers: Mapping[str, int]
) -> tuple[tuple[int, str], ...]:
    present = ids[~unwritten].tolist()
    if len(set(present)) == len(present):
        return ()
    seen: set[str] = set()
    repeats = []
    for i in np.flatnonzero(~unwritten):
        if ids[i] in seen or keepers.get(ids[i], rows[i]) != rows[i]:
            unwritten[i] = True
            repeats.append((int(rows[i]), str(ids[i])))
        else:
            seen.add(ids[i])
    return tuple(repeats)


def _derived_ids(title: str, rows: Iterable[tuple[Value, ...]], taken: set[str]) -> list[str]:
    """A free id for each of ``rows``; equal rows are counted, so that many of them stay quick."""
    salts: dict[str, int] = {}
    ids = []
    for row in rows:
        content = "\x1f".join(map(canonical_text, row)).rstrip("\x1f")
        salt = salts.get(content, 0)
        while (short := _short_digest(f"{title}\x1e{content}\x1e{salt}")) in taken:
            salt += 1
        salts[content] = salt + 1
        taken.add(short)
        ids.append(short)
    return ids


def _short_digest(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
    return base64.b32encode(digest).decode("ascii").lower()[:ID_CHARACTERS]
