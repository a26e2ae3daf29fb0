"""Rules for cells that hold text: phones, e-mail addresses, hours, and texts of any kind."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.records.names import fold
from lib.records.schema import Choice, Column
from lib.store.contract import Value

LONGEST_TEXT = 1_000
LONGEST_LONG_TEXT = 32_767
MINUTES_A_DAY = 24 * 60
CLOSE_ENOUGH = 0.85
_NEGATIONS = frozenset("不非未没无次勿")

# One or several numbers: digits with the usual signs and an extension. Arrow's regex engine reads it too.
_PHONE = (
    r"\+?[(0-9][0-9 ().-]{3,24}[0-9)](?: ?(?:ext\.?|x|转|#) ?[0-9]{1,6})?"
    r"(?:[,;/、] ?\+?[(0-9][0-9 ().-]{3,24}[0-9)](?: ?(?:ext\.?|x|转|#) ?[0-9]{1,6})?)*"
)
_EMAIL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
_SPAN = r"([01]?[0-9]|2[0-4]):[0-5][0-9]-([01]?[0-9]|2[0-4]):[0-5][0-9]"
_HOURS = rf"{_SPAN}(?:,{_SPAN})*"
_HOURS_SIGNS = str.maketrans("：，、；;－–—~～至", ":,,,,------")


def text_of(value: Value) -> str:
    """A cell as the text that a person sees: 7.0 -> ``7``, a midnight -> its date."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return format(value) if value.bit_length() < 4_000 else format(value, "x")
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds").removesuffix(" 00:00:00")
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class TextRule:
    """What texts of one column type must look like."""

    longest: int = LONGEST_TEXT
    pattern: str = ""
    bad_code: str = ""
    number_code: str = ""  # finding for a number in the cell; empty: numbers are texts too
    plain: Callable[[str], str] = str  # how a person's text is brought to the pattern's signs
    check: Callable[[str], bool] | None = None  # what a pattern cannot say; such texts pass in any signs

    def suspects(self, values: Any) -> npt.NDArray[np.intp]:
        """Positions of texts that do not pass."""
        series = pd.Series(values).dropna()
        suspect = series.str.len().to_numpy(dtype=np.int64) > self.longest
        if self.check is not None:
            suspect |= np.array([not self.accepts(text) for text in series], dtype=bool)
        elif self.pattern:
            suspect |= ~series.str.fullmatch(self.pattern).to_numpy(dtype=bool)
        positions: npt.NDArray[np.intp] = series.index.to_numpy()[suspect]
        return positions

    def accepts(self, text: str) -> bool:
        """Whether the text passes once in plain signs."""
        if len(text) > self.longest:
            return False
        plain = self.plain(text)
        return re.fullmatch(self.pattern, plain) is not None and (self.check is None or self.check(plain))

    def repair(self, text: str) -> str | None:
        """The same text in plain signs, if that is all it lacked."""
        plain = self.plain(text)
        return plain if plain != text and self.accepts(plain) else None


def _plain_ascii(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).replace("–", "-").split())


def _plain_email(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).removeprefix("mailto:")


def _plain_hours(text: str) -> str:
    return re.sub(r"\s+", "", text.translate(_HOURS_SIGNS)).strip(",")


def _hours_in_order(plain: str) -> bool:
    """Spans follow each other; only the last may end on the next day, before the first begins."""
    minutes = [int(hour) * 60 + int(minute) for hour, minute in re.findall(r"(\d+):(\d+)", plain)]
    if minutes[-1] <= minutes[-2]:
        minutes[-1] += MINUTES_A_DAY
    rising = all(a < b for a, b in zip(minutes[::2], minutes[1::2], strict=True))
    apart = all(a <= b for a, b in zip(minutes[1:-1:2], minutes[2::2], strict=True))
    return rising and apart and minutes[-2] < MINUTES_A_DAY and minutes[-1] - MINUTES_A_DAY <= minutes[0]


_RULES = {
    "text": TextRule(),
    "long_text": TextRule(LONGEST_LONG_TEXT),
    "phone": TextRule(LONGEST_TEXT, _PHONE, "bad_phone", "phone_as_number", _plain_ascii),
    "email": TextRule(LONGEST_TEXT, _EMAIL, "bad_email", "", _plain_email),
    "hours": TextRule(LONGEST_TEXT, _HOURS, "bad_hours", "", _plain_hours, _hours_in_order),
}


def text_rule(column_type: str) -> TextRule:
    return _RULES[column_type]


def choice_names(column: Column) -> Mapping[str, Choice]:
    """Every folded text that means one of the column's choices."""
    return {fold(name): choice for choice in column.choices for name in choice.names}


def choice_fix(text: str, names: Mapping[str, Choice], lang: str) -> str | None:
    """The label that ``text`` most likely means, if one choice is close. ``names``: of ``choice_names``."""
    wanted = fold(text)
    if len(wanted) > 40:
        return None
    matches = difflib.get_close_matches(wanted, names, 3, CLOSE_ENOUGH)
    close = {names[name].code: names[name] for name in matches if _same_negations(name, wanted)}
    return next(iter(close.values())).label(lang) if len(close) == 1 else None


def _same_negations(one: str, other: str) -> bool:
    """One letter more or less is a slip, unless it turns the meaning around (重点客户, 非重点客户)."""
    return _NEGATIONS.intersection(one) == _NEGATIONS.intersection(other)
