"""The calendar behind working time: kinds of days, the team's own rows, hours as people write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import pandas as pd
import pytest

from lib.standard.working_time import (
    DAY_US,
    HOUR_US,
    MINUTE_US,
    NAT,
    DayKind,
    Override,
    OverrideKind,
    WorkingCalendar,
    build_calendar,
    from_us,
    parse_hours,
    to_us,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def team() -> WorkingCalendar:
    """09:00-12:00 and 13:00-18:00 in Shanghai."""
    return build_calendar(SHANGHAI)


def us(text: str, tz: ZoneInfo = SHANGHAI) -> int:
    return to_us(datetime.fromisoformat(text).replace(tzinfo=tz))


def at(instant: np.ndarray | int, tz: ZoneInfo = SHANGHAI) -> str:
    """Local time, seconds only where there are any."""
    return str(from_us(instant, tz)[0].tz_localize(None)).removesuffix(":00")


# the calendar of days


def test_days_worked_agree_with_the_public_calendar(team: WorkingCalendar) -> None:
    public = holidays.country_holidays("CN", years=range(2019, 2028))
    days = pd.date_range("2019-01-01", "2027-12-31")
    expected = [public.is_working_day(day.date()) for day in days]
    assert team.is_working(days.to_numpy()).tolist() == expected


def test_day_helpers(team: WorkingCalendar) -> None:
    days = np.array(["2026-10-03", "2026-10-10", "NaT", "2200-01-01"], dtype="datetime64[D]")
    forward = np.array(["2026-10-08", "2026-10-10", "NaT", "NaT"], dtype="datetime64[D]")
    backward = np.array(["2026-09-30", "2026-10-10", "NaT", "NaT"], dtype="datetime64[D]")
    np.testing.assert_array_equal(team.roll_forward(days), forward)
    np.testing.assert_array_equal(team.roll_backward(days), backward)
    assert team.is_working(days).tolist() == [False, True, False, False]
    assert team.day_start_us(days).tolist() == [us("2026-10-03 00:00"), us("2026-10-10 00:00"), NAT, NAT]
    assert team.day_close_us(days).tolist() == [NAT, us("2026-10-10 18:00"), NAT, NAT]
    # 8, 9 and 10 October lie between.
    ordinals = team.working_ordinal(days)
    assert ordinals[1] - ordinals[0] == 3
    assert ordinals[2:].tolist() == [NAT, NAT]


def test_days_at_the_ends_of_the_span_roll_to_nothing_beyond_it(team: WorkingCalendar) -> None:
    # 1990-01-01 is a holiday with no working day before it in the span.
    assert np.isnat(team.roll_backward(np.datetime64("1990-01-01")))
    assert team.roll_forward(np.datetime64("1990-01-01")) == np.datetime64("1990-01-02")


def test_what_rests_on_an_unannounced_year_is_provisional(team: WorkingCalendar) -> None:
    announced = max(holidays.country_holidays("CN", years=range(2000, 2100)).weekend_workdays).year
    assert team.official_through_on == date(announced, 12, 31)
    last = us(f"{announced}-12-31 23:59")
    assert team.is_provisional(np.array([last, last + MINUTE_US, NAT])).tolist() == [False, True, False]


def test_a_deadline_in_2027_is_provisional_until_its_make_up_days_are_known(team: WorkingCalendar) -> None:
    due = team.add_working_days(us("2026-12-31 10:00"), 3)
    assert team.is_provisional(due) == (team.official_through_on.year < 2027)


def test_describe_days_names_each_kind() -> None:
    overrides = [
        Override(OverrideKind.DAY_OFF, date(2026, 9, 29), note="搬家 moving"),
        Override(OverrideKind.WORKING_DAY, date(2026, 9, 26), hours=parse_hours("10:00-12:00"), note="fair"),
    ]
    team = build_calendar(SHANGHAI, overrides=overrides)
    days = {day.on.isoformat(): day for day in team.describe_days(date(2026, 9, 19), date(2026, 10, 1))}
    kinds = {on: day.kind for on, day in days.items()}
    assert len(days) == 13
    assert kinds["2026-09-19"] is DayKind.WEEKEND
    assert kinds["2026-09-20"] is DayKind.MAKE_UP
    assert kinds["2026-09-21"] is DayKind.WORKING
    assert kinds["2026-09-25"] is DayKind.HOLIDAY
    assert (days["2026-10-01"].name_zh, days["2026-10-01"].name_en) == ("国庆节", "National Day")
    assert (kinds["2026-09-29"], days["2026-09-29"].note) == (DayKind.TEAM_OFF, "搬家 moving")
    assert kinds["2026-09-26"] is DayKind.TEAM_WORKING
    assert [time.isoformat() for time in days["2026-09-26"].opens[0]] == [
        "2026-09-26T10:00:00+08:00",
        "2026-09-26T12:00:00+08:00",
    ]
    assert days["2026-09-25"].opens == ()
    assert len(days["2026-09-21"].opens) == 2


def test_describe_days_tells_provisional_days_and_stays_in_the_span(team: WorkingCalendar) -> None:
    eve = team.official_through_on
    assert [day.provisional for day in team.describe_days(eve, eve + timedelta(days=1))] == [False, True]
    assert [day.on for day in team.describe_days(date(2100, 12, 31), date(2101, 3, 1))] == [
        date(2100, 12, 31)
    ]
    assert team.describe_days(date(2101, 1, 1), date(2101, 3, 1)) == []


def test_the_open_spans_of_a_receipt_add_up_to_the_period(team: WorkingCalendar) -> None:
    days = team.describe_days(date(2026, 2, 1), date(2026, 3, 31))
    total = sum((end - start for day in days for start, end in day.opens), timedelta())
    elapsed = team.elapsed_service(us("2026-02-01 00:00"), us("2026-04-01 00:00"))
    assert total == timedelta(microseconds=int(elapsed))


# the team's own rows


def test_later_rows_win_on_the_same_day() -> None:
    off = Override(OverrideKind.DAY_OFF, date(2026, 3, 16), date(2026, 3, 18))
    on = Override(OverrideKind.WORKING_DAY, date(2026, 3, 17))
    tuesday = np.datetime64("2026-03-17")
    assert build_calendar(SHANGHAI, overrides=[off, on]).is_working(tuesday)
    assert not build_calendar(SHANGHAI, overrides=[on, off]).is_working(tuesday)


def test_regular_hours_change_from_a_date_whatever_the_order_of_rows() -> None:
    summer = Override(
        OverrideKind.REGULAR_HOURS, date(2026, 6, 1), date(2026, 8, 31), parse_hours("08:00-14:00")
    )
    later = Override(OverrideKind.REGULAR_HOURS, date(2026, 3, 1), hours=parse_hours("10:00-19:00"))
    half = Override(OverrideKind.WORKING_DAY, date(2026, 6, 9), hours=parse_hours("09:00-12:00"))
    for rows in ([half, summer, later], [later, summer, half]):
        team = build_calendar(SHANGHAI, overrides=rows)
        closes = team.day_close_us(
            np.array(["2026-02-27", "2026-03-02", "2026-06-08", "2026-06-09", "2026-09-01"], dtype="M8[D]")
        )
        assert [at(close)[-5:] for close in closes] == ["18:00", "19:00", "14:00", "12:00", "19:00"]


def test_regular_hours_leave_days_off_alone() -> None:
    rows = [Override(OverrideKind.REGULAR_HOURS, date(2026, 1, 1), hours=parse_hours("10:00-16:00"))]
    assert not build_calendar(SHANGHAI, overrides=rows).is_working(np.datetime64("2026-03-14"))


def test_a_calendar_without_working_days_has_no_deadlines() -> None:
    never = build_calendar(
        SHANGHAI, overrides=[Override(OverrideKind.DAY_OFF, date(1980, 1, 1), date(2120, 1, 1))]
    )
    start = us("2026-03-13 10:00")
    assert never.add_service(start, HOUR_US) == NAT
    assert never.add_working_days(start, 1) == NAT
    assert never.add_days(start, 1) == NAT
    assert never.day_close(start) == NAT
    assert never.elapsed_working_days(start, start + DAY_US) == 0
    assert np.isnat(never.roll_forward(np.datetime64("2026-03-13")))


def test_overrides_outside_the_span_change_nothing() -> None:
    rows = [Override(OverrideKind.DAY_OFF, date(1900, 1, 1), date(1980, 1, 1))]
    assert build_calendar(SHANGHAI, overrides=rows).is_working(np.datetime64("1990-01-02"))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"kind": OverrideKind.DAY_OFF, "first_on": date(2026, 3, 2), "last_on": date(2026, 3, 1)},
            "before the first",
        ),
        (
            {"kind": OverrideKind.DAY_OFF, "first_on": date(2026, 3, 2), "hours": parse_hours("9:00-12:00")},
            "half day",
        ),
        ({"kind": OverrideKind.REGULAR_HOURS, "first_on": date(2026, 3, 2)}, "need hours"),
    ],
)
def test_a_contradictory_row_is_refused(row: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Override(**row)  # type: ignore[arg-type]


# hours as people write them


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("09:00-12:00,13:00-18:00", "09:00-12:00,13:00-18:00"),
        (" 9:00 – 12:00， 13：00～18：00 ", "09:00-12:00,13:00-18:00"),
        ("8:30至17:30", "08:30-17:30"),
        ("00:00-24:00", "00:00-24:00"),
        ("14:00-18:00;22:00-02:00", "14:00-18:00,22:00-02:00"),
        ("16:00-00:00", "16:00-00:00"),
    ],
)
def test_hours_are_read(text: str, plain: str) -> None:
    hours = parse_hours(text)
    assert str(hours) in {plain, plain.replace("-00:00", "-24:00")}
    assert parse_hours(str(hours)) == hours


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no working hours"),
        ("nine to five", "'ninetofive' is not a span"),
        ("09:00", "'09:00' is not a span"),
        ("09:00-25:00", "25:00 in 09:00-25:00 is not a time"),
        ("09:60-12:00", "09:60 in 09:60-12:00 is not a time"),
        ("24:00-24:30", "not a time"),
        ("12:00-09:00,13:00-18:00", "12:00-09:00 ends before it starts"),
        ("18:00-09:00", "18:00-09:00 ends before it starts"),
        ("09:00-09:00", "09:00-09:00 is empty"),
        ("09:00-13:00,12:00-18:00", "12:00-18:00 starts before 09:00-13:00 ends"),
        ("13:00-18:00,09:00-12:00", "09:00-12:00 starts before 13:00-18:00 ends"),
        ("00:00-06:00,20:00-02:00", "20:00-02:00 runs into the next day's 00:00-06:00"),
    ],
)
def test_hours_that_make_no_sense_are_refused_in_words(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_hours(text)
