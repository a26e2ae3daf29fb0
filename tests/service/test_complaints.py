"""Chains of reopening, waits, search, periods, hot spots and months."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from lib.service.complaints import (
    MISSING,
    age_band,
    count_hot_spots,
    count_months,
    count_repeats,
    count_stuck,
    link_chains,
    next_number,
    received_within,
    running_waits,
    search_rows,
    wait_rows,
)
from lib.standard.working_time import DAY_US, HOUR_US

TZ = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 16, 10, tzinfo=TZ)


def times(values: list[str | None]) -> pd.Series:
    local = pd.Series(pd.to_datetime(values)).dt.tz_localize(TZ)
    return local.dt.as_unit("us")


def chain(reopens: dict[str, str | None], days: list[int] | None = None) -> pd.DataFrame:
    """Complaints that go back to each other, received a day after the other unless ``days`` says."""
    days = days or list(range(len(reopens)))
    received = [f"2026-01-{1 + day:02} 09:00" for day in days]
    return pd.DataFrame(
        {
            "number": pd.Series([f"C-{i}" for i in reopens], dtype="str"),
            "reopens": pd.Series(list(reopens.values()), dtype="str"),
            "received_at": times(received),
        }
    ).set_index(pd.Index(list(reopens), dtype="str", name="id"))


def test_a_chain_goes_back_to_its_first_row() -> None:
    linked = link_chains(chain({"a": None, "b": "a", "c": "b", "d": None}))
    assert linked["first"].tolist() == ["a", "a", "a", "d"]
    assert linked["times_reopened"].tolist() == [2, 2, 2, 0]
    assert linked["turn"].tolist() == [0, 1, 2, 0]


def test_turns_follow_the_order_of_receipt_not_of_rows() -> None:
    linked = link_chains(chain({"late": "first", "early": "first", "first": None}, days=[9, 5, 1]))
    assert linked["turn"].to_dict() == {"late": 2, "early": 1, "first": 0}


def test_the_first_row_is_turn_zero_even_when_its_time_is_later() -> None:
    linked = link_chains(chain({"first": None, "again": "first"}, days=[20, 3]))
    assert linked["turn"].to_dict() == {"first": 0, "again": 1}


def test_rows_that_reopen_each_other_stand_alone() -> None:
    linked = link_chains(chain({"a": "b", "b": "a", "self": "self", "hangs": "a", "ok": None, "back": "ok"}))
    assert linked["first"].tolist() == ["a", "b", "self", "hangs", "ok", "ok"]
    assert linked["times_reopened"].tolist() == [0, 0, 0, 0, 1, 1]


def test_a_long_chain_and_a_long_circle() -> None:
    names = [f"r{i}" for i in range(1000)]
    line = link_chains(
        chain(dict(zip(names, [None, *names[:-1]], strict=True)), days=[i % 28 for i in range(1000)])
    )
    assert set(line["first"]) == {"r0"}
    circle = link_chains(chain(dict(zip(names, [names[-1], *names[:-1]], strict=True)), days=[0] * 1000))
    assert circle["first"].tolist() == names


@given(st.lists(st.one_of(st.none(), st.integers(0, 11)), max_size=12))
def test_every_chain_has_one_first_row_and_consecutive_turns(parents: list[int | None]) -> None:
    table = chain({str(i): None if p is None else str(p) for i, p in enumerate(parents)})
    linked = link_chains(table)
    for first, rows in linked.groupby("first"):
        assert linked.at[first, "first"] == first
        assert sorted(rows["turn"]) == list(range(len(rows)))
        assert rows.at[first, "turn"] == 0
        assert (rows["times_reopened"] == len(rows) - 1).all()


def test_the_next_number_is_free() -> None:
    table = chain({"a": None, "b": "a"})
    assert next_number(table, "a") == "C-a-R1"
    table.loc["b", "number"] = "C-a-R1"
    assert next_number(table, "a") == "C-a-R2"
    table.loc["a", "number"] = None
    assert next_number(table, "a") == "a-R1"


def waits(*rows: tuple[str, str, str, str | None]) -> pd.DataFrame:
    """``(record, kind, from, until)`` on complaints."""
    return pd.DataFrame(
        {
            "worksheet": pd.Categorical(["complaints"] * len(rows)),
            "record": pd.Series([row[0] for row in rows], dtype="str"),
            "kind": pd.Categorical([row[1] for row in rows], categories=["client", "postponed"]),
            "from_at": times([row[2] for row in rows]),
            "until_at": times([row[3] for row in rows]),
        }
    ).set_axis([f"w{i}" for i in range(len(rows))])


def test_only_waits_for_the_client_that_run_now() -> None:
    table = chain({"a": None, "b": None, "c": None})
    rows = waits(
        ("C-a", "client", "2026-03-15 09:00", None),
        ("C-b", "client", "2026-03-15 09:00", "2026-03-17 09:00"),
        ("C-b", "client", "2026-03-10 09:00", "2026-03-11 09:00"),  # over
        ("C-c", "client", "2026-03-18 09:00", None),  # not yet
        ("C-c", "postponed", "2026-03-15 09:00", None),
        ("nobody", "client", "2026-03-15 09:00", None),
    )
    found = wait_rows(rows, np.array([0, 1, 1, 2, 2, -1]), table.index)
    assert found["complaint"].to_dict() == {"w0": "a", "w1": "b", "w2": "b", "w3": "c"}
    assert running_waits(found, NOW)["complaint"].to_dict() == {"w0": "a", "w1": "b"}


def test_search_takes_marks_as_they_are_and_skips_empty_cells() -> None:
    rows = pd.DataFrame({"number": ["C-1", "c-2 (a)"], "summary": pd.Series([None, "漏油"], dtype="str")})
    rows["number"] = rows["number"].astype("str")
    assert search_rows(rows, "C-", ["number", "summary"]).tolist() == [True, True]
    assert search_rows(rows, "(a", ["number", "summary"]).tolist() == [False, True]
    assert search_rows(rows, "漏", ["number", "summary"]).tolist() == [False, True]
    assert search_rows(rows, "", ["number"]).tolist() == [True, True]


def test_periods_meet_without_a_gap_or_an_overlap() -> None:
    at = pd.Series([NOW - timedelta(days=days) for days in range(70)]).dt.as_unit("us")
    here = received_within(at, "30", NOW)
    before = received_within(at, "30", NOW, back=1)
    assert (here.sum(), before.sum()) == (30, 30)
    assert not (here & before).any()
    assert received_within(at, "all", NOW).all()
    assert not received_within(at, "all", NOW, back=1).any()


def test_a_missing_time_of_receipt_is_in_no_period_but_all() -> None:
    at = times([None])
    assert not received_within(at, "365", NOW).any()
    assert received_within(at, "all", NOW).all()


def test_age_bands_begin_with_their_first_day() -> None:
    ages = pd.Series([0, DAY_US - 1, DAY_US, 3 * DAY_US, 7 * DAY_US, 30 * DAY_US, float("nan")])
    assert age_band(ages).tolist()[:6] == ["1", "1", "3", "7", "30", "over"]
    assert age_band(ages).isna().tolist() == [False] * 6 + [True]


def test_stuck_counts_open_ones_only() -> None:
    placed = pd.DataFrame(
        {
            "stage": pd.Categorical(
                ["received", "resolved", "followed_up"],
                ["received", "assessed", "responded", "resolved", "followed_up"],
                ordered=True,
            ),
            "is_open": [True, True, False],
            "age_us": [HOUR_US * 1.0, DAY_US * 40.0, float("nan")],
        }
    )
    counts = count_stuck(placed)
    assert counts.at["received", "1"] == 1
    assert counts.at["resolved", "over"] == 1
    assert counts.to_numpy().sum() == 2
    assert count_stuck(placed.iloc[:0]).to_numpy().sum() == 0


def spots(*rows: tuple[str | None, str | None, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "category": pd.Categorical([row[0] for row in rows], categories=["product", "delivery"]),
            "department": pd.Series([row[1] for row in rows], dtype="str"),
            "client": pd.Series([row[2] for row in rows], dtype="str"),
        }
    )


def test_hot_spots_against_the_period_before() -> None:
    now_rows = spots(("product", "QA", "x"), ("product", "QA", "x"), (None, None, "y"))
    before = spots(("product", "QA", "z"), ("delivery", "物流", "z"))
    found = count_hot_spots(now_rows, before, ["category", "department"])
    assert found.to_dict("records") == [
        {"category": "product", "department": "QA", "count": 2, "before": 1, "change": 1},
        {"category": MISSING, "department": MISSING, "count": 1, "before": 0, "change": 1},
    ]
    assert count_hot_spots(now_rows.iloc[:0], before, ["category"]).empty


def test_clients_who_complained_again() -> None:
    rows = spots(("product", "QA", "x"), ("delivery", None, "x"), ("product", "QA", "y"))
    assert count_repeats(rows, rows.iloc[:1])[["client", "count", "before"]].to_numpy().tolist() == [
        ["x", 2, 1]
    ]


def test_months_are_local_and_without_gaps() -> None:
    table = pd.DataFrame(
        {
            "received_at": times(["2025-12-31 23:30", "2026-03-01 00:10", "2062-01-01 09:00", None]),
            "resolved_at": times(["2026-01-02 09:00", None, None, None]),
        }
    )
    months = count_months(table, NOW)
    assert [f"{m:%Y-%m}" for m in months.index] == ["2025-12", "2026-01", "2026-02", "2026-03"]
    assert months["received"].tolist() == [1, 0, 0, 1]
    assert months["resolved"].tolist() == [0, 1, 0, 0]
    assert count_months(table.iloc[:0], NOW).empty
