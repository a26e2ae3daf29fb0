"""Who can be acted as, and who may put back what."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from lib.desk import Desk, Refused
from lib.desk.access import OWNER, Action
from lib.settings import Settings
from lib.store.contract import InsertRow
from lib.store.memory import MemoryStore

TZ = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=TZ)


def make_desk(*roles: str, left_on: datetime | None = None) -> Desk:
    """A desk over a staff sheet with one person for each role (an id and a name of the role's number)."""
    staff = [["Name", "Role", "Left on", "_id"]]
    staff += [[f"Person {n}", role, left_on, f"s{n}"] for n, role in enumerate(roles)]
    rules = [["Clause", "Amount", "Effective from", "_id"]]
    return Desk(MemoryStore({"Staff": staff, "Rules": rules}), Settings(tz=TZ, fixed_now=NOW))


def test_an_empty_staff_sheet_is_used_by_the_owner_of_the_file() -> None:
    desk = make_desk()
    assert desk.staff() == ()
    assert desk.actor(None).role == "owner_of_file"


def test_a_sheet_of_reps_alone_locks_nobody_out() -> None:
    desk = make_desk("Rep", "Rep")
    assert [person.role for person in desk.staff()] == ["rep", "rep", "owner_of_file"]
    assert desk.actor("s1").name == "Person 1"
    assert desk.actor(OWNER).may(Action.IMPORT)


def test_the_owner_of_the_file_is_not_offered_beside_a_supervisor() -> None:
    desk = make_desk("Rep", "Supervisor")
    assert [person.role for person in desk.staff()] == ["rep", "supervisor"]
    assert desk.actor(OWNER).role == "rep"  # the first listed


def test_who_has_left_cannot_be_acted_as() -> None:
    desk = make_desk("Supervisor", left_on=datetime(2026, 11, 1))  # noqa: DTZ001 - a cell has no zone
    assert desk.staff() == ()


def test_a_rep_cannot_put_back_what_a_supervisor_set() -> None:
    desk = make_desk("Rep", "Supervisor")
    rule = InsertRow("Rules", "r1", {"Clause": "complaint.respond", "Amount": 12})
    receipt = desk.send(desk.actor("s1"), "set", (rule,), Action.SET_RULES)
    with pytest.raises(Refused):
        desk.undo(desk.actor("s0"), "undo", receipt)
    assert len(desk.board().table("rules")) == 1
    desk.undo(desk.actor("s1"), "undo", receipt)
    assert len(desk.board().table("rules")) == 0


def test_a_typed_row_gets_its_id_once() -> None:
    store = MemoryStore({"Clients": [["Client", "_id"], ["Acme", None]]})
    desk = Desk(store, Settings(tz=TZ, fixed_now=NOW))
    assert desk.adopt_rows() is not None
    assert store.rows("Clients")[1][1]
    assert desk.adopt_rows() is None


def test_a_sheet_without_a_column_for_ids_is_left_alone() -> None:
    store = MemoryStore({"Clients": [["Client"], ["Acme"]]})
    desk = Desk(store, Settings(tz=TZ, fixed_now=NOW))
    assert desk.adopt_rows() is None
    assert store.rows("Clients") == [["Client"], ["Acme"]]
