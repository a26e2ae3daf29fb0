"""Every text exists in both languages, says the same, is used, and is there where the code asks for it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from lib.locale import LANGUAGES, messages, text

ROOT = Path(__file__).parents[1]
NAMED_IN_CHINESE = {"ui.language_zh", "ui.app_name"}  # a language and the product keep their own names
KEY = re.compile(r"[a-z][a-z_0-9]*\.[a-z][a-z_0-9]*")


def read_trees() -> Iterator[ast.Module]:
    for path in [*ROOT.glob("lib/**/*.py"), *ROOT.glob("pages/*.py"), *ROOT.glob("app.py")]:
        yield ast.parse(path.read_text(encoding="utf-8"))


def asked_for() -> tuple[set[str], set[str]]:
    """Keys given to ``text`` or ``t`` as literals, and beginnings of keys put together at run time."""
    keys: set[str] = set()
    beginnings: set[str] = set()
    for tree in read_trees():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            if name in ("t", "text"):
                for part in (part for argument in call.args[:2] for part in ast.walk(argument)):
                    _sort_key(part, keys, beginnings)
    return keys, beginnings


def _sort_key(part: ast.AST, keys: set[str], beginnings: set[str]) -> None:
    if isinstance(part, ast.Constant) and isinstance(part.value, str) and KEY.fullmatch(part.value):
        (beginnings if part.value.endswith("_") else keys).add(part.value)
    elif isinstance(part, ast.JoinedStr | ast.BinOp):
        first = part.values[0] if isinstance(part, ast.JoinedStr) else part.left
        if isinstance(first, ast.Constant) and isinstance(first.value, str) and "." in first.value:
            beginnings.add(first.value)


def all_strings() -> set[str]:
    return {
        node.value
        for tree in read_trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_every_message_says_something_in_both_languages() -> None:
    silent = [key for key, texts in messages().items() for lang in LANGUAGES if not texts[lang].strip()]
    assert silent == []


def test_both_languages_have_the_same_placeholders() -> None:
    unequal = [
        key for key, texts in messages().items() if placeholders(texts["zh"]) != placeholders(texts["en"])
    ]
    assert unequal == []


def test_english_texts_hold_no_chinese() -> None:
    mixed = [
        key
        for key, texts in messages().items()
        if re.search(r"[一-鿿]", texts["en"]) and "language" not in key
    ]
    assert mixed == []


def test_every_key_in_the_code_exists() -> None:
    keys, beginnings = asked_for()
    assert sorted(keys - set(messages())) == []
    assert [
        start for start in sorted(beginnings) if not any(key.startswith(start) for key in messages())
    ] == []


def test_no_message_is_left_unused() -> None:
    _, beginnings = asked_for()
    used = all_strings()
    unused = [key for key in messages() if key not in used and not key.startswith(tuple(beginnings))]
    assert unused == []


def test_text_fills_placeholders() -> None:
    key, texts = next((key, texts) for key, texts in messages().items() if placeholders(texts["en"]))
    values = {name: f"<{name}>" for name in placeholders(texts["en"])}
    assert all(value in text("en", key, **values) for value in values.values())
