"""Cells as `values` methods give them back."""

from __future__ import annotations

from typing import Any, NamedTuple

from .cells import EMPTY, Cell, CellError, Formula, tidy_number
from .evaluation import effective
from .formats import is_temporal_format, show
from .ranges import Box
from .spills import Spills, spills_of
from .spreadsheet import Spreadsheet

FORMATTED = "FORMATTED_VALUE"
UNFORMATTED = "UNFORMATTED_VALUE"
FORMULA = "FORMULA"


class Rendering(NamedTuple):
    """Which side of a cell is wanted, and how dates are given."""

    value_option: str = FORMATTED
    date_option: str = "SERIAL_NUMBER"


def rendered_rows(
    book: Spreadsheet, box: Box, rendering: Rendering, *, blank: str | None = ""
) -> list[list[Any]]:
    """The cells of a box; blank cells at the ends of rows, and blank rows at the end, are left out.

    A blank cell before others is given as `blank`.
    """
    rows = []
    spills = {} if rendering.value_option == FORMULA else spills_of(book, box.sheet)
    for index in range(box.top, box.bottom):
        cells = box.sheet.rows[index].cells[box.left : box.right]
        if spills:
            cells = with_spills(spills, index, box, cells)
        while cells and cells[-1].value is None:
            cells.pop()
        places = enumerate(cells, box.left)
        rows.append(
            [
                blank if cell.value is None else rendered(book, box, (index, column), cell, rendering)
                for column, cell in places
            ]
        )
    while rows and not rows[-1]:
        rows.pop()
    return rows


def with_spills(spills: Spills, row: int, box: Box, cells: list[Cell]) -> list[Cell]:
    """A row's cells, with the values that array formulas put into blank ones."""
    result = list(cells)
    for column in range(box.left, box.right):
        if (row, column) in spills:
            result.extend([EMPTY] * (column - box.left + 1 - len(result)))
            offset = column - box.left
            result[offset] = result[offset]._replace(value=spills[row, column])
    return result


def rendered(book: Spreadsheet, box: Box, at: tuple[int, int], cell: Cell, rendering: Rendering) -> Any:
    """One filled cell as the caller wants it."""
    value = cell.value
    option = rendering.value_option
    number_format = (cell.format or {}).get("numberFormat")
    if isinstance(value, Formula):
        if option == FORMULA:
            return str(value)
        result = effective(book, box.sheet, *at)
        value = result.value
        number_format = number_format or result.number_format
    if option == FORMATTED:
        return show(value, number_format)
    if isinstance(value, CellError):
        return value.text
    if value is None:
        return ""
    if isinstance(value, bool | str):
        return value
    if rendering.date_option == "FORMATTED_STRING" and is_temporal_format(number_format):
        return show(value, number_format)
    return tidy_number(value)
