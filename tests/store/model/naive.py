"""Writers as they are usually written. The oracle must find them out."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

from lib.store.contract import Batch, Change, Conflict, ConflictReason, DeleteRow, InsertRow, UpdateCell
from lib.store.google import requests as rq
from lib.store.google.calls import ReadRanges, Refused, Request, Rows, WriteBatch
from lib.store.google.known import Fate, Known, Outcome
from lib.store.google.tables import header_names
from tests.store.model.spreadsheet import SHEET_ID, TITLE

Talk = Generator[Any, Any, Outcome]


def by_position(batches: Sequence[Batch], known: Known, _unsure: bool) -> Talk:
    """Write into the row where the last poll has seen the record."""
    rows = yield ReadRanges((rq.whole_row(TITLE, known.sheets[TITLE].header_row),))
    names = header_names(rows[0], 1)
    return (yield from _write(batches, known, {}, names, known.sheets[TITLE].last_row))


def find_then_write(batches: Sequence[Batch], known: Known, _unsure: bool) -> Talk:
    """Look for the record, then write into its row."""
    (rows,) = yield ReadRanges((rq.whole_sheet(TITLE),))
    names, found, last = _positions(rows)
    return (yield from _write(batches, known, found, names, last))


def recheck_then_write(batches: Sequence[Batch], known: Known, _unsure: bool) -> Talk:
    """Look for the record, compare its values with those seen, then write: no guard, no evidence."""
    (rows,) = yield ReadRanges((rq.whole_sheet(TITLE),))
    names, found, last = _positions(rows)
    clashes = {
        (batch.operation_id, i): Conflict(change, ConflictReason.CHANGED)
        for batch in batches
        for i, change in enumerate(batch.changes)
        if isinstance(change, UpdateCell) and not _is_as_seen(change, rows, names, found)
    }
    return (yield from _write(batches, known, found, names, last, clashes))


def _positions(rows: Rows) -> tuple[list[str], dict[str, int], int]:
    header_row = next((i for i, row in enumerate(rows, start=1) if "_id" in row), 1)
    names = header_names(rows, header_row)
    at = names.index("_id") if "_id" in names else -1
    found = {str(row[at]): i for i, row in enumerate(rows, start=1) if 0 <= at < len(row) and i > header_row}
    return names, found, len(rows)


def _is_as_seen(change: UpdateCell, rows: Rows, names: list[str], found: Mapping[str, int]) -> bool:
    row = rows[found[change.record_id] - 1] if change.record_id in found else ()
    at = names.index(change.column) if change.column in names else -1
    value = row[at] if 0 <= at < len(row) and row[at] != "" else None
    return bool(row) and bool(value == change.seen)


def _write(
    batches: Sequence[Batch], known: Known, found: Mapping[str, int], names: list[str], last: int,
    clashes: Mapping[tuple[str, int], Conflict] | None = None,
) -> Talk:  # fmt: skip
    requests: list[Request] = []
    fates = []
    for batch in batches:
        applied: list[Change] = []
        conflicts = []
        for i, change in enumerate(batch.changes):
            row = found.get(change.record_id) or known.sheets[TITLE].row_of.get(change.record_id)
            clash = (clashes or {}).get((batch.operation_id, i))
            if isinstance(change, InsertRow):
                row = last = last + 1
            if clash or row is None:
                conflicts.append(clash or Conflict(change, ConflictReason.ROW_GONE))
                continue
            requests += _requests(change, batch, row, names)
            applied.append(change)
        fates.append(Fate(batch.operation_id, tuple(applied), tuple(conflicts)))
    if requests:
        try:
            yield WriteBatch(tuple(requests))
        except Refused:
            yield WriteBatch((rq.extend(SHEET_ID, "ROWS", 5), rq.extend(SHEET_ID, "COLUMNS", 3), *requests))
    return Outcome(known.head, fates=tuple(fates))


def _requests(change: Change, batch: Batch, row: int, names: list[str]) -> Iterator[Request]:
    match change:
        case UpdateCell():
            cells: dict[str, Any] = {change.column: change.new}
        case InsertRow():
            cells = {**change.values, "_id": change.record_id}
        case DeleteRow():
            cells = {"_deleted": f"{batch.at:%Y-%m-%d %H:%M:%S}"}
        case _:
            cells = {"_deleted": None}
    for name, value in cells.items():
        if name in names:
            yield rq.write_cells(SHEET_ID, row, names.index(name), [[value]])
