"""Splice cells into a worksheet part; every byte that is not theirs stays as it is."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from lib.store.contract import StoreError, Value
from lib.store.planning import Cell, CellEdits
from lib.store.xlsx_cells import attribute, cell_xml, plain_xml, position
from lib.store.xlsx_styles import Styles

_ROOT = re.compile(rb"<(?![?!])(?:([\w.-]+):)?worksheet\b")
_SPANS = re.compile(rb"""\s+spans\s*=\s*(?:"[^"]*"|'[^']*')""")


@dataclass(frozen=True, slots=True)
class RowSpan:
    """Where a row lies in the part: its start tag ends at ``open_end``, all of it at ``end``."""

    number: int
    start: int
    open_end: int
    end: int


@dataclass(frozen=True, slots=True)
class CellSpan:
    column: int
    start: int
    end: int
    xml: bytes

    @property
    def tag(self) -> bytes:
        return self.xml[: self.xml.index(b">") + 1]

    @property
    def style(self) -> bytes:
        return attribute(self.tag, b"s") or b""


class SheetXml:
    """A worksheet part with its rows found, ready to take cells."""

    def __init__(self, xml: bytes) -> None:
        self.xml = xml = plain_xml(xml)
        root = _ROOT.search(xml)
        if root is None:
            raise _unusual()
        self.prefix = root[1] + b":" if root[1] else b""
        name = re.escape(self.prefix)
        self._cell = re.compile(rb"<" + name + rb"c(?=[\s/>])(?:[^>]*/>|[^>]*>.*?</" + name + rb"c>)", re.S)
        self._formula = re.compile(rb"<" + name + rb"f(?=[\s/>])[^>]*>")
        self.data_start, self.rows_start, self.rows_end, self.data_end = self._find_data()
        self._numbers: list[int] = []
        self._tags: list[tuple[int, int]] = []
        self._find_rows()

    def _find_data(self) -> tuple[int, int, int, int]:
        name = re.escape(self.prefix)
        opening = re.search(rb"<" + name + rb"sheetData(?:\s[^>]*?)?(/?)>", self.xml)
        if opening is None:
            raise _unusual()
        if opening[1]:
            return opening.start(), opening.end(), opening.end(), opening.end()
        closing = b"</" + self.prefix + b"sheetData"
        end = _found(self.xml.rfind(closing))
        return opening.start(), opening.end(), end, _found(self.xml.find(b">", end)) + 1

    def _find_rows(self) -> None:
        name = re.escape(self.prefix)
        tag = re.compile(rb"<" + name + rb"""row(?=[\s/>])(?:[^>]*?\sr=["'](\d{1,7})["'])?[^>]*>""")
        number = 0
        for match in tag.finditer(self.xml, self.rows_start, self.rows_end):
            number = int(match[1] or number + 1)
            self._numbers.append(number)
            self._tags.append(match.span())

    def row(self, number: int) -> RowSpan | None:
        at = bisect_left(self._numbers, number)
        return self._row_at(at) if at < len(self._numbers) and self._numbers[at] == number else None

    def place_for_row(self, number: int) -> int:
        """Where a row that is not there yet belongs."""
        at = bisect_left(self._numbers, number)
        return self._row_at(at - 1).end if at else self.rows_start

    def _row_at(self, at: int) -> RowSpan:
        start, open_end = self._tags[at]
        if self.xml[open_end - 2 : open_end] == b"/>":
            return RowSpan(self._numbers[at], start, open_end, open_end)
        closing = b"</" + self.prefix + b"row>"
        end = _found(self.xml.find(closing, open_end)) + len(closing)
        return RowSpan(self._numbers[at], start, open_end, end)

    def cells(self, row: RowSpan) -> Iterator[CellSpan]:
        column = -1
        for match in self._cell.finditer(self.xml, row.open_end, row.end):
            reference = attribute(match[0][: match[0].index(b">") + 1], b"r")
            place = position(reference) if reference else None
            column = place[1] if place else column + 1
            yield CellSpan(column, match.start(), match.end(), match[0])

    def formula_tag(self, cell: CellSpan) -> bytes | None:
        match = self._formula.search(cell.xml)
        return match[0] if match else None


def _found(position: int) -> int:
    if position < 0:
        raise _unusual()
    return position


def _unusual() -> StoreError:
    return StoreError("A worksheet of this workbook cannot be edited safely.", "unusual_sheet")


def cells_of_group_formulas(sheet: SheetXml, wanted: Collection[Cell]) -> set[Cell]:
    """Those of ``wanted`` whose formula others rest on (shared, array, data table): not to be overwritten."""
    areas = [
        area
        for tag in set(re.findall(rb"<[\w.:-]*f\s[^>]*>", sheet.xml))
        if attribute(tag, b"t") in (b"array", b"dataTable") and (area := _area(attribute(tag, b"ref")))
    ]
    locked = {cell for cell in wanted for area in areas if _within(cell, area)}
    for number in {row for row, _ in wanted}:
        if row := sheet.row(number):
            for cell in sheet.cells(row):
                if (number, cell.column) in wanted and _is_shared_master(sheet.formula_tag(cell)):
                    locked.add((number, cell.column))
    return locked


def _is_shared_master(tag: bytes | None) -> bool:
    if tag is None or attribute(tag, b"t") != b"shared":
        return False
    area = _area(attribute(tag, b"ref"))
    return area is not None and area[0] != area[1]


def _area(reference: bytes | None) -> tuple[Cell, Cell] | None:
    first, _, last = (reference or b"").partition(b":")
    start, end = position(first), position(last or first)
    return (start, end) if start and end else None


