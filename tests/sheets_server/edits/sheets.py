"""Adding, deleting, copying and changing sheets, and the spreadsheet's own properties."""

from __future__ import annotations

import locale as locales
import re
import zoneinfo
from typing import Any

from tests.sheets_server.copying import copied_sheet, give_new_ids
from tests.sheets_server.creation import (
    GRID_SETTINGS,
    SHEET_SETTINGS,
    check_frozen,
    check_grid_size,
    new_sheet,
    take_settings,
)
from tests.sheets_server.errors import invalid
from tests.sheets_server.formula_shift import rename_references
from tests.sheets_server.grid import COLUMNS, ROWS, Sheet
from tests.sheets_server.masks import Tree, branch_of, names_everything, parse_mask, touches
from tests.sheets_server.protection import check_sheet
from tests.sheets_server.rendering import sheet_properties
from tests.sheets_server.spreadsheet import Spreadsheet
from tests.sheets_server.structure import delete_lines

Body = dict[str, Any]
_LOCALE = re.compile(r"^([a-z]{2,3})(_[A-Z]{2})?$")
_LANGUAGES = {re.split(r"[_.@]", name)[0] for name in locales.locale_alias} | {"fil"}


def add_sheet(book: Spreadsheet, request: Body, _user: str) -> Body:
    """Add a sheet, at the end unless an index is given."""
    properties = request.get("properties", {})
    sheet = new_sheet(book, properties)
    index = properties.get("index")
    if index is not None and index > len(book.sheets):
        raise invalid(f"Index: {index} must be less than or equal to number of sheets: {len(book.sheets)}")
    book.add_sheet(sheet, index)
    return {"properties": sheet_properties(book, sheet)}


def delete_sheet(book: Spreadsheet, request: Body, user: str) -> None:
    """Delete a sheet; one visible sheet must stay."""
    sheet = book.tab(request.get("sheetId"))
    check_sheet(book, sheet, user)
    others = [other for other in book.sheets if other is not sheet]
    if not others:
        raise invalid("You can't remove all the sheets in a document.")
    if all(other.hidden for other in others):
        raise invalid("You can't remove all the visible sheets in a document.")
    book.sheets = others
    book.metadata.forget_sheet(sheet)
    book.named_ranges = [n for n in book.named_ranges if n["range"].get("sheetId", 0) != sheet.sheet_id]


def duplicate_sheet(book: Spreadsheet, request: Body, _user: str) -> Body:
    """Copy a sheet within the spreadsheet; metadata is not copied."""
    source = book.tab(request.get("sourceSheetId"))
    title = request.get("newSheetName") or _copy_title(book, source)
    book.check_title(title)
    book.check_room(source.row_count * source.column_count)
    sheet_id = request.get("newSheetId")
    if sheet_id is not None and book.find_sheet(sheet_id) is not None:
        raise invalid(f"Cannot add sheet with ID [{sheet_id}] because a sheet with that ID already exists.")
    twin = copied_sheet(source, book.new_sheet_id() if sheet_id is None else sheet_id, title)
    give_new_ids(book, twin)
    twin.settings.pop("hidden", None)
    index = request.get("insertSheetIndex", 0)
    if index > len(book.sheets):
        raise invalid(f"Index: {index} must be less than or equal to number of sheets: {len(book.sheets)}")
    book.add_sheet(twin, index)
    return {"properties": sheet_properties(book, twin)}


def _copy_title(book: Spreadsheet, source: Sheet) -> str:
    title, number = f"Copy of {source.title}", 2
    while book.find_title(title):
        title, number = f"Copy of {source.title} {number}", number + 1
    return title


def update_sheet_properties(book: Spreadsheet, request: Body, user: str) -> None:
    """Change a sheet's title, place, size, colours ... as the mask says."""
    properties = request.get("properties", {})
    sheet = book.tab(properties.get("sheetId"))
    tree = parse_mask(request.get("fields"))
    check_sheet(book, sheet, user)
    if touches(tree, "title") and ("title" in properties or "*" not in tree):
        _rename(book, sheet, properties.get("title", ""))
    settings = {name: properties.get(name) for name in SHEET_SETTINGS if touches(tree, name)}
    if settings:
        _set_settings(book, sheet, settings, properties)
    if touches(tree, "gridProperties"):
        _set_grid(book, sheet, properties.get("gridProperties", {}), branch_of(tree, "gridProperties"))
    if touches(tree, "index") and "index" in properties:
        _move_sheet(book, sheet, properties["index"])


