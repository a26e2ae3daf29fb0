"""What the page Follow-ups shows: one filtered table, and the counts that are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from lib.desk.access import Action, Actor
from lib.desk.board import Board
from lib.desk.core import Desk
from lib.desk.naming import name_column, names_of
from lib.desk.today import working_day_us
from lib.service.follow_ups import (
    ALL_OPEN,
    STATUS_CHOICES,
    FollowUpFilter,
    FollowUps,
    count_by,
    count_by_band,
    heat_of_weeks,
    select_follow_ups,
)
from lib.standard.instants import to_us

ROWS_SENT = 1000
DIMENSIONS = ("owner", "clause", "group", "tier")


@dataclass(frozen=True, eq=False)
class Selection:
    """What the filters leave, of every status. ``counts``: rows by choice of status."""

    board: Board
    found: FollowUps
    has_clients: bool
    may_edit: bool
    may_reassign: bool
    working_day_us: int

    @property
    def counts(self) -> Mapping[str, int]:
        return self.found.count()

    def show(self, status: str, dimension: str) -> FollowUpsView:
        """The page's figures for one of STATUS_CHOICES; ``dimension`` is one of DIMENSIONS."""
        rows = self.found.pick(status if status in STATUS_CHOICES else ALL_OPEN)
        table = count_by(rows, dimension, self.board.standard)
        return FollowUpsView(
            rows=_to_show(self.board, rows.iloc[:ROWS_SENT]),
            total=len(rows),
            by_band=count_by_band(rows),
            by_dimension=table,
            heat=heat_of_weeks(rows, self.board.calendar, self.board.facts.today),
            names=names_of(self.board, "staff", table.index) if dimension == "owner" else {},
        )


@dataclass(frozen=True, eq=False)
class FollowUpsView:
    """``rows``: the worst of the rows, ROWS_SENT at most (index: obligation id), with client_name,
    owner_name, record_name and remaining_us. All counts are of all ``total`` rows. ``names``: codes of
    the dimension -> names, where they are records.
    """

    rows: pd.DataFrame
    total: int
    by_band: Mapping[str, int]
    by_dimension: pd.DataFrame
    heat: pd.DataFrame
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer: staff id -> name, and the clauses that have obligations."""

    owners: Mapping[str, str]
    clauses: tuple[str, ...]
    groups: tuple[str, ...]


def choices(desk: Desk) -> Choices:
    """Owners and clauses that occur in the judged table, in the order of names and of the standard."""
    board = desk.board()
    present = set(board.judged["clause"].cat.remove_unused_categories().cat.categories)
    clauses = tuple(code for code in board.standard.clauses if code in present)
    groups = tuple(dict.fromkeys(board.standard[code].group for code in clauses))
    return Choices(names_of(board, "staff", board.table("staff").index), clauses, groups)


def select(desk: Desk, actor: Actor, wanted: FollowUpFilter) -> Selection:
    """The obligations that pass the filter."""
    board = desk.board()
    found = select_follow_ups(
        board.judged, board.table("clients"), board.standard, board.calendar, board.now, wanted
    )
    return Selection(
        board=board,
        found=found,
        has_clients=len(board.table("clients")) > 0,
        may_edit=actor.may(Action.EDIT),
        may_reassign=actor.may(Action.REASSIGN),
        working_day_us=working_day_us(board),
    )


def _to_show(board: Board, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(
        client_name=name_column(board, "clients", rows["client"]),
        owner_name=name_column(board, "staff", rows["owner"]),
        record_name=_record_names(board, rows),
        remaining_us=board.calendar.remaining_service(to_us(board.now), to_us(rows["due_at"])),
    )


def _record_names(board: Board, rows: pd.DataFrame) -> pd.Series[str]:
    """Labels of the records, by one look-up for each worksheet; clients have their own column."""
    named = pd.Series("", index=rows.index, dtype="str")
    worksheets = rows["worksheet"].astype("str")
    for worksheet in worksheets.unique():
        if worksheet != "clients":
            records = rows.loc[worksheets == worksheet, "record"]
            named[records.index] = name_column(board, worksheet, records).fillna("")
    return named
