"""Bring your own spreadsheet: a plan, a dry run that says what would happen, and the rows to insert."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

import numpy as np
import pandas as pd

from lib.records.book import Book
from lib.records.cells import Cells, Context, Finding, Reading, read_cells
from lib.records.entry import new_record_id
from lib.records.import_duplicates import Duplicate, find_duplicates
from lib.records.import_mapping import YMD, ForeignTable, convert
from lib.records.layout import cell_writer
from lib.records.names import fold
from lib.records.problems import shorten
from lib.records.references import Names, read_references
from lib.records.schema import Column, Schema, Worksheet
from lib.store.contract import InsertRow, Value

PROBLEM_COLUMNS = ("row", "source", "column", "header", "value", "code", "reason_params")


@dataclass(frozen=True, eq=False)
class ImportPlan:
    """What a person decided: the worksheet, source column -> column key, and the rest."""

    worksheet: str
    table: ForeignTable
    columns: Mapping[str, str]
    orders: Mapping[str, str] = field(default_factory=dict)  # source column -> ymd, mdy or dmy
    constants: Mapping[str, Any] = field(default_factory=dict)  # column key -> value where the file has none
    create_missing: frozenset[str] = frozenset()  # worksheets to which unknown names are added


@dataclass(frozen=True, eq=False)
class NewRecord:
    """A record to insert; ``values`` by header text. ``source_row``: of the file, 0 for added names."""

    sheet: str
    values: Mapping[str, Value]
    source_row: int = 0


@dataclass(frozen=True, eq=False)
class ImportPreview:
    """What would happen. ``problems``: a table with the columns of ``PROBLEM_COLUMNS``; cells with a
    problem are imported as they are and listed again among the spreadsheet's problems.
    """

    worksheet: str
    records: tuple[NewRecord, ...]
    added: tuple[NewRecord, ...]  # clients, staff that only references name
    duplicates: tuple[Duplicate, ...]  # by position in ``records``
    problems: pd.DataFrame
    skipped_empty: int

    @property
    def counts(self) -> dict[str, int]:
        repeated = {duplicate.position for duplicate in self.duplicates}
        return {
            "rows": len(self.records),
            "new": len(self.records) - len(repeated),
            "duplicates": len(repeated),
            "added": len(self.added),
            "empty": self.skipped_empty,
            "problems": len(self.problems),
        }


def dry_run(book: Book, schema: Schema, plan: ImportPlan, tz: tzinfo) -> ImportPreview:
    """Everything that the import would do, without doing it. KeyError for a plan with unknown columns."""
    return _DryRun(book, schema, plan, Context(tz, book.language)).preview()


def to_batch_changes(
    preview: ImportPreview, *, skip_duplicates: bool = True, new_id: Callable[[], str] = new_record_id
) -> tuple[InsertRow, ...]:
    """The rows to insert in one batch: added names first."""
    left_out = {duplicate.position for duplicate in preview.duplicates} if skip_duplicates else set()
    records = [record for position, record in enumerate(preview.records) if position not in left_out]
    return tuple(InsertRow(record.sheet, new_id(), record.values) for record in (*preview.added, *records))


class _DryRun:
    def __init__(self, book: Book, schema: Schema, plan: ImportPlan, context: Context) -> None:
        self.book, self.schema, self.plan, self.context = book, schema, plan, context
        self.worksheet: Worksheet = schema.worksheets[plan.worksheet]
        self.cells = {column.key: cells for column, cells in self._converted()}
        self.kept = self._rows_with_content()
        self.added: dict[str, dict[str, str]] = {}  # worksheet -> folded name -> name
        self.added_by: dict[tuple[str, str], str] = {}  # (worksheet, folded name) -> column that asked for it

    def _converted(self) -> Iterator[tuple[Column, Cells]]:
        for source, key in self.plan.columns.items():
            column = self.worksheet.columns[key]
            order = self.plan.orders.get(source, YMD)
            yield column, convert(self.plan.table.columns[source], column, order, self.context.tz)

    def _rows_with_content(self) -> Any:
        filled = np.zeros(len(self.plan.table), dtype=bool)
        for cells in self.cells.values():
            filled |= cells != None  # noqa: E711 (elementwise)
        return np.flatnonzero(filled)

    def preview(self) -> ImportPreview:
        readings: dict[str, Reading] = {}
        written: dict[str, list[Value]] = {}
        for key in self.cells:
            readings[key], written[key] = self._read(self.worksheet.columns[key])
        for key, value in self.plan.constants.items():
            written.setdefault(key, [self._constant(self.worksheet.columns[key], value)] * len(self.kept))
        records = self._records(written)
        return ImportPreview(
            worksheet=self.worksheet.key,
            records=records,
            added=tuple(self._added_records()),
            duplicates=find_duplicates(self.book, self.worksheet, written, self._rows(), self.context.tz),
            problems=self._problems(readings, written),
            skipped_empty=len(self.plan.table) - len(self.kept),
        )

    def _rows(self) -> list[int]:
        return [self.plan.table.row_numbers[i] for i in self.kept]

    def _read(self, column: Column) -> tuple[Reading, list[Value]]:
        """A column's reading and what to write: the value in the spreadsheet's form, or as it came."""
        raw = self.cells[column.key][self.kept]
        if column.ref is not None:
            return self._read_references(column, raw)
        reading = read_cells(raw, column, self.context)
        write = cell_writer(column, self.context.lang, self.context.tz)
        written: list[Value] = raw.tolist()
        if column.type in ("choice", "bool", "phone", "email"):
            bad = reading.findings
            for position, value in enumerate(reading.values):
                if position not in bad:
                    written[position] = None if pd.isna(value) else write(value)
        return reading, written

    def _read_references(self, column: Column, raw: Cells) -> tuple[Reading, list[Value]]:
        assert column.ref is not None
        names = self._known_names(column.ref)
        reading = read_references(raw, names).reading
        written: list[Value] = raw.tolist()
        for position, record in enumerate(reading.values):
            if not pd.isna(record) and record in self.book.names[column.ref].label_of:
                written[position] = self.book.names[column.ref].typed(record)
        if column.ref in self.plan.create_missing:
            reading = self._add_missing(column, raw, reading)
        return reading, written

    def _known_names(self, target: str) -> Names:
        """Names of a worksheet, with those that the file itself brings."""
        names = self.book.names[target]
        label = self.worksheet.label
        if target != self.worksheet.key or label not in self.cells:
            return names
        new = [str(cell) for cell in self.cells[label][self.kept] if cell is not None]
        new = [name for name in dict.fromkeys(new) if names.find(name) is None]
        return Names(
            np.concatenate([names.ids, np.array([f"new:{name}" for name in new], dtype=object)]),
            np.concatenate([names.labels, np.array(new, dtype=object)]),
            np.concatenate([names.former, np.full(len(new), None, dtype=object)]),
            names.title,
        )

    def _add_missing(self, column: Column, raw: Cells, reading: Reading) -> Reading:
        """Names nobody knows become records, unless one known name is close: that is a slip to look at."""
        assert column.ref is not None
        left: dict[int, Finding] = {}
        for position, finding in reading.findings.items():
            if finding.code != "unknown_reference" or finding.fix is not None:
                left[position] = finding
                continue
            name = str(raw[position])
            self.added.setdefault(column.ref, {}).setdefault(fold(name), name)
            self.added_by.setdefault((column.ref, fold(name)), column.key)
        return Reading(reading.values, reading.filled, left)

    def _added_records(self) -> Iterator[NewRecord]:
        for target, names in self.added.items():
            worksheet = self.schema.worksheets[target]
            for folded, name in names.items():
                values: dict[str, Value] = {str(worksheet.label): name}
                for key, column in worksheet.columns.items():
                    if column.required and column.choices:
                        asked_by = self.added_by[target, folded]
                        values[key] = _likely_choice(column, asked_by, self.context.lang)
                yield NewRecord(self._title(worksheet), self._by_header(worksheet, values))

    def _constant(self, column: Column, value: Any) -> Value:
        if value is None:
            return None
        if column.ref is not None:
            return self.book.names[column.ref].typed(value)
        return cell_writer(column, self.context.lang, self.context.tz)(value)

    def _records(self, written: Mapping[str, list[Value]]) -> tuple[NewRecord, ...]:
        keys = tuple(written)
        title, headers = self._title(self.worksheet), [self._header(self.worksheet, key) for key in keys]
        rows = zip(*written.values(), strict=True) if written else ()
        return tuple(
            NewRecord(title, {h: v for h, v in zip(headers, row, strict=True) if v is not None}, number)
            for number, row in zip(self._rows(), rows, strict=True)
        )

    def _problems(self, readings: Mapping[str, Reading], written: Mapping[str, list[Value]]) -> pd.DataFrame:
        source_of = {key: source for source, key in self.plan.columns.items()}
        found = [
            (position, key, finding)
            for key, reading in readings.items()
            for position, finding in reading.findings.items()
        ]
        found += self._missing(readings, written)
        order = {key: number for number, key in enumerate(self.worksheet.columns)}
        rows = self._rows()
        listed = [
            (
                rows[position], source_of.get(key, ""), key, self._header(self.worksheet, key),
                shorten(self.cells[key][self.kept[position]] if key in self.cells else None),
                finding.code, finding.params,
            )
            for position, key, finding in sorted(found, key=lambda item: (item[0], order[item[1]]))
        ]  # fmt: skip
        return pd.DataFrame(listed, columns=list(PROBLEM_COLUMNS))

    def _missing(
        self, readings: Mapping[str, Reading], written: Mapping[str, list[Value]]
    ) -> list[tuple[int, str, Finding]]:
        asked = [key for key, column in self.worksheet.columns.items() if column.required]
        return [
            (position, key, Finding("missing_required"))
            for key in asked
            for position in range(len(self.kept))
            if (key in readings and not readings[key].filled[position]) or key not in written
        ]

    def _title(self, worksheet: Worksheet) -> str:
        binding = self.book.bindings.get(worksheet.key)
        return binding.sheet if binding else worksheet.title(self.context.lang)

    def _header(self, worksheet: Worksheet, key: str) -> str:
        binding = self.book.bindings.get(worksheet.key)
        header = binding.headers.get(key) if binding else None
        return header or worksheet.columns[key].header(self.context.lang)

    def _by_header(self, worksheet: Worksheet, values: Mapping[str, Value]) -> dict[str, Value]:
        return {self._header(worksheet, key): value for key, value in values.items()}


def _likely_choice(column: Column, asked_by: str, lang: str) -> str:
    """A name found in the column ``supervisor`` is a supervisor; else the first choice."""
    named = [choice for choice in column.choices if choice.code == asked_by]
    return (named or column.choices)[0].label(lang)