def _rename(book: Spreadsheet, sheet: Sheet, title: str) -> None:
    book.check_title(title, besides=sheet)
    rename_references(book, sheet.title, title)
    sheet.title = title


def _set_settings(book: Spreadsheet, sheet: Sheet, settings: Body, given: Body) -> None:
    if settings.get("hidden") and all(other.hidden for other in book.sheets if other is not sheet):
        raise invalid("You can't hide all the sheets in a document.")
    if "tabColorStyle" in settings and "tabColor" in settings and "tabColorStyle" not in given:
        settings.pop("tabColorStyle")
        sheet.settings.pop("tabColorStyle", None)
    take_settings(sheet, settings)


def _set_grid(book: Spreadsheet, sheet: Sheet, grid: Body, tree: Tree) -> None:
    everything = names_everything(tree)
    wanted = {
        "rowCount": grid.get("rowCount", sheet.row_count if everything else 0),
        "columnCount": grid.get("columnCount", sheet.column_count if everything else 0),
    }
    rows = wanted["rowCount"] if everything or "rowCount" in tree else sheet.row_count
    columns = wanted["columnCount"] if everything or "columnCount" in tree else sheet.column_count
    check_grid_size(rows, columns)
    book.check_room(rows * columns - sheet.row_count * sheet.column_count)
    for name in GRID_SETTINGS:
        if everything or name in tree:
            sheet.grid_settings.pop(name, None)
            if grid.get(name):
                sheet.grid_settings[name] = grid[name]
    resize(book, sheet, ROWS, rows)
    resize(book, sheet, COLUMNS, columns)
    check_frozen(sheet)


def resize(book: Spreadsheet, sheet: Sheet, dimension: str, count: int) -> None:
    """Grow at the end, or delete the last lines."""
    present = sheet.line_count(dimension)
    if count < present:
        delete_lines(book, sheet, dimension, count, present)
    else:
        sheet.resize(dimension, count)


def _move_sheet(book: Spreadsheet, sheet: Sheet, index: int) -> None:
    if index < 0 or index > len(book.sheets):
        raise invalid(f"Index: {index} must be less than or equal to number of sheets: {len(book.sheets)}")
    present = book.sheets.index(sheet)
    if index in (present, present + 1):
        return
    others = [other for other in book.sheets if other is not sheet]
    others.insert(index if index < present else index - 1, sheet)
    book.sheets = others


def update_spreadsheet_properties(book: Spreadsheet, request: Body, _user: str) -> None:
    """Change the title, locale, time zone ... of the spreadsheet."""
    properties, tree = request.get("properties", {}), parse_mask(request.get("fields"))
    for name, change in _BOOK_CHANGES.items():
        if touches(tree, name) and (name in properties or "*" not in tree):
            change(book, properties.get(name))


def _set_title(book: Spreadsheet, title: Any) -> None:
    if not title:
        raise invalid("The spreadsheet title cannot be empty.")
    book.title = title


def _set_locale(book: Spreadsheet, locale: Any) -> None:
    found = _LOCALE.match(locale or "")
    if not found or found[1] not in _LANGUAGES:
        raise invalid(f"Unsupported locale: {locale or ''}")
    book.locale = locale


def _set_time_zone(book: Spreadsheet, name: Any) -> None:
    try:
        zoneinfo.ZoneInfo(name or "")
    except (ValueError, zoneinfo.ZoneInfoNotFoundError, OSError):
        if not re.match(r"^GMT([+-]\d{2}:\d{2})?$", name or ""):
            raise invalid(f"Invalid time zone: {name or ''}") from None
    book.time_zone = name


def _set_recalculation(book: Spreadsheet, interval: Any) -> None:
    book.auto_recalc = interval or "ON_CHANGE"


def _set_iteration(book: Spreadsheet, settings: Any) -> None:
    book.more_properties.pop("iterativeCalculationSettings", None)
    if settings:
        book.more_properties["iterativeCalculationSettings"] = settings


def _set_theme(book: Spreadsheet, theme: Any) -> None:
    if theme:
        book.theme = theme


_BOOK_CHANGES = {
    "title": _set_title,
    "locale": _set_locale,
    "timeZone": _set_time_zone,
    "autoRecalc": _set_recalculation,
    "iterativeCalculationSettings": _set_iteration,
    "spreadsheetTheme": _set_theme,
}
HANDLERS = {
    "addSheet": add_sheet,
    "deleteSheet": delete_sheet,
    "duplicateSheet": duplicate_sheet,
    "updateSheetProperties": update_sheet_properties,
    "updateSpreadsheetProperties": update_spreadsheet_properties,
}
