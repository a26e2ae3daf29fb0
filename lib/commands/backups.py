"""The backups of a workbook: which there are, and putting one back."""

from __future__ import annotations

from argparse import Namespace

from lib.commands.fields import BACKUP_FIELDS
from lib.commands.output import print_records
from lib.settings import Settings
from lib.store.restoring import copy_backup, list_backups, restore_backup


def run_backups(asked: Namespace, settings: Settings) -> int:
    """One JSON object a line, oldest first."""
    backups = list_backups(asked.store, settings.state_folder)
    records = [
        {
            "number": backup.number,
            "at": backup.at.astimezone(settings.tz),
            "seq": backup.seq,
            "size": backup.size,
        }
        for backup in backups
    ]
    print_records(records, tuple(BACKUP_FIELDS), "lines")
    return 0


def run_restore(asked: Namespace, settings: Settings) -> int:
    """Raises StoreError; the workbook is as it was then."""
    if asked.to:
        copy_backup(asked.store, asked.number, asked.to, settings.state_folder)
        print(f"Wrote backup {asked.number}: {asked.to}")
        return 0
    restore_backup(asked.store, asked.number, asked.actor, settings.state_folder)
    print(f"Backup {asked.number} is back in place; what was there is a backup now: {asked.store}")
    return 0
