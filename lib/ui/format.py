"""Moments, days, spans, money and shares as people of each language write them. Pure functions."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import pandas as pd

US_PER_MINUTE = 60_000_000
US_PER_HOUR = 60 * US_PER_MINUTE
EMPTY = "—"
JOINER = "\u2060"
WEEKDAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def is_missing(value: Any) -> bool:
    """True for None, NaN, NaT and NA."""
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def format_day(value: date | datetime | Any, language: str, today: date | None = None) -> str:
    """``11月22日 周日`` or ``Sun 22 Nov``; the year is added when it is not that of ``today``."""
    if is_missing(value):
        return EMPTY
    with_year = today is None or value.year != today.year
    if language == "zh":
        day = f"{value.month}月{value.day}日"
        return f"{value.year}年{day}" if with_year else f"{day} 周{WEEKDAYS['zh'][value.weekday()]}"
    day = f"{value.day} {MONTHS_EN[value.month - 1]}"
    return f"{day} {value.year}" if with_year else f"{WEEKDAYS['en'][value.weekday()]} {day}"


def format_moment(value: datetime | Any, language: str, today: date | None = None) -> str:
    """A day and the time of day, local as given: ``11月22日 周日 14:05`` or ``Sun 22 Nov, 14:05``."""
    if is_missing(value):
        return EMPTY
    separator = " " if language == "zh" else ", "
    return f"{format_day(value, language, today)}{separator}{value:%H:%M}"


def format_span(span_us: int, language: str) -> str:
    """A length of time in its two largest units, from microseconds: ``3小时20分`` or ``3 h 20 min``."""
    minutes = abs(int(span_us)) // US_PER_MINUTE
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    units = ("天", "小时", "分") if language == "zh" else (" d", " h", " min")
    parts = [f"{n}{u}" for n, u in zip((days, hours, minutes), units, strict=True) if n][:2]
    return ("" if language == "zh" else " ").join(parts) or f"0{units[2]}"


def format_working_span(span_us: int, day_us: int, language: str) -> str:
    """Working time: a day is ``day_us`` of open hours, so that 16 open hours read as 2 working days."""
    days, rest = divmod(abs(int(span_us)), max(day_us, US_PER_HOUR))
    if days == 0:
        return format_span(rest, language)
    hours = rest // US_PER_HOUR
    if language == "zh":
        return f"{days}个工作日" + (f"{hours}小时" if hours else "")
    return f"{days} working day{'s' if days != 1 else ''}" + (f" {hours} h" if hours else "")


def format_money(value: float | Any, language: str) -> str:
    """RMB, rounded to whole yuan; in Chinese large sums in 万: ``¥62.5万`` or ``¥625,000``."""
    if is_missing(value):
        return EMPTY
    if language == "zh" and abs(value) >= 100_000:
        return f"¥{value / 10_000:,.1f}".rstrip("0").rstrip(".") + "万"
    return f"¥{value:,.0f}"


def format_share(numerator: float, denominator: float) -> str:
    """A percentage without decimals, or a dash where there is nothing to divide by."""
    return EMPTY if not denominator else f"{numerator / denominator:.0%}"


def format_number(value: float | Any) -> str:
    """A number without a needless ``.0``."""
    if is_missing(value):
        return EMPTY
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0")


def escape_markdown(data: str) -> str:
    """Text from a cell, safe inside Markdown: shown as it is, never as a link, image or HTML.

    Bare addresses become links in spite of any backslash: an invisible joiner takes them apart.
    """
    escaped = re.sub(r"(?i)(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)", JOINER, data.replace("\\", "\\\\"))
    for mark in "`*_{}[]()<>#+-.!|~:$&":
        escaped = escaped.replace(mark, "\\" + mark)
    return " ".join(escaped.split())
