"""What is refused, and how ranges and looks are told: details that clients compare."""

from __future__ import annotations

from typing import Any

import pytest

from .model_book import ModelBook

A1 = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 1}


@pytest.fixture
def model() -> ModelBook:
    return ModelBook()


def looks(model: ModelBook, cell: str) -> dict[str, Any]:
    """One cell with all its sides."""
    sheet = model.call("get", ranges=[cell], includeGridData="true")["sheets"][0]
    found: dict[str, Any] = sheet["data"][0]["rowData"][0]["values"][0]
    return found


def test_a_bare_text_that_reads_as_a_cell_is_a_cell_even_if_a_sheet_is_called_so(model: ModelBook) -> None:
    model.batch({"addSheet": {"properties": {"title": "B2"}}})
    assert model.call("values.get", range="B2")["range"] == "Sheet1!B2"
    assert model.call("values.get", range="'B2'")["range"] == "'B2'!A1:Z1000"
    assert model.call("values.get", range="B2!C3")["range"] == "'B2'!C3"


def test_a_cell_given_by_both_ends_holds_no_more_than_a_cell(model: ModelBook) -> None:
    body = {"values": [["x", "y"]]}
    message = model.refusal("values.update", body, range="Sheet1!A1:A1", valueInputOption="RAW")
    assert message == "Requested writing within range [Sheet1!A1], but tried writing to column [B]"
    assert model.call("values.update", body, range="A1", valueInputOption="RAW")["updatedCells"] == 2


def test_a_refused_write_names_the_sheet_as_google_quotes_it(model: ModelBook) -> None:
    model.batch({"addSheet": {"properties": {"title": "two words"}}})
    body = {"values": [["x", "y"]]}
    for asked, told in (("'Sheet1'!A1:A2", "Sheet1!A1:A2"), ("two words!A:A", "'two words'!A:A")):
        message = model.refusal("values.update", body, range=asked, valueInputOption="RAW")
        assert message == f"Requested writing within range [{told}], but tried writing to column [B]"


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("updateSheetProperties", {"properties": {"sheetId": 0}, "fields": "colour"}),
        ("repeatCell", {"range": A1, "cell": {}, "fields": "userEnteredFormat(textFormat.colour)"}),
        ("updateCells", {"range": A1, "rows": [], "fields": "note,userEnteredValue.colour"}),
    ],
)
def test_a_mask_with_an_unknown_field_is_refused(
    model: ModelBook, name: str, request_: dict[str, Any]
) -> None:
    told = model.refusal("batchUpdate", {"requests": [{name: request_}]})
    assert told.startswith(f"Invalid requests[0].{name}: Invalid field: ")
    assert told.endswith("colour")


def test_masks_may_use_slashes_snake_case_and_stars(model: ModelBook) -> None:
    model.batch(
        {
            "updateSheetProperties": {
                "properties": {"sheetId": 0, "gridProperties": {"rowCount": 7, "frozenRowCount": 1}},
                "fields": "gridProperties/rowCount,grid_properties.frozen_row_count",
            }
        },
        {"repeatCell": {"range": A1, "cell": {"note": "n"}, "fields": "*"}},
    )
    grid = model.call("get")["sheets"][0]["properties"]["gridProperties"]
    assert grid == {"rowCount": 7, "columnCount": 26, "frozenRowCount": 1}
    assert looks(model, "A1")["note"] == "n"


@pytest.mark.parametrize("kind", ["TEXT_STARTS_WITH", "DATE_NOT_EQ", "FILTER_EXPRESSION"])
def test_conditions_of_filters_are_no_data_validation(model: ModelBook, kind: str) -> None:
    condition = {"type": kind, "values": [{"userEnteredValue": "1"}]}
    request = {"setDataValidation": {"range": A1, "rule": {"condition": condition}}}
    assert kind in model.refusal("batchUpdate", {"requests": [request]})


def test_a_locale_of_no_language_is_refused(model: ModelBook) -> None:
    def request(locale: str) -> dict[str, Any]:
        return {"updateSpreadsheetProperties": {"properties": {"locale": locale}, "fields": "locale"}}

    model.batch(request("zh_CN"), request("fil"), request("es"))
    assert model.call("get")["properties"]["locale"] == "es"
    assert "Unsupported locale: xx_YY" in model.refusal("batchUpdate", {"requests": [request("xx_YY")]})


def test_links_look_like_links(model: ModelBook) -> None:
    model.enter("A1", ['=HYPERLINK("https://x.test","x")'])
    cell = looks(model, "A1")
    assert (cell["hyperlink"], cell["formattedValue"]) == ("https://x.test", "x")
    shown = cell["effectiveFormat"]
    assert (shown["hyperlinkDisplayType"], shown["textFormat"]["underline"]) == ("LINKED", True)
    assert shown["textFormat"]["foregroundColorStyle"] == {"themeColor": "LINK"}
    model.enter("A1", ["plain"])
    assert looks(model, "A1")["effectiveFormat"]["hyperlinkDisplayType"] == "PLAIN_TEXT"


def test_fitted_columns_are_measured_by_what_is_shown(model: ModelBook) -> None:
    model.enter("A1", ['="a"&"b"&"c"&"d"&"e"', "abcde", "x" * 50])
    columns = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 3}
    model.batch({"autoResizeDimensions": {"dimensions": columns}})
    grid = model.call("get", ranges=["A1:C1"], includeGridData="true")["sheets"][0]["data"][0]
    first, second, third = (column["pixelSize"] for column in grid["columnMetadata"])
    assert first == second < third


def test_pictures_have_no_value(model: ModelBook) -> None:
    model.enter("A1", ['=IMAGE("https://x.test/i.png")', "=SPARKLINE({1,2})", "end"])
    assert model.plain() == [["", "", "end"]]


def test_a_leading_plus_begins_a_formula_unless_it_is_a_sign(model: ModelBook) -> None:
    model.enter("A1", ["+1+1", "+5", "+1 (555) 0100", "+"])
    assert model.formulas() == [["=+1+1", 5, "=+1 (555) 0100", "+"]]
    assert model.plain() == [[2, 5, "#ERROR!", "+"]]


def test_the_time_stands_still_between_changes(model: ModelBook) -> None:
    model.enter("A1", ["=NOW()-NOW()", "=NOW()", "=B1-A1"])
    (first,), (second,) = model.plain(), model.plain()
    assert first == second
    assert first[0] == 0
