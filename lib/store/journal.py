"""The journal: every change on the app host's own disk before anything else, and the history for good.

SQLite in WAL mode with ``synchronous=FULL``: what ``keep`` has returned from survives kill -9 and a
power cut. One file for each spreadsheet; several processes of one host may use it at once. Not on a
network disk: WAL does not work there.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from lib.store.contract import (
    Batch,
    Change,
    Conflict,
    ConflictReason,
    Decision,
    DeleteRow,
    Entry,
    EntryKind,
    EntryState,
    OpenConflict,
    Origin,
    Receipt,
    StoreError,
    UpdateCell,
    Value,
)
from lib.store.history import digest_of, entry_of, first_break
from lib.store.journal_rows import conflict_from, entry_from, moment_text, row_of
from lib.store.value_codec import dump_change, dump_value, load_change, load_value

FORMAT = 1
BUSY_TIMEOUT_S = 30
_TABLES = """
create table if not exists facts (name text primary key, value text not null) without rowid;
create table if not exists operations (
    operation_id text primary key, actor text not null, at text not null, receipt text not null
) without rowid;
create table if not exists entries (
    seq integer primary key, at text not null, actor text not null, origin text not null,
    kind text not null, sheet text not null, record_id text not null, column_name text not null,
    before text not null, after text not null, row_values text not null, operation_id text not null,
    digest text not null, state text not null
);
create index if not exists entries_of_record on entries (sheet, record_id, seq);
create index if not exists entries_of_operation on entries (operation_id);
create index if not exists entries_to_write on entries (seq) where state = 'waiting';
create table if not exists conflicts (
    number integer primary key, seq integer, change text not null, reason text not null,
    current text not null, actor text not null, at text not null, found_at text not null,
    their_actor text not null, their_at text, decision text, decided_by text, decided_at text
);
create index if not exists conflicts_open on conflicts (number) where decision is null;
"""
_COLUMNS = (
    "seq, at, actor, origin, kind, sheet, record_id, column_name, before, after, row_values, operation_id, "
    "digest, state"
)


class Journal:
    """``path`` is the SQLite file, made with its folder where there is none; ``:memory:`` for none.

    All methods may be called from several threads. Raises StoreError (code ``journal``) where the disk
    refuses.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._depth = 0
        with _explained(path):
            if path != ":memory:":
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("pragma journal_mode = wal")
            self._connection.execute("pragma synchronous = full")
            with self.writing():
                self._prepare()

    def _prepare(self) -> None:
        for statement in _TABLES.split(";\n"):
            self._connection.execute(statement)
        if self.fact("journal_id") is None:
            self.set_fact("journal_id", uuid.uuid4().hex[:12])
            self.set_fact("format", str(FORMAT))
        if self.fact("format") != str(FORMAT):
            raise StoreError(
                f"{self._path} was written by another version of this program.",
                "journal_format",
                path=str(self._path),
            )

    @property
    def journal_id(self) -> str:
        return self.fact("journal_id") or ""

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """All or nothing, and one process at a time: what is read inside stays true until the end."""
        with self._lock, _explained(self._path):
            if not self._depth:
                self._connection.execute("begin immediate")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if not self._depth:
                    self._connection.execute("rollback")
                raise
            self._depth -= 1
            if not self._depth:
                try:
                    self._connection.execute("commit")
                except BaseException:
                    with contextlib.suppress(sqlite3.Error):
                        self._connection.execute("rollback")
                    raise

    # --- facts: small things to remember --------------------------------------------------------------

    def fact(self, name: str) -> str | None:
        row = self._one("select value from facts where name = ?", name)
        return None if row is None else str(row[0])

    def set_fact(self, name: str, value: str) -> None:
        with self.writing():
            self._connection.execute("insert or replace into facts values (?, ?)", (name, value))

    # --- changes --------------------------------------------------------------------------------------

    def receipt(self, operation_id: str, version: str) -> Receipt | None:
        """What an operation came to, if it was kept before; ``version`` is the present one."""
        row = self._one("select receipt from operations where operation_id = ?", operation_id)
        if row is None:
            return None
        plain = json.loads(row[0])
        applied = tuple(map(load_change, plain["applied"]))
        conflicts = tuple(
            Conflict(load_change(c), ConflictReason(reason), load_value(current))
            for c, reason, current in plain["conflicts"]
        )
        return Receipt(operation_id, version, applied, conflicts, repeated=True)

    def keep(
        self,
        batch: Batch,
        applied: Sequence[Change],
        conflicts: Sequence[Conflict],
        found_at: datetime,
        effective: Iterable[Change] | None = None,
        archived: Mapping[DeleteRow, Mapping[str, Value]] | None = None,
    ) -> tuple[Entry, ...]:
        """Make a decided batch durable: entries for what is to be written, open conflicts, its receipt.

        ``effective`` leaves out what was there already (default: all that is ``applied``); ``archived`` is
        what the rows held that the batch archives.
        """
        with self.writing():
            held = {} if archived is None else archived
            entries = self.append(
                entry_of(change, batch, held.get(change) if isinstance(change, DeleteRow) else None)
                for change in (applied if effective is None else effective)
            )
            for conflict in conflicts:
                self.open_conflict(conflict, batch.actor, batch.at, found_at)
            receipt = json.dumps(
                {
                    "applied": list(map(dump_change, applied)),
                    "conflicts": [
                        (dump_change(c.change), c.reason, dump_value(c.current)) for c in conflicts
                    ],
                },
                ensure_ascii=False,
            )
            self._connection.execute(
                "insert into operations values (?, ?, ?, ?)",
                (batch.operation_id, batch.actor, moment_text(batch.at), receipt),
            )
        return entries

    def append(self, drafts: Iterable[Entry]) -> tuple[Entry, ...]:
        """Add entries to the end of the chain; their numbers and digests are given here."""
        added = []
        with self.writing():
            seq, digest = self.head()
            for draft in drafts:
                seq += 1
                numbered = replace(draft, seq=seq)
                digest = digest_of(numbered, digest)
                added.append(replace(numbered, digest=digest))
            self._connection.executemany(
                f"insert into entries ({_COLUMNS}) values ({', '.join('?' * 14)})", map(row_of, added)
            )
            if added:
                self.set_fact("head", f"{seq} {digest}")
        return tuple(added)

    def head(self) -> tuple[int, str]:
        """Number and digest of the last entry; (0, "") before the first."""
        row = self._one("select seq, digest from entries order by seq desc limit 1")
        return (int(row[0]), str(row[1])) if row else (0, "")

    def last_seq(self, origin: Origin) -> int:
        """Number of the last entry of that origin; 0 if there is none."""
        row = self._one("select seq from entries where origin = ? order by seq desc limit 1", origin)
        return int(row[0]) if row else 0

    def entries(
        self, after_seq: int = 0, states: Sequence[EntryState] | None = None, limit: int = -1
    ) -> list[Entry]:
        """Entries above a number, oldest first."""
        wanted = tuple(states or EntryState)
        rows = self._all(
            f"select {_COLUMNS} from entries where seq > ? and state in ({_marks(wanted)})"
            " order by seq limit ?",
            after_seq,
            *wanted,
            limit,
        )
        return list(map(entry_from, rows))

    def history(
        self, sheet: str | None, record_id: str | None, before_seq: int | None, limit: int
    ) -> tuple[Entry, ...]:
        """As in the store's contract: newest first."""
        tests, values = ["seq < ?"], [2**62 if before_seq is None else before_seq]
        for name, value in (("sheet", sheet), ("record_id", record_id)):
            if value is not None:
                tests.append(f"{name} = ?")
                values.append(value)  # type: ignore[arg-type]
        rows = self._all(
            f"select {_COLUMNS} from entries where {' and '.join(tests)} order by seq desc limit ?",
            *values,
            limit,
        )
        return tuple(map(entry_from, rows))

    def set_state(self, seqs: Iterable[int], state: EntryState) -> None:
        with self.writing():
            self._connection.executemany(
                "update entries set state = ? where seq = ?", ((state, seq) for seq in seqs)
            )

    def waiting(self) -> tuple[int, frozenset[tuple[str, str]]]:
        """How many entries wait to be written, and of which records (worksheet, id)."""
        rows = self._all("select sheet, record_id from entries where state = 'waiting'")
        return len(rows), frozenset((str(sheet), str(record)) for sheet, record in rows)

    def check(self) -> int | None:
        """As ``Store.check_history``; an end that was cut off is seen as well."""
        rows = self._all(f"select {_COLUMNS} from entries order by seq")
        if found := first_break(map(entry_from, rows)):
            return found
        last, digest = (self.fact("head") or "0 ").split(" ")
        return None if (int(last), digest) == self.head() else len(rows) + 1

    def knows(self, operation_id: str) -> bool:
        """Whether entries of that operation are here already, or its receipt."""
        return (
            self._one("select 1 from entries where operation_id = ? limit 1", operation_id) is not None
            or self._one("select 1 from operations where operation_id = ?", operation_id) is not None
        )

    def lost(self, operation_id: str) -> tuple[Conflict, ...]:
        """What was kept of an operation but then did not fit the spreadsheet."""
        rows = self._all(
            "select c.change, c.reason, c.current from conflicts c join entries e on e.seq = c.seq"
            " where e.operation_id = ? order by c.number",
            operation_id,
        )
        return tuple(
            Conflict(load_change(change), ConflictReason(reason), load_value(current))
            for change, reason, current in rows
        )

    # --- conflicts ------------------------------------------------------------------------------------

    def open_conflict(
        self, conflict: Conflict, actor: str, at: datetime, found_at: datetime, seq: int | None = None
    ) -> None:
        """Put a conflict on the desk. ``seq`` is the entry that it keeps from being in effect."""
        with self.writing():
            theirs = self._last_word(conflict)
            if seq is not None:
                self.set_state([seq], EntryState.CONFLICT)
            self._connection.execute(
                "insert into conflicts"
                " (seq, change, reason, current, actor, at, found_at, their_actor, their_at)"
                f" values ({_marks(range(9))})",
                (
                    seq,
                    dump_change(conflict.change),
                    conflict.reason,
                    dump_value(conflict.current),
                    actor,
                    moment_text(at),
                    moment_text(found_at),
                    theirs.actor if theirs else "",
                    moment_text(theirs.at) if theirs else None,
                ),
            )

    def conflicts(self) -> tuple[OpenConflict, ...]:
        rows = self._all(
            "select number, change, reason, current, actor, at, found_at, their_actor, their_at"
            " from conflicts where decision is null order by number"
        )
        return tuple(map(conflict_from, rows))

    def count_conflicts(self) -> int:
        row = self._one("select count(*) from conflicts where decision is null")
        return int(row[0]) if row else 0

    def close_conflict(self, conflict_id: str, decision: Decision, actor: str, at: datetime) -> bool:
        with self.writing():
            done = self._connection.execute(
                "update conflicts set decision = ?, decided_by = ?, decided_at = ?"
                " where number = ? and decision is null",
                (decision, actor, moment_text(at), conflict_id),
            )
            return done.rowcount == 1

    def _last_word(self, conflict: Conflict) -> Entry | None:
        """The entry that put there what stands in the way, where it is known."""
        change = conflict.change
        column = change.column if isinstance(change, UpdateCell) else ""
        row = self._one(
            f"select {_COLUMNS} from entries where sheet = ? and record_id = ? and state != 'conflict'"
            " and (column_name = ? or column_name = '') order by seq desc limit 1",
            change.sheet,
            change.record_id,
            column,
        )
        entry = entry_from(row) if row else None
        if (
            entry
            and entry.kind is EntryKind.UPDATE
            and dump_value(entry.after) != dump_value(conflict.current)
        ):
            return None
        return entry

    def _one(self, query: str, *values: object) -> tuple[str, ...] | None:
        with self._lock, _explained(self._path):
            row: tuple[str, ...] | None = self._connection.execute(query, values).fetchone()
            return row

    def _all(self, query: str, *values: object) -> list[tuple[str, ...]]:
        with self._lock, _explained(self._path):
            return self._connection.execute(query, values).fetchall()


@contextlib.contextmanager
def _explained(path: Path | str) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if type(error) is sqlite3.DatabaseError:  # the others are of its sub-classes
            raise StoreError(
                f"The journal {path} is damaged ({error}). The workbook can be read but not changed. Run the "
                "command doctor, which sets the journal aside.",
                "journal_damaged",
                path=str(path),
                reason=str(error),
            ) from None
        raise StoreError(
            f"The journal {path} cannot be written: {error}. Check the disk's free space and permissions.",
            "journal",
            path=str(path),
            reason=str(error),
        ) from None


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
