"""Shared by all tests: settings of hypothesis, and one demo workbook that nobody may change."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings

from lib.commands.workbooks import write_demo

DEMO_DAY = date(2026, 11, 18)
DEMO_NOW = "2026-11-18T10:00:00+08:00"

# The machine decides how long an example takes; a slow neighbour must not fail a test.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("steady"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "steady")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for name in list(os.environ):
        if name.startswith("HUIFANG_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HUIFANG_STATE", str(tmp_path_factory.getbasetemp() / "state"))


@pytest.fixture(autouse=True)
def _main_module_stays() -> Iterator[None]:
    """AppTest puts the app in its place, and processes started later would run the app first."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def demo_workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo of 200 clients around DEMO_DAY, in Chinese. Read only: copy it to write."""
    path = tmp_path_factory.mktemp("demo") / "huifang.xlsx"
    write_demo(path, 200, 1, DEMO_DAY, "zh", ZoneInfo("Asia/Shanghai"))
    return path
