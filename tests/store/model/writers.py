"""App processes on the model: they poll, write through the protocol, lose answers, and are killed."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from lib.store.contract import Batch, Change, DeleteRow, InsertRow, RestoreRow, UpdateCell
from lib.store.google.calls import Busy, GuardTaken, ReadRanges, Refused, Trouble, Unknown, WriteBatch
from lib.store.google.known import Head, Known, KnownSheet
from lib.store.google.protocol import mend, read_tail, write
from lib.store.google.tables import read_rows
from tests.store.model.ledger import Ledger, Order
from tests.store.model.spreadsheet import SHEET_ID, TITLE, Spreadsheet

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Talk = Generator[Any, Any, Any]
Protocol = Callable[[Sequence[Batch], Known, bool], Talk]


@dataclass(frozen=True, slots=True)
class Faults:
    """Chances per request."""

    lost_before: float = 0.03  # no answer, and it was never applied
    lost_after: float = 0.03  # no answer, but it was applied
    delayed: float = 0.03  # no answer, and it is applied some time later, or never
    refused_quota: float = 0.02
    killed: float = 0.03
    stale: float = 0.03  # a read that shows an earlier state


NO_FAULTS = Faults(0, 0, 0, 0, 0, 0)


@dataclass(slots=True)
class Counts:
    requests: int = 0
    astray: int = 0
    conflicts: int = 0
    applied: int = 0
    copied_astray: int = 0  # cells that a person copied while they showed a wrong value, and keeps
    moved: int = 0  # values alone in a row, cleared while a person typed, that came back in another blank row


@dataclass(slots=True)
class World:
    book: Spreadsheet
    rng: random.Random
    faults: Faults
    protocol: Protocol
    counts: Counts = field(default_factory=Counts)
    delayed: list[tuple[WriteBatch, Sequence[Batch]]] = field(default_factory=list)
    operations: int = 0

    @property
    def ledger(self) -> Ledger:
        return self.book.ledger

    def late_arrival(self) -> None:
        """A batch that everybody had given up is applied after all."""
        call, batches = self.delayed.pop(self.rng.randrange(len(self.delayed)))
        try:
            self.book.answer(call, batches)
        except (GuardTaken, Refused):
            return


def by_protocol(batches: Sequence[Batch], known: Known, unsure: bool) -> Talk:
    return write(batches, known, unsure=unsure)


@dataclass(slots=True)
class Poll:
    """What one reading of everything showed; ``records`` as people see them on the app's pages."""

    known: Known
    records: dict[str, dict[str, Any]]
    deleted: list[str]
    unnamed: dict[str, tuple[int, Any]]  # records whose id is in no cell: their row's tag, its id cell
    astray: bool


def poll(book: Spreadsheet, head: Head) -> Poll:
    history = book.history.info()
    tail = book.history.read(max(head.row, 2) - 1, history.rows, 0, history.columns)
    found = read_tail(tail, max(head.row, 2), head)
    rows = book.table.read(0, len(book.table.rows), 0, len(book.table.columns))
    simple = _simple_poll(rows)
    known, records, deleted, unnamed = simple or _full_poll(rows)
    known = replace(known, columns=len(book.table.columns))
    header = book.table.header()
    id_at = header.cells.index("_id") if header and "_id" in header.cells else -1
    places = {
        record_id: (
            book.table.rows[row - 1].tag,
            book.table.rows[row - 1].cells[id_at] if id_at >= 0 else None,
        )
        for row, record_id in unnamed
    }
    head = head if found.astray else found.head
    return Poll(Known({TITLE: known}, history, head), records, deleted, places, found.astray)


