"""From the journal into the file: disks that fail, damaged journals, other hosts, other workbooks."""

from __future__ import annotations

import resource
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import openpyxl
import pytest

from lib.store.contract import Batch, Change, EntryState, Health, InsertRow, Origin, StoreError, UpdateCell
from lib.store.new_workbook import ColumnLayout, NewRow, SheetLayout, write_workbook
from lib.store.state_folder import folder_of
from lib.store.workbook import WorkbookStore
from lib.store.workbook_host import JOURNAL, set_aside_journal
from tests.store.editor import Editor, rows_of
from tests.store.rich_books import changed_parts
from tests.store.worlds import write_plain

AT = datetime(2026, 3, 4, tzinfo=UTC)
LAYOUT = SheetLayout("客户", (ColumnLayout("名称"), ColumnLayout("备注")))
CHANGE = UpdateCell("客户", "a", "名称", "甲", "乙")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_book(tmp_path / "客户.xlsx")


def write_book(path: Path) -> Path:
    write_workbook(path, [LAYOUT], {"客户": [NewRow("a", ("甲", None)), NewRow("b", ("丙", None))]})
    return path


@pytest.fixture
def store(path: Path) -> Iterator[WorkbookStore]:
    store = WorkbookStore(path)
    yield store
    store.close()


def batch(*changes: Change, operation: str = "op") -> Batch:
    return Batch(operation, "li", AT, changes)


def names(path: Path) -> list[object]:
    return [row["名称"] for row in rows_of(path)]


