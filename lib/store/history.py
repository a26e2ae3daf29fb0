"""What happened to the records: entries out of changes and readings, and the chain that binds them. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from lib.store.contract import (
    Batch,
    Change,
    DeleteRow,
    Entry,
    EntryKind,
    EntryState,
    InsertRow,
    Origin,
    RestoreRow,
    Sheet,
    UpdateCell,
    Value,
)
from lib.store.value_codec import dump_value, dump_values
from lib.store.values import same_value

DIGEST_CHARACTERS = 32  # 128 bits
CellKey = tuple[str, str, str]  # worksheet, record id, column


def entry_of(change: Change, batch: Batch, state: EntryState = EntryState.WAITING) -> Entry:
    """The entry of an app's change; ``seq`` and ``digest`` are the journal's to give."""
    entry = Entry(
        0,
        batch.at.astimezone(UTC),
        batch.actor,
        Origin.APP,
        EntryKind.UPDATE,
        change.sheet,
        change.record_id,
        operation_id=batch.operation_id,
        state=state,
    )
    match change:
        case UpdateCell():
            return replace(entry, column=change.column, before=change.seen, after=change.new)
        case InsertRow():
            return replace(entry, kind=EntryKind.INSERT, values=_filled(change.values))
        case DeleteRow():
            return replace(entry, kind=EntryKind.ARCHIVE)
        case RestoreRow():
            return replace(entry, kind=EntryKind.RESTORE)


def change_of(entry: Entry) -> Change | None:
    """The change that makes an entry true again. None for a removed row: no change of ours removes one."""
    match entry.kind:
        case EntryKind.UPDATE:
            return UpdateCell(entry.sheet, entry.record_id, entry.column, entry.before, entry.after)
        case EntryKind.INSERT:
            return InsertRow(entry.sheet, entry.record_id, entry.values)
        case EntryKind.ARCHIVE:
            return DeleteRow(entry.sheet, entry.record_id)
        case EntryKind.RESTORE:
            return RestoreRow(entry.sheet, entry.record_id)
        case EntryKind.REMOVE:
            return None


def digest_of(entry: Entry, previous: str) -> str:
    """The digest of ``entry`` after one with the digest ``previous``. The state takes no part: it moves."""
    words = [
        previous,
        entry.seq,
        entry.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        entry.actor,
        entry.origin.value,
        entry.kind.value,
        entry.sheet,
        entry.record_id,
        entry.column,
        dump_value(entry.before),
        dump_value(entry.after),
        dump_values(entry.values),
        entry.operation_id,
    ]
    text = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_CHARACTERS]


def first_break(entries: Iterable[Entry], seq: int = 0, digest: str = "") -> int | None:
    """The ``seq`` of the first entry that does not follow from the one before; entries in rising order.

    ``seq`` and ``digest`` are those of the entry before the first.
    """
    for entry in entries:
        seq += 1
        if entry.seq != seq or entry.digest != digest_of(entry, digest):
            return seq
        digest = entry.digest
    return None


def observe(
    before: Mapping[str, Sheet],
    after: Mapping[str, Sheet],
    at: datetime,
    known: Sequence[Entry] = (),
    *,
    actor: str = "",
    computed: Mapping[str, Collection[str]] | None = None,
) -> list[Entry]:
    """What people did in the spreadsheet between two readings, as entries without numbers.

    ``known`` are entries, oldest first, already recorded since ``before`` was read and contained in
    ``after``: what they say is not said again. Rows without a written id, columns of formulas
    (``computed``, header texts by worksheet) and worksheets that are only in one reading take no part.
    A column whose header was changed keeps its values and makes no entry.
    """
    known_cells, known_rows = _latest(known)
    found: list[Entry] = []
    for title in before.keys() & after.keys():
        formulas = frozenset((computed or {}).get(title, ()))
        comparison = _Comparison(before[title], after[title], formulas, at, actor)
        found += _without_known(comparison, title, known_cells, known_rows)
    return found


class _Comparison:
    """Two readings of one worksheet, aligned by record id."""

    def __init__(
        self, before: Sheet, after: Sheet, formulas: frozenset[str], at: datetime, actor: str
    ) -> None:
        self.before, self.after, self._formulas = before, after, formulas
        self.blank = Entry(0, at, actor, Origin.SPREADSHEET, EntryKind.UPDATE, after.title, "")
        self._old = pd.Index(before.ids[~before.unwritten])
        self._new = pd.Index(after.ids[~after.unwritten])
        self.old_at, self.new_at = _positions(before), _positions(after)
        old_deleted, new_deleted = set(before.deleted_ids), set(after.deleted_ids)
        gone, come = self._old.difference(self._new, sort=False), self._new.difference(self._old, sort=False)
        self.archived = [i for i in gone if i in new_deleted]
        self.removed = [i for i in gone if i not in new_deleted]
        self.restored = [i for i in come if i in old_deleted]
        self.inserted = [i for i in come if i not in old_deleted] if before.has_id_column else []

    def cell_entries(self) -> Iterator[Entry]:
        common = self._old.intersection(self._new, sort=False)
        old_rows = np.fromiter((self.old_at[i] for i in common), dtype=np.intp, count=len(common))
        new_rows = np.fromiter((self.new_at[i] for i in common), dtype=np.intp, count=len(common))
        ids = common.to_numpy()
        for name, old, new in self._column_pairs():
            left = old[old_rows] if old is not None else np.full(len(ids), None, dtype=object)
            right = new[new_rows] if new is not None else np.full(len(ids), None, dtype=object)
            for i in differing(left, right):
                yield replace(self.blank, record_id=ids[i], column=name, before=left[i], after=right[i])

    def row_entries(self) -> Iterator[Entry]:
        for kind, ids in (
            (EntryKind.ARCHIVE, self.archived),
            (EntryKind.RESTORE, self.restored),
        ):
            yield from (replace(self.blank, kind=kind, record_id=i) for i in ids)
        for i in self.removed:
            values = self.row(self.before, self.old_at[i])
            yield replace(self.blank, kind=EntryKind.REMOVE, record_id=i, values=values)
        for i in self.inserted:
            values = self.row(self.after, self.new_at[i])
            yield replace(self.blank, kind=EntryKind.INSERT, record_id=i, values=values)

    def current(self, record_id: str, column: str) -> tuple[bool, Value]:
        """Whether the later reading has that cell, and its value."""
        at = self.new_at.get(record_id)
        if at is None or column in self._formulas or column not in self.after.header:
            return False, None
        value: Value = self.after.column(column)[at]
        return True, value

    def row(self, sheet: Sheet, at: int) -> dict[str, Value]:
        pairs = zip(sheet.header, sheet.columns, strict=True)
        return _filled({name: column[at] for name, column in reversed(list(pairs))})

    def _column_pairs(self) -> Iterator[tuple[str, np.ndarray | None, np.ndarray | None]]:
        old, new = _first_columns(self.before), _first_columns(self.after)
        lost, come = [n for n in old if n not in new], [n for n in new if n not in old]
        renamed = self._renamed(lost, come, old, new)
        for name in old.keys() | new.keys():
            if name not in self._formulas and name not in renamed:
                yield name, old.get(name), new.get(name)

    def _renamed(
        self,
        lost: Sequence[str],
        come: Sequence[str],
        old: Mapping[str, np.ndarray],
        new: Mapping[str, np.ndarray],
    ) -> set[str]:
        """Header texts, old and new, of columns that only changed their names."""
        common = [i for i in self._old if i in self.new_at]
        old_rows, new_rows = [self.old_at[i] for i in common], [self.new_at[i] for i in common]
        renamed: set[str] = set()
        for name in lost:
            for other in come:
                if other not in renamed and not len(differing(old[name][old_rows], new[other][new_rows])):
                    renamed |= {name, other}
                    break
        return renamed


def differing(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Positions at which two aligned columns of values hold different contents."""
    unlike = np.asarray(left != right, dtype=bool)
    if bool in set(map(type, left)) | set(map(type, right)):  # True == 1 to Python, not in a spreadsheet
        is_bool = np.frompyfunc(lambda value: isinstance(value, bool), 1, 1)
        unlike |= np.asarray(is_bool(left) != is_bool(right), dtype=bool)
    return np.array([i for i in np.flatnonzero(unlike) if not same_value(left[i], right[i])], dtype=np.intp)


