"""What a person's typing becomes: the `USER_ENTERED` option, for the locale en_US."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from .cells import ERROR_KINDS, CellError, Formula, Value
from .moments import read_moment

Format = dict[str, Any]
_NUMBER = re.compile(
    r"^(?P<open>\()?(?P<sign>[+-])?(?P<currency>[$€£¥])?(?P<sign2>[+-])?"
    r"(?P<whole>\d{1,3}(?:,\d{3})+|\d*)(?P<decimals>\.\d*)?(?P<exponent>[eE][+-]?\d+)?"
    r"(?P<percent>\s*%)?(?P<close>\))?$"
)


def entered(
    text: str, cell_format: Format | None, today: dt.date | None = None
) -> tuple[Value, Format | None]:
    """The value that a typed text becomes, and the number format that it brings (or None).

    A cell formatted as text takes everything as text; a cell with its own number format keeps it.
    """
    present = (cell_format or {}).get("numberFormat") or {}
    if present.get("type") == "TEXT":
        return text, None
    value, found = _read(text, today or dt.datetime.now(dt.UTC).date())
    return value, None if present else found


def _read(text: str, today: dt.date) -> tuple[Value, Format | None]:
    if text.startswith("'"):
        return text[1:], None
    if text.startswith("=") and len(text) > 1:
        return Formula(text), None
    bare = text.strip()
    if bare.upper() in ("TRUE", "FALSE"):
        return bare.upper() == "TRUE", None
    if bare in ERROR_KINDS and bare.startswith("#"):
        return CellError(ERROR_KINDS[bare]), None
    number = _read_number(bare)
    if number is not None:
        return number
    moment = read_moment(bare, today)
    if moment is not None:
        return moment
    if text.startswith("+") and (text[1:2].isalnum() or text[1:2] == "("):
        return Formula("=" + text), None
    return text, None


def _read_number(text: str) -> tuple[float, Format | None] | None:
    match = _NUMBER.match(text)
    if not match or not re.search(r"\d", (match["whole"] or "") + (match["decimals"] or "")):
        return None
    if bool(match["open"]) != bool(match["close"]) or (match["sign"] and match["sign2"]):
        return None
    number = float(
        (match["whole"] or "0").replace(",", "") + (match["decimals"] or "") + (match["exponent"] or "")
    )
    if number in (float("inf"), float("-inf")):
        return None
    if match["percent"]:
        number = _percent(match)
    if (match["sign"] or match["sign2"]) == "-" or match["open"]:
        number = -number
    return number, _number_format(match)


def _percent(match: re.Match[str]) -> float:
    digits = (match["whole"] or "0").replace(",", "") + (match["decimals"] or "")
    return float(f"{digits}e{int((match['exponent'] or 'e0')[1:]) - 2}")


def _number_format(match: re.Match[str]) -> Format | None:
    has_decimals = len(match["decimals"] or "") > 1
    if match["percent"]:
        return {"type": "PERCENT", "pattern": "0.00%" if has_decimals else "0%"}
    if match["currency"]:
        symbol = match["currency"]
        return {"type": "CURRENCY", "pattern": f'"{symbol}"#,##0' + (".00" if has_decimals else "")}
    if match["exponent"]:
        return {"type": "SCIENTIFIC", "pattern": "0.00E+00"}
    if "," in match["whole"]:
        return {"type": "NUMBER", "pattern": "#,##0.00" if has_decimals else "#,##0"}
    return None
