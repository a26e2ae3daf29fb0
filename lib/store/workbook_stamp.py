"""What a workbook says of itself: whose journal entries it contains, and which workbook it is.

The *stamp* goes into the file with every write of ours. When an old copy of the file is saved over a
newer one, it goes back, and tells so which entries have to be made anew.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from lib.store.contract import META_SHEET, NotASpreadsheet, Value
from lib.store.guard import open_package
from lib.store.planning import CellEdits
from lib.store.reading import Grid, ReadSheet, read_grid, read_meta
from lib.store.workbook_reading import Reading
from lib.store.xlsx_new_sheet import with_hidden_sheet
from lib.store.xlsx_parts import Package
from lib.store.xlsx_properties import custom_properties, with_custom_property

STAMP_KEY = "stamp"
WORKBOOK_KEY = "workbook_id"
PROPERTY = "huifang_stamp"
LONGEST_PROPERTY = 255
DIGEST_CHARACTERS = 12


@dataclass(frozen=True, slots=True)
class Stamp:
    """The file contains all entries up to ``seq`` that are in effect; of the worksheets in ``behind``
    only those up to another number, because they could not be written."""

    seq: int
    digest: str = ""
    behind: Mapping[str, int] = field(default_factory=dict)

    def of(self, title: str) -> int:
        return min(self.seq, self.behind.get(title, self.seq))

    @property
    def lowest(self) -> int:
        return min([self.seq, *self.behind.values()])


Stamps = Mapping[str, Stamp]  # by journal: several hosts may share a file


def read_stamps(reading: Reading) -> Stamps:
    """The stamps in the worksheet ``_meta``, else those in the file's properties."""
    text = read_meta(reading.grids.get(META_SHEET)).get(STAMP_KEY)
    return parse_stamps(text if isinstance(text, str) else _property(reading))


def read_workbook_id(reading: Reading) -> str:
    """Empty for a workbook that has none."""
    return str(read_meta(reading.grids.get(META_SHEET)).get(WORKBOOK_KEY) or "")


def new_workbook_id() -> str:
    return uuid.uuid4().hex


def parse_stamps(text: str) -> dict[str, Stamp]:
    """What can be understood of it: people may type into any cell."""
    try:
        plain = json.loads(text)
        return {
            str(journal): Stamp(int(seq), str(digest), {str(t): int(n) for t, n in behind.items()})
            for journal, (seq, digest, behind) in plain.items()
        }
    except (ValueError, TypeError, AttributeError):
        return {}


def dump_stamps(stamps: Stamps) -> str:
    plain = {journal: (s.seq, s.digest, dict(s.behind)) for journal, s in stamps.items()}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def with_meta_sheet(package: Package, reading: Reading) -> tuple[Package, Reading]:
    """Both with a worksheet ``_meta``, if there is none yet."""
    if META_SHEET in reading.grids:
        return package, reading
    package = with_hidden_sheet(package, META_SHEET)
    grids = {**reading.grids, META_SHEET: Grid(META_SHEET, ())}
    return package, Reading(reading.version, package.data, grids, reading.sheets)


def meta_edits(reading: Reading, facts: Mapping[str, str]) -> tuple[CellEdits, ReadSheet]:
    """The cells that put ``facts`` into the worksheet ``_meta``, which must be there."""
    grid = reading.grids[META_SHEET]
    read = read_grid(grid)
    edits: CellEdits = {}
    keys: list[Value] = grid.columns[0].tolist() if grid.columns else []
    if not keys:
        edits = {(1, 0): "key", (1, 1): "value"}
    row = max(read.last_row, 1) if keys else 1
    column = grid.first_column
    for key, value in facts.items():
        if key in keys:
            edits[grid.first_row + keys.index(key) + 1, column + 1] = value
        else:
            row += 1
            edits |= {(row, column): key, (row, column + 1): value}
    return edits, read


def with_property(package: Package, stamps: Stamps, journal_id: str) -> Package:
    """The second copy, in the file's properties: of as many hosts as fit."""
    kept = dict(stamps)
    for other in list(kept):
        if len(dump_stamps(kept)) > LONGEST_PROPERTY and other != journal_id:
            del kept[other]
    text = dump_stamps(kept)
    return with_custom_property(package, PROPERTY, text if len(text) <= LONGEST_PROPERTY else "")


def _property(reading: Reading) -> str:
    try:
        return custom_properties(open_package(reading.data)).get(PROPERTY, "")
    except NotASpreadsheet:
        return ""
