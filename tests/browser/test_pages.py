"""Every page in a real Chromium: by its address, on a fresh process, wide and narrow, quiet and alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.browser.pages import NARROW, PAGES, WIDE, new_visitor, settle

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
    """A page, with all that it asked for and complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        page.on("request", lambda request: self._note(request.url))
        page.on("websocket", lambda socket: self._note(socket.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob"):  # these name nobody
            self.hosts.add(str(parts.hostname))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.location["url"].endswith(PROBES):
            self.complaints.append(f"{message.text} ({message.location['url']})")


Visit = Callable[[str, str], Watched]


@pytest.fixture(scope="module")
def visitors(browser: Browser, address: str) -> Iterator[dict[str, BrowserContext]]:
    """One visitor a language: Chinese on a wide screen, English on a phone."""
    both = {
        "zh": new_visitor(browser, address, "zh", WIDE),
        "en": new_visitor(browser, address, "en", NARROW),
    }
    yield both
    for visitor in both.values():
        visitor.close()


@pytest.fixture
def visit(visitors: dict[str, BrowserContext], address: str) -> Iterator[Visit]:
    """Opens a path for the visitor of a language; settled."""
    opened: list[Page] = []

    def open_path(path: str, language: str) -> Watched:
        watched = Watched(visitors[language].new_page())
        opened.append(watched.page)
        watched.page.goto(f"{address}/{path}")
        settle(watched.page)
        return watched

    yield open_path
    for page in opened:
        page.close()


def overflow(page: Page) -> int:
    """By how many pixels the content is wider than the window."""
    return int(
        page.evaluate(
            "() => [document.documentElement, document.querySelector('[data-testid=\"stMain\"]')]"
            ".reduce((most, part) => Math.max(most, part.scrollWidth - part.clientWidth), 0)"
        )
    )


def test_the_first_request_of_a_fresh_process_may_be_a_deep_link(visit: Visit) -> None:
    page = visit("records?worksheet=contacts&record=new", "zh").page
    assert page.locator("h1").inner_text() == "登记与修改"
    assert page.locator("h3").inner_text() == "新增联系人"
    assert page.get_by_label("邮箱").is_visible()
    assert page.get_by_role("link", name="服务标准").is_visible()


@pytest.mark.parametrize("language", ["zh", "en"], ids=["zh-wide", "en-narrow"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_by_its_address(visit: Visit, name: str, language: str) -> None:
    watched = visit(name, language)
    if name in TITLES:  # the client page is titled by its client
        assert watched.page.locator("h1").first.inner_text() == TITLES[name][language == "en"]
    assert watched.page.locator('[data-testid="stException"]').count() == 0
    assert watched.hosts == {"127.0.0.1"}
    assert watched.complaints == []
    assert overflow(watched.page) == 0


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
