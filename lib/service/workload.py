"""How many clients each representative looks after, against the band of ``load.per_rep``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.service.tiers import category
from lib.standard.clause_model import TIERS, ClientCondition

BELOW, WITHIN, ABOVE = "below", "within", "above"
STATES = (BELOW, WITHIN, ABOVE)
REP = "rep"


def measure_loads(
    listed: pd.DataFrame,
    staff: pd.DataFrame,
    low: float,
    high: float,
    counted: ClientCondition,
    now: datetime,
) -> pd.DataFrame:
    """One row for each representative at work and for whoever else owns clients (index: staff id).

    Columns: name, clients (those the clause counts), a column for each tier, dormant (all owned ones),
    overdue, state. ``counted`` is the clause's own condition on clients, ``listed`` comes from
    ``list_clients``. Heaviest first.
    """
    people = staff.loc[_on_the_list(staff, listed["owner"], now), ["name"]]
    owner = people.index.get_indexer(pd.Index(listed["owner"]))
    counts = owner >= 0
    tiers = _count(owner, _counted(listed, counted) & counts, len(people), listed["tier"].cat.codes)
    loads = people.assign(clients=tiers.sum(axis=1), **dict(zip(TIERS, tiers.T, strict=True)))
    loads["dormant"] = _count(owner, counts, len(people), listed["is_dormant"])[:, 1]
    loads["overdue"] = np.bincount(owner[counts], listed["overdue"][counts], len(people)).astype(np.int64)
    loads["state"] = _state(loads["clients"].to_numpy(), low, high)
    return loads.sort_values(["clients", "name"], ascending=[False, True], kind="stable")


def _count(
    owner: npt.NDArray[np.intp], mask: npt.NDArray[np.bool_], people: int, codes: pd.Series[Any]
) -> npt.NDArray[np.int64]:
    """Rows in ``mask`` by person (row) and by code (column)."""
    pairs = owner[mask] * len(TIERS) + codes.to_numpy()[mask].astype(np.int64)
    return np.bincount(pairs, minlength=people * len(TIERS)).reshape(people, len(TIERS))


def count_loads(loads: pd.DataFrame) -> dict[str, int]:
    """How many people are below, within and above the band."""
    counts = loads["state"].value_counts()
    return {state: int(counts.get(state, 0)) for state in STATES}


def furthest_out(loads: pd.DataFrame, low: float, high: float, most: int) -> pd.DataFrame:
    """At most ``most`` rows, those furthest outside the band, heaviest first."""
    if len(loads) <= most:
        return loads
    clients = loads["clients"].to_numpy()
    kept = np.argsort(-np.maximum(clients - high, low - clients), kind="stable")[:most]
    return loads.iloc[np.sort(kept)]


def _counted(listed: pd.DataFrame, condition: ClientCondition) -> npt.NDArray[np.bool_]:
    keep = np.ones(len(listed), dtype=bool)
    if condition.tiers:
        keep &= listed["tier"].isin(condition.tiers).to_numpy()
    if condition.dormant is not None:
        keep &= listed["is_dormant"].to_numpy(bool, na_value=False) == condition.dormant
    return keep


def _on_the_list(staff: pd.DataFrame, owner: pd.Series[Any], now: datetime) -> npt.NDArray[np.bool_]:
    """Representatives at work, and whoever else owns a client."""
    left = (staff["left_on"] < pd.Timestamp(now.replace(tzinfo=None))).to_numpy(bool)
    rep = (staff["role"] == REP).to_numpy(bool)
    return np.asarray((rep & ~left) | staff.index.isin(owner.dropna().unique()))


def _state(clients: npt.NDArray[np.int64], low: float, high: float) -> Any:
    return category(np.select([clients < low, clients > high], [0, 2], 1), STATES)
