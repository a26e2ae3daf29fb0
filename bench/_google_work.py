"""One cell of one record changed on the emulator, by us or by a peer, each as its own documentation has it.

Run as a child by ``bench.google_store``: ``python -m bench._google_work NAME URL SPREADSHEET TEXT``. It
signs in, says ``ready``, waits for a line, works, and prints its time as JSON. It runs in the environments of
peers, too: nothing but the standard library and the peer itself is imported.
"""

from __future__ import annotations

import atexit
import json
import shutil
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

TITLE, CHANGED, RECORD, FIRST_RECORD = "客户", "备注", "id0001000", "id0000001"
CHANGED_COLUMN = 11  # counted from 1, as peers that do not look for it have it in their code
GOOGLE = ("https://sheets.googleapis.com", "https://www.googleapis.com")
SCOPES = ("https://www.googleapis.com/auth/spreadsheets", "https://www.googleapis.com/auth/drive")
SETTLE_S = 60
WARMED_TEXT = "先"  # of the write before the measured one
ACCOUNT = "bench@project.iam.gserviceaccount.com"
Work = Callable[[str], None]


def service_account(url: str) -> dict[str, str]:
    """The key file of a service account of the emulator at ``url``."""
    with urllib.request.urlopen(f"{url}/_emulator/account?email={ACCOUNT}", timeout=30) as answer:
        read: dict[str, str] = json.load(answer)
        return read


def _moved(address: str, url: str) -> str:
    """Google's address on the emulator."""
    target = urlsplit(url)
    return urlunsplit(urlsplit(address)._replace(scheme=target.scheme, netloc=target.netloc))


def _redirect(session: Any, url: str) -> None:
    """Send a ``requests`` session's requests for Google to the emulator."""
    from requests.adapters import HTTPAdapter

    class Loopback(HTTPAdapter):
        def send(self, request: Any, *args: Any, **options: Any) -> Any:
            request.url = _moved(request.url, url)
            return super().send(request, *args, **{**options, "proxies": {}})

    for host in GOOGLE:
        session.mount(host, Loopback())


def _credentials(url: str) -> Any:
    from google.oauth2.service_account import Credentials

    return Credentials.from_service_account_info(service_account(url), scopes=list(SCOPES))


def _gspread_client(url: str) -> Any:
    import gspread
    from google.auth.transport.requests import AuthorizedSession, Request

    client = gspread.authorize(_credentials(url))
    session = AuthorizedSession(client.http_client.auth)
    _redirect(session, url)
    client.http_client.session = session
    client.http_client.auth.refresh(Request())
    return client


def _gspread_finds(url: str, spreadsheet: str) -> Work:
    client = _gspread_client(url)

    def work(text: str) -> None:
        sheet = client.open_by_key(spreadsheet).worksheet(TITLE)
        _find_and_update(sheet, text)

    return work


def _gspread_finds_again(url: str, spreadsheet: str) -> Work:
    sheet = _gspread_client(url).open_by_key(spreadsheet).worksheet(TITLE)
    return lambda text: _find_and_update(sheet, text)


def _find_and_update(sheet: Any, text: str) -> None:
    sheet.update_cell(sheet.find(RECORD).row, CHANGED_COLUMN, text)


def _gspread_dataframe(url: str, spreadsheet: str) -> Work:
    from gspread_dataframe import get_as_dataframe, set_with_dataframe

    client = _gspread_client(url)

    def work(text: str) -> None:
        sheet = client.open_by_key(spreadsheet).worksheet(TITLE)
        frame = get_as_dataframe(sheet)
        frame.loc[frame["_id"] == RECORD, CHANGED] = text
        set_with_dataframe(sheet, frame)

    return work


def _st_gsheets(url: str, spreadsheet: str) -> Work:
    """The client behind ``st.connection("gsheets", type=GSheetsConnection)``, read without its cache."""
    from google.auth.transport.requests import Request
    from streamlit_gsheets.gsheets_connection import GSheetsServiceAccountClient

    address = f"https://docs.google.com/spreadsheets/d/{spreadsheet}/edit"
    client = GSheetsServiceAccountClient({"type": "service_account", **service_account(url)})
    _redirect(client._client.session, url)
    client._client.auth.refresh(Request())

    def work(text: str) -> None:
        frame = client.read(spreadsheet=address, worksheet=TITLE, ttl=0)
        frame.loc[frame["_id"] == RECORD, CHANGED] = text
        client.update(spreadsheet=address, worksheet=TITLE, data=frame)

    return work


def _pygsheets(url: str, spreadsheet: str) -> Work:
    import httplib2
    import pygsheets

    class Loopback(httplib2.Http):
        def request(self, uri: str, *args: Any, **options: Any) -> Any:
            return super().request(_moved(uri, url), *args, **options)

    credentials = _credentials(url)
    client = pygsheets.authorize(custom_credentials=credentials, http=Loopback(proxy_info=None, timeout=300))
    from google.auth.transport.requests import Request

    credentials.refresh(Request())

    def work(text: str) -> None:
        sheet = client.open_by_key(spreadsheet).worksheet_by_title(TITLE)
        row = sheet.find(RECORD, matchEntireCell=True)[0].row
        sheet.update_value((row, CHANGED_COLUMN), text)

    return work


def _our_store(url: str, spreadsheet: str) -> Any:
    """An app at work: the sheets were read, one write was made, and the sheets were looked at again."""
    from lib.store.google.access import make_credentials
    from lib.store.google.client import SheetsClient
    from lib.store.google.store import GoogleStore

    client = SheetsClient(make_credentials(service_account(url)), requests_a_minute=1_000, address=url)
    folder = tempfile.mkdtemp(prefix="huifang-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = GoogleStore(spreadsheet, client, state_folder=folder, poll_s=3_600)
    _change(store, FIRST_RECORD, WARMED_TEXT)
    assert store.settle(SETTLE_S)
    store.refresh()
    return store


def _change(store: Any, record: str, text: str) -> None:
    import uuid
    from datetime import UTC, datetime

    from lib.store.contract import Batch, UpdateCell

    sheet = store.read().sheets[TITLE]
    seen = sheet.column(CHANGED)[sheet.ids.tolist().index(record)]
    change = UpdateCell(TITLE, record, CHANGED, seen, text)
    store.commit(Batch(uuid.uuid4().hex, "李", datetime.now(UTC), (change,)))


def _ours(url: str, spreadsheet: str) -> Work:
    store = _our_store(url, spreadsheet)

    def work(text: str) -> None:
        _change(store, RECORD, text)
        assert store.settle(SETTLE_S)

    return work


def _our_poll(url: str, spreadsheet: str) -> Work:
    store = _our_store(url, spreadsheet)
    return lambda _: store.refresh()


WORKS: dict[str, Callable[[str, str], Work]] = {
    "gspread": _gspread_finds,
    "gspread again": _gspread_finds_again,
    "gspread-dataframe": _gspread_dataframe,
    "pygsheets": _pygsheets,
    "st-gsheets-connection": _st_gsheets,
    "ours": _ours,
    "our poll": _our_poll,
}


def main(name: str, url: str, spreadsheet: str, text: str) -> None:
    work = WORKS[name](url, spreadsheet)
    print("ready", flush=True)
    sys.stdin.readline()
    begin = time.perf_counter()
    work(text)
    print(json.dumps({"seconds": time.perf_counter() - begin}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
