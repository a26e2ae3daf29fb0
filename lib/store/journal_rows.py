"""Entries and conflicts as rows of the journal's tables, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from lib.store.contract import (
    Conflict,
    ConflictReason,
    Entry,
    EntryKind,
    EntryState,
    OpenConflict,
    Origin,
)
from lib.store.value_codec import dump_value, dump_values, load_change, load_value, load_values


def moment_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def row_of(entry: Entry) -> tuple[object, ...]:
    return (
        entry.seq,
        moment_text(entry.at),
        entry.actor,
        entry.origin,
        entry.kind,
        entry.sheet,
        entry.record_id,
        entry.column,
        dump_value(entry.before),
        dump_value(entry.after),
        dump_values(entry.values),
        entry.operation_id,
        entry.digest,
        entry.state,
    )


def entry_from(row: Sequence[str]) -> Entry:
    seq, at, actor, origin, kind, sheet, record, column, before, after, values, operation, digest, state = row
    return Entry(
        int(seq),
        datetime.fromisoformat(at),
        actor,
        Origin(origin),
        EntryKind(kind),
        sheet,
        record,
        column,
        load_value(before),
        load_value(after),
        load_values(values),
        operation,
        EntryState(state),
        digest,
    )


def conflict_from(row: Sequence[str]) -> OpenConflict:
    number, change, reason, current, actor, at, found_at, their_actor, their_at = row
    return OpenConflict(
        str(number),
        Conflict(load_change(change), ConflictReason(reason), load_value(current)),
        actor,
        datetime.fromisoformat(at),
        datetime.fromisoformat(found_at),
        their_actor,
        datetime.fromisoformat(their_at) if their_at else None,
    )
