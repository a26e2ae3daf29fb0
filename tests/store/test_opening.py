"""Which store a setting means, and what is said where it cannot be opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.settings import GoogleSettings, Settings
from lib.store.contract import StoreError
from lib.store.google.store import GoogleStore
from lib.store.opening import open_store, spreadsheet_id
from lib.store.workbook import WorkbookStore
from tests.sheets_server.connect import service_account
from tests.sheets_server.server import SheetsServer

ID = "1qpyC0XzvTcKT6EISywvqESX3A0MwQoFDE8p-Bll4hps"


@pytest.mark.parametrize(
    "location",
    [
        f"https://docs.google.com/spreadsheets/d/{ID}/edit#gid=0",
        f"https://docs.google.com/spreadsheets/d/{ID}",
        f" https://docs.google.com/spreadsheets/u/1/d/{ID}/edit?usp=sharing ",
        f"https://docs.google.com/a/example.com/spreadsheets/d/{ID}/edit",
        f"google:{ID}",
        ID,
    ],
)
def test_a_google_spreadsheet_is_known_by_its_address(location: str) -> None:
    assert spreadsheet_id(location) == ID


@pytest.mark.parametrize(
    "location", ["team.xlsx", "data/google.xlsx", "C:\\a.xlsx", "客户回访.xlsx", "google"]
)
def test_a_path_is_a_workbook(location: str, tmp_path: Path) -> None:
    assert spreadsheet_id(location) is None
    assert isinstance(open_store(Settings(store=location, state_folder=tmp_path)), WorkbookStore)


@pytest.mark.parametrize(
    "location", ["https://example.com/d/x", "https://docs.google.com/document/d/1", "google:x"]
)
def test_another_address_is_refused(location: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(Settings(store=location, state_folder=tmp_path))
    assert caught.value.code == "google_address"


def test_without_a_key_it_says_where_to_put_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(Settings(store=ID, state_folder=tmp_path))
    assert caught.value.code == "google_no_key"


def test_settings_are_all_a_google_store_needs(tmp_path: Path) -> None:
    with SheetsServer() as server:
        sheet = server.create_spreadsheet("t", {"客户": [["名称", "_id"], ["甲", "a"]]})
        google = GoogleSettings(key=service_account(server.url), address=server.url)
        store = open_store(Settings(store=f"google:{sheet}", state_folder=tmp_path, google=google))
        assert isinstance(store, GoogleStore)
        assert store.read().sheets["客户"].ids.tolist() == ["a"]
        store.close()
