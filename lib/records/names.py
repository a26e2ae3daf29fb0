"""When two texts mean the same: names, headers and labels as people really type them."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
_COMPANY_SUFFIX = re.compile(
    r"(?:股份有限公司|有限责任公司|有限公司|责任公司|总公司|集团公司|集团|公司"
    r"|corporation|incorporated|limited|company|corp|inc|ltd|llc|plc|gmbh|co)$"
)
_COMPANY_SIGNS = re.compile(r"[\s.,，。()（）·&'\"-]+")


def fold(text: str) -> str:
    """``text`` without what a reader does not see: case, spaces, full-width forms, invisible characters."""
    plain = unicodedata.normalize("NFKC", text).translate(_INVISIBLE).casefold()
    return "".join(plain.split())


def fold_header(text: str) -> str:
    """As ``fold``; underscores inside count as spaces, and bookkeeping headers (``_id``) match nothing."""
    plain = fold(text)
    return "" if plain.startswith("_") else plain.replace("_", "")


def company_core(name: str) -> str:
    """The telling part of a company's name: folded, without 有限公司, Ltd, Inc. and the like.

    Empty only for an empty name: a name that is nothing but a suffix stays.
    """
    core = whole = _COMPANY_SIGNS.sub("", fold(name))
    while (shorter := _COMPANY_SUFFIX.sub("", core)) != core:
        core = shorter
    return core or whole
