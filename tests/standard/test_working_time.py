"""Working time by hand-worked cases: each says what a person with the calendar on the wall would answer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from lib.standard.working_time import (
    DAY_US,
    HOUR_US,
    MINUTE_US,
    NAT,
    Override,
    OverrideKind,
    WorkingCalendar,
    build_calendar,
    from_us,
    parse_hours,
    to_us,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def team() -> WorkingCalendar:
    """09:00-12:00 and 13:00-18:00 in Shanghai."""
    return build_calendar(SHANGHAI)


def us(text: str, tz: ZoneInfo = SHANGHAI) -> int:
    return to_us(datetime.fromisoformat(text).replace(tzinfo=tz))


def at(instant: np.ndarray | int, tz: ZoneInfo = SHANGHAI) -> str:
    """Local time, seconds only where there are any."""
    return str(from_us(instant, tz)[0].tz_localize(None)).removesuffix(":00")


# service hours


def test_saturday_afternoon_plus_an_hour_is_monday_at_ten() -> None:
    nine_to_five = build_calendar(SHANGHAI, parse_hours("09:00-17:00"))
    # 2026-03-14 is a Saturday; nothing is open until Monday 9:00.
    assert at(nine_to_five.add_service(us("2026-03-14 15:00"), HOUR_US)) == "2026-03-16 10:00"


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        # The hour that runs out at the close ends there, not at the next opening.
        ("2026-03-13 17:30", 30, "2026-03-13 18:00"),
        ("2026-03-13 17:30", 31, "2026-03-16 09:01"),
        # Lunch does not count: 11:30 to 12:00, then 13:00 to 13:30.
        ("2026-03-13 11:30", 60, "2026-03-13 13:30"),
        ("2026-03-13 12:20", 60, "2026-03-13 14:00"),
        # Eight hours are a day.
        ("2026-03-13 10:00", 480, "2026-03-16 10:00"),
        # Backward: the latest instant from which an hour is left.
        ("2026-03-16 09:30", -60, "2026-03-13 17:30"),
        ("2026-03-16 10:00", -60, "2026-03-16 09:00"),
        ("2026-03-15 10:00", -60, "2026-03-13 17:00"),
        # No time at all stays where it is, even on a Sunday.
        ("2026-03-15 10:00", 0, "2026-03-15 10:00"),
    ],
)
def test_service_hours(team: WorkingCalendar, start: str, minutes: int, due: str) -> None:
    assert at(team.add_service(us(start), minutes * MINUTE_US)) == due


def test_elapsed_and_remaining_service_hours_are_signed(team: WorkingCalendar) -> None:
    friday, monday = us("2026-03-13 17:00"), us("2026-03-16 09:30")
    assert team.elapsed_service(friday, monday) == 90 * MINUTE_US
    assert team.remaining_service(monday, friday) == -90 * MINUTE_US


def test_clock_hours_run_through_the_night_and_the_weekend(team: WorkingCalendar) -> None:
    assert at(team.add_clock(us("2026-03-13 17:30"), 24 * HOUR_US)) == "2026-03-14 17:30"
    assert at(team.add_clock(us("2026-03-13 17:30"), -30 * MINUTE_US)) == "2026-03-13 17:00"


def test_a_clock_day_across_a_change_of_clocks_is_24_hours() -> None:
    berlin = build_calendar(BERLIN)
    # Clocks go forward at 02:00 on 2026-03-29.
    assert at(berlin.add_clock(us("2026-03-28 12:00", BERLIN), DAY_US), BERLIN) == "2026-03-29 13:00"


# working days


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        # Friday is not counted; Monday, Tuesday, Wednesday.
        ("2026-03-13 10:00", 3, "2026-03-18 18:00"),
        ("2026-03-13 23:59", 3, "2026-03-18 18:00"),
        # "At least 3 working days before Friday" is by the close of Tuesday.
        ("2026-03-13 10:00", -3, "2026-03-10 18:00"),
        # From a Sunday, back: Friday is the first.
        ("2026-03-15 10:00", -1, "2026-03-13 18:00"),
        # Same day, while it is open; else the next working day.
        ("2026-03-13 10:00", 0, "2026-03-13 18:00"),
        ("2026-03-13 18:00", 0, "2026-03-13 18:00"),
        ("2026-03-13 18:01", 0, "2026-03-16 18:00"),
        ("2026-03-14 10:00", 0, "2026-03-16 18:00"),
        # National Day 2026: off from Thursday 1 October to Wednesday 7; 8 and 9 are worked, and so is
        # Saturday 10 (made up). From Wednesday 30 September: 8, 9, 10.
        ("2026-09-30 15:00", 3, "2026-10-10 18:00"),
        # Its other make-up day is Sunday 20 September. From Friday 18: Sunday 20, Monday 21, Tuesday 22.
        ("2026-09-18 15:00", 3, "2026-09-22 18:00"),
        # Three before Monday 12 October: Saturday 10, Friday 9, Thursday 8.
        ("2026-10-12 09:00", -3, "2026-10-08 18:00"),
        # Spring Festival 2026: off from Sunday 15 to Monday 23 February, made up on Saturdays 14 and 28.
        # From Friday 13: Saturday 14, Tuesday 24, Wednesday 25.
        ("2026-02-13 11:00", 3, "2026-02-25 18:00"),
        # From Thursday 26 February: Friday 27, Saturday 28, Monday 2 March.
        ("2026-02-26 11:00", 3, "2026-03-02 18:00"),
    ],
)
def test_working_days(team: WorkingCalendar, start: str, days: int, due: str) -> None:
    assert at(team.add_working_days(us(start), days)) == due


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-03-13 10:00", "2026-03-13 18:00", 0),  # its own day is not counted
        ("2026-03-13 10:00", "2026-03-16 17:59", 0),  # Monday has not closed yet
        ("2026-03-13 10:00", "2026-03-16 18:00", 1),
        ("2026-03-13 10:00", "2026-03-17 09:00", 1),
        ("2026-03-13 10:00", "2026-03-13 09:00", 0),
        ("2026-03-13 10:00", "2026-03-12 18:00", -1),
        ("2026-03-13 10:00", "2026-03-12 18:01", 0),
        ("2026-03-13 10:00", "2026-03-11 18:01", -1),
    ],
)
def test_elapsed_working_days(team: WorkingCalendar, start: str, end: str, days: int) -> None:
    assert team.elapsed_working_days(us(start), us(end)) == days


# days and months


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-03-10 10:00", 3, "2026-03-13 18:00"),
        # Ends on a Saturday: the next working day; backward, the previous one.
        ("2026-03-11 10:00", 3, "2026-03-16 18:00"),
        ("2026-03-16 10:00", -1, "2026-03-13 18:00"),
        # Ends in the National Day holiday: Thursday 8 October.
        ("2026-09-30 10:00", 1, "2026-10-08 18:00"),
        # A made-up Saturday is a working day.
        ("2026-10-09 10:00", 1, "2026-10-10 18:00"),
        ("2026-03-13 19:00", 0, "2026-03-16 18:00"),
    ],
)
def test_calendar_days(team: WorkingCalendar, start: str, days: int, due: str) -> None:
    assert at(team.add_days(us(start), days)) == due


@pytest.mark.parametrize(
    ("start", "months", "due"),
    [
        # 31 January + 1 month: February's last day, a made-up Saturday in 2026, a Friday in 2025.
        ("2026-01-31 10:00", 1, "2026-02-28 18:00"),
        ("2025-01-31 10:00", 1, "2025-02-28 18:00"),
        # In a leap year it is the 29th.
        ("2024-01-31 10:00", 1, "2024-02-29 18:00"),
        # Corresponding day 15 March 2026 is a Sunday.
        ("2026-01-15 10:00", 2, "2026-03-16 18:00"),
        ("2025-12-31 10:00", 6, "2026-06-30 18:00"),
        # Backward a month from 31 March to 28 February; from 15 April to Sunday 15 March, so Friday 13.
        ("2026-03-31 10:00", -1, "2026-02-28 18:00"),
        ("2026-04-15 10:00", -1, "2026-03-13 18:00"),
        ("2026-04-15 10:00", 0, "2026-04-15 18:00"),
    ],
)
def test_months(team: WorkingCalendar, start: str, months: int, due: str) -> None:
    assert at(team.add_months(us(start), months)) == due


def test_the_local_day_decides_not_the_utc_day(team: WorkingCalendar) -> None:
    # 23:30 UTC on Thursday 12 March is Friday morning in Shanghai, so the first working day is Monday.
    start = to_us(datetime(2026, 3, 12, 23, 30, tzinfo=UTC))
    assert at(team.add_working_days(start, 1)) == "2026-03-16 18:00"
    assert team.local_days(start) == np.datetime64("2026-03-13")


def test_day_close_is_the_same_day_rule(team: WorkingCalendar) -> None:
    starts = np.array([us("2026-03-13 10:00"), us("2026-03-13 20:00"), NAT])
    closes = [us("2026-03-13 18:00"), us("2026-03-16 18:00"), NAT]
    assert team.day_close(starts).tolist() == closes


# shifts past midnight


def test_a_night_shift_belongs_to_the_day_it_starts_on() -> None:
    night = build_calendar(SHANGHAI, parse_hours("22:00-02:00"))
    # Friday's shift closes on Saturday at 02:00, and nothing follows until Monday 22:00.
    assert at(night.add_service(us("2026-03-13 23:00"), 3 * HOUR_US)) == "2026-03-14 02:00"
    assert at(night.add_service(us("2026-03-13 23:00"), 4 * HOUR_US)) == "2026-03-16 23:00"
    assert at(night.add_working_days(us("2026-03-12 12:00"), 1)) == "2026-03-14 02:00"
    # Saturday 01:00 is still Friday's shift, but a Saturday: the same day's end is that of Monday's shift.
    assert at(night.day_close(us("2026-03-14 01:00"))) == "2026-03-17 02:00"
    assert at(night.add_days(us("2026-03-14 01:00"), 0)) == "2026-03-17 02:00"


def test_hours_in_which_two_shifts_overlap_count_once() -> None:
    rows = [Override(OverrideKind.WORKING_DAY, date(2026, 3, 14), hours=parse_hours("01:00-05:00"))]
    night = build_calendar(SHANGHAI, parse_hours("22:00-02:00"), rows)
    # Friday 22:00 to Saturday 02:00, then 02:00 to 05:00.
    assert night.elapsed_service(us("2026-03-13 20:00"), us("2026-03-14 20:00")) == 7 * HOUR_US


# clocks that change


def test_a_night_shift_is_an_hour_shorter_or_longer_when_clocks_change() -> None:
    rows = [Override(OverrideKind.WORKING_DAY, day) for day in (date(2026, 3, 28), date(2026, 10, 24))]
    berlin = build_calendar(BERLIN, parse_hours("22:00-06:00"), rows)
    spring = berlin.elapsed_service(us("2026-03-28 12:00", BERLIN), us("2026-03-29 12:00", BERLIN))
    autumn = berlin.elapsed_service(us("2026-10-24 12:00", BERLIN), us("2026-10-25 12:00", BERLIN))
    assert (spring, autumn) == (7 * HOUR_US, 9 * HOUR_US)


def test_hours_that_the_clocks_skip_are_not_open() -> None:
    # New York skips 02:00 to 03:00 on Sunday 2026-03-08.
    rows = [
        Override(OverrideKind.WORKING_DAY, date(2026, 3, 8), hours=parse_hours("02:15-02:45,04:00-05:00"))
    ]
    team = build_calendar(NEW_YORK, overrides=rows)
    assert at(team.add_service(us("2026-03-08 00:00", NEW_YORK), HOUR_US), NEW_YORK) == "2026-03-08 05:00"


def test_the_close_keeps_its_wall_clock_time_all_year() -> None:
    team = build_calendar(NEW_YORK)
    starts = np.array([us("2026-03-06 10:00", NEW_YORK), us("2026-03-09 10:00", NEW_YORK)])
    assert [at(due, NEW_YORK) for due in team.add_working_days(starts, 1)] == [
        "2026-03-09 18:00",
        "2026-03-10 18:00",
    ]


def test_a_day_that_a_zone_skips_is_not_worked() -> None:
    # Samoa went from Thursday 29 to Saturday 31 December 2011.
    apia = ZoneInfo("Pacific/Apia")
    team = build_calendar(apia)
    before = us("2011-12-29 23:30", apia)
    assert team.local_days(before) == np.datetime64("2011-12-29")
    assert team.local_days(before + HOUR_US) == np.datetime64("2011-12-31")
    assert not team.is_working(np.datetime64("2011-12-30"))


# what goes in and comes out


def test_conversion_takes_aware_times_of_any_unit_and_zone() -> None:
    times = pd.Series(pd.to_datetime(["2026-03-13 10:00", None])).dt.tz_localize(SHANGHAI)
    expected = [us("2026-03-13 10:00"), NAT]
    for unit in ("s", "ms", "us", "ns"):
        assert to_us(times.dt.as_unit(unit)).tolist() == expected
    assert to_us(pd.DatetimeIndex(times).tz_convert("UTC")).tolist() == expected
    assert to_us(pd.NaT) == NAT


@pytest.mark.parametrize(
    "naive",
    [
        pd.Series(pd.to_datetime(["2026-03-13"])),
        pd.DatetimeIndex(["2026-03-13"]),
        pd.Series(["2026-03-13"]),
        datetime(2026, 3, 13),  # noqa: DTZ001
    ],
)
def test_conversion_refuses_times_without_a_zone(naive: pd.Series) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        to_us(naive)


def test_conversion_back_gives_the_zone() -> None:
    back = from_us(np.array([us("2026-03-13 10:00"), NAT]), SHANGHAI)
    assert str(back.dtype) == "datetime64[us, Asia/Shanghai]"
    assert (str(back[0]), back[1]) == ("2026-03-13 10:00:00+08:00", pd.NaT)


@pytest.mark.parametrize("bad", [NAT, 0, us("1989-12-31 23:59"), us("2101-01-01 00:00")])
def test_missing_or_out_of_the_span_in_is_missing_out(team: WorkingCalendar, bad: int) -> None:
    good = us("2026-03-13 10:00")
    starts = np.array([good, bad])
    results = [
        team.add_clock(starts, HOUR_US),
        team.add_service(starts, HOUR_US),
        team.add_service(starts, -HOUR_US),
        team.add_working_days(starts, 1),
        team.add_working_days(starts, 0),
        team.add_days(starts, 1),
        team.add_months(starts, 1),
        team.elapsed_service(starts, good),
        team.elapsed_service(good, starts),
        team.elapsed_working_days(starts, good),
        team.elapsed_working_days(good, starts),
    ]
    assert [(result[0] != NAT, result[1]) for result in results] == [(True, NAT)] * len(results)
    assert np.isnat(team.local_days(starts)).tolist() == [False, True]


@pytest.mark.parametrize("years", [-100, 100])
def test_an_answer_outside_the_span_is_missing(team: WorkingCalendar, years: int) -> None:
    start = us("2026-03-13 10:00")
    assert team.add_clock(start, years * 366 * DAY_US) == NAT
    assert team.add_service(start, years * 3000 * HOUR_US) == NAT
    assert team.add_working_days(start, years * 300) == NAT
    assert team.add_days(start, years * 366) == NAT
    assert team.add_months(start, years * 12) == NAT


@pytest.mark.parametrize("amount", [NAT, NAT + 1, np.iinfo(np.int64).max])
def test_a_missing_or_absurd_amount_gives_a_missing_answer(team: WorkingCalendar, amount: int) -> None:
    start = us("2026-03-13 10:00")
    adds = (team.add_clock, team.add_service, team.add_working_days, team.add_days, team.add_months)
    assert [int(add(start, amount)) for add in adds] == [NAT] * 5


def test_shapes_follow_the_inputs(team: WorkingCalendar) -> None:
    start = us("2026-03-13 10:00")
    assert team.add_working_days(start, 1).shape == ()
    assert team.add_working_days(start, np.array([1, 2, 3])).shape == (3,)
    assert team.add_service(np.empty(0, dtype=np.int64), HOUR_US).shape == (0,)
    assert team.local_days(start).shape == ()
