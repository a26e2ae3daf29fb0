"""The workbook among other programs: processes that write too, people who have it open, disks that fail."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from xlsxwriter import Workbook

from lib.store.contract import (
    Batch,
    Change,
    Health,
    InsertRow,
    NotASpreadsheet,
    Origin,
    Sheet,
    StoreBusy,
    StoreError,
    UpdateCell,
    Value,
)
from lib.store.new_workbook import ColumnLayout, NewRow, SheetLayout, write_workbook
from lib.store.workbook import WorkbookStore
from tests.store.rich_books import changed_parts

ROOT = Path(__file__).resolve().parents[2]
AT = datetime(2026, 3, 4, tzinfo=UTC)
LAYOUT = SheetLayout("客户", (ColumnLayout("名称"), ColumnLayout("次数", "number")))
CHANGE = UpdateCell("客户", "a", "名称", "甲", "乙")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "客户 [1].xlsx"
    write_workbook(file, [LAYOUT], {"客户": [NewRow("a", ("甲", 0)), NewRow("b", ("丙", 0))]})
    return file


def batch(*changes: Change, operation: str = "op") -> Batch:
    return Batch(operation, "li", AT, changes)


WRITER = """
    import sys
    from datetime import UTC, datetime
    from lib.store.contract import Batch, InsertRow, UpdateCell
    from lib.store.workbook import WorkbookStore
    path, who, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
    store = WorkbookStore(path)
    for number in range(times):
        batch = lambda change, name: Batch(f"{who}-{number}-{name}", who, datetime.now(UTC), (change,))
        assert store.commit(batch(InsertRow("客户", f"{who}-{number}", {"名称": who}), "row")).applied
        for attempt in range(10_000):
            sheet = store.read().sheets["客户"]
            seen = sheet.column("名称")[sheet.ids.tolist().index("a")]
            change = UpdateCell("客户", "a", "名称", seen, f"{seen} {who}-{number}")
            if store.commit(batch(change, f"mark-{attempt}")).applied:
                break
