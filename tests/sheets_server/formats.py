"""How a value is shown under a number format."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .cells import CellError, Value
from .patterns import Token, is_temporal, sections_of, tokens_of
from .temporal import show_temporal

DEFAULT_PATTERNS = {
    "NUMBER": "#,##0.00",
    "PERCENT": "0.00%",
    "CURRENCY": '"$"#,##0.00',
    "DATE": "m/d/yyyy",
    "TIME": "h:mm:ss am/pm",
    "DATE_TIME": "m/d/yyyy h:mm:ss",
    "SCIENTIFIC": "0.00E+00",
    "TEXT": "@",
}
TEMPORAL_TYPES = ("DATE", "TIME", "DATE_TIME")


def show(value: Value, number_format: dict[str, Any] | None = None) -> str:
    """The text that a cell shows."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, CellError):
        return value.text
    pattern = pattern_of(number_format)
    if isinstance(value, str):
        return _show_text(value, pattern)
    return show_number(float(value), pattern)


def pattern_of(number_format: dict[str, Any] | None) -> str:
    """The pattern of a format, or its type's usual one."""
    if not number_format:
        return ""
    return number_format.get("pattern") or DEFAULT_PATTERNS.get(number_format.get("type", ""), "")


def is_temporal_format(number_format: dict[str, Any] | None) -> bool:
    """Whether numbers under this format are dates, times or durations."""
    if not number_format:
        return False
    if number_format.get("type") in TEMPORAL_TYPES:
        return True
    return bool(number_format.get("pattern")) and is_temporal(sections_of(number_format["pattern"])[0])


def _show_text(text: str, pattern: str) -> str:
    sections = sections_of(pattern)
    section = sections[3] if len(sections) > 3 else next((s for s in sections if "@" in s), "@")
    return "".join(text if t.kind == "text" else t.text for t in tokens_of(section) if t.kind != "color")


def show_number(number: float, pattern: str) -> str:
    """A number under a pattern; an empty pattern is the automatic format."""
    if not pattern or pattern.lower() == "general" or pattern == "@":
        return automatic(number)
    sections = sections_of(pattern)
    section, shown = _choose(sections, number)
    if is_temporal(section):
        return show_temporal(number, section)
    return _show_digits(shown, section)


def _choose(sections: tuple[str, ...], number: float) -> tuple[str, float]:
    if number < 0 and len(sections) > 1:
        return sections[1], -number
    if number == 0 and len(sections) > 2:
        return sections[2], number
    return sections[0], number


def automatic(number: float) -> str:
    """The format of a cell that has none: about ten significant digits."""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    if abs(number) >= 1e15 or (number and abs(number) < 1e-9):
        return _scientific(number, 5, 2, trim=True)
    whole_digits = len(str(int(abs(number))))
    decimals = max(0, min(10, 10 - whole_digits) if abs(number) >= 1 else 10)
    text = f"{_rounded(number, decimals):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _rounded(number: float, decimals: int) -> Decimal:
    return Decimal(repr(number)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _scientific(number: float, decimals: int, digits: int, *, trim: bool = False) -> str:
    mantissa, _, exponent = f"{number:.{decimals}E}".partition("E")
    if trim and "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    sign = "-" if exponent.startswith("-") else "+"
    return f"{mantissa}E{sign}{exponent.lstrip('+-').lstrip('0').zfill(digits)}"


def _show_digits(number: float, section: str) -> str:
    tokens = list(tokens_of(section))
    slots = [index for index, token in enumerate(tokens) if token.kind == "digit"]
    if not slots:
        return ("-" if number < 0 else "") + _literals(tokens, number)
    first, last = slots[0], slots[-1]
    inside = tokens[first : last + 1]
    scaled = number * 100 ** sum(token.kind == "percent" for token in tokens)
    last, scaled = _thousands(tokens, last, scaled)
    body = _number_text(scaled, inside)
    sign = "-" if body.startswith("-") else ""
    return (
        sign + _literals(tokens[:first], number) + body[len(sign) :] + _literals(tokens[last + 1 :], number)
    )


def _thousands(tokens: list[Token], last: int, number: float) -> tuple[int, float]:
    while last + 1 < len(tokens) and tokens[last + 1].kind == "comma":
        last += 1
        number /= 1000
    return last, number


def _literals(tokens: list[Token], number: float) -> str:
    out = []
    for token in tokens:
        if token.kind in ("color", "fill"):
            continue
        if token.kind == "general":
            out.append(automatic(abs(number)))
        else:
            out.append(" " if token.kind == "skip" else token.text)
    return "".join(out)


def _number_text(number: float, inside: list[Token]) -> str:
    exponent = next((i for i, token in enumerate(inside) if token.kind == "exponent"), None)
    point = next((i for i, token in enumerate(inside) if token.kind == "point"), None)
    head = inside[:exponent] if exponent is not None else inside
    whole = [t for t in head[: point if point is not None else len(head)] if t.kind == "digit"]
    after = [t for t in head[point + 1 :] if t.kind == "digit"] if point is not None else []
    if exponent is not None:
        digits = sum(t.kind == "digit" for t in inside[exponent:])
        return _scientific(number, len(after), digits)
    grouped = any(token.kind == "comma" for token in head)
    return _fixed(number, whole, after, grouped=grouped, pointed=point is not None)


def _fixed(number: float, whole: list[Token], after: list[Token], *, grouped: bool, pointed: bool) -> str:
    text = f"{abs(_rounded(number, len(after))):f}"
    left, _, right = text.partition(".")
    negative = number < 0 and (left.strip("0") or right.strip("0"))
    least_right = max((i + 1 for i, token in enumerate(after) if token.text == "0"), default=0)
    while len(right) > least_right and right.endswith("0"):
        right = right[:-1]
    least_left = sum(token.text == "0" for token in whole)
    left = left.lstrip("0").zfill(least_left)
    if grouped and left:
        left = f"{int(left):,}".rjust(len(left)) if len(left) > 3 else left
    return ("-" if negative else "") + left + ("." + right if pointed and (right or after) else "")
