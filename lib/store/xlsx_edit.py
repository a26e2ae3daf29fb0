"""Write cells into a workbook by *part surgery*: only the touched parts are made anew.

A formula that is overwritten goes, and the calculation chain with it (spreadsheet programs make their
own). Formulas that rest on the written cells lose the value they showed last, so that every program
computes them; all others keep theirs.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from lxml import etree

from lib.store.planning import Cell, CellEdits
from lib.store.reading import ReadSheet
from lib.store.xlsx_cells import attribute, plain_xml, with_attribute
from lib.store.xlsx_parts import Package
from lib.store.xlsx_ranges import Growth, column_style, grow_filter_name, grow_sheet, grow_table, hide_columns
from lib.store.xlsx_relations import NewPart, relations_namespace, with_part
from lib.store.xlsx_sheet import SheetXml, cells_of_group_formulas, splice_cells
from lib.store.xlsx_stale import stale_formulas, without_values
from lib.store.xlsx_styles import Styles, new_styles

STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
MOST_FORMATS = 65_000  # of cells, in one workbook
_BEFORE_CALCULATION = (b"definedNames", b"externalReferences", b"functionGroups", b"sheets")


def locked_cells(package: Package, edits: Mapping[str, CellEdits]) -> dict[str, set[Cell]]:
    """Cells among ``edits`` that must not be overwritten, because other cells' formulas rest on them."""
    found = {}
    for part in package.sheets():
        xml = package.part(part.name) if part.title in edits else b""
        if b"shared" in xml or b"array" in xml or b"dataTable" in xml:
            found[part.title] = cells_of_group_formulas(SheetXml(xml), edits[part.title])
    return {title: cells for title, cells in found.items() if cells}


def edited_workbook(
    package: Package, edits: Mapping[str, CellEdits], reads: Mapping[str, ReadSheet]
) -> Package:
    """The workbook with its new bytes. ``reads`` are the tables as they are in ``package``, by title.

    Raises StoreError for a worksheet that cannot be edited safely.
    """
    return _Surgery(package, reads).perform(edits)


