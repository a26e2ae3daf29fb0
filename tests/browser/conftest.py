"""One Chromium and one person for all browser tests, a workbook of its own for each module's app."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from lib.commands.workbooks import write_demo
from tests.browser.pages import chromium
from tests.browser.person import Person
from tests.browser.server import running_app

DAY = date(2026, 11, 20)
CLIENTS = 60


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def person(tmp_path_factory: pytest.TempPathFactory) -> Person:
    return Person(tmp_path_factory.mktemp("libreoffice"))


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "huifang.xlsx"
    write_demo(path, CLIENTS, 1, DAY, "zh", ZoneInfo("Asia/Shanghai"))
    return path


@pytest.fixture(scope="module")
def workbook(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module's own copy of the demo."""
    path = tmp_path_factory.mktemp("team") / "huifang.xlsx"
    shutil.copy(demo_file, path)
    return path


@pytest.fixture(scope="module")
def address(workbook: Path) -> Iterator[str]:
    """The app over ``workbook``, in a fresh process."""
    with running_app(workbook, HUIFANG_NOW=f"{DAY.isoformat()}T10:00+08:00") as started:
        yield started
