"""Obligations: what the standard asks for in each record, until when, and whether it was done.

``derive_obligations`` finds due times and fulfilments; it depends on the data and the day.
``judging.judge`` compares them with the minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.service.drafts import ARRAYS, Context, Draft, draft_clause
from lib.service.events import EventIndexes
from lib.service.facts import Facts
from lib.service.pauses import Spans, join_spans, read_waits
from lib.standard.clause_model import Clause, Standard
from lib.standard.instants import from_us
from lib.standard.working_time import WorkingCalendar


@dataclass(frozen=True, eq=False)
class Obligations:
    """All obligations of a book. ``fixed``: the columns that do not depend on the minute; ``arrays``: the
    instants and figures of ``drafts.Draft`` by name; ``spans``: pauses by position."""

    clauses: tuple[Clause, ...]
    clause: npt.NDArray[np.int16]  # position in ``clauses``
    fixed: pd.DataFrame
    arrays: dict[str, npt.NDArray[Any]]
    spans: Spans

    def __len__(self) -> int:
        return len(self.fixed)


def derive_obligations(
    facts: Facts, standard: Standard, calendar: WorkingCalendar, today: date
) -> Obligations:
    """All obligations of the measured clauses, as of the local date ``today``. Bad cells raise nothing."""
    clauses = tuple(c for c in standard.clauses.values() if c.measured and c.kind != "measure")
    events, waits = EventIndexes(facts.columns), read_waits(facts, standard)
    context = Context(facts, calendar, np.datetime64(today, "D"), events, waits)
    drafts = [draft_clause(clause, context) for clause in clauses]
    sizes = np.array([len(draft) for draft in drafts], dtype=np.int64)
    arrays = {name: _join([getattr(draft, name) for draft in drafts]) for name in ARRAYS}
    offsets = np.cumsum(sizes) - sizes
    spans = join_spans([d.spans.shift(int(offset)) for d, offset in zip(drafts, offsets, strict=True)])
    number = np.repeat(np.arange(len(clauses), dtype=np.int16), sizes)
    fixed = _fixed_columns(clauses, drafts, number, arrays, facts, calendar)
    return Obligations(clauses, number, fixed, arrays, spans)


def _join(parts: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0)


def _fixed_columns(
    clauses: tuple[Clause, ...],
    drafts: list[Draft],
    number: npt.NDArray[np.int16],
    arrays: dict[str, npt.NDArray[Any]],
    facts: Facts,
    calendar: WorkingCalendar,
) -> pd.DataFrame:
    worksheets = tuple(dict.fromkeys(clause.worksheet for clause in clauses))
    of_worksheet = np.array([worksheets.index(clause.worksheet) for clause in clauses], dtype=np.int64)
    owners = [
        facts.columns.owners(clause.worksheet, clause.owner)[draft.row]
        for clause, draft in zip(clauses, drafts, strict=True)
    ]
    pairs = list(zip(clauses, drafts, strict=True))
    records = [_take(facts.tables[clause.worksheet].index, draft.row) for clause, draft in pairs]
    ids = [_ids(clause, draft, record) for (clause, draft), record in zip(pairs, records, strict=True)]
    return pd.DataFrame(
        {
            "id": _concat(ids),
            "clause": pd.Categorical.from_codes(number, pd.Index([clause.id for clause in clauses])),
            "worksheet": pd.Categorical.from_codes(of_worksheet[number], pd.Index(worksheets)),
            "record": _concat(records),
            "client": _take(facts.tables["clients"].index, arrays["client"]),
            "owner": _take(facts.tables["staff"].index, _join(owners)),
            "trigger_at": from_us(arrays["trigger"], calendar.tz),
            "unpaused_due_at": from_us(arrays["unpaused_due"], calendar.tz),
            "earliest_at": from_us(arrays["earliest"], calendar.tz),
            "provisional": calendar.is_provisional(arrays["basis"]),
            "amount": arrays["amount"],
            "limit_amount": arrays["limit_amount"],
            "snoozed_until_at": from_us(arrays["snoozed"], calendar.tz),
        }
    )


def _ids(clause: Clause, draft: Draft, record: Any) -> Any:
    """``clause:record``, of a cadence ``clause:record:period``."""
    ids = f"{clause.id}:" + record
    if not clause.each:
        return ids
    days, which = np.unique(draft.period, return_inverse=True)
    unit = "D" if clause.each == "week" else "M"
    names = pd.Index([f":{day}" for day in days.astype(f"datetime64[{unit}]")], dtype="str")
    return ids + names.array.take(which)


def _take(index: pd.Index[Any], positions: npt.NDArray[np.int64]) -> Any:
    """Record ids at positions; missing at -1."""
    return index.astype("str").array.take(positions, allow_fill=True)


def _concat(parts: list[Any]) -> Any:
    if not parts:
        return pd.Series([], dtype="str")
    return pd.concat([pd.Series(part, dtype="str") for part in parts], ignore_index=True)
