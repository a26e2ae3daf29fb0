"""Faults: what the client sees, and what really happened to the spreadsheet."""

from __future__ import annotations

import json
import threading
import time

import gspread
import pytest
import requests

from tests.sheets_server.conftest import ROWS, Send
from tests.sheets_server.connect import connect
from tests.sheets_server.faults import KINDS, Faults
from tests.sheets_server.server import SheetsServer

UPDATE = "sheets.spreadsheets.values.update"


@pytest.fixture
def sheet(book: gspread.Spreadsheet) -> gspread.Worksheet:
    found = book.worksheet("客户")
    book.client.set_timeout(20)
    return found


def value(server: SheetsServer, team: str) -> str:
    return str(server.dump(team)["客户"][1][1])


def wait_for_call(server: SheetsServer, fault: str) -> None:
    """Until the server is through with the request of that fault, whose client may have gone before."""
    deadline = time.monotonic() + 20
    while not any(call.fault == fault for call in server.counters.select()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("kind", "code", "applied"),
    [
        ("429", 429, False),
        ("500", 500, False),
        ("503", 503, False),
        ("500_after", 500, True),
        ("503_after", 503, True),
    ],
)
def test_an_error_answer(
    server: SheetsServer, sheet: gspread.Worksheet, team: str, kind: str, code: int, applied: bool
) -> None:
    server.faults.script(kind, method=UPDATE)
    with pytest.raises(gspread.exceptions.APIError) as caught:
        sheet.update_acell("B2", "新名")
    assert caught.value.code == code
    assert caught.value.error["status"] in ("RESOURCE_EXHAUSTED", "INTERNAL", "UNAVAILABLE")
    assert (value(server, team) == "新名") is applied
    sheet.update_acell("B2", "再来")
    assert value(server, team) == "再来"


def test_a_bad_gateway_answers_with_a_page(server: SheetsServer, sheet: gspread.Worksheet, team: str) -> None:
    server.faults.script("502", method=UPDATE)
    with pytest.raises(gspread.exceptions.APIError) as caught:
        sheet.update_acell("B2", "新名")
    assert caught.value.response.status_code == 502
    assert caught.value.response.headers["Content-Type"].startswith("text/html")
    assert value(server, team) == "恒信科技"


@pytest.mark.parametrize(
    ("kind", "error", "applied"),
    [
        ("timeout_before", requests.exceptions.ReadTimeout, False),
        ("timeout_after", requests.exceptions.ReadTimeout, True),
        ("reset_before", requests.exceptions.ConnectionError, False),
        ("reset_after", requests.exceptions.ConnectionError, True),
        ("truncated", requests.exceptions.ChunkedEncodingError, True),
    ],
)
def test_an_answer_that_does_not_come(
    server: SheetsServer,
    sheet: gspread.Worksheet,
    team: str,
    kind: str,
    error: type[Exception],
    applied: bool,
) -> None:
    sheet.client.set_timeout(0.5 if kind.startswith("timeout") else 20)
    server.faults.script(kind, method=UPDATE)
    with pytest.raises(error):
        sheet.update_acell("B2", "新名")
    wait_for_call(server, kind)
    assert (value(server, team) == "新名") is applied
    (struck,) = server.faults.journal
    assert (struck.kind, struck.method_id) == (kind, UPDATE)
    sheet.client.set_timeout(20)
    sheet.update_acell("B2", "再来")
    assert value(server, team) == "再来"


def test_a_held_request_ends_with_the_server(server: SheetsServer, sheet: gspread.Worksheet) -> None:
    sheet.client.set_timeout(30)
    server.faults.script("timeout_before")
    began = time.monotonic()
    threading.Timer(0.2, server.closing.set).start()
    with pytest.raises(requests.exceptions.ConnectionError):
        sheet.acell("A1")
    assert time.monotonic() - began < 5


def test_a_stale_read_shows_what_was_and_changes_nothing(
    server: SheetsServer, sheet: gspread.Worksheet, team: str
) -> None:
    server.faults.configure(stale_s=0.2)
    sheet.update_acell("B2", "一")
    time.sleep(0.25)
    sheet.update_acell("B2", "二")
    sheet.insert_row(["new"], 2)
    server.faults.set_rates({"stale": 1.0})
    assert sheet.get("A2:B2") == [["a1", "一"]]
    sheet.update_acell("B3", "三")
    assert sheet.get("A2:B2") == [["a1", "一"]]
    server.faults.configure(stale_s=0)
    assert sheet.acell("B3").value == "三"
    server.faults.clear()
    assert server.dump(team)["客户"][1:3] == [["new"], ["a1", "三", 520]]


