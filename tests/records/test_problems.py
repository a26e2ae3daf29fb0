"""Each kind of problem: found in its cell, named, explained, and fixed where that is safe."""

# ruff: noqa: DTZ001 (a spreadsheet's dates have no time zone)

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from lib.locale import LANGUAGES
from lib.records.book import read_book
from lib.records.fixes import fix_changes
from lib.records.layout import template_layouts
from lib.records.problems import COLUMNS, explain_fix, explain_problem
from lib.store.contract import Batch, CellError, UpdateCell, Value
from lib.store.memory import MemoryStore
from tests.records.books import SCHEMA, TZ, codes, problems, read, sheet, snapshot

NOON = datetime(2026, 3, 5, 12)
STAFF = sheet("员工", {"姓名": ["张三"], "角色": ["主管"]})
CLIENTS = sheet("客户", {"客户名称": ["恒信科技", "Acme Corporation"]}, ["c1", "c2"])

# worksheet, header, what stands in the cell, code, what may safely be written instead
CELLS: list[tuple[str, str, Value, str, Value]] = [
    ("客户", "合作开始", "2026-3-5", "date_as_text", datetime(2026, 3, 5)),
    ("客户", "合作开始", "2026年3月5日", "date_as_text", datetime(2026, 3, 5)),
    ("客户", "合作开始", "２０２６／３／５", "date_as_text", datetime(2026, 3, 5)),
    ("客户", "合作开始", "20260305", "date_as_text", datetime(2026, 3, 5)),
    ("客户", "合作开始", "25/12/2026", "date_as_text", datetime(2026, 12, 25)),
    ("客户", "合作开始", "5 Mar 2026", "date_as_text", datetime(2026, 3, 5)),
    ("客户", "合作开始", "2026-03-05T23:30:00Z", "date_as_text", datetime(2026, 3, 6)),
    ("客户", "合作开始", "03/04/2026", "ambiguous_date", None),
    ("客户", "合作开始", "下周三", "not_a_date", None),
    ("客户", "合作开始", "2026-02-30", "not_a_date", None),
    ("客户", "合作开始", True, "not_a_date", None),
    ("客户", "合作开始", 46086, "date_as_number", datetime(2026, 3, 5)),
    ("客户", "合作开始", 20260305, "date_as_number", datetime(2026, 3, 5)),
    ("客户", "合作开始", 7, "not_a_date", None),
    ("客户", "合作开始", datetime(1066, 10, 14), "implausible_date", None),
    ("客户", "合作开始", "2206-03-05", "implausible_date", None),
    ("客户", "合作开始", CellError("#REF!"), "error_value", None),
    ("投诉", "评估时间", "2026-03-05 14:30", "date_as_text", datetime(2026, 3, 5, 14, 30)),
    ("投诉", "评估时间", "2026年3月5日 下午2:30", "date_as_text", datetime(2026, 3, 5, 14, 30)),
    ("投诉", "评估时间", "2026-03-05T14:30:00+00:00", "date_as_text", datetime(2026, 3, 5, 22, 30)),
    ("投诉", "评估时间", "2026-03-05 25:00", "not_a_date", None),
    ("交易", "金额", "1,200.50", "number_as_text", 1200.5),
    ("交易", "金额", "¥1,200", "number_as_text", 1200.0),
    ("交易", "金额", "１２００", "number_as_text", 1200.0),
    ("交易", "金额", "5万", "number_as_text", 50_000.0),
    ("交易", "金额", "-5", "number_as_text", None),
    ("交易", "金额", "12,50", "not_a_number", None),
    ("交易", "金额", "面议", "not_a_number", None),
    ("交易", "金额", False, "not_a_number", None),
    ("交易", "金额", float("nan"), "not_a_number", None),
    ("交易", "金额", 10**400, "not_a_number", None),
    ("交易", "金额", NOON, "not_a_number", None),
    ("交易", "金额", -1, "out_of_range", None),
    ("投诉", "满意度", 6, "out_of_range", None),
    ("投诉", "满意度", 4.5, "not_whole", None),
    ("投诉", "属实", "也许", "not_yes_no", None),
    ("投诉", "属实", 2, "not_yes_no", None),
    ("交易", "状态", "completd", "unknown_choice", "成交"),
    ("交易", "状态", "没成交", "unknown_choice", None),
    ("交易", "状态", 3, "unknown_choice", None),
    ("交易", "客户名称", "恒信科技有限公司", "unknown_reference", "恒信科技"),
    ("交易", "客户名称", "Acme Corporaton", "unknown_reference", "Acme Corporation"),
    ("交易", "客户名称", "恒达科技", "unknown_reference", None),
    ("交易", "客户名称", CellError("#N/A"), "error_value", None),
    ("员工", "电话", 13800138000, "phone_as_number", "13800138000"),
    ("员工", "电话", 138.5, "phone_as_number", None),
    ("员工", "电话", "１３８００１３８０００", "bad_phone", "13800138000"),
    ("员工", "电话", "问前台", "bad_phone", None),
    ("员工", "邮箱", "nobody", "bad_email", None),
    ("员工", "邮箱", "li si@example.cn", "bad_email", "lisi@example.cn"),
    ("员工", "姓名", "x" * 1_001, "too_long", None),
    ("日历", "时间", "9点到18点", "bad_hours", None),
    ("日历", "时间", "13:00-18:00,09:00-12:00", "bad_hours", None),
]
REQUIRED: dict[str, dict[str, Value]] = {
    "客户": {"客户名称": "新客户"},
    "员工": {"姓名": "李四", "角色": "销售代表"},
    "交易": {"客户名称": "恒信科技"},
    "投诉": {"投诉编号": "T1", "客户名称": "恒信科技", "投诉内容": "坏了", "受理时间": NOON},
    "日历": {"开始日期": datetime(2026, 1, 1), "类型": "休息"},
}


