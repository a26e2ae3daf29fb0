"""The desk itself: reads the board, looks actors up, sends batches to the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lib.desk.access import NOBODY, OWNER, Action, Actor, needed_for
from lib.desk.board import Board, BoardCache
from lib.records.cells import Finding
from lib.records.schema import Schema, load_schema
from lib.settings import Settings
from lib.standard.clauses import Standard, load_standard
from lib.store.contract import Batch, Change, Conflict, Receipt, Status, Store, invert


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command: saved, or why not. ``errors`` maps a column key to what is wrong."""

    receipt: Receipt | None = None
    errors: Mapping[str, Finding] = field(default_factory=dict)
    record_id: str | None = None

    @property
    def saved(self) -> bool:
        return self.receipt is not None and not self.receipt.conflicts and not self.errors

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        return self.receipt.conflicts if self.receipt else ()


class Desk:
    """One for each process. Views and commands live beside it in ``lib.desk.*`` and take it first."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        schema: Schema | None = None,
        standard: Standard | None = None,
        clock: Callable[[], datetime] | None = None,
    ):
        self.store = store
        self.settings = settings
        self.schema = schema or load_schema()
        self.standard = standard or load_standard()
        self._clock = clock or settings.now
        self._boards = BoardCache(store, settings, self.schema, self.standard)

    def now(self) -> datetime:
        return self._clock()

    def board(self) -> Board:
        """What the spreadsheet says now. Raises StoreError when it cannot be read."""
        return self._boards.current(self.now())

    def changed_since(self, version: str) -> bool:
        """Has the spreadsheet changed since that version? Cheap: no parsing."""
        return self.store.changed_since(version)

    def status(self) -> Status:
        return self.store.status()

    def staff(self) -> tuple[Actor, ...]:
        """Everybody one can act as, in sheet order; those who have left are not offered.

        While nobody listed may change staff and rules, the owner of the file can be chosen as well, so
        that a sheet of reps alone locks nobody out. Nobody listed at all: nobody.
        """
        return self.board().people

    def actor(self, staff_id: str | None) -> Actor:
        """The actor as the Staff worksheet has it at this moment; nobody listed means local use.

        ``staff_id`` OWNER asks for the owner of the file, where ``staff`` offers that; unknown: the first.
        """
        staff = self.staff()
        if not staff:
            return NOBODY
        return next((person for person in staff if (person.staff_id or OWNER) == staff_id), staff[0])

    def adopt_rows(self) -> Receipt | None:
        """Give rows typed or copied in the spreadsheet their own ids. None when there are none.

        A sheet without a column for ids gets one with the first change the app makes in it, not before.
        """
        snapshot = self.board().snapshot
        if not any(sheet.has_id_column and sheet.unwritten.any() for sheet in snapshot.sheets.values()):
            return None
        return self.store.commit(Batch(f"adopt:{snapshot.version}", "huifang", self.now(), ()))

    def send(self, actor: Actor, operation_id: str, changes: tuple[Change, ...], action: Action) -> Receipt:
        """Commit changes for an actor, once per operation id. Raises Refused or StoreError."""
        actor.require(action)
        return self.store.commit(Batch(operation_id, actor.signature, self.now(), changes))

    def undo(self, actor: Actor, operation_id: str, receipt: Receipt) -> Receipt:
        """Put back what a receipt changed; cells changed since then stay and come back as conflicts.

        Raises Refused unless the actor may edit each worksheet concerned.
        """
        keys = {binding.sheet: key for key, binding in self.board().book.bindings.items()}
        for title in {change.sheet for change in receipt.applied}:
            actor.require(needed_for(keys.get(title, "")))
        return self.send(actor, operation_id, invert(receipt.applied), Action.EDIT)
