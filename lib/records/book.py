"""The whole spreadsheet, read: a typed table for every worksheet, and the problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from lib.records.binding import Binding, bind, find_sheets, guess_language
from lib.records.cells import Cells, Context, Finding, Reading, read_as_texts, read_cells
from lib.records.problems import Problem, problem_table, shorten, with_finding
from lib.records.references import Names, read_references
from lib.records.schema import Schema, Worksheet
from lib.store.contract import Sheet, Snapshot

ROW, FILLED, UNREADABLE = "_row", "_filled", "_unreadable"
TYPED_SUFFIX = "__text"


@dataclass(frozen=True, slots=True)
class CellPlace:
    """Where a value stands, for messages and links: sheet title, ``C12``, header text."""

    sheet: str
    cell: str
    header: str


@dataclass(frozen=True, eq=False)
class Book:
    """A spreadsheet as read. ``tables[key]`` exists for every worksheet of the schema; see ``read_book``."""

    version: str
    tables: Mapping[str, pd.DataFrame]
    problems: pd.DataFrame
    bindings: Mapping[str, Binding]  # of the worksheets that the spreadsheet has
    language: str  # of the spreadsheet: labels are written in it
    names: Mapping[str, Names]  # of the worksheets that references lead to

    def where(self, worksheet: str, record: str, column: str) -> CellPlace:
        """The cell of a value. KeyError if the worksheet, record or column is not there."""
        binding = self.bindings[worksheet]
        row = int(self.tables[worksheet][ROW][record])
        return CellPlace(binding.sheet, f"{binding.letters[column]}{row}", binding.headers[column])


def read_book(snapshot: Snapshot, schema: Schema, tz: tzinfo) -> Book:
    """Read all worksheets; dates and times are local to ``tz``. Never raises for what is in a cell.

    Tables are indexed by record id ("id"). Types of columns: texts ``str``; numbers float64; date
    datetime64[s]; datetime datetime64[us, tz]; bool boolean; choice categorical of codes; ref ``str``
    (the record's id), and beside it ``<key>__text`` as typed. ``_row`` is the spreadsheet's row,
    ``_filled`` and ``_unreadable`` count the row's cells that hold something and that could not be
    read. Rows in which no known column holds anything are people's own and left out.
    """
    titles, further = find_sheets(schema, snapshot)
    bindings = {key: bind(schema.worksheets[key], snapshot.sheets[title]) for key, title in titles.items()}
    context = Context(tz, guess_language(schema, bindings))
    readers = {
        key: _SheetReader(worksheet, snapshot.sheets.get(titles.get(key, "")), bindings.get(key), context)
        for key, worksheet in schema.worksheets.items()
    }
    names = {key: readers[key].names() for key in schema.referenced}
    tables = {key: reader.table(names) for key, reader in readers.items()}
    problems = [problem for reader in readers.values() for problem in reader.problems(names, further)]
    return Book(
        snapshot.version, MappingProxyType(tables), problem_table(problems), MappingProxyType(bindings),
        context.lang, MappingProxyType(names),
    )  # fmt: skip


class _SheetReader:
    """Reads one worksheet in two steps: its own cells first, then references, which need others' names."""

    def __init__(
        self, worksheet: Worksheet, sheet: Sheet | None, binding: Binding | None, context: Context
    ) -> None:
        self.worksheet, self.sheet, self.binding, self.context = worksheet, sheet, binding, context
        self.size = len(sheet) if sheet else 0
        self.readings: dict[str, Reading] = {}
        self.typed: dict[str, Any] = {}
        for key, column in worksheet.columns.items():
            if column.type != "ref":
                self.readings[key] = read_cells(self.cells(key), column, context)

    @property
    def title(self) -> str:
        return self.sheet.title if self.sheet else self.worksheet.title(self.context.lang)

    def cells(self, key: str) -> Cells:
        """Stored values under a column; empty if the sheet lacks it."""
        if self.sheet is None or self.binding is None or key not in self.binding.letters:
            return np.full(self.size, None, dtype=object)
        return self.sheet.columns[self.sheet.letters.index(self.binding.letters[key])]

    def names(self) -> Names:
        worksheet, nothing = self.worksheet, np.full(self.size, None, dtype=object)
        assert worksheet.label is not None  # the schema's loader saw to it
        labels, former = self._plain_texts(worksheet.label), nothing
        if worksheet.former:
            former = self._plain_texts(worksheet.former)
        ids = self.sheet.ids if self.sheet else nothing
        return Names(ids, labels, former, self.title)

    def _plain_texts(self, key: str) -> Cells:
        """Texts of a column as Python objects: None where empty or unreadable."""
        texts = read_as_texts(self.cells(key)).texts
        texts[self.readings[key].unreadable()] = None
        return texts

    def table(self, names: Mapping[str, Names]) -> pd.DataFrame:
        """The typed table; references are resolved on the way."""
        for key, column in self.worksheet.columns.items():
            if column.ref is not None:
                read = read_references(self.cells(key), names[column.ref])
                self.readings[key], self.typed[key] = read.reading, read.texts
        data: dict[str, Any] = {}
        for key in self.worksheet.columns:
            data[key] = self.readings[key].values
            if key in self.typed:
                data[key + TYPED_SUFFIX] = self.typed[key]
        data |= self._bookkeeping()
        ids = pd.Index(self.sheet.ids if self.sheet else [], dtype="str", name="id")
        table = pd.DataFrame(data, index=ids)
        own = table[FILLED].to_numpy() > 0
        return table if own.all() else table[own]

    def _bookkeeping(self) -> dict[str, Any]:
        counts = np.zeros((2, self.size), dtype=np.int16)
        for reading in self.readings.values():
            counts[0] += reading.filled
            if reading.findings:
                counts[1] += reading.unreadable()
        rows = self.sheet.row_numbers if self.sheet else np.zeros(0)
        return {ROW: np.asarray(rows, dtype=np.int64), FILLED: counts[0], UNREADABLE: counts[1]}

    def problems(self, names: Mapping[str, Names], further: list[tuple[str, str]]) -> Iterator[Problem]:
        """Problems of the sheet as a whole, then of its cells row by row."""
        worksheet = self.worksheet
        if self.sheet is None or self.binding is None:
            yield Problem(worksheet.key, self.title, "missing_sheet")
            return
        for key, title in further:
            if key == worksheet.key:
                yield Problem(key, title, "duplicate_sheet", reason_params={"used": self.sheet.title})
        if not self.binding.headers:
            yield Problem(worksheet.key, self.sheet.title, "header_lost", row=self.sheet.header_row)
            return
        yield from self._column_problems(self.sheet, self.binding)
        yield from self._duplicate_ids(self.sheet)
        yield from self._cell_problems(self.sheet, self.binding, names.get(worksheet.key))

    def _column_problems(self, sheet: Sheet, binding: Binding) -> Iterator[Problem]:
        for key, column in self.worksheet.columns.items():
            if column.required and key not in binding.headers:
                header = column.header(self.context.lang)
                yield Problem(self.worksheet.key, sheet.title, "missing_column", column=key, header=header)
        for header, letter, key in binding.ignored:
            place = f"{letter}{sheet.header_row}"
            used = {"used": binding.headers[key], "used_cell": f"{binding.letters[key]}{sheet.header_row}"}
            yield Problem(
                self.worksheet.key, sheet.title, "duplicate_column", row=sheet.header_row, column=key,
                header=header, cell=place, value=header, reason_params=used,
            )  # fmt: skip

    def _duplicate_ids(self, sheet: Sheet) -> Iterator[Problem]:
        if not sheet.duplicate_ids:
            return
        at = {row: position for position, row in enumerate(sheet.row_numbers.tolist())}
        for row, written in sheet.duplicate_ids:
            if row in at:  # else an archived row
                record = str(sheet.ids[at[row]])
                yield Problem(
                    self.worksheet.key, sheet.title, "duplicate_id", record, row, cell=f"{row}:{row}",
                    value=shorten(written), fix_code="new_id", fix_value=record,
                )  # fmt: skip

    def _cell_problems(self, sheet: Sheet, binding: Binding, names: Names | None) -> Iterator[Problem]:
        numbers = {key: number for number, key in enumerate(self.worksheet.columns)}
        found = sorted(self._findings(names), key=lambda item: (item[0], numbers[item[1]]))
        cells = {key: self.cells(key) for key in binding.headers}
        for position, key, finding in found:
            row = int(sheet.row_numbers[position])
            place = Problem(
                self.worksheet.key, sheet.title, "", str(sheet.ids[position]), row, key, binding.headers[key],
                f"{binding.letters[key]}{row}", shorten(cells[key][position]),
            )  # fmt: skip
            yield with_finding(place, finding)

    def _findings(self, names: Names | None) -> Iterator[tuple[int, str, Finding]]:
        for key, reading in self.readings.items():
            for position, finding in reading.findings.items():
                yield position, key, finding
        yield from self._missing()
        if names is not None and self.sheet is not None and self.worksheet.label in self.readings:
            for position, earlier in names.repeated().items():
                row = int(self.sheet.row_numbers[earlier])
                yield position, str(self.worksheet.label), Finding("duplicate_name", {"other_row": row})

    def _missing(self) -> Iterator[tuple[int, str, Finding]]:
        """Required cells that are empty in rows that hold something else."""
        present = [key for key in self.worksheet.columns if self.binding and key in self.binding.headers]
        used = np.zeros(self.size, dtype=bool)
        for key in present:
            used |= self.readings[key].filled
        for key in present:
            if self.worksheet.columns[key].required:
                for position in np.flatnonzero(used & ~self.readings[key].filled).tolist():
                    yield position, key, Finding("missing_required")
