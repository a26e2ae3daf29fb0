"""What people call a record: for any row of any sheet, there or gone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from lib.desk.board import Board
from lib.records.schema import Column, Worksheet
from lib.service.record_history import Presence, RecordState
from lib.store.contract import Sheet, Value

LONGEST = 40
DATED = ("date", "datetime")
WORDED = ("text", "long_text", "hours")


class RecordNames:
    """Names and cells of the records on one board, by the title that the spreadsheet gives a sheet."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._keys = {binding.sheet: key for key, binding in board.book.bindings.items()}
        self._rows: dict[str, dict[str, int]] = {}

    def worksheet_of(self, title: str) -> str:
        """The worksheet's key; empty for a sheet of people's own."""
        return self._keys.get(title, "")

    def describe(self, title: str) -> Worksheet | None:
        """The description of a worksheet; None for a sheet of people's own."""
        return self._board.schema.worksheets.get(self.worksheet_of(title))

    def column(self, title: str, header: str) -> Column | None:
        """The description of a column; None for people's own."""
        worksheet = self.describe(title)
        headers = self._board.book.bindings[worksheet.key].headers if worksheet else {}
        key = next((key for key, text in headers.items() if text == header), None)
        return worksheet.columns[key] if worksheet and key else None

    def sheet(self, title: str) -> Sheet | None:
        return self._board.snapshot.sheets.get(title)

    def state(self, title: str, record: str) -> RecordState:
        """The record as it is now; the cells of an archived row are not known."""
        sheet, row = self.sheet(title), self.row(title, record)
        if sheet is not None and row is not None:
            return RecordState(Presence.PRESENT, _cells(sheet, row))
        archived = sheet is not None and record in sheet.deleted_ids
        return RecordState(Presence.ARCHIVED if archived else Presence.ABSENT, {})

    def row(self, title: str, record: str) -> int | None:
        """The position of the record in its sheet's columns."""
        if title not in self._rows:
            sheet = self.sheet(title)
            ids = sheet.ids.tolist() if sheet is not None else []
            self._rows[title] = dict(zip(ids, range(len(ids)), strict=True))
        return self._rows[title].get(record)

    def name(self, title: str, record: str, held: Mapping[str, Value] | None = None) -> str:
        """Its label, or client, day and words; of a row that is gone, by what it ``held``. Else its id."""
        values = self.state(title, record).values or held or {}
        worksheet = self.describe(title)
        if worksheet is None:
            return _first_text(values) or record
        headers = self._board.book.bindings[worksheet.key].headers
        cells = {key: values.get(header) for key, header in headers.items()}
        return _label(worksheet, cells) or _first_text(values) or record


def _cells(sheet: Sheet, row: int) -> dict[str, Value]:
    """The first of columns with the same header counts, as it does for changes."""
    pairs = list(zip(sheet.header, sheet.columns, strict=True))
    return {header: column.item(row) for header, column in reversed(pairs)}


def _label(worksheet: Worksheet, cells: Mapping[str, Value]) -> str:
    label = cells.get(worksheet.label or "")
    if label is not None:
        return _short(label)
    columns = [column for column in worksheet.columns.values() if cells.get(column.key) is not None]
    parts = [next((_short(cells[c.key]) for c in columns if c.ref and c.ref != "staff"), "")]
    parts.append(next((_short(cells[c.key]) for c in columns if c.type in DATED), ""))
    if not any(parts):
        parts = [next((_short(cells[c.key]) for c in columns if c.type in WORDED), "")]
    return " · ".join(filter(None, parts))


def _first_text(values: Mapping[str, Value]) -> str:
    return next((_short(value) for value in values.values() if isinstance(value, str)), "")


def _short(value: Value) -> str:
    text = f"{value:%Y-%m-%d}" if isinstance(value, datetime) else " ".join(str(value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
