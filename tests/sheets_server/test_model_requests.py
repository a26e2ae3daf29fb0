"""The requests of batchUpdate, one family after the other."""

from __future__ import annotations

from typing import Any

import pytest

from .discovery import sheets as sheets_api
from .edits import HANDLERS
from .errors import ApiError
from .model_book import ModelBook, box, cells, rows_of

NOT_EMULATED = {
    "addCommentReply", "addDataSource", "cancelDataSourceRefresh", "deleteComment", "deleteCommentReply",
    "deleteDataSource", "insertComment", "refreshDataSource", "updateCommentPost", "updateDataSource",
}  # fmt: skip


@pytest.fixture
def model() -> ModelBook:
    return ModelBook()


def style(**parts: Any) -> dict[str, Any]:
    return {"userEnteredFormat": parts}


def cell_at(model: ModelBook, text: str) -> dict[str, Any]:
    data = model.sheet(ranges=[text], includeGridData="true")["data"][0]
    found: dict[str, Any] = data.get("rowData", [{}])[0].get("values", [{}])[0]
    return found


def test_each_published_request_is_carried_out_or_named_as_missing(model: ModelBook) -> None:
    published = set(sheets_api().schemas["Request"]["properties"])
    assert set(HANDLERS) | NOT_EMULATED == published
    with pytest.raises(ApiError) as caught:
        model.batch({"addDataSource": {}})
    assert (caught.value.code, caught.value.status) == (501, "UNIMPLEMENTED")


# -- cells ------------------------------------------------------------------------------------
def test_update_cells_from_a_start_skips_what_is_not_given(model: ModelBook) -> None:
    model.enter("A1", ["a", "b", "c"], ["d", "e", "f"])
    rows = [*cells(["x"]), {}, *cells([None, "y"])]
    model.batch({"updateCells": {"start": {"sheetId": 0}, "rows": rows, "fields": "userEnteredValue"}})
    assert model.shown() == [["x", "b", "c"], ["d", "e", "f"], ["", "y"]]


def test_update_cells_over_a_range_clears_what_is_not_given(model: ModelBook) -> None:
    model.enter("A1", ["a", "b", "c"], ["d", "e", "f"])
    request = {"range": box(0, 2, 0, 2), "rows": cells(["x"]), "fields": "userEnteredValue"}
    model.batch({"updateCells": request})
    assert model.shown() == [["x", "", "c"], ["", "", "f"]]
    told = model.batch_refusal({"updateCells": {**request, "rows": cells(["x", "y", "z"])}})
    words = "Attempting to write column: 2, beyond the last requested column of: 1"
    assert told == f"Invalid requests[0].updateCells: {words}"
    told = model.batch_refusal({"updateCells": {**request, "rows": cells(["x"], ["y"], ["z"])}})
    assert told.endswith("Attempting to write row: 2, beyond the last requested row of: 1")
    told = model.batch_refusal({"updateCells": {**request, "range": box(999, 1001, 0, 3)}})
    assert told == (
        "Invalid requests[0].updateCells: "
        "Range (Sheet1!A1000:C1001) exceeds grid limits. Max rows: 1000, max columns: 26"
    )


