"""A spreadsheet in memory that answers the protocol's calls, atomically and in order."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from lib.store.contract import Batch
from lib.store.google.calls import BatchAnswer, Call, GuardTaken, ReadRanges, ReadSheets, Refused, SheetInfo
from tests.store.model.ledger import Ledger

ENDLESS = sys.maxsize - 1
TITLE, SHEET_ID, HISTORY_ID = "T", 7, 1
_RANGE = re.compile(r"(?:'((?:[^']|'')+)'|(\w+))(?:!([A-Z]*)(\d+)(?::([A-Z]*)(\d*))?)?$")


class Row:
    __slots__ = ("cells", "tag")

    def __init__(self, tag: int, cells: list[Any]) -> None:
        self.tag, self.cells = tag, cells


class Formula:
    """A person's formula; what it shows stands for itself."""

    __slots__ = ("shown",)

    def __init__(self, shown: Any) -> None:
        self.shown = shown


def shown(content: Any) -> Any:
    return content.shown if type(content) is Formula else content


def column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


@lru_cache(4096)
def _corners(text: str) -> tuple[str, int, int, int, int]:
    """Title, first and last row, first and last column of a range; all 0-based."""
    match = _RANGE.match(text)
    if match is None:
        raise Refused(f"Unable to parse range: {text}")
    title = match[1] or match[2]
    if match[4] is None:
        return title, 0, ENDLESS, 0, ENDLESS
    first, left = int(match[4]) - 1, column_number(match[3]) if match[3] else 0
    is_cell = match[5] is None and match[6] is None
    last = first if is_cell else int(match[6]) - 1 if match[6] else ENDLESS
    return title, first, last, left, left if is_cell else column_number(match[5]) if match[5] else ENDLESS


class Table:
    """One grid; ``columns`` are tags."""

    def __init__(self, title: str, sheet_id: int, height: int, width: int) -> None:
        self.title, self.sheet_id = title, sheet_id
        self.next_tag = 0
        self.bottom = -1  # where the model knows it: the last row ever written
        self.columns = [self.tag() for _ in range(width)]
        self.rows = [self.new_row() for _ in range(height)]

    def tag(self) -> int:
        self.next_tag += 1
        return self.next_tag

    def new_row(self) -> Row:
        return Row(self.tag(), [None] * len(self.columns))

    def info(self) -> SheetInfo:
        return SheetInfo(self.title, self.sheet_id, len(self.rows), len(self.columns))

    def insert_column(self, index: int) -> int:
        self.columns.insert(index, self.tag())
        for row in self.rows:
            row.cells.insert(index, None)
        return self.columns[index]

    def read(self, first: int, last: int, left: int, right: int) -> list[list[Any]]:
        """Plain values, blanks at the ends left out."""
        last = last if self.bottom < 0 else min(last, self.bottom)
        rows = [_trimmed(row.cells[left : right + 1]) for row in self.rows[first : last + 1]]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    def header(self) -> Row | None:
        for row in self.rows[:20]:
            if "_id" in row.cells:
                return row
        return next((row for row in self.rows if any(cell is not None for cell in row.cells)), None)


def _trimmed(cells: list[Any]) -> list[Any]:
    end = len(cells)
    while end and cells[end - 1] is None:
        end -= 1
    return ["" if cell is None else cell.shown if type(cell) is Formula else cell for cell in cells[:end]]


