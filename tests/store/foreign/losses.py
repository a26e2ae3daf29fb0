"""What a write has cost a workbook: every difference that was not asked for, in words.

Written apart from the code it judges: whole parts are parsed by a real parser and compared element by
element; ranges, styles, relations and formulas are looked at by rules stated here anew.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from lxml import etree
from openpyxl.utils import column_index_from_string, range_boundaries

from tests.store.foreign.xml_forms import Members, read_members

Place = tuple[int, int]  # 1-based row and column
_XML = etree.XMLParser(resolve_entities=False, remove_comments=True, strip_cdata=True, huge_tree=True)
_CELLS = "{*}sheetData/{*}row/{*}c"
_OWN = ("_meta",)
_RANGES = {"autoFilter": "ref", "dataValidation": "sqref", "conditionalFormatting": "sqref", "table": "ref"}


@dataclass
class Meant:
    """What was asked for in one worksheet: cells changed, rows appended, bookkeeping columns added."""

    title: str
    cells: set[Place] = field(default_factory=set)
    new_rows: set[int] = field(default_factory=set)
    new_columns: set[int] = field(default_factory=set)
    stale: set[tuple[str, Place]] = field(default_factory=set)  # formulas that may lose their shown value
    lost_formula: bool = False
    last_row: int = 0


def losses(before: bytes, after: bytes, meant: Meant) -> list[str]:
    """Everything that is not as it was, apart from what was meant. Empty: nothing was lost."""
    old, new = Book(read_members(before)), Book(read_members(after))
    found = [*_lost_members(old, new, meant)]
    for title, name in old.sheets.items():
        if new.sheets.get(title) != name:
            found.append(f"worksheet {title} is not where it was")
        elif old.members[name] != new.members[name]:
            found += _lost_in_sheet(old.root(name), new.root(name), title, meant, old, new)
    return found


class Book:
    def __init__(self, members: Members) -> None:
        self.members = {name.replace("\\", "/"): content for name, content in members.items()}
        self.by_lower = {name.lower(): name for name in self.members}
        self.book = self._targets("", "officeDocument")[0][1]
        rels = dict(self._targets(self.book, "worksheet"))
        self.tabs = [
            (tab.get("name"), next(v for k, v in tab.items() if k.endswith("}id")))
            for tab in self.root(self.book).iter("{*}sheet")
        ]
        self.sheets = {str(title): rels[key] for title, key in self.tabs if key in rels}
        self.styles = next((name for _, name in self._targets(self.book, "styles")), None)
        self.own = {name for title, name in self.sheets.items() if title in _OWN}

    def root(self, name: str) -> etree._Element:
        return etree.fromstring(self.members[name], _XML)

    def _targets(self, source: str, kind: str) -> list[tuple[str, str]]:
        folder, file = posixpath.split(source)
        name = self.by_lower.get(posixpath.join(folder, "_rels", f"{file}.rels").lower())
        if name is None:
            return []
        found = []
        for item in self.root(name):
            path = posixpath.normpath(posixpath.join("/" + folder, item.get("Target", ""))).lstrip("/")
            if item.get("Type", "").endswith("/" + kind) and path.lower() in self.by_lower:
                found.append((item.get("Id", ""), self.by_lower[path.lower()]))
        return found

    def xfs(self) -> list[bytes]:
        section = self.root(self.styles).find("{*}cellXfs") if self.styles else None
        return [] if section is None else [_canonical(xf) for xf in section]


def _canonical(element: etree._Element) -> bytes:
    text: bytes = etree.tostring(element, method="c14n", exclusive=True, with_tail=False)
    return text


def _lost_members(old: Book, new: Book, meant: Meant) -> Iterator[str]:
    for name, content in old.members.items():
        lower = name.lower()
        if name not in new.members:
            if not (lower.endswith("calcchain.xml") and meant.lost_formula):
                yield f"part {name} is gone"
        elif content == new.members[name] or name in old.sheets.values():
            continue
        elif name == old.styles:
            yield from _lost_styles(old.root(name), new.root(name))
        elif name == old.book:
            yield from _lost_in_book(old, new, meant)
        elif lower.endswith(".rels") or lower == "[content_types].xml":
            yield from _lost_entries(name, old.root(name), new.root(name), meant)
        elif "/tables/" in lower:
            yield from _lost_in_table(name, old.root(name), new.root(name), meant)
        elif lower == "docprops/custom.xml":
            yield from _lost_entries(name, old.root(name), new.root(name), meant)
        else:
            yield f"part {name} has changed"
    for name in new.members.keys() - old.members.keys():
        is_first_styles = name == new.styles and old.styles is None
        if name not in new.own and name != "docProps/custom.xml" and not is_first_styles:
            yield f"part {name} has come"


def _lost_entries(name: str, old: etree._Element, new: etree._Element, meant: Meant) -> Iterator[str]:
    kept = {_canonical(item) for item in new}
    for item in old:
        is_chain = "calcChain" in (item.get("Type", "") + item.get("PartName", ""))
        if _canonical(item) not in kept and not (is_chain and meant.lost_formula):
            yield f"{name}: {item.attrib} is gone"
    if dict(old.attrib) != dict(new.attrib):
        yield f"{name}: attributes of the root"


def _lost_styles(old: etree._Element, new: etree._Element) -> Iterator[str]:
    if [item.tag for item in old] != [item.tag for item in new]:
        yield "styles: sections have changed"
        return
    for before, after in zip(old, new, strict=True):
        if not str(before.tag).endswith("}cellXfs"):
            if _canonical(before) != _canonical(after):
                yield f"styles: {before.tag} has changed"
            continue
        kept = [_canonical(xf) for xf in after][: len(before)]
        if kept != [_canonical(xf) for xf in before]:
            yield "styles: cell formats have changed"
        if after.get("count") not in (None, str(len(after))):
            yield "styles: the number of cell formats is wrong"


def _lost_in_book(old: Book, new: Book, meant: Meant) -> Iterator[str]:
    before, after = old.root(old.book), new.root(new.book)
    if [*old.tabs] != [tab for tab in new.tabs if tab[0] not in _OWN or tab in old.tabs]:
        yield "workbook: tabs have changed"
    for root in (before, after):
        for tab in [tab for tab in root.iter("{*}sheet") if tab.get("name") in _OWN]:
            tab.getparent().remove(tab)
        for calculation in list(root.iter("{*}calcPr")):
            calculation.attrib.pop("fullCalcOnLoad", None)
            if not calculation.attrib:
                calculation.getparent().remove(calculation)
        for name in root.iter("{*}definedName"):
            if name.get("name") == "_xlnm._FilterDatabase":
                name.text = _filter_range(name.text or "", meant)
    yield from _differences("workbook", before, after)


def _filter_range(text: str, meant: Meant) -> str:
    """The range of a filter as it was before new rows and columns joined it."""
    sheet, _, reference = text.rpartition("!")
    left, top, right, bottom = range_boundaries(reference.replace("$", ""))
    right -= len([column for column in meant.new_columns if column <= right])
    bottom -= len([row for row in meant.new_rows if row <= bottom])
    return f"{sheet}!{(left, top, right, bottom)}"


def _differences(where: str, old: etree._Element, new: etree._Element) -> Iterator[str]:
    if old.tag != new.tag or dict(old.attrib) != dict(new.attrib):
        yield f"{where}: {etree.QName(old).localname} {dict(old.attrib)} -> {dict(new.attrib)}"
    elif (old.text or "").strip() != (new.text or "").strip() or len(old) != len(new):
        yield f"{where}: content of {etree.QName(old).localname}"
    else:
        for before, after in zip(old, new, strict=True):
            yield from _differences(where, before, after)


def _lost_in_table(name: str, old: etree._Element, new: etree._Element, meant: Meant) -> Iterator[str]:
    _check_grown = list(_grown_ranges(old, new, meant))
    yield from (f"{name}: {text}" for text in _check_grown)
    columns = new.find("{*}tableColumns")
    before = old.find("{*}tableColumns")
    if columns is not None and before is not None:
        if columns.get("count") not in (None, str(len(columns))):
            yield f"{name}: the number of columns is wrong"
        for extra in list(columns)[len(before) :]:
            columns.remove(extra)
        columns.set("count", before.get("count", ""))
    yield from _differences(name, old, new)


def _grown_ranges(old: etree._Element, new: etree._Element, meant: Meant) -> Iterator[str]:
    """Ranges may have grown down to the last row, or right to the new columns; then they count as kept."""
    before = [e for e in old.iter("*") if etree.QName(e).localname in (*_RANGES, "sqref")]
    after = [e for e in new.iter("*") if etree.QName(e).localname in (*_RANGES, "sqref")]
    if len(before) != len(after):
        yield "ranges are gone"
        return
    for one, other in zip(before, after, strict=True):
        name = _RANGES.get(etree.QName(one).localname)
        pair = (one.get(name), other.get(name)) if name else (one.text, other.text)
        if pair[0] == pair[1]:
            continue
        if not _have_grown((pair[0] or "").split(), (pair[1] or "").split(), meant):
            yield f"range {pair[0]} -> {pair[1]}"
        elif name:
            other.set(name, pair[0])
        else:
            other.text = pair[0]


def _have_grown(old: list[str], new: list[str], meant: Meant) -> bool:
    return len(old) == len(new) and all(_has_grown(*pair, meant) for pair in zip(old, new, strict=True))


def _has_grown(old: str, new: str, meant: Meant) -> bool:
    left, top, right, bottom = range_boundaries(old)
    new_left, new_top, new_right, new_bottom = range_boundaries(new)
    down = new_bottom == bottom or (
        new_bottom == meant.last_row and new_bottom in meant.new_rows | {bottom + 1}
    )
    wide = set(range(right + 1, new_right + 1)) <= meant.new_columns
    return (
        (left, top) == (new_left, new_top) and new_bottom >= bottom and new_right >= right and down and wide
    )


def _lost_in_sheet(
    old: etree._Element, new: etree._Element, title: str, meant: Meant, before: Book, after: Book
) -> Iterator[str]:
    mine = meant if title == meant.title else Meant(title, stale=meant.stale)
    yield from (f"{title}: {text}" for text in _lost_cells(old, new, mine, before.xfs(), after.xfs()))
    yield from (f"{title}: {text}" for text in _grown_ranges(old, new, mine))
    if _column_looks(old, mine.new_columns) != _column_looks(new, mine.new_columns):
        yield f"{title}: columns look different"
    for root in (old, new):
        for name in ("sheetData", "dimension", "cols"):
            for element in root.findall(f"{{*}}{name}"):
                root.remove(element)
    yield from _differences(title, old, new)


def _column_looks(root: etree._Element, but: Collection[int]) -> list[tuple[int, int, dict[str, str]]]:
    """Stretches of columns and their attributes, without the columns ``but`` (cut there on both sides)."""
    found = []
    for tag in root.iterfind("{*}cols/{*}col"):
        looks = {key: value for key, value in tag.attrib.items() if key not in ("min", "max")}
        low, high = int(tag.get("min", 0)), int(tag.get("max", 0))
        cuts = sorted({low, high + 1} | {cut for c in but for cut in (c, c + 1) if low < cut <= high})
        found += [(start, end - 1, looks) for start, end in pairwise(cuts) if start not in but]
    return found


def cells_of(root: etree._Element) -> dict[Place, etree._Element]:
    """Each cell by its place, stated or counted."""
    found = {}
    row_number = 0
    for row in root.iterfind("{*}sheetData/{*}row"):
        row_number = int(row.get("r", row_number + 1))
        column = 0
        for cell in row.iterfind("{*}c"):
            reference = re.fullmatch(r"([A-Z]+)(\d+)", cell.get("r", ""))
            column = column_index_from_string(reference[1]) if reference else column + 1
            found[row_number, column] = cell
    return found


def _lost_cells(
    old: etree._Element, new: etree._Element, meant: Meant, old_xfs: list[bytes], new_xfs: list[bytes]
) -> Iterator[str]:
    before, after = cells_of(old), cells_of(new)
    for place, cell in before.items():
        if place not in after:
            yield f"cell {place} is gone"
        elif place in meant.cells:
            if old_xfs and _looks(cell, old_xfs) != _looks(after[place], new_xfs):
                yield f"cell {place} has another look"
        elif _canonical(cell) != _canonical(after[place]):
            is_formula = cell.find("{*}f") is not None
            if not (
                is_formula and (meant.title, place) in meant.stale and _without_value(cell, after[place])
            ):
                yield f"cell {place} has changed"
    for place in after.keys() - before.keys():
        if place not in meant.cells and place[0] not in meant.new_rows:
            yield f"cell {place} has come"
    yield from _lost_rows(old, new)
    if list(before) == sorted(before) and (
        list(after) != sorted(after) or len(after) != len(new.findall(_CELLS))
    ):
        yield "cells are out of order, or twice there"


def _without_value(old: etree._Element, new: etree._Element) -> bool:
    formulas = [[_canonical(f) for f in cell.iterfind("{*}f")] for cell in (old, new)]
    return formulas[0] == formulas[1] and new.find("{*}v") is None and old.get("s") == new.get("s")


def _looks(cell: etree._Element, xfs: list[bytes]) -> bytes:
    """The cell's format, whatever its number format."""
    number = int(cell.get("s", 0))
    xf = xfs[number] if number < len(xfs) else b""
    return re.sub(rb' (?:numFmtId|applyNumberFormat)="[^"]*"', b"", xf)


def _lost_rows(old: etree._Element, new: etree._Element) -> Iterator[str]:
    rows = [
        {
            number: {k: v for k, v in row.attrib.items() if k not in ("spans", "r")}
            for number, row in _numbered_rows(root)
        }
        for root in (old, new)
    ]
    for number, attributes in rows[0].items():
        if rows[1].get(number) != attributes:
            yield f"row {number}: {attributes} -> {rows[1].get(number)}"


def _numbered_rows(root: etree._Element) -> Iterator[tuple[int, etree._Element]]:
    number = 0
    for row in root.iterfind("{*}sheetData/{*}row"):
        number = int(row.get("r", number + 1))
        yield number, row
