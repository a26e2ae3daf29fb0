"""gspread's Worksheet: reading and writing values."""

from __future__ import annotations

import gspread
import pytest
from gspread.utils import Dimension, InsertDataOption, TableDirection, ValueInputOption, ValueRenderOption


@pytest.fixture
def sheet(book: gspread.Spreadsheet) -> gspread.Worksheet:
    return book.worksheet("客户")


@pytest.fixture
def blank(book: gspread.Spreadsheet) -> gspread.Worksheet:
    return book.add_worksheet("blank", 20, 10)


def test_cells(sheet: gspread.Worksheet) -> None:
    assert sheet.acell("B2").value == sheet.cell(2, 2).value == "恒信科技"
    assert sheet.acell("C2", value_render_option=ValueRenderOption.unformatted).value == 520
    assert sheet.acell("Z9").value is None
    assert [cell.value for cell in sheet.range("A1:C1")] == ["_id", "名称", "金额"]
    assert [cell.value for cell in sheet.range(2, 1, 2, 2)] == ["a1", "恒信科技"]


def test_rows_and_columns(sheet: gspread.Worksheet) -> None:
    assert sheet.row_values(2) == ["a1", "恒信科技", "520"]
    assert sheet.row_values(4) == ["c3", "旧客户"]
    assert sheet.col_values(3) == ["金额", "520", "1.5"]
    assert sheet.get_all_values()[3] == ["c3", "旧客户", ""]
    assert sheet.get_values("A1:B2") == [["_id", "名称"], ["a1", "恒信科技"]]
    assert sheet.get_all_records()[0] == {"_id": "a1", "名称": "恒信科技", "金额": 520}
    assert len(sheet.get_all_cells()) == 1000 * 26


def test_trailing_blanks_are_left_out(sheet: gspread.Worksheet, blank: gspread.Worksheet) -> None:
    assert sheet.get("A1:Z9") == [
        ["_id", "名称", "金额"],
        ["a1", "恒信科技", "520"],
        ["b2", "明远贸易", "1.5"],
        ["c3", "旧客户"],
    ]
    assert blank.get("A1:C3") == [[]]
    assert "values" not in blank.spreadsheet.values_get("blank!A1:C3")


def test_columns_first(sheet: gspread.Worksheet) -> None:
    got = sheet.get("A1:B3", major_dimension=Dimension.cols)
    assert got == [["_id", "a1", "b2"], ["名称", "恒信科技", "明远贸易"]]


def test_many_ranges_in_one_request(sheet: gspread.Worksheet) -> None:
    one, other = sheet.batch_get(["A1:A2", "C2"])
    assert (one, other) == ([["_id"], ["a1"]], [["520"]])
    assert one.range == "'客户'!A1:A2"
    assert one.major_dimension == "ROWS"
    assert other.first() == "520"


def test_raw_is_kept_and_typed_is_understood(blank: gspread.Worksheet) -> None:
    row = ["007", "=1+1", "2026-03-04", "true", 5, True]
    blank.update([row], "A1")
    blank.update([row], "A2", value_input_option=ValueInputOption.user_entered)
    shown = blank.get("A1:F2")
    assert shown[0] == ["007", "=1+1", "2026-03-04", "true", "5", "TRUE"]
    assert shown[1] == ["7", "2", "2026-03-04", "TRUE", "5", "TRUE"]
    plain = blank.get("A1:F2", value_render_option=ValueRenderOption.unformatted)
    assert plain[0] == ["007", "=1+1", "2026-03-04", "true", 5, True]
    assert plain[1] == [7, 2, 46085, True, 5, True]
    assert blank.get("B2", value_render_option=ValueRenderOption.formula) == [["=1+1"]]


def test_writing_one_cell_or_many(blank: gspread.Worksheet) -> None:
    told = blank.update_acell("B2", "x")
    assert (told["updatedRange"], told["updatedCells"]) == ("blank!B2", 1)
    blank.update_cell(3, 2, 4.5)
    cells = blank.range("C2:C3")
    for number, cell in enumerate(cells):
        cell.value = f"n{number}"
    blank.update_cells(cells)
    assert blank.get("B2:C3") == [["x", "n0"], ["4.5", "n1"]]
    blank.batch_update([{"range": "A5", "values": [["p"]]}, {"range": "A6:B6", "values": [["q", "r"]]}])
    assert blank.get("A5:B6") == [["p"], ["q", "r"]]


