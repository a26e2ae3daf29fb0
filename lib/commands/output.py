"""What the commands print: JSON with one object a line, or CSV that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any

import numpy as np
import pandas as pd

Record = Mapping[str, Any]
_PLAIN = (str, bool, int)
# A cell that begins with one of these is run as a formula by some program; the last four are full-width.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class CommandError(Exception):
    """A command cannot do what it was asked for; the text says what can be done."""


def use_utf8() -> None:
    """Print UTF-8 with plain line ends on every system."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")


def print_records(records: Iterable[Record], fields: Sequence[str], form: str) -> None:
    """Records in their order with exactly these fields; ``form``: ``json`` (an array), ``lines``, ``csv``."""
    if form == "csv":
        _print_csv(records, fields)
    elif form == "lines":
        for record in records:
            sys.stdout.write(to_json(record, fields) + "\n")
    else:
        _print_array(records, fields)


def _print_array(records: Iterable[Record], fields: Sequence[str]) -> None:
    before = "[\n"
    for record in records:
        sys.stdout.write(before + to_json(record, fields))
        before = ",\n"
    sys.stdout.write("[]\n" if before == "[\n" else "\n]\n")


def to_json(record: Record, fields: Sequence[str]) -> str:
    """One object on one line; missing values are null."""
    return json.dumps({field: plain(record[field]) for field in fields}, ensure_ascii=False)


def _print_csv(records: Iterable[Record], fields: Sequence[str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(fields)
    writer.writerows([_csv_cell(plain(record[field])) for field in fields] for record in records)


def _csv_cell(value: object) -> object:
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value


def harmless(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would calculate it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def plain(value: Any) -> Any:
    """A value as JSON knows it: missing is None, dates are ISO 8601, whole numbers have no decimals."""
    if value is None or type(value) in _PLAIN:
        return value
    if value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if np.isnan(value):
            return None
        return int(value) if value.is_integer() else value
    return value


def instants(column: pd.Series, tz: tzinfo) -> list[str | None]:
    """A column of aware moments as ISO 8601 with the offset of ``tz``."""
    utc = column.dt.tz_convert(UTC).dt.tz_localize(None).to_numpy("datetime64[s]")
    wall = column.dt.tz_convert(tz).dt.tz_localize(None).to_numpy("datetime64[s]")
    kinds, which = np.unique((wall - utc).astype(np.int64), return_inverse=True)
    offsets = [_offset(int(seconds)) for seconds in kinds]
    texts = np.datetime_as_string(wall).tolist()
    return [
        None if text == "NaT" else text + offsets[kind]
        for text, kind in zip(texts, which.tolist(), strict=True)
    ]


def _offset(seconds: int) -> str:
    minutes = abs(seconds) // 60 % 1440
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


def dates(column: pd.Series) -> list[str | None]:
    """A column of days as ISO 8601."""
    return [None if day is pd.NaT else day.date().isoformat() for day in column]
