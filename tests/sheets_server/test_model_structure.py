"""Properties: structural requests against a list of lists, and batches that fail."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .model_book import ModelBook, box, cells, rows_of

Rows = list[list[Any]]
Step = tuple[str, ...]
HEIGHT, WIDTH = 5, 4
INDEX = st.integers(0, 7)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "delete", "move", "write", "append", "copy", "sort", "shift", "unshift"]),
        st.sampled_from(["ROWS", "COLUMNS"]),
        INDEX,
        INDEX,
        INDEX,
    ),
    max_size=12,
)


class Naive:
    """The same requests over a plain list of lists; each row carries its metadata as a last item."""

    def __init__(self) -> None:
        self.rows: Rows = [[f"r{r}c{c}" for c in range(WIDTH)] for r in range(HEIGHT)]
        self.tags: list[int | None] = [100 + r for r in range(HEIGHT)]
        self.fresh = 0

    @property
    def width(self) -> int:
        return len(self.rows[0])

    def turned(self) -> None:
        self.rows = [list(column) for column in zip(*self.rows, strict=True)]

    def insert(self, dimension: str, at: int, count: int) -> bool:
        if dimension == "COLUMNS":
            return self._turned(lambda: self._insert(at, count))
        done = self._insert(at, count)
        if done:
            self.tags[at:at] = [None] * count
        return done

    def _insert(self, at: int, count: int) -> bool:
        if at >= len(self.rows) or count == 0:
            return False
        self.rows[at:at] = [[None] * self.width for _ in range(count)]
        return True

    def _turned(self, work: Any) -> bool:
        self.turned()
        done: bool = work()
        self.turned()
        return done

    def delete(self, dimension: str, start: int, end: int) -> bool:
        if dimension == "COLUMNS":
            return self._turned(lambda: self._delete(start, end))
        done = self._delete(start, end)
        if done:
            del self.tags[start:end]
        return done

    def _delete(self, start: int, end: int) -> bool:
        if end < start or end > len(self.rows) or end - start >= len(self.rows):
            return False
        del self.rows[start:end]
        return True

    def move(self, dimension: str, start: int, end: int, to: int) -> bool:
        if dimension == "COLUMNS":
            return self._turned(lambda: self._move(self.rows, start, end, to))
        done = self._move(self.rows, start, end, to)
        if done:
            self._move(self.tags, start, end, to)
        return done

    @staticmethod
    def _move(lines: list[Any], start: int, end: int, to: int) -> bool:
        if end < start or end > len(lines) or to > len(lines) or start < to < end:
            return False
        moved = lines[start:end]
        del lines[start:end]
        at = to if to <= start else to - (end - start)
        lines[at:at] = moved
        return True


def _request(naive: Naive, step: Any) -> tuple[dict[str, Any], bool]:
    """The API request of a step, and whether it must be accepted; the naive rows take it at once."""
    kind, dimension, a, b, c = step
    if kind == "insert":
        return {"insertDimension": {"range": rows_of(a, a + b, dimension)}}, naive.insert(dimension, a, b)
    if kind == "delete":
        return {"deleteDimension": {"range": rows_of(a, b, dimension)}}, naive.delete(dimension, a, b)
    if kind == "move":
        request = {"source": rows_of(a, b, dimension), "destinationIndex": c}
        return {"moveDimension": request}, naive.move(dimension, a, b, c)
    if kind == "append":
        request = {"sheetId": 0, "dimension": dimension, "length": a}
        return {"appendDimension": request}, _append(naive, dimension, a)
    if kind == "write":
        return _write(naive, a, b)
    if kind == "copy":
        return _copy(naive, a, b, c)
    if kind == "sort":
        return _sort(naive, a, b)
    return _shift(naive, kind, dimension, (a, b))


def _append(naive: Naive, dimension: str, count: int) -> bool:
    if count and dimension == "ROWS":
        naive.rows += [[None] * naive.width for _ in range(count)]
        naive.tags += [None] * count
    elif count:
        naive.rows = [row + [None] * count for row in naive.rows]
    return bool(count)


def _write(naive: Naive, row: int, column: int) -> tuple[dict[str, Any], bool]:
    naive.fresh += 1
    values = [f"new{naive.fresh}", naive.fresh]
    start = {"sheetId": 0, "rowIndex": row, "columnIndex": column}
    request = {"updateCells": {"start": start, "rows": cells(values), "fields": "userEnteredValue"}}
    fits = row < len(naive.rows) and column + 2 <= naive.width
    if fits:
        naive.rows[row][column : column + 2] = values
    return request, fits


def _copy(naive: Naive, source: int, target: int, column: int) -> tuple[dict[str, Any], bool]:
    size = len(naive.rows)
    fits = source < size and target < size and column < naive.width
    request = {
        "copyPaste": {
            "source": box(source, source + 1, column, column + 1),
            "destination": box(target, target + 1, column, column + 1),
        }
    }
    if fits:
        naive.rows[target][column] = naive.rows[source][column]
    return request, fits


def _sort(naive: Naive, first: int, column: int) -> tuple[dict[str, Any], bool]:
    fits = first < len(naive.rows) and column < naive.width
    request = {
        "sortRange": {
            "range": {"sheetId": 0, "startRowIndex": first},
            "sortSpecs": [{"dimensionIndex": column, "sortOrder": "ASCENDING"}],
        }
    }
    if fits:
        key = lambda i: _sort_key(naive.rows[i][column])
        order = sorted(range(first, len(naive.rows)), key=key)
        naive.rows[first:] = [naive.rows[i] for i in order]
        naive.tags[first:] = [naive.tags[i] for i in order]
    return request, fits


def _sort_key(value: Any) -> tuple[int, Any]:
    if value is None:
        return 2, 0
    return (1, value) if isinstance(value, str) else (0, value)


def _shift(naive: Naive, kind: str, dimension: str, at: tuple[int, int]) -> tuple[dict[str, Any], bool]:
    row, column = at
    name = "insertRange" if kind == "shift" else "deleteRange"
    request = {name: {"range": box(row, row + 1, column, column + 1), "shiftDimension": dimension}}
    fits = row < len(naive.rows) and column < naive.width
    if fits and dimension == "COLUMNS":
        naive.rows[row] = _shifted(naive.rows[row], column, kind)
        width = max(len(line) for line in naive.rows)
        naive.rows = [line + [None] * (width - len(line)) for line in naive.rows]
    elif fits:
        line = _shifted([each[column] for each in naive.rows], row, kind)
        for _ in range(len(line) - len(naive.rows)):
            naive.rows.append([None] * naive.width)
            naive.tags.append(None)
        for each, value in zip(naive.rows, line, strict=True):
            each[column] = value
    return request, fits


def _shifted(line: list[Any], at: int, kind: str) -> list[Any]:
    if kind == "unshift":
        return line[:at] + line[at + 1 :] + [None]
    moved = [*line[:at], None, *line[at:]]
    return moved[:-1] if moved[-1] is None else moved


def _grid_of(model: ModelBook) -> Rows:
    sheet = model.book.sheets[0]
    rows, columns = range(sheet.row_count), range(sheet.column_count)
    return [[sheet.cell(row, column).value for column in columns] for row in rows]


def _tags_of(model: ModelBook) -> list[int | None]:
    tags: list[int | None] = [None] * model.book.sheets[0].row_count
    for entry in model.book.metadata.entries.values():
        index = entry.line_index()
        assert index is not None
        tags[index] = entry.metadata_id
    return tags


def _start() -> tuple[ModelBook, Naive]:
    model, naive = ModelBook(HEIGHT, WIDTH), Naive()
    model.enter("A1", *naive.rows, option="RAW")
    for row, tag in enumerate(naive.tags):
        location = {"dimensionRange": rows_of(row, row + 1)}
        metadata = {"metadataId": tag, "metadataKey": "k", "visibility": "DOCUMENT", "location": location}
        model.batch({"createDeveloperMetadata": {"developerMetadata": metadata}})
    return model, naive


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_structural_requests_do_what_a_list_of_lists_does(steps: list[Any]) -> None:
    model, naive = _start()
    for step in steps:
        request, accepted = _request(naive, step)
        if accepted:
            model.batch(request)
        else:
            model.batch_refusal(request)
        assert _grid_of(model) == naive.rows
        assert _tags_of(model) == naive.tags


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_a_batch_that_fails_leaves_no_trace(steps: list[Any]) -> None:
    model, naive = _start()
    before = model.call("get", includeGridData="true")
    good = [request for request, accepted in (_request(naive, step) for step in steps) if accepted]
    adds = [
        {"addSheet": {"properties": {"title": "more"}}},
        {"addNamedRange": {"namedRange": {"name": "n", "range": {"sheetId": 0}}}},
        {"repeatCell": {"range": {"sheetId": 0}, "cell": {"note": "n"}, "fields": "note"}},
        {"mergeCells": {"range": box(0, 1, 0, 1), "mergeType": "MERGE_ALL"}},
        {"updateSpreadsheetProperties": {"properties": {"title": "other"}, "fields": "title"}},
    ]
    message = model.batch_refusal(*good, *adds, {"deleteSheet": {"sheetId": 77}})
    assert message == f"Invalid requests[{len(good) + 5}].deleteSheet: No sheet with id: 77"
    assert model.call("get", includeGridData="true") == before
    assert model.book.sheets[0].title == "Sheet1"


@pytest.mark.parametrize("formula", ["=Sheet1!B2", "=SUM(B2:B4)", "=$B$2&'Other tab'!B2"])
def test_formulas_follow_rows_and_columns(formula: str) -> None:
    model = ModelBook()
    model.batch({"addSheet": {"properties": {"title": "Other tab", "sheetId": 5}}})
    model.enter("Sheet1!B2", ["two"], [3], [4])
    model.enter("'Other tab'!A1", [formula if "Sheet1" in formula else formula.replace("B2", "Sheet1!B2", 1)])
    before = model.plain("'Other tab'!A1")
    model.batch(
        {"insertDimension": {"range": rows_of(0, 3)}},
        {"insertDimension": {"range": rows_of(0, 1, "COLUMNS")}},
        {"moveDimension": {"source": rows_of(2, 3, "COLUMNS"), "destinationIndex": 9}},
    )
    assert model.plain("'Other tab'!A1") == before


def test_a_formula_whose_cell_is_deleted_becomes_a_reference_error() -> None:
    model = ModelBook()
    model.enter("A1", [1, "=A1+B5"])
    model.batch({"deleteDimension": {"range": rows_of(4, 5)}})
    assert model.formulas() == [[1, "=A1+#REF!"]]
    assert model.shown() == [["1", "#REF!"]]


def test_names_merges_filters_and_protections_follow() -> None:
    model = ModelBook()
    model.batch(
        {"addNamedRange": {"namedRange": {"name": "n", "range": box(2, 4, 1, 2)}}},
        {"mergeCells": {"range": box(5, 7, 0, 2), "mergeType": "MERGE_ALL"}},
        {"setBasicFilter": {"filter": {"range": box(0, 9, 0, 3)}}},
        {"addProtectedRange": {"protectedRange": {"range": box(3, 4, 0, 1)}}},
        {"insertDimension": {"range": rows_of(1, 3)}},
        {"deleteDimension": {"range": rows_of(0, 1, "COLUMNS")}},
    )
    answer = model.call("get")
    assert answer["namedRanges"][0]["range"] == {
        "startRowIndex": 4,
        "endRowIndex": 6,
        "startColumnIndex": 0,
        "endColumnIndex": 1,
    }
    sheet = answer["sheets"][0]
    assert sheet["merges"][0]["startRowIndex"] == 7
    assert sheet["basicFilter"]["range"]["endRowIndex"] == 11
    assert "protectedRanges" not in sheet
