"""The wire: keep-alive, gzip, counting, other processes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from tests.sheets_server.conftest import ROWS, Send
from tests.sheets_server.connect import Remote, connect
from tests.sheets_server.server import SheetsServer
from tests.sheets_server.wire import pretty

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_answers_are_printed_as_an_indent_of_two(value: object) -> None:
    assert pretty(value) == json.dumps(value, ensure_ascii=False, indent=2)


def test_answers_are_zipped_only_for_clients_that_unzip(send: Send, team: str) -> None:
    path = f"/v4/spreadsheets/{team}"
    zipped = send("GET", path, headers={"Accept-Encoding": "gzip"})
    plain = send("GET", path, headers={"Accept-Encoding": "identity"})
    assert (zipped.headers.get("Content-Encoding"), plain.headers.get("Content-Encoding")) == ("gzip", None)
    assert zipped.json() == plain.json()
    assert int(zipped.headers["Content-Length"]) < int(plain.headers["Content-Length"])


def test_what_is_counted_is_what_was_sent(server: SheetsServer, send: Send, team: str) -> None:
    answer = send("GET", f"/v4/spreadsheets/{team}/values/A1:C4", headers={"Accept-Encoding": "identity"})
    (call,) = server.counters.select()
    head = sum(len(f"{name}: {text}\r\n") for name, text in answer.raw.headers.items())
    assert call.bytes_out == len("HTTP/1.1 200 OK\r\n") + head + 2 + len(answer.content)
    sent = answer.request
    asked = sum(len(f"{name}: {text}\r\n") for name, text in sent.headers.items())
    host = len(f"Host: {server.url.removeprefix('http://')}\r\n")
    assert call.bytes_in == len(f"GET {sent.path_url} HTTP/1.1\r\n") + asked + host + 2
    assert server.counters.bytes_on_wire() == (call.bytes_in, call.bytes_out)
    send("GET", f"/v4/spreadsheets/{team}/values/A1:C4", headers={"Accept-Encoding": "identity"})
    assert server.counters.bytes_on_wire() == (2 * call.bytes_in, 2 * call.bytes_out)
    server.counters.reset()
    assert server.counters.summary()["requests"] == 0


def test_one_connection_serves_many_requests(server: SheetsServer, send: Send, team: str) -> None:
    for _ in range(5):
        send("GET", f"/v4/spreadsheets/{team}/values/A1")
    assert len(server.connections) == 1


def test_latency_is_added(server: SheetsServer, send: Send, team: str) -> None:
    server.latency_s = 0.1
    began = time.monotonic()
    send("GET", f"/v4/spreadsheets/{team}/values/A1")
    assert time.monotonic() - began >= 0.1


def test_google_s_clock_is_in_every_answer(send: Send, server: SheetsServer, team: str) -> None:
    server.clock_offset_s = 3600
    from email.utils import parsedate_to_datetime

    date = parsedate_to_datetime(send("GET", f"/v4/spreadsheets/{team}").headers["Date"])
    assert abs(date.timestamp() - time.time() - 3600) < 5


def test_closing_ends_idle_connections() -> None:
    with SheetsServer() as server:
        session = requests.Session()
        session.get(server.url + "/nothing", timeout=5)
        url = server.url
    with pytest.raises(requests.ConnectionError):
        session.get(url + "/nothing", timeout=5)


@pytest.fixture
def other_process() -> Iterator[Remote]:
    command = [sys.executable, "-m", "tests.sheets_server", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Remote(process.stdout.readline().strip())
    finally:
        process.terminate()
        assert process.wait(timeout=10) == 0


def test_an_emulator_in_another_process_is_controlled_over_http(other_process: Remote) -> None:
    remote = other_process
    team = remote.create_spreadsheet("团队", {"客户": ROWS})
    sheet = connect(remote.url, timeout=10).open_by_key(team).worksheet("客户")
    remote.set_faults(script=["503"], method="sheets.spreadsheets.values.update")
    with pytest.raises(Exception, match="503"):
        sheet.update_acell("B2", "x")
    sheet.update_acell("B2", "y")
    assert remote.dump(team)["客户"][1][1] == "y"
    remote.set_quota(enabled=True, per_user=0)
    with pytest.raises(Exception, match="Quota exceeded"):
        sheet.acell("B2")
    remote.set_quota(enabled=False)
    counted = remote.counters()
    assert counted["by_fault"] == {"503": 1}
    assert counted["by_status"] == {"200": 4, "503": 1, "429": 1}
    person = remote.human(team, seed=1, weights={"edit": 1})
    assert remote.call("POST", f"human/{person}/step")["entries"] == remote.journal(person)
    assert remote.stop_human(person)
    assert remote.bugs() == []


def test_a_wrong_control_call_says_why(server: SheetsServer) -> None:
    with pytest.raises(RuntimeError, match="no such fault: boredom"):
        Remote(server.url).set_faults(rates={"boredom": 1.0})
    with pytest.raises(RuntimeError, match="no such control"):
        Remote(server.url).call("GET", "nothing")
