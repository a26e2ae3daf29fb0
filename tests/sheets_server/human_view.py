"""What a person sees of one worksheet at a moment, and the hands that change it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from .grid import Sheet
from .service import SheetsService

BATCH = "sheets.spreadsheets.batchUpdate"
LOOKS = 20
UNFORMATTED = {"valueRenderOption": ["UNFORMATTED_VALUE"]}


def column_letters(index: int) -> str:
    """0 -> A, 26 -> AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass
class View:
    """One worksheet, its rows read when they are looked at; valid while the service stays locked."""

    service: SheetsService
    spreadsheet_id: str
    title: str
    user: str
    id_header: str
    header_row: int = 0
    _seen: dict[int, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        book = self.service.spreadsheets[self.spreadsheet_id]
        self.sheet: Sheet = next(sheet for sheet in book.sheets if sheet.title == self.title)
        self.end = self.sheet.last_row_with_value()

    @property
    def sheet_id(self) -> int:
        """The worksheet's id."""
        return self.sheet.sheet_id

    @property
    def headers(self) -> list[str]:
        """Texts of the header row."""
        return [str(text) for text in self.row(self.header_row)]

    @property
    def data_rows(self) -> range:
        """Indices of rows below the header, down to the last one with content."""
        return range(self.header_row + 1, self.end)

    def row(self, index: int) -> list[Any]:
        """The values of a row, blanks at its end left out."""
        if index not in self._seen:
            found = self._read(f"{self._quoted}!{index + 1}:{index + 1}") if index < self.end else []
            self._seen[index] = found[0] if found else []
        return self._seen[index]

    def pick_row(self, chance: random.Random) -> int | None:
        """Any data row that holds something; None if none was found in a few looks."""
        for _ in range(LOOKS if self.data_rows else 0):
            index = chance.choice(self.data_rows)
            if any(cell != "" for cell in self.row(index)):
                return index
        return None

    def cell(self, row: int, column: int) -> Any:
        """The value there; blank beyond the content."""
        values = self.row(row)
        return values[column] if column < len(values) else ""

    def record_id(self, row: int) -> str:
        """The id in that row; empty where there is none."""
        headers = self.headers
        return str(self.cell(row, headers.index(self.id_header))) if self.id_header in headers else ""

    def record(self, row: int) -> dict[str, Any]:
        """The row by header."""
        return {name: self.cell(row, at) for at, name in enumerate(self.headers) if name}

    def type_in(self, row: int, column: int, text: Any) -> Any:
        """Type into a cell as a person does; the value that the cell then holds."""
        where = f"{self._quoted}!{column_letters(column)}{row + 1}"
        path = {"spreadsheetId": self.spreadsheet_id, "range": where}
        query = {"valueInputOption": ["USER_ENTERED"]}
        self.service.call("sheets.spreadsheets.values.update", path, query, {"values": [[text]]}, self.user)
        found = self._read(where)
        return found[0][0] if found and found[0] else ""

    def do(self, *requests: dict[str, Any]) -> None:
        """Carry out requests of batchUpdate."""
        path = {"spreadsheetId": self.spreadsheet_id}
        self.service.call(BATCH, path, {}, {"requests": list(requests)}, self.user)

    def lines(self, dimension: str, start: int, end: int) -> dict[str, Any]:
        """A DimensionRange of this worksheet."""
        return {"sheetId": self.sheet_id, "dimension": dimension, "startIndex": start, "endIndex": end}

    def whole_rows(self, start: int, end: int) -> dict[str, Any]:
        """A GridRange over all columns."""
        return {"sheetId": self.sheet_id, "startRowIndex": start, "endRowIndex": end}

    def make_room(self) -> int:
        """The first blank row below the content, added if the grid ends before it."""
        row = max(self.end, self.header_row + 1)
        if row >= self.sheet.row_count:
            self.do({"appendDimension": {"sheetId": self.sheet_id, "dimension": "ROWS", "length": 1}})
        return row

    @property
    def _quoted(self) -> str:
        return "'" + self.title.replace("'", "''") + "'"

    def _read(self, where: str) -> list[list[Any]]:
        path = {"spreadsheetId": self.spreadsheet_id, "range": where}
        got = self.service.call("sheets.spreadsheets.values.get", path, dict(UNFORMATTED), None, self.user)
        rows: list[list[Any]] = got.get("values", [])
        return rows
