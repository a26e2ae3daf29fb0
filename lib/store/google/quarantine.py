"""Worksheets that a person has mixed up: shown as before, not written, until somebody decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from lib.store.clock import Clock
from lib.store.contract import (
    Accident,
    AccidentKind,
    Batch,
    Change,
    InsertRow,
    Sheet,
    StoreError,
    UpdateCell,
)
from lib.store.disorder import Case, Disorder, Fate
from lib.store.google.polling import Reading
from lib.store.history import differing
from lib.store.journal import Journal

# The API tells no formulas from values, so every column takes part.
_NO_FORMULAS: Any = SimpleNamespace(computed_columns=lambda title: frozenset())  # noqa: ARG005


class Quarantine:
    """Remembered in the journal of this machine; other machines find the same by themselves."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._disorder = Disorder(journal, clock)

    @property
    def frozen(self) -> frozenset[str]:
        """Worksheets that are not written."""
        return self._disorder.frozen

    def accidents(self) -> tuple[Accident, ...]:
        return tuple(case.accident for case in self._disorder.with_fate(Fate.OPEN))

    def admit(self, before: Reading, found: Reading) -> Reading:
        """``found`` with worksheets in disorder as they were in ``before``."""
        waiting = {sheet for sheet, _ in self._journal.waiting()[1]}
        if any(case.sheet not in waiting for case in self._disorder.with_fate(Fate.BACK)):
            self._disorder.finish(Fate.BACK)
        closed = self._disorder.closed
        # A worksheet that is in order again may be the very table from before; it is to be looked at, too.
        tables = {
            t: replace(r, sheet=replace(r.sheet)) if t in closed else r for t, r in found.tables.items()
        }
        as_read: Any = SimpleNamespace(sheets=tables)
        self._disorder.inspect(before.sheets, as_read, _NO_FORMULAS)
        kept = [title for title in self._disorder.closed if title in before.tables]
        if not kept:
            return found
        return replace(
            found,
            tables={**found.tables, **{title: before.tables[title] for title in kept}},
            values={**found.values, **{title: before.values[title] for title in kept}},
            date_columns={
                **found.date_columns,
                **{title: before.date_columns.get(title, frozenset()) for title in kept},
            },
        )

    def accepted(self) -> None:
        """What people decided to take as it stands is in the history now."""
        if self._disorder.with_fate(Fate.THEIRS):
            self._disorder.finish(Fate.THEIRS)

    def take_theirs(self, accident_id: str, actor: str, at: datetime) -> None:
        self._disorder.decide(accident_id, Fate.THEIRS, actor, at)

    def put_back(
        self, accident_id: str, before: Reading, found: Reading, operation_id: str, actor: str, at: datetime
    ) -> None:
        """Have the changes written that put the worksheet back. Raises KeyError, and StoreError where ids or
        headers are lost: those only Google's own version history can bring back."""
        with self._journal.writing():
            open_ones = {str(case.number): case for case in self._disorder.with_fate(Fate.OPEN)}
            case = open_ones[accident_id]
            cases = [each for each in open_ones.values() if each.sheet == case.sheet]
            changes = [c for each in cases for c in _changes(each, before, found)]
            self._disorder.decide(accident_id, Fate.BACK, actor, at)
            self._journal.keep(Batch(operation_id, actor, at, tuple(changes)), changes, (), at)


def _changes(case: Case, before: Reading, found: Reading) -> Iterator[Change]:
    if case.kind not in (AccidentKind.COLUMN_SORTED, AccidentKind.ROWS_GONE):
        raise StoreError(
            "Ids or headers are lost. Put an earlier version back in Google Sheets itself: File > Version "
            "history. The app notices by itself.",
            "google_put_back",
        )
    old, new = before.tables[case.sheet].sheet, found.tables[case.sheet].sheet
    if case.kind == AccidentKind.COLUMN_SORTED:
        yield from _cells_back(old, new, case.columns)
    else:
        left = set(found.tables[case.sheet].row_of)
        yield from _rows_back(old, left)


def _cells_back(old: Sheet, new: Sheet, columns: tuple[str, ...]) -> Iterator[Change]:
    old_at = {record: at for at, record in enumerate(old.ids.tolist())}
    common = [(at, old_at[record]) for at, record in enumerate(new.ids.tolist()) if record in old_at]
    for name in columns:
        now = new.column(name)[[at for at, _ in common]]
        was = old.column(name)[[at for _, at in common]]
        for i in differing(was, now):
            yield UpdateCell(old.title, str(new.ids[common[i][0]]), name, now[i], was[i])


def _rows_back(old: Sheet, left: set[str]) -> Iterator[Change]:
    for at, record in enumerate(old.ids.tolist()):
        if record not in left:
            cells = {name: column[at] for name, column in zip(old.header, old.columns, strict=True)}
            yield InsertRow(old.title, record, {n: value for n, value in cells.items() if value is not None})
