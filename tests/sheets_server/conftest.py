"""An emulator for each test, and ways to talk to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gspread
import pytest
import requests

from tests.sheets_server.connect import connect
from tests.sheets_server.oauth import DEFAULT_USER, DRIVE, SPREADSHEETS
from tests.sheets_server.server import SheetsServer

ROWS = [["_id", "名称", "金额"], ["a1", "恒信科技", 520], ["b2", "明远贸易", 1.5], ["c3", "旧客户", ""]]
Send = Callable[..., requests.Response]


@pytest.fixture
def server() -> Iterator[SheetsServer]:
    with SheetsServer() as running:
        yield running


@pytest.fixture
def client(server: SheetsServer) -> gspread.Client:
    return connect(server.url, timeout=20)


@pytest.fixture
def team(server: SheetsServer) -> str:
    """The id of a person's spreadsheet, shared with the default account."""
    return server.create_spreadsheet("团队", {"客户": ROWS, "Visits": [["_id", "客户"], ["v1", "恒信科技"]]})


@pytest.fixture
def book(client: gspread.Client, team: str) -> gspread.Spreadsheet:
    return client.open_by_key(team)


@pytest.fixture
def send(server: SheetsServer) -> Iterator[Send]:
    """Plain HTTP with a token; `token=""` leaves it out."""
    session = requests.Session()
    session.trust_env = False
    issued = server.oauth.issue(DEFAULT_USER, frozenset({SPREADSHEETS, DRIVE}))

    def _send(method: str, path: str, token: str | None = None, **options: Any) -> requests.Response:
        token = issued if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        return session.request(method, server.url + path, headers=headers, timeout=20, **options)

    with session:
        yield _send
