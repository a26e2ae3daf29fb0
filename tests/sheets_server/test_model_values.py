"""The values methods: ranges, answers, refusals, appending, clearing."""

from __future__ import annotations

import pytest

from .model_book import ModelBook, box, cells


@pytest.fixture
def model() -> ModelBook:
    return ModelBook()


@pytest.mark.parametrize(
    ("asked", "echoed"),
    [
        ("Sheet1", "Sheet1!A1:Z1000"),
        ("'Sheet1'", "Sheet1!A1:Z1000"),
        ("A1", "Sheet1!A1"),
        ("sheet1!a1:b2", "Sheet1!A1:B2"),
        ("Sheet1!B2:A1", "Sheet1!A1:B2"),
        ("A:C", "Sheet1!A1:C1000"),
        ("2:3", "Sheet1!A2:Z3"),
        ("A2:B", "Sheet1!A2:B1000"),
        ("B2:3", "Sheet1!B2:Z3"),
        ("$A$1:$B$2", "Sheet1!A1:B2"),
        ("R1C1:R2C3", "Sheet1!A1:C2"),
        ("A990:ZZ2000", "Sheet1!A990:Z1000"),
        ("'Say ''hi'''!A1", "'Say ''hi'''!A1"),
        ("Data.2!A1", "'Data.2'!A1"),
        ("pg4!A1", "'pg4'!A1"),
        ("名单", "'名单'!A1:Z1000"),
        ("named", "Sheet1!B2:C3"),
        ("Sheet1!named", "Sheet1!B2:C3"),
    ],
)
def test_ranges_as_asked_and_as_echoed(model: ModelBook, asked: str, echoed: str) -> None:
    for title in ("Say 'hi'", "Data.2", "pg4", "名单"):
        model.batch({"addSheet": {"properties": {"title": title}}})
    model.batch({"addNamedRange": {"namedRange": {"name": "named", "range": box(1, 3, 1, 3)}}})
    answer = model.call("values.get", range=asked)
    assert answer == {"range": echoed, "majorDimension": "ROWS"}


@pytest.mark.parametrize("asked", ["Nope!A1", "A0", "1A", "Sheet1!A1:B2:C3", "", "Sheet1!?", "A"])
def test_ranges_that_cannot_be_read(model: ModelBook, asked: str) -> None:
    assert model.refusal("values.get", range=asked) == f"Unable to parse range: {asked}"


def test_a_range_that_starts_outside_of_the_grid(model: ModelBook) -> None:
    limits = "exceeds grid limits. Max rows: 1000, max columns: 26"
    assert model.refusal("values.get", range="A1001") == f"Range (Sheet1!A1001) {limits}"
    assert model.refusal("values.get", range="AA1:AB") == f"Range (Sheet1!AA1:AB) {limits}"
    write = {"values": [["x"]]}
    told = model.refusal("values.update", write, range="A999:A1001", valueInputOption="RAW")
    assert told == f"Range (Sheet1!A999:A1001) {limits}"
    told = model.refusal("values.batchClear", {"ranges": ["A1", "A1001:ZZ"]})
    assert told == f"Invalid range[1]: Range (Sheet1!A1001:ZZ) {limits}"


def test_rows_are_ragged_and_columns_can_come_first(model: ModelBook) -> None:
    model.enter("B2", ["a", None, 3], [], [None, "b"])
    assert model.shown("A1:F9") == [[], ["", "a", "", "3"], [], ["", "", "b"]]
    assert model.shown("A1:F9", majorDimension="COLUMNS") == [[], ["", "a"], ["", "", "", "b"], ["", "3"]]


def test_columns_first_can_be_written(model: ModelBook) -> None:
    body = {"majorDimension": "COLUMNS", "values": [["a", "b"], ["c"]]}
    answer = model.call(
        "values.update", body, range="A1", valueInputOption="RAW", includeValuesInResponse="true"
    )
    assert answer == {
        "spreadsheetId": model.id,
        "updatedRange": "Sheet1!A1:B2",
        "updatedRows": 2,
        "updatedColumns": 2,
        "updatedCells": 3,
        "updatedData": {
            "range": "Sheet1!A1:B2",
            "majorDimension": "COLUMNS",
            "values": [["a", "b"], ["c"]],
        },
    }


