"""A workbook file as one consistent reading: its version, parts, grids and tables."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipInfo

import numpy as np

from lib.store.contract import META_SHEET, NotASpreadsheet, Snapshot, StoreError
from lib.store.files import read_file
from lib.store.guard import OWN, check_package, open_package
from lib.store.planning import Cell, CellEdits
from lib.store.reading import Grid, ReadSheet, is_bookkeeping, read_grid, read_meta
from lib.store.values import same_value
from lib.store.xlsx_parts import Package
from lib.store.xlsx_reading import read_grids
from lib.store.xlsx_stale import formulas_without_value

TRIES = 6
RETRY_AFTER_S = 0.1


@dataclass(frozen=True, eq=False)
class Reading:
    """The workbook at one version: its parts as bytes, all grids, and people's tables."""

    version: str
    data: bytes
    grids: Mapping[str, Grid]
    sheets: Mapping[str, ReadSheet]

    @property
    def snapshot(self) -> Snapshot:
        sheets = {title: read.sheet for title, read in self.sheets.items()}
        return Snapshot(self.version, sheets, read_meta(self.grids.get(META_SHEET)))


def read_workbook(path: Path) -> Reading:
    """Read the file at ``path``. One that looks damaged may be half saved: it is looked at again for a while.

    Raises NotASpreadsheet, or StoreError where it cannot be opened.
    """
    for _ in range(TRIES - 1):
        version, data = read_file(path, OWN.file_size)
        try:
            return reading_of(version, data)
        except NotASpreadsheet as error:
            if error.code not in ("damaged", "empty"):
                raise
            time.sleep(RETRY_AFTER_S)
    return reading_of(*read_file(path, OWN.file_size))


def reading_of(version: str, data: bytes) -> Reading:
    """Check and parse the bytes of a workbook. Raises NotASpreadsheet."""
    package = open_package(data)
    check_package(package)
    grids = read_grids(package)
    tables = {title: read_grid(grid) for title, grid in grids.items() if not is_bookkeeping(title)}
    return Reading(version, data, grids, tables)


def verified_reading(package: Package, before: Reading, edits: Mapping[str, CellEdits]) -> Reading:
    """The package as a reading, once it is proved to differ from ``before`` in ``edits`` and nothing else.

    Formulas that rest on the edits may show nothing for now. The reading's version is still that of
    ``before``. Raises StoreError if it is not what was meant.
    """
    parts = {part.title: part.name for part in package.sheets()}
    changed = changed_parts(before.data, package)
    titles = {title for title, name in parts.items() if name.lower() in changed} | edits.keys()
    grids = read_grids(package, titles)
    for title in titles:
        meant = edits.get(title, {})
        if title not in grids or not _differ_by(
            before.grids[title], grids[title], meant, package, parts[title]
        ):
            raise StoreError(
                f"Worksheet {title} would not have been written as intended, so nothing was written.",
                "not_verified",
                sheet=title,
            )
    tables = {title: read_grid(grid) for title, grid in grids.items() if not is_bookkeeping(title)}
    return Reading(before.version, package.data, {**before.grids, **grids}, {**before.sheets, **tables})


def changed_parts(before: bytes, package: Package) -> set[str]:
    """The names (in lower case) of parts that are not, byte for byte, as they were."""
    old = {_name(info): (info.CRC, info.file_size) for info in Package(before).members}
    return {_name(info) for info in package.members if old.get(_name(info)) != (info.CRC, info.file_size)}


def _name(info: ZipInfo) -> str:
    return info.filename.replace("\\", "/").lower()


def _differ_by(old: Grid, new: Grid, cells: CellEdits, package: Package, part: str) -> bool:
    others = set(_differences(old, new)) - cells.keys()
    if any(new.value(*place) is not None for place in others):
        return False
    if others and not others <= formulas_without_value(package.part(part)):
        return False
    return all(same_value(new.value(row, column), value) for (row, column), value in cells.items())


def _differences(old: Grid, new: Grid) -> Iterator[Cell]:
    """The cells (1-based row, 0-based column) whose values differ."""
    corners = [*_corners(old), *_corners(new)]
    top, left = min(row for row, _ in corners), min(column for _, column in corners)
    bottom, right = max(row for row, _ in corners), max(column for _, column in corners)
    height, width = bottom - top + 1, right - left + 1
    for column, (before, after) in enumerate(
        zip(old.reshaped(top, left, height, width), new.reshaped(top, left, height, width), strict=True), left
    ):
        different = np.flatnonzero(np.asarray(before != after, dtype=bool))
        yield from ((row + 1 + top, column) for row in different.tolist())


def _corners(grid: Grid) -> list[tuple[int, int]]:
    bottom = grid.first_row + max(grid.height - 1, 0)
    return [
        (grid.first_row, grid.first_column),
        (bottom, grid.first_column + max(len(grid.columns) - 1, 0)),
    ]
