"""The timeline of a client: every dated cell of its rows once, newest first, and its tier changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.service.tiers import read_tier_history
from lib.service.timeline import (
    ACTIVE_AGAIN,
    DORMANT,
    build_timeline,
    client_rows,
    count_undated,
    dated_columns,
    dated_facts,
    tier_changes,
    tier_facts,
)
from tests.service.worlds import SCHEMA, TZ, at, facts_on, make_book

CLIENTS = ({"id": "c1", "name": "恒信"}, {"id": "c2", "name": "远帆"})
ABOUT_CLIENTS = [key for key, sheet in SCHEMA.worksheets.items() if "client" in sheet.columns]
Rows = dict[str, list[dict[str, Any]]]
FIRST = pd.Timestamp("2024-01-01")


def facts_of(rows: Rows, client: str = "c1") -> pd.DataFrame:
    tables = make_book(clients=CLIENTS, **rows).tables
    return dated_facts(client_rows(tables, SCHEMA, client), SCHEMA, TZ)


@st.composite
def worlds(draw: st.DrawFn) -> Rows:
    """Some rows on some worksheets about either client, any of their dates filled in."""
    moments = st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
    rows: Rows = {}
    for key in draw(st.sets(st.sampled_from(ABOUT_CLIENTS), max_size=4)):
        rows[key] = []
        for number in range(draw(st.integers(1, 3))):
            row: dict[str, Any] = {"id": f"{key}-{number}", "client": draw(st.sampled_from(["c1", "c2"]))}
            for column in dated_columns(SCHEMA.worksheets[key]):
                if draw(st.booleans()):
                    moment = draw(moments)
                    row[column.key] = f"{moment:%Y-%m-%d}" if column.type == "date" else str(moment)
            rows[key].append(row)
    return rows


@settings(max_examples=30)
@given(worlds())
def test_every_dated_cell_of_the_client_appears_once_and_newest_first(rows: Rows) -> None:
    expected = {
        (key, row["id"], column.key, pd.Timestamp(row[column.key]).tz_localize(TZ))
        for key, sheet_rows in rows.items()
        for row in sheet_rows
        for column in dated_columns(SCHEMA.worksheets[key])
        if row["client"] == "c1" and column.key in row
    }
    entries = build_timeline(facts_of(rows))
    shown = [
        (entry.worksheet, entry.record, column, moment)
        for entry in entries.itertuples()
        for column, moment, _ in entry.facts
    ]
    assert set(shown) == expected
    assert len(shown) == len(expected)
    assert entries["at"].is_monotonic_decreasing
    assert entries.index.is_unique
    records = entries.groupby(["worksheet", "record"])["is_main"].sum()
    assert (records == 1).all()


def test_every_worksheet_about_clients_with_dates_can_show_up() -> None:
    rows: Rows = {}
    for key in ABOUT_CLIENTS:
        dates = {column.key: "2026-03-05" for column in dated_columns(SCHEMA.worksheets[key])}
        rows[key] = [{"id": f"{key}-1", "client": "c1", **dates}]
    facts = facts_of(rows)
    dated = {key for key in ABOUT_CLIENTS if dated_columns(SCHEMA.worksheets[key])}
    assert set(facts["worksheet"]) == dated
    assert {
        "interactions",
        "visits",
        "complaints",
        "transactions",
        "promises",
        "inquiries",
        "tier_pins",
    } <= dated


def test_facts_of_one_record_on_one_day_are_one_entry_in_the_order_of_time() -> None:
    visit = {"client": "c1", "visited_at": "2026-03-05 10:00", "recorded_at": "2026-03-05 17:30"}
    entries = build_timeline(facts_of({"visits": [{**visit, "arranged_at": "2026-03-02 09:00"}]}))
    assert [[fact[0] for fact in facts] for facts in entries["facts"]] == [
        ["visited_at", "recorded_at"],
        ["arranged_at"],
    ]
    assert entries["is_main"].tolist() == [True, False]


def test_the_required_date_tells_the_story() -> None:
    late_entry = {"client": "c1", "occurred_at": "2026-03-05 10:00", "recorded_at": "2026-03-07 09:00"}
    entries = build_timeline(facts_of({"interactions": [late_entry]}))
    assert entries["is_main"].tolist() == [False, True]


def test_the_required_date_tells_it_even_beside_a_busier_day() -> None:
    complaint = {"client": "c1", "number": "TS-1", "received_at": "2026-03-05 10:00"}
    next_day = {"assessed_at": "2026-03-06 09:00", "responded_at": "2026-03-06 09:30"}
    entries = build_timeline(facts_of({"complaints": [{**complaint, **next_day}]}))
    assert entries["is_main"].tolist() == [False, True]


def test_only_the_day_is_known_of_dates_and_of_midnights() -> None:
    rows: Rows = {
        "promises": [{"client": "c1", "due_on": "2026-03-05"}],
        "inquiries": [{"client": "c1", "received_at": "2026-03-04", "replied_at": "2026-03-04 08:00"}],
    }
    facts = facts_of(rows).set_index("column")["whole_day"]
    assert facts.to_dict() == {"due_on": True, "received_at": True, "replied_at": False}


def test_waits_are_found_by_record_id_and_by_number() -> None:
    rows: Rows = {
        "complaints": [
            {"id": "k1", "number": "TS-1", "client": "c1"},
            {"id": "k2", "number": "TS-2", "client": "c2"},
        ],
        "promises": [{"id": "p1", "client": "c1"}],
        "waits": [
            {"id": "w1", "worksheet": "complaints", "record": "TS-1", "from_at": "2026-03-01 09:00"},
            {"id": "w2", "worksheet": "complaints", "record": "TS-2", "from_at": "2026-03-01 09:00"},
            {"id": "w3", "worksheet": "promises", "record": "p1", "from_at": "2026-03-02 09:00"},
            {"id": "w4", "worksheet": "complaints", "record": "p1", "from_at": "2026-03-02 09:00"},
        ],
    }
    assert set(facts_of(rows)["record"]) == {"w1", "w3"}


def test_the_clients_own_dates_are_facts_too() -> None:
    tables = make_book(clients=[{"id": "c1", "name": "恒信", "cooperation_began_on": "2025-01-02"}]).tables
    facts = dated_facts(client_rows(tables, SCHEMA, "c1"), SCHEMA, TZ)
    assert facts["column"].tolist() == ["cooperation_began_on"]


def test_rows_without_a_date_are_counted() -> None:
    rows: Rows = {
        "visits": [{"client": "c1", "purpose": "看样"}, {"client": "c1", "planned_at": "2026-03-05 10:00"}],
        "contacts": [{"client": "c1", "name": "王工"}],
    }
    tables = make_book(clients=CLIENTS, **rows).tables
    own = client_rows(tables, SCHEMA, "c1")
    assert count_undated(own, dated_facts(own, SCHEMA, TZ)) == 1


def test_a_client_without_anything_has_an_empty_timeline() -> None:
    assert build_timeline(facts_of({})).empty


# --- tiers and dormancy ----------------------------------------------------------------------


def changes_of(
    now: str, *purchases: tuple[str, int], pins: tuple[dict[str, Any], ...] = ()
) -> list[tuple[str, str]]:
    bought = [{"client": "c1", "purchased_on": on, "amount": amount} for on, amount in purchases]
    facts = facts_on(now[:10], clients=CLIENTS[:1], transactions=bought, tier_pins=pins)
    tables = facts.tables
    history = read_tier_history(tables["clients"], tables["transactions"], tables["tier_pins"], facts.amounts)
    changes = tier_changes(history, tables["transactions"], at(now))
    timeline = build_timeline(tier_facts(changes, "c1", TZ))
    return [(f"{at:%Y-%m-%d}", event) for facts in timeline["facts"] for event, at, _ in facts]


def test_tier_changes_and_dormancy_come_from_purchases() -> None:
    assert changes_of("2026-11-20 10:00", ("2025-01-10", 600_000), ("2026-03-01", 1_000)) == [
        ("2026-09-01", DORMANT),
        ("2026-03-01", ACTIVE_AGAIN),
        ("2026-01-10", "key>ordinary"),
        ("2025-07-10", DORMANT),
        ("2025-01-10", "potential>key"),
    ]


def test_a_purchase_on_the_day_of_dormancy_prevents_it() -> None:
    found = changes_of(
        "2026-03-01 10:00", ("2025-03-10", 1_000), ("2025-09-10", 1_000), ("2026-02-01", 1_000)
    )
    assert [event for _, event in found] == ["potential>ordinary"]


def test_dormancy_that_lies_ahead_and_purchases_to_come_are_no_facts_yet() -> None:
    assert changes_of("2026-11-20 10:00", ("2026-06-01", 1_000), ("2026-12-24", 900_000)) == [
        ("2026-06-01", "potential>ordinary")
    ]
    assert changes_of("2026-12-01 00:00", ("2026-06-01", 1_000))[0] == ("2026-12-01", DORMANT)


def test_a_pin_is_a_change_and_so_is_its_end() -> None:
    pin = {"client": "c1", "tier": "vip", "from_on": "2026-05-01", "until_on": "2026-05-31", "reason": "x"}
    assert changes_of("2026-06-20 10:00", ("2026-03-01", 1_000), pins=(pin,)) == [
        ("2026-06-01", "vip>ordinary"),
        ("2026-05-01", "ordinary>vip"),
        ("2026-03-01", "potential>ordinary"),
    ]


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 700_000)), max_size=8))
def test_changes_lead_from_potential_to_the_tier_of_today(purchases: list[tuple[int, int]]) -> None:
    today = pd.Timestamp("2026-11-20")
    found = changes_of(
        "2026-11-20 10:00",
        *((f"{today - timedelta(days=days):%Y-%m-%d}", amount) for days, amount in purchases),
    )
    steps = [event.split(">") for _, event in reversed(found) if ">" in event]
    assert [before for before, _ in steps] == ["potential", *(after for _, after in steps)][: len(steps)]
    bought = [
        {"client": "c1", "purchased_on": f"{today - timedelta(days=days):%Y-%m-%d}", "amount": amount}
        for days, amount in purchases
    ]
    client = facts_on("2026-11-20", clients=CLIENTS[:1], transactions=bought).tables["clients"].iloc[0]
    assert (steps[-1][1] if steps else "potential") == client["tier"]
    sleeps = [event for _, event in found if event in (DORMANT, ACTIVE_AGAIN)]
    assert (bool(sleeps) and sleeps[0] == DORMANT) == client["is_dormant"]
