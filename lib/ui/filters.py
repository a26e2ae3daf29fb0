"""Filter widgets whose choices live in the address, by code: a view can be bookmarked and sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from lib.ui.session import t


def choose_one(label: str, options: Mapping[str, str], key: str, *, default: str | None = None) -> str | None:
    """A segmented control over ``{code: shown text}``; None when nothing is chosen."""
    _seed(key, options, single=True, default=default)
    chosen = st.segmented_control(
        label, list(options), format_func=options.__getitem__, key=key, persist_state="session"
    )
    _publish(key, [chosen] if chosen else [], [default] if default else [])
    return chosen


def pick_one(
    label: str,
    options: Mapping[str, str],
    key: str,
    *,
    placeholder: str | None = None,
    default: str | None = None,
) -> str | None:
    """A drop-down over ``{code: shown text}`` that may stay empty, unless it has a ``default``."""
    _seed(key, options, single=True, default=default)
    chosen = st.selectbox(
        label,
        list(options),
        index=None
        if default is None
        else 0,  # what holds is in the session state; 0 takes the clear button away
        format_func=options.__getitem__,
        key=key,
        placeholder=placeholder or t("ui.all"),
        persist_state="session",
    )
    _publish(key, [chosen] if chosen else [], [default] if default else [])
    return chosen


def pick_many(
    label: str, options: Mapping[str, str], key: str, *, placeholder: str | None = None
) -> list[str]:
    """A multiple choice over ``{code: shown text}``; an empty list means no restriction."""
    _seed(key, options, single=False)
    chosen = st.multiselect(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        placeholder=placeholder or t("ui.all"),
        persist_state="session",
    )
    _publish(key, chosen)
    return chosen


def search_text(label: str, key: str, *, placeholder: str | None = None) -> str:
    """A search box; what is typed is trimmed and, like the rest, part of the address."""
    _seed_text(key)
    typed = st.text_input(
        label, key=key, type="search", live="400ms", placeholder=placeholder, persist_state="session"
    )
    cleaned = (typed or "").strip()
    _publish(key, [cleaned] if cleaned else [])
    return cleaned


def page_number(pages: int, key: str) -> int:
    """A pager, 1-based; nothing is drawn for a single page."""
    if pages <= 1:
        st.session_state.pop(key, None)
        return 1
    if st.session_state.get(key, 1) > pages:
        st.session_state[key] = pages
    return st.pagination(pages, key=key, persist_state="page")


def _seed(key: str, options: Mapping[str, str], *, single: bool, default: str | None = None) -> None:
    """Take the choice from the address when it differs from what this session last wrote there."""
    wanted = _from_address(key)
    if wanted is not None:
        codes = [code for code in wanted if code in options]
        st.session_state[key] = (codes[0] if codes else default) if single else codes
    elif key not in st.session_state:
        st.session_state[key] = default if single else []
    _drop_unknown(key, options)


def _drop_unknown(key: str, options: Mapping[str, str]) -> None:
    held = st.session_state[key]
    if isinstance(held, list):
        st.session_state[key] = [code for code in held if code in options]
    elif held is not None and held not in options:
        st.session_state[key] = None


def _seed_text(key: str) -> None:
    wanted = _from_address(key)
    if wanted is not None:
        st.session_state[key] = wanted[0] if wanted else ""
    else:
        st.session_state.setdefault(key, "")


def _from_address(key: str) -> list[str] | None:
    """The codes in the address if they are news, else None."""
    if key not in st.query_params:
        return None
    values = st.query_params.get_all(key)
    return None if values == _written().get(key) else values


def _publish(key: str, codes: Sequence[str], default: Sequence[str] = ()) -> None:
    codes = list(codes)
    _written()[key] = codes
    if not codes or codes == list(default):
        if key in st.query_params:
            del st.query_params[key]
    elif st.query_params.get_all(key) != codes:
        st.query_params[key] = codes


def _written() -> dict[str, list[str]]:
    written: dict[str, list[str]] = st.session_state.setdefault("_address", {})
    return written
