"""Formulas whose result covers several cells."""

from __future__ import annotations

from typing import Any

from .a1 import cell_name
from .calculation import Calculation
from .cells import CellError, Formula, Value
from .evaluation import Result, formulas_of
from .formula_text import Node, ParseError, parse
from .formula_values import Refusal
from .grid import Sheet
from .spreadsheet import Spreadsheet

ARRAY_CALLS = {
    *("ARRAYFORMULA", "TRANSPOSE", "UNIQUE", "SORT", "FILTER", "SEQUENCE", "SPLIT", "FLATTEN"),
}
Spills = dict[tuple[int, int], Value]


def spills_of(book: Spreadsheet, sheet: Sheet) -> Spills:
    """Values that formulas put into blank cells, by position. Worked out once between changes."""
    key = ("spills", sheet.sheet_id)
    if key not in book.computed:
        book.computed[key] = {}  # while they are worked out, formulas see none
        book.computed[key] = _all_spills(book, sheet)
    found: Spills = book.computed[key]
    return found


def _all_spills(book: Spreadsheet, sheet: Sheet) -> Spills:
    spills: Spills = {}
    for row, column, formula in formulas_of(sheet):
        if _may_spill(formula):
            spills.update(_spill(book, sheet, (row, column), formula))
    return spills


def _may_spill(formula: Formula) -> bool:
    try:
        node = parse(formula)
    except ParseError:
        return False
    return node[0] == "array" or (node[0] == "call" and node[1] in ARRAY_CALLS)


def _spill(book: Spreadsheet, sheet: Sheet, at: tuple[int, int], formula: Formula) -> Spills:
    grid = _grid(book, sheet, at, parse(formula))
    cells: Spills = {}
    for r, line in enumerate(grid):
        for c, value in enumerate(line):
            row, column = at[0] + r, at[1] + c
            if (r, c) == (0, 0) or row >= sheet.row_count or column >= sheet.column_count:
                continue
            if sheet.cell(row, column).value is not None:
                _refuse(book, sheet, at, (row, column))
                return {}
            if value is not None:
                cells[row, column] = value
    return cells


def _grid(book: Spreadsheet, sheet: Sheet, at: tuple[int, int], node: Node) -> list[list[Any]]:
    try:
        value = Calculation(book, sheet, *at).evaluate(node)
    except Refusal:
        return []
    return value if isinstance(value, list) else []


def _refuse(book: Spreadsheet, sheet: Sheet, at: tuple[int, int], taken: tuple[int, int]) -> None:
    message = f"Array result was not expanded because it would overwrite data in {cell_name(*taken)}."
    book.computed[(sheet.sheet_id, *at)] = Result(CellError("REF", message))
