"""Names and lengths of time of the Complaints page, in the session's language."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from lib.service.funnel import STAGES, WHOLE
from lib.ui import session
from lib.ui.format import EMPTY, MONTHS_EN, format_moment, format_span, format_working_span, is_missing
from lib.ui.session import language, t


def choice_names(column: str) -> dict[str, str]:
    """``{code: label}`` of a choice column of the worksheet, in the session's language."""
    described = session.desk().schema.worksheets["complaints"].columns[column]
    return {choice.code: choice.label(language()) for choice in described.choices}


def stage_names() -> dict[str, str]:
    return {stage: t(f"complaints.stage_{stage}") for stage in (*STAGES, WHOLE)}


def span_words(us: float) -> str:
    """A length of time by the clock."""
    return EMPTY if is_missing(us) else format_span(int(us), language())


def working_words(us: float, day_us: int) -> str:
    """A length of working time."""
    return EMPTY if is_missing(us) else format_working_span(int(us), day_us, language())


def score_words(score: float) -> str:
    """A satisfaction from 1 to 5."""
    return EMPTY if is_missing(score) else f"{score:.1f} / 5"


def moment_words(at: datetime | Any, now: datetime) -> str:
    """A moment, without the year where it is that of ``now``."""
    return format_moment(at, language(), now.date())


def month_words(month: date, *, with_year: bool) -> str:
    """A month under a chart, on a second line its year where one begins."""
    name = f"{month.month}月" if language() == "zh" else MONTHS_EN[month.month - 1]
    return f"{name}<br>{month.year}" if with_year else name
