"""Write cells into a workbook by *part surgery*: only the touched parts are made anew.

A formula that is overwritten goes, and the calculation chain with it (spreadsheet programs make their
own). Formulas elsewhere keep the value they showed last; programs that honour ``fullCalcOnLoad``
compute them anew on opening.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lib.store.planning import Cell, CellEdits
from lib.store.reading import ReadSheet
from lib.store.xlsx_cells import attribute, with_attribute
from lib.store.xlsx_parts import Package, local_name
from lib.store.xlsx_ranges import Growth, column_style, grow_filter_name, grow_sheet, grow_table, hide_columns
from lib.store.xlsx_sheet import SheetXml, cells_of_group_formulas, splice_cells
from lib.store.xlsx_styles import Styles

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
        self._parts: dict[str, bytes] = {}
        self._removed: set[str] = set()
        self._styles_name = self._target("styles")
        self._styles = Styles(self._part(self._styles_name) if self._styles_name else None)
        self._is_1904 = _is_1904(package, self._workbook)

    def perform(self, edits: Mapping[str, CellEdits]) -> Package:
        lost_formula = False
        for part in self._package.sheets():
            if part.title in edits:
                lost_formula |= self._edit_sheet(part.name, edits[part.title], self._reads[part.title])
        if self._styles_name and (styles := self._styles.changed_xml()):
            self._parts[self._styles_name] = styles
        if lost_formula:
            self._drop_calculation_chain()
        if self._has_formulas():
            self._parts[self._workbook] = _recalculated_on_load(self._part(self._workbook))
        changed = {n: xml for n, xml in self._parts.items() if xml != self._package.part(n)}
        return self._package.replace(changed, frozenset(self._removed))

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
        index = self._sheet_index(name)
        self._parts[self._workbook] = grow_filter_name(self._part(self._workbook), index, growth)
        return splice.lost_formula

    def _part(self, name: str) -> bytes:
        return self._parts.get(name) or self._package.part(name)

    def _target(self, kind: str) -> str | None:
        return next((name for found, name in self._related.values() if found == kind), None)

    def _sheet_index(self, name: str) -> int:
        """The worksheet's place among all tabs, chart sheets included."""
        by_id = {key: target for key, (_, target) in self._related.items()}
        tabs = [item for item in self._package.xml(self._workbook).iter() if _is_named(item, "sheet")]
        targets = [next((by_id[v] for v in tab.values() if v in by_id), "") for tab in tabs]
        return targets.index(name) if name in targets else -1

    def _has_formulas(self) -> bool:
        marks = (b"<f>", b"<f ", b":f>", b":f ")
        sheets = (self._part(sheet.name) for sheet in self._package.sheets())
        return any(mark in xml for xml in sheets for mark in marks)

    def _drop_calculation_chain(self) -> None:
        chain = self._target("calcChain")
        if chain is None or chain not in self._package:
            return
        folder, _, file = self._workbook.rpartition("/")
        relations, types = f"{folder}/_rels/{file}.rels".lstrip("/"), "[Content_Types].xml"
        self._removed.add(chain)
        self._parts[relations] = _without_tag(self._part(relations), b"Relationship", b"Type", b"/calcChain")
        self._parts[types] = _without_tag(self._part(types), b"Override", b"PartName", chain.encode())


def _is_named(item: object, name: str) -> bool:
    return isinstance(getattr(item, "tag", None), str) and local_name(item) == name  # type: ignore[arg-type]


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
