"""A worksheet in disorder on the conflict desk: what happened, in plain words, and the two ways out."""

from __future__ import annotations

import streamlit as st

from lib.desk import Refused
from lib.desk import conflicts as counter
from lib.store.contract import Accident, StoreError
from lib.ui import session
from lib.ui.format import escape_markdown
from lib.ui.history_words import say_when
from lib.ui.session import t
from lib.ui.store_words import explain_store_error


def draw_accident(accident: Accident, *, may_settle: bool) -> None:
    """A card with both ways out, each behind a second click."""
    with st.container(border=True, key=f"accident:{accident.accident_id}"):
        st.markdown(f"### :orange[:material/warning:] {_title(accident)}")
        st.markdown(_what_happened(accident))
        st.caption(_meanwhile(accident))
        if not may_settle:
            st.caption(t("conflicts.may_not"))
        with st.container(horizontal=True):
            for way in ("before", "stands"):
                _offer(accident, way, may_settle)


def _title(accident: Accident) -> str:
    return t(f"conflicts.accident_{accident.kind.value}_title", sheet=escape_markdown(accident.sheet))


def _what_happened(accident: Accident) -> str:
    named = t("conflicts.accident_column", column=escape_markdown(accident.column))
    return t(
        f"conflicts.accident_{accident.kind.value}",
        columns=named if accident.column else t("conflicts.accident_columns"),
        rows=f"{accident.rows:,}",
    )


def _meanwhile(accident: Accident) -> str:
    words = t("conflicts.accident_meanwhile", sheet=escape_markdown(accident.sheet))
    if accident.found_at is None:
        return words
    return f"{escape_markdown(t('conflicts.found_at', moment=say_when(accident.found_at)))} {words}"


def _offer(accident: Accident, way: str, may_settle: bool) -> None:
    with st.popover(t(f"conflicts.way_{way}"), disabled=not may_settle):
        st.markdown(t(f"conflicts.way_{way}_{accident.kind.value}"))
        st.button(
            t(f"conflicts.way_{way}_confirm"), key=f"settle:{way}:{accident.accident_id}", type="primary",
            disabled=not may_settle, on_click=_settle, args=(accident, way == "stands"),
        )  # fmt: skip


def _settle(accident: Accident, keep_theirs: bool) -> None:
    try:
        done = counter.settle_accident(session.desk(), session.actor(), accident, keep_theirs=keep_theirs)
    except Refused:
        st.toast(t("ui.refused"), icon=":material/error:")
    except StoreError as error:
        st.toast(escape_markdown(explain_store_error(error)), icon=":material/error:")
    else:
        st.toast(t("conflicts.settled" if done else "conflicts.already"), icon=":material/check_circle:")
