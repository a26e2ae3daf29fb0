"""Hand-made judged obligations for tests of the views."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

TZ = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=TZ)  # a Friday
STATUSES = ["met", "late", "due_soon", "overdue", "waiting", "not_started", "unverified"]
MOMENTS = ("trigger_at", "due_at", "limit_at", "done_at", "unpaused_due_at", "snoozed_until_at")
DEFAULTS: dict[str, Any] = {
    "clause": "promise.due",
    "worksheet": "promises",
    "record": "p1",
    "client": "c1",
    "owner": "s1",
    "trigger_at": "2026-11-16 10:00",
    "due_at": "2026-11-18 18:00",
    "status": "overdue",
    "status_unpaused": "overdue",
    "provisional": False,
    "breached_limit": False,
}


def judged_rows(*rows: dict[str, Any]) -> pd.DataFrame:
    """A judged table; each row names what differs from DEFAULTS, moments as local text."""
    filled = [{"id": f"o{number}", **DEFAULTS, **row} for number, row in enumerate(rows)]
    frame = pd.DataFrame(filled, columns=["id", *dict.fromkeys([*DEFAULTS, *MOMENTS])])
    for column in MOMENTS:
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]").dt.tz_localize(TZ)
    for column in ("id", "record", "client", "owner"):
        frame[column] = frame[column].astype("str")
    frame["clause"] = frame["clause"].astype("category")
    frame["worksheet"] = frame["worksheet"].astype("category")
    for column in ("status", "status_unpaused"):
        frame[column] = pd.Categorical(frame[column], categories=STATUSES)
    return frame


def tiers_of(**tiers: str) -> pd.Series[Any]:
    """Client id -> tier."""
    categories = ["vip", "key", "ordinary", "potential"]
    return pd.Series(
        pd.Categorical(list(tiers.values()), categories=categories), index=pd.Index(list(tiers), dtype="str")
    )
