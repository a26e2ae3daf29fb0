"""People and the app change the same workbook: what one does reaches the other and nothing is lost."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from playwright.sync_api import Browser, Page

from lib.store.workbook import WorkbookStore
from tests.browser.conftest import CLIENTS
from tests.browser.pages import new_page, settle
from tests.browser.person import Person

SHOWN_WITHIN_SECONDS = 3.0
YELLOW = "FFFFCC00"
EDITS = """
  sheet = doc.Sheets.getByName("客户")
  SortBy(sheet, 0, False)
  sheet.Rows.insertByIndex(3, 1)
  sheet.getCellByPosition(0, 3).String = "云杉新客户"
  sheet.Columns.insertByIndex(1, 1)
  sheet.getCellByPosition(1, 0).String = "我的标记"
  sheet.getCellByPosition(1, 3).String = "老同学介绍"
  sheet.getCellByPosition(0, 5).CellBackColor = RGB(255, 204, 0)
"""


def names(sheet: Worksheet) -> list[str]:
    return [str(row[0]) for row in sheet.iter_rows(min_row=2, max_col=1, values_only=True) if row[0]]


def open_path(browser: Browser, address: str, path: str) -> Page:
    page = new_page(browser, address, "zh")
    page.goto(f"{address}/{path}")
    settle(page)
    return page


class FirstSave(threading.Thread):
    """Notes when a file first changes."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self._path, self._before = path, path.stat().st_mtime_ns
        self.at = 0.0
        self.start()

    def run(self) -> None:
        while not self.at:
            time.sleep(0.01)
            try:
                if self._path.stat().st_mtime_ns != self._before:
                    self.at = time.monotonic()
            except FileNotFoundError:
                continue  # between the two steps of a save


def test_a_persons_edit_appears_and_an_edit_in_the_app_keeps_it(
    browser: Browser, address: str, workbook: Path, person: Person
) -> None:
    page = open_path(browser, address, "records?worksheet=clients&records_search=云杉新客户")
    assert page.get_by_text("没有找到含「云杉新客户」的记录").is_visible()
    saved = FirstSave(workbook)
    working = threading.Thread(target=person.edit, args=(workbook, EDITS))
    working.start()
    page.get_by_text(f"共 {CLIENTS + 1} 条，符合 1 条").wait_for(timeout=60_000)
    shown_at = time.monotonic()
    working.join()
    print(f"shown {shown_at - saved.at:.2f} s after the save")
    assert shown_at - saved.at <= SHOWN_WITHIN_SECONDS

    theirs = names(openpyxl.load_workbook(workbook)["客户"])
    sheet = WorkbookStore(workbook, workbook.parent / "state").read().sheets["客户"]
    changed = str(sheet.ids[-1])
    page.goto(f"{address}/records?worksheet=clients&record={changed}")
    settle(page)
    page.get_by_label("城市", exact=True).fill("拉萨")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("button", name="撤销").wait_for()
    page.context.close()

    after = openpyxl.load_workbook(workbook)["客户"]
    assert names(after) == theirs, "the order that the person sorted in"
    assert after["A4"].value == "云杉新客户"
    assert (after["B1"].value, after["B4"].value) == ("我的标记", "老同学介绍")
    assert after["A6"].fill.start_color.rgb == YELLOW
    read = WorkbookStore(workbook, workbook.parent / "state").read().sheets["客户"]
    cities = dict(zip(read.ids.tolist(), read.column("城市").tolist(), strict=True))
    before = dict(zip(sheet.ids.tolist(), sheet.column("城市").tolist(), strict=True))
    assert cities == {**before, changed: "拉萨"}


def test_a_double_click_on_save_writes_one_row(browser: Browser, address: str, workbook: Path) -> None:
    before = len(WorkbookStore(workbook, workbook.parent / "state").read().sheets["联系人"])
    page = open_path(browser, address, "records?worksheet=contacts&record=new")
    page.get_by_label("联系人 *", exact=True).fill("双击")
    page.get_by_role("combobox", name="客户名称 *").click()
    page.get_by_role("option").first.click()
    page.get_by_role("button", name="保存").dblclick()
    page.get_by_role("button", name="撤销").wait_for()
    settle(page)
    time.sleep(1)
    page.context.close()
    written = WorkbookStore(workbook, workbook.parent / "state").read().sheets["联系人"]
    assert len(written) == before + 1
    assert written.column("联系人").tolist().count("双击") == 1


def test_a_double_click_on_import_writes_the_rows_once(
    browser: Browser, address: str, workbook: Path, tmp_path: Path
) -> None:
    before = len(WorkbookStore(workbook, workbook.parent / "state").read().sheets["客户"])
    table = tmp_path / "clients.csv"
    table.write_text("客户名称,城市\n双击甲,苏州\n双击乙,杭州\n", encoding="utf-8")
    page = open_path(browser, address, "import_rows")
    page.set_input_files('input[type="file"]', str(table))
    page.get_by_role("button", name="试导入").click()
    page.get_by_role("button", name="写入 2 行").dblclick()
    page.get_by_text("已写入 2 行").wait_for()
    time.sleep(1)
    page.context.close()
    assert len(WorkbookStore(workbook, workbook.parent / "state").read().sheets["客户"]) == before + 2


@pytest.mark.parametrize("name", ["今天", "表格体检", "服务标准"])
def test_the_menu_leads_from_page_to_page(browser: Browser, address: str, name: str) -> None:
    page = open_path(browser, address, "import_rows")
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", name=name, exact=True).wait_for()
    page.context.close()
