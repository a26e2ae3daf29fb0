"""Evaluating one formula's syntax tree."""

from __future__ import annotations

import datetime as dt
from typing import Any

from .cells import CellError, Formula, Value
from .evaluation import Result, box_of_reference, effective, error_named
from .formats import is_temporal_format
from .formula_functions import FUNCTIONS, LAZY
from .formula_text import Node, Reference
from .formula_values import Refusal, number, operate, refuse, single
from .grid import Sheet
from .ranges import Place, area_of
from .spreadsheet import Spreadsheet

DATE = {"type": "DATE", "pattern": "M/d/yyyy"}
DATE_TIME = {"type": "DATE_TIME", "pattern": "M/d/yyyy H:mm:ss"}
TIME = {"type": "TIME", "pattern": "h:mm:ss am/pm"}
FORMAT_OF_FUNCTION = {
    **dict.fromkeys(("TODAY", "DATE", "EDATE", "EOMONTH"), DATE),
    "NOW": DATE_TIME,
    "TIME": TIME,
}
KEEPS_FORMAT = {
    *("SUM", "SUMIF", "SUMIFS", "AVERAGE", "MEDIAN", "MIN", "MAX", "LARGE", "SMALL"),
    *("ROUND", "ROUNDUP", "ROUNDDOWN", "ABS", "IF", "IFERROR", "VLOOKUP", "INDEX", "ARRAYFORMULA"),
}


