"""A restless person in the spreadsheet: each action is one moment, without asking anybody."""

from __future__ import annotations

import random
from typing import Any

from tests.store.model.ledger import Ledger
from tests.store.model.spreadsheet import Formula, Row, Spreadsheet, Table

BOOKKEEPING = ("_id", "_deleted")


class Person:
    def __init__(self, book: Spreadsheet, rng: random.Random) -> None:
        self.book, self.rng = book, rng
        self.table: Table = book.table
        self.ledger: Ledger = book.ledger
        self.said = 0
        self.header = self.table.rows[0]  # whatever happens, a person knows which row that is
        often = {self.edit: 8, self.sort: 6, self.insert_row: 4, self.move_row: 4, self.remove_row: 3,
                 self.move_column: 3, self.insert_column: 2, self.copy_row: 2, self.type_row: 2,
                 self.rename_column: 1, self.insert_above: 1}  # fmt: skip
        self.actions = [action for action, times in often.items() for _ in range(times)]

    def act(self) -> None:
        self.rng.choice(self.actions)()

    def say(self) -> Any:
        self.said += 1
        value = f"p{self.said}"
        return Formula(f"={value}") if self.rng.random() < 0.15 else value

    def header_at(self) -> int:
        return self.table.rows.index(self.header)

    def body(self) -> list[int]:
        """Indices of rows with content below the header."""
        rows = self.table.rows
        return [
            i for i in range(self.header_at() + 1, len(rows)) if any(c is not None for c in rows[i].cells)
        ]

    def columns(self) -> list[int]:
        """Indices of the columns that people use: not the app's own, even while their header is covered."""
        header = self.table.rows[self.header_at()].cells
        due = [self.ledger.current.get((self.header.tag, tag)) for tag in self.table.columns]
        return [
            i for i, name in enumerate(header) if name is not None and not {name, due[i]} & set(BOOKKEEPING)
        ]

    def put(self, row: Row, column: int, value: Any) -> None:
        row.cells[column] = value
        names = self.table.rows[self.header_at()].cells
        record_id = row.cells[names.index("_id")] if "_id" in names else None
        shown = value.shown if type(value) is Formula else value
        self.ledger.note((row.tag, self.table.columns[column]), value)
        self.ledger.held.setdefault((record_id, names[column]), set()).add(shown)

    def edit(self) -> None:
        if body := self.body():
            row, column = self.table.rows[self.rng.choice(body)], self.rng.choice(self.columns())
            value = None if self.rng.random() < 0.1 else self.say()
            if row.cells[column] is not value:  # who clears an empty cell has done nothing
                self.put(row, column, value)

    def sort(self) -> None:
        first, column = self.header_at() + 1, self.rng.choice(self.columns())
        rows = self.table.rows[first:]
        filled = [row for row in rows if row.cells[column] is not None]
        filled.sort(
            key=lambda row: str(getattr(row.cells[column], "shown", row.cells[column])),
            reverse=self.rng.random() < 0.5,
        )
        self.table.rows[first:] = filled + [row for row in rows if row.cells[column] is None]

    def insert_row(self) -> None:
        body = self.body() or [self.header_at() + 1]
        self.table.rows.insert(self.rng.randint(body[0], body[-1] + 1), self.table.new_row())

    def insert_above(self) -> None:
        self.table.rows.insert(self.header_at(), self.table.new_row())

    def remove_row(self) -> None:
        if body := self.body():
            del self.table.rows[self.rng.choice(body)]

    def move_row(self) -> None:
        if body := self.body():
            row = self.table.rows.pop(self.rng.choice(body))
            self.table.rows.insert(self.rng.randint(body[0], body[-1]), row)

    def copy_row(self) -> None:
        records = [i for i in self.body() if sum(c is not None for c in self.table.rows[i].cells) > 1]
        if records:
            at, body = self.rng.choice(records), self.body()
            source, copy = self.table.rows[at], self.table.new_row()
            copy.cells = list(source.cells)
            names = self.table.rows[self.header_at()].cells
            is_unnamed = "_id" not in names or source.cells[names.index("_id")] is None
            self.ledger.copy_row(source.tag, copy.tag, self.table.columns, source.cells, is_unnamed)
            self.table.rows.insert(self.rng.randint(at + 1, body[-1] + 1), copy)

    def type_row(self) -> None:
        row = self.table.new_row()
        self.table.rows.insert((self.body() or [self.header_at()])[-1] + 1, row)
        for column in self.columns()[: self.rng.randint(1, 3)]:
            self.put(row, column, self.say())

    def insert_column(self) -> None:
        self.table.insert_column(self.rng.randint(0, max(self.columns()) + 1))

    def move_column(self) -> None:
        source = self.rng.choice(self.columns())
        target = self.rng.randint(0, max(self.columns()))
        for cells in [self.table.columns, *(row.cells for row in self.table.rows)]:
            cells.insert(target, cells.pop(source))

    def rename_column(self) -> None:
        row, column = self.table.rows[self.header_at()], self.rng.choice(self.columns())
        row.cells[column] = f"{row.cells[column]}~"
        self.ledger.note((row.tag, self.table.columns[column]), row.cells[column])
