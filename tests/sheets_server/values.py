"""The `spreadsheets.values` methods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from . import a1
from .cells import EMPTY, MAX_CHARACTERS, TOO_LONG, Value, as_double
from .entered import entered
from .errors import ApiError, invalid
from .grid import COLUMNS, ROWS, Sheet
from .protection import check_box
from .proto_text import proto_text
from .ranges import Box, Place, find_place, limits_error, reading_box, starts_inside
from .reading import Rendering, rendered_rows
from .spreadsheet import MAX_CELLS, TOO_MANY_CELLS, Spreadsheet
from .structure import insert_lines


class Writing(NamedTuple):
    """How a caller wants values taken and given back."""

    input_option: str
    major: str = ROWS
    echo: bool = False
    rendering: Rendering = Rendering()
    user: str = ""


# -- reading ----------------------------------------------------------------------------------
def value_range(book: Spreadsheet, box: Box, major: str, rendering: Rendering) -> dict[str, Any]:
    """The API's ValueRange of some cells; `values` is absent when they are all blank."""
    if major == COLUMNS:
        rows = _transposed(rendered_rows(book, box, rendering, blank=None))
    else:
        rows = rendered_rows(book, box, rendering)
    result: dict[str, Any] = {"range": box.text, "majorDimension": major}
    if rows:
        result["values"] = rows
    return result


def _transposed(rows: list[list[Any]]) -> list[list[Any]]:
    width = max((len(row) for row in rows), default=0)
    columns = []
    for index in range(width):
        column = [row[index] if index < len(row) else None for row in rows]
        while column and column[-1] is None:
            column.pop()
        columns.append(["" if value is None else value for value in column])
    return columns


def read(book: Spreadsheet, text: str, major: str, rendering: Rendering) -> dict[str, Any]:
    """`values.get`."""
    return value_range(book, reading_box(book, text), major, rendering)


# -- writing ----------------------------------------------------------------------------------
class Target(NamedTuple):
    """Where data may go: its first cell, and the edges that it must not cross."""

    sheet: Sheet
    top: int
    left: int
    bottom: int
    right: int
    text: str  # the asked range, as refusals name it


def _target(book: Spreadsheet, text: str) -> Target:
    place = find_place(book, text)
    sheet, area = place
    if not starts_inside(place) or _ends_outside(place):
        raise limits_error(place)
    top, left = area.start_row or 0, area.start_column or 0
    single = area.end_row == top + 1 and area.end_column == left + 1 and not _is_span(text)
    box = place.clamped()
    bottom, right = (sheet.row_count, sheet.column_count) if single else (box.bottom, box.right)
    return Target(sheet, top, left, bottom, right, place.text)


def _is_span(text: str) -> bool:
    """Whether a text gives both ends: `A1:A1` holds data to one cell, where `A1` is but its start."""
    return ":" in a1.split_title(text)[1]


def _ends_outside(place: Place) -> bool:
    sheet, area = place
    return (area.end_row or 0) > sheet.row_count or (area.end_column or 0) > sheet.column_count


def _positions(data: list[list[Any]], major: str) -> Iterator[tuple[int, int, int, int, Any]]:
    for i, line in enumerate(data):
        for j, value in enumerate(line):
            row, column = (j, i) if major == COLUMNS else (i, j)
            yield row, column, i, j, value


def _check_fits(target: Target, data: list[list[Any]], major: str) -> None:
    for row, column, *_ in _positions(data, major):
        if target.top + row >= target.bottom:
            where = f"row [{target.bottom + 1}]"
        elif target.left + column >= target.right:
            where = f"column [{a1.column_name(target.right)}]"
        else:
            continue
        raise invalid(f"Requested writing within range [{target.text}], but tried writing to {where}")


def check_option(option: str | None) -> str:
    """A valueInputOption must be given."""
    if not option or option == "INPUT_VALUE_OPTION_UNSPECIFIED":
        raise invalid("'valueInputOption' is required but not specified")
    return option


