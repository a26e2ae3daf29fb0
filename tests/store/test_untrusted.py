"""Uploaded files become plain tables, whatever made them; one that costs too much is given up."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from lib.store.contract import CellError, NotASpreadsheet
from lib.store.untrusted import read_untrusted

TEXT = '客户名称,级别,备注\n恒信科技,重点,"逗号, 和\n换行"\n明远贸易,,\n,,\n'
ROWS = [("恒信科技", "重点", "逗号, 和\n换行"), ("明远贸易", None, None)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_csv_in_any_usual_encoding_and_delimiter(encoding: str, mark: str, tmp_path: Path) -> None:
    path = tmp_path / "名单.csv"
    text = TEXT.replace(", 和", "\0").replace(",", mark).replace("\0", ", 和")
    path.write_bytes(text.replace('"逗号', '"逗号').encode(encoding))
    assert read_untrusted(path) == {"名单": (("客户名称", "级别", "备注"), ROWS, [2, 3])}


def test_csv_of_one_column_and_values_as_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("电话\n007\n\n=1+1\n1e5\n", encoding="utf-8")
    assert read_untrusted(path)["a"] == (("电话",), [("007",), ("=1+1",), ("1e5",)], [2, 4, 5])


def test_xlsx_with_typed_values(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("客户")
        sheet.write_row(2, 1, ["名称", "金额", "日", "否"])
        sheet.write_row(3, 1, ["恒信", 1.5, datetime.fromisoformat("2026-01-05"), False])
        sheet.write_formula(5, 1, "=NA()", None, "#N/A")
        book.add_worksheet("_meta").write(0, 0, "key")
        book.add_worksheet("空")
    day = datetime.fromisoformat("2026-01-05")
    rows = [("恒信", 1.5, day, False), (CellError("#N/A"), None, None, None)]
    assert read_untrusted(path) == {"客户": (("名称", "金额", "日", "否"), rows, [4, 6]), "空": ((), [], [])}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "unknown_encoding"),
        (b"a,b\n\xff\xff\xff", "unknown_encoding"),
    ],
)
def test_what_is_no_text_is_refused(content: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(NotASpreadsheet) as caught:
        read_untrusted(path)
    assert caught.value.code == code


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" * 10, encoding="utf-8")
    with pytest.raises(NotASpreadsheet) as caught:
        read_untrusted(path, timeout_s=0.001)
    assert caught.value.code == "too_costly"


def test_a_file_with_too_many_cells_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"," * 13_000_000)
    with pytest.raises(NotASpreadsheet) as caught:
        read_untrusted(path)
    assert caught.value.code == "too_big"


def test_a_file_that_needs_too_much_memory_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" * 4_000_000)
    with pytest.raises(NotASpreadsheet) as caught:
        read_untrusted(path, memory_bytes=350 << 20)
    assert caught.value.code == "too_costly"
