"""Who changed what: the log of the whole spreadsheet, one record's past, and the ways back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from lib.desk.access import Actor, needed_for
from lib.desk.board import Board
from lib.desk.core import Desk, Outcome
from lib.desk.record_names import RecordNames
from lib.service.record_history import (
    Presence,
    RecordState,
    changes_back,
    group_steps,
    in_effect,
    put_back,
    since,
    state_before,
)
from lib.store.contract import (
    Change,
    Entry,
    EntryKind,
    InsertRow,
    RestoreRow,
    UpdateCell,
    Value,
)

PAGE_LINES = 50
PAGE_READ = 500  # entries asked of the store at once
MOST_READ = 20_000  # for one page of the log; then the person is asked whether to go on
PAST_READ = 1_000  # of one record
PEOPLE_READ = 1_000  # latest entries, for the names of those who made them
GONE_READ = 2_000
GONE_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Line:
    """An entry, its record by name, and whether this actor may put it back."""

    entry: Entry
    worksheet: str  # key; empty for a sheet of people's own
    name: str
    may_put_back: bool


@dataclass(frozen=True, slots=True)
class RecordPast:
    """``steps``: entries, newest first, in groups made in one go. ``is_cut``: older ones are not told."""

    title: str
    record: str
    presence: Presence
    steps: tuple[tuple[Entry, ...], ...]
    is_cut: bool
    may_edit: bool


@dataclass(frozen=True, slots=True)
class LogFilters:
    """What the log is narrowed to; None and empty restrict nothing. ``days``: the last so many."""

    title: str | None = None
    person: str | None = None
    origin: str | None = None
    days: int | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class LogPage:
    """``older``: where the next page begins, None at the end. ``searched_to``: how far back this search
    came before it stopped for its length, None unless it did."""

    lines: tuple[Line, ...]
    older: int | None
    searched_to: datetime | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What going back would change: ``cells`` as (column, now, then). ``lost``: columns that are no longer
    in the sheet, with what they held."""

    title: str
    record: str
    now: Presence
    then: Presence
    cells: tuple[tuple[str, Value, Value], ...]
    changes: tuple[Change, ...]
    lost: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class GoneRecord:
    record: str
    name: str
    presence: Presence
    last: Entry | None  # what took it away


def log(desk: Desk, actor: Actor, filters: LogFilters, before_seq: int | None) -> LogPage:
    """One page of the entries that match, newest first, older than ``before_seq``."""
    board = desk.board()
    names = RecordNames(board)
    matches = _Matcher(board, filters, desk.now())
    found: list[Entry] = []
    read, last = 0, None
    for entry in _entries(desk, filters.title, before_seq):
        if matches.is_over(entry):
            break
        if len(found) == PAGE_LINES:
            return LogPage(_lines(desk, actor, names, found), found[-1].seq, None)
        if read == MOST_READ:
            assert last is not None
            return LogPage(_lines(desk, actor, names, found), last.seq, last.at)
        read, last = read + 1, entry
        if matches(entry):
            found.append(entry)
    return LogPage(_lines(desk, actor, names, found), None, None)


def _entries(
    desk: Desk, title: str | None = None, before_seq: int | None = None, record: str | None = None
) -> Iterator[Entry]:
    """Entries, newest first, asked for page by page."""
    while page := desk.store.history(title, record, before_seq=before_seq, limit=PAGE_READ):
        yield from page
        if len(page) < PAGE_READ:
            return
        before_seq = page[-1].seq


class _Matcher:
    """Tells whether an entry passes the filters."""

    def __init__(self, board: Board, filters: LogFilters, now: datetime) -> None:
        self._filters = filters
        self._search = filters.search.casefold()
        self._named = _records_named(board, self._search) if self._search else set()
        self._too_old = 0
        self._start = None if filters.days is None else now - timedelta(days=filters.days)

    def is_over(self, entry: Entry) -> bool:
        """Is the period over? Clocks of several machines differ: many entries in a row must be too old."""
        self._too_old = 0 if self._is_recent(entry) else self._too_old + 1
        return self._too_old >= PAGE_READ

    def _is_recent(self, entry: Entry) -> bool:
        return self._start is None or entry.at >= self._start

    def __call__(self, entry: Entry) -> bool:
        wanted = self._filters
        return (
            self._is_recent(entry)
            and (wanted.person is None or entry.actor == wanted.person)
            and (wanted.origin is None or entry.origin == wanted.origin)
            and (not self._search or self._holds(entry))
        )

    def _holds(self, entry: Entry) -> bool:
        if (entry.sheet, entry.record_id) in self._named:
            return True
        texts = (entry.actor, entry.column, entry.before, entry.after, *entry.values.values())
        return any(self._search in str(text).casefold() for text in texts if text is not None)


