"""A conflict between the app and LibreOffice, decided in a real browser, and the change put back."""

from __future__ import annotations

import time
from pathlib import Path

import openpyxl
from playwright.sync_api import Browser, expect

from tests.browser.pages import new_page, settle
from tests.browser.person import Person

CITY, SHEET = "城市", "客户"
WRITTEN_WITHIN_SECONDS = 20.0
EDIT = """
  doc.Sheets.getByName("客户").getCellByPosition({column}, {row}).String = "海口"
"""


def place(workbook: Path) -> tuple[int, int, str]:
    """Row and column (from 0) of the city of the first client, and the client's record id."""
    sheet = openpyxl.load_workbook(workbook)[SHEET]
    header = [cell.value for cell in sheet[1]]
    return 1, header.index(CITY), str(sheet.cell(2, header.index("_id") + 1).value)


def wait_for(workbook: Path, record: str, city: str) -> None:
    """Until the file itself says so."""
    until = time.monotonic() + WRITTEN_WITHIN_SECONDS
    while (found := city_of(workbook, record)) != city:
        assert time.monotonic() < until, f"the file holds {found}"
        time.sleep(0.2)


def city_of(workbook: Path, record: str) -> object:
    rows = list(openpyxl.load_workbook(workbook, read_only=True)[SHEET].iter_rows(values_only=True))
    header = list(rows[0])
    row = next(row for row in rows if row[header.index("_id")] == record)
    return row[header.index(CITY)]


def test_a_conflict_is_decided_and_the_change_put_back(
    browser: Browser, address: str, workbook: Path, person: Person
) -> None:
    row, column, record = place(workbook)
    before = str(city_of(workbook, record))
    page = new_page(browser, address, "zh")
    page.goto(f"{address}/records?worksheet=clients&record={record}")
    settle(page)
    field = page.get_by_label(CITY, exact=True)
    expect(field).to_have_value(before)

    person.edit(workbook, EDIT.format(row=row, column=column))
    page.get_by_text(f"{CITY}: {before} → 海口").wait_for()  # the past on the same page has seen it
    field.fill("拉萨")
    page.get_by_role("button", name="保存").click()
    page.get_by_text("两边的值都保留着，等你决定").click()

    page.get_by_role("heading", name="冲突处理").wait_for()
    expect(page.get_by_text("海口", exact=True)).to_be_visible()
    expect(page.get_by_text("拉萨", exact=True)).to_be_visible()
    assert city_of(workbook, record) == "海口", "nothing is overwritten before somebody decides"
    page.get_by_role("button", name="写入这个值").click()
    page.get_by_text("没有需要处理的冲突").wait_for()
    wait_for(workbook, record, "拉萨")

    page.goto(f"{address}/records?worksheet=clients&record={record}")
    settle(page)
    page.get_by_text("已写入表格").wait_for()
    page.get_by_role("button", name="改回").first.click()
    expect(page.get_by_label(CITY, exact=True)).to_have_value("海口")
    wait_for(workbook, record, "海口")
    page.context.close()


def test_what_waits_is_told_and_written_once_the_file_is_closed(
    browser: Browser, address: str, workbook: Path
) -> None:
    _, _, record = place(workbook)
    before = city_of(workbook, record)
    lock = workbook.with_name(f".~lock.{workbook.name}#")
    lock.write_text("李雷,lilei,another-host,20.11.2026 09:30,file:///home/lilei;", encoding="utf-8")
    page = new_page(browser, address, "zh")
    page.goto(f"{address}/records?worksheet=clients&record={record}")
    settle(page)
    page.get_by_label(CITY, exact=True).fill("昆明")
    page.get_by_role("button", name="保存").click()
    page.get_by_test_id("stToast").get_by_text("等待写入表格").wait_for()
    page.get_by_text("李雷 正用 LibreOffice 打开着").wait_for()
    page.goto(f"{address}/records?worksheet=clients&record={record}")
    settle(page)
    expect(page.get_by_text("已保存，等待写入")).to_be_visible()
    assert city_of(workbook, record) == before

    lock.unlink()
    closed = time.monotonic()
    page.get_by_text("已写入表格").wait_for()
    print(f"told {time.monotonic() - closed:.2f} s after the file was closed")
    assert city_of(workbook, record) == "昆明"
    page.context.close()
