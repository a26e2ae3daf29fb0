"""What the status line and a record's mark rest on, and taking over a lock that was left behind."""

from __future__ import annotations

import pytest

from lib.desk import Desk, Refused, store_status
from lib.desk.places import place_at, place_of
from lib.desk.receipts import read_receipt
from lib.desk.store_status import Mark, mark_of, state_of
from lib.settings import Settings
from lib.store.contract import StoreBusy, UpdateCell
from lib.store.memory import MemoryStore
from tests.desk.edited_team import CLIENTS, Team
from tests.desk.small_team import NOW, SHEETS


class LinkedStore(MemoryStore):
    """A store in memory whose cells have addresses, and whose lock can be taken over."""

    def link(self, sheet: str, row_number: int, letter: str = "A") -> str | None:
        return f"https://sheets.example/{sheet}!{letter}{row_number}"

    def take_over(self) -> None:
        self.release()


@pytest.fixture
def team() -> Team:
    return Team()


def held(*, stale: bool) -> StoreBusy:
    return StoreBusy("open", "held", name="李雷", program="LibreOffice", stale=stale)


def test_a_record_is_saved_waiting_or_in_conflict(team: Team) -> None:
    assert mark_of(team.desk, "clients", "c-hx") is Mark.SAVED
    team.store.hold(held(stale=False))
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"))
    assert mark_of(team.desk, "clients", "c-hx") is Mark.WAITING
    assert mark_of(team.desk, "clients", "c-yf") is Mark.SAVED
    team.store.edit_cell(CLIENTS, 2, 3, "海口")
    team.store.release()
    assert mark_of(team.desk, "clients", "c-hx") is Mark.CONFLICT


def test_the_state_differs_whenever_there_is_news_to_tell(team: Team) -> None:
    states = [state_of(team.desk.status())]
    team.store.hold(held(stale=False))
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"))
    states.append(state_of(team.desk.status()))
    team.write(team.ann, "c-yf", 城市=("杭州", "宁波"))
    states.append(state_of(team.desk.status()))
    team.store.release()
    states.append(state_of(team.desk.status()))
    team.send(team.ann, UpdateCell(CLIENTS, "c-hx", "城市", "海口", "三亚"))
    states.append(state_of(team.desk.status()))
    assert len(set(states)) == 4
    assert states[0] == states[3], "all is well again"


def test_only_a_stale_lock_may_be_taken_over_and_not_by_everybody(team: Team) -> None:
    store = LinkedStore({CLIENTS: team.store.rows(CLIENTS), "员工": team.store.rows("员工")})
    desk = Desk(store, team.desk.settings)
    assert not store_status.may_take_over(desk, team.ann)
    store.hold(held(stale=False))
    assert not store_status.may_take_over(desk, team.ann)
    store.hold(held(stale=True))
    assert store_status.may_take_over(desk, team.ann)
    assert not store_status.may_take_over(desk, team.reader)
    with pytest.raises(Refused):
        store_status.take_over(desk, team.reader)
    store_status.take_over(desk, team.ann)
    assert desk.status().cause is None


def test_a_record_is_found_in_the_spreadsheet(team: Team) -> None:
    place = place_of(team.desk, "clients", "c-yf")
    assert place is not None
    assert (place.sheet, place.cell, place.address) == (CLIENTS, "B3", None)
    assert place_of(team.desk, "clients", "nothere") is None


def test_a_cell_with_an_address_is_linked(team: Team) -> None:
    desk = Desk(LinkedStore({CLIENTS: team.store.rows(CLIENTS)}), team.desk.settings)
    place = place_of(desk, "clients", "c-yf", "city")
    assert place is not None
    assert place.address == f"https://sheets.example/{CLIENTS}!D3"
    assert place_at(desk, CLIENTS, "3:3").address is None, "a whole row has no cell to lead to"


def test_a_receipt_leads_to_the_cell_it_counts_from() -> None:
    desk = Desk(LinkedStore(SHEETS), Settings(fixed_now=NOW))
    judged = desk.board().judged
    response = judged[(judged["worksheet"] == "complaints") & (judged["record"] == "k-1")]["id"]
    receipt = read_receipt(desk, str(response.iloc[0]), "zh")
    assert receipt is not None
    assert receipt.trigger is not None
    assert receipt.trigger.address == "https://sheets.example/投诉!F2", "when it was received"
