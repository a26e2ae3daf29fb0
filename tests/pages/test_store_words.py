"""Every way in which a store can fail has words in both languages, and they need nothing that is not told."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from lib.locale import LANGUAGES, messages, text

STORE = Path(__file__).parents[2] / "lib" / "store"
ERRORS = {"StoreError", "StoreBusy", "NotASpreadsheet"}
# Mistakes of ours or of the command line, never met on a page.
INTERNAL = {"unknown_type", "not_finite", "time_zone", "file_exists"}
DETAILS = {"path", "sheet", "cell", "number", "name", "part", "reason"}


def codes() -> set[str]:
    """The second argument of every error that the store raises."""
    calls = (
        node
        for path in STORE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS and len(node.args) > 1
    )
    return {call.args[1].value for call in calls if isinstance(call.args[1], ast.Constant)}


def test_the_store_tells_its_errors_apart() -> None:
    assert len(codes()) > 15


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(codes() - INTERNAL))
def test_an_error_has_words(code: str, language: str) -> None:
    assert f"store_errors.{code}" in messages()
    assert text(language, f"store_errors.{code}", **dict.fromkeys(DETAILS, "x"))


def test_no_words_are_left_over() -> None:
    told = {key.removeprefix("store_errors.") for key in messages() if key.startswith("store_errors.")}
    assert told - codes() == {"held_by_somebody", "disk_full"}  # chosen while running
