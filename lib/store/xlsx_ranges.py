"""Ranges around the cells of a table: they grow with it, as they do when a person types below it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from lib.store.planning import CellEdits
from lib.store.xlsx_cells import address, attribute, position, whole_number, with_attribute

# Where drop-downs and formats of Excel 2010 and later say which cells they are for.
_NEWER_RANGES = re.compile(rb"(<(?:[\w.-]+:)?sqref>)([^<]*)(?=</)")
MOST_COLUMNS = 16_384
Change = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Growth:
    """What a table was (1-based rows, 0-based columns, ``end_column`` exclusive) and what it becomes."""

    header_row: int
    last_row: int
    end_column: int
    new_last_row: int
    new_end_column: int
    new_headers: tuple[str, ...] = ()

    @classmethod
    def of(cls, header_row: int, last_row: int, end_column: int, edits: CellEdits) -> Growth:
        added = sorted(
            (column, str(value))
            for (row, column), value in edits.items()
            if row == header_row and column >= end_column
        )
        rows = [row for row, _ in edits]
        return cls(
            header_row,
            last_row,
            end_column,
            max(last_row, *rows) if rows else last_row,
            end_column + len(added),
            tuple(name for _, name in added),
        )

    def filter_range(self, reference: bytes) -> bytes:
        """A filter or table range over the header: grows by rows and columns."""
        area = _area(reference)
        if area is None:
            return reference
        top, left, bottom, right = area
        if top != self.header_row:
            return reference
        if bottom == self.last_row:
            bottom = self.new_last_row
        if right == self.end_column - 1:
            right = self.new_end_column - 1
        return _reference(top, left, bottom, right)

    def body_ranges(self, references: bytes) -> bytes:
        """The ranges of a drop-down or a conditional format: those down to the last row grow by rows."""
        return b" ".join(self._body_range(reference) for reference in references.split())

    def _body_range(self, reference: bytes) -> bytes:
        area = _area(reference)
        if area is None or area[2] != self.last_row or area[0] == area[2] or area[0] < self.header_row:
            return reference
        return _reference(area[0], area[1], self.new_last_row, area[3])


def _area(reference: bytes) -> tuple[int, int, int, int] | None:
    first, colon, last = reference.partition(b":")
    start, end = position(first), position(last)
    return (*start, *end) if colon and start and end else None


def _reference(top: int, left: int, bottom: int, right: int) -> bytes:
    return address(top, left) + b":" + address(bottom, right)


def grow_sheet(head: bytes, tail: bytes, growth: Growth) -> tuple[bytes, bytes]:
    """The bytes before and after a worksheet's cells, with its own ranges grown."""
    head = _change_tags(head, rb"dimension", b"ref", lambda ref: _dimension(ref, growth))
    if growth.new_last_row > growth.last_row or growth.new_headers:
        tail = _change_tags(tail, rb"autoFilter", b"ref", growth.filter_range)
    if growth.new_last_row > growth.last_row:
        tail = _change_tags(tail, rb"(?:dataValidation|conditionalFormatting)", b"sqref", growth.body_ranges)
        tail = _NEWER_RANGES.sub(lambda match: match[1] + growth.body_ranges(match[2]), tail)
    return head, tail


def _dimension(reference: bytes, growth: Growth) -> bytes:
    area = _area(reference) or ((*start, *start) if (start := position(reference)) else None)
    if area is None:
        return reference
    top, left, bottom, right = area
    grown = (top, left, max(bottom, growth.new_last_row), max(right, growth.new_end_column - 1))
    return reference if grown == area else _reference(*grown)


def _change_tags(xml: bytes, element: bytes, name: bytes, change: Change) -> bytes:
    def changed(match: re.Match[bytes]) -> bytes:
        old = attribute(match[0], name)
        new = change(old) if old else old
        return match[0] if new is None or new == old else with_attribute(match[0], name, new)

    return re.sub(rb"<(?:[\w.-]+:)?" + element + rb"(?=[\s/>])[^>]*>", changed, xml)


def hide_columns(head: bytes, prefix: bytes, columns: list[int]) -> bytes:
    """The bytes before the cells, with columns (0-based) hidden."""
    for column in columns:
        head = _hide_column(head, prefix, column + 1)
    return head


