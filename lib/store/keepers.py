"""Which of several rows with one id keeps it: the one most like what the record was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lib.store.contract import Sheet
from lib.store.reading import ReadSheet, read_grid
from lib.store.values import same_value
from lib.store.workbook_reading import Reading


def with_keepers(reading: Reading, before: Mapping[str, Sheet]) -> Reading:
    """``reading`` with repeated ids settled by likeness to ``before`` instead of by order."""
    settled = {
        title: read_grid(read.grid, keepers=keepers)
        for title, read in reading.sheets.items()
        if read.sheet.duplicate_ids and title in before and (keepers := find_keepers(read, before[title]))
    }
    return replace(reading, sheets={**reading.sheets, **settled}) if settled else reading


def find_keepers(read: ReadSheet, before: Sheet) -> dict[str, int]:
    """Id -> row number, for ids that a later row than the first deserves."""
    old_at = {record: i for i, record in enumerate(before.ids.tolist())}
    rows: dict[str, list[int]] = {}
    for row, record in read.sheet.duplicate_ids:
        rows.setdefault(record, [read.row_of[record]]).append(row)
    keepers = {}
    for record, candidates in rows.items():
        if record in old_at:
            best = max(candidates, key=lambda row: (_likeness(read, row, before, old_at[record]), -row))
            if best != candidates[0]:
                keepers[record] = best
    return keepers


def _likeness(read: ReadSheet, row: int, before: Sheet, at: int) -> int:
    """How many cells are the same."""
    columns = zip(read.sheet.header, read.column_numbers, strict=True)
    return sum(
        same_value(read.value(row, number), before.column(name)[at])
        for name, number in columns
        if name in before.header
    )
