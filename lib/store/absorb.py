"""Taking in the workbook as it is found: what people did goes into the journal, and what waits is laid over.

All of it happens in one transaction of the journal, once for each version of the file, whichever process
of the host comes first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lib.store.accidents import repair
from lib.store.backups import Backup, Backups
from lib.store.clock import Clock
from lib.store.contract import Entry, EntryKind, EntryState, Sheet, StoreError
from lib.store.disorder import Disorder, Fate
from lib.store.files import explained_errors
from lib.store.formulas import Formulas
from lib.store.history import apply_entries, batch_of, observe
from lib.store.journal import Journal
from lib.store.keepers import with_keepers
from lib.store.lineage import Lineage, load_lineage, save_lineage
from lib.store.overlay import with_edits
from lib.store.planning import CellEdits, Drafts
from lib.store.reading import ReadSheet, read_grid
from lib.store.replay import Replayed, replay
from lib.store.workbook_reading import Reading, reading_of
from lib.store.workbook_stamp import DIGEST_CHARACTERS, Stamp, read_stamps, read_workbook_id
from lib.store.workbook_view import View

_IN_EFFECT = (EntryState.WRITTEN, EntryState.WAITING)
EPOCH_FACT = "epoch"  # entries up to this one are of another workbook that was here before
WORKBOOK_FACT = "workbook_id"
ADOPTED_FACT = "adopted"  # entries of rows that get their ids with the write under way
FIRST_FACT = "first_stamp"  # what the file contained when it was first seen


@dataclass(frozen=True, slots=True)
class Base:
    """The tables as they were when last looked at, for one lineage; ``seq`` is the last entry they know.

    ``first_ids`` are those of the records, typed ones included, when the stamp was written.
    """

    stamp: Stamp
    since: int
    seq: int
    sheets: Mapping[str, Sheet]
    first_ids: Mapping[str, frozenset[str]]

    def belongs_to(self, lineage: Lineage) -> bool:
        return (self.stamp, self.since) == (lineage.stamp, lineage.since)


class Absorber:
    """For one workbook in one process. To be used by one thread at a time."""

    def __init__(self, journal: Journal, backups: Backups, clock: Clock) -> None:
        self._journal, self._backups, self._clock = journal, backups, clock
        self._base: Base | None = None
        self._parsed: tuple[Backup, Reading] | None = None
        self.disorder = Disorder(journal, clock)
        self.lineage: Lineage | None = None
        self.formulas: Formulas | None = None
        self._formulas_version = ""

    def absorb(self, reading: Reading, actor: str) -> View:
        """The view of ``reading``; ``actor`` is who had the file open, or empty. Raises StoreError."""
        formulas = self.formulas
        if formulas is None or self._formulas_version != reading.version:
            formulas = Formulas(reading)
        with self._journal.writing():
            lineage, is_first = self._place(reading)
            if is_first:
                self._keep_original(reading, lineage)
            base = self._base_of(lineage, reading)
            reading = with_keepers(reading, base.sheets)
            if lineage.version != reading.version:
                lineage = self._observe(base, reading, lineage, formulas, actor)
            self._base = self._advanced(base, reading, lineage)
            view = self._view(reading, lineage, formulas)
        self._remember(lineage, formulas)
        return view

    def written(self, reading: Reading, stamp: Stamp, since: int) -> View:
        """After a write of ours: ``reading`` is the new file, which carries ``stamp``."""
        lineage = Lineage(stamp, since, reading.version)
        formulas = Formulas(reading)
        old = self._base.sheets if self._base else {}
        sheets = {t: r.sheet for t, r in reading.sheets.items() if t not in stamp.behind}
        behind = {t: old[t] for t in stamp.behind if t in old}
        with self._journal.writing():
            self._journal.append(self._beside_repairs(old, sheets, formulas))
            self.disorder.finish(Fate.BACK)
            self._journal.set_fact(ADOPTED_FACT, "")
            save_lineage(self._journal, lineage)
            self._base = _fresh_base(lineage, self._journal.head()[0], {**sheets, **behind})
            view = self._view(reading, lineage, formulas)
        self._remember(lineage, formulas)
        return view

    def _remember(self, lineage: Lineage, formulas: Formulas) -> None:
        self.lineage, self.formulas, self._formulas_version = lineage, formulas, lineage.version
        if not self.disorder.closed:
            self._parsed = None

    def typed_rows(self, view: View) -> list[Entry]:
        """Rows that people have typed or copied since the stamp was written, as the entries they make when
        they get their ids."""
        if self._base is None:
            return []
        first, at = self._base.first_ids, self._clock()
        above = self.lineage.above(self._journal) if self.lineage else []
        pending = set(self._being_adopted())
        known = {(e.sheet, e.record_id) for e in above if e.kind is EntryKind.INSERT and e.seq not in pending}
        sheets = {t: r.sheet for t, r in view.reading.sheets.items() if t not in view.frozen}
        typed = {t: _as_written(s, s.unwritten) for t, s in sheets.items() if s.unwritten.any()}
        before = {t: _as_written(s, np.zeros(len(s), dtype=bool)) for t, s in typed.items()}
        entries = observe(before, typed, at)
        fresh = [e for e in entries if e.record_id not in first.get(e.sheet, e.record_id)]
        return [entry for entry in fresh if (entry.sheet, entry.record_id) not in known]

    def adopt(self, view: View, adopts: bool) -> None:
        """Note the rows that get their ids with the next write, if it ``adopts`` any. They count from then
        on; what was noted for a write that failed is void."""
        if self.lineage is None:
            return
        stamp = self.lineage.stamp.seq
        failed = [seq for seq in self._being_adopted() if seq > stamp]
        if failed:
            self._journal.set_state(failed, EntryState.CONFLICT)
        added = self._journal.append(self.typed_rows(view)) if adopts else ()
        seqs = [entry.seq for entry in added]
        if seqs or failed:
            self._journal.set_fact(ADOPTED_FACT, json.dumps(seqs))

    def _being_adopted(self) -> list[int]:
        text = self._journal.fact(ADOPTED_FACT)
        return [int(seq) for seq in json.loads(text)] if text else []

    def sheets_at(self, seq: int) -> tuple[Backup, Reading] | None:
        """The latest backup without entries above ``seq``, as it is read."""
        backup = self._backups.nearest(seq)
        if backup is None:
            return None
        if self._parsed is None or self._parsed[0] != backup:
            try:
                with explained_errors(backup.path):
                    self._parsed = backup, reading_of("", backup.path.read_bytes())
            except StoreError:
                return None
        return self._parsed

    # --- which lineage ----------------------------------------------------------------------------------

    def _place(self, reading: Reading) -> tuple[Lineage, bool]:
        """The file's lineage, and whether the file is seen for the first time."""
        own = read_stamps(reading).get(self._journal.journal_id)
        self._see_identity(read_workbook_id(reading), own)
        last = load_lineage(self._journal)
        head = self._journal.head()[0]
        if own is not None:
            stamp = own if self._is_known(own, head) else self._without_stamp(head)
        elif last is not None:
            stamp = self._unstamped(reading, last)
        else:
            stamp = self._without_stamp(head)
            self._journal.set_fact(FIRST_FACT, str(stamp.seq))
        if last and last.stamp == stamp:
            return last, False
        return Lineage(stamp, head, ""), last is None

    def _see_identity(self, workbook_id: str, own: Stamp | None) -> None:
        known = self._journal.fact(WORKBOOK_FACT) or ""
        if workbook_id and known and workbook_id != known and own is None:
            self._set_aside()
        if workbook_id and workbook_id != known:
            self._journal.set_fact(WORKBOOK_FACT, workbook_id)

    def _set_aside(self) -> None:
        """Another workbook lies where the one we knew was: what waited for that is for people to decide."""
        at = self._clock()
        for entry in self._journal.entries(states=(EntryState.WAITING,)):
            for conflict in Drafts({}).decide(batch_of(entry)).conflicts:
                self._journal.open_conflict(conflict, entry.actor, entry.at, at, entry.seq)
            self._journal.set_state([entry.seq], EntryState.CONFLICT)
        self.disorder.forget()
        self._journal.set_fact("lineage", "")
        self._journal.set_fact(EPOCH_FACT, str(self._journal.head()[0]))
        self._base = None

    def _is_known(self, stamp: Stamp, head: int) -> bool:
        """Does the stamp speak of this journal, or of one that was lost?"""
        if stamp.seq == 0:
            return True
        entries = self._journal.entries(stamp.seq - 1, limit=1) if stamp.seq <= head else []
        return bool(entries) and entries[0].digest[:DIGEST_CHARACTERS] == stamp.digest

    def _unstamped(self, reading: Reading, last: Lineage) -> Stamp:
        """A copy from before our first write, or one that a program has rid of our marks: whichever of the
        two it is more like."""
        first = Stamp(int(self._journal.fact(FIRST_FACT) or 0))
        if last.stamp.seq == first.seq or read_workbook_id(reading):
            return first if last.stamp.seq != first.seq else last.stamp
        now, at = {title: read.sheet for title, read in reading.sheets.items()}, self._clock()
        differences = []
        for stamp in (last.stamp, first):
            copy = self.sheets_at(stamp.seq)
            then = {t: read.sheet for t, read in copy[1].sheets.items()} if copy else {}
            differences.append(len(observe(then, now, at)) if copy else sum(map(len, now.values())))
        return first if differences[1] < differences[0] else last.stamp

    def _without_stamp(self, head: int) -> Stamp:
        """The file contains all that was ever written, and nothing that waits."""
        waiting = self._journal.entries(states=(EntryState.WAITING,), limit=1)
        return Stamp(waiting[0].seq - 1 if waiting else head)

    def _keep_original(self, reading: Reading, lineage: Lineage) -> None:
        with explained_errors(self._backups.folder):
            self._backups.keep(lineage.stamp.seq, reading.data, self._clock())

    # --- what people did --------------------------------------------------------------------------------

    def _base_of(self, lineage: Lineage, reading: Reading) -> Base:
        if self._base and self._base.belongs_to(lineage):
            return self._base
        now = {title: read.sheet for title, read in reading.sheets.items()}
        copy = self._backups.nearest(lineage.stamp.lowest)
        head = self._journal.head()[0]
        if copy is None or (copy.seq == lineage.stamp.seq and _holds(copy, reading.data)):
            return _fresh_base(lineage, head, now)
        parsed = self.sheets_at(lineage.stamp.lowest)
        if parsed is None:
            return _fresh_base(lineage, head, now)
        stamped = {title: read.sheet for title, read in parsed[1].sheets.items()}
        entries = self._journal.entries(parsed[0].seq, _IN_EFFECT)
        written = [e for e in entries if e.seq <= lineage.stamp.of(e.sheet)]
        base = _fresh_base(lineage, head, apply_entries(stamped, written, now))
        pending = set(self._being_adopted())
        later = [e for e in entries if e.seq > lineage.stamp.of(e.sheet) and e.seq not in pending]
        seen = [e for e in later if lineage.contains(e)]
        return replace(base, sheets=apply_entries(base.sheets, seen, now))

    def _observe(
        self, base: Base, reading: Reading, lineage: Lineage, formulas: Formulas, actor: str
    ) -> Lineage:
        now = {title: read.sheet for title, read in reading.sheets.items()}
        pending = set(self._being_adopted())
        later = [e for e in self._journal.entries(base.seq, _IN_EFFECT) if e.seq not in pending]
        others = [e for e in later if lineage.contains(e)]
        before = apply_entries(base.sheets, others, now) if others else base.sheets
        self.disorder.inspect(before, reading, formulas)
        closed = self.disorder.closed
        after = {title: sheet for title, sheet in now.items() if title not in closed}
        self._journal.append(_typed(observe(before, after, self._clock(), actor=actor), formulas))
        accepted = {case.sheet: self._journal.head()[0] for case in self.disorder.with_fate(Fate.THEIRS)}
        self.disorder.finish(Fate.THEIRS)
        lineage = replace(lineage, version=reading.version, accepted={**lineage.accepted, **accepted})
        save_lineage(self._journal, lineage)
        return lineage

    def _beside_repairs(
        self, before: Mapping[str, Sheet], after: Mapping[str, Sheet], formulas: Formulas
    ) -> list[Entry]:
        """What people did in worksheets that were put in order, besides the accident."""
        titles = {case.sheet for case in self.disorder.with_fate(Fate.BACK)} & before.keys() & after.keys()
        if not titles or self.lineage is None:
            return []
        meant = [e for e in self.lineage.missing(self._journal) if e.sheet in titles]
        then = apply_entries({title: before[title] for title in titles}, meant, after)
        return _typed(observe(then, {title: after[title] for title in titles}, self._clock()), formulas)

    def _advanced(self, base: Base, reading: Reading, lineage: Lineage) -> Base:
        closed = self.disorder.closed
        kept = {title: sheet for title, sheet in base.sheets.items() if title in closed}
        seen = {title: read.sheet for title, read in reading.sheets.items() if title not in closed}
        return Base(lineage.stamp, lineage.since, self._journal.head()[0], {**seen, **kept}, base.first_ids)

    # --- what waits -------------------------------------------------------------------------------------

    def _view(self, reading: Reading, lineage: Lineage, formulas: Formulas) -> View:
        adopted = set(self._being_adopted())
        missing = [entry for entry in lineage.missing(self._journal) if entry.seq not in adopted]
        frozen = {t: self._as_before(t, lineage) for t in self.disorder.frozen if t in reading.sheets}
        repairs = self._repairs(reading, lineage, formulas)
        reads = {**reading.sheets, **{title: read for title, read in frozen.items() if read}}
        for title, edits in repairs.items():
            reads[title] = read_grid(with_edits(reading.sheets[title].grid, edits))
        drafts = Drafts(reads, formulas.locked(reads))
        view = View(reading, reads, drafts, 0, frozenset(frozen), repairs)
        self._record(view.replay(missing), missing, lineage)
        view.head = self._journal.head()[0]
        return view

    def _repairs(self, reading: Reading, lineage: Lineage, formulas: Formulas) -> dict[str, CellEdits]:
        """The cells that put worksheets in order, where that was decided."""
        repairs: dict[str, CellEdits] = {}
        for case in self.disorder.with_fate(Fate.BACK):
            before = self._as_before(case.sheet, lineage)
            if before and case.sheet in reading.sheets:
                computed = formulas.computed_columns(case.sheet)
                edits = repair(case.found, before, reading.sheets[case.sheet], computed)
                repairs[case.sheet] = {**repairs.get(case.sheet, {}), **edits}
        return repairs

    def _as_before(self, title: str, lineage: Lineage) -> ReadSheet | None:
        """A worksheet as the file held it before an accident; None where no backup tells."""
        parsed = self.sheets_at(lineage.stamp.of(title))
        if parsed is None or title not in parsed[1].sheets:
            return None
        read = parsed[1].sheets[title]
        entries = self._journal.entries(parsed[0].seq, _IN_EFFECT)
        drafts = Drafts({title: read})
        replay(drafts, [e for e in entries if e.sheet == title and lineage.contains(e)])
        edits = drafts.edits(adopt=False).get(title)
        return read_grid(with_edits(read.grid, edits)) if edits else read

    def _record(self, result: Replayed, missing: list[Entry], lineage: Lineage) -> None:
        at = self._clock()
        for conflict, entry in result.conflicts:
            self._journal.open_conflict(conflict, entry.actor, entry.at, at, entry.seq)
        void = {entry.seq for entry in result.void}
        self._set_state(missing, void, EntryState.CONFLICT)
        self._set_state(missing, result.missing - void, EntryState.WAITING)
        waiting = self._journal.entries(states=(EntryState.WAITING,))
        contained = {e.seq for e in waiting if e.seq <= lineage.stamp.of(e.sheet)}
        self._set_state(waiting, contained, EntryState.WRITTEN)

    def _set_state(self, entries: list[Entry], seqs: set[int], state: EntryState) -> None:
        changed = [e.seq for e in entries if e.seq in seqs and e.state is not state]
        if changed:
            self._journal.set_state(changed, state)


