"""From problems with a safe fix to the changes that put them right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from lib.records.book import Book
from lib.store.contract import Sheet, Snapshot, UpdateCell, Value


def fix_changes(book: Book, snapshot: Snapshot, problem_ids: Iterable[str]) -> tuple[UpdateCell, ...]:
    """Changes for those of the problems that have a safe fix, in the order of ``book.problems``.

    ``snapshot`` is the one that ``book`` was read from: the values seen come from it. Copied ids need
    no change of their own: the store renews them with any write, an empty batch included.
    """
    table = book.problems
    wanted = table[table["id"].isin(set(problem_ids)) & table["fix_value"].notna() & (table["column"] != "")]
    places = {title: CellFinder(snapshot.sheets[title]) for title in wanted["sheet"].unique()}
    return tuple(
        UpdateCell(sheet, record, header, places[sheet].value(record, header), fix)
        for sheet, record, header, fix in zip(
            wanted["sheet"], wanted["record"], wanted["header"], wanted["fix_value"], strict=True
        )
    )


class CellFinder:
    """Stored values of one sheet by record id and header."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.row_of = dict(zip(sheet.ids.tolist(), range(len(sheet)), strict=True))

    def value(self, record: str, header: str) -> Value:
        """The value as stored. KeyError if the record or the column is not there."""
        value: Value = self.sheet.column(header).item(self.row_of[record])
        return value


def seen_values(book: Book, snapshot: Snapshot, worksheet: str, record_id: str) -> dict[str, Value]:
    """What stands in a record's cells, by column key: to be given back as ``seen`` with an edit.

    KeyError if the worksheet or the record is not there.
    """
    return dict(_seen(book, snapshot, worksheet, record_id))


def _seen(book: Book, snapshot: Snapshot, worksheet: str, record_id: str) -> Iterator[tuple[str, Value]]:
    binding = book.bindings[worksheet]
    sheet = snapshot.sheets[binding.sheet]
    found = np.flatnonzero(sheet.ids == record_id)
    if not len(found):
        raise KeyError(record_id)
    for key, letter in binding.letters.items():
        yield key, sheet.columns[sheet.letters.index(letter)].item(found[0])
