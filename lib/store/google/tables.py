"""Between the plain values of the Sheets API and the contract's, and from rows to a ``ReadSheet``.

Dates come as bare numbers, so the column decides: a number in a column whose cells have a date format
(``KnownSheet.date_columns``, read with the formats once and seldom again) is a date if it can be one.
Nothing is lost by that: the same number is what a date is written as, and any other number stays one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from lib.store.contract import DELETED_HEADER, ID_HEADER, CellError, Sheet, Value
from lib.store.google.calls import Rows
from lib.store.reading import Grid, ReadSheet, find_header, grid_from_rows, header_text, read_grid
from lib.store.values import ERROR_CODES, readable, same_value, to_second

EPOCH = datetime.fromisoformat("1899-12-30")
FIRST_SERIAL, END_SERIAL = 61, 2_958_466  # 1900-03-01 to the end of 9999
DAY_S = 86_400
SHEETS_ERRORS = ERROR_CODES | {"#ERROR!"}
_ERROR_TYPES = {"NULL_VALUE": "#NULL!", "DIVIDE_BY_ZERO": "#DIV/0!", "N_A": "#N/A"}


def serial(at: datetime) -> float:
    """Days since the epoch; whole seconds survive the way there and back."""
    return (at - EPOCH) / timedelta(days=1)


def instant(number: float) -> datetime | None:
    """The date of a serial number to the second, or None for numbers that are none."""
    if not FIRST_SERIAL <= number < END_SERIAL:
        return None
    return to_second(EPOCH + timedelta(days=number))


def plain_rows(row_data: Iterable[Mapping[str, Any]]) -> list[list[object]]:
    """``rowData`` of a GridData (with effectiveValue) as ``values.get`` would give it unformatted."""
    return [[_plain(cell.get("effectiveValue", {})) for cell in row.get("values", ())] for row in row_data]


def _plain(effective: Mapping[str, Any]) -> object:
    for kind in ("stringValue", "numberValue", "boolValue"):
        if kind in effective:
            return effective[kind]
    if "errorValue" in effective:
        kind = effective["errorValue"].get("type", "ERROR")
        return _ERROR_TYPES.get(kind, f"#{kind}" + ("?" if kind == "NAME" else "!"))
    return None


def value_of(raw: object, is_date: bool = False) -> Value:
    """A plain value in the contract's form."""
    if isinstance(raw, str):
        return CellError(raw) if raw in SHEETS_ERRORS else raw or None
    if is_date and isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return instant(raw) or readable(float(raw))
    return readable(raw)


def same_plain(raw: object, value: Value) -> bool:
    """Whether a plain cell holds ``value``, wherever a number may be a date."""
    if isinstance(value, datetime):
        is_number = isinstance(raw, (int, float)) and not isinstance(raw, bool)
        return is_number and abs(raw - serial(value)) * DAY_S < 0.6  # type: ignore[operator]
    if isinstance(value, CellError):
        return raw == value.code
    return same_value(raw if raw != "" else None, value)  # type: ignore[arg-type]


def cell_at(rows: Rows, row: int, column: int) -> object:
    """The plain value in 1-based ``row`` and 0-based ``column``; blanks are None."""
    if not 0 < row <= len(rows) or not 0 <= column < len(rows[row - 1]):
        return None
    raw = rows[row - 1][column]
    return None if raw == "" else raw


def header_at(rows: Rows) -> int:
    """The 1-based row of the header: the same that ``read_grid`` finds."""
    return find_header(grid_from_rows("", rows[:25])) + 1 if rows else 1


def header_name(raw: object) -> str:
    return raw if isinstance(raw, str) else header_text(value_of(raw))


def header_names(rows: Rows, header_row: int) -> list[str]:
    """The header texts of the 1-based ``header_row``."""
    return [header_name(raw) for raw in rows[header_row - 1]] if header_row <= len(rows) else []


def plain(value: Value) -> object:
    """A value as the API gives it back."""
    match value:
        case datetime():
            return serial(value)
        case CellError():
            return value.code
    return value


def read_rows(title: str, rows: Rows, date_columns: Collection[str] = ()) -> ReadSheet:
    """A whole worksheet as read, first row first, with dates where the column holds dates."""
    return read_grid(grid_of(title, rows, date_columns))


def grid_of(title: str, rows: Rows, date_columns: Collection[str] = ()) -> Grid:
    grid = grid_from_rows(title, [[_typed(raw) for raw in row] for row in rows])
    at = find_header(grid)
    columns = tuple(
        _with_dates(column, at) if len(column) > at and header_text(column[at]) in date_columns else column
        for column in grid.columns
    )
    return Grid(title, columns)


def _typed(raw: object) -> object:
    return CellError(raw) if isinstance(raw, str) and raw[:1] == "#" and raw in SHEETS_ERRORS else raw


def _with_dates(column: np.ndarray, header: int) -> np.ndarray:
    dated = column.copy()
    dated[header + 1 :] = [value_of(value, True) if type(value) in (int, float) else value
                           for value in column[header + 1 :].tolist()]  # fmt: skip
    return dated


@dataclass(frozen=True, eq=False)
class PartSheet(ReadSheet):
    """A header and a few rows of a worksheet, enough to plan changes of these rows and new ones."""

    cells: Mapping[tuple[int, int], Value] = None  # type: ignore[assignment]

    def value(self, row: int, column: int) -> Value:
        return self.cells.get((row, column))


def read_part(
    title: str, header: Sequence[object], header_row: int, rows: Mapping[int, Sequence[object]],
    last_row: int, date_columns: Collection[str] = (),
) -> PartSheet | None:  # fmt: skip
    """``rows`` by 1-based number, as a sheet of which nothing else is known. None without ``_id``."""
    names = [header_name(raw) for raw in header]
    if ID_HEADER not in names:
        return None
    id_at = names.index(ID_HEADER)
    deleted_at = names.index(DELETED_HEADER) if DELETED_HEADER in names else None
    dates = [name in date_columns for name in names]
    cells = {
        (number, column): value_of(raw, column < len(dates) and dates[column])
        for number, row in rows.items()
        for column, raw in enumerate(row)
    }
    shown = [i for i, name in enumerate(names) if name and i not in (id_at, deleted_at)]
    row_of = {str(cells[row, id_at]): row for row in rows if cells.get((row, id_at)) is not None}
    sheet = _bare_sheet(title, tuple(names[i] for i in shown), header_row)
    return PartSheet(
        sheet, Grid(title, ()), id_at, deleted_at, tuple(shown), row_of, (), last_row, len(names), cells
    )


_NONE = np.empty(0, dtype=object)


def _bare_sheet(title: str, header: tuple[str, ...], header_row: int) -> Sheet:
    return Sheet(title, header, (), (), header_row, _NONE, _NONE, _NONE)
