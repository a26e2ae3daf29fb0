"""Number-format patterns, cut into tokens."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
    (?P<quoted>"[^"]*")
  | (?P<escaped>\\.)
  | (?P<elapsed>\[(?:h+|m+|s+)\])
  | (?P<color>\[[^\]]*\])
  | (?P<ampm>am/pm|a/p)
  | (?P<date>y+|m+|d+|h+|s+)
  | (?P<exponent>e[+-])
  | (?P<skip>_.)
  | (?P<fill>\*.)
  | (?P<digit>[0\#?])
  | (?P<point>\.)
  | (?P<comma>,)
  | (?P<percent>%)
  | (?P<text>@)
  | (?P<general>General)
  | (?P<literal>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


class Token(NamedTuple):
    """A piece of a pattern: its kind and its text."""

    kind: str
    text: str


@lru_cache(maxsize=512)
def tokens_of(section: str) -> tuple[Token, ...]:
    """The tokens of one section."""
    found = []
    for match in _TOKEN.finditer(section):
        kind, text = match.lastgroup or "literal", match[0]
        if kind == "quoted":
            kind, text = "literal", text[1:-1]
        elif kind == "escaped":
            kind, text = "literal", text[1:]
        found.append(Token(kind, text))
    return tuple(found)


@lru_cache(maxsize=512)
def sections_of(pattern: str) -> tuple[str, ...]:
    """A pattern cut at its semicolons, except where they are quoted."""
    sections = [""]
    for match in _TOKEN.finditer(pattern):
        if match[0] == ";":
            sections.append("")
        else:
            sections[-1] += match[0]
    return tuple(sections)


def is_temporal(section: str) -> bool:
    """Whether a section shows dates or times."""
    return any(token.kind in ("date", "elapsed", "ampm") for token in tokens_of(section))