class Tally:
    """The lines that a call wrote to, each counted once."""

    def __init__(self) -> None:
        self.rows: set[tuple[int, int]] = set()
        self.columns: set[tuple[int, int]] = set()
        self.cells = 0

    def note(self, sheet: Sheet, row: int, column: int) -> None:
        """Count one written cell."""
        self.rows.add((sheet.sheet_id, row))
        self.columns.add((sheet.sheet_id, column))
        self.cells += 1

    def counts(self, prefix: str) -> dict[str, int]:
        """`updatedRows`, `updatedColumns`, `updatedCells`; what is zero is left out."""
        found = {"Rows": len(self.rows), "Columns": len(self.columns), "Cells": self.cells}
        return {prefix + name: count for name, count in found.items() if count}

    def add(self, other: Tally) -> None:
        """Take another tally in."""
        self.rows |= other.rows
        self.columns |= other.columns
        self.cells += other.cells


def update(
    book: Spreadsheet, text: str, data: list[list[Any]], writing: Writing, total: Tally | None = None
) -> dict[str, Any]:
    """`values.update`: write data from the first cell of a range on; `total` is added to."""
    target = _target(book, text)
    _check_fits(target, data, writing.major)
    return _write(book, (target.sheet, target.top, target.left), data, writing, total)


def _write(
    book: Spreadsheet,
    start: tuple[Sheet, int, int],
    data: list[list[Any]],
    writing: Writing,
    total: Tally | None = None,
) -> dict[str, Any]:
    sheet, top, left = start
    box = _data_box(sheet, top, left, data, writing.major)
    check_box(book, box, writing.user)
    tally = Tally()
    for row, column, i, j, value in _positions(data, writing.major):
        if value is not None:
            at = (top + row, left + column)
            _write_cell(book, sheet, at, _checked(value, i, j), writing.input_option)
            tally.note(sheet, *at)
    if total is not None:
        total.add(tally)
    return _update_response(book, box, tally, writing)


def _data_box(sheet: Sheet, top: int, left: int, data: list[list[Any]], major: str) -> Box:
    outer = len(data)
    inner = max((len(line) for line in data), default=0)
    height, width = (inner, outer) if major == COLUMNS else (outer, inner)
    return Box(sheet, top, top + max(height, 1), left, left + max(width, 1))


def _checked(value: Any, i: int, j: int) -> Any:
    if isinstance(value, dict | list):
        raise invalid(f"Invalid values[{i}][{j}]: {proto_text(value)}")
    if isinstance(value, str) and len(value) > MAX_CHARACTERS:
        raise invalid(TOO_LONG)
    return value


def _write_cell(book: Spreadsheet, sheet: Sheet, at: tuple[int, int], given: Any, option: str) -> None:
    row, column = at
    old = sheet.cell(row, column)
    value: Value
    if given == "" and isinstance(given, str):
        value, number_format = None, None
    elif option == "USER_ENTERED" and isinstance(given, str):
        value, number_format = entered(given, old.format, book.local_now().date())
    else:
        value, number_format = as_double(given), None
    cell_format = old.format
    if number_format is not None:
        cell_format = {**(old.format or {}), "numberFormat": number_format}
    sheet.put(row, column, old._replace(value=value, format=cell_format, runs=None, extras=None))


def _update_response(book: Spreadsheet, box: Box, tally: Tally, writing: Writing) -> dict[str, Any]:
    response: dict[str, Any] = {"spreadsheetId": book.spreadsheet_id, "updatedRange": box.text}
    response.update(tally.counts("updated"))
    if writing.echo:
        book.changed()
        response["updatedData"] = value_range(book, box, writing.major, writing.rendering)
    return response


def batch_update(book: Spreadsheet, items: list[dict[str, Any]], writing: Writing) -> dict[str, Any]:
    """`values.batchUpdate`: all ranges or none."""
    responses, total = [], Tally()
    for index, item in enumerate(items):
        with _told_from(f"Invalid data[{index}]"):
            one = writing._replace(major=COLUMNS if item.get("majorDimension") == COLUMNS else ROWS)
            text, data = item.get("range") or "", item.get("values") or []
            responses.append(update(book, text, data, one, total))
    return summed(book, responses, total)


@contextmanager
def _told_from(prefix: str) -> Iterator[None]:
    """Put the place in the request before an error's message."""
    try:
        yield
    except ApiError as error:
        raise error.within(prefix) from None


def summed(book: Spreadsheet, responses: list[dict[str, Any]], total: Tally) -> dict[str, Any]:
    """The answer to a batch of updates, with its totals."""
    answer: dict[str, Any] = {"spreadsheetId": book.spreadsheet_id, **total.counts("totalUpdated")}
    if total.rows:
        answer["totalUpdatedSheets"] = len({sheet_id for sheet_id, _ in total.rows})
    return {**answer, "responses": responses} if responses else answer


