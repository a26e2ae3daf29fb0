"""Data filters: choosing cells by A1 text, by grid range or by developer metadata."""

from __future__ import annotations

from typing import Any

from . import metadata, values
from .a1 import Area
from .grid import ROWS
from .ranges import Box, Place, area_of, box_of, reading_box
from .spreadsheet import Spreadsheet


def box_of_filter(book: Spreadsheet, data_filter: dict[str, Any]) -> list[Box]:
    """The cells that one filter selects; a metadata filter may select several lots."""
    if "a1Range" in data_filter:
        return [reading_box(book, data_filter["a1Range"])]
    if "gridRange" in data_filter:
        return [box_of(book, data_filter["gridRange"])]
    lookup = data_filter.get("developerMetadataLookup", {})
    boxes = (_box_of_entry(entry) for entry in metadata.matching(book, lookup))
    return [box for box in boxes if box is not None]


def _box_of_entry(entry: metadata.Entry) -> Box | None:
    if entry.sheet is None:
        return None
    if entry.kind == "SHEET":
        return Place(entry.sheet, Area()).clamped()
    index = entry.line_index()
    if index is None:
        return None
    area = Area(index, index + 1) if entry.kind == "ROW" else Area(None, None, index, index + 1)
    return Place(entry.sheet, area).clamped()


def ranges_of_filters(book: Spreadsheet, filters: list[dict[str, Any]]) -> list[Box]:
    """The cells that any of the filters selects, in order."""
    return [box for data_filter in filters for box in box_of_filter(book, data_filter)]


def search_metadata(book: Spreadsheet, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`developerMetadata.search`: each entry once, with the filters that selected it."""
    found: dict[int, list[dict[str, Any]]] = {}
    for data_filter in filters:
        for entry in entries_of_filter(book, data_filter):
            found.setdefault(entry.metadata_id, []).append(data_filter)
    entries = book.metadata.entries
    return [{"developerMetadata": entries[i].resource(), "dataFilters": f} for i, f in found.items()]


def entries_of_filter(book: Spreadsheet, data_filter: dict[str, Any]) -> list[metadata.Entry]:
    """Metadata that a filter selects; a range selects what lies on its rows and columns."""
    if "developerMetadataLookup" in data_filter:
        return list(metadata.matching(book, data_filter["developerMetadataLookup"]))
    if "gridRange" in data_filter:
        range_ = data_filter["gridRange"]
        box = Place(book.grid(range_.get("sheetId")), area_of(range_)).clamped()
    else:
        box = reading_box(book, data_filter["a1Range"])
    return [entry for entry in book.metadata.entries.values() if _lies_on(entry, box)]


def _lies_on(entry: metadata.Entry, box: Box) -> bool:
    if entry.sheet is not box.sheet:
        return False
    index = entry.line_index()
    if index is None:
        return False
    return box.top <= index < box.bottom if entry.kind == "ROW" else box.left <= index < box.right


def update_by_filter(
    book: Spreadsheet, items: list[dict[str, Any]], writing: values.Writing
) -> dict[str, Any]:
    """`values.batchUpdateByDataFilter`."""
    responses, total = [], values.Tally()
    for item in items:
        one = writing._replace(major=item.get("majorDimension") or ROWS)
        for box in box_of_filter(book, item.get("dataFilter", {})):
            answer = values.update(book, box.text, item.get("values") or [], one, total)
            answer.pop("spreadsheetId")
            responses.append({**answer, "dataFilter": item["dataFilter"]})
    return values.summed(book, responses, total)
