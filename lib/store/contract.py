"""What every store promises, whatever keeps the rows.

A store knows worksheets, header texts, cells and record ids. It does not know what a column means.
Values are plain: ``str``, ``float``, ``int``, ``bool``, naive ``datetime`` to the second (spreadsheets
have no time zone), ``CellError`` and ``None`` for an empty cell. Whole numbers come as ``int``, empty
text as ``None``, a time of day as text (``09:30``). A formula is never written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import numpy as np

ID_HEADER = "_id"
DELETED_HEADER = "_deleted"
META_SHEET = "_meta"


@dataclass(frozen=True, slots=True)
class CellError:
    """An error value as the spreadsheet shows it, for example ``#REF!``."""

    code: str

    def __str__(self) -> str:
        return self.code


Value = str | float | int | bool | datetime | CellError | None


class StoreError(Exception):
    """The store cannot be read or written; ``str(error)`` says what to do. Nothing was lost.

    ``code`` is a stable word for translations, ``details`` are the values its message needs.
    """

    def __init__(self, message: str, code: str = "store", **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.details = details


class NotASpreadsheet(StoreError):
    """The file is not a workbook that can be read safely (wrong type, damaged, hostile)."""


class StoreBusy(StoreError):
    """Another program holds the store; the change was not written and may be sent again."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """One worksheet as read: a header and its columns, row by row aligned.

    ``columns[i]`` is an object array of values under ``header[i]``; bookkeeping columns (``_id``,
    ``_deleted``) are not among them. ``ids`` are record ids: the written one, or, for a row that has
    none yet or repeats another's, the id it gets at the next write (a pure function of the sheet's
    content, so two readers agree). ``row_numbers`` (1-based) are for links and messages only: never
    write by them.
    """

    title: str
    header: tuple[str, ...]
    columns: tuple[np.ndarray, ...]
    letters: tuple[str, ...]  # spreadsheet column letters, aligned to ``header``
    header_row: int
    ids: np.ndarray
    row_numbers: np.ndarray
    unwritten: np.ndarray  # bool: the id is not in the file yet
    duplicate_ids: tuple[tuple[int, str], ...] = ()  # (row number, the id as it stands in the cell)
    has_id_column: bool = True
    deleted_ids: tuple[str, ...] = ()  # archived rows, left out of the columns

    def __len__(self) -> int:
        return len(self.ids)

    def column(self, header: str) -> np.ndarray:
        """Values under the first column with exactly this header text. KeyError if there is none."""
        try:
            return self.columns[self.header.index(header)]
        except ValueError:
            raise KeyError(header) from None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All worksheets at one moment. ``version`` changes exactly when the content may have changed.

    ``meta`` holds what the hidden worksheet ``_meta`` says of the spreadsheet, such as ``demo``.
    """

    version: str
    sheets: Mapping[str, Sheet]
    meta: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UpdateCell:
    sheet: str
    record_id: str
    column: str  # header text
    seen: Value  # what the user saw; the write happens only if it is still there
    new: Value


@dataclass(frozen=True, slots=True)
class InsertRow:
    sheet: str
    record_id: str
    values: Mapping[str, Value] = field(default_factory=dict)  # header text -> value


@dataclass(frozen=True, slots=True)
class DeleteRow:
    """Archive a record: it leaves the tables and can be restored."""

    sheet: str
    record_id: str


@dataclass(frozen=True, slots=True)
class RestoreRow:
    sheet: str
    record_id: str


Change = UpdateCell | InsertRow | DeleteRow | RestoreRow


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes sent together. The store applies one ``operation_id`` once, however often it is sent."""

    operation_id: str
    actor: str
    at: datetime  # aware
    changes: tuple[Change, ...]


class ConflictReason(StrEnum):
    CHANGED = "changed"  # somebody changed the same cell since it was seen
    ROW_GONE = "row_gone"
    COLUMN_GONE = "column_gone"
    SHEET_GONE = "sheet_gone"
    ID_TAKEN = "id_taken"
    FORMULA = "formula"  # formulas of other cells rest on this one: only a spreadsheet program may change it


@dataclass(frozen=True, slots=True)
class Conflict:
    """A change that was not applied; the cell still holds ``current``."""

    change: Change
    reason: ConflictReason
    current: Value = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch. Changes neither applied nor in conflict do not exist."""

    operation_id: str
    version: str
    applied: tuple[Change, ...]
    conflicts: tuple[Conflict, ...]
    repeated: bool = False  # the operation had been applied before; nothing was done now


class Health(StrEnum):
    HEALTHY = "healthy"
    WAITING = "waiting"
    READ_ONLY = "read_only"


@dataclass(frozen=True, slots=True)
class Status:
    health: Health
    detail: str = ""
    waiting: int = 0
    cause: StoreError | None = None


class Store(Protocol):
    """The contract. All methods may be called from several threads."""

    @property
    def location(self) -> str:
        """Where the spreadsheet is, for people: a path or an address."""

    def read(self) -> Snapshot:
        """Everything, consistent. Raises StoreError (NotASpreadsheet, ...)."""

    def changed_since(self, version: str) -> bool:
        """Cheap (no parsing): may the content differ from ``version``?"""

    def commit(self, batch: Batch) -> Receipt:
        """Apply a batch atomically and durably: what can be applied is, the rest are conflicts.

        Rows without an id, or with a copied one, get theirs in the same write. An empty batch only
        does that. Raises StoreError when nothing could be written; the file is then as it was.
        """

    def status(self) -> Status: ...


def invert(applied: Sequence[Change]) -> tuple[Change, ...]:
    """The changes that put back what ``applied`` changed, last first."""
    return tuple(_inverse(change) for change in reversed(applied))


def _inverse(change: Change) -> Change:
    match change:
        case UpdateCell():
            return UpdateCell(change.sheet, change.record_id, change.column, change.new, change.seen)
        case InsertRow() | RestoreRow():
            return DeleteRow(change.sheet, change.record_id)
        case DeleteRow():
            return RestoreRow(change.sheet, change.record_id)
