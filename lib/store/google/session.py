"""One conversation with the spreadsheet: reading what is needed, and sending one transaction.

A session remembers between its requests how far the history was seen to reach, and whether a batch of
its own may still be under way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lib.store.contract import Batch, InsertRow
from lib.store.google import requests as rq
from lib.store.google.calls import (
    BatchAnswer,
    GuardTaken,
    ReadRanges,
    ReadSheets,
    Refused,
    Rows,
    SheetInfo,
    Talk,
    Trouble,
    Unknown,
)
from lib.store.google.drafting import SheetDraft, with_headers
from lib.store.google.evidence import Evidence, gather, hit, sight_of, sight_of_runs
from lib.store.google.known import Head, Known, KnownSheet
from lib.store.google.lines import HISTORY_SHEET, Line, parse_lines, placed
from lib.store.google.sending import transaction

READS = 6  # attempts at one consistent reading
MOST_RANGES = 20  # rows asked for one by one; beyond that the whole worksheet


@dataclass(slots=True)
class View:
    """What one request showed: the history after the known head, and the worksheets asked for."""

    evidences: list[Evidence]
    sheets: dict[str, SheetDraft]

    def lines(self) -> list[Line]:
        """Those whose write was right."""
        return [evidence.line for evidence in self.evidences if hit(evidence)]


@dataclass(slots=True)
class Session:
    known: Known
    in_flight: float = 0  # a batch with this number (infinite: any) may still be applied
    head: Head = field(init=False)
    history: SheetInfo = field(init=False)
    infos: dict[str, SheetInfo] | None = None  # all worksheets, once they had to be asked for
    whole: set[str] = field(default_factory=set)  # titles that are to be read as a whole
    extra: set[str] = field(default_factory=set)  # titles to be read besides those of the changes
    trouble: Trouble | None = None  # why the last batch was not applied
    whole_rows: dict[str, Rows] = field(default_factory=dict)
    _first_place: int = 2
    _careful: bool = False  # a batch was refused: make room, prune nothing

    def __post_init__(self) -> None:
        self.head, self.history = self.known.head, self.known.history
        self._first_place = max(self.head.row, 2)

    # ------------------------------------------------------------ reading

    def look(self, batches: Sequence[Batch]) -> Talk[View]:
        """Read the history's tail and what the batches need, in one request. Raises Trouble."""
        for _ in range(READS):
            strange = any(title not in self.known.sheets for title in _titles(batches))
            if self.infos is None and (strange or self._careful):
                yield from self.learn_sheets()
            asked = self._questions(batches)
            ranges = [ask for asks in asked.values() for ask in asks.values()]
            tail = rq.rows_from(HISTORY_SHEET, self._first_place, self.history.columns)
            try:
                answer: Sequence[Rows] = yield ReadRanges((tail, *ranges))
            except Refused as trouble:
                self.trouble = trouble
                self.whole |= set(asked)
                yield from self.learn_sheets()
                continue
            evidences = self._history(answer[0])
            if evidences is not None:
                return View(evidences, self._drafts(asked, answer[1:]))
        raise self.trouble or Unknown("The spreadsheet keeps answering with an old state.")

    def learn_sheets(self) -> Talk[None]:
        """Ask for all worksheets. Raises Refused where there is no history any more."""
        found: Sequence[SheetInfo] = yield ReadSheets()
        self.infos = {info.title: info for info in found}
        if HISTORY_SHEET not in self.infos:
            raise Refused(f"The worksheet {HISTORY_SHEET} is missing.")
        self.history = self.infos[HISTORY_SHEET]
        self._first_place = min(self._first_place, self.history.rows)

    def title_of(self, sheet_id: int) -> str | None:
        return next((i.title for i in (self.infos or {}).values() if i.sheet_id == sheet_id), None)

    def _questions(self, batches: Sequence[Batch]) -> dict[str, dict[int, str]]:
        """Ranges by title and row; the row 0 stands for the whole worksheet."""
        rows: dict[str, set[int]] = {title: set() for title in self.extra}
        for batch in batches:
            for change in batch.changes:
                known = self.known.sheets.get(change.sheet)
                row = known.row_of.get(change.record_id, 0) if known else 0
                is_new = isinstance(change, InsertRow)
                if is_new == bool(row) or not known or known.whole:
                    self.whole.add(change.sheet)
                rows.setdefault(change.sheet, set()).add(row)
            if not batch.changes:
                rows |= {title: {0} for title, sheet in self.known.sheets.items() if sheet.whole}
        return {title: self._ranges(title, wanted) for title, wanted in rows.items() if self._exists(title)}

    def _exists(self, title: str) -> bool:
        return title in (self.known.sheets if self.infos is None else self.infos)

    def _ranges(self, title: str, rows: set[int]) -> dict[int, str]:
        known = self.known.sheets.get(title)
        if known is None or known.whole or title in self.whole | self.extra or len(rows) > MOST_RANGES:
            return {0: rq.whole_sheet(title)}
        wanted = sorted({known.header_row, *rows} - {0})
        return {row: rq.whole_row(title, row) for row in wanted}

    def _drafts(
        self, asked: Mapping[str, Mapping[int, str]], answers: Sequence[Rows]
    ) -> dict[str, SheetDraft]:
        rest = iter(answers)
        return {title: self._draft(title, {row: next(rest) for row in asks}) for title, asks in asked.items()}

    def _draft(self, title: str, found: Mapping[int, Rows]) -> SheetDraft:
        known = self.known.sheets.get(title, KnownSheet(title, 0, 1, {}, 1))
        info = (self.infos or {}).get(title) or SheetInfo(title, known.sheet_id, 0, known.columns)
        if 0 in found:
            self.whole_rows[title] = found[0]
            rows = {number: _cells(row) for number, row in enumerate(found[0], start=1)}
            return SheetDraft(title, info.sheet_id, rows, 0, 0, known.date_columns, info.columns)
        rows = {number: _cells(cells[0]) if cells else [] for number, cells in found.items()}
        return SheetDraft(
            title, info.sheet_id, rows, known.last_row, known.header_row, known.date_columns, info.columns
        )

    # ------------------------------------------------------------ history

    def _history(self, rows: Rows) -> list[Evidence] | None:
        """The lines after the known head, or None where this reading cannot be used."""
        start, lines = self.known.head, parse_lines(rows, self._first_place)
        if start.number and not any(
            line.number == start.number and line.digest == start.digest for line in lines
        ):
            self._first_place = 2  # lines were removed, or this is an old state: see all there is
            return None
        last = lines[-1] if lines else None
        head = Head(last.number, last.place, last.digest) if last else Head()
        width, last_place = max((line.end for line in lines), default=0), max(head.row, self.history.rows)
        is_narrow = width > self.history.columns
        self.history = replace(self.history, rows=last_place, columns=max(width, self.history.columns))
        if head.number < self.head.number or is_narrow:
            return None
        self._advance(head)
        new = [line for line in lines if line.number > start.number]
        return gather(new, sight_of(rows, self._first_place))

    def _advance(self, head: Head) -> None:
        self.head = head
        if head.number >= self.in_flight:
            self.in_flight = 0

    # ------------------------------------------------------------ writing

    def send(self, lines: Sequence[Line], sheets: Mapping[str, SheetDraft]) -> Talk[list[Evidence] | None]:
        """Send one transaction; its evidence, or None where it was not (or not surely) applied."""
        headed = with_headers(lines, sheets)
        chained = placed(headed, self.head.number + 1, self.head.row + 1, self.head.digest)
        dates = {title: sheet.date_columns for title, sheet in sheets.items()}
        careful = self._careful
        batch, runs = transaction(chained, self.history, dates, spare=careful, prune=not careful)
        try:
            answer: BatchAnswer = yield batch
        except (GuardTaken, Unknown, Refused) as trouble:
            self._note(trouble, chained)
            return None
        self.in_flight = 0
        self._advance(Head(chained[-1].number, chained[-1].place, chained[-1].digest))
        return gather(chained, sight_of_runs(runs, answer.rows))

    def _note(self, trouble: Trouble, lines: Iterable[Line]) -> None:
        self.trouble = trouble
        if isinstance(trouble, Unknown):
            self.in_flight = max(self.in_flight, self.head.number + 1)
        if isinstance(trouble, Refused):
            self._careful = True
            self.infos = None
            self.whole |= {line.title for line in lines if line.title}

    def unsure(self) -> None:
        """An earlier process may have sent something."""
        self.in_flight = math.inf


def _titles(batches: Sequence[Batch]) -> set[str]:
    return {change.sheet for batch in batches for change in batch.changes}


def _cells(row: Sequence[object]) -> list[object]:
    return [None if raw == "" else raw for raw in row]
