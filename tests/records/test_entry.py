"""Forms: the same checks as reading, and changes that touch only what was edited."""

# ruff: noqa: DTZ001 (a spreadsheet's dates have no time zone)

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.records.book import Book, read_book
from lib.records.entry import (
    check_entry,
    new_record_id,
    plain_record,
    to_changes_insert,
    to_changes_update,
)
from lib.records.fixes import seen_values
from lib.store.contract import Batch, InsertRow, UpdateCell
from lib.store.memory import MemoryStore
from tests.records.books import SCHEMA, TZ, problems


def make_store() -> MemoryStore:
    return MemoryStore(
        {
            "员工": [["姓名", "角色", "_id"], ["张三", "主管", "s1"], ["李四", "销售", "s2"]],
            "客户": [
                ["客户名称", "曾用名", "负责人", "处理依据", "合作开始", "我的列", "_id"],
                ["恒信科技", "恒兴", "张三 ", "合同", datetime(2025, 1, 31), "x", "c1"],
                ["华东贸易", None, None, None, "03/04/2026", None, "c2"],
                ["同名", None, None, None, None, None, "c3"],
                ["同名", None, None, None, None, None, "c4"],
            ],
            "交易": [["单号", "客户名称", "金额", "成交日期", "状态", "销售", "_id"]],
            "投诉": [["投诉编号", "客户名称", "投诉内容", "受理时间", "满意度", "属实", "_id"]],
        }
    )


def open_book(store: MemoryStore) -> Book:
    return read_book(store.read(), SCHEMA, TZ)


def check(worksheet: str, values: dict[str, Any], record: str | None = None):
    return check_entry(open_book(make_store()), SCHEMA, worksheet, values, TZ, record)


def test_ids_are_short_random_and_safe_to_type() -> None:
    ids = {new_record_id() for _ in range(500)}
    assert len(ids) == 500
    assert all(len(each) == 10 and each.isalnum() and each == each.lower() for each in ids)


def test_a_new_deal() -> None:
    values = {
        "number": " N-1 ", "client": "c1", "amount": 1200.5, "purchased_on": date(2026, 3, 5),
        "state": "won", "owner": "s2", "note": "",
    }  # fmt: skip
    store = make_store()
    book = open_book(store)
    clean, errors = check_entry(book, SCHEMA, "transactions", values, TZ)
    assert errors == {}
    assert clean == {**values, "number": "N-1", "note": None}
    change = to_changes_insert(book, SCHEMA, "transactions", "new0000001", clean, TZ)
    assert change == InsertRow(
        "交易",
        "new0000001",
        {
            "单号": "N-1",
            "客户名称": "恒信科技",
            "金额": 1200.5,
            "成交日期": datetime(2026, 3, 5),
            "状态": "成交",
            "销售": "李四",
        },
    )
    store.commit(Batch("op", "me", datetime(2026, 3, 5, tzinfo=UTC), (change,)))
    after = open_book(store)
    assert plain_record(after, SCHEMA, "transactions", "new0000001") == clean | {
        "opened_on": None,
        "product": None,
    }


def test_instants_are_written_as_local_time() -> None:
    values = {
        "number": "T1",
        "client": "c1",
        "summary": "坏了",
        "received_at": datetime(2026, 3, 5, 16, 30, tzinfo=UTC),
    }
    clean, errors = check("complaints", values)
    assert errors == {}
    assert clean["received_at"] == values["received_at"]
    change = to_changes_insert(open_book(make_store()), SCHEMA, "complaints", "x", clean, TZ)
    assert change.values["受理时间"] == datetime(2026, 3, 6, 0, 30)


@pytest.mark.parametrize(
    ("worksheet", "values", "errors"),
    [
        ("transactions", {}, {"client": "missing_required"}),
        ("transactions", {"client": "  "}, {"client": "missing_required"}),
        ("transactions", {"client": "nobody"}, {"client": "unknown_reference"}),
        ("transactions", {"client": "同名"}, {"client": "ambiguous_reference"}),
        ("transactions", {"client": "c1", "amount": -1}, {"amount": "out_of_range"}),
        ("transactions", {"client": "c1", "amount": "面议"}, {"amount": "not_a_number"}),
        ("transactions", {"client": "c1", "state": "maybe"}, {"state": "unknown_choice"}),
        ("promises", {"client": "c1", "promise": "x", "due_on": "03/04/2026"}, {"due_on": "ambiguous_date"}),
        ("transactions", {"client": "c1", "opened_on": date(1066, 1, 1)}, {"opened_on": "implausible_date"}),
        ("staff", {"name": "王五", "role": "rep", "phone": "x"}, {"phone": "bad_phone"}),
        ("staff", {"name": "王五", "role": "rep", "email": "y"}, {"email": "bad_email"}),
        ("staff", {"name": "x" * 1001, "role": "rep"}, {"name": "too_long"}),
        ("clients", {"name": "恒信 科技"}, {"name": "duplicate_name"}),
        ("clients", {"name": "恒兴"}, {"name": "duplicate_name"}),
        ("clients", {"name": "同名"}, {"name": "duplicate_name"}),
        ("calendar", {"from_on": date(2026, 1, 1), "kind": "day_off", "hours": "9"}, {"hours": "bad_hours"}),
    ],
)  # fmt: skip
def test_a_form_refuses_what_the_reader_would(
    worksheet: str, values: dict[str, Any], errors: dict[str, str]
) -> None:
    clean, found = check(worksheet, values)
    assert {key: finding.code for key, finding in found.items()} == errors
    assert all(clean.get(key) is None for key, code in errors.items() if code != "duplicate_name")


