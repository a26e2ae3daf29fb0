"""Measures: figures of the standard against their thresholds, each with its numerator and denominator.

The aggregates that a clause can name (``measure.of``):

- ``count``: rows (of a year, where ``at`` is given) for each value of ``by``; of clients by owner, a
  representative who has none counts as zero;
- ``share``: 100 % less the sum of ``part`` over the sum of ``whole``, over one worksheet or all of them;
- ``tier_count``: clients of a tier, out of all; ``dormant`` counts as one;
- ``drop``: of each ``by``, the sum of ``part`` over the last ``months`` in percent of the months before;
- ``repeats``: of each row, how many different ``by`` got the same ``text`` within the ``days`` up to it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.service.columns import Flags, Index
from lib.service.facts import Facts
from lib.service.tiers import months_on
from lib.standard.clause_model import Clause, Measure, Standard
from lib.standard.instants import NAT

COLUMNS = ("clause", "group", "subject", "value", "numerator", "denominator", "low", "high", "ok")
_EMPTY = np.empty(0)
_TEXT_SPAN = 1 << 21  # more days than lie between any two rows, with room for a window

Parts = dict[str, Any]


def measure_all(facts: Facts, standard: Standard) -> pd.DataFrame:
    """All measured measures on the day of ``facts``.

    Columns: clause, group (a year where the measure has one, else ""), subject (record id, code or text; ""
    for the team), value (in the clause's unit), numerator, denominator (NaN for none), low, high (bounds
    that hold, NaN for none), ok (whether value lies within them).
    """
    clauses = [clause for clause in standard.clauses.values() if clause.measured and clause.measure]
    frames = [measure(clause, facts) for clause in clauses]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))


def measure(clause: Clause, facts: Facts) -> pd.DataFrame:
    """One clause's figures; see ``measure_all``. A ValueError for a clause that is no measure."""
    if clause.measure is None:
        raise ValueError(f"{clause.id} is no measure")
    parts = _AGGREGATES[clause.measure.of](clause, clause.measure, facts)
    count = len(parts["value"])
    low, high = (_bound(clause, mark, facts) for mark in (clause.measure.low, clause.measure.high))
    frame = pd.DataFrame(
        {
            "clause": pd.Series([clause.id] * count, dtype="str"),
            "group": pd.Series(parts.get("group", [""] * count), dtype="str"),
            "subject": pd.Series(parts["subject"], dtype="str"),
            "value": np.asarray(parts["value"], dtype=np.float64),
            "numerator": np.asarray(parts["numerator"], dtype=np.float64),
            "denominator": np.asarray(parts.get("denominator", np.full(count, np.nan)), dtype=np.float64),
            "low": np.full(count, low),
            "high": np.full(count, high),
        }
    )
    return frame.assign(ok=~((frame["value"] < low) | (frame["value"] > high)))


def _bound(clause: Clause, mark: str, facts: Facts) -> float:
    if not mark:
        return float("nan")
    today = np.array([facts.today], dtype="datetime64[D]")
    amounts = facts.amounts[clause.id]
    return float((amounts.limit_at(today) if mark == "limit" else amounts.target.at(today))[0])


def _count(clause: Clause, measure: Measure, facts: Facts) -> Parts:
    table = facts.tables[clause.worksheet]
    rows = _rows_of(clause, facts)
    subject = table[measure.by[0]].to_numpy(dtype=object)
    rows &= table[measure.by[0]].notna().to_numpy(dtype=bool)
    years = np.full(len(table), "", dtype=object)
    if measure.at:
        at = facts.columns.instants(clause.worksheet, measure.at)
        rows &= at != NAT
        years = facts.columns.calendar.local_days(at).astype("datetime64[Y]").astype(str).astype(object)
    counted = (
        pd.Series(1, index=pd.MultiIndex.from_arrays([years[rows], subject[rows]]))
        .groupby(level=[0, 1])
        .sum()
    )
    keys = [(str(year), str(name)) for year, name in counted.index]
    values = counted.tolist()
    if measure.low and measure.by == ("owner",):
        idle = [name for name in _representatives(facts) if ("", name) not in set(keys)]
        keys, values = keys + [("", name) for name in idle], values + [0] * len(idle)
    return {
        "group": [k[0] for k in keys],
        "subject": [k[1] for k in keys],
        "value": values,
        "numerator": values,
    }


def _rows_of(clause: Clause, facts: Facts) -> Flags:
    rows = facts.columns.matches(clause.worksheet, clause.where)
    if clause.clients.tiers or clause.clients.dormant is not None:
        client = facts.columns.clients(clause.worksheet)
        clients = facts.tables["clients"]
        good = np.ones(len(clients), dtype=bool)
        if clause.clients.tiers:
            good &= clients["tier"].isin(list(clause.clients.tiers)).to_numpy()
        if clause.clients.dormant is not None:
            good &= clients["is_dormant"].to_numpy(dtype=bool) == clause.clients.dormant
        rows &= (client >= 0) & (good[client] if len(good) else False)
    return rows


def _representatives(facts: Facts) -> list[str]:
    staff = facts.tables["staff"]
    here = ~(staff["left_on"] < pd.Timestamp(facts.today))
    return [str(name) for name in staff.index[(staff["role"] == "rep") & here]]


