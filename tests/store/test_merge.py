"""App and people change one workbook, old copies are saved over new ones: nothing is lost, nothing doubled.

The oracle: each value that anybody entered is unique. In the end it stands in its cell, or somebody has
replaced it knowingly, or it is one of the two sides of an open conflict.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.store.contract import Batch, Change, DeleteRow, InsertRow, Origin, RestoreRow, UpdateCell, Value
from lib.store.new_workbook import ColumnLayout, NewRow, SheetLayout, write_workbook
from lib.store.workbook import WorkbookStore
from tests.store.editor import Editor, rows_of

AT = datetime(2026, 3, 4, tzinfo=UTC)
LAYOUT = SheetLayout("客户", (ColumnLayout("名称"), ColumnLayout("备注")))
IDS = ("a", "b", "c", "d")


class Place:
    """A workbook of four rows, the app beside it, and people who may sit on old copies."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "客户.xlsx"
        rows = [NewRow(record, (f"{record}0", f"{record}9")) for record in IDS]
        write_workbook(self.path, [LAYOUT], {"客户": rows})
        self._state = folder / "state"
        self.store = self._open()
        self.store.read()
        self.people = [Editor(self.path) for _ in range(3)]
        self._count = 0

    def _open(self) -> WorkbookStore:
        store = WorkbookStore(self.path, self._state)
        store._flusher.close()  # this test says when there is a write
        return store

    def restart(self) -> None:
        self.store.close()
        self.store = self._open()

    def commit(self, *changes: Change) -> bool:
        self._count += 1
        receipt = self.store.commit(Batch(f"op{self._count}", "app", AT, changes))
        return len(receipt.applied) == len(changes)

    def update(self, record: str, column: str, value: Value) -> bool:
        sheet = self.store.read().sheets["客户"]
        if record not in sheet.ids.tolist():
            return False
        seen = sheet.column(column)[sheet.ids.tolist().index(record)]
        return self.commit(UpdateCell("客户", record, column, seen, value))

    def flush(self) -> None:
        assert self.store.settle(20)

    def cell(self, record: str, column: str) -> Value:
        found = [row for row in rows_of(self.path) if row["_id"] == record]
        assert len(found) == 1, f"{record} is there {len(found)} times"
        return found[0][column]

    def open_values(self) -> set[Value]:
        """What waits for a decision."""
        found: set[Value] = set()
        for conflict in self.store.conflicts():
            change = conflict.conflict.change
            if isinstance(change, UpdateCell):
                found |= {change.new}
            elif isinstance(change, InsertRow):
                found |= set(change.values.values())
        return found


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.store.close()


def test_an_old_copy_saved_over_our_write_loses_nothing(place: Place) -> None:
    person = place.people[0]
    assert place.update("a", "名称", "app")
    place.flush()
    person.type("b", "备注", "person")
    person.save()
    assert place.store.read().sheets["客户"].column("名称").tolist()[0] == "app"
    place.flush()
    assert (place.cell("a", "名称"), place.cell("b", "备注")) == ("app", "person")
    assert place.store.conflicts() == ()


def test_the_same_cell_on_both_sides_keeps_the_person_s_value(place: Place) -> None:
    person = place.people[0]
    assert place.update("a", "名称", "app")
    place.flush()
    person.type("a", "名称", "person")
    person.save()
    place.flush()
    assert place.cell("a", "名称") == "person"
    (found,) = place.store.conflicts()
    assert isinstance(found.conflict.change, UpdateCell)
    assert (found.conflict.change.new, found.conflict.current, found.actor) == ("app", "person", "app")


def test_a_person_s_edit_overwritten_by_another_s_old_copy_comes_back(place: Place) -> None:
    first, second = place.people[:2]
    first.type("a", "名称", "first")
    first.save()
    assert place.update("c", "名称", "app")
    place.flush()
    second.type("b", "名称", "second")
    second.save()
    place.flush()
    assert [place.cell(r, "名称") for r in "abc"] == ["first", "second", "app"]


