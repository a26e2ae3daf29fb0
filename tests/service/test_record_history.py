"""A record's past: whatever happened to it, the way back leads to exactly what it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lib.service.record_history import (
    Presence,
    RecordState,
    changes_back,
    group_steps,
    put_back,
    since,
    state_before,
)
from lib.store.contract import (
    Change,
    DeleteRow,
    Entry,
    EntryKind,
    EntryState,
    InsertRow,
    Origin,
    RestoreRow,
    UpdateCell,
    Value,
)

COLUMNS = ("城市", "行业", "备注")
START = datetime(2026, 11, 20, 2, tzinfo=UTC)
VALUES = st.sampled_from([None, "苏州", "杭州", 1, 1.5, True, False, datetime(2026, 3, 5)])  # noqa: DTZ001
ROWS = st.dictionaries(st.sampled_from(COLUMNS), VALUES)
EMPTY: dict[str, Value] = dict.fromkeys(COLUMNS)
POSSIBLE = {
    Presence.PRESENT: (EntryKind.UPDATE, EntryKind.UPDATE, EntryKind.ARCHIVE, EntryKind.REMOVE),
    Presence.ARCHIVED: (EntryKind.RESTORE,),
    Presence.ABSENT: (EntryKind.INSERT,),
}


def entry(seq: int, kind: EntryKind, **what: object) -> Entry:
    at = START + timedelta(minutes=seq)
    return Entry(seq, at, "李娜", Origin.APP, kind, "客户", "c1", **what)  # type: ignore[arg-type]


def filled(values: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Entry], list[RecordState]]:
    """Entries in order, and what the record was before the first and after each of them."""
    presence = draw(st.sampled_from([Presence.PRESENT, Presence.ABSENT]))
    states = [RecordState(presence, EMPTY | (draw(ROWS) if presence is Presence.PRESENT else {}))]
    entries: list[Entry] = []
    for seq in range(1, draw(st.integers(1, 12)) + 1):
        made, after = draw(_events(seq, states[-1]))
        entries.append(made)
        states.append(after)
    return entries, states


@st.composite
def _events(draw: st.DrawFn, seq: int, now: RecordState) -> tuple[Entry, RecordState]:
    kind = draw(st.sampled_from(POSSIBLE[now.presence]))
    match kind:
        case EntryKind.UPDATE:
            column, value = draw(st.sampled_from(COLUMNS)), draw(VALUES)
            made = entry(seq, kind, column=column, before=now.values[column], after=value)
            if draw(st.integers(0, 4)) == 0:  # it had seen something else, and was never written
                never = {"before": draw(VALUES), "state": EntryState.CONFLICT}
                return replace(made, **never), now
            return made, RecordState(now.presence, {**now.values, column: value})
        case EntryKind.INSERT:
            row = draw(ROWS)
            return entry(seq, kind, values=filled(row)), RecordState(Presence.PRESENT, EMPTY | row)
        case EntryKind.REMOVE:
            return entry(seq, kind, values=filled(now.values)), RecordState(Presence.ABSENT, EMPTY)
        case EntryKind.ARCHIVE:
            return entry(seq, kind), RecordState(Presence.ARCHIVED, now.values)
        case EntryKind.RESTORE:
            return entry(seq, kind), RecordState(Presence.PRESENT, now.values)


def applied(changes: Sequence[Change], state: RecordState) -> RecordState:
    """What becomes of a record, strictly: nothing is written to a row that is not there."""
    presence, values = state.presence, dict(state.values)
    for change in changes:
        match change:
            case UpdateCell():
                assert presence is Presence.PRESENT
                assert _same(values[change.column], change.seen), "the cell held what the change says"
                values[change.column] = change.new
            case InsertRow():
                assert presence is Presence.ABSENT
                presence, values = Presence.PRESENT, EMPTY | dict(change.values)
            case DeleteRow():
                assert presence is Presence.PRESENT
                presence = Presence.ARCHIVED
            case RestoreRow():
                assert presence is Presence.ARCHIVED
                presence = Presence.PRESENT
    return RecordState(presence, values)


def _same(left: Value, right: Value) -> bool:
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def same(left: Mapping[str, Value], right: Mapping[str, Value]) -> bool:
    return all(_same(left.get(name), right.get(name)) for name in COLUMNS)


@given(lives(), st.data())
def test_the_way_back_leads_to_what_the_record_was(
    life: tuple[list[Entry], list[RecordState]], data: st.DataObject
) -> None:
    entries, states = life
    number = data.draw(st.integers(0, len(entries)))
    then = state_before(reversed(entries[number:]), states[-1])
    assert then.presence is states[number].presence
    back = applied(changes_back("客户", "c1", states[-1], then), states[-1])
    if states[number].presence is Presence.ABSENT:
        assert back.presence is not Presence.PRESENT, "archived or gone, never removed by us"
    else:
        assert back.presence is states[number].presence
        assert same(back.values, states[number].values)


@given(lives())
def test_putting_the_last_entry_back_leads_one_step_back(
    life: tuple[list[Entry], list[RecordState]],
) -> None:
    entries, states = life
    if entries[-1].state is EntryState.CONFLICT:
        return
    back = applied([put_back(entries[-1])], states[-1])
    if entries[-1].kind is EntryKind.INSERT:
        assert back.presence is Presence.ARCHIVED
    else:
        assert (back.presence, same(back.values, states[-2].values)) == (states[-2].presence, True)


def test_a_time_takes_back_what_is_newer_as_far_as_the_newest_older_entry() -> None:
    newest_first = [entry(seq, EntryKind.ARCHIVE) for seq in (4, 3, 2, 1)]
    undone = since(newest_first, START + timedelta(minutes=2))
    assert [each.seq for each in undone] == [4, 3]


def test_what_was_made_in_one_go_is_one_step() -> None:
    made = [entry(seq, EntryKind.UPDATE, operation_id=op) for seq, op in ((4, "b"), (3, "b"), (2, "a"))]
    seen = [
        Entry(seq, START, "", Origin.SPREADSHEET, EntryKind.UPDATE, "客户", "c1", column) for seq, column in
        ((1, "城市"), (0, "行业"))
    ]  # fmt: skip
    assert [[each.seq for each in step] for step in group_steps([*made, *seen])] == [[4, 3], [2], [1, 0]]


def test_true_is_not_one() -> None:
    now = RecordState(Presence.PRESENT, {"备注": True})
    then = RecordState(Presence.PRESENT, {"备注": 1})
    assert changes_back("客户", "c1", now, then) == (UpdateCell("客户", "c1", "备注", True, 1),)
    assert changes_back("客户", "c1", now, now) == ()
