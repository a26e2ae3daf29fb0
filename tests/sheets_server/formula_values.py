"""Values inside formulas: conversion, comparison and the arithmetic of operators."""

from __future__ import annotations

import math
from typing import Any

from .cells import CellError, Value
from .entered import entered
from .formats import show

Grid = list[list[Any]]
WORDS = {
    "+": "ADD", "-": "MINUS", "*": "MULTIPLY", "/": "DIVIDE", "^": "POW", "&": "CONCAT",
    "=": "EQ", "<>": "NE", "<": "LT", ">": "GT", "<=": "LTE", ">=": "GTE",
}  # fmt: skip


class Refusal(Exception):
    """An error value on its way up through a formula."""

    def __init__(self, error: CellError) -> None:
        super().__init__(error.message)
        self.error = error


def refuse(kind: str, message: str = "") -> Refusal:
    """An error value to raise."""
    return Refusal(CellError(kind, message))


def number(value: Value, function: str, position: int) -> float:
    """A value as a number, or a #VALUE! that says which parameter is wrong."""
    if isinstance(value, CellError):
        raise Refusal(value)
    if value is None or value == "":
        return 0.0
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        return float(value)
    parsed = _number_in(value)
    if parsed is None:
        raise refuse(
            "VALUE",
            f"Function {function} parameter {position} expects number values. "
            f"But '{value}' is a text and cannot be coerced to a number.",
        )
    return parsed


def _number_in(text: str) -> float | None:
    value = entered(text, None)[0]
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def text(value: Value) -> str:
    """A value as text."""
    if isinstance(value, CellError):
        raise Refusal(value)
    return show(value)


def truth(value: Value, function: str, position: int) -> bool:
    """A value as a condition."""
    if isinstance(value, CellError):
        raise Refusal(value)
    if isinstance(value, str):
        if value.upper() in ("TRUE", "FALSE"):
            return value.upper() == "TRUE"
        raise refuse(
            "VALUE",
            f"Function {function} parameter {position} expects boolean values. "
            f"But '{value}' is a text and cannot be coerced to a boolean.",
        )
    return bool(value)


def _rank(value: Value) -> tuple[int, Any]:
    if isinstance(value, bool):
        return 2, value
    if isinstance(value, str):
        return 1, value.casefold()
    return 0, value


def _like(value: Value, other: Value) -> Value:
    if value is not None:
        return value
    if isinstance(other, bool):
        return False
    return "" if isinstance(other, str) else 0


def compare(left: Value, right: Value) -> int:
    """-1, 0 or 1: numbers before texts before booleans; case does not count."""
    for value in (left, right):
        if isinstance(value, CellError):
            raise Refusal(value)
    a, b = _rank(_like(left, right)), _rank(_like(right, left))
    return (a > b) - (a < b)


def operate(operator: str, left: Value, right: Value) -> Value:
    """A binary operator on two single values."""
    if operator == "&":
        return text(left) + text(right)
    if operator in ("=", "<>", "<", ">", "<=", ">="):
        order = compare(left, right)
        return {"=": order == 0, "<>": order != 0, "<": order < 0, ">": order > 0}.get(
            operator, order <= 0 if operator == "<=" else order >= 0
        )
    word = WORDS[operator]
    return _calculate(operator, number(left, word, 1), number(right, word, 2))


def _calculate(operator: str, a: float, b: float) -> float:
    if operator == "+":
        return a + b
    if operator == "-":
        return a - b
    if operator == "*":
        return a * b
    if operator == "/":
        if b == 0:
            raise refuse("DIVIDE_BY_ZERO", "Function DIVIDE parameter 2 cannot be zero.")
        return a / b
    try:
        result = a**b
    except (OverflowError, ZeroDivisionError):
        raise refuse("NUM", "Numeric value is greater than 1.79769313486231E+308.") from None
    if isinstance(result, complex) or math.isinf(result):
        raise refuse("NUM", f"POW({a:g},{b:g}) is not a real number.")
    return result


def single(value: Any) -> Value:
    """The first value of a grid, or the value itself."""
    if isinstance(value, list):
        return value[0][0] if value and value[0] else None
    return value


def flat(values: list[Any]) -> list[Any]:
    """All values of the arguments, row by row."""
    out: list[Any] = []
    for value in values:
        if isinstance(value, list):
            out.extend(item for row in value for item in row)
        else:
            out.append(value)
    return out


def numbers(values: list[Any], function: str) -> list[float]:
    """The numbers among the arguments: texts count only when given directly."""
    out: list[float] = []
    for position, value in enumerate(values, 1):
        if isinstance(value, list):
            for item in flat([value]):
                if isinstance(item, CellError):
                    raise Refusal(item)
                if isinstance(item, int | float) and not isinstance(item, bool):
                    out.append(float(item))
        elif value is not None:
            out.append(number(value, function, position))
    return out
