"""Working time against a naive oracle that walks day by day, as a person with a calendar would.

The oracle shares nothing with the code under test: plain dates, ``zoneinfo``, and the public calendar asked
one day at a time.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.standard.working_time import (
    DAY_US,
    HOUR_US,
    MINUTE_US,
    DayHours,
    Override,
    OverrideKind,
    WorkingCalendar,
    build_calendar,
    parse_hours,
    to_us,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PUBLIC = holidays.country_holidays("CN", years=range(2015, 2033))
SEED = 20_260_313


class Oracle:
    """Deadlines for one team; ``spans_on`` gives a day's open minutes, none on a day not worked."""

    def __init__(self, tz: ZoneInfo, spans_on: Callable[[date], list[tuple[int, int]]]) -> None:
        self.tz = tz
        self.spans_on = cache(spans_on)
        self.opens = cache(self._opens)

    def local(self, us: int) -> date:
        return (EPOCH + timedelta(microseconds=us)).astimezone(self.tz).date()

    def instant(self, on: date, minute: int) -> int:
        wall = datetime.combine(on, time()) + timedelta(minutes=minute)
        us = to_us(wall.replace(tzinfo=self.tz))
        if self.wall(us) == wall:
            return us
        us = to_us(wall.replace(tzinfo=self.tz, fold=1))
        while self.wall(us) < wall:  # skipped by the clocks: on to the minute after the gap
            us += MINUTE_US
        return us

    def wall(self, us: int) -> datetime:
        return (EPOCH + timedelta(microseconds=us)).astimezone(self.tz).replace(tzinfo=None)

    def _opens(self, on: date) -> list[tuple[int, int]]:
        return [(self.instant(on, start), self.instant(on, end)) for start, end in self.spans_on(on)]

    def close(self, on: date) -> int:
        return self.opens(on)[-1][1]

    def add_clock(self, at: int, amount: int) -> int:
        return at + amount

    def add_service(self, at: int, amount: int) -> int:
        if amount == 0:
            return at
        return self.spend_forward(at, amount) if amount > 0 else self.spend_backward(at, -amount)

    def spend_forward(self, at: int, amount: int) -> int:
        on = self.local(at) - timedelta(days=1)  # a night shift may still be open
        while True:
            for start, end in self.opens(on):
                begin = max(start, at)
                if end > begin and amount <= end - begin:
                    return begin + amount
                amount -= max(0, end - begin)
            on += timedelta(days=1)

    def spend_backward(self, at: int, amount: int) -> int:
        on = self.local(at)
        while True:
            for start, end in reversed(self.opens(on)):
                finish = min(end, at)
                if finish > start and amount <= finish - start:
                    return finish - amount
                amount -= max(0, finish - start)
            on -= timedelta(days=1)

    def elapsed_service(self, start: int, end: int) -> int:
        if end < start:
            return -self.elapsed_service(end, start)
        total, on = 0, self.local(start) - timedelta(days=1)
        while on <= self.local(end):
            total += sum(max(0, min(b, end) - max(a, start)) for a, b in self.opens(on))
            on += timedelta(days=1)
        return total

    def step(self, on: date, days: int) -> date:
        """The next working day in a direction, ``on`` itself not counted."""
        on += timedelta(days=days)
        while not self.spans_on(on):
            on += timedelta(days=days)
        return on

    def same_day(self, at: int) -> int:
        on = self.local(at)
        if self.spans_on(on) and at <= self.close(on):
            return self.close(on)
        return self.close(self.step(on, 1))

    def add_working_days(self, at: int, n: int) -> int:
        if n == 0:
            return self.same_day(at)
        on = self.local(at)
        for _ in range(abs(n)):
            on = self.step(on, 1 if n > 0 else -1)
        return self.close(on)

    def elapsed_working_days(self, start: int, end: int) -> int:
        """Count up while the next deadline has been reached, in either direction."""
        sign = 1 if end >= start else -1
        count, on = 0, self.step(self.local(start), sign)
        while sign * self.close(on) <= sign * end:
            count += sign
            on = self.step(on, sign)
        return count

    def add_days(self, at: int, n: int) -> int:
        return self.settle(at, self.local(at) + timedelta(days=n), n)

    def add_months(self, at: int, n: int) -> int:
        on = self.local(at)
        year, month = divmod(on.year * 12 + on.month - 1 + n, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return self.settle(at, date(year, month + 1, min(on.day, last)), n)

    def settle(self, at: int, on: date, n: int) -> int:
        if n == 0:
            return self.same_day(at)
        if not self.spans_on(on):
            on = self.step(on, 1 if n > 0 else -1)
        return self.close(on)


def _office_spans(on: date) -> list[tuple[int, int]]:
    """Public calendar; lunch breaks; hours that changed in 2023; two rows of the team's own."""
    if date(2024, 5, 6) <= on <= date(2024, 5, 10):
        return []
    if on == date(2024, 5, 11):
        return [(600, 720)]
    if not PUBLIC.is_working_day(on):
        return []
    return [(540, 720), (780, 1080)] if on < date(2023, 7, 1) else [(510, 690), (750, 1050), (1110, 1140)]


def _office_calendar(tz: ZoneInfo) -> WorkingCalendar:
    return build_calendar(
        tz,
        parse_hours("09:00-12:00,13:00-18:00"),
        [
            Override(
                OverrideKind.REGULAR_HOURS,
                date(2023, 7, 1),
                hours=parse_hours("08:30-11:30,12:30-17:30,18:30-19:00"),
            ),
            Override(OverrideKind.DAY_OFF, date(2024, 5, 6), date(2024, 5, 11)),
            Override(OverrideKind.WORKING_DAY, date(2024, 5, 11), hours=parse_hours("10:00-12:00")),
        ],
    )


def _night_spans(on: date) -> list[tuple[int, int]]:
    return [(150, 210), (1320, 1590)] if PUBLIC.is_working_day(on) else []


def _night_calendar(tz: ZoneInfo) -> WorkingCalendar:
    return build_calendar(tz, parse_hours("02:30-03:30,22:00-02:30"))


def _instants(rng: np.random.Generator, count: int) -> np.ndarray:
    """2020 to 2026; half of them on a full or half hour, where opens and closes lie."""
    first, last = to_us(datetime(2020, 1, 1, tzinfo=UTC)), to_us(datetime(2027, 1, 1, tzinfo=UTC))
    instants = rng.integers(first, last, count)
    return np.where(rng.random(count) < 0.5, instants // (HOUR_US // 2) * (HOUR_US // 2), instants)


def _amounts(rng: np.random.Generator, count: int, most: int) -> np.ndarray:
    """Both signs and zero; half of them in full hours, so that they end on a boundary."""
    amounts = rng.integers(-most, most + 1, count)
    return np.where(rng.random(count) < 0.5, amounts // HOUR_US * HOUR_US, amounts)


# operation: how many cases, and the second argument for given instants
CASES: dict[str, tuple[int, Callable[[np.random.Generator, np.ndarray], np.ndarray]]] = {
    "add_clock": (10_000, lambda rng, at: _amounts(rng, len(at), 400 * DAY_US)),
    "add_service": (30_000, lambda rng, at: _amounts(rng, len(at), 120 * HOUR_US)),
    "elapsed_service": (10_000, lambda rng, at: at + _amounts(rng, len(at), 30 * DAY_US)),
    "add_working_days": (20_000, lambda rng, at: rng.integers(-20, 21, len(at))),
    "elapsed_working_days": (5_000, lambda rng, at: at + _amounts(rng, len(at), 30 * DAY_US)),
    "add_days": (15_000, lambda rng, at: rng.integers(-90, 91, len(at))),
    "add_months": (15_000, lambda rng, at: rng.integers(-24, 25, len(at))),
}


def _disagreements(team: WorkingCalendar, oracle: Oracle, operation: str, share: float = 1) -> list[tuple]:
    rng = np.random.default_rng(SEED)
    count, second = CASES[operation]
    at = _instants(rng, int(count * share))
    amount = second(rng, at)
    answers = getattr(team, operation)(at, amount).tolist()
    walk = getattr(oracle, operation)
    cases = zip(at.tolist(), amount.tolist(), answers, strict=True)
    return [(a, n, answer, walk(a, n)) for a, n, answer in cases if answer != walk(a, n)]


def test_the_cases_are_a_hundred_thousand_or_more() -> None:
    assert sum(count for count, _ in CASES.values()) >= 100_000


@pytest.mark.parametrize("operation", CASES)
def test_an_office_in_shanghai(operation: str) -> None:
    tz = ZoneInfo("Asia/Shanghai")
    assert _disagreements(_office_calendar(tz), Oracle(tz, _office_spans), operation) == []


@pytest.mark.parametrize("operation", CASES)
@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin"])
def test_night_shifts_where_clocks_change(zone: str, operation: str) -> None:
    tz = ZoneInfo(zone)
    assert _disagreements(_night_calendar(tz), Oracle(tz, _night_spans), operation, share=0.1) == []


def _spans_by(hours: DayHours, rows: list[Override]) -> Callable[[date], list[tuple[int, int]]]:
    """The rules for a team's rows, told once more: regular hours by date, then the last row for the day."""

    def spans_on(on: date) -> list[tuple[int, int]]:
        regular = [row for row in rows if row.kind is OverrideKind.REGULAR_HOURS and _covers(row, on)]
        special = [row for row in rows if row.kind is not OverrideKind.REGULAR_HOURS and _covers(row, on)]
        in_force = max(regular, key=lambda row: row.first_on).hours if regular else hours
        own = [row.hours for row in special if row.hours]
        worked = special[-1].kind is OverrideKind.WORKING_DAY if special else PUBLIC.is_working_day(on)
        return list((own[-1] if own else in_force).spans) if worked else []

    return spans_on


def _covers(row: Override, on: date) -> bool:
    single = row.first_on if row.kind is not OverrideKind.REGULAR_HOURS else date.max
    return row.first_on <= on <= (row.last_on or single)


some_hours = st.sampled_from(
    ["09:00-12:00,13:00-18:00", "08:00-08:05", "00:00-24:00", "10:00-15:00,16:00-16:30,18:00-23:00"]
).map(parse_hours)


@st.composite
def team_rows(draw: st.DrawFn) -> list[Override]:
    rows = []
    # Two rows of regular hours from the same date would be a tie.
    for first_on in draw(st.sets(st.dates(date(2024, 1, 1), date(2026, 6, 30)), max_size=5)):
        kind = draw(st.sampled_from(OverrideKind))
        last_on = draw(st.none() | st.integers(0, 200).map(lambda days, on=first_on: on + timedelta(days)))
        hours = draw(some_hours if kind is OverrideKind.REGULAR_HOURS else st.none() | some_hours)
        rows.append(Override(kind, first_on, last_on, None if kind is OverrideKind.DAY_OFF else hours))
    return rows


@settings(max_examples=25, deadline=None)
@given(some_hours, team_rows(), st.sampled_from(["Asia/Shanghai", "America/New_York"]).map(ZoneInfo))
def test_whatever_the_team_writes_in_its_calendar(
    hours: DayHours, rows: list[Override], tz: ZoneInfo
) -> None:
    team, oracle = build_calendar(tz, hours, rows), Oracle(tz, _spans_by(hours, rows))
    first, last = to_us(datetime(2024, 1, 1, tzinfo=UTC)), to_us(datetime(2026, 9, 1, tzinfo=UTC))
    at = np.random.default_rng(SEED).integers(first, last, 50)
    for n in (-9, -1, 0, 1, 9):
        service = [oracle.add_service(start, n * HOUR_US // 2) for start in at.tolist()]
        working = [oracle.add_working_days(start, n) for start in at.tolist()]
        months = [oracle.add_months(start, n) for start in at.tolist()]
        assert team.add_service(at, n * HOUR_US // 2).tolist() == service
        assert team.add_working_days(at, n).tolist() == working
        assert team.add_months(at, n).tolist() == months
