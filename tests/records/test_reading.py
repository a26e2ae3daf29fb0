"""Reading whole spreadsheets: sheets and columns found by name, typed columns, references."""

# ruff: noqa: DTZ001 (a spreadsheet's dates have no time zone)

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.records.book import read_book
from lib.records.entry import plain_value
from lib.records.layout import rows_for, worksheet_layout
from lib.records.names import company_core, fold
from lib.records.schema import Column, Worksheet
from lib.store.contract import CellError, Value
from tests.records.books import SCHEMA, TZ, codes, read, sheet, snapshot

COMPLAINTS = SCHEMA.worksheets["complaints"]
NOON = datetime(2026, 3, 5, 12)


def test_types_of_columns() -> None:
    complaint: dict[str, list[Value]] = {
        "投诉编号": ["T1", 7], "投诉内容": ["坏了", "x"], "受理时间": [NOON, datetime(2026, 3, 6)],
        "渠道": ["电话", None], "满意度": [5, None], "属实": ["是", False],
    }  # fmt: skip
    deal: dict[str, list[Value]] = {"金额": [1200.5, 3], "成交日期": [NOON, None]}
    book = read(sheet("投诉", complaint), sheet("交易", deal))
    complaints, deals = book.tables["complaints"], book.tables["transactions"]
    assert complaints["number"].tolist() == ["T1", "7"]
    assert str(complaints["number"].dtype) == "str"
    assert complaints["received_at"].tolist() == [
        pd.Timestamp(NOON, tz=TZ),
        pd.Timestamp("2026-03-06", tz=TZ),
    ]
    assert str(complaints["received_at"].dtype) == "datetime64[us, Asia/Shanghai]"
    assert complaints["satisfaction"].iloc[0] == 5.0
    assert complaints["satisfaction"].dtype == np.float64
    assert complaints["confirmed"].tolist() == [True, False]
    assert str(complaints["confirmed"].dtype) == "boolean"
    assert complaints["channel"].cat.categories.tolist() == [
        "phone",
        "email",
        "online",
        "in_person",
        "letter",
    ]
    assert complaints["channel"].iloc[0] == "phone"
    assert str(deals["purchased_on"].dtype) == "datetime64[s]"
    assert deals["purchased_on"].iloc[0] == pd.Timestamp("2026-03-05")
    assert deals["amount"].tolist() == [1200.5, 3.0]
    assert complaints["_filled"].tolist() == [6, 4]


@pytest.mark.parametrize("typed", ["是", "yes", " YES ", "TRUE", "√", True, 1, 1.0])
def test_ways_to_say_yes(typed: Value) -> None:
    assert read(sheet("投诉", {"属实": [typed]})).tables["complaints"]["confirmed"].tolist() == [True]


@pytest.mark.parametrize("typed", ["成交", "Won", "won", " 成 交 ", "已成交", "ＷＯＮ", "Closed Won"])
def test_choices_by_label_code_or_alias(typed: str) -> None:
    assert read(sheet("交易", {"状态": [typed]})).tables["transactions"]["state"].tolist() == ["won"]


@pytest.mark.parametrize(
    "typed", ["138 0013 8000", "+86-10-6552 9988 ext. 12", "(010) 65529988", "010-1234567/138001380"]
)
def test_phones_as_people_write_them(typed: str) -> None:
    book = read(sheet("员工", {"姓名": ["张三"], "角色": ["主管"], "电话": [typed]}))
    assert codes(book) == []
    assert book.tables["staff"]["phone"].tolist() == [typed]


@pytest.mark.parametrize(
    "typed", ["09:00-12:00,13:00-18:00", "9：00－12：00，13：00－18：00", "22:00-02:00", "08:00-24:00"]
)
def test_hours_as_people_write_them(typed: str) -> None:
    book = read(sheet("日历", {"开始日期": [NOON], "类型": ["常规时间"], "时间": [typed]}))
    assert codes(book) == []


def test_a_header_is_found_whatever_its_case_width_and_place() -> None:
    columns: dict[str, list[Value]] = {
        "我的备注": ["x"],
        "ｃｌｏｓｅ＿ｖａｌｕｅ": [5],
        " Close Date ": [NOON],
        "account": ["甲"],
    }
    book = read(sheet("sales_pipeline", columns))
    assert dict(book.bindings["transactions"].headers) == {
        "client": "account", "amount": "ｃｌｏｓｅ＿ｖａｌｕｅ", "purchased_on": " Close Date ",
    }  # fmt: skip
    assert book.where("transactions", "r0", "amount").cell == "B2"
    assert [each[2] for each in codes(book)] == ["unknown_reference"]


