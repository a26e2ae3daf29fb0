"""How a new spreadsheet looks: worksheets laid out from the schema, and records as rows for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, tzinfo
from typing import Any

from lib.locale import text
from lib.records.schema import NUMERIC_TYPES, Column, Schema, Worksheet
from lib.store.contract import Value
from lib.store.new_workbook import ColumnLayout, Kind, NewRow, SheetLayout

_KINDS: Mapping[str, Kind] = {
    "number": "number", "integer": "number", "money": "money",
    "date": "date", "datetime": "datetime", "bool": "bool",
}  # fmt: skip
_WIDTHS = {"long_text": 40, "datetime": 17, "date": 12, "bool": 9, "email": 24, "phone": 16, "money": 14}
_TAB_COLOURS = {"client": "#2F6DA3", "contact": "#2F6DA3", "staff": "#6B7F8E", "team": "#9A8455"}


def template_layouts(schema: Schema, lang: str) -> tuple[SheetLayout, ...]:
    """Layouts of all worksheets in ``lang``, after a first sheet that says what they are for."""
    return (_guide_layout(lang), *(worksheet_layout(sheet, lang) for sheet in schema.worksheets.values()))


def guide_rows(schema: Schema, lang: str) -> dict[str, list[NewRow]]:
    """The rows of the first sheet, by its title: one for each worksheet. Pass them on with the records."""
    rows = [
        NewRow(sheet.key, (sheet.title(lang), sheet.purpose(lang), _personal_mark(sheet, lang)))
        for sheet in schema.worksheets.values()
    ]
    return {text(lang, "template.guide"): rows}


def _personal_mark(worksheet: Worksheet, lang: str) -> str:
    return text(lang, "template.personal") if worksheet.personal else ""


def _guide_layout(lang: str) -> SheetLayout:
    headers = [text(lang, f"template.guide_{name}") for name in ("sheet", "purpose", "personal")]
    columns = tuple(
        ColumnLayout(header, width=width) for header, width in zip(headers, (18, 64, 18), strict=True)
    )
    return SheetLayout(text(lang, "template.guide"), columns, "#B9B9B9")


def worksheet_layout(worksheet: Worksheet, lang: str) -> SheetLayout:
    """The layout of one worksheet: all columns of the schema, in order."""
    columns = tuple(_column_layout(column, lang) for column in worksheet.columns.values())
    return SheetLayout(worksheet.title(lang), columns, _TAB_COLOURS.get(worksheet.about, ""))


def _column_layout(column: Column, lang: str) -> ColumnLayout:
    header = column.header(lang)
    labels = tuple(choice.label(lang) for choice in column.choices)
    width = max(_WIDTHS.get(column.type, 16), _display_width(header) + 3)
    return ColumnLayout(header, _KINDS.get(column.type, "text"), width, _note(column, labels, lang), labels)


def _note(column: Column, labels: tuple[str, ...], lang: str) -> str:
    lines = [text(lang, "template.required")] if column.required else []
    lines += [column.note(lang)] if column.note(lang) else []
    lines += [text(lang, "template.allowed", values=" / ".join(labels))] if labels else []
    return "\n".join(lines)


def _display_width(header: str) -> int:
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in header)


def rows_for(
    worksheet: Worksheet, lang: str, records: Iterable[tuple[str, Mapping[str, Any]]], tz: tzinfo
) -> list[NewRow]:
    """Records, (id, {column key: value}), as rows for ``worksheet_layout``.

    Values are those of tables: choice codes, dates, aware (or local naive) datetimes; references are
    names as they shall be typed. A key that is not there or None gives an empty cell. KeyError for an
    unknown choice code.
    """
    listed = list(records)
    written = [
        _written([values.get(column.key) for _, values in listed], cell_writer(column, lang, tz))
        for column in worksheet.columns.values()
    ]
    return [
        NewRow(record, cells) for (record, _), cells in zip(listed, zip(*written, strict=True), strict=True)
    ]


def _written(values: list[Any], write: Callable[[Any], Value]) -> list[Value]:
    return [None if value is None else write(value) for value in values]


def cell_writer(column: Column, lang: str, tz: tzinfo) -> Callable[[Any], Value]:
    """A function from a typed value (not None) to what the store keeps; references pass as texts."""
    if column.type == "choice":
        return {choice.code: choice.label(lang) for choice in column.choices}.__getitem__
    if column.type == "date":
        return _midnight
    if column.type == "datetime":
        return lambda moment: local_wall_time(moment, tz)
    if column.type == "bool":
        return bool
    return _number if column.type in NUMERIC_TYPES else str


def local_wall_time(moment: date, tz: tzinfo) -> datetime:
    """An aware datetime as local naive time, as spreadsheets keep it; others are local already."""
    if not isinstance(moment, datetime):
        return _midnight(moment)
    return moment if moment.tzinfo is None else moment.astimezone(tz).replace(tzinfo=None)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 (a spreadsheet's dates have no zone)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, float) else int(value)
