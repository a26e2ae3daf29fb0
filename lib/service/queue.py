"""Today's queue: what is overdue, due soon or waiting, worst first.

Order: overdue, then due soon, then waiting; within each by ``score``, the worst first:

    score = weight of the client's tier * (1 + lateness / period)      while overdue
    score = weight of the client's tier * (used part of the period)    before that, from 0 to 1

Lateness, period and used part are clock time, from trigger to due time; a period counts as one hour at least.
What has no period of its own (evidence that is due at once) counts as one period late. So a day late on a
monthly call weighs less than a day late on an answer within 24 hours, and a VIP client's twice an
ordinary one's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.standard.instants import HOUR_US, NAT, to_us

TIER_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"vip": 4.0, "key": 3.0, "ordinary": 2.0, "potential": 1.0}
)
NO_CLIENT_WEIGHT = 1.0
SHORTEST_PERIOD_US = HOUR_US

BUCKETS = ("overdue", "due_soon", "waiting")
PILES = ("all", "overdue", "due_today", "due_soon", "waiting")
CLOSED = ("met", "late")

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Queue:
    """``rows``: one for each obligation, with ``bucket``, ``due_today``, ``tier``, ``score``, ``entry`` (a
    number shared by the repeats of one clause for one client). ``entries``: the worst row of each entry
    with ``repeats``, how many rows it stands for. Both worst first, with a plain index.
    """

    rows: pd.DataFrame
    entries: pd.DataFrame

    def count(self) -> dict[str, int]:
        """How many entries lie in each of PILES. ``due_today`` are also among ``due_soon``."""
        buckets = self.entries["bucket"].value_counts()
        counts = {bucket: int(buckets.get(bucket, 0)) for bucket in BUCKETS}
        today = int(self.entries["due_today"].sum())
        return {"all": counts["overdue"] + counts["due_soon"], **counts, "due_today": today}

    def pick(self, pile: str) -> pd.DataFrame:
        """The entries of one of PILES; ``all`` leaves out what is waiting."""
        if pile == "due_today":
            return self.entries[self.entries["due_today"]]
        if pile == "all":
            return self.entries[self.entries["bucket"] != "waiting"]
        return self.entries[self.entries["bucket"] == pile]

    def narrow(self, owner: str) -> Queue:
        """What of it belongs to one person."""
        rows = self.rows[owned_by(self.rows["owner"], [owner])].reset_index(drop=True)
        return Queue(rows, _collapse(rows))

    def members(self, entry: int) -> list[str]:
        """Ids of all obligations behind an entry, worst first."""
        return self.rows.loc[self.rows["entry"] == entry, "id"].tolist()


def build_queue(
    judged: pd.DataFrame, tiers: pd.Series[Any], now: datetime, owners: Collection[str | None] | None = None
) -> Queue:
    """The queue at ``now`` (aware) from judged obligations; ``tiers`` are indexed by client id.

    ``owners``: staff ids whose obligations count, None among them for those without an owner; None for all.
    """
    rows = judged[_needs_attention(judged, now)]
    if owners is not None:
        rows = rows[owned_by(rows["owner"], owners)]
    rows = rows.assign(tier=look_up_tiers(rows["client"], tiers))
    rows = rows.assign(**_rank(rows, now))
    order = np.lexsort((-rows["score"].to_numpy(), rows["bucket"].cat.codes))
    rows = rows.iloc[order].reset_index(drop=True)
    return Queue(rows, _collapse(rows))


def owned_by(owner: pd.Series[Any], owners: Collection[str | None]) -> Mask:
    """Which rows belong to one of ``owners``; None stands for nobody."""
    mask = owner.isin([person for person in owners if person is not None])
    if None in owners:
        mask |= owner.isna()
    return np.asarray(mask, dtype=bool)


def look_up_tiers(client: pd.Series[Any], tiers: pd.Series[Any]) -> pd.Series[Any]:
    """The tier of each row's client, NaN where there is none."""
    position = pd.Index(tiers.index).get_indexer(pd.Index(client))
    codes = pd.Categorical(tiers, categories=list(TIER_WEIGHTS)).codes
    found = np.where(position >= 0, codes[position] if len(codes) else -1, -1)
    return pd.Series(pd.Categorical.from_codes(found, categories=pd.Index(TIER_WEIGHTS)), index=client.index)


