"""The functions of formulas: those most often met in people's sheets."""

from __future__ import annotations

import math
import re
import statistics
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Any

from .cells import CellError, Value
from .entered import entered
from .formula_arrays import FUNCTIONS as ARRAY_FUNCTIONS
from .formula_arrays import LAZY as LAZY_ARRAYS
from .formula_texts import FUNCTIONS as TEXT_FUNCTIONS
from .formula_values import Refusal, compare, flat, number, numbers, refuse, single, text, truth

NO_DATA = "Evaluation of function {} caused a divide by zero error."


# -- lazily evaluated -------------------------------------------------------------------------
def _if(calc: Any, args: Any) -> Any:
    if not 2 <= len(args) <= 3:
        expected = "Expected between 2 and 3 arguments"
        raise refuse("N_A", f"Wrong number of arguments to IF. {expected}, but got {len(args)} arguments.")
    if truth(calc.scalar(args[0]), "IF", 1):
        return calc.evaluate(args[1])
    return calc.evaluate(args[2]) if len(args) > 2 else False


def _iferror(calc: Any, args: Any) -> Any:
    try:
        return calc.scalar(args[0])
    except Refusal:
        return calc.evaluate(args[1]) if len(args) > 1 else ""


def _ifna(calc: Any, args: Any) -> Any:
    try:
        return calc.scalar(args[0])
    except Refusal as refusal:
        if refusal.error.kind != "N_A":
            raise
        return calc.evaluate(args[1]) if len(args) > 1 else ""


def _ifs(calc: Any, args: Any) -> Any:
    for position in range(0, len(args) - 1, 2):
        if truth(calc.scalar(args[position]), "IFS", position + 1):
            return calc.evaluate(args[position + 1])
    raise refuse("N_A", "No match.")


def _error_test(test: Any) -> Any:
    def run(calc: Any, args: Any) -> bool:
        try:
            calc.scalar(args[0])
        except Refusal as refusal:
            return bool(test(refusal.error))
        return False

    return run


def _arrayformula(calc: Any, args: Any) -> Any:
    return calc.in_arrays(args[0])


def _hyperlink(calc: Any, args: Any) -> Any:
    calc.link = text(calc.scalar(args[0]))
    return calc.evaluate(args[1]) if len(args) > 1 else calc.link


def _drawing(_calc: Any, _args: Any) -> None:
    """A picture has no value that can be read."""


def _place(name: str) -> Any:
    def run(calc: Any, args: Any) -> float:
        if not args:
            return float((calc.row if name == "row" else calc.column) + 1)
        if args[0][0] != "ref":
            raise refuse("N_A", "Argument must be a range.")
        value = getattr(args[0][1].first, name)
        return float((value or 0) + 1)

    return run


LAZY: dict[str, Any] = {
    "IF": _if,
    "IFERROR": _iferror,
    "IFNA": _ifna,
    "IFS": _ifs,
    "ISERROR": _error_test(lambda _error: True),
    "ISERR": _error_test(lambda error: error.kind != "N_A"),
    "ISNA": _error_test(lambda error: error.kind == "N_A"),
    "ARRAYFORMULA": _arrayformula,
    "HYPERLINK": _hyperlink,
    "IMAGE": _drawing,
    "SPARKLINE": _drawing,
    **LAZY_ARRAYS,
    "ROW": _place("row"),
    "COLUMN": _place("column"),
}


# -- numbers ----------------------------------------------------------------------------------
def _over_numbers(name: str, work: Any, *, least: int = 0) -> Any:
    def run(_calc: Any, *args: Any) -> Any:
        found = numbers(list(args), name)
        if len(found) < least:
            raise refuse("DIVIDE_BY_ZERO", NO_DATA.format(name))
        return work(found)

    return run


def _of_number(name: str, work: Any) -> Any:
    def run(_calc: Any, value: Any) -> Any:
        try:
            return work(number(single(value), name, 1))
        except ValueError:
            raise refuse("NUM", f"Function {name} parameter 1 value is out of range.") from None

    return run


def _rounding(name: str, mode: str) -> Any:
    def run(_calc: Any, value: Any, places: Any = 0) -> float:
        digits = int(number(single(places), name, 2))
        exact = Decimal(repr(number(single(value), name, 1)))
        return float(exact.quantize(Decimal(1).scaleb(-digits), mode))

    return run


def _count(_calc: Any, *args: Any) -> int:
    return sum(isinstance(v, int | float) and not isinstance(v, bool) for v in flat(list(args)))


