"""What one cell holds. Cells are values: a change makes a new one."""

from __future__ import annotations

from typing import Any, NamedTuple

MAX_CHARACTERS = 50_000
TOO_LONG = "Your input contains more than the maximum of 50000 characters in a single cell."


class Formula(str):
    """A formula as it was entered, with its leading `=`."""

    __slots__ = ()


class CellError(NamedTuple):
    """An error value such as `#DIV/0!`. `kind` is the API's word for it."""

    kind: str
    message: str = ""

    @property
    def text(self) -> str:
        """As a cell shows it."""
        return ERROR_TEXTS[self.kind]


ERROR_TEXTS = {
    "ERROR": "#ERROR!",
    "NULL_VALUE": "#NULL!",
    "DIVIDE_BY_ZERO": "#DIV/0!",
    "VALUE": "#VALUE!",
    "REF": "#REF!",
    "NAME": "#NAME?",
    "NUM": "#NUM!",
    "N_A": "#N/A",
    "LOADING": "Loading...",
}
ERROR_KINDS = {text: kind for kind, text in ERROR_TEXTS.items()}

Value = None | bool | int | float | str | Formula | CellError


class Cell(NamedTuple):
    """The user-entered side of a cell; computed sides are worked out on reading."""

    value: Any = None
    format: dict[str, Any] | None = None
    note: str | None = None
    validation: dict[str, Any] | None = None
    runs: list[dict[str, Any]] | None = None
    extras: dict[str, Any] | None = None


EMPTY = Cell()


def tidy_number(number: float) -> int | float:
    """A double as the API's JSON has it: whole numbers without a point, unless they need an exponent."""
    text = f"{number:.15g}"
    if float(text) != number:
        text = f"{number:.17g}"
    return int(text) if text.lstrip("-").isdigit() else float(text)


def as_double(value: Value) -> Value:
    """A number as the cell keeps it; other values unchanged."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def extended_value(value: Value) -> dict[str, Any] | None:
    """The API's ExtendedValue of a value; None for a blank cell."""
    if value is None:
        return None
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int | float):
        return {"numberValue": tidy_number(value)}
    if isinstance(value, Formula):
        return {"formulaValue": str(value)}
    if isinstance(value, CellError):
        return {"errorValue": {"type": value.kind, "message": value.message}}
    return {"stringValue": value}