def _records_named(board: Board, search: str) -> set[tuple[str, str]]:
    """(sheet title, id) of records whose label holds the text."""
    found: set[tuple[str, str]] = set()
    for key, binding in board.book.bindings.items():
        label = board.schema.worksheets[key].label
        if label:
            labels: pd.Series[str] = board.book.tables[key][label].dropna()
            hits = labels[labels.str.contains(search, case=False, regex=False).to_numpy(bool)]
            found |= {(binding.sheet, str(record)) for record in hits.index}
    return found


def _lines(desk: Desk, actor: Actor, names: RecordNames, entries: Sequence[Entry]) -> tuple[Line, ...]:
    held = {(entry.sheet, entry.record_id): entry.values for entry in entries if entry.values}
    for place in {(entry.sheet, entry.record_id) for entry in entries} - held.keys():
        if names.row(*place) is None:
            held[place] = values_held(desk, *place)
    return tuple(
        _line(actor, names, entry, held.get((entry.sheet, entry.record_id), {})) for entry in entries
    )


def values_held(desk: Desk, title: str, record: str) -> Mapping[str, Value]:
    """What a row that is gone held when it was last seen whole; empty if nobody knows."""
    entries = desk.store.history(title, record, limit=PAST_READ)
    held: dict[str, Value] = {}
    for entry in reversed(entries):
        held |= entry.values
        if entry.kind is EntryKind.UPDATE and in_effect(entry):
            held[entry.column] = entry.after
    return held


def _line(actor: Actor, names: RecordNames, entry: Entry, held: Mapping[str, Value]) -> Line:
    worksheet = names.worksheet_of(entry.sheet)
    may = in_effect(entry) and actor.may_edit(worksheet)
    return Line(entry, worksheet, names.name(entry.sheet, entry.record_id, held), may)


def people(desk: Desk) -> tuple[str, ...]:
    """Names to filter by: everybody on the Staff worksheet, and whoever made the latest entries."""
    listed = desk.board().table("staff")["name"].dropna()
    latest = (entry.actor for entry in desk.store.history(limit=PEOPLE_READ))
    return tuple(dict.fromkeys([*map(str, listed), *sorted(filter(None, latest))]))


def past(desk: Desk, actor: Actor, title: str, record: str) -> RecordPast:
    """What happened to one record of the sheet with this title."""
    names = RecordNames(desk.board())
    entries = desk.store.history(title, record, limit=PAST_READ)
    return RecordPast(
        title=title,
        record=record,
        presence=names.state(title, record).presence,
        steps=tuple(group_steps(entries)),
        is_cut=len(entries) == PAST_READ,
        may_edit=actor.may_edit(names.worksheet_of(title)),
    )


def title_of(desk: Desk, worksheet: str) -> str | None:
    """The title of the sheet that holds a worksheet; None if there is none."""
    binding = desk.board().book.bindings.get(worksheet)
    return binding.sheet if binding else None


def put_entry_back(desk: Desk, actor: Actor, operation_id: str, entry: Entry) -> Outcome:
    """Take one entry back, unless the cell has changed since: that is a conflict, and nothing is written."""
    names = RecordNames(desk.board())
    change = put_back(entry)
    if isinstance(change, InsertRow):
        change = fitting(names, change)
    return _send(desk, actor, operation_id, names.worksheet_of(entry.sheet), (change,))


def bring_back(desk: Desk, actor: Actor, operation_id: str, title: str, record: str) -> Outcome:
    """Restore an archived record; write a removed one anew, under its old id, as it was."""
    names = RecordNames(desk.board())
    change: Change
    if names.state(title, record).presence is Presence.ARCHIVED:
        change = RestoreRow(title, record)
    else:
        change = fitting(names, InsertRow(title, record, values_held(desk, title, record)))
    return _send(desk, actor, operation_id, names.worksheet_of(title), (change,))


