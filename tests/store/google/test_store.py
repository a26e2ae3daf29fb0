"""The store over the emulator: machines beside each other, pauses of the app, people's mistakes."""

from __future__ import annotations

import contextlib
import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib.store.contract import (
    Batch,
    Change,
    ConflictReason,
    EntryKind,
    EntryState,
    Health,
    InsertRow,
    Origin,
    StoreBusy,
    StoreError,
    UpdateCell,
    Value,
)
from lib.store.google.access import make_credentials
from lib.store.google.calls import WriteBatch
from lib.store.google.client import SheetsClient
from lib.store.google.known import Head
from lib.store.google.polling import Poller
from lib.store.google.protocol import write
from lib.store.google.retry import Patience, Retrying
from lib.store.google.store import GoogleStore
from lib.store.google.transport import Transport
from tests.sheets_server.connect import service_account
from tests.sheets_server.oauth import DEFAULT_USER
from tests.sheets_server.server import SheetsServer
from tests.store.google.world import WRITES, Team, make_client

AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
day = datetime.fromisoformat
ROWS: list[list[Value]] = [
    ["名称", "级别", "金额", "建立", "_id", "_deleted"],
    ["恒信科技", "重点", 520_000, day("2026-01-05"), "a1", None],
    ["明远贸易", "普通", 1.5, day("2026-02-28 14:30"), "b2", None],
]
NOBODY = "http://127.0.0.1:9"
READS = "sheets.spreadsheets.values.batchGet"
LEVEL = UpdateCell("客户", "a1", "级别", "重点", "普通")


@pytest.fixture
def server() -> Iterator[SheetsServer]:
    with SheetsServer() as server:
        yield server


@pytest.fixture
def team(server: SheetsServer) -> Team:
    return Team(server, {"客户": ROWS})


class Machines:
    """App hosts: each has a folder of its own; a second process on one shares it."""

    def __init__(self, team: Team, root: Path, stack: contextlib.ExitStack) -> None:
        self._team, self._root, self._stack = team, root, stack

    def open(self, name: str = "one") -> GoogleStore:
        store = self._team.open_store(self._root / name)
        self._stack.callback(store.close)
        return store


@pytest.fixture
def machines(team: Team, tmp_path: Path) -> Iterator[Machines]:
    with contextlib.ExitStack() as stack:
        yield Machines(team, tmp_path, stack)


def make_offline_client(url: str) -> SheetsClient:
    """Signed in with a good key, but nobody answers."""
    impatient = Retrying(Patience(attempts=2, first_s=0.01))
    return SheetsClient(make_credentials(service_account(url)), address=NOBODY, retrying=impatient)


def batch(*changes: Change, operation: str = "op", actor: str = "li") -> Batch:
    return Batch(operation, actor, AT, changes)


def cell(store: GoogleStore, record: str, column: str) -> Value:
    sheet = store.read().sheets["客户"]
    value: Value = sheet.column(column)[sheet.ids.tolist().index(record)]
    return value


def test_an_update_is_one_read_and_one_write(server: SheetsServer, machines: Machines) -> None:
    store = machines.open()
    store.commit(batch(LEVEL))  # makes the hidden history
    store.refresh()
    server.counters.reset()
    store.commit(batch(replace(LEVEL, seen="普通", new="潜在"), operation="2"))
    assert [call.method_id for call in server.counters.select()] == [READS, WRITES]


def test_a_look_is_one_request_and_changes_nothing_where_nothing_changed(
    server: SheetsServer, machines: Machines
) -> None:
    store = machines.open()
    store.commit(batch(LEVEL))
    store.refresh()
    first = store.read()
    server.counters.reset()
    store.refresh()
    assert [call.method_id for call in server.counters.select()] == [READS]
    assert store.read() is first
    assert not store.changed_since(first.version)


def test_our_own_write_is_shown_at_once_and_taken_for_nobody_else_s(
    server: SheetsServer, machines: Machines
) -> None:
    store = machines.open()
    store.read()
    receipt = store.commit(batch(LEVEL))
    assert cell(store, "a1", "级别") == "普通"
    server.counters.reset()
    store.refresh()
    assert [call.method_id for call in server.counters.select()] == [READS]  # nothing of people's to note
    assert store.read().version == receipt.version  # nothing new to be seen


