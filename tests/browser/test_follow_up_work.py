"""Working through the queue in a real Chromium: the dialogs and the charts, which no other test can click."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lib.store.contract import Batch, UpdateCell
from lib.store.workbook import WorkbookStore
from tests.browser.pages import new_page, settle

WAIT_MS = 20_000


@pytest.fixture
def page(browser: Browser, address: str) -> Page:
    opened = new_page(browser, address, "zh")
    opened.set_default_timeout(WAIT_MS)
    opened.goto(f"{address}/today")
    settle(opened)
    return opened


def count_of(page: Page, pile: str) -> int:
    return int(page.locator(".st-key-today_pile button", has_text=pile).inner_text().split()[-1])


def expect_count(page: Page, pile: str, count: int) -> None:
    button = page.locator(".st-key-today_pile button", has_text=pile)
    expect(button).to_contain_text(f"{pile} {count}", timeout=WAIT_MS)


def rows(workbook: Path, sheet: str, header: str) -> list[object]:
    return list(WorkbookStore(workbook, workbook.parent / "state").read().sheets[sheet].column(header))


def person_writes_a_note(workbook: Path) -> None:
    store = WorkbookStore(workbook, workbook.parent / "state")
    sheet = store.read().sheets["客户"]
    change = UpdateCell("客户", str(sheet.ids[0]), "备注", sheet.column("备注")[0], "别人写的")
    assert store.commit(Batch("somebody", "", datetime.now(UTC), (change,))).applied


def open_from_menu(page: Page, choice: str) -> Locator:
    page.get_by_role("button", name="更多").first.click()
    page.get_by_role("menuitem", name=choice).or_(page.get_by_text(choice, exact=True)).last.click()
    return page.get_by_role("dialog")


def test_a_contact_is_recorded_in_three_clicks(page: Page, workbook: Path) -> None:
    before = len(rows(workbook, "联系记录", "内容"))
    page.get_by_role("button", name="记录联系").first.click()
    dialog = page.get_by_role("dialog")
    dialog.locator("textarea").fill("已通话，周一寄出")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_have_count(0, timeout=WAIT_MS)
    assert rows(workbook, "联系记录", "内容")[before:] == ["已通话，周一寄出"]


def test_a_form_outlives_a_change_of_the_sheet_and_is_sent_by_enter(page: Page, workbook: Path) -> None:
    overdue, waiting = count_of(page, "逾期"), count_of(page, "等待与延期")
    dialog = open_from_menu(page, "延期")
    reason = dialog.get_by_label("理由")
    reason.fill("客户出差")
    person_writes_a_note(workbook)
    page.wait_for_timeout(4_000)  # two polls of the page
    expect(reason).to_have_value("客户出差")
    reason.press("Enter")
    expect(dialog).to_have_count(0, timeout=WAIT_MS)
    expect_count(page, "逾期", overdue - 1)
    expect_count(page, "等待与延期", waiting + 1)
    page.get_by_role("button", name="撤销").click()
    expect_count(page, "逾期", overdue)


def test_a_dialog_left_by_escape_stays_closed(page: Page) -> None:
    page.get_by_role("button", name="为什么").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("结论")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator(".st-key-today_pile button", has_text="逾期").click()
    expect(page).to_have_url(re.compile("today_pile=overdue"))
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize(
    ("chart", "filtered"),
    [("bands", "follow_ups_band="), ("heat", "follow_ups_due="), ("by", "follow_ups_owner=")],
)
def test_a_click_on_a_bar_filters_the_rows(page: Page, address: str, chart: str, filtered: str) -> None:
    page.goto(f"{address}/follow_ups")
    settle(page)
    plot = page.locator(f"[class*='st-key-follow_ups_{chart}'] .js-plotly-plot")
    plot.scroll_into_view_if_needed()
    box = plot.locator(".bars .point path").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(lambda url: filtered in url, timeout=WAIT_MS)
    expect(page.locator(".st-key-follow_ups_clear")).to_be_visible()


def test_the_name_of_a_client_draws_nothing(page: Page, workbook: Path, address: str) -> None:
    store = WorkbookStore(workbook, workbook.parent / "state")
    sheet = store.read().sheets["客户"]
    name = "**[x](http://evil.example)** www.evil.example <img src=x>"
    changes = tuple(
        UpdateCell("客户", str(record), "客户名称", old, f"{name} {number}")
        for number, (record, old) in enumerate(zip(sheet.ids, sheet.column("客户名称"), strict=True))
    )
    former = tuple(
        UpdateCell("客户", str(record), "曾用名", kept, old)
        for record, old, kept in zip(sheet.ids, sheet.column("客户名称"), sheet.column("曾用名"), strict=True)
    )
    assert not store.commit(Batch("hostile", "", datetime.now(UTC), (*changes, *former))).conflicts
    page.goto(f"{address}/today")
    settle(page)
    expect(page.get_by_text("<img src=x>").first).to_be_visible(timeout=WAIT_MS)
    assert page.locator("a[href*=evil], img[src=x]").count() == 0