def _counta(_calc: Any, *args: Any) -> int:
    return sum(value is not None for value in flat(list(args)))


def _countblank(_calc: Any, *args: Any) -> int:
    return sum(value in (None, "") for value in flat(list(args)))


def _mod(_calc: Any, a: Any, b: Any) -> float:
    divisor = number(single(b), "MOD", 2)
    if divisor == 0:
        raise refuse("DIVIDE_BY_ZERO", "Function MOD parameter 2 cannot be zero.")
    return math.fmod(math.fmod(number(single(a), "MOD", 1), divisor) + divisor, divisor)


def _sqrt(_calc: Any, value: Any) -> float:
    given = number(single(value), "SQRT", 1)
    if given < 0:
        raise refuse(
            "NUM", f"Function SQRT parameter 1 value is {given:g}. It should be greater than or equal to 0."
        )
    return math.sqrt(given)


# -- conditions -------------------------------------------------------------------------------
def criterion(given: Value) -> Any:
    """A test such as `">5"`, `"a*"` or a plain value, as COUNTIF takes it."""
    if not isinstance(given, str):
        return lambda value: value is not None and type(value) is not str and compare(value, given) == 0
    match = re.match(r"^(<=|>=|<>|<|>|=)?(.*)$", given, re.DOTALL)
    assert match is not None
    operator, wanted = match[1] or "=", match[2]
    value_wanted = entered(wanted, None)[0] if wanted else None
    if isinstance(value_wanted, str):
        pattern = re.compile(_wildcards(value_wanted), re.IGNORECASE | re.DOTALL)
        if operator in ("=", "<>"):
            return lambda value: (
                (isinstance(value, str) and bool(pattern.fullmatch(value))) == (operator == "=")
            )
    return lambda value: _compares(value, operator, value_wanted)


def _compares(value: Value, operator: str, wanted: Value) -> bool:
    if operator == "<>":
        return not _compares(value, "=", wanted)
    if value is None or isinstance(value, CellError) or isinstance(value, str) != isinstance(wanted, str):
        return value is None and wanted is None and operator == "="
    order = compare(value, wanted)
    return {"=": order == 0, "<": order < 0, ">": order > 0, "<=": order <= 0, ">=": order >= 0}[operator]


def _wildcards(pattern: str) -> str:
    return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")


def _matches(pairs: Any) -> list[bool]:
    columns = [
        (flat([area]), criterion(single(test))) for area, test in zip(pairs[::2], pairs[1::2], strict=True)
    ]
    size = len(columns[0][0])
    return [all(test(values[i]) for values, test in columns) for i in range(size)]


def _countif(_calc: Any, *pairs: Any) -> int:
    return sum(_matches(pairs))


def _chosen(area: Any, pairs: Any) -> list[float]:
    values = flat([area])
    return [
        float(value)
        for value, wanted in zip(values, _matches(pairs), strict=False)
        if wanted and isinstance(value, int | float) and not isinstance(value, bool)
    ]


def _sumif(_calc: Any, area: Any, test: Any, summed: Any = None) -> float:
    return math.fsum(_chosen(area if summed is None else summed, (area, test)))


def _averageif(_calc: Any, area: Any, test: Any, averaged: Any = None) -> float:
    found = _chosen(area if averaged is None else averaged, (area, test))
    if not found:
        raise refuse("DIVIDE_BY_ZERO", NO_DATA.format("AVERAGEIF"))
    return math.fsum(found) / len(found)


def _sumifs(_calc: Any, summed: Any, *pairs: Any) -> float:
    return math.fsum(_chosen(summed, pairs))


# -- logic ------------------------------------------------------------------------------------
def _truths(name: str, args: Any) -> list[bool]:
    return [truth(value, name, 1) for value in flat(list(args)) if value is not None]


def _not(_calc: Any, value: Any) -> bool:
    return not truth(single(value), "NOT", 1)


# -- looking up -------------------------------------------------------------------------------
def _comparable(value: Value) -> bool:
    return value is not None and not isinstance(value, CellError)


def _vlookup(_calc: Any, wanted: Any, area: Any, column: Any, is_sorted: Any = True) -> Any:
    key, index = single(wanted), int(number(single(column), "VLOOKUP", 3)) - 1
    rows = [row for row in area if row]
    if truth(single(is_sorted), "VLOOKUP", 4):
        rows = [row for row in rows if _comparable(row[0]) and compare(row[0], key) <= 0][-1:]
    else:
        rows = [row for row in rows if _comparable(row[0]) and compare(row[0], key) == 0][:1]
    if not rows:
        raise refuse("N_A", f"Did not find value '{text(key)}' in VLOOKUP evaluation.")
    if not 0 <= index < len(rows[0]):
        raise refuse("REF", "VLOOKUP evaluates to an out of bounds range.")
    return rows[0][index]


