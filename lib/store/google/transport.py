"""Drives the protocol's generators over a client: each call is one request, each answer goes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from lib.store.google.calls import (
    BatchAnswer,
    Call,
    ReadRanges,
    ReadSheets,
    Rows,
    SheetInfo,
    Talk,
    Trouble,
    Unknown,
    WriteBatch,
)
from lib.store.google.client import SheetsClient
from lib.store.google.tables import plain_rows

RENDERING = {"valueRenderOption": "UNFORMATTED_VALUE"}  # dates come as serial numbers then
_SHEET_FIELDS = "sheets.properties(sheetId,title,hidden,sheetType,gridProperties(rowCount,columnCount))"
Result = TypeVar("Result")


class Transport:
    """The calls of the protocol on one spreadsheet."""

    def __init__(self, client: SheetsClient, spreadsheet_id: str) -> None:
        self.client = client
        self.spreadsheet_id = spreadsheet_id

    def run(self, talk: Talk[Result]) -> Result:
        """The generator's result. Raises what it raises, and StoreError where only people can help."""
        try:
            call = next(talk)
            while True:
                call = self._step(talk, call)
        except StopIteration as end:
            result: Result = end.value
            return result
        finally:
            talk.close()

    def _step(self, talk: Talk[Result], call: Call) -> Call:
        try:
            answer = self.answer(call)
        except Trouble as trouble:
            return talk.throw(trouble)
        return talk.send(answer)

    def answer(self, call: Call) -> Any:
        match call:
            case ReadRanges():
                return read_rows(self.read_body(call.ranges), len(call.ranges))
            case ReadSheets():
                return self.sheets()
            case WriteBatch():
                return self._write(call)

    def read_body(self, ranges: Sequence[str]) -> bytes:
        """The values of ranges as Google sends them."""
        return self.client.read_values(self.spreadsheet_id, list(ranges), **RENDERING)

    def sheets(self) -> tuple[SheetInfo, ...]:
        """All worksheets that are grids."""
        described = self.client.describe(self.spreadsheet_id, _SHEET_FIELDS)
        return sheet_infos(described)

    def _write(self, call: WriteBatch) -> BatchAnswer:
        body: dict[str, Any] = {"requests": list(call.requests)}
        if call.response_ranges:
            body |= {
                "includeSpreadsheetInResponse": True,
                "responseIncludeGridData": True,
                "responseRanges": list(call.response_ranges),
            }
        answer = self.client.write_batch(self.spreadsheet_id, body, call.fields)
        return BatchAnswer(_told(lambda: _response_rows(answer, len(call.response_ranges))))


def sheet_infos(described: Mapping[str, Any]) -> tuple[SheetInfo, ...]:
    infos = []
    for sheet in described.get("sheets", ()):
        properties = sheet["properties"]
        grid = properties.get("gridProperties")
        if grid is not None and properties.get("sheetType", "GRID") == "GRID":
            size = int(grid.get("rowCount", 0)), int(grid.get("columnCount", 0))
            number, hidden = int(properties.get("sheetId", 0)), bool(properties.get("hidden", False))
            infos.append(SheetInfo(properties["title"], number, *size, hidden))
    return tuple(infos)


def read_rows(body: bytes, count: int) -> tuple[Rows, ...]:
    """The rows of each range of a ``values:batchGet``. Raises Unknown where the answer is not whole."""
    return _told(lambda: _value_ranges(json.loads(body), count))


def _value_ranges(answer: Mapping[str, Any], count: int) -> tuple[Rows, ...]:
    ranges = answer.get("valueRanges", [])
    if len(ranges) != count:
        raise ValueError
    return tuple(found.get("values", []) for found in ranges)


def _response_rows(answer: Mapping[str, Any], count: int) -> tuple[Rows, ...]:
    """Grid data comes by worksheet, and within it in the order of the ranges."""
    if not count:
        return ()
    sheets = answer.get("updatedSpreadsheet", {}).get("sheets", [])
    data = [data for sheet in sheets for data in sheet.get("data", [{}])]
    if len(data) != count:
        raise ValueError
    return tuple(plain_rows(part.get("rowData", ())) for part in data)


def _told(read: Callable[[], Result]) -> Result:
    try:
        return read()
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unknown("the answer is not whole") from None
