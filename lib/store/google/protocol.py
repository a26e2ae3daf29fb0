"""How a change gets into a spreadsheet that others write at the same time, without losing anything.

Each transaction carries a guard (only one app writer can be the next) and takes evidence of what it
covers. Before anything is written, what went astray earlier is put right, whoever wrote it. See
docs in calls.py for who drives these generators.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lib.store.contract import Batch, Change, Conflict, Entry, EntryKind
from lib.store.google.calls import (
    BatchAnswer,
    Busy,
    GuardTaken,
    ReadRanges,
    ReadSheets,
    Refused,
    Rows,
    SheetInfo,
    Talk,
    Trouble,
    Unknown,
    WriteBatch,
)
from lib.store.google.drafting import Draft, PartTooSmall, done, draft
from lib.store.google.evidence import Evidence, gather, hit, sight_of, unmended
from lib.store.google.known import Fate, Head, Known, KnownSheet, Outcome
from lib.store.google.lines import HISTORY_SHEET, Kind, Line, parse_lines, seen_line
from lib.store.google.mending import repairs
from lib.store.google.session import Session, View

__all__ = [
    "HISTORY_SHEET", "BatchAnswer", "Busy", "Fate", "GuardTaken", "Head", "Known", "KnownSheet", "Line",
    "Outcome", "ReadRanges", "ReadSheets", "Refused", "SheetInfo", "Tail", "Unknown", "WriteBatch",
    "mend", "observe", "read_tail", "write",
]  # fmt: skip

ROUNDS = 16  # attempts of one call; beyond that the spreadsheet is busy


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of the history as a poll sees it. ``astray``: call ``mend`` before believing the worksheets
    that came with it; ``head`` must not be taken as known before that."""

    head: Head
    lines: tuple[Line, ...]
    astray: bool


def read_tail(rows: Rows, first_place: int, known: Head) -> Tail:
    """Lines after ``known`` among rows of ``_history`` that start at ``first_place`` (the known line's row,
    at most), read in all their columns."""
    lines = parse_lines(rows, first_place)
    evidences = gather([line for line in lines if line.number > known.number], sight_of(rows, first_place))
    head = Head(lines[-1].number, lines[-1].place, lines[-1].digest) if lines else known
    return Tail(head, tuple(e.line for e in evidences if hit(e)), bool(unmended(evidences)))


def write(batches: Sequence[Batch], known: Known, *, unsure: bool = False) -> Talk[Outcome]:
    """Apply ``batches`` in order as one transaction; returns their fates. A batch without changes gives
    rows without an id theirs (some hundreds at once; ``Outcome.sheets`` shows which are left).

    ``known.head`` must not be younger than the first attempt at any of the batches, so that an attempt
    whose outcome is unknown is recognised by its operation id. ``unsure``: an earlier attempt (of a
    process that was killed, say) may still be under way. Raises Busy where it could not be done now,
    Refused where the spreadsheet does not take it, or Unknown where it is not known whether it was done:
    send the same batches again with ``unsure``. StoreError for values that no cell can hold.
    """
    session = Session(known)
    if unsure:
        session.unsure()
    return (yield from _surely(session, _write(session, batches)))


def mend(known: Known) -> Talk[Outcome]:
    """Put right whatever the lines after ``known.head`` show to have gone astray, whoever wrote it.
    Raises Trouble; what is left then is found again by the next one."""
    session = Session(known)
    return (yield from _surely(session, _observe(session, ())))


def observe(entries: Sequence[Entry], known: Known) -> Talk[Outcome]:
    """Append direct edits to the history, but for those that its lines after ``known.head`` contain:
    ``known.head`` is the head that came with the older of the two readings. Raises Trouble."""
    session = Session(known)
    return (yield from _surely(session, _observe(session, entries)))


def _surely(session: Session, talk: Talk[Outcome]) -> Talk[Outcome]:
    """Trouble becomes Unknown wherever a batch may still be under way, and only there."""
    try:
        return (yield from talk)
    except Trouble as trouble:
        if session.in_flight:
            raise Unknown(str(trouble)) from trouble
        if isinstance(trouble, (Unknown, GuardTaken)):
            raise Busy(str(trouble)) from trouble
        raise


