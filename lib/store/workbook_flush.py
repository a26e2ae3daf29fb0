"""One write of the workbook: everything that waits and the stamp, proved before it takes its place."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from lib.store.backups import Backups
from lib.store.clock import Clock
from lib.store.contract import META_SHEET, StoreBusy, StoreError
from lib.store.files import explained_errors, sweep_leftovers, written_beside
from lib.store.guard import open_package
from lib.store.holders import courtesy_lock, find_holder
from lib.store.planning import CellEdits
from lib.store.workbook_reading import Reading, verified_reading
from lib.store.workbook_stamp import (
    STAMP_KEY,
    WORKBOOK_KEY,
    Stamp,
    Stamps,
    dump_stamps,
    meta_edits,
    new_workbook_id,
    read_stamps,
    read_workbook_id,
    with_meta_sheet,
    with_property,
)
from lib.store.xlsx_edit import edited_workbook
from lib.store.xlsx_parts import Package

LOCK_WAIT_S = 30
UNWRITABLE = ("not_verified", "unusual_sheet")  # worksheets of a form that we cannot edit safely


@dataclass(frozen=True, slots=True)
class Task:
    """What to write: ``edits`` by title into the file as in ``reading``, so that it can carry ``stamp``.

    ``others`` are the stamps of other hosts, where they are not to be those of the reading.
    """

    reading: Reading
    edits: Mapping[str, CellEdits]
    stamp: Stamp
    journal_id: str
    others: Stamps | None = None


@contextlib.contextmanager
def writing_locks(path: Path) -> Iterator[None]:
    """Nobody else writes: no process of ours on any host, no spreadsheet program. Raises StoreBusy."""
    check_writable(path)
    if holder := find_holder(path):
        raise holder.busy(path)
    with _process_lock(path), courtesy_lock(path):
        sweep_leftovers(path)
        yield


def check_writable(path: Path) -> None:
    """Raises StoreError where the file is missing or this program may not write it."""
    with explained_errors(path):
        is_locked = not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK)
    if is_locked or not os.access(path.parent, os.W_OK):
        raise StoreError(
            f"{path} or its folder is read-only. Give this program the right to write there.",
            "read_only",
            path=str(path),
        )


def built(task: Task) -> tuple[Package, Reading]:
    """The new workbook, and as it is read. Raises StoreError if it would not be as intended."""
    package, before = with_meta_sheet(open_package(task.reading.data), task.reading)
    others = read_stamps(before) if task.others is None else task.others
    stamps: Stamps = {**others, task.journal_id: task.stamp}
    facts = {STAMP_KEY: dump_stamps(stamps)}
    if not read_workbook_id(before):
        facts[WORKBOOK_KEY] = new_workbook_id()
    edits = dict(task.edits)
    edits[META_SHEET], meta = meta_edits(before, facts)
    package = edited_workbook(package, edits, {**before.sheets, META_SHEET: meta})
    package = with_property(package, stamps, task.journal_id)
    return package, verified_reading(package, before, edits)


def unwritable_sheets(task: Task) -> frozenset[str]:
    """Those of the worksheets to write that cannot be, each tried alone."""
    return frozenset(
        title for title in task.edits if not _can_write(replace(task, edits={title: task.edits[title]}))
    )


def _can_write(task: Task) -> bool:
    try:
        built(task)
    except StoreError as error:
        return error.code not in UNWRITABLE
    return True


@contextlib.contextmanager
def prepared(
    path: Path, task: Task, backups: Backups, clock: Clock, step: Callable[[str], None]
) -> Iterator[tuple[Reading, Path]]:
    """The new workbook as it will be read, and the temporary file that is to take the place of ``path``.

    A backup of it is kept by then. ``step`` is told what has just been done. Raises StoreError.
    """
    package, reading = built(task)
    step("built")
    with explained_errors(backups.folder):
        backups.keep(task.stamp.seq, package.data, clock())
    step("backed up")
    with written_beside(path, package.data) as temporary:
        step("written beside")
        yield reading, temporary


@contextlib.contextmanager
def _process_lock(path: Path) -> Iterator[None]:
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=LOCK_WAIT_S)
    try:
        with explained_errors(path):
            lock.acquire()
    except Timeout:
        raise StoreBusy(f"{path.name} is being written by another process.", "locked") from None
    try:
        yield
    finally:
        lock.release()
