"""Developer metadata: entries tied to the spreadsheet, a sheet, a row or a column.

An entry on a row or column holds that line's token, so it follows the line through insertions,
deletions, moves and sorts, and dies with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import ApiError, invalid
from .grid import COLUMNS, ROWS, Line, Sheet

if TYPE_CHECKING:
    from .spreadsheet import Spreadsheet

MAX_CHARACTERS = 30_000
KIND_OF_DIMENSION = {ROWS: "ROW", COLUMNS: "COLUMN"}
DIMENSION_OF_KIND = {"ROW": ROWS, "COLUMN": COLUMNS}


class Entry(NamedTuple):
    """One piece of metadata. `sheet` and `token` say where, `kind` what sort of place that is."""

    metadata_id: int
    key: str
    value: str | None
    visibility: str
    kind: str
    sheet: Sheet | None = None
    token: object | None = None

    def size(self) -> int:
        """Characters that count towards the limit."""
        return len(self.key) + len(self.value or "")

    def line_index(self) -> int | None:
        """Where its row or column is now."""
        if self.sheet is None or self.token is None:
            return None
        lines = self.sheet.lines(DIMENSION_OF_KIND[self.kind])
        return next((i for i, line in enumerate(lines) if line.token is self.token), None)

    def location(self) -> dict[str, Any]:
        """The API's DeveloperMetadataLocation."""
        if self.kind == "SPREADSHEET":
            return {"locationType": self.kind, "spreadsheet": True}
        assert self.sheet is not None
        if self.kind == "SHEET":
            return {"locationType": self.kind, "sheetId": self.sheet.sheet_id}
        index = self.line_index() or 0
        dimension = DIMENSION_OF_KIND[self.kind]
        span = {"dimension": dimension, "startIndex": index, "endIndex": index + 1}
        if self.sheet.sheet_id:  # an id of 0 is left out of ranges, as the API does
            span = {"sheetId": self.sheet.sheet_id, **span}
        return {"locationType": self.kind, "dimensionRange": span}

    def resource(self) -> dict[str, Any]:
        """The API's DeveloperMetadata."""
        resource: dict[str, Any] = {"metadataId": self.metadata_id, "metadataKey": self.key}
        if self.value is not None:
            resource["metadataValue"] = self.value
        return {**resource, "location": self.location(), "visibility": self.visibility}


class MetadataBook:
    """All metadata of a spreadsheet, by id."""

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}

    def copy(self) -> MetadataBook:
        """For a checkpoint."""
        twin = MetadataBook()
        twin.entries = self.entries.copy()
        return twin

    def at_spreadsheet(self) -> list[dict[str, Any]]:
        """Resources tied to the spreadsheet as a whole."""
        return [entry.resource() for entry in self.entries.values() if entry.kind == "SPREADSHEET"]

    def at_sheet(self, sheet: Sheet) -> list[dict[str, Any]]:
        """Resources tied to a sheet as a whole."""
        return [e.resource() for e in self.entries.values() if e.kind == "SHEET" and e.sheet is sheet]

    def at_line(self, line: Line) -> list[dict[str, Any]]:
        """Resources tied to one row or column."""
        if line.token is None:
            return []
        return [entry.resource() for entry in self.entries.values() if entry.token is line.token]

    def forget_lines(self, lines: Iterable[Line]) -> None:
        """Drop what was tied to deleted rows or columns."""
        tokens = {id(line.token) for line in lines if line.token is not None}
        if tokens:
            self.entries = {k: e for k, e in self.entries.items() if id(e.token) not in tokens}

    def forget_sheet(self, sheet: Sheet) -> None:
        """Drop what was tied to a deleted sheet."""
        self.entries = {k: e for k, e in self.entries.items() if e.sheet is not sheet}

    def check_size(self, entry: Entry) -> None:
        """Refuse what passes 30,000 characters for the spreadsheet or for one sheet."""
        peers = (e for e in self.entries.values() if e.sheet is entry.sheet)
        total = sum(e.size() for e in peers if e.metadata_id != entry.metadata_id)
        if total + entry.size() > MAX_CHARACTERS:
            place = "spreadsheet" if entry.sheet is None else "sheet"
            raise invalid(
                f"This action would increase the developer metadata in the {place} "
                f"above the limit of {MAX_CHARACTERS} characters."
            )

    def add(self, entry: Entry) -> Entry:
        """Store a new entry; its id must be free."""
        self.check_size(entry)
        self.entries[entry.metadata_id] = entry
        return entry


