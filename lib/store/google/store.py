"""The shared spreadsheet as one of Google's: what is shown comes from the last look, what is written goes
through the journal. One background thread looks and writes for all sessions of the process.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from lib.store.clock import Clock, utc_now
from lib.store.contract import (
    Accident,
    Batch,
    Decision,
    Entry,
    EntryState,
    Health,
    OpenConflict,
    Receipt,
    Snapshot,
    Status,
    StoreError,
)
from lib.store.google.client import SheetsClient
from lib.store.google.outbox import Outbox
from lib.store.google.overlay import overlaid, same_content
from lib.store.google.quarantine import Quarantine
from lib.store.google.sync import Sync
from lib.store.google.worker import Worker
from lib.store.journal import Journal
from lib.store.planning import Drafts
from lib.store.reading import ReadSheet

POLL_S, PATIENCE_S = 6.0, 5.0
# What only people can mend; anything else passes by itself.
LASTING = frozenset(
    {"google_not_shared", "google_not_found", "google_api_disabled", "google_scope", "google_token"}
    | {"google_key_refused", "google_clock"}
)
Result = TypeVar("Result")


class GoogleStore:
    """The contract over the spreadsheet with that id, shared by any number of processes and machines.

    ``state_folder`` is on this machine's own disk: the journal and the last reading are kept there.
    ``poll_s``: seconds between two looks. ``patience_s``: how long a commit waits for its real outcome
    before it leaves the changes waiting.
    """

    def __init__(
        self,
        spreadsheet_id: str,
        client: SheetsClient,
        *,
        state_folder: Path | str,
        clock: Clock = utc_now,
        poll_s: float = POLL_S,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._id = spreadsheet_id
        self._clock = clock
        self._patience_s = patience_s
        self._folder = Path(state_folder)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # people's data will lie there
        self._journal = Journal(self._folder / f"google-{spreadsheet_id}.sqlite")
        self._outbox = Outbox(self._journal, clock)
        self._quarantine = Quarantine(self._journal, clock)
        self._sync = Sync(client, spreadsheet_id, self._outbox, self._quarantine, self._folder, clock)
        self._changed = threading.Condition(threading.RLock())
        self._process = uuid.uuid4().hex[:8]
        self._versions = 0
        self._tables: dict[str, ReadSheet] = {}
        self._shown: Snapshot | None = None
        self._worker = Worker(self._look, self._flush, self._has_work, poll_s)

    # --- what is there --------------------------------------------------------------------------------

    @property
    def location(self) -> str:
        return f"https://docs.google.com/spreadsheets/d/{self._id}/edit"

    def read(self) -> Snapshot:
        self._worker.note_interest()
        if self._shown is None:
            self.refresh()
        with self._changed:
            assert self._shown is not None
            return self._shown

    def refresh(self) -> None:
        """Look now instead of at the next turn. Raises StoreError where there is nothing to show."""
        self._worker.start()
        try:
            self._look()
        except StoreError:
            if self._shown is None and not self._show_the_past():
                raise

    def changed_since(self, version: str) -> bool:
        self._worker.note_interest()
        with self._changed:
            return self._shown is None or self._shown.version != version

    def link(self, sheet: str, row_number: int, letter: str = "A") -> str | None:
        sheet_id = self._sync.sheet_id(sheet)
        return None if sheet_id is None else f"{self.location}#gid={sheet_id}&range={letter}{row_number}"

    def status(self) -> Status:
        waiting, records = self._journal.waiting()
        cause = self._sync.trouble
        health = Health.HEALTHY if cause is None and not waiting else Health.WAITING
        if cause is not None and cause.code in LASTING:
            health = Health.READ_ONLY
        counts = waiting, cause, records, self._journal.count_conflicts(), len(self.accidents())
        return Status(health, str(cause or ""), *counts)

    # --- changes --------------------------------------------------------------------------------------

    def commit(self, batch: Batch) -> Receipt:
        snapshot = self.read()
        if kept := self._journal.receipt(batch.operation_id, snapshot.version):
            return self._final(kept)
        if not batch.changes:
            return self._adopt(batch)
        with self._changed:
            plan = Drafts(self._tables).decide(batch)
            fate = plan.applied, plan.conflicts
            self._journal.keep(batch, *fate, self._clock(), plan.effective, plan.archived)
            self._show()
        receipt = Receipt(batch.operation_id, "", tuple(plan.applied), tuple(plan.conflicts))
        sheets = {change.sheet for change in plan.effective}
        if sheets and not sheets & self._quarantine.frozen:  # what is frozen waits for a person anyway
            self._wait_for(lambda: not self._waits(batch.operation_id))
        return self._final(receipt)

    def settle(self, timeout_s: float) -> bool:
        return self._wait_for(lambda: not self._has_work(), timeout_s, insist=True)

    def _adopt(self, batch: Batch) -> Receipt:
        """Write missing ids, now or not at all: the next reading shows again which are missing."""
        if any(table.to_write for table in self._tables.values()):
            self._sync.wants_ids = True
            self._wait_for(lambda: not self._sync.wants_ids)
        return Receipt(batch.operation_id, self.read().version, (), ())

    def _wait_for(
        self, is_done: Callable[[], bool], timeout_s: float | None = None, *, insist: bool = False
    ) -> bool:
        """Have the worker write; wait until that is done, or has failed, or takes too long."""
        give_up_s = time.monotonic() + (self._patience_s if timeout_s is None else timeout_s)
        with self._changed:
            failures = self._sync.failures
            self._worker.hurry()
            while not is_done():
                left_s = give_up_s - time.monotonic()
                if left_s <= 0 or (self._sync.failures != failures and not insist):
                    return False
                self._changed.wait(min(left_s, 0.2))
                if insist:
                    self._worker.hurry()
        return True

    def _final(self, receipt: Receipt) -> Receipt:
        """The receipt with what has turned out not to fit since it was kept."""
        lost = self._journal.lost(receipt.operation_id)
        changes = [conflict.change for conflict in lost]
        return replace(
            receipt,
            version=self.read().version,
            applied=tuple(change for change in receipt.applied if change not in changes),
            conflicts=(*receipt.conflicts, *(c for c in lost if c not in receipt.conflicts)),
        )

    def _waits(self, operation_id: str) -> bool:
        waiting = self._journal.entries(states=[EntryState.WAITING])
        return any(entry.operation_id == operation_id for entry in waiting)

    def _has_work(self) -> bool:
        return self._sync.wants_ids or self._journal.waiting()[0] > 0

    # --- history and conflicts ------------------------------------------------------------------------

    def history(
        self,
        sheet: str | None = None,
        record_id: str | None = None,
        *,
        before_seq: int | None = None,
        limit: int = 200,
    ) -> tuple[Entry, ...]:
        return self._journal.history(sheet, record_id, before_seq, limit)

    def check_history(self) -> int | None:
        return self._journal.check()

    def check_shared_history(self) -> int | None:
        """The number of the first transaction in the spreadsheet's own history that was altered, or before
        which one is missing; None if that chain is whole. Raises StoreError."""
        return self._sync.check_history()

    def conflicts(self) -> tuple[OpenConflict, ...]:
        return self._journal.conflicts()

    def close_conflict(self, conflict_id: str, decision: Decision, actor: str, at: datetime) -> bool:
        return self._journal.close_conflict(conflict_id, decision, actor, at)

    def accidents(self) -> tuple[Accident, ...]:
        return self._quarantine.accidents()

    def settle_accident(self, accident_id: str, keep_theirs: bool, actor: str, at: datetime) -> None:
        self._told(lambda: self._sync.settle_accident(accident_id, keep_theirs, actor, at))
        self._worker.hurry()

    def close(self) -> None:
        self._worker.stop()
        self._sync.close()
        self._journal.close()

    # --- the worker's two tasks -----------------------------------------------------------------------

    def _look(self) -> None:
        self._told(self._sync.look)

    def _flush(self) -> None:
        self._told(self._sync.flush)

    def _told(self, task: Callable[[], Result]) -> Result:
        """Do a task outside of the lock, then show what came of it to whoever waits."""
        try:
            return task()
        finally:
            with self._changed:
                if self._sync.reading is not None:
                    self._show()
                self._changed.notify_all()

    def _show_the_past(self) -> bool:
        """Fall back on the last reading of an earlier run."""
        if not self._sync.recall():
            return False
        with self._changed:
            self._show()
        return True

    def _show(self) -> None:
        """Lay over the reading what it does not contain yet; a new version only if that looks different."""
        reading = self._sync.reading
        assert reading is not None
        waiting = self._journal.entries(states=[EntryState.WAITING])
        self._tables = overlaid(reading.tables, [*self._sync.written_since(reading), *waiting])
        sheets = {title: table.sheet for title, table in self._tables.items()}
        shown = Snapshot(f"{self._process}-{self._versions + 1}", sheets, reading.meta)
        if self._shown is None or not same_content(self._shown, shown):
            self._versions += 1
            self._shown = shown
