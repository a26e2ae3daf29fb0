"""A new workbook, made to be edited by people: the empty template, the demo, an export."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import xlsxwriter

from lib.store.contract import DELETED_HEADER, ID_HEADER, META_SHEET, CellError, StoreError, Value
from lib.store.reading import letters
from lib.store.values import storable

Kind = Literal["text", "number", "money", "date", "datetime", "bool", "id"]

FORMAT_VERSION = 1
LISTS_SHEET = "_lists"
PREPARED_ROWS = 20_000  # drop-downs and the filter reach at least this far below the header
LONGEST_LITERAL_LIST = 255
LONGEST_NOTE = 2_000
MAX_ROWS = 1_048_575

NUMBER_FORMATS: dict[Kind, str] = {
    "text": "@",
    "id": "@",
    "number": "General",
    "money": "#,##0.00",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm",
    "bool": "General",
}
_HEADER_TINT, _HEADER_TEXT, _HEADER_LINE, _FAINT_TEXT = "#E8EFF5", "#1F3A4D", "#9DB4C5", "#9A9A9A"


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """One column: its header text, what it holds, its width in characters, the note on its header."""

    header: str
    kind: Kind = "text"
    width: float = 14
    note: str = ""
    choices: tuple[str, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """One worksheet. ``_id`` and ``_deleted`` are added as its last columns, hidden and grey."""

    title: str
    columns: tuple[ColumnLayout, ...]
    tab_colour: str = ""  # "#RRGGBB"


@dataclass(frozen=True, slots=True)
class NewRow:
    """A record of a new workbook; ``values`` lie in the order of the layout's columns."""

    record_id: str
    values: Sequence[Value]


def write_workbook(
    path: Path | str,
    layouts: Sequence[SheetLayout],
    rows: Mapping[str, Sequence[NewRow]] | None = None,
    meta: Mapping[str, Value] | None = None,
) -> None:
    """Write a new workbook at ``path``, which must not exist yet; it appears there complete or not at all.

    ``rows`` are the records by worksheet title; ``meta`` goes into the hidden ``_meta`` sheet and, as
    document properties, where file managers show it. Text is written as text, never as a formula.
    Raises StoreError where the path is taken or cannot be written.
    """
    target = Path(path)
    if target.exists():
        raise StoreError(f"{target} exists already; nothing was written.", "file_exists", path=str(target))
    handle, name = _temporary_beside(target)
    try:
        with os.fdopen(handle, "wb") as file:
            facts = {"format": FORMAT_VERSION, "workbook_id": uuid.uuid4().hex, **(meta or {})}
            _write_book(file, layouts, rows or {}, facts)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except OSError as error:
        raise StoreError(
            f"{target} cannot be written: {error.strerror}.", "cannot_write", path=str(target)
        ) from None
    finally:
        Path(name).unlink(missing_ok=True)


def _temporary_beside(target: Path) -> tuple[int, str]:
    try:
        handle, name = tempfile.mkstemp(".tmp", f".{target.name}.", target.parent)
        Path(name).chmod(0o644)
    except OSError as error:
        raise StoreError(
            f"{target.parent} cannot be written to: {error.strerror}.", "cannot_write", path=str(target)
        ) from None
    return handle, name


def _write_book(
    file: Any,
    layouts: Sequence[SheetLayout],
    rows: Mapping[str, Sequence[NewRow]],
    meta: Mapping[str, Value],
) -> None:
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_calc_mode("auto")
        styles = _Styles(book)
        lists = _LongLists()
        for layout in layouts:
            _write_sheet(book, styles, lists, layout, rows.get(layout.title, ()))
        lists.write(book)
        _write_meta(book, meta)


class _Styles:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        font = {"font_name": "Calibri", "font_size": 11, "valign": "vcenter"}
        self._columns = {
            kind: book.add_format({**font, "num_format": code}) for kind, code in NUMBER_FORMATS.items()
        }
        self.bookkeeping = book.add_format({**font, "num_format": "@", "font_color": _FAINT_TEXT})
        self.header = book.add_format(
            {
                **font,
                "bold": True,
                "font_color": _HEADER_TEXT,
                "bg_color": _HEADER_TINT,
                "bottom": 1,
                "bottom_color": _HEADER_LINE,
                "text_wrap": True,
            }
        )

    def column(self, kind: Kind) -> Any:
        return self.bookkeeping if kind == "id" else self._columns[kind]


