"""Makes a given Google spreadsheet the team's: adds the worksheets that are missing, touches nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lib.store.contract import StoreError, Value
from lib.store.google.calls import Trouble
from lib.store.google.client import SheetsClient
from lib.store.google.template import row_requests, template_requests
from lib.store.google.transport import Transport
from lib.store.new_workbook import NewRow, SheetLayout


@dataclass(frozen=True, slots=True)
class Added:
    """Titles of worksheets that were added, and of those that were there already and left alone."""

    added: tuple[str, ...]
    kept: tuple[str, ...]


def add_template(
    client: SheetsClient,
    spreadsheet_id: str,
    layouts: Sequence[SheetLayout],
    rows: Mapping[str, Sequence[NewRow]] | None = None,
    meta: Mapping[str, Value] | None = None,
) -> Added:
    """Add all worksheets of ``layouts`` whose titles are free, in one atomic batch, then their rows.

    Raises StoreError; where the structure could not be added, nothing was.
    """
    sizes = {title: len(records) for title, records in (rows or {}).items()}
    transport = Transport(client, spreadsheet_id)
    try:
        existing = {info.title: info.sheet_id for info in transport.sheets()}
        if requests := template_requests(layouts, meta or {}, existing, sizes):
            client.write_batch(spreadsheet_id, {"requests": requests}, "spreadsheetId")
        made = {info.title: info.sheet_id for info in transport.sheets()}
        new = [layout for layout in layouts if layout.title not in existing]
        for layout in new:
            part = (rows or {}).get(layout.title, ())
            for batch in row_requests(made[layout.title], part, len(layout.columns)):
                client.write_batch(spreadsheet_id, {"requests": batch}, "spreadsheetId")
    except Trouble:
        raise StoreError(
            "Google did not answer properly. Look whether the worksheets are there; if not, try again.",
            "google_no_answer",
        ) from None
    kept = tuple(layout.title for layout in layouts if layout.title in existing)
    return Added(tuple(layout.title for layout in new), kept)
