"""Formulas as text: tokens, references, and a small parser."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from .a1 import column_index, column_name, quoted_title, split_title

_SHEET = r"(?:'(?:[^']|'')+'|[^\W\d][\w.]*)!"
_CORNER = r"(?:\$?[A-Za-z]{1,3}\$?[1-9]\d*)"
_COLUMN, _ROW = r"\$?[A-Za-z]{1,3}", r"\$?[1-9]\d*"
_TOKEN = re.compile(
    rf"""
    (?P<space>\s+)
  | (?P<string>"(?:[^"]|"")*")
  | (?P<error>\#(?:REF!|N/A|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|ERROR!))
  | (?P<ref>(?:{_SHEET})?(?:{_CORNER}:{_CORNER}|{_CORNER}:{_COLUMN}(?![\w(.])|{_CORNER}:{_ROW}(?!\w)
        |{_CORNER}(?![\w(.!])|{_COLUMN}:{_COLUMN}(?![\w(.])|{_ROW}:{_ROW}(?!\w)))
  | (?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
  | (?P<call>[^\W\d][\w.]*(?=\s*\())
  | (?P<name>[^\W\d][\w.]*)
  | (?P<operator><=|>=|<>|[-+*/^&=<>%(),;{{}}:\\])
    """,
    re.VERBOSE,
)
PRECEDENCE = {
    "=": 1,
    "<>": 1,
    "<": 1,
    ">": 1,
    "<=": 1,
    ">=": 1,
    "&": 2,
    "+": 3,
    "-": 3,
    "*": 4,
    "/": 4,
    "^": 6,
}


class ParseError(Exception):
    """The text is not a formula."""


class Token(NamedTuple):
    """A piece of a formula."""

    kind: str
    text: str


class End(NamedTuple):
    """One corner of a reference: zero-based, with its `$` marks; None where it is open."""

    column: int | None
    row: int | None
    column_fixed: bool = False
    row_fixed: bool = False


class Reference(NamedTuple):
    """Cells named in a formula."""

    sheet: str | None
    first: End
    last: End | None = None

    @property
    def text(self) -> str:
        """As it stands in a formula."""
        prefix = f"{quoted_title(self.sheet)}!" if self.sheet is not None else ""
        return prefix + _end_text(self.first) + (":" + _end_text(self.last) if self.last else "")


def _end_text(end: End) -> str:
    column = "" if end.column is None else ("$" if end.column_fixed else "") + column_name(end.column)
    row = "" if end.row is None else ("$" if end.row_fixed else "") + str(end.row + 1)
    return column + row


@lru_cache(maxsize=4096)
def tokenize(formula: str) -> tuple[Token, ...]:
    """The tokens after the leading `=`. Raises ParseError."""
    tokens, at = [], 1
    while at < len(formula):
        match = _TOKEN.match(formula, at)
        if match is None:
            raise ParseError(formula[at:])
        tokens.append(Token(match.lastgroup or "", match[0]))
        at = match.end()
    return tuple(tokens)


def read_reference(text: str) -> Reference:
    """The reference that a `ref` token holds."""
    title, cells = split_title(text)
    first, colon, last = cells.partition(":")
    return Reference(title, _read_end(first), _read_end(last) if colon else None)


def _read_end(text: str) -> End:
    match = re.fullmatch(r"(\$?)([A-Za-z]{0,3})(\$?)(\d*)", text)
    if match is None:
        raise ParseError(text)
    mark, letters, mark2, digits = match.groups()
    column_mark, row_mark = (mark, mark2) if letters else ("", mark or mark2)
    column = column_index(letters) if letters else None
    row = int(digits) - 1 if digits else None
    return End(column, row, bool(column_mark), bool(row_mark))


# -- parsing ----------------------------------------------------------------------------------
Node = tuple[Any, ...]


@lru_cache(maxsize=4096)
def parse(formula: str) -> Node:
    """The syntax tree of a formula. Raises ParseError."""
    parser = _Parser([token for token in tokenize(formula) if token.kind != "space"])
    node = parser.expression(0)
    if parser.peek() is not None:
        raise ParseError(formula)
    return node


class _Parser:
    """Precedence climbing over a list of tokens."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def next(self) -> Token:
        token = self.peek()
        if token is None:
            raise ParseError("unexpected end")
        self.at += 1
        return token

    def takes(self, text: str) -> bool:
        token = self.peek()
        if token is not None and token == ("operator", text):
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        missing_at_the_end = text == ")" and self.peek() is None  # the API adds what is missing there
        if not missing_at_the_end and not self.takes(text):
            raise ParseError(f"expected {text}")

    def expression(self, least: int) -> Node:
        left = self.unary()
        while True:
            token = self.peek()
            if token is None or token.kind != "operator":
                return left
            strength = PRECEDENCE.get(token.text, 0)
            if strength <= least:
                return left
            self.next()
            left = ("operation", token.text, left, self.expression(strength))

    def unary(self) -> Node:
        if self.takes("-"):
            return ("negative", self.expression(6))
        if self.takes("+"):
            return self.expression(6)
        node = self.primary()
        while self.takes("%"):
            node = ("percent", node)
        return node

    def primary(self) -> Node:
        token = self.next()
        if token.kind == "number":
            return ("value", float(token.text))
        if token.kind == "string":
            return ("value", token.text[1:-1].replace('""', '"'))
        if token.kind == "ref":
            return ("ref", read_reference(token.text))
        if token.kind == "error":
            return ("error", token.text)
        if token.kind == "call":
            return self.call(token.text.upper())
        if token.kind == "name":
            upper = token.text.upper()
            return ("value", upper == "TRUE") if upper in ("TRUE", "FALSE") else ("name", token.text)
        if token.text == "(":
            node = self.expression(0)
            self.expect(")")
            return node
        if token.text == "{":
            return self.array()
        raise ParseError(token.text)

    def call(self, name: str) -> Node:
        self.expect("(")
        arguments: list[Node] = []
        if self.takes(")"):
            return ("call", name, ())
        while True:
            token = self.peek()
            if token in (("operator", ","), ("operator", ")"), ("operator", ";")):
                arguments.append(("missing",))
            else:
                arguments.append(self.expression(0))
            if self.takes(")") or self.peek() is None:
                return ("call", name, tuple(arguments))
            if not self.takes(",") and not self.takes(";"):
                raise ParseError(name)

    def array(self) -> Node:
        rows: list[list[Node]] = [[]]
        while True:
            rows[-1].append(self.expression(0))
            if self.takes("}"):
                return ("array", tuple(tuple(row) for row in rows))
            if self.takes(";"):
                rows.append([])
            elif not self.takes(",") and not self.takes("\\"):
                raise ParseError("array")
