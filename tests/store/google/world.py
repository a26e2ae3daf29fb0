"""A spreadsheet in the emulator, the store over it, and a person who works in the spreadsheet itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from lib.store.contract import CellError, Value
from lib.store.google.access import make_credentials
from lib.store.google.client import SheetsClient
from lib.store.google.requests import cell_data, date_format
from lib.store.google.store import GoogleStore
from tests.sheets_server.connect import service_account
from tests.sheets_server.oauth import DEFAULT_USER
from tests.sheets_server.server import PERSON, SheetsServer

Rows = Sequence[Sequence[Value]]
NO_QUOTA = 1_000_000
WRITES = "sheets.spreadsheets.batchUpdate"
_FIELDS = "userEnteredValue,userEnteredFormat.numberFormat"


def make_client(url: str, user: str = DEFAULT_USER, **options: Any) -> SheetsClient:
    """The app's own client, signed in at the emulator."""
    options = {"requests_a_minute": NO_QUOTA, **options}
    return SheetsClient(make_credentials(service_account(url, user)), address=url, **options)


class Team:
    """A person's spreadsheet with typed cells, and what they do in it. Rows and columns count from 1."""

    def __init__(self, server: SheetsServer, sheets: Mapping[str, Rows]) -> None:
        self.server = server
        self.spreadsheet_id = server.create_spreadsheet("客户回访", {title: [] for title in sheets})
        for title, rows in sheets.items():
            if rows:
                self.fill(title, 1, 1, rows)

    def fill(self, title: str, row: int, column: int, rows: Rows) -> None:
        start = {"sheetId": self.sheet_id(title), "rowIndex": row - 1, "columnIndex": column - 1}
        cells = [{"values": [_cell(value) for value in line]} for line in rows]
        self.do({"updateCells": {"start": start, "rows": cells, "fields": _FIELDS}})

    def remove_row(self, title: str, row: int) -> None:
        span = {"sheetId": self.sheet_id(title), "dimension": "ROWS", "startIndex": row - 1, "endIndex": row}
        self.do({"deleteDimension": {"range": span}})

    def do(self, *requests: dict[str, Any]) -> None:
        path = {"spreadsheetId": self.spreadsheet_id}
        self.server.service.call(WRITES, path, {}, {"requests": list(requests)}, PERSON)

    def sheet_id(self, title: str) -> int:
        sheets = self.server.service.spreadsheets[self.spreadsheet_id].sheets
        return next(sheet.sheet_id for sheet in sheets if sheet.title == title)

    def rows(self, title: str) -> list[list[Any]]:
        return self.server.dump(self.spreadsheet_id)[title]

    def open_store(self, folder: Path, **options: Any) -> GoogleStore:
        """The app over this spreadsheet; ``folder`` is its machine's own."""
        options = {"poll_s": 3_600, "patience_s": 60, **options}
        return GoogleStore(self.spreadsheet_id, make_client(self.server.url), state_folder=folder, **options)


def _cell(value: Value) -> dict[str, Any]:
    if isinstance(value, CellError):
        formula = {"#N/A": "=NA()"}.get(value.code, f"={value.code}")
        return {"userEnteredValue": {"formulaValue": formula}}
    cell = dict(cell_data(value))
    if isinstance(value, datetime):
        cell["userEnteredFormat"] = {"numberFormat": date_format(value)}
    return cell
