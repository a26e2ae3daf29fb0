"""One interleaving on the Google model, and the judgement of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lib.store.contract import Batch, DeleteRow, RestoreRow, UpdateCell
from lib.store.google.known import Head
from lib.store.google.lines import first_broken, parse_lines
from lib.store.google.protocol import mend, write
from tests.store.model.ledger import Ledger, Order, same
from tests.store.model.person import Person
from tests.store.model.spreadsheet import TITLE, Spreadsheet, shown
from tests.store.model.writers import (
    NO_FAULTS,
    START,
    Counts,
    Faults,
    Protocol,
    World,
    Writer,
    by_protocol,
    poll,
)

MOMENTS = 400  # more than any interleaving needs


@dataclass(slots=True)
class Verdict:
    """What is wrong after everybody has come to rest, in words; empty lists are the aim."""

    lost: list[str] = field(default_factory=list)  # acknowledged, or a person's, and not there
    wrong: list[str] = field(default_factory=list)  # there, where nobody meant it to be
    doubled: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # history or ids
    counts: Counts = field(default_factory=Counts)

    @property
    def is_fine(self) -> bool:
        return not (self.lost or self.wrong or self.doubled or self.broken)


def interleave(seed: int, protocol: Protocol = by_protocol, faults: Faults | None = None) -> Verdict:
    """Writers, a person and mishaps in an order that ``seed`` decides; then rest, mending, judgement."""
    rng = random.Random(seed)
    book = _new_book(rng)
    if faults is None:
        faults = Faults() if rng.random() < 0.6 else NO_FAULTS
    world = World(book, rng, faults, protocol)
    writers = [Writer(world, f"u{i}", rng.randint(1, 2)) for i in range(rng.choice((1, 2, 2, 3)))]
    person = Person(book, rng)
    _run(world, writers, person, acts=rng.randint(1, 6))
    _come_to_rest(world, writers)
    return judge(world)


def _run(world: World, writers: list[Writer], person: Person, acts: int) -> None:
    rng = world.rng
    world.book.remember()
    for _ in range(MOMENTS):
        busy = [writer for writer in writers if not writer.is_done]
        if not busy:
            return
        if acts and rng.random() < 0.3:
            acts -= 1
            person.act()
        elif world.delayed and rng.random() < 0.15:
            world.late_arrival()
        else:
            rng.choice(busy).step(world.faults)
        if world.faults.stale and rng.random() < 0.1:
            world.book.remember()


def _come_to_rest(world: World, writers: list[Writer]) -> None:
    """No more mishaps: everybody finishes, the last late batch arrives, another process mends."""
    late = [] if world.rng.random() < 0.5 else world.delayed
    while late:
        world.late_arrival()
    for writer in writers:
        for _ in range(MOMENTS):
            if writer.is_done:
                break
            writer.step(NO_FAULTS)
        assert writer.is_done, "a writer does not come to an end"
    while world.delayed:
        world.late_arrival()
    if world.protocol is by_protocol:
        _drive(world, mend(poll(world.book, Head()).known), ())
        while (known := poll(world.book, Head()).known).sheets[TITLE].whole and _has_ids(world):
            nothing = (Batch("rest", "", START, ()),)
            _drive(world, write(nothing, known), nothing)


def _has_ids(world: World) -> bool:
    header = world.book.table.header()
    return header is not None and "_id" in header.cells


def _drive(world: World, talk: Any, batches: tuple[Batch, ...]) -> None:
    try:
        call = next(talk)
        while True:
            call = talk.send(world.book.answer(call, batches))
    except StopIteration:
        return


def _new_book(rng: random.Random) -> Spreadsheet:
    names = ["a", "b", "c"]
    header = [*names, "_id", "_deleted"]
    if rng.random() < 0.25:
        header.pop()
        if rng.random() < 0.2:
            header.pop()
    book = Spreadsheet(Ledger(), rng.randint(6, 9), len(header) + rng.randint(2, 3))
    book.header_tag = book.table.rows[0].tag
    rows = [header, *([f"{name}{i}" for name in names] + [f"r{i}"] for i in range(rng.randint(3, 4)))]
    for row, cells in zip(book.table.rows, rows, strict=False):
        for column, value in enumerate(cells[: len(header)]):
            row.cells[column] = value
            book.ledger.note(
                (row.tag, book.table.columns[column]),
                value,
                cells[3] if "_id" in header and len(cells) > 3 else None,
                header[column],
            )
    return book


# ---------------------------------------------------------------- judgement


def judge(world: World) -> Verdict:
    verdict = Verdict(counts=world.counts)
    world.counts.moved = world.ledger.moved
    for problem, kind in _cells(world):
        getattr(verdict, kind).append(problem)
    for operation_id, orders in world.ledger.orders.items():
        for order in orders:
            _judge_order(operation_id, order, world, verdict)
    if world.protocol is by_protocol:
        _judge_bookkeeping(world, verdict)
    return verdict


def _cells(world: World) -> Iterator[tuple[str, str]]:
    """Every cell against what it must hold."""
    table, ledger = world.book.table, world.ledger
    for number, row in enumerate(table.rows, start=1):
        for tag, value in zip(table.columns, row.cells, strict=True):
            due = ledger.current.get((row.tag, tag))
            if same(due, value):
                continue
            if _was_copied(world, (row.tag, tag), value):
                world.counts.copied_astray += 1
                continue
            place = f"row {number} (tag {row.tag}), column tag {tag}"
            yield f"{place}: {shown(value)!r} instead of {shown(due)!r}", "wrong" if due is None else "lost"


def _was_copied(world: World, key: tuple[int, int], value: object) -> bool:
    """Whether a person copied ``value`` there while it was shown by mistake; of two rows without an id,
    which nobody can tell from each other, the copy may have been put right instead."""
    ledger, table = world.ledger, world.book.table
    twin = ledger.twins.get(key, key)
    if twin not in ledger.copied_astray or not same(ledger.copied_astray[twin], value):
        return False
    if twin == key:
        return True
    row = next((row for row in table.rows if row.tag == twin[0]), None)
    return row is not None and same(row.cells[table.columns.index(twin[1])], ledger.current.get(twin))


def _judge_order(operation_id: str, order: Order, world: World, verdict: Verdict) -> None:
    text = f"{operation_id} {order.change} {order.verdict}, landed {order.landed}"
    match order.verdict:
        case "open":
            verdict.broken.append(text)
        case "applied" if not order.landed and not _was_so_anyway(order, world.ledger):
            verdict.lost.append(text)
        case "conflict" if world.ledger.is_there(order, world.book.table.rows):
            verdict.wrong.append(text)
    if world.ledger.rows_of(order, world.book.table.rows) > 1:
        verdict.doubled.append(text)


def _was_so_anyway(order: Order, ledger: Ledger) -> bool:
    match order.change:
        case UpdateCell(record_id=record_id, column=column, seen=seen, new=new):
            return new == seen or new in ledger.held.get((record_id, column), ())
        case DeleteRow() | RestoreRow():
            return True  # somebody else had done it
    return False


def _judge_bookkeeping(world: World, verdict: Verdict) -> None:
    rows = world.book.history.read(1, len(world.book.history.rows), 0, 200)
    lines = parse_lines(rows, 2)
    if len(lines) != len(rows) or first_broken(lines):
        verdict.broken.append("the history is not whole")
    header = world.book.table.header()
    if header is None or "_id" not in header.cells:
        return
    at = header.cells.index("_id")
    ids = [row.cells[at] for row in world.book.table.rows if any(cell is not None for cell in row.cells)]
    if len(set(ids)) != len(ids) or None in ids:
        verdict.broken.append(f"ids are missing or repeated: {ids}")