def create(book: Spreadsheet, resource: dict[str, Any]) -> Entry:
    """Add the metadata that a request describes."""
    if not resource.get("metadataKey"):
        raise invalid("Developer metadata must have a key specified.")
    if resource.get("visibility", "").startswith("DEVELOPER") or not resource.get("visibility"):
        raise invalid("Developer metadata must have visibility specified.")
    metadata_id = _free_id(book, resource)
    kind, sheet, line = place(book, resource.get("location") or {})
    token = token_of(line)
    value = resource.get("metadataValue")
    entry = Entry(metadata_id, resource["metadataKey"], value, resource["visibility"], kind, sheet, token)
    return book.metadata.add(entry)


def token_of(line: Line | None) -> object | None:
    """The token that ties metadata to a line; a line gets one when first needed."""
    if line is None:
        return None
    line.token = line.token or object()
    return line.token


def _free_id(book: Spreadsheet, resource: dict[str, Any]) -> int:
    wanted = resource.get("metadataId")
    if wanted is None:
        return book.new_number(set(book.metadata.entries))
    if wanted <= 0:
        raise invalid("Developer metadata ID must be positive.")
    if wanted in book.metadata.entries:
        raise invalid(
            f"Cannot add developer metadata with ID [{wanted}] "
            "because developer metadata with that ID already exists."
        )
    return int(wanted)


def place(book: Spreadsheet, location: dict[str, Any]) -> tuple[str, Sheet | None, Line | None]:
    """The kind, sheet and line that a DeveloperMetadataLocation names."""
    if location.get("spreadsheet"):
        return "SPREADSHEET", None, None
    if "dimensionRange" in location:
        return _place_of_line(book, location["dimensionRange"])
    if "sheetId" in location:
        return "SHEET", book.tab(location["sheetId"]), None
    raise invalid("Developer metadata must have a location specified.")


def _place_of_line(book: Spreadsheet, span: dict[str, Any]) -> tuple[str, Sheet, Line]:
    sheet = book.grid(span.get("sheetId"))
    dimension = span.get("dimension", "")
    if dimension not in KIND_OF_DIMENSION:
        raise invalid("No dimension specified.")
    start, end = span.get("startIndex"), span.get("endIndex")
    if start is None or end is None or end - start != 1:
        raise invalid("Developer metadata dimension range must represent a single row or column.")
    if start >= sheet.line_count(dimension):
        word = "row" if dimension == ROWS else "column"
        raise invalid(f"DimensionRange.startIndex[{start}] is after last {word} in grid.")
    return KIND_OF_DIMENSION[dimension], sheet, sheet.line_for_write(dimension, start)


def matching(book: Spreadsheet, lookup: dict[str, Any]) -> Iterator[Entry]:
    """Entries that a DeveloperMetadataLookup selects."""
    wanted_type = lookup.get("locationType")
    for entry in book.metadata.entries.values():
        if "metadataId" in lookup and entry.metadata_id != lookup["metadataId"]:
            continue
        if "metadataKey" in lookup and entry.key != lookup["metadataKey"]:
            continue
        if "metadataValue" in lookup and entry.value != lookup["metadataValue"]:
            continue
        if lookup.get("visibility", entry.visibility) != entry.visibility:
            continue
        if wanted_type and entry.kind != wanted_type:
            continue
        if "metadataLocation" in lookup and not _located(entry, lookup):
            continue
        yield entry


def _located(entry: Entry, lookup: dict[str, Any]) -> bool:
    place = lookup["metadataLocation"]
    exact = lookup.get("locationMatchingStrategy") == "EXACT_LOCATION"
    if place.get("spreadsheet"):
        return entry.kind == "SPREADSHEET"
    if entry.sheet is None:
        return False
    if "dimensionRange" not in place:
        return entry.sheet.sheet_id == place.get("sheetId", 0) and (not exact or entry.kind == "SHEET")
    return _meets_line(entry, place["dimensionRange"], exact)


def _meets_line(entry: Entry, span: dict[str, Any], exact: bool) -> bool:
    assert entry.sheet is not None
    if entry.sheet.sheet_id != span.get("sheetId", 0):
        return False
    if entry.kind != KIND_OF_DIMENSION.get(span.get("dimension", "")):
        return not exact  # the sheet, and every line of the other dimension, cross it
    index = entry.line_index()
    start, end = span.get("startIndex", 0), span.get("endIndex", 1 << 30)
    return index is not None and start <= index < end


def get(book: Spreadsheet, metadata_id: int) -> dict[str, Any]:
    """The resource with an id, or 404."""
    entry = book.metadata.entries.get(metadata_id)
    if entry is None:
        raise ApiError(404, f"No developer metadata with the ID {metadata_id} was found.")
    return entry.resource()
