"""Earlier states of spreadsheets, for reads that are answered from a replica which lags."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .spreadsheet import Spreadsheet

KEPT = 16


class Past:
    """Checkpoints of spreadsheets, taken after each change. Every call needs the service's lock."""

    def __init__(self) -> None:
        self._states: dict[str, deque[tuple[float, Any]]] = defaultdict(lambda: deque(maxlen=KEPT))

    def keep(self, book: Spreadsheet) -> None:
        """Remember the state as of now."""
        self._states[book.spreadsheet_id].append((time.monotonic(), book.checkpoint()))

    @contextmanager
    def shown(self, book: Spreadsheet, age_s: float) -> Iterator[None]:
        """Within this, the spreadsheet is as it was `age_s` ago, or as the oldest state known."""
        old = self._at(book.spreadsheet_id, age_s)
        current = book.checkpoint()
        if old is not None:
            book.roll_back(old)
        try:
            yield
        finally:
            book.roll_back(current)

    def _at(self, spreadsheet_id: str, age_s: float) -> Any | None:
        states, before = self._states[spreadsheet_id], time.monotonic() - age_s
        older = [state for at_s, state in states if at_s <= before]
        if older:
            return older[-1]
        return states[0][1] if states else None
