"""Copies of a workbook as it was after each of our writes: to go back to, and to compare with.

They lie on the app host's own disk. Kept are the last ones, one for each hour of two days and one for
each day of a month.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lib.store.contract import StoreError

KEPT_LAST = 20
HOURLY_FOR = timedelta(days=2)
DAILY_FOR = timedelta(days=30)
_NAME = re.compile(r"(\d{6,})_(\d+)_(\d{8}T\d{6})Z\.xlsx")
_TIME = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, slots=True)
class Backup:
    """``seq`` is the last entry of the journal that the copy contains; ``at`` is aware."""

    number: int
    seq: int
    at: datetime
    path: Path

    @property
    def size(self) -> int:
        return self.path.stat().st_size


class Backups:
    """The copies in ``folder``, which is made when there is something to keep."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def list(self) -> tuple[Backup, ...]:
        """Oldest first."""
        try:
            names = sorted(os.listdir(self.folder))
        except FileNotFoundError:
            return ()
        found = (_backup(self.folder / name) for name in names)
        return tuple(sorted((b for b in found if b), key=lambda backup: backup.number))

    def find(self, number: int) -> Backup:
        """Raises StoreError where there is no such copy."""
        for backup in self.list():
            if backup.number == number:
                return backup
        raise StoreError(f"There is no backup number {number}.", "no_backup", number=number)

    def nearest(self, seq: int) -> Backup | None:
        """The latest copy that contains no entry above ``seq``."""
        below = [backup for backup in self.list() if backup.seq <= seq]
        return max(below, key=lambda backup: (backup.seq, backup.number)) if below else None

    def keep(self, seq: int, data: bytes, at: datetime) -> Backup:
        """A new copy, safe on the disk before this returns. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = self.list()
        number = kept[-1].number + 1 if kept else 1
        path = self.folder / f"{number:06}_{seq}_{at.astimezone(UTC):{_TIME}}Z.xlsx"
        handle, name = tempfile.mkstemp(".tmp", "backup", self.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        finally:
            Path(name).unlink(missing_ok=True)
        _sync_folder(self.folder)
        return Backup(number, seq, at, path)

    def prune(self, now: datetime) -> None:
        """Remove what need not be kept any longer."""
        for backup in superfluous(self.list(), now):
            with contextlib.suppress(OSError):
                backup.path.unlink()


def superfluous(backups: Iterable[Backup], now: datetime) -> tuple[Backup, ...]:
    """Those of ``backups`` (oldest first) that no rule keeps. The latest of an hour or a day is its copy."""
    newest_first = list(backups)[::-1]
    kept = {backup.number for backup in newest_first[:KEPT_LAST]}
    for span, form in ((HOURLY_FOR, "%Y%m%d%H"), (DAILY_FOR, "%Y%m%d")):
        seen: set[str] = set()
        for backup in newest_first:
            slot = backup.at.astimezone(UTC).strftime(form)
            if now - backup.at <= span and slot not in seen:
                seen.add(slot)
                kept.add(backup.number)
    return tuple(backup for backup in newest_first if backup.number not in kept)


def _backup(path: Path) -> Backup | None:
    match = _NAME.fullmatch(path.name)
    if match is None:
        return None
    at = datetime.strptime(match[3], _TIME).replace(tzinfo=UTC)
    return Backup(int(match[1]), int(match[2]), at, path)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # folders cannot be opened everywhere
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
