"""The functions of formulas whose results are arrays."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

from .entered import entered
from .formula_values import Grid, compare, flat, number, refuse, single, text, truth


def _grid(value: Any) -> Grid:
    return value if isinstance(value, list) else [[value]]


def _transpose(_calc: Any, value: Any) -> Grid:
    return [list(column) for column in zip(*_grid(value), strict=True)]


def _unique(_calc: Any, value: Any) -> Grid:
    seen: dict[str, list[Any]] = {}
    for row in _grid(value):
        seen.setdefault(repr(row), row)
    return list(seen.values())


def _sequence(_calc: Any, rows: Any, columns: Any = 1, start: Any = 1, step: Any = 1) -> Grid:
    height, width, first, by = (
        number(single(value), "SEQUENCE", i) for i, value in enumerate((rows, columns, start, step), 1)
    )
    return [[first + by * (r * int(width) + c) for c in range(int(width))] for r in range(int(height))]


def _split(_calc: Any, value: Any, marks: Any) -> Grid:
    given, separators = text(single(value)), text(single(marks))
    for mark in separators[1:]:
        given = given.replace(mark, separators[0])
    return [[entered(part, None)[0] for part in given.split(separators[0]) if part]]


def _flatten(_calc: Any, *values: Any) -> Grid:
    return [[value] for value in flat(list(values))]


def _sort(_calc: Any, value: Any, column: Any = 1, ascending: Any = True) -> Grid:
    index = int(number(single(column), "SORT", 2)) - 1
    sign = 1 if truth(single(ascending), "SORT", 3) else -1
    rows = [row for row in _grid(value) if row[index] is not None]
    blank = [row for row in _grid(value) if row[index] is None]
    return sorted(rows, key=cmp_to_key(lambda a, b: sign * compare(a[index], b[index]))) + blank


def _filter(calc: Any, args: Any) -> Grid:
    rows = _grid(calc.in_arrays(args[0]))
    tests = [flat([calc.in_arrays(argument)]) for argument in args[1:]]
    kept = [row for i, row in enumerate(rows) if all(i < len(test) and test[i] for test in tests)]
    if not kept:
        raise refuse("N_A", "No matches are found in FILTER evaluation.")
    return kept


LAZY: dict[str, Any] = {"FILTER": _filter}
FUNCTIONS: dict[str, Any] = {
    "TRANSPOSE": _transpose,
    "UNIQUE": _unique,
    "SEQUENCE": _sequence,
    "SPLIT": _split,
    "FLATTEN": _flatten,
    "SORT": _sort,
}
