"""Showing serial numbers as dates, times and durations."""

from __future__ import annotations

import datetime as dt
import itertools

from .patterns import Token, tokens_of
from .serials import SECONDS_OF_DAY, moment_of

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def show_temporal(serial: float, section: str) -> str:
    """A serial number under a date or time pattern."""
    tokens = tokens_of(section)
    try:
        moment = moment_of(serial)
    except OverflowError:
        return str(serial)
    if not _shows_fraction(tokens) and moment.microsecond:
        moment = (moment + dt.timedelta(milliseconds=500)).replace(microsecond=0)
    twelve = any(token.kind == "ampm" for token in tokens)
    out: list[str] = []
    skip_to = 0
    for index, token in enumerate(tokens):
        if index < skip_to:
            continue
        if token.kind == "date":
            out.append(_date_part(token.text, moment, twelve, _is_minute(tokens, index)))
        elif token.kind == "elapsed":
            out.append(_elapsed(token.text, serial))
        elif token.kind == "ampm":
            out.append(_half_of_day(token.text, moment))
        elif token.kind == "point" and index + 1 < len(tokens) and tokens[index + 1].kind == "digit":
            text, skip_to = _fraction(tokens, index, moment)
            out.append(text)
        elif token.kind not in ("color", "fill"):
            out.append(" " if token.kind == "skip" else token.text)
    return "".join(out)


def _shows_fraction(tokens: tuple[Token, ...]) -> bool:
    pairs = itertools.pairwise(tokens)
    return any(a.kind == "point" and b.kind == "digit" for a, b in pairs)


def _fraction(tokens: tuple[Token, ...], index: int, moment: dt.datetime) -> tuple[str, int]:
    end = index + 1
    while end < len(tokens) and tokens[end].kind == "digit":
        end += 1
    digits = f"{moment.microsecond:06d}"[: end - index - 1]
    return "." + digits, end


def _is_minute(tokens: tuple[Token, ...], index: int) -> bool:
    if tokens[index].text[0].lower() != "m":
        return False
    before = next((t for t in reversed(tokens[:index]) if t.kind in ("date", "elapsed")), None)
    after = next((t for t in tokens[index + 1 :] if t.kind in ("date", "elapsed")), None)
    near_hour = before is not None and before.text.strip("[]")[0].lower() == "h"
    near_second = after is not None and after.text.strip("[]")[0].lower() == "s"
    return near_hour or near_second


def _date_part(text: str, moment: dt.datetime, twelve: bool, minute: bool) -> str:
    letter, length = text[0].lower(), len(text)
    if letter == "y":
        return f"{moment.year:04d}" if length > 2 else f"{moment.year % 100:02d}"
    if letter == "m":
        return _padded(moment.minute, length) if minute else _month(moment.month, length)
    if letter == "d":
        if length > 2:
            name = DAYS[moment.weekday()]
            return name if length > 3 else name[:3]
        return _padded(moment.day, length)
    if letter == "h":
        hour = (moment.hour + 11) % 12 + 1 if twelve else moment.hour
        return _padded(hour, length)
    return _padded(moment.second, length)


def _month(month: int, length: int) -> str:
    if length < 3:
        return _padded(month, length)
    name = MONTHS[month - 1]
    return {3: name[:3], 5: name[0]}.get(length, name)


def _padded(number: int, length: int) -> str:
    return f"{number:02d}" if length > 1 else str(number)


def _elapsed(text: str, serial: float) -> str:
    seconds = round(abs(serial) * SECONDS_OF_DAY)
    unit = {"h": 3600, "m": 60, "s": 1}[text[1].lower()]
    sign = "-" if serial < 0 else ""
    return sign + str(seconds // unit).zfill(len(text) - 2)


def _half_of_day(text: str, moment: dt.datetime) -> str:
    if text.lower() == "a/p":
        return "A" if moment.hour < 12 else "P"
    return "AM" if moment.hour < 12 else "PM"
