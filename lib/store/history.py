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


def entry_of(change: Change, batch: Batch, held: Mapping[str, Value] | None = None) -> Entry:
    """The waiting entry of an app's change; ``seq`` and ``digest`` are the journal's to give. ``held`` is
    what an archived row held."""
    entry = Entry(
        0,
        batch.at.astimezone(UTC),
        batch.actor,
        Origin.APP,
        EntryKind.UPDATE,
        change.sheet,
        change.record_id,
        operation_id=batch.operation_id,
        state=EntryState.WAITING,
    )
    match change:
        case UpdateCell():
            return replace(entry, column=change.column, before=change.seen, after=change.new)
        case InsertRow():
            return replace(entry, kind=EntryKind.INSERT, values=_filled(change.values))
        case DeleteRow():  # what the cell ``_deleted`` will say: the local time
            mark = f"{batch.at:%Y-%m-%d %H:%M:%S}"
            return replace(entry, kind=EntryKind.ARCHIVE, after=mark, values=_filled(held or {}))
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


def batch_of(entry: Entry) -> Batch:
    """A batch that writes one entry's change, as when it was made; empty for a removed row."""
    marked = entry.kind is EntryKind.ARCHIVE and isinstance(entry.after, str)
    at = datetime.fromisoformat(str(entry.after)).replace(tzinfo=UTC) if marked else entry.at
    change = change_of(entry)
    return Batch(entry.operation_id, entry.actor, at, (change,) if change else ())


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
    earlier = apply_entries(before, known, after) if known else before
    found: list[Entry] = []
    for title in earlier.keys() & after.keys():
        formulas = frozenset((computed or {}).get(title, ()))
        comparison = _Comparison(earlier[title], after[title], formulas, at, actor)
        found += [*comparison.row_entries(), *comparison.cell_entries()]
    return found


class _Comparison:
    """Two readings of one worksheet, aligned by record id."""

    def __init__(
        self, before: Sheet, after: Sheet, formulas: frozenset[str], at: datetime, actor: str
    ) -> None:
        self._before, self._after, self._formulas = before, after, formulas
        self._blank = Entry(0, at, actor, Origin.SPREADSHEET, EntryKind.UPDATE, after.title, "")
        self._old = pd.Index(before.ids[~before.unwritten])
        self._new = pd.Index(after.ids[~after.unwritten])
        self._old_at, self._new_at = _positions(before), _positions(after)
        old_deleted, new_deleted = set(before.deleted_ids), set(after.deleted_ids)
        gone, come = self._old.difference(self._new, sort=False), self._new.difference(self._old, sort=False)
        self._archived = [i for i in gone if i in new_deleted]
        self._removed = [i for i in gone if i not in new_deleted]
        self._restored = [i for i in come if i in old_deleted]
        self._inserted = [i for i in come if i not in old_deleted] if before.has_id_column else []

    def cell_entries(self) -> Iterator[Entry]:
        common = self._old.intersection(self._new, sort=False)
        old_rows = np.fromiter((self._old_at[i] for i in common), dtype=np.intp, count=len(common))
        new_rows = np.fromiter((self._new_at[i] for i in common), dtype=np.intp, count=len(common))
        ids = common.to_numpy()
        for name, old, new in self._column_pairs():
            left = old[old_rows] if old is not None else np.full(len(ids), None, dtype=object)
            right = new[new_rows] if new is not None else np.full(len(ids), None, dtype=object)
            for i in differing(left, right):
                yield replace(self._blank, record_id=ids[i], column=name, before=left[i], after=right[i])

    def row_entries(self) -> Iterator[Entry]:
        for i in self._restored:
            yield replace(self._blank, kind=EntryKind.RESTORE, record_id=i)
        for kind, ids in ((EntryKind.ARCHIVE, self._archived), (EntryKind.REMOVE, self._removed)):
            for i in ids:
                values = _row(self._before, self._old_at[i])
                yield replace(self._blank, kind=kind, record_id=i, values=values)
        for i in self._inserted:
            values = _row(self._after, self._new_at[i])
            yield replace(self._blank, kind=EntryKind.INSERT, record_id=i, values=values)

    def _column_pairs(self) -> Iterator[tuple[str, np.ndarray | None, np.ndarray | None]]:
        old, new = _first_columns(self._before), _first_columns(self._after)
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
        common = [i for i in self._old if i in self._new_at]
        old_rows, new_rows = [self._old_at[i] for i in common], [self._new_at[i] for i in common]
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


