"""Drive's search language, the `q` of files.list: parsed into a test of one file."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Test = Callable[[dict[str, Any]], bool]

TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|(?P<op><=|>=|!=|=|<|>|\(|\)|\{|\})|(?P<word>[\w.]+))"""
)
TIMES = {"modifiedTime", "createdTime", "viewedByMeTime", "sharedWithMeTime"}
PEOPLE = {"owners", "writers", "readers"}
PLAIN = {"name", "mimeType", "id", "trashed", "starred", "visibility", "fullText", "sharedWithMe"} | TIMES
FIELDS = PLAIN | PEOPLE | {"parents", "properties", "appProperties"}


class InvalidQuery(ValueError):
    """A query that Drive would answer with "Invalid Value"."""


def parse(text: str) -> Test:
    """A test for files given as full resources with `readers` and `writers` added. Raises InvalidQuery."""
    parser = _Parser(_tokens(text))
    test = parser.either()
    if parser.left():
        raise InvalidQuery(text)
    return test


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    while text[at:].strip():
        found = TOKEN.match(text, at)
        if not found:
            raise InvalidQuery(text)
        kind = str(found.lastgroup)
        tokens.append((kind, found[kind]))
        at = found.end()
    return tokens


class _Parser:
    """Recursive descent: or, and, not, comparison."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens

    def left(self) -> bool:
        """Is there anything unread?"""
        return bool(self._tokens)

    def either(self) -> Test:
        """a or b ..."""
        tests = [self._both()]
        while self._takes("or"):
            tests.append(self._both())
        return lambda file: any(test(file) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._takes("and"):
            tests.append(self._one())
        return lambda file: all(test(file) for test in tests)

    def _one(self) -> Test:
        if self._takes("not"):
            test = self._one()
            return lambda file: not test(file)
        if self._takes("("):
            test = self.either()
            if not self._takes(")"):
                raise InvalidQuery("unclosed")
            return test
        return self._comparison()

    def _comparison(self) -> Test:
        kind, left = self._next()
        if kind == "text":
            if not self._takes("in"):
                raise InvalidQuery(left)
            return _contains(self._field(), _unquoted(left))
        if left not in FIELDS:
            raise InvalidQuery(left)
        if left in ("sharedWithMe", "starred") and not self._peeks("op"):
            return lambda file: bool(file.get(left))
        operator = self._next()[1]
        return _compare(left, operator, self._value())

    def _field(self) -> str:
        kind, word = self._next()
        if kind != "word" or word not in FIELDS:
            raise InvalidQuery(word)
        return word

    def _value(self) -> Any:
        kind, text = self._next()
        if kind == "text":
            return _unquoted(text)
        if text in ("true", "false"):
            return text == "true"
        raise InvalidQuery(text)

    def _next(self) -> tuple[str, str]:
        if not self._tokens:
            raise InvalidQuery("unfinished")
        return self._tokens.pop(0)

    def _takes(self, word: str) -> bool:
        if self._tokens and self._tokens[0][0] != "text" and self._tokens[0][1] == word:
            self._tokens.pop(0)
            return True
        return False

    def _peeks(self, kind: str) -> bool:
        return bool(self._tokens) and self._tokens[0][0] == kind


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _contains(field: str, value: str) -> Test:
    return lambda file: value in file.get(field, ())


def _compare(field: str, operator: str, value: Any) -> Test:
    if operator == "in":
        return _contains(field, value)
    if operator == "contains" and isinstance(value, str):
        return lambda file: _has_word(str(file.get("name" if field == "fullText" else field, "")), value)
    if operator not in OPERATORS:
        raise InvalidQuery(operator)
    compare, wanted = OPERATORS[operator], _comparable(field, value)
    return lambda file: compare(_comparable(field, file.get(field)), wanted)


def _comparable(field: str, value: Any) -> Any:
    if field in TIMES:
        try:
            moment = datetime.fromisoformat(value or "1970-01-01T00:00:00Z")
        except (TypeError, ValueError):
            raise InvalidQuery(str(value)) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return value.casefold() if isinstance(value, str) and field == "name" else value


def _has_word(text: str, start: str) -> bool:
    # Drive matches beginnings of words only.
    return re.search(r"(?<!\w)" + re.escape(start), text, re.IGNORECASE) is not None


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