def _simple_poll(rows: list[list[Any]]) -> Any:
    """The same as ``_full_poll`` where every row has its own id, without arrays."""
    at = next((i for i, row in enumerate(rows) if "_id" in row), None)
    if at is None:
        return None
    names = rows[at]
    id_at, deleted_at = names.index("_id"), names.index("_deleted") if "_deleted" in names else -1
    row_of: dict[str, int] = {}
    records, deleted = {}, []
    last = at + 1
    for number, row in enumerate(rows[at + 1 :], start=at + 2):
        if not any(cell != "" for cell in row):
            continue
        record_id = row[id_at] if id_at < len(row) else ""
        if not record_id or record_id in row_of:
            return None
        row_of[record_id], last = number, number
        if 0 <= deleted_at < len(row) and row[deleted_at]:
            deleted.append(record_id)
        else:
            cells = [cell if cell != "" else None for cell in row]
            cells += [None] * (len(names) - len(cells))
            pairs = zip(names, cells, strict=False)
            records[record_id] = {n: c for n, c in pairs if n and n not in ("_id", "_deleted")}
    return KnownSheet(TITLE, SHEET_ID, at + 1, row_of, last), records, deleted, ()


def _full_poll(rows: list[list[Any]]) -> Any:
    read = read_rows(TITLE, rows)
    unwritten = {record_id for _, record_id in read.to_write}
    row_of = {key: row for key, row in read.row_of.items() if key not in unwritten}
    whole = bool(unwritten) or not read.sheet.has_id_column
    known = KnownSheet(TITLE, SHEET_ID, read.sheet.header_row, row_of, read.last_row, whole=whole)
    columns = [column.tolist() for column in read.sheet.columns]
    records = {
        record_id: {name: column[i] for name, column in zip(read.sheet.header, columns, strict=True) if name}
        for i, record_id in enumerate(read.sheet.ids.tolist())
    }
    return known, records, list(read.sheet.deleted_ids), read.to_write


