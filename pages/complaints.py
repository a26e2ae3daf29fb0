"""Complaints: the funnel through five stages, where they get stuck, and each one with its clocks."""

from __future__ import annotations

import streamlit as st

from lib.desk import complaints as counter
from lib.ui import complaints_board as board
from lib.ui import complaints_detail as detail
from lib.ui import session
from lib.ui.complaints_forms import draw_actions
from lib.ui.complaints_spots import draw_hot_spots
from lib.ui.entry import open_app
from lib.ui.format import escape_markdown
from lib.ui.record_past import draw_past
from lib.ui.session import t


def show() -> None:
    record = st.query_params.get(detail.ADDRESS)
    if record:
        _show_one(record)
    else:
        _show_all()


def _show_all() -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(t("ui.page_complaints"), width="content")
        if session.actor().may_edit("complaints"):
            _offer_new()
    filters = board.choose_filters()
    view = counter.view(session.desk(), session.actor(), filters)
    if not view.total:
        st.info(t("complaints.empty"), icon=":material/feedback:")
        return
    if view.earlier_open:
        board.tell_earlier(view)
    if not view.matching:
        st.info(t("complaints.none_match"))
        st.button(t("complaints.clear_filters"), on_click=board.clear_filters)
        return
    board.draw_tiles(view)
    board.draw_funnel(view)
    chosen = board.draw_list(view)
    board.draw_stuck_and_months(view)
    draw_hot_spots(view, filters.period)
    if chosen:
        detail.open_complaint(chosen)


def _offer_new() -> None:
    if st.button(t("complaints.register"), type="primary", icon=":material/add:"):
        st.switch_page(session.page("records"), query_params={"worksheet": "complaints", "record": "new"})


def _show_one(record: str) -> None:
    opened = counter.detail(session.desk(), session.actor(), record)
    if opened is None:
        st.warning(t("complaints.gone", record=escape_markdown(record)))
        st.button(t("complaints.back"), icon=":material/arrow_back:", on_click=detail.close_complaint)
        return
    detail.draw_heading(opened)
    left, right = st.columns([5, 6], gap="large")
    with left:  # first on a phone, where columns stand below each other
        draw_actions(opened)
        detail.draw_chain(opened)
    with right:
        detail.draw_timeline(opened)
        detail.draw_clocks(opened)
        detail.draw_record(opened)
    draw_past("complaints", record)


if __name__ == "__main__":  # a deep link into a fresh process: Streamlit runs this file, not app.py
    open_app()
