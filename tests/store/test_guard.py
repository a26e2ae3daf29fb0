"""Hostile and damaged files are refused, each with its reason, before a reader sees them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from lib.store.contract import NotASpreadsheet
from lib.store.guard import Limits, check_workbook
from lib.store.untrusted import read_untrusted
from lib.store.workbook import WorkbookStore
from tests.store.rich_books import changed_parts

SHEET = "xl/worksheets/sheet1.xml"
MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def normal(rows: int = 3) -> bytes:
    out = io.BytesIO()
    with Workbook(out) as book:
        sheet = book.add_worksheet("客户")
        for row in range(rows):
            sheet.write_row(row, 0, ["名称", row])
    return out.getvalue()


def with_sheet(change: Callable[[bytes], bytes]) -> bytes:
    folder = io.BytesIO()
    changed_parts(io.BytesIO(normal()), folder, {SHEET: change})
    return folder.getvalue()


def cells(*addresses: str, tag: str = "c", around: bytes = b"%b") -> bytes:
    prefix = f"{tag[:-1]}" if ":" in tag else ""
    body = "".join(f"<{tag} r='{a}'><{prefix}v>1</{prefix}v></{tag}>" for a in addresses)
    name = f'xmlns:{prefix[:-1]}="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'.encode()
    p = prefix.encode()
    return around % (
        b"<%bworksheet %b><%bsheetData><%brow>%b</%brow></%bsheetData></%bworksheet>"
        % (p, name if prefix else MAIN, p, p, body.encode(), p, p, p)
    )


def ole(stream: str) -> bytes:
    return bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600) + stream.encode("utf-16-le") + bytes(2000)


def bomb() -> bytes:
    return with_sheet(lambda xml: xml.replace(b"</sheetData>", b" " * 40_000_000 + b"</sheetData>"))


def zip_of(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, content)
    return out.getvalue()


def scattered(xml: bytes) -> bytes:
    low_row = b'<row r="1048000"><c t="str"><v>x</v></c></row>'
    return xml.replace(b"<row ", low_row + b"<row ", 1).replace(b'<c r="B1"', b'<c s="0" r="XFA1"')


def twin(target: str) -> bytes:
    """Two worksheets of one title; the first is said to be a chart sheet, and has a far-away cell."""
    out = io.BytesIO()
    relation = f'<Relationship Id="rId77" Type="x/chartsheet" Target="{target}"/>'.encode()
    sheet = '<sheet name="客户" sheetId="9" r:id="rId77"/>'.encode()
    changes = {
        "xl/_rels/workbook.xml.rels": lambda xml: xml.replace(b"</Rel", relation + b"</Rel"),
        "xl/workbook.xml": lambda xml: xml.replace(b"<sheets>", b"<sheets>" + sheet),
    }
    changed_parts(io.BytesIO(normal()), out, changes)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"xl/{target}", cells("A1", "XFD1048576"))
    return out.getvalue()


def moved_workbook(name: str) -> bytes:
    out = io.BytesIO()
    changed_parts(
        io.BytesIO(normal()), out, {"_rels/.rels": lambda x: x.replace(b"xl/workbook.xml", name.encode())}
    )
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, b"\x83\x01\0")
    return out.getvalue()


def with_password() -> bytes:
    """The mark of a password in the directory's first entry."""
    data = bytearray(normal())
    entry = data.find(b"PK\1\2")
    data[entry + 8] |= 1
    return bytes(data)


