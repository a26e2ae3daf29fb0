"""Never more requests a minute than granted, whoever asks, and nobody is passed over."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.store.google.bucket import MINUTE_S, TokenBucket


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s

    def wait(self, _: threading.Condition, seconds: float) -> None:
        self.now_s += seconds


def bucket(size: int) -> tuple[TokenBucket, Clock]:
    clock = Clock()
    return TokenBucket(size, monotonic=clock, wait=clock.wait), clock


@given(
    size=st.integers(1, 8),
    gaps=st.lists(st.floats(0, 40), min_size=1, max_size=60),
)
def test_no_minute_sees_more_than_granted(size: int, gaps: list[float]) -> None:
    tokens, clock = bucket(size)
    taken_s = []
    for gap in gaps:
        clock.now_s += gap
        assert tokens.take(timeout_s=10_000)
        taken_s.append(clock.now_s)
    # A hair's breadth less than a minute: sums of floats may be off by their last digit.
    assert all(late - early > MINUTE_S - 1e-6 for early, late in zip(taken_s, taken_s[size:], strict=False))


def test_a_burst_up_to_the_grant_does_not_wait() -> None:
    tokens, clock = bucket(60)
    assert all(tokens.take(timeout_s=0) for _ in range(60))
    assert clock.now_s == 1_000.0
    assert tokens.left() == 0
    assert not tokens.take(timeout_s=0)


def test_waiting_ends_in_time_without_a_token() -> None:
    tokens, clock = bucket(1)
    tokens.take(timeout_s=0)
    assert not tokens.take(timeout_s=30)
    assert clock.now_s == 1_030.0
    assert tokens.take(timeout_s=31)


def test_a_pause_closes_the_bucket_for_everybody() -> None:
    tokens, clock = bucket(5)
    tokens.pause(20)
    assert tokens.left() == 0
    assert not tokens.take(timeout_s=10)
    assert tokens.take(timeout_s=15)
    assert clock.now_s == 1_020.0


def test_a_look_takes_nothing() -> None:
    tokens, _ = bucket(1)
    assert tokens.has_token(timeout_s=0)
    assert tokens.left() == 1


def test_who_asks_first_is_served_first() -> None:
    tokens = TokenBucket(3)
    served: list[int] = []
    tokens.pause(0.3)

    def ask(number: int) -> None:
        assert tokens.take(timeout_s=5)
        served.append(number)

    threads = []
    for number in range(3):
        threads.append(threading.Thread(target=ask, args=(number,)))
        threads[-1].start()
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    assert served == [0, 1, 2]


def test_threads_together_stay_within_the_grant() -> None:
    tokens = TokenBucket(20)
    results: list[bool] = []
    threads = [threading.Thread(target=lambda: results.append(tokens.take(0.05))) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 20 + [True] * 20


def test_a_bucket_without_tokens_is_refused() -> None:
    with pytest.raises(ValueError):
        TokenBucket(0)
