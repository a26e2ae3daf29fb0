"""Copies of sheets and of whole spreadsheets."""

from __future__ import annotations

import random
from typing import Any

from .grid import Line, Row, Sheet
from .spreadsheet import Spreadsheet

IDS = {
    "filter_views": "filterViewId",
    "protected_ranges": "protectedRangeId",
    "banded_ranges": "bandedRangeId",
    "charts": "chartId",
    "slicers": "slicerId",
    "tables": "tableId",
}
RANGED = (*IDS, "merges", "conditional_formats", "row_groups", "column_groups", "basic_filter")


def copied_sheet(source: Sheet, sheet_id: int, title: str, *, keep_tokens: bool = False) -> Sheet:
    """A sheet with the same content. Cells and resources are shared: they are never changed in place."""
    twin = Sheet(sheet_id, title, 0, 0)
    for name, value in vars(source).items():
        if name not in ("sheet_id", "title", "rows", "columns", "epoch"):
            setattr(twin, name, value.copy() if isinstance(value, list | dict) else value)
    twin.rows = [_copied_row(row, keep_tokens) for row in source.rows]
    twin.columns = [_copied_line(line, keep_tokens) for line in source.columns]
    _rebind(twin, source.sheet_id)
    return twin


def _copied_row(row: Row, keep: bool) -> Row:
    twin = row.copy(0)
    twin.token = row.token if keep else None
    return twin


def _copied_line(line: Line, keep: bool) -> Line:
    twin = line.copy(0)
    twin.token = line.token if keep else None
    return twin


def _rebind(sheet: Sheet, old_id: int) -> None:
    if sheet.sheet_id == old_id:
        return
    for name in RANGED:
        setattr(sheet, name, rebound(getattr(sheet, name), old_id, sheet.sheet_id))


def give_new_ids(book: Spreadsheet, sheet: Sheet) -> None:
    """New ids for what lies on a copied sheet: ids are unique in a spreadsheet."""
    for attribute, id_name in IDS.items():
        taken = {item[id_name] for other in book.sheets for item in getattr(other, attribute)}
        copies = []
        for item in getattr(sheet, attribute):
            number = book.new_number(taken)
            copies.append({**item, id_name: str(number) if id_name == "tableId" else number})
        setattr(sheet, attribute, copies)


def rebound(value: Any, old_id: int, new_id: int) -> Any:
    """The same JSON with each range on one sheet pointing to another."""
    if isinstance(value, list):
        return [rebound(item, old_id, new_id) for item in value]
    if not isinstance(value, dict):
        return value
    result = {name: rebound(item, old_id, new_id) for name, item in value.items()}
    is_range = any(name in value for name in ("startRowIndex", "startColumnIndex", "startIndex", "sheetId"))
    if is_range and value.get("sheetId", 0) == old_id:
        result["sheetId"] = new_id
    return result


def copied_book(source: Spreadsheet, spreadsheet_id: str, title: str, chance: random.Random) -> Spreadsheet:
    """A spreadsheet with the same sheets, names and metadata."""
    book = Spreadsheet(spreadsheet_id, title, chance)
    for name in ("locale", "time_zone", "auto_recalc", "default_format", "theme", "more_properties"):
        setattr(book, name, getattr(source, name))
    twins = {}
    for sheet in source.sheets:
        twins[id(sheet)] = copied_sheet(sheet, sheet.sheet_id, sheet.title, keep_tokens=True)
    book.sheets = list(twins.values())
    book.named_ranges = list(source.named_ranges)
    for entry in source.metadata.entries.values():
        sheet_twin = twins[id(entry.sheet)] if entry.sheet is not None else None
        book.metadata.entries[entry.metadata_id] = entry._replace(sheet=sheet_twin)
    return book
