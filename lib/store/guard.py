"""Is a file safe to parse? Asked before any reader sees it.

Readers of .xlsx reserve the whole rectangle between the outermost cells, and unpack whatever a small
archive swells to: a legal file of 4 KB can end the process. So sizes are looked at first, in the
archive's directory, then on the unpacked bytes.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

import numpy as np

from lib.store.contract import NotASpreadsheet
from lib.store.reading import letters
from lib.store.xlsx_parts import Package

MB = 1 << 20
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_XLS_STREAMS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_ENCODING = re.compile(rb"""<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)""")
_READABLE = re.compile(rb"utf-?8|(?:us-)?ascii|iso-8859-\d+|windows-125\d|gb[\w-]+")
# A start of a cell that is not plainly a cell within 52 columns and 200,000 rows.
_UNUSUAL_CELL = re.compile(rb'<c(?! r="A?[A-Z](?:[0-9]{1,5}|1[0-9]{5})")[\s/>]')
_HIDDEN_CELLS = tuple("sheetData".encode(code) for code in ("ascii", "utf-16-le", "utf-16-be"))
_FAR = 1 << 30
_DIRECTORY_ENTRY = b"PK\1\2"
_DEEP_CELL = re.compile(rb'<c r="[A-Z]+([0-9]{5,6})"')
_PLAIN_WIDTH = 52  # columns A to AZ
_SPARSE = 20
_STRINGS_PROMISED = re.compile(rb"""\buniqueCount\s*=\s*["']\s*(\d+)""")
_STRING = re.compile(rb"<(?:[\w.-]+:)?si(?=[\s/>])")
_ODD_STRINGS = (re.compile(rb"<si[\s/]"), re.compile(rb":si[\s/>]"))  # all but plain <si>
_PLAIN_CELL_WITH_STRING = re.compile(rb't="s"><v>(\d{1,9})<')
_TAGS_OF_CELL = 4  # <c><v></v></c>
_CELL_WITH_STRING = re.compile(rb"""["']s["'][^>]*>\s*<(?:[\w.-]+:)?v[^>]*>\s*(\d{1,9})\s*<""")
_PREFIXED_CELL = re.compile(rb":c[\s/>]")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workbook may come to. Sizes in bytes."""

    file_size: int = 100 * MB
    members: int = 5_000
    member_size: int = 256 * MB
    total_size: int = 400 * MB
    ratio: int = 300  # unpacked to packed, where a part unpacks to more than ``swollen_size``
    swollen_size: int = 8 * MB
    grid_cells: int = 12_000_000  # the rectangle between a worksheet's outermost cells
    loose_cells: int = 4_000_000  # the same, where less than a twentieth of it has content
    text_size: int = 160 * MB  # of all cells, a text counted as often as it is shown


OWN = Limits()
UPLOADED = Limits(file_size=40 * MB, members=2_000, member_size=160 * MB, total_size=240 * MB)


def check_workbook(path: Path | str, limits: Limits = OWN) -> None:
    """Raise NotASpreadsheet, with what is wrong and what to do, unless the file is safe to parse."""
    file = Path(path)
    size = file.stat().st_size
    if size > limits.file_size:
        raise _too_big(size, limits.file_size)
    data = file.read_bytes()
    check_package(open_package(data, limits), limits)


def open_package(data: bytes, limits: Limits = OWN) -> Package:
    """The parts of a workbook whose directory is harmless. Raises NotASpreadsheet."""
    if len(data) > limits.file_size:
        raise _too_big(len(data), limits.file_size)
    _check_signature(data)
    if data.count(_DIRECTORY_ENTRY) > 2 * limits.members:  # before anybody makes a list of them
        raise _suspicious("it has too many parts")
    package = Package(data)
    _check_members(package.members, limits)
    return package


def check_package(package: Package, limits: Limits = OWN) -> None:
    """Look into the parts: really a workbook, no document types, no far-away cells.

    Every part is unpacked, so that one longer than the directory says is found to be damaged, and every
    part with cells is looked at, whatever the workbook says of it: a reader may resolve names otherwise.
    """
    for info in package.members:
        _check_text(info.filename, package.part(info.filename))
    titles = {sheet.name: sheet.title for sheet in package.sheets()}
    if len(titles) != len(package.sheets()):
        raise _suspicious("two of its tabs are one worksheet")
    contents = [package.part(info.filename) for info in package.members]
    for info, content in zip(package.members, contents, strict=True):
        if b"sheetData" in content:
            _check_rectangle(titles.get(info.filename, info.filename), content, limits)
    _check_texts(contents, limits)


def _too_big(size: int, limit: int) -> NotASpreadsheet:
    return NotASpreadsheet(
        f"The file has {size / MB:.0f} MB, more than the {limit // MB} MB that can be read. "
        "Move old rows to an archive workbook.",
        "too_big",
        size=size,
        limit=limit,
    )


def _check_signature(data: bytes) -> None:
    if not data:
        raise NotASpreadsheet("The file is empty. Put a copy of the workbook back.", "empty")
    if data.startswith(_OLE):
        raise _old_or_encrypted(data)
    if not data.startswith(b"PK"):
        raise NotASpreadsheet(
            "This is not an .xlsx workbook, whatever its name says. Open it in a spreadsheet program and "
            "save it as .xlsx, or import it as CSV.",
            "not_a_workbook",
        )


def _old_or_encrypted(data: bytes) -> NotASpreadsheet:
    if _ENCRYPTED in data:
        return NotASpreadsheet(
            "The workbook is protected by a password. Remove the password (File, Info, Protect) and save.",
            "encrypted",
        )
    if any(stream in data for stream in _XLS_STREAMS):
        return NotASpreadsheet(
            "This is a workbook in the old .xls format. Open it and save it as .xlsx.", "old_format"
        )
    return NotASpreadsheet("This is a document of another kind, not an .xlsx workbook.", "not_a_workbook")


def _check_members(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    names = {info.filename.lower() for info in members}
    if len(members) > limits.members or len(names) != len(members):
        raise _suspicious("it has too many parts, or two of one name")
    if any(info.flag_bits & 1 for info in members):
        raise NotASpreadsheet("The file is protected by a password; remove it and save.", "encrypted")
    if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in members):
        raise _suspicious("a part is packed in a way no spreadsheet program uses")
    if sum(info.file_size for info in members) > limits.total_size:
        raise _suspicious("it unpacks to an enormous size")
    for info in members:
        swollen = info.file_size > limits.swollen_size and info.file_size > limits.ratio * max(
            info.compress_size, 1
        )
        if info.file_size > limits.member_size or swollen:
            raise _suspicious(f"its part {info.filename} unpacks to an enormous size")


def _suspicious(reason: str) -> NotASpreadsheet:
    return NotASpreadsheet(
        f"The workbook is not opened, because {reason}. If it is genuine, open it in a spreadsheet program, "
        "copy the rows into a new workbook and save that.",
        "suspicious",
        reason=reason,
    )


def _check_text(name: str, content: bytes) -> None:
    """Refuse document types (they can swell or reach outside) and what hides from a look at bytes."""
    if not name.lower().endswith((".xml", ".rels", ".vml")):
        if any(mark in content for mark in _HIDDEN_CELLS):
            raise _suspicious(f"its part {name} hides a worksheet")
        return
    start = content[:200]
    declared = _ENCODING.search(start)
    if b"\0" in start or (declared and not _READABLE.fullmatch(declared[1].lower())):
        _check_other_encoding(name, content)
    if b"!" in content and b"<!DOCTYPE" in content:  # entities can be defined nowhere else
        raise _suspicious(f"its part {name} defines a document type")


def _check_other_encoding(name: str, content: bytes) -> None:
    """Add-ins keep data of their own in UTF-16 (queries, for example); all else is UTF-8."""
    has_mark = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    is_their_own = has_mark and name.replace("\\", "/").lower().startswith("customxml/")
    if not is_their_own or any(mark in content for mark in _HIDDEN_CELLS):
        raise _suspicious(f"its part {name} is not UTF-8")


def _check_rectangle(title: str, xml: bytes, limits: Limits) -> None:
    if _is_compact(xml, limits):
        return
    outermost = _OutermostCells(xml)
    if outermost.rectangle > min(limits.grid_cells, max(limits.loose_cells, _SPARSE * outermost.count)):
        raise NotASpreadsheet(
            f"Worksheet {title} has a cell far away from the others ({outermost.corner}). Delete the "
            "empty rows and columns around it, or the cell, and save.",
            "far_cell",
            sheet=title,
            cell=outermost.corner,
        )


def _is_compact(xml: bytes, limits: Limits) -> bool:
    """A quick look that is enough for nearly all worksheets."""
    if _UNUSUAL_CELL.search(xml) or _PREFIXED_CELL.search(xml):
        return False
    allowed = max(limits.loose_cells, _SPARSE * xml.count(b"<c ")) // _PLAIN_WIDTH
    return allowed >= 200_000 or max(map(int, _DEEP_CELL.findall(xml)), default=0) <= allowed


def _check_texts(contents: list[bytes], limits: Limits) -> None:
    """Refuse a list of texts that promises more than it has, or that cells repeat beyond all bounds."""
    lists = [content for content in contents if b"sst" in content]
    for content in lists:
        if any(int(number[:20]) > len(content) for number in _STRINGS_PROMISED.findall(content)):
            raise _suspicious("it promises texts that it does not have")
    lengths = [found for found in map(_text_lengths, lists) if len(found)]
    longest = max((int(found.max()) for found in lengths), default=0)
    sheets = [content for content in contents if b"sheetData" in content]
    most = sum(sheet.count(b"<") for sheet in sheets) // _TAGS_OF_CELL
    if most * longest > limits.text_size and _shown_text(lengths, sheets) > limits.text_size:
        raise _suspicious("its cells repeat long texts beyond all bounds")


def _text_lengths(texts: bytes) -> np.ndarray:
    """How long each text of a list is, markup included."""
    if any(odd.search(texts) for odd in _ODD_STRINGS):
        starts = [match.start() for match in _STRING.finditer(texts)]
        return np.diff(np.array([*starts, len(texts)], dtype=np.int64))
    pieces = texts.split(b"<si>")
    return np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces))[1:] + len(b"<si>")


def _shown_text(lengths: list[np.ndarray], sheets: list[bytes]) -> int:
    """How long the texts of all cells are together, markup included: at least what they come to."""
    counted = [_texts_shown(sheet) for sheet in sheets]
    total = 0
    for known in lengths:
        told = sum(int(known[numbers[numbers < len(known)]].sum()) for numbers, _ in counted)
        untold = sum(cells - len(numbers) for numbers, cells in counted)
        total = max(total, told + untold * int(known.max()))
    return total


def _texts_shown(sheet: bytes) -> tuple[np.ndarray, int]:
    """The numbers of the texts that cells show, as far as they can be told, and how many such cells are."""
    cells = sheet.count(b'"s"') + (sheet.count(b"'s'") if b"'" in sheet else 0)
    numbers = _PLAIN_CELL_WITH_STRING.findall(sheet)
    if len(numbers) != cells:
        numbers = _CELL_WITH_STRING.findall(sheet)
    return np.fromiter(map(int, numbers), dtype=np.int64, count=len(numbers)), cells


class _OutermostCells:
    """The rectangle of all cells with content, counted by a real parser: for unusual worksheets."""

    def __init__(self, xml: bytes) -> None:
        self._row = self._column = 0
        self.count = 0
        self._first: tuple[int, int] | None = None
        self._last = (0, 0)
        self._filled = False
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            parser.Parse(xml, True)
        except expat.ExpatError:
            raise NotASpreadsheet("The file is damaged: a worksheet cannot be read.", "damaged") from None

    @property
    def rectangle(self) -> int:
        if self._first is None:
            return 0
        return (self._last[0] - self._first[0] + 1) * (self._last[1] - self._first[1] + 1)

    @property
    def corner(self) -> str:
        row, column = self._last
        return f"{letters(column - 1)}{row}" if column < _FAR else "with no proper address"

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row":
                self._row = _number(attributes.get("r"), self._row + 1)
                self._column = 0
            case "c":
                self._filled = False
                row, column = _position(attributes.get("r", ""))
                self._row, self._column = row or self._row, column or self._column + 1
            case "v" | "is" | "f":
                self._filled = True

    def _end(self, name: str) -> None:
        if name.rpartition(":")[2] == "c" and self._filled:
            self.count += 1
            row, column = self._row, self._column
            first = self._first or (row, column)
            self._first = (min(first[0], row), min(first[1], column))
            self._last = (max(self._last[0], row), max(self._last[1], column))


def _number(text: str | None, otherwise: int) -> int:
    return int(text[:12]) if text and text.isdecimal() else otherwise


def _position(reference: str) -> tuple[int, int]:
    """1-based row and column; 0 where nothing is said, something huge where it makes no sense."""
    name = reference.rstrip("0123456789").upper()
    if len(name) > 3 or not ((name.isascii() and name.isalpha()) or not name):
        return _FAR, _FAR
    column = 0
    for letter in name:
        column = column * 26 + ord(letter) - 64
    return _number(reference[len(name) :], 0), column