def _match(_calc: Any, wanted: Any, area: Any, kind: Any = 1) -> int:
    key, values = single(wanted), flat([area])
    if number(single(kind), "MATCH", 3) == 0:
        hits = [i for i, v in enumerate(values, 1) if _comparable(v) and compare(v, key) == 0][:1]
    else:
        hits = [i for i, v in enumerate(values, 1) if _comparable(v) and compare(v, key) <= 0][-1:]
    if not hits:
        raise refuse("N_A", f"Did not find value '{text(key)}' in MATCH evaluation.")
    return hits[0]


def _index(_calc: Any, area: Any, row: Any = 0, column: Any = 0) -> Any:
    r, c = int(number(single(row), "INDEX", 2)), int(number(single(column), "INDEX", 3))
    grid = area if isinstance(area, list) else [[area]]
    if len(grid) == 1 and not c:
        r, c = 1, r
    try:
        return grid[max(r, 1) - 1][max(c, 1) - 1]
    except IndexError:
        raise refuse(
            "NUM",
            f"Function INDEX parameter 2 value is {r}. Valid values are between 0 and {len(grid)} inclusive.",
        ) from None


FUNCTIONS: dict[str, Any] = {
    **TEXT_FUNCTIONS,
    **ARRAY_FUNCTIONS,
    "SUM": _over_numbers("SUM", math.fsum),
    "PRODUCT": _over_numbers("PRODUCT", math.prod),
    "AVERAGE": _over_numbers("AVERAGE", lambda v: math.fsum(v) / len(v), least=1),
    "MIN": _over_numbers("MIN", lambda v: min(v, default=0)),
    "MAX": _over_numbers("MAX", lambda v: max(v, default=0)),
    "MEDIAN": _over_numbers("MEDIAN", statistics.median, least=1),
    "STDEV": _over_numbers("STDEV", statistics.stdev, least=2),
    "COUNT": _count,
    "COUNTA": _counta,
    "COUNTBLANK": _countblank,
    "COUNTIF": _countif,
    "COUNTIFS": _countif,
    "SUMIF": _sumif,
    "SUMIFS": _sumifs,
    "AVERAGEIF": _averageif,
    "ROUND": _rounding("ROUND", ROUND_HALF_UP),
    "ROUNDUP": _rounding("ROUNDUP", ROUND_UP),
    "ROUNDDOWN": _rounding("ROUNDDOWN", ROUND_DOWN),
    "TRUNC": _rounding("TRUNC", ROUND_DOWN),
    "CEILING": _rounding("CEILING", ROUND_CEILING),
    "FLOOR": _rounding("FLOOR", ROUND_FLOOR),
    "INT": _of_number("INT", math.floor),
    "ABS": _of_number("ABS", abs),
    "EXP": _of_number("EXP", math.exp),
    "LN": _of_number("LN", math.log),
    "LOG10": _of_number("LOG10", math.log10),
    "SQRT": _sqrt,
    "MOD": _mod,
    "POWER": lambda _c, a, b: number(single(a), "POWER", 1) ** number(single(b), "POWER", 2),
    "PI": lambda _c: math.pi,
    "AND": lambda _c, *a: all(_truths("AND", a)),
    "OR": lambda _c, *a: any(_truths("OR", a)),
    "NOT": _not,
    "TRUE": lambda _c: True,
    "FALSE": lambda _c: False,
    "NA": lambda _c: CellError("N_A", "Error"),
    "N": lambda _c, v: single(v) if isinstance(single(v), int | float) else 0,
    "VLOOKUP": _vlookup,
    "MATCH": _match,
    "INDEX": _index,
    "ISBLANK": lambda _c, v: single(v) is None,
    "ISNUMBER": lambda _c, v: isinstance(single(v), int | float) and not isinstance(single(v), bool),
    "ISTEXT": lambda _c, v: isinstance(single(v), str),
    "ISLOGICAL": lambda _c, v: isinstance(single(v), bool),
    "ROWS": lambda _c, v: len(v) if isinstance(v, list) else 1,
    "COLUMNS": lambda _c, v: len(v[0]) if isinstance(v, list) and v else 1,
}
