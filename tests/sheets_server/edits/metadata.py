"""Developer metadata requests."""

from __future__ import annotations

from typing import Any

from tests.sheets_server import metadata
from tests.sheets_server.filters import entries_of_filter
from tests.sheets_server.masks import parse_mask, touches
from tests.sheets_server.spreadsheet import Spreadsheet

Body = dict[str, Any]


def create(book: Spreadsheet, request: Body, _user: str) -> Body:
    """Add metadata; an id that is in use is refused."""
    entry = metadata.create(book, request.get("developerMetadata", {}))
    return {"developerMetadata": entry.resource()}


def update(book: Spreadsheet, request: Body, _user: str) -> Body:
    """Change what the filters select, as the mask says."""
    tree = parse_mask(request.get("fields"))
    given = request.get("developerMetadata", {})
    chosen = [entry for item in request.get("dataFilters", []) for entry in entries_of_filter(book, item)]
    changed = [_changed(book, entry, given, tree) for entry in dict.fromkeys(chosen)]
    return {"developerMetadata": [entry.resource() for entry in changed]}


def _changed(book: Spreadsheet, entry: metadata.Entry, given: Body, tree: Any) -> metadata.Entry:
    names = {"metadataKey": "key", "metadataValue": "value", "visibility": "visibility"}
    changes = {own: given.get(name) for name, own in names.items() if touches(tree, name)}
    if touches(tree, "location") and "location" in given:
        kind, sheet, line = metadata.place(book, given["location"])
        changes.update(kind=kind, sheet=sheet, token=metadata.token_of(line))
    return book.metadata.add(entry._replace(**changes))


def delete(book: Spreadsheet, request: Body, _user: str) -> Body:
    """Delete what the filter selects."""
    chosen = entries_of_filter(book, request.get("dataFilter", {}))
    resources = [entry.resource() for entry in chosen]
    for entry in chosen:
        del book.metadata.entries[entry.metadata_id]
    return {"deletedDeveloperMetadata": resources} if resources else {}


HANDLERS = {
    "createDeveloperMetadata": create,
    "updateDeveloperMetadata": update,
    "deleteDeveloperMetadata": delete,
}
