"""Where a request points: A1 texts, GridRanges and DimensionRanges, resolved against a spreadsheet."""

from __future__ import annotations

from typing import Any, NamedTuple

from . import a1
from .a1 import Area
from .errors import ApiError, invalid
from .grid import COLUMNS, ROWS, Sheet
from .spreadsheet import Spreadsheet


class Box(NamedTuple):
    """A bounded rectangle on a sheet; zero-based, half-open."""

    sheet: Sheet
    top: int
    bottom: int
    left: int
    right: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def text(self) -> str:
        """`Sheet1!A1:B2`."""
        return a1.range_text(self.sheet.title, Area(self.top, self.bottom, self.left, self.right))

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell lies in it."""
        return self.top <= row < self.bottom and self.left <= column < self.right

    def meets(self, other: Box) -> bool:
        """Whether the two share a cell."""
        return (
            self.sheet is other.sheet
            and self.top < other.bottom
            and other.top < self.bottom
            and self.left < other.right
            and other.left < self.right
        )

    def covers(self, other: Box) -> bool:
        """Whether the other lies wholly inside."""
        return (
            self.sheet is other.sheet
            and self.top <= other.top
            and other.bottom <= self.bottom
            and self.left <= other.left
            and other.right <= self.right
        )

    def grid_range(self) -> dict[str, Any]:
        """The API's GridRange."""
        return grid_range(self.sheet.sheet_id, Area(self.top, self.bottom, self.left, self.right))


class Place(NamedTuple):
    """A sheet and an area that may be unbounded."""

    sheet: Sheet
    area: Area

    @property
    def text(self) -> str:
        return a1.range_text(self.sheet.title, self.area)

    def clamped(self) -> Box:
        """The part that lies in the grid."""
        sheet, area = self
        bottom = sheet.row_count if area.end_row is None else min(area.end_row, sheet.row_count)
        right = sheet.column_count if area.end_column is None else min(area.end_column, sheet.column_count)
        return Box(sheet, area.start_row or 0, bottom, area.start_column or 0, right)


def grid_range(sheet_id: int, area: Area) -> dict[str, Any]:
    """The API's GridRange of an area; a sheet id of 0 is left out, as the API does."""
    named = {
        "sheetId": sheet_id or None,
        "startRowIndex": area.start_row,
        "endRowIndex": area.end_row,
        "startColumnIndex": area.start_column,
        "endColumnIndex": area.end_column,
    }
    return {name: value for name, value in named.items() if value is not None}


def area_of(range_: dict[str, Any]) -> Area:
    """The area of a GridRange."""
    return Area(
        range_.get("startRowIndex"),
        range_.get("endRowIndex"),
        range_.get("startColumnIndex"),
        range_.get("endColumnIndex"),
    )


def tidy_grid_range(range_: dict[str, Any]) -> dict[str, Any]:
    """A GridRange as it is given back."""
    return grid_range(range_.get("sheetId") or 0, area_of(range_))


def limits_error(place: Place) -> ApiError:
    """The API's words for a range outside of the grid."""
    sheet = place.sheet
    return invalid(
        f"Range ({place.text}) exceeds grid limits. "
        f"Max rows: {sheet.row_count}, max columns: {sheet.column_count}"
    )


def find_place(book: Spreadsheet, text: str) -> Place:
    """What an A1 text (or the name of a range or of a sheet) points to."""
    title, rest = a1.split_title(text)
    if title is None:
        return _without_title(book, text)
    sheet = book.find_title(title)
    if sheet is None:
        raise invalid(f"Unable to parse range: {text}")
    if not rest:
        return Place(sheet, a1.WHOLE)
    area = a1.parse_area(rest)
    if area is not None:
        return Place(sheet, area)
    named = _named(book, rest)
    if named is None:
        raise invalid(f"Unable to parse range: {text}")
    return named


def _without_title(book: Spreadsheet, text: str) -> Place:
    area = a1.parse_area(text)
    if area is not None:  # also where a sheet is called so: that sheet's name must be quoted
        return Place(book.first_visible(), area)
    named = _named(book, text)
    if named is not None:
        return named
    sheet = book.find_title(text)
    if sheet is None:
        raise invalid(f"Unable to parse range: {text}")
    return Place(sheet, a1.WHOLE)


