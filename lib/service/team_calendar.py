"""The team's working calendar: the public one with the rows of the Calendar worksheet laid over it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from lib.standard.calendar_days import Override, OverrideKind
from lib.standard.day_hours import parse_hours
from lib.standard.working_time import WorkingCalendar, build_calendar


def build_team_calendar(rows: pd.DataFrame, tz: ZoneInfo) -> WorkingCalendar:
    """The calendar with every usable row of the ``calendar`` table; contradictory rows are left out.

    ``contradictions`` says which those are.
    """
    return build_calendar(tz, overrides=[row for _, row in _read_rows(rows) if isinstance(row, Override)])


def contradictions(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """``(record id, what is wrong)`` of each calendar row that cannot be applied."""
    return [(record, str(row)) for record, row in _read_rows(rows) if isinstance(row, ValueError)]


def _read_rows(rows: pd.DataFrame) -> Iterator[tuple[str, Override | ValueError]]:
    complete = rows[rows["kind"].notna() & rows["from_on"].notna()]
    for row in complete.itertuples():
        yield str(row.Index), _read_row(row)


def _read_row(row: Any) -> Override | ValueError:
    try:
        return Override(
            OverrideKind(row.kind),
            _day(row.from_on),
            None if pd.isna(row.until_on) else _day(row.until_on),
            None if pd.isna(row.hours) else parse_hours(row.hours),
            "" if pd.isna(row.note) else row.note,
        )
    except ValueError as error:
        return error


def _day(value: pd.Timestamp) -> date:
    return value.date()
