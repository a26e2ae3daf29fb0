"""Who may call: tokens, scopes, sharing."""

from __future__ import annotations

import time

import google.auth.exceptions
import gspread
import pytest
from google.auth import jwt
from google.auth.crypt import RSASigner

from tests.sheets_server.conftest import Send
from tests.sheets_server.connect import connect
from tests.sheets_server.oauth import DEFAULT_USER, DRIVE, JWT_GRANT, SPREADSHEETS
from tests.sheets_server.server import SheetsServer

INFO = "type.googleapis.com/google.rpc.ErrorInfo"


def test_without_a_token_the_answer_is_401(send: Send, team: str) -> None:
    answer = send("GET", f"/v4/spreadsheets/{team}", token="")
    error = answer.json()["error"]
    assert (answer.status_code, error["status"]) == (401, "UNAUTHENTICATED")
    assert error["message"].startswith("Request is missing required authentication credential.")
    assert error["details"][0]["reason"] == "CREDENTIALS_MISSING"
    assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_drive_says_it_in_its_own_shape(send: Send, team: str) -> None:
    error = send("GET", f"/drive/v3/files/{team}", token="").json()["error"]
    assert error["errors"] == [
        {
            "message": "Login Required.",
            "domain": "global",
            "reason": "required",
            "location": "Authorization",
            "locationType": "header",
        }
    ]


def test_an_api_key_reads_what_is_public_and_writes_nothing(
    server: SheetsServer, send: Send, team: str
) -> None:
    path, key = f"/v4/spreadsheets/{team}/values/B2", {"x-goog-api-key": "k"}
    assert (
        send("GET", path, token="", headers=key).json()["error"]["message"]
        == "The caller does not have permission"
    )
    server.drive.share(team, "anyone", "reader")
    assert send("GET", path, token="", headers=key).json()["values"] == [["恒信科技"]]
    assert send("GET", path, token="", params={"key": "k"}).ok
    answer = send(
        "PUT", path, token="", headers=key, params={"valueInputOption": "RAW"}, json={"values": [[1]]}
    )
    assert answer.status_code == 401
    assert answer.json()["error"]["message"].startswith("API keys are not supported by this API.")


def test_a_foreign_token_is_let_in_unless_that_is_switched_off(
    server: SheetsServer, send: Send, team: str
) -> None:
    path = f"/v4/spreadsheets/{team}"
    assert send("GET", path, token="from-elsewhere").ok
    server.oauth.foreign_tokens = False
    error = send("GET", path, token="from-elsewhere").json()["error"]
    assert error["message"].startswith("Request had invalid authentication credentials.")


def test_a_service_account_signs_in_and_its_scopes_are_noted(server: SheetsServer, team: str) -> None:
    client = connect(server.url, scopes=[SPREADSHEETS])
    assert client.open_by_key(team).title == "团队"
    assert server.oauth.requested_scopes == [frozenset({SPREADSHEETS})]
    assert server.counters.requests(user=DEFAULT_USER) == 1


def test_a_missing_scope_is_403(server: SheetsServer) -> None:
    client = connect(server.url, scopes=[SPREADSHEETS])
    with pytest.raises(gspread.exceptions.APIError) as caught:
        client.list_spreadsheet_files()
    error = caught.value.error
    assert error["code"] == 403
    assert error["message"] == "Request had insufficient authentication scopes."
    assert error["errors"][0]["reason"] == "insufficientPermissions"
    metadata = {"service": "drive.googleapis.com", "method": "google.apps.drive.v3.DriveFiles.List"}
    assert error["details"] == [
        {
            "@type": INFO,
            "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "domain": "googleapis.com",
            "metadata": metadata,
        }
    ]


def test_reading_only_scopes_do_not_write(server: SheetsServer, team: str) -> None:
    client = connect(server.url, scopes=[SPREADSHEETS + ".readonly", DRIVE + ".readonly"])
    sheet = client.open_by_key(team).sheet1
    with pytest.raises(gspread.exceptions.APIError, match="insufficient authentication scopes"):
        sheet.update_acell("A1", "x")


