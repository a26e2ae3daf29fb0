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


class Origin(StrEnum):
    APP = "app"
    SPREADSHEET = "spreadsheet"  # a person, directly; seen by comparing two readings


class EntryKind(StrEnum):
    UPDATE = "update"  # one cell
    INSERT = "insert"
    ARCHIVE = "archive"
    RESTORE = "restore"
    REMOVE = "remove"  # a person deleted the row itself; ``values`` are what it held


class EntryState(StrEnum):
    WRITTEN = "written"
    WAITING = "waiting"  # durable, and to be written as soon as the spreadsheet can be
    CONFLICT = "conflict"  # not in effect: see ``Store.conflicts``


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of history: what happened to one cell, or to one row as a whole.

    ``digest`` chains the entries: each is computed from the one before and from this entry's words, so
    that a removed or altered entry is seen (``Store.check_history``).
    """

    seq: int  # 1, 2, 3 ... in the order in which the app learnt of them
    at: datetime  # aware; when the app made or first saw it
    actor: str  # empty where nobody knows
    origin: Origin
    kind: EntryKind
    sheet: str
    record_id: str
    column: str = ""  # header text; empty for whole rows
    before: Value = None
    after: Value = None
    values: Mapping[str, Value] = field(default_factory=dict)  # of an inserted, archived or removed row
    operation_id: str = ""
    state: EntryState = EntryState.WRITTEN
    digest: str = ""


class Decision(StrEnum):
    KEEP_THEIRS = "keep_theirs"
    KEEP_MINE = "keep_mine"
    EDIT = "edit"  # a third value was written


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """A change that was not applied and waits for a person's decision."""

    conflict_id: str
    conflict: Conflict
    actor: str  # who made the change
    at: datetime  # aware; when
    found_at: datetime  # aware; when it turned out not to fit
    their_actor: str = ""  # who wrote what stands in the cell; empty where nobody knows
    their_at: datetime | None = None  # when that was first seen


class AccidentKind(StrEnum):
    COLUMN_SORTED = "column_sorted"  # one column's values are a permutation against the ids
    ROWS_GONE = "rows_gone"  # more than 30 % of the rows at once
    IDS_DUPLICATED = "ids_duplicated"
    HEADER_LOST = "header_lost"


@dataclass(frozen=True, slots=True)
class Accident:
    """A worksheet in which records can no longer be told apart safely. It is shown as it was before
    and not written until a person decides (``Store.settle_accident``)."""

    accident_id: str
    kind: AccidentKind
    sheet: str
    column: str = ""
    rows: int = 0  # how many are concerned
    found_at: datetime | None = None  # aware


class Health(StrEnum):
    HEALTHY = "healthy"
    WAITING = "waiting"
    READ_ONLY = "read_only"


@dataclass(frozen=True, slots=True)
class Status:
    """``waiting`` counts durable changes that are not in the spreadsheet yet; ``records`` are theirs,
    as (worksheet title, record id). ``cause`` says what is in the way, if anything is."""

    health: Health
    detail: str = ""
    waiting: int = 0
    cause: StoreError | None = None
    records: frozenset[tuple[str, str]] = frozenset()
    conflicts: int = 0  # open ones
    accidents: int = 0


class Store(Protocol):
    """The contract. All methods may be called from several threads."""

    @property
    def location(self) -> str:
        """Where the spreadsheet is, for people: a path or an address."""

    def read(self) -> Snapshot:
        """Everything, consistent, changes that still wait included. Raises StoreError."""

    def changed_since(self, version: str) -> bool:
        """Cheap (no parsing): may the content differ from ``version``?"""

    def commit(self, batch: Batch) -> Receipt:
        """Apply a batch atomically: what can be applied is, the rest are conflicts.

        On return the changes are durable: nothing that happens to the process or the spreadsheet loses
        them. They may still wait to be written (``status``); what then turns out not to fit becomes an
        open conflict. Conflicts of the receipt are kept as open conflicts, too. Rows without an id, or
        with a copied one, get theirs in the same write; an empty batch only does that. Raises
        StoreError when nothing could be kept; everything is then as it was.
        """

    def settle(self, timeout_s: float) -> bool:
        """Wait until nothing is waiting any more; False if something still is after ``timeout_s``."""

    def status(self) -> Status: ...

    def history(
        self,
        sheet: str | None = None,
        record_id: str | None = None,
        *,
        before_seq: int | None = None,
        limit: int = 200,
    ) -> tuple[Entry, ...]:
        """Entries, newest first: of one record, one worksheet or all; older than ``before_seq``."""

    def check_history(self) -> int | None:
        """The ``seq`` of the first entry that was altered or is missing; None if the chain is whole."""

    def conflicts(self) -> tuple[OpenConflict, ...]:
        """What waits for a decision, oldest first."""

    def close_conflict(self, conflict_id: str, decision: Decision, actor: str, at: datetime) -> bool:
        """Note the decision; what follows from it is committed beforehand. False if it was closed already."""

    def accidents(self) -> tuple[Accident, ...]: ...

    def settle_accident(self, accident_id: str, keep_theirs: bool, actor: str, at: datetime) -> None:
        """Take the worksheet as it stands in the spreadsheet, or put it back as it was before. KeyError
        for an unknown id."""

    def link(self, sheet: str, row_number: int, letter: str = "A") -> str | None:
        """The address of a cell in the spreadsheet program; None where there is none."""

    def close(self) -> None:
        """Stop background work. What waits stays durable."""


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