def test_a_slow_answer_comes_late(server: SheetsServer, sheet: gspread.Worksheet) -> None:
    server.faults.configure(slow_s=0.3)
    server.faults.script("slow")
    began = time.monotonic()
    assert sheet.acell("A1").value == "_id"
    assert time.monotonic() - began >= 0.3


def test_a_429_may_say_when_to_come_back(server: SheetsServer, sheet: gspread.Worksheet) -> None:
    server.faults.configure(retry_after_s=7)
    server.faults.script("429")
    with pytest.raises(gspread.exceptions.APIError) as caught:
        sheet.acell("A1")
    assert caught.value.response.headers["Retry-After"] == "7"


def test_drive_refuses_too_many_calls_with_403(server: SheetsServer, client: gspread.Client) -> None:
    server.faults.configure(only="drive.")
    server.faults.script("429")
    with pytest.raises(gspread.exceptions.APIError) as caught:
        client.list_spreadsheet_files()
    assert caught.value.error["code"] == 403
    assert caught.value.error["errors"][0]["reason"] == "userRateLimitExceeded"
    assert caught.value.error["errors"][0]["domain"] == "usageLimits"


def test_the_token_endpoint_can_be_disturbed(server: SheetsServer, team: str) -> None:
    """google-auth asks again by itself."""
    server.faults.script("503", method="oauth")
    assert connect(server.url, timeout=5).open_by_key(team).id == team
    assert [call.status for call in server.counters.select(method_id="oauth")] == [503, 200]


def picks(faults: Faults, count: int) -> list[str]:
    return [faults.pick(UPDATE, "u", is_read=False) for _ in range(count)]


def test_chance_is_decided_by_the_seed() -> None:
    rates = {"503": 0.2, "timeout_after": 0.1}
    one, same, other = (Faults(seed, rates) for seed in (1, 1, 2))
    first = picks(one, 2000)
    assert first == picks(same, 2000)
    assert first != picks(other, 2000)
    assert 300 < first.count("503") < 500
    assert 120 < first.count("timeout_after") < 280
    assert one.counts() == {"503": first.count("503"), "timeout_after": first.count("timeout_after")}


def test_a_script_waits_for_its_method_and_comes_in_order() -> None:
    faults = Faults()
    faults.script("500", "", "503", method=UPDATE)
    assert faults.pick("sheets.spreadsheets.get", "u", is_read=True) == ""
    assert picks(faults, 4) == ["500", "", "503", ""]


def test_a_fault_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="no such fault: boredom"):
        Faults(rates={"boredom": 1})
    with pytest.raises(ValueError, match="no such fault"):
        Faults().script("599")
    with pytest.raises(ValueError, match="no such setting"):
        Faults().configure(slowness=1)


def test_clients_of_many_threads_survive_a_storm_and_the_count_is_right(
    team: str, server: SheetsServer
) -> None:
    """Each write is acknowledged or not, applied or not, exactly as its fault says."""
    rates = {kind: 0.04 for kind in KINDS if kind not in ("slow", "stale", "timeout_before", "timeout_after")}
    server.faults.set_rates(rates, seed=3)
    outcomes: list[tuple[int, int, bool]] = []

    def work(column: int) -> None:
        sheet = connect(server.url, timeout=5).http_client
        for number in range(1, 40):
            where, body = f"客户!{'ABCD'[column]}10", {"values": [[number]]}
            try:
                sheet.values_update(team, where, {"valueInputOption": "RAW"}, body)
                outcomes.append((column, number, True))
            except (gspread.exceptions.APIError, requests.exceptions.RequestException):
                outcomes.append((column, number, False))

    threads = [threading.Thread(target=work, args=(column,)) for column in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    calls = server.counters.select(method_id=UPDATE)
    assert len(calls) == len(outcomes) == 4 * 39
    failed = sum(not acknowledged for *_, acknowledged in outcomes)
    assert failed == sum(server.faults.counts().values()) > 20
    assert json.dumps(server.counters.summary()["by_fault"])
    last = server.dump(team)["客户"][9]
    for column in range(4):
        acknowledged = [number for at, number, good in outcomes if at == column and good]
        assert int(last[column]) >= max(acknowledged)


def test_sheets_are_not_disturbed_by_faults_of_drive(server: SheetsServer, send: Send, team: str) -> None:
    server.faults.configure(only="drive.")
    server.faults.set_rates({"503": 1.0})
    assert send("GET", f"/v4/spreadsheets/{team}").ok
    assert send("GET", "/drive/v3/files").status_code == 503
    assert ROWS[0][0] == server.dump(team)["客户"][0][0]
