"""Accidents in a worksheet that mix its records up: found by comparing two readings, and undone. Pure.

Sorting or deleting *whole* rows is no accident, nor is a row copied with its id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from lib.store.contract import DELETED_HEADER, ID_HEADER, AccidentKind, Sheet, Value
from lib.store.history import differing
from lib.store.planning import Cell, CellEdits
from lib.store.reading import ReadSheet
from lib.store.values import canonical_text

FEWEST_ROWS = 5  # fewer rows gone, ids repeated or cells moved are somebody's intention
ROWS_GONE_RATIO = 0.3
IDS_REPEATED_RATIO = 0.3
HEADER_KEPT_RATIO = 0.5
STRAY_CELLS_RATIO = 0.02  # edits made in the same breath as a sort
VARIETY_RATIO = 0.5  # a column of so many different values has no other reason to be a permutation


@dataclass(frozen=True, slots=True)
class Found:
    """``columns`` are the header texts concerned, if it is about some; ``rows`` how many are concerned."""

    kind: AccidentKind
    columns: tuple[str, ...] = ()
    rows: int = 0


def find_accidents(before: Sheet, after: Sheet, computed: Collection[str] = ()) -> list[Found]:
    """What seems to have happened between two readings of a worksheet; at most one of each kind.

    ``computed`` columns take no part: their values move with what they are computed from.
    """
    if not before.has_id_column or before.unwritten.all():
        return []
    if lost := _lost_headers(before, after):
        return [Found(AccidentKind.HEADER_LOST, lost, len(before))]
    found = []
    if repeated := _repeated(before, after):
        found.append(Found(AccidentKind.IDS_DUPLICATED, (ID_HEADER,), repeated))
    elif gone := _rows_gone(before, after):
        found.append(Found(AccidentKind.ROWS_GONE, (), gone))
    moved = dict(_moved_columns(before, after, computed))
    if moved:
        found.append(Found(AccidentKind.COLUMN_SORTED, tuple(moved), max(moved.values())))
    return found


def _lost_headers(before: Sheet, after: Sheet) -> tuple[str, ...]:
    if not after.has_id_column and len(after) and len(before) >= FEWEST_ROWS:
        return (ID_HEADER,)
    names = [name for name in before.header if name]
    lost = tuple(name for name in names if name not in after.header)
    return lost if len(names) > 1 and len(lost) > HEADER_KEPT_RATIO * len(names) else ()


def _repeated(before: Sheet, after: Sheet) -> int:
    """Rows whose ids were overwritten or cleared, though the rows are still there."""
    gone = _gone(before, after)
    if len(gone) < FEWEST_ROWS or len(gone) <= IDS_REPEATED_RATIO * len(before):
        return 0
    fresh = Counter(_contents(after, np.flatnonzero(after.unwritten)))
    at = {record: i for i, record in enumerate(before.ids.tolist())}
    still_there = Counter(_contents(before, [at[record] for record in gone])) & fresh
    count = still_there.total()
    return count if count > len(gone) / 2 else 0


def _rows_gone(before: Sheet, after: Sheet) -> int:
    gone = _gone(before, after)
    is_many = len(gone) >= FEWEST_ROWS and len(gone) > ROWS_GONE_RATIO * len(before)
    return len(gone) if is_many else 0


def _gone(before: Sheet, after: Sheet) -> list[str]:
    left = {*after.ids[~after.unwritten].tolist(), *after.deleted_ids}
    return [record for record in before.ids[~before.unwritten].tolist() if record not in left]


def _contents(sheet: Sheet, rows: Collection[int] | np.ndarray) -> Iterator[tuple[str, ...]]:
    for row in rows:
        cells = zip(sheet.header, sheet.columns, strict=True)
        yield tuple(sorted(f"{name}={canonical_text(c[row])}" for name, c in cells if c[row] is not None))


def _moved_columns(before: Sheet, after: Sheet, computed: Collection[str]) -> Iterator[tuple[str, int]]:
    """Columns whose values are the same ones as before, but not with the same records."""
    old_at = {record: i for i, record in enumerate(before.ids.tolist()) if not before.unwritten[i]}
    written = np.flatnonzero(~after.unwritten).tolist()
    new_rows = [i for i in written if after.ids[i] in old_at]
    if len(new_rows) < FEWEST_ROWS:
        return
    old_rows = [old_at[record] for record in after.ids[new_rows]]
    names = [n for n in dict.fromkeys(before.header) if n not in computed and n in after.header]
    pairs = {n: (before.column(n)[old_rows], after.column(n)[new_rows]) for n in names}
    changed = {name: differing(old, new) for name, (old, new) in pairs.items()}
    moved = [n for n in names if len(changed[n]) >= FEWEST_ROWS and _is_rearranged(*pairs[n], changed[n])]
    origin = next((found for n in moved if (found := _origins(*pairs[n]))), {})
    for name in names:
        if name in moved or (len(changed[name]) and _came_along(*pairs[name], origin)):
            yield name, len(changed[name])


def _origins(old: np.ndarray, new: np.ndarray) -> dict[int, int]:
    """Where each value came from, if a column's values are all different; else nothing."""
    at = {canonical_text(value): i for i, value in enumerate(old)}
    origins = {i: at[text] for i, text in enumerate(map(canonical_text, new)) if text in at}
    return origins if len(at) == len(old) else {}


