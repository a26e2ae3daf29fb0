"""Number formats of a workbook's styles: dates need one to be dates."""

from __future__ import annotations

import re
from datetime import datetime

from lib.store.contract import CellError, Value
from lib.store.xlsx_cells import attribute, whole_number, with_attribute

_BUILT_IN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_DATE, _DATE_TIME, _GENERAL = b"14", b"22", b"0"
_NOT_LETTERS = re.compile(rb'"[^"]*"|&quot;.*?&quot;|\\.|_.|\*.|\[[^\]]*\]')
_ELAPSED = re.compile(rb"\[(?:h+|m+|s+)\]", re.I)

_NEW = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<styleSheet xmlns="%b">'
    b'<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill>'
    b'<patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    b'<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    b'<cellXfs count="%d">%b</cellXfs></styleSheet>'
)
_PLAIN_FORMAT = b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'


def new_styles(namespace: str, formats: int) -> bytes:
    """A styles part with so many formats, all of them the one that cells have where there are no styles."""
    return _NEW % (namespace.encode("ascii"), formats, _PLAIN_FORMAT * formats)


class Styles:
    """The cell formats of styles.xml; new ones are added at the end, existing ones never change."""

    def __init__(self, xml: bytes) -> None:
        self._xml = xml
        self._section = re.search(rb"<((?:[\w.-]+:)?)cellXfs\b[^>]*>(.*?)</\1cellXfs>", self._xml, re.S)
        prefix = re.escape(self._section[1]) if self._section else b""
        one = rb"<" + prefix + rb"xf\b(?:[^>]*/>|[^>]*>.*?</" + prefix + rb"xf>)"
        self._formats = re.findall(one, self._section[2], re.S) if self._section else []
        self._known = len(self._formats)
        self._custom = {
            attribute(tag, b"numFmtId"): attribute(tag, b"formatCode") or b""
            for tag in re.findall(rb"<(?:[\w.-]+:)?numFmt\b[^>]*>", self._xml)
        }
        self._derived: dict[tuple[bytes, bytes], bytes] = {}

    def suited(self, style: bytes, value: Value) -> bytes:
        """``style`` if it shows ``value`` as what it is; else its like with another number format."""
        if isinstance(value, datetime):
            if self.is_date(style):
                return style
            return self._like(style, _DATE_TIME if value.hour or value.minute or value.second else _DATE)
        is_number = not isinstance(value, (str, bool, CellError)) and value is not None
        return self._like(style, _GENERAL) if is_number and self.is_date(style) else style

    def is_date(self, style: bytes) -> bool:
        """Whether numbers in cells of this style are dates or times."""
        number = whole_number(style)
        if number >= len(self._formats):
            return False
        code = attribute(_start_tag(self._formats[number]), b"numFmtId") or _GENERAL
        if code in self._custom:
            return _is_date_code(self._custom[code])
        return whole_number(code) in _BUILT_IN_DATES

    def changed_xml(self) -> bytes | None:
        """The new styles part, or None if nothing was added."""
        if self._section is None or len(self._formats) == self._known:
            return None
        opening, end = self._section.start(), self._section.end(2)
        tag_end = self._section.start(2)
        tag = with_attribute(self._xml[opening:tag_end], b"count", str(len(self._formats)).encode())
        added = b"".join(self._formats[self._known :])
        return self._xml[:opening] + tag + self._xml[tag_end:end] + added + self._xml[end:]

    def _like(self, style: bytes, number_format: bytes) -> bytes:
        """A format as ``style`` but with another number format."""
        if not self._formats:
            return style
        key = (style, number_format)
        if key not in self._derived:
            number = whole_number(style)
            base = self._formats[number if number < len(self._formats) else 0]
            tag = _start_tag(base)
            changed = with_attribute(
                with_attribute(tag, b"numFmtId", number_format), b"applyNumberFormat", b"1"
            )
            self._derived[key] = self._number_of(changed + base[len(tag) :])
        return self._derived[key]

    def _number_of(self, xf: bytes) -> bytes:
        if xf not in self._formats:
            self._formats.append(xf)
        return str(self._formats.index(xf)).encode()


def _start_tag(element: bytes) -> bytes:
    return element[: element.index(b">") + 1]


def _is_date_code(code: bytes) -> bool:
    first = code.split(b";")[0]
    return bool(_ELAPSED.search(first) or re.search(rb"[ymdhs]", _NOT_LETTERS.sub(b"", first), re.I))
