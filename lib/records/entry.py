"""Records entered or edited in forms: checked as the reader checks cells, then changes for the store."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from datetime import date, tzinfo
from typing import Any

import numpy as np
import pandas as pd

from lib.records.binding import Binding
from lib.records.book import ROW, Book
from lib.records.cells import Context, Finding, read_cells
from lib.records.layout import cell_writer
from lib.records.names import fold
from lib.records.references import Names, read_references
from lib.records.schema import Column, Schema, Worksheet
from lib.store.contract import InsertRow, UpdateCell, Value

ID_LENGTH = 10
# What a form may quietly put right: another notation of the same value, never another value.
_SAME_VALUE_FIXES = frozenset({"as_date", "as_number", "as_text", "rewrite"})


def new_record_id() -> str:
    """A random id of ten letters and digits (50 bits)."""
    return base64.b32encode(secrets.token_bytes(ID_LENGTH)).decode("ascii").lower()[:ID_LENGTH]


def check_entry(
    book: Book,
    schema: Schema,
    worksheet: str,
    values: Mapping[str, Any],
    tz: tzinfo,
    record_id: str | None = None,
) -> tuple[dict[str, Any], dict[str, Finding]]:
    """The values as tables hold them (None = empty), and what is wrong by column key.

    ``values``: texts, numbers, bools, dates, aware or local naive datetimes, choice codes or labels,
    record ids or names, by column key. ``record_id`` None: a new record, of which all required columns
    are asked; else an edit of the given columns. KeyError for a column that the worksheet lacks.
    """
    sheet = schema.worksheets[worksheet]
    entry = _Entry(book, sheet, Context(tz, book.language))
    clean: dict[str, Any] = {}
    errors: dict[str, Finding] = {}
    for key, value in values.items():
        clean[key], finding = entry.check(sheet.columns[key], value)
        if finding is not None:
            errors[key] = finding
    asked = sheet.columns if record_id is None else values
    for key in asked:
        if sheet.columns[key].required and clean.get(key) is None:
            errors.setdefault(key, Finding("missing_required"))
    if sheet.label in clean and sheet.label not in errors:
        errors.update(entry.check_label(clean[sheet.label], record_id))
    return clean, errors


def to_changes_insert(
    book: Book, schema: Schema, worksheet: str, record_id: str, values: Mapping[str, Any], tz: tzinfo
) -> InsertRow:
    """The row to insert for checked ``values`` (of ``check_entry``)."""
    entry = _Entry(book, schema.worksheets[worksheet], Context(tz, book.language))
    cells = {
        entry.header(key): entry.stored(key, value) for key, value in values.items() if value is not None
    }
    return InsertRow(entry.title, record_id, cells)


def to_changes_update(
    book: Book,
    schema: Schema,
    worksheet: str,
    record_id: str,
    seen: Mapping[str, Value],
    new: Mapping[str, Any],
    tz: tzinfo,
) -> tuple[UpdateCell, ...]:
    """Changes for the columns whose checked value differs from what ``seen`` (of ``seen_values``) means.

    A cell that already means the new value is left as people wrote it.
    """
    entry = _Entry(book, schema.worksheets[worksheet], Context(tz, book.language))
    return tuple(
        UpdateCell(entry.title, record_id, entry.header(key), seen.get(key), entry.stored(key, value))
        for key, value in new.items()
        if not entry.means(key, seen.get(key), value)
    )


class _Entry:
    """One worksheet of a book, as forms see it."""

    def __init__(self, book: Book, worksheet: Worksheet, context: Context) -> None:
        self.book, self.worksheet, self.context = book, worksheet, context
        self.binding: Binding | None = book.bindings.get(worksheet.key)

    @property
    def title(self) -> str:
        """The sheet to write to; a missing one is named as in the template, and the store will refuse it."""
        return self.binding.sheet if self.binding else self.worksheet.title(self.context.lang)

    def header(self, key: str) -> str:
        headers = self.binding.headers if self.binding else {}
        return headers.get(key) or self.worksheet.columns[key].header(self.context.lang)

    def check(self, column: Column, value: Any) -> tuple[Any, Finding | None]:
        """The clean value, or None and why it is refused."""
        value = _plain(value)
        if value is None or (isinstance(value, str) and not value.strip()):
            return None, None
        meaning, finding = self._read(column, self._as_stored(column, value))
        if finding is not None and finding.fix_code in _SAME_VALUE_FIXES and finding.fix is not None:
            return self._read(column, finding.fix)
        return meaning, finding

    def check_label(self, label: str | None, record_id: str | None) -> dict[str, Finding]:
        """A name that leads to another record already would make references to both ambiguous."""
        names = self.book.names.get(self.worksheet.key)
        key = self.worksheet.label
        if names is None or not label or key is None or names.label_of.get(record_id or "") == label:
            return {}
        other = names.find(label)
        if other is None or other == record_id:
            return {}
        return {key: Finding("duplicate_name", {"other_row": self._row_of(other, names, label)})}

    def _row_of(self, record: str, names: Names, label: str) -> int:
        rows = self.book.tables[self.worksheet.key][ROW]
        if record not in rows.index:  # several have the name: the first of them
            record = next(
                (each for each, name in names.label_of.items() if name and fold(name) == fold(label)), record
            )
        return int(rows.get(record, 0))

    def means(self, key: str, stored: Value, value: Any) -> bool:
        """Whether a cell with ``stored`` already means ``value``.

        A cell that cannot be read means "empty" here: a form showed nothing, and nothing was entered.
        """
        meaning = None if stored is None else self._read(self.worksheet.columns[key], stored)[0]
        return bool(meaning == value)

    def stored(self, key: str, value: Any) -> Value:
        """A checked value as the store keeps it: labels in the sheet's language, names, local times."""
        column = self.worksheet.columns[key]
        if value is None:
            return None
        if column.ref is not None:
            return self.book.names[column.ref].typed(value)
        return cell_writer(column, self.context.lang, self.context.tz)(value)

    def _as_stored(self, column: Column, value: Any) -> Value:
        """An entered value as it would stand in the cell; texts are read like typed cells."""
        if column.type == "choice" and value in {choice.code for choice in column.choices}:
            return column.choice(value).label(self.context.lang)
        if isinstance(value, date):
            as_date = column.type in ("date", "datetime")
            return cell_writer(column, self.context.lang, self.context.tz)(value) if as_date else str(value)
        stored: Value = value
        return stored

    def _read(self, column: Column, stored: Value) -> tuple[Any, Finding | None]:
        cells = np.empty(1, dtype=object)
        cells[0] = stored
        if column.ref is not None:
            reading = read_references(cells, self.book.names[column.ref]).reading
        else:
            reading = read_cells(cells, column, self.context)
        return plain_value(reading.values[0], column), reading.findings.get(0)


def _plain(value: Any) -> Any:
    """What widgets and tables hold, as plain Python."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or pd.isna(value):
        return None
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value


def plain_value(value: Any, column: Column) -> Any:
    """A table's value as plain Python: None, str, float, int, bool, date or aware datetime."""
    if pd.isna(value):
        return None
    if column.type == "date":
        return pd.Timestamp(value).date()
    if column.type == "datetime":
        return pd.Timestamp(value).to_pydatetime()
    if column.type == "bool":
        return bool(value)
    if column.type in ("number", "money", "integer"):
        return int(value) if column.type == "integer" else float(value)
    return str(value)


def plain_record(book: Book, schema: Schema, worksheet: str, record_id: str) -> dict[str, Any]:
    """A record's values as plain Python by column key, as a form shows them. KeyError if it is not there."""
    row = book.tables[worksheet].loc[record_id]
    columns = schema.worksheets[worksheet].columns
    return {key: plain_value(row[key], column) for key, column in columns.items()}
