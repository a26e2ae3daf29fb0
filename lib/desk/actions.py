"""What people do about obligations: record a contact, postpone, hand over. One or many at once.

``open_action`` gives what a form starts from, with the cells as they stood then; the commands write only
over those, so that what somebody else entered meanwhile comes back as a conflict.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from lib.desk.access import Action, Actor
from lib.desk.board import Board
from lib.desk.core import Desk, Outcome
from lib.records.cells import Finding
from lib.records.entry import check_entry, new_record_id, to_changes_insert, to_changes_update
from lib.records.fixes import seen_values
from lib.standard.clause_model import Clause, Event
from lib.store.contract import Change, Value

# The column that says who looks after a record. Who made a contact or a sale is a fact and is not changed.
OWNER_COLUMNS = {
    "clients": "owner",
    "complaints": "owner",
    "inquiries": "owner",
    "promises": "owner",
    "visits": "visitor",
}
Errors = dict[str, Finding]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CellSeen:
    """A cell that a form may fill, and what stood in it when the form was opened."""

    worksheet: str
    record: str
    column: str
    seen: Value


@dataclass(frozen=True, slots=True)
class Task:
    """One obligation as a form needs it. ``name``: of its record, where records of that kind have names.

    ``fulfils``: the cell of its own record whose filling fulfils it; ``needs``: columns of the record
    that must be filled besides and are not. ``owner_cell``: None where nobody can take it over.
    ``fulfilled_on``: the worksheet whose new row would fulfil it, if not a contact.
    """

    id: str
    clause: str
    worksheet: str
    record: str
    name: str
    client: str | None
    client_name: str
    fulfils: CellSeen | None
    needs: tuple[str, ...]
    owner_cell: CellSeen | None
    fulfilled_on: str | None
    may_wait: bool


@dataclass(frozen=True, slots=True)
class ActionView:
    """``people``: staff id -> name of those who can take over. ``defaults``: values that the clauses ask of
    a contact. ``next_opening``: when the next working day begins.
    """

    tasks: tuple[Task, ...]
    people: Mapping[str, str]
    defaults: Mapping[str, str]
    now: datetime
    next_opening: datetime

    @property
    def clients(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(task.client for task in self.tasks if task.client))


def open_action(desk: Desk, ids: Collection[str]) -> ActionView:
    """What a form about these obligations starts from, in the order given; ids that are gone are left out."""
    board = desk.board()
    found = board.judged[board.judged["id"].isin(list(ids))].set_index("id", drop=False)
    rows = found.to_dict("index")
    waitable = {choice.code for choice in board.schema.worksheets["waits"].columns["worksheet"].choices}
    tasks = tuple(_to_task(board, rows[each], waitable) for each in dict.fromkeys(ids) if each in rows)
    people = {str(person.staff_id): person.name for person in desk.staff() if person.staff_id}
    return ActionView(tasks, people, _contact_defaults(board, tasks), board.now, _next_opening(board))


def record_contact(
    desk: Desk,
    actor: Actor,
    operation_id: str,
    opened: ActionView,
    contact: Values,
    fulfilled: Collection[str] = (),
) -> Outcome:
    """Write one contact for each client of the view, and its time into the cells of ``fulfilled`` (task ids).

    ``contact``: occurred_at (aware), channel, direction, kind, summary, next_step. Raises Refused.
    """
    actor.require(Action.EDIT)
    board = desk.board()
    shared = {**contact, "by": actor.staff_id, "recorded_at": desk.now()}
    changes, errors = _inserts(board, "interactions", [{"client": c, **shared} for c in opened.clients])
    cells = [task.fulfils for task in opened.tasks if task.id in fulfilled and task.fulfils]
    filled, refused = _fill_all(board, cells, contact.get("occurred_at"))
    if not changes and not filled:
        errors.setdefault("client", Finding("no_client"))
    return _send(desk, actor, operation_id, [*changes, *filled], errors | refused, Action.EDIT)


def mark_done(
    desk: Desk, actor: Actor, operation_id: str, opened: ActionView, at: datetime, fulfilled: Collection[str]
) -> Outcome:
    """Write ``at`` (aware) into the cells that fulfil the tasks named by ``fulfilled``. Raises Refused."""
    actor.require(Action.EDIT)
    cells = [task.fulfils for task in opened.tasks if task.id in fulfilled and task.fulfils]
    changes, errors = _fill_all(desk.board(), cells, at)
    if not changes:
        errors.setdefault("at", Finding("nothing_to_fill"))
    return _send(desk, actor, operation_id, changes, errors, Action.EDIT)


def postpone(
    desk: Desk, actor: Actor, operation_id: str, opened: ActionView, until_at: datetime, reason: str
) -> Outcome:
    """Put the tasks off until ``until_at`` (aware), with a reason. The verdict stays as it is."""
    actor.require(Action.EDIT)
    board = desk.board()
    shared = {
        "kind": "postponed",
        "from_at": desk.now(),
        "until_at": until_at,
        "reason": reason,
        "by": actor.staff_id,
    }
    put_off = dict.fromkeys((t.worksheet, t.record, t.clause) for t in opened.tasks if t.may_wait)
    waits = [dict(zip(("worksheet", "record", "clause"), each, strict=True)) | shared for each in put_off]
    changes, errors = _inserts(board, "waits", waits)
    if until_at <= desk.now():
        errors["until_at"] = Finding("until_past")
    if not put_off:
        errors.setdefault("worksheet", Finding("cannot_wait"))
    return _send(desk, actor, operation_id, changes, errors, Action.EDIT)


def reassign(desk: Desk, actor: Actor, operation_id: str, opened: ActionView, to: str) -> Outcome:
    """Hand the records (or clients) behind the tasks to another member of staff. Raises Refused."""
    actor.require(Action.REASSIGN)
    cells = [task.owner_cell for task in opened.tasks if task.owner_cell]
    changes, errors = _fill_all(desk.board(), cells, to)
    if not changes:
        errors.setdefault("owner", Finding("nothing_to_hand_over"))
    return _send(desk, actor, operation_id, changes, errors, Action.REASSIGN)


def _send(
    desk: Desk, actor: Actor, operation_id: str, changes: Sequence[Change], errors: Errors, action: Action
) -> Outcome:
    if errors:
        return Outcome(errors=errors)
    return Outcome(desk.send(actor, operation_id, tuple(changes), action))


def _inserts(board: Board, worksheet: str, rows: Iterable[Values]) -> tuple[list[Change], Errors]:
    changes: list[Change] = []
    errors: Errors = {}
    for values in rows:
        clean, found = check_entry(board.book, board.schema, worksheet, values, board.calendar.tz)
        errors |= found
        if not found:
            row = to_changes_insert(
                board.book, board.schema, worksheet, new_record_id(), clean, board.calendar.tz
            )
            changes.append(row)
    return changes, errors


def _fill_all(board: Board, cells: Iterable[CellSeen], value: Any) -> tuple[list[Change], Errors]:
    """Changes that write ``value`` into each of the cells, and what is wrong with it there."""
    changes: list[Change] = []
    errors: Errors = {}
    for cell in dict.fromkeys(cells):
        found, refused = _fill(board, cell, value)
        changes += found
        errors |= refused
    return changes, errors


def _fill(board: Board, cell: CellSeen, value: Any) -> tuple[tuple[Change, ...], Errors]:
    tz = board.calendar.tz
    values = {cell.column: value}
    clean, found = check_entry(board.book, board.schema, cell.worksheet, values, tz, cell.record)
    if found:
        return (), found
    seen = {cell.column: cell.seen}
    return to_changes_update(board.book, board.schema, cell.worksheet, cell.record, seen, clean, tz), {}


def _next_opening(board: Board) -> datetime:
    tomorrow = np.array([board.facts.today], dtype="datetime64[D]") + 1
    day = board.calendar.roll_forward(tomorrow)[0].item()
    return board.calendar.describe_days(day, day)[0].opens[0][0]


def _to_task(board: Board, row: Mapping[Any, Any], waitable: set[str]) -> Task:
    clause, worksheet, record = board.standard[row["clause"]], str(row["worksheet"]), str(row["record"])
    client = row["client"] if isinstance(row["client"], str) else None
    cells = _cells_seen(board, worksheet, record)
    values = board.table(worksheet).loc[record].to_dict() if cells else {}
    needs = tuple(key for key in clause.needs or clause.evidence if values and is_empty(values[key]))
    return Task(
        id=str(row["id"]),
        clause=clause.id,
        worksheet=worksheet,
        record=record,
        name=board.name_of(worksheet, record),
        client=client,
        client_name=board.name_of("clients", client),
        fulfils=None if needs else _fulfilling_cell(clause, record, cells, values),
        needs=needs,
        owner_cell=_owner_cell(board, worksheet, record, client, cells, values),
        fulfilled_on=_fulfilling_worksheet(_events(board, clause, client)),
        may_wait=worksheet in waitable,
    )


def is_empty(value: Any) -> bool:
    """Whether a table holds nothing there."""
    return bool(pd.isna(value))


def _cells_seen(board: Board, worksheet: str, record: str) -> Mapping[str, Value]:
    """What stands in a record's cells; nothing where the record has left the sheet meanwhile."""
    if worksheet not in board.book.bindings or record not in board.table(worksheet).index:
        return {}
    return seen_values(board.book, board.snapshot, worksheet, record)


