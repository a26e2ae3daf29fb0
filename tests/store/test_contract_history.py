"""What every store promises of waiting changes, history and conflicts, people at work beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib.store.contract import (
    Batch,
    Change,
    ConflictReason,
    Decision,
    DeleteRow,
    EntryKind,
    EntryState,
    Health,
    InsertRow,
    Origin,
    RestoreRow,
    Snapshot,
    UpdateCell,
    Value,
)
from lib.store.history import first_break
from tests.store.worlds import WORLDS, Rows, World

AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
CLIENTS: Rows = [
    ["名称", "级别", "金额", "_id", "_deleted"],
    ["恒信科技", "重点", 520_000, "a1", None],
    ["明远贸易", "普通", 1.5, "b2", None],
    ["旧客户", "普通", None, "c3", "2026-01-01 10:00:00"],
]
MakeWorld = Callable[[dict[str, Rows]], World]


@pytest.fixture(params=WORLDS)
def make_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeWorld]:
    made: list[World] = []

    def make(sheets: dict[str, Rows]) -> World:
        made.append(WORLDS[request.param](sheets, tmp_path))
        return made[-1]

    yield make
    for world in made:
        world.store.close()


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    world = make_world({"客户": CLIENTS})
    world.store.read()
    return world


def batch(*changes: Change, operation: str = "op", actor: str = "li") -> Batch:
    return Batch(operation, actor, AT, changes)


def value(snapshot: Snapshot, record_id: str, column: str) -> Value:
    sheet = snapshot.sheets["客户"]
    found: Value = sheet.column(column)[sheet.ids.tolist().index(record_id)]
    return found


def test_history_tells_who_did_what_when_newest_first(world: World) -> None:
    world.store.commit(batch(UpdateCell("客户", "a1", "级别", "重点", "普通")))
    world.store.commit(
        batch(InsertRow("客户", "n1", {"名称": "新", "级别": None}), operation="2", actor="王")
    )
    world.store.commit(batch(DeleteRow("客户", "b2"), RestoreRow("客户", "c3"), operation="3"))
    world.settle()
    entries = world.store.history()
    assert [(e.seq, e.kind, e.record_id, e.actor) for e in entries] == [
        (4, EntryKind.RESTORE, "c3", "li"),
        (3, EntryKind.ARCHIVE, "b2", "li"),
        (2, EntryKind.INSERT, "n1", "王"),
        (1, EntryKind.UPDATE, "a1", "li"),
    ]
    assert entries[1].values == {"名称": "明远贸易", "级别": "普通", "金额": 1.5}
    first = entries[-1]
    assert (first.column, first.before, first.after, first.at) == ("级别", "重点", "普通", AT)
    assert first.origin is Origin.APP
    assert {e.state for e in entries} == {EntryState.WRITTEN}
    assert entries[2].values == {"名称": "新"}


def test_history_of_one_record_page_by_page(world: World) -> None:
    for number in range(5):
        change = UpdateCell("客户", "a1", "金额", 520_000 if not number else number - 1, number)
        world.store.commit(batch(change, operation=str(number)))
    world.store.commit(batch(UpdateCell("客户", "b2", "金额", 1.5, 2), operation="other"))
    newest = world.store.history("客户", "a1", limit=2)
    older = world.store.history("客户", "a1", before_seq=newest[-1].seq)
    assert [e.after for e in (*newest, *older)] == [4, 3, 2, 1, 0]
    assert world.store.history("没有") == ()


def test_what_was_there_already_is_no_history(world: World) -> None:
    world.store.commit(batch(UpdateCell("客户", "a1", "级别", "潜在", "重点")))
    assert world.store.history() == ()


def test_direct_edits_are_history_too(world: World) -> None:
    world.edit("客户", 2, 2, "潜在")
    world.edit("客户", 3, 3, None)
    assert value(world.store.read(), "a1", "级别") == "潜在"
    entries = world.store.history()
    found = {(e.record_id, e.column, e.before, e.after, e.origin, e.state) for e in entries}
    assert found == {
        ("a1", "级别", "重点", "潜在", Origin.SPREADSHEET, EntryState.WRITTEN),
        ("b2", "金额", 1.5, None, Origin.SPREADSHEET, EntryState.WRITTEN),
    }
    world.store.read()
    assert len(world.store.history()) == 2


def test_a_row_removed_by_a_person_can_be_put_back_from_history(world: World) -> None:
    world.remove_row("客户", 3)
    world.store.read()
    (entry,) = world.store.history()
    assert (entry.kind, entry.record_id) == (EntryKind.REMOVE, "b2")
    world.store.commit(batch(InsertRow("客户", "b2", entry.values)))
    assert value(world.store.read(), "b2", "金额") == 1.5


def test_a_row_typed_by_a_person_is_history_once_it_has_its_id(world: World) -> None:
    world.edit("客户", 5, 1, "手打客户")
    shown = world.store.read().sheets["客户"]
    world.store.commit(batch(operation="adopt"))
    world.settle()
    (entry,) = world.store.history()
    assert (entry.kind, entry.origin) == (EntryKind.INSERT, Origin.SPREADSHEET)
    assert entry.values == {"名称": "手打客户"}
    assert entry.record_id in set(shown.ids)


def test_history_is_chained(world: World) -> None:
    world.store.commit(batch(UpdateCell("客户", "a1", "级别", "重点", "普通")))
    world.edit("客户", 3, 2, "潜在")
    world.store.read()
    entries = world.store.history()[::-1]
    assert world.store.check_history() is None
    assert first_break(entries) is None
    assert first_break(entries[1:]) == 1
    assert len({e.digest for e in entries}) == len(entries)


def test_what_cannot_be_written_waits_and_is_shown(world: World) -> None:
    world.hold()
    before = world.store.read().version
    receipt = world.store.commit(batch(UpdateCell("客户", "a1", "级别", "重点", "普通")))
    world.store.commit(batch(InsertRow("客户", "n1", {"名称": "新"}), operation="2"))
    assert receipt.applied
    assert world.store.changed_since(before)
    assert value(world.store.read(), "a1", "级别") == "普通"
    assert value(world.store.read(), "n1", "名称") == "新"
    assert not world.store.settle(0.2)
    status = world.store.status()
    assert (status.health, status.waiting) == (Health.WAITING, 2)
    assert status.records == {("客户", "a1"), ("客户", "n1")}
    assert status.cause is not None
    assert {e.state for e in world.store.history()} == {EntryState.WAITING}
    world.release()
    world.settle()
    assert world.store.status().health is Health.HEALTHY
    assert world.store.status().records == frozenset()
    assert {e.state for e in world.store.history()} == {EntryState.WRITTEN}
    assert value(world.store.read(), "a1", "级别") == "普通"
    assert world.store.read().sheets["客户"].ids.tolist() == ["a1", "b2", "n1"]


def test_a_waiting_change_merges_with_other_cells_and_yields_at_the_same(world: World) -> None:
    world.hold()
    mine = UpdateCell("客户", "a1", "级别", "重点", "普通")
    world.store.commit(batch(mine, UpdateCell("客户", "b2", "名称", "明远贸易", "明远")))
    world.edit("客户", 2, 2, "潜在")
    world.edit("客户", 3, 3, 7)
    world.release()
    world.settle()
    snapshot = world.store.read()
    assert (value(snapshot, "a1", "级别"), value(snapshot, "b2", "名称")) == ("潜在", "明远")
    assert value(snapshot, "b2", "金额") == 7
    (conflict,) = world.store.conflicts()
    assert (conflict.conflict.change, conflict.conflict.reason) == (mine, ConflictReason.CHANGED)
    assert (conflict.conflict.current, conflict.actor, conflict.at) == ("潜在", "li", AT)
    assert world.store.status().conflicts == 1
    assert world.store.status().health is Health.HEALTHY


def test_a_change_to_a_row_removed_meanwhile_is_kept_as_a_conflict(world: World) -> None:
    world.hold()
    world.store.commit(batch(UpdateCell("客户", "b2", "级别", "普通", "重点")))
    world.remove_row("客户", 3)
    world.release()
    world.settle()
    (conflict,) = world.store.conflicts()
    assert conflict.conflict.reason is ConflictReason.ROW_GONE
    removed = next(e for e in world.store.history("客户", "b2") if e.kind is EntryKind.REMOVE)
    assert removed.values["名称"] == "明远贸易"


def test_a_conflict_at_once_is_kept_until_it_is_decided(world: World) -> None:
    other = batch(UpdateCell("客户", "a1", "级别", "重点", "潜在"), operation="1", actor="王")
    world.store.commit(other)
    mine = UpdateCell("客户", "a1", "级别", "重点", "普通")
    assert world.store.commit(batch(mine, operation="2")).conflicts
    (conflict,) = world.store.conflicts()
    assert (conflict.their_actor, conflict.their_at) == ("王", AT)
    done = conflict.conflict_id, Decision.KEEP_THEIRS, "li", AT
    assert world.store.close_conflict(*done) is True
    assert world.store.close_conflict(*done) is False
    assert world.store.conflicts() == ()
    assert world.store.status().conflicts == 0


def test_the_receipt_of_an_operation_is_remembered_with_its_conflicts(world: World) -> None:
    both = batch(UpdateCell("客户", "a1", "级别", "x", "y"), UpdateCell("客户", "b2", "金额", 1.5, 2))
    first = world.store.commit(both)
    world.settle()
    again = world.store.commit(both)
    assert again.repeated
    assert (again.applied, again.conflicts) == (first.applied, first.conflicts)
    assert len(world.store.conflicts()) == 1
