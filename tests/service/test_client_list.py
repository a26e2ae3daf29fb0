"""The list of clients: dormancy ahead of time, what is due, filters, sorting, moves between tiers."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.service.client_list import (
    DOWN,
    NOBODY,
    SORTS,
    STAYED,
    UP,
    ClientFilter,
    count_by,
    count_moves,
    direction_of,
    filter_clients,
    list_clients,
    pins_in_force,
    sort_clients,
)
from lib.service.tiers import TIERS, category
from tests.service.worlds import at, facts_on, judged, make_book

NOW = "2026-11-20 10:00"
STAFF = ({"id": "s1", "name": "李娜", "role": "rep"}, {"id": "s2", "name": "张伟", "role": "rep"})
CLIENTS = (
    {"id": "c1", "name": "恒信科技", "former_names": "恒信电子", "owner": "s1", "city": "上海"},
    {"id": "c2", "name": "远帆物流", "owner": "s1", "city": "无锡"},
    {"id": "c3", "name": "明德教育", "owner": "s2", "city": "上海"},
    {"id": "c4", "name": "Nimbus (HK)"},
)
BOUGHT = (
    {"client": "c1", "purchased_on": "2026-10-01", "amount": 620_000},
    {"client": "c2", "purchased_on": "2026-05-28", "amount": 40_000},
    {"client": "c3", "purchased_on": "2026-03-01", "amount": 10_000},
)
PROMISES = (
    {"id": "p1", "client": "c1", "promise": "样品", "due_on": "2026-11-17"},
    {"id": "p5", "client": "c1", "promise": "巡检", "due_on": "2026-12-24"},
    {"id": "p2", "client": "c1", "promise": "报价", "due_on": "2026-11-24"},
    {"id": "p3", "client": "c3", "promise": "合同", "due_on": "2026-11-10"},
    {"id": "p4", "client": "c3", "promise": "培训", "due_on": "2026-11-12"},
)


def world(**more: Any) -> dict[str, Any]:
    return {"staff": STAFF, "clients": CLIENTS, "transactions": BOUGHT, "promises": PROMISES, **more}


def listed(now: str = NOW, **more: Any) -> pd.DataFrame:
    clients = facts_on(now[:10], **world(**more)).tables["clients"]
    rows = judged(now, **world(**more))
    promises = rows[rows["clause"] == "promise.due"]
    return list_clients(clients, promises, at(now))


def test_dormancy_is_told_ahead_of_time() -> None:
    rows = listed()
    assert rows["state"].tolist() == ["active", "soon", "dormant", "never"]
    assert rows["days_left"].tolist()[:3] == [132, 8, -80]
    assert pd.isna(rows.at["c4", "days_left"])


@pytest.mark.parametrize(
    ("today", "state"), [("2026-10-28", "active"), ("2026-10-29", "soon"), ("2026-11-28", "dormant")]
)
def test_thirty_days_before_dormancy_the_notice_begins(today: str, state: str) -> None:
    assert listed(f"{today} 09:00").at["c2", "state"] == state


def test_overdue_and_next_due_come_from_obligations() -> None:
    rows = listed()
    assert rows["overdue"].tolist() == [1, 0, 2, 0]
    assert rows.at["c1", "next_clause"] == "promise.due"
    assert f"{rows.at['c1', 'next_due_at']:%Y-%m-%d}" == "2026-11-24"
    assert rows["next_due_at"].isna().tolist() == [False, True, True, True]


def test_obligations_of_unknown_clients_count_for_nobody() -> None:
    strays = ({"id": "p9", "promise": "?", "due_on": "2026-11-01"},)
    assert listed(promises=strays)["overdue"].sum() == 0


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ClientFilter(), ["c1", "c2", "c3", "c4"]),
        (ClientFilter(tiers=("key",)), ["c1"]),
        (ClientFilter(tiers=("key", "potential")), ["c1", "c4"]),
        (ClientFilter(owners=("s1",)), ["c1", "c2"]),
        (ClientFilter(owners=("s2", NOBODY)), ["c3", "c4"]),
        (ClientFilter(states=("soon", "dormant")), ["c2", "c3"]),
        (ClientFilter(cities=("上海",)), ["c1", "c3"]),
        (ClientFilter(search="恒信电子"), ["c1"]),
        (ClientFilter(search="nimbus (hk"), ["c4"]),
        (ClientFilter(search="无锡"), ["c2"]),
        (ClientFilter(owners=("s1",), cities=("上海",)), ["c1"]),
        (ClientFilter(search="no such"), []),
    ],
)
def test_filters(wanted: ClientFilter, expected: list[str]) -> None:
    assert filter_clients(listed(), wanted).index.tolist() == expected


@pytest.mark.parametrize(
    ("by", "first"),
    [
        ("tier", "c1"),
        ("amount", "c1"),
        ("overdue", "c3"),
        ("dormant_on", "c2"),
        ("last_contact_at", "c1"),
        ("next_due_at", "c1"),
    ],
)
def test_sorting_puts_first_what_needs_looking_at(by: str, first: str) -> None:
    contact = {"client": "c2", "occurred_at": "2026-11-19 10:00"}
    rows = sort_clients(listed(interactions=(contact,)), by)
    assert rows.index[0] == first
    assert sorted(rows.index) == ["c1", "c2", "c3", "c4"]


def test_clients_never_contacted_come_before_those_contacted() -> None:
    contacts = [
        {"client": "c1", "occurred_at": "2026-11-19 10:00"},
        {"client": "c3", "occurred_at": "2026-02-01 10:00"},
    ]
    rows = sort_clients(listed(interactions=contacts), "last_contact_at")
    assert rows.index.tolist()[2:] == ["c3", "c1"]


def test_every_sort_is_known() -> None:
    for by in SORTS:
        assert len(sort_clients(listed(), by)) == len(CLIENTS)


def test_tiles_add_up_to_the_list() -> None:
    rows = listed()
    tiers, states = count_by(rows, "tier"), count_by(rows, "state")
    assert tiers.index.tolist() == list(TIERS)
    assert tiers["clients"].tolist() == [0, 1, 2, 1]
    assert tiers["amount"].tolist() == [0, 620_000, 50_000, 0]
    assert states["clients"].sum() == len(rows)


def test_nothing_at_all() -> None:
    rows = list_clients(facts_on("2026-11-20").tables["clients"], judged(NOW), at(NOW))
    assert rows.empty
    assert filter_clients(rows, ClientFilter(search="x", owners=(NOBODY,))).empty
    assert sort_clients(rows, "tier").empty
    assert count_by(rows, "tier")["clients"].tolist() == [0, 0, 0, 0]


# --- pins --------------------------------------------------------------------------------


def held(*pins: dict[str, Any]) -> dict[str, str]:
    table = make_book(clients=CLIENTS, tier_pins=pins).tables["tier_pins"]
    return dict(pins_in_force(table, at(NOW))["record"].items())


def pin(record: str, from_on: str, until_on: str | None, client: str = "c1") -> dict[str, Any]:
    return {"id": record, "client": client, "tier": "vip", "from_on": from_on, "until_on": until_on}


def test_a_pin_holds_from_its_first_through_its_last_day() -> None:
    assert held(pin("a", "2026-11-20", "2026-11-20")) == {"c1": "a"}
    assert held(pin("a", "2026-11-21", None)) == {}
    assert held(pin("a", "2026-01-01", "2026-11-19")) == {}
    assert held(pin("a", "2026-01-01", None)) == {"c1": "a"}


def test_of_several_pins_the_one_begun_last_holds_as_for_the_tier() -> None:
    pins = (pin("a", "2026-06-01", None), pin("b", "2026-03-01", None), pin("c", "2026-08-01", "2026-09-01"))
    assert held(*pins) == {"c1": "a"}
    client = facts_on("2026-11-20", clients=CLIENTS, tier_pins=pins).tables["clients"].loc["c1"]
    assert client["tier_reason"] == "pinned"
    assert pd.isna(client["pin_until_on"])


# --- moves --------------------------------------------------------------------------------

CODES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=30)


@settings(max_examples=30)
@given(CODES)
def test_moves_count_every_client_once(codes: list[tuple[int, int]]) -> None:
    index = pd.Index([f"c{number}" for number in range(len(codes))], dtype="str")
    before, after = (
        pd.Series(category(pd.array([pair[side] for pair in codes], dtype="int64").to_numpy(), TIERS), index)
        for side in (0, 1)
    )
    moves = count_moves(before, after)
    assert moves["clients"].sum() == len(codes)
    for code, row in moves.iterrows():
        pair = (TIERS.index(row["from_tier"]), TIERS.index(row["to_tier"]))
        assert code == f"{row['from_tier']}>{row['to_tier']}"
        assert row["clients"] == codes.count(pair)


def test_directions() -> None:
    assert direction_of("ordinary", "key") == UP
    assert direction_of("vip", "key") == DOWN
    assert direction_of("key", "key") == STAYED
