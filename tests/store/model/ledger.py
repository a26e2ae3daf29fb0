"""The oracle: what each cell must hold, kept beside the spreadsheet and never shown to the writers.

Rows and columns are followed as things (by tags), wherever people move them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lib.store.contract import Batch, Change, DeleteRow, InsertRow, RestoreRow, UpdateCell

Key = tuple[int, int]  # row tag, column tag


@dataclass(slots=True)
class Order:
    """One change that an app user has asked for."""

    change: Change
    row_tag: int = 0  # the row meant, where it had no id of its own yet
    row_id: Any = None  # what stood in its id cell then
    landed: int = 0
    verdict: str = "open"  # applied, conflict, or open: nobody has been told yet


@dataclass(slots=True)
class Landing:
    """An app writer's value in the right place, and what it covered."""

    before: Any
    value: Any
    order: Order | None
    holds: bool = True


@dataclass(slots=True)
class Ledger:
    current: dict[Key, Any] = field(default_factory=dict)
    held: dict[tuple[str, str], set[Any]] = field(
        default_factory=dict
    )  # (record, header) -> values it ever had
    orders: dict[str, list[Order]] = field(default_factory=dict)  # by operation
    copied: set[int] = field(default_factory=set)  # rows that were copied, and copies
    copied_astray: dict[Key, Any] = field(default_factory=dict)
    twins: dict[Key, Key] = field(default_factory=dict)  # unnamed cell copied astray -> its copy
    moved: int = 0  # values that came back in another blank row than their own
    _fresh: list[tuple[Order, Key, Any, Any]] = field(default_factory=list)
    _due: dict[Key, Any] = field(default_factory=dict)  # what fresh cells had to hold before
    _landings: dict[Key, Landing] = field(default_factory=dict)  # the last one in each cell
    _astray: set[int] = field(default_factory=set)
    _taken_back: dict[int, tuple[Order, dict[Key, Any]]] = field(default_factory=dict)
    _inserted: dict[int, tuple[Order, dict[Key, Any]]] = field(default_factory=dict)  # by row tag

    def land(self, key: Key, value: Any, record_id: Any, header: Any, order: Order | None = None) -> None:
        """An app writer has put ``value`` where it was meant to be."""
        self._landings[key] = Landing(self.current.get(key), value, order)
        if order:
            order.landed += 1
        self.note(key, value, record_id, header)

    def put_back(self, key: Key, value: Any, blank_rows: Sequence[int] = ()) -> None:
        """The protocol puts ``value`` back, careful rather than sure: as if nothing had landed there. (Had
        the write been acknowledged before, it is missing now.) Or it takes that back again."""
        taken = self._taken_back.get(key[0])
        if taken and key in taken[1] and taken[0].change.record_id == value:
            self._give_again(key[0])
            return
        landing = self._landings.get(key)
        if landing is None:
            self._move_to_blank(key, value, blank_rows)
            return
        old, new = (landing.value, landing.before) if landing.holds else (landing.before, landing.value)
        if same(self.current.get(key), old) and same(value, new):
            self.current[key] = new
            landing.holds = not landing.holds
            if landing.order:
                landing.order.landed += 1 if landing.holds else -1

    def _move_to_blank(self, key: Key, value: Any, blank_rows: Sequence[int]) -> None:
        """What was the only content of a row, and covered there, may come back in any blank row: nobody
        can tell blank rows from each other."""
        row_tag, column = key
        if row_tag not in blank_rows or value is None or self.current.get(key) is not None:
            return
        for blank in blank_rows:
            if blank != row_tag and self.current.get((blank, column)) is value:
                self.current[blank, column], self.current[key] = None, value
                self.moved += 1
                return

    def note(self, key: Key, value: Any, record_id: Any = None, header: Any = None) -> None:
        self.current[key] = value
        if record_id is not None:
            self.held.setdefault((record_id, header), set()).add(value)

    def copy_row(
        self, source: int, target: int, columns: Sequence[int], shown: Sequence[Any], is_unnamed: bool
    ) -> None:
        """A person copies a row. What it shows by mistake just then may stay in the copy; or, where the row
        has no id, in either of the two, which nobody can tell from each other."""
        for column, value in zip(columns, shown, strict=True):
            if not same(value, self.current.get((source, column))):
                self.copied_astray[target, column] = value
                if is_unnamed:
                    self.twins[source, column] = target, column
        self.copied |= {source, target}
        for column in columns:
            self.current[target, column] = self.current.get((source, column))
            if landing := self._landings.get((source, column)):
                self._landings[target, column] = replace(landing, order=None)

    # ------------------------------------------------------------ what app writers do

    def app_cell(
        self, key: Key, header: Any, was: Any, value: Any, record_id: Any, batches: Sequence[Batch]
    ) -> None:
        """An app writer has put ``value`` into a cell that held ``was``; is it what an order asks for, and
        seen as it was?"""
        due = self.current.get(key)
        if key in self.copied_astray and same(self.copied_astray[key], was):
            self.current[key] = was  # an app user saw what the copy shows
        asked = [(order, batch) for batch in batches for order in self.orders.get(batch.operation_id, ())]
        asked.sort(key=lambda pair: (pair[0].row_tag != key[0], pair[0].change.record_id != record_id))
        for order, batch in asked:
            if self._is_meant(order, key, header, value, record_id, batch):
                self._fresh.append((order, key, header, value))
                self._due.setdefault(key, due)
                return
        self.current[key] = due
        self._astray.add(key[0])
        if header == "_id" and value is None and key[0] in self._inserted:
            self._take_back(key[0])

    def _take_back(self, row_tag: int) -> None:
        """A new row is taken back: cleared as a whole, its id last."""
        order, cells = self._inserted.pop(row_tag)
        order.landed -= 1
        taken = {key: value for key, value in cells.items() if same(self.current.get(key), value)}
        self._taken_back[row_tag] = order, taken  # what a person has written there stays
        self.current.update(dict.fromkeys(taken))

    def _give_again(self, row_tag: int) -> None:
        """The id, and so the row, had been taken by mistake."""
        order, taken = self._inserted[row_tag] = self._taken_back.pop(row_tag)
        order.landed += 1
        self.current.update({key: value for key, value in taken.items() if self.current.get(key) is None})

    def has_just_changed(self, row_tag: int) -> bool:
        """Whether the line that is being written has changed another cell of the row."""
        return any(key[0] == row_tag for _, key, _, _ in self._fresh)

    def settle(self) -> None:
        """After each line: what it wrote into a row counts as a whole or not at all, as the protocol
        takes it back as a whole."""
        for order, key, header, value in self._fresh:
            if key[0] not in self._astray:
                self.land(key, value, order.change.record_id, header, order)
            else:
                self.current[key] = self._due[key]
        self._fresh.clear()
        self._due.clear()
        self._astray.clear()

    def is_there(self, order: Order, table_rows: Sequence[Any]) -> bool:
        """Whether what was ordered is in the sheet now (a person's copies aside)."""
        tags = {row.tag for row in table_rows}
        return self.rows_of(order, table_rows) > 0 or any(
            landing.order is order and landing.holds and key[0] in tags and self._shows(key, landing)
            for key, landing in self._landings.items()
        )

    def _shows(self, key: Key, landing: Landing) -> bool:
        return same(self.current.get(key), landing.value)

    def rows_of(self, order: Order, table_rows: Sequence[Any]) -> int:
        """How many rows in the sheet were made for it (copies that people made not counted)."""
        tags = {row.tag for row in table_rows}
        return sum(made is order and tag in tags for tag, (made, _) in self._inserted.items())

    def _is_meant(
        self, order: Order, key: Key, header: Any, value: Any, record_id: Any, batch: Batch
    ) -> bool:
        change = order.change
        now = next((value for _, k, _, value in reversed(self._fresh) if k == key), self.current.get(key))
        is_same = record_id == change.record_id or (order.row_tag and record_id in (None, order.row_id))
        if not is_same:
            return False
        match change:
            case UpdateCell():
                return (
                    header == change.column and bool(value == change.new) and bool(_shown(now) == change.seen)
                )
            case DeleteRow():
                return header == "_deleted" and value == f"{batch.at:%Y-%m-%d %H:%M:%S}" and now is None
            case RestoreRow():
                return header == "_deleted" and value is None and now is not None
        return False

    def app_row(self, row: Any, cells: dict[Any, tuple[int, Any]], batches: Sequence[Batch]) -> bool:
        """An app writer has filled a new row; ``cells``: header -> (column tag, value)."""
        values = {header: value for header, (_, value) in cells.items() if value is not None}
        for batch in batches:
            for order in self.orders.get(batch.operation_id, ()):
                change = order.change
                if isinstance(change, InsertRow) and values == {**change.values, "_id": change.record_id}:
                    order.landed += 1
                    self._inserted[row.tag] = order, {(row.tag, tag): new for tag, new in cells.values()}
                    for header, (column, value) in cells.items():
                        self.note((row.tag, column), value, change.record_id, header)
                    return True
        return False


def same(left: Any, right: Any) -> bool:
    return left is right or bool(left == right)


def _shown(value: Any) -> Any:
    return getattr(value, "shown", value)
