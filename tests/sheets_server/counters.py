"""What went over the wire: requests and bytes both ways, by user and by method."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any

KEPT = 100_000


@dataclass(frozen=True)
class Call:
    """One answered (or dropped) request. Bytes hold the request or status line, headers and body."""

    at_s: float
    user: str
    method_id: str
    status: int
    bytes_in: int
    bytes_out: int
    seconds: float
    fault: str = ""


@dataclass
class Counters:
    """A log of calls and their sums; thread-safe."""

    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=KEPT))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, call: Call) -> None:
        """Log one call."""
        with self._lock:
            self.calls.append(call)

    def reset(self) -> None:
        """Forget all calls."""
        with self._lock:
            self.calls.clear()

    def select(self, *, user: str | None = None, method_id: str = "") -> list[Call]:
        """Calls of one user (or all) whose method begins with `method_id`, oldest first."""
        with self._lock:
            calls = list(self.calls)
        return [c for c in calls if c.method_id.startswith(method_id) and (user is None or c.user == user)]

    def requests(self, **of: Any) -> int:
        """How many calls; arguments as `select`."""
        return len(self.select(**of))

    def bytes_on_wire(self, **of: Any) -> tuple[int, int]:
        """Bytes from and to the clients; arguments as `select`."""
        calls = self.select(**of)
        return sum(c.bytes_in for c in calls), sum(c.bytes_out for c in calls)

    def summary(self) -> dict[str, Any]:
        """Sums for a report: in all, by method, by status and by user."""
        calls = self.select()
        return {
            "requests": len(calls),
            "bytes_in": sum(c.bytes_in for c in calls),
            "bytes_out": sum(c.bytes_out for c in calls),
            "by_method": dict(Counter(c.method_id for c in calls)),
            "by_status": {str(code): n for code, n in Counter(c.status for c in calls).items()},
            "by_user": dict(Counter(c.user for c in calls)),
            "by_fault": dict(Counter(c.fault for c in calls if c.fault)),
        }

    def log(self, last: int = 100) -> list[dict[str, Any]]:
        """The last calls as JSON."""
        return [asdict(call) for call in self.select()[-last:]]
