"""The functions of formulas that deal with texts, dates and times."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from .formats import show_number
from .formula_values import flat, number, refuse, single, text, truth
from .serials import EPOCH, midnight, moment_of, serial_of


# -- texts ------------------------------------------------------------------------------------
def _of_text(work: Any) -> Any:
    return lambda _calc, value: work(text(single(value)))


def _left(_calc: Any, value: Any, count: Any = 1) -> str:
    return text(single(value))[: int(number(single(count), "LEFT", 2))]


def _right(_calc: Any, value: Any, count: Any = 1) -> str:
    size = int(number(single(count), "RIGHT", 2))
    return text(single(value))[-size:] if size else ""


def _mid(_calc: Any, value: Any, start: Any, count: Any) -> str:
    first = int(number(single(start), "MID", 2)) - 1
    return text(single(value))[first : first + int(number(single(count), "MID", 3))]


def _text(_calc: Any, value: Any, pattern: Any) -> str:
    given = single(value)
    if isinstance(given, str):
        return given
    return show_number(number(given, "TEXT", 1), text(single(pattern)))


def _value(_calc: Any, value: Any) -> float:
    return number(single(value), "VALUE", 1)


def _substitute(_calc: Any, value: Any, old: Any, new: Any) -> str:
    return text(single(value)).replace(text(single(old)), text(single(new)))


def _join(_calc: Any, mark: Any, *args: Any) -> str:
    return text(single(mark)).join(text(value) for value in flat(list(args)))


def _textjoin(_calc: Any, mark: Any, skip: Any, *args: Any) -> str:
    found = [text(value) for value in flat(list(args))]
    kept = [item for item in found if item] if truth(single(skip), "TEXTJOIN", 2) else found
    return text(single(mark)).join(kept)


def _find(_calc: Any, part: Any, value: Any, start: Any = 1) -> int:
    at = text(single(value)).find(text(single(part)), int(number(single(start), "FIND", 3)) - 1)
    if at < 0:
        raise refuse(
            "VALUE", f"In FIND evaluation, cannot find '{text(single(part))}' within '{text(single(value))}'."
        )
    return at + 1


# -- dates ------------------------------------------------------------------------------------
def _date(_calc: Any, year: Any, month: Any, day: Any) -> float:
    y, m, d = (int(number(single(v), "DATE", i)) for i, v in enumerate((year, month, day), 1))
    y += 1900 if y < 1900 else 0
    first = midnight(y + (m - 1) // 12, (m - 1) % 12 + 1, 1)
    return serial_of(first + dt.timedelta(days=d - 1))


def _of_moment(name: str, work: Any) -> Any:
    return lambda _calc, value: work(moment_of(number(single(value), name, 1)))


def _time(_calc: Any, hour: Any, minute: Any, second: Any) -> float:
    h, m, s = (number(single(v), "TIME", i) for i, v in enumerate((hour, minute, second), 1))
    return (h * 3600 + m * 60 + s) / 86400 % 1


def _edate(_calc: Any, start: Any, months: Any) -> float:
    moment = moment_of(number(single(start), "EDATE", 1))
    ahead = moment.month - 1 + int(number(single(months), "EDATE", 2))
    year, month = moment.year + ahead // 12, ahead % 12 + 1
    last = (midnight(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)).day
    return serial_of(midnight(year, month, min(moment.day, last)))


def _today(calc: Any) -> float:
    return float((calc.now() - EPOCH).days)


FUNCTIONS: dict[str, Any] = {
    "CONCATENATE": lambda _c, *a: "".join(text(value) for value in flat(list(a))),
    "CONCAT": lambda _c, a, b: text(single(a)) + text(single(b)),
    "JOIN": _join,
    "TEXTJOIN": _textjoin,
    "LEFT": _left,
    "RIGHT": _right,
    "MID": _mid,
    "LEN": _of_text(len),
    "UPPER": _of_text(str.upper),
    "LOWER": _of_text(str.lower),
    "PROPER": _of_text(str.title),
    "TRIM": _of_text(lambda value: " ".join(value.split())),
    "T": lambda _c, v: single(v) if isinstance(single(v), str) else "",
    "REPT": lambda _c, v, n: text(single(v)) * int(number(single(n), "REPT", 2)),
    "EXACT": lambda _c, a, b: text(single(a)) == text(single(b)),
    "SUBSTITUTE": _substitute,
    "FIND": _find,
    "TEXT": _text,
    "VALUE": _value,
    "CHAR": lambda _c, v: chr(int(number(single(v), "CHAR", 1))),
    "DATE": _date,
    "TIME": _time,
    "EDATE": _edate,
    "TODAY": _today,
    "NOW": lambda calc: serial_of(calc.now()),
    "YEAR": _of_moment("YEAR", lambda m: m.year),
    "MONTH": _of_moment("MONTH", lambda m: m.month),
    "DAY": _of_moment("DAY", lambda m: m.day),
    "HOUR": _of_moment("HOUR", lambda m: m.hour),
    "MINUTE": _of_moment("MINUTE", lambda m: m.minute),
    "SECOND": _of_moment("SECOND", lambda m: m.second),
    "WEEKDAY": _of_moment("WEEKDAY", lambda m: m.isoweekday() % 7 + 1),
    "DATEVALUE": lambda _c, v: math.floor(number(single(v), "DATEVALUE", 1)),
    "DAYS": lambda _c, a, b: number(single(a), "DAYS", 1) - number(single(b), "DAYS", 2),
}
