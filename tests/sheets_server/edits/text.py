"""Finding and replacing, trimming, and splitting text."""

from __future__ import annotations

import csv
import io
import re
from typing import Any, NamedTuple

from tests.sheets_server.a1 import WHOLE
from tests.sheets_server.cells import Cell, CellError, Formula
from tests.sheets_server.entered import entered
from tests.sheets_server.errors import invalid
from tests.sheets_server.formats import show
from tests.sheets_server.grid import Sheet
from tests.sheets_server.protection import check_box
from tests.sheets_server.ranges import Box, Place, box_of, corner_of
from tests.sheets_server.spreadsheet import Spreadsheet

from .pasting import make_room

Body = dict[str, Any]
DELIMITERS = {"COMMA": ",", "SEMICOLON": ";", "PERIOD": ".", "SPACE": " "}


class Replacer(NamedTuple):
    """How to change one text."""

    pattern: re.Pattern[str]
    replacement: str
    entire: bool

    def apply(self, text: str) -> tuple[str, int]:
        """The new text, and how many occurrences it lost."""
        if self.entire and not self.pattern.fullmatch(text):
            return text, 0
        return self.pattern.subn(self.replacement, text)


def _replacer(request: Body) -> Replacer:
    find = request.get("find", "")
    if not find:
        raise invalid("The search string cannot be empty.")
    by_regex = request.get("searchByRegex", False)
    flags = 0 if request.get("matchCase") else re.IGNORECASE
    replacement = request.get("replacement", "")
    if by_regex:
        replacement = re.sub(r"\$(\d+)", r"\\g<\1>", replacement.replace("\\", "\\\\"))
    else:
        find, replacement = re.escape(find), replacement.replace("\\", "\\\\")
    try:
        return Replacer(re.compile(find, flags), replacement, bool(request.get("matchEntireCell")))
    except re.error:
        raise invalid(f"Invalid regular expression: {find}") from None


def _scope(book: Spreadsheet, request: Body) -> list[Box]:
    if request.get("allSheets"):
        return [Place(sheet, WHOLE).clamped() for sheet in book.sheets]
    if "sheetId" in request:
        return [Place(book.grid(request["sheetId"]), WHOLE).clamped()]
    if "range" in request:
        return [box_of(book, request["range"])]
    raise invalid("A find/replace scope must be specified.")


class Tally:
    """What a find and replace has changed."""

    def __init__(self) -> None:
        self.values = self.formulas = self.occurrences = 0
        self.rows: set[tuple[int, int]] = set()

    def note(self, sheet: Sheet, row: int, count: int, *, formula: bool) -> None:
        """Count one changed cell."""
        self.occurrences += count
        self.rows.add((sheet.sheet_id, row))
        if formula:
            self.formulas += 1
        else:
            self.values += 1

    def resource(self) -> Body:
        """The API's FindReplaceResponse."""
        counts = {
            "valuesChanged": self.values,
            "formulasChanged": self.formulas,
            "rowsChanged": len(self.rows),
            "sheetsChanged": len({sheet_id for sheet_id, _ in self.rows}),
            "occurrencesChanged": self.occurrences,
        }
        return {name: count for name, count in counts.items() if count}


def find_replace(book: Spreadsheet, request: Body, user: str) -> Body:
    """Replace a text or a pattern in cells."""
    replacer, tally = _replacer(request), Tally()
    for box in _scope(book, request):
        for row in range(box.top, box.bottom):
            cells = box.sheet.rows[row].cells[box.left : box.right]
            for column, cell in enumerate(cells, box.left):
                if cell.value is not None:
                    _replace_in(
                        book, request, replacer, tally, Box(box.sheet, row, row + 1, column, column + 1), user
                    )
    return tally.resource()


def _replace_in(
    book: Spreadsheet, request: Body, replacer: Replacer, tally: Tally, at: Box, user: str
) -> None:
    cell = at.sheet.cell(at.top, at.left)
    is_formula = isinstance(cell.value, Formula)
    if is_formula and not request.get("includeFormulas"):
        return
    old = str(cell.value) if is_formula else _shown(cell)
    new, count = replacer.apply(old)
    if not count:
        return
    check_box(book, at, user)
    value = entered(new, cell.format, book.local_now().date())[0] if new else None
    at.sheet.put(at.top, at.left, cell._replace(value=value, runs=None))
    tally.note(at.sheet, at.top, count, formula=is_formula)