class _LongLists:
    """Drop-down lists too long for a literal: columns of a hidden sheet, each under a defined name."""

    def __init__(self) -> None:
        self._lists: list[tuple[str, ...]] = []

    def name(self, choices: tuple[str, ...]) -> str:
        if choices not in self._lists:
            self._lists.append(choices)
        return f"_list_{self._lists.index(choices) + 1}"

    def write(self, book: Any) -> None:
        if not self._lists:
            return
        sheet = book.add_worksheet(LISTS_SHEET)
        sheet.hide()
        for column, choices in enumerate(self._lists):
            sheet.write_column(0, column, choices)
            letter = letters(column)
            area = f"='{LISTS_SHEET}'!${letter}$1:${letter}${len(choices)}"
            book.define_name(self.name(choices), area)


def _write_sheet(
    book: Any, styles: _Styles, lists: _LongLists, layout: SheetLayout, rows: Sequence[NewRow]
) -> None:
    sheet = book.add_worksheet(layout.title)
    columns = (
        *layout.columns,
        ColumnLayout(ID_HEADER, "id", 12, hidden=True),
        ColumnLayout(DELETED_HEADER, "id", 18, hidden=True),
    )
    last_row = min(max(PREPARED_ROWS, len(rows) * 2), MAX_ROWS)
    if layout.tab_colour:
        sheet.set_tab_color(layout.tab_colour)
    sheet.set_row(0, 24)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, last_row, len(columns) - 1)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width, styles.column(column.kind), {"hidden": column.hidden})
        sheet.write_string(0, number, column.header, styles.header)
        if column.note:
            sheet.write_comment(0, number, column.note[:LONGEST_NOTE], {"x_scale": 2, "y_scale": 1.2})
        if validation := _validation(column, lists):
            sheet.data_validation(1, number, last_row, number, validation)
    _write_rows(sheet, columns, [styles.column(column.kind) for column in columns], rows)


def _validation(column: ColumnLayout, lists: _LongLists) -> dict[str, Any] | None:
    """A drop-down that offers, and warns, but lets people type something else: reading checks."""
    if not column.choices:
        return None
    literal = ",".join(column.choices)
    fits = len(literal) <= LONGEST_LITERAL_LIST and not any("," in choice for choice in column.choices)
    source: Any = list(column.choices) if fits else f"={lists.name(column.choices)}"
    return {"validate": "list", "source": source, "error_type": "warning", "ignore_blank": True}


def _write_rows(
    sheet: Any, columns: Sequence[ColumnLayout], formats: Sequence[Any], rows: Sequence[NewRow]
) -> None:
    width, id_format = len(columns) - 2, formats[-2]
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row.values):
            if place < width and value is not None:
                _write_value(sheet, number, place, value, formats[place])
        sheet.write_string(number, width, row.record_id, id_format)


def _write_value(sheet: Any, row: int, column: int, value: Value, style: Any) -> None:
    value = storable(value)
    match value:
        case str():
            sheet.write_string(row, column, value, style)
        case bool():
            sheet.write_boolean(row, column, value, style)
        case int() | float():
            sheet.write_number(row, column, value, style)
        case datetime():
            sheet.write_datetime(row, column, value, style)
        case CellError():
            sheet.write_string(row, column, value.code, style)


def _write_meta(book: Any, meta: Mapping[str, Value]) -> None:
    sheet = book.add_worksheet(META_SHEET)
    sheet.hide()
    sheet.set_column(0, 1, 30)
    sheet.write_row(0, 0, ["key", "value"])
    plain = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for number, (key, value) in enumerate(meta.items(), 1):
        sheet.write_string(number, 0, key)
        _write_value(sheet, number, 1, value, plain if isinstance(value, datetime) else None)
        if isinstance(value, (bool, int, float, str, datetime)):
            book.set_custom_property(f"huifang_{key}", value)
