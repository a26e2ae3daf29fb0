"""A store in memory: the whole contract, for tests and previews, and a person beside it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lib.store.contract import META_SHEET, Batch, Health, Receipt, Snapshot, Status, StoreError, Value
from lib.store.planning import CellEdits, plan_batch
from lib.store.reading import Grid, ReadSheet, grid_from_rows, is_bookkeeping, read_grid, read_meta
from lib.store.values import storable

Rows = list[list[Value]]


class MemoryStore:
    """``sheets`` maps a title to its rows, the header first; rows may be ragged.

    The methods from ``edit_cell`` on do what people do in a spreadsheet, without the app knowing.
    """

    def __init__(self, sheets: Mapping[str, Sequence[Sequence[Value]]]) -> None:
        self._sheets: dict[str, Rows] = {
            title: [[storable(value) for value in row] for row in rows] for title, rows in sheets.items()
        }
        self._revision = 1
        self._receipts: dict[str, Receipt] = {}
        self._lock = threading.RLock()
        self._refusal: StoreError | None = None

    @property
    def location(self) -> str:
        return "memory"

    def read(self) -> Snapshot:
        with self._lock:
            sheets = {title: read.sheet for title, read in self._read_sheets().items()}
            meta = self._grid(META_SHEET) if META_SHEET in self._sheets else None
            return Snapshot(self._version(), sheets, read_meta(meta))

    def changed_since(self, version: str) -> bool:
        with self._lock:
            return version != self._version()

    def commit(self, batch: Batch) -> Receipt:
        with self._lock:
            if batch.operation_id in self._receipts:
                return replace(self._receipts[batch.operation_id], version=self._version(), repeated=True)
            if self._refusal:
                raise self._refusal
            plan = plan_batch(batch, self._read_sheets())
            for title, edits in plan.edits.items():
                self._write(title, edits)
            receipt = Receipt(batch.operation_id, self._version(), tuple(plan.applied), tuple(plan.conflicts))
            if batch.changes:
                self._receipts[batch.operation_id] = receipt
            return receipt

    def status(self) -> Status:
        return (
            Status(Health.READ_ONLY, str(self._refusal), cause=self._refusal)
            if self._refusal
            else Status(Health.HEALTHY)
        )

    def rows(self, title: str) -> Rows:
        """A copy of the cells as they are, bookkeeping included."""
        with self._lock:
            return [list(row) for row in self._sheets[title]]

    def edit_cell(self, title: str, row: int, column: int, value: Value) -> None:
        """Type ``value`` into the cell in 1-based ``row`` and 0-based ``column``."""
        with self._lock:
            self._write(title, {(row, column): storable(value)})

    def insert_row(self, title: str, row: int, values: Sequence[Value] = ()) -> None:
        """Insert a row so that it becomes number ``row`` (1-based)."""
        with self._lock:
            self._sheets[title].insert(row - 1, [storable(value) for value in values])
            self._revision += 1

    def remove_row(self, title: str, row: int) -> None:
        with self._lock:
            del self._sheets[title][row - 1]
            self._revision += 1

    def copy_row(self, title: str, row: int) -> None:
        """Copy a row, its id too, below the last one."""
        with self._lock:
            self._sheets[title].append(list(self._sheets[title][row - 1]))
            self._revision += 1

    def sort_rows(self, title: str, column: int, *, descending: bool = False) -> None:
        """Sort all rows below the first by one column, as texts; empty cells last."""
        with self._lock:
            header, *body = self._sheets[title]
            width = max(map(len, self._sheets[title]))
            padded = [row + [None] * (width - len(row)) for row in body]
            filled = [row for row in padded if row[column] is not None]
            empty = [row for row in padded if row[column] is None]
            filled.sort(key=lambda row: str(row[column]), reverse=descending)
            self._sheets[title] = [header, *filled, *empty]
            self._revision += 1

    def insert_column(self, title: str, column: int, values: Sequence[Value]) -> None:
        """Insert a column, its header first, so that it becomes number ``column`` (0-based)."""
        with self._lock:
            for number, row in enumerate(self._sheets[title]):
                row.extend([None] * (column - len(row)))
                row.insert(column, storable(values[number]) if number < len(values) else None)
            self._revision += 1

    def remove_sheet(self, title: str) -> None:
        with self._lock:
            del self._sheets[title]
            self._revision += 1

    def refuse_writes(self, error: StoreError | None) -> None:
        """Make every commit raise ``error``; None ends it."""
        self._refusal = error

    def _version(self) -> str:
        return f"memory-{self._revision}"

    def _read_sheets(self) -> dict[str, ReadSheet]:
        return {title: read_grid(self._grid(title)) for title in self._sheets if not is_bookkeeping(title)}

    def _grid(self, title: str) -> Grid:
        return grid_from_rows(title, self._sheets[title])

    def _write(self, title: str, edits: CellEdits) -> None:
        rows = self._sheets[title]
        for (row, column), value in edits.items():
            rows.extend([] for _ in range(row - len(rows)))
            rows[row - 1].extend([None] * (column + 1 - len(rows[row - 1])))
            rows[row - 1][column] = value
        self._revision += 1
