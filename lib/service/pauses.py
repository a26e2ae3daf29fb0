"""Waiting for the client: pauses that move due times, and postponements that only hide for a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.service.periods import move_by_pause
from lib.standard.clause_model import Clause, Standard
from lib.standard.instants import NAT, Us
from lib.standard.working_time import WorkingCalendar

if TYPE_CHECKING:
    from lib.records.book import Book
    from lib.service.facts import Facts

Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

OPEN = int(np.iinfo(np.int64).max)  # the end of a pause that has none yet
_ALL_CLAUSES = ""


@dataclass(frozen=True, eq=False)
class Spans:
    """Pauses of obligations: ``of`` is the position of the obligation, ``end`` may be OPEN.

    In the order of obligation and start; those of one obligation do not overlap or touch.
    """

    of: Index
    start: Us
    end: Us

    def pick(self, mask: Flags) -> Spans:
        return Spans(self.of[mask], self.start[mask], self.end[mask])

    def shift(self, offset: int) -> Spans:
        """The same pauses where the obligations begin at ``offset`` in a longer table."""
        return Spans(self.of + offset, self.start, self.end)


NO_SPANS = Spans(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))


def join_spans(parts: list[Spans]) -> Spans:
    """Pauses of several tables one after the other."""
    parts = parts or [NO_SPANS]
    return Spans(
        np.concatenate([part.of for part in parts]),
        np.concatenate([part.start for part in parts]),
        np.concatenate([part.end for part in parts]),
    )


@dataclass(frozen=True, eq=False)
class Waits:
    """Usable rows of the Waits worksheet; ``record`` is the row's position in ``worksheet``."""

    worksheet: npt.NDArray[np.object_]
    record: Index
    clause: npt.NDArray[np.object_]
    postponed: Flags
    start: Us
    end: Us

    def _about(self, clause: Clause) -> Flags:
        of_clause = (self.clause == clause.id) | (self.clause == _ALL_CLAUSES)
        return np.asarray((self.worksheet == clause.worksheet) & of_clause)

    def pauses_of(self, clause: Clause, row: Index, row_count: int) -> Spans:
        """Raw pauses of the obligations that ``row`` lists (positions in the clause's worksheet)."""
        mine = self._about(clause) & ~self.postponed
        if not mine.any():
            return NO_SPANS
        place = np.full(row_count, -1, dtype=np.int64)
        place[row] = np.arange(len(row))
        of = place[self.record[mine]]
        return Spans(of, self.start[mine], self.end[mine]).pick(of >= 0)

    def snoozed_until(self, clause: Clause, row: Index, row_count: int) -> Us:
        """Until when each obligation is postponed; NAT for not."""
        mine = self._about(clause) & self.postponed & (self.end != OPEN)
        until = np.full(row_count, NAT, dtype=np.int64)
        np.maximum.at(until, self.record[mine], self.end[mine])
        return until[row]


def read_waits(facts: Facts, standard: Standard) -> Waits:
    """Rows of Waits whose record is found (by id or by name) and whose clause, if any, exists."""
    table = facts.tables["waits"]
    worksheet = table["worksheet"].astype("object").to_numpy()
    record = find_records(facts.book)
    clause = table["clause"].fillna(_ALL_CLAUSES).to_numpy(dtype=object)
    kind = table["kind"].astype("object").to_numpy()
    start = facts.columns.instants("waits", "from_at")
    end = facts.columns.instants("waits", "until_at")
    end = np.where(end == NAT, OPEN, end)
    known = np.array([name == _ALL_CLAUSES or name in standard.clauses for name in clause], dtype=bool)
    good = known & (record >= 0) & (start != NAT) & (end > start) & np.isin(kind, ["client", "postponed"])
    return Waits(
        worksheet[good], record[good], clause[good], kind[good] == "postponed", start[good], end[good]
    )


def find_records(book: Book) -> Index:
    """For each row of Waits the position of its record in its worksheet; -1 where there is none such."""
    table = book.tables["waits"]
    found = np.full(len(table), -1, dtype=np.int64)
    worksheet = table["worksheet"].astype("object").to_numpy()
    filled = table["record"].notna().to_numpy(dtype=bool)
    for key in sorted({name for name in worksheet if name in book.tables}):
        mine = np.flatnonzero((worksheet == key) & filled)
        index = book.tables[key].index
        found[mine] = index.get_indexer(pd.Index(table["record"].iloc[mine]))
        if key in book.names:
            unknown = mine[found[mine] < 0]
            names = [book.names[key].find(name) or "" for name in table["record"].iloc[unknown]]
            found[unknown] = index.get_indexer(pd.Index(names, dtype="str"))
    return found


def clip_spans(spans: Spans, start: Us, done_end: Us) -> Spans:
    """Pauses as far as they lie between an obligation's start and its fulfilment (NAT: open), merged."""
    if not len(spans.of):
        return spans
    begin = np.maximum(spans.start, start[spans.of])
    done = done_end[spans.of]
    end = np.where(done == NAT, spans.end, np.minimum(spans.end, done))
    return _merge(Spans(spans.of, begin, end).pick(end > begin))


def _merge(spans: Spans) -> Spans:
    if not len(spans.of):
        return spans
    order = np.lexsort((spans.start, spans.of))
    of, start, end = spans.of[order], spans.start[order], spans.end[order]
    # The running maximum of ends within each obligation: ranks keep the combined key small.
    ends = np.unique(end)
    reach = np.maximum.accumulate(of * (len(ends) + 1) + np.searchsorted(ends, end)) % (len(ends) + 1)
    begins = np.ones(len(of), dtype=bool)
    begins[1:] = (of[1:] != of[:-1]) | (start[1:] > ends[reach[:-1]])
    first = np.flatnonzero(begins)
    return Spans(of[first], start[first], np.maximum.reduceat(end, first))


def apply_pauses(calendar: WorkingCalendar, due: Us, spans: Spans, unit: str) -> tuple[Us, Spans]:
    """Due times moved by the pauses that have an end, one after the other, and the pauses that count.

    A pause counts if it begins before the due time that the pauses before it have led to.
    """
    if not len(spans.of):
        return due, spans
    due = due.copy()
    counts = np.zeros(len(spans.of), dtype=bool)
    number = np.arange(len(spans.of)) - np.searchsorted(spans.of, spans.of, side="left")
    for turn in range(int(number.max()) + 1):
        at = np.flatnonzero(number == turn)
        at = at[spans.start[at] < due[spans.of[at]]]
        counts[at] = True
        at = at[spans.end[at] != OPEN]
        of = spans.of[at]
        due[of] = move_by_pause(calendar, due[of], spans.start[at], spans.end[at], unit)
    return due, spans.pick(counts)
