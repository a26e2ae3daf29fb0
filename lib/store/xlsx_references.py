"""What a formula looks at: areas of cells, named directly, by a name, or by a table's columns."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lib.store.xlsx_cells import column_number

_LONGEST = 10_000  # more than a spreadsheet program takes
LAST_ROW, LAST_COLUMN = 1_048_576, 16_383
_TEXT = re.compile(r'"(?:[^"]|"")*"')
_AREA = re.compile(
    r"(?<![\w.$\]'])(?:('(?:[^']|'')+'|[\w.\[\]]+(?::[\w.]+)?)!)?"
    r"(?:(\$?)([A-Za-z]{1,3})(\$?)(\d{1,7})(?::(\$?)([A-Za-z]{1,3})(\$?)(\d{1,7}))?"
    r"|\$?([A-Za-z]{1,3}):\$?([A-Za-z]{1,3})|\$?(\d{1,7}):\$?(\d{1,7}))(?![\w(.!])"
)
_NAME = re.compile(r"(?<![\w.\]'])([^\W\d][\w.]*)(?![\w.(!'\[])")
_TABLE = re.compile(r"(?<![\w.])([^\W\d][\w.]*)?\[((?:[^\[\]]|\[[^\[\]]*\])*)\](?![\w' .]*!)")
_ANYWHERE = re.compile(r"\b(?:INDIRECT|OFFSET)\s*\(", re.I)  # where these look is known only when computed


@dataclass(frozen=True, slots=True)
class Area:
    """Cells of one worksheet: 1-based rows, 0-based columns, all inclusive."""

    title: str
    top: int
    left: int
    bottom: int
    right: int


ANYWHERE = Area("", 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Table:
    """A table's cells below the header, new rows included, and the column of each header (casefolded)."""

    area: Area
    columns: Mapping[str, int]


@dataclass(frozen=True)
class Names:
    """What names stand for, all casefolded: worksheets by title, defined names, tables."""

    titles: Mapping[str, str]
    areas: Mapping[str, tuple[Area, ...]] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as written for the cell at ``row``, ``column`` of a worksheet."""

    title: str
    row: int
    column: int
    text: str


def formula_text(xml: bytes) -> str:
    """The text of a formula without the texts in it, which could look like references."""
    text = xml.decode("utf-8", "replace")
    return _TEXT.sub('""', html.unescape(text) if "&" in text else text)


def areas_of(formula: Formula, names: Names, down: int = 0, right: int = 0) -> Iterator[Area]:
    """The areas that a formula looks at; for a copy of it so many rows ``down`` and columns ``right``.

    ANYWHERE where that cannot be seen. Other workbooks are left out.
    """
    text = formula.text
    if len(text) > _LONGEST or ("(" in text and _ANYWHERE.search(text)):
        yield ANYWHERE
        return
    for match in _AREA.finditer(text):
        if area := _area(match, formula.title, names, down, right):
            yield area
    if names.tables and "[" in text:
        for match in _TABLE.finditer(text):
            yield from _table_areas(match, formula, names, down)
    if names.areas:
        for match in _NAME.finditer(text):
            yield from names.areas.get(match[1].casefold(), ())


def _area(match: re.Match[str], title: str, names: Names, down: int, right: int) -> Area | None:
    if match[1]:
        sheet = match[1].strip("'").replace("''", "'")
        if "[" in sheet:
            return None
        if (found := names.titles.get(sheet.casefold())) is None:
            return ANYWHERE if ":" in sheet else None
        title = found
    if match[10]:
        left, last = sorted((_column(match[10]), _column(match[11])))
        return Area(title, 1, left, LAST_ROW, last)
    if match[12]:
        top, bottom = sorted((int(match[12]), int(match[13])))
        return Area(title, top, 0, bottom, LAST_COLUMN)
    first = _corner(match[2], match[3], match[4], match[5], down, right)
    last_corner = _corner(match[6], match[7], match[8], match[9], down, right) if match[7] else first
    (top, bottom), (left, last) = (sorted(pair) for pair in zip(first, last_corner, strict=True))
    return Area(title, top, left, bottom, last)


def _corner(fixed: str, letters: str, fixed_row: str, row: str, down: int, right: int) -> tuple[int, int]:
    return int(row) + (0 if fixed_row else down), _column(letters) + (0 if fixed else right)


def _column(letters: str) -> int:
    return column_number(letters.upper().encode("ascii"))


def _table_areas(match: re.Match[str], formula: Formula, names: Names, down: int) -> Iterator[Area]:
    """The columns named in the brackets, in the formula's own row if they say so."""
    if match[1]:
        tables = [names.tables[match[1].casefold()]] if match[1].casefold() in names.tables else []
    else:
        tables = [table for table in names.tables.values() if table.area.title == formula.title]
    words = {word.strip("@[]# ").casefold() for word in re.split(r"[\[\]:,]", match[2])}
    for table in tables:
        area, columns = table.area, [table.columns[word] for word in words if word in table.columns]
        left, right = (min(columns), max(columns)) if columns else (area.left, area.right)
        if "this row" in words or "@" in match[2]:
            yield Area(area.title, formula.row + down, left, formula.row + down, right)
        else:
            yield Area(area.title, area.top, left, area.bottom, right)
