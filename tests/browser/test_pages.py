"""Every page in a real Chromium: by its address, on a fresh process, wide and narrow, with nobody listening in."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.pages import NARROW, PAGES, WIDE, new_page, settle

TITLES = {
    "today": ("今天", "Today"),
    "follow_ups": ("跟进", "Follow-ups"),
    "clients": ("客户", "Clients"),
    "complaints": ("投诉", "Complaints"),
    "records": ("登记与修改", "Add and edit"),
    "import_rows": ("导入表格", "Import"),
    "sheet_health": ("表格体检", "Sheet health"),
    "standard": ("服务标准", "Standard"),
}
# Streamlit looks for its own address below the page's path first, and the browser reports both misses.
PROBES = ("/_stcore/health", "/_stcore/host-config")


class Watched:
    """A page of a fresh visitor, with all that it asked for and complained about."""

    def __init__(self, browser: Browser, address: str, language: str, size: dict[str, int]) -> None:
        self.page: Page = new_page(browser, address, language, size)
        self.hosts: set[str | None] = set()
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname))
        self.page.on("websocket", lambda socket: self.hosts.add(urlsplit(socket.url).hostname))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.location["url"].endswith(PROBES):
            self.complaints.append(f"{message.text} ({message.location['url']})")


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[object]:
    """A function (path, language, size) -> Watched, settled; closed after the test."""
    opened: list[Watched] = []

    def open_path(path: str, language: str, size: dict[str, int]) -> Watched:
        watched = Watched(browser, address, language, size)
        opened.append(watched)
        watched.page.goto(f"{address}/{path}")
        settle(watched.page)
        return watched

    yield open_path
    for watched in opened:
        watched.page.context.close()


def test_the_first_request_of_a_fresh_process_may_be_a_deep_link(visit) -> None:  # type: ignore[no-untyped-def]
    page = visit("records?worksheet=contacts&record=new", "zh", WIDE).page
    assert page.locator("h1").inner_text() == "登记与修改"
    assert page.locator("h3").inner_text() == "新增联系人"
    assert page.get_by_label("邮箱").is_visible()
    assert page.get_by_role("link", name="服务标准").is_visible()


@pytest.mark.parametrize(("language", "size"), [("zh", WIDE), ("en", NARROW)], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_by_its_address(visit, name: str, language: str, size: dict[str, int]) -> None:  # type: ignore[no-untyped-def]
    watched = visit(name, language, size)
    if name in TITLES:  # the client page is titled by its client
        assert watched.page.locator("h1").first.inner_text() == TITLES[name][language == "en"]
    assert watched.page.locator('[data-testid="stException"]').count() == 0
    assert watched.hosts == {"127.0.0.1"}
    assert watched.complaints == []
    width = watched.page.evaluate("document.documentElement.scrollWidth")
    assert width <= size["width"]
    inner = watched.page.evaluate(
        "() => { const main = document.querySelector('[data-testid=\"stMain\"]');"
        " return main.scrollWidth - main.clientWidth; }"
    )
    assert inner <= 0


def test_the_language_chosen_is_remembered(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=WIDE, locale="zh-CN")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{address}/standard")
    settle(page)
    assert page.locator("h1").inner_text() == "服务标准"
    page.get_by_role("radio", name="English").click()
    page.get_by_role("heading", name="Standard", exact=True).wait_for()
    settle(page)
    again = context.new_page()
    again.goto(f"{address}/standard")
    settle(again)
    assert again.locator("h1").inner_text() == "Standard"
    context.close()
