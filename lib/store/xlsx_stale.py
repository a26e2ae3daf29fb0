"""Formulas whose shown value is out of date once other cells have changed.

A spreadsheet program shows the value that a file keeps for a formula, and not all of them compute anew on
opening. So the kept values of formulas that rest on changed cells, directly or not, are taken away: then
every program computes them. All other formulas keep theirs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from lib.store.planning import Cell, CellEdits
from lib.store.xlsx_cells import attribute, plain_xml, position, whole_number
from lib.store.xlsx_parts import Package
from lib.store.xlsx_references import (
    ANYWHERE,
    LAST_ROW,
    Area,
    Formula,
    Names,
    Table,
    areas_of,
    formula_text,
)

_FORMULA_CELL = re.compile(
    rb"<(?:[\w.-]+:)?c(\s[^>]*)?>\s*<(?:[\w.-]+:)?f(\s[^>]*?)?(?:/>|>([^<]*)</(?:[\w.-]+:)?f>)([^<]*)"
)
_ROW_OR_CELL = re.compile(rb"<(?:[\w.-]+:)?(row|c)(?=[\s/>])[^>]*>")
_VALUE = re.compile(rb"\s*<(?:[\w.-]+:)?v(?:\s[^>]*)?(?:/>|>[^<]*</(?:[\w.-]+:)?v>)")
_TYPE = re.compile(rb"""\s+t\s*=\s*(?:"[^"]*"|'[^']*')""")
_MOST_WAVES = 200  # of formulas on areas that rest on formulas on areas ...
Place = tuple[str, int, int]  # title, 1-based row, 0-based column


def stale_formulas(package: Package, edits: Mapping[str, CellEdits]) -> dict[str, set[Cell]]:
    """By title, the cells whose formulas rest on cells in ``edits``, those in ``edits`` left out."""
    sheets = {sheet.title: plain_xml(package.part(sheet.name)) for sheet in package.sheets()}
    with_formulas = {title: xml for title, xml in sheets.items() if _may_have_formulas(xml)}
    if not with_formulas:
        return {}
    graph = _Graph(_names(package))
    for title, xml in with_formulas.items():
        graph.add_sheet(title, xml)
    changed = [(title, row, column) for title, cells in edits.items() for row, column in cells]
    found: dict[str, set[Cell]] = defaultdict(set)
    for title, row, column in graph.resting_on(changed):
        if (row, column) not in edits.get(title, {}):
            found[title].add((row, column))
    return dict(found)


def without_values(xml: bytes, cells: set[Cell]) -> bytes:
    """A worksheet part with no value kept for the formulas in ``cells``."""
    pieces, at = [], 0
    for match, place in _formula_cells(xml):
        value = _VALUE.match(xml, match.end() - len(match[4])) if place in cells else None
        if value:
            start, end = match.span(1) if match[1] else (at, at)
            pieces += [xml[at:start], _TYPE.sub(b"", xml[start:end]), xml[end : value.start()]]
            at = value.end()
    return b"".join([*pieces, xml[at:]]) if pieces else xml


def formulas_without_value(xml: bytes) -> set[Cell]:
    """The cells of a worksheet part that have a formula and show nothing yet."""
    found = _formula_cells(xml)
    return {place for match, place in found if not _VALUE.match(xml, match.end() - len(match[4]))}


def _formula_cells(xml: bytes) -> Iterator[tuple[re.Match[bytes], Cell]]:
    """Each cell with a formula (see the pattern for its groups) and where it is."""
    counted: dict[int, Cell] | None = None
    for match in _FORMULA_CELL.finditer(xml):
        reference = attribute(b"<c" + (match[1] or b"") + b">", b"r")
        place = position(reference) if reference else None
        if place is None:
            counted = _counted_cells(xml) if counted is None else counted
            place = counted.get(match.start())
        if place is not None:
            yield match, place


def _counted_cells(xml: bytes) -> dict[int, Cell]:
    """Where the cells are whose tags begin at an offset: as they say, or as counted."""
    found, row, column = {}, 0, -1
    for match in _ROW_OR_CELL.finditer(xml):
        reference = attribute(match[0], b"r")
        if match[1] == b"row":
            row, column = whole_number(reference, row + 1), -1
        else:
            place = position(reference) if reference else None
            row, column = place or (row, column + 1)
            found[match.start()] = (row, column)
    return found


def _may_have_formulas(xml: bytes) -> bool:
    return any(mark in xml for mark in (b"<f>", b"<f ", b":f>", b":f ", b"<f/>"))


