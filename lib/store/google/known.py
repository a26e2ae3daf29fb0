"""What a process knows of the spreadsheet between two requests, and what the protocol hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lib.store.contract import Change, Conflict
from lib.store.google.calls import Rows, SheetInfo
from lib.store.google.lines import Line


@dataclass(frozen=True, slots=True)
class Head:
    """The end of ``_history`` as last seen: the number of the last transaction, the row of its last line
    (row 1 is the heading) and that line's digest."""

    number: int = 0
    row: int = 1
    digest: str = ""


@dataclass(frozen=True, slots=True)
class KnownSheet:
    """What the last poll knows of a worksheet. It only saves requests: wrong knowledge does no harm."""

    title: str
    sheet_id: int
    header_row: int  # 1-based
    row_of: Mapping[str, int]  # record id -> 1-based row, archived ones too; only ids that are in their cells
    last_row: int  # the last row with content
    date_columns: frozenset[str] = frozenset()  # header texts
    columns: int = 0  # of the grid, where known: evidence reaches a little beyond the header then
    whole: bool = False  # read all of it: there are rows without an id, repeated ids or no column for ids


@dataclass(frozen=True, slots=True)
class Known:
    sheets: Mapping[str, KnownSheet]  # people's worksheets, by title
    history: SheetInfo  # of ``_history``
    head: Head = Head()


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one batch; every change is in one of the two."""

    operation_id: str
    applied: tuple[Change, ...]
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """``lines`` are all lines after ``known.head`` that count, ours and others'; ``head`` is the new end.
    ``fates`` are aligned to the batches (``write`` only). ``astray`` counts writes that were put right."""

    head: Head
    lines: tuple[Line, ...] = ()
    fates: tuple[Fate, ...] = ()
    astray: int = 0
    sheets: Mapping[str, Rows] = field(default_factory=dict)  # worksheets read as a whole on the way
