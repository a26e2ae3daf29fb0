"""Small books made from words: typed tables as ``lib.records.book`` makes them, without a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from math import isnan
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from lib.records.binding import Binding
from lib.records.book import Book
from lib.records.references import Names
from lib.records.schema import Column, Schema, load_schema
from lib.service.facts import Facts, derive_facts
from lib.service.judging import judge
from lib.service.obligations import derive_obligations
from lib.service.receipts import Receipt
from lib.standard.clauses import Standard, load_standard
from lib.standard.instants import to_us
from lib.standard.working_time import WorkingCalendar, build_calendar

TZ = ZoneInfo("Asia/Shanghai")
SCHEMA: Schema = load_schema()
STANDARD: Standard = load_standard()
CALENDAR: WorkingCalendar = build_calendar(TZ)
Rows = Sequence[Mapping[str, Any]]


def at(words: str) -> datetime:
    """``"2026-03-05 10:00"`` as a moment of the team's time zone."""
    return datetime.fromisoformat(words).replace(tzinfo=TZ)


def make_book(**sheets: Rows) -> Book:
    """A book with these rows; every other worksheet is empty. Rows give cells by column key, dates and times
    as text, references as record ids, and ``id`` (default: the worksheet's first letter and a number)."""
    tables = {key: _table(key, sheets.get(key, ())) for key in SCHEMA.worksheets}
    names = {
        key: _names(tables[key], SCHEMA.worksheets[key].label) for key in ("clients", "complaints", "staff")
    }
    bindings = {key: _binding(key) for key in SCHEMA.worksheets}
    problems = pd.DataFrame()
    return Book(
        "1", MappingProxyType(tables), problems, MappingProxyType(bindings), "zh", MappingProxyType(names)
    )


def facts_on(today: str, standard: Standard = STANDARD, **sheets: Rows) -> Facts:
    """Derived facts of such a book on a date."""
    return derive_facts(make_book(**sheets), standard, CALENDAR, date.fromisoformat(today))


def judged(now: str, standard: Standard = STANDARD, **sheets: Rows) -> pd.DataFrame:
    """The judged obligations of such a book at a moment, indexed by id."""
    facts = facts_on(now[:10], standard, **sheets)
    derived = derive_obligations(facts, standard, CALENDAR, date.fromisoformat(now[:10]))
    return judge(derived, at(now), CALENDAR).set_index("id", drop=False)


def one(now: str, clause: str, standard: Standard = STANDARD, **sheets: Rows) -> pd.Series:
    """The only obligation of a clause."""
    rows = judged(now, standard, **sheets)
    rows = rows[rows["clause"] == clause]
    assert len(rows) == 1, rows[["id", "due_at", "status"]]
    return rows.iloc[0]


def due(row: pd.Series, column: str = "due_at") -> str:
    """A deadline as local text to the minute (to the second where there are some)."""
    return f"{row[column]:%Y-%m-%d %H:%M}" + (f":{row[column]:%S}" if row[column].second else "")


def check_sum(receipt: Receipt) -> None:
    """The pieces of a receipt follow each other, last from trigger to due time, and count its amount."""
    pieces, name = receipt.intervals, receipt.obligation
    assert all(a.end == b.start for a, b in pairwise(pieces)), name
    assert all(piece.start <= piece.end for piece in pieces), name
    length = sum(piece.end - piece.start for piece in pieces)
    due_us = to_us(receipt.due_at)
    if receipt.clause.kind == "before":
        assert receipt.planned is not None
        assert to_us(receipt.planned.at) - length == due_us, name
    elif receipt.trigger is not None:
        assert to_us(receipt.trigger.at) + length == due_us, name
    else:
        assert pieces[0].start + length == due_us, name
    if not isnan(receipt.amount):
        assert abs(sum(piece.amount for piece in pieces) - receipt.amount) < 1e-6, name


def standard_with(tmp_path: Path, *clauses: str) -> Standard:
    """The standard with further clauses in TOML."""
    own = Path(load_standard.__globals__["CLAUSES_PATH"]).read_text(encoding="utf-8")
    path = tmp_path / "more.toml"
    path.write_text("\n".join([own, *clauses]), encoding="utf-8")
    return load_standard(path)


def _table(key: str, rows: Rows) -> pd.DataFrame:
    columns = SCHEMA.worksheets[key].columns
    for row in rows:
        assert set(row) <= set(columns) | {"id"}, row
    ids = [str(row.get("id", f"{key[0]}{number + 1}")) for number, row in enumerate(rows)]
    data = {name: _values(column, [row.get(name) for row in rows]) for name, column in columns.items()}
    table = pd.DataFrame(data, index=pd.Index(ids, dtype="str", name="id"))
    filled = [
        len([value for name, value in row.items() if name != "id" and value is not None]) for row in rows
    ]
    return table.assign(_row=range(2, len(rows) + 2), _filled=filled, _unreadable=0)


def _values(column: Column, values: list[Any]) -> Any:
    if column.type == "date":
        return pd.to_datetime(pd.Series(values, dtype="object")).astype("datetime64[s]").array
    if column.type == "datetime":
        stamps = pd.DatetimeIndex([pd.NaT if value is None else pd.Timestamp(value) for value in values])
        return stamps.as_unit("us").tz_localize(TZ)
    if column.type in ("number", "money", "integer"):
        return pd.array(
            [float("nan") if value is None else float(value) for value in values], dtype="float64"
        )
    if column.type == "bool":
        return pd.array(values, dtype="boolean")
    if column.type == "choice":
        return pd.Categorical(values, categories=[choice.code for choice in column.choices])
    return pd.array(values, dtype="str")


def _names(table: pd.DataFrame, label: str | None) -> Names:
    nothing = pd.array([None] * len(table), dtype=object).to_numpy()
    labels = table[label].astype(object).where(table[label].notna(), None).to_numpy()
    return Names(table.index.to_numpy(dtype=object), labels, nothing, "title")


def _binding(key: str) -> Binding:
    worksheet = SCHEMA.worksheets[key]
    headers = {name: column.zh for name, column in worksheet.columns.items()}
    letters = {name: chr(ord("B") + number) for number, name in enumerate(worksheet.columns)}
    return Binding(worksheet.zh, headers, letters)
