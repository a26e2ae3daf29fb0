"""Somebody else's table: which worksheet it resembles, and which of its columns is which."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Literal

import numpy as np

from lib.records.cells import Cells, Context, read_cells
from lib.records.names import fold_header
from lib.records.schema import NUMERIC_TYPES, Column, Schema, Worksheet
from lib.records.spelling import DMY, MDY, date_readings, parse_number
from lib.store.contract import Value

YMD = "ymd"
DEFAULT_ORDER = MDY
SAMPLE_ROWS = 300
SIMILAR_HEADER = 0.85
FITTING_SHARE = 0.5  # of the values that must be readable before a column is suggested
Reason = Literal["header", "alias", "similar", "values", "none"]
_CONFIDENCE: Mapping[Reason, float] = {
    "header": 1.0,
    "alias": 0.9,
    "similar": 0.6,
    "values": 0.5,
    "none": 0.0,
}
_TOLD_BY_VALUES = ("email", "phone")
_YEAR_LAST = re.compile(r"\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*\d{2,4}\b")


@dataclass(frozen=True, eq=False)
class ForeignTable:
    """A table from a file: its title (worksheet or file name) and columns by source name.

    Source names are the header texts; repeated and empty ones are numbered. Cells are texts without
    surrounding space, typed values or None.
    """

    title: str
    columns: Mapping[str, Cells]
    row_numbers: Sequence[int]

    def __len__(self) -> int:
        return len(self.row_numbers)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Which column a source column seems to be (None: leave it out), why, and how sure that is (0 to 1)."""

    column: str | None
    reason: Reason = "none"
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class DateOrder:
    """In which order the parts of a column's dates stand (ymd, mdy, dmy); ``certain`` False: ask a person."""

    order: str
    certain: bool
    examples: tuple[str, ...] = field(default=())


def foreign_table(
    title: str,
    header: Sequence[str],
    rows: Sequence[Sequence[Value]],
    row_numbers: Sequence[int] | None = None,
) -> ForeignTable:
    """A table as ``read_untrusted`` gives it, short rows padded. Row numbers default to 2, 3, ..."""
    names: list[str] = []
    for number, text in enumerate(header, 1):
        name = text.strip() or f"#{number}"
        names.append(name if name not in names else f"{name} #{number}")
    columns = {name: _column(rows, number) for number, name in enumerate(names)}
    return ForeignTable(title, columns, row_numbers or range(2, len(rows) + 2))


def _column(rows: Sequence[Sequence[Value]], number: int) -> Cells:
    cells = np.empty(len(rows), dtype=object)
    cells[:] = [_tidy(row[number]) if number < len(row) else None for row in rows]
    return cells


def _tidy(value: Value) -> Value:
    return (value.strip() or None) if isinstance(value, str) else value


def suggest_target(table: ForeignTable, schema: Schema, tz: tzinfo) -> list[tuple[str, float]]:
    """Worksheet keys with scores, best first (score 0 to about 2; below 0.5 it is a guess in the dark)."""
    scores = [(key, _score(table, worksheet, tz)) for key, worksheet in schema.worksheets.items()]
    return sorted(scores, key=lambda item: -item[1])


def _score(table: ForeignTable, worksheet: Worksheet, tz: tzinfo) -> float:
    found = [each for each in suggest_mapping(table, worksheet, tz).values() if each.column]
    required = [key for key, column in worksheet.columns.items() if column.required]
    covered = sum(each.column in required for each in found) / max(1, len(required))
    share = sum(each.confidence for each in found) / max(1, len(table.columns))
    titles = {fold_header(title) for title in (worksheet.zh, worksheet.en, *worksheet.aliases)}
    return round(share + 0.5 * covered + 0.5 * (fold_header(table.title) in titles), 3)


