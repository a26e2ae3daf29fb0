"""Conflicts that are settled by entering the value again."""

from __future__ import annotations

from collections.abc import Iterable

from lib.desk.access import Actor
from lib.desk.core import Desk
from lib.store.contract import Change, Decision, UpdateCell


def settle_own_conflicts(desk: Desk, actor: Actor, written: Iterable[Change]) -> None:
    """Whoever enters a cell again, having been shown what stood there, has decided their own conflict."""
    if not desk.status().conflicts:
        return
    cells = {_cell_of(change): change.new for change in written if isinstance(change, UpdateCell)}
    for conflict in desk.store.conflicts():
        change = conflict.conflict.change
        if conflict.actor != actor.signature or not isinstance(change, UpdateCell):
            continue
        if _cell_of(change) in cells:
            is_mine = cells[_cell_of(change)] == change.new
            decision = Decision.KEEP_MINE if is_mine else Decision.EDIT
            desk.store.close_conflict(conflict.conflict_id, decision, actor.signature, desk.now())


def _cell_of(change: UpdateCell) -> tuple[str, str, str]:
    return change.sheet, change.record_id, change.column
