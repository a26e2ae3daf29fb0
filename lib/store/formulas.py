"""Which cells of a workbook hold formulas: columns that are computed, and cells that others rest on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lib.store.guard import open_package
from lib.store.planning import Cell
from lib.store.reading import ReadSheet
from lib.store.workbook_reading import Reading
from lib.store.xlsx_cells import attribute, column_number, position

_FORMULA_CELL = re.compile(
    rb"""<(?:[\w.-]+:)?c\s(?:[^>]*?\s)?r=["']([A-Z]{1,3})\d+["'][^>]*>\s*<(?:[\w.-]+:)?f[\s/>]"""
)
_GROUP_FORMULA = re.compile(rb"""<(?:[\w.-]+:)?f\s[^>]*\bt=["'](?:array|dataTable|shared)["'][^>]*>""")
_CELL = re.compile(rb"<(?:[\w.-]+:)?c\s[^>]*>")


class Formulas:
    """Of one reading; each worksheet is looked through when it is first asked for, and once."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._groups: dict[str, _Groups] = {}
        self._computed: dict[str, frozenset[str]] = {}

    def computed_columns(self, title: str) -> frozenset[str]:
        """Header texts of the columns in which there is a formula."""
        if title not in self._computed:
            is_there = title in self._reading.sheets
            self._computed[title] = self._find_computed(title) if is_there else frozenset()
        return self._computed[title]

    def _find_computed(self, title: str) -> frozenset[str]:
        read, xml = self._reading.sheets[title], self._part(title)
        if not _has_formula(xml):
            return frozenset()
        found = {column_number(name) for name in set(_FORMULA_CELL.findall(xml))}
        return frozenset(
            header
            for header, number in zip(read.sheet.header, read.column_numbers, strict=True)
            if number in found
        )

    def locked(self, reads: Mapping[str, ReadSheet]) -> dict[str, LockedCells]:
        """By title, the cells that must not be overwritten."""
        return {title: LockedCells(self, title) for title in reads}

    def groups(self, title: str) -> _Groups:
        if title not in self._groups:
            self._groups[title] = _Groups(self._part(title))
        return self._groups[title]

    def _part(self, title: str) -> bytes:
        package = open_package(self._reading.data)  # not kept: unpacked parts are large
        name = next((part.name for part in package.sheets() if part.title == title), None)
        return package.part(name) if name else b""


class LockedCells:
    """The cells of a worksheet on whose formulas others rest, looked up when one of them is in question."""

    def __init__(self, formulas: Formulas, title: str) -> None:
        self._formulas, self._title = formulas, title

    def __contains__(self, cell: object) -> bool:
        return isinstance(cell, tuple) and cell in self._formulas.groups(self._title)

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._formulas.groups(self._title).masters)

    def __len__(self) -> int:
        return len(self._formulas.groups(self._title).masters)


class _Groups:
    """Array formulas, data tables and shared formulas of one worksheet."""

    def __init__(self, xml: bytes) -> None:
        self.masters: set[Cell] = set()
        self._areas: list[tuple[Cell, Cell]] = []
        for match in _GROUP_FORMULA.finditer(xml):
            area = _area(attribute(match[0], b"ref"))
            if area is None or area[0] == area[1]:
                continue
            if attribute(match[0], b"t") == b"shared":
                self.masters.add(_cell_before(xml, match.start()) or area[0])
            else:
                self._areas.append(area)

    def __contains__(self, cell: tuple[int, int]) -> bool:
        if cell in self.masters:
            return True
        row, column = cell
        return any(
            top <= row <= bottom and left <= column <= right
            for (top, left), (bottom, right) in self._areas
        )  # fmt: skip


def _has_formula(xml: bytes) -> bool:
    return any(mark in xml for mark in (b"<f>", b"<f ", b":f>", b":f ", b"<f/>"))


def _area(reference: bytes | None) -> tuple[Cell, Cell] | None:
    first, _, last = (reference or b"").partition(b":")
    start, end = position(first), position(last or first)
    return (start, end) if start and end else None


def _cell_before(xml: bytes, at: int) -> Cell | None:
    """The address of the cell that a formula at ``at`` belongs to."""
    start = xml.rfind(b"<", 0, at)
    tag = _CELL.match(xml, start) if start >= 0 else None
    reference = attribute(tag[0], b"r") if tag else None
    return position(reference) if reference else None
