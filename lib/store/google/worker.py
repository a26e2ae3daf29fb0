"""The background thread of a store: looks now and then, writes what waits, and slows down when it cannot."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from lib.store.contract import StoreError

IDLE_AFTER_S, IDLE_POLL_S = 120.0, 60.0  # when no page has asked for that long, looking can be rarer
LONGEST_PAUSE_S = 60.0
STOP_S = 3.0


class Worker:
    """``look`` and ``flush`` raise StoreError where they could not do it; ``has_work`` says whether there is
    anything to flush."""

    def __init__(
        self,
        look: Callable[[], object],
        flush: Callable[[], object],
        has_work: Callable[[], bool],
        poll_s: float,
    ) -> None:
        self._look, self._flush, self._has_work = look, flush, has_work
        self._poll_s = poll_s
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._asked_s = time.monotonic()
        self._looks, self._flushes = _Turns(), _Turns()

    def start(self) -> None:
        """Begin, if it has not begun yet."""
        with self._lock:
            if self._thread is None and not self._stopped.is_set():
                self._looks.put_off(self._poll_s)
                self._thread = threading.Thread(target=self._run, name="huifang-google", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._wake.set()
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(STOP_S)

    def note_interest(self) -> None:
        """Somebody is looking at the data."""
        was_idle = self._is_idle()
        self._asked_s = time.monotonic()
        if was_idle:
            self._looks.hurry()
            self._wake.set()

    def hurry(self) -> None:
        """There is something to write: do not wait for the next turn."""
        self.start()
        self._flushes.hurry()
        self._wake.set()

    def _is_idle(self) -> bool:
        return time.monotonic() - self._asked_s > IDLE_AFTER_S

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wake.clear()
            if self._flushes.is_due():
                self._flushes.take(self._flush_if_needed, 1.0)
            if self._looks.is_due() and not self._stopped.is_set():
                self._looks.take(self._look, IDLE_POLL_S if self._is_idle() else self._poll_s)
            self._wake.wait(min(self._looks.due_in_s(), self._flushes.due_in_s()))

    def _flush_if_needed(self) -> None:
        if self._has_work():
            self._flush()


class _Turns:
    """When a task is due: at intervals, and after failures at longer and longer ones, spread at random."""

    def __init__(self) -> None:
        self._due_s = 0.0
        self._failures = 0
        self._hurried = False

    def due_in_s(self) -> float:
        return max(0.05, self._due_s - time.monotonic())

    def is_due(self) -> bool:
        return time.monotonic() >= self._due_s

    def hurry(self) -> None:
        """Due at once, and once more if it is being done just now."""
        self._hurried = True
        self._due_s = time.monotonic()

    def put_off(self, seconds: float) -> None:
        self._due_s = time.monotonic() + seconds

    def take(self, task: Callable[[], object], interval_s: float) -> None:
        self._hurried = False
        try:
            task()
            self._failures = 0
            pause_s = interval_s * random.uniform(0.9, 1.1)
        except StoreError:  # told by the store's status
            self._failures += 1
            longest_s = min(LONGEST_PAUSE_S, max(interval_s, 1.0) * 2.0 ** min(self._failures, 9))
            pause_s = interval_s + random.uniform(0, longest_s)
        if not self._hurried:
            self.put_off(pause_s)
