"""What a batch comes to on the worksheets as they are now: cells to write, and conflicts.

Pure: every store reads, plans, writes the plan's cells in its own way, and answers with a receipt.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lib.store.contract import (
    DELETED_HEADER,
    ID_HEADER,
    Batch,
    Change,
    Conflict,
    ConflictReason,
    DeleteRow,
    InsertRow,
    RestoreRow,
    UpdateCell,
    Value,
)
from lib.store.reading import ReadSheet
from lib.store.values import same_value, storable

Cell = tuple[int, int]  # 1-based row, 0-based column
CellEdits = dict[Cell, Value]


@dataclass(slots=True)
class Plan:
    """Cells to write by worksheet title (never a formula), and the fate of each change.

    ``effective`` are the applied changes that were not there already, ``archived`` what the rows held
    that some of them archive.
    """

    edits: dict[str, CellEdits] = field(default_factory=dict)
    applied: list[Change] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    effective: list[Change] = field(default_factory=list)
    archived: dict[DeleteRow, dict[str, Value]] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        return any(self.edits.values())


def plan_batch(
    batch: Batch, sheets: Mapping[str, ReadSheet], locked: Mapping[str, Collection[Cell]] | None = None
) -> Plan:
    """Decide each change in order against ``sheets``; a later change sees the earlier ones.

    ``locked`` cells, by title, are not to be changed because of their formulas. Raises StoreError for
    values that no cell can hold (before anything is decided).
    """
    drafts = Drafts(sheets, locked)
    plan = drafts.decide(batch)
    plan.edits = drafts.edits()
    return plan


class Drafts:
    """Worksheets with what is to be written laid over them, while batch after batch is decided."""

    def __init__(
        self, sheets: Mapping[str, ReadSheet], locked: Mapping[str, Collection[Cell]] | None = None
    ) -> None:
        self._drafts = {title: _Draft(read, (locked or {}).get(title, ())) for title, read in sheets.items()}

    def decide(self, batch: Batch) -> Plan:
        """The fate of a batch; its cells are among ``edits`` from now on. Raises StoreError (nothing is
        decided then)."""
        plan = Plan()
        for change in [_with_storable_values(change) for change in batch.changes]:
            draft = self._drafts.get(change.sheet)
            held = draft.row(change.record_id) if draft and isinstance(change, DeleteRow) else None
            fate = draft.apply(change, batch.at) if draft else Conflict(change, ConflictReason.SHEET_GONE)
            if isinstance(fate, Conflict):
                plan.conflicts.append(fate)
                continue
            plan.applied.append(change)
            if fate:
                plan.effective.append(change)
                if held is not None and isinstance(change, DeleteRow):
                    plan.archived[change] = held
        return plan

    @property
    def touched(self) -> frozenset[str]:
        """The worksheets with anything to write but ids."""
        return frozenset(title for title, draft in self._drafts.items() if draft.finished(adopt=False))

    def row(self, sheet: str, record_id: str) -> dict[str, Value] | None:
        """The filled cells of a record by header text, as they would be; None where it does not exist or
        is archived."""
        draft = self._drafts.get(sheet)
        return draft.row(record_id) if draft else None

    def edits(self, *, adopt: bool = True) -> dict[str, CellEdits]:
        """All cells to write by worksheet title; with ``adopt``, ids of rows that had none included."""
        return {title: edits for title, draft in self._drafts.items() if (edits := draft.finished(adopt))}


def _with_storable_values(change: Change) -> Change:
    match change:
        case UpdateCell():
            return UpdateCell(
                change.sheet, change.record_id, change.column, storable(change.seen), storable(change.new)
            )
        case InsertRow():
            values = {name: storable(value) for name, value in change.values.items()}
            return InsertRow(change.sheet, change.record_id, values)
    return change


class _Draft:
    """One worksheet while a batch is being decided: what it holds plus the cells written so far."""

    def __init__(self, read: ReadSheet, locked: Collection[Cell]) -> None:
        self._read = read
        self._locked = locked
        self._edits: CellEdits = {}
        self._new_rows: dict[str, int] = {}
        self._columns: dict[str, int] = {}
        for name, number in zip(read.sheet.header, read.column_numbers, strict=True):
            self._columns.setdefault(name, number)
        self._end_column = read.end_column
        self._id_column = read.id_column
        self._deleted_column = read.deleted_column

    def apply(self, change: Change, at: datetime) -> Conflict | bool:
        """A conflict, or whether there is anything to write for the change."""
        match change:
            case UpdateCell():
                return self._update(change)
            case InsertRow():
                return self._insert(change)
            case DeleteRow():
                return self._archive(change, f"{at:%Y-%m-%d %H:%M:%S}")
            case RestoreRow():
                return self._archive(change, None)

    def row(self, record_id: str) -> dict[str, Value] | None:
        row = self._row(record_id)
        if row is None or self._is_archived(row):
            return None
        values = {name: self._value(row, column) for name, column in self._columns.items()}
        return {name: value for name, value in values.items() if value is not None}

    def finished(self, adopt: bool) -> CellEdits:
        if self._edits and adopt:
            self._need_id_column()
        if self._id_column is None or not adopt:
            return dict(self._edits)
        return {**self._edits, **{(row, self._id_column): record for row, record in self._read.to_write}}

    def _update(self, change: UpdateCell) -> Conflict | bool:
        row = self._row(change.record_id)
        if row is None or self._is_archived(row):
            return Conflict(change, ConflictReason.ROW_GONE)
        column = self._columns.get(change.column)
        if column is None:
            return Conflict(change, ConflictReason.COLUMN_GONE)
        current = self._value(row, column)
        if same_value(current, change.new):
            return False
        if not same_value(current, change.seen):
            return Conflict(change, ConflictReason.CHANGED, current)
        if (row, column) in self._locked:
            return Conflict(change, ConflictReason.FORMULA, current)
        self._edits[row, column] = change.new
        return True

    def _insert(self, change: InsertRow) -> Conflict | bool:
        if self._row(change.record_id) is not None or not change.record_id:
            return Conflict(change, ConflictReason.ID_TAKEN)
        if not change.values.keys() <= self._columns.keys() or not self._columns:
            return Conflict(change, ConflictReason.COLUMN_GONE)
        row = self._read.last_row + 1 + len(self._new_rows)
        self._new_rows[change.record_id] = row
        self._edits[row, self._need_id_column()] = change.record_id
        for name, value in change.values.items():
            if value is not None:
                self._edits[row, self._columns[name]] = value
        return True

    def _archive(self, change: DeleteRow | RestoreRow, mark: str | None) -> Conflict | bool:
        row = self._row(change.record_id)
        if row is None:
            return Conflict(change, ConflictReason.ROW_GONE)
        if self._is_archived(row) == (mark is not None):
            return False
        self._edits[row, self._need_deleted_column()] = mark
        return True

    def _row(self, record_id: str) -> int | None:
        return self._new_rows.get(record_id) or self._read.row_of.get(record_id)

    def _is_archived(self, row: int) -> bool:
        return self._deleted_column is not None and self._value(row, self._deleted_column) is not None

    def _value(self, row: int, column: int) -> Value:
        return self._edits[row, column] if (row, column) in self._edits else self._read.value(row, column)

    def _need_id_column(self) -> int:
        if self._id_column is None:
            self._id_column = self._new_column(ID_HEADER)
        return self._id_column

    def _need_deleted_column(self) -> int:
        if self._deleted_column is None:
            self._deleted_column = self._new_column(DELETED_HEADER)
        return self._deleted_column

    def _new_column(self, header: str) -> int:
        column, self._end_column = self._end_column, self._end_column + 1
        self._edits[self._read.sheet.header_row, column] = header
        return column
