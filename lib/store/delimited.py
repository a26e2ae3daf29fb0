"""Delimited text as people export it: its encoding and its delimiter are found out."""

from __future__ import annotations

import csv
import io
from collections import Counter

from lib.store.contract import NotASpreadsheet

DELIMITERS = ",;\t|"
LONGEST_FIELD = 2 << 20
MOST_CELLS = 12_000_000
_SAMPLE_LINES = 50


def read_delimited(data: bytes) -> list[list[str]]:
    """The rows of a CSV file. Raises NotASpreadsheet for what is no text or no table."""
    text = decoded(data)
    csv.field_size_limit(LONGEST_FIELD)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text)))
    except csv.Error as error:
        raise NotASpreadsheet(f"The file is not readable as CSV: {error}.", "bad_csv") from None
    if len(rows) * max(map(len, rows), default=0) > MOST_CELLS:
        raise NotASpreadsheet("The file has too many cells; split it.", "too_big")
    return rows


def decoded(data: bytes) -> str:
    """Text in UTF-8, UTF-16 or GB 18030, with or without a byte order mark."""
    for encoding in _encodings(data):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotASpreadsheet(
        "The file is neither a workbook nor text in UTF-8, UTF-16 or GB 18030. Save it as CSV UTF-8.",
        "unknown_encoding",
    )


def _encodings(data: bytes) -> tuple[str, ...]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    start = data[:2000]
    if b"\0" in start:
        zeros_second, zeros_first = start[1::2].count(0), start[::2].count(0)
        return (
            ("utf-16-le",) if zeros_second > zeros_first == 0 else ("utf-16-be",) if not zeros_second else ()
        )
    return ("utf-8-sig", "gb18030")


def delimiter(text: str) -> str:
    """The delimiter that cuts the first lines most evenly into the most fields."""
    lines = text[:200_000].splitlines(keepends=True)[:_SAMPLE_LINES]
    return max(DELIMITERS, key=lambda mark: _evenness(lines, mark))


def _evenness(lines: list[str], mark: str) -> tuple[float, int]:
    try:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=mark) if row)
    except csv.Error:
        return 0.0, 0
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return (count / widths.total(), width) if width > 1 else (0.0, 0)