def _share(clause: Clause, measure: Measure, facts: Facts) -> Parts:
    keys = [clause.worksheet] if clause.worksheet else list(facts.tables)
    part = sum(float(facts.tables[key][measure.part].sum()) for key in keys)
    whole = sum(float(facts.tables[key][measure.whole].sum()) for key in keys)
    if not whole:
        return {"subject": [], "value": _EMPTY, "numerator": _EMPTY, "denominator": _EMPTY}
    return {
        "subject": [""],
        "value": [100 * (whole - part) / whole],
        "numerator": [whole - part],
        "denominator": [whole],
    }


def _tier_count(clause: Clause, measure: Measure, facts: Facts) -> Parts:  # noqa: ARG001 (one signature)
    clients = facts.tables["clients"]
    is_one = clients["is_dormant"] if measure.tier == "dormant" else clients["tier"] == measure.tier
    count = int(is_one.sum())
    return {"subject": [measure.tier], "value": [count], "numerator": [count], "denominator": [len(clients)]}


def _drop(clause: Clause, measure: Measure, facts: Facts) -> Parts:
    """Clients whose last months can be compared with the months before. Only won purchases count."""
    if clause.worksheet != "transactions":
        return _plain_drop(clause, measure, facts)
    clients = facts.tables["clients"].index
    who = np.arange(len(clients))
    marks = _month_marks(facts.today, measure.months)
    ends = [np.full(len(who), day) for day in marks]
    recent = facts.tiers.purchases.cents(who, ends[1], ends[0]) / 100
    before = facts.tiers.purchases.cents(who, ends[2], ends[1]) / 100
    return _percent(clients, recent, before)


def _plain_drop(clause: Clause, measure: Measure, facts: Facts) -> Parts:
    table = facts.tables[clause.worksheet]
    subject = facts.columns.clients(clause.worksheet)
    day = facts.columns.calendar.local_days(facts.columns.instants(clause.worksheet, measure.at))
    now, middle, first = _month_marks(facts.today, measure.months)
    good = _rows_of(clause, facts) & (subject >= 0)
    amount = table[measure.part].fillna(0).to_numpy(dtype=np.float64)
    clients = facts.tables["clients"].index
    recent = _sum_by(subject, amount, good & (day > middle) & (day <= now), len(clients))
    before = _sum_by(subject, amount, good & (day > first) & (day <= middle), len(clients))
    return _percent(clients, recent, before)


def _month_marks(today: date, months: float) -> list[np.datetime64]:
    day = np.array([today], dtype="datetime64[D]")
    return [months_on(day, -int(months) * turn)[0] for turn in range(3)]


def _sum_by(
    subject: Index, amount: npt.NDArray[np.float64], rows: Flags, size: int
) -> npt.NDArray[np.float64]:
    return np.bincount(subject[rows], weights=amount[rows], minlength=size).astype(np.float64)


def _percent(subjects: pd.Index[Any], part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> Parts:
    some = whole > 0
    return {
        "subject": subjects[some],
        "value": 100 * part[some] / whole[some],
        "numerator": part[some],
        "denominator": whole[some],
    }


def _repeats(clause: Clause, measure: Measure, facts: Facts) -> Parts:
    """Counts for rows with a text: different clients who got it in the days up to and including the row."""
    table = facts.tables[clause.worksheet]
    at = facts.columns.instants(clause.worksheet, measure.at)
    who = facts.columns.clients(clause.worksheet)
    texts = table[measure.text].str.replace(r"\s+", "", regex=True)
    rows = np.flatnonzero(
        _rows_of(clause, facts) & (at != NAT) & (who >= 0) & texts.notna().to_numpy(dtype=bool)
    )
    text = pd.factorize(texts.iloc[rows])[0].astype(np.int64)
    day = facts.columns.calendar.local_days(at[rows]).astype(np.int64)
    counts = _distinct_in_window(text, who[rows], day, int(measure.days))
    return {"subject": table.index[rows], "value": counts, "numerator": counts}


def _distinct_in_window(text: Index, who: Index, day: Index, days: int) -> Index:
    """For each row the number of different ``who`` with the same text in the ``days`` up to its day.

    That is the rows in its window less the pairs of neighbouring rows of one person that both lie in it; a
    pair from s to e lies in the windows of the rows from e to s + days.
    """
    if not len(text):
        return np.empty(0, dtype=np.int64)
    at = text * _TEXT_SPAN + (day - day.min())
    order = np.argsort(at, kind="stable")
    keys = at[order]
    rows = np.searchsorted(keys, keys, side="right") - np.searchsorted(keys, keys - days, side="left")
    starts, ends = _neighbours(text, who, at)
    near = ends - starts <= days
    change = np.zeros(len(keys) + 1, dtype=np.int64)
    np.add.at(change, np.searchsorted(keys, ends[near], side="left"), 1)
    np.add.at(change, np.searchsorted(keys, starts[near] + days, side="right"), -1)
    counts = np.empty(len(keys), dtype=np.int64)
    counts[order] = rows - np.cumsum(change)[:-1]
    return counts


def _neighbours(text: Index, who: Index, at: Index) -> tuple[Index, Index]:
    """Pairs of rows with the same text and person that follow each other in time."""
    order = np.lexsort((at, who, text))
    same = (text[order][1:] == text[order][:-1]) & (who[order][1:] == who[order][:-1])
    return at[order][:-1][same], at[order][1:][same]


_AGGREGATES: dict[str, Callable[[Clause, Measure, Facts], Parts]] = {
    "count": _count,
    "share": _share,
    "tier_count": _tier_count,
    "drop": _drop,
    "repeats": _repeats,
}