def test_an_ended_token_is_renewed_by_the_client(server: SheetsServer, team: str) -> None:
    client = connect(server.url)
    book = client.open_by_key(team)
    server.oauth.revoke_all()
    assert book.sheet1.acell("B2").value == "恒信科技"
    assert server.counters.requests(method_id="oauth.token") == 2
    assert [call.status for call in server.counters.select(user="") if call.method_id != "oauth.token"] == [
        401
    ]


@pytest.mark.parametrize(
    ("offset_s", "accepted"), [(0, True), (-200, True), (-3600, False), (2 * 3600, False), (200, True)]
)
def test_a_clock_that_is_far_off_is_refused(offset_s: float, accepted: bool) -> None:
    with SheetsServer(clock_offset_s=offset_s) as server:
        team = server.create_spreadsheet()
        client = connect(server.url)
        if accepted:
            assert client.open_by_key(team)
        else:
            with pytest.raises(google.auth.exceptions.RefreshError, match="reasonable timeframe"):
                client.open_by_key(team)


def test_a_forged_signature_and_an_unknown_account_are_refused(server: SheetsServer, team: str) -> None:
    server.oauth.refuse_with = ("invalid_grant", "Invalid JWT Signature.")
    with pytest.raises(google.auth.exceptions.RefreshError, match="Invalid JWT Signature"):
        connect(server.url).open_by_key(team)
    server.oauth.refuse_with = None
    server.oauth.unknown_accounts.add(DEFAULT_USER)
    with pytest.raises(google.auth.exceptions.RefreshError, match="account not found"):
        connect(server.url).open_by_key(team)


def test_the_signature_is_really_checked(send: Send) -> None:
    forged = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhQGIuYyIsInNjb3BlIjoicyJ9.AAAA"
    answer = send("POST", "/token", data={"grant_type": JWT_GRANT, "assertion": forged})
    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}


def test_a_token_request_may_not_be_good_for_more_than_an_hour(server: SheetsServer, send: Send) -> None:
    signer = RSASigner.from_service_account_info(server.oauth.service_account(DEFAULT_USER, server.url))
    for life_s, accepted in ((3600, True), (3700, False)):
        now = int(time.time())
        claims = {"iss": DEFAULT_USER, "scope": SPREADSHEETS, "iat": now, "exp": now + life_s}
        form = {"grant_type": JWT_GRANT, "assertion": jwt.encode(signer, claims).decode()}
        assert send("POST", "/token", data=form).ok is accepted


def test_a_spreadsheet_that_is_not_shared_is_403_and_one_that_is_not_there_404(
    server: SheetsServer, client: gspread.Client
) -> None:
    private = server.create_spreadsheet("private", share_with=())
    with pytest.raises(PermissionError):
        client.open_by_key(private)
    with pytest.raises(gspread.SpreadsheetNotFound):
        client.open_by_key("1nowhere")


def test_a_reader_may_not_write(server: SheetsServer, team: str) -> None:
    server.drive.share(team, "reader@example.com", "reader")
    book = connect(server.url, user="reader@example.com").open_by_key(team)
    with pytest.raises(gspread.exceptions.APIError) as caught:
        book.sheet1.update_acell("A1", "x")
    assert caught.value.error == {
        "code": 403,
        "message": "The caller does not have permission",
        "status": "PERMISSION_DENIED",
    }
    assert server.dump(team)["客户"][0][0] == "_id"


def test_sharing_can_be_taken_back(server: SheetsServer, client: gspread.Client, team: str) -> None:
    book = client.open_by_key(team)
    server.drive.unshare(team, DEFAULT_USER)
    with pytest.raises(gspread.exceptions.APIError, match="does not have permission"):
        book.sheet1.acell("A1")
