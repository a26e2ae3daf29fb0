# ruff: noqa: E501 (bytes)
"""Files made to do harm: small on disk, and dear to whoever believes what they say."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from tests.store.foreign.hand_made import BOOK, MAIN, OFFICE, SHEET, add, relate
from tests.store.foreign.written import written
from tests.store.foreign.xml_forms import Members, read_members, zipped

OLE = bytes.fromhex("D0CF11E0A1B11AE1")
TYPES, STRINGS, STYLES = "[Content_Types].xml", "xl/sharedStrings.xml", "xl/styles.xml"
BOOK_RELS, ROOT_RELS = "xl/_rels/workbook.xml.rels", "_rels/.rels"
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'
LAUGHS = b"<!DOCTYPE l [<!ENTITY a0 'ha'>" + b"".join(
    b"<!ENTITY a%d '%b'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)
) + b"]>"  # fmt: skip
OUTSIDE = b'<!DOCTYPE l [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>'
CRAFTED: dict[str, Callable[[], bytes]] = {}


def crafted(function: Callable[[], bytes]) -> Callable[[], bytes]:
    CRAFTED[function.__name__] = function
    return function


def normal() -> Members:
    return read_members(written(["table"]))


def with_part(name: str, content: bytes) -> bytes:
    return zipped({**normal(), name: content})


def with_change(name: str, old: bytes, new: bytes) -> bytes:
    members = normal()
    assert old in members[name], (name, old)
    return zipped({**members, name: members[name].replace(old, new, 1)})


def sheet(rows: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    start = HEAD + b"<worksheet " + MAIN.encode() + b">" + before + b"<sheetData>"
    return with_part(SHEET, start + rows + b"</sheetData>" + after + b"</worksheet>")


def row(*cells: bytes) -> bytes:
    return b"<row>" + b"".join(cells) + b"</row>"


HEADER = row(b'<c t="str"><v>_id</v></c>', b'<c t="str"><v>name</v></c>')
RECORD = row(b'<c t="str"><v>r1</v></c>', b'<c t="str"><v>x</v></c>')

for _part in (SHEET, STRINGS, STYLES, BOOK, BOOK_RELS, ROOT_RELS, TYPES, "docProps/core.xml"):
    for _name, _type in (("laughs", LAUGHS), ("outside", OUTSIDE)):
        CRAFTED[f"{_name} in {_part}"] = lambda part=_part, kind=_type: with_part(
            part, HEAD + kind + normal()[part].partition(b"?>")[2].replace(b"</", b"&a9;</", 1)
        )
for _part in (SHEET, STRINGS, STYLES, BOOK, BOOK_RELS, ROOT_RELS, TYPES):
    CRAFTED[f"no {_part}"] = lambda part=_part: zipped({n: c for n, c in normal().items() if n != part})
    CRAFTED[f"empty {_part}"] = lambda part=_part: with_part(part, b"")
    CRAFTED[f"not XML: {_part}"] = lambda part=_part: with_part(part, b"\x89PNG\r\n\x1a\n" + bytes(500))
    CRAFTED[f"UTF-16 {_part}"] = lambda part=_part: with_part(part, normal()[part].decode().encode("utf-16"))
    CRAFTED[f"deep {_part}"] = lambda part=_part: with_part(
        part, normal()[part].replace(b"</", b"<a>" * 100_000 + b"</a>" * 100_000 + b"</", 1)
    )
    CRAFTED[f"unclosed comments in {_part}"] = lambda part=_part: with_part(
        part, normal()[part].replace(b"</", b"<!--" * 1_000_000 + b"</", 1)
    )
    CRAFTED[f"unclosed CDATA in {_part}"] = lambda part=_part: with_part(
        part, normal()[part].replace(b"</", b"<![CDATA[" * 500_000 + b"</", 1)
    )
    CRAFTED[f"swollen {_part}"] = lambda part=_part: zipped(
        {**normal(), part: normal()[part] + b" " * 60_000_000}, level=6
    )


@crafted
def far_cell() -> bytes:
    return sheet(
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )


@crafted
def far_enough() -> bytes:
    """Just inside the rectangle that is allowed, with hardly a cell in it."""
    return sheet(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="170000"><c r="BQ170000"><v>1</v></c></row>')


@crafted
def many_wide_rows() -> bytes:
    return sheet(
        b"".join(
            b'<row r="%d"><c r="A%d"><v>1</v></c><c r="XFD%d"><v>1</v></c></row>' % (n, n, n)
            for n in range(1, 700)
        )
    )


@crafted
def huge_dimension() -> bytes:
    return sheet(HEADER + RECORD, before=b'<dimension ref="A1:ZZZZZZZ99999999999"/>')


@crafted
def addresses_that_are_none() -> bytes:
    names = (
        b"A0",
        b"0",
        b"A",
        b"1A",
        b"A-1",
        b"A1048577",
        b"XFE1",
        b"AAAAAAAAAAAA1",
        b"a1",
        b"\xe5\xae\xa2",
        b"A" + b"9" * 5000,
    )
    return sheet(b"".join(b'<row><c r="%b"><v>1</v></c></row>' % name for name in names))


@crafted
def row_numbers_that_are_none() -> bytes:
    return sheet(
        HEADER + b"".join(b'<row r="%b"><c><v>1</v></c></row>' % n for n in (b"0", b"-1", b"x", b"9" * 5000))
    )


@crafted
def styles_that_are_none() -> bytes:
    cells = b"".join(b'<c s="%b"><v>1</v></c>' % s for s in (b"-1", b"x", b"9" * 5000, b"", b"4294967295"))
    return sheet(HEADER + RECORD + row(cells), before=b'<cols><col min="x" max="-1" style="y"/></cols>')


@crafted
def strings_beyond_the_end() -> bytes:
    return sheet(HEADER + row(b'<c t="s"><v>4294967295</v></c>', b'<c t="s"><v>-1</v></c>'))


@crafted
def promised_strings() -> bytes:
    """A count that a reader may make room for."""
    xml = normal()[STRINGS].replace(b"<sst ", b'<sst x="', 1)
    return with_part(
        STRINGS, xml.replace(b'<sst x="', b'<sst count="4294967295" uniqueCount="4294967295" ', 1)
    )


@crafted
def long_strings() -> bytes:
    texts = b"".join(b"<si><t>%b</t></si>" % (b"%d " % n * 6000) for n in range(600))
    return with_part(STRINGS, HEAD + b"<sst " + MAIN.encode() + b">" + texts + b"</sst>")


@crafted
def one_long_string_many_times() -> bytes:
    """One megabyte, named by a hundred thousand cells."""
    return zipped({
        **normal(),
        STRINGS: HEAD + b"<sst " + MAIN.encode() + b"><si><t>" + b"x" * 1_000_000 + b"</t></si></sst>",
        SHEET: HEAD + b"<worksheet " + MAIN.encode() + b"><sheetData>" + row(b'<c t="s"><v>0</v></c>') * 3_000
        + b"</sheetData></worksheet>",
    })  # fmt: skip


@crafted
def errors_in_one_text() -> bytes:
    return sheet(HEADER + row(b'<c t="inlineStr"><is><t>#' + b't="e" ' * 300_000 + b"</t></is></c>"))


@crafted
def unclosed_cell_formats() -> bytes:
    return with_change(STYLES, b"<cellXfs", b"<cellXfs >" * 100_000 + b"<cellXfs")


@crafted
def endless_number_format() -> bytes:
    code = b"&quot;" * 200_000
    formats = b'<numFmts count="1"><numFmt numFmtId="200" formatCode="' + code + b'"/></numFmts>'
    return with_change(STYLES, b"<fonts", formats + b"<fonts")


@crafted
def a_million_attributes() -> bytes:
    return with_change(
        SHEET, b"<sheetData>", b"<sheetData " + b"".join(b'a%d="" ' % n for n in range(300_000)) + b">"
    )


@crafted
def a_long_attribute() -> bytes:
    return with_change(SHEET, b"<sheetData>", b'<sheetData a="' + b"x" * 20_000_000 + b'">')


@crafted
def a_long_name() -> bytes:
    return with_change(SHEET, b"<sheetData>", b"<" + b"a" * 5_000_000 + b"/><sheetData>")


@crafted
def open_brackets() -> bytes:
    return with_change(SHEET, b"</sheetData>", b"<c " * 500_000 + b"</sheetData>")


@crafted
def many_merged_cells() -> bytes:
    merged = b"".join(b'<mergeCell ref="A%d:B%d"/>' % (n, n) for n in range(2, 200_000))
    return sheet(HEADER + RECORD, after=b"<mergeCells>" + merged + b"</mergeCells>")


@crafted
def many_columns() -> bytes:
    columns = b"".join(b'<col min="%d" max="%d" width="9"/>' % (n, n) for n in range(1, 200_000))
    return sheet(HEADER + RECORD, before=b"<cols>" + columns + b"</cols>")


@crafted
def many_names() -> bytes:
    names = b"".join(b'<definedName name="n%d">A1</definedName>' % n for n in range(100_000))
    return with_change(BOOK, b"</definedNames>" if b"</definedNames>" in normal()[BOOK] else b"<calcPr",
                       b"<definedNames>" + names + b"</definedNames><calcPr")  # fmt: skip


@crafted
def many_tabs_of_one_sheet() -> bytes:
    """Two thousand tabs, all of them the same two thousand rows."""
    members = normal()
    relation = b'<sheet name="t%d" sheetId="%d" r:id="rId1"/>'
    tabs = b"".join(relation % (n, n + 10) for n in range(2_000))
    members[BOOK] = members[BOOK].replace(b"</sheets>", tabs + b"</sheets>")
    rows = b"".join(b"<row><c><v>%d</v></c></row>" % n for n in range(2_000))
    members[SHEET] = (
        HEAD + b"<worksheet " + MAIN.encode() + b"><sheetData>" + rows + b"</sheetData></worksheet>"
    )
    return zipped(members)


@crafted
def many_sheets() -> bytes:
    members = normal()
    for number in range(3, 1_500):
        add(members, f"xl/worksheets/sheet{number}.xml", members["xl/worksheets/sheet2.xml"])
        key = relate(members, BOOK, OFFICE + "worksheet", f"worksheets/sheet{number}.xml")
        tab = f'<sheet name="s{number}" sheetId="{number}" r:id="{key}"/></sheets>'
        members[BOOK] = members[BOOK].replace(b"</sheets>", tab.encode())
    return zipped(members)


@crafted
def tabs_of_one_name() -> bytes:
    return with_change(BOOK, "汇总".encode(), "客户".encode())


@crafted
def relations_in_circles() -> bytes:
    members = normal()
    for source, target in (
        (BOOK, "workbook.xml"),
        (SHEET, "sheet1.xml"),
        (SHEET, "../workbook.xml"),
        ("", "_rels/.rels"),
    ):
        for kind in ("worksheet", "table", "officeDocument", "styles", "sharedStrings", "calcChain"):
            relate(members, source, OFFICE + kind, target)
    return zipped(members)


@crafted
def sheet_outside() -> bytes:
    return with_change(BOOK_RELS, b"worksheets/sheet1.xml", b"../../../../../../etc/passwd")


@crafted
def sheet_on_another_machine() -> bytes:
    return with_change(BOOK_RELS, b"worksheets/sheet1.xml", b"http://127.0.0.1:9/sheet1.xml")


@crafted
def names_that_lead_outside() -> bytes:
    extra = {
        "../../evil.xml": b"<x/>",
        "/etc/passwd": b"x",
        "C:\\a.xml": b"<x/>",
        "a\0b.xml": b"<x/>",
        "x" * 60_000: b"",
    }
    return zipped({**normal(), **extra})


@crafted
def doubled_members() -> bytes:
    out = io.BytesIO(zipped(normal()))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(SHEET.upper(), normal()[SHEET])
    return out.getvalue()


@crafted
def wrong_types() -> bytes:
    members = normal()
    members[TYPES] = (
        members[TYPES]
        .replace(b"spreadsheetml.worksheet+xml", b"drawing+xml")
        .replace(b"sheet.main", b"template.main")
    )
    return zipped(members)


@crafted
def archive_in_archive() -> bytes:
    inner = written([])
    for _ in range(30):
        inner = zipped({"xl/embeddings/inner.xlsx": inner})
    return zipped({**normal(), "xl/embeddings/inner.xlsx": inner})


@crafted
def a_million_members() -> bytes:
    entry = (
        struct.pack("<4s4B4H3L5H2L", b"PK\1\2", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    )
    size = len(entry) * 1_000_000
    return (
        b"PK\3\4"
        + bytes(40)
        + entry * 1_000_000
        + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, size, 44, 0)
    )


def _overlapping(count: int, size: int) -> bytes:
    """Many members whose packed bytes are one and the same."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    plain = b"<a>" + b" " * size + b"</a>"
    body, crc = packer.compress(plain) + packer.flush(), zlib.crc32(plain)
    members = zipped(normal())
    end = members.rindex(b"PK\5\6")
    total, length, start = struct.unpack_from("<H2L", members, end + 10)
    out, central = bytearray(members[:start]), bytearray(members[start : start + length])
    for number in range(count):
        name = f"xl/media/{number}.xml".encode()
        if number == 0:
            at = len(out)
            out += struct.pack(
                "<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 33, crc, len(body), len(plain), len(name), 0
            )
            out += name + body
        central += struct.pack("<4s4B4H3L5H2L", b"PK\1\2", 20, 0, 20, 0, 0, 8, 0, 33, crc, len(body), len(plain),
                               len(name), 0, 0, 0, 0, 0, at) + name  # fmt: skip
    ending = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, total + count, total + count, len(central), len(out), 0)
    return bytes(out + central + ending)


