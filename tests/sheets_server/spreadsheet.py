"""A spreadsheet: its sheets, names and metadata, and the checkpoints that make a batch atomic."""

from __future__ import annotations

import datetime as dt
import random
import zoneinfo
from collections.abc import Callable
from typing import Any

from . import defaults
from .errors import invalid
from .grid import Sheet, restore, snapshot
from .metadata import MetadataBook

MAX_CELLS = 10_000_000
TOO_MANY_CELLS = (
    "This action would increase the number of cells in the workbook above the limit of 10000000 cells."
)
MAX_ID = 2**31 - 1


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Spreadsheet:
    """One spreadsheet file."""

    def __init__(self, spreadsheet_id: str, title: str, randomness: random.Random) -> None:
        self.spreadsheet_id = spreadsheet_id
        self.title = title
        self.locale = "en_US"
        self.time_zone = "Etc/GMT"
        self.auto_recalc = "ON_CHANGE"
        self.default_format = defaults.DEFAULT_FORMAT
        self.theme = defaults.THEME
        self.more_properties: dict[str, Any] = {}
        self.owner = ""
        self.sheets: list[Sheet] = []
        self.named_ranges: list[dict[str, Any]] = []
        self.metadata = MetadataBook()
        self.randomness = randomness
        self.epoch = 0
        self.revision = 0
        self.clock: Callable[[], dt.datetime] = _utc_now
        self.computed: dict[Any, Any] = {}  # results of formulas, for one revision

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"https://docs.google.com/spreadsheets/d/{self.spreadsheet_id}/edit"

    def local_now(self) -> dt.datetime:
        """The time in the spreadsheet's zone, without the zone."""
        try:
            zone: dt.tzinfo = zoneinfo.ZoneInfo(self.time_zone)
        except (ValueError, zoneinfo.ZoneInfoNotFoundError):
            zone = dt.UTC
        return self.clock().astimezone(zone).replace(tzinfo=None)

    # -- finding ------------------------------------------------------------------------------
    def find_sheet(self, sheet_id: int) -> Sheet | None:
        """The sheet with an id, or None."""
        return next((sheet for sheet in self.sheets if sheet.sheet_id == sheet_id), None)

    def grid(self, sheet_id: int | None) -> Sheet:
        """The sheet with an id; a request that leaves the id out means 0."""
        sheet = self.find_sheet(sheet_id or 0)
        if sheet is None:
            raise invalid(f"No grid with id: {sheet_id or 0}")
        return sheet

    def tab(self, sheet_id: int | None) -> Sheet:
        """As `grid`, for requests that speak of sheets."""
        sheet = self.find_sheet(sheet_id or 0)
        if sheet is None:
            raise invalid(f"No sheet with id: {sheet_id or 0}")
        return sheet

    def find_title(self, title: str) -> Sheet | None:
        """The sheet with a title; letter case counts only when two differ by it alone."""
        exact = next((sheet for sheet in self.sheets if sheet.title == title), None)
        if exact:
            return exact
        return next((sheet for sheet in self.sheets if sheet.title.lower() == title.lower()), None)

    def first_visible(self) -> Sheet:
        """Where a range without a sheet's name points to."""
        return next((sheet for sheet in self.sheets if not sheet.hidden), self.sheets[0])

    # -- ids ----------------------------------------------------------------------------------
    def new_number(self, taken: set[int]) -> int:
        """A random id that is not in use."""
        while True:
            number = self.randomness.randrange(1, MAX_ID)
            if number not in taken:
                return number

    def new_sheet_id(self) -> int:
        """A random id for a sheet."""
        return self.new_number({sheet.sheet_id for sheet in self.sheets})

    def free_title(self) -> str:
        """`Sheet1`, `Sheet2`, ...: the first that is not taken, counted from the number of sheets."""
        number = len(self.sheets) + 1
        while self.find_title(f"Sheet{number}"):
            number += 1
        return f"Sheet{number}"

    # -- limits -------------------------------------------------------------------------------
    def cell_count(self) -> int:
        """Cells in all grids, blank ones included."""
        return sum(sheet.row_count * sheet.column_count for sheet in self.sheets)

    def check_room(self, more: int) -> None:
        """Refuse what would pass ten million cells."""
        if more > 0 and self.cell_count() + more > MAX_CELLS:
            raise invalid(TOO_MANY_CELLS)

    def check_title(self, title: str, besides: Sheet | None = None) -> None:
        """Refuse an empty or a taken name."""
        if not title:
            raise invalid("The sheet name cannot be empty.")
        if len(title) > 100:
            raise invalid("The sheet name cannot be greater than 100 characters.")
        other = self.find_title(title)
        if other is not None and other is not besides:
            raise invalid(f'A sheet with the name "{title}" already exists. Please enter another name.')

    # -- change -------------------------------------------------------------------------------
    def changed(self) -> None:
        """Forget what was computed from the old content."""
        self.revision += 1
        self.computed = {}

    def checkpoint(self) -> dict[str, Any]:
        """What `roll_back` needs; cheap: no cell is copied."""
        self.epoch += 1
        saved_sheets = []
        for sheet in self.sheets:
            saved_sheets.append((sheet, snapshot(sheet)))
            sheet.epoch = self.epoch
        saved = snapshot(self)
        saved["metadata"] = self.metadata.copy()
        del saved["computed"]
        return {"book": saved, "sheets": saved_sheets}

    def roll_back(self, saved: dict[str, Any]) -> None:
        """Back to a checkpoint: same objects, same content."""
        epoch = self.epoch
        restore(self, saved["book"])
        for sheet, state in saved["sheets"]:
            restore(sheet, state)
            sheet.epoch = epoch
        self.epoch = epoch
        self.changed()

    def atomically(self, work: Any) -> Any:
        """Run `work()`; when the API refuses (or anything breaks), leave no trace."""
        saved = self.checkpoint()
        try:
            result = work()
        except Exception:
            self.roll_back(saved)
            raise
        self.changed()
        return result

    def add_sheet(self, sheet: Sheet, index: int | None = None) -> Sheet:
        """Put a sheet among the others, at the end unless told where."""
        sheet.epoch = self.epoch
        at = len(self.sheets) if index is None else min(index, len(self.sheets))
        self.sheets.insert(at, sheet)
        return sheet
