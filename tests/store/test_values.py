"""Whatever a cell can hold comes back as it was written, from every store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lib.store.contract import Batch, CellError, InsertRow, Store, StoreError, UpdateCell, Value
from lib.store.memory import MemoryStore
from lib.store.new_workbook import ColumnLayout, NewRow, SheetLayout, write_workbook
from lib.store.values import same_value, storable
from lib.store.workbook import WorkbookStore
from lib.store.workbook_reading import read_workbook

AT = datetime(2026, 3, 4, tzinfo=UTC)
day = datetime.fromisoformat
LAYOUT = SheetLayout(
    "表", (ColumnLayout("文", "text"), ColumnLayout("日", "date"), ColumnLayout("数", "number"))
)
CONTROLS = ["\t", "\r\n", "a\rb", "\x00\x01\x1f", "\u2028", "\ufffe\uffff", "\ud800"]
ESCAPES = ["_x0041_", "_x005F_", "_x_", "<&>\"'", "]]>", "&amp;", "<![CDATA["]
LOOKALIKES = ["007", "=1+1", "'x", "#REF!", "TRUE", "1e5", "2026-01-05", "@SUM(1)", "-1"]
NASTY = [*CONTROLS, *ESCAPES, *LOOKALIKES, " a ", "😀", "名\u0301", "长" * 3000]

values = st.one_of(
    st.none(),
    st.booleans(),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=40),
    st.text("_x0041F\r\n\x07", max_size=20),
    st.sampled_from(NASTY),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.datetimes(day("1800-01-01"), day("9999-12-31 23:59:59")),
    st.sampled_from([CellError("#REF!"), CellError("#N/A"), CellError("#DIV/0!")]),
)


def written_and_read(store: Store, written: list[Value]) -> list[list[Value]]:
    """Rows of each value under three formats: written into new rows, then into the first row's cells."""
    changes = [InsertRow("表", f"n{n}", dict.fromkeys("文日数", value)) for n, value in enumerate(written)]
    receipt = store.commit(Batch("insert", "li", AT, tuple(changes)))
    assert receipt.conflicts == ()
    shown = store.read().sheets["表"]
    assert store.settle(20)
    sheet = store.read().sheets["表"]
    for before, after in zip(shown.columns, sheet.columns, strict=True):
        assert all(map(same_value, before.tolist(), after.tolist()))  # shown as it is then written
    store.close()
    return [column.tolist()[1:] for column in sheet.columns]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(values, min_size=1, max_size=12))
@example(NASTY)
def test_new_rows_hold_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, written: list[Value]
) -> None:
    path = tmp_path_factory.mktemp("book") / "a.xlsx"
    write_workbook(path, [LAYOUT], {"表": [NewRow("first", ("甲", day("2026-01-05"), 1.5))]})
    expected = [storable(value) for value in written]
    memory = MemoryStore({"表": [["文", "日", "数", "_id"], ["甲", None, 1.5, "first"]]})
    for store in (memory, WorkbookStore(path)):
        for column in written_and_read(store, written):
            assert all(map(same_value, column, expected)), (column, expected)
            assert [type(value) for value in column] == [type(value) for value in expected]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(values, min_size=2, max_size=6))
def test_a_cell_changes_from_any_value_to_any_other(
    tmp_path_factory: pytest.TempPathFactory, written: list[Value]
) -> None:
    path = tmp_path_factory.mktemp("book") / "a.xlsx"
    write_workbook(path, [LAYOUT], {"表": [NewRow("r", ("甲", day("2026-01-05"), 1.5))]})
    store = WorkbookStore(path)
    before: Value = day("2026-01-05")
    for number, value in enumerate(written):
        change = UpdateCell("表", "r", "日", before, value)
        assert store.commit(Batch(f"{number}", "li", AT, (change,))).conflicts == ()
        assert store.settle(20)
        before = read_workbook(path).sheets["表"].sheet.column("日")[0]
        assert same_value(before, storable(value))
    store.close()


def test_another_reader_sees_the_same_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, [LAYOUT])
    changes = tuple(InsertRow("表", f"n{n}", {"文": text}) for n, text in enumerate(NASTY))
    store = WorkbookStore(path)
    store.commit(Batch("1", "li", AT, changes))
    assert store.settle(30)
    cells = [row[0] for row in openpyxl.load_workbook(path)["表"].iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    plain = [text for text in NASTY if text.isprintable() and "_x" not in text]
    assert [cell.value for cell in cells if cell.value in plain] == plain


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53), st.booleans())
def test_numbers_and_truth_values_never_mix(number: float, truth: bool) -> None:
    assert not same_value(number, truth)
    assert same_value(number, float(number))


@given(st.datetimes(day("1901-01-01"), day("9998-01-01")), st.integers(0, 400_000))
def test_instants_agree_to_the_second(at: datetime, microseconds: int) -> None:
    assert same_value(storable(at), at)
    assert storable(storable(at)) == storable(at)
    assert not same_value(at, at + timedelta(seconds=1, microseconds=microseconds))


def test_empty_text_is_an_empty_cell() -> None:
    assert storable("") is None
    assert same_value("", None)
    assert not same_value(0, None)


def test_what_is_no_value_is_refused() -> None:
    with pytest.raises(StoreError, match="list"):
        storable([1])  # type: ignore[arg-type]