def _came_along(old: np.ndarray, new: np.ndarray, origins: dict[int, int]) -> bool:
    """Whether the column moved together with the one that ``origins`` are of."""
    strays = sum(new[i] != old[j] for i, j in origins.items())
    return bool(origins) and strays <= max(1, STRAY_CELLS_RATIO * len(origins))


def _is_rearranged(old: np.ndarray, new: np.ndarray, rows: np.ndarray) -> bool:
    """Are ``new`` the values of ``old`` (aligned by record, in the order of the sheet) in another order?"""
    was, now = Counter(map(canonical_text, old[rows])), Counter(map(canonical_text, new[rows]))
    strays = (was - now).total()
    if strays > max(1, STRAY_CELLS_RATIO * len(rows)) or strays * 2 >= len(rows):
        return False
    if len(was) >= VARIETY_RATIO * len(rows):
        return True
    return _steps(new) < _steps(old) and _is_sorted(new)


def _is_sorted(values: np.ndarray) -> bool:
    """In runs of equal values, as after sorting, whatever the order of the sort is."""
    texts = [canonical_text(value) for value in values if value is not None]
    return _steps(values) <= len(set(texts)) + 2


def _steps(values: np.ndarray) -> int:
    texts = list(map(canonical_text, values))
    return sum(left != right for left, right in pairwise(texts))


def repair(found: Found, before: ReadSheet, after: ReadSheet, computed: Collection[str] = ()) -> CellEdits:
    """The cells that put the worksheet ``after`` in order again, as ``before`` was. What else people did
    there stays, new rows too, but where header or ids are lost it is all put back."""
    match found.kind:
        case AccidentKind.COLUMN_SORTED:
            return _columns_put_back(found.columns, before, after)
        case AccidentKind.ROWS_GONE:
            return _rows_put_back(before, after, computed)
    return _all_put_back(before, after, computed)


def _columns_put_back(names: Collection[str], before: ReadSheet, after: ReadSheet) -> CellEdits:
    old, new = _column_numbers(before), _column_numbers(after)
    edits: CellEdits = {}
    for record, row in after.row_of.items():
        if record in before.row_of:
            for name in names:
                value = before.value(before.row_of[record], old[name])
                if value != after.value(row, new[name]):
                    edits[row, new[name]] = value
    return edits


def _rows_put_back(before: ReadSheet, after: ReadSheet, computed: Collection[str]) -> CellEdits:
    old, new = _all_columns(before), _all_columns(after)
    edits: CellEdits = {}
    row = after.last_row
    for record, old_row in before.row_of.items():
        if record in after.row_of or after.id_column is None:
            continue
        row += 1
        for name, column in old.items():
            value = before.value(old_row, column)
            if value is not None and name in new and name not in computed:
                edits[row, new[name]] = value
        edits[row, after.id_column] = record
    return edits


def _all_put_back(before: ReadSheet, after: ReadSheet, computed: Collection[str]) -> CellEdits:
    skipped = {number for name, number in _column_numbers(before).items() if name in computed}
    wanted = _cells(before)
    present = _cells(after)
    edits: CellEdits = {
        cell: wanted.get(cell)
        for cell in wanted.keys() | present.keys()
        if cell[1] not in skipped and wanted.get(cell) != present.get(cell)
    }
    bottom = max((row for row, _ in wanted), default=0)
    for added, row in enumerate(_strange_rows(before, after), bottom + 1):
        edits |= {(added, column): value for column, value in row.items()}
    return edits


def _strange_rows(before: ReadSheet, after: ReadSheet) -> Iterator[dict[int, Value]]:
    """Rows of ``after`` that are not among those of ``before``, whatever column they are in now."""
    ids = {*before.row_of, ID_HEADER, DELETED_HEADER}
    known = {_row_content(row, ids) for row in _rows(before).values()}
    for row in _rows(after).values():
        content = _row_content(row, ids)
        if content and content not in known:
            yield {c: v for c, v in row.items() if not (c == before.id_column or (v in ids))}


def _row_content(row: dict[int, Value], ids: set[str]) -> tuple[str, ...]:
    return tuple(canonical_text(value) for value in row.values() if value not in ids)


def _rows(read: ReadSheet) -> dict[int, dict[int, Value]]:
    rows: dict[int, dict[int, Value]] = {}
    for (row, column), value in sorted(_cells(read).items(), key=lambda item: item[0]):
        rows.setdefault(row, {})[column] = value
    return rows


def _cells(read: ReadSheet) -> dict[Cell, Value]:
    grid = read.grid
    return {
        (grid.first_row + i + 1, grid.first_column + j): value
        for j, column in enumerate(grid.columns)
        for i, value in enumerate(column.tolist())
        if value is not None
    }


def _column_numbers(read: ReadSheet) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for name, number in zip(read.sheet.header, read.column_numbers, strict=True):
        numbers.setdefault(name, number)
    return numbers


def _all_columns(read: ReadSheet) -> dict[str, int]:
    numbers = _column_numbers(read)
    if read.deleted_column is not None:
        numbers[DELETED_HEADER] = read.deleted_column
    return numbers
