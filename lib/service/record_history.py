"""A record's past: the steps it went through, what it was at an earlier time, and the changes back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby, takewhile

from lib.store.contract import (
    Change,
    DeleteRow,
    Entry,
    EntryKind,
    EntryState,
    InsertRow,
    RestoreRow,
    UpdateCell,
    Value,
)


class Presence(StrEnum):
    PRESENT = "present"
    ARCHIVED = "archived"
    ABSENT = "absent"  # removed, or not there yet


@dataclass(frozen=True, slots=True)
class RecordState:
    """What one record is at a moment: ``values`` by header text, as far as they are known."""

    presence: Presence
    values: Mapping[str, Value]


def in_effect(entry: Entry) -> bool:
    """Did the entry change the spreadsheet, or will it? A conflict did not."""
    return entry.state is not EntryState.CONFLICT


def group_steps(entries: Sequence[Entry]) -> list[tuple[Entry, ...]]:
    """Entries of one record, newest first, in groups made by one person in one go."""
    return [tuple(group) for _, group in groupby(entries, _go)]


def _go(entry: Entry) -> tuple[object, ...]:
    return entry.operation_id or entry.at, entry.actor, entry.origin


def since(entries: Iterable[Entry], at: datetime) -> Iterator[Entry]:
    """Of entries, newest first, those to be taken back to return to the aware instant ``at``."""
    return takewhile(lambda entry: entry.at > at, entries)


def state_before(undone: Iterable[Entry], now: RecordState) -> RecordState:
    """What the record was before ``undone`` (its latest entries, newest first, none left out)."""
    presence, values = now.presence, dict(now.values)
    for entry in filter(in_effect, undone):
        match entry.kind:
            case EntryKind.UPDATE:
                values[entry.column] = entry.before
            case EntryKind.INSERT:
                presence, values = Presence.ABSENT, dict.fromkeys(values)
            case EntryKind.REMOVE:
                presence, values = Presence.PRESENT, dict.fromkeys(values) | dict(entry.values)
            case EntryKind.ARCHIVE:
                presence = Presence.PRESENT
            case EntryKind.RESTORE:
                presence = Presence.ARCHIVED
    return RecordState(presence, values)


def changes_back(sheet: str, record_id: str, now: RecordState, then: RecordState) -> tuple[Change, ...]:
    """The changes that lead from ``now`` to ``then``; each names what is there now.

    A record that was not there then is archived, never removed.
    """
    if then.presence is Presence.ABSENT:
        return (DeleteRow(sheet, record_id),) if now.presence is Presence.PRESENT else ()
    if now.presence is Presence.ABSENT:
        filled = {column: value for column, value in then.values.items() if value is not None}
        changes: list[Change] = [InsertRow(sheet, record_id, filled)]
    else:
        changes = list(_updates(sheet, record_id, now, then))
        if now.presence is Presence.ARCHIVED and (changes or then.presence is Presence.PRESENT):
            changes.insert(0, RestoreRow(sheet, record_id))
    if then.presence is Presence.ARCHIVED and (changes or now.presence is Presence.PRESENT):
        changes.append(DeleteRow(sheet, record_id))
    return tuple(changes)


def _updates(sheet: str, record_id: str, now: RecordState, then: RecordState) -> Iterator[Change]:
    for column, value in then.values.items():
        seen = now.values.get(column)
        if not _same(seen, value):
            yield UpdateCell(sheet, record_id, column, seen, value)


def _same(left: Value, right: Value) -> bool:
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def put_back(entry: Entry) -> Change:
    """The change that takes one entry back; it names what the entry left in the cell."""
    sheet, record = entry.sheet, entry.record_id
    match entry.kind:
        case EntryKind.UPDATE:
            return UpdateCell(sheet, record, entry.column, entry.after, entry.before)
        case EntryKind.INSERT | EntryKind.RESTORE:
            return DeleteRow(sheet, record)
        case EntryKind.ARCHIVE:
            return RestoreRow(sheet, record)
        case EntryKind.REMOVE:
            return InsertRow(sheet, record, entry.values)