def test_the_file_follows_soon_without_being_asked(path: Path, store: WorkbookStore) -> None:
    store.commit(batch(CHANGE))
    deadline = time.monotonic() + 10
    while names(path) != ["乙", "丙"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert names(path) == ["乙", "丙"]


def test_what_was_shown_stays_valid_when_it_is_written(store: WorkbookStore) -> None:
    store.commit(batch(CHANGE, InsertRow("客户", "n", {"名称": "新"})))
    shown = store.read()
    assert store.settle(20)
    assert not store.changed_since(shown.version)
    now = store.read()
    assert now.version == shown.version
    before, after = shown.sheets["客户"], now.sheets["客户"]
    assert [column.tolist() for column in after.columns] == [column.tolist() for column in before.columns]
    assert after.row_numbers.tolist() == before.row_numbers.tolist()


def test_changes_that_come_together_are_written_together(path: Path, store: WorkbookStore) -> None:
    writes: list[str] = []
    store._step = writes.append
    for number in range(40):
        store.commit(batch(InsertRow("客户", f"n{number}", {"名称": "新"}), operation=f"{number}"))
    assert store.settle(20)
    assert len(rows_of(path)) == 42
    assert writes.count("replaced") < 20


def test_threads_may_commit_and_read_at_once(path: Path, store: WorkbookStore) -> None:
    def work(number: int) -> None:
        for count in range(10):
            change = InsertRow("客户", f"{number}-{count}", {"名称": "新"})
            assert store.commit(batch(change, operation=f"{number}-{count}")).applied
            store.read()
            store.status()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.settle(20)
    assert len({row["_id"] for row in rows_of(path)}) == len(rows_of(path)) == 62


def test_threads_end_with_the_store(path: Path) -> None:
    before = threading.active_count()
    for number in range(5):
        store = WorkbookStore(path)
        store.commit(batch(InsertRow("客户", f"n{number}", {}), operation=f"{number}"))
        store.close()
    assert threading.active_count() <= before


# --- foreign workbooks, other workbooks, other hosts -------------------------------------------------------


def test_a_foreign_workbook_gets_its_marks_with_the_first_write(tmp_path: Path) -> None:
    path = write_plain(tmp_path / "外来.xlsx", {"客户": [["名称", "_id"], ["甲", "a"]]})
    store = WorkbookStore(path)
    before = path.read_bytes()
    store.read()
    assert path.read_bytes() == before
    store.commit(batch(UpdateCell("客户", "a", "名称", "甲", "乙")))
    assert store.settle(20)
    meta = dict(openpyxl.load_workbook(path)["_meta"].iter_rows(values_only=True, max_col=2))
    assert {"stamp", "workbook_id"} <= meta.keys()
    assert openpyxl.load_workbook(path)["_meta"].sheet_state == "hidden"
    assert store.read().meta["workbook_id"] == meta["workbook_id"]


def test_another_workbook_in_the_same_place_takes_nothing_over(path: Path) -> None:
    store = WorkbookStore(path)
    store.commit(batch(CHANGE, operation="written"))
    assert store.settle(20)
    path.with_name(f".~lock.{path.name}#").write_text("李雷,li,pc,x,y;")
    waiting = InsertRow("客户", "n", {"名称": "还没写进去"})
    assert store.commit(batch(waiting, operation="waits")).applied
    path.unlink()
    write_book(path)
    path.with_name(f".~lock.{path.name}#").unlink()
    assert store.read().sheets["客户"].column("名称").tolist() == ["甲", "丙"]
    assert store.settle(20)
    assert names(path) == ["甲", "丙"]
    assert [conflict.conflict.change for conflict in store.conflicts()] == [waiting]
    assert store.history() == ()
    assert store.commit(batch(CHANGE, operation="again")).applied
    assert store.settle(20)
    assert names(path) == ["乙", "丙"]
    assert len(store.history()) == 1
    assert store.check_history() is None
    store.close()


def test_two_hosts_share_a_file(path: Path, tmp_path: Path) -> None:
    here, there = WorkbookStore(path, tmp_path / "here"), WorkbookStore(path, tmp_path / "there")
    person = Editor(path)
    here.commit(batch(CHANGE))
    assert here.settle(20)
    there.commit(batch(UpdateCell("客户", "b", "名称", "丙", "丁"), InsertRow("客户", "n", {"名称": "新"})))
    assert there.settle(20)
    assert here.read().sheets["客户"].column("名称").tolist() == ["乙", "丁", "新"]
    person.type("a", "备注", "旧副本")
    person.save()
    assert here.settle(20)
    assert there.settle(20)
    assert here.settle(20)
    assert names(path) == ["乙", "丁", "新"]
    assert rows_of(path)[0]["备注"] == "旧副本"
    assert here.conflicts() == there.conflicts() == ()
    seen = {(e.record_id, e.kind.value) for e in there.history() if e.origin is Origin.SPREADSHEET}
    assert {("a", "update")} <= seen
    here.close()
    there.close()


def test_a_copy_of_the_file_elsewhere_is_a_workbook_of_its_own(path: Path, tmp_path: Path) -> None:
    store = WorkbookStore(path)
    store.commit(batch(CHANGE))
    assert store.settle(20)
    copy = WorkbookStore(shutil.copy(path, tmp_path / "copy.xlsx"))
    assert copy.history() == ()
    copy.commit(batch(UpdateCell("客户", "b", "名称", "丙", "丁")))
    assert copy.settle(20)
    assert names(path) == ["乙", "丙"]
    assert names(tmp_path / "copy.xlsx") == ["乙", "丁"]
    store.close()
    copy.close()


# --- disks and journals ------------------------------------------------------------------------------------


def test_a_damaged_journal_leaves_the_workbook_readable(path: Path) -> None:
    store = WorkbookStore(path)
    store.commit(batch(CHANGE))
    assert store.settle(20)
    store.close()
    journal = folder_of(path) / JOURNAL
    for part in journal.parent.glob(f"{JOURNAL}*"):
        part.write_bytes(b"this is no database" * 1_000)
    store = WorkbookStore(path)
    snapshot = store.read()
    assert snapshot.sheets["客户"].column("名称").tolist() == ["乙", "丙"]
    assert not store.changed_since(snapshot.version)
    status = store.status()
    assert status.health is Health.READ_ONLY
    assert status.cause is not None
    assert status.cause.code == "journal_damaged"
    with pytest.raises(StoreError):
        store.commit(batch(UpdateCell("客户", "a", "名称", "乙", "丁"), operation="2"))
    aside = set_aside_journal(path)
    assert aside is not None
    assert aside.exists()
    assert store.commit(batch(UpdateCell("客户", "a", "名称", "乙", "丁"), operation="2")).applied
    assert store.settle(20)
    assert names(path) == ["丁", "丙"]
    store.close()


def test_a_lost_journal_begins_anew_with_the_file_as_it_is(path: Path) -> None:
    store = WorkbookStore(path)
    store.commit(batch(CHANGE))
    assert store.settle(20)
    store.close()
    shutil.rmtree(folder_of(path))
    store = WorkbookStore(path)
    assert store.read().sheets["客户"].column("名称").tolist() == ["乙", "丙"]
    assert store.commit(batch(UpdateCell("客户", "a", "名称", "乙", "丁"))).applied
    assert store.settle(20)
    assert names(path) == ["丁", "丙"]
    store.close()


def test_a_restored_older_journal_does_not_undo_the_file(path: Path, tmp_path: Path) -> None:
    store = WorkbookStore(path)
    store.commit(batch(CHANGE, operation="1"))
    assert store.settle(20)
    store.close()
    old = shutil.copytree(folder_of(path), tmp_path / "old state")
    store = WorkbookStore(path)
    store.commit(batch(UpdateCell("客户", "a", "名称", "乙", "丁"), operation="2"))
    assert store.settle(20)
    store.close()
    shutil.rmtree(folder_of(path))
    shutil.copytree(old, folder_of(path))
    store = WorkbookStore(path)
    assert store.commit(batch(UpdateCell("客户", "b", "名称", "丙", "戊"), operation="3")).applied
    assert store.settle(20)
    assert names(path) == ["丁", "戊"]
    assert store.conflicts() == ()
    store.close()


def _with_a_small_disk(path: str, state: str, largest: int, result: str) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    store = WorkbookStore(path, Path(state))
    store.read()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    acknowledged = []
    for number in range(200):
        change = InsertRow("客户", f"n{number}", {"名称": "新" * 50})
        try:
            store.commit(Batch(f"{number}", "li", AT, (change,)))
            acknowledged.append(f"n{number}")
        except StoreError as error:
            acknowledged.append(f"!{error.code}")
    store.settle(0.2)
    trouble = store.status().cause
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    Path(result).write_text(" ".join([str(trouble and trouble.code), *acknowledged]), encoding="utf-8")


@pytest.mark.parametrize("largest", [4_000, 60_000, 150_000])
def test_what_was_acknowledged_on_a_full_disk_is_there(path: Path, tmp_path: Path, largest: int) -> None:
    child = get_context("forkserver").Process(
        target=_with_a_small_disk,
        args=(str(path), str(tmp_path / "state"), largest, str(tmp_path / "result")),
    )
    child.start()
    child.join(60)
    assert child.exitcode == 0
    _, *told = (tmp_path / "result").read_text(encoding="utf-8").split()
    acknowledged = [word for word in told if not word.startswith("!")]
    assert len(acknowledged) < 200
    assert {word for word in told if word.startswith("!")} == {"!journal"}
    assert len(rows_of(path)) >= 2
    store = WorkbookStore(path, tmp_path / "state")
    assert store.settle(20)
    assert [row["_id"] for row in rows_of(path)] == ["a", "b", *acknowledged]
    assert store.check_history() is None
    store.close()


@pytest.mark.parametrize("at", ["built", "backed up", "written beside"])
def test_a_write_that_fails_is_made_later(path: Path, at: str) -> None:
    failures = []

    def step(name: str) -> None:
        if name == at and len(failures) < 2:
            failures.append(name)
            raise StoreError("the disk is full", "disk_full")

    store = WorkbookStore(path, step=step)
    store.read()
    person = Editor(path)
    person.add({"名称": "手填"})
    person.save()
    store.commit(batch(CHANGE))
    assert store.settle(20)
    assert len(failures) == 2
    assert names(path) == ["乙", "丙", "手填"]
    inserted = [e for e in store.history() if e.kind == "insert" and e.state is not EntryState.CONFLICT]
    assert len(inserted) == 1
    store.close()


def test_it_is_tried_again_by_itself(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.store.flusher.HELD_LOOK_S", 0.05)
    lock = path.with_name(f".~lock.{path.name}#")
    lock.write_text("李雷,li,pc,x,y;")
    store = WorkbookStore(path)
    store.commit(batch(CHANGE))
    time.sleep(0.5)
    assert names(path) == ["甲", "丙"]
    lock.unlink()
    deadline = time.monotonic() + 10
    while store.status().waiting and time.monotonic() < deadline:
        time.sleep(0.05)
    assert names(path) == ["乙", "丙"]
    store.close()


@pytest.mark.parametrize("close", [True, False])
def test_what_waits_is_written_by_the_next_process(path: Path, close: bool) -> None:
    lock = path.with_name(f".~lock.{path.name}#")
    lock.write_text("李雷,li,pc,x,y;")
    first = WorkbookStore(path)
    first.commit(batch(CHANGE))
    if close:
        first.close()
    lock.unlink()
    second = WorkbookStore(path)
    assert second.read().sheets["客户"].column("名称").tolist() == ["乙", "丙"]
    deadline = time.monotonic() + 10
    while second.status().waiting and time.monotonic() < deadline:
        time.sleep(0.05)
    assert names(path) == ["乙", "丙"]
    second.close()
    first.close()


def with_unusual_sheet(path: Path) -> Path:
    """Worksheet 坏 has its rows in a wrong order, which readers and programs take differently."""
    plain = write_plain(path.with_name("plain.xlsx"), {"坏": [], "好": [["名称", "_id"], ["甲", "a"]]})
    row = b'<row r="%d"><c r="A%d" t="str"><v>%b</v></c><c r="B%d" t="str"><v>%b</v></c></row>'
    cells = [(1, b"name", b"_id"), (5, b"z", b"r5"), (2, b"x", b"r2")]
    data = b"".join(row % (n, n, name, n, record) for n, name, record in cells)
    changed_parts(
        plain,
        path,
        {
            "xl/worksheets/sheet1.xml": lambda xml: xml.replace(
                b"<sheetData/>", b"<sheetData>" + data + b"</sheetData>"
            )
        },
    )
    return path


def test_a_worksheet_that_cannot_be_written_does_not_keep_the_others_waiting(tmp_path: Path) -> None:
    path = with_unusual_sheet(tmp_path / "a.xlsx")
    store = WorkbookStore(path)
    bad = UpdateCell("坏", "r2", "name", "x", "y")
    assert store.commit(batch(bad, UpdateCell("好", "a", "名称", "甲", "乙"))).applied
    assert not store.settle(3)
    assert rows_of(path, "好")[0]["名称"] == "乙"
    status = store.status()
    assert (status.health, status.waiting, status.records) == (Health.WAITING, 1, {("坏", "r2")})
    assert status.cause is not None
    assert status.cause.code in ("not_verified", "unusual_sheet")
    assert store.read().sheets["坏"].column("name")[0] == "y"
    written = path.read_bytes()
    time.sleep(1)
    assert path.read_bytes() == written
    assert store.commit(batch(UpdateCell("好", "a", "名称", "乙", "丙"), operation="2")).applied
    assert not store.settle(1)
    assert rows_of(path, "好")[0]["名称"] == "丙"
    book = openpyxl.load_workbook(path)  # a person's program puts the rows in order
    book.save(path)
    assert store.settle(20)
    assert [row["name"] for row in rows_of(path, "坏") if row["_id"] == "r2"] == ["y"]
    store.close()
