"""The lines of ``_history``: what was done to one row of a worksheet, and what the server saw there.

A line's cells: its transaction's number, the line as JSON, texts too long for that, then evidence that the
server itself copied in the same batch, right before the write: the content of each cell written, the whole
row, and (once for each worksheet and transaction) the header row. Whoever reads a line can tell from it
alone whether the write hit the row and the column it meant (evidence.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from lib.store.contract import (
    DELETED_HEADER,
    ID_HEADER,
    CellError,
    Entry,
    EntryKind,
    Origin,
    StoreError,
    Value,
)
from lib.store.google.calls import Rows

HISTORY_SHEET = "_history"
FORMAT = 1
FIXED_CELLS = 2
LONG_TEXT = 200
LONGEST_LINE = 45_000  # a cell of Google Sheets holds 50,000 characters
DIGEST_CHARACTERS = 16
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
ACQUITTED = -1  # what a repair line mends had done what it should after all


class Kind(StrEnum):
    UPDATE = "update"
    INSERT = "insert"
    ARCHIVE = "archive"
    RESTORE = "restore"
    REMOVE = "remove"  # seen only: a person deleted a row
    IDENTIFY = "id"  # a row without an id, or with a copied one, gets its own
    HEADER = "header"  # a column for bookkeeping
    REPAIR = "repair"  # what a write that went astray had covered is put back
    FENCE = "fence"  # nothing but a number, so that no earlier attempt can come through any more


_TOLD = {Kind.UPDATE, Kind.INSERT, Kind.ARCHIVE, Kind.RESTORE, Kind.REMOVE}


@dataclass(slots=True)
class Target:
    """One cell written: where, under which header text, what was there as far as known, and what is now."""

    column: int  # 0-based; -1 where nothing was written
    header: str
    before: Value
    after: Value


@dataclass(slots=True)
class Line:
    """``place`` is the row in ``_history``; ``row`` the 1-based row aimed at, 0 for people's direct edits."""

    kind: Kind
    operation_id: str = ""
    actor: str = ""
    at: datetime | None = None
    title: str = ""
    sheet_id: int = 0
    record_id: str = ""
    row: int = 0
    width: int = 0  # columns of the row that were copied
    header_width: int = (
        0  # columns of the header row that were copied; 0: another line of this number has them
    )
    header_up: int = 0  # how many lines above that one is
    header_row: int = 0
    id_column: int = -1
    deleted_column: int = -1
    cells: tuple[Target, ...] = ()
    mends: int = 0  # the place of the line that this one puts right
    again: int = 0  # of a repair: look again, for more than so many rows; 0: that was all; or ACQUITTED
    fingerprint: str = ""  # of the row's content as it was read, where an id cannot tell
    number: int = 0
    place: int = 0
    digest: str = ""
    texts: tuple[str, ...] = field(default=(), repr=False)  # those too long for the JSON
    sources: tuple[tuple[int, int] | None, ...] = field(default=(), repr=False, compare=False)
    # of a repair about to be sent: for each cell the place and history column of what to put back

    @property
    def contents(self) -> int:
        """How many cells' contents were copied: none of new rows and columns."""
        return 0 if self.kind in (Kind.INSERT, Kind.HEADER) or not self.width else len(self.cells)

    @property
    def content_at(self) -> int:
        """The history column with the content of the first cell written; the others' follow."""
        return FIXED_CELLS + len(self.texts)

    @property
    def image_at(self) -> int:
        return self.content_at + self.contents

    @property
    def header_at(self) -> int:
        return self.image_at + self.width

    @property
    def end(self) -> int:
        """How many columns the line takes."""
        return self.header_at + self.header_width


def placed(lines: Iterable[Line], number: int, place: int, digest: str) -> list[Line]:
    """The lines of one transaction in their places, chained to ``digest``."""
    chained = []
    for offset, line in enumerate(lines):
        texts = tuple(_long_texts(line))
        digest = _digest(digest, number, line, texts)
        chained.append(replace(line, number=number, place=place + offset, digest=digest, texts=texts))
    return chained


def line_cells(line: Line) -> list[Value]:
    """What the app writes into ``_history``; the evidence follows behind. StoreError if it is too long."""
    text = _json([*_words(line), line.digest])
    if len(text) > LONGEST_LINE:
        raise StoreError(
            f"{len(line.cells)} cells of one row are too many for one change.",
            "too_many_cells",
            cells=len(line.cells),
        )
    return [line.number, text, *line.texts]


def parse_lines(rows: Rows, first_place: int) -> list[Line]:
    """Lines of ``_history`` from ``first_place`` on; what is no line is left out."""
    parsed = (_parse(row, first_place + offset) for offset, row in enumerate(rows))
    return [line for line in parsed if line]


def first_broken(lines: Sequence[Line], digest: str = "") -> Line | None:
    """The first line that was altered, or before which one is missing; ``digest`` is the one before them."""
    for line in lines:
        digest = _digest(digest, line.number, line, line.texts)
        if line.digest != digest:
            return line
    return None


