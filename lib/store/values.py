"""The form in which every store keeps a value, so that what is written is what is read."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta

from lib.store.contract import CellError, StoreError, Value

LONGEST_TEXT = 32_767  # UTF-16 units: what a cell of a workbook can hold
LARGEST_INTEGER = 2**53
FIRST_DATE = datetime.fromisoformat(
    "1900-03-01"
)  # before it spreadsheets disagree on what a serial number means
LAST_SECOND = datetime.fromisoformat("9999-12-31 23:59:59")
ERROR_CODES = frozenset(
    {"#REF!", "#N/A", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#VALUE!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)
_NO_CHARACTER = re.compile("[\ud800-\udfff\ufffe\uffff]")  # halves of pairs, and what XML forbids


def storable(value: Value) -> Value:
    """``value`` as a store keeps it. Raises StoreError for what no cell can hold."""
    match value:
        case bool() | None:
            return value
        case str():
            return _storable_text(value)
        case int() | float():
            return _storable_number(value)
        case datetime():
            return _storable_instant(value)
        case CellError():
            return value
    raise StoreError(f"A cell cannot hold a {type(value).__name__}.", "unknown_type")


def _storable_text(text: str) -> str | None:
    text = _NO_CHARACTER.sub("\ufffd", text)
    if len(text) > LONGEST_TEXT // 2 and len(text.encode("utf-16-le")) // 2 > LONGEST_TEXT:
        raise StoreError(
            f"This text has {len(text):,} characters; a cell holds at most {LONGEST_TEXT:,}.",
            "text_too_long",
            length=len(text),
            limit=LONGEST_TEXT,
        )
    return text or None


def _storable_number(number: float) -> int | float:
    if isinstance(number, float) and not math.isfinite(number):
        raise StoreError("A cell cannot hold a number that is not finite.", "not_finite")
    if isinstance(number, int) and abs(number) > LARGEST_INTEGER:
        raise StoreError(
            f"{number} has too many digits for a number; enter it as text.", "number_too_long", number=number
        )
    return whole_as_int(float(number))


def whole_as_int(number: float) -> int | float:
    """5.0 -> 5; other numbers, and those beyond exact integers, stay as they are."""
    return int(number) if number.is_integer() and abs(number) <= LARGEST_INTEGER else number


def _storable_instant(at: datetime) -> datetime | str:
    if at.tzinfo is not None:
        raise StoreError("A cell holds no time zone; give the local time.", "time_zone")
    at = to_second(at)
    return at if at >= FIRST_DATE else at.isoformat(sep=" ").removesuffix(" 00:00:00")


def to_second(at: datetime) -> datetime:
    """The nearest whole second: serial numbers carry no more."""
    if not at.microsecond:
        return at
    whole = at.replace(microsecond=0)
    is_last = whole == LAST_SECOND
    return whole + timedelta(seconds=1) if at.microsecond >= 500_000 and not is_last else whole


def readable(value: object) -> Value:
    """A value from a spreadsheet reader in the contract's form."""
    match value:
        case bool() | CellError():
            return value
        case str():
            return value or None
        case float():
            return whole_as_int(value) if math.isfinite(value) else None
        case int():
            return value
        case datetime():
            return to_second(value)
        case date():
            return datetime.combine(value, time.min)
        case time():
            return _time_text(timedelta(hours=value.hour, minutes=value.minute, seconds=value.second))
        case timedelta():
            return _time_text(value)
    return None


def _time_text(span: timedelta) -> str:
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}" + (f":{seconds:02}" if seconds else "")


def same_value(left: Value, right: Value) -> bool:
    """Whether two values are the same cell content: 5 is 5.0, True is not 1, seconds decide."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return left == right or math.isclose(left, right, rel_tol=1e-14)
    if isinstance(left, datetime) and isinstance(right, datetime):
        return abs(left.replace(tzinfo=None) - right.replace(tzinfo=None)) < timedelta(seconds=1)
    return (None if left == "" else left) == (None if right == "" else right)


def canonical_text(value: Value) -> str:
    """An unambiguous text for hashing; the same for the same content in every adapter."""
    if isinstance(value, str):  # by far the most frequent
        return f"s{value}"
    match value:
        case None:
            return ""
        case bool():
            return f"b{int(value)}"
        case int() | float():
            return f"n{value:.15g}"
        case datetime():
            return f"d{value:%Y-%m-%dT%H:%M:%S}"
    return f"e{value.code}"
