"""BooleanConditions, as filters use them."""

from __future__ import annotations

from typing import Any

from .cells import CellError, Value
from .entered import entered
from .errors import invalid
from .formula_values import compare

NEEDED = {
    **dict.fromkeys(
        ("BLANK", "NOT_BLANK", "BOOLEAN", "DATE_IS_VALID", "TEXT_IS_EMAIL", "TEXT_IS_URL"), (0, 2)
    ),
    **dict.fromkeys(("NUMBER_BETWEEN", "NUMBER_NOT_BETWEEN", "DATE_BETWEEN", "DATE_NOT_BETWEEN"), (2, 2)),
    "ONE_OF_LIST": (1, 100_000),
    "TEXT_NOT_EQ": (1, 100_000),
    "FILTER_EXPRESSION": (1, 1),
}
# Of use in filters or conditional formats alone.
NOT_FOR_VALIDATION = frozenset(
    (
        "BLANK",
        "NOT_BLANK",
        "TEXT_STARTS_WITH",
        "TEXT_ENDS_WITH",
        "TEXT_NOT_EQ",
        "DATE_NOT_EQ",
        "FILTER_EXPRESSION",
    )
)
_NUMBER_TESTS = {
    "NUMBER_GREATER": lambda order: order > 0,
    "NUMBER_GREATER_THAN_EQ": lambda order: order >= 0,
    "NUMBER_LESS": lambda order: order < 0,
    "NUMBER_LESS_THAN_EQ": lambda order: order <= 0,
    "NUMBER_EQ": lambda order: order == 0,
    "NUMBER_NOT_EQ": lambda order: order != 0,
    "DATE_BEFORE": lambda order: order < 0,
    "DATE_AFTER": lambda order: order > 0,
    "DATE_ON_OR_BEFORE": lambda order: order <= 0,
    "DATE_ON_OR_AFTER": lambda order: order >= 0,
    "DATE_EQ": lambda order: order == 0,
    "DATE_NOT_EQ": lambda order: order != 0,
}
_TEXT_TESTS = {
    "TEXT_CONTAINS": lambda text, wanted: wanted in text,
    "TEXT_NOT_CONTAINS": lambda text, wanted: wanted not in text,
    "TEXT_STARTS_WITH": lambda text, wanted: text.startswith(wanted),
    "TEXT_ENDS_WITH": lambda text, wanted: text.endswith(wanted),
    "TEXT_EQ": lambda text, wanted: text == wanted,
    "TEXT_NOT_EQ": lambda text, wanted: text != wanted,
}


def check_condition(condition: dict[str, Any]) -> None:
    """Refuse a condition with too few or too many values."""
    kind, count = condition.get("type", ""), len(condition.get("values", []))
    if not kind or kind == "CONDITION_TYPE_UNSPECIFIED":
        raise invalid("Condition type must be specified.")
    least, most = NEEDED.get(kind, (1, 1))
    if not least <= count <= most:
        raise invalid(f"Invalid number of values for condition type {kind}: {count}.")


def check_rule(rule: dict[str, Any]) -> None:
    """Refuse a data validation rule whose condition cannot be had there."""
    condition = rule.get("condition", {})
    check_condition(condition)
    if condition["type"] in NOT_FOR_VALIDATION:
        raise invalid(f"Condition type {condition['type']} is not supported for data validation.")


def holds(condition: dict[str, Any], value: Value, shown: str) -> bool:
    """Whether a cell passes a condition. Conditions that are formulas always pass."""
    kind = condition.get("type", "")
    wanted = [item.get("userEnteredValue", "") for item in condition.get("values", [])]
    if kind == "BLANK":
        return value in (None, "")
    if kind == "NOT_BLANK":
        return value not in (None, "")
    if kind in _TEXT_TESTS:
        return bool(_TEXT_TESTS[kind](shown.lower(), wanted[0].lower()))
    if kind == "ONE_OF_LIST":
        return shown in wanted
    if kind in _NUMBER_TESTS or kind.endswith("BETWEEN"):
        return _number_holds(kind, value, [entered(text, None)[0] for text in wanted])
    return True


def _number_holds(kind: str, value: Value, wanted: list[Value]) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return kind in ("NUMBER_NOT_EQ", "DATE_NOT_EQ")
    if any(isinstance(item, str | CellError) for item in wanted):
        return False
    if kind in _NUMBER_TESTS:
        return bool(_NUMBER_TESTS[kind](compare(value, wanted[0])))
    inside = compare(value, wanted[0]) >= 0 and compare(value, wanted[1]) <= 0
    return inside != ("NOT" in kind)
