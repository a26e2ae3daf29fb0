"""Conflicts: changes that met others, and worksheets in disorder; people decide, nothing is lost."""

from __future__ import annotations

import streamlit as st

from lib.desk import conflicts as counter
from lib.ui import accident_parts, session
from lib.ui import conflict_parts as parts
from lib.ui.entry import open_app
from lib.ui.filters import page_number
from lib.ui.session import t


def show() -> None:
    st.title(t("ui.page_conflicts"))
    st.caption(t("conflicts.intro"))
    view = counter.view(session.desk(), session.actor())
    if not view.records and not view.accidents:
        st.success(t("conflicts.none"), icon=":material/check_circle:")
        return
    for accident in view.accidents:
        accident_parts.draw_accident(accident, may_settle=view.may_settle[accident.accident_id])
    place = st.container(gap="medium")
    number = page_number(-(-len(view.records) // parts.RECORDS_PER_PAGE), "conflicts_page")
    with place:
        first = (number - 1) * parts.RECORDS_PER_PAGE
        parts.draw_batches(view, view.records[first : first + parts.RECORDS_PER_PAGE])


if __name__ == "__main__":  # a deep link into a fresh process: Streamlit runs this file, not app.py
    open_app()