def zip_many(count: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(count):
            archive.writestr(f"xl/{number}.xml", b"")
    return out.getvalue()


def understated() -> bytes:
    """A part that the directory says is short and that unpacks to 50 MB."""
    out = io.BytesIO()
    changed_parts(io.BytesIO(normal()), out, {"xl/styles.xml": lambda xml: xml + b" " * 50_000_000})
    data = bytearray(out.getvalue())
    entry = data.rfind(b"xl/styles.xml") - 46
    assert data[entry : entry + 4] == b"PK\1\2"
    struct.pack_into("<L", data, entry + 24, 2000)
    return bytes(data)


HOSTILE = {
    "far_away": (lambda: with_sheet(lambda _: cells("A1", "XFD1048576")), "far_cell"),
    "far_with_prefix": (lambda: with_sheet(lambda _: cells("A1", "XFD1048576", tag="x:c")), "far_cell"),
    "far_without_addresses": (lambda: with_sheet(scattered), "far_cell"),
    "far_beyond_numbers": (lambda: with_sheet(lambda _: cells("A1", "A4294967290")), "far_cell"),
    "far_beyond_letters": (lambda: with_sheet(lambda _: cells("A1", "AAAAAAA1")), "far_cell"),
    "far_in_a_twin": (lambda: twin("worksheets/sheet9.xml"), "far_cell"),
    "far_in_an_image": (lambda: twin("media/dot.png"), "suspicious"),
    "binary_workbook": (lambda: moved_workbook("xl/workbook.bin"), "not_a_workbook"),
    "bomb": (bomb, "suspicious"),
    "understated": (understated, "damaged"),
    "doctype": (
        lambda: with_sheet(lambda _: cells("A1", around=b'<!DOCTYPE x [<!ENTITY a "b">]>%b')),
        "suspicious",
    ),
    "late_doctype": (
        lambda: with_sheet(lambda _: cells("A1", around=b" " * 70_000 + b"<!DOCTYPE x>%b")),
        "suspicious",
    ),
    "utf16_part": (lambda: with_sheet(lambda xml: xml.decode().encode("utf-16")), "suspicious"),
    "truncated": (lambda: normal(500)[:-900], "damaged"),
    "cut_in_half": (lambda: normal(500)[:4000], "damaged"),
    "flipped": (lambda: normal(500).replace(b"PK\3\4", b"PK\0\0"), "damaged"),
    "empty": (lambda: b"", "empty"),
    "csv_named_xlsx": (lambda: "名称,级别\n恒信,重点\n".encode(), "not_a_workbook"),
    "other_zip": (lambda: zip_of("word/document.xml", b"<w/>"), "not_a_workbook"),
    "many_members": (lambda: zip_many(6_000), "suspicious"),
    "zip_password": (with_password, "encrypted"),
    "encrypted": (lambda: ole("EncryptedPackage"), "encrypted"),
    "old_xls": (lambda: ole("Workbook"), "old_format"),
    "other_ole": (lambda: ole("WordDocument"), "not_a_workbook"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_damaged_file_is_refused_with_its_reason(name: str, tmp_path: Path) -> None:
    make, code = HOSTILE[name]
    path = tmp_path / "客户.xlsx"
    content = make()
    path.write_bytes(content)
    for read in (check_workbook, read_untrusted, lambda file: WorkbookStore(file).read()):
        with pytest.raises(NotASpreadsheet) as caught:
            read(path)
        assert caught.value.code == code
        assert len(str(caught.value)) > 30
    assert path.read_bytes() == content


def test_a_far_cell_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(HOSTILE["far_away"][0]())
    with pytest.raises(NotASpreadsheet, match=r"客户.*XFD1048576"):
        check_workbook(path)


def test_limits_are_settings(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(normal())
    check_workbook(path)
    for limits, code in (
        (Limits(file_size=1000), "too_big"),
        (Limits(total_size=1000), "suspicious"),
        (Limits(member_size=500), "suspicious"),
        (Limits(members=3), "suspicious"),
    ):
        with pytest.raises(NotASpreadsheet) as caught:
            check_workbook(path, limits)
        assert caught.value.code == code


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace(b"</sheetData>", b'<row r="1048576" ht="12.8"/></sheetData>'),
        lambda xml: xml.replace(
            b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
        ),
        lambda xml: xml.replace(b'ref="A1:B3"', b'ref="A1:XFD1048576"'),
        lambda _: cells("A1", "ZZ1", "ABC2"),
        lambda _: cells("A1", "A900000"),
        lambda _: cells("A1", "B2", tag="x:c"),
    ],
)
def test_unusual_but_harmless_worksheets_pass(change: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(with_sheet(change))
    check_workbook(path)
    assert WorkbookStore(path).read().sheets["客户"].header
