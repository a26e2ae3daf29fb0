"""What holds for working time whatever the hours, the team's rows, the time zone and the instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.standard.lookup import build_lookup
from lib.standard.working_time import (
    DAY_US,
    HOUR_US,
    NAT,
    DayHours,
    Override,
    OverrideKind,
    WorkingCalendar,
    build_calendar,
    parse_hours,
    to_us,
)

FIRST_US = to_us(datetime(2019, 1, 1, tzinfo=UTC))
LAST_US = to_us(datetime(2028, 1, 1, tzinfo=UTC))

zones = st.sampled_from(
    ["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
).map(ZoneInfo)
dates = st.dates(date(2019, 1, 1), date(2027, 12, 31))


@st.composite
def hours(draw: st.DrawFn) -> DayHours:
    """Up to four spans, from 02:00 to 02:00 the next day, so that no two days' closes coincide."""
    marks = draw(st.sets(st.integers(2 * 60, 26 * 60), min_size=2, max_size=8))
    ordered = sorted(marks)
    spans = tuple(zip(ordered[::2], ordered[1::2], strict=False))
    kept = tuple(span for span in spans if span[0] < 24 * 60)
    return DayHours(kept or ((540, 1020),))


@st.composite
def overrides(draw: st.DrawFn) -> Override:
    kind = draw(st.sampled_from(OverrideKind))
    first_on = draw(dates)
    last_on = first_on + timedelta(days=draw(st.integers(0, 40)))
    own = draw(hours() if kind is OverrideKind.REGULAR_HOURS else st.none() | hours())
    return Override(kind, first_on, last_on, None if kind is OverrideKind.DAY_OFF else own)


calendars = st.builds(build_calendar, zones, hours(), st.lists(overrides(), max_size=6))
instants = st.lists(st.integers(FIRST_US, LAST_US), min_size=1, max_size=30).map(np.array)
amounts = st.integers(-400 * HOUR_US, 400 * HOUR_US)
counts = st.integers(-60, 60)

few = settings(max_examples=20, deadline=None)


@few
@given(calendars, instants, amounts)
def test_service_time_elapsed_is_the_time_added(team: WorkingCalendar, at: np.ndarray, amount: int) -> None:
    due = team.add_service(at, amount)
    assert (team.elapsed_service(at, due) == amount).all()
    assert (team.remaining_service(due, at) == -amount).all()


@few
@given(calendars, instants, amounts)
def test_service_deadlines_are_the_tightest(team: WorkingCalendar, at: np.ndarray, amount: int) -> None:
    due = team.add_service(at, amount)
    # A microsecond nearer to the start, the time is not used up yet.
    if amount:
        assert (team.elapsed_service(at, due - np.sign(amount)) != amount).all()
    else:
        assert (due == at).all()


@few
@given(calendars, instants, st.lists(amounts, min_size=3, max_size=8))
def test_elapsed_service_adds_up(team: WorkingCalendar, at: np.ndarray, steps: list[int]) -> None:
    stops = [at, *(at + step for step in steps)]
    legs = sum(team.elapsed_service(a, b) for a, b in pairwise(stops))
    np.testing.assert_array_equal(legs, team.elapsed_service(stops[0], stops[-1]))


@few
@given(calendars, instants, counts.filter(bool))
def test_working_days_elapsed_are_the_days_added(team: WorkingCalendar, at: np.ndarray, n: int) -> None:
    due = team.add_working_days(at, n)
    assert (team.elapsed_working_days(at, due) == n).all()
    # A microsecond short of the close, the last day is not used up yet.
    assert (team.elapsed_working_days(at, due - np.sign(n)) == n - np.sign(n)).all()


@few
@given(calendars, instants)
def test_same_day_counts_none_while_the_day_is_open(team: WorkingCalendar, at: np.ndarray) -> None:
    close = team.day_close_us(team.local_days(at))
    is_open = (close != NAT) & (at <= close)
    assert (team.elapsed_working_days(at, team.day_close(at)) == np.where(is_open, 0, 1)).all()


