"""The custom properties of a workbook (File, Properties): small texts that every program keeps."""

from __future__ import annotations

import re

from lxml import etree

from lib.store.xlsx_parts import Package, local_name
from lib.store.xlsx_relations import (
    NewPart,
    added_element,
    child_elements,
    free_name,
    is_strict,
    serialized,
    with_part,
)

_KINDS = ("custom-properties", "customProperties")  # the second one in the strict variant
_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument"
_USER_DEFINED = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_FIRST_NUMBER = 2  # 0 and 1 are taken by the format
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def custom_properties(package: Package) -> dict[str, str]:
    """All custom properties as text, whatever their type. Raises NotASpreadsheet if damaged."""
    name = _part_name(package)
    if name is None:
        return {}
    return {item.get("name", ""): _text(item) for item in _items(package.xml(name))}


def with_custom_property(package: Package, name: str, value: str) -> Package:
    """``package`` with one property set (names differ in more than case); the others stay.

    Raises ValueError for text that XML cannot carry.
    """
    if _NOT_XML.search(name + value):
        raise ValueError("A property cannot hold control characters.")
    known = _part_name(package)
    root = _new_root(is_strict(package)) if known is None else package.xml(known)
    _set(root, name, value)
    if known is not None:
        return package.replace({known: serialized(root)})
    parts, _ = with_part(package, "", _new_part(package, serialized(root)))
    return package.replace(parts)


def _part_name(package: Package) -> str | None:
    targets = [target for kind, target in package.related("").values() if kind in _KINDS]
    return next((target for target in targets if target in package), None)


def _new_part(package: Package, content: bytes) -> NewPart:
    relation = (
        f"{_STRICT_OFFICE}/relationships/customProperties"
        if is_strict(package)
        else f"{_OFFICE}/relationships/custom-properties"
    )
    name = "docProps/custom.xml"
    return NewPart(name if name not in package else free_name(package, "docProps/custom{}.xml"),
                   content, _TYPE, relation)  # fmt: skip


def _new_root(strict: bool) -> etree._Element:
    own = f"{_STRICT_OFFICE}/customProperties" if strict else f"{_OFFICE}/custom-properties"
    return etree.fromstring(f'<Properties xmlns="{own}" xmlns:vt="{_types_of(own)}"/>')


def _types_of(namespace: str | None) -> str:
    """The namespace of a property's value, beside that of the property."""
    base = _STRICT_OFFICE if (namespace or "").startswith(_STRICT_OFFICE) else _OFFICE
    return f"{base}/docPropsVTypes"


def _items(root: etree._Element) -> list[etree._Element]:
    return [item for item in child_elements(root) if local_name(item) == "property"]


def _text(item: etree._Element) -> str:
    return "".join(str(text) for child in child_elements(item) for text in child.itertext())


def _set(root: etree._Element, name: str, value: str) -> None:
    items = _items(root)
    item = next((item for item in items if item.get("name", "").casefold() == name.casefold()), None)
    if item is None:
        numbers = [int(number) for item in items if (number := item.get("pid", "")).isdecimal()]
        free = str(max([_FIRST_NUMBER - 1, *numbers]) + 1)
        item = added_element(root, "property", {"fmtid": _USER_DEFINED, "pid": free, "name": name})
    item.attrib.pop("linkTarget", "")
    for child in list(item):
        item.remove(child)
    item.text = None
    kind = etree.QName(_types_of(etree.QName(root).namespace), "lpwstr")
    etree.SubElement(item, kind).text = value