def _write(session: Session, batches: Sequence[Batch]) -> Talk[Outcome]:
    astray = 0
    for _ in range(ROUNDS):
        view = yield from session.look(batches)
        if stray := unmended(view.evidences):
            astray += yield from _put_right(session, view, stray)
            continue
        before = view.lines()
        todo = [_remaining(batch, before) for batch in batches]
        try:
            planned = draft(todo, view.sheets)
        except PartTooSmall as part:
            session.whole.add(part.title)
            continue
        lines = planned.lines or _fence(session, batches)
        sent = (yield from session.send(lines, view.sheets)) if lines else []
        if sent is not None and not planned.columns and all(map(hit, sent)):
            fates = tuple(_fates(batches, todo, planned))
            after = tuple(before + [evidence.line for evidence in sent])
            return Outcome(session.head, after, fates, astray, session.whole_rows)
    raise session.trouble or Busy("Too many people change the spreadsheet at this moment.")


def _remaining(batch: Batch, lines: Sequence[Line]) -> Batch:
    left = tuple(change for change in batch.changes if not done(change, batch.operation_id, lines))
    return batch if len(left) == len(batch.changes) else replace(batch, changes=left)


def _fence(session: Session, batches: Sequence[Batch]) -> list[Line]:
    """Nothing needs to be written. But an attempt that is still under way must not come through now."""
    if not session.in_flight:
        return []
    operation_id = batches[0].operation_id if batches else ""
    return [Line(Kind.FENCE, operation_id, at=batches[0].at if batches else None)]


def _fates(batches: Sequence[Batch], todo: Sequence[Batch], planned: Draft) -> Iterable[Fate]:
    """In the order in which the changes were given."""
    for batch, rest, conflicts in zip(batches, todo, planned.conflicts, strict=True):
        left = list(rest.changes)
        clashes = list(conflicts)
        applied: list[Change] = []
        for change in batch.changes:
            clash = _clash(change, clashes) if change in left else None
            if clash:
                clashes.remove(clash)
            else:
                applied.append(change)
        yield Fate(batch.operation_id, tuple(applied), conflicts)


def _clash(change: Change, conflicts: Sequence[Conflict]) -> Conflict | None:
    return next((conflict for conflict in conflicts if conflict.change == change), None)


def _put_right(session: Session, view: View, stray: Sequence[Evidence]) -> Talk[int]:
    """Send repairs, or see first that the worksheets concerned are read; how many were put right."""
    if session.infos is None:
        yield from session.learn_sheets()
    titles = {session.title_of(evidence.line.sheet_id) for evidence in stray} - {None}
    if not all(title in view.sheets and not view.sheets[title].header_row for title in titles if title):
        session.extra |= {title for title in titles if title}
        return 0
    for title, info in (session.infos or {}).items():
        if title in view.sheets:
            view.sheets[title].grid_rows = info.rows
    sheets = {sheet.sheet_id: sheet for sheet in view.sheets.values()}
    at = stray[0].line.at
    assert at is not None
    lines = repairs(stray, sheets, at)
    sent = yield from session.send(lines, view.sheets)
    return sum(bool(line.row) for line in lines) if sent else 0


def _observe(session: Session, entries: Sequence[Entry]) -> Talk[Outcome]:
    astray = 0
    for _ in range(ROUNDS):
        view = yield from session.look(())
        if stray := unmended(view.evidences):
            astray += yield from _put_right(session, view, stray)
            continue
        lines = _unseen(entries, view.lines())
        sent = (yield from session.send(lines, {})) if lines else []
        if sent is not None:
            after = (*view.lines(), *(evidence.line for evidence in sent))
            return Outcome(session.head, after, (), astray, session.whole_rows)
    raise session.trouble or Busy("Too many people change the spreadsheet at this moment.")


def _unseen(entries: Sequence[Entry], lines: Sequence[Line]) -> list[Line]:
    """Lines for the entries that are not in ``lines`` yet."""
    rows = {(line.kind.value, line.title, line.record_id) for line in lines}
    cells = {(line.title, line.record_id, t.header): t.after for line in lines for t in line.cells}
    new = []
    for entry in entries:
        cell = (entry.sheet, entry.record_id, entry.column)
        if entry.kind is not EntryKind.UPDATE:
            known = (entry.kind.value, entry.sheet, entry.record_id) in rows
        else:
            known = cell in cells and cells[cell] == entry.after
            entry = replace(entry, before=cells.get(cell, entry.before))
        if not known:
            new.append(seen_line(entry))
    return new