def _within(cell: Cell, area: tuple[Cell, Cell]) -> bool:
    (top, left), (bottom, right) = area
    is_single = area[0] == area[1]
    return not is_single and top <= cell[0] <= bottom and left <= cell[1] <= right


@dataclass(slots=True)
class Splice:
    """The outcome: the new bytes of ``sheetData`` in pieces, and whether a formula made way for a value."""

    pieces: list[bytes | memoryview]
    lost_formula: bool


@dataclass(slots=True)
class _Writer:
    """Makes new cells for one sheet: style of the cell there, else of the pattern row, else of the column."""

    sheet: SheetXml
    styles: Styles
    is_1904: bool
    pattern: dict[int, bytes]
    column_style: Callable[[int], bytes]
    pattern_row: int
    lost_formula: bool = field(default=False)

    def new_cell(self, row: int, column: int, value: Value, row_style: bytes = b"") -> bytes:
        inherited = self.pattern.get(column, b"") if row > self.pattern_row else b""
        return self._xml(row, column, value, inherited or row_style or self.column_style(column))

    def changed_cell(self, row: int, cell: CellSpan, value: Value) -> bytes:
        self.lost_formula |= self.sheet.formula_tag(cell) is not None
        style = cell.style
        if not style.strip(b"0") and row > self.pattern_row:
            style = self.pattern.get(cell.column, style)
        return self._xml(row, cell.column, value, style)

    def _xml(self, row: int, column: int, value: Value, style: bytes) -> bytes:
        style = self.styles.suited(style, value)
        return cell_xml(row, column, value, style, self.sheet.prefix, self.is_1904)


def splice_cells(
    sheet: SheetXml,
    edits: CellEdits,
    styles: Styles,
    pattern_row: int,
    column_style: Callable[[int], bytes],
    is_1904: bool,
) -> Splice:
    """Write ``edits`` into the part in one pass.

    Rows below ``pattern_row`` (the last one with content) take its styles. None empties a cell and
    keeps its style.
    """
    pattern_span = sheet.row(pattern_row)
    pattern = {cell.column: cell.style for cell in sheet.cells(pattern_span)} if pattern_span else {}
    writer = _Writer(sheet, styles, is_1904, pattern, column_style, pattern_row)
    old, at = memoryview(sheet.xml), sheet.rows_start
    pieces: list[bytes | memoryview] = [_opening(sheet)]
    for number, cells in _by_row(edits):
        if span := sheet.row(number):
            pieces += [old[at : span.start], _changed_row(writer, span, cells)]
            at = span.end
        else:
            place = sheet.place_for_row(number)
            pieces += [old[at:place], _new_row(writer, number, cells)]
            at = place
    pieces += [old[at : sheet.rows_end], b"</" + sheet.prefix + b"sheetData>"]
    return Splice(pieces, writer.lost_formula)


def _opening(sheet: SheetXml) -> bytes:
    opening = sheet.xml[sheet.data_start : sheet.rows_start]
    return opening[:-2].rstrip() + b">" if opening.endswith(b"/>") else opening


def _by_row(edits: CellEdits) -> Iterator[tuple[int, dict[int, Value]]]:
    rows: dict[int, dict[int, Value]] = {}
    for (row, column), value in sorted(edits.items(), key=lambda item: item[0]):
        rows.setdefault(row, {})[column] = value
    yield from rows.items()


def _new_row(writer: _Writer, number: int, cells: dict[int, Value]) -> bytes:
    prefix = writer.sheet.prefix
    filled = [writer.new_cell(number, column, value) for column, value in cells.items() if value is not None]
    return b'<%brow r="%d">%b</%brow>' % (prefix, number, b"".join(filled), prefix)


def _changed_row(writer: _Writer, span: RowSpan, cells: dict[int, Value]) -> bytes:
    sheet = writer.sheet
    tag = sheet.xml[span.start : span.open_end]
    row_style = (attribute(tag, b"s") or b"") if attribute(tag, b"customFormat") in (b"1", b"true") else b""
    left = dict(cells)
    pieces, at, cells_end = [], span.open_end, span.open_end
    for cell in sheet.cells(span):
        for column in [column for column in left if column < cell.column]:
            pieces.append(sheet.xml[at : cell.start])
            pieces.append(_new_cell_unless_empty(writer, span.number, column, left.pop(column), row_style))
            at = cell.start
        if cell.column in left:
            pieces.append(sheet.xml[at : cell.start])
            pieces.append(writer.changed_cell(span.number, cell, left.pop(cell.column)))
            at = cell.end
        cells_end = cell.end
    closing = b"</" + sheet.prefix + b"row>"
    end = span.end if tag.endswith(b"/>") else span.end - len(closing)
    pieces.append(sheet.xml[at:cells_end])
    for column, value in left.items():
        pieces.append(_new_cell_unless_empty(writer, span.number, column, value, row_style))
    tail = sheet.xml[cells_end:end]
    return _open_tag(tag, bool(left)) + b"".join(pieces) + tail + closing


def _new_cell_unless_empty(writer: _Writer, row: int, column: int, value: Value, row_style: bytes) -> bytes:
    return b"" if value is None else writer.new_cell(row, column, value, row_style)


def _open_tag(tag: bytes, grew: bool) -> bytes:
    """The row's start tag as an opening one; a hint of its width goes where it may be wrong now."""
    if tag.endswith(b"/>"):
        tag = tag[:-2].rstrip() + b">"
    return _SPANS.sub(b"", tag) if grew else tag
