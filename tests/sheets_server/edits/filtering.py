"""Basic filters and filter views."""

from __future__ import annotations

from typing import Any

from tests.sheets_server.conditions import holds
from tests.sheets_server.errors import invalid
from tests.sheets_server.evaluation import effective
from tests.sheets_server.formats import show
from tests.sheets_server.grid import ROWS, Sheet
from tests.sheets_server.masks import masked_merge, parse_mask
from tests.sheets_server.ranges import Box, box_of, place_of, tidy_grid_range
from tests.sheets_server.rendering import tidy_ranges
from tests.sheets_server.spreadsheet import Spreadsheet

from .sorting import sort_box

Body = dict[str, Any]


def set_basic_filter(book: Spreadsheet, request: Body, _user: str) -> None:
    """Put a filter on a sheet: sort by it, and hide the rows that it rejects."""
    given = request.get("filter", {})
    sheet, stored = _stored(book, given)
    _show_all(sheet)
    sheet.basic_filter = stored
    data = _data_box(book, stored)
    if stored.get("sortSpecs") and data.height > 0:
        sort_box(book, data, stored["sortSpecs"])
        book.changed()
    _hide_rejected(book, data, stored.get("filterSpecs", []))


def _stored(book: Spreadsheet, given: Body) -> tuple[Sheet, Body]:
    """The filter with a bounded range, and its criteria in both of the API's forms."""
    stored = dict(given)
    if "tableId" in given and "range" not in given:
        stored["range"] = _table_range(book, given["tableId"])
    box = box_of(book, stored.get("range", {}))
    stored["range"] = {"sheetId": box.sheet.sheet_id, **box.grid_range()}
    specs = given.get("filterSpecs")
    if specs is None:
        criteria = given.get("criteria", {})
        specs = [{"columnIndex": int(c), "filterCriteria": item} for c, item in sorted(criteria.items())]
    if specs:
        stored["filterSpecs"] = specs
        stored["criteria"] = {str(s.get("columnIndex", 0)): s.get("filterCriteria", {}) for s in specs}
    return box.sheet, stored


def _table_range(book: Spreadsheet, table_id: str) -> Body:
    for sheet in book.sheets:
        for table in sheet.tables:
            if table["tableId"] == table_id:
                range_: Body = table["range"]
                return range_
    raise invalid(f"No table with id: {table_id}")


def _data_box(book: Spreadsheet, stored: Body) -> Box:
    box = place_of(book, stored["range"]).clamped()
    return box._replace(top=min(box.top + 1, box.bottom))


def _hide_rejected(book: Spreadsheet, box: Box, specs: list[Body]) -> None:
    for row in range(box.top, box.bottom):
        if not all(_passes(book, box.sheet, row, spec) for spec in specs):
            line = box.sheet.line_for_write(ROWS, row)
            line.properties = {**line.properties, "hiddenByFilter": True}


def _passes(book: Spreadsheet, sheet: Sheet, row: int, spec: Body) -> bool:
    column, criteria = spec.get("columnIndex", 0), spec.get("filterCriteria", {})
    result = effective(book, sheet, row, column)
    own = (sheet.cell(row, column).format or {}).get("numberFormat")
    shown = show(result.value, own or result.number_format)
    if shown in criteria.get("hiddenValues", []):
        return False
    condition = criteria.get("condition")
    return condition is None or holds(condition, result.value, shown)


def _show_all(sheet: Sheet) -> None:
    for index, row in enumerate(sheet.rows):
        if row.properties.get("hiddenByFilter"):
            line = sheet.line_for_write(ROWS, index)
            line.properties = {k: v for k, v in line.properties.items() if k != "hiddenByFilter"}


def clear_basic_filter(book: Spreadsheet, request: Body, _user: str) -> None:
    """Take the filter off a sheet; its rows show again."""
    sheet = book.grid(request.get("sheetId"))
    sheet.basic_filter = None
    _show_all(sheet)


# -- views ------------------------------------------------------------------------------------
def _view_ids(book: Spreadsheet) -> set[int]:
    return {view["filterViewId"] for sheet in book.sheets for view in sheet.filter_views}


def add_filter_view(book: Spreadsheet, request: Body, _user: str) -> Body:
    """Add a filter view."""
    given = request.get("filter", {})
    number = given.get("filterViewId")
    if number in _view_ids(book):
        raise invalid(f"Cannot add filter view with ID [{number}] because one with that ID already exists.")
    sheet, stored = _stored(book, given)
    number = number or book.new_number(_view_ids(book))
    stored = {"filterViewId": number, "title": given.get("title") or _free_title(book), **stored}
    sheet.filter_views.append(stored)
    return {"filter": tidy_ranges(stored)}


def _free_title(book: Spreadsheet) -> str:
    return f"Filter {len(_view_ids(book)) + 1}"


def _view(book: Spreadsheet, number: int | None) -> tuple[Sheet, int]:
    for sheet in book.sheets:
        for position, view in enumerate(sheet.filter_views):
            if view["filterViewId"] == number:
                return sheet, position
    raise invalid(f"No filter view with id: {number or 0}")


def update_filter_view(book: Spreadsheet, request: Body, _user: str) -> None:
    """Change a filter view as the mask says."""
    given = request.get("filter", {})
    sheet, position = _view(book, given.get("filterViewId"))
    old = sheet.filter_views[position]
    merged = masked_merge(old, given, parse_mask(request.get("fields")))
    if "criteria" in given and "filterSpecs" not in given:
        merged.pop("filterSpecs", None)
    merged["filterViewId"] = old["filterViewId"]
    sheet.filter_views[position] = _stored(book, merged)[1]


def duplicate_filter_view(book: Spreadsheet, request: Body, _user: str) -> Body:
    """Copy a filter view."""
    sheet, position = _view(book, request.get("filterId"))
    view = sheet.filter_views[position]
    number = book.new_number(_view_ids(book))
    twin = {**view, "filterViewId": number, "title": f"Copy of {view['title']}"}
    sheet.filter_views.append(twin)
    return {"filter": {**twin, "range": tidy_grid_range(twin["range"])}}


def delete_filter_view(book: Spreadsheet, request: Body, _user: str) -> None:
    """Delete a filter view."""
    sheet, position = _view(book, request.get("filterId"))
    del sheet.filter_views[position]


HANDLERS = {
    "setBasicFilter": set_basic_filter,
    "clearBasicFilter": clear_basic_filter,
    "addFilterView": add_filter_view,
    "updateFilterView": update_filter_view,
    "duplicateFilterView": duplicate_filter_view,
    "deleteFilterView": delete_filter_view,
}
