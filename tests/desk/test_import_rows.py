"""Import at the desk: files of people's own, tried out together, written in one batch that can be undone."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.desk import Actor, Desk, Refused
from lib.desk import import_rows as imports
from lib.desk.import_rows import Choices, DryRun, SheetChanged, TableChoices
from lib.desk.pending_rows import with_rows
from lib.records.import_mapping import ForeignTable
from lib.records.schema import load_schema
from lib.settings import Settings
from lib.store.contract import Batch, InsertRow, NotASpreadsheet
from lib.store.memory import MemoryStore

TZ = ZoneInfo("Asia/Shanghai")
NOW = datetime(2017, 12, 20, 10, tzinfo=TZ)
SCHEMA = load_schema()
BOSS = Actor("s0", "Celia", "supervisor")
REP = Actor("s1", "Rocco", "rep")
AUDITOR = Actor("s2", "Summer", "auditor")

TEAMS = """sales_agent,manager,regional_office
Anna Snelling,Dustin Brinkmann,Central
Moses Frase,Dustin Brinkmann,Central
"""
ACCOUNTS = "account,sector,employees\nCancity,retail,2448\nIsdom,medical,4540\n"
PIPELINE = """opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value
1C1I7A6R,Moses Frase,GTX Basic,Cancity,Won,10/20/2016,3/1/2017,1054
Z063OYW0,Anna Snelling,GTX Pro,Isdom,Won,10/25/2016,3/11/2017,4514
HAXMC4IX,Anna Snelling,MG Special,,Engaging,11/3/2016,,
"""


def empty_store(**leave_out: Sequence[str]) -> MemoryStore:
    """A template in English; ``leave_out`` names columns of a worksheet that the team has removed."""
    sheets = {}
    for key, worksheet in SCHEMA.worksheets.items():
        headers = [c.en for c in worksheet.columns.values() if c.key not in leave_out.get(key, ())]
        sheets[worksheet.en] = [["_id", *headers]]
    return MemoryStore(sheets)


def open_desk(store: MemoryStore) -> Desk:
    return Desk(store, Settings(store="memory", language="en", tz=TZ, fixed_now=NOW))


@pytest.fixture
def store() -> MemoryStore:
    return empty_store()


@pytest.fixture
def desk(store: MemoryStore) -> Desk:
    return open_desk(store)


def upload(**files: str) -> list[ForeignTable]:
    return [
        table
        for name, content in files.items()
        for table in imports.read_upload(BOSS, f"{name}.csv", content.encode())
    ]


def as_suggested(desk: Desk, table: ForeignTable, **constants: str) -> TableChoices:
    worksheet = imports.guess_worksheet(desk, table)
    if worksheet is None:
        return TableChoices(None)
    columns = imports.open_table(desk, table, worksheet).columns
    mapped = {column.name: column.suggestion.column for column in columns if column.suggestion.column}
    orders = {column.name: column.order.order for column in columns if column.name in mapped}
    return TableChoices(worksheet, mapped, orders, constants)


def try_out(desk: Desk, tables: Sequence[ForeignTable], **options: bool) -> DryRun:
    roles = {"sales_teams": {"role": "rep"}}
    chosen = tuple(as_suggested(desk, table, **roles.get(table.title, {})) for table in tables)
    return imports.try_out(desk, BOSS, tables, Choices(chosen, **options), "en")


def added(tried: DryRun) -> dict[str, int]:
    return {result.worksheet.key: result.to_add for result in tried.results}


def rows(desk: Desk) -> dict[str, int]:
    return {key: len(desk.board().table(key)) for key in ("staff", "clients", "transactions")}


CRM: Mapping[str, str] = {"sales_pipeline": PIPELINE, "accounts": ACCOUNTS, "sales_teams": TEAMS}


def test_files_that_refer_to_each_other_go_in_together_whatever_their_order(desk: Desk) -> None:
    tables = upload(**CRM)
    tried = try_out(desk, tables)
    assert [result.worksheet.key for result in tried.results] == ["staff", "clients", "transactions"]
    assert added(tried) == {"staff": 2, "clients": 2, "transactions": 3}
    assert tried.results[0].names == {"Staff": ("Dustin Brinkmann",)}
    deals = tried.results[2]
    assert (deals.problem_rows, deals.kinds.to_dict("records")) == (
        1,
        [{"header": "Client", "reason": "Required, but empty", "rows": 1}],
    )
    assert imports.commit(desk, BOSS, "o1", tables, tried).saved
    board = desk.board()
    assert rows(desk) == {"staff": 3, "clients": 2, "transactions": 3}
    assert board.problems["code"].tolist() == ["missing_required"]
    won = board.table("transactions").set_index("number").loc["1C1I7A6R"]
    assert board.name_of("clients", won["client"]) == "Cancity"
    assert board.name_of("staff", won["owner"]) == "Moses Frase"
    assert won["purchased_on"] == pd.Timestamp(2017, 3, 1)
    assert won["amount"] == 1054


def test_a_name_from_a_manager_column_becomes_a_supervisor(desk: Desk) -> None:
    tables = upload(sales_teams=TEAMS)
    imports.commit(desk, BOSS, "o1", tables, try_out(desk, tables))
    staff = desk.board().table("staff").set_index("name")
    assert staff["role"].astype(str).to_dict() == {
        "Dustin Brinkmann": "supervisor",
        "Anna Snelling": "rep",
        "Moses Frase": "rep",
    }
    assert desk.board().name_of("staff", staff.at["Moses Frase", "supervisor"]) == "Dustin Brinkmann"


def test_trying_writes_nothing(desk: Desk, store: MemoryStore) -> None:
    before = store.read().version
    try_out(desk, upload(**CRM))
    assert not store.changed_since(before)


def test_one_undo_takes_the_whole_import_back(desk: Desk) -> None:
    tables = upload(**CRM)
    outcome = imports.commit(desk, BOSS, "o1", tables, try_out(desk, tables))
    assert outcome.receipt is not None
    assert imports.count_by_worksheet(desk, outcome.receipt.applied) == rows(desk)
    desk.undo(BOSS, "u1", outcome.receipt)
    assert rows(desk) == {"staff": 0, "clients": 0, "transactions": 0}


def test_the_same_operation_sent_twice_writes_once(desk: Desk) -> None:
    tables = upload(accounts=ACCOUNTS)
    tried = try_out(desk, tables)
    first = imports.commit(desk, BOSS, "o1", tables, tried).receipt
    again = imports.commit(desk, BOSS, "o1", tables, tried).receipt
    assert first is not None
    assert again is not None
    assert (first.repeated, again.repeated) == (False, True)
    assert again.applied == first.applied
    assert rows(desk)["clients"] == 2


def test_what_is_there_already_is_left_out_or_not_as_chosen(desk: Desk) -> None:
    tables = upload(**CRM)
    imports.commit(desk, BOSS, "o1", tables, try_out(desk, tables))
    assert added(try_out(desk, tables)) == {"staff": 0, "clients": 0, "transactions": 0}
    everything = try_out(desk, tables, skip_duplicates=False)
    assert added(everything) == {"staff": 2, "clients": 2, "transactions": 3}
    listed = try_out(desk, tables).results[1].duplicates
    assert listed["row"].tolist() == [2, 3]
    assert listed["in_sheet"].all()


def test_unknown_names_are_problems_when_nobody_wants_them_added(desk: Desk) -> None:
    tables = upload(sales_pipeline=PIPELINE)
    tried = try_out(desk, tables, create_missing=False)
    kinds = {(k["header"], k["rows"]) for k in tried.results[0].kinds.to_dict("records")}
    assert kinds == {("Seller", 3), ("Client", 2), ("Client", 1)}
    imports.commit(desk, BOSS, "o1", tables, tried)
    assert rows(desk) == {"staff": 0, "clients": 0, "transactions": 3}
    names = try_out(open_desk(empty_store()), tables).results[0].names
    assert {sheet: len(found) for sheet, found in names.items()} == {"Staff": 2, "Clients": 2}


def test_a_change_of_the_sheet_that_matters_stops_the_import(desk: Desk, store: MemoryStore) -> None:
    tables = upload(accounts=ACCOUNTS)
    tried = try_out(desk, tables)
    store.insert_row("Clients", 2, ["c9", "Cancity"])
    with pytest.raises(SheetChanged):
        imports.commit(desk, BOSS, "o1", tables, tried)
    assert rows(desk)["clients"] == 1


def test_a_change_of_the_sheet_elsewhere_does_not(desk: Desk, store: MemoryStore) -> None:
    tables = upload(accounts=ACCOUNTS)
    tried = try_out(desk, tables)
    store.insert_row("Clients", 2, ["c9", "Konex"])
    assert imports.commit(desk, BOSS, "o1", tables, tried).saved
    assert rows(desk)["clients"] == 3


def test_roles_that_may_not_import_are_refused_at_every_step(desk: Desk) -> None:
    tables = upload(accounts=ACCOUNTS)
    tried = try_out(desk, tables)
    for actor in (REP, AUDITOR):
        with pytest.raises(Refused):
            imports.read_upload(actor, "accounts.csv", ACCOUNTS.encode())
        with pytest.raises(Refused):
            imports.try_out(desk, actor, tables, tried.choices, "en")
        with pytest.raises(Refused):
            imports.commit(desk, actor, "o1", tables, tried)
    assert rows(desk)["clients"] == 0


def test_a_table_that_resembles_nothing_is_left_out(desk: Desk) -> None:
    (table,) = upload(products="product,series,sales_price\nGTX Basic,GTX,550\n")
    assert imports.guess_worksheet(desk, table) is None


def test_columns_that_the_spreadsheet_lacks_are_not_offered() -> None:
    desk = open_desk(empty_store(clients=("industry",)))
    (table,) = upload(accounts=ACCOUNTS)
    view = imports.open_table(desk, table, "clients")
    assert "industry" not in view.fields
    suggested = {column.name: column.suggestion.column for column in view.columns}
    assert suggested == {"account": "name", "sector": None, "employees": "size"}


@pytest.mark.parametrize(("order", "stored"), [("mdy", (3, 4)), ("dmy", (4, 3))])
def test_a_person_decides_how_ambiguous_dates_are_read(
    desk: Desk, order: str, stored: tuple[int, int]
) -> None:
    (table,) = upload(deals="Number,Client,Purchased on,Amount\nA1,Isdom,3/4/2017,10\n")
    view = imports.open_table(desk, table, "transactions")
    (dated,) = [column for column in view.columns if column.name == "Purchased on"]
    assert not dated.order.certain
    columns = {column.name: str(column.suggestion.column) for column in view.columns}
    choices = Choices((TableChoices("transactions", columns, {"Purchased on": order}),))
    tried = imports.try_out(desk, BOSS, [table], choices, "en")
    days = [change.values["Purchased on"] for change in tried.changes if change.sheet == "Transactions"]
    assert [(day.month, day.day) for day in days if isinstance(day, datetime)] == [stored]


def test_the_first_rows_are_shown_as_they_will_be_stored(desk: Desk) -> None:
    shown = try_out(desk, upload(**CRM)).results[2].first_rows
    assert shown.index.tolist() == [2, 3, 4]
    assert shown.loc[2, ["Client", "State", "Opened on", "Amount"]].tolist() == [
        "Cancity",
        "Won",
        "2016-10-20",
        "1054",
    ]
    assert shown.loc[4, "Client"] == ""


def workbook(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_each_sheet_with_rows_of_a_workbook_is_a_table_whatever_the_file_is_called() -> None:
    data = workbook(客户=[["公司", "行业"], ["恒信科技", "制造"]], 空=[["a", "b"]], 订单=[["单号"], ["A1"]])
    for name in ("我的表.xlsx", "renamed.csv"):
        tables = imports.read_upload(BOSS, name, data)
        assert [(table.title, len(table)) for table in tables] == [("客户", 1), ("订单", 1)]


def test_a_csv_file_in_gbk_is_titled_by_its_name(desk: Desk) -> None:
    (table,) = imports.read_upload(BOSS, "客户.csv", "公司,行业\n恒信科技,制造\n".encode("gb18030"))
    assert table.title == "客户"
    assert imports.guess_worksheet(desk, table) == "clients"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.xlsx", b"", "empty"),
        ("a.xlsx", b"MZ this is a program", "not_a_workbook"),
        ("a.csv", bytes.fromhex("D0CF11E0A1B11AE1") + "Workbook".encode("utf-16-le"), "old_format"),
        ("a.xlsx", workbook(x=[["a"], ["b"]])[:-40], "damaged"),
        ("a.csv", bytes(range(128, 256)) * 20, "unknown_encoding"),
    ],
)
def test_files_that_cannot_be_read_say_why(name: str, data: bytes, code: str) -> None:
    with pytest.raises(NotASpreadsheet) as raised:
        imports.read_upload(BOSS, name, data)
    assert raised.value.code == code


def test_an_upload_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    upload(accounts=ACCOUNTS)
    with pytest.raises(NotASpreadsheet):
        imports.read_upload(BOSS, "../../evil.xlsx", b"nothing")
    assert list(tmp_path.iterdir()) == []


CELLS = st.none() | st.text("ab水", min_size=1, max_size=3) | st.integers(-9, 9) | st.booleans()


@given(st.lists(st.fixed_dictionaries({}, optional={"Client": CELLS, "City": CELLS}), max_size=5))
def test_pending_rows_look_as_the_store_will_read_them(inserts: list[dict[str, object]]) -> None:
    """A trial of a later file sees what the earlier ones will have written."""
    store = MemoryStore({"Clients": [["_id", "Client", "City"], ["c1", "Isdom", None]]})
    changes = tuple(
        InsertRow("Clients", f"n{number}", row)  # type: ignore[arg-type]
        for number, row in enumerate(inserts)
        if any(value is not None for value in row.values())
    )
    pending = with_rows(store.read(), changes).sheets["Clients"]
    store.commit(Batch("o1", "me", NOW, changes))
    written = store.read().sheets["Clients"]
    assert pending.ids.tolist() == written.ids.tolist()
    assert pending.row_numbers.tolist() == written.row_numbers.tolist()
    assert not np.any(pending.unwritten)
    for mine, theirs in zip(pending.columns, written.columns, strict=True):
        assert mine.tolist() == theirs.tolist()
