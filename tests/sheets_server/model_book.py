"""A spreadsheet of the emulator's model, called without HTTP: for the model's own tests."""

from __future__ import annotations

from typing import Any

from .discovery import sheets
from .errors import ApiError
from .responses import response_problems
from .service import PREFIX, SheetsService

OWNER = "owner@example.test"


class ModelBook:
    """One spreadsheet with a sheet `Sheet1` (id 0), and short ways to call the API on it."""

    def __init__(self, rows: int = 1000, columns: int = 26) -> None:
        self.service = SheetsService(seed=1)
        grid = {"rowCount": rows, "columnCount": columns}
        resource = {"sheets": [{"properties": {"title": "Sheet1", "gridProperties": grid}}]}
        self.book = self.service.create("Team", owner=OWNER, resource=resource)
        self.id = self.book.spreadsheet_id

    def call(
        self,
        method: str,
        body: dict[str, Any] | None = None,
        *,
        user: str = OWNER,
        **more: Any,
    ) -> dict[str, Any]:
        """One call; `range`, `metadataId` and `sheetId` go into the path, all else into the query."""
        path = {"spreadsheetId": self.id}
        path.update({k: more.pop(k) for k in ("range", "metadataId", "sheetId") if k in more})
        query = {name: value if isinstance(value, list) else [str(value)] for name, value in more.items()}
        answer = self.service.call(PREFIX + method, path, query, body, user)
        assert response_problems(sheets(), sheets().method(PREFIX + method).response, answer) == []
        return answer

    def batch(self, *requests: dict[str, Any], user: str = OWNER) -> list[dict[str, Any]]:
        """A batchUpdate; the replies."""
        replies: list[dict[str, Any]] = self.call("batchUpdate", {"requests": list(requests)}, user=user)[
            "replies"
        ]
        return replies

    def enter(self, start: str, *rows: list[Any], option: str = "USER_ENTERED") -> dict[str, Any]:
        """values.update."""
        return self.call("values.update", {"values": list(rows)}, range=start, valueInputOption=option)

    def shown(self, text: str = "Sheet1", **query: Any) -> list[list[Any]]:
        """values.get: the values alone."""
        found: list[list[Any]] = self.call("values.get", range=text, **query).get("values", [])
        return found

    def plain(self, text: str = "Sheet1") -> list[list[Any]]:
        """As `shown`, unformatted."""
        return self.shown(text, valueRenderOption="UNFORMATTED_VALUE")

    def formulas(self, text: str = "Sheet1") -> list[list[Any]]:
        """As `shown`, with formulas."""
        return self.shown(text, valueRenderOption="FORMULA")

    def refusal(self, method: str, body: dict[str, Any] | None = None, **more: Any) -> str:
        """The message of a call that must be refused."""
        try:
            self.call(method, body, **more)
        except ApiError as error:
            return error.message
        raise AssertionError("the call was not refused")

    def batch_refusal(self, *requests: dict[str, Any], user: str = OWNER) -> str:
        """The message of a batchUpdate that must be refused."""
        return self.refusal("batchUpdate", {"requests": list(requests)}, user=user)

    def sheet(self, **query: Any) -> dict[str, Any]:
        """The first sheet's resource."""
        first: dict[str, Any] = self.call("get", **query)["sheets"][0]
        return first


def rows_of(start: int, end: int | None, dimension: str = "ROWS") -> dict[str, Any]:
    """A DimensionRange on Sheet1."""
    span = {"sheetId": 0, "dimension": dimension, "startIndex": start, "endIndex": end}
    return {name: value for name, value in span.items() if value is not None}


def box(top: int, bottom: int, left: int, right: int) -> dict[str, Any]:
    """A GridRange on Sheet1."""
    names = ("startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex")
    return {"sheetId": 0, **dict(zip(names, (top, bottom, left, right), strict=True))}


def cells(*rows: list[Any]) -> list[dict[str, Any]]:
    """RowData with the given values; None is a cell without a value."""
    return [{"values": [_cell(value) for value in row]} for row in rows]


def _cell(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, bool):
        return {"userEnteredValue": {"boolValue": value}}
    if isinstance(value, int | float):
        return {"userEnteredValue": {"numberValue": value}}
    kind = "formulaValue" if value.startswith("=") else "stringValue"
    return {"userEnteredValue": {kind: value}}