def _fulfilling_cell(
    clause: Clause, record: str, cells: Mapping[str, Value], values: Mapping[Any, Any]
) -> CellSeen | None:
    column = clause.done[0] if clause.done else ""
    if column not in cells or not is_empty(values[column]):
        return None
    return CellSeen(clause.worksheet, record, column, cells[column])


def _owner_cell(
    board: Board,
    worksheet: str,
    record: str,
    client: str | None,
    cells: Mapping[str, Value],
    values: Mapping[Any, Any],
) -> CellSeen | None:
    """The record's own owner cell; where that is not to be changed and is empty, the client's."""
    column = OWNER_COLUMNS.get(worksheet, "")
    if column in cells:
        return CellSeen(worksheet, record, column, cells[column])
    own = board.schema.worksheets[worksheet].owner
    if client is None or (own and not is_empty(values.get(own))):
        return None
    of_client = _cells_seen(board, "clients", client)
    return CellSeen("clients", client, "owner", of_client["owner"]) if "owner" in of_client else None


def _events(board: Board, clause: Clause, client: str | None) -> list[Event]:
    """What fulfils the clause in other worksheets, for a client of this tier."""
    clients = board.table("clients")
    tier = clients.at[client, "tier"] if client in clients.index else None
    return [event for event in clause.done_by if not event.clients.tiers or tier in event.clients.tiers]


def _fulfilling_worksheet(events: Sequence[Event]) -> str | None:
    """The worksheet whose new row fulfils the clause, unless a contact does."""
    worksheets = [event.worksheet for event in events]
    return worksheets[0] if worksheets and "interactions" not in worksheets else None


def _contact_defaults(board: Board, tasks: Sequence[Task]) -> dict[str, str]:
    """Values of a contact that fulfils the clauses of all tasks, as far as these ask for the same."""
    asked = [_asked_of_contact(_events(board, board.standard[t.clause], t.client)) for t in tasks]
    return asked[0] if asked and all(each == asked[0] for each in asked) else {}


def _asked_of_contact(events: Sequence[Event]) -> dict[str, str]:
    contacts = [event for event in events if event.worksheet == "interactions"]
    return {c.column: str(c.values[0]) for c in contacts[0].where if c.values} if contacts else {}
