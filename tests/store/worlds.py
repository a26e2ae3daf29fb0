"""Every store together with the people who work in its spreadsheet, behind one set of words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import openpyxl
from xlsxwriter import Workbook

from lib.store.contract import CellError, Store, StoreBusy, Value
from lib.store.memory import MemoryStore
from lib.store.workbook import WorkbookStore
from tests.sheets_server.server import SheetsServer
from tests.store.google.world import WRITES, Team

Rows = Sequence[Sequence[Value]]
SETTLE_S = 20


class World(ABC):
    """A store over ``sheets`` and a person beside it. Rows and columns are counted from 1 here."""

    store: Store

    @abstractmethod
    def edit(self, title: str, row: int, column: int, value: Value) -> None:
        """A person types into a cell and saves."""

    @abstractmethod
    def remove_row(self, title: str, row: int) -> None: ...

    @abstractmethod
    def hold(self) -> None:
        """From now on nothing can be written."""

    @abstractmethod
    def release(self) -> None: ...

    def settle(self) -> None:
        assert self.store.settle(SETTLE_S)

    def close(self) -> None:
        self.store.close()


class MemoryWorld(World):
    def __init__(self, sheets: dict[str, Rows], _folder: Path) -> None:
        self.store = self._memory = MemoryStore(sheets)

    def edit(self, title: str, row: int, column: int, value: Value) -> None:
        self._memory.edit_cell(title, row, column - 1, value)

    def remove_row(self, title: str, row: int) -> None:
        self._memory.remove_row(title, row)

    def hold(self) -> None:
        self._memory.hold(StoreBusy("open elsewhere", "held", name="李雷", program="LibreOffice"))

    def release(self) -> None:
        self._memory.release()


class WorkbookWorld(World):
    """The person's program leaves a lock file like LibreOffice's while it holds the workbook."""

    def __init__(self, sheets: dict[str, Rows], folder: Path) -> None:
        self._path = write_plain(folder / "客户.xlsx", sheets)
        self._lock_file = folder / ".~lock.客户.xlsx#"
        self.store = WorkbookStore(self._path)

    def edit(self, title: str, row: int, column: int, value: Value) -> None:
        book = openpyxl.load_workbook(self._path)
        book[title].cell(row, column).value = value
        book.save(self._path)

    def remove_row(self, title: str, row: int) -> None:
        book = openpyxl.load_workbook(self._path)
        book[title].delete_rows(row)
        book.save(self._path)

    def hold(self) -> None:
        self._lock_file.write_text("李雷,li,pc,22.11.2026 10:00,file:///home/li;", encoding="utf-8")

    def release(self) -> None:
        self._lock_file.unlink()


class GoogleWorld(World):
    """Genuine requests to an emulator of Google Sheets; held, it takes no writes."""

    def __init__(self, sheets: dict[str, Rows], folder: Path) -> None:
        self._server = SheetsServer()
        self._server.__enter__()
        self._team = Team(self._server, sheets)
        self.store = self._google = self._team.open_store(folder)

    def edit(self, title: str, row: int, column: int, value: Value) -> None:
        self._team.fill(title, row, column, [[value]])
        self._google.refresh()

    def remove_row(self, title: str, row: int) -> None:
        self._team.remove_row(title, row)
        self._google.refresh()

    def hold(self) -> None:
        self._server.faults.configure(only=WRITES)
        self._server.faults.set_rates({"429": 1.0})

    def release(self) -> None:
        self._server.faults.clear()

    def close(self) -> None:
        super().close()
        self._server.__exit__(None, None, None)


WORLDS = {"memory": MemoryWorld, "workbook": WorkbookWorld, "google": GoogleWorld}


def write_plain(path: Path, sheets: dict[str, Rows]) -> Path:
    """A workbook as XlsxWriter makes it, without any bookkeeping but what ``sheets`` hold."""
    with Workbook(path, {"strings_to_formulas": False, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, CellError):
                        sheet.write_formula(number, column, "=NA()", None, value.code)
                    elif value is not None:
                        sheet.write(number, column, value)
    return path