def _hide_column(head: bytes, prefix: bytes, number: int) -> bytes:
    hidden = b'<%bcol min="%d" max="%d" width="12" hidden="1" customWidth="1"/>' % (prefix, number, number)
    section = re.search(rb"<(?:[\w.-]+:)?cols>(.*?)</(?:[\w.-]+:)?cols>", head, re.S)
    if section is None:
        return head + b"<%bcols>%b</%bcols>" % (prefix, hidden, prefix)
    tags = re.findall(rb"<[^>]*>", section[1])
    if len(tags) > MOST_COLUMNS:
        return head
    pieces = [part for tag in tags for part in _without_column(tag, number)]
    before = [tag for tag in pieces if _bounds(tag)[0] < number]
    after = [tag for tag in pieces if _bounds(tag)[0] > number]
    columns = b"".join([*before, hidden, *after])
    return head[: section.start(1)] + columns + head[section.end(1) :]


def _bounds(tag: bytes) -> tuple[int, int]:
    return whole_number(attribute(tag, b"min")), whole_number(attribute(tag, b"max"))


def _without_column(tag: bytes, number: int) -> list[bytes]:
    """A ``col`` element less one column: nothing, itself, or one or two narrower ones."""
    first, last = _bounds(tag)
    if not first <= number <= last:
        return [tag]
    halves = [(first, number - 1), (number + 1, last)]
    return [
        with_attribute(with_attribute(tag, b"min", b"%d" % low), b"max", b"%d" % high)
        for low, high in halves
        if low <= high
    ]


def column_style(head: bytes) -> Callable[[int], bytes]:
    """From a 0-based column to the style its empty cells have."""
    styled = [
        (*_bounds(tag), style)
        for tag in re.findall(rb"<(?:[\w.-]+:)?col\s[^>]*>", head)[:MOST_COLUMNS]
        if (style := attribute(tag, b"style"))
    ]
    return lambda column: next((style for low, high, style in styled if low <= column + 1 <= high), b"")


def grow_table(xml: bytes, growth: Growth) -> bytes:
    """A table part that covers the rows and columns added to it."""
    root = re.search(rb"<(?![?!])[^>]*>", xml)
    if root is None or attribute(root[0], b"totalsRowCount") not in (None, b"0"):
        return xml
    old = attribute(root[0], b"ref") or b""
    new = growth.filter_range(old)
    if new == old:
        return xml
    xml = _change_tags(xml, rb"(?:table|autoFilter)", b"ref", lambda ref: new if ref == old else ref)
    is_wider = new.partition(b":")[2].rstrip(b"0123456789") != old.partition(b":")[2].rstrip(b"0123456789")
    return _with_table_columns(xml, growth.new_headers) if is_wider else xml


def _with_table_columns(xml: bytes, headers: tuple[str, ...]) -> bytes:
    section = re.search(rb"(<([\w.-]+:)?tableColumns\b[^>]*>)(.*?)(</(?:[\w.-]+:)?tableColumns>)", xml, re.S)
    if section is None:
        return xml
    tags = re.findall(rb"<(?:[\w.-]+:)?tableColumn\b[^>]*>", section[3])
    numbers = [whole_number(attribute(tag, b"id")) for tag in tags]
    added = b"".join(
        b'<%btableColumn id="%d" name=%b/>' % (section[2] or b"", number, quoteattr(name).encode("utf-8"))
        for number, name in enumerate(headers, max(numbers, default=0) + 1)
    )
    opening = with_attribute(section[1], b"count", b"%d" % (len(tags) + len(headers)))
    return xml[: section.start()] + opening + section[3] + added + section[4] + xml[section.end() :]


def grow_filter_name(workbook: bytes, sheet_index: int, growth: Growth) -> bytes:
    """The workbook part with the hidden name of a sheet's filter range grown."""
    if b"_FilterDatabase" not in workbook:
        return workbook

    def changed(match: re.Match[bytes]) -> bytes:
        tag = match[1]
        if attribute(tag, b"name") != b"_xlnm._FilterDatabase":
            return match[0]
        if attribute(tag, b"localSheetId") != b"%d" % sheet_index:
            return match[0]
        sheet, bang, reference = match[2].rpartition(b"!")
        grown = growth.filter_range(reference)
        plain = reference.replace(b"$", b"")
        return match[0] if grown in (reference, plain) else tag + sheet + bang + _absolute(grown)

    return re.sub(rb"(<(?:[\w.-]+:)?definedName\b[^>]*>)([^<]*)", changed, workbook)


def _absolute(reference: bytes) -> bytes:
    return re.sub(rb"([A-Z]+)([0-9]+)", rb"$\1$\2", reference)
