"""A store in memory: the whole contract, for tests and previews, and a person beside it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime

from lib.store.clock import Clock, utc_now
from lib.store.contract import (
    META_SHEET,
    Accident,
    Batch,
    Decision,
    Entry,
    EntryKind,
    EntryState,
    Health,
    OpenConflict,
    Receipt,
    Sheet,
    Snapshot,
    Status,
    StoreError,
    Value,
)
from lib.store.history import batch_of, observe
from lib.store.journal import Journal
from lib.store.planning import CellEdits, Drafts
from lib.store.reading import ReadSheet, grid_from_rows, is_bookkeeping, read_grid, read_meta
from lib.store.values import storable

Rows = list[list[Value]]


class MemoryStore:
    """``sheets`` maps a title to its rows, the header first; rows may be ragged.

    The methods from ``edit_cell`` on do what people do in a spreadsheet, without the app knowing.
    """

    def __init__(self, sheets: Mapping[str, Sequence[Sequence[Value]]], clock: Clock = utc_now) -> None:
        self._sheets: dict[str, Rows] = {
            title: [[storable(value) for value in row] for row in rows] for title, rows in sheets.items()
        }
        self._clock = clock
        self._journal = Journal(":memory:")
        self._revision = 1
        self._lock = threading.RLock()
        self._refusal: StoreError | None = None
        self._hindrance: StoreError | None = None
        self._observed, self._observed_revision = self._tables(), self._revision

    @property
    def location(self) -> str:
        return "memory"

    def read(self) -> Snapshot:
        with self._lock:
            self._observe()
            shown = {title: [list(row) for row in rows] for title, rows in self._sheets.items()}
            for title, edits in self._drafts().edits(adopt=False).items():
                _write(shown[title], edits)
            tables = {
                t: read_grid(grid_from_rows(t, rows)) for t, rows in shown.items() if not is_bookkeeping(t)
            }
            meta = grid_from_rows(META_SHEET, shown[META_SHEET]) if META_SHEET in shown else None
            sheets = {title: read.sheet for title, read in tables.items()}
            return Snapshot(self._version(), sheets, read_meta(meta))

    def changed_since(self, version: str) -> bool:
        with self._lock:
            return version != self._version()

    def commit(self, batch: Batch) -> Receipt:
        with self._lock:
            if receipt := self._journal.receipt(batch.operation_id, self._version()):
                return receipt
            if self._refusal:
                raise self._refusal
            self._observe()
            plan = self._drafts().decide(batch)
            if batch.changes:
                self._journal.keep(
                    batch, plan.applied, plan.conflicts, self._clock(), plan.effective, plan.archived
                )
            if self._hindrance is None:
                self._flush()
            elif plan.effective:
                self._revision += 1
            return Receipt(batch.operation_id, self._version(), tuple(plan.applied), tuple(plan.conflicts))

    def settle(self, timeout_s: float) -> bool:  # noqa: ARG002 - nothing changes while one waits
        return not self._journal.waiting()[0]

    def status(self) -> Status:
        waiting, records = self._journal.waiting()
        health = Health.READ_ONLY if self._refusal else Health.WAITING if waiting else Health.HEALTHY
        cause = self._refusal or self._hindrance
        conflicts = self._journal.count_conflicts()
        return Status(health, str(cause or ""), waiting, cause, records, conflicts)

    def history(
        self,
        sheet: str | None = None,
        record_id: str | None = None,
        *,
        before_seq: int | None = None,
        limit: int = 200,
    ) -> tuple[Entry, ...]:
        with self._lock:
            self._observe()
            return self._journal.history(sheet, record_id, before_seq, limit)

    def check_history(self) -> int | None:
        return self._journal.check()

    def conflicts(self) -> tuple[OpenConflict, ...]:
        return self._journal.conflicts()

    def close_conflict(self, conflict_id: str, decision: Decision, actor: str, at: datetime) -> bool:
        return self._journal.close_conflict(conflict_id, decision, actor, at)

    def accidents(self) -> tuple[Accident, ...]:
        return ()

    def settle_accident(self, accident_id: str, keep_theirs: bool, actor: str, at: datetime) -> None:  # noqa: ARG002
        raise KeyError(accident_id)

    def link(self, sheet: str, row_number: int, letter: str = "A") -> str | None:  # noqa: ARG002
        return None

    def close(self) -> None:
        self._journal.close()

    def hold(self, hindrance: StoreError) -> None:
        """From now on changes wait, as while somebody has the spreadsheet open."""
        self._hindrance = hindrance

    def release(self) -> None:
        """What waits is written; what no longer fits becomes an open conflict."""
        with self._lock:
            self._hindrance = None
            self._observe()
            self._flush()

    def refuse_writes(self, error: StoreError | None) -> None:
        """Make every commit raise ``error``; None ends it."""
        self._refusal = error

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

    def _version(self) -> str:
        return f"memory-{self._revision}"

    def _tables(self) -> dict[str, Sheet]:
        return {title: read.sheet for title, read in _read_tables(self._sheets).items()}

    def _observe(self) -> None:
        """Note what people did since the last look."""
        if self._observed_revision == self._revision:
            return
        now = self._tables()
        self._journal.append(observe(self._observed, now, self._clock()))
        self._observed, self._observed_revision = now, self._revision

    def _drafts(self) -> Drafts:
        """The rows with what waits laid over them. What no longer fits goes to the open conflicts."""
        drafts = Drafts(_read_tables(self._sheets))
        for entry in self._journal.entries(states=[EntryState.WAITING]):
            for conflict in drafts.decide(batch_of(entry)).conflicts:
                self._journal.open_conflict(conflict, entry.actor, entry.at, self._clock(), entry.seq)
        return drafts

    def _flush(self) -> None:
        waiting = [entry.seq for entry in self._journal.entries(states=[EntryState.WAITING])]
        for title, edits in self._drafts().edits().items():
            _write(self._sheets[title], edits)
            self._revision += 1
        written = {entry.seq for entry in self._journal.entries(states=[EntryState.WAITING])}
        self._journal.set_state(written & set(waiting), EntryState.WRITTEN)
        self._observe_own()

    def _observe_own(self) -> None:
        """Rows that have just got their ids were typed by people; all else is our own writing."""
        now = self._tables()
        adopted = {title: set(sheet.ids[sheet.unwritten].tolist()) for title, sheet in self._observed.items()}
        entries = observe(self._observed, now, self._clock())
        self._journal.append(
            [e for e in entries if e.kind is EntryKind.INSERT and e.record_id in adopted.get(e.sheet, ())]
        )
        self._observed, self._observed_revision = now, self._revision

    def _write(self, title: str, edits: CellEdits) -> None:
        _write(self._sheets[title], edits)
        self._revision += 1


def _read_tables(sheets: Mapping[str, Rows]) -> dict[str, ReadSheet]:
    return {
        title: read_grid(grid_from_rows(title, rows))
        for title, rows in sheets.items()
        if not is_bookkeeping(title)
    }


def _write(rows: Rows, edits: CellEdits) -> None:
    for (row, column), value in edits.items():
        rows.extend([] for _ in range(row - len(rows)))
        rows[row - 1].extend([None] * (column + 1 - len(rows[row - 1])))
        rows[row - 1][column] = value