@crafted
def overlapping_members() -> bytes:
    return _overlapping(50, 7_000_000)


@crafted
def bomb_below_every_limit() -> bytes:
    """Forty parts of 8 MB, each packed a thousand times smaller, none of them over a limit alone."""
    return zipped(
        {**normal(), **{f"xl/media/{n}.xml": b"<a>" + b" " * 8_000_000 + b"</a>" for n in range(40)}}
    )


def _ole(stream: str) -> bytes:
    return OLE + bytes(600) + stream.encode("utf-16-le") + bytes(2000)


def _other_archive(name: str, content: bytes) -> bytes:
    return zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", name: content})


CRAFTED |= {
    "nothing": lambda: b"",
    "one byte": lambda: b"P",
    "signature only": lambda: b"PK\3\4",
    "end only": lambda: b"PK\5\6" + bytes(18),
    "zeros": lambda: bytes(1_000_000),
    "text after a signature": lambda: b"PK" + b"abc," * 100_000,
    "csv": lambda: "名称,级别\n恒信,重点\n".encode() * 1000,
    "html": lambda: b"<html><table><tr><td>1</td></tr></table></html>",
    "json": lambda: b'{"a": [1, 2]}',
    "picture": lambda: b"\x89PNG\r\n\x1a\n" + bytes(1000),
    "ods": lambda: _other_archive("content.xml", b"<office:document-content/>"),
    "docx": lambda: _other_archive("word/document.xml", b"<w:document/>"),
    "with password": lambda: _ole("EncryptedPackage"),
    "xls": lambda: _ole("Workbook"),
    "doc": lambda: _ole("WordDocument"),
    "gzip": lambda: zlib.compress(written([]), wbits=31),
    "deflate64": lambda: zipped(normal()).replace(b"\x08\x00", b"\x09\x00"),
}
