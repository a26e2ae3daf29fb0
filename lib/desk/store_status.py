"""How the store is doing, for the status line and for single records, and taking over a stale lock."""

from __future__ import annotations

from collections.abc import Hashable
from enum import StrEnum
from typing import Protocol, runtime_checkable

from lib.desk.access import Action, Actor
from lib.desk.core import Desk
from lib.desk.history import title_of
from lib.store.contract import Status, StoreError


class Mark(StrEnum):
    """Where a record's latest changes are."""

    SAVED = "saved"
    WAITING = "waiting"
    CONFLICT = "conflict"


@runtime_checkable
class TakesOver(Protocol):
    """A store that other programs can lock, and that can be told to mind a stale lock no longer."""

    def take_over(self) -> None: ...


def mark_of(desk: Desk, worksheet: str, record: str) -> Mark:
    """Saved, waiting to be written, or waiting for somebody's decision."""
    title, status = title_of(desk, worksheet), desk.status()
    if status.conflicts and (title, record) in _disputed(desk):
        return Mark.CONFLICT
    return Mark.WAITING if (title, record) in status.records else Mark.SAVED


def _disputed(desk: Desk) -> set[tuple[str, str]]:
    changes = (conflict.conflict.change for conflict in desk.store.conflicts())
    return {(change.sheet, change.record_id) for change in changes}


def state_of(status: Status) -> Hashable:
    """Differs when the screen has something new to tell of the store."""
    cause = status.cause
    told = None if cause is None else (cause.code, tuple(sorted(map(str, cause.details.items()))))
    return status.health, status.waiting, status.records, status.conflicts, status.accidents, told


def may_take_over(desk: Desk, actor: Actor) -> bool:
    """Is there a lock that its owner seems to have left behind, and may this actor disregard it?"""
    cause = desk.status().cause
    is_stale = isinstance(cause, StoreError) and cause.code == "held" and bool(cause.details.get("stale"))
    return is_stale and isinstance(desk.store, TakesOver) and actor.may(Action.FIX_SHEET)


def take_over(desk: Desk, actor: Actor) -> None:
    """Disregard the stale lock from now on. Raises Refused or StoreError."""
    actor.require(Action.FIX_SHEET)
    if isinstance(desk.store, TakesOver):
        desk.store.take_over()
