"""Conditional format rules, by their order on a sheet."""

from __future__ import annotations

from typing import Any

from tests.sheets_server.conditions import check_condition
from tests.sheets_server.errors import invalid
from tests.sheets_server.grid import Sheet
from tests.sheets_server.ranges import place_of
from tests.sheets_server.rendering import tidy_ranges
from tests.sheets_server.spreadsheet import Spreadsheet
from tests.sheets_server.styles import tidy_format, with_color_twins

Body = dict[str, Any]


def _checked(book: Spreadsheet, rule: Body) -> tuple[Sheet, Body]:
    ranges = rule.get("ranges", [])
    if not ranges:
        raise invalid("At least one range must be specified.")
    sheets = {id(place_of(book, range_).sheet): place_of(book, range_).sheet for range_ in ranges}
    if len(sheets) != 1:
        raise invalid("All ranges must be on the same grid.")
    bounded = [
        {"sheetId": place_of(book, range_).sheet.sheet_id, **place_of(book, range_).clamped().grid_range()}
        for range_ in ranges
    ]
    stored = {**rule, "ranges": bounded}
    if "booleanRule" in rule:
        check_condition(rule["booleanRule"].get("condition", {}))
        style = tidy_format(rule["booleanRule"].get("format", {}))
        stored["booleanRule"] = {**rule["booleanRule"], "format": style}
    elif "gradientRule" in rule:
        points = rule["gradientRule"].items()
        stored["gradientRule"] = {name: with_color_twins(point) for name, point in points}
    else:
        raise invalid("No rule specified.")
    return next(iter(sheets.values())), stored


def add_rule(book: Spreadsheet, request: Body, _user: str) -> None:
    """Put a rule in at an index; later ones move down."""
    sheet, rule = _checked(book, request.get("rule", {}))
    index = request.get("index", 0)
    if not 0 <= index <= len(sheet.conditional_formats):
        raise invalid(
            f"Index: {index} must be less than or equal to number of rules: {len(sheet.conditional_formats)}"
        )
    sheet.conditional_formats.insert(index, rule)


def _existing(sheet: Sheet, index: int) -> Body:
    if not 0 <= index < len(sheet.conditional_formats):
        raise invalid(f"No conditional format on sheet: {sheet.sheet_id} at index: {index}")
    return sheet.conditional_formats[index]


def update_rule(book: Spreadsheet, request: Body, _user: str) -> Body:
    """Replace the rule at an index, or move it to another one."""
    index = request.get("index", 0)
    if "rule" in request:
        sheet, rule = _checked(book, request["rule"])
        old = _existing(sheet, index)
        sheet.conditional_formats[index] = rule
        return tidy_ranges({"oldRule": old, "newRule": rule, "newIndex": index})  # type: ignore[no-any-return]
    sheet = book.tab(request.get("sheetId"))
    rule, target = _existing(sheet, index), request.get("newIndex", 0)
    _existing(sheet, target)
    sheet.conditional_formats.insert(target, sheet.conditional_formats.pop(index))
    return tidy_ranges({"newRule": rule, "oldIndex": index, "newIndex": target})  # type: ignore[no-any-return]


def delete_rule(book: Spreadsheet, request: Body, _user: str) -> Body:
    """Delete the rule at an index."""
    sheet = book.tab(request.get("sheetId"))
    rule = _existing(sheet, request.get("index", 0))
    del sheet.conditional_formats[request.get("index", 0)]
    return {"rule": tidy_ranges(rule)}


HANDLERS = {
    "addConditionalFormatRule": add_rule,
    "updateConditionalFormatRule": update_rule,
    "deleteConditionalFormatRule": delete_rule,
}
