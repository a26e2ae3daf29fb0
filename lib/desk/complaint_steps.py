"""Commands on one complaint: forward with evidence, wait for the client, reopen, causes.

Each takes the complaint as the actor saw it (``ComplaintDetail``); cells changed since then become
conflicts and stay as they are. The same operation id writes once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from lib.desk.access import Action, Actor
from lib.desk.board import Board
from lib.desk.complaints import ComplaintDetail, complaint_rows, waits_of
from lib.desk.core import Desk, Outcome
from lib.records.cells import Finding
from lib.records.entry import check_entry, to_changes_insert, to_changes_update
from lib.records.fixes import seen_values
from lib.service.complaints import CLIENT_WAIT, next_number, running_waits
from lib.service.funnel import SETTLED, STAGES
from lib.store.contract import Change

COPIED_ON_REOPENING = ("client", "complainant", "category", "summary", "owner")


@dataclass(frozen=True, slots=True)
class Step:
    """One step forward: the time it fills, the evidence it needs, the stage that must be reached before."""

    time: str
    evidence: tuple[str, ...]
    after: str


STEPS: Mapping[str, Step] = {
    "assess": Step("assessed_at", ("category", "priority", "department"), "received"),
    "respond": Step("responded_at", ("response",), "assessed"),
    "resolve": Step("resolved_at", ("resolution",), "responded"),
    "tell_result": Step("result_told_at", (), "responded"),
    "follow_up": Step("followed_up_at", ("satisfaction",), "resolved"),
    "prevent": Step("prevention_at", ("root_cause", "prevention"), "resolved"),
}
ALSO_TOLD = "also_told"  # resolving and telling the client in one go


def steps_open(opened: ComplaintDetail) -> list[str]:
    """The steps that can be taken now, in order: stage reached, and time or evidence still missing."""
    reached = STAGES.index(opened.stage)
    return [
        key
        for key, step in STEPS.items()
        if STAGES.index(step.after) <= reached
        and any(opened.value(column) is None for column in (step.time, *step.evidence))
    ]


def advance(
    desk: Desk,
    actor: Actor,
    operation_id: str,
    opened: ComplaintDetail,
    step: str,
    values: Mapping[str, Any],
    at: datetime,
) -> Outcome:
    """Take a step at ``at`` (aware) with its evidence; ``ALSO_TOLD`` in values counts for resolving.

    Errors by column: evidence missing or refused, a time in the future or out of order; under ``step``
    when the complaint has not come that far. Raises Refused or StoreError.
    """
    actor.require(Action.EDIT)
    taken = STEPS[step]
    if STAGES.index(taken.after) > STAGES.index(opened.stage):
        return Outcome(errors={"step": Finding("error_not_yet")})
    given = {column: values.get(column) for column in taken.evidence}
    errors, at = _evidence_errors(given), _to_minute(at)
    if opened.value(taken.time) is None:  # a time on record stays as it is
        errors |= _time_errors(desk, opened, taken.time, at)
        given[taken.time] = at
    if errors:
        return Outcome(errors=errors)
    if values.get(ALSO_TOLD) and opened.value("result_told_at") is None:
        given["result_told_at"] = at
    return _update(desk, actor, operation_id, opened, given)


def mark_confirmed(
    desk: Desk, actor: Actor, operation_id: str, opened: ComplaintDetail, confirmed: bool | None
) -> Outcome:
    """Say whether the complaint proved justified; None takes it back. Raises Refused or StoreError."""
    return _update(desk, actor, operation_id, opened, {"confirmed": confirmed})


def start_wait(desk: Desk, actor: Actor, operation_id: str, opened: ComplaintDetail, reason: str) -> Outcome:
    """Pause the clocks from now on, with a reason, until ``end_wait``. Raises Refused or StoreError."""
    actor.require(Action.EDIT)
    board = desk.board()
    running = _running_waits(board, opened.record)
    wait_id = _record_id(operation_id)
    if len(running) and wait_id not in running.index:
        return Outcome(errors={"reason": Finding("error_waiting_already")})
    number = opened.value("number")
    values = {
        "worksheet": "complaints",
        "record": number if _names_one(board, number) else opened.record,
        "kind": CLIENT_WAIT,
        "from_at": _to_minute(desk.now()),
        "reason": reason,
        "by": actor.staff_id,
    }
    return _insert(desk, actor, operation_id, "waits", wait_id, values)


def end_wait(desk: Desk, actor: Actor, operation_id: str, opened: ComplaintDetail) -> Outcome:
    """The client has answered: every wait that runs for the complaint ends now. Raises as ``start_wait``."""
    actor.require(Action.EDIT)
    board = desk.board()
    running = _running_waits(board, opened.record)
    now = _to_minute(desk.now())
    changes: list[Change] = []
    for wait, from_at in running["from_at"].items():
        seen = seen_values(board.book, board.snapshot, "waits", str(wait))
        until = {"until_at": max(now, from_at)}
        changes += to_changes_update(
            board.book, board.schema, "waits", str(wait), seen, until, desk.settings.tz
        )
    # Sent even when nothing is left to end, so that a repeated operation says that it was done before.
    return Outcome(desk.send(actor, operation_id, tuple(changes), Action.EDIT), record_id=opened.record)


def reopen(
    desk: Desk, actor: Actor, operation_id: str, opened: ComplaintDetail, summary: str | None = None
) -> Outcome:
    """Insert a new complaint that goes back to the first of the chain; the rows before it stay as they are.

    ``summary`` None repeats the first one's. Errors under ``step`` while the complaint, or one that
    reopened it, is not resolved yet. The outcome's ``record_id`` is the new one. Raises as ``start_wait``.
    """
    actor.require(Action.EDIT)
    board = desk.board()
    rows = complaint_rows(board)
    new_id = _record_id(operation_id)
    first = str(opened.row["first"])
    chain = rows[rows["first"] == first]
    if new_id not in chain.index and (chain["stage"].cat.codes < SETTLED).any():
        return Outcome(errors={"step": Finding("error_not_resolved")})
    values = {column: opened.value(column) for column in COPIED_ON_REOPENING}
    values |= {"number": next_number(rows, first), "reopens": first, "received_at": _to_minute(desk.now())}
    if summary and summary.strip():
        values["summary"] = summary
    return _insert(desk, actor, operation_id, "complaints", new_id, values)


def _update(
    desk: Desk, actor: Actor, operation_id: str, opened: ComplaintDetail, values: Mapping[str, Any]
) -> Outcome:
    actor.require(Action.EDIT)
    board, tz = desk.board(), desk.settings.tz
    clean, found = check_entry(board.book, board.schema, "complaints", values, tz, opened.record)
    if found:
        return Outcome(errors=found)
    changes = to_changes_update(board.book, board.schema, "complaints", opened.record, opened.seen, clean, tz)
    return Outcome(desk.send(actor, operation_id, changes, Action.EDIT), record_id=opened.record)


def _insert(
    desk: Desk, actor: Actor, operation_id: str, worksheet: str, record: str, values: Mapping[str, Any]
) -> Outcome:
    board, tz = desk.board(), desk.settings.tz
    given = {key: value for key, value in values.items() if value is not None}
    clean, found = check_entry(board.book, board.schema, worksheet, given, tz)
    if found:
        return Outcome(errors=found)
    change = to_changes_insert(board.book, board.schema, worksheet, record, clean, tz)
    return Outcome(desk.send(actor, operation_id, (change,), Action.EDIT), record_id=record)


def _evidence_errors(given: Mapping[str, Any]) -> dict[str, Finding]:
    empty = [column for column, value in given.items() if value is None or not str(value).strip()]
    return {column: Finding("error_needed") for column in empty}


def _time_errors(desk: Desk, opened: ComplaintDetail, column: str, at: datetime) -> dict[str, Finding]:
    """Not in the future, not before receipt or an earlier stage, not after a later one."""
    if at > desk.now():
        return {column: Finding("error_future")}
    earliest, latest = _bounds(opened, column)
    if earliest is not None and at < earliest:
        return {column: Finding("error_too_early", {"moment": f"{earliest:%Y-%m-%d %H:%M}"})}
    if latest is not None and at > latest:
        return {column: Finding("error_too_late", {"moment": f"{latest:%Y-%m-%d %H:%M}"})}
    return {}


def _bounds(opened: ComplaintDetail, column: str) -> tuple[datetime | None, datetime | None]:
    """The known stage times that a step's time has to lie between, at the precision of a minute."""
    columns = [f"{stage}_at" for stage in STAGES]
    if column not in columns:
        held = opened.value("received_at")
        return (None if held is None else _to_minute(held)), None
    place = columns.index(column)
    before = [opened.value(other) for other in columns[:place]]
    after = [opened.value(other) for other in columns[place + 1 :]]
    return (
        max((_to_minute(held) for held in before if held is not None), default=None),
        min((held for held in after if held is not None), default=None),
    )


def _running_waits(board: Board, record: str) -> pd.DataFrame:
    running = running_waits(waits_of(board), board.now)
    return running[running["complaint"] == record]


def _names_one(board: Board, number: object) -> bool:
    return isinstance(number, str) and int((board.table("complaints")["number"] == number).sum()) == 1


def _to_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _record_id(operation_id: str) -> str:
    """The id of the row that an operation inserts: the same however often it is sent."""
    return hashlib.blake2b(operation_id.encode(), digest_size=8).hexdigest()