class _Surgery:
    def __init__(self, package: Package, reads: Mapping[str, ReadSheet]) -> None:
        self._package = package
        self._reads = reads
        self._workbook = package.workbook_name()
        self._related = package.related(self._workbook)
        self._tabs = self._tab_numbers()
        self._parts: dict[str, bytes] = {}
        self._removed: set[str] = set()
        self._styles_name = self._target("styles")
        self._styles = Styles(self._part(self._styles_name) if self._styles_name else self._new_styles())
        self._is_1904 = _is_1904(package, self._workbook)

    def perform(self, edits: Mapping[str, CellEdits]) -> Package:
        lost_formula = False
        stale = stale_formulas(self._package, edits)
        for part in self._package.sheets():
            if cells := stale.get(part.title):
                self._parts[part.name] = without_values(plain_xml(self._part(part.name)), cells)
            if part.title in edits:
                lost_formula |= self._edit_sheet(part.name, edits[part.title], self._reads[part.title])
        styles = self._styles.changed_xml()
        if styles and self._styles_name:
            self._parts[self._styles_name] = styles
        if lost_formula:
            self._drop_calculation_chain()
        if self._has_formulas():
            self._parts[self._workbook] = _recalculated_on_load(self._part(self._workbook))
        changed = {n: xml for n, xml in self._parts.items() if xml != self._package.part(n)}
        edited = self._package.replace(changed, frozenset(self._removed))
        return self._with_new_styles(edited, styles) if styles and not self._styles_name else edited

    def _with_new_styles(self, package: Package, styles: bytes) -> Package:
        folder = posixpath.dirname(self._workbook)
        name = posixpath.join(folder, "styles.xml")  # where readers look, whatever the relations say
        part = NewPart(name, styles, STYLES_TYPE, f"{relations_namespace(package)}/styles")
        return package.replace(with_part(package, self._workbook, part)[0])

    def _new_styles(self) -> bytes:
        """Styles for a workbook that has none; numbers of formats that its cells name stay plain."""
        namespace = str(etree.QName(self._package.xml(self._workbook)).namespace or "")
        sheets = [self._part(sheet.name) for sheet in self._package.sheets()]
        named = [int(number) for xml in sheets for number in re.findall(rb"""\ss(?:tyle)?=["'](\d+)""", xml)]
        return new_styles(namespace, min(max(named, default=0), MOST_FORMATS) + 1)

    def _edit_sheet(self, name: str, edits: CellEdits, read: ReadSheet) -> bool:
        growth = Growth.of(read.sheet.header_row, read.last_row, read.end_column, edits)
        sheet = SheetXml(self._part(name))
        style = column_style(sheet.xml[: sheet.data_start])
        splice = splice_cells(sheet, edits, self._styles, read.last_row, style, self._is_1904)
        head, tail = grow_sheet(sheet.xml[: sheet.data_start], sheet.xml[sheet.data_end :], growth)
        head = hide_columns(head, sheet.prefix, list(range(growth.end_column, growth.new_end_column)))
        self._parts[name] = b"".join([head, *splice.pieces, tail])
        for kind, target in self._package.related(name).values():
            if kind == "table" and target in self._package:
                self._parts[target] = grow_table(self._part(target), growth)
        index = self._tabs.get(name, -1)
        self._parts[self._workbook] = grow_filter_name(self._part(self._workbook), index, growth)
        return splice.lost_formula

    def _part(self, name: str) -> bytes:
        return self._parts.get(name) or self._package.part(name)

    def _target(self, kind: str) -> str | None:
        names = (name for found, name in self._related.values() if found == kind)
        return next((name for name in names if name in self._package), None)

    def _tab_numbers(self) -> dict[str, int]:
        """The place of each worksheet's part among all tabs, chart sheets included."""
        by_id = {key: target for key, (_, target) in self._related.items()}
        tabs = enumerate(self._package.xml(self._workbook).iter("{*}sheet"))
        return {by_id[key]: number for number, tab in tabs for key in tab.values() if key in by_id}

    def _has_formulas(self) -> bool:
        marks = (b"<f>", b"<f ", b":f>", b":f ")
        sheets = (self._part(sheet.name) for sheet in self._package.sheets())
        return any(mark in xml for xml in sheets for mark in marks)

    def _drop_calculation_chain(self) -> None:
        chain = self._target("calcChain")
        if chain is None:
            return
        folder, _, file = self._workbook.rpartition("/")
        relations, types = f"{folder}/_rels/{file}.rels".lstrip("/"), "[Content_Types].xml"
        self._removed.add(chain)
        self._parts[relations] = _without_tag(self._part(relations), b"Relationship", b"Type", b"/calcChain")
        self._parts[types] = _without_tag(self._part(types), b"Override", b"PartName", chain.encode())


def _without_tag(xml: bytes, element: bytes, name: bytes, ending: bytes) -> bytes:
    def kept(match: re.Match[bytes]) -> bytes:
        value = attribute(match[0], name) or b""
        return b"" if value.lower().endswith(ending.lower()) else match[0]

    return re.sub(rb"<(?:[\w.-]+:)?" + element + rb"\s[^>]*/>", kept, xml)


def _is_1904(package: Package, workbook: str) -> bool:
    tag = re.search(rb"<(?:[\w.-]+:)?workbookPr\b[^>]*>", package.part(workbook))
    return bool(tag) and attribute(tag[0], b"date1904") in (b"1", b"true") if tag else False


def _recalculated_on_load(workbook: bytes) -> bytes:
    """The workbook part with a wish that formulas be computed anew on opening."""
    if found := re.search(rb"<(?:[\w.-]+:)?calcPr\b[^>]*>", workbook):
        tag = with_attribute(found[0], b"fullCalcOnLoad", b"1")
        return workbook[: found.start()] + tag + workbook[found.end() :]
    for name in _BEFORE_CALCULATION:
        closing = re.search(rb"</([\w.-]+:)?" + name + rb">", workbook)
        if closing:
            tag = b'<%bcalcPr fullCalcOnLoad="1"/>' % (closing[1] or b"")
            return workbook[: closing.end()] + tag + workbook[closing.end() :]
    return workbook