def _shown(cell: Cell) -> str:
    if isinstance(cell.value, str):
        return cell.value
    if isinstance(cell.value, CellError):
        return cell.value.text
    return show(cell.value, (cell.format or {}).get("numberFormat"))


def trim_whitespace(book: Spreadsheet, request: Body, user: str) -> Body:
    """Cut white space at the ends of texts, and squeeze it inside them."""
    box = box_of(book, request.get("range", {}))
    check_box(book, box, user)
    changed = 0
    for row in range(box.top, box.bottom):
        for column, cell in enumerate(box.sheet.rows[row].cells[box.left : box.right], box.left):
            if not isinstance(cell.value, str) or isinstance(cell.value, Formula):
                continue
            trimmed = " ".join(cell.value.split())
            if trimmed != cell.value:
                box.sheet.put(row, column, cell._replace(value=trimmed or None, runs=None))
                changed += 1
    return {"cellsChangedCount": changed} if changed else {}


def text_to_columns(book: Spreadsheet, request: Body, user: str) -> None:
    """Split the texts of one column over the columns to its right."""
    box = box_of(book, request.get("source", {}))
    if box.width != 1:
        raise invalid("Source range must span exactly one column.")
    check_box(book, box, user)
    delimiter = _delimiter(request, box)
    for row in range(box.top, box.bottom):
        cell = box.sheet.cell(row, box.left)
        if isinstance(cell.value, str) and not isinstance(cell.value, Formula):
            write_texts(book, box.sheet, (row, box.left), [cell.value.split(delimiter)])


def _delimiter(request: Body, box: Box) -> str:
    kind = request.get("delimiterType", "DELIMITER_TYPE_UNSPECIFIED")
    if kind == "CUSTOM":
        if not request.get("delimiter"):
            raise invalid("Delimiter must be specified when delimiterType is CUSTOM.")
        return str(request["delimiter"])
    if kind in DELIMITERS:
        return DELIMITERS[kind]
    column = [str(box.sheet.cell(row, box.left).value or "") for row in range(box.top, box.bottom)]
    counts = {mark: sum(text.count(mark) for text in column) for mark in ",;\t ."}
    return max(counts, key=lambda mark: counts[mark])


def write_texts(book: Spreadsheet, sheet: Sheet, start: tuple[int, int], rows: list[list[str]]) -> None:
    """Enter texts as a person would, growing the grid as needed."""
    width = max((len(row) for row in rows), default=0)
    top, left = start
    make_room(book, Box(sheet, top, top + len(rows), left, left + width))
    for r, texts in enumerate(rows, top):
        for c, text in enumerate(texts, left):
            old = sheet.cell(r, c)
            value, number_format = (
                entered(text, old.format, book.local_now().date()) if text else (None, None)
            )
            style = {**(old.format or {}), "numberFormat": number_format} if number_format else old.format
            sheet.put(r, c, old._replace(value=value, format=style, runs=None))


def paste_data(book: Spreadsheet, request: Body, user: str) -> None:
    """Enter delimited text from a cell on."""
    if request.get("html"):
        rows = _html_rows(request.get("data", ""))
    else:
        delimiter = request.get("delimiter") or "\t"
        rows = list(csv.reader(io.StringIO(request.get("data", "")), delimiter=delimiter[0]))
    sheet, top, left = corner_of(book, request.get("coordinate", {}))
    width = max((len(row) for row in rows), default=0)
    check_box(book, Box(sheet, top, top + len(rows), left, left + width), user)
    write_texts(book, sheet, (top, left), rows)


def _html_rows(text: str) -> list[list[str]]:
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", text, re.DOTALL | re.IGNORECASE)
    cell = re.compile(r"<t[dh][^>]*>(.*?)</t[dh]>", re.DOTALL | re.IGNORECASE)
    return [[re.sub(r"<[^>]+>", "", item).strip() for item in cell.findall(row)] for row in rows]


HANDLERS = {
    "findReplace": find_replace,
    "trimWhitespace": trim_whitespace,
    "textToColumns": text_to_columns,
    "pasteData": paste_data,
}
