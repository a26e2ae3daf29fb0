"""What a look over a store finds, one line for each thing looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lib.store.contract import StoreError


@dataclass(frozen=True, slots=True)
class Finding:
    """``check`` names what was looked at. ``problem`` is empty where all is well, else a stable word for
    what is wrong; ``error`` is the store's own, where that is the problem. ``details`` fill the message."""

    check: str
    problem: str = ""
    details: Mapping[str, object] = field(default_factory=dict)
    error: StoreError | None = None

    @property
    def is_fine(self) -> bool:
        return not self.problem


def failed(check: str, error: StoreError) -> Finding:
    return Finding(check, error.code, error.details, error)