"""


def test_four_processes_lose_nothing(path: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(path)]
    writers = [subprocess.Popen([*command, f"w{n}", "8"], cwd=ROOT) for n in range(4)]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0, 0]
    assert settled(WorkbookStore(path)).status().waiting == 0
    sheet = from_file(path, tmp_path)
    assert sorted(sheet.ids.tolist()) == sorted(
        ["a", "b", *(f"w{n}-{k}" for n in range(4) for k in range(8))]
    )
    marks = str(sheet.column("名称")[sheet.ids.tolist().index("a")]).split()
    assert sorted(marks) == sorted(["甲", *(f"w{n}-{k}" for n in range(4) for k in range(8))])


def settled(store: WorkbookStore) -> WorkbookStore:
    assert store.settle(30)
    return store


def from_file(path: Path, tmp_path: Path) -> Sheet:
    """What the file itself holds, for somebody who knows of no journal."""
    return WorkbookStore(path, tmp_path / "another host").read().sheets["客户"]


def test_an_operation_is_applied_once_even_by_another_process(path: Path) -> None:
    insert = batch(InsertRow("客户", "n", {"名称": "新"}), operation="click 1")
    assert not WorkbookStore(path).commit(insert).repeated
    again = WorkbookStore(path).commit(insert)
    assert again.repeated
    assert WorkbookStore(path).read().sheets["客户"].ids.tolist() == ["a", "b", "n"]


@pytest.mark.parametrize(
    ("name", "content", "who"),
    [
        (".~lock.{}#", b",li,office-pc,04.03.2026 09:30,file:///home/li;", "li (LibreOffice)"),
        (".~lock.{}#", "李雷,li,office-pc,04.03.2026 09:30,x;".encode(), "李雷 (LibreOffice)"),
        ("~${}", b"\4Wang" + b" " * 50 + b"\2\0" + "王芳".encode("utf-16-le") + b" \0" * 52, "王芳 (Excel)"),
        (".~{}", b"\3abc", "abc (WPS)"),
    ],
)
def test_while_a_spreadsheet_program_has_the_workbook_open_changes_wait(
    path: Path, tmp_path: Path, name: str, content: bytes, who: str
) -> None:
    store = WorkbookStore(path)
    lock_file = path.with_name(name.format(path.name))
    lock_file.write_bytes(content)
    before = path.read_bytes()
    assert store.commit(batch(CHANGE)).applied == (CHANGE,)
    assert not store.settle(0.5)
    status = store.status()
    assert (status.health, status.waiting) == (Health.WAITING, 1)
    assert status.records == {("客户", "a")}
    assert isinstance(status.cause, StoreBusy)
    assert status.cause.code == "held"
    assert who in status.detail
    assert path.read_bytes() == before
    assert store.read().sheets["客户"].column("名称")[0] == "乙"
    lock_file.unlink()
    settled(store)
    assert from_file(path, tmp_path).column("名称")[0] == "乙"
    assert store.status().health is Health.HEALTHY


def save_as_a_person(path: Path, row: int, column: int, value: Value) -> None:
    """Type into a cell (both counted from 1) in a program that leaves no lock file, and save."""
    book = openpyxl.load_workbook(path)
    book["客户"].cell(row, column).value = value
    book.save(path)


def test_a_person_s_save_is_seen_and_not_overwritten(path: Path, tmp_path: Path) -> None:
    store = WorkbookStore(path)
    seen = store.read()
    save_as_a_person(path, 2, 2, 7)
    save_as_a_person(path, 3, 2, 5)
    assert store.changed_since(seen.version)
    assert store.commit(batch(CHANGE)).applied == (CHANGE,)
    settled(store)
    sheet = from_file(path, tmp_path)
    assert sheet.column("名称").tolist() == ["乙", "丙"]
    assert sheet.column("次数").tolist() == [7, 5]
    told = [(e.record_id, e.before, e.after, e.origin) for e in store.history() if e.column == "次数"]
    assert sorted(told) == [("a", 0, 7, Origin.SPREADSHEET), ("b", 0, 5, Origin.SPREADSHEET)]


def test_a_save_in_the_middle_of_a_write_is_not_overwritten(path: Path) -> None:
    saved: list[str] = []

    def step(name: str) -> None:
        if name == "written beside" and not saved:
            saved.append(name)
            save_as_a_person(path, 2, 1, "别人")

    store = WorkbookStore(path, step=step)
    assert store.commit(batch(CHANGE)).applied == (CHANGE,)
    settled(store)
    assert saved
    assert store.read().sheets["客户"].column("名称").tolist() == ["别人", "丙"]
    (found,) = store.conflicts()
    assert (found.conflict.change, found.conflict.current, found.actor) == (CHANGE, "别人", "li")
    assert leftovers(path) == []


def test_a_save_between_the_last_look_and_the_replacement_is_not_overwritten(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[bool] = []
    armed: list[bool] = []
    real_stat = os.stat

    def stat_then_somebody_saves(target: object, **options: object) -> os.stat_result:
        found = real_stat(target, **options)  # type: ignore[call-overload]
        if armed and not saved and str(target) == str(path):
            saved.append(True)
            save_as_a_person(path, 2, 1, "别人")
        return found  # type: ignore[no-any-return]

    store = WorkbookStore(path, step=lambda name: armed.append(True) if name == "written beside" else None)
    assert store.commit(batch(CHANGE)).applied == (CHANGE,)
    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", stat_then_somebody_saves)
        settled(store)
    assert saved
    assert store.read().sheets["客户"].column("名称").tolist() == ["别人", "丙"]
    (found,) = store.conflicts()
    assert found.conflict.current == "别人"
    assert leftovers(path) == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_fails_leaves_the_old_file(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    store = WorkbookStore(path)
    store.read()
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        assert store.commit(batch(CHANGE)).applied == (CHANGE,)
        assert not store.settle(0.2)
        cause = store.status().cause
        assert cause is not None
        assert cause.code == "disk_full"
        assert path.read_bytes() == before
        assert leftovers(path) == []
    settled(store)
    assert from_file(path, tmp_path).column("名称")[0] == "乙"


def leftovers(path: Path) -> list[str]:
    return [file.name for file in path.parent.iterdir() if "tmp" in file.name]


def test_permissions_and_links_stay(path: Path, tmp_path: Path) -> None:
    path.chmod(0o640)
    link = tmp_path / "link.xlsx"
    link.symlink_to(path)
    store = WorkbookStore(link)
    store.commit(batch(CHANGE))
    settled(store)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert from_file(path, tmp_path).column("名称")[0] == "乙"


def test_the_modification_time_is_the_time_of_writing(path: Path) -> None:
    os.utime(path, (1, 1))
    store = WorkbookStore(path)
    store.commit(batch(CHANGE))
    settled(store)
    assert abs(path.stat().st_mtime - time.time()) < 60


def test_old_leftovers_are_swept_and_fresh_ones_not(path: Path) -> None:
    old, fresh = (path.with_name(f".{path.name}.{name}.huifang-tmp") for name in ("old", "fresh"))
    old.write_bytes(b"x")
    fresh.write_bytes(b"x")
    os.utime(old, (1, 1))
    store = WorkbookStore(path)
    store.commit(batch(CHANGE))
    settled(store)
    assert (old.exists(), fresh.exists()) == (False, True)


def make_read_only(path: Path) -> None:
    path.chmod(0o444)


@pytest.mark.parametrize(("spoil", "code"), [(Path.unlink, "missing"), (make_read_only, "read_only")])
def test_what_is_in_the_way_is_said(path: Path, spoil: Callable[[Path], None], code: str) -> None:
    store = WorkbookStore(path)
    spoil(path)
    with pytest.raises(StoreError) as caught:
        store.commit(batch(CHANGE))
    assert caught.value.code == code
    assert path.name in str(caught.value)
    assert store.status().health is Health.READ_ONLY


SLOW_SAVER = """
import sys, time
content = sys.stdin.buffer.read()
time.sleep(0.1)
open(sys.argv[1], "wb").write(content)
"""


def test_a_file_caught_half_saved_is_read_again(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with subprocess.Popen([sys.executable, "-c", SLOW_SAVER, str(path)], stdin=subprocess.PIPE) as saver:
        assert saver.stdin
        saver.stdin.write(whole)
        saver.stdin.close()
        assert len(WorkbookStore(path).read().sheets["客户"]) == 2


def test_a_megabyte_of_text_in_a_cell_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with Workbook(path, {"in_memory": True}) as book:
        sheet = book.add_worksheet("客户")
        sheet.write_row(0, 0, ["名称", "次数", "_id"])
        sheet.write_row(1, 0, ["x" * 32_767, 1, "a"])
    big = tmp_path / "big.xlsx"
    changed_parts(
        path, big, {"xl/sharedStrings.xml": lambda xml: xml.replace(b"x" * 32_767, b"y" * (1 << 20))}
    )
    store = WorkbookStore(big)
    assert len(store.read().sheets["客户"].column("名称")[0]) == 1 << 20
    change = UpdateCell("客户", "a", "次数", 1, 2)
    assert store.commit(batch(change)).applied == (change,)
    settled(store)
    assert len(from_file(big, tmp_path).column("名称")[0]) == 1 << 20


def test_a_file_that_is_no_workbook_any_more_is_an_error_each_time(path: Path) -> None:
    store = WorkbookStore(path)
    store.read()
    path.write_bytes(b"a,b\n1,2\n")
    for _ in range(2):
        with pytest.raises(NotASpreadsheet):
            store.read()
    with pytest.raises(NotASpreadsheet):
        store.commit(batch(CHANGE))
