"""Every page opens, whatever the spreadsheet is like: nothing it holds takes a page down."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from tests.pages.app_runs import open_page, texts

PAGES = (
    "today", "follow_ups", "clients", "client", "complaints", "records", "conflicts", "history",
    "import_rows", "sheet_health", "standard",
)  # fmt: skip

LONG = "one-megabyte-of-text"


def every_kind_of_problem(book: Workbook) -> None:
    """Cells that cannot be read in many columns, copied ids, names that lead nowhere, contradictions."""
    fill(
        book,
        "客户",
        {"客户名称": "恒信", "负责人": "无此人", "合作开始": "昨天", "处理依据": "随便", "_id": "c1"},
    )
    fill(book, "客户", {"客户名称": "恒信", "合作开始": "2026-03-05", "_id": "c1"})
    fill(book, "客户", {"客户名称": None, "城市": "#REF!"})
    fill(book, "员工", {"姓名": "张三", "角色": "国王", "邮箱": "x", "电话": 13812345678})
    fill(book, "交易", {"客户名称": "恒信", "金额": "一百", "成交日期": "03/04/2026"})
    fill(book, "交易", {"客户名称": "不存在", "金额": -5, "成交日期": datetime(1899, 1, 1)})  # noqa: DTZ001
    fill(
        book, "投诉", {"投诉编号": "T1", "客户名称": "恒信", "受理时间": 46000.5, "满意度": 9, "重开自": "T1"}
    )
    fill(book, "承诺", {"承诺事项": "=1+1", "兑现日期": "#N/A", "等客户回复": "也许"})
    fill(book, "等待与延期", {"工作表": "投诉", "记录编号": "T9", "类型": "等待客户", "理由": "x"})
    fill(book, "规则", {"条款": "no.such", "数值": -1, "生效日期": datetime(2026, 1, 1)})  # noqa: DTZ001
    fill(book, "日历", {"开始日期": datetime(2026, 5, 2), "截止日期": None, "类型": "常规时间"})  # noqa: DTZ001


def missing_worksheets(book: Workbook) -> None:
    for title in ("投诉", "员工", "拜访"):
        del book[title]


def only_people_s_own_sheet(book: Workbook) -> None:
    book["客户"].title = "随手记"
    for title in [title for title in book.sheetnames if title != "随手记"]:
        del book[title]
    book["随手记"].delete_rows(1, 3)


def missing_columns(book: Workbook) -> None:
    for title, header in (("客户", "客户名称"), ("交易", "金额"), ("投诉", "受理时间"), ("员工", "角色")):
        sheet = book[title]
        sheet.delete_cols(next(cell.column for cell in sheet[1] if cell.value == header))


def a_megabyte_of_text(book: Workbook) -> None:
    fill(book, "客户", {"客户名称": LONG, "备注": LONG})
    fill(book, "投诉", {"投诉编号": LONG, "投诉内容": LONG, "客户名称": LONG})


def fill(book: Workbook, title: str, values: dict[str, object]) -> None:
    """Append a row below the last one, by header."""
    sheet = book[title]
    headers = {cell.value: cell.column for cell in sheet[1]}
    row = sheet.max_row + 1
    for header, value in values.items():
        if header in headers:
            sheet.cell(row, headers[header]).value = value


@pytest.fixture(params=[
    every_kind_of_problem, missing_worksheets, only_people_s_own_sheet, missing_columns, a_megabyte_of_text,
], ids=lambda damage: damage.__name__)  # fmt: skip
def damaged_workbook(request: pytest.FixtureRequest, empty_workbook: Path) -> Path:
    """A template with something wrong in it."""
    damage: Callable[[Workbook], None] = request.param
    book = load_workbook(empty_workbook)
    damage(book)
    book.save(empty_workbook)
    lengthen(empty_workbook)
    return empty_workbook


def lengthen(path: Path) -> None:
    """Put a megabyte where LONG stands: more than Excel allows in a cell, but other programs write it."""
    with zipfile.ZipFile(path) as package:
        parts = {info: package.read(info) for info in package.infolist()}
    long = "".join(chr(0x4E00 + number % 5_000) for number in range(350_000)).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for info, content in parts.items():
            package.writestr(info, content.replace(LONG.encode(), long))


@pytest.mark.usefixtures("damaged_workbook")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_opens_on_a_damaged_spreadsheet(language: str) -> None:
    for name in PAGES:
        app = open_page(name, language)
        assert not app.exception, f"{name}: {app.exception[0].message}"
        assert app.title, f"{name} shows no heading"


@pytest.mark.usefixtures("demo_workbook")
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("role", ["rep", "supervisor", "manager"])
def test_every_page_opens_for_every_role(language: str, role: str) -> None:
    from lib.ui.session import desk

    open_page("today", language)
    actor = next(person.staff_id for person in desk().staff() if person.role == role)
    for name in PAGES:
        app = open_page(name, language, actor=actor)
        assert not app.exception, f"{name}: {app.exception[0].message}"
        assert app.title


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "content",
    [b"", b"name;city\nA;B\n", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600],
)
def test_a_file_of_the_wrong_type_is_named_and_left_alone(
    tmp_path: Path, use_workbook: pytest.MonkeyPatch, language: str, content: bytes
) -> None:
    path = tmp_path / "team.xlsx"
    path.write_bytes(content)
    use_workbook.setenv("HUIFANG_STORE", str(path))
    app = open_page("today", language)
    assert not app.exception
    assert app.error, texts(app)
    assert path.read_bytes() == content


def test_a_spreadsheet_that_is_not_there_is_asked_for(
    tmp_path: Path, use_workbook: pytest.MonkeyPatch
) -> None:
    use_workbook.setenv("HUIFANG_STORE", str(tmp_path / "none.xlsx"))
    app = open_page("clients", "en")
    assert not app.exception
    assert "none" in app.error[0].value


def test_an_address_that_is_no_spreadsheets_is_named(use_workbook: pytest.MonkeyPatch) -> None:
    use_workbook.setenv("HUIFANG_STORE", "https://example.com/sheet")
    app = open_page("today", "en")
    assert not app.exception
    assert "Google spreadsheet" in app.error[0].value


def test_a_page_recovers_when_the_file_is_put_right(demo_workbook: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.xlsx"
    shutil.copy(demo_workbook, kept)
    demo_workbook.write_bytes(b"half a file")
    app = open_page("today", "en")
    assert app.error
    shutil.copy(kept, demo_workbook)
    app.run()
    assert not app.error
    assert not app.exception