def one_row(title: str, header: str, value: Value):
    cells = {**REQUIRED[title], header: value}
    others = [each for each in (STAFF, CLIENTS) if each.title != title]
    return (*others, sheet(title, {name: [cell] for name, cell in cells.items()}))


@pytest.mark.parametrize(("title", "header", "value", "code", "fix"), CELLS)
def test_a_bad_cell_is_named(title: str, header: str, value: Value, code: str, fix: Value) -> None:
    sheets = one_row(title, header, value)
    book = read(*sheets)
    (found,) = problems(book)
    letter = "ABCDEFG"[list({**REQUIRED[title], header: value}).index(header)]
    assert (found["sheet"], found["cell"], found["header"]) == (title, f"{letter}2", header)
    assert (found["record"], found["row"], found["code"], found["severity"]) == ("r0", 2, code, "error")
    assert len(found["value"]) <= 80
    assert found["fix_value"] == fix
    assert bool(found["fix_code"]) == (fix is not None)
    table = book.tables[found["worksheet"]]
    assert pd.isna(table.at["r0", found["column"]]), "a cell with a problem counts as missing"
    assert table.at["r0", "_unreadable"] == 1
    assert table.at["r0", "_filled"] == len({**REQUIRED[title], header: value})


@pytest.mark.parametrize(("title", "header", "value", "fix"), [(*case[:3], case[4]) for case in CELLS])
def test_problems_and_fixes_are_told_in_both_languages(
    title: str, header: str, value: Value, fix: Value
) -> None:
    (found,) = problems(read(*one_row(title, header, value)))
    for lang in LANGUAGES:
        assert explain_problem(found, lang)
        assert bool(explain_fix(found, lang)) == (fix is not None)


