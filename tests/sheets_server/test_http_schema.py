"""Requests are judged by the discovery document, in Google's words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sheets_server.conftest import Send
from tests.sheets_server.discovery import drive, sheets
from tests.sheets_server.payloads import read_body
from tests.sheets_server.responses import response_problems

UNKNOWN = "Invalid JSON payload received. Unknown name "


def error_of(answer: Any, code: int = 400) -> dict[str, Any]:
    assert answer.status_code == code, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert error["code"] == code
    return error


BODIES = [
    ({"zip": 1}, UNKNOWN + '"zip": Cannot find field.', None),
    (
        {"requests": [{"foo": {}}]},
        UNKNOWN + "\"foo\" at 'requests[0]': Cannot find field.",
        "requests[0]",
    ),
    (
        {"requests": [{"addSheet": {"properties": {"tabs": 1}}}]},
        UNKNOWN + "\"tabs\" at 'requests[0].add_sheet.properties': Cannot find field.",
        "requests[0].add_sheet.properties",
    ),
    (
        {"requests": [{"deleteSheet": {"sheetId": "first"}}]},
        "Invalid value at 'requests[0].delete_sheet.sheet_id' (TYPE_INT32), \"first\"",
        "requests[0].delete_sheet.sheet_id",
    ),
    (
        {"requests": [{"deleteSheet": {"sheetId": [1]}}]},
        UNKNOWN
        + "\"sheet_id\" at 'requests[0].delete_sheet': Proto field is not repeating, cannot start list.",
        "requests[0].delete_sheet",
    ),
    (
        {"requests": [{"addSheet": {"properties": {"title": 5}}}]},
        "Invalid value at 'requests[0].add_sheet.properties.title' (TYPE_STRING), 5",
        "requests[0].add_sheet.properties.title",
    ),
    (
        {"requests": [{"mergeCells": {"mergeType": "ALL"}}]},
        "Invalid value at 'requests[0].merge_cells.merge_type' "
        '(type.googleapis.com/google.apps.sheets.v4.MergeCellsRequest.MergeType), "ALL"',
        "requests[0].merge_cells.merge_type",
    ),
    (
        {"requests": [{"deleteSheet": {"sheetId": 1}, "addSheet": {}}]},
        "Invalid value at 'requests[0]' (oneof), oneof field 'kind' is already set. Cannot set 'addSheet'",
        "requests[0]",
    ),
]


@pytest.mark.parametrize(("body", "message", "field"), BODIES)
def test_a_body_off_the_schema_is_refused(
    send: Send, team: str, body: dict[str, Any], message: str, field: str | None
) -> None:
    error = error_of(send("POST", f"/v4/spreadsheets/{team}:batchUpdate", json=body))
    assert (error["message"], error["status"]) == (message, "INVALID_ARGUMENT")
    violation = {"description": message, **({"field": field} if field else {})}
    kind = "type.googleapis.com/google.rpc.BadRequest"
    assert error["details"] == [{"@type": kind, "fieldViolations": [violation]}]


def test_all_violations_are_told_at_once(send: Send, team: str) -> None:
    body = {"requests": [{"deleteSheet": {"sheetId": "x", "why": 1}}]}
    error = error_of(send("POST", f"/v4/spreadsheets/{team}:batchUpdate", json=body))
    assert len(error["message"].splitlines()) == 2
    assert len(error["details"][0]["fieldViolations"]) == 2


def test_the_body_of_a_value_write_is_called_data(send: Send, team: str) -> None:
    path = f"/v4/spreadsheets/{team}/values/A1?valueInputOption=RAW"
    error = error_of(send("PUT", path, json={"values": ["text"]}))
    wanted = "Invalid value at 'data.values[0]' (type.googleapis.com/google.protobuf.ListValue), \"text\""
    assert error["message"] == wanted


def test_an_unknown_query_parameter_is_refused_by_sheets_and_passed_over_by_drive(
    send: Send, team: str
) -> None:
    error = error_of(send("GET", f"/v4/spreadsheets/{team}", params={"zap": "1"}))
    assert error["message"] == (
        UNKNOWN + "\"zap\": Cannot bind query parameter. Field 'zap' could not be found in request message."
    )
    assert send("GET", f"/drive/v3/files/{team}", params={"zap": "1"}).ok


def test_an_unknown_option_is_refused(send: Send, team: str) -> None:
    path = f"/v4/spreadsheets/{team}/values/A1"
    error = error_of(send("PUT", path, params={"valueInputOption": "TYPED"}, json={"values": [[1]]}))
    assert error["message"] == (
        "Invalid value at 'value_input_option' "
        '(type.googleapis.com/google.apps.sheets.v4.ValueInputOption), "TYPED"'
    )


def test_a_body_that_is_not_json_is_refused(send: Send, team: str) -> None:
    answer = send("POST", f"/v4/spreadsheets/{team}:batchUpdate", data=b"{requests: nothing")
    assert error_of(answer)["message"].startswith("Invalid JSON payload received. Unexpected token.")


@pytest.mark.parametrize("spelling", ["deleteSheet", "delete_sheet"])
def test_proto_names_and_numbers_as_text_are_understood(spelling: str) -> None:
    method = sheets().method("sheets.spreadsheets.batchUpdate")
    body, violations = read_body(sheets(), method, {"requests": [{spelling: {"sheetId": "7"}}]})
    assert not violations
    assert body == {"requests": [{"deleteSheet": {"sheetId": 7}}]}


def test_null_is_nothing_except_among_values() -> None:
    method = sheets().method("sheets.spreadsheets.values.update")
    body, violations = read_body(sheets(), method, {"range": None, "values": [["a", None]]})
    assert (body, violations) == ({"values": [["a", None]]}, [])


def test_every_published_method_is_routed_to_itself() -> None:
    for api in (sheets(), drive()):
        for method in api.methods:
            path = method.template.replace("{", "").replace("}", "").replace("+", "")
            found = api.route(method.http_method, path)
            assert found is not None
            assert found[0].method_id == method.method_id


def test_a_path_that_google_does_not_have_is_a_404_page(send: Send) -> None:
    answer = send("GET", "/v4/spreadsheet/x")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


PROBLEMS = [
    ({"spreadsheetId": 5}, ".spreadsheetId"),
    ({"zip": 1}, ".zip: no such field"),
    ({"sheets": {}}, ".sheets"),
    ({"sheets": [{"properties": {"sheetId": True}}]}, ".sheets[0].properties.sheetId"),
    ({"sheets": [{"properties": {"sheetType": "TABLE"}}]}, ".sheets[0].properties.sheetType"),
]


@pytest.mark.parametrize(("body", "where"), PROBLEMS)
def test_a_response_off_the_schema_is_found(body: dict[str, Any], where: str) -> None:
    problems = response_problems(sheets(), "Spreadsheet", body)
    assert len(problems) == 1
    assert problems[0].startswith(where)


def test_a_bug_of_the_emulator_fails_the_test_that_meets_it(server: Any, send: Send, team: str) -> None:
    server.service.call = lambda *_: {"spreadsheetId": 5}
    assert send("GET", f"/v4/spreadsheets/{team}").ok
    assert "spreadsheetId" in server.bugs.pop()
    server.service.call = lambda *_: 1 / 0
    assert send("GET", f"/v4/spreadsheets/{team}").status_code == 500
    assert "ZeroDivisionError" in server.bugs.pop()