@few
@given(calendars, instants, amounts, counts)
def test_later_triggers_are_due_no_earlier(team: WorkingCalendar, at: np.ndarray, us: int, n: int) -> None:
    at = np.sort(at)
    results = (
        team.add_service(at, us),
        team.add_working_days(at, n),
        team.add_days(at, n),
        team.add_months(at, n),
    )
    assert all((np.diff(due) >= 0).all() for due in results)


@few
@given(calendars, st.integers(FIRST_US, LAST_US), st.lists(amounts, min_size=2), st.lists(counts, min_size=2))
def test_longer_periods_are_due_no_earlier(
    team: WorkingCalendar, at: int, us: list[int], n: list[int]
) -> None:
    us, n = sorted(us), sorted(n)
    results = (
        team.add_service(at, us),
        team.add_working_days(at, n),
        team.add_days(at, n),
        team.add_months(at, n),
    )
    assert all((np.diff(due) >= 0).all() for due in results)


@few
@given(calendars, instants, counts)
def test_periods_in_days_end_at_the_close_of_a_working_day(
    team: WorkingCalendar, at: np.ndarray, n: int
) -> None:
    closes = team.day_close_us(np.arange("2010-01", "2037-01", dtype="datetime64[D]"))
    for due in (team.add_working_days(at, n), team.add_days(at, n), team.add_months(at, n)):
        assert np.isin(due, closes).all()


@few
@given(calendars, instants)
def test_local_days_begin_and_end_around_their_instants(team: WorkingCalendar, at: np.ndarray) -> None:
    days = team.local_days(at)
    assert (team.day_start_us(days) <= at).all()
    assert (at < team.day_start_us(days + 1)).all()


@few
@given(calendars, st.lists(dates, min_size=1, max_size=30))
def test_rolling_finds_the_nearest_working_day(team: WorkingCalendar, on: list[date]) -> None:
    days = np.array(on, dtype="datetime64[D]")
    for roll, sign in ((team.roll_forward, 1), (team.roll_backward, -1)):
        rolled = roll(days)
        assert team.is_working(rolled).all()
        for day, end in zip(days, rolled, strict=True):
            assert not team.is_working(np.arange(day, end, sign)).any()


@few
@given(calendars, dates, st.integers(1, 60))
def test_receipts_add_up(team: WorkingCalendar, first_on: date, length: int) -> None:
    records = team.describe_days(first_on, first_on + timedelta(days=length - 1))
    # By instants: two wall times of one zone subtract as if its clocks were never changed.
    total_us = sum(to_us(end) - to_us(start) for day in records for start, end in day.opens)
    # Shifts past midnight belong to the day before: from a day that is not open into the next, they are cut.
    spans = [span for day in records for span in day.opens]
    assert all(start < end for start, end in spans)
    if spans:
        elapsed = team.elapsed_service(to_us(spans[0][0]), to_us(spans[-1][1]))
        assert total_us == int(elapsed)


def test_many_rows_give_what_one_row_gives() -> None:
    team = build_calendar(ZoneInfo("Europe/Berlin"), parse_hours("09:00-12:00,13:00-18:00"))
    rng = np.random.default_rng(7)
    at = rng.integers(FIRST_US, LAST_US, 50_000)
    n = rng.integers(-9, 10, 50_000)
    some = rng.integers(0, 50_000, 200)
    for add in (team.add_clock, team.add_service, team.add_working_days, team.add_days, team.add_months):
        many = add(at, n * DAY_US if add in (team.add_clock, team.add_service) else n)
        for row in some:
            amount = n[row] * DAY_US if add in (team.add_clock, team.add_service) else n[row]
            assert add(at[row], amount) == many[row]


@given(
    st.lists(st.integers(-(10**15), 10**16), min_size=1, max_size=60),
    st.lists(st.integers(-(10**16), 10**17), min_size=1),
)
def test_lookup_is_a_search(entries: list[int], wanted: list[int]) -> None:
    ordered, asked = np.sort(np.array(entries)), np.array(wanted + entries)
    expected = np.searchsorted(ordered, np.maximum(asked, ordered[0]), side="right") - 1
    np.testing.assert_array_equal(build_lookup(ordered).find(asked), expected)
