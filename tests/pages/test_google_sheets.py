"""The app over a Google spreadsheet: a person's edit on the page, a change of ours in it, Google away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lib.__main__ import main
from lib.store.contract import Batch, UpdateCell
from lib.store.google.store import GoogleStore
from lib.ui.session import desk
from tests.pages.app_runs import open_page, texts
from tests.pages.conftest import DAY
from tests.sheets_server.connect import service_account
from tests.sheets_server.server import PERSON, SheetsServer

COMPANY = "新名字有限公司"


@pytest.fixture(scope="module")
def server() -> Iterator[SheetsServer]:
    with SheetsServer() as server:
        yield server


@pytest.fixture
def sheet(server: SheetsServer, tmp_path: Path, use_workbook: pytest.MonkeyPatch) -> Iterator[str]:
    """The app runs over this spreadsheet of invented records."""
    key = tmp_path / "key.json"
    key.write_text(json.dumps(service_account(server.url)))
    spreadsheet_id = server.create_spreadsheet("客户回访")
    address = f"https://docs.google.com/spreadsheets/d/{spreadsheet_id}/edit"
    for name, value in {
        "HUIFANG_STORE": address, "HUIFANG_GOOGLE_KEY": key, "HUIFANG_GOOGLE_ADDRESS": server.url,
        "HUIFANG_STATE": tmp_path / "state", "HUIFANG_GOOGLE_QUOTA": 300,
    }.items():  # fmt: skip
        use_workbook.setenv(name, str(value))
    assert main(["demo", address, "--clients", "12", "--today", DAY.isoformat(), "--lang", "zh"]) == 0
    yield spreadsheet_id
    server.faults.clear()
    store().close()


def store() -> GoogleStore:
    opened = desk().store
    assert isinstance(opened, GoogleStore)
    return opened


def type_name(server: SheetsServer, sheet: str, name: str) -> None:
    """A person types into the first client's name."""
    body = {"valueInputOption": "RAW", "data": [{"range": "'客户'!A2", "values": [[name]]}]}
    method = "sheets.spreadsheets.values.batchUpdate"
    server.service.call(method, {"spreadsheetId": sheet}, {}, body, PERSON)


def rename(server: SheetsServer, sheet: str, name: str) -> UpdateCell:
    header, row = server.dump(sheet)["客户"][:2]
    return UpdateCell("客户", str(row[header.index("_id")]), str(header[0]), str(row[0]), name)


def tables(app: AppTest) -> str:
    return "".join(frame.value.to_csv() for frame in app.dataframe)


def test_the_app_and_people_work_in_one_spreadsheet(server: SheetsServer, sheet: str) -> None:
    app = open_page("clients")
    assert not app.exception
    type_name(server, sheet, COMPANY)
    store().refresh()
    app.run()
    assert COMPANY in tables(app)
    change = rename(server, sheet, "又改名有限公司")
    receipt = store().commit(Batch("1", "王", desk().now(), (change,)))
    assert receipt.applied
    assert server.dump(sheet)["客户"][1][0] == "又改名有限公司"
    app.run()
    assert "又改名有限公司" in tables(app)
    assert not app.exception


def test_while_google_takes_nothing_the_page_says_what_waits(server: SheetsServer, sheet: str) -> None:
    open_page("today")
    server.faults.configure(only="sheets.spreadsheets.batchUpdate")
    server.faults.set_rates({"429": 1.0})
    store().commit(Batch("2", "王", desk().now(), (rename(server, sheet, COMPANY),)))
    app = open_page("clients")
    assert COMPANY in tables(app)  # shown already
    assert "暂时连不上 Google" in texts(app)
    server.faults.clear()
    assert store().settle(20)
    app.run()
    assert "暂时连不上 Google" not in texts(app)
    assert server.dump(sheet)["客户"][1][0] == COMPANY
