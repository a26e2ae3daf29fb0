"""The conflict desk: changes that did not fit and worksheets in disorder, and what people decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from lib.desk import records
from lib.desk.access import Action, Actor, Refused, needed_for
from lib.desk.core import Desk, Outcome
from lib.desk.history import fitting, values_held
from lib.desk.record_names import RecordNames
from lib.desk.records import FormView
from lib.records.entry import check_entry, to_changes_update
from lib.records.schema import Column
from lib.service.record_history import Presence, in_effect
from lib.store.contract import (
    Accident,
    Change,
    Conflict,
    ConflictReason,
    Decision,
    DeleteRow,
    EntryKind,
    InsertRow,
    OpenConflict,
    RestoreRow,
    UpdateCell,
    Value,
)


class Way(StrEnum):
    """What stands in a change's way at this moment, whatever did when it was made."""

    DIFFERS = "differs"  # the cell holds another value than the person saw
    SAME = "same"  # the cell holds what was to be written
    ARCHIVED = "archived"
    REMOVED = "removed"
    NO_COLUMN = "no_column"
    NO_SHEET = "no_sheet"
    FORMULA = "formula"
    ID_TAKEN = "id_taken"


@dataclass(frozen=True, slots=True)
class Card:
    """One conflict, as it stands now. ``mine`` was to be written, ``theirs`` stands there (as far as there
    is one cell to speak of); ``values`` are those of a row to be inserted."""

    conflict: OpenConflict
    worksheet: str  # key; empty for a sheet of people's own
    name: str
    way: Way
    column: Column | None
    header: str
    mine: Value
    theirs: Value
    values: Mapping[str, Value]
    their_actor: str
    their_at: datetime | None
    may_close: bool
    may_write: bool

    @property
    def change(self) -> Change:
        return self.conflict.conflict.change

    @property
    def conflict_id(self) -> str:
        return self.conflict.conflict_id


@dataclass(frozen=True, slots=True)
class RecordCards:
    """The conflicts of one person's one go over one record."""

    title: str
    record: str
    name: str
    actor: str
    at: datetime
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class ConflictsView:
    """``records`` in the order in which the changes were made. ``batches`` counts the conflicts of each
    go, by who and when."""

    version: str
    records: tuple[RecordCards, ...]
    batches: Mapping[tuple[str, datetime], int]
    accidents: tuple[Accident, ...]
    may_settle: Mapping[str, bool]  # by accident id


def view(desk: Desk, actor: Actor) -> ConflictsView:
    """All that waits for a decision."""
    board = desk.board()
    names = RecordNames(board)
    grouped: dict[tuple[str, datetime, str, str], list[OpenConflict]] = {}
    batches: dict[tuple[str, datetime], int] = {}
    for conflict in desk.store.conflicts():
        change = conflict.conflict.change
        key = (conflict.actor, conflict.at, change.sheet, change.record_id)
        grouped.setdefault(key, []).append(conflict)
        batches[key[:2]] = batches.get(key[:2], 0) + 1
    accidents = desk.store.accidents()
    return ConflictsView(
        version=board.version,
        records=tuple(_record(desk, actor, names, group) for group in grouped.values()),
        batches=batches,
        accidents=accidents,
        may_settle={each.accident_id: _may_settle(actor, names, each) for each in accidents},
    )


def _record(desk: Desk, actor: Actor, names: RecordNames, group: Sequence[OpenConflict]) -> RecordCards:
    first = group[0]
    change = first.conflict.change
    cards = tuple(_card(desk, actor, names, conflict) for conflict in group)
    return RecordCards(change.sheet, change.record_id, cards[0].name, first.actor, first.at, cards)


