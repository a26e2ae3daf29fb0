"""Reading typed dates and times."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from .serials import midnight, serial_of
from .temporal import DAYS, MONTHS

Format = dict[str, Any]
_MONTH_NUMBER = {name[:length].lower(): i + 1 for i, name in enumerate(MONTHS) for length in (3, len(name))}
_MONTH_NUMBER["sept"] = 9
_MONTH = "(?P<month>" + "|".join(sorted(_MONTH_NUMBER, key=len, reverse=True)) + ")"
_TIME = re.compile(
    r"(?P<hour>\d{1,4}):(?P<minute>[0-5]?\d)(?::(?P<second>[0-5]?\d)(?P<part>\.\d{1,3})?)?\s*(?P<half>[ap]m?)?$",
    re.IGNORECASE,
)
_HOUR_ONLY = re.compile(r"(?P<hour>1[0-2]|0?[1-9])\s*(?P<half>[ap]m)$", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})$")
_MONTH_FIRST = re.compile(
    r"(?P<month>\d{1,2})(?P<mark>[-/.])(?P<day>\d{1,2})(?:(?P=mark)(?P<year>\d{4}|\d{2}))?$"
)
_NAME_FIRST = re.compile(
    _MONTH + r"\.?(?P<gap>[ -]?)(?P<day>\d{1,2})(?:st|nd|rd|th)?(?:(?P<mark>,? +|-)(?P<year>\d{4}))?$", re.I
)
_DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})(?P<mark>[ -]?)" + _MONTH + r"\.?(?:(?P=mark),?(?P<year>\d{4}|\d{2}))?$", re.I
)
_NAME_YEAR = re.compile(_MONTH + r"\.?(?P<mark> |-)(?P<year>\d{4})$", re.I)
_WEEKDAY = re.compile("^(?:" + "|".join(d + "|" + d[:3] for d in DAYS) + r"),? +", re.I)


def read_moment(text: str, today: dt.date) -> tuple[float, Format] | None:
    """The serial number of a typed date, time or both, and the format it brings."""
    if not text or not any(character.isdigit() for character in text):
        return None
    time = _read_time(text)
    if time is not None:
        return time[0], {"type": "TIME", "pattern": time[1]}
    date = _read_date(text, today)
    if date is not None:
        return date[0], {"type": "DATE", "pattern": date[1]}
    return _read_both(text, today)


def _read_both(text: str, today: dt.date) -> tuple[float, Format] | None:
    for match in re.finditer(r"[ T]+", text):
        time_text = text[match.end() :].removesuffix("Z") if "T" in match[0] else text[match.end() :]
        date, time = _read_date(text[: match.start()], today), _read_time(time_text)
        if date and time and time[0] < 1:
            return date[0] + time[0], {"type": "DATE_TIME", "pattern": f"{date[1]} {time[1]}"}
    return None


def _read_time(text: str) -> tuple[float, str] | None:
    match = _TIME.match(text) or _HOUR_ONLY.match(text)
    if not match:
        return None
    found = match.groupdict()
    hour, half = int(found["hour"]), (found.get("half") or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    minute, second = int(found.get("minute") or 0), int(found.get("second") or 0)
    part = float("0" + (found.get("part") or ""))
    serial = (hour * 3600 + minute * 60 + second + part) / 86_400
    return serial, _time_pattern(found, hour)


def _time_pattern(found: dict[str, str | None], hour: int) -> str:
    pattern = "[h]:mm" if hour >= 24 else "h:mm"
    if found.get("second"):
        pattern += ":ss" + (".000" if found.get("part") else "")
    if not found.get("minute"):
        pattern = "h"
    return pattern + (" am/pm" if found.get("half") else "")


def _read_date(text: str, today: dt.date) -> tuple[float, str] | None:
    match = _YEAR_FIRST.match(text)
    if match:
        mark = match["mark"]
        months = "mm" if len(match["month"]) == 2 else "m"
        days = "dd" if len(match["day"]) == 2 else "d"
        return _serial(match, today, f"yyyy{mark}{months}{mark}{days}")
    match = _MONTH_FIRST.match(text)
    if match:
        return _numeric(match, today)
    return _named(_WEEKDAY.sub("", text), today)


def _numeric(match: re.Match[str], today: dt.date) -> tuple[float, str] | None:
    mark = match["mark"]
    if mark == "." and not match["year"]:
        return None
    months = "mm" if match["month"].startswith("0") else "m"
    days = "dd" if match["day"].startswith("0") else "d"
    years = mark + "y" * len(match["year"]) if match["year"] else ""
    return _serial(match, today, f"{months}{mark}{days}{years}")


def _named(text: str, today: dt.date) -> tuple[float, str] | None:
    match = _NAME_FIRST.match(text)
    if match:
        years = f"{match['mark']}yyyy" if match["year"] else ""
        return _serial(match, today, f"{_month_letters(match)}{match['gap'] or ' '}d{years}")
    match = _DAY_FIRST.match(text)
    if match:
        mark = match["mark"]
        years = mark + "y" * len(match["year"]) if match["year"] else ""
        return _serial(match, today, f"d{mark}{_month_letters(match)}{years}")
    match = _NAME_YEAR.match(text)
    if match:
        return _serial(match, today, f"{_month_letters(match)}{match['mark']}yyyy")
    return None


def _month_letters(match: re.Match[str]) -> str:
    return "mmmm" if len(match["month"]) > 4 else "mmm"


def _serial(match: re.Match[str], today: dt.date, pattern: str) -> tuple[float, str] | None:
    found = match.groupdict()
    month_text = found["month"]
    month = int(month_text) if month_text.isdigit() else _MONTH_NUMBER[month_text.lower()]
    year = int(found["year"]) if found.get("year") else today.year
    if found.get("year") and len(found["year"]) == 2:
        year += 2000 if year < 50 else 1900
    try:
        moment = midnight(year, month, int(found.get("day") or 1))
    except ValueError:
        return None
    return serial_of(moment), pattern
