"""Three changes, one new row and one archived row in a foreign workbook, through the store."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from openpyxl.utils import column_index_from_string

from lib.store.contract import Batch, DeleteRow, InsertRow, Receipt, Sheet, Store, UpdateCell, Value
from lib.store.workbook import WorkbookStore
from tests.store.foreign.losses import Book, Meant, Place, cells_of
from tests.store.foreign.written import OTHER, RECORDS, TITLE, record_id
from tests.store.foreign.xml_forms import read_members

AT = datetime(2026, 3, 4, tzinfo=UTC)
NEW_TEXT, NEW_NAME, NEW_AMOUNT = "潜在 & <新>", "新客户", 99
CHANGED_TEXT, CHANGED_AMOUNT, ARCHIVED, ADDED = record_id(7), record_id(3), record_id(5), "new"
CHANGED_TO_DAY, NEW_DAY = record_id(9), datetime.fromisoformat("2026-07-08")
SETTLE_S = 30


def commit_and_settle(store: Store, batch: Batch) -> Receipt:
    """Commit, and wait until the file holds it, where a store acknowledges before that."""
    receipt = store.commit(batch)
    settle = getattr(store, "settle", None)
    if settle is not None:
        assert settle(SETTLE_S)
    return receipt


@contextlib.contextmanager
def opened(path: Path) -> Iterator[WorkbookStore]:
    """A store over the workbook, given back afterwards."""
    store = WorkbookStore(path)
    try:
        yield store
    finally:
        getattr(store, "close", lambda: None)()


def edited(path: Path) -> Meant:
    """Make the changes in the workbook at ``path``; what they are, cell by cell."""
    with opened(path) as store:
        return _edited(store, path)


def _edited(store: Store, path: Path) -> Meant:
    before = store.read().sheets[TITLE]
    amount = value(before, CHANGED_AMOUNT, "金额")
    changes = (
        UpdateCell(TITLE, CHANGED_TEXT, "级别", value(before, CHANGED_TEXT, "级别"), NEW_TEXT),
        UpdateCell(TITLE, CHANGED_AMOUNT, "金额", amount, NEW_AMOUNT),
        UpdateCell(TITLE, CHANGED_TO_DAY, "级别", value(before, CHANGED_TO_DAY, "级别"), NEW_DAY),
        InsertRow(TITLE, ADDED, {"名称": NEW_NAME, "金额": 7, "建立": datetime.fromisoformat("2026-05-06")}),
        DeleteRow(TITLE, ARCHIVED),
    )
    receipt = commit_and_settle(store, Batch("op", "li", AT, changes))
    assert receipt.conflicts == ()
    assert receipt.applied == changes
    return _meant(store, before, path.read_bytes())


def check_content(store: Store) -> None:
    """A store that knows nothing of the write finds it, and all other records."""
    sheet = store.read().sheets[TITLE]
    assert value(sheet, CHANGED_TEXT, "级别") == NEW_TEXT
    assert value(sheet, CHANGED_AMOUNT, "金额") == NEW_AMOUNT
    assert value(sheet, CHANGED_TO_DAY, "级别") == NEW_DAY
    assert sheet.column("名称").tolist()[-1] == NEW_NAME
    assert {*sheet.ids, *sheet.deleted_ids} == {ADDED, *map(record_id, range(1, RECORDS + 1))}


def _meant(store: Store, before: Sheet, file: bytes) -> Meant:
    """Where the changes are to be seen; the mark of an archived row is in a new last column."""
    after = store.read().sheets[TITLE]
    assert after.deleted_ids == (ARCHIVED,)
    row, end = _row(after, ADDED), _last_column_of_header(file, before.header_row)
    cells = {
        (_row(before, CHANGED_TEXT), _column(before, "级别")),
        (_row(before, CHANGED_AMOUNT), _column(before, "金额")),
        (_row(before, CHANGED_TO_DAY), _column(before, "级别")),
        (before.header_row, end),
        (_row(before, ARCHIVED), end),
    }
    return Meant(TITLE, cells, {row}, {end}, _resting_on(_row(before, CHANGED_AMOUNT)), last_row=row)


def _resting_on(row: int) -> set[tuple[str, Place]]:
    """Formulas that rest on the changed amount, as the tables are laid out: the sum beside it, an array that
    begins in the second row, and nearly all of the other worksheet: not what rests on names or on nothing."""
    beside = {(TITLE, (row, 6)), (TITLE, (2, 8))}
    others = {(OTHER, (row, column)) for row in range(1, 41) for column in range(1, 31)}
    return beside | others - {(OTHER, (3, 1)), (OTHER, (4, 1))}


def _last_column_of_header(file: bytes, header_row: int) -> int:
    book = Book(read_members(file))
    cells = cells_of(book.root(book.sheets[TITLE]))
    return max(column for row, column in cells if row == header_row)


def value(sheet: Sheet, record: str, column: str) -> Value:
    found: Value = sheet.column(column)[sheet.ids.tolist().index(record)]
    return found


def _row(sheet: Sheet, record: str) -> int:
    return int(sheet.row_numbers[sheet.ids.tolist().index(record)])


def _column(sheet: Sheet, header: str) -> int:
    return column_index_from_string(sheet.letters[sheet.header.index(header)])
