"""The shared spreadsheet as an .xlsx file that people keep open beside the app."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from lib.store.contract import (
    META_SHEET,
    Batch,
    Health,
    NotASpreadsheet,
    Receipt,
    Snapshot,
    Status,
    StoreBusy,
    StoreError,
)
from lib.store.files import explained_errors, file_version, replace_file, sweep_leftovers
from lib.store.guard import open_package
from lib.store.holders import find_holder
from lib.store.operations import OperationLog, ReceiptMemory
from lib.store.planning import CellEdits, Plan, plan_batch
from lib.store.reading import read_grid
from lib.store.workbook_reading import Reading, read_workbook, verified_reading
from lib.store.xlsx_edit import edited_workbook, locked_cells
from lib.store.xlsx_parts import Package

LOCK_WAIT_S = 30


class WorkbookStore:
    """The contract over the workbook at ``path`` (a link is followed).

    Several processes may use one file: writes take a lock file beside it. A workbook that a person has
    open is read but not written.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._lock = threading.RLock()
        self._latest: Reading | None = None
        self._refused: tuple[str, NotASpreadsheet] | None = None
        self._receipts = ReceiptMemory()

    @property
    def location(self) -> str:
        return str(self._path)

    def read(self) -> Snapshot:
        return self._read().snapshot

    def changed_since(self, version: str) -> bool:
        return file_version(self._path) != version

    def status(self) -> Status:
        try:
            self._check_writable(self._path.resolve())
        except StoreError as error:
            return Status(Health.READ_ONLY, str(error), cause=error)
        return Status(Health.HEALTHY)

    def commit(self, batch: Batch) -> Receipt:
        with self._lock:
            if receipt := self._receipts.recall(batch.operation_id):
                return replace(receipt, version=self._read().version, repeated=True)
            target = self._path.resolve()
            self._check_writable(target)
            with _process_lock(target):
                sweep_leftovers(target, time.time())
                receipt = self._commit(batch, target)
            if batch.changes and not receipt.repeated:
                self._receipts.keep(receipt)
            return receipt

    def _commit(self, batch: Batch, target: Path) -> Receipt:
        reading = self._read()
        log = OperationLog(reading.grids.get(META_SHEET))
        if batch.operation_id in log:
            return Receipt(batch.operation_id, reading.version, (), (), repeated=True)
        package = open_package(reading.data)
        plan = _plan(batch, reading, package)
        version = reading.version
        if plan.writes:
            entry = log.entry(batch.operation_id) if plan.applied else {}
            version = self._write(target, reading, package, plan, entry)
        return Receipt(batch.operation_id, version, tuple(plan.applied), tuple(plan.conflicts))

    def _write(self, target: Path, reading: Reading, package: Package, plan: Plan, entry: CellEdits) -> str:
        edits, reads = dict(plan.edits), dict(reading.sheets)
        if entry:
            edits[META_SHEET], reads[META_SHEET] = entry, read_grid(reading.grids[META_SHEET])
        edited = edited_workbook(package, edits, reads)
        written = verified_reading(edited, reading, edits)
        version = replace_file(target, edited.data, reading.version)
        self._latest = replace(written, version=version)
        return version

    def _read(self) -> Reading:
        """The workbook as it is now; what was read, or refused, last if its file has not changed."""
        with self._lock:
            version = file_version(self._path)
            if self._refused and self._refused[0] == version:
                raise self._refused[1].with_traceback(None)
            if self._latest is None or self._latest.version != version:
                try:
                    self._latest, self._refused = read_workbook(self._path), None
                except NotASpreadsheet as error:
                    self._refused = version, error
                    raise
            return self._latest

    def _check_writable(self, target: Path) -> None:
        with explained_errors(target):
            is_locked = not target.stat().st_mode & 0o222 or not os.access(target, os.W_OK)
        if is_locked or not os.access(target.parent, os.W_OK):
            raise StoreError(
                f"{target} or its folder is read-only. Give this program the right to write there.",
                "read_only",
                path=str(target),
            )
        if holder := find_holder(target):
            who = f"{holder.name} ({holder.program})" if holder.name else holder.program
            raise StoreBusy(
                f"{target.name} is open: {who}. Close it there, then save again here.",
                "held",
                name=holder.name,
                program=holder.program,
            )


def _plan(batch: Batch, reading: Reading, package: Package) -> Plan:
    plan = plan_batch(batch, reading.sheets)
    locked = locked_cells(package, plan.edits)
    return plan_batch(batch, reading.sheets, locked) if locked else plan


@contextlib.contextmanager
def _process_lock(target: Path) -> Iterator[None]:
    lock = FileLock(target.with_name(f".{target.name}.lock"), timeout=LOCK_WAIT_S)
    try:
        with explained_errors(target):
            lock.acquire()
    except Timeout:
        raise StoreBusy(f"{target.name} is being written by another process.", "locked") from None
    try:
        yield
    finally:
        lock.release()
