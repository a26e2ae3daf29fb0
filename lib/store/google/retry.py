"""Trying again what is safe to repeat: full jitter, a bounded number of times, within a bounded time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

Answer = TypeVar("Answer")

LONGEST_ANNOUNCED_WAIT_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and for how long to try. Before attempt n + 1 it waits between 0 and
    ``first_s`` * 2 ** n, at most ``longest_s``, but never less than the service has asked for."""

    attempts: int = 4
    first_s: float = 0.5
    longest_s: float = 16.0
    total_s: float = 30.0

    def pause_s(self, failures: int, asked_s: float | None, fraction: float) -> float:
        """Seconds to wait after so many failures; ``fraction`` is the die, in [0, 1)."""
        jittered = fraction * min(self.longest_s, self.first_s * 2.0 ** min(failures, 30))
        return jittered if asked_s is None else asked_s + jittered


class Retrying:
    """Runs an action until it succeeds or patience ends. The three callables are for tests."""

    def __init__(
        self,
        patience: Patience | None = None,
        *,
        sleep: Callable[[float], object] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        dice: random.Random | None = None,
    ) -> None:
        self._patience = patience or Patience()
        self._sleep = sleep
        self._monotonic = monotonic
        self._dice = dice or random.Random()

    def run(
        self, action: Callable[[], Answer], asked_wait_s: Callable[[Exception], float | bool | None]
    ) -> Answer:
        """The action's answer, or its last error.

        ``asked_wait_s(error)`` says whether to try again after an error: False for no, None for yes, a
        number for yes but not before so many seconds.
        """
        give_up_s = self._monotonic() + self._patience.total_s
        failures = 0
        while True:
            try:
                return action()
            except Exception as error:
                failures += 1
                asked = asked_wait_s(error)
                if asked is False or failures >= self._patience.attempts:
                    raise
                pause_s = self._patience.pause_s(failures - 1, asked, self._dice.random())
                if self._monotonic() + pause_s > give_up_s:
                    raise
                self._sleep(pause_s)


def parse_retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or as an HTTP date; None if it says nothing.

    ``now`` is aware. Never negative, at most an hour.
    """
    if not header:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_ANNOUNCED_WAIT_S)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(0.0, (at - now).total_seconds()), LONGEST_ANNOUNCED_WAIT_S)
