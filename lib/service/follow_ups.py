"""Follow-ups: all obligations with their age, filtered once, and the counts that are made of the result."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.service.queue import look_up_tiers, owned_by, score_rows
from lib.standard.clauses import Standard
from lib.standard.instants import to_us
from lib.standard.working_time import WorkingCalendar

STATUSES = ("overdue", "due_soon", "waiting", "not_started", "unverified", "late", "met")
OPEN_STATUSES = ("overdue", "due_soon", "waiting", "not_started")
ALL_OPEN = "open"
STATUS_CHOICES = (ALL_OPEN, *STATUSES)
AGE_BANDS = ("0-1", "2-3", "4-7", "8-14", "15-30", "31+")  # working days since the due time
_BAND_ENDS = np.array([1, 3, 7, 14, 30])
WEEKS_AHEAD = 5
DAYS_A_WEEK = 7
NOBODY = "none"  # stands for a missing owner, client or tier in choices and counts

REST = "…"  # stands for all smaller values of a dimension

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FollowUpFilter:
    """What to show; empty means no restriction."""

    owners: tuple[str, ...] = ()  # staff ids; NOBODY for rows without an owner
    clauses: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()
    due_on: date | None = None
    search: str = ""  # part of a client's name


@dataclass(frozen=True, eq=False)
class FollowUps:
    """``rows``: what passed the filter, of every status, with ``tier``, ``age_days`` (working days since the
    due time, -1 if not overdue), ``band`` and ``score``.
    """

    rows: pd.DataFrame

    def count(self) -> dict[str, int]:
        """How many rows ``pick`` gives for each of STATUS_CHOICES."""
        counts = _count(self.rows["status"], STATUSES)
        return {ALL_OPEN: sum(counts[status] for status in OPEN_STATUSES), **counts}

    def pick(self, status: str) -> pd.DataFrame:
        """The rows of one of STATUS_CHOICES, worst first: overdue, then what is open, each by score."""
        statuses = OPEN_STATUSES if status == ALL_OPEN else (status,)
        rows = self.rows[np.asarray(self.rows["status"].isin(statuses))]
        urgency = rows["status"].astype("str")
        rank = urgency.map({code: rank for rank, code in enumerate(STATUSES)})
        order = np.lexsort((-rows["score"].to_numpy(), rank.to_numpy()))
        return rows.iloc[order].set_index("id", drop=False)


def select_follow_ups(
    judged: pd.DataFrame,
    clients: pd.DataFrame,
    standard: Standard,
    calendar: WorkingCalendar,
    now: datetime,
    wanted: FollowUpFilter,
) -> FollowUps:
    """The obligations that pass the filter, from the judged table; ``clients`` with columns name and tier."""
    rows = judged[_mask_cheap(judged, standard, wanted)]
    if wanted.search:
        rows = rows[_found(rows["client"], clients["name"], wanted.search)]
    if wanted.due_on:
        rows = rows[_due_on(rows["due_at"], calendar) == np.datetime64(wanted.due_on, "D")]
    rows = rows.assign(tier=look_up_tiers(rows["client"], clients["tier"]))
    if wanted.tiers:
        rows = rows[_in_or_missing(rows["tier"], wanted.tiers)]
    ages = age_days(rows, calendar, now)
    rows = rows.assign(age_days=ages, band=_age_band(ages), score=score_rows(rows, to_us(now)))
    return FollowUps(rows[np.asarray(rows["band"].isin(wanted.bands))] if wanted.bands else rows)


def age_days(rows: pd.DataFrame, calendar: WorkingCalendar, now: datetime) -> npt.NDArray[np.int64]:
    """Working days that have closed since the due time of overdue rows; -1 for all others."""
    overdue = np.asarray(rows["status"] == "overdue")
    ages = np.full(len(rows), -1, dtype=np.int64)
    ages[overdue] = calendar.elapsed_working_days(to_us(rows.loc[overdue, "due_at"]), to_us(now))
    return ages


def count_by_band(rows: pd.DataFrame) -> dict[str, int]:
    """Overdue rows in each of AGE_BANDS."""
    return _count(rows["band"], AGE_BANDS)


def count_by(rows: pd.DataFrame, dimension: str, standard: Standard, limit: int = 15) -> pd.DataFrame:
    """Rows by status for the largest values of a dimension: owner, clause, group or tier.

    Index: the code (NOBODY where missing), most overdue first; columns: those of STATUSES that occur.
    At most ``limit`` rows; the rest are summed in a last row REST.
    """
    codes, values = _dimension(rows, dimension, standard)
    statuses = rows["status"].cat
    width = len(statuses.categories)
    cells = np.bincount(codes * width + statuses.codes.to_numpy(), minlength=len(values) * width)
    table = pd.DataFrame(cells.reshape(-1, width), index=values, columns=list(statuses.categories))
    table = table[[status for status in STATUSES if table[status].any()]]
    table = _largest_first(table[table.any(axis=1)])
    if len(table) <= limit:
        return table
    rest = table.iloc[limit - 1 :].sum().to_frame(REST).T
    return pd.concat([table.iloc[: limit - 1], rest])


def heat_of_weeks(rows: pd.DataFrame, calendar: WorkingCalendar, today: date) -> pd.DataFrame:
    """Open rows falling due on each day of five weeks, from this week's Monday on.

    Columns: ``on`` (datetime64[s]), ``week`` and ``weekday`` (0 is the first week, Monday), ``count``,
    ``overdue`` (of them), ``working``.
    """
    monday = np.datetime64(first_day_of_heat(today), "D")
    days = monday + np.arange(WEEKS_AHEAD * DAYS_A_WEEK)
    is_open = np.asarray(rows["status"].isin(OPEN_STATUSES))
    offset = (_due_on(rows.loc[is_open, "due_at"], calendar) - monday).astype(np.int64)
    inside = (offset >= 0) & (offset < len(days))
    overdue = np.asarray(rows.loc[is_open, "status"] == "overdue")
    return pd.DataFrame(
        {
            "on": days.astype("datetime64[s]"),
            "week": np.arange(len(days)) // DAYS_A_WEEK,
            "weekday": np.arange(len(days)) % DAYS_A_WEEK,
            "count": np.bincount(offset[inside], minlength=len(days)),
            "overdue": np.bincount(offset[inside & overdue], minlength=len(days)),
            "working": calendar.is_working(days),
        }
    )


def first_day_of_heat(today: date) -> date:
    """The Monday of this week."""
    return today - timedelta(days=today.weekday())


def _mask_cheap(judged: pd.DataFrame, standard: Standard, wanted: FollowUpFilter) -> Mask:
    mask = np.ones(len(judged), dtype=bool)
    clauses = set(wanted.clauses) or set(standard.clauses)
    if wanted.groups:
        clauses = {code for code in clauses if standard[code].group in wanted.groups}
    if wanted.clauses or wanted.groups:
        mask &= np.asarray(judged["clause"].isin(clauses))
    if wanted.owners:
        mask &= owned_by(judged["owner"], [None if code == NOBODY else code for code in wanted.owners])
    return mask


def _found(client: pd.Series[Any], names: pd.Series[Any], search: str) -> Mask:
    hits = names.index[names.str.contains(search, case=False, regex=False, na=False)]
    return np.asarray(client.isin(hits), dtype=bool)


def _due_on(due_at: pd.Series[Any], calendar: WorkingCalendar) -> npt.NDArray[np.datetime64]:
    return np.asarray(calendar.local_days(to_us(due_at)), dtype="datetime64[D]")


def _in_or_missing(values: pd.Series[Any], codes: Collection[str]) -> Mask:
    mask = np.asarray(values.isin(list(codes)))
    return mask | np.asarray(values.isna()) if NOBODY in codes else mask


def _age_band(ages: npt.NDArray[np.int64]) -> pd.Categorical[Any]:
    codes = np.where(ages < 0, -1, np.searchsorted(_BAND_ENDS, ages, side="left"))
    return pd.Categorical.from_codes(codes, categories=pd.Index(AGE_BANDS), ordered=True)


def _count(values: pd.Series[Any], codes: Collection[str]) -> dict[str, int]:
    counts = values.value_counts()
    return {code: int(counts.get(code, 0)) for code in codes}


def _dimension(
    rows: pd.DataFrame, dimension: str, standard: Standard
) -> tuple[npt.NDArray[np.int64], pd.Index[Any]]:
    """The rows' values of a dimension as codes, and the values; NOBODY is the last one."""
    codes: npt.NDArray[Any]
    if dimension == "owner":
        codes, values = pd.factorize(rows["owner"])
    elif dimension == "group":
        groups = [standard[str(clause)].group for clause in rows["clause"].cat.categories]
        of_clause, values = pd.factorize(pd.Index(groups))
        codes = of_clause[rows["clause"].cat.codes.to_numpy()]
    else:
        codes, values = rows[dimension].cat.codes.to_numpy(), rows[dimension].cat.categories
    known = pd.Index(values, dtype="object")
    return np.where(codes < 0, len(known), codes).astype(np.int64), known.append(
        pd.Index([NOBODY], dtype="object")
    )


def _largest_first(table: pd.DataFrame) -> pd.DataFrame:
    if table.empty:
        return table
    overdue = table["overdue"] if "overdue" in table else pd.Series(0, index=table.index)
    order = np.lexsort((table.index, -table.sum(axis=1), -overdue))
    return table.iloc[order]
