"""What every store promises, tried on each of them with the same words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib.store.contract import (
    Batch,
    CellError,
    Change,
    ConflictReason,
    DeleteRow,
    Health,
    InsertRow,
    RestoreRow,
    Snapshot,
    Store,
    StoreError,
    UpdateCell,
    Value,
    invert,
)
from lib.store.google.store import GoogleStore
from tests.store.worlds import WORLDS, Rows

MakeStore = Callable[[dict[str, Rows]], Store]
AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
day = datetime.fromisoformat
CLIENTS: Rows = [
    ["名称", "级别", "金额", "建立", "_id", "_deleted"],
    ["恒信科技", "重点", 520_000, day("2026-01-05"), "a1", None],
    ["明远贸易", "普通", 1.5, day("2026-02-28 14:30"), "b2", None],
    ["旧客户", "普通", None, None, "c3", "2026-01-01 10:00:00"],
]
VISITS: Rows = [["客户", "事由", "_id", "_deleted"], ["恒信科技", None, "v1", None]]


@pytest.fixture(params=WORLDS)
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeStore]:
    made: list[Store] = []

    def make(sheets: dict[str, Rows]) -> Store:
        made.append(WORLDS[request.param](sheets, tmp_path).store)
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(make_store: MakeStore) -> Store:
    return make_store({"客户": CLIENTS, "拜访": VISITS})


def batch(*changes: Change, operation: str = "op") -> Batch:
    return Batch(operation, "li", AT, changes)


def record(snapshot: Snapshot, title: str, record_id: str) -> dict[str, Value]:
    sheet = snapshot.sheets[title]
    at = sheet.ids.tolist().index(record_id)
    return {name: column[at] for name, column in zip(sheet.header, sheet.columns, strict=True)}


def test_reading_gives_typed_columns_without_bookkeeping(store: Store) -> None:
    sheet = store.read().sheets["客户"]
    assert sheet.header == ("名称", "级别", "金额", "建立")
    assert sheet.letters == ("A", "B", "C", "D")
    assert sheet.ids.tolist() == ["a1", "b2"]
    assert sheet.column("金额").tolist() == [520_000, 1.5]
    assert type(sheet.column("金额")[0]) is int
    assert sheet.column("建立").tolist() == [day("2026-01-05"), day("2026-02-28 14:30")]
    assert sheet.row_numbers.tolist() == [2, 3]
    assert sheet.deleted_ids == ("c3",)
    assert len(sheet) == 2
    with pytest.raises(KeyError):
        sheet.column("没有")


def test_update_writes_the_cell_and_moves_the_version(store: Store) -> None:
    before = store.read()
    assert not store.changed_since(before.version)
    receipt = store.commit(batch(UpdateCell("客户", "a1", "级别", "重点", "普通")))
    assert store.changed_since(before.version)
    assert receipt.version == store.read().version
    assert not store.changed_since(receipt.version)
    assert record(store.read(), "客户", "a1") == {
        "名称": "恒信科技",
        "级别": "普通",
        "金额": 520_000,
        "建立": day("2026-01-05"),
    }
    assert record(before, "客户", "a1")["级别"] == "重点"  # a snapshot never changes


def test_a_cell_changed_meanwhile_is_a_conflict_and_keeps_its_value(store: Store) -> None:
    store.commit(batch(UpdateCell("客户", "a1", "级别", "重点", "潜在"), operation="other"))
    mine = UpdateCell("客户", "a1", "级别", "重点", "普通")
    elsewhere = UpdateCell("客户", "a1", "金额", 520_000.0, 7)
    receipt = store.commit(batch(mine, elsewhere))
    assert receipt.applied == (elsewhere,)
    assert [(c.change, c.reason, c.current) for c in receipt.conflicts] == [
        (mine, ConflictReason.CHANGED, "潜在")
    ]
    assert record(store.read(), "客户", "a1")["级别"] == "潜在"
    assert record(store.read(), "客户", "a1")["金额"] == 7


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (UpdateCell("没有", "a1", "级别", None, "x"), ConflictReason.SHEET_GONE),
        (UpdateCell("客户", "zz", "级别", None, "x"), ConflictReason.ROW_GONE),
        (UpdateCell("客户", "c3", "级别", "普通", "x"), ConflictReason.ROW_GONE),
        (UpdateCell("客户", "a1", "没有", None, "x"), ConflictReason.COLUMN_GONE),
        (UpdateCell("客户", "a1", "_id", "a1", "x"), ConflictReason.COLUMN_GONE),
        (InsertRow("客户", "a1", {"名称": "x"}), ConflictReason.ID_TAKEN),
        (InsertRow("客户", "c3", {"名称": "x"}), ConflictReason.ID_TAKEN),
        (InsertRow("客户", "n1", {"没有": "x"}), ConflictReason.COLUMN_GONE),
        (DeleteRow("客户", "zz"), ConflictReason.ROW_GONE),
        (RestoreRow("客户", "zz"), ConflictReason.ROW_GONE),
        (DeleteRow("没有", "a1"), ConflictReason.SHEET_GONE),
    ],
)
def test_what_cannot_be_applied_is_a_conflict(store: Store, change: Change, reason: ConflictReason) -> None:
    before = store.read()
    receipt = store.commit(batch(change))
    assert [conflict.reason for conflict in receipt.conflicts] == [reason]
    assert receipt.applied == ()
    assert not store.changed_since(before.version)


def test_insert_appends_after_the_last_row_with_content(store: Store) -> None:
    values: dict[str, Value] = {"名称": "新客户", "金额": 0, "建立": day("2026-03-04")}
    receipt = store.commit(batch(InsertRow("客户", "n1", values), InsertRow("客户", "n2", {"名称": "二"})))
    assert receipt.conflicts == ()
    sheet = store.read().sheets["客户"]
    assert sheet.ids.tolist() == ["a1", "b2", "n1", "n2"]
    assert sheet.row_numbers.tolist() == [2, 3, 5, 6]
    assert record(store.read(), "客户", "n1") == {"级别": None, **values}
    assert not sheet.unwritten.any()


def test_later_changes_of_a_batch_see_the_earlier_ones(store: Store) -> None:
    receipt = store.commit(
        batch(
            InsertRow("客户", "n1", {"名称": "新"}),
            UpdateCell("客户", "n1", "名称", "新", "更新"),
            UpdateCell("客户", "a1", "级别", "重点", "潜在"),
            UpdateCell("客户", "a1", "级别", "重点", "普通"),
            DeleteRow("客户", "n1"),
            UpdateCell("客户", "n1", "名称", "更新", "再"),
        )
    )
    assert [c.reason for c in receipt.conflicts] == [ConflictReason.CHANGED, ConflictReason.ROW_GONE]
    assert store.read().sheets["客户"].deleted_ids == ("c3", "n1")


def test_delete_archives_and_restore_brings_back(store: Store) -> None:
    store.commit(batch(DeleteRow("客户", "a1"), operation="1"))
    assert store.read().sheets["客户"].ids.tolist() == ["b2"]
    assert store.read().sheets["客户"].deleted_ids == ("a1", "c3")
    store.commit(batch(RestoreRow("客户", "a1"), RestoreRow("客户", "c3"), operation="2"))
    assert store.read().sheets["客户"].ids.tolist() == ["a1", "b2", "c3"]
    assert record(store.read(), "客户", "a1")["金额"] == 520_000


def test_what_was_applied_can_be_inverted(store: Store) -> None:
    before = store.read().sheets["客户"]
    receipt = store.commit(
        batch(
            UpdateCell("客户", "a1", "级别", "重点", None),
            UpdateCell("客户", "b2", "建立", day("2026-02-28 14:30"), "下周"),
            DeleteRow("客户", "b2"),
            InsertRow("客户", "n1", {"名称": "新"}),
        )
    )
    undone = store.commit(batch(*invert(receipt.applied), operation="undo"))
    assert undone.conflicts == ()
    after = store.read().sheets["客户"]
    assert after.ids.tolist() == before.ids.tolist()
    assert [c.tolist() for c in after.columns] == [c.tolist() for c in before.columns]


def test_an_operation_is_applied_once(store: Store) -> None:
    insert = batch(InsertRow("客户", "n1", {"名称": "新"}), operation="click")
    first = store.commit(insert)
    again = store.commit(insert)
    assert (first.repeated, again.repeated) == (False, True)
    assert (again.applied, again.conflicts, again.version) == (first.applied, first.conflicts, first.version)
    assert store.read().sheets["客户"].ids.tolist().count("n1") == 1


def test_a_change_that_is_there_already_counts_as_applied(store: Store) -> None:
    change = UpdateCell("客户", "a1", "级别", "潜在", "重点")
    before = store.read()
    assert store.commit(batch(change)).applied == (change,)
    assert not store.changed_since(before.version)


def test_rows_without_an_id_keep_the_one_they_were_shown_with(make_store: MakeStore) -> None:
    rows: Rows = [["名称", "_id"], ["甲", None], ["甲", None], ["乙", "b2"], ["乙", "b2"]]
    store = make_store({"客户": rows})
    sheet = store.read().sheets["客户"]
    assert len(set(sheet.ids.tolist())) == 4
    assert sheet.unwritten.tolist() == [True, True, False, True]
    assert sheet.duplicate_ids == ((5, "b2"),)
    assert make_store({"客户": rows}).read().sheets["客户"].ids.tolist() == sheet.ids.tolist()
    store.commit(batch(UpdateCell("客户", sheet.ids[1], "名称", "甲", "甲二")))
    after = store.read().sheets["客户"]
    assert after.ids.tolist() == sheet.ids.tolist()
    assert after.column("名称").tolist() == ["甲", "甲二", "乙", "乙"]
    assert not after.unwritten.any()
    assert after.duplicate_ids == ()


def test_a_row_that_holds_nothing_but_a_repeated_id_gets_its_own(make_store: MakeStore) -> None:
    sheet = make_store({"客户": [["_id"], ["a"], ["a"]]}).read().sheets["客户"]
    assert len(set(sheet.ids.tolist())) == 2
    assert sheet.header == ()


def test_an_empty_batch_writes_missing_ids_only(make_store: MakeStore) -> None:
    store = make_store({"客户": [["名称", "_id"], ["甲", None]], "便签": [["随手记"], ["x"]]})
    shown = store.read().sheets["客户"].ids.tolist()
    store.commit(Batch("ids", "app", AT, ()))
    after = store.read()
    assert after.sheets["客户"].ids.tolist() == shown
    assert not after.sheets["客户"].unwritten.any()
    assert not after.sheets["便签"].has_id_column
    unchanged = store.commit(Batch("ids", "app", AT, ()))
    assert unchanged.version == after.version


def test_a_sheet_without_id_column_gets_one_with_its_first_change(make_store: MakeStore) -> None:
    store = make_store({"客户": [["客户名单"], [], ["名称", "级别"], ["甲", "普通"], ["乙", None]]})
    assert store.read().sheets["客户"].header_row == 1  # a title row is taken for the header ...
    store = make_store({"名单": [["名称", "级别"], ["甲", "普通"], ["乙", None]]})
    sheet = store.read().sheets["名单"]
    assert not sheet.has_id_column
    store.commit(
        batch(UpdateCell("名单", sheet.ids[1], "级别", None, "重点"), DeleteRow("名单", sheet.ids[0]))
    )
    after = store.read().sheets["名单"]
    assert after.has_id_column
    assert after.header == ("名称", "级别")
    assert after.ids.tolist() == [sheet.ids[1]]
    assert after.deleted_ids == (sheet.ids[0],)
    assert record(store.read(), "名单", sheet.ids[1]) == {"名称": "乙", "级别": "重点"}


def test_the_header_is_the_row_with_the_id_header(make_store: MakeStore) -> None:
    store = make_store({"客户": [["客户名单"], [None], ["名称", "_id"], ["甲", "a"], [None], ["乙", "b"]]})
    sheet = store.read().sheets["客户"]
    assert (sheet.header, sheet.header_row) == (("名称",), 3)
    assert sheet.row_numbers.tolist() == [4, 6]


def test_bookkeeping_sheets_are_no_tables(make_store: MakeStore) -> None:
    assert list(make_store({"_meta": [["key"]], "客户": CLIENTS}).read().sheets) == ["客户"]


def test_empty_sheets_are_read_and_refuse_rows(make_store: MakeStore) -> None:
    store = make_store({"空": [], "表头": [["名称", "_id"]]})
    assert store.read().sheets["空"].header == ()
    assert len(store.read().sheets["表头"]) == 0
    receipt = store.commit(batch(InsertRow("空", "n", {}), InsertRow("表头", "n", {"名称": "x"})))
    assert [c.reason for c in receipt.conflicts] == [ConflictReason.COLUMN_GONE]
    assert record(store.read(), "表头", "n") == {"名称": "x"}


def test_error_cells_are_errors(make_store: MakeStore) -> None:
    store = make_store({"表": [["值", "_id"], [CellError("#REF!"), "a"], [CellError("#N/A"), "c"]]})
    assert store.read().sheets["表"].column("值").tolist() == [CellError("#REF!"), CellError("#N/A")]
    receipt = store.commit(batch(UpdateCell("表", "a", "值", CellError("#REF!"), 5)))
    assert receipt.conflicts == ()
    store.commit(batch(*invert(receipt.applied), operation="undo"))
    assert record(store.read(), "表", "a") == {"值": CellError("#REF!")}


def test_text_that_looks_like_an_error_is_text(make_store: MakeStore) -> None:
    store = make_store({"表": [["值", "_id"], ["#REF!", "b"]]})
    shown = store.read().sheets["表"].column("值")[0]
    # Google's values do not tell the two apart; a cell is not written wrongly for that.
    assert shown == (CellError("#REF!") if isinstance(store, GoogleStore) else "#REF!")
    assert store.commit(batch(UpdateCell("表", "b", "值", shown, "好"))).conflicts == ()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("长" * 32_768, "text_too_long"),
        (float("nan"), "not_finite"),
        (10**18, "number_too_long"),
        (AT, "time_zone"),
    ],
)
def test_what_no_cell_can_hold_is_refused_whole(store: Store, value: Value, code: str) -> None:
    before = store.read()
    fine = UpdateCell("客户", "b2", "级别", "普通", "重点")
    with pytest.raises(StoreError) as caught:
        store.commit(batch(fine, UpdateCell("客户", "a1", "级别", "重点", value)))
    assert caught.value.code == code
    assert not store.changed_since(before.version)


def test_true_is_not_one(store: Store) -> None:
    store.commit(batch(UpdateCell("客户", "a1", "金额", 520_000, 1), operation="1"))
    receipt = store.commit(batch(UpdateCell("客户", "a1", "金额", True, 2), operation="2"))
    assert [c.reason for c in receipt.conflicts] == [ConflictReason.CHANGED]


def test_a_healthy_store_says_so(store: Store) -> None:
    assert store.status().health is Health.HEALTHY
    assert store.location
