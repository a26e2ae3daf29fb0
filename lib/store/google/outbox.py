"""What waits to be written, as batches, and what became of it; the mirror of the shared history. On disk."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby

from lib.store.clock import Clock
from lib.store.contract import Batch, Change, Conflict, Entry, EntryState
from lib.store.google.known import Fate, Head
from lib.store.google.lines import Line, entries
from lib.store.history import change_of
from lib.store.journal import Journal

LARGEST_GROUP = 200  # changes written together
_ATTEMPT, _MIRRORED = "google_attempt", "google_mirrored"


@dataclass(frozen=True, slots=True)
class Group:
    """Batches to be written together and the entries behind each of them."""

    batches: tuple[Batch, ...]
    entries: tuple[tuple[Entry, ...], ...]
    head: (
        Head | None
    )  # that of the first attempt at any of them, where one was made: it may have come through

    @property
    def unsure(self) -> bool:
        return self.head is not None

    def parts(self) -> list[Group]:
        """Each operation by itself."""
        pairs = zip(self.batches, self.entries, strict=True)
        return [Group((batch,), (entries,), self.head) for batch, entries in pairs]


class Outbox:
    """Over the journal, which several processes of one machine share."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock

    def next_group(
        self, frozen: Collection[str] = (), refused: Collection[tuple[str, str]] = ()
    ) -> Group | None:
        """The oldest changes that wait, whole operations; None where nothing does. Operations on ``frozen``
        worksheets and on ``refused`` records (worksheet, id) are left out."""
        waiting = self._journal.entries(states=[EntryState.WAITING])
        operations: list[tuple[Entry, ...]] = []
        for _, part in groupby(waiting, key=lambda entry: entry.operation_id):
            entries = tuple(part)
            if any(e.sheet in frozen or (e.sheet, e.record_id) in refused for e in entries):
                continue
            if operations and sum(map(len, operations)) + len(entries) > LARGEST_GROUP:
                break
            operations.append(entries)
        if not operations:
            return None
        return Group(tuple(map(_batch, operations)), tuple(operations), self._attempt()[0])

    def begin(self, group: Group, head: Head) -> Head:
        """Note, before anything is sent, from which line on an attempt would be seen; answers that line."""
        with self._journal.writing():
            before, operations = self._attempt()
            first = before or head
            self._note_attempt(first, operations | {batch.operation_id for batch in group.batches})
        return first

    def settle(self, group: Group, fates: Sequence[Fate]) -> list[Entry]:
        """What became of a group: written (answered), or waiting for a person's decision."""
        written: list[Entry] = []
        with self._journal.writing():
            for parts, batch, fate in zip(group.entries, group.batches, fates, strict=True):
                written += self._settle_batch(parts, batch, fate)
            self.forget_attempt(group)
        return written

    def forget_attempt(self, group: Group) -> None:
        """It is known what became of it, if anything was sent at all."""
        with self._journal.writing():
            head, operations = self._attempt()
            if head is not None:
                self._note_attempt(head, operations - {batch.operation_id for batch in group.batches})

    def mirror(self, lines: Iterable[Line]) -> None:
        """Add to this machine's history what others have written into the shared one."""
        with self._journal.writing():
            seen = int(self._journal.fact(_MIRRORED) or 0)
            new = [line for line in lines if line.number > seen]
            ours = {o for o in {line.operation_id for line in new} if o and self._journal.knows(o)}
            for line in new:
                if line.operation_id not in ours or self._is_another_s(line.operation_id):
                    self._add(line)
            if new:
                self._journal.set_fact(_MIRRORED, str(max(line.number for line in new)))

    def new_operation(self) -> str:
        """An id for what the app itself notes or writes on nobody's behalf."""
        return f"{self._journal.journal_id}:{uuid.uuid4().hex[:12]}"

    def adopt(self, operation_id: str, lines: Iterable[Line]) -> None:
        """Those of ``lines`` that this operation has added to the shared history."""
        with self._journal.writing():
            if not self._journal.knows(operation_id):
                for line in lines:
                    if line.operation_id == operation_id:
                        self._add(line)

    def keep_here(self, edits: Iterable[Entry]) -> None:
        """Note people's edits on this machine only."""
        self._journal.append(edits)

    def start_over(self) -> None:
        """The shared history has begun anew."""
        self._journal.set_fact(_MIRRORED, "0")

    def _is_another_s(self, operation_id: str) -> bool:
        """Kept by another machine: what is here of it are lines mirrored before, and there may be more."""
        noted_here = operation_id.startswith(f"{self._journal.journal_id}:")
        return not noted_here and self._journal.receipt(operation_id, "") is None

    def _add(self, line: Line) -> None:
        self._journal.append(entries(line))

    def _attempt(self) -> tuple[Head | None, frozenset[str]]:
        """The head of the first attempt whose outcome is not known, and what has been attempted since."""
        text = self._journal.fact(_ATTEMPT)
        plain = json.loads(text) if text else {}
        return (Head(**plain["head"]), frozenset(plain["operations"])) if plain else (None, frozenset())

    def _note_attempt(self, head: Head, operations: frozenset[str]) -> None:
        plain = {"head": asdict(head), "operations": sorted(operations)}
        self._journal.set_fact(_ATTEMPT, json.dumps(plain) if operations else "")

    def _settle_batch(self, parts: Sequence[Entry], batch: Batch, fate: Fate) -> list[Entry]:
        conflicts = list(fate.conflicts)
        written = []
        for entry, change in zip(parts, batch.changes, strict=True):
            conflict = _taken(conflicts, change)
            if conflict is None:
                written.append(entry)
            else:
                self._journal.open_conflict(conflict, entry.actor, entry.at, self._clock(), entry.seq)
        self._journal.set_state([entry.seq for entry in written], EntryState.WRITTEN)
        return written


def _taken(conflicts: list[Conflict], change: Change) -> Conflict | None:
    for conflict in conflicts:
        if conflict.change == change:
            conflicts.remove(conflict)
            return conflict
    return None


def _batch(parts: Sequence[Entry]) -> Batch:
    first = parts[0]
    changes = tuple(change for entry in parts if (change := change_of(entry)))
    return Batch(first.operation_id, first.actor, first.at, changes)
