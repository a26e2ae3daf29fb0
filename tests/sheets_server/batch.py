"""`spreadsheets.batchUpdate`: requests in order, all of them or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import rendering
from .edits import HANDLERS
from .errors import ApiError, invalid, unsupported
from .mask_check import check_update_mask
from .spreadsheet import Spreadsheet

Body = dict[str, Any]
Handler = Callable[[Spreadsheet, Body, str], Body | None]


def run(book: Spreadsheet, body: Body, user: str, *, fields: str = "") -> Body:
    """Apply the requests; the caller rolls back when this raises."""
    requests = [without_nulls(request) for request in body.get("requests") or []]
    if not requests:
        raise invalid("Must specify at least one request.")
    replies = [_reply(book, index, request, user) for index, request in enumerate(requests)]
    answer: Body = {"spreadsheetId": book.spreadsheet_id, "replies": replies}
    if body.get("includeSpreadsheetInResponse"):
        book.changed()
        grid = (
            rendering.update_mask_wants_grid(fields) if fields else bool(body.get("responseIncludeGridData"))
        )
        ranges = body.get("responseRanges", [])
        answer["updatedSpreadsheet"] = rendering.spreadsheet_resource(
            book, ranges=ranges, grid=grid, user=user
        )
    return answer


def without_nulls(value: Any) -> Any:
    """The same JSON without null fields: null means that a field is not set."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def _reply(book: Spreadsheet, index: int, request: Body, user: str) -> Body:
    names = list(request)
    if len(names) != 1:
        raise invalid(f"Invalid requests[{index}]: No request set.")
    name = names[0]
    handler = HANDLERS.get(name)
    if handler is None:
        raise unsupported(f"the batchUpdate request {name}")
    try:
        check_update_mask(name, request[name])
        reply = handler(book, request[name], user)
    except ApiError as error:
        raise error.within(f"Invalid requests[{index}].{name}") from None
    book.changed()
    return {} if reply is None else {name: reply}
