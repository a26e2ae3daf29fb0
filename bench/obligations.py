"""How long all obligations of 10,000 and of 100,000 clients take: ``python -m bench.obligations``.

The tables are made here with numpy, typed as ``lib.records.book`` makes them; no workbook is read.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from lib.records.book import Book
from lib.records.schema import Schema, Worksheet, load_schema
from lib.service.facts import derive_facts
from lib.service.judging import judge
from lib.service.obligations import derive_obligations
from lib.standard.clauses import load_standard
from lib.standard.working_time import build_calendar

TZ = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 3, 16)
NOW = datetime(2026, 3, 16, 10, 0, tzinfo=TZ)
DAY = 86_400_000_000
ROUNDS = 5
BUDGET_SECONDS = 0.5

# Rows for each client, and the share of filled cells of the columns that are not always filled.
ROWS = {
    "transactions": 3.0,
    "interactions": 3.0,
    "visits": 0.8,
    "promises": 0.6,
    "complaints": 0.3,
    "contacts": 1.0,
}
SHARES = {"awaits_reply": 0.3, "problem": 0.2, "improvement": 0.1, "nudged_at": 0.1, "withdrawn_at": 0.02}


def make_book(clients: int, seed: int = 1) -> Book:
    """A book of that many clients with their records over the last two years."""
    schema, random = load_schema(), np.random.default_rng(seed)
    sizes = dict.fromkeys(schema.worksheets, 0) | {"staff": clients // 12 + 1, "clients": clients}
    sizes |= {key: int(share * clients) for key, share in ROWS.items()}
    sizes |= {"waits": clients // 100, "tier_pins": clients // 200}
    tables = {key: _table(schema, key, sizes, random) for key in schema.worksheets}
    _order_times(tables, random)
    return Book(
        "bench", MappingProxyType(tables), pd.DataFrame(), MappingProxyType({}), "zh", MappingProxyType({})
    )


def _table(schema: Schema, key: str, sizes: dict[str, int], random: np.random.Generator) -> pd.DataFrame:
    worksheet, count = schema.worksheets[key], sizes[key]
    data = {name: _column(worksheet, name, count, sizes, random) for name in worksheet.columns}
    table = pd.DataFrame(data, index=pd.Index([f"{key}{n}" for n in range(count)], dtype="str", name="id"))
    if key == "waits" and count:
        table["worksheet"] = pd.Categorical(
            ["complaints"] * count, categories=table["worksheet"].cat.categories
        )
        table["record"] = pd.Series(
            [f"complaints{3 * n}" for n in range(count)], dtype="str", index=table.index
        )
    return table.assign(_row=np.arange(count), _filled=np.int16(9), _unreadable=np.int16(0))


def _column(
    worksheet: Worksheet,
    name: str,
    count: int,
    sizes: dict[str, int],
    random: np.random.Generator,
) -> Any:
    column = worksheet.columns[name]
    filled = random.random(count) < SHARES.get(name, 0.85)
    if column.type == "ref":
        target = random.integers(0, max(sizes[str(column.ref)], 1), count)
        return (
            pd.Series(pd.array([f"{column.ref}{n}" for n in target], dtype="str"))
            .where(filled | (name == "client"))
            .array
        )
    if column.type == "datetime":
        return _instants(random.integers(0, 730 * DAY, count), filled)
    if column.type == "date":
        days = np.datetime64(TODAY, "D") - random.integers(0, 730, count)
        return np.where(filled, days, np.datetime64("NaT")).astype("datetime64[s]")
    if column.type in ("number", "money", "integer"):
        return np.where(filled, random.gamma(1.2, 120_000, count).round(2), np.nan)
    if column.type == "bool":
        return pd.array(np.where(filled, random.random(count) < 0.7, None), dtype="boolean")
    if column.type == "choice":
        codes = random.integers(0, len(column.choices), count)
        categories = [choice.code for choice in column.choices]
        return pd.Categorical.from_codes(np.where(filled, codes, -1), categories)
    return (
        pd.Series(pd.array(["文字"] * count, dtype="str")).where(filled).array
        if name != "clause"
        else [None] * count
    )


def _instants(back: np.ndarray, filled: np.ndarray) -> pd.DatetimeIndex:
    now = int(NOW.timestamp()) * 1_000_000
    stamps = np.where(filled, (now - back) // 60_000_000 * 60_000_000, np.iinfo(np.int64).min)
    return pd.DatetimeIndex(stamps.view("datetime64[us]")).tz_localize("UTC").tz_convert(TZ)


def _order_times(tables: dict[str, pd.DataFrame], random: np.random.Generator) -> None:
    """Let the later columns of a row lie some days after its first one."""
    for key, first in (
        ("interactions", "occurred_at"),
        ("visits", "planned_at"),
        ("complaints", "received_at"),
    ):
        table = tables[key]
        for name in table.columns:
            if isinstance(table[name].dtype, pd.DatetimeTZDtype) and name != first:
                lag = pd.to_timedelta((random.exponential(2.0, len(table)) * DAY).astype(np.int64), unit="us")
                moved = (table[first] + lag).astype(table[first].dtype)
                table[name] = moved.where(table[name].notna())


def time_all(clients: int) -> tuple[float, dict[str, float], int]:
    """Best total and best parts of some rounds, in seconds, and the number of obligations."""
    book, standard, calendar = make_book(clients), load_standard(), build_calendar(TZ)
    best: dict[str, float] = {}
    totals = []
    for _ in range(ROUNDS):
        parts: dict[str, float] = {}
        facts = _timed(parts, "facts", lambda: derive_facts(book, standard, calendar, TODAY))
        derived = _timed(
            parts, "derive", lambda facts=facts: derive_obligations(facts, standard, calendar, TODAY)
        )
        judged = _timed(parts, "judge", lambda derived=derived: judge(derived, NOW, calendar))
        totals.append(sum(parts.values()))
        best = {name: min(best.get(name, seconds), seconds) for name, seconds in parts.items()}
    return min(totals), best, len(judged)


def _timed(parts: dict[str, float], name: str, work: Callable[[], Any]) -> Any:
    started = time.perf_counter()
    result = work()
    parts[name] = time.perf_counter() - started
    return result


def main() -> int:
    """Print seconds for 10,000 and 100,000 clients and the growth; 1 if the budget is exceeded."""
    small, large = (_print(clients) for clients in (10_000, 100_000))
    print(f"growth for 10 times the clients: {large / small:.1f} times")
    return 0 if small <= BUDGET_SECONDS else 1


def _print(clients: int) -> float:
    total, parts, count = time_all(clients)
    shown = ", ".join(f"{name} {seconds:.3f}" for name, seconds in parts.items())
    print(f"{clients:>7,} clients, {count:>9,} obligations: {total:.3f} s ({shown})")
    return total


if __name__ == "__main__":
    sys.exit(main())
