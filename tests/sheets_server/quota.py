"""Request quotas as Google documents them: reads and writes a minute, for a user and for the project."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from .errors import ApiError
from .refusals import TYPE, error_info

PROJECT_NUMBER = "100000000001"
WINDOW_S = 60.0
READS = frozenset(
    {
        "sheets.spreadsheets.get",
        "sheets.spreadsheets.getByDataFilter",
        "sheets.spreadsheets.values.get",
        "sheets.spreadsheets.values.batchGet",
        "sheets.spreadsheets.values.batchGetByDataFilter",
        "sheets.spreadsheets.developerMetadata.get",
        "sheets.spreadsheets.developerMetadata.search",
    }
)


@dataclass
class Quota:
    """Counts calls in minutes that follow each other; a refused call is not counted.

    Off unless `enabled`. `clock` is in seconds; `retry_after`: tell the seconds left in a Retry-After header.
    """

    enabled: bool = False
    per_user: int = 60
    per_project: int = 300
    retry_after: bool = False
    clock: Callable[[], float] = time.monotonic
    refused: int = 0
    _window: int = -1
    _used: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def charge(self, method_id: str, user: str) -> None:
        """Count one Sheets call; Drive calls are free here. Raises ApiError 429 in a minute used up."""
        if not self.enabled or not method_id.startswith("sheets."):
            return
        kind = "Read" if method_id in READS else "Write"
        with self._lock:
            self._turn_window()
            if self._used[kind, user] >= self.per_user:
                self._refuse(kind, " per user", "PerUser", self.per_user, "1/min/{project}/{user}")
            if self._used[kind, ""] >= self.per_project:
                self._refuse(kind, "", "PerProject", self.per_project, "1/min/{project}")
            self._used.update([(kind, user), (kind, "")])

    def used(self, kind: str, user: str = "") -> int:
        """Calls counted in this minute; kind is "Read" or "Write", without a user: of the project."""
        with self._lock:
            self._turn_window()
            return self._used[kind, user]

    def seconds_left(self) -> float:
        """Until the next minute begins."""
        return WINDOW_S - self.clock() % WINDOW_S

    def _turn_window(self) -> None:
        window = int(self.clock() // WINDOW_S)
        if window != self._window:
            self._window = window
            self._used.clear()

    def _refuse(self, kind: str, words: str, suffix: str, limit: int, unit: str) -> None:
        self.refused += 1
        metadata = {
            "consumer": f"projects/{PROJECT_NUMBER}",
            "quota_limit": f"{kind}RequestsPerMinute{suffix}",
            "quota_limit_value": str(limit),
            "quota_location": "global",
            "quota_metric": f"sheets.googleapis.com/{kind.lower()}_requests",
            "quota_unit": unit,
            "service": "sheets.googleapis.com",
        }
        raise exhausted(f"{kind} requests", words, metadata)


def exhausted(metric: str, words: str, metadata: dict[str, str]) -> ApiError:
    """429 as Google words it."""
    message = (
        f"Quota exceeded for quota metric '{metric}' and limit '{metric} per minute{words}' of service "
        f"'sheets.googleapis.com' for consumer 'project_number:{PROJECT_NUMBER}'."
    )
    link = {
        "description": "Request a higher quota limit.",
        "url": "https://cloud.google.com/docs/quotas/help/request_increase",
    }
    details = [error_info("RATE_LIMIT_EXCEEDED", metadata), {"@type": TYPE + "Help", "links": [link]}]
    return ApiError(429, message, "RESOURCE_EXHAUSTED", details)
