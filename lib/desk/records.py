"""Any record of any worksheet: listed, found, added, changed, archived, with the sheet's own checks."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from lib.desk.access import Action, Actor, needed_for
from lib.desk.board import Board
from lib.desk.core import Desk, Outcome
from lib.desk.own_conflicts import settle_own_conflicts
from lib.records.entry import (
    ID_LENGTH,
    check_entry,
    plain_record,
    to_changes_insert,
    to_changes_update,
)
from lib.records.fixes import seen_values
from lib.records.schema import Worksheet
from lib.store.contract import Change, DeleteRow, Value

ROWS_SENT = 500
MOST_CHOICES = 2000


@dataclass(frozen=True, eq=False)
class RecordsView:
    """``rows``: index record id, one column a worksheet column, as texts and typed values to show."""

    version: str
    worksheet: Worksheet
    total: int
    matching: int
    rows: pd.DataFrame
    may_edit: bool


@dataclass(frozen=True, eq=False)
class FormView:
    """What a form starts from. ``values`` are typed; ``seen`` is what stood in the cells then."""

    worksheet: Worksheet
    record: str | None
    values: Mapping[str, Any]
    seen: Mapping[str, Value]
    choices: Mapping[str, Mapping[str, str]]  # reference column -> {record id: label}
    missing_columns: tuple[str, ...] = ()  # column keys that the sheet has no column for
    problems: Mapping[str, str] = field(default_factory=dict)  # column -> the text in the cell


def view(desk: Desk, actor: Actor, worksheet: str, search: str) -> RecordsView:
    """The newest rows of a worksheet that contain the search text in any text column."""
    board = desk.board()
    described = board.schema.worksheets[worksheet]
    table = board.book.tables[worksheet]
    found = table[_contains(described, table, search)] if search else table
    return RecordsView(
        version=board.version,
        worksheet=described,
        total=len(table),
        matching=len(found),
        rows=_to_show(board, described, found.tail(ROWS_SENT).iloc[::-1]),
        may_edit=actor.may_edit(worksheet),
    )


def form(
    desk: Desk, actor: Actor, worksheet: str, record: str | None, given: Mapping[str, Any]
) -> FormView | None:
    """The form for a record, or for a new one: ``given`` over defaults. None if the record is gone."""
    board = desk.board()
    described = board.schema.worksheets[worksheet]
    table = board.book.tables[worksheet]
    if record is not None and record not in table.index:
        return None
    if record is None:
        values = _defaults(board, described, actor) | dict(given)
    else:
        values = plain_record(board.book, board.schema, worksheet, record)
    binding = board.book.bindings.get(worksheet)
    present = binding.headers if binding else {}
    return FormView(
        worksheet=described,
        record=record,
        values=values,
        seen={} if record is None else seen_values(board.book, board.snapshot, worksheet, record),
        choices={c.key: _labels(board, c.ref) for c in described.columns.values() if c.ref},
        missing_columns=tuple(key for key in described.columns if key not in present),
        problems=_unreadable(board, record),
    )


def save(desk: Desk, actor: Actor, operation_id: str, opened: FormView, values: Mapping[str, Any]) -> Outcome:
    """Insert or update a record. Cells changed by somebody since the form was opened stay theirs.

    Sent again with the same operation id, it finds the record that it wrote and writes nothing.
    """
    worksheet = opened.worksheet.key
    _require(actor, worksheet)
    board = desk.board()
    tz = desk.settings.tz
    if opened.record is not None:
        values = {key: value for key, value in values.items() if not _same(value, opened.values.get(key))}
    record = opened.record or _record_of(operation_id)
    known = record if record in board.book.tables[worksheet].index else None
    clean, errors = check_entry(board.book, board.schema, worksheet, values, tz, known)
    if errors:
        return Outcome(errors=errors)
    changes: tuple[Change, ...]
    if opened.record is None:
        changes = (to_changes_insert(board.book, board.schema, worksheet, record, clean, tz),)
    else:
        changes = to_changes_update(board.book, board.schema, worksheet, record, opened.seen, clean, tz)
    outcome = Outcome(desk.send(actor, operation_id, changes, Action.EDIT), record_id=record)
    if outcome.saved:
        settle_own_conflicts(desk, actor, changes)
    return outcome


def _record_of(operation_id: str) -> str:
    """The id of the record that an operation inserts: the same each time it is sent."""
    digest = hashlib.sha256(operation_id.encode()).digest()
    return base64.b32encode(digest).decode("ascii").lower()[:ID_LENGTH]


def archive(desk: Desk, actor: Actor, operation_id: str, worksheet: str, record: str) -> Outcome:
    """Take a record out of the tables; it stays in the spreadsheet and can be restored."""
    _require(actor, worksheet)
    change = DeleteRow(desk.board().book.bindings[worksheet].sheet, record)
    return Outcome(desk.send(actor, operation_id, (change,), Action.EDIT), record_id=record)


def _defaults(board: Board, worksheet: Worksheet, actor: Actor) -> dict[str, Any]:
    """What a new record starts with: the moment, and whoever fills it in."""
    columns = worksheet.columns.values()
    at = {c.key: board.now.date() if c.type == "date" else board.now for c in columns if c.default == "now"}
    return at | {c.key: actor.staff_id for c in columns if c.default == "actor"}


def _require(actor: Actor, worksheet: str) -> None:
    actor.require(needed_for(worksheet))


def _contains(worksheet: Worksheet, table: pd.DataFrame, search: str) -> pd.Series[bool]:
    found = pd.Series(False, index=table.index)
    for column in worksheet.columns.values():
        name = f"{column.key}__text" if column.ref else column.key
        if column.ref or column.type in ("text", "long_text", "phone", "email"):
            found |= table[name].str.contains(search, case=False, regex=False).fillna(False).astype(bool)
    return found


def _to_show(board: Board, worksheet: Worksheet, rows: pd.DataFrame) -> pd.DataFrame:
    language = board.book.language
    shown: dict[str, Any] = {}
    for key, column in worksheet.columns.items():
        if column.ref:
            shown[key] = rows[f"{key}__text"]
        elif column.choices:
            labels = {choice.code: choice.label(language) for choice in column.choices}
            shown[key] = rows[key].astype("str").map(labels)
        elif column.type == "datetime":
            shown[key] = rows[key].dt.tz_localize(None)
        else:
            shown[key] = rows[key]
    return pd.DataFrame(shown, index=rows.index)


def _labels(board: Board, worksheet: str) -> dict[str, str]:
    label = board.schema.worksheets[worksheet].label
    assert label is not None  # the schema's loader saw to it
    names = board.book.tables[worksheet][label].dropna()
    return dict(zip(names.index, names, strict=True))


def _unreadable(board: Board, record: str | None) -> dict[str, str]:
    problems = board.problems
    mine = problems[(problems["record"] == record) & (problems["column"] != "")]
    return dict(zip(mine["column"], mine["value"], strict=True))


def _same(entered: Any, opened: Any) -> bool:
    """Was the field left as the form showed it? Fields show local times without a zone."""
    if isinstance(opened, datetime):
        opened = opened.replace(tzinfo=None)
    return entered == opened or (entered in ("", None) and opened in ("", None))
