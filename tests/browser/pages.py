"""Opening pages of the app in a real Chromium and waiting until they have settled."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.server import find_chromium

WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PAGES = (
    "today", "follow_ups", "clients", "client", "complaints",
    "records", "conflicts", "history", "import_rows", "sheet_health", "standard",
)  # fmt: skip


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def new_visitor(browser: Browser, address: str, language: str, size: dict[str, int] = WIDE) -> BrowserContext:
    """A visitor with a profile of their own, whose language is remembered as ``language``."""
    context = browser.new_context(viewport=size, locale="zh-CN" if language == "zh" else "en-GB")  # type: ignore[arg-type]
    context.add_cookies([{"name": "huifang_lang", "value": language, "url": address}])
    return context


def new_page(browser: Browser, address: str, language: str, size: dict[str, int] = WIDE) -> Page:
    """The first page of a fresh visitor."""
    return new_visitor(browser, address, language, size).new_page()


def settle(page: Page, timeout_ms: int = 20_000) -> None:
    """Wait until the script run is over and nothing on screen is a placeholder."""
    page.wait_for_selector('[data-testid="stApp"]', timeout=timeout_ms)
    page.wait_for_selector("h1", timeout=timeout_ms)
    page.wait_for_function(
        "() => !document.querySelector('[data-testid=\"stStatusWidget\"]')"
        " && !document.querySelector('[data-testid=\"stSkeleton\"]')",
        timeout=timeout_ms,
    )
    page.wait_for_timeout(500)
