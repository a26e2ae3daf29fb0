"""All spreadsheets of the emulated account, and the methods of the API over them."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

from . import batch, metadata, rendering, values
from .copying import copied_book, copied_sheet, give_new_ids
from .creation import new_spreadsheet
from .errors import invalid, not_found, unsupported
from .filters import box_of_filter, ranges_of_filters, search_metadata, update_by_filter
from .grid import ROWS
from .reading import Rendering
from .spreadsheet import Spreadsheet

Query = dict[str, list[str]]
Body = dict[str, Any]
_ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
Method = Callable[[Spreadsheet, dict[str, str], Query, Body, str], Body]
PREFIX = "sheets.spreadsheets."


class SheetsService:
    """Spreadsheets by id. Thread-safe: `lock` is held during each call, and each call is atomic."""

    def __init__(self, *, seed: int = 0) -> None:
        self.randomness = random.Random(seed)
        self.lock = threading.RLock()
        self.spreadsheets: dict[str, Spreadsheet] = {}
        self.on_change: Callable[[str], None] | None = None

    # -- files --------------------------------------------------------------------------------
    def new_id(self) -> str:
        """A spreadsheet id such as Drive gives: 44 letters."""
        return "1" + "".join(self.randomness.choices(_ID_LETTERS, k=43))

    def create(
        self,
        title: str = "Untitled spreadsheet",
        *,
        spreadsheet_id: str | None = None,
        owner: str = "",
        resource: Body | None = None,
    ) -> Spreadsheet:
        """A new spreadsheet with one blank sheet, or with the sheets that `resource` describes."""
        with self.lock:
            new_id = spreadsheet_id or self.new_id()
            book = new_spreadsheet(new_id, title, random.Random(self.randomness.random()), resource)
            book.owner = owner
            self.spreadsheets[new_id] = book
            self._changed(new_id)
            return book

    def copy(self, spreadsheet_id: str, title: str, *, new_id: str | None = None) -> Spreadsheet:
        """A copy of a spreadsheet under a new id; sheets keep their ids."""
        with self.lock:
            source = self.find(spreadsheet_id)
            chance = random.Random(self.randomness.random())
            book = copied_book(source, new_id or self.new_id(), title, chance)
            self.spreadsheets[book.spreadsheet_id] = book
            self._changed(book.spreadsheet_id)
            return book

    def delete(self, spreadsheet_id: str) -> None:
        """Remove a spreadsheet; 404 when there is none."""
        with self.lock:
            self.find(spreadsheet_id)
            del self.spreadsheets[spreadsheet_id]

    def find(self, spreadsheet_id: str) -> Spreadsheet:
        """The spreadsheet with an id, or 404."""
        book = self.spreadsheets.get(spreadsheet_id)
        if book is None:
            raise not_found()
        return book

    def apply(self, spreadsheet_id: str, requests: list[Body], user: str = "") -> list[Body]:
        """Run batchUpdate requests on behalf of a person; returns the replies."""
        answer = self.call(
            PREFIX + "batchUpdate", {"spreadsheetId": spreadsheet_id}, {}, {"requests": requests}, user
        )
        replies: list[Body] = answer["replies"]
        return replies

    def _changed(self, spreadsheet_id: str) -> None:
        if self.on_change is not None:
            self.on_change(spreadsheet_id)

    # -- calls --------------------------------------------------------------------------------
    def call(
        self, method_id: str, path: dict[str, str], query: Query, body: Body | None, user: str = ""
    ) -> Body:
        """Carry out one API method. `query` holds raw strings. Raises ApiError."""
        name = method_id.removeprefix(PREFIX)
        with self.lock:
            if name == "create":
                return self._create(body or {}, user)
            book = self.find(path["spreadsheetId"])
            if name in _READS:
                return _READS[name](book, path, query, body or {}, user)
            if name == "sheets.copyTo":
                return self._copy_to(book, int(path["sheetId"]), body or {})
            if name not in _WRITES:
                raise unsupported(method_id)
            answer: Body = book.atomically(lambda: _WRITES[name](book, path, query, body or {}, user))
            self._changed(book.spreadsheet_id)
            return answer

    def _create(self, body: Body, user: str) -> Body:
        title = body.get("properties", {}).get("title") or "Untitled spreadsheet"
        book = self.create(title, owner=user, resource=body)
        return rendering.spreadsheet_resource(book, user=user)

    def _copy_to(self, book: Spreadsheet, sheet_id: int, body: Body) -> Body:
        target = self.find(body.get("destinationSpreadsheetId", ""))
        sheet = book.find_sheet(sheet_id)
        if sheet is None:
            raise not_found(f"The sheet ({sheet_id}) cannot be found.")
        title = f"Copy of {sheet.title}"
        number = 2
        while target.find_title(title):
            title, number = f"Copy of {sheet.title} {number}", number + 1
        target.check_room(sheet.row_count * sheet.column_count)
        twin = copied_sheet(sheet, target.new_sheet_id(), title)
        give_new_ids(target, twin)
        target.atomically(lambda: target.add_sheet(twin))
        self._changed(target.spreadsheet_id)
        return rendering.sheet_properties(target, twin)


def _one(query: Query, name: str, default: str = "") -> str:
    found = query.get(name)
    return found[0] if found else default


def _flag(query: Query, name: str) -> bool:
    return _one(query, name).lower() in ("true", "1")


def _rendering(query: Query, prefix: str = "") -> Rendering:
    names = ("valueRenderOption", "dateTimeRenderOption")
    if prefix:
        names = (prefix + "ValueRenderOption", prefix + "DateTimeRenderOption")
    return Rendering(_one(query, names[0]) or "FORMATTED_VALUE", _one(query, names[1]) or "SERIAL_NUMBER")


def _body_rendering(body: Body, prefix: str = "") -> Rendering:
    return _rendering({name: [value] for name, value in body.items() if isinstance(value, str)}, prefix)


def _major(text: str | None) -> str:
    return ROWS if not text or text == "DIMENSION_UNSPECIFIED" else text


def _get(book: Spreadsheet, _path: dict[str, str], query: Query, _body: Body, user: str) -> Body:
    fields = _one(query, "fields")
    grid = rendering.mask_wants_grid(fields) if fields else _flag(query, "includeGridData")
    return rendering.spreadsheet_resource(book, ranges=query.get("ranges", []), grid=grid, user=user)


def _get_by_filter(book: Spreadsheet, _path: dict[str, str], query: Query, body: Body, user: str) -> Body:
    fields = _one(query, "fields")
    grid = rendering.mask_wants_grid(fields) if fields else bool(body.get("includeGridData"))
    texts = [box.text for box in ranges_of_filters(book, body.get("dataFilters", []))]
    return rendering.spreadsheet_resource(book, ranges=texts, grid=grid, user=user)


def _values_get(book: Spreadsheet, path: dict[str, str], query: Query, _body: Body, _user: str) -> Body:
    return values.read(book, path["range"], _major(_one(query, "majorDimension")), _rendering(query))


def _values_batch_get(
    book: Spreadsheet, _path: dict[str, str], query: Query, _body: Body, _user: str
) -> Body:
    major, how = _major(_one(query, "majorDimension")), _rendering(query)
    found = [values.read(book, text, major, how) for text in query.get("ranges", [])]
    answer: Body = {"spreadsheetId": book.spreadsheet_id}
    return {**answer, "valueRanges": found} if found else answer


def _values_batch_get_by_filter(
    book: Spreadsheet, _path: dict[str, str], _query: Query, body: Body, _user: str
) -> Body:
    major, how = _major(body.get("majorDimension")), _body_rendering(body)
    found = []
    for data_filter in body.get("dataFilters", []):
        for box in box_of_filter(book, data_filter):
            value_range = values.value_range(book, box, major, how)
            found.append({"valueRange": value_range, "dataFilters": [data_filter]})
    answer: Body = {"spreadsheetId": book.spreadsheet_id}
    return {**answer, "valueRanges": found} if found else answer


def _metadata_get(book: Spreadsheet, path: dict[str, str], _query: Query, _body: Body, _user: str) -> Body:
    return metadata.get(book, int(path["metadataId"]))


def _metadata_search(book: Spreadsheet, _path: dict[str, str], _query: Query, body: Body, _user: str) -> Body:
    found = search_metadata(book, body.get("dataFilters", []))
    return {"matchedDeveloperMetadata": found} if found else {}


def _writing(query: Query, body: Body, user: str) -> values.Writing:
    return values.Writing(
        values.check_option(_one(query, "valueInputOption")),
        _major(body.get("majorDimension")),
        _flag(query, "includeValuesInResponse"),
        _rendering(query, "response"),
        user,
    )


def _body_writing(body: Body, user: str) -> values.Writing:
    return values.Writing(
        values.check_option(body.get("valueInputOption")),
        ROWS,
        bool(body.get("includeValuesInResponse")),
        _body_rendering(body, "response"),
        user,
    )


def _check_same_range(path: dict[str, str], body: Body) -> None:
    given = body.get("range")
    if given and given != path["range"]:
        raise invalid(
            f"Requested writing within range [{path['range']}], but tried writing to range [{given}]"
        )


def _values_update(book: Spreadsheet, path: dict[str, str], query: Query, body: Body, user: str) -> Body:
    _check_same_range(path, body)
    return values.update(book, path["range"], body.get("values") or [], _writing(query, body, user))


def _values_append(book: Spreadsheet, path: dict[str, str], query: Query, body: Body, user: str) -> Body:
    writing = _writing(query, body, user)
    insert = _one(query, "insertDataOption", "OVERWRITE")
    return values.append(book, path["range"], body.get("values") or [], writing, insert)


def _values_batch_update(
    book: Spreadsheet, _path: dict[str, str], _query: Query, body: Body, user: str
) -> Body:
    return values.batch_update(book, body.get("data") or [], _body_writing(body, user))


def _values_clear(book: Spreadsheet, path: dict[str, str], _query: Query, _body: Body, user: str) -> Body:
    cleared = values.clear(book, path["range"], user)
    return {"spreadsheetId": book.spreadsheet_id, "clearedRange": cleared}


def _values_batch_clear(
    book: Spreadsheet, _path: dict[str, str], _query: Query, body: Body, user: str
) -> Body:
    cleared = values.clear_all(book, body.get("ranges") or [], user)
    answer: Body = {"spreadsheetId": book.spreadsheet_id}
    return {**answer, "clearedRanges": cleared} if cleared else answer


def _update_by_filter(book: Spreadsheet, _path: dict[str, str], _query: Query, body: Body, user: str) -> Body:
    return update_by_filter(book, body.get("data") or [], _body_writing(body, user))


def _clear_by_filter(book: Spreadsheet, _path: dict[str, str], _query: Query, body: Body, user: str) -> Body:
    texts = [box.text for box in ranges_of_filters(book, body.get("dataFilters", []))]
    return _values_batch_clear(book, {}, {}, {"ranges": texts}, user)


def _batch_update(book: Spreadsheet, _path: dict[str, str], query: Query, body: Body, user: str) -> Body:
    return batch.run(book, body, user, fields=_one(query, "fields"))


_READS: dict[str, Method] = {
    "get": _get,
    "getByDataFilter": _get_by_filter,
    "values.get": _values_get,
    "values.batchGet": _values_batch_get,
    "values.batchGetByDataFilter": _values_batch_get_by_filter,
    "developerMetadata.get": _metadata_get,
    "developerMetadata.search": _metadata_search,
}
_WRITES: dict[str, Method] = {
    "batchUpdate": _batch_update,
    "values.update": _values_update,
    "values.append": _values_append,
    "values.batchUpdate": _values_batch_update,
    "values.clear": _values_clear,
    "values.batchClear": _values_batch_clear,
    "values.batchUpdateByDataFilter": _update_by_filter,
    "values.batchClearByDataFilter": _clear_by_filter,
}
