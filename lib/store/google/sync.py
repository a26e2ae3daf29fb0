"""The conversation with Google: looking, noting what people did, mending, writing. One at a time."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from lib.store.clock import Clock
from lib.store.contract import Batch, Entry, StoreBusy, StoreError
from lib.store.google.calls import Busy, Refused, Trouble, Unknown
from lib.store.google.client import SheetsClient
from lib.store.google.known import Head, Known, Outcome
from lib.store.google.lines import HISTORY_SHEET, first_broken, parse_lines
from lib.store.google.lines import entries as line_entries
from lib.store.google.outbox import Group, Outbox
from lib.store.google.polling import Poller, Reading, load_reading
from lib.store.google.protocol import mend, observe, write
from lib.store.google.quarantine import Quarantine
from lib.store.google.requests import rows_from
from lib.store.google.template import history_requests
from lib.store.google.transport import Transport, read_rows
from lib.store.history import observe as compare

AFRESH_EVERY = 40  # looks, of which one asks for titles and formats as well
LOCK_WAIT_S = 90.0
TOKEN_WAIT_S = 3.0
MOST_MENDINGS = 3
MOST_STALE_LOOKS = 3  # in a row; then people must have been at the history
REFUSED_S = 15.0  # for so long a refused change is not tried again


class Sync:
    """``reading`` is the last one, None before the first; ``trouble`` what keeps the last task from being
    done, None if it was; ``failures`` counts writes that could not be done."""

    def __init__(
        self,
        client: SheetsClient,
        spreadsheet_id: str,
        outbox: Outbox,
        quarantine: Quarantine,
        folder: Path,
        clock: Clock,
    ) -> None:
        self._transport = Transport(client, spreadsheet_id)
        self._client = client
        self._poller = Poller(self._transport)
        self._outbox = outbox
        self._clock = clock
        self._past = folder / f"google-{spreadsheet_id}.reading"
        self._host_lock = FileLock(folder / f"google-{spreadsheet_id}.lock", timeout=LOCK_WAIT_S)
        self._talk = threading.RLock()
        self._looks = 0
        self._observed: Reading | None = None  # up to here people's edits are in the history
        self._written: list[tuple[int, Entry]] = []  # transaction and entry, newer than the reading
        self._quarantine = quarantine
        self._raw: Reading | None = None  # the last reading, worksheets in disorder included
        self._newest = Head()  # the end of the history as last seen, by a look or a write
        self._stale_looks = 0
        self._all_anew = False
        self._refused: dict[tuple[str, str], float] = {}  # records whose changes Google refuses, since when
        self.reading: Reading | None = None
        self.trouble: StoreError | None = None
        self.failures = 0
        self.wants_ids = False

    def sheet_id(self, title: str) -> int | None:
        infos = self.reading.infos if self.reading else ()
        return next((info.sheet_id for info in infos if info.title == title), None)

    def written_since(self, reading: Reading) -> list[Entry]:
        """What was written after that reading and is not in it."""
        return [entry for number, entry in list(self._written) if number > reading.head.number]

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._host_lock.release(force=True)

    # --- looking --------------------------------------------------------------------------------------

    def recall(self) -> bool:
        """Take the reading of an earlier run for want of a fresh one."""
        if self.reading is None:
            self.reading = self._load()
        return self.reading is not None

    def look(self) -> None:
        """Read everything; put right what went astray; note what people did. Raises StoreError."""
        with self._talk, self._noting_trouble():
            reading = self._read()
            if self._is_stale(reading):
                return
            self._raw = reading
            if self._observed is not None and reading is not self.reading:
                reading = self._quarantine.admit(self._observed, reading)
            self._written = [(n, entry) for n, entry in self._written if n > reading.head.number]
            self.reading = reading
            if not reading.strays:
                self._note_edits(reading)
                self._quarantine.accepted()
                self._all_anew = False

    def _is_stale(self, reading: Reading) -> bool:
        """Google may answer with a state from before a write that has long been confirmed."""
        is_older = reading.head.number < self._newest.number and self.reading is not None
        self._stale_looks = self._stale_looks + 1 if is_older else 0
        if is_older and self._stale_looks <= MOST_STALE_LOOKS:
            return True
        self._newest = reading.safe_head
        return False

    def _read(self) -> Reading:
        if self._observed is None:
            self._observed = self._load()
        for _ in range(MOST_MENDINGS):
            reading = self._read_once()
            self._outbox.mirror(reading.lines)
            if not reading.strays:
                break
            self._put_right(reading)
        return reading

    def _read_once(self) -> Reading:
        since = self._observed.head if self._observed else Head()
        before = self.reading or self._observed
        self._looks += 1
        afresh = before is None or not before.digest or self._looks % AFRESH_EVERY == 0
        no_history = before is not None and before.history.sheet_id < 0  # somebody may have made it by now
        formats = afresh or self._all_anew
        reading = self._poller.look(before, since, titles=formats or no_history, formats=formats)
        if reading.history.sheet_id < 0 <= (before.history.sheet_id if before else -1):
            self._outbox.start_over()
            self._newest = Head()
        return reading

    def _put_right(self, reading: Reading) -> None:
        since = self._observed.head if self._observed else Head()
        with contextlib.suppress(Trouble):  # the next look tries again
            self._transport.run(mend(reading.known(since)))

    def _note_edits(self, reading: Reading) -> None:
        before = self._observed
        if before is not None and before is not reading:
            edits = self._edits(before, reading)
            if edits and reading.history.sheet_id < 0:
                reading = self._make_history(reading)
                before, edits = replace(before, head=Head()), self._edits(before, reading)
            if edits:
                with self._one_process(), contextlib.suppress(Refused):
                    self._record(edits, reading.known(before.head))
        if before is not reading:
            self._keep(reading)

    def _edits(self, before: Reading, after: Reading) -> list[Entry]:
        """What people did between two readings, as far as the history's lines do not tell it."""
        told = [entry for line in after.lines for entry in line_entries(line)]
        return compare(before.sheets, after.sheets, self._clock(), told)

    def _record(self, edits: list[Entry], known: Known) -> None:
        operation = self._outbox.new_operation()
        named = [replace(edit, operation_id=operation) for edit in edits]
        try:
            outcome = self._transport.run(observe(named, known))
        except StoreError as error:
            if error.code != "too_many_cells":
                raise
            self._outbox.keep_here(named)  # a row too wide for a line of the shared history
            return
        self._outbox.adopt(operation, outcome.lines)

    # --- writing --------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write what waits, group by group. Raises StoreError where it cannot be written now."""
        with self._talk, self._one_process(), self._noting_trouble(counts=True):
            if self.reading is None or self.reading.digest == "":
                self.look()
            self._refused = {r: t for r, t in self._refused.items() if time.monotonic() - t < REFUSED_S}
            while (group := self._outbox.next_group(self._quarantine.frozen, self._refused)) is not None:
                self._write_or_set_aside(group)
            if self.wants_ids:
                self._write_ids()
            if self._refused:
                raise Refused("some changes are refused")

    def _write_or_set_aside(self, group: Group) -> None:
        """One change that Google refuses, for a protected range perhaps, holds up only its own records."""
        try:
            self._write(group)
        except Refused:
            parts = group.parts()
            if len(parts) == 1:
                now_s = time.monotonic()
                self._all_anew = True  # what was known of the worksheets may have been at fault
                self._refused |= {(entry.sheet, entry.record_id): now_s for entry in group.entries[0]}
                return
            for part in parts:
                self._write_or_set_aside(part)

    def _write(self, group: Group) -> None:
        known = self._ready()
        head = self._outbox.begin(group, known.head)
        try:
            outcome = self._transport.run(
                write(group.batches, replace(known, head=head), unsure=group.unsure)
            )
        except (Busy, Refused, StoreError):
            if not group.unsure:
                self._outbox.forget_attempt(group)
            raise
        self.trouble = None  # before anybody is told that nothing waits any more
        written = self._outbox.settle(group, outcome.fates)
        self._written += [(outcome.head.number, entry) for entry in written]
        self._newest = outcome.head
        self._look_again_if_needed(outcome)

    def _write_ids(self) -> None:
        known = self._ready()
        at = self._clock()
        self._transport.run(write([Batch(self._outbox.new_operation(), "", at, ())], known))
        self.wants_ids = False
        self.look()

    def _look_again_if_needed(self, outcome: Outcome) -> None:
        """Where rows got their ids, or something did not fit, what is shown would be wrong otherwise."""
        assert self.reading is not None
        was_whole = any(table.to_write or table.id_column is None for table in self.reading.tables.values())
        if was_whole or outcome.astray or any(fate.conflicts for fate in outcome.fates):
            self.look()

    def _ready(self) -> Known:
        """What a write needs to know, its quota at hand and its history in place."""
        if not self._client.writes.has_token(TOKEN_WAIT_S):
            raise Busy("the quota of writes a minute is used up")
        assert self.reading is not None
        if self.reading.history.sheet_id < 0:
            self._note_edits(self._make_history(self.reading))
        newer = self._newest.number > self.reading.head.number  # so that an old answer is known for one
        return self.reading.known(self._newest if newer else None)

    def _make_history(self, reading: Reading) -> Reading:
        """A spreadsheet that was not made from the template gets its hidden history with the first line."""
        titles = {info.title: info.sheet_id for info in reading.infos}
        with contextlib.suppress(Refused):  # another process has just made it
            body = {"requests": history_requests(titles)}
            self._client.write_batch(self._transport.spreadsheet_id, body, "spreadsheetId")
        self._outbox.start_over()
        self._newest = Head()
        self.reading = self._poller.look(reading, Head(), titles=True)
        self._outbox.mirror(self.reading.lines)
        return self.reading

    # --- worksheets in disorder -----------------------------------------------------------------------

    def settle_accident(self, accident_id: str, keep_theirs: bool, actor: str, at: datetime) -> None:
        """Raises KeyError for an accident that waits for no decision, StoreError."""
        with self._talk:
            if keep_theirs:
                self._quarantine.take_theirs(accident_id, actor, at)
                self._all_anew = True
                self.look()
            elif self._observed and self._raw:
                operation = self._outbox.new_operation()
                self._quarantine.put_back(accident_id, self._observed, self._raw, operation, actor, at)
            else:
                raise KeyError(accident_id)

    # --- around both ----------------------------------------------------------------------------------

    def check_history(self) -> int | None:
        with self._talk, self._noting_trouble():
            infos = self._transport.sheets()
            history = next((info for info in infos if info.title == HISTORY_SHEET), None)
            if history is None:
                return None
            (rows,) = read_rows(self._transport.read_body([rows_from(HISTORY_SHEET, 1, history.columns)]), 1)
            broken = first_broken(parse_lines(rows, 1))
            return broken.number if broken else None

    @contextlib.contextmanager
    def _noting_trouble(self, *, counts: bool = False) -> Iterator[None]:
        try:
            yield
        except (Trouble, StoreError) as error:
            self.trouble = _explained(error)
            self.failures += counts
            raise self.trouble from None
        self.trouble = None

    @contextlib.contextmanager
    def _one_process(self) -> Iterator[None]:
        """Processes of one machine share a journal: only one of them writes at a time."""
        try:
            with self._host_lock:
                yield
        except Timeout:
            raise StoreBusy("Another process of this machine is writing.", "locked") from None

    def _keep(self, reading: Reading) -> None:
        """People's edits up to this reading are noted; remember that across restarts."""
        self._observed = reading
        temporary = self._past.with_suffix(f".{os.getpid()}.tmp")
        with contextlib.suppress(OSError):  # without it edits during a pause of the app go unnoted, no more
            temporary.touch(mode=0o600)
            temporary.write_bytes(reading.dump())
            os.replace(temporary, self._past)

    def _load(self) -> Reading | None:
        with contextlib.suppress(OSError, ValueError):
            return load_reading(self._past.read_bytes())
        return None


def _explained(error: Exception) -> StoreError:
    match error:
        case StoreError():
            return error
        case Busy():
            return StoreBusy(
                "Google cannot be reached, or allows no more requests for the moment. Changes are kept and "
                "written as soon as that is over.",
                "google_busy",
            )
        case Unknown():
            return StoreBusy(
                "Google does not answer properly. Changes are kept and written as soon as it does.",
                "google_no_answer",
            )
    return StoreError(
        "Google refuses the request. If this goes on, run: python -m lib doctor.", "google_refused"
    )
