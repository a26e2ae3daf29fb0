"""Tiers as of any day, pins, dormancy, flow; compared with a plain count on random purchases."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.service.tiers import TIERS, assign_tiers, months_on, read_tier_history, reason_text, tier_flow
from tests.service.worlds import STANDARD, facts_on, make_book

CLIENTS = [{"id": "c1", "name": "甲"}, {"id": "c2", "name": "乙"}, {"id": "c3", "name": "丙"}]


def tiers_on(on, **sheets):
    book = make_book(**{"clients": CLIENTS, **sheets}).tables
    return assign_tiers(
        book["clients"],
        book["transactions"],
        book["tier_pins"],
        STANDARD,
        date.fromisoformat(on),
        book["rules"],
    )


def bought(client, amount, on, **cells):
    return {"client": client, "amount": amount, "purchased_on": on, **cells}


@pytest.mark.parametrize(
    ("on", "tier", "amount"),
    [
        ("2025-03-09", "potential", 0),
        ("2025-03-10", "ordinary", 300_000),
        ("2025-09-01", "key", 500_000),  # the threshold itself is enough
        ("2026-03-09", "key", 500_000),
        ("2026-03-10", "ordinary", 200_000),  # the first purchase is 12 months old
        ("2027-01-01", "ordinary", 0),
    ],
)
def test_a_client_is_key_while_twelve_months_reach_the_threshold(on, tier, amount):
    sales = [bought("c1", 300_000, "2025-03-10"), bought("c1", 200_000, "2025-09-01")]
    row = tiers_on(on, transactions=sales).loc["c1"]
    assert (row["tier"], row["amount"]) == (tier, amount)


def test_many_small_amounts_reach_the_threshold_exactly():
    """0.29 * 100 is a little less than 29 in floating point."""
    sales = [bought("c1", 0.29, "2025-03-10")] * 100 + [bought("c1", 499_971, "2025-03-11")]
    assert tiers_on("2025-04-01", transactions=sales).loc["c1", "tier"] == "key"
    sales[-1] = bought("c1", 499_970.99, "2025-03-11")
    assert tiers_on("2025-04-01", transactions=sales).loc["c1", "tier"] == "ordinary"


@pytest.mark.parametrize(
    ("state", "tier"),
    [("won", "key"), (None, "key"), ("lost", "potential"), ("returned", "potential"), ("open", "potential")],
)
def test_only_won_purchases_count(state, tier):
    sales = [bought("c1", 900_000, "2025-03-10", state=state)]
    assert tiers_on("2025-04-01", transactions=sales).loc["c1", "tier"] == tier


def test_a_purchase_without_a_readable_amount_is_a_purchase_all_the_same():
    assert (
        tiers_on("2025-04-01", transactions=[bought("c1", None, "2025-03-10")]).loc["c1", "tier"]
        == "ordinary"
    )


class TestPins:
    PIN = {"client": "c1", "tier": "vip", "from_on": "2026-03-01", "until_on": "2026-03-31"}

    @pytest.mark.parametrize(
        ("on", "tier"),
        [
            ("2026-02-28", "potential"),
            ("2026-03-01", "vip"),
            ("2026-03-31", "vip"),
            ("2026-04-01", "potential"),
        ],
    )
    def test_a_pin_holds_through_its_last_day(self, on, tier):
        assert tiers_on(on, tier_pins=[self.PIN]).loc["c1", "tier"] == tier

    def test_a_pin_without_an_end_stays(self):
        row = tiers_on("2030-01-01", tier_pins=[{**self.PIN, "until_on": None}]).loc["c1"]
        assert (row["tier"], row["reason"], row["pinned"]) == ("vip", "pinned", True)

    def test_the_pin_begun_last_wins_and_an_expired_one_gives_way_to_an_older_one(self):
        inner = {**self.PIN, "tier": "key", "from_on": "2026-03-10", "until_on": "2026-03-12"}
        pins = [inner, self.PIN]
        assert tiers_on("2026-03-11", tier_pins=pins).loc["c1", "tier"] == "key"
        assert tiers_on("2026-03-13", tier_pins=pins).loc["c1", "tier"] == "vip"

    def test_a_pin_may_lower_a_tier(self):
        sales = [bought("c1", 900_000, "2026-03-02")]
        pins = [{**self.PIN, "tier": "ordinary"}]
        assert tiers_on("2026-03-11", transactions=sales, tier_pins=pins).loc["c1", "tier"] == "ordinary"


def test_a_team_may_set_an_amount_for_vip():
    sales = [bought("c1", 2_000_000, "2026-01-02"), bought("c2", 1_000_000, "2026-01-02")]
    rules = [{"clause": "tier.vip", "amount": 2_000_000, "effective_from": "2026-02-01"}]
    assert list(tiers_on("2026-01-31", transactions=sales, rules=rules)["tier"]) == [
        "key",
        "key",
        "potential",
    ]
    found = tiers_on("2026-02-01", transactions=sales, rules=rules)
    assert list(found["tier"]) == ["vip", "key", "potential"]
    assert list(found["reason"]) == ["vip_amount", "key_amount", "no_purchase"]


class TestDormancy:
    def test_six_months_after_the_last_purchase(self):
        sales = [bought("c1", 900_000, "2025-08-31")]
        before, after = (tiers_on(on, transactions=sales).loc["c1"] for on in ("2026-02-27", "2026-02-28"))
        assert (before["is_dormant"], after["is_dormant"]) == (False, True)
        assert before["dormant_on"] == pd.Timestamp("2026-02-28")  # advance notice
        assert after["tier"] == "key"  # a dormant key client is still a key client

    def test_who_never_bought_is_not_dormant(self):
        row = tiers_on("2026-02-28").loc["c1"]
        assert (row["is_dormant"], row["dormant_on"] is pd.NaT) == (False, True)


def test_reasons_are_in_words():
    sales = [bought("c1", 600_000, "2026-01-02"), bought("c2", 1_000, "2026-01-02")]
    pins = [{"client": "c3", "tier": "vip", "from_on": "2026-01-01", "until_on": "2026-06-30"}]
    rows = tiers_on("2026-02-01", transactions=sales, tier_pins=pins)
    assert (
        reason_text(rows.loc["c1"], "en") == "Purchases of the last 12 months 600,000 RMB reach 500,000 RMB"
    )
    assert reason_text(rows.loc["c2"], "zh") == "近12个月购买 1,000 元，未达到 500,000 元"
    assert reason_text(rows.loc["c3"], "zh") == "由主管指定，至 2026-06-30"


def test_the_flow_between_two_days():
    sales = [
        bought("c1", 600_000, "2026-01-02"),
        bought("c2", 1_000, "2024-01-02"),
        bought("c2", 600_000, "2026-01-05"),
    ]
    book = make_book(clients=CLIENTS, transactions=sales).tables
    tables = (book["clients"], book["transactions"], book["tier_pins"], STANDARD)
    flow = tier_flow(*tables, date(2026, 1, 1), date(2026, 2, 1))
    assert (
        flow.loc["potential", "key"] == flow.loc["ordinary", "key"] == flow.loc["potential", "potential"] == 1
    )
    assert flow.to_numpy().sum() == 3


def test_derived_columns_of_clients():
    sheets = {
        "clients": CLIENTS,
        "transactions": [bought("c1", 600_000, "2026-01-02")],
        "interactions": [
            {"client": "c1", "occurred_at": at} for at in ("2026-02-01 10:00", "2026-02-20 10:00")
        ],
        "visits": [{"client": "c1", "visited_at": "2026-02-10 10:00"}],
    }
    row = facts_on("2026-02-15", **sheets).tables["clients"].loc["c1"]
    assert (row["tier"], row["tier_since_on"]) == ("key", pd.Timestamp("2026-01-02"))
    assert f"{row['last_contact_at']:%Y-%m-%d %H:%M}" == "2026-02-10 10:00"  # the 20th lies ahead
    assert row["last_purchase_on"] == pd.Timestamp("2026-01-02")


def test_months_end_on_the_corresponding_day_or_the_last():
    found = months_on(np.array(["2026-01-31", "2024-02-29", "2026-03-31"], dtype="datetime64[D]"), 1)
    assert found.astype(str).tolist() == ["2026-02-28", "2024-03-29", "2026-04-30"]
    assert months_on(np.array(["2024-02-29"], dtype="datetime64[D]"), -12).astype(str).tolist() == [
        "2023-02-28"
    ]


START = date(2024, 1, 1)
offsets = st.integers(0, 900)
sale = st.tuples(st.integers(0, 2), offsets, st.integers(0, 500_000), st.sampled_from(["won", None, "lost"]))
pin = st.tuples(st.integers(0, 2), offsets, st.one_of(st.none(), st.integers(0, 100)), st.sampled_from(TIERS))


def _plain_tier(client, on, sales, pins):
    """What the standard says, one client and one day at a time."""
    live = [
        (start, number)
        for number, (who, start, length, _) in enumerate(pins)
        if who == client and start <= on and (length is None or start + length >= on)
    ]
    if live:
        first = max(start for start, _ in live)
        return {pins[number][3] for start, number in live if start == first}
    day = START + timedelta(on)
    year_ago = months_on(np.array([day], dtype="datetime64[D]"), -12)[0].item()
    own = [
        (START + timedelta(at), amount)
        for who, at, amount, state in sales
        if who == client and state != "lost"
    ]
    total = sum(amount for at, amount in own if year_ago < at <= day)
    if not any(at <= day for at, _ in own):
        return {"potential"}
    return {"key" if total >= 500_000 else "ordinary"}


@settings(max_examples=40, deadline=None)
@given(st.lists(sale, max_size=12), st.lists(pin, max_size=4), st.lists(offsets, min_size=1, max_size=20))
def test_any_day_agrees_with_a_plain_count(sales, pins, queries):
    rows = [bought(f"c{c + 1}", amount, str(START + timedelta(at)), state=s) for c, at, amount, s in sales]
    pinned = [
        {
            "client": f"c{c + 1}",
            "tier": tier,
            "from_on": str(START + timedelta(start)),
            "until_on": None if length is None else str(START + timedelta(start + length)),
        }
        for c, start, length, tier in pins
    ]
    facts = facts_on("2026-07-01", clients=CLIENTS, transactions=rows, tier_pins=pinned)
    tables = facts.tables
    history = read_tier_history(tables["clients"], tables["transactions"], tables["tier_pins"], facts.amounts)
    for client in range(3):
        days = np.array([START + timedelta(on) for on in queries], dtype="datetime64[D]")
        found = history.tiers_at(np.full(len(days), client), days)
        for on, tier in zip(queries, found, strict=True):
            assert TIERS[tier] in _plain_tier(client, on, sales, pins)
    _check_changes(history)


def _check_changes(history):
    """Between two changes the tier stays what the first one made it."""
    end = date(2026, 7, 1)
    changes = history.changes(end)
    for client in range(3):
        own = changes[changes["client"] == client]
        days = np.arange(np.datetime64(START), np.datetime64(end) + 1)
        daily = history.tiers_at(np.full(len(days), client), days)
        turns = np.flatnonzero(daily[1:] != daily[:-1]) + 1
        expected = [str(day) for day in days[turns]]
        if daily[0] != TIERS.index("potential"):
            expected.insert(0, str(days[0]))
        assert own["on"].dt.strftime("%Y-%m-%d").tolist() == expected
