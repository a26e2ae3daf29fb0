"""Putting a backup of a workbook back."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from lib.store.backups import Backup, Backups
from lib.store.clock import Clock, utc_now
from lib.store.contract import NotASpreadsheet, Sheet, StoreError
from lib.store.files import explained_errors, file_version, put_in_place, written_beside
from lib.store.history import observe
from lib.store.state_folder import folder_of
from lib.store.workbook_flush import Task, prepared, writing_locks
from lib.store.workbook_host import BACKUPS, Host
from lib.store.workbook_reading import Reading, read_workbook, reading_of
from lib.store.workbook_stamp import DIGEST_CHARACTERS, Stamp, Stamps, read_stamps


def list_backups(path: Path, state_folder: Path | None = None) -> tuple[Backup, ...]:
    """The backups of the workbook at ``path`` on this machine, oldest first."""
    return Backups(folder_of(path, state_folder) / BACKUPS).list()


def copy_backup(path: Path, number: int, target: Path, state_folder: Path | None = None) -> None:
    """Write a backup to ``target``, which must not exist. Raises StoreError."""
    backup = Backups(folder_of(path, state_folder) / BACKUPS).find(number)
    if target.exists():
        raise StoreError(f"{target} exists already; nothing was written.", "file_exists", path=str(target))
    with explained_errors(target):
        data = backup.path.read_bytes()
        target.touch(exist_ok=False)
    with written_beside(target, data) as temporary:
        put_in_place(temporary, target, file_version(target))


def restore_backup(
    path: Path, number: int, actor: str, state_folder: Path | None = None, clock: Clock = utc_now
) -> None:
    """Put a backup in the place of the workbook at ``path``, which is kept as a backup itself.

    What differs goes into the history as direct edits of ``actor``; nothing that was written before is
    laid over the restored workbook. Raises StoreError; the file is as it was then.
    """
    target = path.resolve()
    host = Host(path, state_folder, clock)
    try:
        data = _bytes_of(host.backups.find(number))
        if not target.exists():
            copy_backup(path, number, target, state_folder)
        with writing_locks(target):
            _replace(host, target, reading_of("", data), actor, clock)
    finally:
        host.close()


def _replace(host: Host, target: Path, restored: Reading, actor: str, clock: Clock) -> None:
    version, before, others = _present(host, target, clock)
    after = {title: read.sheet for title, read in restored.sheets.items()}
    with host.journal.writing():
        host.absorber.disorder.forget()
        host.journal.append(observe(before, after, clock(), actor=actor))
        seq, digest = host.journal.head()
    stamp = Stamp(seq, digest[:DIGEST_CHARACTERS])
    reading = replace(restored, version=version)
    task = Task(reading, {}, stamp, host.journal.journal_id, others=others or None)
    with prepared(target, task, host.backups, clock, lambda _: None) as (reading, temporary):
        version = put_in_place(temporary, target, version)
        host.absorber.written(replace(reading, version=version), stamp, seq)


def _present(host: Host, target: Path, clock: Clock) -> tuple[str, dict[str, Sheet], Stamps]:
    """The file as it is: its version, its tables with all that waits, its stamps. It is kept as a backup."""
    try:
        reading = read_workbook(target)
    except NotASpreadsheet:  # the very reason to restore
        return _damaged(host, target)
    view = host.absorber.absorb(reading, "")
    with explained_errors(host.backups.folder):
        host.backups.keep(view.head, reading.data, clock())
    return reading.version, dict(view.snapshot("", adopt=False).sheets), read_stamps(reading)


def _damaged(host: Host, target: Path) -> tuple[str, dict[str, Sheet], Stamps]:
    """Keep the bytes aside, and take the last good copy for what the tables were."""
    version = file_version(target)
    with explained_errors(host.backups.folder):
        host.backups.folder.mkdir(parents=True, exist_ok=True)
        (host.backups.folder / f"damaged-{os.path.basename(target)}").write_bytes(target.read_bytes())
    last = host.absorber.sheets_at(host.journal.head()[0])
    return version, {title: read.sheet for title, read in last[1].sheets.items()} if last else {}, {}


def _bytes_of(backup: Backup) -> bytes:
    with explained_errors(backup.path):
        return backup.path.read_bytes()
