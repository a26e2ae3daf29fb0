"""Clients of each representative against the band of the clause."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lib.service.client_list import list_clients
from lib.service.workload import count_loads, furthest_out, measure_loads
from lib.standard.clause_model import ClientCondition
from tests.service.worlds import STANDARD, at, facts_on, judged

NOW = "2026-11-20 10:00"
STAFF = (
    {"id": "lead", "name": "王芳", "role": "supervisor"},
    {"id": "ann", "name": "李娜", "role": "rep"},
    {"id": "bob", "name": "张伟", "role": "rep"},
    {"id": "gone", "name": "陈静", "role": "rep", "left_on": "2026-01-05"},
    {"id": "left", "name": "周强", "role": "rep", "left_on": "2026-01-05"},
)
OWNERS = {"c1": "ann", "c2": "ann", "c3": "ann", "c4": "gone", "c5": "lead", "c6": None}
CLIENTS = tuple({"id": client, "name": client, "owner": owner} for client, owner in OWNERS.items())
ASLEEP = {"client": "c3", "purchased_on": "2026-01-05", "amount": 1_000}
RICH = {"client": "c1", "purchased_on": "2026-10-05", "amount": 900_000}
LATE = {"id": "p1", "client": "c2", "promise": "x", "due_on": "2026-11-02"}


def loads(low: float = 1, high: float = 2, counted: ClientCondition | None = None) -> pd.DataFrame:
    world: dict[str, Any] = {
        "staff": STAFF,
        "clients": CLIENTS,
        "transactions": (ASLEEP, RICH),
        "promises": (LATE,),
    }
    tables = facts_on("2026-11-20", **world).tables
    rows = judged(NOW, **world)
    listed = list_clients(tables["clients"], rows[rows["clause"] == "promise.due"], at(NOW))
    condition = STANDARD["load.per_rep"].clients if counted is None else counted
    return measure_loads(listed, tables["staff"], low, high, condition, at(NOW))


def test_reps_at_work_and_whoever_owns_a_client_are_listed_heaviest_first() -> None:
    assert loads().index.tolist() == ["ann", "lead", "gone", "bob"]


def test_the_clause_leaves_dormant_clients_out_and_says_how_many() -> None:
    found = loads()
    assert found.loc["ann", ["clients", "dormant", "overdue"]].tolist() == [2, 1, 1]
    assert found["clients"].tolist() == [2, 1, 1, 0]


def test_another_condition_counts_other_clients() -> None:
    assert loads(counted=ClientCondition()).at["ann", "clients"] == 3
    assert loads(counted=ClientCondition(tiers=("key",))).at["ann", "clients"] == 1


def test_tiers_add_up_to_the_clients_counted() -> None:
    found = loads()
    tiers = found[["vip", "key", "ordinary", "potential"]]
    assert (tiers.sum(axis=1) == found["clients"]).all()
    assert tiers.loc["ann"].tolist() == [0, 1, 0, 1]


def test_both_ends_belong_to_the_band() -> None:
    assert loads(1, 2)["state"].tolist() == ["within", "within", "within", "below"]
    assert loads(2, 3)["state"].tolist() == ["within", "below", "below", "below"]
    assert loads(0, 1)["state"].tolist() == ["above", "within", "within", "within"]
    assert count_loads(loads(0, 1)) == {"below": 0, "within": 3, "above": 1}


def test_the_chart_gets_the_people_furthest_outside() -> None:
    assert furthest_out(loads(1, 1), 1, 1, 2).index.tolist() == ["ann", "bob"]
    assert len(furthest_out(loads(), 1, 2, 10)) == 4


def test_nobody_is_on_the_list() -> None:
    tables = facts_on("2026-11-20", clients=CLIENTS[-1:]).tables
    listed = list_clients(tables["clients"], judged(NOW), at(NOW))
    found = measure_loads(listed, tables["staff"], 10, 15, ClientCondition(dormant=False), at(NOW))
    assert found.empty
    assert count_loads(found) == {"below": 0, "within": 0, "above": 0}