@pytest.mark.parametrize(("title", "header", "value"), [case[:3] for case in CELLS if case[4] is not None])
def test_a_fix_removes_its_problem(title: str, header: str, value: Value) -> None:
    sheets = one_row(title, header, value)
    store = MemoryStore({each.title: [each.header, *zip(*each.columns, strict=True)] for each in sheets})
    before = store.read()
    book = read_book(before, SCHEMA, TZ)
    changes = fix_changes(book, before, [each["id"] for each in problems(book)])
    assert [(change.column, change.seen) for change in changes] == [(header, value)]
    receipt = store.commit(Batch("op", "me", datetime(2026, 1, 1, tzinfo=TZ), changes))
    assert not receipt.conflicts
    assert problems(read_book(store.read(), SCHEMA, TZ)) == []


@pytest.mark.parametrize(
    ("typed", "fix"), [("重点的客户", "重点客户"), ("非重点客户", None), ("未成为重点客户", None)]
)
def test_a_slip_is_mended_but_not_a_denial(typed: str, fix: str | None) -> None:
    book = read(CLIENTS, sheet("等级指定", {"等级": [typed]}))
    assert book.problems.loc[book.problems["code"] == "unknown_choice", "fix_value"].tolist() == [fix]


def test_only_the_chosen_problems_are_fixed() -> None:
    shot = snapshot(CLIENTS, sheet("交易", {"客户名称": ["恒信科技"] * 3, "金额": ["1,000", "2,000", "？"]}))
    book = read_book(shot, SCHEMA, TZ)
    second, third = problems(book)[1:]
    changes = fix_changes(book, shot, [second["id"], third["id"], "unknown"])
    assert changes == (UpdateCell("交易", "r1", "金额", "2,000", 2000.0),)


def test_required_cells_are_missed_only_in_rows_that_hold_something() -> None:
    book = read(
        sheet("员工", {"姓名": ["张三", None, None], "角色": ["主管", "经理", " "], "我的": [1, 1, "注"]})
    )
    assert codes(book) == [("员工", "A3", "missing_required")]
    assert list(book.tables["staff"].index) == ["r0", "r1"], "a row with people's own cells only is no record"


def test_a_copied_id_is_a_warning() -> None:
    store = MemoryStore({"员工": [["姓名", "角色", "_id"], ["张三", "主管", "a"], ["李四", "主管", "a"]]})
    book = read_book(store.read(), SCHEMA, TZ)
    (found,) = problems(book)
    assert (found["code"], found["row"], found["value"]) == ("duplicate_id", 3, "a")
    assert found["fix_value"] == found["record"] == book.tables["staff"].index[1]
    assert found["severity"] == "warning"
    assert fix_changes(book, store.read(), [found["id"]]) == ()


def test_a_repeated_name_makes_references_ambiguous() -> None:
    clients = sheet("客户", {"客户名称": ["恒信科技", "恒信科技", "恒信 科技"]})
    book = read(clients, sheet("交易", {"客户名称": ["恒信科技", "恒信 科技", "r1"]}))
    assert codes(book) == [
        ("客户", "A3", "duplicate_name"),
        ("客户", "A4", "duplicate_name"),
        ("交易", "A2", "ambiguous_reference"),
    ]
    assert book.tables["transactions"]["client"].tolist()[1:] == ["r2", "r1"]


def test_a_missing_sheet_is_a_warning_and_its_table_is_empty() -> None:
    book = read(STAFF)
    (clients,) = [each for each in problems(book, missing_sheets=True) if each["worksheet"] == "clients"]
    assert (clients["code"], clients["severity"], clients["sheet"]) == ("missing_sheet", "warning", "客户")
    full = read(STAFF, CLIENTS).tables["clients"].dtypes
    assert book.tables["clients"].dtypes.to_dict() == full.to_dict()
    assert len(book.tables["clients"]) == 0


def test_a_missing_required_column_is_an_error_and_an_optional_one_is_nothing() -> None:
    book = read(sheet("员工", {"角色": ["主管"]}))
    (found,) = problems(book)
    assert (found["code"], found["header"], found["severity"]) == ("missing_column", "姓名", "error")


