"""Follow-ups: filters, age bands, the coming weeks; every count comes from the filtered rows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from lib.service.follow_ups import (
    AGE_BANDS,
    ALL_OPEN,
    NOBODY,
    STATUS_CHOICES,
    FollowUpFilter,
    FollowUps,
    age_days,
    count_by,
    count_by_band,
    heat_of_weeks,
    select_follow_ups,
)
from lib.standard.clauses import load_standard
from lib.standard.working_time import build_calendar
from tests.service.obligation_rows import NOW, TZ, judged_rows, tiers_of

CALENDAR = build_calendar(TZ)
STANDARD = load_standard()
CLIENTS = pd.DataFrame(
    {
        "name": pd.Series(
            ["恒信科技", "Nordlicht (Test)", "远帆物流"], index=["c1", "c2", "c3"], dtype="str"
        ),
        "tier": tiers_of(c1="key", c2="vip", c3="potential"),
    }
)


def select(rows: pd.DataFrame, **wanted: Any) -> FollowUps:
    return select_follow_ups(rows, CLIENTS, STANDARD, CALENDAR, NOW, FollowUpFilter(**wanted))


def picked(rows: pd.DataFrame, **wanted: Any) -> pd.DataFrame:
    status = wanted.pop("status", ALL_OPEN)
    return select(rows, **wanted).pick(status)


def sample() -> pd.DataFrame:
    return judged_rows(
        {"id": "a"},
        {
            "id": "b",
            "client": "c2",
            "clause": "complaint.respond",
            "owner": "s2",
            "due_at": "2026-11-02 18:00",
        },
        {
            "id": "c",
            "client": "c3",
            "clause": "visit.monthly",
            "owner": None,
            "status": "due_soon",
            "due_at": "2026-11-24 18:00",
        },
        {
            "id": "d",
            "client": None,
            "clause": "inquiry.any_reply",
            "status": "met",
            "due_at": "2026-11-10 18:00",
        },
        {
            "id": "e",
            "client": "c1",
            "clause": "complaint.result",
            "status": "waiting",
            "due_at": "2026-11-24 18:00",
        },
    )


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({}, {"a", "b", "c", "e"}),
        ({"owners": ("s1",)}, {"a", "e"}),
        ({"owners": (NOBODY,)}, {"c"}),
        ({"clauses": ("promise.due", "visit.monthly")}, {"a", "c"}),
        ({"groups": ("complaints",)}, {"b", "e"}),
        ({"groups": ("complaints",), "clauses": ("promise.due",)}, set()),
        ({"tiers": ("vip",)}, {"b"}),
        ({"tiers": (NOBODY,), "status": "met"}, {"d"}),
        ({"status": "waiting"}, {"e"}),
        ({"bands": ("2-3",)}, set()),
        ({"bands": ("0-1",)}, {"a"}),
        ({"bands": ("8-14",)}, {"b"}),
        ({"due_on": date(2026, 11, 24)}, {"c", "e"}),
        ({"search": "恒信"}, {"a", "e"}),
        ({"search": "nordlicht (t"}, {"b"}),
        ({"search": ".*"}, set()),
    ],
)
def test_filters(wanted: dict[str, Any], ids: set[str]) -> None:
    assert set(picked(sample(), **wanted)["id"]) == ids


def test_counts_by_status_are_what_each_choice_gives() -> None:
    found = select(sample())
    assert found.count() == {
        "open": 4,
        "overdue": 2,
        "due_soon": 1,
        "waiting": 1,
        "not_started": 0,
        "unverified": 0,
        "late": 0,
        "met": 1,
    }
    assert {status: len(found.pick(status)) for status in STATUS_CHOICES} == found.count()


def test_every_count_adds_up_to_the_filtered_rows() -> None:
    rows = picked(sample())
    overdue = int((rows["status"] == "overdue").sum())
    assert sum(count_by_band(rows).values()) == overdue
    for dimension in ("owner", "clause", "group", "tier"):
        assert count_by(rows, dimension, STANDARD).to_numpy().sum() == len(rows)
    assert heat_of_weeks(rows, CALENDAR, NOW.date())["count"].sum() == 3  # one is due before this week


@pytest.mark.parametrize(
    ("due_at", "days", "band"),
    [
        ("2026-11-20 09:00", 0, "0-1"),
        ("2026-11-19 18:00", 0, "0-1"),  # due at yesterday's close; today has not closed yet
        ("2026-11-18 18:00", 1, "0-1"),
        ("2026-11-17 18:00", 2, "2-3"),
        ("2026-11-16 18:00", 3, "2-3"),
        ("2026-11-13 18:00", 4, "4-7"),  # Friday: the weekend does not count
        ("2026-10-09 18:00", 30, "15-30"),  # Saturday 10 October is a make-up working day
        ("2026-10-08 18:00", 31, "31+"),
    ],
)
def test_age_counts_working_days_since_the_due_time(due_at: str, days: int, band: str) -> None:
    rows = judged_rows({"due_at": due_at})
    assert age_days(rows, CALENDAR, NOW).tolist() == [days]
    assert picked(rows)["band"].tolist() == [band]


def test_what_is_not_overdue_has_no_age() -> None:
    rows = picked(judged_rows({"status": "due_soon", "due_at": "2026-11-01 18:00"}))
    assert rows["age_days"].tolist() == [-1]
    assert rows["band"].isna().all()
    assert count_by_band(rows) == dict.fromkeys(AGE_BANDS, 0)


def test_heat_covers_five_weeks_from_monday_and_marks_days_off() -> None:
    rows = select(
        judged_rows(
            {"due_at": "2026-11-16 09:00"},
            {"due_at": "2026-11-22 23:59", "status": "due_soon"},
            {"due_at": "2026-12-20 12:00", "status": "not_started"},
            {"due_at": "2026-12-21 00:00", "status": "not_started"},
            {"due_at": "2026-11-24 00:00", "status": "met"},
        )
    ).rows
    heat = heat_of_weeks(rows, CALENDAR, NOW.date()).set_index("on")
    assert len(heat) == 35
    assert heat.index[0] == pd.Timestamp("2026-11-16")
    assert heat["count"].sum() == 3
    assert heat.loc["2026-11-16", ["count", "overdue"]].tolist() == [1, 1]
    assert heat.loc["2026-12-20", "count"] == 1
    assert not heat.loc["2026-11-22", "working"]
    assert heat.loc["2026-11-23", "working"]


def test_worst_first_and_indexed_by_id() -> None:
    rows = picked(sample())
    assert rows.index.tolist() == ["b", "a", "c", "e"]


def test_the_rest_beyond_the_limit_is_summed_not_dropped() -> None:
    rows = picked(judged_rows(*({"owner": f"s{n}"} for n in range(20))))
    table = count_by(rows, "owner", STANDARD, limit=5)
    assert len(table) == 5
    assert table.index[-1] == "…"
    assert table.to_numpy().sum() == 20


def test_clauses_far_down_the_standard_are_counted_as_well() -> None:
    last = list(STANDARD.clauses)[-20:]
    rows = judged_rows(*({"clause": code} for code in STANDARD.clauses))
    table = count_by(picked(rows, clauses=tuple(last)), "clause", STANDARD, limit=50)
    assert table["overdue"].to_dict() == dict.fromkeys(last, 1)


def test_an_empty_table_gives_empty_counts() -> None:
    found = select(judged_rows())
    assert found.rows.empty
    assert count_by(found.rows, "owner", STANDARD).empty
    assert heat_of_weeks(found.rows, CALENDAR, NOW.date())["count"].sum() == 0