def _send(
    desk: Desk, actor: Actor, operation_id: str, worksheet: str, changes: tuple[Change, ...]
) -> Outcome:
    record = changes[0].record_id if changes else None
    return Outcome(desk.send(actor, operation_id, changes, needed_for(worksheet)), record_id=record)


def fitting(names: RecordNames, change: InsertRow) -> InsertRow:
    """A row to insert, with those of its columns that the sheet still has."""
    sheet = names.sheet(change.sheet)
    values = {name: value for name, value in change.values.items() if sheet and name in sheet.header}
    return InsertRow(change.sheet, change.record_id, values)


def preview_at(desk: Desk, title: str, record: str, at: datetime) -> Preview:
    """What it takes to make the record what it was at the aware instant ``at``."""
    return _preview(desk, title, record, since(_entries(desk, title, record=record), at))


def preview_before(desk: Desk, title: str, record: str, seq: int) -> Preview:
    """What it takes to make the record what it was before the entry ``seq``."""
    entries = _entries(desk, title, record=record)
    undone = []
    for entry in entries:
        if entry.seq < seq:
            break
        undone.append(entry)
    return _preview(desk, title, record, undone)


def _preview(desk: Desk, title: str, record: str, undone: Iterator[Entry] | Sequence[Entry]) -> Preview:
    names = RecordNames(desk.board())
    undone = list(undone)
    now = names.state(title, record)
    if now.presence is Presence.ARCHIVED:
        now = RecordState(now.presence, values_held(desk, title, record))
    then = state_before(undone, now)
    sheet = names.sheet(title)
    header = sheet.header if sheet is not None else ()
    known = RecordState(then.presence, {name: held for name, held in then.values.items() if name in header})
    changes = changes_back(title, record, now, known)
    lost = {n: held for n, held in then.values.items() if n not in header and held is not None}
    return Preview(title, record, now.presence, then.presence, tuple(_cells(changes)), changes, lost)


def _cells(changes: Sequence[Change]) -> Iterator[tuple[str, Value, Value]]:
    for change in changes:
        if isinstance(change, UpdateCell):
            yield change.column, change.seen, change.new
        elif isinstance(change, InsertRow):
            yield from ((name, None, value) for name, value in change.values.items())


def put_record_back(desk: Desk, actor: Actor, operation_id: str, preview: Preview) -> Outcome:
    """Make the changes that were previewed; cells changed since stay and come back as conflicts."""
    worksheet = RecordNames(desk.board()).worksheet_of(preview.title)
    return _send(desk, actor, operation_id, worksheet, preview.changes)


def gone_records(desk: Desk, title: str) -> tuple[GoneRecord, ...]:
    """Records of a sheet that were archived or whose rows people removed, the latest first."""
    names = RecordNames(desk.board())
    sheet = names.sheet(title)
    archived = [str(record) for record in reversed(sheet.deleted_ids)] if sheet is not None else []
    latest = desk.store.history(title, limit=GONE_READ)
    taken = {
        entry.record_id: entry
        for entry in reversed(latest)
        if entry.kind in (EntryKind.REMOVE, EntryKind.ARCHIVE) and in_effect(entry)
    }
    gone = [r for r in reversed(taken) if names.row(title, r) is None]
    gone += [record for record in archived if record not in taken]
    return tuple(_gone(desk, names, title, record, taken.get(record)) for record in gone[:GONE_SHOWN])


def _gone(desk: Desk, names: RecordNames, title: str, record: str, last: Entry | None) -> GoneRecord:
    name = names.name(title, record, values_held(desk, title, record))
    return GoneRecord(record, name, names.state(title, record).presence, last)


def first_break(desk: Desk) -> int | None:
    """The number of the first entry that was altered or is missing; None if the history is whole."""
    return desk.store.check_history()


def newest_seq(desk: Desk) -> int:
    """The number of the latest entry; 0 before there is any."""
    latest = desk.store.history(limit=1)
    return latest[0].seq if latest else 0
