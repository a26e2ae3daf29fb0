"""New spreadsheets and new sheets, from the resources that requests describe."""

from __future__ import annotations

import random
from typing import Any

from .errors import invalid
from .grid import COLUMNS, DEFAULT_COLUMNS, DEFAULT_ROWS, ROWS, Sheet
from .spreadsheet import Spreadsheet
from .styles import with_color_twins

SHEET_SETTINGS = ("hidden", "rightToLeft", "tabColor", "tabColorStyle")
GRID_SETTINGS = (
    "frozenRowCount",
    "frozenColumnCount",
    "hideGridlines",
    "rowGroupControlAfter",
    "columnGroupControlAfter",
)


def new_spreadsheet(
    spreadsheet_id: str, title: str, chance: random.Random, resource: dict[str, Any] | None = None
) -> Spreadsheet:
    """A spreadsheet as `create` makes it: the first sheet has the id 0 unless told otherwise."""
    from .edits.cells import write_grid_data

    book = Spreadsheet(spreadsheet_id, title, chance)
    described = resource or {}
    _take_properties(book, described.get("properties", {}))
    for item in described.get("sheets") or [{}]:
        properties = item.get("properties", {})
        if not book.sheets and "sheetId" not in properties:
            properties = {**properties, "sheetId": 0}
        sheet = new_sheet(book, properties)
        book.add_sheet(sheet)
        for data in item.get("data", []):
            write_grid_data(book, sheet, data)
        sheet.merges = [dict(range_) for range_ in item.get("merges", [])]
    for named in described.get("namedRanges", []):
        from .edits.names import add_named_range

        add_named_range(book, {"namedRange": named}, "")
    return book


def _take_properties(book: Spreadsheet, properties: dict[str, Any]) -> None:
    book.locale = properties.get("locale") or book.locale
    book.time_zone = properties.get("timeZone") or book.time_zone
    book.auto_recalc = properties.get("autoRecalc") or book.auto_recalc


def new_sheet(book: Spreadsheet, properties: dict[str, Any]) -> Sheet:
    """A sheet as `addSheet` makes it; it is not yet among the book's sheets."""
    title = properties["title"] if "title" in properties else book.free_title()
    book.check_title(title)
    sheet_id = _checked_id(book, properties.get("sheetId"))
    grid = properties.get("gridProperties", {})
    row_count, column_count = grid.get("rowCount", DEFAULT_ROWS), grid.get("columnCount", DEFAULT_COLUMNS)
    check_grid_size(row_count, column_count)
    book.check_room(row_count * column_count)
    sheet = Sheet(sheet_id, title, row_count, column_count)
    take_settings(sheet, {name: properties[name] for name in SHEET_SETTINGS if name in properties})
    sheet.grid_settings = {name: grid[name] for name in GRID_SETTINGS if grid.get(name)}
    check_frozen(sheet)
    return sheet


def take_settings(sheet: Sheet, settings: dict[str, Any]) -> None:
    """Store what is set, and drop what equals the default."""
    merged = with_color_twins({**sheet.settings, **settings}, settings)
    sheet.settings = {name: value for name, value in merged.items() if value not in (None, False)}


def check_grid_size(row_count: int, column_count: int) -> None:
    """A grid has at least one row and one column."""
    if row_count <= 0:
        raise invalid("gridProperties.rowCount must be > 0.")
    if column_count <= 0:
        raise invalid("gridProperties.columnCount must be > 0.")


def check_frozen(sheet: Sheet) -> None:
    """At least one row and one column must stay unfrozen."""
    if sheet.grid_settings.get("frozenRowCount", 0) >= sheet.line_count(ROWS):
        raise invalid("You can't freeze all visible rows on the sheet.")
    if sheet.grid_settings.get("frozenColumnCount", 0) >= sheet.line_count(COLUMNS):
        raise invalid("You can't freeze all visible columns on the sheet.")


def _checked_id(book: Spreadsheet, wanted: int | None) -> int:
    if wanted is None:
        return book.new_sheet_id()
    if wanted < 0:
        raise invalid("Sheet ID must be non-negative.")
    if book.find_sheet(wanted) is not None:
        raise invalid(f"Cannot add sheet with ID [{wanted}] because a sheet with that ID already exists.")
    return wanted