def _card(desk: Desk, actor: Actor, names: RecordNames, conflict: OpenConflict) -> Card:
    change = conflict.conflict.change
    title, record = change.sheet, change.record_id
    worksheet = names.worksheet_of(title)
    held: Mapping[str, Value] = change.values if isinstance(change, InsertRow) else {}
    if not held and names.row(title, record) is None:
        held = values_held(desk, title, record)
    header = change.column if isinstance(change, UpdateCell) else ""
    card = Card(
        conflict=conflict,
        worksheet=worksheet,
        name=names.name(title, record, held),
        way=_way(names, conflict.conflict),
        column=names.column(title, header),
        header=header,
        mine=change.new if isinstance(change, UpdateCell) else None,
        theirs=names.state(title, record).values.get(header),
        values=held if isinstance(change, InsertRow) else {},
        their_actor=conflict.their_actor,
        their_at=conflict.their_at,
        may_close=actor.may_decide(worksheet, conflict.actor),
        may_write=actor.may_edit(worksheet),
    )
    return _with_their_last_word(desk, card) if card.theirs != conflict.conflict.current else card


def _way(names: RecordNames, conflict: Conflict) -> Way:
    change = conflict.change
    sheet = names.sheet(change.sheet)
    if sheet is None:
        return Way.NO_SHEET
    state = names.state(change.sheet, change.record_id)
    if isinstance(change, InsertRow):
        is_taken = state.presence is not Presence.ABSENT
        return Way.ID_TAKEN if is_taken else Way.NO_COLUMN
    if state.presence is Presence.ABSENT:
        return Way.REMOVED
    if not isinstance(change, UpdateCell):
        return (
            Way.SAME
            if (state.presence is Presence.ARCHIVED) == isinstance(change, DeleteRow)
            else Way.DIFFERS
        )
    if state.presence is Presence.ARCHIVED:
        return Way.ARCHIVED
    if change.column not in sheet.header:
        return Way.NO_COLUMN
    theirs = state.values[change.column]
    if theirs == change.new and isinstance(theirs, bool) == isinstance(change.new, bool):
        return Way.SAME
    return Way.FORMULA if conflict.reason is ConflictReason.FORMULA else Way.DIFFERS


def _with_their_last_word(desk: Desk, card: Card) -> Card:
    """The cell was changed again since the conflict was found: by whom, and when."""
    change = card.change
    for entry in desk.store.history(change.sheet, change.record_id, limit=50):
        touches = entry.kind is not EntryKind.UPDATE or entry.column == card.header
        if in_effect(entry) and touches:
            return replace(card, their_actor=entry.actor, their_at=entry.at)
    return card


def keep_theirs(desk: Desk, actor: Actor, conflicts: Iterable[OpenConflict]) -> int:
    """Leave the cells as they are; how many conflicts that settled (others had been settled before).

    Raises Refused, before anything is noted, unless the actor may decide each of them.
    """
    conflicts = list(conflicts)
    names = RecordNames(desk.board())
    for conflict in conflicts:
        worksheet = names.worksheet_of(conflict.conflict.change.sheet)
        if not actor.may_decide(worksheet, conflict.actor):
            raise Refused(needed_for(worksheet))
    return sum(_close(desk, actor, conflict.conflict_id, Decision.KEEP_THEIRS) for conflict in conflicts)


def keep_theirs_of_batch(desk: Desk, actor: Actor, made_by: str, at: datetime) -> int:
    """As ``keep_theirs``, for everything that one person sent in one go."""
    mine = [each for each in desk.store.conflicts() if (each.actor, each.at) == (made_by, at)]
    return keep_theirs(desk, actor, mine)


def keep_mine(desk: Desk, actor: Actor, operation_id: str, card: Card) -> Outcome | None:
    """Write what was to be written over what the card shows; None if it was settled before.

    What changed once more meanwhile is not overwritten: it comes back as a new conflict.
    """
    change = card.change
    if isinstance(change, UpdateCell):
        change = replace(change, seen=card.theirs)
    elif isinstance(change, InsertRow):
        change = fitting(RecordNames(desk.board()), change)
    return _decide(desk, actor, operation_id, (card,), (change,), Decision.KEEP_MINE)