class Writer:
    """One app process with a user; ``step`` is one moment: at most one request."""

    def __init__(self, world: World, name: str, tasks: int) -> None:
        self.world, self.name, self.tasks = world, name, tasks
        self.head = Head()
        self.seen: Poll | None = None
        self.batches: tuple[Batch, ...] = ()
        self.unsure = False
        self.talk: Talk | None = None
        self.call: Any = None

    @property
    def is_done(self) -> bool:
        return not self.tasks and not self.batches and self.talk is None

    def step(self, faults: Faults) -> None:
        if self.talk is None:
            self._begin()
        else:
            self._exchange(faults)

    # ------------------------------------------------------------ what to do next

    def _begin(self) -> None:
        if self.seen is None or self.world.rng.random() < 0.6:
            self.seen = poll(self.world.book, self.head)
            if not self.batches:
                self.head = self.seen.known.head
            if self.seen.astray and self.world.protocol is by_protocol:
                self._start(mend(self._known()))
                return
        if not self.batches:
            self.tasks -= 1
            self.batches = tuple(self._orders())
        self._start(self.world.protocol(self.batches, self._known(), self.unsure))

    def _known(self) -> Known:
        assert self.seen is not None
        return Known(self.seen.known.sheets, self.seen.known.history, self.head)

    def _start(self, talk: Talk) -> None:
        self.talk = talk
        self._advance(lambda: next(talk))

    def _advance(self, move: Callable[[], Any]) -> None:
        try:
            self.call = move()
        except StopIteration as end:
            self.talk = None
            self._finish(end.value)
        except Trouble as trouble:
            self.talk = None
            self.unsure = self.unsure or isinstance(trouble, Unknown)

    def _finish(self, outcome: Any) -> None:
        self.world.counts.astray += outcome.astray
        if outcome.fates:
            for fate in outcome.fates:
                self._tell(fate.operation_id, fate.applied, fate.conflicts)
            self.batches, self.unsure = (), False
        if not self.batches:
            self.head = outcome.head

    def _tell(self, operation_id: str, applied: Sequence[Change], conflicts: Sequence[Any]) -> None:
        self.world.counts.applied += len(applied)
        self.world.counts.conflicts += len(conflicts)
        clashing = [conflict.change for conflict in conflicts]
        for order in self.world.ledger.orders.get(operation_id, ()):
            order.verdict = "conflict" if order.change in clashing else "applied"

    # ------------------------------------------------------------ requests

    def _exchange(self, faults: Faults) -> None:
        assert self.talk is not None
        talk, call, world = self.talk, self.call, self.world
        world.counts.requests += 1
        chance = world.rng.random()
        if chance < faults.killed:
            self._die(applied=world.rng.random() < 0.5)
            return
        chance -= faults.killed
        if chance < faults.refused_quota:
            self._advance(lambda: talk.throw(Busy()))
        elif isinstance(call, WriteBatch):
            self._write(talk, call, chance - faults.refused_quota, faults)
        elif chance - faults.refused_quota < faults.stale and isinstance(call, ReadRanges):
            self._read_stale(talk, call)
        else:
            self._answer(talk, call)

    def _write(self, talk: Talk, call: WriteBatch, chance: float, faults: Faults) -> None:
        if chance < faults.lost_before:
            self._advance(lambda: talk.throw(Unknown()))
        elif chance < faults.lost_before + faults.delayed:
            self.world.delayed.append((call, self.batches))
            self._advance(lambda: talk.throw(Unknown()))
        elif chance < faults.lost_before + faults.delayed + faults.lost_after:
            self._apply(call)
            self._advance(lambda: talk.throw(Unknown()))
        else:
            self._answer(talk, call)

    def _answer(self, talk: Talk, call: Any) -> None:
        try:
            answer = self.world.book.answer(call, self.batches)
        except Trouble as trouble:
            error = trouble
            self._advance(lambda: talk.throw(error))
            return
        self._advance(lambda: talk.send(answer))

    def _read_stale(self, talk: Talk, call: ReadRanges) -> None:
        answer = self.world.book.answer_old(call)
        self._advance(lambda: talk.send(answer) if answer else talk.throw(Refused()))

    def _apply(self, call: WriteBatch) -> None:
        try:
            self.world.book.answer(call, self.batches)
        except (GuardTaken, Refused):
            return

    def _die(self, applied: bool) -> None:
        """kill -9 before or after the request; the journal knows the batches and the head of their start."""
        assert self.talk is not None
        if applied and isinstance(self.call, WriteBatch):
            self._apply(self.call)
        self.talk.close()
        self.talk, self.seen = None, None
        self.unsure = bool(self.batches)

    # ------------------------------------------------------------ what the user asks for

    def _orders(self) -> Iterator[Batch]:
        rng = self.world.rng
        for _ in range(2 if rng.random() < 0.15 else 1):
            self.world.operations += 1
            number = self.world.operations
            changes = self._changes(f"w{number}")
            batch = Batch(f"o{number}", self.name, START + timedelta(seconds=number), tuple(changes))
            self.world.ledger.orders[batch.operation_id] = [self._order(change) for change in changes]
            yield batch

    def _order(self, change: Change) -> Order:
        """Where the row has no id of its own yet, the id that it shows instead is not in its cell."""
        assert self.seen is not None
        place = self.seen.unnamed.get(change.record_id)
        return Order(change, *place) if place else Order(change)

    def _changes(self, word: str) -> list[Change]:
        assert self.seen is not None
        rng, seen = self.world.rng, self.seen
        chance, records = rng.random(), list(seen.records)
        if not records or chance < 0.15:
            return [InsertRow(TITLE, f"id{word}", {name: f"{word}{name}" for name in self._names(2)})]
        record_id = rng.choice(records)
        if chance < 0.22:
            return [DeleteRow(TITLE, record_id)]
        if chance < 0.28 and seen.deleted:
            return [RestoreRow(TITLE, rng.choice(seen.deleted))]
        if chance < 0.31:
            return []
        picked = [record_id] + ([rng.choice(records)] if chance > 0.9 else [])
        return [self._update(record, name, word) for record in dict.fromkeys(picked)
                for name in self._names(2 if chance > 0.8 else 1)]  # fmt: skip

    def _update(self, record_id: str, name: str, word: str) -> UpdateCell:
        assert self.seen is not None
        new = None if self.world.rng.random() < 0.08 else f"{word}{record_id[-3:]}{name}"
        return UpdateCell(TITLE, record_id, name, self.seen.records[record_id].get(name), new)

    def _names(self, count: int) -> list[str]:
        assert self.seen is not None
        header = next(iter(self.seen.records.values()), None) or dict.fromkeys(self._header())
        names = [name for name in header if name]
        return self.world.rng.sample(names, min(count, len(names)))

    def _header(self) -> list[str]:
        header = self.world.book.table.header()
        cells = header.cells if header else ["a"]
        return [str(name) for name in cells if name and name not in ("_id", "_deleted")]
