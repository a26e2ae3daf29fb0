"""What the protocol asks of a spreadsheet, and what it may hear back.

The protocol's generators yield calls and are sent the answers:

    ReadRanges -> tuple[Rows, ...]        one for each range
    ReadSheets -> tuple[SheetInfo, ...]   all worksheets
    WriteBatch -> BatchAnswer

or have one of the exceptions below thrown into them. Whoever drives a generator does nothing else:
it repeats a read that failed if it likes, but never a write.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

Rows = Sequence[Sequence[object]]  # ragged: trailing blanks are left out, inner blanks are "" or None
Request = Mapping[str, Any]  # one request of spreadsheets.batchUpdate, as JSON


@dataclass(frozen=True, slots=True)
class ReadRanges:
    """One ``values:batchGet`` with UNFORMATTED_VALUE and SERIAL_NUMBER, by rows."""

    ranges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadSheets:
    """One ``spreadsheets.get`` of nothing but the worksheets' properties."""


@dataclass(frozen=True, slots=True)
class WriteBatch:
    """One ``spreadsheets.batchUpdate``: atomic, in order, sent once and never repeated by the transport.

    With ``response_ranges`` set: includeSpreadsheetInResponse, responseIncludeGridData and these ranges
    (all on one worksheet), and ``fields`` as the mask of the whole response.
    """

    requests: tuple[Request, ...]
    response_ranges: tuple[str, ...] = ()
    fields: str = ""


@dataclass(frozen=True, slots=True)
class SheetInfo:
    """A worksheet's properties; ``rows`` and ``columns`` are the size of its grid."""

    title: str
    sheet_id: int
    rows: int
    columns: int
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """``rows``: for each response range its plain values as ``tables.plain_rows`` makes them."""

    rows: tuple[Rows, ...] = ()


Call = ReadRanges | ReadSheets | WriteBatch
Result = TypeVar("Result")
Talk = Generator[Call, Any, Result]


class Trouble(Exception):
    """Anything that is thrown into the protocol instead of an answer."""


class GuardTaken(Trouble):
    """400: developer metadata with the guard's id exists. Nothing of the batch was applied."""


class Refused(Trouble):
    """Another 400 (or 404): a range or a position does not exist (any more). Nothing was applied."""


class Unknown(Trouble):
    """Time-out, 5xx, reset, unreadable answer: applied, or not, or to be applied any moment yet."""


class Busy(Trouble):
    """Quota or retries are used up. Nothing was applied; the change waits."""
