"""Protected ranges: who may touch which cells."""

from __future__ import annotations

from typing import Any

from .errors import PROTECTED, invalid
from .grid import Sheet
from .ranges import Box, Place, area_of
from .spreadsheet import Spreadsheet


def may_edit(book: Spreadsheet, protection: dict[str, Any], user: str) -> bool:
    """Whether a protection lets a user through."""
    if protection.get("warningOnly") or not user or user == book.owner:
        return True
    editors = protection.get("editors")
    return user in (editors or {}).get("users", [])


def check_box(book: Spreadsheet, box: Box, user: str) -> None:
    """Refuse a write that touches a cell protected from this user."""
    for protection in box.sheet.protected_ranges:
        if may_edit(book, protection, user):
            continue
        guarded = _guarded_box(book, protection, box.sheet)
        if guarded.meets(box) and not _is_exempt(protection, box):
            raise invalid(PROTECTED)


def _guarded_box(book: Spreadsheet, protection: dict[str, Any], sheet: Sheet) -> Box:
    range_ = protection.get("range", {})
    named_id = protection.get("namedRangeId")
    if named_id:
        range_ = next((n["range"] for n in book.named_ranges if n["namedRangeId"] == named_id), range_)
    return Place(sheet, area_of(range_)).clamped()


def _is_exempt(protection: dict[str, Any], box: Box) -> bool:
    exempt = protection.get("unprotectedRanges", [])
    return any(Place(box.sheet, area_of(range_)).clamped().covers(box) for range_ in exempt)


def check_sheet(book: Spreadsheet, sheet: Sheet, user: str) -> None:
    """Refuse a change of the sheet itself when the whole of it is protected from this user."""
    for protection in sheet.protected_ranges:
        whole = not any(value is not None for value in area_of(protection.get("range", {})))
        if whole and not may_edit(book, protection, user):
            raise invalid(PROTECTED)
