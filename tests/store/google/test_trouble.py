"""What people get badly wrong, what Google refuses for good, and answers from the past."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib.store.contract import (
    AccidentKind,
    Batch,
    Change,
    EntryKind,
    InsertRow,
    Origin,
    StoreError,
    UpdateCell,
    Value,
)
from lib.store.google.store import GoogleStore
from tests.sheets_server.server import SheetsServer
from tests.store.google.world import Team

AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
COUNT = 12
ROWS: list[list[Value]] = [
    ["名称", "级别", "_id", "_deleted"],
    *[[f"客户{n:02}", ("重点", "普通", "潜在")[n * 7 % 3], f"r{n:02}", None] for n in range(COUNT)],
]
NAMES = [row[0] for row in ROWS[1:]]


@pytest.fixture
def server() -> Iterator[SheetsServer]:
    with SheetsServer() as server:
        yield server


@pytest.fixture
def team(server: SheetsServer) -> Team:
    return Team(server, {"客户": ROWS, "拜访": [["客户", "_id", "_deleted"], ["客户01", "v1", None]]})


@pytest.fixture
def store(team: Team, tmp_path: Path) -> Iterator[GoogleStore]:
    store = team.open_store(tmp_path)
    store.commit(batch(UpdateCell("拜访", "v1", "客户", "客户01", "客户02"), operation="first"))
    store.refresh()
    yield store
    store.close()


def batch(*changes: Change, operation: str = "op") -> Batch:
    return Batch(operation, "li", AT, changes)


def names(store: GoogleStore) -> list[Value]:
    sheet = store.read().sheets["客户"]
    return [sheet.column("名称")[sheet.ids.tolist().index(f"r{n:02}")] for n in range(COUNT)]


def sort_one_column(team: Team, store: GoogleStore) -> None:
    """The names are sorted without the rest."""
    area = {"sheetId": team.sheet_id("客户"), "startRowIndex": 1, "endRowIndex": COUNT + 1}
    span = {"startColumnIndex": 0, "endColumnIndex": 1}
    order = {"dimensionIndex": 0, "sortOrder": "DESCENDING"}
    team.do({"sortRange": {"range": {**area, **span}, "sortSpecs": [order]}})
    store.refresh()


def test_a_column_sorted_alone_is_shown_as_before_and_not_written(team: Team, store: GoogleStore) -> None:
    sort_one_column(team, store)
    (accident,) = store.accidents()
    assert (accident.kind, accident.sheet, accident.column) == (AccidentKind.COLUMN_SORTED, "客户", "名称")
    assert names(store) == NAMES
    store.commit(batch(UpdateCell("客户", "r01", "级别", "普通", "重点"), operation="1"))
    store.commit(batch(UpdateCell("拜访", "v1", "客户", "客户02", "客户03"), operation="2"))
    assert store.status().records == {("客户", "r01")}  # the other worksheet goes on
    assert team.rows("拜访")[1][0] == "客户03"
    assert not [e for e in store.history() if e.origin is Origin.SPREADSHEET]


def test_it_can_be_put_back(team: Team, store: GoogleStore) -> None:
    sort_one_column(team, store)
    store.settle_accident(store.accidents()[0].accident_id, False, "王", AT)
    assert store.settle(10)
    store.refresh()
    assert store.accidents() == ()
    assert [row[0] for row in team.rows("客户")[1:]] == NAMES
    assert names(store) == NAMES
    store.commit(batch(UpdateCell("客户", "r01", "级别", "普通", "重点"), operation="1"))
    assert store.status().waiting == 0


def test_it_can_be_taken_as_it_stands(team: Team, store: GoogleStore) -> None:
    sort_one_column(team, store)
    store.settle_accident(store.accidents()[0].accident_id, True, "王", AT)
    assert store.accidents() == ()
    assert names(store) == NAMES[::-1]
    edits = [e for e in store.history() if e.origin is Origin.SPREADSHEET]
    assert len(edits) == COUNT
    with pytest.raises(KeyError):
        store.settle_accident("1", True, "王", AT)


def test_many_rows_removed_at_once_can_be_put_back(team: Team, store: GoogleStore) -> None:
    span = {"sheetId": team.sheet_id("客户"), "dimension": "ROWS", "startIndex": 1, "endIndex": 7}
    team.do({"deleteDimension": {"range": span}})
    store.refresh()
    (accident,) = store.accidents()
    assert (accident.kind, accident.rows) == (AccidentKind.ROWS_GONE, 6)
    assert names(store) == NAMES
    store.settle_accident(accident.accident_id, False, "王", AT)
    assert store.settle(10)
    store.refresh()
    assert sorted(row[0] for row in team.rows("客户")[1:]) == sorted(map(str, NAMES))
    assert store.accidents() == ()


def test_lost_ids_are_left_to_google_s_own_version_history(team: Team, store: GoogleStore) -> None:
    before = [row[2:3] for row in team.rows("客户")]
    team.fill("客户", 1, 3, [[None]] * (COUNT + 1))
    store.refresh()
    (accident,) = store.accidents()
    assert accident.kind is AccidentKind.HEADER_LOST
    with pytest.raises(StoreError) as caught:
        store.settle_accident(accident.accident_id, False, "王", AT)
    assert caught.value.code == "google_put_back"
    team.fill("客户", 1, 3, before)
    store.refresh()
    assert store.accidents() == ()


def test_a_protected_column_holds_up_its_own_records_only(team: Team, store: GoogleStore) -> None:
    area = {"sheetId": team.sheet_id("客户"), "startColumnIndex": 1, "endColumnIndex": 2}
    team.do(
        {"addProtectedRange": {"protectedRange": {"range": area, "editors": {"users": ["boss@example.com"]}}}}
    )
    store.commit(batch(UpdateCell("客户", "r01", "级别", "普通", "重点"), operation="refused"))
    status = store.status()
    assert status.records == {("客户", "r01")}
    assert status.cause is not None
    assert status.cause.code in ("google_refused", "google_not_shared")
    if status.cause.code == "google_refused":
        store.commit(batch(UpdateCell("拜访", "v1", "客户", "客户02", "客户03"), operation="fine"))
        assert team.rows("拜访")[1][0] == "客户03"


def test_an_answer_from_the_past_takes_nothing_back(
    server: SheetsServer, team: Team, store: GoogleStore
) -> None:
    server.faults.configure(stale_s=1.0)
    change = UpdateCell("客户", "r01", "级别", "普通", "重点")
    server.faults.script("", "", "", "stale", "stale", method="sheets.spreadsheets.values.batchGet")
    store.commit(batch(UpdateCell("客户", "r02", "名称", "客户02", "客户二"), operation="0"))
    time.sleep(1.1)
    store.commit(batch(change, operation="1"))
    store.refresh()
    version = store.read().version
    store.refresh()  # is answered with what was there half a second ago, twice
    assert server.faults.counts() == {"stale": 2}
    assert store.read().version == version
    store.refresh()
    assert not [e for e in store.history() if e.origin is Origin.SPREADSHEET]
    store.commit(batch(replace(change, seen="重点", new="潜在"), operation="2"))
    store.refresh()
    sheet = store.read().sheets["客户"]
    assert sheet.column("级别")[sheet.ids.tolist().index("r01")] == "潜在"
    assert store.conflicts() == ()
    assert team.rows("客户")[2][1] == "潜在"


def test_our_own_last_write_is_no_conflict_where_google_forgets_it_for_a_moment(
    server: SheetsServer, team: Team, store: GoogleStore
) -> None:
    server.faults.configure(stale_s=1.0)
    change = UpdateCell("客户", "r01", "级别", "普通", "重点")
    server.faults.script("", "", "stale", method="sheets.spreadsheets.values.batchGet")
    store.commit(batch(UpdateCell("客户", "r02", "名称", "客户02", "客户二"), operation="0"))
    time.sleep(1.1)
    store.commit(batch(change, operation="1"))
    receipt = store.commit(batch(replace(change, seen="重点", new="潜在"), operation="2"))
    assert server.faults.counts() == {"stale": 1}
    assert receipt.conflicts == ()
    assert team.rows("客户")[2][1] == "潜在"


def test_a_row_put_back_from_history_by_its_id(team: Team, store: GoogleStore) -> None:
    team.remove_row("客户", 3)
    store.refresh()
    removed = next(e for e in store.history() if e.kind is EntryKind.REMOVE)
    assert removed.record_id == "r01"
    store.commit(batch(InsertRow("客户", "r01", removed.values), operation="back"))
    assert names(store) == NAMES
