"""Complaints seen together: chains of reopening, where they get stuck, hot spots, months.

Pure functions over the typed complaints table and frames from ``funnel.place_in_stages``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.service.funnel import SETTLED, SPANS, STAGES
from lib.standard.instants import DAY_US

PERIOD_DAYS = {"30": 30, "90": 90, "365": 365}
# Bands of age in days; the last one has no end.
AGE_BANDS = {"1": 0, "3": 1, "7": 3, "30": 7, "over": 30}
MISSING = "-"  # the code of an empty category, department and so on
MONTHS_SHOWN = 24
UNHAPPY = 2  # a satisfaction of so much or less
CLIENT_WAIT = "client"

Positions = npt.NDArray[np.int64]


def link_chains(complaints: pd.DataFrame) -> pd.DataFrame:
    """Which complaint each one goes back to, and how often that one came back; same index.

    ``first`` (record id; itself for one that reopens nothing), ``times_reopened`` (of the whole chain),
    ``turn`` (0 for the first, then 1, 2 ... in order of receipt). A circle of rows that reopen each other
    has no first row: its members, and what hangs on them, stand alone.
    """
    ids = complaints.index
    first = _roots(ids.get_indexer(pd.Index(complaints["reopens"])))
    order = np.lexsort((complaints["received_at"].to_numpy(), first != np.arange(len(ids)), first))
    sizes = np.bincount(first, minlength=len(ids))
    starts = np.cumsum(sizes) - sizes
    turn = np.empty(len(ids), dtype=np.int64)
    turn[order] = np.arange(len(ids)) - starts[first[order]]
    return pd.DataFrame(
        {"first": ids.to_numpy()[first], "times_reopened": sizes[first] - 1, "turn": turn}, index=ids
    )


def _roots(parent: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Follow each row to its end by doubling the step; rows that run into a circle are their own end."""
    own = np.arange(len(parent))
    root = np.where(parent < 0, own, parent)
    for _ in range(len(parent).bit_length()):
        root = root[root]
    return np.where(parent[root] < 0, root, own) if len(parent) else root


def next_number(complaints: pd.DataFrame, first: str) -> str:
    """A free number for reopening the complaint ``first``: its own with -R1, -R2 ..."""
    number = complaints.at[first, "number"]
    stem = number if isinstance(number, str) else first
    taken = set(complaints["number"].dropna())
    turn = 1
    while f"{stem}-R{turn}" in taken:
        turn += 1
    return f"{stem}-R{turn}"


def wait_rows(waits: pd.DataFrame, positions: Positions, complaints: pd.Index[Any]) -> pd.DataFrame:
    """The waits for clients on complaints, with ``complaint`` (record id).

    ``positions``: for each wait the position of its record in its worksheet, -1 for none such (see
    ``pauses.find_records``, by which the clocks are paused too). Waits that start nowhere are left out.
    """
    ours = (waits["worksheet"] == "complaints") & (waits["kind"] == CLIENT_WAIT) & waits["from_at"].notna()
    known = ours.to_numpy(dtype=bool) & (positions >= 0)
    return waits[known].assign(complaint=complaints[positions[known]])


