"""Requests about sheets, names, protection, metadata, filters and what lies on sheets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from .errors import ApiError
from .model_book import OWNER, ModelBook, box, cells, rows_of


@pytest.fixture
def model() -> ModelBook:
    return ModelBook()


# -- sheets -----------------------------------------------------------------------------------
def test_sheets(model: ModelBook) -> None:
    (reply,) = model.batch({"addSheet": {"properties": {"title": "Two", "index": 0, "sheetId": 2}}})
    assert reply["addSheet"]["properties"] == {
        "sheetId": 2,
        "title": "Two",
        "index": 0,
        "sheetType": "GRID",
        "gridProperties": {"rowCount": 1000, "columnCount": 26},
    }
    model.enter("Sheet1!A1", ["a", "=Two!A1"])
    model.batch({"duplicateSheet": {"sourceSheetId": 0, "insertSheetIndex": 1}})
    assert [s["properties"]["title"] for s in model.call("get")["sheets"]] == [
        "Two",
        "Copy of Sheet1",
        "Sheet1",
    ]
    rename = {"properties": {"sheetId": 2, "title": "The second"}, "fields": "title"}
    model.batch({"updateSheetProperties": rename})
    assert model.formulas("'Copy of Sheet1'!A1:B1") == [["a", "='The second'!A1"]]
    move = {"properties": {"sheetId": 2, "index": 2}, "fields": "index"}
    model.batch({"updateSheetProperties": move})
    assert model.book.sheets[1].sheet_id == 2
    model.batch({"deleteSheet": {"sheetId": 2}})
    assert len(model.book.sheets) == 2


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (
            {"addSheet": {"properties": {"title": "sheet1"}}},
            'addSheet: A sheet with the name "sheet1" already exists. Please enter another name.',
        ),
        ({"deleteSheet": {"sheetId": 0}}, "deleteSheet: You can't remove all the sheets in a document."),
        ({"deleteSheet": {"sheetId": 8}}, "deleteSheet: No sheet with id: 8"),
        (
            {"updateSheetProperties": {"properties": {"hidden": True}, "fields": "hidden"}},
            "updateSheetProperties: You can't hide all the sheets in a document.",
        ),
        (
            {"updateSheetProperties": {"properties": {"title": "x"}}},
            "updateSheetProperties: At least one field must be listed in 'fields'. "
            "(Use '*' to indicate all fields.)",
        ),
        (
            {"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 400_000}},
            "appendDimension: This action would increase the number of cells in the workbook "
            "above the limit of 10000000 cells.",
        ),
        (
            {"insertDimension": {"range": {**rows_of(0, 1), "sheetId": 9}}},
            "insertDimension: No grid with id: 9",
        ),
        (
            {"insertDimension": {"range": rows_of(1000, 1001)}},
            "insertDimension: range.startIndex must be less than the grid size (1000) "
            "if inheritFromBefore is false.",
        ),
        (
            {"deleteDimension": {"range": rows_of(1000, 1001)}},
            "deleteDimension: Cannot delete a row that doesn't exist. "
            "Tried to delete row index 1000 but there are only 1000 rows.",
        ),
        (
            {"deleteDimension": {"range": rows_of(0, 1000)}},
            "deleteDimension: You can't delete all the rows on the sheet.",
        ),
    ],
)
def test_refusals(model: ModelBook, request_: dict[str, Any], told: str) -> None:
    assert model.batch_refusal(request_) == f"Invalid requests[0].{told}"


def test_the_last_unfrozen_rows_stay(model: ModelBook) -> None:
    freeze = {
        "properties": {"gridProperties": {"frozenRowCount": 1}},
        "fields": "gridProperties.frozenRowCount",
    }
    model.batch({"updateSheetProperties": freeze})
    told = model.batch_refusal({"deleteDimension": {"range": rows_of(1, 1000)}})
    assert told.endswith("Sorry, it is not possible to delete all non-frozen rows.")


# -- names, protection, metadata --------------------------------------------------------------
def test_protected_cells_refuse_others(model: ModelBook) -> None:
    (reply,) = model.batch(
        {"addProtectedRange": {"protectedRange": {"range": box(0, 1, 0, 26), "description": "d"}}}
    )
    number = reply["addProtectedRange"]["protectedRange"]["protectedRangeId"]
    write = {"updateCells": {"start": {"sheetId": 0}, "rows": cells(["x"]), "fields": "userEnteredValue"}}
    told = (
        "You are trying to edit a protected cell or object. "
        "Please contact the spreadsheet owner to remove protection if you need to edit."
    )
    other = "other@example.test"
    assert model.batch_refusal(write, user=other) == f"Invalid requests[0].updateCells: {told}"
    delete = {"deleteDimension": {"range": rows_of(0, 1)}}
    assert model.batch_refusal(delete, user=other) == f"Invalid requests[0].deleteDimension: {told}"
    body = {"values": [["x"]]}
    assert model.refusal("values.update", body, range="A1", valueInputOption="RAW", user=other) == told
    model.call("values.update", body, range="A2", valueInputOption="RAW", user=other)
    (seen,) = model.call("get", user=other)["sheets"][0]["protectedRanges"]
    assert not {"editors", "requestingUserCanEdit"} & set(seen)
    change = {
        "protectedRange": {"protectedRangeId": number, "editors": {"users": [other]}},
        "fields": "editors",
    }
    model.batch({"updateProtectedRange": change})
    model.batch(write, user=other)
    model.batch({"deleteProtectedRange": {"protectedRangeId": number}}, user=OWNER)
    assert "protectedRanges" not in model.sheet()


def _metadata(**more: Any) -> dict[str, Any]:
    given = {"metadataKey": "k", "visibility": "DOCUMENT", "location": {"spreadsheet": True}, **more}
    return {"createDeveloperMetadata": {"developerMetadata": given}}


def test_metadata_ids_are_unique_and_a_taken_one_undoes_the_batch(model: ModelBook) -> None:
    model.batch(_metadata(metadataId=7))
    write = {"updateCells": {"start": {"sheetId": 0}, "rows": cells(["x"]), "fields": "userEnteredValue"}}
    told = model.batch_refusal(write, _metadata(metadataId=7))
    assert told.startswith(
        "Invalid requests[1].createDeveloperMetadata: Cannot add developer metadata with ID [7]"
    )
    assert model.shown() == []
    model.batch({"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": {"metadataId": 7}}}})
    model.batch(_metadata(metadataId=7, metadataValue="again"))
    assert model.call("developerMetadata.get", metadataId="7")["metadataValue"] == "again"


def test_metadata_has_a_limit_of_characters(model: ModelBook) -> None:
    model.batch(_metadata(metadataId=1, metadataValue="v" * 29_990))
    assert "30000" in model.batch_refusal(_metadata(metadataId=2, metadataValue="v" * 20))
    model.batch(_metadata(metadataId=3, metadataValue="v" * 20, location={"sheetId": 0}))


def test_metadata_is_searched_and_changed(model: ModelBook) -> None:
    column = {"dimensionRange": rows_of(2, 3, "COLUMNS")}
    model.batch(_metadata(metadataId=1), _metadata(metadataId=2, location=column, metadataValue="v"))
    lookup = {"developerMetadataLookup": {"locationType": "COLUMN"}}
    change = {"developerMetadata": {"metadataValue": "w"}, "fields": "metadataValue", "dataFilters": [lookup]}
    (reply,) = model.batch({"updateDeveloperMetadata": change})
    assert reply["updateDeveloperMetadata"]["developerMetadata"][0]["metadataValue"] == "w"
    found = model.call("developerMetadata.search", {"dataFilters": [lookup, {"a1Range": "C1"}]})
    (match,) = found["matchedDeveloperMetadata"]
    assert match["developerMetadata"]["location"]["dimensionRange"]["startIndex"] == 2
    assert len(match["dataFilters"]) == 2
    assert [e["metadataId"] for e in model.call("get")["developerMetadata"]] == [1]
    data = model.sheet(ranges=["A1:C1"], includeGridData="true")["data"][0]
    assert data["columnMetadata"][2]["developerMetadata"][0]["metadataId"] == 2


def test_metadata_dies_with_its_row_or_sheet(model: ModelBook) -> None:
    model.batch(
        {"addSheet": {"properties": {"sheetId": 4, "title": "t"}}},
        _metadata(metadataId=1, location={"dimensionRange": rows_of(3, 4)}),
        _metadata(metadataId=2, location={"sheetId": 4}),
        {"deleteDimension": {"range": rows_of(2, 5)}},
        {"deleteSheet": {"sheetId": 4}},
    )
    assert model.call("developerMetadata.search", {"dataFilters": [{"developerMetadataLookup": {}}]}) == {}


# -- filters and looks ------------------------------------------------------------------------
def test_a_basic_filter_hides_rows_until_it_is_cleared(model: ModelBook) -> None:
    model.enter("A1", ["head"], ["a"], ["b"], [5])
    criteria = {
        "0": {
            "hiddenValues": ["a"],
            "condition": {"type": "TEXT_NOT_EQ", "values": [{"userEnteredValue": "5"}]},
        }
    }
    model.batch({"setBasicFilter": {"filter": {"range": {"sheetId": 0}, "criteria": criteria}}})
    sheet = model.sheet(includeGridData="true")
    assert sheet["basicFilter"]["range"]["endRowIndex"] == 1000
    assert sheet["basicFilter"]["filterSpecs"][0]["filterCriteria"]["hiddenValues"] == ["a"]
    rows = sheet["data"][0]["rowMetadata"]
    assert [row.get("hiddenByFilter", False) for row in rows[:4]] == [False, True, False, True]
    model.batch({"clearBasicFilter": {"sheetId": 0}})
    assert not any(
        "hiddenByFilter" in row for row in model.sheet(includeGridData="true")["data"][0]["rowMetadata"]
    )


def test_objects_come_and_go(model: ModelBook) -> None:
    area = box(0, 9, 0, 3)
    rule = {
        "ranges": [area],
        "booleanRule": {"condition": {"type": "NOT_BLANK"}, "format": {"backgroundColor": {"green": 1}}},
    }
    banding = {"range": area, "rowProperties": {"firstBandColor": {"red": 1}, "secondBandColor": {"blue": 1}}}
    anchor = {"overlayPosition": {"anchorCell": {"sheetId": 0}}}
    replies = model.batch(
        {"addConditionalFormatRule": {"rule": rule, "index": 0}},
        {"addBanding": {"bandedRange": banding}},
        {"addFilterView": {"filter": {"title": "v", "range": area}}},
        {"addChart": {"chart": {"spec": {"title": "c"}, "position": anchor}}},
        {"addSlicer": {"slicer": {"spec": {"title": "s", "dataRange": area}, "position": anchor}}},
        {"addTable": {"table": {"name": "T", "range": area}}},
        {"addDimensionGroup": {"range": rows_of(1, 4)}},
    )
    sheet = model.sheet()
    kinds = ("conditionalFormats", "bandedRanges", "filterViews", "charts", "slicers", "tables", "rowGroups")
    assert all(len(sheet[kind]) == 1 for kind in kinds)
    model.batch(
        {"deleteConditionalFormatRule": {"sheetId": 0, "index": 0}},
        {"deleteBanding": {"bandedRangeId": replies[1]["addBanding"]["bandedRange"]["bandedRangeId"]}},
        {"deleteFilterView": {"filterId": replies[2]["addFilterView"]["filter"]["filterViewId"]}},
        {"deleteEmbeddedObject": {"objectId": replies[3]["addChart"]["chart"]["chartId"]}},
        {"deleteEmbeddedObject": {"objectId": replies[4]["addSlicer"]["slicer"]["slicerId"]}},
        {"deleteTable": {"tableId": replies[5]["addTable"]["table"]["tableId"]}},
        {"deleteDimensionGroup": {"range": rows_of(1, 4)}},
    )
    assert set(model.sheet()) == {"properties"}


def test_groups_nest_as_documented(model: ModelBook) -> None:
    spans = [rows_of(1, 5, "COLUMNS"), rows_of(2, 4, "COLUMNS")]
    model.batch(*({"addDimensionGroup": {"range": span}} for span in spans))
    (reply,) = model.batch({"deleteDimensionGroup": {"range": rows_of(3, 5, "COLUMNS")}})
    groups = reply["deleteDimensionGroup"]["dimensionGroups"]
    assert [(g["range"]["startIndex"], g["range"]["endIndex"], g["depth"]) for g in groups] == [
        (1, 4, 1),
        (2, 3, 2),
    ]


def test_the_answer_can_hold_the_touched_cells(model: ModelBook) -> None:
    write = {"updateCells": {"start": {"sheetId": 0}, "rows": cells(["x", 2]), "fields": "userEnteredValue"}}
    body = {
        "requests": [write],
        "includeSpreadsheetInResponse": True,
        "responseIncludeGridData": True,
        "responseRanges": ["A1:B1"],
    }
    answer = model.call("batchUpdate", body)
    (sheet,) = answer["updatedSpreadsheet"]["sheets"]
    values = sheet["data"][0]["rowData"][0]["values"]
    assert [cell["formattedValue"] for cell in values] == ["x", "2"]
    assert values[1]["effectiveFormat"]["horizontalAlignment"] == "RIGHT"


def test_a_sheet_is_copied_to_another_spreadsheet(model: ModelBook) -> None:
    model.enter("A1", ["a"])
    other = model.service.create("Other", owner=OWNER)
    body = {"destinationSpreadsheetId": other.spreadsheet_id}
    properties = model.call("sheets.copyTo", body, sheetId="0")
    assert (properties["title"], properties["index"]) == ("Copy of Sheet1", 1)
    assert other.sheets[1].cell(0, 0).value == "a"


def test_a_copied_spreadsheet_is_independent(model: ModelBook) -> None:
    model.enter("A1", ["a"])
    model.batch(_metadata(metadataId=1, location={"dimensionRange": rows_of(0, 1)}))
    twin = model.service.copy(model.id, "twin")
    model.enter("A1", ["b"])
    model.batch({"insertDimension": {"range": rows_of(0, 1)}})
    assert twin.sheets[0].cell(0, 0).value == "a"
    assert twin.metadata.entries[1].line_index() == 0


def test_a_new_spreadsheet_can_be_described(model: ModelBook) -> None:
    sheet = {
        "properties": {
            "title": "Data",
            "gridProperties": {"rowCount": 3, "columnCount": 2, "frozenRowCount": 1},
        },
        "data": [{"startRow": 1, "rowData": cells(["a", 1])}],
    }
    answer = model.service.call(
        "sheets.spreadsheets.create", {}, {}, {"properties": {"title": "New"}, "sheets": [sheet]}, OWNER
    )
    assert answer["properties"]["title"] == "New"
    book = model.service.spreadsheets[answer["spreadsheetId"]]
    assert (book.sheets[0].sheet_id, book.sheets[0].cell(1, 1).value) == (0, 1)
    with pytest.raises(ApiError, match="Requested entity was not found"):
        model.service.call("sheets.spreadsheets.get", {"spreadsheetId": "nope"}, {}, None)


def test_what_lies_on_a_copied_sheet_gets_its_own_id(model: ModelBook) -> None:
    model.batch({"addProtectedRange": {"protectedRange": {"range": box(0, 1, 0, 1)}}})
    model.batch({"duplicateSheet": {"sourceSheetId": 0, "insertSheetIndex": 1, "newSheetId": 5}})
    first, second = (sheet["protectedRanges"][0] for sheet in model.call("get")["sheets"])
    assert first["protectedRangeId"] != second["protectedRangeId"]
    assert second["range"]["sheetId"] == 5


def test_of_many_threads_one_gets_an_id(model: ModelBook) -> None:
    def try_it(number: int) -> bool:
        cell = cells([f"thread {number}"])
        write = {"updateCells": {"start": {"sheetId": 0}, "rows": cell, "fields": "userEnteredValue"}}
        try:
            model.batch(write, _metadata(metadataId=5, metadataValue=str(number)))
        except ApiError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [number for number, done in enumerate(pool.map(try_it, range(40))) if done]
    assert len(won) == 1
    assert model.shown() == [[f"thread {won[0]}"]]
