"""The thread that writes what waits: started when there is something, gone when there is nothing left."""

from __future__ import annotations

import random
import threading
import time
import weakref
from typing import Protocol

from lib.store.contract import StoreError

GATHER_S = 0.15  # changes that come together are written together
HELD_LOOK_S = 0.5
LONGEST_PAUSE_S = 30.0


class Flushes(Protocol):
    def flush(self) -> bool:
        """Write what waits; True when nothing is left. Raises StoreError."""


class Flusher:
    """Belongs to a store and keeps it from nothing: it ends with the store."""

    def __init__(self, store: Flushes) -> None:
        self._store = weakref.ref(store)
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """There is something to write."""
        with self._lock:
            if self._closed:
                return
            self._wake.set()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=_run, args=(self._store, self), name="huifang-flush", daemon=True
                )
                self._thread.start()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            thread = self._thread
        self._wake.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=60)

    @property
    def closed(self) -> bool:
        return self._closed

    def rest(self, seconds: float) -> None:
        """Until somebody wakes us, at most so long."""
        self._wake.wait(seconds)
        self._wake.clear()

    def done(self) -> bool:
        """Leave, unless there is news."""
        with self._lock:
            if self._wake.is_set() and not self._closed:
                return False
            self._thread = None
            return True


def _run(reference: weakref.ref[Flushes], flusher: Flusher) -> None:
    failures = 0
    while not flusher.closed:
        time.sleep(GATHER_S)
        flusher._wake.clear()
        store = reference()
        if store is None:
            return
        try:
            finished, failures = store.flush(), 0
        except StoreError as error:
            finished = False
            failures = 0 if error.code == "held" else failures + 1
        except Exception:
            finished = False  # a thread must not die of what nobody foresaw: what waits is durable
            failures += 1
        del store
        if finished and flusher.done():
            return
        if not finished:
            flusher.rest(pause_s(failures))


def pause_s(failures: int) -> float:
    """Longer after each failure, with jitter, so that several hosts do not try together."""
    longest = min(LONGEST_PAUSE_S, HELD_LOOK_S * 2.0 ** min(failures, 10))
    return longest * random.uniform(0.7, 1.0)
