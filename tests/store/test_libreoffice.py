"""Real LibreOffice, headless, holding the workbook open: saving late, saving over what the app wrote."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib.store.contract import Batch, Change, InsertRow, Origin, StoreBusy, UpdateCell
from lib.store.holders import libreoffice_lock
from lib.store.new_workbook import ColumnLayout, NewRow, SheetLayout, write_workbook
from lib.store.workbook import WorkbookStore
from tests.browser.person import Person
from tests.store.editor import rows_of

AT = datetime(2026, 3, 4, tzinfo=UTC)
LAYOUT = SheetLayout("客户", (ColumnLayout("名称"), ColumnLayout("备注")))
TIMEOUT_S = 60


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Person:
    return Person(tmp_path_factory.mktemp("profile"))


class Sitting:
    """The person opens the workbook, and goes on from step to step when told."""

    def __init__(self, person: Person, path: Path, *steps: str) -> None:
        self._folder, self._done = path.parent, 0
        parts = [self._mark(0)]
        for number, edits in enumerate(steps, 1):
            go = self._folder / f"go{number}"
            parts += [
                f'  Do While Not FileExists("{go}")\n    Wait 50\n  Loop',
                '  sheet = doc.Sheets.getByName("客户")',
                edits,
                self._mark(number),
            ]
        self._thread = threading.Thread(target=person.edit, args=(path, "\n".join(parts)))
        self._thread.start()
        self._wait(0)

    def step(self) -> None:
        self._done += 1
        (self._folder / f"go{self._done}").touch()
        self._wait(self._done)

    def leave(self) -> None:
        """Saves once more and closes."""
        self._thread.join(TIMEOUT_S)
        assert not self._thread.is_alive()

    def _mark(self, number: int) -> str:
        return f'  f = FreeFile\n  Open "{self._folder}/did{number}" For Output As #f\n  Close #f'

    def _wait(self, number: int) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while not (self._folder / f"did{number}").exists():
            assert time.monotonic() < deadline, "LibreOffice does not answer"
            time.sleep(0.02)


def type_into(cell: str, text: str) -> str:
    return f'  sheet.getCellRangeByName("{cell}").String = "{text}"'


LEAVE_WITHOUT_SAVING = "  doc.close(True)\n  Exit Sub"


def save_as(path: Path) -> str:
    return f"""  Dim how(0) As New com.sun.star.beans.PropertyValue
  how(0).Name = "FilterName"
  how(0).Value = "Calc MS Excel 2007 XML"
  doc.storeToURL(ConvertToURL("{path}"), how())"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "客户.xlsx"
    rows = [NewRow(record, (f"{record}0", None)) for record in "abcd"]
    write_workbook(file, [LAYOUT], {"客户": rows})
    return file


@pytest.fixture
def store(path: Path) -> Iterator[WorkbookStore]:
    store = WorkbookStore(path)
    store.read()
    yield store
    store.close()


def commit(store: WorkbookStore, operation: str, *changes: Change) -> None:
    assert store.commit(Batch(operation, "li", AT, changes)).applied == changes


def cells(path: Path) -> dict[object, tuple[object, object]]:
    return {row["_id"]: (row["名称"], row["备注"]) for row in rows_of(path)}


def test_changes_wait_while_it_is_open_and_merge_after_a_late_save(
    person: Person, path: Path, store: WorkbookStore
) -> None:
    sitting = Sitting(
        person, path, type_into("A2", "人改") + "\n" + type_into("B3", "人注") + "\n  doc.store()", ""
    )
    commit(
        store,
        "1",
        UpdateCell("客户", "a", "名称", "a0", "程序改"),
        UpdateCell("客户", "b", "名称", "b0", "乙"),
    )
    commit(store, "2", InsertRow("客户", "n", {"名称": "新"}))
    assert not store.settle(0.3)
    cause = store.status().cause
    assert isinstance(cause, StoreBusy)
    assert cause.details["program"] == "LibreOffice"
    sitting.step()
    assert not store.settle(0.3)
    sitting.step()
    sitting.leave()
    assert store.settle(30)
    assert cells(path) == {
        "a": ("人改", None), "b": ("乙", "人注"), "c": ("c0", None), "d": ("d0", None), "n": ("新", None),
    }  # fmt: skip
    (conflict,) = store.conflicts()
    assert (conflict.conflict.change, conflict.conflict.current) == (
        UpdateCell("客户", "a", "名称", "a0", "程序改"), "人改",
    )  # fmt: skip


def test_sorted_and_with_rows_and_columns_inserted_while_changes_wait(
    person: Person, path: Path, store: WorkbookStore
) -> None:
    edits = [
        "  SortBy(sheet, 0, False)",
        "  sheet.Rows.insertByIndex(2, 1)",
        type_into("A3", "手填"),
        "  sheet.Columns.insertByIndex(0, 1)",
        type_into("A1", "新列"),
        "  doc.store()",
    ]
    sitting = Sitting(person, path, "\n".join(edits))
    commit(store, "1", *(UpdateCell("客户", r, "备注", None, f"注{r}") for r in "abcd"))
    sitting.step()
    sitting.leave()
    assert store.settle(30)
    rows = {row["名称"]: row["备注"] for row in rows_of(path)}
    assert rows == {"d0": "注d", "手填": None, "c0": "注c", "b0": "注b", "a0": "注a"}
    assert all(row["_id"] for row in rows_of(path))


def test_its_save_over_what_the_app_wrote_loses_nothing(
    person: Person, path: Path, store: WorkbookStore, tmp_path: Path
) -> None:
    late = tmp_path / "late.xlsx"
    sitting = Sitting(person, path, type_into("B2", "人注") + "\n" + save_as(late), LEAVE_WITHOUT_SAVING)
    libreoffice_lock(path).unlink()  # as on a share that hides lock files
    commit(
        store, "1", UpdateCell("客户", "a", "名称", "a0", "程序改"), InsertRow("客户", "n", {"名称": "新"})
    )
    assert store.settle(30)
    assert cells(path)["a"] == ("程序改", None)
    written = Path(shutil.copy(path, tmp_path / "written"))
    sitting.step()
    late.replace(path)  # headless it cannot be asked whether to save all the same
    assert path.read_bytes() != written.read_bytes()
    assert store.settle(30)
    assert cells(path) == {
        "a": ("程序改", "人注"), "b": ("b0", None), "c": ("c0", None), "d": ("d0", None), "n": ("新", None),
    }  # fmt: skip
    assert store.conflicts() == ()
    told = [(e.record_id, e.column, e.after) for e in store.history() if e.origin is Origin.SPREADSHEET]
    assert told == [("a", "备注", "人注")]
    (path.parent / "go2").touch()
    sitting.leave()
