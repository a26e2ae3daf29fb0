"""Dates and numbers that people or other programs wrote as text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

# Orders of the parts of a date whose year comes last: 3/25/2026 (mdy), 25/3/2026 (dmy).
MDY, DMY = "mdy", "dmy"
ORDERS = (MDY, DMY)

_LONGEST = 60
_SIGN = r"\s*[-/.]\s*"
_YEAR_FIRST = re.compile(
    rf"(\d{{4}})(?:{_SIGN}|\s*年\s*)(\d{{1,2}})(?:{_SIGN}|\s*月\s*)(\d{{1,2}})(?!\d)\s*[日号]?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)")
_YEAR_LAST = re.compile(rf"(\d{{1,2}}){_SIGN}(\d{{1,2}}){_SIGN}(\d{{4}}|\d{{2}})(?!\d)")
_DAY_MONTH_NAME = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s.-]*([a-z]{3,9})\.?[\s,-]*(\d{4})(?!\d)")
_MONTH_NAME_DAY = re.compile(r"([a-z]{3,9})\.?\s*(\d{1,2})(?:st|nd|rd|th)?[\s,]+(\d{4})(?!\d)")
_TIME = re.compile(
    r"[t,\s]*(?P<half>上午|下午|am|pm)?\s*(?P<hour>\d{1,2})\s*[:时點点]\s*(?P<minute>\d{1,2})?\s*分?"
    r"(?:\s*:?\s*(?P<second>\d{1,2})(?:\.(?P<fraction>\d{1,9}))?\s*秒?)?\s*(?P<half_after>am|pm|a\.m\.|p\.m\.)?"
    r"\s*(?P<offset>z|[+-]\d{2}:?\d{2})?"
)
_WEEKDAY = re.compile(
    r"\(?(?:星期|周|週|礼拜)[一二三四五六日天]\)?|\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\b[,.]?"
)
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip

_CURRENCY = re.compile(r"(?:rmb|cny|usd|eur|人民币|美元|[¥$€£])\s*", re.IGNORECASE)
_UNITS = {"元": 1.0, "块": 1.0, "万元": 1e4, "万": 1e4, "亿元": 1e8, "亿": 1e8}
_NUMBER = re.compile(r"([+-]?)\s*([\d.,'\s]*\d[\d.,'\s]*)(万元|亿元|元|块|万|亿)?")
_PLAIN_DIGITS = re.compile(r"\d+(?:\.\d*)?|\.\d+")
_GROUPED = re.compile(r"\d{1,3}(?:([,' ])\d{3})(?:\1\d{3})*(?:\.\d+)?")
_GROUPED_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+")


def parse_number(text: str) -> float | None:
    """The number that ``text`` certainly means (``¥1,200.50``, ``１２００``, ``5万``), or None."""
    if len(text) > _LONGEST:
        return None
    plain = _CURRENCY.sub("", unicodedata.normalize("NFKC", text).replace("−", "-")).strip()
    match = _NUMBER.fullmatch(plain)
    if match is None:
        return None
    sign, digits, unit = match[1], match[2].strip(), match[3]
    value = _parse_digits(digits)
    if value is None:
        return None
    return (-value if sign == "-" else value) * _UNITS.get(unit or "元", 1.0)


def _parse_digits(digits: str) -> float | None:
    if _PLAIN_DIGITS.fullmatch(digits):
        return float(digits)
    if grouped := _GROUPED.fullmatch(digits):
        return float(digits.replace(grouped[1], ""))
    if _GROUPED_COMMA.fullmatch(digits):
        return float(digits.replace(".", "").replace(",", "."))
    return None


def date_readings(text: str, tz: tzinfo, orders: Sequence[str] = ORDERS) -> tuple[datetime, ...]:
    """What ``text`` may mean as a date or time: naive local datetimes, each once.

    None at all: not a date. Two: ambiguous (``03/04/2026``), unless ``orders`` leaves one order, which
    also admits years of two digits (20yy). An offset (``+08:00``) is converted to ``tz``.
    """
    if len(text) > _LONGEST:
        return ()
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    plain = _WEEKDAY.sub(" ", plain).strip()
    found: dict[datetime, None] = {}
    for (year, month, day), rest in _date_parts(plain, orders):
        moment = _moment(year, month, day, rest, tz)
        if moment is not None:
            found[moment] = None
    return tuple(found)


def _date_parts(plain: str, orders: Sequence[str]) -> list[tuple[tuple[int, int, int], str]]:
    if match := _YEAR_FIRST.match(plain) or _COMPACT.match(plain):
        return [((int(match[1]), int(match[2]), int(match[3])), plain[match.end() :])]
    if match := _YEAR_LAST.match(plain):
        if len(match[3]) == 2 and len(orders) != 1:
            return []
        year, first, second = int(match[3]), int(match[1]), int(match[2])
        year += 2000 if len(match[3]) == 2 else 0
        parts = {MDY: (year, first, second), DMY: (year, second, first)}
        return [(parts[order], plain[match.end() :]) for order in orders]
    if match := _DAY_MONTH_NAME.match(plain):
        return [((int(match[3]), _month(match[2]), int(match[1])), plain[match.end() :])]
    if match := _MONTH_NAME_DAY.match(plain):
        return [((int(match[3]), _month(match[1]), int(match[2])), plain[match.end() :])]
    return []


def _month(name: str) -> int:
    """The month of a name of at least three letters (sept); 0 if it is none."""
    return next((number for number, month in enumerate(_MONTHS, 1) if month.startswith(name)), 0)


def _moment(year: int, month: int, day: int, rest: str, tz: tzinfo) -> datetime | None:
    try:
        midnight = datetime(year, month, day)  # noqa: DTZ001 (a spreadsheet's dates have no zone)
    except ValueError:
        return None
    if not rest.strip():
        return midnight
    match = _TIME.fullmatch(rest.rstrip())
    return None if match is None else _at_time(midnight, match, tz)


def _at_time(midnight: datetime, match: re.Match[str], tz: tzinfo) -> datetime | None:
    half = (match["half"] or match["half_after"] or "").replace(".", "")
    hour = int(match["hour"])
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half in {"pm", "下午"} else 0)
    micro = int((match["fraction"] or "").ljust(6, "0")[:6])
    try:
        moment = midnight.replace(
            hour=hour, minute=int(match["minute"] or 0), second=int(match["second"] or 0), microsecond=micro
        )
        return _local(moment, match["offset"], tz)
    except (ValueError, OverflowError):
        return None


def _local(moment: datetime, offset: str | None, tz: tzinfo) -> datetime:
    if offset is None:
        return moment
    sign = "+00:00" if offset == "z" else offset
    return datetime.fromisoformat(moment.isoformat() + sign).astimezone(tz).replace(tzinfo=None)


def serial_date(number: float) -> datetime | None:
    """The date of a spreadsheet's serial number, or of digits like 20260305, from 1990 to 2100; else None."""
    if 32_874 <= number < 73_416:
        moment = datetime(1899, 12, 30) + timedelta(days=number, seconds=0.5)  # noqa: DTZ001
        return moment.replace(microsecond=0)
    if 19_900_101 <= number <= 21_001_231 and number == int(number):
        readings = date_readings(str(int(number)), UTC)
        return readings[0] if readings else None
    return None
