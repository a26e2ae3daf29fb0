"""The funnel: stages reached, conversion, time in stage worked out by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.service.funnel import STAGES, WHOLE, measure_funnel, measure_spans, place_in_stages
from lib.standard.working_time import HOUR_US, build_calendar

TZ = ZoneInfo("Asia/Shanghai")
CALENDAR = build_calendar(TZ)  # 09-12 and 13-18
NOW = datetime(2026, 3, 16, 10, tzinfo=TZ)  # a Monday


def complaints(*rows: dict[str, str]) -> pd.DataFrame:
    """Rows such as ``{"received": "2026-03-06 17:00"}``, local times; stages not named are empty."""
    columns = {}
    for stage in STAGES:
        local = pd.Series([row.get(stage) for row in rows], dtype="datetime64[us]")
        columns[f"{stage}_at"] = local.dt.tz_localize(TZ)
    return pd.DataFrame(columns).set_axis([f"k{i}" for i in range(len(rows))])


def place(*rows: dict[str, str]) -> pd.DataFrame:
    return place_in_stages(complaints(*rows), CALENDAR, NOW)


FRIDAY_TO_FOLLOWED_UP = {
    "received": "2026-03-06 17:00",  # Friday
    "assessed": "2026-03-09 10:00",  # over the weekend: 65 h, 2 of them open
    "responded": "2026-03-09 14:00",  # over lunch: 4 h, 3 open
    "resolved": "2026-03-10 14:00",  # a day: 24 h, 8 open
    "followed_up": "2026-03-12 09:00",
}


def test_time_in_stage_over_a_weekend_by_hand() -> None:
    row = place(FRIDAY_TO_FOLLOWED_UP).iloc[0]
    hours = {stage: row[f"spent_{stage}_us"] / HOUR_US for stage in STAGES[:-1]}
    working = {stage: row[f"spent_{stage}_working_us"] / HOUR_US for stage in STAGES[:-1]}
    assert hours == {"received": 65, "assessed": 4, "responded": 24, "resolved": 43}
    assert working == {"received": 2, "assessed": 3, "responded": 8, "resolved": 12}
    assert row[f"spent_{WHOLE}_us"] == 93 * HOUR_US
    assert row[f"spent_{WHOLE}_working_us"] == 13 * HOUR_US


def test_current_stage_and_age_of_an_open_complaint() -> None:
    row = place({"received": "2026-03-13 11:00", "assessed": "2026-03-13 17:00"}).iloc[0]
    assert row["stage"] == "assessed"
    assert row["is_open"]
    assert row["since_at"] == datetime(2026, 3, 13, 17, tzinfo=TZ)
    assert row["age_us"] == 65 * HOUR_US  # Friday 17:00 to Monday 10:00
    assert row["age_working_us"] == 2 * HOUR_US


def test_a_followed_up_complaint_is_closed_and_has_no_age() -> None:
    row = place(FRIDAY_TO_FOLLOWED_UP).iloc[0]
    assert row["stage"] == "followed_up"
    assert not row["is_open"]
    assert pd.isna(row["age_us"])


def test_a_stage_passed_over_counts_as_reached_with_its_time_missing() -> None:
    placed = place({"received": "2026-03-02 09:00", "resolved": "2026-03-03 09:00"})
    funnel = measure_funnel(placed)
    assert funnel["reached"].tolist() == [1, 1, 1, 1, 0]
    assert funnel["missing"].tolist() == [0, 1, 1, 0, 0]
    assert placed["spent_received_us"].isna().all()
    assert placed["spent_assessed_us"].isna().all()
    assert placed[f"spent_{WHOLE}_us"].iloc[0] == 24 * HOUR_US


def test_a_complaint_without_any_time_has_been_received() -> None:
    row = place({}).iloc[0]
    assert row["stage"] == "received"
    assert row["missing_received"]
    assert pd.isna(row["since_at"])
    assert pd.isna(row["age_us"])


def test_conversion_from_stage_to_stage() -> None:
    placed = place(
        {"received": "2026-03-02 09:00"},
        {"received": "2026-03-02 09:00", "assessed": "2026-03-02 10:00"},
        {"received": "2026-03-02 09:00", "assessed": "2026-03-02 10:00", "responded": "2026-03-02 11:00"},
        FRIDAY_TO_FOLLOWED_UP,
    )
    funnel = measure_funnel(placed)
    assert funnel["reached"].tolist() == [4, 3, 2, 1, 1]
    assert funnel["here"].tolist() == [1, 1, 1, 0, 1]
    assert funnel["share"].tolist() == [1, 0.75, 0.5, 0.25, 0.25]
    assert funnel["conversion"].tolist()[1:] == [0.75, pytest.approx(2 / 3), 0.5, 1]
    assert pd.isna(funnel["conversion"].iloc[0])


def test_median_and_ninetieth_percentile() -> None:
    placed = place(
        *(
            {"received": "2026-03-02 09:00", "assessed": f"2026-03-02 {9 + hours:02}:00"}
            for hours in (1, 2, 3, 9)
        )
    )
    measured = measure_spans(placed).loc["received"]
    assert measured["timed"] == 4
    assert measured["median_us"] == 2.5 * HOUR_US
    assert measured["p90_us"] == pytest.approx((3 + 0.7 * 6) * HOUR_US)
    assert measured["median_working_us"] == 2.5 * HOUR_US  # 1, 2, 3 and 8 (lunch) open hours
    assert measured["p90_working_us"] == pytest.approx((3 + 0.7 * 5) * HOUR_US)


def test_stages_out_of_order_are_left_out_of_the_figures_and_marked() -> None:
    placed = place(
        {"received": "2026-03-02 12:00", "assessed": "2026-03-02 10:00", "responded": "2026-03-02 14:00"}
    )
    assert placed["disordered"].tolist() == [True]
    assert measure_funnel(placed)["timed"].tolist()[:2] == [0, 1]


def test_a_missing_stage_does_not_make_the_order_wrong() -> None:
    placed = place({"received": "2026-03-02 12:00", "responded": "2026-03-02 14:00"})
    assert placed["disordered"].tolist() == [False]


def test_a_time_in_the_future_has_not_happened() -> None:
    row = place({"received": "2026-03-13 11:00", "resolved": "2062-03-13 11:00"}).iloc[0]
    assert row["stage"] == "received"


def test_nothing_at_all() -> None:
    funnel = measure_funnel(place())
    assert funnel["reached"].tolist() == [0] * 5
    assert funnel["share"].isna().all()
    assert funnel["median_us"].isna().all()


moments = st.one_of(
    st.none(),
    st.integers(0, 100_000).map(lambda minutes: f"{NOW - timedelta(minutes=minutes):%Y-%m-%d %H:%M}"),
)


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(STAGES, moments)), max_size=12))
def test_the_funnel_never_widens_and_adds_up(rows: list[dict[str, str | None]]) -> None:
    placed = place(*({key: at for key, at in row.items() if at} for row in rows))
    funnel = measure_funnel(placed)
    reached = funnel["reached"].tolist()
    assert reached == sorted(reached, reverse=True)
    assert funnel["here"].sum() == len(rows) == reached[0]
    assert (placed.filter(like="spent_").fillna(0) >= 0).all().all()
    assert not (placed["spent_received_working_us"] > placed["spent_received_us"]).any()