def test_a_second_column_of_the_same_meaning_is_not_read() -> None:
    book = read(sheet("员工", {"销售": ["李四"], "姓名": ["张三"], "角色": ["主管"], "Name": ["王五"]}))
    assert codes(book) == [("员工", "A1", "duplicate_column"), ("员工", "D1", "duplicate_column")]
    assert book.tables["staff"]["name"].tolist() == ["张三"]
    assert book.where("staff", "r0", "name").cell == "B2"


def test_a_second_sheet_of_the_same_meaning_is_not_read() -> None:
    book = read(sheet("客户列表", {"客户名称": ["甲"]}), CLIENTS)
    assert codes(book) == [("客户列表", "", "duplicate_sheet")]
    assert len(book.tables["clients"]) == 2


def test_a_lost_header_is_told_once() -> None:
    book = read(sheet("客户", {"恒信科技": ["华东贸易"], "上海": ["北京"]}))
    (found,) = problems(book)
    assert found["code"] == "header_lost"
    assert len(book.tables["clients"]) == 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_template_has_no_problems(lang: str) -> None:
    layouts = template_layouts(SCHEMA, lang)
    book = read(*(sheet(each.title, {column.header: [] for column in each.columns}) for each in layouts))
    assert len(book.problems) == 0
    assert tuple(book.problems.columns) == COLUMNS
    assert book.language == lang


def test_problems_of_whole_sheets_are_told_in_both_languages() -> None:
    book = read(
        sheet("客户", {"客户名称": ["甲", "甲"], "公司": ["乙", "乙"]}),
        sheet("客户列表", {}),
        sheet("员工", {"恒信": ["甲"]}),
        sheet("投诉", {"客户名称": ["甲"]}),
    )
    wanted = {
        "duplicate_name",
        "duplicate_column",
        "duplicate_sheet",
        "header_lost",
        "missing_column",
        "missing_sheet",
    }
    assert wanted <= set(book.problems["code"])
    for each in problems(book, missing_sheets=True):
        for lang in LANGUAGES:
            assert explain_problem(each, lang)


def test_problems_keep_their_ids_when_rows_move() -> None:
    columns: dict[str, list[Value]] = {"客户名称": ["甲", "乙"], "合作开始": ["明天", "2026-1-1"]}
    reversed_columns: dict[str, list[Value]] = {name: cells[::-1] for name, cells in columns.items()}
    first = read(sheet("客户", columns, ["a", "b"])).problems
    second = read(sheet("客户", reversed_columns, ["b", "a"])).problems
    ids = [set(each.loc[each["code"] != "missing_sheet", "id"]) for each in (first, second)]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 2
    assert first["id"].is_unique


def test_problems_come_in_the_order_of_the_spreadsheet() -> None:
    book = read(
        sheet("交易", {"金额": ["x", "y"], "客户名称": ["无", "无"]}),
        sheet("客户", {"客户名称": ["甲"], "合作开始": ["x"]}),
    )
    places = [(each["worksheet"], each["row"], each["column"]) for each in problems(book)]
    assert places == [
        ("clients", 2, "cooperation_began_on"),
        ("transactions", 2, "client"),
        ("transactions", 2, "amount"),
        ("transactions", 3, "client"),
        ("transactions", 3, "amount"),
    ]


def test_a_megabyte_of_text_is_a_problem_of_one_cell() -> None:
    book = read(sheet("客户", {"客户名称": ["甲", "汉" * 1_000_000], "备注": ["字" * 1_000_000, "好"]}))
    assert codes(book) == [("客户", "B2", "too_long"), ("客户", "A3", "too_long")]
    assert book.problems["value"].str.len().max() <= 80
    assert np.array_equal(book.tables["clients"]["_unreadable"], [1, 1])