def apply_entries(
    sheets: Mapping[str, Sheet], entries: Iterable[Entry], reference: Mapping[str, Sheet] | None = None
) -> dict[str, Sheet]:
    """``sheets`` as they are after ``entries``, oldest first; entries of other worksheets are passed over.

    Only header, columns, ids and deleted ids count in the result: it is for comparison, its row numbers
    and letters mean nothing. The values of a restored row are taken from ``reference``, if it is there.
    """
    by_sheet: dict[str, list[Entry]] = {}
    for entry in entries:
        by_sheet.setdefault(entry.sheet, []).append(entry)
    result = dict(sheets)
    for title, own in by_sheet.items():
        if title in sheets:
            past = _Past(sheets[title], (reference or {}).get(title))
            for entry in own:
                past.follow(entry)
            result[title] = past.sheet()
    return result


class _Past:
    """One worksheet on its way through its entries."""

    def __init__(self, sheet: Sheet, reference: Sheet | None) -> None:
        self._sheet, self._reference = sheet, reference
        self._columns = {name: list(column) for name, column in _first_columns(sheet).items()}
        self._ids: list[str] = list(sheet.ids)
        self._unwritten: list[bool] = list(sheet.unwritten)
        self._gone: list[bool] = [False] * len(self._ids)
        self._at = _positions(sheet)
        self._deleted = dict.fromkeys(sheet.deleted_ids)

    def follow(self, entry: Entry) -> None:
        record = entry.record_id
        match entry.kind:
            case EntryKind.UPDATE if record in self._at:
                self._column(entry.column)[self._at[record]] = entry.after
            case EntryKind.INSERT if record not in self._at:
                self._add(record, entry.values)
            case EntryKind.RESTORE if record not in self._at:
                self._deleted.pop(record, None)
                self._add(record, self._reference_row(record))
            case EntryKind.ARCHIVE | EntryKind.REMOVE:
                self._drop(record)
                if entry.kind is EntryKind.ARCHIVE:
                    self._deleted[record] = None

    def sheet(self) -> Sheet:
        kept = [i for i, gone in enumerate(self._gone) if not gone]
        columns = tuple(_objects([column[i] for i in kept]) for column in self._columns.values())
        return replace(
            self._sheet,
            header=tuple(self._columns),
            columns=columns,
            letters=("",) * len(columns),
            ids=_objects([self._ids[i] for i in kept]),
            row_numbers=np.zeros(len(kept), dtype=np.int64),
            unwritten=np.array([self._unwritten[i] for i in kept], dtype=bool),
            deleted_ids=tuple(self._deleted),
        )

    def _column(self, name: str) -> list[Value]:
        return self._columns.setdefault(name, [None] * len(self._ids))

    def _add(self, record: str, values: Mapping[str, Value]) -> None:
        self._at[record] = len(self._ids)
        for column in self._columns.values():
            column.append(None)
        self._ids.append(record)
        self._unwritten.append(False)
        self._gone.append(False)
        for name, value in values.items():
            self._column(name)[-1] = value

    def _drop(self, record: str) -> None:
        if (at := self._at.pop(record, None)) is not None:
            self._gone[at] = True

    def _reference_row(self, record: str) -> dict[str, Value]:
        if self._reference is None or (at := _positions(self._reference).get(record)) is None:
            return {}
        return _row(self._reference, at)


def _row(sheet: Sheet, at: int) -> dict[str, Value]:
    """The filled cells of a row by header text; of columns with the same header, the first."""
    return _filled({name: column[at] for name, column in _first_columns(sheet).items()})


def _objects(values: Sequence[object]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
