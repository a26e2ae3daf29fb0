"""History: every change of every sheet, newest first, each with a way back."""

from __future__ import annotations

import streamlit as st

from lib.desk import history as counter
from lib.ui import history_parts as parts
from lib.ui import session
from lib.ui.entry import open_app
from lib.ui.session import t


def show() -> None:
    st.title(t("ui.page_history"))
    st.caption(t("history.intro"))
    if not counter.newest_seq(session.desk()):
        st.info(t("history.empty"), icon=":material/history:")
        return
    filters = parts.ask_filters()
    page = counter.log(session.desk(), session.actor(), filters, parts.page_start(filters))
    if page.lines:
        chosen = parts.draw_table(page)
        if chosen:
            parts.draw_line(chosen)
        else:
            st.caption(t("history.choose_line"))
    elif page.searched_to is None:
        st.info(t("history.none_match"))
        st.button(t("history.clear_filters"), on_click=parts.clear_filters)
    parts.draw_pager(page)
    parts.draw_check()


if __name__ == "__main__":  # a deep link into a fresh process: Streamlit runs this file, not app.py
    open_app()
