"""Keeping within the quota: requests of one kind, all threads together, never more than so many a minute."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

MINUTE_S = 60.0


class TokenBucket:
    """``per_minute`` tokens; each comes back a minute after it was taken.

    So no stretch of a minute sees more than that many requests, wherever the service's own minute begins.
    Who asks first is served first. ``monotonic`` gives seconds; ``wait`` may replace the waiting in tests:
    it is called with the condition (held) and the seconds to wait at most.
    """

    def __init__(
        self,
        per_minute: int,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wait: Callable[[threading.Condition, float], object] = lambda turn, seconds: turn.wait(seconds),
    ) -> None:
        if per_minute < 1:
            raise ValueError("a bucket needs at least one token a minute")
        self._size = per_minute
        self._monotonic = monotonic
        self._wait = wait
        self._taken: deque[float] = deque()
        self._queue: deque[object] = deque()
        self._closed_until_s = float("-inf")
        self._turn = threading.Condition()

    def take(self, timeout_s: float) -> bool:
        """Wait at most ``timeout_s`` for a token; False if there was none."""
        ticket = object()
        with self._turn:
            give_up_s = self._monotonic() + timeout_s
            self._queue.append(ticket)
            try:
                return self._take(ticket, give_up_s)
            finally:
                self._queue.remove(ticket)
                self._turn.notify_all()

    def has_token(self, timeout_s: float) -> bool:
        """Wait at most ``timeout_s`` until a token could be taken; leave it there."""
        if not self.take(timeout_s):
            return False
        with self._turn:
            self._taken.pop()
            self._turn.notify_all()
        return True

    def pause(self, seconds: float) -> None:
        """Give no token for that long: the service has said that it is too much."""
        with self._turn:
            self._closed_until_s = max(self._closed_until_s, self._monotonic() + seconds)

    def left(self) -> int:
        """How many tokens could be taken at once now."""
        with self._turn:
            now_s = self._monotonic()
            self._return_tokens(now_s)
            return 0 if now_s < self._closed_until_s else self._size - len(self._taken)

    def _take(self, ticket: object, give_up_s: float) -> bool:
        while True:
            now_s = self._monotonic()
            is_next = self._queue[0] is ticket
            if is_next and (free_s := self._free_at_s(now_s)) <= now_s:
                self._taken.append(now_s)
                return True
            if now_s >= give_up_s:
                return False
            until_s = min(give_up_s, free_s) if is_next else give_up_s
            self._wait(self._turn, until_s - now_s)

    def _free_at_s(self, now_s: float) -> float:
        self._return_tokens(now_s)
        returns_s = self._taken[0] + MINUTE_S if len(self._taken) >= self._size else now_s
        return max(returns_s, self._closed_until_s)

    def _return_tokens(self, now_s: float) -> None:
        while self._taken and self._taken[0] + MINUTE_S <= now_s:
            self._taken.popleft()