def running_waits(waits: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Those of the waits that run at ``now``."""
    return waits[(waits["from_at"] <= now) & ~(waits["until_at"] <= now)]


def search_rows(rows: pd.DataFrame, wanted: str, columns: Iterable[str]) -> pd.Series[bool]:
    """Which rows contain the text, letter case aside, in any of the columns; every row for an empty text."""
    found = pd.Series(not wanted, index=rows.index, dtype=bool)
    if wanted:
        for column in columns:
            found |= rows[column].str.contains(wanted, case=False, regex=False, na=False).astype(bool)
    return found


def received_within(
    received_at: pd.Series[Any], period: str, now: datetime, back: int = 0
) -> pd.Series[bool]:
    """Received in the period that ends now, or in the one ``back`` periods before; any other code is all."""
    if period not in PERIOD_DAYS:
        return pd.Series(back == 0, index=received_at.index)
    length = timedelta(days=PERIOD_DAYS[period])
    end = now - back * length
    return (received_at > end - length) & (received_at <= end)


def age_band(age_us: pd.Series[Any]) -> pd.Series[Any]:
    """The code of the band of AGE_BANDS each age falls into, as an ordered category; NaN without an age."""
    edges = [*(days * DAY_US for days in AGE_BANDS.values()), np.inf]
    return pd.cut(age_us, edges, right=False, labels=list(AGE_BANDS))


def count_stuck(placed: pd.DataFrame) -> pd.DataFrame:
    """Open complaints by stage (rows) and by band of time in that stage (columns)."""
    here = placed[placed["is_open"]]
    counts = pd.crosstab(here["stage"], age_band(here["age_us"]), dropna=False)
    return counts.reindex(index=STAGES[:-1], columns=list(AGE_BANDS), fill_value=0).astype("int64")


def count_hot_spots(current: pd.DataFrame, before: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Complaints by the columns ``by`` now and in the period before: ``count``, ``before``, ``change``.

    Empty values have the code MISSING. Most frequent first; only combinations that occur now.
    """
    now_counts, before_counts = (_count_by(rows, by) for rows in (current, before))
    table = pd.DataFrame({"count": now_counts, "before": before_counts}).dropna(subset="count")
    table = table.fillna(0).astype("int64").assign(change=lambda t: t["count"] - t["before"])
    return table.reset_index().sort_values(
        ["count", "change", *by], ascending=[False, False, *[True] * len(by)]
    )


def _count_by(rows: pd.DataFrame, by: list[str]) -> pd.Series[int]:
    codes = rows[by].astype("str").fillna(MISSING)
    return codes.groupby(by).size()


def count_repeats(current: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Clients with two or more complaints in the period, like ``count_hot_spots`` by client."""
    counted = count_hot_spots(current.dropna(subset="client"), before.dropna(subset="client"), ["client"])
    return counted[counted["count"] > 1]


def count_months(complaints: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Received and resolved by local month over the last MONTHS_SHOWN, no month between left out.

    The index is the first day of each month. Times after ``now`` have not happened.
    """
    months = {key: _months(complaints[f"{key}_at"], now) for key in ("received", "resolved")}
    counts = pd.DataFrame({key: pd.Series(m).value_counts() for key, m in months.items()})
    if counts.empty:
        return pd.DataFrame({key: pd.Series(dtype="int64") for key in months})
    whole = pd.date_range(counts.index.min(), counts.index.max(), freq="MS", name="month")
    return counts.reindex(whole).fillna(0).astype("int64")


def _months(at: pd.Series[Any], now: datetime) -> pd.DatetimeIndex:
    local = at[at <= now].dt.tz_localize(None).to_numpy().astype("datetime64[M]")
    shown = local > np.datetime64(f"{now:%Y-%m}") - MONTHS_SHOWN
    return pd.DatetimeIndex(local[shown].astype("datetime64[s]"))


def is_settled(placed: pd.DataFrame) -> pd.Series[bool]:
    """Which complaints have been resolved (followed up or not)."""
    return pd.Series(placed["stage"].cat.codes >= SETTLED, index=placed.index)


def in_focus(rows: pd.DataFrame, focus: str) -> pd.Series[bool]:
    """Which rows a figure stands for. ``rows`` have the columns of ``place_in_stages`` and ``link_chains``,
    and the bools ``overdue`` and ``waiting``; ``focus`` is a code of FOCUSES, or with a stage (and a band):
    ``reached.assessed``, ``here.assessed``, ``missing.assessed``, ``aged.assessed.7``, with one of SPANS:
    ``timed.assessed``, or with a month: ``month.received.2026-03``, ``month.resolved.2026-03``. Any other
    code is all.
    """
    kind, _, rest = focus.partition(".")
    stage, _, band = rest.partition(".")
    if kind in FOCUSES:
        return FOCUSES[kind](rows)
    if kind == "month" and stage in ("received", "resolved"):
        return pd.Series(rows[f"{stage}_at"].dt.strftime("%Y-%m") == band, index=rows.index, dtype=bool)
    if kind == "timed" and stage in SPANS:
        return rows[f"spent_{stage}_us"].notna()
    if stage not in STAGES:
        return pd.Series(True, index=rows.index)
    if kind == "reached":
        return pd.Series(rows["stage"].cat.codes >= STAGES.index(stage), index=rows.index)
    if kind == "missing":
        return rows[f"missing_{stage}"]
    found = rows["stage"] == stage
    return found & rows["is_open"] & (age_band(rows["age_us"]) == band) if kind == "aged" else found


FOCUSES: dict[str, Callable[[pd.DataFrame], pd.Series[bool]]] = {
    "unresolved": lambda rows: ~is_settled(rows),
    "settled": lambda rows: is_settled(rows),
    "unasked": lambda rows: is_settled(rows) & rows["is_open"],
    "overdue": lambda rows: rows["overdue"],
    "waiting": lambda rows: rows["waiting"],
    "reopened": lambda rows: rows["turn"] > 0,
    "unhappy": lambda rows: rows["satisfaction"] <= UNHAPPY,
}
