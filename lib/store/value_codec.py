"""Values and changes as JSON and back, exactly: what the journal and the history keep."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from lib.store.contract import CellError, Change, DeleteRow, InsertRow, RestoreRow, UpdateCell, Value


def dump_value(value: Value) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def load_value(text: str) -> Value:
    """Raises ValueError for what ``dump_value`` has not written."""
    return _value(json.loads(text))


def dump_values(values: Mapping[str, Value]) -> str:
    """An object in the order of its keys, so that equal contents give equal texts."""
    plain = {name: _plain(values[name]) for name in sorted(values)}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def load_values(text: str) -> dict[str, Value]:
    return {name: _value(plain) for name, plain in json.loads(text).items()}


def dump_change(change: Change) -> str:
    place = [change.sheet, change.record_id]
    match change:
        case UpdateCell():
            words = ["update", *place, change.column, dump_value(change.seen), dump_value(change.new)]
        case InsertRow():
            words = ["insert", *place, dump_values(change.values)]
        case DeleteRow():
            words = ["archive", *place]
        case RestoreRow():
            words = ["restore", *place]
    return json.dumps(words, ensure_ascii=False)


def load_change(text: str) -> Change:
    """Raises ValueError for what ``dump_change`` has not written."""
    kind, sheet, record_id, *rest = json.loads(text)
    match kind:
        case "update":
            return UpdateCell(sheet, record_id, rest[0], load_value(rest[1]), load_value(rest[2]))
        case "insert":
            return InsertRow(sheet, record_id, load_values(rest[0]))
        case "archive":
            return DeleteRow(sheet, record_id)
        case "restore":
            return RestoreRow(sheet, record_id)
    raise ValueError(f"no change is called {kind}")


def _plain(value: Value) -> object:
    match value:
        case datetime():
            return {"d": value.isoformat()}
        case CellError():
            return {"e": value.code}
    return value


def _value(plain: object) -> Value:
    match plain:
        case {"d": str(text)}:
            return datetime.fromisoformat(text)
        case {"e": str(code)}:
            return CellError(code)
        case str() | bool() | int() | float() | None:
            return plain
    raise ValueError("not a value")