def _named(book: Spreadsheet, name: str) -> Place | None:
    for named in book.named_ranges:
        if named["name"].lower() == name.lower():
            return Place(book.grid(named["range"].get("sheetId")), area_of(named["range"]))
    for sheet in book.sheets:
        for table in sheet.tables:
            if table.get("name", "").lower() == name.lower():
                return Place(sheet, area_of(table["range"]))
    return None


def starts_inside(place: Place) -> bool:
    """Whether the first cell of a place lies in the grid."""
    area, sheet = place.area, place.sheet
    return (area.start_row or 0) < sheet.row_count and (area.start_column or 0) < sheet.column_count


def reading_box(book: Spreadsheet, text: str) -> Box:
    """The cells to read: ends beyond the grid are cut, a start beyond it is refused."""
    place = find_place(book, text)
    if not starts_inside(place):
        raise limits_error(place)
    return place.clamped()


def place_of(book: Spreadsheet, range_: dict[str, Any]) -> Place:
    """The place of a GridRange, checked for order and sign."""
    sheet = book.grid(range_.get("sheetId"))
    area = area_of(range_)
    for name, value in zip(Area._fields, area, strict=True):
        if value is not None and value < 0:
            raise invalid(f"{_camel(name)} must be >= 0.")
    if area.start_row is not None and area.end_row is not None and area.start_row > area.end_row:
        raise invalid(f"endRowIndex[{area.end_row}] must be >= startRowIndex[{area.start_row}].")
    if area.start_column is not None and area.end_column is not None and area.start_column > area.end_column:
        raise invalid(f"endColumnIndex[{area.end_column}] must be >= startColumnIndex[{area.start_column}].")
    return Place(sheet, area)


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail) + "Index"


def box_of(book: Spreadsheet, range_: dict[str, Any]) -> Box:
    """The cells of a GridRange: a start beyond the grid is refused, an end beyond it is cut."""
    place = place_of(book, range_)
    if not starts_inside(place):
        raise limits_error(place)
    return place.clamped()


def corner_of(book: Spreadsheet, coordinate: dict[str, Any]) -> tuple[Sheet, int, int]:
    """Sheet, row and column of a GridCoordinate inside the grid."""
    sheet = book.grid(coordinate.get("sheetId"))
    row, column = coordinate.get("rowIndex", 0), coordinate.get("columnIndex", 0)
    if row >= sheet.row_count:
        raise invalid(f"GridCoordinate.rowIndex[{row}] is after last row in grid[{sheet.row_count - 1}]")
    if column >= sheet.column_count:
        last = sheet.column_count - 1
        raise invalid(f"GridCoordinate.columnIndex[{column}] is after last column in grid[{last}]")
    return sheet, row, column


class Span(NamedTuple):
    """Some rows or columns of a sheet."""

    sheet: Sheet
    dimension: str
    start: int
    end: int

    @property
    def count(self) -> int:
        return self.end - self.start

    @property
    def box(self) -> Box:
        """All cells of these lines."""
        if self.dimension == ROWS:
            return Box(self.sheet, self.start, self.end, 0, self.sheet.column_count)
        return Box(self.sheet, 0, self.sheet.row_count, self.start, self.end)


def span_of(book: Spreadsheet, range_: dict[str, Any], *, bounded: bool = False) -> Span:
    """The lines of a DimensionRange; missing ends mean the edge of the grid."""
    sheet = book.grid(range_.get("sheetId"))
    dimension = range_.get("dimension", "DIMENSION_UNSPECIFIED")
    if dimension not in (ROWS, COLUMNS):
        raise invalid("No dimension specified.")
    start, end = range_.get("startIndex"), range_.get("endIndex")
    if bounded and (start is None or end is None):
        raise invalid("DimensionRange must be bounded on both sides.")
    if (start or 0) < 0 or (end or 0) < 0:
        raise invalid("DimensionRange indexes must be >= 0")
    start = start or 0
    end = sheet.line_count(dimension) if end is None else end
    if end < start:
        raise invalid(f"endIndex[{end}] must be >= startIndex[{start}].")
    return Span(sheet, dimension, start, end)