def test_a_title_is_preferred_to_an_alias() -> None:
    book = read(sheet("员工", {"销售": ["李四"], "姓名": ["张三"], "角色": ["主管"]}))
    assert book.tables["staff"]["name"].tolist() == ["张三"]


@pytest.mark.parametrize(
    ("titles", "language"),
    [
        (("客户", "员工", "Visits"), "zh"),
        (("Clients", "Staff", "拜访"), "en"),
        ((), "zh"),
        (("Accounts",), "en"),
    ],
)
def test_the_language_is_that_of_most_titles(titles: tuple[str, ...], language: str) -> None:
    assert read(*(sheet(title, {"Client": [], "Name": []}) for title in titles)).language == language


def test_references_by_id_name_and_former_name() -> None:
    clients = sheet(
        "客户",
        {"客户名称": ["恒信科技", "Acme Corp", "华东"], "曾用名": ["恒兴；老恒信", None, "Acme Corp;东方"]},
        ["c1", "c2", "c3"],
    )
    typed = ["恒信科技", "恒 信 科 技", "ACME corp", "老恒信", "恒兴", "c3", "东方", None]
    table = read(clients, sheet("交易", {"客户名称": typed, "单号": ["x"] * 8})).tables["transactions"]
    found = [None if pd.isna(each) else each for each in table["client"]]
    assert found == ["c1", "c1", "c2", "c1", "c1", "c3", "c3", None]
    assert table["client__text"].tolist()[:3] == typed[:3]


def test_a_reference_within_its_own_sheet() -> None:
    staff = sheet(
        "员工", {"姓名": ["张三", "李四"], "角色": ["主管", "销售代表"], "直属主管": [None, "张三"]}
    )
    assert read(staff).tables["staff"]["supervisor"].tolist()[1] == "r0"


def test_unknown_names_are_not_confused_with_numbered_neighbours() -> None:
    clients = sheet("客户", {"客户名称": ["Client 0124"]})
    book = read(clients, sheet("交易", {"客户名称": ["Client 0125", "Client 00124"]}))
    assert book.problems.loc[book.problems["code"] == "unknown_reference", "fix_value"].isna().all()


def test_clocks_that_skip_or_repeat_an_hour() -> None:
    zone = ZoneInfo("Europe/Berlin")
    moments = [datetime(2026, 3, 29, 2, 30), datetime(2026, 10, 25, 2, 30)]
    book = read_book(snapshot(sheet("Complaints", {"Received at": moments})), SCHEMA, zone)
    read_at = book.tables["complaints"]["received_at"].dt.tz_convert("UTC").tolist()
    assert read_at == [pd.Timestamp("2026-03-29 01:00", tz="UTC"), pd.Timestamp("2026-10-25 00:30", tz="UTC")]


# ---------------------------------------------------------------- properties

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30)
TELLING = ["2026-03-05", "03/04/2026", "1,200", "¥5万", "是", "恒信科技", "0001-01-01T00:00+14:00", "\ud800"]
ERRORS = [CellError("#REF!"), CellError("#N/A")]
HUGE = st.integers(10**300, 10**320)
ANY_VALUE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), HUGE, TEXTS, st.datetimes(),
    st.sampled_from(TELLING), st.sampled_from(ERRORS),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(SCHEMA.worksheets)), st.data())
def test_nothing_crashes_whatever_stands_in_a_cell(key: str, data: st.DataObject) -> None:
    worksheet = SCHEMA.worksheets[key]
    keys = data.draw(st.lists(st.sampled_from(list(worksheet.columns)), min_size=4, max_size=4, unique=True))
    rows = data.draw(st.lists(st.tuples(*[ANY_VALUE] * 4), max_size=5))
    cells = list(zip(*rows, strict=True)) or [()] * 4
    columns = {worksheet.columns[key].header("zh"): each for key, each in zip(keys, cells, strict=True)}
    others = [sheet("客户", {"客户名称": ["恒信科技"]}), sheet("员工", {"姓名": ["张三"], "角色": ["主管"]})]
    book = read(sheet(worksheet.zh, columns), *(each for each in others if each.title != worksheet.zh))
    table = book.tables[key]
    assert (table["_unreadable"] <= table["_filled"]).all()
    bad = book.problems[(book.problems["worksheet"] == key) & (book.problems["severity"] == "error")]
    bad = bad[~bad["code"].isin({"missing_required", "missing_column"})]
    assert len(bad) == table["_unreadable"].sum()
    assert all(pd.isna(table.at[each.record, each.column]) for each in bad.itertuples())


