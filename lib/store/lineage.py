"""Where the file in hand comes from: the stamp it carries, and what has been seen of it since."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lib.store.contract import Entry, EntryState, Origin
from lib.store.journal import Journal
from lib.store.workbook_stamp import Stamp

FACT = "lineage"


@dataclass(frozen=True, slots=True)
class Lineage:
    """The file carries ``stamp``, and has done so since the journal had ``since`` entries; it was looked
    at last when its version was ``version``. Direct edits seen since then are contained in it, those
    before are not, unless the stamp covers them. Of worksheets in ``accepted``, which a person has
    declared to be in order as they stand, all direct edits up to a number are contained.
    """

    stamp: Stamp
    since: int
    version: str
    accepted: Mapping[str, int] = field(default_factory=dict)

    def contains(self, entry: Entry) -> bool:
        """Is the entry in the file already, as far as that can be told?"""
        if entry.seq <= self.stamp.of(entry.sheet):
            return True
        is_direct = entry.origin is Origin.SPREADSHEET
        return is_direct and (entry.seq > self.since or entry.seq <= self.accepted.get(entry.sheet, 0))

    def missing(self, journal: Journal) -> list[Entry]:
        """The entries in effect that are not in the file, oldest first."""
        return [entry for entry in self.above(journal) if not self.contains(entry)]

    def above(self, journal: Journal) -> list[Entry]:
        """All entries in effect above the stamp."""
        states = (EntryState.WRITTEN, EntryState.WAITING)
        entries = journal.entries(self.stamp.lowest, states)
        return [entry for entry in entries if entry.seq > self.stamp.of(entry.sheet)]


def load_lineage(journal: Journal) -> Lineage | None:
    text = journal.fact(FACT)
    if not text:
        return None
    plain = json.loads(text)
    seq, digest, behind = plain["stamp"]
    return Lineage(Stamp(seq, digest, behind), plain["since"], plain["version"], plain["accepted"])


def save_lineage(journal: Journal, lineage: Lineage) -> None:
    stamp = lineage.stamp
    plain = {
        "stamp": [stamp.seq, stamp.digest, dict(stamp.behind)],
        "since": lineage.since,
        "version": lineage.version,
        "accepted": dict(lineage.accepted),
    }
    journal.set_fact(FACT, json.dumps(plain, ensure_ascii=False))


def direct(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.origin is Origin.SPREADSHEET]