def next_up(judged: pd.DataFrame, owners: Collection[str | None] | None = None) -> dict[str, Any] | None:
    """The obligation that falls due next among those not yet close, or None."""
    ahead = judged[np.asarray(judged["status"] == "not_started") & judged["due_at"].notna().to_numpy()]
    if owners is not None:
        ahead = ahead[owned_by(ahead["owner"], owners)]
    if ahead.empty:
        return None
    return {str(key): value for key, value in ahead.iloc[ahead["due_at"].argmin()].items()}


def team_of(staff: pd.DataFrame, staff_id: str | None) -> set[str]:
    """The person and everybody below them; a person with nobody below: their supervisor's whole team."""
    if staff_id is None or staff_id not in staff.index:
        return set()
    below = _below(staff, staff_id)
    boss = staff.at[staff_id, "supervisor"]
    if len(below) == 1 and isinstance(boss, str):
        return _below(staff, boss) | below
    return below


def _below(staff: pd.DataFrame, staff_id: str) -> set[str]:
    found: set[str] = {staff_id}
    newest = {staff_id}
    while newest:
        newest = set(staff.index[staff["supervisor"].isin(list(newest))]) - found
        found |= newest
    return found


def _needs_attention(judged: pd.DataFrame, now: datetime) -> Mask:
    near = np.asarray(judged["status"].isin(["overdue", "due_soon", "waiting"]))
    early = np.asarray(judged["status"] == "not_started") & _is_today(judged["due_at"], now)
    return np.asarray(near | early | _is_snoozed(judged, now), dtype=bool)


def _is_snoozed(judged: pd.DataFrame, now: datetime) -> Mask:
    still_open = ~np.asarray(judged["status"].isin(CLOSED))
    return np.asarray(still_open & (judged["snoozed_until_at"] > now).to_numpy(dtype=bool))


def _is_today(at: pd.Series[Any], now: datetime) -> Mask:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = to_us(midnight), to_us(midnight + timedelta(days=1))  # wall clock: a day may have 23 hours
    instants = to_us(at)
    return np.asarray((instants >= start) & (instants < end))


def _rank(rows: pd.DataFrame, now: datetime) -> dict[str, Any]:
    overdue = np.asarray(rows["status"] == "overdue")
    waiting = np.asarray(rows["status"] == "waiting") | _is_snoozed(rows, now)
    bucket = np.where(waiting, 2, np.where(overdue, 0, 1))
    return {
        "bucket": pd.Categorical.from_codes(bucket, categories=pd.Index(BUCKETS), ordered=True),
        "due_today": (bucket == 1) & _is_today(rows["due_at"], now),
        "score": score_rows(rows, to_us(now)),
    }


def score_rows(rows: pd.DataFrame, now_us: int) -> npt.NDArray[np.float64]:
    """How bad each row is, see the module's text; 0 for a row without a due time."""
    due, trigger = to_us(rows["due_at"]), to_us(rows["trigger_at"])
    known = (due != NAT) & (trigger != NAT) & (due > trigger)
    period = np.maximum(np.where(known, due - trigger, 0), SHORTEST_PERIOD_US)
    late = np.where(known, np.where(known, now_us - due, 0) / period, np.where(now_us > due, 1.0, -1.0))
    badness = np.where(due == NAT, 0.0, np.where(late > 0, 1 + late, np.clip(1 + late, 0, 1)))
    return np.asarray(_weights(rows["tier"]) * badness)


def _weights(tier: pd.Series[Any]) -> npt.NDArray[np.float64]:
    table = np.array([*TIER_WEIGHTS.values(), NO_CLIENT_WEIGHT])
    return table[tier.cat.codes.to_numpy()]  # the code of a missing tier is -1: the last one


def _collapse(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep the worst of the rows of one client, clause and bucket. Numbers them in ``rows["entry"]``."""
    subject = pd.factorize(rows["client"].where(rows["client"].notna(), rows["id"]))[0].astype(np.int64)
    clause = pd.factorize(rows["clause"])[0].astype(np.int64)
    bucket = rows["bucket"].cat.codes.to_numpy().astype(np.int64)
    keys = (subject * (clause.max(initial=0) + 1) + clause) * len(BUCKETS) + bucket
    rows["entry"] = pd.factorize(keys)[0]
    sizes = np.bincount(rows["entry"].to_numpy(), minlength=0)
    entries = rows.drop_duplicates("entry").reset_index(drop=True)
    return entries.assign(repeats=sizes[entries["entry"].to_numpy()])
