"""Who has the workbook open: lock files of people's programs, stale ones, and our own."""

from __future__ import annotations

import os
import socket
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib.store.contract import Batch, Health, Origin, StoreBusy, UpdateCell
from lib.store.holders import courtesy_lock, find_holder, is_ours, libreoffice_lock
from lib.store.new_workbook import ColumnLayout, NewRow, SheetLayout, write_workbook
from lib.store.workbook import WorkbookStore
from tests.store.editor import Editor, rows_of

AT = datetime(2026, 3, 4, tzinfo=UTC)
CHANGE = UpdateCell("客户", "a", "名称", "甲", "乙")
LI = "李雷,li,far-away,22.11.2026 10:00,file:///home/li;"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "客户.xlsx"
    write_workbook(file, [SheetLayout("客户", (ColumnLayout("名称"),))], {"客户": [NewRow("a", ("甲",))]})
    return file


def batch() -> Batch:
    return Batch("op", "wang", AT, (CHANGE,))


def test_our_own_lock_file_is_there_while_we_write_and_nobody_is_taken_for_it(path: Path) -> None:
    seen: list[bool] = []

    def step(name: str) -> None:
        if name == "written beside":
            seen.append(is_ours(libreoffice_lock(path).read_bytes()))
            assert find_holder(path) is None

    store = WorkbookStore(path, step=step)
    store.commit(batch())
    assert store.settle(20)
    assert seen == [True]
    assert not libreoffice_lock(path).exists()
    store.close()


def test_one_that_a_killed_process_left_is_swept(path: Path) -> None:
    with courtesy_lock(path):
        left = libreoffice_lock(path).read_bytes()
    libreoffice_lock(path).write_bytes(left)
    assert find_holder(path) is None
    with courtesy_lock(path):
        assert is_ours(libreoffice_lock(path).read_bytes())
    assert not libreoffice_lock(path).exists()


def test_a_person_s_lock_is_neither_overwritten_nor_removed(path: Path) -> None:
    libreoffice_lock(path).write_text(LI, encoding="utf-8")
    with pytest.raises(StoreBusy) as caught, courtesy_lock(path):
        pass
    assert caught.value.details["name"] == "李雷"
    assert libreoffice_lock(path).read_text(encoding="utf-8") == LI


def test_a_person_who_opens_the_file_while_we_write_keeps_the_lock(path: Path) -> None:
    with courtesy_lock(path):
        libreoffice_lock(path).write_text(LI, encoding="utf-8")
    assert libreoffice_lock(path).read_text(encoding="utf-8") == LI


@pytest.mark.parametrize(
    ("age_s", "content", "stale"),
    [
        (60, LI, False),
        (25 * 3600, LI, True),
        (60, f"李雷,li,{socket.gethostname()},22.11.2026 10:00,x;", True),
    ],
)
def test_a_lock_of_a_program_that_is_gone_can_be_taken_over(
    path: Path, age_s: int, content: str, stale: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.store.holders._running_programs", lambda: {"python", "bash"})
    lock_file = libreoffice_lock(path)
    lock_file.write_text(content, encoding="utf-8")
    os.utime(lock_file, (time.time() - age_s,) * 2)
    store = WorkbookStore(path)
    store.commit(batch())
    cause = store.status().cause
    assert cause is not None
    assert (cause.code, cause.details["name"], cause.details["stale"]) == ("held", "李雷", stale)
    if not stale:
        with pytest.raises(StoreBusy):
            store.take_over()
        assert lock_file.exists()
        return
    store.take_over()
    assert store.settle(20)
    assert rows_of(path)[0]["名称"] == "乙"
    store.close()


def test_nothing_to_take_over(path: Path) -> None:
    WorkbookStore(path).take_over()


def test_a_held_workbook_is_no_reason_not_to_work(path: Path) -> None:
    libreoffice_lock(path).write_text(LI, encoding="utf-8")
    store = WorkbookStore(path)
    status = store.status()
    assert (status.health, status.waiting) == (Health.WAITING, 0)
    assert status.cause is not None
    assert store.commit(batch()).applied


def test_edits_of_whoever_holds_the_file_bear_the_name(path: Path) -> None:
    store = WorkbookStore(path)
    store.read()
    libreoffice_lock(path).write_text(LI, encoding="utf-8")
    person = Editor(path)
    person.type("a", "名称", "改")
    person.save()
    store.read()
    libreoffice_lock(path).unlink()
    person.type("a", "名称", "又改")
    person.save()
    (later, earlier) = store.history()
    assert (earlier.actor, earlier.after, earlier.origin) == ("李雷", "改", Origin.SPREADSHEET)
    assert (later.actor, later.before, later.after) == ("李雷", "改", "又改")  # saved on closing, as a rule


def test_a_lock_that_vanishes_for_a_moment_is_not_taken_for_released(path: Path) -> None:
    lock_file = libreoffice_lock(path)
    lock_file.write_text(LI, encoding="utf-8")
    before = path.read_bytes()
    store = WorkbookStore(path)
    store.commit(batch())
    stop = threading.Event()

    def blink() -> None:
        while not stop.wait(0.05):
            lock_file.unlink()
            time.sleep(0.001)
            lock_file.write_text(LI, encoding="utf-8")

    thread = threading.Thread(target=blink)
    thread.start()
    try:
        assert not store.settle(2)
    finally:
        stop.set()
        thread.join()
    assert path.read_bytes() == before
    store.close()
