"""Which complaints the list shows: a figure's code, from its button, a click in a chart or the address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

from lib.service.complaints import AGE_BANDS, FOCUSES
from lib.service.funnel import SPANS, STAGES
from lib.ui.filters import choose_one
from lib.ui.session import t

KEY = "complaints_focus"
ASKED = "complaints_asked"
EVERYTHING = "all"
CHARTS = {"displayModeBar": False, "responsive": True}


def choose_focus(counts: Mapping[str, int], matching: int) -> str:
    """The buttons over the list, each with its number; a choice made in a chart joins them."""
    options = {EVERYTHING: f"{t('ui.all')} {matching:,}"}
    options |= {code: f"{label_of(code)} {counts[code]:,}" for code in FOCUSES}
    asked = _asked_by_chart()
    if asked:
        options[asked] = label_of(asked)
    return choose_one(t("complaints.focus"), options, KEY, default=EVERYTHING) or EVERYTHING


def _asked_by_chart() -> str | None:
    """The last code that is no button of its own; its button stays until another chart is clicked."""
    for code in (st.query_params.get(KEY), st.session_state.get(KEY)):
        if code not in (None, EVERYTHING, *FOCUSES) and is_focus(code):
            st.session_state[ASKED] = code
            break
    asked: str | None = st.session_state.get(ASKED)
    return asked


def draw_chart(figure: Any, key: str, alt: str) -> None:
    """A chart of which a click on a mark chooses what the list shows."""
    st.plotly_chart(
        figure,
        key=key,
        on_select=lambda: _take_click(key),
        selection_mode="points",
        config=CHARTS,
        alt=alt,
    )


def _take_click(key: str) -> None:
    points = st.session_state[key].selection.points
    code = points[0].get("customdata") if points else None
    set_focus(code[0] if isinstance(code, list) else code)


def set_focus(code: object) -> None:
    """Choose what the list shows; nothing or an unknown code is everything. For callbacks."""
    st.session_state[KEY] = code if is_focus(code) else EVERYTHING
    st.query_params.pop(KEY, None)  # the choice made here is the newer one


def is_focus(code: object) -> bool:
    """Whether the address or a chart may ask for this code."""
    if not isinstance(code, str):
        return False
    kind, _, rest = code.partition(".")
    stage, _, detail = rest.partition(".")
    if kind == "month":
        return stage in ("received", "resolved") and re.fullmatch(r"\d{4}-\d\d", detail) is not None
    if kind == "timed":
        return rest in SPANS
    if kind == "aged":
        return stage in STAGES and detail in AGE_BANDS
    return code in FOCUSES or (kind in ("reached", "here", "missing") and rest in STAGES)


def label_of(code: str) -> str:
    """A code in words."""
    kind, _, rest = code.partition(".")
    stage, _, detail = rest.partition(".")
    if kind == "month":
        return t(f"complaints.focus_month_{stage}", month=detail)
    if not rest:
        return t(f"complaints.focus_{kind}")
    band = t(f"complaints.band_{detail}") if detail else ""
    return t(f"complaints.focus_{kind}", stage=t(f"complaints.stage_{stage}"), band=band)
