"""An .xlsx file as its parts: read one, replace a few, copy all others as the bytes they are."""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from lib.store.contract import NotASpreadsheet

COMPRESSION_LEVEL = 3  # a third of level 6's time for a tenth more bytes
_DEFLATED = zipfile.ZIP_DEFLATED
_ZIP64_EXTRA = 1
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s4B4H3L5H2L")
_END = struct.Struct("<4s4H2LH")
# What the standard library raises for archives that are not as they should be.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, struct.error)
_PLAIN_XML = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A worksheet: its title and the name of the part that holds its cells."""

    title: str
    name: str


class Package:
    """The parts of one workbook, held in memory; decompressed when first asked for."""

    def __init__(self, data: bytes) -> None:
        """Raises NotASpreadsheet if ``data`` is no readable zip archive."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _UNREADABLE:
            raise NotASpreadsheet("The file is damaged or not a workbook.", "damaged") from None
        self.data = data
        self._parts: dict[str, bytes] = {}
        self._workbook: str | None = None
        self._sheets: tuple[SheetPart, ...] | None = None
        self._by_name = {_plain_name(info.filename): info for info in self._zip.infolist()}

    @property
    def members(self) -> list[zipfile.ZipInfo]:
        return self._zip.infolist()

    def __contains__(self, name: str) -> bool:
        return _plain_name(name) in self._by_name

    def part(self, name: str) -> bytes:
        """The part's bytes. KeyError if there is none; NotASpreadsheet if it is damaged."""
        if name not in self._parts:
            info = self._by_name[_plain_name(name)]
            try:
                with self._zip.open(info) as member:  # never more than is declared, whatever is there
                    self._parts[name] = member.read(info.file_size)
            except _UNREADABLE:
                raise NotASpreadsheet(
                    f"The file is damaged: its part {name} cannot be read.", "damaged", part=name
                ) from None
        return self._parts[name]

    def xml(self, name: str) -> etree._Element:
        """The root element of a small part. Raises NotASpreadsheet if it is not well-formed."""
        try:
            return etree.fromstring(self.part(name), _PLAIN_XML)
        except etree.XMLSyntaxError:
            raise NotASpreadsheet(
                f"The file is damaged: its part {name} cannot be read.", "damaged", part=name
            ) from None

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """Relations of a part ("" = of the file): id -> (last word of the type, target part)."""
        folder, file = posixpath.split(name)
        relations = posixpath.join(folder, "_rels", f"{file}.rels")
        if relations not in self:
            return {}
        return {
            item.get("Id", ""): (_last_word(item.get("Type", "")), _resolve(folder, item.get("Target", "")))
            for item in self.xml(relations)
            if isinstance(item.tag, str) and item.get("TargetMode") != "External"
        }

    def workbook_name(self) -> str:
        """The name of the workbook part. Raises NotASpreadsheet if there is none."""
        if self._workbook is None:
            self._workbook = self._find_workbook()
        return self._workbook

    def _find_workbook(self) -> str:
        for kind, target in self.related("").values():
            if kind == "officeDocument" and target in self and self._is_workbook(target):
                return target
        raise NotASpreadsheet(
            "This is an archive or a document of another kind, not an .xlsx workbook.", "not_a_workbook"
        )

    def _is_workbook(self, name: str) -> bool:
        return name.endswith(".xml") and local_name(self.xml(name)) == "workbook"

    def sheets(self) -> tuple[SheetPart, ...]:
        """The worksheets (no chart sheets), in the order of their tabs."""
        if self._sheets is None:
            self._sheets = self._find_sheets()
        return self._sheets

    def _find_sheets(self) -> tuple[SheetPart, ...]:
        workbook = self.workbook_name()
        related = self.related(workbook)
        found = []
        for item in self.xml(workbook).iter("{*}sheet"):
            kind, target = related.get(_relation_id(item), ("", ""))
            if kind == "worksheet" and target in self:
                found.append(SheetPart(item.get("name", ""), target))
        return tuple(found)

    def replace(self, parts: Mapping[str, bytes], removed: frozenset[str] = frozenset()) -> Package:
        """A new package with ``parts`` instead of the ones of the same names; the rest is copied raw.

        Parts with new names go to the end; ``removed`` are left out.
        """
        out, directory = io.BytesIO(), []
        left = {_plain_name(name): (name, content) for name, content in parts.items()}
        gone = set(map(_plain_name, removed))
        for info in self.members:
            key = _plain_name(info.filename)
            if key in gone:
                continue
            if key in left:
                directory.append(_write_member(out, info, *_deflate(left.pop(key)[1])))
            else:
                directory.append(_write_member(out, info, self._raw(info), info.CRC, info.file_size))
        for name, content in left.values():
            info = zipfile.ZipInfo(name)
            info.compress_type, info.external_attr = _DEFLATED, 0o600 << 16
            directory.append(_write_member(out, info, *_deflate(content)))
        start = out.tell()
        out.writelines(directory)
        count = len(directory)
        out.write(_END.pack(b"PK\5\6", 0, 0, count, count, out.tell() - start, start, 0))
        package = Package(out.getvalue())
        package._parts.update(parts)
        return package

    def _raw(self, info: zipfile.ZipInfo) -> memoryview:
        """The member's compressed bytes as they lie in the file."""
        header = _LOCAL.unpack_from(self.data, info.header_offset)
        start = info.header_offset + _LOCAL.size + header[9] + header[10]
        return memoryview(self.data)[start : start + info.compress_size]


def local_name(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return etree.QName(element).localname


def _relation_id(element: etree._Element) -> str:
    return next((str(value) for name, value in element.items() if str(name).endswith("}id")), "")


def _last_word(address: str) -> str:
    return address.rsplit("/", 1)[-1]


def _plain_name(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _resolve(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")


def _deflate(content: bytes) -> tuple[bytes, int, int]:
    packer = zlib.compressobj(COMPRESSION_LEVEL, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush(), zlib.crc32(content), len(content)


def _write_member(
    out: io.BytesIO, info: zipfile.ZipInfo, body: bytes | memoryview, crc: int, size: int
) -> bytes:
    """Write one member, and return its entry for the directory at the end."""
    is_utf8 = bool(info.flag_bits & 0x800) or not info.orig_filename.isascii()
    name = info.orig_filename.encode("utf-8" if is_utf8 else "ascii")
    flags = 0x800 if is_utf8 else 0
    method = info.compress_type if isinstance(body, memoryview) else _DEFLATED
    day, clock = _dos_time(info.date_time)
    extra, offset = _without_zip64(info.extra), out.tell()
    out.write(_LOCAL.pack(b"PK\3\4", 20, flags, method, clock, day, crc, len(body), size, len(name), 0))
    out.write(name)
    out.write(body)
    entry = _CENTRAL.pack(
        b"PK\1\2", 20, info.create_system, 20, 0, flags, method, clock, day, crc, len(body), size,
        len(name), len(extra), len(info.comment), 0, info.internal_attr, info.external_attr, offset,
    )  # fmt: skip
    return entry + name + extra + info.comment


def _dos_time(date_time: tuple[int, int, int, int, int, int]) -> tuple[int, int]:
    year, month, day, hour, minute, second = date_time
    return (year - 1980) << 9 | month << 5 | day, hour << 11 | minute << 5 | second // 2


def _without_zip64(extra: bytes) -> bytes:
    kept, at = b"", 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind != _ZIP64_EXTRA:
            kept += extra[at : at + 4 + length]
        at += 4 + length
    return kept