def test_machines_see_each_other_s_changes_and_who_made_them(machines: Machines) -> None:
    one, two = machines.open("one"), machines.open("two")
    two.read()
    one.commit(batch(LEVEL, InsertRow("客户", "n1", {"名称": "新"})))
    two.refresh()
    assert cell(two, "a1", "级别") == "普通"
    assert cell(two, "n1", "名称") == "新"
    told = [(e.kind, e.record_id, e.actor, e.origin, e.state) for e in two.history()]
    assert told == [
        (EntryKind.INSERT, "n1", "li", Origin.APP, EntryState.WRITTEN),
        (EntryKind.UPDATE, "a1", "li", Origin.APP, EntryState.WRITTEN),
    ]
    assert two.check_history() is None


def test_the_same_cell_written_by_two_machines_is_a_conflict_at_once(machines: Machines) -> None:
    one, two = machines.open("one"), machines.open("two")
    one.read(), two.read()
    one.commit(batch(LEVEL, operation="1"))
    mine = replace(LEVEL, new="潜在")
    receipt = two.commit(batch(mine, operation="2"))
    assert receipt.applied == ()
    assert [(c.change, c.reason, c.current) for c in receipt.conflicts] == [
        (mine, ConflictReason.CHANGED, "普通")
    ]
    assert cell(two, "a1", "级别") == "普通"
    again = two.commit(batch(mine, operation="2"))
    assert (again.repeated, again.applied, again.conflicts) == (True, (), receipt.conflicts)


def test_one_person_s_edit_is_one_entry_however_many_machines_see_it(team: Team, machines: Machines) -> None:
    stores = [machines.open("one"), machines.open("one"), machines.open("two")]
    for store in stores:
        store.read()
    team.fill("客户", 2, 2, [["潜在"]])
    for _ in range(2):
        for store in stores:
            store.refresh()
    for store in stores:
        (entry,) = store.history()
        assert (entry.origin, entry.before, entry.after, entry.actor) == (
            Origin.SPREADSHEET, "重点", "潜在", "",
        )  # fmt: skip
        assert store.check_history() is None
    assert len(team.rows("_history")) == 2


def test_what_is_kept_on_this_machine_is_for_its_user_only(team: Team, tmp_path: Path) -> None:
    store = team.open_store(tmp_path / "state")
    store.read()
    store.close()
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    (kept,) = (tmp_path / "state").glob("*.reading")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_edits_while_the_app_was_away_are_noted_at_its_next_start(team: Team, machines: Machines) -> None:
    first = machines.open()
    first.commit(batch(LEVEL))
    first.refresh()
    first.close()
    team.fill("客户", 3, 2, [["潜在"]])
    second = machines.open()
    second.read()
    newest = second.history()[0]
    assert (newest.record_id, newest.before, newest.after) == ("b2", "普通", "潜在")
    assert len(second.history()) == 2


def test_what_waited_when_the_process_ended_is_written_by_the_next(
    server: SheetsServer, team: Team, machines: Machines
) -> None:
    first = machines.open()
    first.read()
    server.faults.configure(only=WRITES)
    server.faults.set_rates({"429": 1.0})
    assert first.commit(batch(LEVEL)).applied
    first.close()
    server.faults.clear()
    assert team.rows("客户")[1][1] == "重点"
    second = machines.open()
    assert cell(second, "a1", "级别") == "普通"  # shown before it is written
    assert second.settle(10)
    assert team.rows("客户")[1][1] == "普通"


def test_without_a_network_the_last_reading_is_shown_and_changes_wait(
    server: SheetsServer, team: Team, tmp_path: Path
) -> None:
    first = team.open_store(tmp_path)
    first.read()
    first.close()
    nowhere = make_offline_client(server.url)
    offline = GoogleStore(team.spreadsheet_id, nowhere, state_folder=tmp_path, poll_s=3_600, patience_s=1)
    assert cell(offline, "a1", "级别") == "重点"
    offline.commit(batch(LEVEL))
    assert cell(offline, "a1", "级别") == "普通"
    status = offline.status()
    assert (status.health, status.waiting) == (Health.WAITING, 1)
    assert isinstance(status.cause, StoreBusy)
    offline.close()
    online = team.open_store(tmp_path)
    online.read()
    assert online.settle(10)
    assert team.rows("客户")[1][1] == "普通"
    online.close()


def test_a_first_start_without_a_network_says_so(server: SheetsServer, team: Team, tmp_path: Path) -> None:
    client = make_offline_client(server.url)
    store = GoogleStore(team.spreadsheet_id, client, state_folder=tmp_path)
    with pytest.raises(StoreError) as caught:
        store.read()
    assert caught.value.code == "google_busy"
    store.close()


