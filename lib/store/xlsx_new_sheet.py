"""An empty, hidden worksheet at the end of any workbook: where the app keeps what is its own."""

from __future__ import annotations

import posixpath

from lxml import etree

from lib.store.contract import NotASpreadsheet, StoreError
from lib.store.xlsx_parts import Package, local_name
from lib.store.xlsx_relations import (
    NewPart,
    added_element,
    child_elements,
    empty_root,
    free_name,
    relations_namespace,
    serialized,
    with_part,
)

_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"


def with_hidden_sheet(package: Package, title: str) -> Package:
    """``package`` with one more worksheet, empty and hidden, as its last tab; all else stays.

    Raises StoreError if a tab has the title already (in whatever case).
    """
    workbook = package.workbook_name()
    root = package.xml(workbook)
    sheets = _child(root, "sheets")
    tabs = [item for item in child_elements(sheets) if local_name(item) == "sheet"]
    if title.casefold() in {tab.get("name", "").casefold() for tab in tabs}:
        raise StoreError(f"There is a worksheet {title} already.", "title_taken", sheet=title)
    relations = relations_namespace(package)
    part = _empty_sheet(package, workbook, str(etree.QName(root).namespace or ""), relations)
    parts, relation_id = with_part(package, workbook, part)
    numbers = [int(number) for tab in tabs if (number := tab.get("sheetId", "")).isdecimal()]
    tab = added_element(sheets, "sheet", {"name": title, "sheetId": str(max(numbers, default=0) + 1)})
    tab.set("state", "hidden")
    tab.set(_relation_name(tabs, relations), relation_id)
    return package.replace({**parts, workbook: serialized(root)})


def _empty_sheet(package: Package, workbook: str, namespace: str, relations: str) -> NewPart:
    folder = posixpath.dirname(workbook)
    name = free_name(package, posixpath.join(folder, "worksheets/sheet{}.xml"))
    sheet = empty_root("worksheet", namespace)
    added_element(sheet, "sheetData", {})
    return NewPart(name, serialized(sheet), _TYPE, f"{relations}/worksheet")


def _relation_name(tabs: list[etree._Element], relations: str) -> str:
    """The attribute that points to a part, as the other tabs have it."""
    names = [str(name) for tab in tabs for name in tab.attrib if str(name).endswith("}id")]
    return names[0] if names else f"{{{relations}}}id"


def _child(root: etree._Element, name: str) -> etree._Element:
    for item in child_elements(root):
        if local_name(item) == name:
            return item
    raise NotASpreadsheet(f"The file is damaged: its workbook has no {name}.", "damaged")
