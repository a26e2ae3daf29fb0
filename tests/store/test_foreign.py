"""Some 350 workbooks of other hands: a change, a new row and an archived row cost them nothing."""

from __future__ import annotations

import csv
import io
import warnings
from pathlib import Path

import openpyxl
import pytest

from tests.store.foreign.collection import foreign_workbooks
from tests.store.foreign.edits import NEW_AMOUNT, NEW_NAME, NEW_TEXT
from tests.store.foreign.losses import Meant, losses
from tests.store.foreign.office import converted, numbered, resaved, with_additions
from tests.store.foreign.run import changed
from tests.store.foreign.written import TITLE, written

SEED, CHOICES, RESAVED = 1, 220, 24
CSV_IN_UTF_8 = "csv:Text - txt - csv (StarCalc):44,34,76"


@pytest.fixture(scope="module")
def foreign() -> dict[str, bytes]:
    return dict(foreign_workbooks(SEED, CHOICES))


@pytest.fixture(scope="module")
def from_office(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("office")
    some = dict(list(foreign_workbooks(SEED, 0))[: 4 * RESAVED : 4])
    return {**resaved(some, folder), "a person's additions": with_additions(written([]), folder / "person")}


@pytest.fixture(scope="module")
def after(foreign: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The foreign workbooks after the changes; nothing may have been lost in any of them."""
    folder = tmp_path_factory.mktemp("foreign")
    return changed_without_loss(foreign, folder)


def changed_without_loss(books: dict[str, bytes], folder: Path) -> dict[str, bytes]:
    made = list(changed(books.items(), folder))
    assert {name: found for name, _, found in made if found} == {}
    return {name: data for name, data, _ in made}


def test_nothing_is_lost_in_foreign_workbooks(foreign: dict[str, bytes], after: dict[str, bytes]) -> None:
    assert len(foreign) >= 300
    assert after.keys() == foreign.keys()


def test_nothing_is_lost_in_workbooks_of_libreoffice(from_office: dict[str, bytes], tmp_path: Path) -> None:
    assert len(from_office) > RESAVED * 3 // 4
    assert len(changed_without_loss(from_office, tmp_path)) == len(from_office)


def test_openpyxl_opens_them_as_before(foreign: dict[str, bytes], after: dict[str, bytes]) -> None:
    """Where it could open the workbook before, it still can."""
    names = list(foreign)
    seen = 0
    for name in names:
        if cells := cells_by_openpyxl(after[name]):
            seen += 1
            assert {NEW_TEXT, NEW_AMOUNT, NEW_NAME, "_deleted"} <= cells, name
        else:
            assert not cells_by_openpyxl(foreign[name]), name
    assert seen > len(names) * 2 // 3


def cells_by_openpyxl(data: bytes) -> set[object]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            sheet = openpyxl.load_workbook(io.BytesIO(data))[TITLE]
        except Exception:  # it cannot open some of the originals either, each in its own way
            return set()
    return {cell for row in sheet.iter_rows(max_row=60, values_only=True) for cell in row}


def test_libreoffice_opens_them_as_before(
    foreign: dict[str, bytes], after: dict[str, bytes], tmp_path: Path
) -> None:
    chosen = [name for name in foreign if not name.startswith("choice")][::2]
    texts = {
        when: converted(
            numbered({n: books[n] for n in chosen}, tmp_path / when), CSV_IN_UTF_8, tmp_path / when
        )
        for when, books in (("before", foreign), ("after", after))
    }
    assert texts["before"].keys() <= texts["after"].keys()
    assert len(texts["after"]) > 40
    for name, file in texts["after"].items():
        rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
        shown = {cell for row in rows for cell in row}
        assert {NEW_TEXT, str(NEW_AMOUNT), NEW_NAME, "_deleted"} <= shown, name


def test_a_writer_that_rewrites_everything_is_caught(foreign: dict[str, bytes]) -> None:
    """The same judge, on a load and save by openpyxl."""
    caught = judged = 0
    for data in list(foreign.values())[::10]:
        if rewritten := rewritten_by_openpyxl(data):
            judged += 1
            caught += bool(losses(data, rewritten, Meant(TITLE)))
    assert judged > 20
    assert caught == judged


def rewritten_by_openpyxl(data: bytes) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            openpyxl.load_workbook(io.BytesIO(data)).save(out)
        except Exception:  # as above
            return b""
    return out.getvalue()
