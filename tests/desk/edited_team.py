"""The small team's desk with a clock that goes on, and the ways its sheet is changed from both sides."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from lib.desk import Actor, Desk
from lib.settings import Settings
from lib.store.contract import Batch, Change, Receipt, UpdateCell, Value
from lib.store.memory import MemoryStore
from tests.desk.small_team import NOW, SHEETS

CLIENTS = "客户"
HEADER = ["_id", "客户名称", "负责人", "城市", "合作开始", "备注"]
ROWS: list[list[Value]] = [
    ["c-hx", "恒信科技", "李娜", "苏州", None, None],
    ["c-yf", "远帆物流", "李娜", "杭州", None, None],
    ["c-none", "无主商贸", None, None, None, None],
]


class Clock:
    """Half an hour before NOW, and a minute later each time it is asked."""

    def __init__(self) -> None:
        self.at = NOW - timedelta(minutes=30)

    def __call__(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at


class Team:
    """A desk over a store in memory; ``lead``, ``ann`` and ``reader`` act in the app, people in the sheet."""

    def __init__(self, others: Collection[str] = SHEETS.keys()) -> None:
        """``others``: titles of the worksheets beside the clients."""
        sheets = {title: rows for title, rows in SHEETS.items() if title in others}
        sheets[CLIENTS] = [[*HEADER], *(list(row) for row in ROWS)]
        self.clock = Clock()
        self.store = MemoryStore(sheets, clock=self.clock)
        self.desk = Desk(self.store, Settings(fixed_now=NOW))
        self.lead, self.ann = self.desk.actor("s-lead"), self.desk.actor("s-ann")
        self.bob = self.desk.actor("s-bob")
        self.reader = Actor("s-x", "审计", "auditor")
        self._sent = 0

    def write(self, actor: Actor, record: str, **cells: tuple[Value, Value]) -> Receipt:
        """Cells as column=(seen, new), sent as one batch by somebody in the app."""
        changes = [UpdateCell(CLIENTS, record, name, *cell) for name, cell in cells.items()]
        return self.send(actor, *changes)

    def send(self, actor: Actor, *changes: Change) -> Receipt:
        self._sent += 1
        return self.store.commit(Batch(f"op{self._sent}", actor.signature, self.clock(), changes))

    def type_in(self, record: str, column: str, value: Value) -> None:
        """A person types into a cell of the spreadsheet; the app has seen it afterwards."""
        self.store.edit_cell(CLIENTS, self._row(record), self._header().index(column), value)
        self.store.history()

    def remove(self, record: str) -> None:
        """A person deletes a row."""
        self.store.remove_row(CLIENTS, self._row(record))
        self.store.history()

    def cell(self, record: str, column: str) -> Value:
        rows = self.store.rows(CLIENTS)
        row = rows[self._row(record) - 1]
        return row[self._header().index(column)] if self._header().index(column) < len(row) else None

    def ids(self) -> list[str]:
        return [str(each) for each in self.store.read().sheets[CLIENTS].ids]

    def _header(self) -> list[Value]:
        return self.store.rows(CLIENTS)[0]

    def _row(self, record: str) -> int:
        column = self._header().index("_id")
        return next(n for n, row in enumerate(self.store.rows(CLIENTS), 1) if row[column] == record)