def test_writing_past_the_asked_range(model: ModelBook) -> None:
    def refused(asked: str, *rows: list[str]) -> str:
        return model.refusal("values.update", {"values": list(rows)}, range=asked, valueInputOption="RAW")

    words = "but tried writing to"
    assert refused("A1:B1", ["x"] * 3) == f"Requested writing within range [Sheet1!A1:B1], {words} column [C]"
    told = refused("'Sheet1'!A1:B1", ["x"], ["y"])
    assert told == f"Requested writing within range [Sheet1!A1:B1], {words} row [2]"
    told = refused("A1000", ["x"], ["y"])
    assert told == f"Requested writing within range [Sheet1!A1000], {words} row [1001]"
    assert model.shown() == []


def test_values_that_are_not_values(model: ModelBook) -> None:
    told = model.refusal("values.update", {"values": [["a"], [["b"]]]}, range="A1", valueInputOption="RAW")
    assert told == 'Invalid values[1][0]: list_value {\n  values {\n    string_value: "b"\n  }\n}\n'
    told = model.refusal("values.update", {"values": [[{"k": 1}]]}, range="A1", valueInputOption="RAW")
    assert told.startswith('Invalid values[0][0]: struct_value {\n  fields {\n    key: "k"')
    told = model.refusal("values.update", {"values": [["x" * 50_001]]}, range="A1", valueInputOption="RAW")
    assert told == "Your input contains more than the maximum of 50000 characters in a single cell."
    told = model.refusal("values.update", {"values": [["x"]]}, range="A1")
    assert told == "'valueInputOption' is required but not specified"


def test_a_batch_of_values_is_all_or_nothing(model: ModelBook) -> None:
    data = [{"range": "A1:A4", "majorDimension": "COLUMNS", "values": [["a", "b", "c", "d"]]}]
    data.append({"range": "B1:D2", "values": [["e", "f", "g"], ["h", "i", "j"]]})
    answer = model.call("values.batchUpdate", {"valueInputOption": "RAW", "data": data})
    totals = {name: value for name, value in answer.items() if name.startswith("total")}
    assert totals == {
        "totalUpdatedRows": 4,
        "totalUpdatedColumns": 4,
        "totalUpdatedCells": 10,
        "totalUpdatedSheets": 1,
    }
    assert [item["updatedCells"] for item in answer["responses"]] == [4, 6]
    bad = [{"range": "A1", "values": [["changed"]]}, {"range": "Nope!A1", "values": [["x"]]}]
    told = model.refusal("values.batchUpdate", {"valueInputOption": "RAW", "data": bad})
    assert told == "Invalid data[1]: Unable to parse range: Nope!A1"
    assert model.shown("A1") == [["a"]]


def test_nulls_are_skipped_and_empty_texts_clear(model: ModelBook) -> None:
    model.enter("A1", ["a", "b", "c"])
    answer = model.enter("A1", [None, "", "d"])
    assert (answer["updatedCells"], answer["updatedColumns"]) == (2, 2)
    assert model.shown() == [["a", "", "d"]]
    assert model.enter("A1") == {"spreadsheetId": model.id, "updatedRange": "Sheet1!A1"}


