"""Results of formulas, worked out when they are read and kept until the next change."""

from __future__ import annotations

from typing import Any, NamedTuple

from .cells import ERROR_KINDS, CellError, Formula, Value
from .formula_text import Node, ParseError, Reference, parse
from .grid import Sheet
from .spreadsheet import Spreadsheet

CIRCULAR = "Circular dependency detected. To resolve with iterative calculation, see File > Settings."
PARSE = CellError("ERROR", "Formula parse error.")


class Result(NamedTuple):
    """A computed value, the number format that the formula brings, and its link, if any."""

    value: Value
    number_format: dict[str, Any] | None = None
    link: str | None = None


_BUSY = Result(CellError("REF", CIRCULAR))


def effective(book: Spreadsheet, sheet: Sheet, row: int, column: int) -> Result:
    """What a cell amounts to."""
    value = sheet.cell(row, column).value
    if not isinstance(value, Formula):
        return Result(value)
    key = (sheet.sheet_id, row, column)
    known = book.computed.get(key)
    if known is None:
        _compute_with_needs(book, sheet, row, column)
        known = book.computed[key]
    return known  # type: ignore[no-any-return]


def formulas_of(sheet: Sheet) -> list[tuple[int, int, Formula]]:
    """Every formula of a sheet, with its row and column."""
    return [
        (index, column, cell.value)
        for index, row in enumerate(sheet.rows)
        if row.has_formula
        for column, cell in enumerate(row.cells)
        if isinstance(cell.value, Formula)
    ]


def _compute_with_needs(book: Spreadsheet, sheet: Sheet, row: int, column: int) -> None:
    """Work formulas out in the order of their needs, without deep recursion."""
    stack: list[tuple[Sheet, int, int]] = [(sheet, row, column)]
    entered: set[tuple[int, int, int]] = set()
    while stack:
        home, r, c = stack[-1]
        key = (home.sheet_id, r, c)
        if key in book.computed:
            stack.pop()
            continue
        if key not in entered:
            entered.add(key)
            needs = [n for n in _needs(book, home, r, c) if (n[0].sheet_id, n[1], n[2]) not in book.computed]
            fresh = [n for n in needs if (n[0].sheet_id, n[1], n[2]) not in entered]
            if any((n[0].sheet_id, n[1], n[2]) in entered for n in needs):
                _mark_circle(book, stack, needs)
            if fresh:
                stack.extend(fresh)
                continue
        stack.pop()
        if key not in book.computed:
            book.computed[key] = _compute(book, home, r, c)


def _mark_circle(book: Spreadsheet, stack: list[Any], needs: list[Any]) -> None:
    on_path = {(s.sheet_id, r, c) for s, r, c in stack}
    for sheet, row, column in needs:
        if (sheet.sheet_id, row, column) in on_path and _reaches(book, (sheet, row, column), stack[-1]):
            book.computed[(sheet.sheet_id, row, column)] = _BUSY


def _reaches(book: Spreadsheet, start: Any, goal: Any) -> bool:
    seen, queue = set(), [start]
    while queue:
        at = queue.pop()
        key = (at[0].sheet_id, at[1], at[2])
        if key == (goal[0].sheet_id, goal[1], goal[2]):
            return True
        if key not in seen:
            seen.add(key)
            queue.extend(_needs(book, *at))
    return False


def _needs(book: Spreadsheet, sheet: Sheet, row: int, column: int) -> list[tuple[Sheet, int, int]]:
    formula = sheet.cell(row, column).value
    try:
        node = parse(formula)
    except ParseError:
        return []
    found = []
    for reference in references_of(node):
        box = box_of_reference(book, sheet, reference)
        if box is not None:
            found.extend(_formulas_in(box))
    return found


def _formulas_in(box: tuple[Sheet, int, int, int, int]) -> list[tuple[Sheet, int, int]]:
    sheet, top, bottom, left, right = box
    found = []
    for row in range(top, bottom):
        line = sheet.rows[row]
        if line.has_formula:
            cells = line.cells[left:right]
            found += [
                (sheet, row, left + i) for i, cell in enumerate(cells) if isinstance(cell.value, Formula)
            ]
    return found


def references_of(node: Node) -> list[Reference]:
    """All references in a syntax tree."""
    if node[0] == "ref":
        return [node[1]]
    found = []
    for part in node[1:]:
        if isinstance(part, tuple) and part and isinstance(part[0], str) and not isinstance(part, Reference):
            found += references_of(part)
        elif isinstance(part, tuple) and not isinstance(part, Reference):
            for item in part:
                if isinstance(item, tuple):
                    found += references_of(item) if isinstance(item[0], str) else references_of(("", *item))
    return found


def box_of_reference(
    book: Spreadsheet, home: Sheet, reference: Reference
) -> tuple[Sheet, int, int, int, int] | None:
    """The cells that a reference names, cut to the grid; None when its sheet does not exist."""
    sheet = home if reference.sheet is None else book.find_title(reference.sheet)
    if sheet is None:
        return None
    last = reference.last or reference.first
    rows = _span(reference.first.row, last.row, sheet.row_count)
    columns = _span(reference.first.column, last.column, sheet.column_count)
    return sheet, *rows, *columns


def _span(first: int | None, last: int | None, size: int) -> tuple[int, int]:
    if first is not None and last is not None and first > last:
        first, last = last, first
    end = size if last is None else min(last + 1, size)
    start = 0 if first is None else first
    return min(start, max(end, 0)), end


def _compute(book: Spreadsheet, sheet: Sheet, row: int, column: int) -> Result:
    from .calculation import Calculation

    formula = sheet.cell(row, column).value
    try:
        node = parse(formula)
    except ParseError:
        return Result(PARSE)
    return Calculation(book, sheet, row, column).result(node)


def error_named(text: str) -> CellError:
    """The error value that a text such as `#REF!` stands for."""
    return CellError(ERROR_KINDS[text], "Reference does not exist." if text == "#REF!" else "")