# -- appending --------------------------------------------------------------------------------
def append(
    book: Spreadsheet, text: str, data: list[list[Any]], writing: Writing, insert_option: str
) -> dict[str, Any]:
    """`values.append`: write below the table that the range points to."""
    place = find_place(book, text)
    if not starts_inside(place):
        raise limits_error(place)
    table = find_table(place)
    sheet = place.sheet
    top = table.bottom if table else (place.area.start_row or 0)
    left = table.left if table else (place.area.start_column or 0)
    box = _data_box(sheet, top, left, data, writing.major)
    if insert_option == "INSERT_ROWS" and data and table:
        _insert_blank_rows(book, sheet, top, box.height)
    if data:
        _make_room(book, box)
    updates = _write(book, (sheet, top, left), data, writing)
    response: dict[str, Any] = {"spreadsheetId": book.spreadsheet_id}
    if table:
        response["tableRange"] = table.text
    return {**response, "updates": updates}


def _insert_blank_rows(book: Spreadsheet, sheet: Sheet, at: int, count: int) -> None:
    if at < sheet.row_count:
        insert_lines(book, sheet, ROWS, at, count, inherit_from=at - 1)


def _make_room(book: Spreadsheet, box: Box) -> None:
    sheet = box.sheet
    rows = max(sheet.row_count, box.bottom)
    columns = max(sheet.column_count, box.right)
    more = rows * columns - sheet.row_count * sheet.column_count
    if more and book.cell_count() + more > MAX_CELLS:
        raise invalid(TOO_MANY_CELLS)
    sheet.resize(COLUMNS, columns)
    sheet.resize(ROWS, rows)


def find_table(place: Place) -> Box | None:
    """The block of data that holds the last filled cell of a place."""
    box = place.clamped()
    start = _last_filled(box)
    if start is None:
        return None
    sheet = place.sheet
    return _grown(Box(sheet, start[0], start[0] + 1, start[1], start[1] + 1))


def _last_filled(box: Box) -> tuple[int, int] | None:
    for row in range(box.bottom - 1, box.top - 1, -1):
        cells = box.sheet.rows[row].cells
        for column in range(box.left, min(box.right, len(cells))):
            if cells[column].value is not None:
                return row, column
    return None


def _grown(box: Box) -> Box:
    sheet = box.sheet
    while True:
        _, top, bottom, left, right = box
        while top > 0 and _row_filled(sheet, top - 1, left, right):
            top -= 1
        while bottom < sheet.row_count and _row_filled(sheet, bottom, left, right):
            bottom += 1
        while left > 0 and _column_filled(sheet, left - 1, top, bottom):
            left -= 1
        while right < sheet.column_count and _column_filled(sheet, right, top, bottom):
            right += 1
        grown = Box(sheet, top, bottom, left, right)
        if grown == box:
            return box
        box = grown


def _row_filled(sheet: Sheet, row: int, left: int, right: int) -> bool:
    cells = sheet.rows[row].cells[max(left - 1, 0) : right + 1]
    return any(cell.value is not None for cell in cells)


def _column_filled(sheet: Sheet, column: int, top: int, bottom: int) -> bool:
    span = range(max(top - 1, 0), min(bottom + 1, sheet.row_count))
    return any(sheet.cell(row, column).value is not None for row in span)


# -- clearing ---------------------------------------------------------------------------------
def clear(book: Spreadsheet, text: str, user: str) -> str:
    """`values.clear`: drop values, keep formats, notes and validation. Returns the cleared range."""
    box = reading_box(book, text)
    check_box(book, box, user)
    clear_values(box)
    return box.text


def clear_values(box: Box) -> None:
    """Drop the values in a box."""
    sheet = box.sheet
    for index in range(box.top, box.bottom):
        cells = sheet.rows[index].cells[box.left : box.right]
        if not any(cell.value is not None for cell in cells):
            continue
        row = sheet.row_for_write(index)
        for column, cell in enumerate(cells, box.left):
            if cell != EMPTY:
                row.cells[column] = cell._replace(value=None, runs=None, extras=None)


def clear_all(book: Spreadsheet, texts: Iterable[str], user: str) -> list[str]:
    """`values.batchClear`."""
    cleared = []
    for index, text in enumerate(texts):
        with _told_from(f"Invalid range[{index}]"):
            cleared.append(clear(book, text, user))
    return cleared
