"""Spreadsheet, Sheet and property resources, as `spreadsheets.get` answers them."""

from __future__ import annotations

from typing import Any

from .a1 import Area
from .grid import Sheet
from .grid_data import grid_data
from .masks import Tree, parse_mask
from .protection import may_edit
from .ranges import Box, Place, reading_box, tidy_grid_range
from .spreadsheet import Spreadsheet

Resource = dict[str, Any]


def mask_wants_grid(fields: str) -> bool:
    """Whether a response mask names cell data; then `includeGridData` is not asked."""
    return _names_data(parse_mask(fields), ("sheets", "data"))


def update_mask_wants_grid(fields: str) -> bool:
    """As above, for the mask of a batchUpdate answer."""
    return _names_data(parse_mask(fields), ("updatedSpreadsheet", "sheets", "data"))


def _names_data(tree: Tree, path: tuple[str, ...]) -> bool:
    for name in path:
        if not tree or "*" in tree:
            return True
        if name not in tree:
            return False
        tree = tree[name]
    return True


def spreadsheet_resource(
    book: Spreadsheet, *, ranges: list[str] | None = None, grid: bool = False, user: str = ""
) -> Resource:
    """The API's Spreadsheet; `ranges` limits it to the sheets that they lie on."""
    boxes = [reading_box(book, text) for text in ranges or []]
    resource: Resource = {
        "spreadsheetId": book.spreadsheet_id,
        "properties": spreadsheet_properties(book),
        "sheets": _sheets(book, boxes, grid, user),
    }
    if book.named_ranges:
        resource["namedRanges"] = [_named_range(named) for named in book.named_ranges]
    resource["spreadsheetUrl"] = book.url
    entries = book.metadata.at_spreadsheet()
    if entries:
        resource["developerMetadata"] = entries
    return resource


def _named_range(named: Resource) -> Resource:
    return {**named, "range": tidy_grid_range(named["range"])}


def spreadsheet_properties(book: Spreadsheet) -> Resource:
    """The API's SpreadsheetProperties."""
    return {
        "title": book.title,
        "locale": book.locale,
        "autoRecalc": book.auto_recalc,
        "timeZone": book.time_zone,
        "defaultFormat": book.default_format,
        **book.more_properties,
        "spreadsheetTheme": book.theme,
    }


def _sheets(book: Spreadsheet, boxes: list[Box], grid: bool, user: str) -> list[Resource]:
    wanted = [s for s in book.sheets if not boxes or any(box.sheet is s for box in boxes)]
    resources = []
    for sheet in wanted:
        own = [box for box in boxes if box.sheet is sheet] or [Place(sheet, Area()).clamped()]
        data = [grid_data(book, box) for box in own] if grid else None
        resources.append(sheet_resource(book, sheet, data, user))
    return resources


def sheet_properties(book: Spreadsheet, sheet: Sheet) -> Resource:
    """The API's SheetProperties."""
    resource: Resource = {
        "sheetId": sheet.sheet_id,
        "title": sheet.title,
        "index": book.sheets.index(sheet),
        "sheetType": sheet.sheet_type,
    }
    if sheet.sheet_type == "GRID":
        counts = {"rowCount": sheet.row_count, "columnCount": sheet.column_count}
        resource["gridProperties"] = {**counts, **sheet.grid_settings}
    order = ("hidden", "tabColor", "rightToLeft", "tabColorStyle")
    return {**resource, **{name: sheet.settings[name] for name in order if name in sheet.settings}}


def sheet_resource(book: Spreadsheet, sheet: Sheet, data: list[Resource] | None, user: str = "") -> Resource:
    """The API's Sheet; `data` is left out when it is None."""
    parts: Resource = {
        "properties": sheet_properties(book, sheet),
        "data": data,
        "merges": [tidy_grid_range(range_) for range_ in sheet.merges],
        "conditionalFormats": tidy_ranges(sheet.conditional_formats),
        "filterViews": tidy_ranges(sheet.filter_views),
        "protectedRanges": [protected_resource(book, item, user) for item in sheet.protected_ranges],
        "basicFilter": tidy_ranges(sheet.basic_filter),
        "charts": sheet.charts,
        "bandedRanges": tidy_ranges(sheet.banded_ranges),
        "developerMetadata": book.metadata.at_sheet(sheet),
        "rowGroups": [_group(group) for group in sheet.row_groups],
        "columnGroups": [_group(group) for group in sheet.column_groups],
        "slicers": sheet.slicers,
        "tables": sheet.tables,
    }
    return {name: value for name, value in parts.items() if value not in (None, [])}


def protected_resource(book: Spreadsheet, protection: Resource, user: str) -> Resource:
    """A ProtectedRange as a given user sees it."""
    resource = tidy_ranges(protection)
    if may_edit(book, protection, user):
        resource["requestingUserCanEdit"] = True
    else:
        resource.pop("editors", None)
    return resource


def tidy_ranges(value: Any) -> Any:
    """The same JSON with each GridRange as it is given back."""
    if isinstance(value, list):
        return [tidy_ranges(item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {}
    for name, item in value.items():
        if name == "range" and isinstance(item, dict) and "dimension" not in item:
            result[name] = tidy_grid_range(item)
        elif name in ("ranges", "unprotectedRanges") and isinstance(item, list):
            result[name] = [tidy_grid_range(range_) for range_ in item]
        else:
            result[name] = tidy_ranges(item)
    return result


def _group(group: Resource) -> Resource:
    span = {name: value for name, value in group["range"].items() if name != "sheetId" or value}
    return {**group, "range": span}
