"""Copies after each write: which are kept, and how one is put back."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.__main__ import main
from lib.store.backups import KEPT_LAST, Backup, Backups, superfluous
from lib.store.contract import Batch, InsertRow, Origin, StoreBusy, StoreError, UpdateCell
from lib.store.new_workbook import ColumnLayout, NewRow, SheetLayout, write_workbook
from lib.store.restoring import copy_backup, list_backups, restore_backup
from lib.store.workbook import WorkbookStore
from tests.store.editor import Editor, rows_of

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
LAYOUT = SheetLayout("客户", (ColumnLayout("名称"),))


def backup(number: int, age: timedelta) -> Backup:
    return Backup(number, number, AT - age, Path())


@given(st.lists(st.integers(0, 40 * 24 * 60), max_size=120))
def test_the_last_ones_each_hour_and_each_day_are_kept(ages_min: list[int]) -> None:
    ages = sorted(ages_min, reverse=True)
    all_of_them = [backup(n, timedelta(minutes=age)) for n, age in enumerate(ages)]
    gone = {b.number for b in superfluous(all_of_them, AT)}
    kept = [b for b in all_of_them if b.number not in gone]
    assert [b.number for b in kept[-KEPT_LAST:]] == [b.number for b in all_of_them[-KEPT_LAST:]]
    assert len(kept) <= KEPT_LAST + 49 + 31
    for span, form in ((timedelta(days=2), "%d%H"), (timedelta(days=30), "%m%d")):
        recent = [b for b in all_of_them if AT - b.at <= span]
        told = [b for b in kept if AT - b.at <= span]
        assert {b.at.strftime(form) for b in recent} == {b.at.strftime(form) for b in told}


def test_backups_are_numbered_found_and_pruned(tmp_path: Path) -> None:
    backups = Backups(tmp_path / "none yet")
    assert backups.list() == ()
    assert backups.nearest(5) is None
    for seq in (3, 5, 5):
        backups.keep(seq, f"content {seq}".encode(), AT)
    assert [(b.number, b.seq, b.at) for b in backups.list()] == [(1, 3, AT), (2, 5, AT), (3, 5, AT)]
    assert [b.number if (b := backups.nearest(seq)) else None for seq in (2, 3, 4, 9)] == [None, 1, 1, 3]
    for number in range(40):
        backups.keep(9, b"x", AT + timedelta(minutes=number))
    backups.prune(AT + timedelta(hours=1))
    assert len(backups.list()) == KEPT_LAST
    with pytest.raises(StoreError):
        backups.find(1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "客户.xlsx"
    write_workbook(file, [LAYOUT], {"客户": [NewRow("a", ("甲",)), NewRow("b", ("乙",))]})
    store = WorkbookStore(file)
    for number, (old, new) in enumerate((("甲", "一"), ("一", "二"), ("二", "三"))):
        store.commit(Batch(f"op{number}", "li", AT, (UpdateCell("客户", "a", "名称", old, new),)))
        assert store.settle(20)
    store.close()
    return file


def names(path: Path) -> list[object]:
    return [row["名称"] for row in rows_of(path)]


def test_there_is_a_backup_of_the_original_and_of_each_write(path: Path, tmp_path: Path) -> None:
    found = []
    for copy in list_backups(path):
        copy_backup(path, copy.number, tmp_path / f"{copy.number}.xlsx")
        found.append(names(tmp_path / f"{copy.number}.xlsx")[0])
    assert found == ["甲", "一", "二", "三"]
    with pytest.raises(StoreError):
        copy_backup(path, 1, path)


def test_a_restored_backup_stays_and_is_in_history(path: Path) -> None:
    restore_backup(path, 2, "wang")
    store = WorkbookStore(path)
    assert names(path) == ["一", "乙"]
    assert store.settle(20)
    assert names(path) == ["一", "乙"]
    assert store.read().sheets["客户"].column("名称").tolist() == ["一", "乙"]
    entry = store.history()[0]
    assert (entry.actor, entry.origin, entry.before, entry.after) == ("wang", Origin.SPREADSHEET, "三", "一")
    assert store.commit(Batch("next", "li", AT, (UpdateCell("客户", "a", "名称", "一", "四"),))).applied
    assert store.settle(20)
    assert names(path) == ["四", "乙"]
    store.close()
    restore_backup(path, list_backups(path)[-3].number, "wang")  # what was there before the first restoring
    assert names(path) == ["三", "乙"]


def test_what_waits_is_not_laid_over_a_restored_backup(path: Path) -> None:
    lock = path.with_name(f".~lock.{path.name}#")
    lock.write_text("李雷,li,pc,x,y;")
    store = WorkbookStore(path)
    store.commit(Batch("waits", "li", AT, (InsertRow("客户", "n", {"名称": "新"}),)))
    with pytest.raises(StoreBusy):
        restore_backup(path, 2, "wang")
    store.close()
    lock.unlink()
    restore_backup(path, 2, "wang")
    store = WorkbookStore(path)
    assert store.settle(20)
    assert names(path) == ["一", "乙"]
    assert [e.kind for e in store.history(None, "n")] == ["remove", "insert"]
    store.close()


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"PK\x03\x04 damaged")])
def test_a_lost_or_damaged_workbook_is_put_back(path: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    spoil(path)
    restore_backup(path, 4, "wang")
    assert names(path) == ["三", "乙"]
    assert len(WorkbookStore(path).read().sheets["客户"]) == 2


def test_the_commands_list_restore_and_copy(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backups", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert '"number": 1' in lines[0]
    assert main(["restore", str(path), "1", "--to", str(tmp_path / "first.xlsx")]) == 0
    assert names(tmp_path / "first.xlsx") == ["甲", "乙"]
    assert main(["restore", str(path), "1", "--actor", "wang"]) == 0
    assert names(path) == ["甲", "乙"]
    assert main(["restore", str(path), "99"]) == 2


def test_another_host_s_changes_are_not_undone_by_it_after_a_restore(path: Path, tmp_path: Path) -> None:
    other = WorkbookStore(path, tmp_path / "other host")
    other.commit(Batch("o", "han", AT, (UpdateCell("客户", "b", "名称", "乙", "别处"),)))
    assert other.settle(20)
    restore_backup(path, 2, "wang")
    assert other.settle(20)
    assert names(path) == ["一", "乙"]
    assert {e.record_id: e.after for e in reversed(other.history())} == {"a": "一", "b": "乙"}
    other.close()


def test_an_old_copy_of_the_file_is_told_from_a_restored_one(path: Path, tmp_path: Path) -> None:
    person = Editor(path)
    store = WorkbookStore(path)
    store.commit(Batch("later", "li", AT, (UpdateCell("客户", "b", "名称", "乙", "丙"),)))
    assert store.settle(20)
    person.save()
    assert store.settle(20)
    assert names(path) == ["三", "丙"]
    shutil.copy(path, tmp_path / "kept.xlsx")
    store.close()
