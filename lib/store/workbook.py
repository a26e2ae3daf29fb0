"""The shared spreadsheet as an .xlsx file that people keep open beside the app."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from lib.store.absorb import EPOCH_FACT
from lib.store.clock import Clock, utc_now
from lib.store.contract import (
    Accident,
    Batch,
    Decision,
    Entry,
    Health,
    NotASpreadsheet,
    OpenConflict,
    Origin,
    Receipt,
    Snapshot,
    Status,
    StoreError,
)
from lib.store.disorder import Fate
from lib.store.files import file_version, put_in_place
from lib.store.flusher import Flusher
from lib.store.holders import HolderWatch, find_holder
from lib.store.journal import Journal
from lib.store.lineage import load_lineage, save_lineage
from lib.store.workbook_flush import (
    UNWRITABLE,
    Task,
    check_writable,
    prepared,
    unwritable_sheets,
    writing_locks,
)
from lib.store.workbook_host import Host
from lib.store.workbook_reading import Reading, read_workbook
from lib.store.workbook_stamp import DIGEST_CHARACTERS, Stamp
from lib.store.workbook_view import View

ADOPT_FACT = "adopt"  # ids are to be written, though nothing else is
SHOWN_FACT = "shown"  # counts what changes the tables without an entry and without a new file


def _no_step(_: str) -> None:
    pass


class WorkbookStore:
    """The contract over the workbook at ``path`` (a link is followed).

    Several processes on several hosts may use one file. Each host keeps a journal, backups and so on in
    ``state_folder`` (default: the setting HUIFANG_STATE). A commit is durable there when it returns; a
    thread writes the file soon after, or when the person who has it open has closed it. ``step`` is told
    of each step of a write as it is done.
    """

    def __init__(
        self,
        path: Path | str,
        state_folder: Path | None = None,
        clock: Clock = utc_now,
        *,
        step: Callable[[str], None] = _no_step,
    ) -> None:
        self._path = Path(path)
        self._state_folder, self._clock, self._step = state_folder, clock, step
        self._lock = threading.RLock()
        self._flushing = threading.Lock()
        self._host: Host | None = None
        self._reading: Reading | None = None
        self._view: View | None = None
        self._refused: tuple[str, NotASpreadsheet] | None = None
        self._tokens: dict[str, str] = {}  # file version -> what the versions of its contents begin with
        self._shown = ""
        self._trouble: StoreError | None = None
        self._watch = HolderWatch()
        self._unwritable: dict[str, str] = {}  # worksheets that cannot be edited safely -> file version
        self._flusher = Flusher(self)

    # --- reading ----------------------------------------------------------------------------------------

    @property
    def location(self) -> str:
        return str(self._path)

    def read(self) -> Snapshot:
        with self._lock:
            reading = self._read()
            try:
                view = self._current()
                snapshot = view.snapshot(self._version(), self._adopts())
            except StoreError as error:
                if not error.code.startswith("journal"):
                    raise
                self._trouble = error
                return reading.snapshot
            self._wake_if_needed()
            return snapshot

    def changed_since(self, version: str) -> bool:
        with self._lock:
            file = file_version(self._path)
            try:
                return version != self._version(file)
            except StoreError:
                return version != file

    def link(self, sheet: str, row_number: int, letter: str = "A") -> str | None:  # noqa: ARG002
        return None

    # --- writing ----------------------------------------------------------------------------------------

    def commit(self, batch: Batch) -> Receipt:
        with self._lock:
            check_writable(self._path.resolve())
            view, journal = self._current(), self._journal
            try:
                with journal.writing():
                    if receipt := journal.receipt(batch.operation_id, ""):
                        return replace(receipt, version=self._version())
                    view = self._followed(view)
                    plan = view.drafts.decide(batch)
                    if batch.changes:
                        now = self._clock()
                        journal.keep(batch, plan.applied, plan.conflicts, now, plan.effective, plan.archived)
                        self._step("kept")
                    elif view.to_adopt and not view.drafts.touched and not self._adopts():
                        journal.set_fact(ADOPT_FACT, "1")
                        self._bump_shown()
            except BaseException:
                self._view = None  # its drafts may know of what was not kept
                raise
            self._step("acknowledged")
            view.head = journal.head()[0]
            receipt = Receipt(batch.operation_id, self._version(), tuple(plan.applied), tuple(plan.conflicts))
        self._flusher.wake()
        return receipt

    def settle(self, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                if self.flush() and not self._journal.waiting()[0]:
                    return True
            except StoreError:
                pass  # the status says so
            if time.monotonic() >= deadline:
                return False
            time.sleep(min(0.1, max(0.0, deadline - time.monotonic())))

    def flush(self) -> bool:
        """Write what waits into the file now; True if nothing is left that could be. Raises StoreError."""
        with self._flushing:
            try:
                finished = self._flush()
            except StoreError as error:
                self._trouble = error
                raise
            if not self._left_out():
                self._trouble = None
            return finished

    def _flush(self) -> bool:
        target = self._path.resolve()
        self._catch_up()  # an old copy may have been saved over what was written
        if not self._has_work():
            return True
        self._watch.wait_for_release(target)
        with writing_locks(target):
            with self._lock:
                task = self._task(self._current())
            try:
                self._replace(target, task)
            except StoreError as error:
                if error.code in UNWRITABLE:  # at the next try the others are written without it
                    self._unwritable |= dict.fromkeys(unwritable_sheets(task), task.reading.version)
                raise
        self._hosted.backups.prune(self._clock())
        return not self._has_work()

    def _replace(self, target: Path, task: Task) -> None:
        with prepared(target, task, self._hosted.backups, self._clock, self._step) as (reading, new):
            with self._lock:
                version = put_in_place(new, target, task.reading.version)
                self._step("replaced")
                self._written(replace(reading, version=version), task)
            self._step("noted")

    def _task(self, view: View) -> Task:
        lineage = self._hosted.absorber.lineage
        assert lineage is not None
        with self._journal.writing():
            view = self._followed(view)
            left_out = self._left_out() | view.frozen
            edits = {t: e for t, e in view.edits_of_file(self._adopts()).items() if t not in left_out}
            self._hosted.absorber.adopt(view, bool(edits))
            seq, digest = self._journal.head()
            view.head = seq
        behind = {title: lineage.stamp.of(title) for title in left_out}
        stamp = Stamp(seq, digest[:DIGEST_CHARACTERS], behind)
        return Task(view.reading, edits, stamp, self._journal.journal_id)

    def _written(self, reading: Reading, task: Task) -> None:
        token = self._tokens.get(task.reading.version, task.reading.version)
        self._tokens = {reading.version: token}
        with self._journal.writing():
            self._journal.set_fact(ADOPT_FACT, "")
            self._view = self._hosted.absorber.written(reading, task.stamp, task.stamp.seq)
        self._reading = self._view.reading
        self._unwritable = {t: reading.version for t in self._unwritable if t in task.stamp.behind}

    def _left_out(self) -> frozenset[str]:
        """Worksheets that cannot be edited safely as they are."""
        version = self._reading.version if self._reading else ""
        return frozenset(title for title, seen in self._unwritable.items() if seen == version)

    def _has_work(self) -> bool:
        disorder = self._hosted.absorber.disorder
        left_out = disorder.frozen | self._left_out()
        waiting = any(sheet not in left_out for sheet, _ in self._journal.waiting()[1])
        return waiting or self._adopts() or bool(disorder.with_fate(Fate.BACK))

    def _wake_if_needed(self) -> None:
        if self._has_work():
            self._flusher.wake()

    # --- what is going on -------------------------------------------------------------------------------

    def status(self) -> Status:
        target = self._path.resolve()
        try:
            waiting, records = self._journal.waiting()
            counts = (waiting, records, self._journal.count_conflicts(), len(self.accidents()))
        except StoreError as error:
            return Status(Health.READ_ONLY, str(error), cause=error)
        cause, health = self._hindrance(target), Health.HEALTHY
        if cause is not None:
            health = Health.WAITING if cause.code == "held" else Health.READ_ONLY
        elif counts[0]:
            cause, health = self._trouble, Health.WAITING
        return Status(health, str(cause or ""), counts[0], cause, *counts[1:])

    def _hindrance(self, target: Path) -> StoreError | None:
        try:
            check_writable(target)
        except StoreError as error:
            return error
        holder = self._watch.look(target)
        return holder.busy(target) if holder else None

    def history(
        self,
        sheet: str | None = None,
        record_id: str | None = None,
        *,
        before_seq: int | None = None,
        limit: int = 200,
    ) -> tuple[Entry, ...]:
        self._catch_up()
        epoch = int(self._journal.fact(EPOCH_FACT) or 0)
        entries = self._journal.history(sheet, record_id, before_seq, limit)
        return tuple(entry for entry in entries if entry.seq > epoch)

    def check_history(self) -> int | None:
        return self._journal.check()

    def conflicts(self) -> tuple[OpenConflict, ...]:
        self._catch_up()
        return self._journal.conflicts()

    def close_conflict(self, conflict_id: str, decision: Decision, actor: str, at: datetime) -> bool:
        return self._journal.close_conflict(conflict_id, decision, actor, at)

    def accidents(self) -> tuple[Accident, ...]:
        return tuple(case.accident for case in self._hosted.absorber.disorder.with_fate(Fate.OPEN))

    def settle_accident(self, accident_id: str, keep_theirs: bool, actor: str, at: datetime) -> None:
        with self._lock, self._journal.writing():
            fate = Fate.THEIRS if keep_theirs else Fate.BACK
            self._hosted.absorber.disorder.decide(accident_id, fate, actor, at)
            if lineage := load_lineage(self._journal):
                save_lineage(self._journal, replace(lineage, version=""))  # to be looked at anew
            self._bump_shown()
            self._view = None
        self._catch_up()
        self._wake_if_needed()

    def take_over(self) -> None:
        """Remove the lock file of a program that is gone. Raises StoreBusy if it does not seem so."""
        target = self._path.resolve()
        holder = find_holder(target)
        if holder is None:
            return
        if not holder.stale:
            raise holder.busy(target)
        holder.lock_file.unlink(missing_ok=True)
        self._wake_if_needed()

    def close(self) -> None:
        self._flusher.close()
        with self._lock:
            if self._host is not None:
                self._host.close()
            self._host = self._view = None

    # --- inside -----------------------------------------------------------------------------------------

    @property
    def _hosted(self) -> Host:
        """This process's hold on journal and backups; another one after a fork."""
        with self._lock:
            if self._host is None or self._host.pid != os.getpid():
                if self._host is not None:  # threads and locks did not come along
                    self._flusher, self._flushing = Flusher(self), threading.Lock()
                self._host, self._view = Host(self._path, self._state_folder, self._clock), None
            return self._host

    @property
    def _journal(self) -> Journal:
        return self._hosted.journal

    def _catch_up(self) -> None:
        """Take in the file as it is now, if it can be read."""
        with self._lock:
            self._current()

    def _current(self) -> View:
        """The file as it is now, with what waits; what has not changed is not read again."""
        reading = self._read()
        if self._view is None or self._view.reading.version != reading.version:
            holder = self._watch.look(self._path.resolve())
            self._view = self._hosted.absorber.absorb(reading, self._watch.actor(holder))
            self._shown = self._journal.fact(SHOWN_FACT) or ""
        return self._followed(self._view)

    def _followed(self, view: View) -> View:
        """The view with what other processes have added."""
        shown = self._journal.fact(SHOWN_FACT) or ""
        if self._journal.head()[0] != view.head or shown != self._shown:
            self._view = view = self._hosted.absorber.absorb(view.reading, "")
            self._shown = shown
        return view

    def _read(self) -> Reading:
        """The workbook as it is now; what was read, or refused, last if its file has not changed."""
        version = file_version(self._path)
        if self._refused and self._refused[0] == version:
            raise self._refused[1].with_traceback(None)
        if self._reading is None or self._reading.version != version:
            try:
                self._reading, self._refused = read_workbook(self._path), None
            except NotASpreadsheet as error:
                self._refused = version, error
                raise
        return self._reading

    def _version(self, file: str | None = None) -> str:
        """What the tables rest on. It stays the same when a write of ours changes nothing that is shown."""
        known = self._reading.version if self._reading else ""
        file = file or known
        token = self._tokens.get(file, file)
        return f"{token}.{self._journal.last_seq(Origin.APP)}.{self._journal.fact(SHOWN_FACT) or 0}"

    def _adopts(self) -> bool:
        return bool(self._journal.fact(ADOPT_FACT))

    def _bump_shown(self) -> None:
        self._journal.set_fact(SHOWN_FACT, str(int(self._journal.fact(SHOWN_FACT) or 0) + 1))
        self._shown = self._journal.fact(SHOWN_FACT) or ""
