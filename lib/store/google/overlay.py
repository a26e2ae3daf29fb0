"""Worksheets as read, with changes laid over them that the reading does not contain yet. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lib.store.contract import Entry, Sheet, Snapshot
from lib.store.history import batch_of, differing
from lib.store.overlay import with_edits
from lib.store.planning import CellEdits, Drafts
from lib.store.reading import ReadSheet, read_grid


def overlaid(tables: Mapping[str, ReadSheet], entries: Sequence[Entry]) -> dict[str, ReadSheet]:
    """The tables as they will be; an entry that does not fit is left for the spreadsheet to decide."""
    if not entries:
        return dict(tables)
    drafts = Drafts(tables)
    for entry in entries:
        drafts.decide(batch_of(entry))
    touched = drafts.edits(adopt=False)
    edits = {title: cells for title, cells in drafts.edits().items() if title in touched}
    return {t: _with(table, edits[t]) if edits.get(t) else table for t, table in tables.items()}


def _with(table: ReadSheet, edits: CellEdits) -> ReadSheet:
    return read_grid(with_edits(table.grid, edits))


def same_content(left: Snapshot, right: Snapshot) -> bool:
    """Whether two snapshots show the same, cell for cell."""
    return (
        left.meta == right.meta
        and list(left.sheets) == list(right.sheets)
        and all(_same_sheet(sheet, right.sheets[title]) for title, sheet in left.sheets.items())
    )


def _same_sheet(left: Sheet, right: Sheet) -> bool:
    if left is right:
        return True
    return (
        _frame(left) == _frame(right)
        and all(np.array_equal(getattr(left, name), getattr(right, name)) for name in _ARRAYS)
        and all(not len(differing(a, b)) for a, b in zip(left.columns, right.columns, strict=True))
    )


_ARRAYS = ("ids", "row_numbers", "unwritten")


def _frame(sheet: Sheet) -> tuple[object, ...]:
    return (
        sheet.header,
        sheet.letters,
        sheet.header_row,
        sheet.duplicate_ids,
        sheet.has_id_column,
        sheet.deleted_ids,
    )