def _fresh_base(lineage: Lineage, seq: int, sheets: Mapping[str, Sheet]) -> Base:
    ids = {title: frozenset(sheet.ids.tolist()) for title, sheet in sheets.items()}
    return Base(lineage.stamp, lineage.since, seq, sheets, ids)


def _holds(copy: Backup, data: bytes) -> bool:
    try:
        return copy.size == len(data) and copy.path.read_bytes() == data
    except OSError:
        return False


def _typed(entries: list[Entry], formulas: Formulas) -> list[Entry]:
    """The entries without what formulas have computed."""
    kept = []
    for entry in entries:
        computed = formulas.computed_columns(entry.sheet)
        if computed & entry.values.keys():
            values = {name: value for name, value in entry.values.items() if name not in computed}
            entry = replace(entry, values=values)
        if entry.kind is not EntryKind.UPDATE or entry.column not in computed:
            kept.append(entry)
    return kept


def _as_written(sheet: Sheet, rows: np.ndarray) -> Sheet:
    """The sheet with nothing but the masked ``rows``, as if their ids were in the file."""
    return replace(
        sheet,
        columns=tuple(column[rows] for column in sheet.columns),
        ids=sheet.ids[rows],
        row_numbers=sheet.row_numbers[rows],
        unwritten=sheet.unwritten[rows] & False,
    )
