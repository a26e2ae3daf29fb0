"""Repeating is bounded in number and time, spread at random, and heeds what the service asks for."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.store.google.retry import LONGEST_ANNOUNCED_WAIT_S, Patience, Retrying, parse_retry_after

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


class Trouble(Exception):
    pass


class Attempts:
    """Fails so many times, then answers; remembers the pauses."""

    def __init__(self, failures: int) -> None:
        self.failures, self.made, self.pauses, self.now_s = failures, 0, list[float](), 0.0

    def __call__(self) -> str:
        self.made += 1
        if self.made <= self.failures:
            raise Trouble(str(self.made))
        return "done"

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now_s += seconds


def retrying(attempts: Attempts, patience: Patience, seed: int = 1) -> Retrying:
    return Retrying(
        patience, sleep=attempts.sleep, monotonic=lambda: attempts.now_s, dice=random.Random(seed)
    )


@given(failures=st.integers(0, 12), seed=st.integers(0, 1_000), limit=st.integers(1, 8))
def test_attempts_and_pauses_are_bounded(failures: int, seed: int, limit: int) -> None:
    attempts = Attempts(failures)
    patience = Patience(attempts=limit, first_s=1, longest_s=8, total_s=30)
    run = retrying(attempts, patience, seed).run
    told = None
    try:
        told = run(attempts, lambda _: None)
    except Trouble as error:
        told = str(error)
    assert told in ("done", str(attempts.made))  # the last error is the one that is told
    assert attempts.made <= limit
    assert sum(attempts.pauses) <= 30
    assert all(0 <= pause <= min(8, 2**n) for n, pause in enumerate(attempts.pauses))


def test_pauses_differ_from_run_to_run() -> None:
    pauses = set()
    for seed in range(20):
        attempts = Attempts(1)
        retrying(attempts, Patience(), seed).run(attempts, lambda _: None)
        pauses.add(attempts.pauses[0])
    assert len(pauses) == 20


def test_never_sooner_than_asked() -> None:
    attempts = Attempts(2)
    retrying(attempts, Patience(total_s=120)).run(attempts, lambda _: 20.0)
    assert all(20 <= pause < 21 for pause in attempts.pauses)


def test_a_wait_beyond_the_whole_patience_is_not_begun() -> None:
    attempts = Attempts(1)
    with pytest.raises(Trouble):
        retrying(attempts, Patience(total_s=60)).run(attempts, lambda _: 600.0)
    assert attempts.pauses == []


def test_what_must_not_be_repeated_is_not() -> None:
    attempts = Attempts(1)
    with pytest.raises(Trouble):
        retrying(attempts, Patience()).run(attempts, lambda _: False)
    assert attempts.made == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
        ("Wed, 04 Mar 2026 09:31:00 -0000", 60.0),
        ("99999999", LONGEST_ANNOUNCED_WAIT_S),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("٣", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, NOW) == seconds


@given(st.text(max_size=40))
def test_no_header_upsets(header: str) -> None:
    waited = parse_retry_after(header, NOW)
    assert waited is None or 0 <= waited <= LONGEST_ANNOUNCED_WAIT_S
