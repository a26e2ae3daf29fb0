"""What one process needs on this machine for one workbook: journal, backups, and who takes the file in."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from lib.store.absorb import Absorber
from lib.store.backups import Backups
from lib.store.clock import Clock
from lib.store.journal import Journal
from lib.store.state_folder import folder_of

JOURNAL = "journal.sqlite"
BACKUPS = "backups"


class Host:
    """Raises StoreError (code ``journal``) where the journal cannot be used."""

    def __init__(self, path: Path, state_folder: Path | None, clock: Clock) -> None:
        self.pid = os.getpid()
        self.folder = folder_of(path, state_folder)
        self.journal = Journal(self.folder / JOURNAL)
        self.backups = Backups(self.folder / BACKUPS)
        self.absorber = Absorber(self.journal, self.backups, clock)

    def close(self) -> None:
        self.journal.close()


def set_aside_journal(path: Path, state_folder: Path | None = None) -> Path | None:
    """Rename the journal of the workbook at ``path``, so that a new one is begun; where it is now.

    For one that is damaged: what waited in it is lost unless it can be mended. None if there is none.
    Raises OSError.
    """
    journal = folder_of(path, state_folder) / JOURNAL
    if not journal.exists():
        return None
    number = next(n for n in itertools.count(1) if not _aside(journal, n).exists())
    for ending in ("-wal", "-shm", ""):
        part = journal.with_name(journal.name + ending)
        if part.exists():
            part.rename(_aside(journal, number).with_name(_aside(journal, number).name + ending))
    return _aside(journal, number)


def _aside(journal: Path, number: int) -> Path:
    return journal.with_name(f"journal.damaged-{number}.sqlite")
