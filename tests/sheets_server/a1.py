"""A1 notation: reading it, writing it, quoting the names of sheets."""

from __future__ import annotations

import re
from typing import NamedTuple

_CORNER = re.compile(r"^\$?([A-Za-z]{1,3})?\$?(\d{1,8})?$")
_R1C1 = re.compile(r"^R(\d+)C(\d+)$", re.IGNORECASE)
_PLAIN_TITLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_LOOKS_LIKE_CELL = re.compile(r"^([A-Za-z]{1,3}\d+|[rR]\d*[cC]\d*|[rR]\d+)$")


class Area(NamedTuple):
    """Zero-based, half-open; None means unbounded on that side."""

    start_row: int | None = None
    end_row: int | None = None
    start_column: int | None = None
    end_column: int | None = None


WHOLE = Area()


def column_name(index: int) -> str:
    """`0` -> `A`, `26` -> `AA`."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_index(name: str) -> int:
    """`A` -> `0`, `AA` -> `26`."""
    index = 0
    for letter in name.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1


def cell_name(row: int, column: int) -> str:
    """`0, 0` -> `A1`."""
    return f"{column_name(column)}{row + 1}"


def quoted_title(title: str) -> str:
    """A sheet's name as it stands in front of `!`; quoted when it must be."""
    if _PLAIN_TITLE.match(title) and not _LOOKS_LIKE_CELL.match(title):
        return title
    return "'" + title.replace("'", "''") + "'"


def _corner(text: str) -> tuple[int | None, int | None] | None:
    r1c1 = _R1C1.match(text)
    if r1c1:
        return int(r1c1[1]) - 1, int(r1c1[2]) - 1
    match = _CORNER.match(text)
    if not match or not (match[1] or match[2]) or match[2] == "0":
        return None
    row = int(match[2]) - 1 if match[2] else None
    return row, column_index(match[1]) if match[1] else None


def _span(first: int | None, last: int | None) -> tuple[int | None, int | None]:
    if first is None or last is None:
        start = first if first is not None else last
        return start, None
    return min(first, last), max(first, last) + 1


def parse_area(text: str) -> Area | None:
    """The cells named by `A1`, `A1:B2`, `A:C`, `2:3`, `A2:B`; None when the text names none."""
    first_text, colon, last_text = text.partition(":")
    first = _corner(first_text)
    if first is None:
        return None
    if not colon:
        row, column = first
        if row is None or column is None:
            return None
        return Area(row, row + 1, column, column + 1)
    last = _corner(last_text)
    if last is None:
        return None
    return Area(*_span(first[0], last[0]), *_span(first[1], last[1]))


def split_title(text: str) -> tuple[str | None, str]:
    """`'My sheet'!A1` -> (`My sheet`, `A1`); no `!` -> (None, text)."""
    if text.startswith("'"):
        match = re.match(r"^'((?:[^']|'')*)'(?:!(.*))?$", text, re.DOTALL)
        if match:
            return match[1].replace("''", "'"), match[2] or ""
    title, mark, rest = text.rpartition("!")
    return (title, rest) if mark else (None, text)


def area_text(area: Area) -> str:
    """`Area(0, 2, 0, None)` -> `A1:2`; a single cell -> `A1`; the whole sheet -> an empty text."""
    if area == WHOLE:
        return ""
    start_row, end_row, start_column, end_column = area
    first_column = column_name(start_column or 0) if start_column is not None or end_column else ""
    rows_open = start_row is None and end_row is None
    first = first_column + ("" if rows_open else str((start_row or 0) + 1))
    last = (column_name(end_column - 1) if end_column else "") + (str(end_row) if end_row else "")
    if not last:
        last = first_column if rows_open else ""
    if not last or (first == last and None not in area):
        return first
    return f"{first}:{last}"


def range_text(title: str, area: Area) -> str:
    """`Sheet1!A1:B2`; the whole of a sheet is its name alone."""
    cells = area_text(area)
    return f"{quoted_title(title)}!{cells}" if cells else quoted_title(title)
