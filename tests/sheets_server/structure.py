"""Inserting, deleting and moving rows and columns, with everything that refers to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .cells import Cell
from .errors import invalid
from .formula_shift import shift_references
from .grid import COLUMNS, ROWS, Line, Sheet
from .spreadsheet import Spreadsheet

Interval = tuple[int | None, int | None]
Mapping = Callable[[int | None, int | None], Interval | None]
_INDEX_NAMES = {
    ROWS: ("startRowIndex", "endRowIndex"),
    COLUMNS: ("startColumnIndex", "endColumnIndex"),
}
_OWN_LISTS = ("filter_views", "protected_ranges", "conditional_formats", "banded_ranges", "tables")


# -- how an interval moves ----------------------------------------------------------------------
def after_insert(at: int, count: int) -> Mapping:
    """Where an interval is after lines were put in."""

    def mapping(start: int | None, end: int | None) -> Interval:
        moved_start = start + count if start is not None and start >= at else start
        moved_end = end + count if end is not None and end > at else end
        return moved_start, moved_end

    return mapping


def after_delete(first: int, last: int) -> Mapping:
    """Where an interval is after lines were taken out; None when nothing of it is left."""

    def shrink(index: int) -> int:
        return index if index <= first else max(first, index - (last - first))

    def mapping(start: int | None, end: int | None) -> Interval | None:
        moved_start = None if start is None else shrink(start)
        moved_end = None if end is None else shrink(end)
        was_empty = start is not None and start == end
        if moved_end is not None and (moved_start or 0) >= moved_end and not was_empty:
            return None
        return moved_start, moved_end

    return mapping


def after_move(first: int, last: int, destination: int) -> Mapping:
    """Where an interval is after lines were moved."""
    count = last - first
    at = destination if destination <= first else destination - count
    shrink, grow = after_delete(first, last), after_insert(at, count)

    def mapping(start: int | None, end: int | None) -> Interval | None:
        inside = start is not None and end is not None and first <= start and end <= last
        if inside and start is not None and end is not None:
            return start + at - first, end + at - first
        left = shrink(start, end)
        return None if left is None else grow(*left)

    return mapping


# -- applying it to what refers to lines ------------------------------------------------------
def _moved_range(range_: dict[str, Any], dimension: str, mapping: Mapping) -> dict[str, Any] | None:
    names = _INDEX_NAMES[dimension]
    start, end = range_.get(names[0]), range_.get(names[1])
    if start is None and end is None:
        return range_
    moved = mapping(start, end)
    if moved is None:
        return None
    changed = {name: value for name, value in zip(names, moved, strict=True) if value is not None}
    return {**range_, **changed}


def _moved_item(item: dict[str, Any], dimension: str, mapping: Mapping) -> dict[str, Any] | None:
    result = dict(item)
    if "range" in item:
        moved = _moved_range(item["range"], dimension, mapping)
        if moved is None:
            return None
        result["range"] = moved
    for name in ("ranges", "unprotectedRanges"):
        if name in item:
            moved_all = [_moved_range(range_, dimension, mapping) for range_ in item[name]]
            result[name] = [range_ for range_ in moved_all if range_ is not None]
    return None if result.get("ranges") == [] else result


def _moved_items(items: list[dict[str, Any]], dimension: str, mapping: Mapping) -> list[dict[str, Any]]:
    moved = (_moved_item(item, dimension, mapping) for item in items)
    return [item for item in moved if item is not None]


def _moved_groups(groups: list[dict[str, Any]], mapping: Mapping) -> list[dict[str, Any]]:
    kept = []
    for group in groups:
        moved = mapping(group["range"]["startIndex"], group["range"]["endIndex"])
        if moved is not None:
            span = {**group["range"], "startIndex": moved[0], "endIndex": moved[1]}
            kept.append({**group, "range": span})
    return kept


def move_references(book: Spreadsheet, sheet: Sheet, dimension: str, mapping: Mapping) -> None:
    """Let everything that names lines of a sheet follow them."""
    for name in _OWN_LISTS:
        setattr(sheet, name, _moved_items(getattr(sheet, name), dimension, mapping))
    merged = (_moved_range(range_, dimension, mapping) for range_ in sheet.merges)
    sheet.merges = [range_ for range_ in merged if range_ is not None and not _is_one_cell(range_)]
    if sheet.basic_filter is not None:
        sheet.basic_filter = _moved_item(sheet.basic_filter, dimension, mapping)
    groups = "row_groups" if dimension == ROWS else "column_groups"
    setattr(sheet, groups, _moved_groups(getattr(sheet, groups), mapping))
    _move_names(book, sheet, dimension, mapping)
    shift_references(book, sheet, dimension, mapping)


def _is_one_cell(range_: dict[str, Any]) -> bool:
    height = range_["endRowIndex"] - range_["startRowIndex"]
    return height == 1 and range_["endColumnIndex"] - range_["startColumnIndex"] == 1


def _move_names(book: Spreadsheet, sheet: Sheet, dimension: str, mapping: Mapping) -> None:
    kept = []
    for named in book.named_ranges:
        if named["range"].get("sheetId", 0) == sheet.sheet_id:
            moved = _moved_item(named, dimension, mapping)
            if moved is not None:
                kept.append(moved)
        else:
            kept.append(named)
    book.named_ranges = kept


# -- the edits --------------------------------------------------------------------------------
def insert_lines(
    book: Spreadsheet, sheet: Sheet, dimension: str, at: int, count: int, *, inherit_from: int | None
) -> None:
    """Put blank lines in; they take sizes and cell formats from another line."""
    across = sheet.column_count if dimension == ROWS else sheet.row_count
    book.check_room(count * across)
    model = inherit_from if inherit_from is not None and inherit_from < sheet.line_count(dimension) else None
    lines = sheet.new_lines(dimension, count)
    styles = _styles_of(sheet, dimension, model) if model is not None else []
    if model is not None:
        _take_size(lines, sheet.lines(dimension)[model])
    sheet.insert_lines(dimension, at, lines)
    _put_styles(sheet, dimension, at, count, styles)
    _grow_frozen(sheet, dimension, at, count)
    move_references(book, sheet, dimension, after_insert(at, count))


def _take_size(lines: list[Line], model: Line) -> None:
    if "pixelSize" in model.properties:
        for line in lines:
            line.properties = {"pixelSize": model.properties["pixelSize"]}


def _styles_of(sheet: Sheet, dimension: str, index: int) -> list[Cell | None]:
    if dimension == ROWS:
        cells = list(sheet.rows[index].cells)
    else:
        cells = [sheet.cell(row, index) for row in range(sheet.row_count)]
    bare = [Cell(format=cell.format, validation=cell.validation) for cell in cells]
    return [cell if cell.format or cell.validation else None for cell in bare]


def _put_styles(sheet: Sheet, dimension: str, at: int, count: int, styles: list[Cell | None]) -> None:
    for offset, cell in enumerate(styles):
        if cell is None:
            continue
        for index in range(at, at + count):
            row, column = (index, offset) if dimension == ROWS else (offset, index)
            sheet.put(row, column, cell)


def _frozen_name(dimension: str) -> str:
    return "frozenRowCount" if dimension == ROWS else "frozenColumnCount"


def _grow_frozen(sheet: Sheet, dimension: str, at: int, count: int) -> None:
    frozen = sheet.grid_settings.get(_frozen_name(dimension), 0)
    if at < frozen:
        sheet.grid_settings[_frozen_name(dimension)] = frozen + count


def delete_lines(book: Spreadsheet, sheet: Sheet, dimension: str, start: int, end: int) -> None:
    """Take lines out, with their metadata and what lay on them alone."""
    _check_deletion(sheet, dimension, start, end)
    frozen = sheet.grid_settings.get(_frozen_name(dimension), 0)
    lost = max(0, min(end, frozen) - start)
    removed = sheet.remove_lines(dimension, start, end)
    book.metadata.forget_lines(removed)
    if lost:
        sheet.grid_settings[_frozen_name(dimension)] = frozen - lost
        if frozen == lost:
            del sheet.grid_settings[_frozen_name(dimension)]
    move_references(book, sheet, dimension, after_delete(start, end))


def _check_deletion(sheet: Sheet, dimension: str, start: int, end: int) -> None:
    count = sheet.line_count(dimension)
    word = "row" if dimension == ROWS else "column"
    if end > count:
        raise invalid(
            f"Cannot delete a {word} that doesn't exist. "
            f"Tried to delete {word} index {end - 1} but there are only {count} {word}s."
        )
    if end - start >= count:
        raise invalid(f"You can't delete all the {word}s on the sheet.")
    frozen = sheet.grid_settings.get(_frozen_name(dimension), 0)
    if frozen and start <= frozen and end == count:
        raise invalid(f"Sorry, it is not possible to delete all non-frozen {word}s.")


def move_lines(
    book: Spreadsheet, sheet: Sheet, dimension: str, start: int, end: int, destination: int
) -> None:
    """Move lines; `destination` counts before they are taken out."""
    sheet.move_lines(dimension, start, end, destination)
    move_references(book, sheet, dimension, after_move(start, end, destination))
