"""Entries of the journal laid over worksheets that do not contain them, by record id and cell. Pure.

What happened to one cell is one change, from what it held before the first entry to what it held after
the last. It is made where the cell still holds the former; where it holds something else, that stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from lib.store.contract import (
    Batch,
    Change,
    Conflict,
    ConflictReason,
    DeleteRow,
    Entry,
    EntryKind,
    InsertRow,
    StoreError,
    UpdateCell,
    Value,
)
from lib.store.history import batch_of
from lib.store.planning import Drafts
from lib.store.values import same_value


@dataclass(slots=True)
class Replayed:
    """``conflicts`` with the entry that each keeps from being in effect; ``void`` are these entries and
    those that led to them. ``missing`` are the numbers of the entries that had to be made anew."""

    conflicts: list[tuple[Conflict, Entry]] = field(default_factory=list)
    void: list[Entry] = field(default_factory=list)
    missing: set[int] = field(default_factory=set)


def replay(drafts: Drafts, entries: Iterable[Entry]) -> Replayed:
    """Lay ``entries``, oldest first, over ``drafts``."""
    by_record: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        by_record.setdefault((entry.sheet, entry.record_id), []).append(entry)
    result = Replayed()
    for own in by_record.values():
        _Record(drafts, own, result).replay()
    return result


class _Record:
    """What is to be done to one record."""

    def __init__(self, drafts: Drafts, entries: list[Entry], result: Replayed) -> None:
        self._drafts, self._result = drafts, result
        self._entries = _after_removal(entries)
        self._cells: dict[str, list[Entry]] = {}
        for entry in self._entries:
            if entry.kind is EntryKind.UPDATE:
                self._cells.setdefault(entry.column, []).append(entry)

    def replay(self) -> None:
        first = self._entries[0]
        if first.kind is EntryKind.REMOVE:
            self._archive_removed(first)
            return
        marks = [e for e in self._entries if e.kind in (EntryKind.ARCHIVE, EntryKind.RESTORE)]
        inserted = next((e for e in self._entries if e.kind is EntryKind.INSERT), None)
        if inserted and not self._insert(inserted):
            return
        restored = [e for e in marks if e.kind is EntryKind.RESTORE]
        if restored:
            self._mark(restored[-1], [e for e in marks if e.seq <= restored[-1].seq])
        for chain in self._cells.values():
            self._update(chain)
        if marks and marks[-1].kind is EntryKind.ARCHIVE:
            self._mark(marks[-1], marks)

    def _insert(self, entry: Entry) -> bool:
        """Whether the row is there, so that its cells can be seen to."""
        values = {**entry.values, **{name: chain[-1].after for name, chain in self._cells.items()}}
        fate = self._decide(InsertRow(entry.sheet, entry.record_id, values), entry.at)
        if not isinstance(fate, Conflict):
            self._result.missing |= {e.seq for e in self._entries}
            self._cells = {}
            return True
        if fate.reason is not ConflictReason.ID_TAKEN:
            self._result.conflicts.append((fate, entry))
            self._result.void += self._entries
            return False
        for name in entry.values.keys() | self._cells.keys():  # the row is there already: cell by cell
            start = _cell_of(entry, name, entry.values.get(name))
            self._cells[name] = [start, *self._cells.get(name, [])]
        return True

    def _update(self, chain: list[Entry]) -> None:
        first, last = chain[0], chain[-1]
        if same_value(first.before, last.after):
            return
        change = UpdateCell(last.sheet, last.record_id, last.column, first.before, last.after)
        fate = self._decide(change, last.at)
        if isinstance(fate, Conflict):
            own = UpdateCell(last.sheet, last.record_id, last.column, last.before, last.after)
            self._result.conflicts.append((Conflict(own, fate.reason, fate.current), last))
            self._result.void += [e for e in chain if e.kind is EntryKind.UPDATE]
        elif fate:
            self._result.missing |= {e.seq for e in chain}

    def _mark(self, entry: Entry, chain: list[Entry]) -> None:
        (change,) = batch_of(entry).changes
        fate = self._decide(change, batch_of(entry).at)
        if isinstance(fate, Conflict):
            self._result.conflicts.append((fate, entry))
            self._result.void += chain
        elif fate:
            self._result.missing |= {e.seq for e in chain}

    def _archive_removed(self, entry: Entry) -> None:
        """A row that a person deleted is back, as it was then: archive it. If it has changed, it stays."""
        row = self._drafts.row(entry.sheet, entry.record_id)
        if row is None or row.keys() != entry.values.keys():
            return
        if not all(same_value(row[name], value) for name, value in entry.values.items()):
            return
        if self._decide(DeleteRow(entry.sheet, entry.record_id), entry.at) is True:
            self._result.missing.add(entry.seq)

    def _decide(self, change: Change, at: datetime) -> Conflict | bool:
        try:
            plan = self._drafts.decide(Batch("", "", at, (change,)))
        except StoreError:  # a value that a person entered in a program with wider cells
            return Conflict(change, ConflictReason.CHANGED)
        return plan.conflicts[0] if plan.conflicts else bool(plan.effective)


def _after_removal(entries: list[Entry]) -> list[Entry]:
    """Without what a later removal of the row has made meaningless."""
    removals = [i for i, entry in enumerate(entries) if entry.kind is EntryKind.REMOVE]
    if not removals:
        return entries
    later = entries[removals[-1] + 1 :]
    return later or [entries[removals[-1]]]


def _cell_of(entry: Entry, name: str, value: Value) -> Entry:
    """One cell of an inserted row, as if it had been filled afterwards."""
    return Entry(
        entry.seq, entry.at, entry.actor, entry.origin, EntryKind.INSERT, entry.sheet, entry.record_id, name,
        after=value,
    )  # fmt: skip
