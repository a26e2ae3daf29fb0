"""What mixes records up is found and put right; what people do on purpose is left alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.store.accidents import find_accidents, repair
from lib.store.contract import AccidentKind, Batch, Origin, UpdateCell, Value
from lib.store.new_workbook import ColumnLayout, NewRow, SheetLayout, write_workbook
from lib.store.overlay import with_edits
from lib.store.reading import ReadSheet, grid_from_rows, read_grid
from lib.store.workbook import WorkbookStore
from tests.store.editor import Editor, Row, rows_of

AT = datetime(2026, 3, 4, tzinfo=UTC)
HEADER: Row = ["名称", "级别", "金额", "_id"]


def table(count: int = 20) -> list[Row]:
    levels = ("重点", "普通", "潜在")
    return [HEADER, *([f"客户{n:03}", levels[n * 7 % 3], n * 37 % 101, f"r{n}"] for n in range(count))]


def read(rows: list[Row]) -> ReadSheet:
    return read_grid(grid_from_rows("客户", rows))


def kinds(before: list[Row], after: list[Row]) -> list[AccidentKind]:
    return [found.kind for found in find_accidents(read(before).sheet, read(after).sheet)]


def sorted_column(rows: list[Row], column: int) -> list[Row]:
    """One column sorted, the others as they are."""
    values = sorted((row[column] for row in rows[1:]), key=str)
    return [
        rows[0],
        *([*row[:column], value, *row[column + 1 :]] for row, value in zip(rows[1:], values, strict=True)),
    ]


def sorted_but_ids(rows: list[Row]) -> list[Row]:
    by_amount = sorted(rows[1:], key=lambda row: int(str(row[2])))
    return [rows[0], *([*moved[:3], row[3]] for moved, row in zip(by_amount, rows[1:], strict=True))]


def without(rows: list[Row], gone: int) -> list[Row]:
    return [rows[0], *rows[1 + gone :]]


def with_one_id(rows: list[Row], count: int) -> list[Row]:
    return [row if i == 0 or i > count else [*row[:3], "r0"] for i, row in enumerate(rows)]


ACCIDENTS = {
    "amount sorted alone": (lambda rows: sorted_column(rows, 2), AccidentKind.COLUMN_SORTED),
    "level sorted alone": (lambda rows: sorted_column(rows, 1), AccidentKind.COLUMN_SORTED),
    "ids sorted alone": (lambda rows: sorted_column(rows, 3), AccidentKind.COLUMN_SORTED),
    "ids left out of a sort": (lambda rows: sorted_but_ids(rows), AccidentKind.COLUMN_SORTED),
    "rows gone": (lambda rows: without(rows, 8), AccidentKind.ROWS_GONE),
    "one id filled down": (lambda rows: with_one_id(rows, 15), AccidentKind.IDS_DUPLICATED),
    "ids cleared": (
        lambda rows: [rows[0], *([*row[:3], None] for row in rows[1:])], AccidentKind.IDS_DUPLICATED,
    ),
    "header deleted": (lambda rows: rows[1:], AccidentKind.HEADER_LOST),
    "header cleared": (lambda rows: [[None] * 4, *rows[1:]], AccidentKind.HEADER_LOST),
    "id column deleted": (lambda rows: [row[:3] for row in rows], AccidentKind.HEADER_LOST),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCIDENTS)
def test_an_accident_is_found_and_put_back(name: str) -> None:
    spoil, kind = ACCIDENTS[name]
    before, after = read(table()), read(spoil(table()))
    found = find_accidents(before.sheet, after.sheet)
    assert kind in [item.kind for item in found]
    grid = after.grid
    for item in found:
        grid = with_edits(grid, repair(item, before, read_grid(grid)))
    mended = read_grid(grid)
    assert content(mended) == content(before)


def content(read: ReadSheet) -> dict[str, tuple[Value, ...]]:
    sheet = read.sheet
    return {
        record: tuple(sheet.column(str(name))[i] for name in HEADER[:3])
        for i, record in enumerate(sheet.ids.tolist())
    }


INTENDED = {
    "nothing": lambda rows: rows,
    "sorted whole": lambda rows: [rows[0], *sorted(rows[1:], key=lambda row: str(row[2]))],
    "shuffled whole": lambda rows: [rows[0], *Random(1).sample(rows[1:], len(rows) - 1)],
    "four rows deleted": lambda rows: without(rows, 4),
    "one row copied": lambda rows: [*rows, rows[5]],
    "four rows copied": lambda rows: [*rows, *rows[5:9]],
    "a column filled": lambda rows: [rows[0], *([row[0], "重点", *row[2:]] for row in rows[1:])],
    "two amounts exchanged": lambda rows: [
        rows[0], [*rows[1][:2], rows[2][2], rows[1][3]], [*rows[2][:2], rows[1][2], rows[2][3]], *rows[3:],
    ],
    "two levels exchanged": lambda rows: [
        rows[0],
        *([row[0], {"重点": "普通", "普通": "重点"}.get(str(row[1]), row[1]), *row[2:]] for row in rows[1:]),
    ],
    "a column renamed": lambda rows: [["名称", "等级", "金额", "_id"], *rows[1:]],
    "a column removed": lambda rows: [[row[0], *row[2:]] for row in rows],
    "a column added": lambda rows: [[*row, f"x{i}"] for i, row in enumerate(rows)],
    "rows added": lambda rows: [*rows, *(["新", None, n, None] for n in range(30))],
}  # fmt: skip


@pytest.mark.parametrize("name", INTENDED)
def test_what_people_do_on_purpose_is_no_accident(name: str) -> None:
    assert kinds(table(), INTENDED[name](table())) == []


def test_a_few_rows_are_deleted_from_a_small_sheet_on_purpose() -> None:
    assert kinds(table(6), without(table(6), 4)) == []


@given(st.integers(0, 2**16), st.integers(1, 30))
def test_single_edits_and_whole_sorts_are_never_accidents(seed: int, edits: int) -> None:
    random, rows = Random(seed), table(40)
    after = [list(row) for row in rows]
    for number in range(edits):
        random.choice(after[1:])[random.randrange(3)] = f"edit {number}"
    body = after[1:]
    random.shuffle(body)
    assert kinds(rows, [after[0], *body]) == []


# --- in a workbook -------------------------------------------------------------------------------------


LAYOUT = SheetLayout("客户", tuple(ColumnLayout(str(name)) for name in HEADER[:3]))
OTHER = SheetLayout("其他", (ColumnLayout("名称"),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "客户.xlsx"
    rows = [NewRow(str(row[3]), row[:3]) for row in table()[1:]]
    write_workbook(file, [LAYOUT, OTHER], {"客户": rows, "其他": [NewRow("o", ("x",))]})
    return file


@pytest.fixture
def store(path: Path) -> Iterator[WorkbookStore]:
    store = WorkbookStore(path)
    store.read()
    assert commit(store, UpdateCell("客户", "r1", "名称", "客户001", "甲"), "first")
    assert store.settle(20)
    yield store
    store.close()


def commit(store: WorkbookStore, change: UpdateCell, operation: str) -> bool:
    return store.commit(Batch(operation, "li", AT, (change,))).applied == (change,)


def sort_amounts(path: Path) -> None:
    person = Editor(path)
    at = person.column("金额")
    values = sorted((row[at] for row in person.rows[1:]), key=str)
    for row, value in zip(person.rows[1:], values, strict=True):
        row[at] = value
    person.type("r2", "级别", "也改")
    person.save()


def amounts(rows: list[dict[str, Value]]) -> dict[Value, Value]:
    return {row["_id"]: row["金额"] for row in rows}


def test_a_worksheet_in_disorder_is_shown_as_it_was_and_not_written(path: Path, store: WorkbookStore) -> None:
    good = amounts(rows_of(path))
    sort_amounts(path)
    bad = path.read_bytes()
    sheet = store.read().sheets["客户"]
    assert dict(zip(sheet.ids.tolist(), sheet.column("金额").tolist(), strict=True)) == good
    (accident,) = store.accidents()
    assert (accident.kind, accident.sheet, accident.column) == (AccidentKind.COLUMN_SORTED, "客户", "金额")
    assert store.status().accidents == 1
    assert commit(store, UpdateCell("客户", "r3", "金额", good["r3"], 7), "waits")
    assert not store.settle(0.3)
    assert path.read_bytes() == bad
    assert commit(store, UpdateCell("其他", "o", "名称", "x", "y"), "other")
    store.flush()
    assert rows_of(path, "其他")[0]["名称"] == "y"
    assert store.status().waiting == 1


@pytest.mark.parametrize("restarted", [False, True])
def test_put_back_keeps_what_else_people_did(path: Path, store: WorkbookStore, restarted: bool) -> None:
    good = amounts(rows_of(path))
    sort_amounts(path)
    store.read()
    assert commit(store, UpdateCell("客户", "r3", "金额", good["r3"], 7), "waits")
    if restarted:
        store.close()
        store = WorkbookStore(path)
    (accident,) = store.accidents()
    before = store.read().version
    store.settle_accident(accident.accident_id, False, "wang", AT)
    assert store.changed_since(before)
    assert store.settle(20)
    assert store.accidents() == ()
    assert amounts(rows_of(path)) == {**good, "r3": 7}
    assert {row["_id"]: row["级别"] for row in rows_of(path)}["r2"] == "也改"
    told = [(e.record_id, e.column) for e in store.history() if e.origin is Origin.SPREADSHEET]
    assert told == [("r2", "级别")]
    store.close()


@pytest.mark.parametrize("restarted", [False, True])
def test_kept_as_it_stands_goes_into_history(path: Path, store: WorkbookStore, restarted: bool) -> None:
    good = amounts(rows_of(path))
    sort_amounts(path)
    bad = amounts(rows_of(path))
    store.read()
    fine = next(record for record in good if good[record] == bad[record])
    moved = next(str(record) for record in good if good[record] != bad[record])
    assert commit(store, UpdateCell("客户", moved, "金额", good[moved], 7), "waits")
    if restarted:
        store.close()
        store = WorkbookStore(path)
    (accident,) = store.accidents()
    store.settle_accident(accident.accident_id, True, "wang", AT)
    assert store.settle(20)
    assert amounts(rows_of(path)) == bad
    (conflict,) = store.conflicts()
    assert conflict.conflict.current == bad[moved]
    told = {
        e.record_id for e in store.history(limit=999) if e.column == "金额" and e.origin is Origin.SPREADSHEET
    }
    assert told == {record for record in good if good[record] != bad[record]}
    assert fine not in told
    with pytest.raises(KeyError):
        store.settle_accident(accident.accident_id, True, "wang", AT)
    store.close()


def test_what_a_person_undoes_is_no_accident_any_more(
    path: Path, store: WorkbookStore, tmp_path: Path
) -> None:
    good = Path(shutil.copy(path, tmp_path / "good"))
    sort_amounts(path)
    store.read()
    assert store.accidents()
    shutil.copy(good, path)
    store.read()
    assert store.accidents() == ()
    assert [e for e in store.history() if e.origin is Origin.SPREADSHEET] == []


def test_of_a_copied_row_the_one_like_before_keeps_the_id(path: Path, store: WorkbookStore) -> None:
    person = Editor(path)
    copied = list(person.rows[6])
    copied[0] = "抄来的"
    person.rows.insert(3, copied)
    person.save()
    assert commit(store, UpdateCell("客户", "r5", "名称", "客户005", "原来的"), "to the original")
    assert store.settle(20)
    rows = {row["名称"]: row["_id"] for row in rows_of(path)}
    assert rows["原来的"] == "r5"
    assert rows["抄来的"] not in (None, "r5")
    assert store.accidents() == ()
