"""Single cells of a worksheet part, as bytes: addresses, escaped text, serial dates."""

from __future__ import annotations

import re
from datetime import datetime
from xml.sax.saxutils import escape

from lib.store.contract import CellError, Value
from lib.store.reading import letters

_EPOCH_1900 = datetime.fromisoformat("1899-12-30")
_EPOCH_1904 = datetime.fromisoformat("1904-01-01")
# What XML cannot carry or would change, and literal text that looks like such an escape.
_TO_ESCAPE = re.compile("[\x00-\x08\x0b-\x1f]|_(?=x[0-9A-Fa-f]{4}_)")
_COMMENT, _CDATA = b"<!--", b"<![CDATA["
_REFERENCE = re.compile(rb"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


def plain_xml(xml: bytes) -> bytes:
    """A part without comments and CDATA sections, which could hold what looks like cells.

    What never ends stays as it is: such a part is damaged, and readers say so.
    """
    if b"!" not in xml or b"<!" not in xml:  # one byte is found much sooner
        return xml
    pieces, at = [], 0
    while (start := _next_mark(xml, at)) >= 0:
        is_comment = xml.startswith(_COMMENT, start)
        opening, closing = (_COMMENT, b"-->") if is_comment else (_CDATA, b"]]>")
        end = xml.find(closing, start + len(opening))
        if end < 0:
            break
        text = b"" if is_comment else xml[start + len(opening) : end]
        pieces += [xml[at:start], escape(text.decode("utf-8", "replace")).encode("utf-8")]
        at = end + len(closing)
    return b"".join([*pieces, xml[at:]]) if pieces else xml


def _next_mark(xml: bytes, at: int) -> int:
    while (at := xml.find(b"<!", at)) >= 0 and not xml.startswith((_COMMENT, _CDATA), at):
        at += 2
    return at


def whole_number(text: bytes | None, otherwise: int = 0) -> int:
    """The number that an attribute holds; ``otherwise`` where it holds none, or one out of all bounds."""
    return int(text) if text and text.isdigit() and len(text) < 11 else otherwise


def address(row: int, column: int) -> bytes:
    """1-based row and 0-based column -> b"B3"."""
    return f"{letters(column)}{row}".encode("ascii")


def column_number(name: bytes) -> int:
    """0-based number of a column: b"A" -> 0, b"AA" -> 26."""
    number = 0
    for letter in name:
        number = number * 26 + letter - 64
    return number - 1


def position(reference: bytes) -> tuple[int, int] | None:
    """b"$B$3" -> (3, 1); None for what is no cell (a whole column, a name)."""
    match = _REFERENCE.fullmatch(reference)
    return (int(match[2]), column_number(match[1])) if match else None


def attribute(tag: bytes, name: bytes) -> bytes | None:
    """The value of an attribute in the bytes of a start tag."""
    match = re.search(rb"""\s""" + name + rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    return (match[1] if match[1] is not None else match[2]) if match else None


def with_attribute(tag: bytes, name: bytes, value: bytes) -> bytes:
    """The start tag with the attribute set; everything else in it stays as it is."""
    pattern = rb"""(\s""" + name + rb"""\s*=\s*)(?:"[^"]*"|'[^']*')"""
    changed, count = re.subn(pattern, lambda m: bytes(m[1]) + b'"' + value + b'"', tag, count=1)
    if count:
        return changed
    end = len(tag) - (2 if tag.endswith(b"/>") else 1)
    return tag[:end].rstrip() + b" " + name + b'="' + value + b'"' + tag[end:]


def serial(at: datetime, is_1904: bool) -> float:
    """Days since the workbook's epoch."""
    span = at - (_EPOCH_1904 if is_1904 else _EPOCH_1900)
    return span.days + span.seconds / 86_400


def escaped_text(text: str) -> bytes:
    """Text for an element: every character survives, also those XML has no way to write."""
    return escape(_TO_ESCAPE.sub(lambda match: f"_x{ord(match[0]):04X}_", text)).encode("utf-8")


def cell_xml(row: int, column: int, value: Value, style: bytes, prefix: bytes, is_1904: bool) -> bytes:
    """The cell element. ``style`` is its number in the workbook's styles, or empty."""
    kind, content = _content(value, prefix, is_1904)
    start = b"<" + prefix + b'c r="' + address(row, column) + b'"'
    start += (b' s="' + style + b'"' if style else b"") + kind
    return start + (b">" + content + b"</" + prefix + b"c>" if content else b"/>")


def _content(value: Value, prefix: bytes, is_1904: bool) -> tuple[bytes, bytes]:
    match value:
        case None:
            return b"", b""
        case str():
            return b' t="inlineStr"', (
                b"<%bis><%bt xml:space=\"preserve\">%b</%bt></%bis>"
                % (prefix, prefix, escaped_text(value), prefix, prefix)
            )  # fmt: skip
        case bool():
            return b' t="b"', _value(b"1" if value else b"0", prefix)
        case datetime():
            return b"", _value(_number_text(serial(value, is_1904)), prefix)
        case CellError():
            return b' t="e"', _value(escaped_text(value.code), prefix)
    return b"", _value(_number_text(value), prefix)


def _number_text(number: float) -> bytes:
    return repr(number).encode("ascii").removesuffix(b".0")


def _value(text: bytes, prefix: bytes) -> bytes:
    return b"<" + prefix + b"v>" + text + b"</" + prefix + b"v>"
