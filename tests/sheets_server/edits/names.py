"""Named ranges and protected ranges."""

from __future__ import annotations

import re
from typing import Any

from tests.sheets_server.errors import PROTECTED, invalid
from tests.sheets_server.grid import Sheet
from tests.sheets_server.masks import masked_merge, parse_mask
from tests.sheets_server.protection import may_edit
from tests.sheets_server.ranges import limits_error, place_of, starts_inside, tidy_grid_range
from tests.sheets_server.rendering import protected_resource
from tests.sheets_server.spreadsheet import Spreadsheet

Body = dict[str, Any]
_NAME = re.compile(r"^[^\W\d][\w.]*$")
_CELL = re.compile(r"^([A-Za-z]{1,3}\d+|[rR]\d+[cC]\d+|true|false)$", re.IGNORECASE)


# -- names ------------------------------------------------------------------------------------
def _check_name(book: Spreadsheet, name: str, named_id: str) -> None:
    if not name or len(name) > 250 or not _NAME.match(name) or _CELL.match(name):
        raise invalid(f'The name "{name}" is not a valid range name.')
    if any(n["name"].lower() == name.lower() and n["namedRangeId"] != named_id for n in book.named_ranges):
        raise invalid(
            f"Cannot add named range with name {name}, a named range with that name already exists."
        )


def _check_range(book: Spreadsheet, range_: Body) -> Body:
    place = place_of(book, range_)
    if not starts_inside(place):
        raise limits_error(place)
    return dict(range_)


def add_named_range(book: Spreadsheet, request: Body, _user: str) -> Body:
    """Give a range a name."""
    given = request.get("namedRange", {})
    named_id = given.get("namedRangeId") or str(book.new_number(set()))
    if any(named["namedRangeId"] == named_id for named in book.named_ranges):
        raise invalid(
            f"Cannot add named range with ID {named_id}, a named range with that ID already exists."
        )
    _check_name(book, given.get("name", ""), named_id)
    range_ = _check_range(book, given.get("range", {}))
    named = {"namedRangeId": named_id, "name": given["name"], "range": range_}
    book.named_ranges.append(named)
    return {"namedRange": {**named, "range": tidy_grid_range(range_)}}


def _named_position(book: Spreadsheet, named_id: str) -> int:
    for position, named in enumerate(book.named_ranges):
        if named["namedRangeId"] == named_id:
            return position
    raise invalid(f"Cannot find named range with id: {named_id}")


def update_named_range(book: Spreadsheet, request: Body, _user: str) -> None:
    """Rename a range, or point its name elsewhere."""
    given = request.get("namedRange", {})
    position = _named_position(book, given.get("namedRangeId", ""))
    merged = masked_merge(book.named_ranges[position], given, parse_mask(request.get("fields")))
    _check_name(book, merged.get("name", ""), merged["namedRangeId"])
    _check_range(book, merged.get("range", {}))
    book.named_ranges[position] = merged


def delete_named_range(book: Spreadsheet, request: Body, _user: str) -> None:
    """Forget a name; the cells stay."""
    del book.named_ranges[_named_position(book, request.get("namedRangeId", ""))]


# -- protections ------------------------------------------------------------------------------
def add_protected_range(book: Spreadsheet, request: Body, user: str) -> Body:
    """Protect a range; the one who does it may always edit it."""
    given = dict(request.get("protectedRange", {}))
    if "namedRangeId" in given and "range" not in given:
        given["range"] = book.named_ranges[_named_position(book, given["namedRangeId"])]["range"]
    sheet = place_of(book, given.get("range", {})).sheet
    taken = {item["protectedRangeId"] for other in book.sheets for item in other.protected_ranges}
    number = given.get("protectedRangeId")
    if number in taken:
        raise invalid(f"Cannot add protected range with ID {number}, one with that ID already exists.")
    number = number or book.new_number(taken)
    given.pop("requestingUserCanEdit", None)
    protection = {"protectedRangeId": number, **{k: v for k, v in given.items() if v not in (False, "")}}
    _name_editors(book, protection, user)
    sheet.protected_ranges.append(protection)
    return {"protectedRange": protected_resource(book, protection, user)}


def _name_editors(book: Spreadsheet, protection: Body, user: str) -> None:
    if protection.get("warningOnly"):
        protection.pop("editors", None)
        return
    editors = {name: who for name, who in (protection.get("editors") or {}).items() if who}
    users = list(editors.get("users", []))
    for always in (book.owner, user):
        if always and always not in users:
            users.append(always)
    if users:
        editors["users"] = users
    protection["editors"] = editors


def _protection(book: Spreadsheet, wanted: int | str | None) -> tuple[Sheet, int]:
    number = int(wanted or 0)  # JSON may carry a number as text
    for sheet in book.sheets:
        for position, item in enumerate(sheet.protected_ranges):
            if item["protectedRangeId"] == number:
                return sheet, position
    raise invalid(f"No protected range with id: {number}")


def update_protected_range(book: Spreadsheet, request: Body, user: str) -> None:
    """Change a protection; only those whom it lets through may."""
    given = request.get("protectedRange", {})
    sheet, position = _protection(book, given.get("protectedRangeId"))
    old = sheet.protected_ranges[position]
    if not may_edit(book, old, user):
        raise invalid(PROTECTED)
    merged = masked_merge(old, given, parse_mask(request.get("fields")))
    merged["protectedRangeId"] = old["protectedRangeId"]
    _name_editors(book, merged, user)
    target = place_of(book, merged.get("range", {})).sheet
    del sheet.protected_ranges[position]
    target.protected_ranges.append(merged)


def delete_protected_range(book: Spreadsheet, request: Body, user: str) -> None:
    """Lift a protection; only those whom it lets through may."""
    sheet, position = _protection(book, request.get("protectedRangeId"))
    if not may_edit(book, sheet.protected_ranges[position], user):
        raise invalid(PROTECTED)
    del sheet.protected_ranges[position]


HANDLERS = {
    "addNamedRange": add_named_range,
    "updateNamedRange": update_named_range,
    "deleteNamedRange": delete_named_range,
    "addProtectedRange": add_protected_range,
    "updateProtectedRange": update_protected_range,
    "deleteProtectedRange": delete_protected_range,
}