class Spreadsheet:
    def __init__(self, ledger: Ledger, height: int, width: int) -> None:
        self.ledger = ledger
        self.table = Table(TITLE, SHEET_ID, height, width)
        self.history = Table("_history", HISTORY_ID, 16, 24)
        self.history.bottom = 0
        self.by_title = {TITLE: self.table, "_history": self.history}
        self.by_id = {SHEET_ID: self.table, HISTORY_ID: self.history}
        self.guards: dict[int, str] = {}
        self.header_tag = 0
        self._blank: set[int] = set()
        self._old: dict[str, tuple[int, list[list[Any]]]] = {}  # an earlier state, for stale reads

    def answer(self, call: Call, batches: Sequence[Batch] = ()) -> Any:
        """Raises GuardTaken or Refused."""
        if isinstance(call, ReadRanges):
            return tuple(self.values(text) for text in call.ranges)
        if isinstance(call, ReadSheets):
            return (self.table.info(), self.history.info())
        self._check(call.requests)
        fresh: set[int] = set()
        self._blank.clear()
        for request in call.requests:
            self._apply(request, batches, fresh)
        self.ledger.settle()
        return BatchAnswer(tuple(self.values(text) for text in call.response_ranges))

    def remember(self) -> None:
        """Keep this state for stale reads."""
        self._old = {
            title: (table.bottom, [list(row.cells) for row in table.rows])
            for title, table in self.by_title.items()
        }

    def answer_old(self, call: ReadRanges) -> tuple[list[list[Any]], ...]:
        """What a reader would have seen at the moment of ``remember``."""
        now = {title: table.rows for title, table in self.by_title.items()}
        for title, (_, cells) in self._old.items():
            width = len(self.by_title[title].columns)
            self.by_title[title].rows = [Row(0, row[:width] + [None] * (width - len(row))) for row in cells]
        try:
            return tuple(self.values(text) for text in call.ranges)
        except Refused:
            return ()
        finally:
            for title, rows in now.items():
                self.by_title[title].rows = rows

    def values(self, text: str) -> list[list[Any]]:
        title, first, last, left, right = _corners(text)
        table = self.by_title.get(title)
        if table is None:
            raise Refused(f"Unable to parse range: {text}")
        height, width = len(table.rows), len(table.columns)
        if first >= height or left >= width:
            raise Refused(f"Range ({text}) exceeds grid limits.")
        return table.read(first, last, left, right)

    # ------------------------------------------------------------ writing

    def _check(self, requests: Sequence[Mapping[str, Any]]) -> None:
        """Refuse the whole batch before anything is done."""
        height = {key: len(table.rows) for key, table in self.by_id.items()}
        width = {key: len(table.columns) for key, table in self.by_id.items()}
        for request in requests:
            ((kind, body),) = request.items()
            if kind == "createDeveloperMetadata" and body["developerMetadata"]["metadataId"] in self.guards:
                raise GuardTaken
            if kind == "appendDimension":
                (height if body["dimension"] == "ROWS" else width)[body["sheetId"]] += body["length"]
            elif kind == "insertDimension":
                span = body["range"]
                size = height if span["dimension"] == "ROWS" else width
                _within(span["startIndex"] < size[span["sheetId"]])
                size[span["sheetId"]] += 1
            elif kind == "updateCells":
                start = body["start"]
                right = start["columnIndex"] + max(len(row["values"]) for row in body["rows"])
                _within(start["rowIndex"] + len(body["rows"]) <= height[start["sheetId"]])
                _within(right <= width[start["sheetId"]])
            elif kind == "copyPaste":
                for area in (body["source"], body["destination"]):
                    _within(area["endRowIndex"] <= height[area["sheetId"]])
                    _within(area["endColumnIndex"] <= width[area["sheetId"]])

    def _apply(self, request: Mapping[str, Any], batches: Sequence[Batch], fresh: set[int]) -> None:
        ((kind, body),) = request.items()
        if kind == "createDeveloperMetadata":
            metadata = body["developerMetadata"]
            self.guards[metadata["metadataId"]] = metadata["metadataValue"]
        elif kind == "deleteDeveloperMetadata":
            value = body["dataFilter"]["developerMetadataLookup"]["metadataValue"]
            self.guards = {key: kept for key, kept in self.guards.items() if kept != value}
        elif kind == "appendDimension":
            self._append(self.by_id[body["sheetId"]], body["dimension"], body["length"])
        elif kind == "insertDimension":
            self._insert(body["range"], fresh)
        elif kind == "updateCells":
            self._update(body, batches, fresh)
        elif kind == "copyPaste":
            self.ledger.settle()
            self._copy(body)
        else:
            raise AssertionError(kind)

    def _append(self, table: Table, dimension: str, length: int) -> None:
        for _ in range(length):
            if dimension == "ROWS":
                table.rows.append(table.new_row())
            else:
                table.insert_column(len(table.columns))

    def _insert(self, span: Mapping[str, Any], fresh: set[int]) -> None:
        table = self.by_id[span["sheetId"]]
        if span["dimension"] == "COLUMNS":
            table.insert_column(span["startIndex"])
            return
        row = table.new_row()
        fresh.add(row.tag)
        table.rows.insert(span["startIndex"], row)

    def _update(self, body: Mapping[str, Any], batches: Sequence[Batch], fresh: set[int]) -> None:
        start = body["start"]
        table, left = self.by_id[start["sheetId"]], start["columnIndex"]
        if table is self.history:
            table.bottom = max(table.bottom, start["rowIndex"] + len(body["rows"]) - 1)
        for down, line in enumerate(body["rows"]):
            row = table.rows[start["rowIndex"] + down]
            values = [_entered(cell) for cell in line["values"]]
            if table is self.table:
                self._judge(row, left, values, batches, row.tag in fresh)
            row.cells[left : left + len(values)] = values

    def _judge(self, row: Row, left: int, values: list[Any], batches: Sequence[Batch], is_new: bool) -> None:
        table, header = self.table, next((row for row in self.table.rows if row.tag == self.header_tag), None)
        names = [self.ledger.current.get((self.header_tag, tag)) for tag in table.columns]
        if is_new:
            cells = {names[left + i]: (table.columns[left + i], value) for i, value in enumerate(values)}
            self.ledger.app_row(row, cells, batches)
            return
        id_at = names.index("_id") if "_id" in names else -1
        record_id = row.cells[id_at] if id_at >= 0 else None
        for i, value in enumerate(values):
            column = left + i
            if row is header and _is_bookkeeping(value, row.cells[column]):
                self.ledger.note((row.tag, table.columns[column]), value)
            elif column == id_at and self._may_have_id(row, id_at):
                self.ledger.land((row.tag, table.columns[column]), value, None, None)
            else:
                tag, name = table.columns[column], names[column]
                self.ledger.app_cell((row.tag, tag), name, row.cells[column], value, record_id, batches)

    def _may_have_id(self, row: Row, id_at: int) -> bool:
        """Whether a row needs an id: it has content and none, or one that another has, too."""
        mine = row.cells[id_at]
        if mine is None:
            return any(cell is not None for cell in row.cells) or self.ledger.has_just_changed(row.tag)
        return row.tag in self.ledger.copied

    def _blank_rows(self) -> list[int]:
        """Rows that were blank before this batch put something back, or are now."""
        self._blank |= {r.tag for r in self.table.rows if not any(cell is not None for cell in r.cells)}
        return list(self._blank)

    def _copy(self, body: Mapping[str, Any]) -> None:
        source, target = body["source"], body["destination"]
        row = self.by_id[source["sheetId"]].rows[source["startRowIndex"]]
        copied = row.cells[source["startColumnIndex"] : source["endColumnIndex"]]
        if body["pasteType"] == "PASTE_VALUES":
            copied = [shown(content) for content in copied]
        left = target["startColumnIndex"]
        if target["sheetId"] == SHEET_ID:
            row = self.table.rows[target["startRowIndex"]]
            blank = self._blank_rows()
            for column, content in enumerate(copied, start=left):
                key = row.tag, self.table.columns[column]
                if row.tag == self.header_tag and _is_bookkeeping(content, row.cells[column]):
                    self.ledger.note(key, content)
                else:
                    self.ledger.put_back(key, content, blank)
        self.by_id[target["sheetId"]].rows[target["startRowIndex"]].cells[left : left + len(copied)] = copied


def _is_bookkeeping(value: Any, was: Any) -> bool:
    return {value, was} <= {"_id", "_deleted", None}


def _within(fine: bool) -> None:
    if not fine:
        raise Refused("out of the grid")


def _entered(cell: Mapping[str, Any]) -> Any:
    value = cell.get("userEnteredValue")
    return next(iter(value.values())) if value else None