@dataclass(slots=True)
class _Graph:
    """Which formula looks at which cells: single cells by their place, areas in rows of numbers."""

    names: Names
    _on_cell: dict[Place, list[Place]] = field(default_factory=lambda: defaultdict(list))
    _on_area: dict[str, list[tuple[int, int, int, int]]] = field(default_factory=lambda: defaultdict(list))
    _owners: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    _anywhere: set[Place] = field(default_factory=set)
    _arrays: dict[Place, Area] = field(default_factory=dict)

    def add_sheet(self, title: str, xml: bytes) -> None:
        shared: dict[bytes, Formula] = {}
        for match, place in _formula_cells(xml):
            formula = Formula(title, *place, formula_text(match[3] or b""))
            if match[2]:
                self._add_special(formula, b"<f" + match[2] + b">", shared)
            else:
                self._add((title, *place), areas_of(formula, self.names))

    def _add_special(self, formula: Formula, tag: bytes, shared: dict[bytes, Formula]) -> None:
        owner, kind = (formula.title, formula.row, formula.column), attribute(tag, b"t")
        if kind == b"shared":
            master = shared.setdefault(attribute(tag, b"si") or b"", formula)
            down, right = formula.row - master.row, formula.column - master.column
            self._add(owner, areas_of(master, self.names, down, right))
            return
        if kind in (b"array", b"dataTable") and (area := _area_of(formula.title, attribute(tag, b"ref"))):
            self._arrays[owner] = area
        inputs = (position(attribute(tag, name) or b"") for name in (b"r1", b"r2"))
        self._add(
            owner, (Area(formula.title, row, column, row, column) for row, column in filter(None, inputs))
        )
        self._add(owner, areas_of(formula, self.names))

    def _add(self, owner: Place, areas: Iterable[Area]) -> None:
        for area in areas:
            if area is ANYWHERE:
                self._anywhere.add(owner)
            elif area.top == area.bottom and area.left == area.right:
                self._on_cell[area.title, area.top, area.left].append(owner)
            else:
                self._on_area[area.title].append((area.top, area.bottom, area.left, area.right))
                self._owners[area.title].append(owner)

    def resting_on(self, changed: Iterable[Place]) -> set[Place]:
        """The formulas that rest on ``changed`` cells, directly or not."""
        areas = {title: np.array(rows) for title, rows in self._on_area.items()}
        fresh, found = set(changed), set(self._anywhere)
        fresh |= {place for owner in found for place in self._cells_of(owner)}
        for _ in range(_MOST_WAVES):
            fresh |= self._after_cells(fresh, found)
            hit = set(self._after_areas(fresh, areas)) - found
            if not hit:
                break
            found |= hit
            fresh = {place for owner in hit for place in self._cells_of(owner)}
        return found

    def _after_cells(self, fresh: set[Place], found: set[Place]) -> set[Place]:
        """Follow single cells to the end of the chain; the cells that changed on the way."""
        reached, left = set(), list(fresh)
        while left:
            for owner in self._on_cell.get(left.pop(), ()):
                if owner not in found:
                    found.add(owner)
                    cells = list(self._cells_of(owner))
                    reached.update(cells)
                    left += cells
        return reached

    def _after_areas(self, fresh: set[Place], areas: Mapping[str, np.ndarray]) -> Iterator[Place]:
        by_column: dict[tuple[str, int], list[int]] = defaultdict(list)
        for title, row, column in fresh:
            by_column[title, column].append(row)
        for (title, column), rows in by_column.items():
            if title in areas:
                top, bottom, left, right = areas[title].T
                ordered = np.sort(np.array(rows))
                inside = np.searchsorted(ordered, bottom, "right") > np.searchsorted(ordered, top, "left")
                hit = np.flatnonzero(inside & (left <= column) & (column <= right))
                yield from (self._owners[title][number] for number in hit.tolist())

    def _cells_of(self, owner: Place) -> Iterator[Place]:
        """The cells that a formula fills: its own, or the area of an array."""
        area = self._arrays.get(owner)
        if area is None or (area.bottom - area.top + 1) * (area.right - area.left + 1) > LAST_ROW:
            yield owner
            return
        for row in range(area.top, area.bottom + 1):
            yield from ((area.title, row, column) for column in range(area.left, area.right + 1))


def _area_of(title: str, reference: bytes | None) -> Area | None:
    first, _, last = (reference or b"").partition(b":")
    start, end = position(first), position(last or first)
    return Area(title, *start, *end) if start and end else None


def _names(package: Package) -> Names:
    titles = {sheet.title.casefold(): sheet.title for sheet in package.sheets()}
    tables = dict(_tables(package))
    plain = Names(titles, {}, tables)
    areas: dict[str, tuple[Area, ...]] = {}
    for item in package.xml(package.workbook_name()).iter("{*}definedName"):
        formula = Formula("", 0, 0, formula_text((item.text or "").encode("utf-8")))
        name = item.get("name", "").casefold()
        areas[name] = (*areas.get(name, ()), *areas_of(formula, plain))
    return Names(titles, {name: found for name, found in areas.items() if found}, tables)


def _tables(package: Package) -> Iterator[tuple[str, Table]]:
    for sheet in package.sheets():
        for kind, target in package.related(sheet.name).values():
            if kind == "table" and target in package:
                root = package.xml(target)
                area = _area_of(sheet.title, root.get("ref", "").encode("ascii", "replace"))
                if area is None:
                    continue
                names = [column.get("name", "").casefold() for column in root.iter("{*}tableColumn")]
                has_totals = whole_number(root.get("totalsRowCount", "0").encode("ascii", "replace")) > 0
                bottom = area.bottom if has_totals else LAST_ROW  # it may be about to grow
                body = Area(area.title, area.top, area.left, bottom, area.right)
                columns = {name: area.left + number for number, name in enumerate(names)}
                yield root.get("displayName", "").casefold(), Table(body, columns)
