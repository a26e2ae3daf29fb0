"""Text from cells inside Markdown: shown as it is, drawing nothing."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from lib.ui.format import JOINER, escape_markdown


def test_addresses_do_not_become_links() -> None:
    shown = escape_markdown("see http://evil.example, www.evil.example or a@evil.example")
    assert "://" not in shown.replace("\\", "")
    assert "www." not in shown.replace("\\", "")
    assert "@evil" not in shown.replace("\\", "")


@given(st.text())
def test_the_text_itself_is_kept(text: str) -> None:
    shown = re.sub(r"\\(.)", r"\1", escape_markdown(text))
    assert shown.replace(JOINER, "") == " ".join(text.split()).replace(JOINER, "")


@given(st.text(alphabet="`*_{}[]()<>#+-.!|~:$&ab \n"))
def test_no_mark_stands_unescaped(text: str) -> None:
    shown = escape_markdown(text)
    assert all(shown[i - 1] == "\\" for i, mark in enumerate(shown) if mark in "`*_{}[]()<>#+-.!|~:$&")