@pytest.mark.parametrize("fault", ["timeout_after", "500_after", "reset_after", "truncated"])
def test_an_outcome_that_was_not_heard_is_looked_up_not_repeated(
    server: SheetsServer, team: Team, tmp_path: Path, fault: str
) -> None:
    client = make_client(server.url, timeout_s=(1, 0.3))
    store = GoogleStore(team.spreadsheet_id, client, state_folder=tmp_path, poll_s=3_600)
    store.commit(batch(LEVEL))
    server.faults.configure(hold_s=0.5)
    server.faults.script(fault, method=WRITES)
    store.commit(batch(InsertRow("客户", "n1", {"名称": "新"}), operation="2"))
    assert store.settle(10)
    assert [row[0] for row in team.rows("客户")[1:]] == ["恒信科技", "明远贸易", "新"]
    lines = [json.loads(row[1]) for row in team.rows("_history")[1:]]
    assert [line[2] for line in lines if line[1] in ("update", "insert")] == ["op", "2"]
    store.close()


def test_a_process_that_ends_before_it_has_heard_is_not_taken_for_another_s(
    server: SheetsServer, team: Team, machines: Machines, tmp_path: Path
) -> None:
    quick = make_client(server.url, retrying=Retrying(Patience(attempts=1)))
    first = GoogleStore(team.spreadsheet_id, quick, state_folder=tmp_path / "one", poll_s=3_600, patience_s=1)
    first.commit(batch(LEVEL))
    server.faults.script("500_after", method=WRITES)
    server.faults.script(*["503"] * 50, method=READS)
    first.commit(batch(InsertRow("客户", "n1", {"名称": "新"}), operation="2"))
    assert first.status().waiting == 1
    first.close()
    server.faults.clear()
    assert len(team.rows("客户")) == 4  # it had come through
    second = machines.open("one")
    second.read()
    assert second.settle(10)
    assert second.conflicts() == ()
    assert len(team.rows("客户")) == 4


def test_what_a_killed_machine_left_astray_is_put_right_by_the_next_look_of_another(
    team: Team, machines: Machines
) -> None:
    two = machines.open("two")
    two.commit(batch(LEVEL))
    two.refresh()
    one = Sight(team)
    talk = write(
        [batch(UpdateCell("客户", "b2", "级别", "普通", "潜在"), operation="x")], one.reading.known()
    )
    call = next(talk)
    while not isinstance(call, WriteBatch):
        call = talk.send(one.transport.answer(call))
    team.do({"moveDimension": {"source": _row(team, 3), "destinationIndex": 1}})  # b2 is dragged above a1
    one.transport.answer(call)
    talk.close()  # and that was the end of it
    assert [row[1] for row in team.rows("客户")[1:]] == ["普通", "潜在"]  # the wrong row
    team.server.faults.configure(only=WRITES)
    team.server.faults.set_rates({"429": 1.0})
    two.refresh()  # sees it and cannot mend it yet
    team.server.faults.clear()
    two.refresh()
    assert {row[4]: row[1] for row in team.rows("客户")[1:]} == {"b2": "普通", "a1": "普通"}
    assert cell(two, "a1", "级别") == "普通"
    assert not [e for e in two.history() if e.origin is Origin.SPREADSHEET]


class Sight:
    """What a process knows before its first write."""

    def __init__(self, team: Team) -> None:
        self.transport = Transport(make_client(team.server.url), team.spreadsheet_id)
        self.reading = Poller(self.transport).look(None, Head())


def _row(team: Team, number: int) -> dict[str, object]:
    place = {"dimension": "ROWS", "startIndex": number - 1, "endIndex": number}
    return {"sheetId": team.sheet_id("客户"), **place}


def test_a_spreadsheet_shared_for_viewing_only_is_shown_and_says_why_nothing_is_written(
    server: SheetsServer, team: Team, machines: Machines
) -> None:
    server.drive.share(team.spreadsheet_id, DEFAULT_USER, "reader")
    store = machines.open()
    assert cell(store, "a1", "级别") == "重点"
    store.commit(batch(LEVEL))
    status = store.status()
    assert (status.health, status.waiting) == (Health.READ_ONLY, 1)
    assert status.cause is not None
    assert status.cause.code == "google_not_shared"
    server.drive.share(team.spreadsheet_id, DEFAULT_USER, "writer")
    assert store.settle(10)
    assert store.status().health is Health.HEALTHY
    assert team.rows("客户")[1][1] == "普通"


