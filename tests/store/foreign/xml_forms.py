"""The same workbook in other words: each function takes the members of one and says them differently."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from lxml import etree

Members = dict[str, bytes]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = {
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    b"http://schemas.openxmlformats.org/officeDocument/2006/relationships": (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships"
    ),
    b"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties": (
        b"http://purl.oclc.org/ooxml/officeDocument/customProperties"
    ),
    b"http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes": (
        b"http://purl.oclc.org/ooxml/officeDocument/docPropsVTypes"
    ),
    b"relationships/custom-properties": b"relationships/customProperties",
    b"http://schemas.openxmlformats.org/drawingml/2006/main": b"http://purl.oclc.org/ooxml/drawingml/main",
}


def read_members(source: Path | bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def zipped(members: Mapping[str, bytes], level: int = 1) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def with_prefixes(members: Members) -> Members:
    """Every element of worksheets, workbook, styles, relations and types under a prefix."""
    return {name: _prefixed(xml) if _is_structure(name) else xml for name, xml in members.items()}


def _is_structure(name: str) -> bool:
    folders = (
        "xl/worksheets/",
        "xl/tables/",
        "xl/styles",
        "xl/sharedStrings",
        "xl/workbook",
        "[Content",
        "_rels/",
    )
    return name.endswith((".xml", ".rels")) and (
        name.startswith(folders) or name.startswith("docProps/custom")
    )


def _prefixed(xml: bytes) -> bytes:
    root = etree.fromstring(xml)
    main = root.nsmap.get(None)
    names = {("x" if uri == main else name): uri for name, uri in root.nsmap.items()}
    new = etree.Element(root.tag, root.attrib, nsmap=names)
    new.text = root.text
    new.extend(list(root))
    text: bytes = etree.tostring(new, xml_declaration=True, encoding="UTF-8", standalone=True)
    return text


def strict(members: Members) -> Members:
    """The strict variant of the format: other namespaces, other addresses of relations."""

    def change(xml: bytes) -> bytes:
        for old, new in STRICT.items():
            xml = xml.replace(old, new)
        return xml

    return {n: change(xml) if n.endswith((".xml", ".rels")) else xml for n, xml in members.items()}


def absolute_targets(members: Members) -> Members:
    """Relations of the workbook from the root of the file: ``/xl/...``."""
    name = "xl/_rels/workbook.xml.rels"
    return {**members, name: re.sub(rb'Target="(?=\w)', b'Target="/xl/', members[name])}


def single_quotes(members: Members) -> Members:
    """Attributes in single quotes, as some libraries write them."""

    def change(xml: bytes) -> bytes:
        return re.sub(rb"<[^>]*>", lambda tag: re.sub(rb"""="([^"']*)\"""", rb"='\1'", tag[0]), xml)

    return {n: change(xml) if _is_structure(n) else xml for n, xml in members.items()}


def with_comments(members: Members) -> Members:
    """Comments with what looks like elements in them, after every start of a list."""

    def change(xml: bytes) -> bytes:
        return re.sub(
            rb"(<(?:[\w.-]+:)?(?:sheetData|sheets|Relationships|Types|cellXfs)\b[^>/]*>)",
            rb'\1<!-- </sheetData> <row r="2"><c r="A2"/></row> </sheets> </Types> -->',
            xml,
        )

    return {n: change(xml) if _is_structure(n) else xml for n, xml in members.items()}


FORMS: dict[str, Callable[[Members], Members]] = {
    "plain": lambda members: members,
    "prefixes": with_prefixes,
    "strict": strict,
    "absolute": absolute_targets,
    "single_quotes": single_quotes,
    "comments": with_comments,
}
