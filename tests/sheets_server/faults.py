"""Faults on purpose: which request meets which, by a seed or by a script."""

from __future__ import annotations

import random
import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from .errors import ApiError
from .quota import exhausted
from .refusals import DriveError

# Before: the request is not carried out. After: it is, and the answer says otherwise or never comes.
BEFORE = ("429", "500", "502", "503", "timeout_before", "reset_before")
AFTER = ("500_after", "503_after", "timeout_after", "reset_after", "truncated")
OTHER = ("stale", "slow")
KINDS = BEFORE + AFTER + OTHER
WORDS = {
    500: ("INTERNAL", "Internal error encountered."),
    502: ("UNKNOWN", "Bad Gateway"),
    503: ("UNAVAILABLE", "The service is currently unavailable."),
}


@dataclass(frozen=True)
class Struck:
    """A fault that was given to a request."""

    number: int
    kind: str
    method_id: str
    user: str


@dataclass
class Faults:
    """Decides for each request. A script comes first, then chance by `rates` (kind -> probability).

    `only`: methods whose id begins so. `stale_s`: how old a stale read is. `hold_s`: how long a request that
    will not be answered is held; a client gives up by its own time-out. `retry_after_s`: header of 429.
    """

    seed: int = 0
    rates: dict[str, float] = field(default_factory=dict)
    only: str = "sheets."
    slow_s: float = 0.3
    stale_s: float = 0.5
    hold_s: float = 180.0
    retry_after_s: int | None = None
    journal: list[Struck] = field(default_factory=list)
    _script: deque[tuple[str, str]] = field(default_factory=deque)
    _seen: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        _check_kinds(self.rates)

    def script(self, *kinds: str, method: str = "") -> None:
        """The next requests of that method (or of any, by `only`) meet these, one each; "" is no fault."""
        _check_kinds(kinds)
        with self._lock:
            self._script.extend((kind, method) for kind in kinds)

    def set_rates(self, rates: dict[str, float], seed: int = 0) -> None:
        """From now on each request meets a fault by chance."""
        _check_kinds(rates)
        with self._lock:
            self.rates, self._random = dict(rates), random.Random(seed)

    def clear(self) -> None:
        """No more faults; the journal stays."""
        with self._lock:
            self.rates, self._script = {}, deque()

    def configure(self, **settings: Any) -> None:
        """Set any of `only`, `slow_s`, `stale_s`, `hold_s`, `retry_after_s`."""
        for name, value in settings.items():
            if name not in ("only", "slow_s", "stale_s", "hold_s", "retry_after_s"):
                raise ValueError(f"no such setting: {name}")
            setattr(self, name, value)

    def pick(self, method_id: str, user: str, *, is_read: bool) -> str:
        """The fault for this request; empty for none."""
        with self._lock:
            self._seen += 1
            kind = self._scripted(method_id) if self._script else self._chance(method_id)
            if not kind or (kind == "stale" and not is_read):
                return ""
            self.journal.append(Struck(self._seen, kind, method_id, user))
            return kind

    def counts(self) -> dict[str, int]:
        """How many of each kind were given."""
        return dict(Counter(struck.kind for struck in self.journal))

    def _scripted(self, method_id: str) -> str:
        kind, method = self._script[0]
        if not method_id.startswith(method or self.only):
            return ""
        self._script.popleft()
        return kind

    def _chance(self, method_id: str) -> str:
        if not self.rates or not method_id.startswith(self.only):
            return ""
        left = self._random.random()
        for kind, rate in self.rates.items():
            left -= rate
            if left < 0:
                return kind
        return ""


def _check_kinds(kinds: Any) -> None:
    unknown = [kind for kind in kinds if kind and kind not in KINDS]
    if unknown:
        raise ValueError(f"no such fault: {', '.join(unknown)}; there are {', '.join(KINDS)}")


def refusal(kind: str, method_id: str) -> ApiError | None:
    """The error body that a fault answers with; None for faults without one."""
    digits = kind.partition("_")[0]
    if not digits.isdigit():
        return None
    code, drive = int(digits), method_id.startswith("drive.")
    if code == 429:
        return _too_many(drive)
    status, message = WORDS[code]
    if drive:
        return DriveError(code, "Internal Error" if code == 500 else message, "backendError")
    return ApiError(code, message, status)


def _too_many(drive: bool) -> ApiError:
    if drive:
        text = "User Rate Limit Exceeded. Rate of requests for user exceed configured project quota."
        return DriveError(403, text, "userRateLimitExceeded", domain="usageLimits")
    metadata = {"quota_limit": "ReadRequestsPerMinutePerUser", "service": "sheets.googleapis.com"}
    return exhausted("Read requests", " per user", metadata)