def typed_values(column: Column) -> st.SearchStrategy[Any]:
    """Values as tables hold them and forms enter them."""
    days = st.dates(date(1990, 1, 1), date(2100, 12, 31))
    # Shanghai turned its clocks until 1991; a repeated hour has no one way back.
    moments = st.datetimes(datetime(1992, 1, 2), datetime(2100, 12, 30), timezones=st.just(UTC))
    lowest, highest = column.min or 0, column.max or 10**9
    return {
        "text": TEXTS.map(str.strip).filter(bool),
        "long_text": TEXTS.map(str.strip).filter(bool),
        "number": st.floats(lowest, highest),
        "money": st.floats(lowest, highest),
        "integer": st.integers(int(lowest), int(highest)),
        "date": days,
        "datetime": moments.map(lambda moment: moment.replace(microsecond=0)),
        "bool": st.booleans(),
        "choice": st.sampled_from([choice.code for choice in column.choices] or [""]),
        "phone": st.from_regex(r"\A1[0-9]{10}\Z"),
        "email": st.from_regex(r"\A[a-z]{1,8}@[a-z]{1,8}\.cn\Z"),
        "hours": st.just("09:00-12:00,13:00-18:00"),
    }[column.type]


@pytest.mark.parametrize("worksheet", SCHEMA.worksheets.values(), ids=lambda worksheet: worksheet.key)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_what_is_written_is_what_is_read(worksheet: Worksheet, data: st.DataObject) -> None:
    plain = {key: column for key, column in worksheet.columns.items() if column.ref is None}
    lang = data.draw(st.sampled_from(["zh", "en"]))
    record = data.draw(st.fixed_dictionaries({}, optional={k: typed_values(c) for k, c in plain.items()}))
    (row,) = rows_for(worksheet, lang, [("r0", record)], TZ)
    headers = [column.header for column in worksheet_layout(worksheet, lang).columns]
    book = read(sheet(worksheet.title(lang), {h: [v] for h, v in zip(headers, row.values, strict=True)}))
    table = book.tables[worksheet.key]
    if not record:
        assert len(table) == 0
        return
    assert table["_unreadable"].tolist() == [0]
    assert {key: plain_value(table.at["r0", key], column) for key, column in plain.items()} == {
        key: record.get(key) for key in plain
    }


@given(TEXTS)
def test_folding_twice_changes_nothing_more_for_plain_texts(text: str) -> None:
    assert fold(f" {text} ") == fold(text)
    assert company_core(text) or not company_core(text + "x").removesuffix("x")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("恒信科技有限公司", "恒信科技"),
        ("Acme Corporation", "ACME, Inc."),
        ("华东贸易股份有限公司", "华东贸易集团"),
        ("Bo Ltd.", "bo"),
    ],
)
def test_company_names_without_their_form(one: str, other: str) -> None:
    assert company_core(one) == company_core(other)


def test_reading_does_not_change_the_snapshot() -> None:
    values: list[Value] = [" 2026-1-1 ", datetime(2026, 1, 1), 5, None]
    shot = snapshot(sheet("客户", {"客户名称": ["甲", 7, None, "丁"], "合作开始": values}))
    read_book(shot, SCHEMA, TZ)
    assert shot.sheets["客户"].columns[0].tolist() == ["甲", 7, None, "丁"]
    assert shot.sheets["客户"].columns[1].tolist() == values


def test_a_large_sheet_has_the_values_of_each_row() -> None:
    size = 20_000
    moments = [NOON + timedelta(minutes=number % 999) for number in range(size)]
    names = [f"恒信{number % 500}" for number in range(size)]
    amounts: list[Value] = [float(number) if number % 1000 else f"{number:,}.5" for number in range(size)]
    book = read(
        sheet("客户", {"客户名称": names[:500]}, [f"c{number}" for number in range(500)]),
        sheet("交易", {"客户名称": names, "成交日期": moments, "金额": amounts}),
    )
    table = book.tables["transactions"]
    assert table["client"].tolist() == [f"c{number % 500}" for number in range(size)]
    assert table["amount"].isna().sum() == size // 1000
    assert len(codes(book)) == size // 1000