def test_worksheets_that_people_add_rename_and_remove_are_followed(team: Team, machines: Machines) -> None:
    store = machines.open()
    store.read()
    team.do({"addSheet": {"properties": {"title": "拜访"}}})
    team.fill("拜访", 1, 1, [["客户", "_id"], ["恒信科技", "v1"]])
    renamed = {"sheetId": team.sheet_id("客户"), "title": "客户 (新)"}
    team.do({"updateSheetProperties": {"properties": renamed, "fields": "title"}})
    store.refresh()
    assert list(store.read().sheets) == ["客户 (新)", "拜访"]
    team.do({"deleteSheet": {"sheetId": team.sheet_id("拜访")}})
    store.refresh()
    assert list(store.read().sheets) == ["客户 (新)"]


def test_a_date_typed_into_a_new_column_is_a_date(team: Team, machines: Machines) -> None:
    team.fill("客户", 1, 7, [["回访"]])
    store = machines.open()
    store.read()
    team.fill("客户", 2, 7, [[day("2026-03-05")]])
    store.refresh()
    assert cell(store, "a1", "回访") == day("2026-03-05")
    assert cell(store, "a1", "金额") == 520_000


def test_a_date_that_the_app_writes_into_a_plain_column_is_a_date(team: Team, machines: Machines) -> None:
    team.fill("客户", 1, 7, [["回访"]])
    store = machines.open()
    moment = day("2026-03-05 16:45:30")
    store.commit(batch(UpdateCell("客户", "a1", "回访", None, moment)))
    store.refresh()
    assert cell(store, "a1", "回访") == moment
    other = machines.open("two")
    assert cell(other, "a1", "回访") == moment


def test_links_lead_to_the_cell(team: Team, machines: Machines) -> None:
    store = machines.open()
    store.read()
    address = f"https://docs.google.com/spreadsheets/d/{team.spreadsheet_id}/edit"
    assert store.link("客户", 5, "C") == f"{address}#gid={team.sheet_id('客户')}&range=C5"
    assert store.link("没有", 5) is None


def test_the_shared_history_is_hidden_and_chained(team: Team, machines: Machines) -> None:
    store = machines.open()
    store.commit(batch(LEVEL, operation="1"))
    store.commit(batch(replace(LEVEL, seen="普通", new="潜在"), operation="2"))
    assert store.check_shared_history() is None
    sheet = next(
        s for s in team.server.service.spreadsheets[team.spreadsheet_id].sheets if s.title == "_history"
    )
    text = team.rows("_history")[1][1]
    assert '"普通"' in text
    start = {"sheetId": sheet.sheet_id, "rowIndex": 1, "columnIndex": 1}
    forged = {"userEnteredValue": {"stringValue": text.replace("普通", "潜在")}}
    body = {"start": start, "rows": [{"values": [forged]}], "fields": "userEnteredValue"}
    team.do({"updateCells": body})
    assert store.check_shared_history() == 1


def test_it_goes_on_after_somebody_has_removed_the_hidden_history(team: Team, machines: Machines) -> None:
    store = machines.open()
    store.commit(batch(LEVEL, operation="1"))
    store.refresh()
    team.do({"deleteSheet": {"sheetId": team.sheet_id("_history")}})
    store.refresh()
    assert store.commit(batch(replace(LEVEL, seen="普通", new="潜在"), operation="2")).applied
    assert store.settle(10)
    assert team.rows("客户")[1][1] == "潜在"
    assert len(team.rows("_history")) == 2
    assert len(store.history()) == 2  # this machine has kept all of it


def test_the_quota_is_kept_by_asking_less(team: Team, tmp_path: Path, server: SheetsServer) -> None:
    server.quota.enabled, server.quota.per_user = True, 10
    client = make_client(server.url, requests_a_minute=10)
    store = GoogleStore(team.spreadsheet_id, client, state_folder=tmp_path, poll_s=3_600, patience_s=0.05)
    store.read()
    changes = [InsertRow("客户", f"n{n}", {"名称": f"新{n}"}) for n in range(20)]
    for number, change in enumerate(changes):
        assert store.commit(batch(change, operation=str(number))).applied
    assert server.quota.refused == 0
    assert len(store.read().sheets["客户"]) == 22
    assert store.status().waiting
    store.close()
