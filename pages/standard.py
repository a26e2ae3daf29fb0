"""Standard: every clause, its source and amount in force, and how it is kept here."""

from __future__ import annotations

import streamlit as st

from lib.desk import standard as counter
from lib.ui import session
from lib.ui import standard_parts as parts
from lib.ui.entry import open_app
from lib.ui.filters import choose_one, pick_many, search_text
from lib.ui.grid import record_grid
from lib.ui.session import t


def show() -> None:
    st.title(t("ui.page_standard"))
    st.caption(t("standard.intro"))
    filters = _ask_filters()
    view = counter.view(session.desk(), session.actor(), filters, session.language())
    _draw_tiles(view)
    if view.rows.empty:
        st.info(t("standard.none_match"))
        return
    chosen = record_grid(parts.to_show(view.rows), parts.columns(), "standard", view.version, rows_visible=14)
    clause_id = chosen[0] if chosen else st.query_params.get("clause")
    clause = counter.clause_view(session.desk(), clause_id) if clause_id else None
    if clause is None:
        st.caption(t("standard.choose"))
    else:
        parts.draw_clause(clause, view.may_overrule)


def _ask_filters() -> counter.StandardFilters:
    groups = {key: names[session.language()] for key, names in session.desk().standard.groups.items()}
    states = {state: t(f"standard.state_{state}") for state in ("measured", "not_yet", "overruled")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = pick_many(t("standard.filter_group"), groups, "standard_group")
        state = choose_one(t("standard.filter_state"), states, "standard_state")
        search = search_text(t("ui.search"), "standard_search", placeholder=t("standard.search_hint"))
    return counter.StandardFilters(chosen, state, search)


def _draw_tiles(view: counter.StandardView) -> None:
    with st.container(horizontal=True):
        st.metric(t("standard.tile_all"), view.total, border=True, width=170)
        st.metric(t("standard.tile_measured"), view.measured, border=True, width=170)
        st.metric(t("standard.tile_overruled"), view.overruled, border=True, width=170)


if __name__ == "__main__":  # a deep link into a fresh process: Streamlit runs this file, not app.py
    open_app()
