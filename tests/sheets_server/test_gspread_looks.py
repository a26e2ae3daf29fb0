"""gspread's Worksheet: properties, formats, notes, merges, filters, validation."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

import gspread
import pytest
from gspread.utils import MergeType, ValidationConditionType


@pytest.fixture
def sheet(book: gspread.Spreadsheet) -> gspread.Worksheet:
    return book.worksheet("客户")


def told(sheet: gspread.Worksheet, fields: str = "*") -> dict[str, Any]:
    """The sheet's resource as the API tells it."""
    sheets = sheet.spreadsheet.fetch_sheet_metadata({"fields": f"sheets({fields})"})["sheets"]
    return dict(next(item for item in sheets if item.get("properties", {}).get("sheetId") == sheet.id))


def cell_of(sheet: gspread.Worksheet, where: str) -> dict[str, Any]:
    params = {"ranges": f"'{sheet.title}'!{where}", "includeGridData": "true"}
    (found,) = sheet.spreadsheet.fetch_sheet_metadata(params)["sheets"]
    return dict(found["data"][0]["rowData"][0]["values"][0])


def test_title_index_colour_and_hiding(sheet: gspread.Worksheet, book: gspread.Spreadsheet) -> None:
    sheet.update_title("Clients")
    sheet.update_index(2)  # counted before the sheet is taken out
    sheet.update_tab_color("#ff7f00")
    sheet.hide()
    found = book.worksheet("Clients")
    assert (found.index, found.get_tab_color(), found.isSheetHidden) == (1, "#FF7F00", True)
    assert found.tab_color == "#FF7F00"
    assert found.url.endswith(f"#gid={sheet.id}")
    assert [item.title for item in book.worksheets(exclude_hidden=True)] == ["Visits"]
    sheet.show()
    sheet.clear_tab_color()
    found = book.worksheet("Clients")
    assert (found.get_tab_color(), found.isSheetHidden) == (None, False)


def test_size(sheet: gspread.Worksheet, book: gspread.Spreadsheet) -> None:
    sheet.resize(rows=10, cols=5)
    sheet.add_rows(2)
    sheet.add_cols(1)
    found = book.worksheet("客户")
    assert (found.row_count, found.col_count, found.column_count) == (12, 6, 6)


def test_freezing_and_gridlines(sheet: gspread.Worksheet, book: gspread.Spreadsheet) -> None:
    sheet.freeze(rows=1, cols=2)
    sheet.hide_gridlines()
    found = book.worksheet("客户")
    assert (found.frozen_row_count, found.frozen_col_count, found.is_gridlines_hidden) == (1, 2, True)
    sheet.show_gridlines()
    assert not book.worksheet("客户").is_gridlines_hidden
    with pytest.raises(gspread.exceptions.APIError, match="You can't freeze all"):
        sheet.freeze(rows=1000)


def test_formats(sheet: gspread.Worksheet) -> None:
    look = {"textFormat": {"bold": True}, "horizontalAlignment": "CENTER"}
    sheet.format("A1:C1", look)
    assert cell_of(sheet, "B1")["userEnteredFormat"]["textFormat"]["bold"] is True
    sheet.batch_format(
        [
            {"range": "C2", "format": {"numberFormat": {"type": "NUMBER", "pattern": "#,##0.00"}}},
            {"range": "A2", "format": {"backgroundColor": {"red": 1.0}}},
        ]
    )
    assert sheet.acell("C2").value == "520.00"
    assert cell_of(sheet, "A2")["userEnteredFormat"]["backgroundColor"] == {"red": 1}
    sheet.columns_auto_resize(0, 2)
    sheet.rows_auto_resize(0, 2)


