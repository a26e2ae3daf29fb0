"""Throughput of working time against one-at-a-time peers and against the floor.

The floor is one bare ``numpy.searchsorted`` over the same open intervals with the same instants, in random
order. Peers get the same questions, as far as they can be put to them, in whatever set-up serves them best;
the share of answers that agree with ours to the same question is printed beside the speed. Two of them know
no make-up working weekends (one no lunch break either), so their questions leave these out.

Run it with ``python -m bench.working_time``.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

import numpy as np
from holidays.countries.china import China

from lib.standard.working_time import (
    HOUR_US,
    Override,
    OverrideKind,
    WorkingCalendar,
    build_calendar,
    from_us,
    parse_hours,
    to_us,
)

TZ = ZoneInfo("Asia/Shanghai")
ROWS = 1_000_000
PEER_ROWS = 1_000
REPEATS = 7
PEER_REPEATS = 3
AIM_FLOOR = 3
AIM_PEER = 100

MORNING = (time_of_day(9), time_of_day(12))
AFTERNOON = (time_of_day(13), time_of_day(18))


@dataclass(frozen=True)
class Questions:
    """Deadlines to compute: random triggers over 2020-2026, in random order."""

    at: np.ndarray
    service_us: np.ndarray
    working_days: np.ndarray

    def as_datetimes(self) -> list[datetime]:
        return list(from_us(self.at[:PEER_ROWS], TZ).to_pydatetime())


@dataclass(frozen=True)
class Peer:
    """A package that answers one question at a time: how, and what we answer to the same."""

    name: str
    operation: str
    answer_all: Callable[[], list[object]]
    expected: list[object]


def ask(seed: int = 1) -> Questions:
    rng = np.random.default_rng(seed)
    first, last = to_us(datetime(2020, 1, 1, tzinfo=TZ)), to_us(datetime(2026, 12, 1, tzinfo=TZ))
    return Questions(
        at=rng.integers(first, last, ROWS),
        service_us=rng.integers(1, 40 * HOUR_US, ROWS),
        working_days=rng.integers(1, 16, ROWS),
    )


def seconds_of(run: Callable[[], object], repeats: int) -> float:
    """Median wall time, after one run to warm up."""
    run()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def measure_ours(team: WorkingCalendar, asked: Questions) -> dict[str, float]:
    """Seconds for all rows, by operation."""
    at, service_us, n = asked.at, asked.service_us, asked.working_days
    end = at + service_us
    operations: dict[str, Callable[[], object]] = {
        "add_service": lambda: team.add_service(at, service_us),
        "elapsed_service": lambda: team.elapsed_service(at, end),
        "add_working_days": lambda: team.add_working_days(at, n),
        "elapsed_working_days": lambda: team.elapsed_working_days(at, end),
        "add_days": lambda: team.add_days(at, n),
        "add_months": lambda: team.add_months(at, n),
        "add_clock": lambda: team.add_clock(at, service_us),
    }
    return {name: seconds_of(run, REPEATS) for name, run in operations.items()}


def measure_floor(team: WorkingCalendar, asked: Questions) -> float:

    starts, _ = team.open_time.spans_from(0, to_us(datetime(2101, 1, 1, tzinfo=TZ)))
    return seconds_of(lambda: np.searchsorted(starts, asked.at), REPEATS)


def peers(team: WorkingCalendar, asked: Questions) -> list[Callable[[], Peer]]:
    return [
        lambda: _holidays_peer(team, asked),
        lambda: _businesstimedelta_peer(asked),
        lambda: _business_duration_peer(asked),
    ]


def _holidays_peer(team: WorkingCalendar, asked: Questions) -> Peer:
    public = China(years=range(2019, 2029))
    dates = [start.date() for start in asked.as_datetimes()]
    counts = asked.working_days[:PEER_ROWS].tolist()
    due = team.add_working_days(asked.at[:PEER_ROWS], asked.working_days[:PEER_ROWS])
    return Peer(
        "holidays.get_nth_working_day",
        "add_working_days",
        lambda: [public.get_nth_working_day(on, n) for on, n in zip(dates, counts, strict=True)],
        team.local_days(due).tolist(),
    )


def _businesstimedelta_peer(asked: Questions) -> Peer:
    import pytz  # comes with the peer, which takes no other time zones
    from businesstimedelta import BusinessTimeDelta, HolidayRule, Rules, WorkDayRule

    weekdays, zone = [0, 1, 2, 3, 4], pytz.timezone(TZ.key)
    rules = Rules(
        [
            WorkDayRule(*MORNING, working_days=weekdays, tz=zone),
            WorkDayRule(*AFTERNOON, working_days=weekdays, tz=zone),
            HolidayRule(China(years=range(2019, 2029)), tz=zone),
        ]
    )
    starts = asked.as_datetimes()
    amounts = [timedelta(microseconds=us) for us in asked.service_us[:PEER_ROWS].tolist()]
    team = _without_make_up_days("09:00-12:00,13:00-18:00")
    due = from_us(team.add_service(asked.at[:PEER_ROWS], asked.service_us[:PEER_ROWS]), TZ)
    return Peer(
        "businesstimedelta",
        "add_service",
        lambda: [
            start + BusinessTimeDelta(rules, timedelta=amount)
            for start, amount in zip(starts, amounts, strict=True)
        ],
        list(due.to_pydatetime()),
    )


def _business_duration_peer(asked: Questions) -> Peer:
    from business_duration import businessDuration

    public = China(years=range(2019, 2029))
    days_off = set(public)
    starts = [start.replace(tzinfo=None, microsecond=0) for start in asked.as_datetimes()]
    amounts = asked.service_us[:PEER_ROWS] // 10**6
    ends = [start + timedelta(seconds=2 * int(amount)) for start, amount in zip(starts, amounts, strict=True)]
    # It knows no lunch break: 9 to 18 is the nearest question that it can be asked.
    no_lunch = _without_make_up_days("09:00-18:00")
    spans = [_instants(column) for column in (starts, ends)]
    return Peer(
        "business-duration",
        "elapsed_service",
        lambda: [
            businessDuration(
                start, end, MORNING[0], AFTERNOON[1], weekendlist=[5, 6], holidaylist=days_off, unit="sec"
            )
            for start, end in zip(starts, ends, strict=True)
        ],
        (no_lunch.elapsed_service(*spans) // 10**6).tolist(),
    )


def _without_make_up_days(hours: str) -> WorkingCalendar:
    """What two of the peers can express: holidays, but no working weekends."""
    make_up = China(years=range(2019, 2029)).weekend_workdays
    rows = [Override(OverrideKind.DAY_OFF, day) for day in make_up]
    return build_calendar(TZ, parse_hours(hours), rows)


def _instants(local: list[datetime]) -> np.ndarray:
    return np.array([to_us(time.replace(tzinfo=TZ)) for time in local])


def _agreement(peer: Peer) -> float:
    answers = peer.answer_all()
    return sum(a == b for a, b in zip(answers, peer.expected, strict=True)) / len(answers)


def _report_ours(ours: dict[str, float], floor: float) -> None:
    print(f"\n{'operation':22}{'ms':>9}{'rows/s':>14}{'x floor':>10}")
    print(f"{'floor (searchsorted)':22}{floor * 1e3:9.1f}{ROWS / floor:14,.0f}{1:10.2f}")
    for name, seconds in ours.items():
        print(f"{name:22}{seconds * 1e3:9.1f}{ROWS / seconds:14,.0f}{seconds / floor:10.2f}")


def _report_peer(make: Callable[[], Peer], ours: dict[str, float]) -> float | None:
    """Print one peer's line; how many times faster ours is, or None where it could not be measured."""
    try:
        peer = make()
        seconds = seconds_of(peer.answer_all, PEER_REPEATS) / PEER_ROWS
        agreement = _agreement(peer)
    except ImportError as error:
        print(f"not measured: {error} (pip install -r requirements-bench.txt)")
        return None
    except Exception as error:  # a peer that fails is a finding, not the end of the run
        print(f"not measured: {type(error).__name__}: {error}")
        return None
    ratio = seconds / (ours[peer.operation] / ROWS)
    print(f"{peer.name:30}{peer.operation:20}{1 / seconds:12,.0f}{ratio:12,.0f}x{agreement:10.1%}")
    return ratio


def main() -> None:
    begin = time.perf_counter()
    team = build_calendar(TZ)
    built = time.perf_counter() - begin
    versions = f"Python {platform.python_version()}, numpy {np.__version__}"
    print(f"{ROWS:,} deadlines, {platform.machine()}, {versions}")
    print(f"calendar built in {built * 1e3:.0f} ms")
    asked = ask()
    ours, floor = measure_ours(team, asked), measure_floor(team, asked)
    _report_ours(ours, floor)
    print(f"\n{'peer, one at a time':30}{'against':20}{'rows/s':>12}{'ours':>13}{'agree':>10}")
    ratios = [ratio for make in peers(team, asked) if (ratio := _report_peer(make, ours)) is not None]
    worst = max(ours["add_service"], ours["add_working_days"]) / floor
    print(f"\naim: at most {AIM_FLOOR}x the floor; adds are at {worst:.2f}x")
    print(f"aim: at least {AIM_PEER}x the fastest peer; ours is {min(ratios, default=float('nan')):,.0f}x")


if __name__ == "__main__":
    main()
