"""An abstract model of the workbook's protocol: stamp, journal, snapshot for each stamp, replay.

The file is a stamp and rows by id. An editor opens it, changes its copy, and saves that over whatever is
there by then. App processes acknowledge in a journal and flush under a lock, and are killed between any two
steps. Values are words that occur once, so that each can be followed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

Cells = dict[tuple[str, str], str]  # (record, column) -> value


@dataclass(frozen=True, slots=True)
class File:
    stamp: int
    cells: Cells


@dataclass(frozen=True, slots=True)
class Entry:
    seq: int
    cell: tuple[str, str]
    seen: str
    new: str


@dataclass(slots=True)
class Disk:
    """What survives a kill: the file, the journal and what is kept with it."""

    file: File
    journal: list[Entry] = field(default_factory=list)
    snapshots: dict[int, Cells] = field(default_factory=dict)
    conflicts: dict[int, str] = field(default_factory=dict)  # seq -> the person's value that stayed
    observed: set[str] = field(default_factory=set)  # people's values that were noticed
    last_stamp: int = 0


@dataclass(slots=True)
class Editor:
    """A person with the file open in a spreadsheet program."""

    copy: File | None = None
    typed: Cells = field(default_factory=dict)


@dataclass(slots=True)
class Verdict:
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def is_fine(self) -> bool:
        return not (self.lost or self.wrong)


def flush(disk: Disk, with_stamp: bool = True) -> Iterator[None]:
    """One flush; a yield is a moment at which others act or the process is killed."""
    seen = disk.file
    yield
    base = disk.snapshots.get(seen.stamp, {})
    people = {cell: value for cell, value in seen.cells.items() if base.get(cell) != value}
    above = seen.stamp if with_stamp else disk.last_stamp
    cells, conflicts = dict(seen.cells), dict[int, str]()
    ours = dict(base)
    for entry in disk.journal:
        if entry.seq <= above or entry.seq in disk.conflicts:
            continue
        if entry.cell in people and people[entry.cell] != entry.new:
            conflicts[entry.seq] = people[entry.cell]
        elif ours.get(entry.cell) == entry.seen or cells[entry.cell] == entry.new:
            cells[entry.cell] = ours[entry.cell] = entry.new
        else:
            conflicts[entry.seq] = cells[entry.cell]
    stamp = max((entry.seq for entry in disk.journal), default=0)
    if cells == seen.cells and stamp == seen.stamp:
        return
    yield
    disk.snapshots[stamp] = dict(cells)  # durable before the replace, with all that goes with it
    disk.observed |= set(people.values())
    disk.conflicts |= conflicts
    yield
    if disk.file is seen:  # the stat right before the replace; the two count as one moment
        disk.file = File(stamp, cells)
        disk.last_stamp = stamp


class Play:
    """One interleaving: an editor, app processes, kills."""

    def __init__(self, seed: int, with_stamp: bool = True) -> None:
        self.rng = random.Random(seed)
        self.with_stamp = with_stamp
        cells = {(f"r{i}", name): f"{name}{i}" for i in range(3) for name in "ab"}
        self.disk = Disk(File(0, cells), snapshots={0: dict(cells)})
        self.editor = Editor()
        self.words = 0
        self.typed: list[tuple[tuple[str, str], str]] = []  # what people saved, in order
        self.flushing: Iterator[None] | None = None

    def run(self, moments: int = 30) -> Verdict:
        for _ in range(moments):
            self.rng.choice(
                (self._acknowledge, self._flush, self._flush, self._flush, self._edit, self._kill)
            )()
        if self.editor.copy and self.rng.random() < 0.7:
            self._save()
        self.editor = Editor()
        self.flushing = None
        for _ in range(3):
            for _ in flush(self.disk, self.with_stamp):
                pass
        return self._judge()

    def _word(self, who: str) -> str:
        self.words += 1
        return f"{who}{self.words}"

    def _acknowledge(self) -> None:
        """The app's user sees the file with what waits on top of it, and changes a cell."""
        cell = self.rng.choice(list(self.disk.file.cells))
        waiting = [e for e in self.disk.journal if e.seq > self.disk.file.stamp and e.cell == cell
                   and e.seq not in self.disk.conflicts]  # fmt: skip
        seen = waiting[-1].new if waiting else self.disk.file.cells[cell]
        self.disk.journal.append(Entry(len(self.disk.journal) + 1, cell, seen, self._word("w")))

    def _flush(self) -> None:
        """One step of the one process that holds the lock."""
        self.flushing = self.flushing or flush(self.disk, self.with_stamp)
        if next(self.flushing, "end") == "end":
            self.flushing = None

    def _kill(self) -> None:
        self.flushing = None

    def _edit(self) -> None:
        if self.editor.copy is None:
            self.editor = Editor(self.disk.file)
        elif self.rng.random() < 0.6:
            cell = self.rng.choice(list(self.editor.copy.cells))
            self.editor.typed[cell] = self._word("p")
        else:
            self._save()

    def _save(self) -> None:
        assert self.editor.copy is not None
        copy = replace(self.editor.copy, cells={**self.editor.copy.cells, **self.editor.typed})
        self.typed += self.editor.typed.items()
        self.disk.file = copy
        self.editor = Editor(copy) if self.rng.random() < 0.5 else Editor()

    # ------------------------------------------------------------ judgement

    def _judge(self) -> Verdict:
        verdict, final = Verdict(), self.disk.file.cells
        for cell, value in final.items():
            owner = [e.cell for e in self.disk.journal if e.new == value] or [
                c for c, v in self.typed if v == value
            ]
            if owner and owner[0] != cell:
                verdict.wrong.append(f"{cell}: {value}")
        for entry in self.disk.journal:
            if entry.seq not in self.disk.conflicts and not self._is_in(entry, final):
                verdict.lost.append(f"{entry}: {final[entry.cell]}")
        for cell, value in dict(self.typed).items():
            if not self._is_followed(cell, value, final):
                verdict.lost.append(f"{cell}: {value} of a person, {final[cell]} instead")
        return verdict

    def _is_in(self, entry: Entry, final: Cells) -> bool:
        """In the file, or followed there by what somebody wrote who had seen it, or by a person."""
        value = final[entry.cell]
        ours = [entry.new, *self._ancestors(entry.cell, entry.new)]
        first, *older = [value, *self._ancestors(entry.cell, value)]
        if entry.new in (first, *older):
            return True
        return any(word.startswith("p") and word not in ours for word in (first, *older))

    def _is_followed(self, cell: tuple[str, str], value: str, final: Cells) -> bool:
        """A person's last word on a cell: still there, or changed by somebody who had seen it."""
        return value in (final[cell], *self._ancestors(cell, final[cell]))

    def _ancestors(self, cell: tuple[str, str], value: str) -> list[str]:
        """What the writer of ``value`` had seen in the cell, and so on."""
        seen_by = {entry.new: entry.seen for entry in self.disk.journal if entry.cell == cell}
        found = []
        while value in seen_by:
            value = seen_by[value]
            found.append(value)
        return found


def play(seed: int, with_stamp: bool = True) -> Verdict:
    return Play(seed, with_stamp).run()