def test_null_leaves_a_cell_alone_and_blank_text_clears_it(blank: gspread.Worksheet) -> None:
    blank.update([["a", "b", "c"]], "A1")
    blank.update([[None, "", "d"]], "A1")
    assert blank.get("A1:C1") == [["a", "", "d"]]


def test_appending(sheet: gspread.Worksheet, blank: gspread.Worksheet) -> None:
    told = sheet.append_row(["d4", "新客户", 7])
    assert told["updates"]["updatedRange"] == "'客户'!A5:C5"
    told = sheet.append_rows(
        [["e5"], ["f6"]], insert_data_option=InsertDataOption.insert_rows, table_range="A1:C5"
    )
    assert told["updates"]["updatedRange"] == "'客户'!A6:A7"
    assert sheet.spreadsheet.worksheet("客户").row_count == 1002
    assert "tableRange" not in blank.append_row(["first"])


def test_appending_beyond_the_grid_adds_rows(book: gspread.Spreadsheet) -> None:
    small = book.add_worksheet("small", 2, 2)
    small.update([["a"], ["b"]], "A1")
    small.append_rows([["c"], ["d"]])
    assert book.worksheet("small").row_count == 4


def test_writing_beyond_the_grid_is_refused(blank: gspread.Worksheet) -> None:
    with pytest.raises(gspread.exceptions.APIError) as caught:
        blank.update([["x"]], "A21")
    assert caught.value.error["message"] == (
        "Range (blank!A21) exceeds grid limits. Max rows: 20, max columns: 10"
    )


def test_inserting_and_deleting(sheet: gspread.Worksheet) -> None:
    sheet.insert_row(["new", "row"], index=2)
    sheet.insert_rows([["r1"], ["r2"]], row=3)
    assert sheet.col_values(1) == ["_id", "new", "r1", "r2", "a1", "b2", "c3"]
    sheet.insert_cols([["head", "x"]], col=2)
    assert sheet.row_values(1) == ["_id", "head", "名称", "金额"]
    sheet.delete_columns(2)
    sheet.delete_rows(2, 4)
    sheet.delete_dimension(Dimension.rows, 2)
    assert sheet.get_all_values()[:2] == [["_id", "名称", "金额"], ["b2", "明远贸易", "1.5"]]


def test_clearing(sheet: gspread.Worksheet) -> None:
    told = sheet.batch_clear(["A2:B2", "C3"])
    assert told["clearedRanges"] == ["'客户'!A2:B2", "'客户'!C3"]
    assert sheet.get("A2:C3") == [["", "", "520"], ["b2", "明远贸易"]]
    sheet.clear()
    assert sheet.get_all_values() == [[]]


def test_finding(sheet: gspread.Worksheet) -> None:
    found = sheet.find("明远贸易")
    assert found is not None
    assert (found.row, found.col, found.address) == (3, 2, "B3")
    assert sheet.find("nobody") is None
    assert [cell.address for cell in sheet.findall("a1", in_column=1)] == ["A2"]


def test_sorting(sheet: gspread.Worksheet) -> None:
    sheet.sort((3, "des"), range="A2:C4")
    assert sheet.col_values(1) == ["_id", "a1", "b2", "c3"]
    sheet.sort((3, "asc"), range="A2:C4")
    assert sheet.col_values(1) == ["_id", "b2", "a1", "c3"]


def test_copying_and_cutting(sheet: gspread.Worksheet) -> None:
    sheet.copy_range("A2:B2", "E5")
    sheet.cut_range("C2", "H1")
    assert sheet.get("E5:F5") == [["a1", "恒信科技"]]
    assert sheet.get("H1") == [["520"]]
    assert sheet.get("C2") == [[]]


def test_expanding(sheet: gspread.Worksheet) -> None:
    assert sheet.expand("A1", TableDirection.down) == [["_id"], ["a1"], ["b2"], ["c3"]]
    assert sheet.expand("A1", TableDirection.right) == [["_id", "名称", "金额"]]
    assert len(sheet.expand()) == 4