def test_another_notation_of_a_value_is_put_right_quietly() -> None:
    values = {
        "client": "恒信科技",
        "amount": "¥1,200",
        "purchased_on": "2026年3月5日",
        "state": "已成交",
        "number": 7,
    }
    clean, errors = check("transactions", values)
    assert errors == {}
    assert clean == {
        "client": "c1", "amount": 1200.0, "purchased_on": date(2026, 3, 5), "state": "won", "number": "7",
    }  # fmt: skip


def test_values_of_widgets_and_tables() -> None:
    values = {
        "number": "T", "client": "c1", "summary": "x", "received_at": pd.Timestamp("2026-03-05", tz=TZ),
        "satisfaction": np.float64(4), "confirmed": np.bool_(True), "resolved_at": pd.NaT,
        "resolution": float("nan"),
    }  # fmt: skip
    clean, errors = check("complaints", values)
    assert errors == {}
    assert (clean["satisfaction"], clean["confirmed"], clean["resolved_at"], clean["resolution"]) == (
        4,
        True,
        None,
        None,
    )


def test_an_edit_asks_only_for_its_own_columns() -> None:
    assert check("clients", {"city": "上海"}, "c1") == ({"city": "上海"}, {})
    assert check("clients", {"name": None}, "c1")[1]["name"].code == "missing_required"


def test_a_record_may_keep_its_name() -> None:
    assert check("clients", {"name": "恒信科技"}, "c1")[1] == {}
    assert check("clients", {"name": "同名"}, "c3")[1] == {}
    assert check("clients", {"name": "恒信科技"}, "c2")[1]["name"].code == "duplicate_name"


def edit(record: str, new: dict[str, Any]) -> tuple[UpdateCell, ...]:
    store = make_store()
    book = open_book(store)
    seen = seen_values(book, store.read(), "clients", record)
    shown = plain_record(book, SCHEMA, "clients", record)
    return to_changes_update(book, SCHEMA, "clients", record, seen, {**shown, **new}, TZ)


def test_an_untouched_form_changes_nothing() -> None:
    assert edit("c1", {}) == ()
    assert edit("c2", {}) == (), "what could not be read and was not entered anew stays as it is"


def test_only_edited_cells_are_written_with_what_was_seen() -> None:
    changes = edit("c1", {"owner": "s2", "lawful_basis": "consent", "cooperation_began_on": None})
    assert changes == (
        UpdateCell("客户", "c1", "负责人", "张三 ", "李四"),
        UpdateCell("客户", "c1", "合作开始", datetime(2025, 1, 31), None),
        UpdateCell("客户", "c1", "处理依据", "合同", "本人同意"),
    )


def test_an_unreadable_cell_is_replaced_by_what_was_entered() -> None:
    (change,) = edit("c2", {"cooperation_began_on": date(2026, 4, 3)})
    assert (change.seen, change.new) == ("03/04/2026", datetime(2026, 4, 3))


def test_a_record_without_its_own_name_is_referred_to_by_id() -> None:
    store = make_store()
    book = open_book(store)
    change = to_changes_insert(book, SCHEMA, "transactions", "t1", {"client": "c4"}, TZ)
    assert change.values == {"客户名称": "c4"}
    store.commit(Batch("op", "me", datetime(2026, 3, 5, tzinfo=UTC), (change,)))
    after = open_book(store)
    assert after.tables["transactions"].at["t1", "client"] == "c4"
    assert [each["code"] for each in problems(after) if each["worksheet"] == "transactions"] == []


def test_labels_are_written_in_the_language_of_the_spreadsheet() -> None:
    store = MemoryStore({"Clients": [["Client", "Lawful basis", "_id"]], "Staff": [["Name", "Role", "_id"]]})
    book = open_book(store)
    change = to_changes_insert(book, SCHEMA, "clients", "c", {"name": "Bo", "lawful_basis": "contract"}, TZ)
    assert change == InsertRow("Clients", "c", {"Client": "Bo", "Lawful basis": "Contract"})


def test_a_record_that_is_gone_is_said_to_be_gone() -> None:
    store = make_store()
    with pytest.raises(KeyError):
        seen_values(open_book(store), store.read(), "clients", "c9")
