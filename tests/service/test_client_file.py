"""What a client's file lacks, and its purchases by month."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.service.client_file import missing_from_file, purchases_by_month
from lib.service.tiers import read_tier_history
from lib.service.timeline import client_rows
from tests.service.worlds import SCHEMA, STANDARD, at, facts_on, make_book

COMPLETE = {
    "id": "c1",
    "name": "恒信",
    "industry": "物流",
    "size": "100-499人",
    "decision_chain": "采购提出，总经理批准",
    "lawful_basis": "contract",
}
CONTACT = {"client": "c1", "name": "王工"}


def missing(client: dict[str, Any], *contacts: dict[str, Any]) -> list[tuple[str, str]]:
    tables = make_book(clients=[client], contacts=contacts).tables
    return missing_from_file(client_rows(tables, SCHEMA, "c1"), STANDARD["client.file"])


def test_a_complete_file_lacks_nothing() -> None:
    assert missing(COMPLETE, CONTACT) == []


@pytest.mark.parametrize("column", ["industry", "size", "decision_chain", "lawful_basis"])
def test_each_empty_cell_is_named(column: str) -> None:
    assert missing({**COMPLETE, column: None}, CONTACT) == [("clients", column)]


def test_a_missing_contact_is_named_by_its_worksheet() -> None:
    assert missing(COMPLETE, {**CONTACT, "client": "c2"}) == [("contacts", "")]


def months_of(now: str, *purchases: dict[str, Any]) -> pd.DataFrame:
    facts = facts_on(
        now[:10], clients=[COMPLETE], transactions=[{"client": "c1", **row} for row in purchases]
    )
    tables = facts.tables
    history = read_tier_history(tables["clients"], tables["transactions"], tables["tier_pins"], facts.amounts)
    return purchases_by_month(history, tables["transactions"], at(now))


def test_months_hold_what_was_bought_in_them() -> None:
    months = months_of(
        "2026-11-20 10:00",
        {"purchased_on": "2026-11-02", "amount": 100},
        {"purchased_on": "2026-11-20", "amount": 20},
        {"purchased_on": "2026-09-30", "amount": 5, "state": "won"},
        {"purchased_on": "2026-09-30", "amount": 7, "state": "lost"},
        {"purchased_on": "2026-11-21", "amount": 9},
        {"purchased_on": None, "amount": 11},
        {"purchased_on": "2026-08-01", "amount": None},
    ).set_index("month")
    assert len(months) == 24
    assert months.index[-1] == pd.Timestamp("2026-11-01")
    assert months["amount"][months["amount"] > 0].to_dict() == {
        pd.Timestamp("2026-09-01"): 5,
        pd.Timestamp("2026-11-01"): 120,
    }


def test_the_window_is_the_one_of_the_tier() -> None:
    months = months_of("2026-11-20 10:00").set_index("month")["in_window"]
    assert months.sum() == 13  # the last days of the first month still count
    assert not months["2025-10-01"]
    assert months_of("2026-11-30 10:00")["in_window"].sum() == 12


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 800), st.integers(1, 900_000)), max_size=12))
def test_the_line_ends_where_the_header_stands(purchases: list[tuple[int, int]]) -> None:
    today = at("2026-11-20 10:00")
    bought = [
        {"client": "c1", "purchased_on": f"{today - pd.Timedelta(days=days):%Y-%m-%d}", "amount": amount}
        for days, amount in purchases
    ]
    facts = facts_on("2026-11-20", clients=[COMPLETE], transactions=bought)
    tables = facts.tables
    months = purchases_by_month(facts.tiers, tables["transactions"], today)
    assert months["trailing"].iloc[-1] == tables["clients"].at["c1", "trailing_amount"]
