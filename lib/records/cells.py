"""Typed reading of whole columns. What cannot be read becomes a finding and counts as missing.

Columns whose cells all have the expected Python type are converted as arrays; only the odd cells
among them are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.records.names import fold
from lib.records.schema import NUMERIC_TYPES, Choice, Column
from lib.records.spelling import date_readings, parse_number, serial_date
from lib.records.texts import TextRule, choice_fix, choice_names, text_of, text_rule
from lib.store.contract import CellError, Value

Cells = npt.NDArray[np.object_]
Flags = npt.NDArray[np.bool_]

FIRST_DATE, END_DATE = np.datetime64("1990-01-01", "us"), np.datetime64("2101-01-01", "us")
_YES = frozenset(map(fold, ("是", "有", "对", "真", "yes", "y", "true", "t", "1", "√", "✓", "✔", "☑")))
_NO = frozenset(
    map(fold, ("否", "无", "没有", "不", "不是", "假", "no", "n", "false", "f", "0", "×", "✗", "☐"))
)
_NOTHING = frozenset({type(None)})
_NUMBERS = frozenset({int, float})


@dataclass(frozen=True, slots=True)
class Finding:
    """Why one cell could not be read, and what may safely be written instead (``fix``; None = nothing)."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)
    fix_code: str = ""
    fix: Value = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A column as read. ``values`` is missing wherever a cell is empty or has a finding."""

    values: Any  # array of the column's dtype, see interfaces of ``read_book``
    filled: Flags
    findings: Mapping[int, Finding]  # by position

    def unreadable(self) -> Flags:
        flags = np.zeros(len(self.filled), dtype=bool)
        flags[list(self.findings)] = True
        return flags


@dataclass(frozen=True, slots=True)
class Context:
    """What reading depends on besides the cells."""

    tz: tzinfo
    lang: str


Judge = Callable[[Any], Finding | None]


def read_cells(cells: Cells, column: Column, context: Context) -> Reading:
    """Read one column of any type but ``ref`` (see references.py)."""
    if column.type in NUMERIC_TYPES:
        return _read_numbers(cells, column)
    if column.type in ("date", "datetime"):
        return _read_dates(cells, column, context)
    if column.type == "bool":
        return _read_bools(cells)
    if column.type == "choice":
        return _read_choices(cells, column, context)
    return _read_texts(cells, text_rule(column.type))


@dataclass(frozen=True, slots=True)
class Texts:
    """Cells as texts without surrounding space: str or None; errors are findings."""

    texts: Cells
    findings: dict[int, Finding]

    @property
    def filled(self) -> Flags:
        flags = self.texts != None  # noqa: E711 (elementwise)
        flags[list(self.findings)] = True
        return np.asarray(flags, dtype=bool)


def read_as_texts(cells: Cells) -> Texts:
    """Every cell as the text that a person sees in it."""
    texts, odd = _set_aside(cells, frozenset({str}))
    findings: dict[int, Finding] = {}
    for position in odd:
        value = cells[position]
        if isinstance(value, CellError):
            findings[position] = error_value(value)
        else:
            texts[position] = text_of(value)
    stripped = [text.strip() or None if text is not None else None for text in texts.tolist()]
    return Texts(_objects(stripped), findings)


def error_value(value: CellError) -> Finding:
    return Finding("error_value", {"value": value.code})


def text_array(texts: Cells) -> Any:
    """Texts as pandas ``str`` (missing = NaN); half characters, which no file can hold, are replaced."""
    try:
        return pd.array(texts, dtype="str")
    except UnicodeEncodeError:
        whole = [None if text is None else text.encode("utf-8", "replace").decode() for text in texts]
        return pd.array(_objects(whole), dtype="str")


# ---------------------------------------------------------------- texts


def _read_texts(cells: Cells, rule: TextRule) -> Reading:
    findings: dict[int, Finding] = {}
    if rule.number_code:
        odd = np.flatnonzero([type(value) in _NUMBERS for value in cells]) if _kinds(cells) & _NUMBERS else ()
        for position in odd:
            number = cells[position]
            whole = isinstance(number, int) or number.is_integer()
            fix = text_of(number) if whole else None
            findings[int(position)] = Finding(rule.number_code, {}, "as_text" if whole else "", fix)
    read = read_as_texts(cells)
    findings |= read.findings
    values = text_array(read.texts)
    for position in rule.suspects(values):
        findings.setdefault(int(position), _judge_text(str(values[position]), rule))
    return Reading(_without(values, findings), read.filled, findings)


def _judge_text(text: str, rule: TextRule) -> Finding:
    if len(text) > rule.longest:
        return Finding("too_long", {"length": len(text), "limit": rule.longest})
    fix = rule.repair(text)
    return Finding(rule.bad_code, {}, "rewrite" if fix else "", fix)


# ---------------------------------------------------------------- numbers


def _read_numbers(cells: Cells, column: Column) -> Reading:
    native, odd = _set_aside(cells, _NUMBERS)
    values = _as_floats(native)
    filled = np.asarray(native != None, dtype=bool)  # noqa: E711
    findings = _judge_each(cells, odd, filled, lambda value: _judge_number(value, column))
    with np.errstate(invalid="ignore"):
        bad = filled & ~_acceptable(values, column)
    for position in np.flatnonzero(bad).tolist():
        findings.setdefault(position, _bad_number(float(values[position]), column))
    values[list(findings)] = np.nan
    return Reading(values, filled, findings)


def _as_floats(native: Cells) -> npt.NDArray[np.float64]:
    try:
        return native.astype(np.float64)
    except OverflowError:  # whole numbers of hundreds of digits
        return np.array([_float(value) for value in native], dtype=np.float64)


def _float(value: float | None) -> float:
    try:
        return np.nan if value is None else float(value)
    except OverflowError:
        return np.inf


def _acceptable(values: npt.NDArray[np.float64], column: Column) -> Flags:
    fine = np.isfinite(values)
    if column.min is not None:
        fine &= values >= column.min
    if column.max is not None:
        fine &= values <= column.max
    if column.type == "integer":
        fine &= values == np.floor(values)
    return fine


def _bad_number(value: float, column: Column) -> Finding:
    if not np.isfinite(value):
        return Finding("not_a_number")
    if column.type == "integer" and not value.is_integer():
        return Finding("not_whole")
    low, high = ("" if limit is None else f"{limit:,g}" for limit in (column.min, column.max))
    return Finding("out_of_range", {"range": f"{low}…{high}"})


def _judge_number(value: Value, column: Column) -> Finding:
    number = parse_number(value) if isinstance(value, str) else None
    if number is None:
        return Finding("not_a_number")
    fine = bool(_acceptable(np.array([number]), column)[0])
    return Finding("number_as_text", {}, "as_number" if fine else "", number if fine else None)


# ---------------------------------------------------------------- dates


def _read_dates(cells: Cells, column: Column, context: Context) -> Reading:
    native, odd = _set_aside(cells, frozenset({datetime}))
    moments = _wall_times(native)
    filled = ~np.isnat(moments)
    findings = _judge_each(cells, odd, filled, lambda value: _judge_date(value, column, context))
    far = filled & ~((moments >= FIRST_DATE) & (moments < END_DATE))
    for position in np.flatnonzero(far).tolist():
        findings.setdefault(position, Finding("implausible_date"))
    moments[list(findings)] = np.datetime64("NaT")
    return Reading(date_array(moments, column, context.tz), filled, findings)


def _wall_times(native: Cells) -> npt.NDArray[np.datetime64]:
    # pd.to_datetime is ten times as fast as numpy over datetime objects; the stubs do not know object arrays.
    index = pd.to_datetime(cast(Any, native))
    return np.array(pd.DatetimeIndex(index).as_unit("us"), dtype="datetime64[us]")


def date_array(moments: npt.NDArray[np.datetime64], column: Column, tz: tzinfo) -> Any:
    """Local wall times as the column's dtype: days, or instants of the team's zone.

    A time that the clocks skip means the instant of the change, one that occurs twice its first occurrence.
    """
    if column.type == "date":
        return pd.array(moments.astype("datetime64[D]").astype("datetime64[s]"))
    first = np.ones(len(moments), dtype=bool)
    local = pd.DatetimeIndex(moments).tz_localize(tz, ambiguous=first, nonexistent="shift_forward")
    return local.array


def _judge_date(value: Value, column: Column, context: Context) -> Finding:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        moment = serial_date(value)
        return Finding("not_a_date") if moment is None else _date_fix("date_as_number", moment, column)
    readings = date_readings(value, context.tz) if isinstance(value, str) else ()
    if not readings:
        return Finding("not_a_date")
    if len(readings) > 1:
        first, second = (f"{reading:%Y-%m-%d}" for reading in readings)
        return Finding("ambiguous_date", {"first": first, "second": second})
    return _date_fix("date_as_text", readings[0], column)


def _date_fix(code: str, moment: datetime, column: Column) -> Finding:
    if not FIRST_DATE <= np.datetime64(moment, "us") < END_DATE:
        return Finding("implausible_date")
    if column.type == "date":
        moment = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return Finding(code, {}, "as_date", moment)


# ---------------------------------------------------------------- yes or no, choices


def _read_bools(cells: Cells) -> Reading:
    native, odd = _set_aside(cells, frozenset({bool}))
    filled = np.asarray(native != None, dtype=bool)  # noqa: E711
    findings = _judge_each(cells, [p for p in odd if _yes_no(cells[p]) is None], filled, _judge_bool)
    for position in odd:
        if position not in findings and (meant := _yes_no(cells[position])) is not None:
            native[position], filled[position] = meant, True
    return Reading(pd.array(cast(Any, native), dtype="boolean"), filled, findings)


def _yes_no(value: Value) -> bool | None:
    if isinstance(value, CellError):
        return None
    text = fold(text_of(value))
    return True if text in _YES else False if text in _NO else None


def _judge_bool(_value: Value) -> Finding:
    return Finding("not_yes_no")


def _read_choices(cells: Cells, column: Column, context: Context) -> Reading:
    read = read_as_texts(cells)
    numbers, distinct = pd.factorize(read.texts)
    order = {choice.code: number for number, choice in enumerate(column.choices)}
    names = choice_names(column)
    meaning = {name: order[choice.code] for name, choice in names.items()}
    codes = np.array([meaning.get(fold(text), -1) for text in distinct] + [-1], dtype=np.int16)[numbers]
    findings = dict(read.findings)
    known: dict[int, Finding] = {}
    for position in np.flatnonzero((codes < 0) & (numbers >= 0)).tolist():
        number = int(numbers[position])
        if number not in known:
            known[number] = _judge_choice(str(distinct[number]), column, names, context.lang)
        findings[position] = known[number]
    values = pd.Categorical.from_codes(codes, [choice.code for choice in column.choices], ordered=False)  # type: ignore[call-overload]
    return Reading(values, read.filled, findings)


def _judge_choice(text: str, column: Column, names: Mapping[str, Choice], lang: str) -> Finding:
    allowed = " / ".join(choice.label(lang) for choice in column.choices)
    fix = choice_fix(text, names, lang)
    return Finding("unknown_choice", {"allowed": allowed}, "choose" if fix else "", fix)


# ---------------------------------------------------------------- helpers


def _kinds(cells: Cells) -> set[type]:
    return set(map(type, cells.tolist()))


def _set_aside(cells: Cells, native: frozenset[type]) -> tuple[Cells, list[int]]:
    """A copy that holds only cells of the native types (others None), and the positions of the others."""
    expected = native | _NOTHING
    kept = cells.copy()
    if _kinds(cells) <= expected:
        return kept, []
    odd = [i for i, value in enumerate(cells.tolist()) if type(value) not in expected]
    kept[odd] = None
    return kept, odd


def _judge_each(cells: Cells, positions: list[int], filled: Flags, judge: Judge) -> dict[int, Finding]:
    """Findings of odd cells; equal texts are judged once. Blank texts are empty cells."""
    findings: dict[int, Finding] = {}
    judged: dict[str, Finding | None] = {}
    for position in positions:
        value = cells[position]
        if isinstance(value, str):
            if value not in judged:
                judged[value] = judge(value) if fold(value) else None
            finding = judged[value]
        else:
            finding = error_value(value) if isinstance(value, CellError) else judge(value)
        if finding is not None:
            findings[position] = finding
            filled[position] = True
    return findings


def _without(values: Any, findings: Mapping[int, Finding]) -> Any:
    if findings:
        values[list(findings)] = np.nan
    return values


def _objects(values: list[Any]) -> Cells:
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return cells
