"""Rewriting the references in formulas when cells move or are copied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .cells import Formula
from .evaluation import formulas_of
from .formula_text import End, ParseError, Reference, read_reference, tokenize
from .grid import ROWS, Sheet
from .spreadsheet import Spreadsheet

GONE = "#REF!"
Rewrite = Callable[[Reference], "Reference | None"]


def rewritten(formula: str, rewrite: Rewrite) -> str:
    """The formula with each reference replaced; a reference that is gone becomes `#REF!`."""
    try:
        tokens = tokenize(formula)
    except ParseError:
        return formula
    if not any(token.kind == "ref" for token in tokens):
        return formula
    parts = ["="]
    for kind, text in tokens:
        if kind == "ref":
            old = read_reference(text)
            new = rewrite(old)
            parts.append(GONE if new is None else text if new == old else new.text)
        else:
            parts.append(text)
    return "".join(parts)


# -- copying ----------------------------------------------------------------------------------
def offset_formula(text: str, rows: int, columns: int) -> str:
    """A formula as it reads after it was copied some cells away."""
    if not rows and not columns:
        return text

    def rewrite(reference: Reference) -> Reference | None:
        first = _offset_end(reference.first, rows, columns)
        last = _offset_end(reference.last, rows, columns) if reference.last else None
        if first is None or (reference.last is not None and last is None):
            return None
        return reference._replace(first=first, last=last)

    return rewritten(text, rewrite)


def _offset_end(end: End, rows: int, columns: int) -> End | None:
    row = end.row if end.row is None or end.row_fixed else end.row + rows
    column = end.column if end.column is None or end.column_fixed else end.column + columns
    if (row is not None and row < 0) or (column is not None and column < 0):
        return None
    return end._replace(row=row, column=column)


# -- following lines --------------------------------------------------------------------------
def _rewrite_all(book: Spreadsheet, rewrite_for: Callable[[Sheet], Rewrite]) -> None:
    for sheet in book.sheets:
        for row, column, formula in formulas_of(sheet):
            new = rewritten(formula, rewrite_for(sheet))
            if new != formula:
                sheet.put(row, column, sheet.cell(row, column)._replace(value=Formula(new)))


def _points_to(reference: Reference, home: Sheet, sheet: Sheet) -> bool:
    if reference.sheet is None:
        return home is sheet
    return reference.sheet.lower() == sheet.title.lower()


def shift_references(book: Spreadsheet, sheet: Sheet, dimension: str, mapping: Any) -> None:
    """Let formulas follow the lines of a sheet."""

    def rewrite_for(home: Sheet) -> Rewrite:
        return lambda reference: (
            _shifted(reference, dimension, mapping) if _points_to(reference, home, sheet) else reference
        )

    _rewrite_all(book, rewrite_for)


def _shifted(reference: Reference, dimension: str, mapping: Any) -> Reference | None:
    name = "row" if dimension == ROWS else "column"
    last = reference.last or reference.first
    start, end = getattr(reference.first, name), getattr(last, name)
    if start is None and end is None:
        return reference
    moved = mapping(start, None if end is None else end + 1)
    if moved is None:
        return None
    first = reference.first._replace(**{name: moved[0]})
    if reference.last is None:
        return reference._replace(first=first)
    new_end = None if moved[1] is None else moved[1] - 1
    return reference._replace(first=first, last=reference.last._replace(**{name: new_end}))


def rename_references(book: Spreadsheet, old: str, new: str) -> None:
    """Let formulas follow a sheet that got another name."""

    def rewrite(reference: Reference) -> Reference:
        same = reference.sheet is not None and reference.sheet.lower() == old.lower()
        return reference._replace(sheet=new) if same else reference

    _rewrite_all(book, lambda _home: rewrite)


def follow_block(book: Spreadsheet, source: Any, target: Any) -> None:
    """Let formulas follow a block of cells that was cut and pasted."""
    rows, columns = target.top - source.top, target.left - source.left

    def rewrite_for(home: Sheet) -> Rewrite:
        def rewrite(reference: Reference) -> Reference:
            if not _points_to(reference, home, source.sheet) or not _inside(reference, source):
                return reference
            moved = [
                end._replace(row=end.row + rows, column=end.column + columns)
                for end in (reference.first, reference.last)
                if end is not None
            ]
            title = reference.sheet if source.sheet is target.sheet else target.sheet.title
            return Reference(title, moved[0], moved[1] if len(moved) > 1 else None)

        return rewrite

    _rewrite_all(book, rewrite_for)


def _inside(reference: Reference, box: Any) -> bool:
    ends = [end for end in (reference.first, reference.last) if end is not None]
    return all(
        end.row is not None and end.column is not None and box.holds(end.row, end.column) for end in ends
    )
