"""Everything that happened, or is planned, with one client: each dated cell of each of its rows.

Which columns are dated is read from the schema, so a worksheet or a column added there shows up here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

import numpy as np
import pandas as pd

from lib.records.schema import Column, Schema, Worksheet
from lib.service.client_file import won_purchases
from lib.service.tiers import TIERS, TierHistory

DATED = ("date", "datetime")
DORMANT, ACTIVE_AGAIN = "dormant", "active_again"
TIER = "tier"  # the kind of entries that are derived, not typed: tier changes and dormancy
Tables = Mapping[str, pd.DataFrame]


def client_rows(tables: Tables, schema: Schema, client: str) -> dict[str, pd.DataFrame]:
    """The rows about one client by worksheet, its own row included; worksheets without any are left out.

    Waits name a record, not a client: theirs are the waits of the client's rows.
    """
    rows = {key: table for key, table in _own_rows(tables, schema, client) if len(table)}
    waits = _waits_of(tables["waits"], rows, schema)
    return rows | ({"waits": waits} if len(waits) else {})


def dated_facts(rows: Tables, schema: Schema, tz: tzinfo) -> pd.DataFrame:
    """One line for each filled date or time cell of ``rows``: at (aware, in ``tz``), whole_day (only the
    day is known; ``at`` is its midnight), required (of every row of the sheet), worksheet, record, column.
    """
    parts = [
        _facts_of(table[column.key], key, column, tz)
        for key, table in rows.items()
        for column in dated_columns(schema.worksheets[key])
    ]
    return _stack(parts, tz)


def dated_columns(worksheet: Worksheet) -> list[Column]:
    """A worksheet's date and time columns, in its order."""
    return [column for column in worksheet.columns.values() if column.type in DATED]


def tier_facts(changes: pd.DataFrame, client: str, tz: tzinfo) -> pd.DataFrame:
    """Tier changes and dormancy as facts. ``changes``: on (date), event (text), one row a change."""
    at = _localize(pd.DatetimeIndex(changes["on"]).as_unit("us"), tz)
    facts = pd.DataFrame({"at": at, "whole_day": True, "required": True})
    facts["worksheet"], facts["record"] = TIER, client
    return facts.assign(column=changes["event"].to_numpy())


def tier_changes(history: TierHistory, transactions: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """What changed up to today for the one client of ``history``: on (date), event.

    Events are ``from>to`` for a change of tier, DORMANT and ACTIVE_AGAIN.
    """
    moves = history.changes(now.date())
    codes = [f"{TIERS[a]}>{TIERS[b]}" for a, b in zip(moves["from_tier"], moves["to_tier"], strict=True)]
    changed = pd.DataFrame({"on": moves["on"], "event": pd.Series(codes, dtype="str")})
    days = np.unique(won_purchases(transactions, now)["purchased_on"].to_numpy("datetime64[D]"))
    dormant_on = history.dormant_on(np.zeros(len(days), dtype=np.int64), days)
    until = np.append(days[1:], np.datetime64(now.replace(tzinfo=None), "D") + 1)[: len(days)]
    slept = dormant_on < until
    woke = slept[:-1]  # whoever slept before the next purchase was woken by it
    dozes = pd.DataFrame({"on": dormant_on[slept].astype("datetime64[s]"), "event": DORMANT})
    wakes = pd.DataFrame({"on": days[1:][woke].astype("datetime64[s]"), "event": ACTIVE_AGAIN})
    return pd.concat([changed, dozes, wakes], ignore_index=True)


def build_timeline(facts: pd.DataFrame) -> pd.DataFrame:
    """Entries, newest first: the facts of one record on one local day together.

    Returns one row an entry (index: entry id): at (the latest of its moments), whole_day (no time of day
    is known), day (naive midnight), worksheet, record, facts (list of ``(column, at, whole_day)``, in time),
    is_main (the one entry of its record to tell its story: with the required date, else with most facts).
    """
    ordered = facts.assign(day=facts["at"].dt.tz_localize(None).dt.normalize())
    ordered = ordered.sort_values(["at", "worksheet", "record", "column"], kind="stable")
    ordered["fact"] = list(zip(ordered["column"], ordered["at"], ordered["whole_day"], strict=True))
    groups = ordered.groupby(["day", "worksheet", "record"], sort=False, observed=True)
    entries = groups.agg(
        at=("at", "last"),
        whole_day=("whole_day", "all"),
        facts=("fact", list),
        size=("at", "size"),
        required=("required", "any"),
    ).reset_index()
    main = entries.sort_values(["required", "size"], kind="stable").groupby(["worksheet", "record"]).tail(1)
    entries["is_main"] = entries.index.isin(main.index)
    entries = entries.sort_values(["at", "worksheet", "record"], ascending=[False, True, True], kind="stable")
    days = entries["day"].dt.strftime("%Y-%m-%d")
    entries.index = pd.Index(entries["worksheet"] + ":" + entries["record"] + ":" + days, name="id")
    return entries


def count_undated(rows: Tables, facts: pd.DataFrame) -> int:
    """Rows about the client in which no date is filled in: they are in no entry."""
    dated = set(zip(facts["worksheet"], facts["record"], strict=True))
    return sum(
        (key, record) not in dated
        for key, table in rows.items()
        if key not in ("clients", "contacts")
        for record in table.index
    )


def _own_rows(tables: Tables, schema: Schema, client: str) -> Iterator[tuple[str, pd.DataFrame]]:
    for key, worksheet in schema.worksheets.items():
        if key == "clients":
            yield key, tables[key].loc[tables[key].index == client]
        elif "client" in worksheet.columns and worksheet.columns["client"].ref == "clients":
            yield key, tables[key].loc[(tables[key]["client"] == client).to_numpy(bool)]


def _waits_of(waits: pd.DataFrame, rows: Tables, schema: Schema) -> pd.DataFrame:
    """Waits point at a row by its id or by its label (a complaint's number)."""
    keep = np.zeros(len(waits), dtype=bool)
    for key, table in rows.items():
        names = set(table.index)
        label = schema.worksheets[key].label
        if label:
            names |= set(table[label].dropna())
        keep |= (waits["worksheet"] == key).to_numpy(bool) & waits["record"].isin(names).to_numpy(bool)
    return waits.loc[keep]


def _facts_of(values: pd.Series[Any], worksheet: str, column: Column, tz: tzinfo) -> pd.DataFrame:
    filled = values.dropna()
    at = pd.DatetimeIndex(filled).as_unit("us")
    at = _localize(at, tz) if at.tz is None else at.tz_convert(tz)
    facts = pd.DataFrame({"at": at, "whole_day": (at == at.normalize()) | (column.type == "date")})
    facts["required"], facts["worksheet"], facts["column"] = column.required, worksheet, column.key
    return facts.assign(record=filled.index.to_numpy())


def _localize(days: pd.DatetimeIndex, tz: tzinfo) -> pd.DatetimeIndex:
    """Local midnights; one that the clock skips or repeats still gets an instant."""
    return days.tz_localize(tz, ambiguous=np.ones(len(days), dtype=bool), nonexistent="shift_forward")


def _stack(parts: list[pd.DataFrame], tz: tzinfo) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    if filled:
        return pd.concat(filled, ignore_index=True)
    at = pd.DatetimeIndex(np.empty(0, "datetime64[us]")).tz_localize(tz)
    flags = {"whole_day": False, "required": False}
    return pd.DataFrame({"at": at, **flags, "worksheet": "", "record": "", "column": ""})
