# ruff: noqa: E501 (markup)
"""The cells of a worksheet in other words: as old, small or careless programs write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.sax.saxutils import escape

from lxml import etree

from tests.store.foreign.hand_made import MAIN, OFFICE, SHEET, add, relate
from tests.store.foreign.xml_forms import Members

Form = Callable[[Members], Members]
CELL_FORMS: dict[str, Form] = {}
_SHEETS = re.compile(r"xl/worksheets/sheet\d+\.xml")
_SHARED = re.compile(rb'<c (r="[A-Z]+\d+"(?: s="\d+")?) t="s"><v>(\d+)</v></c>')


def form(function: Form) -> Form:
    CELL_FORMS[function.__name__] = function
    return function


def in_sheets(members: Members, change: Callable[[bytes], bytes]) -> Members:
    return {name: change(xml) if _SHEETS.fullmatch(name) else xml for name, xml in members.items()}


def _strings(members: Members) -> list[bytes]:
    """The content of each shared string, as XML."""
    return re.findall(rb"<si>(.*?)</si>", members.get("xl/sharedStrings.xml", b""), re.S)


@form
def inline_strings(members: Members) -> Members:
    strings = _strings(members)
    return in_sheets(
        members,
        lambda xml: _SHARED.sub(
            lambda m: b'<c %b t="inlineStr"><is>%b</is></c>' % (m[1], strings[int(m[2])]), xml
        ),
    )


@form
def no_shared_strings(members: Members) -> Members:
    """Inline strings, and the part for shared ones is not there at all."""
    left = inline_strings(members)
    left.pop("xl/sharedStrings.xml", None)
    for name in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
        left[name] = re.sub(rb"<(?:Override|Relationship) [^>]*sharedStrings[^>]*/>", b"", left[name])
    return left


@form
def no_styles(members: Members) -> Members:
    left = in_sheets(
        members, lambda xml: re.sub(rb'(<(?:c|row)\b[^>]*?) s="\d+"(?: customFormat="1")?', rb"\1", xml)
    )
    left.pop("xl/styles.xml", None)
    for name in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
        left[name] = re.sub(rb"<(?:Override|Relationship) [^>]*styles\.xml[^>]*/>", b"", left[name])
    return left


@form
def no_addresses(members: Members) -> Members:
    """Rows and cells say nothing of where they are; gaps are empty cells."""
    return {**members, SHEET: _without_addresses(members[SHEET])}


def _without_addresses(xml: bytes) -> bytes:
    def row(match: re.Match[bytes]) -> bytes:
        pieces, column = [], 0
        for cell in re.finditer(rb"<c r=\"([A-Z])(\d+)\"([^>]*?)(/>|>.*?</c>)", match[2], re.S):
            pieces += [b"<c/>"] * (cell[1][0] - 65 - column)
            column = cell[1][0] - 64
            pieces.append(b"<c" + cell[3] + cell[4])
        return re.sub(rb'\sr="\d+"', b"", match[1]) + b"".join(pieces) + b"</row>"

    return re.sub(rb"(<row\b[^>]*[^/]>)(.*?)</row>", row, xml, flags=re.S)


@form
def lonely_last_row(members: Members) -> Members:
    """As LibreOffice writes: an empty row of its own at the very bottom."""
    rows = b'<row r="1048575" customFormat="1" s="1" ht="12.8"/><row r="1048576" ht="12.8"><c r="A1048576" s="1"/></row>'
    return {**members, SHEET: members[SHEET].replace(b"</sheetData>", rows + b"</sheetData>")}


@form
def cdata_and_comments(members: Members) -> Members:
    def change(xml: bytes) -> bytes:
        xml = re.sub(rb"<v>(\d+)</v>", rb"<v><![CDATA[\1]]></v>", xml, count=3)
        return xml.replace(b"</sheetData>", b'<!-- <row r="9"><c r="B9"><v>7</v></c></row> --></sheetData>')

    return {**members, SHEET: change(members[SHEET])}


@form
def phonetic_text(members: Members) -> Members:
    """Readings above the characters, as Japanese workbooks have them."""
    reading = '</t><rPh sb="0" eb="1"><t>キャク</t></rPh><phoneticPr fontId="1"/></si>'.encode()
    name = "xl/sharedStrings.xml"
    return {**members, name: members[name].replace(b"</t></si>", reading)} if name in members else members


@form
def kept_spaces(members: Members) -> Members:
    xml = (
        members[SHEET]
        .replace(b"<sheetData>", b'<sheetData xml:space="preserve">\n\t')
        .replace(b"</row>", b"\n</row>\n")
    )
    return {**members, SHEET: xml}


@form
def metadata(members: Members) -> Members:
    """Cells with metadata: a dynamic array and a rich value."""
    if "xl/metadata.xml" not in members:
        sheet_metadata = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheetMetadata+xml"
        add(
            members,
            "xl/metadata.xml",
            f'<metadata {MAIN}><metadataTypes count="1"/></metadata>',
            sheet_metadata,
        )
        relate(members, "xl/workbook.xml", OFFICE + "sheetMetadata", "metadata.xml")
    return {**members, SHEET: re.sub(rb'<c (r="F[2-5]")', rb'<c \1 cm="1" vm="1"', members[SHEET])}


@form
def dates_as_text(members: Members) -> Members:
    """ISO 8601 in cells of type d, as the strict variant allows."""
    return {
        **members,
        SHEET: re.sub(
            rb'<c (r="D(?:[3-9]|1\d)" s="\d+")><v>46027</v>',
            rb'<c \1 t="d"><v>2026-01-05</v>',
            members[SHEET],
        ),
    }


@form
def shared_formulas(members: Members) -> Members:
    def change(match: re.Match[bytes]) -> bytes:
        master = b'<f t="shared" ref="F2:F13" si="0">C2*2</f>'
        return match[1] + (master if match[2] == b"2" else b'<f t="shared" si="0"/>')

    return {**members, SHEET: re.sub(rb'(<c r="F(\d+)"[^>]*>)<f>C\d+\*2</f>', change, members[SHEET])}


@form
def data_table(members: Members) -> Members:
    cells = (
        b'<row r="20"><c r="K20"><f t="dataTable" ref="K20:K21" dt2D="0" dtr="0" r1="C2"/><v>1</v></c></row>'
    )
    rows = cells + b'<row r="21"><c r="K21"><v>2</v></c></row>'
    name = "xl/worksheets/sheet2.xml"
    return {**members, name: members[name].replace(b"</sheetData>", rows + b"</sheetData>")}


@form
def calculation_chain(members: Members) -> Members:
    chain = "".join(f'<c r="F{row}" i="1"/>' for row in range(2, 14)) + '<c r="A1" i="2"/>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    add(members, "xl/calcChain.xml", f"<calcChain {MAIN}>{chain}</calcChain>", kind)
    relate(members, "xl/workbook.xml", OFFICE + "calcChain", "calcChain.xml")
    return members


@form
def no_dimension(members: Members) -> Members:
    return in_sheets(members, lambda xml: re.sub(rb"<dimension[^>]*/>", b"", xml))


@form
def spans_and_empty_cells(members: Members) -> Members:
    def change(xml: bytes) -> bytes:
        xml = re.sub(rb'(<row[^>]*?) spans="[^"]*"', rb"\1", xml)
        return re.sub(rb"(<row [^>]*[^/])>(.*?)</row>", rb'\1 spans="1:9">\2<c r="_"/></row>', xml).replace(
            b'<c r="_"/>', b""
        )

    return {**members, SHEET: change(members[SHEET])}


@form
def pretty_printed(members: Members) -> Members:
    """Indented, with Windows line ends, and one attribute a line."""

    def change(xml: bytes) -> bytes:
        root = etree.fromstring(xml)
        etree.indent(root)
        text: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
        return text.replace(b"\n", b"\r\n").replace(b'<c r="', b'<c\r\n r="')

    return in_sheets(members, change)


@form
def character_references(members: Members) -> Members:
    """Names as numbers of characters: in texts, in tab titles, in formulas."""

    def change(match: re.Match[bytes]) -> bytes:
        return "".join(f"&#x{ord(c):X};" if ord(c) > 127 else escape(c) for c in match[0].decode()).encode()

    names = ("xl/sharedStrings.xml", "xl/workbook.xml", "xl/worksheets/sheet2.xml")
    return {
        n: re.sub(rb"[\xc0-\xf4][\x80-\xbf]+", change, xml) if n in names else xml
        for n, xml in members.items()
    }


@form
def byte_order_marks(members: Members) -> Members:
    return {n: b"\xef\xbb\xbf" + xml if xml.startswith(b"<?") else xml for n, xml in members.items()}