def test_notes(sheet: gspread.Worksheet) -> None:
    sheet.insert_note("A1", "one")
    sheet.update_note("B2", "two")
    sheet.insert_notes({"C3": "three", "A4": "four"})
    sheet.update_notes({"A4": "4"})
    assert sheet.get_note("B2") == "two"
    assert sheet.get_note("C1") == ""
    assert sheet.get_notes() == [["one"], ["", "two"], ["", "", "three"], ["4"]]
    assert sheet.get_notes(grid_range="B2:C3") == [["two"], ["", "three"]]
    sheet.clear_note("A1")
    sheet.clear_notes(["B2", "C3", "A4"])
    assert sheet.get_note("A1") == sheet.get_note("A4") == ""


def test_merges(sheet: gspread.Worksheet) -> None:
    sheet.merge_cells("E1:F2")
    sheet.batch_merge([{"range": "E5:F6"}, {"range": "E8:F9", "mergeType": MergeType.merge_rows}])
    assert len(told(sheet, "properties,merges")["merges"]) == 4
    sheet.unmerge_cells("E1:F9")
    assert "merges" not in told(sheet, "properties,merges")


def test_filters(sheet: gspread.Worksheet) -> None:
    sheet.set_basic_filter("A1:C4")
    assert told(sheet, "properties,basicFilter")["basicFilter"]["range"]["endRowIndex"] == 4
    sheet.clear_basic_filter()
    assert "basicFilter" not in told(sheet, "properties,basicFilter")


def test_hidden_rows_and_columns(sheet: gspread.Worksheet) -> None:
    sheet.hide_rows(1, 3)
    sheet.hide_columns(0, 1)
    fields = "properties,data(rowMetadata.hiddenByUser,columnMetadata.hiddenByUser)"
    (data,) = told(sheet, fields)["data"]
    assert [row.get("hiddenByUser", False) for row in data["rowMetadata"][:4]] == [False, True, True, False]
    assert data["columnMetadata"][0] == {"hiddenByUser": True}
    sheet.unhide_rows(1, 3)
    sheet.unhide_columns(0, 1)
    (data,) = told(sheet, fields).get("data", [{}])
    assert not any(row.get("hiddenByUser") for row in data.get("rowMetadata", []))


def test_groups(sheet: gspread.Worksheet) -> None:
    sheet.add_dimension_group_rows(1, 3)
    sheet.add_dimension_group_columns(0, 2)
    (rows,), (columns,) = sheet.list_dimension_group_rows(), sheet.list_dimension_group_columns()
    assert (rows["range"]["startIndex"], rows["range"]["endIndex"], rows["depth"]) == (1, 3, 1)
    assert columns["range"]["dimension"] == "COLUMNS"
    sheet.delete_dimension_group_rows(1, 3)
    sheet.delete_dimension_group_columns(0, 2)
    assert sheet.list_dimension_group_rows() == sheet.list_dimension_group_columns() == []


def test_validation(sheet: gspread.Worksheet) -> None:
    sheet.add_validation("E2", ValidationConditionType.number_greater, [10], strict=True, inputMessage="big")
    sheet.add_validation("F2:F4", ValidationConditionType.one_of_list, ["Yes", "No"], showCustomUi=True)
    rule = cell_of(sheet, "E2")["dataValidation"]
    assert rule["condition"] == {"type": "NUMBER_GREATER", "values": [{"userEnteredValue": "10"}]}
    assert (rule["strict"], rule["inputMessage"]) == (True, "big")
    assert cell_of(sheet, "F3")["dataValidation"]["showCustomUi"] is True


PUBLIC = [gspread.Client, gspread.Spreadsheet, gspread.Worksheet]


def methods_of(kind: type) -> set[str]:
    return {name for name, item in inspect.getmembers(kind) if callable(item) and not name.startswith("_")}


def test_every_public_method_of_gspread_is_tried_somewhere_here() -> None:
    tried = {"set_timeout"}  # by the fixture `client`
    for path in Path(__file__).parent.glob("test_*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        tried |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    untried = {f"{kind.__name__}.{name}" for kind in PUBLIC for name in methods_of(kind) - tried}
    assert untried == set()
