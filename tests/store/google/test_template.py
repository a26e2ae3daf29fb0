"""The template as people find it in their Google spreadsheet, read back through genuine gspread."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gspread
import pytest

from lib.records.book import read_book
from lib.records.layout import guide_rows, rows_for, template_layouts
from lib.records.schema import load_schema
from lib.settings import Settings
from lib.store.contract import Batch, InsertRow
from lib.store.google.setup import add_template
from lib.store.google.store import GoogleStore
from lib.store.google.template import SPARE_COLUMNS
from lib.store.new_workbook import SheetLayout
from tests.sheets_server.connect import connect
from tests.sheets_server.server import SheetsServer
from tests.store.google.world import make_client

SCHEMA = load_schema()
LAYOUTS = template_layouts(SCHEMA, "zh")
OWN = {"预算": [["部门", "=SUM(B3:B9)"], ["销售", 12]]}
TZ = Settings().tz


@pytest.fixture(scope="module")
def server() -> Iterator[SheetsServer]:
    with SheetsServer() as server:
        yield server


@pytest.fixture(scope="module")
def made(server: SheetsServer) -> str:
    spreadsheet_id = server.create_spreadsheet("团队", OWN)
    done = add_template(
        make_client(server.url), spreadsheet_id, LAYOUTS, guide_rows(SCHEMA, "zh"), {"demo": False}
    )
    assert done.added == tuple(layout.title for layout in LAYOUTS)
    assert done.kept == ()
    return spreadsheet_id


@pytest.fixture(scope="module")
def book(server: SheetsServer, made: str) -> gspread.Spreadsheet:
    return connect(server.url).open_by_key(made)


@pytest.fixture(scope="module")
def details(book: gspread.Spreadsheet) -> dict[str, Any]:
    tops = [f"'{sheet.title}'!1:2" for sheet in book.worksheets()]
    found = book.fetch_sheet_metadata({"includeGridData": "true", "ranges": tops})
    return {sheet["properties"]["title"]: sheet for sheet in found["sheets"]}


def layout(title: str) -> SheetLayout:
    return next(each for each in LAYOUTS if each.title == title)


@pytest.mark.parametrize("title", [each.title for each in LAYOUTS])
def test_each_worksheet_has_its_headers_frozen_and_its_ids_hidden(
    details: dict[str, Any], title: str
) -> None:
    properties, data = details[title]["properties"], details[title]["data"][0]
    headers = [cell.get("formattedValue") for cell in data["rowData"][0]["values"]]
    assert headers == [*[column.header for column in layout(title).columns], "_id", "_deleted"]
    assert properties["gridProperties"]["frozenRowCount"] == 1
    assert not properties.get("hidden")
    hidden = [bool(column.get("hiddenByUser")) for column in data["columnMetadata"]]
    assert hidden == [*[False] * (len(headers) - 2), True, True, *[False] * SPARE_COLUMNS]


def test_headers_carry_their_notes_and_columns_their_formats(details: dict[str, Any]) -> None:
    for each in LAYOUTS:
        header, below = (row["values"] for row in details[each.title]["data"][0]["rowData"][:2])
        assert [cell.get("note", "") for cell in header[: len(each.columns)]] == [
            c.note for c in each.columns
        ]
        for column, cell in zip(each.columns, below, strict=False):
            kind = cell.get("userEnteredFormat", {}).get("numberFormat", {}).get("type")
            expected = {"date": "DATE", "datetime": "DATE_TIME", "money": "NUMBER", "text": "TEXT"}
            assert kind == expected.get(column.kind)


def test_choices_are_drop_downs_that_warn_only(details: dict[str, Any]) -> None:
    chosen = [(each, n, c) for each in LAYOUTS for n, c in enumerate(each.columns) if c.choices]
    assert chosen
    for each, number, column in chosen:
        rule = details[each.title]["data"][0]["rowData"][1]["values"][number]["dataValidation"]
        offered = [value["userEnteredValue"] for value in rule["condition"]["values"]]
        assert tuple(offered) == column.choices
        assert not rule.get("strict")
        assert rule["showCustomUi"]


def test_columns_are_tagged_so_that_a_new_name_can_be_traced(details: dict[str, Any]) -> None:
    for each in LAYOUTS:
        columns = details[each.title]["data"][0]["columnMetadata"]
        tags = [entry["metadataValue"] for column in columns for entry in column.get("developerMetadata", ())]
        assert tags == [column.header for column in each.columns]


def test_what_was_there_stays_as_it_was(book: gspread.Spreadsheet) -> None:
    assert next(sheet.title for sheet in book.worksheets()) == "预算"
    assert book.worksheet("预算").get_all_values() == [["部门", "=SUM(B3:B9)"], ["销售", "12"]]


def test_the_app_s_own_worksheets_are_hidden(details: dict[str, Any]) -> None:
    for title in ("_meta", "_history"):
        assert details[title]["properties"]["hidden"]
        (protected,) = details[title]["protectedRanges"]
        assert protected["warningOnly"]


def test_the_app_finds_everything_in_it(server: SheetsServer, made: str, tmp_path: Path) -> None:
    store = GoogleStore(made, make_client(server.url), state_folder=tmp_path, poll_s=3_600)
    book = read_book(store.read(), SCHEMA, TZ)
    assert set(book.bindings) == set(SCHEMA.worksheets)
    assert book.problems.empty
    client = SCHEMA.worksheets["clients"]
    at = datetime(2026, 3, 4, tzinfo=UTC)
    change = InsertRow(client.title("zh"), "c1", {client.columns[client.label or ""].header("zh"): "=恒信"})
    assert store.commit(Batch("1", "li", at, (change,))).applied
    assert server.dump(made, "FORMULA")[client.title("zh")][1][0] == "=恒信"
    store.close()


def test_a_second_time_it_adds_nothing(server: SheetsServer, made: str) -> None:
    before = server.dump(made)
    server.counters.reset()
    done = add_template(make_client(server.url), made, LAYOUTS, guide_rows(SCHEMA, "zh"))
    assert done.added == ()
    assert server.dump(made) == before
    assert not server.counters.select(method_id="sheets.spreadsheets.batchUpdate")


def test_a_taken_title_is_left_alone(server: SheetsServer) -> None:
    title = LAYOUTS[1].title
    mine = {title: [["我的", "列"], ["x", 1]]}
    spreadsheet_id = server.create_spreadsheet("别人的", mine)
    done = add_template(make_client(server.url), spreadsheet_id, LAYOUTS[:3])
    assert done.kept == (title,)
    assert server.dump(spreadsheet_id)[title] == mine[title]


def test_records_come_along(server: SheetsServer, tmp_path: Path) -> None:
    spreadsheet_id = server.create_spreadsheet("演示")
    client = SCHEMA.worksheets["clients"]
    label = client.label or ""
    records = [(f"c{number}", {label: f"客户{number}"}) for number in range(2_500)]
    rows = {client.title("zh"): rows_for(client, "zh", records, TZ)}
    add_template(make_client(server.url), spreadsheet_id, [layout(client.title("zh"))], rows, {"demo": True})
    store = GoogleStore(spreadsheet_id, make_client(server.url), state_folder=tmp_path, poll_s=3_600)
    snapshot = store.read()
    assert snapshot.meta["demo"] is True
    assert snapshot.sheets[client.title("zh")].ids.tolist() == [record for record, _ in records]
    store.close()
