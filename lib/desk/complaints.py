"""What the Complaints page shows: one filtered frame, the figures made of it, and one complaint in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from lib.desk.access import Action, Actor
from lib.desk.board import Board
from lib.desk.core import Desk
from lib.desk.naming import names_of
from lib.desk.today import working_day_us
from lib.records.fixes import seen_values
from lib.service.complaints import (
    FOCUSES,
    MISSING,
    count_hot_spots,
    count_months,
    count_repeats,
    count_stuck,
    in_focus,
    link_chains,
    received_within,
    running_waits,
    search_rows,
    wait_rows,
)
from lib.service.funnel import SETTLED, STAGES, measure_funnel, measure_spans, place_in_stages
from lib.service.pauses import find_records
from lib.standard.instants import NAT, to_us
from lib.store.contract import Value

ROWS_SENT = 500
SPOTS_SHOWN = 12
PICKED = ("category", "channel", "department", "priority", "owner")
SEARCHED = ("number", "client_name", "complainant", "summary")
RUNNING = ("overdue", "due_soon", "waiting", "not_started")


@dataclass(frozen=True, slots=True)
class ComplaintFilters:
    """Codes chosen on the page; an empty tuple restricts nothing, MISSING stands for an empty cell.

    ``period`` is a code of PERIOD_DAYS, else all.
    """

    period: str = "365"
    category: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    department: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    search: str = ""


@dataclass(frozen=True, slots=True)
class ComplaintChoices:
    departments: tuple[str, ...]  # the most frequent first
    people: Mapping[str, str]  # staff id -> name, of those who own complaints


@dataclass(frozen=True, eq=False)
class ComplaintsView:
    """All figures are counted from one filtered frame, ``rows``."""

    version: str
    total: int  # on the worksheet
    matching: int
    earlier_open: int  # open, match everything but the period
    counts: Mapping[str, int]  # a count for each code of FOCUSES
    mean_satisfaction: float
    funnel: pd.DataFrame
    spans: pd.DataFrame
    stuck: pd.DataFrame
    hot_spots: pd.DataFrame  # category, department, count, before, change
    repeats: pd.DataFrame  # client, name, count, before, change
    months: pd.DataFrame
    confirmed: pd.DataFrame  # department, count: confirmed complaints of the calendar year
    rows: pd.DataFrame  # the frame itself, see ``complaint_rows`` and ``focus_rows``
    day_us: int  # open time of a working day
    may_edit: bool


@dataclass(frozen=True, eq=False)
class ComplaintDetail:
    """One complaint. ``seen`` is what stood in its cells: commands write only over that."""

    version: str
    record: str
    row: pd.Series[Any]  # of the placed frame, with client_name and owner_name
    seen: Mapping[str, Value]
    clocks: pd.DataFrame  # its obligations, index id
    chain: pd.DataFrame  # the complaints of its chain in order, itself included
    waits: pd.DataFrame  # waiting for the client, newest first
    departments: tuple[str, ...]
    usual_departments: Mapping[str, str]  # category -> department most often named
    day_us: int
    now: datetime
    may_edit: bool

    @property
    def stage(self) -> str:
        return str(self.row["stage"])

    @property
    def is_settled(self) -> bool:
        return STAGES.index(self.stage) >= SETTLED

    @property
    def is_waiting(self) -> bool:
        return bool(self.row["waiting"])

    @property
    def chain_is_open(self) -> bool:
        """Is any complaint of the chain still to be resolved?"""
        return bool((self.chain["stage"].cat.codes < SETTLED).any())

    def value(self, column: str) -> Any:
        """The typed value of a column; None for an empty or unreadable cell."""
        held = self.row[column]
        return None if pd.isna(held) else held


def choices(desk: Desk) -> ComplaintChoices:
    """What there is to filter by besides the choices of the worksheet."""
    board = desk.board()
    table = board.table("complaints")
    return ComplaintChoices(_departments(table), names_of(board, "staff", table["owner"].dropna()))


def view(desk: Desk, actor: Actor, filters: ComplaintFilters) -> ComplaintsView:
    """The page for these filters. Raises StoreError if the spreadsheet cannot be read."""
    board = desk.board()
    everything = complaint_rows(board)
    chosen = everything[_match(everything, filters)]
    rows = chosen[received_within(chosen["received_at"], filters.period, board.now)]
    before = chosen[received_within(chosen["received_at"], filters.period, board.now, back=1)]
    return ComplaintsView(
        version=board.version,
        total=len(everything),
        matching=len(rows),
        earlier_open=int(chosen["is_open"].sum() - rows["is_open"].sum()),
        counts={code: int(FOCUSES[code](rows).sum()) for code in FOCUSES},
        mean_satisfaction=float(rows["satisfaction"].mean()),
        funnel=measure_funnel(rows),
        spans=measure_spans(rows),
        stuck=count_stuck(rows),
        hot_spots=count_hot_spots(rows, before, ["category", "department"]).head(SPOTS_SHOWN),
        repeats=_name_clients(board, count_repeats(rows, before).head(SPOTS_SHOWN)),
        months=count_months(rows, board.now),
        confirmed=_confirmed(chosen, board.now),
        rows=rows,
        day_us=working_day_us(board),
        may_edit=actor.may(Action.EDIT),
    )


def focus_rows(rows: pd.DataFrame, focus: str) -> tuple[pd.DataFrame, int]:
    """The rows that a figure stands for, worst first and at most ROWS_SENT, and how many there are."""
    found = rows[in_focus(rows, focus)]
    return _worst_first(found).head(ROWS_SENT), len(found)


def detail(desk: Desk, actor: Actor, record: str) -> ComplaintDetail | None:
    """One complaint by record id or by number; None if there is no such complaint."""
    board = desk.board()
    rows = complaint_rows(board)
    found = record if record in rows.index else _by_number(rows, record)
    if found is None:
        return None
    row = rows.loc[[found]].iloc[0]
    waits = waits_of(board)
    mine = waits[waits["complaint"] == found]
    return ComplaintDetail(
        version=board.version,
        record=found,
        row=row,
        seen=seen_values(board.book, board.snapshot, "complaints", found),
        clocks=clocks_of(board, found),
        chain=rows[rows["first"] == row["first"]].sort_values("turn"),
        waits=mine.sort_values("from_at", ascending=False),
        departments=_departments(rows),
        usual_departments=usual_departments(rows),
        day_us=working_day_us(board),
        now=board.now,
        may_edit=actor.may(Action.EDIT),
    )


def complaint_rows(board: Board) -> pd.DataFrame:
    """Every complaint with its stage, chain, pressing clock, and the names of its client and owner."""
    table = board.table("complaints")
    waiting = running_waits(waits_of(board), board.now)
    rows = pd.concat(
        [
            table,
            place_in_stages(table, board.calendar, board.now),
            link_chains(table),
            _pressing(board, table.index),
        ],
        axis=1,
    )
    return rows.assign(
        waiting=rows.index.isin(waiting["complaint"]),
        client_name=_names(board, "clients", table["client"]).fillna(table["client__text"]),
        owner_name=_names(board, "staff", table["owner"]).fillna(table["owner__text"]),
    )


def waits_of(board: Board) -> pd.DataFrame:
    """The waits for clients on complaints, with ``complaint`` (record id)."""
    return wait_rows(board.table("waits"), find_records(board.book), board.table("complaints").index)


def clocks_of(board: Board, record: str) -> pd.DataFrame:
    """The obligations of one complaint in the order of their due times, index obligation id.

    ``left_us``: open time from now, or from when it was done, until due; negative when that was too late.
    """
    judged = board.judged
    mine = judged[(judged["worksheet"] == "complaints") & (judged["record"] == record)]
    mine = mine.set_index("id").sort_values("due_at")
    reached = np.where(mine["done_at"].notna(), to_us(mine["done_at"]), to_us(board.now))
    left = board.calendar.elapsed_service(reached, to_us(mine["due_at"]))
    return mine.assign(left_us=left)


def usual_departments(complaints: pd.DataFrame) -> dict[str, str]:
    """For each category the department that its complaints mostly went to."""
    known = complaints[["category", "department"]].dropna().astype("str")
    counts = known.groupby(["category", "department"]).size().sort_values(ascending=False, kind="stable")
    first = counts.reset_index().drop_duplicates("category")
    return dict(zip(first["category"], first["department"], strict=True))


def _match(rows: pd.DataFrame, filters: ComplaintFilters) -> pd.Series[bool]:
    found = search_rows(rows, filters.search, SEARCHED)
    for column in PICKED:
        wanted: tuple[str, ...] = getattr(filters, column)
        if wanted:
            held = rows[column]
            found &= held.isin(wanted) | (held.isna() if MISSING in wanted else False)
    return found


def _pressing(board: Board, records: pd.Index[Any]) -> pd.DataFrame:
    """For each complaint the running clock that is due first, and whether any clock is overdue."""
    judged = board.judged
    running = judged[(judged["worksheet"] == "complaints") & judged["status"].isin(RUNNING)]
    first = running.sort_values("due_at").drop_duplicates("record").set_index("record")
    clocks = first[["clause", "status", "due_at"]].astype({"clause": "str", "status": "str"}).reindex(records)
    late = running.loc[running["status"] == "overdue", "record"]
    return clocks.rename(columns=lambda name: f"clock_{name}").assign(overdue=records.isin(late))


def _worst_first(rows: pd.DataFrame) -> pd.DataFrame:
    """Overdue ones first, then open ones by what is due first, then the newest."""
    due = to_us(rows["clock_due_at"])
    keys = (-to_us(rows["received_at"]), np.where(due == NAT, np.iinfo(np.int64).max, due))
    order = np.lexsort((*keys, ~rows["is_open"].to_numpy(), ~rows["overdue"].to_numpy()))
    return rows.iloc[order, :]


def _names(board: Board, worksheet: str, ids: pd.Series[Any]) -> pd.Series[Any]:
    return ids.map(board.table(worksheet)["name"]).astype("str")  # all missing would be floats


def _name_clients(board: Board, counted: pd.DataFrame) -> pd.DataFrame:
    return counted.assign(name=_names(board, "clients", counted["client"]))


def _departments(rows: pd.DataFrame) -> tuple[str, ...]:
    return tuple(rows["department"].dropna().value_counts().index.astype(str))


def _confirmed(rows: pd.DataFrame, now: datetime) -> pd.DataFrame:
    this_year = rows[(rows["received_at"].dt.year == now.year) & rows["confirmed"].fillna(False)]
    counts = this_year["department"].fillna(MISSING).value_counts()
    return pd.DataFrame({"department": counts.index.astype("str"), "count": counts.to_numpy()})


def _by_number(rows: pd.DataFrame, number: str) -> str | None:
    found = rows.index[rows["number"] == number]
    return str(found[0]) if len(found) else None
