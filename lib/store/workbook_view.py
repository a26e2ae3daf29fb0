"""A reading of the workbook with all that waits laid over it: what is shown and decided on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lib.store.contract import META_SHEET, Entry, Sheet, Snapshot
from lib.store.overlay import with_edits
from lib.store.planning import CellEdits, Drafts
from lib.store.reading import ReadSheet, read_grid, read_meta
from lib.store.replay import Replayed, replay
from lib.store.workbook_reading import Reading


@dataclass(eq=False)
class View:
    """``reads`` are the tables to work on: those of ``reading``, but of worksheets in disorder (``frozen``)
    as they were before, and of those being put in order (``repairs``: cells to write) as they will be.

    ``head`` is the last entry of the journal that the drafts know of.
    """

    reading: Reading
    reads: Mapping[str, ReadSheet]
    drafts: Drafts
    head: int
    frozen: frozenset[str] = frozenset()
    repairs: Mapping[str, CellEdits] = field(default_factory=dict)
    _sheets: dict[str, tuple[CellEdits, Sheet]] = field(default_factory=dict)

    def replay(self, entries: Iterable[Entry]) -> Replayed:
        return replay(self.drafts, entries)

    @property
    def to_adopt(self) -> bool:
        """Are there rows that wait for their ids to be written?"""
        return any(
            read.to_write and read.id_column is not None
            for title, read in self.reads.items()
            if title not in self.frozen
        )

    def edits(self, adopt: bool) -> dict[str, CellEdits]:
        """Cells to write by title, those of frozen worksheets included; ids if anything else is written, or
        if ``adopt``."""
        return self.drafts.edits(adopt=adopt or bool(self.drafts.touched))

    def edits_of_file(self, adopt: bool) -> dict[str, CellEdits]:
        """Cells to write into the file as it is."""
        edits = {title: cells for title, cells in self.edits(adopt).items() if title not in self.frozen}
        return {
            title: {**self.repairs.get(title, {}), **edits.get(title, {})}
            for title in self.repairs.keys() | edits.keys()
        }

    def snapshot(self, version: str, adopt: bool) -> Snapshot:
        edits = self.edits(adopt)
        sheets = {title: self._sheet(title, edits.get(title)) for title in self.reads}
        return Snapshot(version, sheets, read_meta(self.reading.grids.get(META_SHEET)))

    def _sheet(self, title: str, edits: CellEdits | None) -> Sheet:
        read = self.reads[title]
        if not edits:
            return read.sheet
        known = self._sheets.get(title)
        if known is None or known[0] != edits:
            self._sheets[title] = edits, read_grid(with_edits(read.grid, edits)).sheet
        return self._sheets[title][1]
