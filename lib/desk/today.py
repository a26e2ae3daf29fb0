"""What the page Today shows: one page of the queue, its counts, its choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from lib.desk.access import Action, Actor
from lib.desk.board import Board
from lib.desk.core import Desk
from lib.desk.naming import name_column, names_of
from lib.service.queue import PILES, Queue, build_queue, next_up, team_of
from lib.standard.calendar_days import day_index
from lib.standard.instants import MINUTE_US, to_us

PAGE_ROWS = 20
MINE, TEAM, EVERYONE = "mine", "team", "everyone"
SCOPES: tuple[str, ...] = (MINE, TEAM, EVERYONE)


@dataclass(frozen=True, eq=False)
class TodayQueue:
    """The whole queue of a scope. ``owners``: staff id -> name, of those with something in it."""

    board: Board
    queue: Queue
    owners: Mapping[str, str]
    people: frozenset[str | None] | None
    has_clients: bool
    may_edit: bool
    may_reassign: bool
    working_day_us: int

    def narrow(self, owner: str | None) -> TodayQueue:
        """The same for one of ``owners``; anybody else leaves it as it is."""
        if owner is None or owner not in self.owners:
            return self
        return replace(self, queue=self.queue.narrow(owner), people=frozenset({owner}))

    def page(self, pile: str, page: int) -> TodayPage:
        """One page of a pile (see PILES); beyond the last one, the last."""
        picked = self.queue.pick(pile if pile in PILES else "all")
        pages = max(1, -(-len(picked) // PAGE_ROWS))
        page = min(max(1, page), pages)
        shown = picked.iloc[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
        next_due = _next(self.board, self.people) if picked.empty else None
        return TodayPage(_to_show(self.board, self.queue, shown), len(picked), page, pages, next_due)


@dataclass(frozen=True, eq=False)
class TodayPage:
    """``entries``: rows of ``Queue.entries`` with client_name, owner_name, record_name, remaining_us (working
    time until due, negative once overdue), clock_us (the same by the clock) and ``ids`` (all obligations
    behind the entry). ``next_up``: the next deadline, where there is no entry.
    """

    entries: pd.DataFrame
    total: int
    page: int
    pages: int
    next_up: Mapping[str, Any] | None


def scopes_of(actor: Actor) -> tuple[str, ...]:
    """Whose queues the actor can ask for, their default first."""
    if actor.staff_id is None:
        return (EVERYONE,)
    scopes: dict[str, tuple[str, ...]] = {"rep": (MINE, TEAM, EVERYONE), "supervisor": (TEAM, MINE, EVERYONE)}
    return scopes.get(actor.role, (EVERYONE, TEAM, MINE))


def open_queue(desk: Desk, actor: Actor, scope: str | None = None) -> TodayQueue:
    """The queue of one of the actor's scopes; None or one they do not have: their default."""
    board = desk.board()
    people = _people(board, actor, scope)
    tiers = board.table("clients")["tier"]
    queue = build_queue(board.judged, tiers, board.now, people)
    return TodayQueue(
        board=board,
        queue=queue,
        owners=names_of(board, "staff", queue.entries["owner"].dropna().unique()),
        people=people,
        has_clients=len(tiers) > 0,
        may_edit=actor.may(Action.EDIT),
        may_reassign=actor.may(Action.REASSIGN),
        working_day_us=working_day_us(board),
    )


def working_day_us(board: Board) -> int:
    """How much open time a working day of the team has, by the hours in force today."""
    plan = board.calendar.plan
    hours = plan.hours[plan.hours_of[day_index(board.facts.today)]]
    return MINUTE_US * sum(int(end - start) for start, end in hours.spans)


def _people(board: Board, actor: Actor, scope: str | None) -> frozenset[str | None] | None:
    """Staff ids of a scope; None for everyone. Whoever can hand work over also sees what nobody owns."""
    allowed = scopes_of(actor)
    scope = scope if scope in allowed else allowed[0]
    if scope == EVERYONE:
        return None
    if scope == MINE:
        return frozenset({actor.staff_id} if actor.staff_id else ())
    nobody: set[str | None] = {None} if actor.may(Action.REASSIGN) else set()
    return frozenset(nobody | team_of(board.table("staff"), actor.staff_id))


def _to_show(board: Board, queue: Queue, shown: pd.DataFrame) -> pd.DataFrame:
    now, due = to_us(board.now), to_us(shown["due_at"])
    return shown.assign(
        client_name=name_column(board, "clients", shown["client"]),
        owner_name=name_column(board, "staff", shown["owner"]),
        record_name=_record_names(board, shown),
        remaining_us=board.calendar.remaining_service(now, due),
        clock_us=due - now,
        ids=shown["entry"].map(lambda entry: tuple(queue.members(entry))),
    )


def _record_names(board: Board, shown: pd.DataFrame) -> Any:
    """Names of records other than the client itself, which has its own column."""
    places = zip(shown["worksheet"].astype("str"), shown["record"], strict=True)
    return ["" if worksheet == "clients" else board.name_of(worksheet, each) for worksheet, each in places]


def _next(board: Board, people: frozenset[str | None] | None) -> dict[str, Any] | None:
    found = next_up(board.judged, people)
    if found is None:
        return None
    return {**found, "client_name": board.name_of("clients", found["client"])}