def _positions(sheet: Sheet) -> dict[str, int]:
    rows = np.flatnonzero(~sheet.unwritten)
    return dict(zip(sheet.ids[rows].tolist(), rows.tolist(), strict=True))


def _first_columns(sheet: Sheet) -> dict[str, np.ndarray]:
    columns: dict[str, np.ndarray] = {}
    for name, column in zip(sheet.header, sheet.columns, strict=True):
        columns.setdefault(name, column)
    return columns


def _filled(values: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}


def _latest(known: Sequence[Entry]) -> tuple[dict[CellKey, Entry], dict[tuple[str, str], Entry]]:
    """The last word of ``known`` on each cell and on each row."""
    cells: dict[CellKey, Entry] = {}
    rows: dict[tuple[str, str], Entry] = {}
    for entry in known:
        if entry.kind is EntryKind.UPDATE:
            cells[entry.sheet, entry.record_id, entry.column] = entry
        else:
            rows[entry.sheet, entry.record_id] = entry
            if entry.kind is EntryKind.INSERT:
                for name, value in entry.values.items():
                    key = entry.sheet, entry.record_id, name
                    cells[key] = replace(entry, kind=EntryKind.UPDATE, column=name, after=value)
    return cells, rows


def _without_known(
    comparison: _Comparison,
    title: str,
    known_cells: Mapping[CellKey, Entry],
    known_rows: Mapping[tuple[str, str], Entry],
) -> Iterator[Entry]:
    told: set[CellKey] = set()
    for entry in comparison.row_entries():
        known = known_rows.get((title, entry.record_id))
        if known is None or known.kind is not entry.kind:
            yield entry
        elif entry.kind is EntryKind.INSERT:
            yield from _changed_since_insert(entry, known_cells, told)
    for entry in comparison.cell_entries():
        key = title, entry.record_id, entry.column
        told.add(key)
        before = known_cells[key].after if key in known_cells else entry.before
        if not same_value(before, entry.after):
            yield replace(entry, before=before)
    for key, known in known_cells.items():  # changed and put back in the meantime
        exists, value = comparison.current(key[1], key[2]) if key[0] == title else (False, None)
        if exists and key not in told and not same_value(known.after, value):
            yield replace(comparison.blank, record_id=key[1], column=key[2], before=known.after, after=value)


def _changed_since_insert(
    entry: Entry, known_cells: Mapping[CellKey, Entry], told: set[CellKey]
) -> Iterator[Entry]:
    """Cells of a row already known as inserted that hold something else by now."""
    for name in {*entry.values, *(n for s, i, n in known_cells if (s, i) == (entry.sheet, entry.record_id))}:
        key = entry.sheet, entry.record_id, name
        told.add(key)
        before, after = known_cells[key].after if key in known_cells else None, entry.values.get(name)
        if not same_value(before, after):
            yield replace(entry, kind=EntryKind.UPDATE, column=name, before=before, after=after, values={})
