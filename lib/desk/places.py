"""Where a record stands in the spreadsheet, and the address that leads there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lib.desk.core import Desk


@dataclass(frozen=True, slots=True)
class Place:
    """Sheet title and ``C12``; ``address`` opens the cell, None where the spreadsheet has no addresses."""

    sheet: str
    cell: str
    address: str | None


def place_of(desk: Desk, worksheet: str, record: str, column: str | None = None) -> Place | None:
    """A record's first cell, or the one in the column of that key. None if it is not in the spreadsheet."""
    book = desk.board().book
    binding = book.bindings.get(worksheet)
    if binding is None or not binding.headers or record not in book.tables[worksheet].index:
        return None
    wanted = column if column in binding.headers else next(iter(binding.headers))
    place = book.where(worksheet, record, str(wanted))
    return place_at(desk, place.sheet, place.cell)


def place_at(desk: Desk, sheet: str, cell: str) -> Place:
    """The cell ``C12`` of a sheet."""
    found = re.fullmatch(r"([A-Z]+)(\d+)", cell)
    address = desk.store.link(sheet, int(found[2]), found[1]) if found else None
    return Place(sheet, cell, address)