class Calculation:
    """The evaluation of one cell."""

    def __init__(self, book: Spreadsheet, sheet: Sheet, row: int, column: int) -> None:
        self.book, self.sheet, self.row, self.column = book, sheet, row, column
        self.link: str | None = None
        self.arrays = False

    def in_arrays(self, node: Node) -> Any:
        """A value, with operators working on whole ranges."""
        before, self.arrays = self.arrays, True
        try:
            return self.evaluate(node)
        finally:
            self.arrays = before

    def now(self) -> dt.datetime:
        """The spreadsheet's local time."""
        known: dt.datetime = self.book.computed.setdefault("now", self.book.local_now())
        return known

    def result(self, node: Node) -> Result:
        """The cell's value with the format that the formula brings."""
        try:
            value = self.scalar(node)
        except Refusal as refusal:
            return Result(refusal.error)
        except (RecursionError, OverflowError):
            return Result(CellError("NUM", "The calculation is too deep or too large."))
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return Result(value, self.format_of(node) if is_number else None, self.link)

    def scalar(self, node: Node) -> Value:
        """One value; of a range, the cell in this row or column, else the first."""
        value = self.evaluate(node)
        if isinstance(value, list) and node[0] == "ref" and not self.arrays:
            value = self._crossing(node[1], value)
        value = single(value)
        if isinstance(value, CellError):
            raise Refusal(value)
        return value

    def _crossing(self, reference: Reference, grid: list[list[Any]]) -> Any:
        box = box_of_reference(self.book, self.sheet, reference)
        if box is None or (len(grid) == 1 and len(grid[0]) == 1):
            return grid
        _, top, bottom, left, right = box
        if right - left == 1 and top <= self.row < bottom:
            return self._at(grid, self.row - top, 0)
        if bottom - top == 1 and left <= self.column < right:
            return self._at(grid, 0, self.column - left)
        raise refuse("VALUE", "An array value could not be found.")

    @staticmethod
    def _at(grid: list[list[Any]], row: int, column: int) -> Any:
        return grid[row][column] if row < len(grid) and column < len(grid[row]) else None

    def evaluate(self, node: Node) -> Any:
        """A value, or a grid of values."""
        kind = node[0]
        if kind == "value":
            return node[1]
        if kind == "ref":
            return self.cells(node[1])
        if kind == "call":
            return self.call(node[1], node[2])
        if kind == "operation":
            return self.operation(node)
        if kind == "negative":
            return self.each(lambda value: -number(value, "UMINUS", 1), node[1])
        if kind == "percent":
            return self.each(lambda value: number(value, "UNARY_PERCENT", 1) / 100, node[1])
        if kind == "array":
            return self.array(node[1])
        if kind == "error":
            raise Refusal(error_named(node[1]))
        if kind == "name":
            return self.named(node[1])
        return None

    def each(self, work: Any, node: Node) -> Any:
        """A function over a value, or over each value of a grid in array mode."""
        if not self.arrays:
            return work(self.scalar(node))
        value = self.evaluate(node)
        if isinstance(value, list):
            return [[_caught(lambda item=item: work(item)) for item in row] for row in value]
        return work(value)

    def operation(self, node: Node) -> Any:
        """A binary operator; pairwise over grids in array mode."""
        _, operator, left, right = node
        if not self.arrays:
            return operate(operator, self.scalar(left), self.scalar(right))
        a, b = self.evaluate(left), self.evaluate(right)
        if not isinstance(a, list) and not isinstance(b, list):
            return operate(operator, a, b)
        height = max(len(grid) for grid in (a, b) if isinstance(grid, list))
        width = max(len(grid[0]) for grid in (a, b) if isinstance(grid, list) and grid)
        return [
            [
                _caught(lambda r=r, c=c: operate(operator, _pick(a, r, c), _pick(b, r, c)))
                for c in range(width)
            ]
            for r in range(height)
        ]

    def array(self, rows: Any) -> list[list[Any]]:
        """An array in braces."""
        out: list[list[Any]] = []
        for row in rows:
            parts = [self.evaluate(item) for item in row]
            height = max((len(part) for part in parts if isinstance(part, list)), default=1)
            for index in range(height):
                line: list[Any] = []
                for part in parts:
                    line += part[index] if isinstance(part, list) and index < len(part) else [part]
                out.append(line)
        return out

    def call(self, name: str, arguments: Any) -> Any:
        """A function call."""
        if name in LAZY:
            return LAZY[name](self, arguments)
        function = FUNCTIONS.get(name)
        if function is None:
            raise refuse("NAME", f"Unknown function: '{name}'.")
        values = [self.evaluate(argument) for argument in arguments]
        return function(self, *values)

    def cells(self, reference: Reference) -> Any:
        """The values of the cells that a reference names."""
        box = box_of_reference(self.book, self.sheet, reference)
        if box is None:
            raise refuse("REF", f"Unresolved sheet name '{reference.sheet}'.")
        sheet, top, bottom, left, right = box
        if bottom <= top or right <= left:
            if reference.last is None:
                raise refuse("REF", "Reference does not exist.")
            return [[None]]
        return [
            [self._value(sheet, row, column) for column in range(left, right)] for row in range(top, bottom)
        ]

    def _value(self, sheet: Sheet, row: int, column: int) -> Value:
        value = sheet.cell(row, column).value
        if value is None:
            return self.spills(sheet).get((row, column))
        return effective(self.book, sheet, row, column).value if isinstance(value, Formula) else value

    def spills(self, sheet: Sheet) -> dict[tuple[int, int], Value]:
        """What array formulas put into blank cells; none while those formulas are worked out."""
        from .spills import spills_of

        return spills_of(self.book, sheet)

    def named(self, name: str) -> Any:
        """The cells of a named range."""
        for named in self.book.named_ranges:
            if named["name"].lower() == name.lower():
                sheet = self.book.grid(named["range"].get("sheetId"))
                box = Place(sheet, area_of(named["range"])).clamped()
                rows, columns = range(box.top, box.bottom), range(box.left, box.right)
                return [[self._value(sheet, row, column) for column in columns] for row in rows]
        raise refuse("NAME", f"Unknown range name: '{name.upper()}'.")

    # -- formats ------------------------------------------------------------------------------
    def format_of(self, node: Node) -> dict[str, Any] | None:
        """The number format that a result takes from its sources."""
        kind = node[0]
        if kind == "ref":
            return self._format_of_cell(node[1])
        if kind == "percent":
            return {"type": "PERCENT", "pattern": "0.00%"}
        if kind == "operation":
            return self._format_of_operation(node)
        if kind == "negative":
            return self.format_of(node[1])
        if kind == "call":
            if node[1] in FORMAT_OF_FUNCTION:
                return FORMAT_OF_FUNCTION[node[1]]
            if node[1] in KEEPS_FORMAT:
                sources = node[2][1:] if node[1] == "IF" else node[2]
                return next((found for found in map(self.format_of, sources) if found), None)
        return None

    def _format_of_cell(self, reference: Reference) -> dict[str, Any] | None:
        box = box_of_reference(self.book, self.sheet, reference)
        if box is None or box[1] >= box[2] or box[3] >= box[4]:
            return None
        sheet, row, _, column, _ = box
        own = (sheet.cell(row, column).format or {}).get("numberFormat")
        return own or effective(self.book, sheet, row, column).number_format

    def _format_of_operation(self, node: Node) -> dict[str, Any] | None:
        _, operator, left, right = node
        if operator not in "+-*/":
            return None
        a, b = self.format_of(left), self.format_of(right)
        if operator in "+-":
            both = is_temporal_format(a) and is_temporal_format(b)
            return None if both and operator == "-" else a or b
        currency = [found for found in (a, b) if found and found.get("type") == "CURRENCY"]
        return currency[0] if len(currency) == 1 else None


def _pick(value: Any, row: int, column: int) -> Any:
    if not isinstance(value, list):
        return value
    line = value[0] if len(value) == 1 else value[row] if row < len(value) else None
    if line is None:
        return CellError("N_A", "")
    if len(line) == 1:
        return line[0]
    return line[column] if column < len(line) else CellError("N_A", "")


def _caught(work: Any) -> Any:
    try:
        return work()
    except Refusal as refusal:
        return refusal.error
