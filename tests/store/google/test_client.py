"""What the client makes of good and bad answers, over real connections to a server on loopback."""

from __future__ import annotations

import json
import logging
import random
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gspread
import pytest
import requests
from google.auth.exceptions import RefreshError, TransportError

from lib.store.contract import StoreError
from lib.store.google.access import make_credentials, read_key_file
from lib.store.google.calls import Busy, GuardTaken, Refused, Unknown
from lib.store.google.client import SheetsClient
from lib.store.google.retry import Patience, Retrying
from tests.store.google.stub_server import Reply, Stub, error, running

AN_HOUR = timedelta(hours=1)
GUARD = "Invalid requests[0].createDeveloperMetadata: Metadata with id 7 already exists."


class KnownToken:
    """Credentials that need no sign-in service."""

    service_account_email = "app@example.iam.gserviceaccount.com"

    def __init__(self, *refusals: Exception) -> None:
        self.token: str | None = None
        self.expiry = None
        self.renewed = 0
        self.refusals = list(refusals)

    @property
    def valid(self) -> bool:
        return self.token is not None

    def refresh(self, request: object) -> None:  # noqa: ARG002
        if self.refusals:
            raise self.refusals.pop(0)
        self.renewed += 1
        self.token = f"token-{self.renewed}"


@pytest.fixture
def stub() -> Stub:
    return Stub()


@pytest.fixture
def address(stub: Stub) -> Iterator[str]:
    with running(stub) as url:
        yield url


@pytest.fixture
def client(address: str) -> SheetsClient:
    return make_client(address)


def make_client(address: str, credentials: KnownToken | None = None, **options: object) -> SheetsClient:
    options.setdefault("retrying", Retrying(Patience(3, 0.01, 0.02, 5), dice=random.Random(1)))
    return SheetsClient(credentials or KnownToken(), address=address, **options)  # type: ignore[arg-type]


def write(client: SheetsClient) -> object:
    return client.write_batch("ID", {"requests": []}, "replies")


def read(client: SheetsClient) -> bytes:
    return client.read_values("ID", ["'客户'"], valueRenderOption="UNFORMATTED_VALUE")


def test_a_write_is_one_post_in_plain_utf_8(stub: Stub, client: SheetsClient) -> None:
    stub.then(Reply(body={"spreadsheetId": "ID"}))
    body = {"requests": [{"x": "回访"}]}
    assert client.write_batch("ID", body, "spreadsheetId") == {"spreadsheetId": "ID"}
    (seen,) = stub.seen
    assert seen.method == "POST"
    assert seen.path == "/v4/spreadsheets/ID:batchUpdate?fields=spreadsheetId&prettyPrint=false"
    assert seen.body == '{"requests":[{"x":"回访"}]}'.encode()
    assert seen.headers["Authorization"] == "Bearer token-1"
    assert "gzip" in seen.headers["Accept-Encoding"]
    assert "gzip" in seen.headers["User-Agent"]


def test_gspread_s_own_methods_work_through_it(stub: Stub, client: SheetsClient) -> None:
    stub.then(
        Reply(body={"sheets": [{"properties": {"sheetId": 0, "title": "客户"}}]}),
        Reply(body={"replies": [{}]}),
    )
    assert client.fetch_sheet_metadata("ID")["sheets"][0]["properties"]["title"] == "客户"
    assert client.batch_update("ID", {"requests": []}) == {"replies": [{}]}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (error(400, GUARD, "INVALID_ARGUMENT"), GuardTaken),
        (error(400, "Range (Sheet1!A1001) exceeds grid limits.", "INVALID_ARGUMENT"), Refused),
        (error(429, "Quota exceeded", "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"), Busy),
        (error(403, "Quota exceeded", "PERMISSION_DENIED", "RATE_LIMIT_EXCEEDED"), Busy),
        (error(500, "Internal error encountered.", "INTERNAL"), Unknown),
        (error(503, "The service is currently unavailable.", "UNAVAILABLE"), Unknown),
        (Reply(502, b"<html>Bad Gateway</html>"), Unknown),
        (Reply(reset=True), Unknown),
        (Reply(body={"replies": [{}] * 50}, cut=20), Unknown),
        (Reply(body=b'{"replies": ['), Unknown),
        (Reply(body=b""), Unknown),
        (Reply(413, b"too large"), Refused),
    ],
)
def test_a_write_is_sent_once_whatever_the_answer(
    stub: Stub, client: SheetsClient, reply: Reply, expected: type[Exception]
) -> None:
    stub.then(reply)
    with pytest.raises(expected):
        write(client)
    assert len(stub.seen) == 1


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (error(404, "Requested entity was not found.", "NOT_FOUND"), "google_not_found"),
        (error(403, "The caller does not have permission", "PERMISSION_DENIED"), "google_not_shared"),
        (
            error(403, "Sheets API has not been used", "PERMISSION_DENIED", "SERVICE_DISABLED"),
            "google_api_disabled",
        ),
        (error(403, "scopes", "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), "google_scope"),
    ],
)
@pytest.mark.parametrize("call", [read, write])
def test_what_only_people_can_mend_says_so_at_once(
    stub: Stub, client: SheetsClient, reply: Reply, code: str, call: object
) -> None:
    stub.then(reply)
    with pytest.raises(StoreError) as caught:
        call(client)  # type: ignore[operator]
    assert caught.value.code == code
    assert len(stub.seen) == 1