def test_rows_inserted_by_either_side_survive_an_old_copy(place: Place) -> None:
    assert place.commit(InsertRow("客户", "n1", {"名称": "app"}))
    place.people[0].add({"名称": "typed"})
    place.people[0].save()
    place.flush()
    (typed,) = (row for row in rows_of(place.path) if row["名称"] == "typed")
    place.people[1].type("b", "名称", "second")
    place.people[1].save()
    place.flush()
    names = [row["名称"] for row in rows_of(place.path)]
    assert sorted(map(str, names)) == ["a0", "app", "c0", "d0", "second", "typed"]
    assert typed["_id"] in [row["_id"] for row in rows_of(place.path)]


def test_a_chain_of_changes_is_one_change(place: Place) -> None:
    for value in ("one", "two", "three"):
        assert place.update("a", "名称", value)
        place.flush()
    place.people[0].save()
    place.flush()
    assert place.cell("a", "名称") == "three"
    assert place.store.conflicts() == ()


def test_a_deleted_row_does_not_come_back_with_an_old_copy(place: Place) -> None:
    place.people[0].remove("a")
    place.people[0].save()
    assert place.update("b", "名称", "app")
    place.flush()
    place.people[1].save()
    place.flush()
    shown = place.store.read().sheets["客户"]
    assert shown.ids.tolist() == ["b", "c", "d"]
    assert shown.deleted_ids == ("a",)


def test_archived_and_restored_survive_an_old_copy(place: Place) -> None:
    assert place.commit(DeleteRow("客户", "a"), DeleteRow("客户", "b"))
    place.flush()
    assert place.commit(RestoreRow("客户", "b"))
    place.people[0].save()
    place.flush()
    shown = place.store.read().sheets["客户"]
    assert (shown.ids.tolist(), shown.deleted_ids) == (["b", "c", "d"], ("a",))


def test_a_change_to_a_row_that_a_person_deleted_is_kept_as_a_conflict(place: Place) -> None:
    assert place.update("a", "名称", "app")
    place.people[0].remove("a")
    place.people[0].save()
    place.flush()
    assert "app" in place.open_values()
    assert place.store.status().waiting == 0


def test_history_tells_of_direct_edits_once(place: Place) -> None:
    place.people[0].type("a", "名称", "x")
    place.people[0].save()
    for _ in range(3):
        place.restart()
        place.store.read()
    assert place.update("b", "名称", "app")
    place.flush()
    place.restart()
    told = [(e.record_id, e.before, e.after) for e in place.store.history() if e.origin is Origin.SPREADSHEET]
    assert told == [("a", "a0", "x")]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("update"), st.sampled_from(IDS), st.sampled_from(("名称", "备注"))),
        st.tuples(st.just("insert")),
        st.tuples(
            st.just("type"), st.integers(0, 2), st.sampled_from(IDS), st.sampled_from(("名称", "备注"))
        ),
        st.tuples(st.just("add"), st.integers(0, 2)),
        st.tuples(st.just("sort"), st.integers(0, 2)),
        st.tuples(st.just("open"), st.integers(0, 2)),
        st.tuples(st.just("save"), st.integers(0, 2)),
        st.tuples(st.just("look")),
        st.tuples(st.just("flush")),
        st.tuples(st.just("restart")),
    ),
    min_size=3,
    max_size=22,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(steps, st.integers(0, 2**16))
