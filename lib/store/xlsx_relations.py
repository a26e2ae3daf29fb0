"""New parts of a workbook: named, typed and related as the format demands."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from lib.store.contract import NotASpreadsheet
from lib.store.xlsx_parts import Package, local_name

CONTENT_TYPES = "[Content_Types].xml"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_STRICT = "http://purl.oclc.org/ooxml/"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"


@dataclass(frozen=True, slots=True)
class NewPart:
    """A part to add: ``relation`` is the full address of its kind, as the source part relates to it."""

    name: str
    content: bytes
    content_type: str
    relation: str


def with_part(package: Package, source: str, part: NewPart) -> tuple[dict[str, bytes], str]:
    """The parts to write so that ``part`` belongs to ``source`` ("" = the file), and its relation's id."""
    relations, relation_id = _with_relation(package, source, part)
    types = _with_content_type(package, part)
    return {**relations, CONTENT_TYPES: types, part.name: part.content}, relation_id


def is_strict(package: Package) -> bool:
    """Whether the workbook follows the strict variant of the format, which has names of its own."""
    return any(
        item.get("Type", "").startswith(_STRICT) for item in child_elements(package.xml("_rels/.rels"))
    )


def relations_namespace(package: Package) -> str:
    """Where the addresses of relations between the parts of a workbook begin."""
    return _STRICT_OFFICE if is_strict(package) else _OFFICE


def free_name(package: Package, pattern: str) -> str:
    """The first of the names ``pattern`` with 1, 2, ... that no part has and no content type is kept for."""
    taken = {item.get("PartName", "").lower().lstrip("/") for item in child_elements(_content_types(package))}
    number = 1
    while (name := pattern.format(number)) in package or name.lower() in taken:
        number += 1
    return name


def serialized(root: etree._Element) -> bytes:
    """A small part as bytes, with what stands before and after its root element."""
    text: bytes = etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8", standalone=True)
    return text


def child_elements(root: etree._Element) -> list[etree._Element]:
    """The elements directly below, without comments and the like."""
    return [item for item in root if isinstance(item.tag, str)]


def empty_root(name: str, namespace: str) -> etree._Element:
    """A root element with ``namespace`` as its own, without a prefix."""
    return etree.fromstring(f'<{name} xmlns="{namespace}"/>')


def added_element(parent: etree._Element, name: str, attributes: dict[str, str]) -> etree._Element:
    """A new last child in the namespace of ``parent``."""
    namespace = etree.QName(parent).namespace
    return etree.SubElement(parent, etree.QName(namespace, name), attributes)


def _with_relation(package: Package, source: str, part: NewPart) -> tuple[dict[str, bytes], str]:
    folder, file = posixpath.split(source)
    name = posixpath.join(folder, "_rels", f"{file}.rels")
    root = package.xml(name) if name in package else empty_root("Relationships", _RELATIONS)
    relation_id = _free_id(item.get("Id", "") for item in child_elements(root))
    target = posixpath.relpath(part.name, folder or ".")
    added_element(root, "Relationship", {"Id": relation_id, "Type": part.relation, "Target": target})
    return {name: serialized(root)}, relation_id


def _free_id(taken: Iterable[str]) -> str:
    used = set(taken)
    return next(name for number in range(1, len(used) + 2) if (name := f"rId{number}") not in used)


def _with_content_type(package: Package, part: NewPart) -> bytes:
    root = _content_types(package)
    for item in child_elements(root):
        if local_name(item) == "Override" and item.get("PartName", "").lower() == f"/{part.name}".lower():
            root.remove(item)
    added_element(root, "Override", {"PartName": f"/{part.name}", "ContentType": part.content_type})
    return serialized(root)


def _content_types(package: Package) -> etree._Element:
    if CONTENT_TYPES not in package:
        raise NotASpreadsheet("The file is damaged: its list of parts is missing.", "damaged")
    return package.xml(CONTENT_TYPES)
