"""Every kind of value through a file and back, and what openpyxl and LibreOffice read of it."""

from __future__ import annotations

import io
import math
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from lib.store.contract import Batch, CellError, InsertRow, Sheet, StoreError, UpdateCell, Value
from lib.store.reading import read_grid
from lib.store.values import LONGEST_TEXT, same_value, storable
from lib.store.xlsx_edit import edited_workbook
from lib.store.xlsx_parts import Package
from lib.store.xlsx_reading import read_grids
from tests.store.foreign.cell_forms import CELL_FORMS
from tests.store.foreign.edits import AT, commit_and_settle, opened
from tests.store.foreign.office import XLSX, converted
from tests.store.foreign.written import TITLE, written
from tests.store.foreign.xml_forms import FORMS, read_members, zipped

day = datetime.fromisoformat
LOOKALIKES = [
    "007",
    "=1+1",
    "+86 138",
    "-",
    "@x",
    "'x",
    "1e5",
    "TRUE",
    "#REF!",
    "2026-01-05",
    "0x1F",
    "１２",
    "1,5",
]
SCRIPTS = [
    "😀👨‍👩‍👧",
    "e\u0301\u0327",
    "\u0301",
    "שלום (1)",
    "\u202eabc\u202c",
    "عربي 123",
    "한글",
    "\U0001f1e8\U0001f1f3",
    "𠮷野家",
]
ESCAPES = [
    "_x0001_",
    "_x0041_",
    "_x005F_",
    "_x005F_x0041_",
    "_x_",
    "__x0041__",
    "_X0041_",
    "_x00g1_",
    "&#65;",
    "<a>",
    "]]>",
]
SPACES = [
    " a",
    "a ",
    "  ",
    "\t",
    "\n",
    "a\nb",
    "a\rb",
    "a\r\nb",
    "\u00a0",
    "\u3000",
    "\u200b",
    "\ufeff",
    "\u2028",
    "\u0085",
]
CONTROLS = [chr(code) for code in range(1, 32)] + [
    "\x7f",
    "\x80",
    "\x9f",
    "a\0b",
    "\ufffe",
    "\ud800",
    "\udc00x",
]
TEXTS = [*LOOKALIKES, *SCRIPTS, *ESCAPES, *SPACES, *CONTROLS, "长" * LONGEST_TEXT, "😀" * (LONGEST_TEXT // 2)]
NUMBERS: list[Value] = [
    0,
    -0.0,
    1,
    -1,
    0.1 + 0.2,
    1e308,
    5e-324,
    2.2250738585072014e-308,
    2**53,
    -(2**53),
    1e15,
    1e16,
    1 / 3,
]
OLD_DAYS = ("1800-01-01", "1899-12-31", "1900-01-01", "1900-02-28", "1900-03-01", "1904-01-01")
DAYS = [*map(day, OLD_DAYS), *map(day, ("2026-02-28 23:59:59", "9999-12-31", "9999-12-31 23:59:59"))]
BEGIN_OF_1904 = day("1904-01-02")  # the first day that such a workbook can show as a day
OTHERS: list[Value] = [None, "", True, False, CellError("#REF!"), CellError("#N/A"), CellError("#DIV/0!")]
ALL: list[Value] = [*TEXTS, *NUMBERS, *DAYS, *OTHERS]
# What it makes of two texts: it does not escape an escape when saving, and has one kind of line end.
BY_LIBREOFFICE = {"_x005F_x0041_": "_x0041_", "a\r\nb": "a\nb"}
KINDS = ("plain", "prefixes", "strict", "no_styles", "1904")

values = st.one_of(
    st.sampled_from(ALL),
    st.text(max_size=60),
    st.text("_x0041F&<>\"'\r\n\t\x07 ", max_size=20),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.datetimes(day("1000-01-01"), day("9999-12-31 23:59:59")),
)


def make_package(kind: str) -> Package:
    members = read_members(written([], date_1904=kind == "1904"))
    form = {**FORMS, **CELL_FORMS}.get(kind, lambda unchanged: unchanged)
    return Package(zipped(form(members)))


PACKAGES = {kind: make_package(kind) for kind in KINDS}


def after(package: Package, written_values: list[Value]) -> Package:
    """The values in three columns each: over texts, over dates, in new rows and in rows that were there."""
    rows = {row: storable(value) for row, value in enumerate(written_values, 2)}
    edits = {(row, column): value for row, value in rows.items() for column in (0, 3, 7)}
    return edited_workbook(package, {TITLE: edits}, {TITLE: read_grid(read_grids(package)[TITLE])})


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(written_values=st.lists(values, min_size=1, max_size=20))
@example(written_values=ALL)
def test_what_is_written_is_read(kind: str, written_values: list[Value]) -> None:
    if kind == "1904":
        written_values = [value for value in written_values if not is_too_early(value)]
    edited = after(PACKAGES[kind], written_values)
    grid = read_grids(edited)[TITLE]
    for row, value in enumerate(written_values, 2):
        expected = storable(value)
        for column in (0, 3, 7):
            read = grid.value(row, column)
            assert same_value(read, expected), (value, read)
            assert type(read) is type(expected), (value, read)
    for name, content in read_members(edited.data).items():
        if name.endswith(".xml"):
            etree.fromstring(content)


def is_too_early(value: Value) -> bool:
    kept = storable(value)
    return isinstance(kept, datetime) and kept < BEGIN_OF_1904


@given(st.text(), st.integers(0, 3))
def test_text_is_kept_to_the_character(text: str, spaces: int) -> None:
    text = " " * spaces + text + " " * spaces
    read = read_grids(after(PACKAGES["plain"], [text]))[TITLE].value(2, 0)
    whole = text.encode("utf-16-le", "replace").decode("utf-16-le")
    if "\ufffe" not in text and "\uffff" not in text and whole == text:
        assert read == (text or None)


def test_another_program_reads_the_same() -> None:
    plain = [value for value in ALL if not isinstance(value, str) or value.isprintable()]
    sheet = openpyxl.load_workbook(io.BytesIO(after(PACKAGES["plain"], plain).data))[TITLE]
    for row, value in enumerate(plain, 2):
        cell, expected = sheet.cell(row, 8), storable(value)
        assert cell.data_type != "f"
        if isinstance(expected, datetime):
            assert abs((cell.value - expected).total_seconds()) < 1
        elif isinstance(expected, CellError):
            assert (cell.value, cell.data_type) == (expected.code, "e")
        elif not (isinstance(expected, str) and "_x" in expected):  # it does not know these escapes
            assert cell.value == expected


def test_libreoffice_keeps_what_was_written(tmp_path: Path) -> None:
    """Opened and saved by it, all values but the few that it cannot hold are still there."""
    source = tmp_path / "a.xlsx"
    source.write_bytes(after(PACKAGES["plain"], ALL).data)
    saved = converted({"a": source}, XLSX, tmp_path / "saved")["a"]
    grid = read_grids(Package(saved.read_bytes()))[TITLE]
    different = {
        str(value)[:20]: grid.value(row, 7)
        for row, value in enumerate(ALL, 2)
        if not same_value(grid.value(row, 7), storable(value))
    }
    assert different == BY_LIBREOFFICE


def test_through_the_store(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(written([]))
    inserts = tuple(InsertRow(TITLE, f"n{n}", {"名称": value, "建立": value}) for n, value in enumerate(ALL))
    updates = tuple(UpdateCell(TITLE, f"n{n}", "名称", value, ALL[-n - 1]) for n, value in enumerate(ALL))
    with opened(path) as store:
        assert commit_and_settle(store, Batch("1", "li", AT, inserts)).conflicts == ()
        sheet = read_again(path)
        for header in ("名称", "建立"):
            assert all(map(same_value, sheet.column(header).tolist()[-len(ALL) :], map(storable, ALL)))
        assert commit_and_settle(store, Batch("2", "li", AT, updates)).conflicts == ()
    last = read_again(path).column("名称").tolist()[-len(ALL) :]
    assert all(map(same_value, last, map(storable, reversed(ALL))))


def read_again(path: Path) -> Sheet:
    with opened(path) as store:
        return store.read().sheets[TITLE]


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, 2**53 + 1, "长" * (LONGEST_TEXT + 1), "😀" * (LONGEST_TEXT // 2 + 1)]
)
def test_what_no_cell_can_hold_is_refused(value: Value) -> None:
    with pytest.raises(StoreError):
        storable(value)
