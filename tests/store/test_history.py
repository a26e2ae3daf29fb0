"""The pure part of history: differences of readings as entries, and the chain."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.store.contract import Batch, CellError, Entry, EntryKind, Sheet, UpdateCell, Value
from lib.store.history import batch_of, change_of, digest_of, entry_of, first_break, observe
from lib.store.journal import Journal
from lib.store.reading import grid_from_rows, read_grid
from lib.store.value_codec import dump_value, dump_values, load_value, load_values

AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
VALUES = st.sampled_from([None, "a", "b", 1, 2.5, True, datetime(2026, 1, 2), CellError("#REF!")])  # noqa: DTZ001
TABLE = st.dictionaries(st.sampled_from("pqrstuvw"), st.tuples(VALUES, VALUES), max_size=8)
Table = dict[str, tuple[Value, Value]]


def sheet(rows: Table, header: tuple[str, str] = ("x", "y")) -> dict[str, Sheet]:
    cells: list[list[Value]] = [[*header, "_id"], *([*values, record] for record, values in rows.items())]
    return {"S": read_grid(grid_from_rows("S", cells)).sheet}


def replayed(rows: Table, entries: list[Entry]) -> Table:
    """``rows`` after what ``entries`` say has happened."""
    result = {record: dict(zip("xy", values, strict=True)) for record, values in rows.items()}
    for entry in entries:
        match entry.kind:
            case EntryKind.UPDATE:
                result[entry.record_id][entry.column] = entry.after
            case EntryKind.INSERT:
                result[entry.record_id] = {"x": None, "y": None, **entry.values}
            case EntryKind.REMOVE:
                del result[entry.record_id]
    return {record: (cells["x"], cells["y"]) for record, cells in result.items()}


def same(left: Table, right: Table) -> bool:
    return {k: list(map(dump_value, v)) for k, v in left.items()} == {
        k: list(map(dump_value, v)) for k, v in right.items()
    }


@given(TABLE, TABLE)
def test_what_was_observed_leads_from_one_reading_to_the_next(before: Table, after: Table) -> None:
    entries = observe(sheet(before), sheet(after), AT)
    assert same(replayed(before, entries), after)


@given(TABLE, TABLE, TABLE)
def test_what_is_known_is_not_said_again(start: Table, middle: Table, end: Table) -> None:
    known = observe(sheet(start), sheet(middle), AT)
    fresh = observe(sheet(start), sheet(end), AT, known)
    assert same(replayed(replayed(start, known), fresh), end)
    assert observe(sheet(start), sheet(middle), AT, known) == []


def test_a_renamed_or_moved_column_is_no_change() -> None:
    rows: Table = {"p": ("a", 1), "q": ("b", 2)}
    assert observe(sheet(rows), sheet(rows, ("x", "z")), AT) == []
    swapped: Table = {record: (y, x) for record, (x, y) in rows.items()}
    assert observe(sheet(rows), sheet(swapped, ("y", "x")), AT) == []


def test_a_lost_column_is_told_cell_by_cell() -> None:
    rows: Table = {"p": ("a", 1), "q": (None, 2)}
    cells: list[list[Value]] = [["y", "_id"], [1, "p"], [2, "q"]]
    after = {"S": read_grid(grid_from_rows("S", cells)).sheet}
    (entry,) = observe(sheet(rows), after, AT)
    assert (entry.record_id, entry.column, entry.before, entry.after) == ("p", "x", "a", None)


def test_columns_of_formulas_and_rows_without_ids_take_no_part() -> None:
    before, after = sheet({"p": ("a", 1)}), sheet({"p": ("b", 2)})
    assert [e.column for e in observe(before, after, AT, computed={"S": {"y"}})] == ["x"]
    cells: list[list[Value]] = [["x", "y", "_id"], ["a", 1, "p"], ["new", None, None]]
    assert observe(before, {"S": read_grid(grid_from_rows("S", cells)).sheet}, AT) == []


def test_true_is_not_one() -> None:
    (entry,) = observe(sheet({"p": (1, None)}), sheet({"p": (True, None)}), AT)
    assert entry.after is True


VALUE = st.one_of(
    st.none(), st.booleans(), st.text(), st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.datetimes().map(lambda at: at.replace(microsecond=0)), st.just(CellError("#N/A")),
)  # fmt: skip


@given(VALUE, st.dictionaries(st.text(), VALUE, max_size=4))
def test_values_come_back_exactly(value: Value, values: dict[str, Value]) -> None:
    assert (load_value(dump_value(value)), type(load_value(dump_value(value)))) == (value, type(value))
    assert load_values(dump_values(values)) == values


def test_what_is_no_value_is_refused() -> None:
    with pytest.raises(ValueError):
        load_value("[1]")


def chain(count: int) -> list[Entry]:
    batch = Batch("op", "li", AT, tuple(UpdateCell("S", "p", "x", n, n + 1) for n in range(count)))
    return list(Journal(":memory:").keep(batch, batch.changes, (), AT))


@given(st.integers(1, 6), st.data())
def test_an_altered_or_removed_entry_breaks_the_chain(count: int, data: st.DataObject) -> None:
    entries = chain(count)
    assert first_break(entries) is None
    at = data.draw(st.integers(0, count - 1))
    altered = [*entries[:at], replace(entries[at], after="forged"), *entries[at + 1 :]]
    assert first_break(altered) == at + 1
    forged = replace(altered[at], digest=digest_of(altered[at], entries[at - 1].digest if at else ""))
    if at + 1 < count:
        assert first_break([*entries[:at], forged, *entries[at + 1 :]]) == at + 2
        assert first_break([*entries[:at], *entries[at + 1 :]]) == at + 1


def test_an_entry_becomes_its_change_again() -> None:
    change = UpdateCell("S", "p", "x", 1, 2)
    entry = entry_of(change, Batch("op", "li", AT, (change,)))
    assert change_of(entry) == change
    assert batch_of(entry) == Batch("op", "li", AT, (change,))
    assert batch_of(replace(entry, kind=EntryKind.REMOVE)).changes == ()
