"""The clients in one table: tier and why, dormancy ahead of time, last contact, what is due next."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.service.tiers import category
from lib.standard.clause_model import TIERS

DORMANT, SOON, ACTIVE, NEVER = "dormant", "soon", "active", "never"
DORMANCY_STATES = (DORMANT, SOON, ACTIVE, NEVER)
NOTICE_DAYS = 30  # so many days ahead a client counts as about to become dormant
NOBODY = "none"  # the owner filter's code for clients without an owner
SORTS = ("tier", "amount", "overdue", "dormant_on", "last_contact_at", "next_due_at")
AHEAD = ("not_started", "due_soon")
UP, DOWN, STAYED = "up", "down", "stayed"

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ClientFilter:
    """What to keep; an empty part keeps everything. ``owners`` are staff ids, NOBODY among them."""

    tiers: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    search: str = ""


def list_clients(clients: pd.DataFrame, judged: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """One row a client (index: client id), in sheet order.

    ``clients`` is the derived client table. Adds: state (one of DORMANCY_STATES), days_left (until
    dormant, negative afterwards, NaN without a purchase), overdue (open obligations past their time),
    next_due_at and next_clause (the earliest deadline ahead).
    """
    today = np.datetime64(now.replace(tzinfo=None), "D")
    days_left = _days_from(today, clients["dormant_on"])
    listed = clients.assign(days_left=days_left, state=_dormancy(clients["is_dormant"], days_left))
    overdue = judged.loc[np.asarray(judged["status"] == "overdue"), "client"]
    listed["overdue"] = np.bincount(_positions(clients.index, overdue), minlength=len(clients) + 1)[:-1]
    return listed.join(_next_due(judged))


def filter_clients(listed: pd.DataFrame, wanted: ClientFilter) -> pd.DataFrame:
    """The rows that ``wanted`` keeps."""
    if wanted == ClientFilter():
        return listed
    keep = np.ones(len(listed), dtype=bool)
    if wanted.tiers:
        keep &= listed["tier"].isin(wanted.tiers).to_numpy()
    if wanted.states:
        keep &= listed["state"].isin(wanted.states).to_numpy()
    if wanted.cities:
        keep &= listed["city"].isin(wanted.cities).to_numpy()
    if wanted.owners:
        keep &= _owned_by(listed["owner"], wanted.owners)
    if wanted.search:
        keep &= _mentions(listed, wanted.search)
    return listed[keep]


def sort_clients(listed: pd.DataFrame, by: str) -> pd.DataFrame:
    """Sorted by one of SORTS, what needs looking at first; the same rows always come in the same order."""
    rank = listed["tier"].cat.codes.to_numpy()
    amount = -listed["trailing_amount"].fillna(0).to_numpy()
    key = {
        "tier": rank,
        "amount": amount,
        "overdue": -listed["overdue"].to_numpy(),
        "dormant_on": _nulls_last(listed["days_left"].abs()),
        "last_contact_at": _instants(listed["last_contact_at"], missing=np.iinfo("int64").min),
        "next_due_at": _instants(listed["next_due_at"], missing=np.iinfo("int64").max),
    }[by]
    return listed.iloc[np.lexsort((np.arange(len(listed)), amount, rank, key))]


def count_by(listed: pd.DataFrame, column: str) -> pd.DataFrame:
    """For each word of a categorical column, in its order: clients, amount (trailing twelve months)."""
    frame = pd.DataFrame({"clients": 1, "amount": listed["trailing_amount"].fillna(0)})
    return frame.groupby(listed[column], observed=False).sum()


def pins_in_force(pins: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """The pin that holds today for each client that has one (index: client id): record, the pin's columns.

    Of several the one begun last holds, as for the tiers themselves.
    """
    today = pd.Timestamp(now.replace(tzinfo=None)).normalize()
    holds = (pins["from_on"] <= today) & ~(pins["until_on"] < today) & pins["tier"].notna()
    held = pins[holds.to_numpy() & pins["client"].notna().to_numpy()].sort_values("from_on", kind="stable")
    held = held.assign(record=held.index.to_numpy()).drop_duplicates("client", keep="last")
    return held.set_index("client")


def count_moves(before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """How many clients went from which tier to which: from_tier, to_tier, clients; tier order, no zeros.

    ``before`` and ``after`` hold the tier of each client (index: client id) on two days. Index: ``from>to``.
    """
    pairs = before.cat.codes.to_numpy(np.int64) * len(TIERS) + after.cat.codes.to_numpy()
    counts = np.bincount(pairs, minlength=len(TIERS) ** 2)
    some = np.flatnonzero(counts)
    moves = pd.DataFrame({"from_tier": [TIERS[n // len(TIERS)] for n in some]}, dtype="str")
    moves["to_tier"] = pd.Series([TIERS[n % len(TIERS)] for n in some], dtype="str")
    moves["clients"] = counts[some]
    return moves.set_index(moves["from_tier"] + ">" + moves["to_tier"])


def direction_of(from_tier: str, to_tier: str) -> str:
    """UP, DOWN or STAYED."""
    rise = TIERS.index(from_tier) - TIERS.index(to_tier)
    return UP if rise > 0 else DOWN if rise < 0 else STAYED


def _dormancy(is_dormant: pd.Series, days_left: npt.NDArray[np.float64]) -> Any:
    dormant = is_dormant.to_numpy(bool, na_value=False)
    soon = ~dormant & (days_left <= NOTICE_DAYS)
    never = np.isnan(days_left)
    codes = np.select([dormant, soon, never], [0, 1, 3], 2)
    return category(codes, DORMANCY_STATES)


def _next_due(judged: pd.DataFrame) -> pd.DataFrame:
    """The earliest deadline ahead of each client: next_due_at, next_clause, by client id."""
    ahead = judged.loc[judged["status"].isin(AHEAD).to_numpy(), ["client", "due_at", "clause"]].dropna()
    first = ahead.sort_values("due_at", kind="stable").drop_duplicates("client").set_index("client")
    first.index = first.index.astype("str")
    return first.rename(columns={"due_at": "next_due_at", "clause": "next_clause"})


def _positions(index: pd.Index, clients: pd.Series) -> npt.NDArray[np.intp]:
    """Row numbers of clients; those not listed get the number after the last."""
    found = index.get_indexer(pd.Index(clients.astype("str")))
    return np.where(found < 0, len(index), found)


def _owned_by(owner: pd.Series, owners: Collection[str]) -> Mask:
    mask = owner.isin([person for person in owners if person != NOBODY]).to_numpy()
    return mask | owner.isna().to_numpy() if NOBODY in owners else mask


def _mentions(listed: pd.DataFrame, search: str) -> Mask:
    """Does the name, a former name or the city contain the text? Case does not matter."""
    mask = np.zeros(len(listed), dtype=bool)
    for column in ("name", "former_names", "city"):
        found = listed[column].str.contains(search, case=False, regex=False)
        mask |= found.to_numpy(bool, na_value=False)
    return mask


def _days_from(today: np.datetime64, days: pd.Series) -> npt.NDArray[np.float64]:
    gaps = days.to_numpy("datetime64[D]") - today
    return np.where(np.isnat(gaps), np.nan, gaps.astype("float64"))


def _nulls_last(values: pd.Series) -> npt.NDArray[np.float64]:
    return values.fillna(np.inf).to_numpy(float)


def _instants(values: pd.Series, missing: int) -> npt.NDArray[np.int64]:
    numbers = values.to_numpy("datetime64[us]").astype("int64")
    return np.where(values.isna().to_numpy(), missing, numbers)