def entries(line: Line) -> tuple[Entry, ...]:
    """The line in the contract's words, without ``seq``; nothing for the protocol's own."""
    if line.kind not in _TOLD or line.at is None:
        return ()
    kind = EntryKind(line.kind.value)
    if kind is EntryKind.UPDATE:
        return tuple(_entry(line, kind, t.header, t.before, t.after) for t in line.cells)
    return (_entry(line, kind),)


def _entry(line: Line, kind: EntryKind, column: str = "", before: Value = None, after: Value = None) -> Entry:
    assert line.at is not None
    people_s = [t for t in line.cells if t.header not in (ID_HEADER, DELETED_HEADER)]
    values = {t.header: t.after if kind is EntryKind.INSERT else t.before for t in people_s}
    return Entry(
        seq=0,
        at=line.at,
        actor=line.actor,
        origin=Origin.APP if line.row else Origin.SPREADSHEET,
        kind=kind,
        sheet=line.title,
        record_id=line.record_id,
        column=column,
        before=before,
        after=after,
        values=values if kind in (EntryKind.INSERT, EntryKind.REMOVE) else {},
        operation_id=line.operation_id,
    )


def seen_line(entry: Entry) -> Line:
    """A direct edit as a line."""
    if entry.kind is EntryKind.UPDATE:
        cells: tuple[Target, ...] = (Target(-1, entry.column, entry.before, entry.after),)
    elif entry.kind is EntryKind.INSERT:
        cells = tuple(Target(-1, name, None, value) for name, value in entry.values.items())
    else:
        cells = tuple(Target(-1, name, value, None) for name, value in entry.values.items())
    kind = Kind(entry.kind.value)
    return Line(kind, entry.operation_id, entry.actor, entry.at, entry.sheet, 0, entry.record_id, cells=cells)


def _digest(before: str, number: int, line: Line, texts: tuple[str, ...]) -> str:
    words = "\x1f".join([before, str(number), _json(_words(line)), *texts])
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:DIGEST_CHARACTERS]


def _json(words: object) -> str:
    return _ENCODER.encode(words)


def _words(line: Line) -> list[object]:
    longs = [0]
    return [
        FORMAT, line.kind.value, line.operation_id, line.actor, line.at.isoformat() if line.at else "",
        line.title, line.sheet_id, line.record_id, line.row, line.width, line.header_width, line.header_up,
        line.header_row, line.id_column, line.deleted_column, line.mends, line.again, line.fingerprint,
        [[t.column, t.header, _word(t.before, longs), _word(t.after, longs)] for t in line.cells],
    ]  # fmt: skip


def _is_long(value: Value) -> bool:
    return isinstance(value, str) and len(value) > LONG_TEXT


def _long_texts(line: Line) -> list[str]:
    values = [value for t in line.cells for value in (t.before, t.after)]
    return [value for value in values if type(value) is str and len(value) > LONG_TEXT]


def _word(value: Value, longs: list[int]) -> object:
    if _is_long(value):
        longs[0] += 1
        return {"x": longs[0] - 1}
    match value:
        case datetime():
            return {"d": value.isoformat()}
        case CellError():
            return {"e": value.code}
    return value


def _parse(row: Sequence[object], place: int) -> Line | None:
    if len(row) < FIXED_CELLS or not isinstance(row[0], (int, float)) or not isinstance(row[1], str):
        return None
    try:
        return _line(json.loads(row[1]), row, int(row[0]), place)
    except (ValueError, TypeError, KeyError, IndexError):
        return None


def _line(words: list[Any], row: Sequence[object], number: int, place: int) -> Line | None:
    if words[0] != FORMAT:
        return None
    cells = tuple(Target(c, str(h), _value(b, row), _value(a, row)) for c, h, b, a in words[18])
    title, sheet_id, record_id, aimed, width, header_width, header_up = words[5:12]
    line = Line(
        kind=Kind(words[1]),
        operation_id=words[2],
        actor=words[3],
        at=datetime.fromisoformat(words[4]) if words[4] else None,
        title=title,
        sheet_id=sheet_id,
        record_id=record_id,
        row=aimed,
        width=width,
        header_width=header_width,
        header_up=header_up,
        header_row=words[12],
        id_column=words[13],
        deleted_column=words[14],
        cells=cells,
        mends=words[15],
        again=words[16],
        fingerprint=words[17],
        number=number,
        place=place,
        digest=words[19],
    )
    return replace(line, texts=tuple(texts)) if (texts := _long_texts(line)) else line


def _value(word: Any, row: Sequence[object]) -> Value:
    match word:
        case {"x": int(index)}:
            return str(row[FIXED_CELLS + index])
        case {"d": str(text)}:
            return datetime.fromisoformat(text)
        case {"e": str(code)}:
            return CellError(code)
        case str() | bool() | int() | float() | None:
            return word
    raise ValueError("not a value")