def test_whatever_happens_nothing_is_lost(script: list[tuple[object, ...]], seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        play(Path(folder), script, seed)


def play(folder: Path, script: list[tuple[object, ...]], seed: int) -> None:
    """Run a script of steps and judge what comes of it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    place, random = Place(folder), Random(seed)
    world = _World(place, random)
    try:
        for step in script:
            getattr(world, str(step[0]))(*step[1:])
        world.flush()
        world.judge()
    finally:
        place.store.close()


class _World:
    """Does the steps, and remembers who entered what where and who knew of which value.

    A person's value counts from the moment of saving. It replaces what that person's copy held there;
    any other value in the cell must not vanish. Only where one person's old copy goes over another
    person's save before the app has written anything in between, it is for history to tell.
    """

    def __init__(self, place: Place, random: Random) -> None:
        self._place, self._random = place, random
        self._count = 0
        self._entered: dict[tuple[str, str], list[str]] = {}
        self._replaced: set[str] = set()
        self._inserted: dict[str, str] = {}
        self._saved: set[str] = set()
        self._added: set[str] = set()  # typed rows that the app has given their ids
        self._unsaved: list[dict[tuple[str, str], str]] = [{}, {}, {}]
        self._unsaved_rows: list[set[str]] = [set(), set(), set()]

    def _fresh(self, who: str) -> str:
        self._count += 1
        return f"{who}{self._count}"

    def update(self, record: str, column: str) -> None:
        value = self._fresh("app")
        sheet = self._place.store.read().sheets["客户"]
        seen = sheet.column(column)[sheet.ids.tolist().index(record)]
        if self._place.update(record, column, value):
            self._replaced.add(str(seen))
            self._entered.setdefault((record, column), []).append(value)

    def insert(self) -> None:
        value = self._fresh("row")
        assert self._place.commit(InsertRow("客户", value, {"名称": value}))
        self._inserted[value] = value

    def type(self, who: int, record: str, column: str) -> None:
        value, person = self._fresh("person"), self._place.people[who]
        row = person.find(record)
        assert row is not None
        held = str(row[person.column(column)])
        person.type(record, column, value)
        self._unsaved[who].setdefault((record, column), held)

    def add(self, who: int) -> None:
        value = self._fresh("typed")
        self._place.people[who].add({"名称": value})
        self._unsaved_rows[who].add(value)

    def sort(self, who: int) -> None:
        self._place.people[who].sort(self._random)

    def open(self, who: int) -> None:
        self._place.people[who].open()
        self._unsaved[who], self._unsaved_rows[who] = {}, set()

    def save(self, who: int) -> None:
        person = self._place.people[who]
        self.look()
        person.save()
        for (record, column), held in self._unsaved[who].items():
            row = person.find(record)
            assert row is not None
            self._replaced.add(held)
            self._entered.setdefault((record, column), []).append(str(row[person.column(column)]))
        self._saved |= self._unsaved_rows[who]
        self.open(who)
        self.look()

    def look(self) -> None:
        """What the app does with each page: it reads, and gives typed rows their ids."""
        sheet = self._place.store.read().sheets["客户"]
        if sheet.unwritten.any():
            self._place.commit()

    def flush(self) -> None:
        self._place.flush()
        self._added |= {str(row["名称"]) for row in rows_of(self._place.path) if row["_id"]} & self._saved

    def restart(self) -> None:
        self._place.restart()

    def judge(self) -> None:
        rows = {str(row["_id"]): row for row in rows_of(self._place.path)}
        assert len(rows) == len(rows_of(self._place.path)), "an id is there twice"
        waiting = self._place.open_values()
        told = {e.before for e in self._place.store.history(limit=10_000) if e.origin is Origin.SPREADSHEET}
        for (record, column), values in self._entered.items():
            present = rows[record][column]
            for value in values:
                is_told = value in told and value.startswith("person")
                assert value == present or value in waiting or value in self._replaced or is_told, (
                    f"{value} of {record} {column} is lost; there is {present}, on the desk {waiting}"
                )
        names = [row["名称"] for row in rows.values()]
        for value in self._inserted:
            assert names.count(value) == 1, f"row {value} is there {names.count(value)} times"
        for value in self._added:
            assert names.count(value) == 1, f"typed row {value} is there {names.count(value)} times"
        for record in IDS:
            assert record in rows
        assert self._place.store.check_history() is None
