"""Today's queue: who comes first, what is one entry, whose it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.service.queue import build_queue, next_up, score_rows, team_of
from lib.standard.instants import to_us
from tests.service.obligation_rows import NOW, judged_rows, tiers_of

TIERS = tiers_of(c1="ordinary", c2="vip", c3="potential", c4="key")


def entry_ids(rows: pd.DataFrame, pile: str = "all") -> list[str]:
    return build_queue(rows, TIERS, NOW).pick(pile)["id"].tolist()


def test_lateness_counts_relative_to_its_own_period() -> None:
    month = {"id": "month", "trigger_at": "2026-10-01 00:00", "due_at": "2026-10-31 18:00", "client": "c1"}
    day = {
        "id": "day",
        "trigger_at": "2026-11-12 10:00",
        "due_at": "2026-11-13 10:00",
        "client": "c1",
        "clause": "b",
    }
    assert entry_ids(judged_rows(month, day)) == ["day", "month"]


def test_a_client_of_a_higher_tier_comes_first_at_equal_lateness() -> None:
    rows = judged_rows(
        *({"id": tier, "client": c} for c, tier in [("c3", "p"), ("c1", "o"), ("c2", "v"), ("c4", "k")])
    )
    assert entry_ids(rows) == ["v", "k", "o", "p"]


def test_anything_overdue_comes_before_a_vip_that_is_due_soon() -> None:
    soon = {"id": "soon", "client": "c2", "due_at": "2026-11-20 10:01", "status": "due_soon"}
    barely = {"id": "barely", "client": "c3", "due_at": "2026-11-20 09:59", "trigger_at": "2026-08-01 09:00"}
    assert entry_ids(judged_rows(soon, barely)) == ["barely", "soon"]


def test_score_follows_the_documented_formula() -> None:
    rows = judged_rows(
        {
            "client": "c2",
            "trigger_at": "2026-11-18 10:00",
            "due_at": "2026-11-19 10:00",
        },  # a day late of a day
        {
            "client": "c1",
            "trigger_at": "2026-11-20 04:00",
            "due_at": "2026-11-20 12:00",
        },  # three quarters used
        {"client": "c3", "trigger_at": "2026-11-20 09:29", "due_at": "2026-11-20 09:30"},  # half an hour late
        {
            "client": "c1",
            "trigger_at": None,
            "due_at": "2026-09-19 10:00",
        },  # no period of its own: one period late
        {"client": "c1", "due_at": None},
    )
    scored = score_rows(
        rows.assign(
            tier=pd.Categorical(
                ["vip", "ordinary", "potential", "ordinary", "key"],
                categories=["vip", "key", "ordinary", "potential"],
            )
        ),
        to_us(NOW),
    )
    assert scored == pytest.approx([8.0, 1.5, 1.5, 4.0, 0.0])


@given(st.lists(st.integers(min_value=1, max_value=10_000_000), min_size=2, max_size=20))
def test_the_later_the_worse(minutes_late: list[int]) -> None:
    due = [pd.Timestamp(NOW).tz_localize(None) - pd.Timedelta(minutes=m) for m in minutes_late]
    rows = judged_rows(
        *(
            {"client": f"x{i}", "due_at": at, "trigger_at": at - pd.Timedelta(days=2)}
            for i, at in enumerate(due)
        )
    )
    entries = build_queue(rows, TIERS, NOW).entries
    assert entries["due_at"].is_monotonic_increasing
    assert len(entries) == len(minutes_late)


def test_repeats_of_one_clause_for_one_client_are_one_entry() -> None:
    months = [
        {
            "id": f"m{n}",
            "clause": "visit.monthly",
            "worksheet": "clients",
            "record": "c1",
            "trigger_at": f"2026-0{n}-01 00:00",
            "due_at": f"2026-0{n}-28 18:00",
        }
        for n in (7, 8, 9)
    ]
    other = {"id": "other", "clause": "visit.monthly", "client": "c2", "due_at": "2026-11-19 18:00"}
    queue = build_queue(judged_rows(*months, other), TIERS, NOW)
    lead = queue.entries.iloc[0]
    assert (lead["id"], lead["repeats"]) == ("m7", 3)
    assert queue.members(lead["entry"]) == ["m7", "m8", "m9"]
    assert queue.entries["repeats"].tolist() == [3, 1]
    assert queue.count()["overdue"] == 2


def test_rows_without_a_client_are_never_taken_for_repeats() -> None:
    rows = judged_rows(
        {"client": None, "clause": "inquiry.any_reply"}, {"client": None, "clause": "inquiry.any_reply"}
    )
    assert build_queue(rows, TIERS, NOW).entries["repeats"].tolist() == [1, 1]


def test_piles_agree_with_their_counts_and_leave_closed_rows_out() -> None:
    rows = judged_rows(
        {"client": "c1"},
        {"client": "c2", "status": "due_soon", "due_at": "2026-11-20 18:00"},
        {"client": "c3", "status": "due_soon", "due_at": "2026-11-23 18:00"},
        {"client": "c4", "status": "waiting"},
        {"client": "c1", "clause": "b", "snoozed_until_at": "2026-11-25 09:00"},
        {"client": "c2", "clause": "b", "snoozed_until_at": "2026-11-19 09:00"},  # the postponement is over
        {"client": "c2", "clause": "c", "status": "not_started", "due_at": "2026-11-20 23:59"},
        {"client": "c2", "clause": "d", "status": "not_started", "due_at": "2026-11-21 00:00"},
        {"client": "c3", "clause": "d", "status": "met", "snoozed_until_at": "2026-11-25 09:00"},
        {"client": "c3", "clause": "e", "status": "late"},
        {"client": "c3", "clause": "f", "status": "unverified"},
    )
    queue = build_queue(rows, TIERS, NOW)
    assert queue.count() == {"all": 5, "overdue": 2, "due_soon": 3, "due_today": 2, "waiting": 2}
    assert {pile: len(queue.pick(pile)) for pile in queue.count()} == queue.count()


def test_only_the_owners_asked_for_and_nobodys_on_request() -> None:
    rows = judged_rows(
        {"id": "mine", "owner": "s1"},
        {"id": "theirs", "owner": "s2", "client": "c2"},
        {"id": "nobodys", "owner": None, "client": "c3"},
    )
    assert set(build_queue(rows, TIERS, NOW, ["s1"]).entries["id"]) == {"mine"}
    assert set(build_queue(rows, TIERS, NOW, ["s2", None]).entries["id"]) == {"theirs", "nobodys"}
    assert len(build_queue(rows, TIERS, NOW).entries) == 3
    assert build_queue(rows, TIERS, NOW).narrow("s2").entries["id"].tolist() == ["theirs"]


def test_an_empty_queue_has_its_columns() -> None:
    queue = build_queue(judged_rows(), TIERS, NOW)
    assert queue.entries.empty
    assert queue.count()["all"] == 0
    assert "repeats" in queue.entries
    assert build_queue(judged_rows({}), tiers_of(), NOW).entries["tier"].isna().all()


def test_the_judged_table_is_left_as_it_was() -> None:
    rows = judged_rows({}, {"client": "c2"})
    before = rows.copy()
    build_queue(rows, TIERS, NOW)
    pd.testing.assert_frame_equal(rows, before)


def test_next_up_is_the_nearest_of_what_is_ahead() -> None:
    rows = judged_rows(
        {"id": "far", "status": "not_started", "due_at": "2026-12-20 18:00"},
        {"id": "near", "status": "not_started", "due_at": "2026-12-01 18:00"},
        {"id": "theirs", "status": "not_started", "due_at": "2026-11-27 18:00", "owner": "s2"},
    )
    found = next_up(rows, ["s1"])
    assert found is not None
    assert found["id"] == "near"
    assert next_up(rows, ["s9"]) is None


def test_a_team_is_everybody_below_and_a_reps_team_is_the_supervisors() -> None:
    staff = pd.DataFrame(
        {
            "supervisor": pd.Series(
                [np.nan, "m", "a", "a", "m", "b"], index=["m", "a", "a1", "a2", "b", "b1"], dtype="str"
            )
        }
    )
    assert team_of(staff, "a") == {"a", "a1", "a2"}
    assert team_of(staff, "a1") == {"a", "a1", "a2"}
    assert team_of(staff, "m") == {"m", "a", "a1", "a2", "b", "b1"}
    assert team_of(staff, None) == set()
    circle = pd.DataFrame({"supervisor": pd.Series(["y", "x"], index=["x", "y"], dtype="str")})
    assert team_of(circle, "x") == {"x", "y"}