def bring_back(desk: Desk, actor: Actor, operation_id: str, cards: Sequence[Card]) -> Outcome | None:
    """Bring the row of these cards back and write to it what was to be written. None if settled before."""
    title, record = cards[0].change.sheet, cards[0].change.record_id
    wanted = [card.change for card in cards if isinstance(card.change, UpdateCell)]
    names = RecordNames(desk.board())
    if names.state(title, record).presence is Presence.ARCHIVED:
        changes: tuple[Change, ...] = (RestoreRow(title, record), *wanted)
    else:
        new = {change.column: change.new for change in wanted}
        row = InsertRow(title, record, {**values_held(desk, title, record), **new})
        changes = (fitting(names, row),)
    return _decide(desk, actor, operation_id, cards, changes, Decision.KEEP_MINE)


def edit_form(desk: Desk, actor: Actor, card: Card) -> FormView | None:
    """What a field for a third value needs, with mine to start from. None where no form can be."""
    if card.column is None:
        return None
    key, board = card.column.key, desk.board()
    form = records.form(desk, actor, card.worksheet, card.change.record_id, {})
    if form is None:
        return None
    clean, _ = check_entry(
        board.book, board.schema, card.worksheet, {key: card.mine}, desk.settings.tz, form.record
    )
    return replace(form, values={**form.values, key: clean[key]})


def write_edited(desk: Desk, actor: Actor, operation_id: str, card: Card, value: Any) -> Outcome | None:
    """Write a third value in place of both, checked as in any form. None if settled before."""
    change = card.change
    assert isinstance(change, UpdateCell)
    if card.column is None:
        changes: tuple[Change, ...] = (replace(change, seen=card.theirs, new=value or None),)
    else:
        board, tz, key = desk.board(), desk.settings.tz, card.column.key
        where = (board.book, board.schema, card.worksheet)
        clean, errors = check_entry(*where, {key: value}, tz, change.record_id)
        if errors:
            return Outcome(errors=errors)
        changes = to_changes_update(*where, change.record_id, {key: card.theirs}, clean, tz)
    return _decide(desk, actor, operation_id, (card,), changes, Decision.EDIT)


def _decide(
    desk: Desk,
    actor: Actor,
    operation_id: str,
    cards: Sequence[Card],
    changes: tuple[Change, ...],
    decision: Decision,
) -> Outcome | None:
    """Write first, then note the decision: stopped in between, the question stays open."""
    still_open = {conflict.conflict_id for conflict in desk.store.conflicts()}
    if not still_open.issuperset(card.conflict_id for card in cards):
        return None
    receipt = desk.send(actor, operation_id, changes, needed_for(cards[0].worksheet))
    for card in cards:
        _close(desk, actor, card.conflict_id, decision)
    return Outcome(receipt, record_id=cards[0].change.record_id)


def _close(desk: Desk, actor: Actor, conflict_id: str, decision: Decision) -> bool:
    return desk.store.close_conflict(conflict_id, decision, actor.signature, desk.now())


def settle_accident(desk: Desk, actor: Actor, accident: Accident, *, keep_theirs: bool) -> bool:
    """Take a worksheet as it stands, or put it back as it was before. False if that was settled before.

    Raises Refused unless the actor may put the sheet in order and edit it.
    """
    actor.require(Action.FIX_SHEET)
    actor.require(needed_for(RecordNames(desk.board()).worksheet_of(accident.sheet)))
    try:
        desk.store.settle_accident(accident.accident_id, keep_theirs, actor.signature, desk.now())
    except KeyError:
        return False
    return True


def _may_settle(actor: Actor, names: RecordNames, accident: Accident) -> bool:
    return actor.may(Action.FIX_SHEET) and actor.may_edit(names.worksheet_of(accident.sheet))
