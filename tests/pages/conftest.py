"""One small demo workbook for the whole test session, copied for each test; the clock stands still."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import streamlit as st

from lib.__main__ import main
from tests.pages.served import ServedTeam

DAY = date(2026, 11, 20)
NOW = f"{DAY.isoformat()}T10:00+08:00"


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo workbook of 60 clients; do not write to it."""
    path = tmp_path_factory.mktemp("demo") / "huifang.xlsx"
    assert main(["demo", str(path), "--clients", "60", "--seed", "1", "--today", DAY.isoformat()]) == 0
    return path


@pytest.fixture
def use_workbook(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Set HUIFANG_STORE with ``setenv``; caches are emptied before and after."""
    monkeypatch.setenv("HUIFANG_NOW", NOW)
    monkeypatch.delenv("HUIFANG_LANG", raising=False)
    st.cache_resource.clear()
    yield monkeypatch
    st.cache_resource.clear()


@pytest.fixture
def demo_workbook(demo_file: Path, tmp_path: Path, use_workbook: pytest.MonkeyPatch) -> Path:
    """The app runs over this copy of the demo."""
    path = tmp_path / "huifang.xlsx"
    shutil.copy(demo_file, path)
    use_workbook.setenv("HUIFANG_STORE", str(path))
    return path


@pytest.fixture
def empty_workbook(tmp_path: Path, use_workbook: pytest.MonkeyPatch) -> Path:
    """The app runs over a freshly written template."""
    path = tmp_path / "huifang.xlsx"
    assert main(["template", str(path), "--lang", "zh"]) == 0
    use_workbook.setenv("HUIFANG_STORE", str(path))
    return path


@pytest.fixture
def team(use_workbook: pytest.MonkeyPatch) -> ServedTeam:  # noqa: ARG001 - empties the caches
    """The app runs over a team's store in memory."""
    return ServedTeam()
