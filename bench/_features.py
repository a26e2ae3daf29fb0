"""How many features of foreign workbooks an edit of one cell costs, ours and the peers' alike.

A feature is counted, not compared: a library may write a workbook quite differently and lose nothing.
Lost is what there were more of before than after. The workbooks are those of the store's own tests.
"""

from __future__ import annotations

import sys
import uuid
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree
from lxml.etree import QName

from lib.store.contract import Batch, UpdateCell
from lib.store.workbook import WorkbookStore
from tests.store.foreign.collection import foreign_workbooks
from tests.store.foreign.written import TITLE, record_id

SEED, CHOICES, SETTLE_S = 1, 30, 30
# No formula looks at this cell: the value that one showed would be dropped on purpose, to be computed anew.
COLUMN, EDITED, TEXT = "名称", record_id(7), "鑫 & <新>"
CACHED = "cached value"
_X14 = "2009/9/main"

# Parts by a word of their name, and elements by their local name.
_PARTS = {
    "charts/chart": "chart", "media/": "image", "pivotTables/": "pivot table", "pivotCache/": "pivot cache",
    "slicers/": "slicer", "comments": "comment part", "threadedComments/": "threaded comments",
    "vbaProject": "macros", "ctrlProps/": "control", "activeX/": "control", "embeddings/": "embedded object",
    "externalLinks/": "external link", "customXml/": "custom XML", "printerSettings/": "printer settings",
    "queryTables/": "query", "connections": "query", "tables/": "table", "theme/": "theme",
    "docProps/custom": "custom properties", "diagrams/": "diagram",
}  # fmt: skip
_ELEMENTS = {
    "sparkline": "sparkline", "sp": "shape", "cxnSp": "shape", "pic": "picture",
    "graphicFrame": "chart frame", "cfRule": "conditional format", "dataValidation": "drop-down",
    "definedName": "name",
    "mergeCell": "merged cells", "hyperlink": "link", "rPh": "phonetic text", "f": "formula",
    "sheetProtection": "protection", "protectedRange": "protection", "filterColumn": "filter",
    "brk": "page break", "oddHeader": "header", "oddFooter": "header", "tabColor": "tab colour",
    "pane": "frozen pane", "ignoredError": "ignored error", "scenario": "scenario", "customSheetView": "view",
}  # fmt: skip


@dataclass
class Lost:
    """What one library lost over all workbooks: in how many of them, and how often which kind."""

    workbooks: int = 0
    with_loss: int = 0
    beyond_values: int = 0  # those that lost more than the values which formulas showed last
    failed: int = 0  # could not be read or written, or are no workbooks any more
    kinds: Counter[str] = field(default_factory=Counter)


def features_lost(name: str, folder: Path) -> Lost:
    """Edit one cell in each workbook with the named library and count what is gone."""
    lost = Lost()
    path = folder / "foreign.xlsx"
    sys.unraisablehook = lambda _: None  # what a peer leaves behind half open
    for _, data in foreign_workbooks(SEED, CHOICES):
        path.write_bytes(data)
        before = count_features(path)
        lost.workbooks += 1
        try:
            with warnings.catch_warnings(action="ignore"):
                FEATURE_PEERS[name](path)
            gone = before - count_features(path)
            assert _is_changed(path)
        except Exception:  # a peer that cannot read or write one of them is a finding, not the end
            lost.failed += 1
            continue
        lost.with_loss += bool(gone)
        lost.beyond_values += bool(gone.keys() - {CACHED})
        lost.kinds.update(gone.keys())
    return lost


def count_features(path: Path) -> Counter[str]:
    """How many of each kind the workbook at ``path`` holds."""
    found: Counter[str] = Counter()
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            plain = name.replace("\\", "/")
            if not plain.endswith((".rels", "[Content_Types].xml")):
                found.update(kind for word, kind in _PARTS.items() if word.lower() in plain.lower())
            if plain.endswith(".xml") and plain.lower().startswith("xl/"):
                found.update(_kinds_in(archive.read(name)))
    return found


def _is_changed(path: Path) -> bool:
    forms = (TEXT[0].encode(), f"&#{ord(TEXT[0])};".encode())
    with zipfile.ZipFile(path) as archive:
        contents = [archive.read(name) for name in archive.namelist()]
    return any(form in content for content in contents for form in forms)


def _kinds_in(xml: bytes) -> list[str]:
    kinds = []
    for element in etree.fromstring(xml, etree.XMLParser(resolve_entities=False)).iter("*"):
        name = QName(element)
        if name.localname in _ELEMENTS:
            kinds.append(_ELEMENTS[name.localname] + (" x14" if _X14 in str(name.namespace) else ""))
        elif name.localname == "c" and element.find("{*}f") is not None and element.findtext("{*}v"):
            kinds.append(CACHED)
        elif name.localname == "r" and element.getparent().tag.endswith(("}si", "}is")):
            kinds.append("rich text run")
    return kinds


def _edit_with_ours(path: Path) -> None:
    store = WorkbookStore(path)
    sheet = store.read().sheets[TITLE]
    seen = sheet.column(COLUMN)[sheet.ids.tolist().index(EDITED)]
    change = UpdateCell(TITLE, EDITED, COLUMN, seen, TEXT)
    receipt = store.commit(Batch(uuid.uuid4().hex, "李", datetime.now(UTC), (change,)))
    assert receipt.applied
    assert store.settle(SETTLE_S)
    store.close()


def _edit_with_wolfxl(path: Path) -> None:
    import wolfxl

    book = wolfxl.load_workbook(path, modify=True, keep_vba=_has_macros(path))
    _set_cell(book)
    book.save(path)
    book.close()


def _edit_with_openpyxl(path: Path) -> None:
    import openpyxl

    book = openpyxl.load_workbook(path, keep_vba=_has_macros(path))
    _set_cell(book)
    book.save(path)


def _has_macros(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return any("vbaProject" in name for name in archive.namelist())


def _set_cell(book) -> None:  # type: ignore[no-untyped-def]
    sheet = book[TITLE]
    header = next(row for row in sheet.iter_rows(values_only=True) if COLUMN in row)
    at = header.index("_id")
    row = next(n for n, row in enumerate(sheet.iter_rows(values_only=True), 1) if row[at] == EDITED)
    sheet.cell(row, header.index(COLUMN) + 1).value = TEXT


FEATURE_PEERS: dict[str, Callable[[Path], None]] = {
    "ours": _edit_with_ours,
    "wolfxl, modify": _edit_with_wolfxl,
    "openpyxl load and save": _edit_with_openpyxl,
}