@pytest.mark.parametrize(
    "bad",
    [
        error(500),
        error(503),
        Reply(reset=True),
        Reply(body={"valueRanges": []}, cut=5),
        Reply(body=b"{"),
        error(429),
    ],
)
def test_a_read_is_repeated(stub: Stub, client: SheetsClient, bad: Reply) -> None:
    stub.then(bad, Reply(body={"valueRanges": []}))
    assert json.loads(read(client)) == {"valueRanges": []}
    assert len(stub.seen) == 2


def test_repeating_a_read_ends(stub: Stub, client: SheetsClient) -> None:
    stub.then(*[error(500)] * 9)
    with pytest.raises(Unknown):
        read(client)
    assert len(stub.seen) == 3


def test_too_many_requests_close_the_bucket_as_long_as_asked(stub: Stub, client: SheetsClient) -> None:
    stub.then(Reply(429, {}, {"Retry-After": "600"}))
    with pytest.raises(Busy):
        write(client)
    assert client.writes.left() == 0
    assert client.reads.left() == 60


def test_an_outdated_token_is_renewed_once(stub: Stub, client: SheetsClient) -> None:
    stub.then(error(401), Reply(body={"ok": 1}))
    assert write(client) == {"ok": 1}
    assert [seen.headers["Authorization"] for seen in stub.seen] == ["Bearer token-1", "Bearer token-2"]
    stub.then(error(401), error(401))
    with pytest.raises(StoreError) as caught:
        write(client)
    assert caught.value.code == "google_token"


def test_an_unanswered_write_ends_in_time_and_is_unknown(stub: Stub, address: str) -> None:
    stub.then(Reply(delay_s=1.0))
    client = make_client(address, timeout_s=(1, 0.2))
    with pytest.raises(Unknown):
        write(client)
    assert len(stub.seen) == 1


def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Busy):
        write(make_client(f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (RefreshError("invalid_grant: Invalid JWT Signature.", {}), "google_key_refused"),
        (
            RefreshError("invalid_grant: Invalid JWT: Token must be in a reasonable timeframe.", {}),
            "google_clock",
        ),
    ],
)
def test_a_refused_key_is_told_apart(address: str, refusal: Exception, code: str) -> None:
    with pytest.raises(StoreError) as caught:
        make_client(address, KnownToken(refusal)).check_token()
    assert caught.value.code == code
    assert caught.value.__cause__ is None


def test_a_sign_in_service_that_is_away_is_waited_for(stub: Stub, address: str) -> None:
    client = make_client(address, KnownToken(TransportError("reset"), RefreshError("x", retryable=True)))
    stub.then(Reply(body={"valueRanges": []}))
    assert read(client)
    assert len(stub.seen) == 1


def test_the_clock_is_compared_with_every_answer(address: str) -> None:
    client = make_client(address, clock=lambda: datetime.now(UTC) - AN_HOUR)
    write(client)
    assert client.clock_skew_s == pytest.approx(3600, abs=2)


def test_threads_never_share_a_connection_at_the_same_time(stub: Stub, client: SheetsClient) -> None:
    stub.then(*[Reply(body={"n": n}, delay_s=0.01) for n in range(40)])
    answers: list[object] = []

    def some() -> None:
        answers.extend(write(client) for _ in range(5))

    threads = [threading.Thread(target=some) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer["n"] for answer in answers) == list(range(40))  # type: ignore[index]
    assert len({seen.port for seen in stub.seen}) <= 40


def test_one_thread_keeps_its_connection(stub: Stub, client: SheetsClient) -> None:
    for _ in range(5):
        write(client)
    assert len({seen.port for seen in stub.seen}) == 1


def test_neither_log_nor_error_holds_a_token_or_a_body(
    stub: Stub, client: SheetsClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stub.then(
        Reply(500, {"error": {"message": "秘密"}}), Reply(body='{"x": "秘密"'.encode()), error(403, "秘密")
    )
    for _ in range(3):
        with pytest.raises(Exception) as caught:
            client.write_batch("ID", {"requests": [{"x": "秘密"}]})
        chain = [caught.value, caught.value.__cause__]
        assert "秘密" not in repr(chain)
        assert "token-1" not in repr(chain)
    assert "token-1" not in caplog.text
    assert "秘密" not in caplog.text


def test_it_is_gspread_s_client(client: SheetsClient) -> None:
    assert isinstance(client, gspread.HTTPClient)
    assert isinstance(client.session, requests.Session)


@pytest.mark.parametrize("text", ['{"private_key": "SECRET"', "[1]", "{}", '{"private_key": "SECRET"}'])
def test_a_damaged_key_is_refused_without_its_content(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(text)
    with pytest.raises(StoreError) as caught:
        make_credentials(read_key_file(path))
    error: BaseException | None = caught.value
    while error is not None:
        assert "SECRET" not in str(error)
        assert error.__suppress_context__
        error = error.__cause__
