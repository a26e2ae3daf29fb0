"""Do the masks of update requests name fields that exist?"""

from __future__ import annotations

from typing import Any

from .discovery import sheets
from .errors import invalid
from .masks import Tree, parse_mask

# What the mask of a request speaks of; the root itself is not part of the mask.
MASKED_TYPES = {
    "updateCells": "CellData",
    "repeatCell": "CellData",
    "appendCells": "CellData",
    "updateSheetProperties": "SheetProperties",
    "updateSpreadsheetProperties": "SpreadsheetProperties",
    "updateDimensionProperties": "DimensionProperties",
    "updateDimensionGroup": "DimensionGroup",
    "updateNamedRange": "NamedRange",
    "updateProtectedRange": "ProtectedRange",
    "updateFilterView": "FilterView",
    "updateBanding": "BandedRange",
    "updateDeveloperMetadata": "DeveloperMetadata",
    "updateSlicerSpec": "SlicerSpec",
    "updateTable": "Table",
}


def check_update_mask(name: str, request: dict[str, Any]) -> None:
    """Refuse a mask with a field that the masked message does not have; others are left to the request."""
    kind = MASKED_TYPES.get(name)
    if kind and str(request.get("fields") or "").strip():
        _check(parse_mask(request["fields"]), {"$ref": kind}, "")


def _check(tree: Tree, schema: dict[str, Any], path: str) -> None:
    inner = schema.get("items", schema)
    properties = sheets().schemas[inner["$ref"]].get("properties", {}) if "$ref" in inner else {}
    for name, branch in tree.items():
        if name in ("*", ""):  # `userEnteredFormat()` is what clients send for a format without parts
            continue
        here = f"{path}.{name}" if path else name
        if name not in properties:
            raise invalid(f"Invalid field: {here}")
        _check(branch, properties[name], here)
