"""Quotas: 60 reads and 60 writes a minute for a user, 300 of each for the project."""

from __future__ import annotations

import gspread
import pytest

from tests.sheets_server.conftest import ROWS
from tests.sheets_server.connect import connect
from tests.sheets_server.errors import ApiError
from tests.sheets_server.quota import Quota
from tests.sheets_server.server import SheetsServer

GET, UPDATE = "sheets.spreadsheets.values.get", "sheets.spreadsheets.values.update"


class Clock:
    def __init__(self) -> None:
        self.now = 600.0

    def __call__(self) -> float:
        return self.now


def spend(quota: Quota, count: int, method_id: str = GET, user: str = "a") -> None:
    for _ in range(count):
        quota.charge(method_id, user)


def test_the_61st_read_of_a_user_in_a_minute_is_refused() -> None:
    clock = Clock()
    quota = Quota(enabled=True, clock=clock)
    spend(quota, 60)
    with pytest.raises(ApiError) as caught:
        quota.charge(GET, "a")
    assert caught.value.code == 429
    spend(quota, 60, UPDATE)
    spend(quota, 60, user="b")
    clock.now += 59.9
    with pytest.raises(ApiError):
        quota.charge(GET, "a")
    clock.now += 0.1
    spend(quota, 60)
    assert quota.refused == 2


def test_the_project_s_limit_holds_for_all_users_together() -> None:
    quota = Quota(enabled=True, clock=Clock())
    for user in "abcde":
        spend(quota, 60, UPDATE, user)
    with pytest.raises(ApiError) as caught:
        quota.charge(UPDATE, "f")
    assert "'Write requests per minute' of service" in caught.value.message
    spend(quota, 1, GET, "f")


def test_refused_calls_and_drive_calls_are_not_counted() -> None:
    quota = Quota(enabled=True, per_user=1, clock=Clock())
    spend(quota, 1)
    for _ in range(3):
        with pytest.raises(ApiError):
            quota.charge(GET, "a")
    assert quota.used("Read", "a") == 1
    spend(quota, 100, "drive.files.list")


@pytest.mark.parametrize(
    ("method_id", "kind"),
    [
        ("sheets.spreadsheets.getByDataFilter", "Read"),
        ("sheets.spreadsheets.values.batchGetByDataFilter", "Read"),
        ("sheets.spreadsheets.developerMetadata.search", "Read"),
        ("sheets.spreadsheets.batchUpdate", "Write"),
        ("sheets.spreadsheets.values.batchClear", "Write"),
        ("sheets.spreadsheets.create", "Write"),
    ],
)
def test_reads_are_what_only_reads_whatever_the_verb(method_id: str, kind: str) -> None:
    quota = Quota(enabled=True, clock=Clock())
    quota.charge(method_id, "a")
    assert quota.used(kind, "a") == 1


def test_the_answer_is_google_s() -> None:
    with SheetsServer(quota=Quota(per_user=2, retry_after=True)) as server:
        team = server.create_spreadsheet("t", {"s": ROWS})
        book = connect(server.url).open_by_key(team)
        book.values_get("A1")
        with pytest.raises(gspread.exceptions.APIError) as caught:
            book.values_get("A1")
        assert 1 <= int(caught.value.response.headers["Retry-After"]) <= 61
    error = caught.value.error
    assert (error["code"], error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert error["message"].startswith(
        "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' "
        "of service 'sheets.googleapis.com' for consumer 'project_number:"
    )
    info = error["details"][0]
    assert (info["reason"], info["domain"]) == ("RATE_LIMIT_EXCEEDED", "googleapis.com")
    assert info["metadata"]["quota_metric"] == "sheets.googleapis.com/read_requests"
    assert info["metadata"]["quota_limit"] == "ReadRequestsPerMinutePerUser"
    assert info["metadata"]["quota_limit_value"] == "2"


def test_without_a_quota_nothing_is_refused(client: gspread.Client, team: str) -> None:
    book = client.open_by_key(team)
    for _ in range(70):
        book.values_get("A1")