def test_typed_values_are_kept_as_they_are(model: ModelBook) -> None:
    values = ["007", "'x", " a ", "1/2", 7, 1.5, True, "=1+1"]
    start = {"sheetId": 0, "rowIndex": 0, "columnIndex": 0}
    rows = cells(values)
    rows[0]["values"].append({"userEnteredValue": {"stringValue": "=1+1"}})
    model.batch({"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}})
    assert model.plain() == [["007", "'x", " a ", "1/2", 7, 1.5, True, 2, "=1+1"]]
    assert cell_at(model, "H1")["userEnteredValue"] == {"formulaValue": "=1+1"}
    assert cell_at(model, "I1")["userEnteredValue"] == {"stringValue": "=1+1"}
    long = [{"values": [{"userEnteredValue": {"stringValue": "x" * 50_001}}]}]
    told = model.batch_refusal({"updateCells": {"start": start, "rows": long, "fields": "*"}})
    assert told.endswith("more than the maximum of 50000 characters in a single cell.")


def test_formats_merge_under_a_mask(model: ModelBook) -> None:
    red = style(backgroundColor={"red": 1}, textFormat={"bold": True, "fontSize": 12})
    first = {"repeatCell": {"range": box(0, 1, 0, 1), "cell": red, "fields": "userEnteredFormat"}}
    second = {
        "repeatCell": {
            "range": box(0, 1, 0, 1),
            "cell": style(textFormat={"italic": True}, borders={"top": {"style": "SOLID"}}),
            "fields": "userEnteredFormat(textFormat(italic,fontSize),borders)",
        }
    }
    model.batch(first, second)
    assert cell_at(model, "A1")["userEnteredFormat"] == {
        "backgroundColor": {"red": 1},
        "backgroundColorStyle": {"rgbColor": {"red": 1}},
        "textFormat": {"bold": True, "italic": True},
        "borders": {"top": {"style": "SOLID", "width": 1, "color": {}, "colorStyle": {"rgbColor": {}}}},
    }
    model.batch({"repeatCell": {"range": {"sheetId": 0}, "cell": {}, "fields": "userEnteredFormat"}})
    assert cell_at(model, "A1") == {}


def test_repeated_formulas_move_along(model: ModelBook) -> None:
    cell = {"userEnteredValue": {"formulaValue": "=A1+$A$1"}}
    request = {"range": box(1, 3, 1, 3), "cell": cell, "fields": "userEnteredValue"}
    model.batch({"repeatCell": request})
    assert model.formulas("B2:C3") == [["=A1+$A$1", "=B1+$A$1"], ["=A2+$A$1", "=B2+$A$1"]]


@pytest.mark.parametrize(
    ("range_", "named"),
    [
        ({"startRowIndex": 1005, "endColumnIndex": 2}, "A1006:B"),
        ({"startColumnIndex": 26, "startRowIndex": 0, "endRowIndex": 2}, "AA1:2"),
    ],
)
def test_repeating_past_the_grid(model: ModelBook, range_: dict[str, Any], named: str) -> None:
    request = {"range": {"sheetId": 0, **range_}, "cell": {}, "fields": "note"}
    limits = "exceeds grid limits. Max rows: 1000, max columns: 26"
    told = model.batch_refusal({"repeatCell": request})
    assert told == f"Invalid requests[0].repeatCell: Range (Sheet1!{named}) {limits}"


def test_append_cells_goes_below_the_last_value_and_adds_rows() -> None:
    model = ModelBook(2, 2)
    model.enter("A1", ["a"], ["b"])
    model.batch({"appendCells": {"sheetId": 0, "rows": cells(["c"], ["d"]), "fields": "userEnteredValue"}})
    assert model.shown() == [["a"], ["b"], ["c"], ["d"]]
    assert model.sheet()["properties"]["gridProperties"]["rowCount"] == 4


# -- pasting ----------------------------------------------------------------------------------
def _paste(kind: str, **more: Any) -> dict[str, Any]:
    request = {"source": box(0, 1, 0, 2), "destination": box(2, 3, 0, 1), "pasteType": kind, **more}
    return {"copyPaste": request}


@pytest.mark.parametrize(
    ("kind", "formulas", "bold", "old_note"),
    [
        ("PASTE_NORMAL", ["a", "=A3&1"], True, False),
        ("PASTE_VALUES", ["a", "a1"], False, True),
        ("PASTE_FORMULA", ["a", "=A3&1"], False, True),
        ("PASTE_FORMAT", [], True, True),
        ("PASTE_NO_BORDERS", ["a", "=A3&1"], True, False),
        ("PASTE_DATA_VALIDATION", [], False, True),
    ],
)
def test_paste_types(model: ModelBook, kind: str, formulas: list[str], bold: bool, old_note: bool) -> None:
    model.enter("A1", ["a", "=A1&1"])
    look = style(textFormat={"bold": True}, borders={"top": {"style": "SOLID"}})
    model.batch(
        {"repeatCell": {"range": box(0, 1, 0, 2), "cell": look, "fields": "userEnteredFormat"}},
        {"repeatCell": {"range": box(2, 3, 0, 2), "cell": {"note": "n"}, "fields": "note"}},
        _paste(kind),
    )
    assert model.formulas("A3:B3") == ([formulas] if formulas else [])
    found = cell_at(model, "A3")
    assert ("textFormat" in found.get("userEnteredFormat", {})) == bold
    assert ("borders" in found.get("userEnteredFormat", {})) == (bold and kind != "PASTE_NO_BORDERS")
    assert ("note" in found) == old_note


def test_a_paste_is_tiled_or_turned(model: ModelBook) -> None:
    model.enter("A1", ["a", "b"])
    model.batch(_paste("PASTE_NORMAL", destination=box(2, 4, 0, 4)))
    assert model.shown("A3:E5") == [["a", "b", "a", "b"], ["a", "b", "a", "b"]]
    model.batch(_paste("PASTE_NORMAL", destination=box(6, 7, 0, 1), pasteOrientation="TRANSPOSE"))
    assert model.shown("A7:B8") == [["a"], ["b"]]


def test_requests_see_those_before_them(model: ModelBook) -> None:
    model.enter("A1", ["old"])
    model.batch(
        _paste("PASTE_VALUES"),
        {"updateCells": {"start": {"sheetId": 0}, "rows": cells(["new"]), "fields": "userEnteredValue"}},
        {"insertDimension": {"range": rows_of(0, 1)}},
        _paste("PASTE_VALUES", source=box(1, 2, 0, 1), destination=box(4, 5, 0, 1)),
    )
    assert model.shown("A1:A5") == [[], ["new"], [], ["old"], ["new"]]


def test_cutting_moves_cells_and_what_refers_to_them(model: ModelBook) -> None:
    model.enter("A1", [1, "=A1"], ["=B1"])
    request = {"source": box(0, 1, 0, 1), "destination": {"sheetId": 0, "rowIndex": 4, "columnIndex": 3}}
    model.batch({"cutPaste": {**request, "pasteType": "PASTE_NORMAL"}})
    assert model.formulas() == [["", "=D5"], ["=B1"], [], [], ["", "", "", 1]]


def test_merging_keeps_the_first_value(model: ModelBook) -> None:
    model.enter("A1", ["a", "b"], ["c", "d"])
    model.batch({"mergeCells": {"range": box(0, 2, 0, 2), "mergeType": "MERGE_ROWS"}})
    assert model.shown() == [["a"], ["c"]]
    assert [merge["endRowIndex"] for merge in model.sheet()["merges"]] == [1, 2]
    told = model.batch_refusal({"unmergeCells": {"range": box(0, 1, 0, 1)}})
    assert told.endswith("You must select all cells in a merged range to merge or unmerge them.")
    model.batch({"unmergeCells": {"range": box(0, 2, 0, 2)}})
    assert "merges" not in model.sheet()


# -- sorting, finding -------------------------------------------------------------------------
def _sort(order: str, **range_: Any) -> dict[str, Any]:
    specs = [{"dimensionIndex": 0, "sortOrder": order}]
    return {"sortRange": {"range": {"sheetId": 0, **range_}, "sortSpecs": specs}}


def test_sorting_orders_kinds_and_leaves_blanks_last(model: ModelBook) -> None:
    model.enter("A1", [True], ["b"], [None, "x"], [2], ["A"], ["=1/0"], [-1])
    model.batch(_sort("ASCENDING", endRowIndex=7))
    assert model.shown("A1:A7") == [["-1"], ["2"], ["A"], ["b"], ["TRUE"], ["#DIV/0!"]]
    model.batch(_sort("DESCENDING", endRowIndex=7))
    assert model.shown("A1:A7") == [["#DIV/0!"], ["TRUE"], ["b"], ["A"], ["2"], ["-1"]]
    assert model.shown("B7") == [["x"]]


def test_sorting_skips_hidden_rows_and_refuses_tall_merges(model: ModelBook) -> None:
    model.enter("A1", [3], [2], [1])
    hide = {"range": rows_of(1, 2), "properties": {"hiddenByUser": True}, "fields": "hiddenByUser"}
    model.batch({"updateDimensionProperties": hide}, _sort("ASCENDING", endRowIndex=3))
    assert model.plain() == [[1], [2], [3]]
    model.batch({"mergeCells": {"range": box(0, 2, 0, 1), "mergeType": "MERGE_ALL"}})
    assert "merges" in model.batch_refusal(_sort("ASCENDING"))


def test_find_and_replace(model: ModelBook) -> None:
    model.enter("A1", ["Google Sheets", "google"], [12, "=A1"])
    model.batch({"addSheet": {"properties": {"title": "Other", "sheetId": 3}}})
    model.enter("Other!A1", ["ogre"])
    (reply,) = model.batch({"findReplace": {"find": "O", "replacement": "0", "allSheets": True}})
    assert reply["findReplace"] == {
        "valuesChanged": 3, "rowsChanged": 2, "sheetsChanged": 2, "occurrencesChanged": 5
    }  # fmt: skip
    request = {"find": "(.*) (.*)", "replacement": "$2 $1", "searchByRegex": True, "sheetId": 0}
    model.batch({"findReplace": request})
    assert model.shown() == [["Sheets G00gle", "g00gle"], ["12", "Sheets G00gle"]]
    (reply,) = model.batch({"findReplace": {"find": "nothing", "sheetId": 0}})
    assert reply == {"findReplace": {}}


def test_small_text_tools(model: ModelBook) -> None:
    model.enter("A1", ["  a   b "], ["x,1,2026-03-04"], ["x,1,2026-03-04"], option="RAW")
    (reply,) = model.batch({"trimWhitespace": {"range": box(0, 3, 0, 1)}})
    assert reply == {"trimWhitespace": {"cellsChangedCount": 1}}
    (reply,) = model.batch({"deleteDuplicates": {"range": box(0, 3, 0, 1)}})
    assert reply == {"deleteDuplicates": {"duplicatesRemovedCount": 1}}
    model.batch({"textToColumns": {"source": box(1, 2, 0, 1), "delimiterType": "COMMA"}})
    assert model.plain() == [["a b"], ["x", 1, 46085]]
    paste = {"coordinate": {"sheetId": 0, "rowIndex": 3}, "data": "p\tq\n1\t2", "delimiter": "\t"}
    model.batch({"pasteData": {**paste, "type": "PASTE_NORMAL"}})
    assert model.plain("A4:B5") == [["p", "q"], [1, 2]]
    fill = {"source": box(4, 5, 0, 2), "dimension": "ROWS", "fillLength": 2}
    model.batch({"autoFill": {"sourceAndDestination": fill, "useAlternateSeries": True}})
    assert model.plain("A5:B7") == [[1, 2], [2, 3], [3, 4]]