class TestAppending:
    """The guide's example: tables at A1:C2 and B4:D6."""

    @pytest.fixture
    def tables(self, model: ModelBook) -> ModelBook:
        model.enter("A1", ["x", "y", "z"], ["x", "y", "z"])
        model.enter("B4", ["x", "y"], ["y", "z"], ["x", "y", "z"])
        return model

    @pytest.mark.parametrize(
        ("asked", "written"),
        [
            ("Sheet1", "Sheet1!B7"),
            ("B4", "Sheet1!B7"),
            ("C5:D5", "Sheet1!B7"),
            ("B2:D4", "Sheet1!B7"),
            ("A3:G10", "Sheet1!B7"),
            ("A1", "Sheet1!A3"),
            ("E4", "Sheet1!E4"),
            ("A4", "Sheet1!A4"),
        ],
    )
    def test_which_table_is_meant(self, tables: ModelBook, asked: str, written: str) -> None:
        answer = tables.call("values.append", {"values": [["n"]]}, range=asked, valueInputOption="RAW")
        assert answer["updates"]["updatedRange"] == written
        assert ("tableRange" in answer) == (written not in ("Sheet1!E4", "Sheet1!A4"))

    def test_overwriting_and_inserting(self, tables: ModelBook) -> None:
        body = {"values": [["n"], ["m"]]}
        tables.call("values.append", body, range="A1", valueInputOption="RAW", insertDataOption="INSERT_ROWS")
        assert tables.shown("A1:D6") == [
            ["x", "y", "z"], ["x", "y", "z"], ["n"], ["m"], [], ["", "x", "y"]
        ]  # fmt: skip
        tables.call("values.append", {"values": [["o"], ["p"]]}, range="A1", valueInputOption="RAW")
        assert tables.shown("A5:D6") == [["o"], ["p", "x", "y"]]

    def test_the_grid_grows(self) -> None:
        small = ModelBook(2, 2)
        small.enter("A1", ["a"], ["b"])
        answer = small.call(
            "values.append", {"values": [["c", "d", "e"]]}, range="A1", valueInputOption="RAW"
        )
        assert answer["updates"]["updatedRange"] == "Sheet1!A3:C3"
        assert small.sheet()["properties"]["gridProperties"] == {"rowCount": 3, "columnCount": 3}


def test_clearing_drops_values_and_keeps_the_rest(model: ModelBook) -> None:
    model.enter("A1", ["a", "50%"])
    note = [{"values": [{"note": "n"}]}]
    model.batch({"updateCells": {"range": box(0, 1, 0, 1), "rows": note, "fields": "note"}})
    assert model.call("values.clear", {}, range="A:B") == {
        "spreadsheetId": model.id,
        "clearedRange": "Sheet1!A1:B1000",
    }
    data = model.sheet(includeGridData="true")["data"][0]["rowData"][0]["values"]
    assert data[0] == {"note": "n"}
    assert data[1]["userEnteredFormat"] == {"numberFormat": {"type": "PERCENT", "pattern": "0%"}}
    assert "values" not in model.call("values.get", range="Sheet1")


def test_dates_as_numbers_or_as_shown(model: ModelBook) -> None:
    model.enter("A1", ["2026-03-04", "50%", "=A1+1"])
    assert model.plain() == [[46085, 0.5, 46086]]
    options = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "FORMATTED_STRING"}
    assert model.shown(**options) == [["2026-03-04", 0.5, "2026-03-05"]]
    assert model.formulas() == [[46085, 0.5, "=A1+1"]]


def test_several_ranges_in_one_call(model: ModelBook) -> None:
    model.batch({"updateCells": {"start": {"sheetId": 0}, "rows": cells(["a", 2]), "fields": "*"}})
    answer = model.call("values.batchGet", ranges=["A1", "B1"], valueRenderOption="UNFORMATTED_VALUE")
    assert answer == {
        "spreadsheetId": model.id,
        "valueRanges": [
            {"range": "Sheet1!A1", "majorDimension": "ROWS", "values": [["a"]]},
            {"range": "Sheet1!B1", "majorDimension": "ROWS", "values": [[2]]},
        ],
    }


def test_data_filters(model: ModelBook) -> None:
    model.enter("A1", ["a", "b"], ["c", "d"])
    location = {"dimensionRange": {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}}
    metadata = {"metadataId": 9, "metadataKey": "k", "visibility": "DOCUMENT", "location": location}
    model.batch({"createDeveloperMetadata": {"developerMetadata": metadata}})
    by_key = {"developerMetadataLookup": {"metadataKey": "k"}}
    answer = model.call("values.batchGetByDataFilter", {"dataFilters": [by_key, {"a1Range": "A1"}]})
    ranges = [item["valueRange"]["range"] for item in answer["valueRanges"]]
    assert ranges == ["Sheet1!A2:Z2", "Sheet1!A1"]
    data = [{"dataFilter": by_key, "values": [["e"]]}]
    model.call("values.batchUpdateByDataFilter", {"valueInputOption": "RAW", "data": data})
    assert model.shown() == [["a", "b"], ["e", "d"]]
    model.call("values.batchClearByDataFilter", {"dataFilters": [{"gridRange": box(0, 1, 0, 9)}]})
    assert model.shown() == [[], ["e", "d"]]
