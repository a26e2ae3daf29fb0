"""The tables as plain arrays: instants in microseconds, positions of clients and staff, conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.standard.clause_model import Condition
from lib.standard.instants import NAT, Us, to_us
from lib.standard.working_time import WorkingCalendar

Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# The column that names who is responsible for a row, as worksheets.toml has it.
OWNER_COLUMNS: Mapping[str, str] = {
    "clients": "owner",
    "transactions": "owner",
    "inquiries": "owner",
    "interactions": "by",
    "visits": "visitor",
    "promises": "owner",
    "complaints": "owner",
}


class Columns:
    """Columns of typed tables as arrays, each converted once. Arrays are shared: do not change them."""

    def __init__(self, tables: Mapping[str, pd.DataFrame], calendar: WorkingCalendar):
        self.tables = tables
        self.calendar = calendar
        self._instants: dict[tuple[str, str], Us] = {}
        self._whole_days: dict[tuple[str, str], Flags] = {}
        self._positions: dict[tuple[str, str, str], Index] = {}

    def instants(self, worksheet: str, column: str) -> Us:
        """Microseconds of a date or datetime column; a date means its local midnight. NAT where missing."""
        key = (worksheet, column)
        if key not in self._instants:
            self._instants[key] = self._read_instants(self.tables[worksheet][column])
        return self._instants[key]

    def whole_days(self, worksheet: str, column: str) -> Flags:
        """Where only the day is known: a date, or a time of exactly local midnight."""
        key = (worksheet, column)
        if key not in self._whole_days:
            at = self.instants(worksheet, column)
            midnight = self.calendar.day_start_us(self.calendar.local_days(at))
            self._whole_days[key] = (at != NAT) & (at == midnight)
        return self._whole_days[key]

    def first_filled(self, worksheet: str, columns: tuple[str, ...]) -> Us:
        """In each row the first of the columns that holds an instant; NAT where none does."""
        found = self.instants(worksheet, columns[0])
        for column in columns[1:]:
            found = np.where(found == NAT, self.instants(worksheet, column), found)
        return found

    def earliest(self, worksheet: str, columns: tuple[str, ...]) -> tuple[Us, Flags]:
        """In each row the earliest instant of the columns, and whether only its day is known."""
        found = self.instants(worksheet, columns[0])
        whole = self.whole_days(worksheet, columns[0])
        for column in columns[1:]:
            at = self.instants(worksheet, column)
            better = (at != NAT) & ((found == NAT) | (at < found))
            found = np.where(better, at, found)
            whole = np.where(better, self.whole_days(worksheet, column), whole)
        return found, whole

    def filled(self, worksheet: str, columns: tuple[str, ...]) -> Flags:
        """Rows in which all of the columns hold something."""
        table = self.tables[worksheet]
        result = np.ones(len(table), dtype=bool)
        for column in columns:
            result &= table[column].notna().to_numpy(dtype=bool)
        return result

    def matches(self, worksheet: str, where: tuple[Condition, ...]) -> Flags:
        """Rows that meet all conditions."""
        table = self.tables[worksheet]
        result = np.ones(len(table), dtype=bool)
        for condition in where:
            result &= _meets(table[condition.column], condition)
        return result

    def positions(self, worksheet: str, column: str, target: str) -> Index:
        """Positions in the table ``target`` of the records that a reference names; -1 for none."""
        key = (worksheet, column, target)
        if key not in self._positions:
            names = pd.Index(self.tables[worksheet][column])
            self._positions[key] = self.tables[target].index.get_indexer(names).astype(np.int64)
        return self._positions[key]

    def clients(self, worksheet: str) -> Index:
        """The client of each row, as a position; -1 for none."""
        if worksheet == "clients":
            return np.arange(len(self.tables["clients"]))
        if "client" not in self.tables[worksheet]:
            return np.full(len(self.tables[worksheet]), -1, dtype=np.int64)
        return self.positions(worksheet, "client", "clients")

    def owners(self, worksheet: str, column: str = "") -> Index:
        """Who is responsible for each row, as a position in staff: its owner, else its client's; or -1."""
        column = column or OWNER_COLUMNS.get(worksheet, "")
        own = np.full(len(self.tables[worksheet]), -1, dtype=np.int64)
        if column:
            own = self.positions(worksheet, column, "staff")
        client = self.clients(worksheet)
        of_client = self.positions("clients", OWNER_COLUMNS["clients"], "staff")
        inherited = np.full(len(own), -1, dtype=np.int64)
        inherited[client >= 0] = of_client[client[client >= 0]]
        return np.where(own >= 0, own, inherited)

    def _read_instants(self, column: pd.Series[Any]) -> Us:
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            return to_us(column)
        return self.calendar.day_start_us(column.to_numpy(dtype="datetime64[D]"))


def _meets(column: pd.Series[Any], condition: Condition) -> Flags:
    empty = column.isna().to_numpy(dtype=bool)
    if not condition.values:
        return empty if condition.empty else ~empty
    if isinstance(column.dtype, pd.CategoricalDtype):
        wanted = np.flatnonzero(column.cat.categories.isin(list(condition.values)))
        held = np.isin(column.cat.codes.to_numpy(), wanted)
    else:
        held = column.isin(list(condition.values)).fillna(False).to_numpy(dtype=bool)
    return np.asarray(held | empty if condition.empty else held)