def suggest_mapping(table: ForeignTable, worksheet: Worksheet, tz: tzinfo) -> dict[str, Suggestion]:
    """For each source column the column it seems to be, by header, alias, likeness and values.

    No column is suggested twice: the surer source gets it.
    """
    offers = [
        (suggestion, source)
        for source, cells in table.columns.items()
        for suggestion in _offers(source, cells, worksheet, tz)
    ]
    found: dict[str, Suggestion] = {}
    taken: set[str | None] = set()
    for suggestion, source in sorted(offers, key=lambda offer: -offer[0].confidence):
        if source not in found and suggestion.column not in taken:
            found[source] = suggestion
            taken.add(suggestion.column)
    return {source: found.get(source, Suggestion(None)) for source in table.columns}


def _offers(source: str, cells: Cells, worksheet: Worksheet, tz: tzinfo) -> list[Suggestion]:
    sample = cells[cells != None][:SAMPLE_ROWS]  # noqa: E711 (elementwise)
    offers = []
    for key, column in worksheet.columns.items():
        reason = _header_reason(source, column)
        if reason == "none" and column.type in _TOLD_BY_VALUES and len(sample):
            reason = "values"
        if reason != "none" and (fit := _fitting_share(sample, column, tz)) >= FITTING_SHARE:
            offers.append(Suggestion(key, reason, round(_CONFIDENCE[reason] * fit, 3)))
    return offers


def _header_reason(source: str, column: Column) -> Reason:
    wanted = fold_header(source)
    if wanted in (fold_header(column.zh), fold_header(column.en)):
        return "header"
    names = [fold_header(name) for name in (column.zh, column.en, *column.aliases)]
    if wanted in names:
        return "alias"
    return "similar" if difflib.get_close_matches(wanted, names, 1, SIMILAR_HEADER) else "none"


def _fitting_share(sample: Cells, column: Column, tz: tzinfo) -> float:
    """Which part of the values the column could hold; 1 for texts, references and no values at all."""
    if column.type in ("text", "long_text", "ref") or not len(sample):
        return 1.0
    order = date_order(sample).order
    reading = read_cells(convert(sample, column, order, tz), column, Context(tz, "en"))
    return 1.0 - len(reading.findings) / len(sample)


def date_order(cells: Cells) -> DateOrder:
    """The order of year, month and day in a column of dates as text; other cells are passed over."""
    texts = [text for text in cells.tolist() if isinstance(text, str)]
    pairs = [(int(m[1]), int(m[2]), m[0].strip()) for text in texts if (m := _YEAR_LAST.match(text))]
    if not pairs:
        return DateOrder(YMD, certain=True)
    examples = tuple(dict.fromkeys(text for _, _, text in pairs))[:3]
    day_first = any(first > 12 for first, _, _ in pairs)
    month_first = any(second > 12 for _, second, _ in pairs)
    if day_first != month_first:
        return DateOrder(DMY if day_first else MDY, True, examples)
    return DateOrder(DEFAULT_ORDER, False, examples)


def convert(cells: Cells, column: Column, order: str, tz: tzinfo) -> Cells:
    """Texts that certainly mean a number or date of the column as such; everything else as it is."""
    if column.type in NUMERIC_TYPES:
        return _convert_texts(cells, parse_number)
    if column.type in ("date", "datetime"):
        orders = (order,) if order in (MDY, DMY) else (MDY, DMY)
        return _convert_texts(cells, lambda text: _only_date(text, orders, tz))
    if column.type in ("phone", "text", "long_text"):
        return _convert_numbers(cells)
    return cells


def _only_date(text: str, orders: Sequence[str], tz: tzinfo) -> Value:
    readings = date_readings(text, tz, orders)
    return readings[0] if len(readings) == 1 else None


def _convert_texts(cells: Cells, parse: object) -> Cells:
    assert callable(parse)
    meant: dict[str, Value] = {text: parse(text) for text in set(cells.tolist()) if isinstance(text, str)}
    converted = cells.copy()
    for position, value in enumerate(cells.tolist()):
        if isinstance(value, str) and (parsed := meant[value]) is not None:
            converted[position] = parsed
    return converted


def _convert_numbers(cells: Cells) -> Cells:
    """Whole numbers in columns of text as the digits that people see."""
    converted = cells.copy()
    for position, value in enumerate(cells.tolist()):
        if type(value) is int or (type(value) is float and value.is_integer()):
            converted[position] = f"{value:.0f}"
    return converted
