"""What one version of the spreadsheet says at one moment, computed once and shared by all sessions."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import pandas as pd

from lib.desk.access import NOBODY, Action, Actor
from lib.records.book import Book, read_book
from lib.records.schema import Schema
from lib.service.facts import Facts, derive_facts
from lib.service.judging import judge
from lib.service.obligations import Obligations, derive_obligations
from lib.service.sheet_problems import find_problems
from lib.service.team_calendar import build_team_calendar
from lib.settings import Settings
from lib.standard.clauses import Standard
from lib.standard.working_time import WorkingCalendar
from lib.store.contract import Snapshot, Store


@dataclass(frozen=True, eq=False)
class Board:
    """Read-only: frames are shared between sessions, copy before changing one."""

    now: datetime
    snapshot: Snapshot
    book: Book
    calendar: WorkingCalendar
    facts: Facts
    problems: pd.DataFrame  # as ``book.problems``, with those of rules and calendar
    judged: pd.DataFrame  # one row an obligation, see lib.service.obligations
    schema: Schema
    standard: Standard

    @property
    def version(self) -> str:
        return self.snapshot.version

    @cached_property
    def people(self) -> tuple[Actor, ...]:
        """Who can be acted as, see ``Desk.staff``."""
        table = self.table("staff")
        here = table[table["name"].notna() & ~(table["left_on"] < self.now.replace(tzinfo=None))]
        roles = here["role"].astype("str").fillna("rep")
        listed = tuple(Actor(i, n, r) for i, n, r in zip(here.index, here["name"], roles, strict=True))
        in_charge = any(person.may(Action.SET_RULES) for person in listed)
        return listed if in_charge or not listed else (*listed, NOBODY)

    def table(self, worksheet: str) -> pd.DataFrame:
        """The typed rows of a worksheet, derived columns included."""
        return self.facts.tables[worksheet]

    def name_of(self, worksheet: str, record: object) -> str:
        """The label people know a record by; empty for a missing one."""
        if not isinstance(record, str):
            return ""
        table = self.facts.tables[worksheet]
        label = self.schema.worksheets[worksheet].label
        if not label or record not in table.index:
            return ""
        value = table.at[record, label]
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, eq=False)
class _Derived:
    """What depends on the data version and the day, not on the minute."""

    snapshot: Snapshot
    day: date
    book: Book
    calendar: WorkingCalendar
    facts: Facts
    problems: pd.DataFrame
    obligations: Obligations


class BoardCache:
    """Keeps the newest board; recomputes what a new version, day or minute makes stale. Thread-safe."""

    def __init__(self, store: Store, settings: Settings, schema: Schema, standard: Standard):
        self._store = store
        self._settings = settings
        self._schema = schema
        self._standard = standard
        self._lock = threading.Lock()
        self._derived: _Derived | None = None
        self._board: Board | None = None

    def current(self, now: datetime) -> Board:
        """The board at the minute of ``now`` (aware). Raises StoreError if the store cannot be read."""
        minute = now.astimezone(self._settings.tz).replace(second=0, microsecond=0)
        with self._lock:
            derived = self._refresh(minute.date())
            if self._board is None or self._board.snapshot is not derived.snapshot or self._stale(minute):
                self._board = self._judge(derived, minute)
            return self._board

    def _stale(self, minute: datetime) -> bool:
        return self._board is None or not timedelta() <= minute - self._board.now < timedelta(minutes=1)

    def _refresh(self, day: date) -> _Derived:
        derived = self._derived
        if derived is None or self._store.changed_since(derived.snapshot.version):
            snapshot = self._store.read()
            if derived is None or snapshot.version != derived.snapshot.version:
                derived = self._derive(snapshot, day)
        if derived.day != day:
            derived = self._derive(derived.snapshot, day, derived.book)
        self._derived = derived
        return derived

    def _derive(self, snapshot: Snapshot, day: date, book: Book | None = None) -> _Derived:
        book = book or read_book(snapshot, self._schema, self._settings.tz)
        calendar = build_team_calendar(book.tables["calendar"], self._settings.tz)
        facts = derive_facts(book, self._standard, calendar, day)
        obligations = derive_obligations(facts, self._standard, calendar, day)
        problems = find_problems(book, self._standard)
        return _Derived(snapshot, day, book, calendar, facts, problems, obligations)

    def _judge(self, derived: _Derived, minute: datetime) -> Board:
        judged = judge(derived.obligations, minute, derived.calendar)
        return Board(
            minute,
            derived.snapshot,
            derived.book,
            derived.calendar,
            derived.facts,
            derived.problems,
            judged,
            self._schema,
            self._standard,
        )
