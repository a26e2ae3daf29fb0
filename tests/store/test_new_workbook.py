"""The template: made for people, safe against what they type."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from lib.store.contract import StoreError
from lib.store.new_workbook import ColumnLayout, NewRow, SheetLayout, write_workbook
from lib.store.workbook import WorkbookStore

day = datetime.fromisoformat
LONG = tuple(f"选项{n:03}" for n in range(100))
CLIENTS = SheetLayout(
    "客户",
    (
        ColumnLayout("名称", "text", 24, "客户的全称"),
        ColumnLayout("级别", "text", choices=("重点", "普通", "潜在")),
        ColumnLayout("行业", "text", choices=LONG),
        ColumnLayout("金额", "money"),
        ColumnLayout("建立", "date"),
        ColumnLayout("见过", "datetime"),
        ColumnLayout("有效", "bool"),
        ColumnLayout("暗", "number", hidden=True),
    ),
    "#336699",
)
ROW = ("=1+1", "重点", "007", 1.5, day("2026-01-05"), day("2026-01-05 09:30"), True, 3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "模板.xlsx"
    rows = [NewRow("a", ROW), NewRow("b", ("http://example.org", None))]
    write_workbook(
        file, [CLIENTS, SheetLayout("拜访", (ColumnLayout("客户"),))], {"客户": rows}, {"is_demo": True}
    )
    return file


def test_it_reads_back_as_it_was_written(path: Path) -> None:
    snapshot = WorkbookStore(path).read()
    assert list(snapshot.sheets) == ["客户", "拜访"]
    sheet = snapshot.sheets["客户"]
    assert sheet.header == tuple(column.header for column in CLIENTS.columns)
    assert [column[0] for column in sheet.columns] == list(ROW)
    assert sheet.column("名称")[1] == "http://example.org"
    assert sheet.ids.tolist() == ["a", "b"]
    assert sheet.deleted_ids == ()


def test_it_is_prepared_for_typing(path: Path) -> None:
    sheet = openpyxl.load_workbook(path)["客户"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:J20001"
    assert sheet.sheet_properties.tabColor.rgb == "FF336699"
    assert sheet["A1"].comment.text == "客户的全称"
    assert (sheet["A1"].font.b, sheet["A1"].border.bottom.style) == (True, "thin")
    assert [sheet.cell(1, n).value for n in (9, 10)] == ["_id", "_deleted"]
    assert [sheet.column_dimensions[name].hidden for name in "AHIJ"] == [False, True, True, True]
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert rules["B2:B20001"].formula1 == '"重点,普通,潜在"'
    assert rules["C2:C20001"].formula1 == "_list_1"
    assert {rule.errorStyle for rule in rules.values()} == {"warning"}


def test_an_empty_column_has_the_format_of_its_kind(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book["客户"]["A500"] = "0571"
    dimensions = book["客户"].column_dimensions
    assert [dimensions[name].number_format for name in "ADEF"] == [
        "@",
        "#,##0.00",
        "yyyy-mm-dd",
        "yyyy-mm-dd hh:mm",
    ]


def test_text_is_never_a_formula_or_a_link(path: Path) -> None:
    sheet = openpyxl.load_workbook(path)["客户"]
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=1+1", "s")
    assert sheet["A3"].hyperlink is None


def test_bookkeeping_sheets_are_hidden_and_the_demo_is_marked(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    assert {sheet.title: sheet.sheet_state for sheet in book} == {
        "客户": "visible",
        "拜访": "visible",
        "_lists": "hidden",
        "_meta": "hidden",
    }
    rows = {row[0].value: row[1].value for row in book["_meta"].iter_rows()}
    assert len(str(rows.pop("workbook_id"))) == 32
    assert rows == {"key": "value", "format": 1, "is_demo": True}
    assert book.custom_doc_props["huifang_is_demo"].value is True


def test_an_existing_file_is_never_overwritten(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        write_workbook(path, [CLIENTS])
    assert caught.value.code == "file_exists"
    assert path.read_bytes() == before


def test_a_failure_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with pytest.raises(StoreError):
        write_workbook(path, [CLIENTS], {"客户": [NewRow("a", ("长" * 40_000,))]})
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        write_workbook(tmp_path / "no" / "a.xlsx", [CLIENTS])
    assert caught.value.code == "cannot_write"
