"""The requests of `spreadsheets.batchUpdate`, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.sheets_server.spreadsheet import Spreadsheet

from . import (
    cells,
    conditional,
    dimensions,
    filling,
    filtering,
    metadata,
    names,
    objects,
    pasting,
    sheets,
    sorting,
    text,
)

Handler = Callable[[Spreadsheet, dict[str, Any], str], dict[str, Any] | None]

HANDLERS: dict[str, Handler] = {
    **sheets.HANDLERS,
    **cells.HANDLERS,
    **dimensions.HANDLERS,
    **pasting.HANDLERS,
    **sorting.HANDLERS,
    **text.HANDLERS,
    **metadata.HANDLERS,
    **names.HANDLERS,
    **filtering.HANDLERS,
    **conditional.HANDLERS,
    **objects.HANDLERS,
    **filling.HANDLERS,
}
