"""Add and edit: any record of any worksheet, in a form made from its description."""

from __future__ import annotations

import streamlit as st

from lib.desk import records as counter
from lib.ui import records_parts as parts
from lib.ui import session
from lib.ui.entry import open_app
from lib.ui.filters import pick_one, search_text
from lib.ui.grid import record_grid
from lib.ui.record_past import draw_past
from lib.ui.session import t


def show() -> None:
    st.title(t("ui.page_records"))
    opened = parts.opened()
    if opened is None:
        _show_list()
    else:
        _show_form(opened)


def _show_list() -> None:
    st.caption(t("records.intro"))
    names = {key: sheet.title(session.language()) for key, sheet in session.desk().schema.worksheets.items()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        worksheet = str(pick_one(t("records.worksheet"), names, "worksheet", default="clients"))
        search = search_text(t("ui.search"), "records_search", placeholder=t("records.search_hint"))
    view = counter.view(session.desk(), session.actor(), worksheet, search)
    name = names[worksheet]
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            t("records.add", name=name), icon=":material/add:", type="primary", disabled=not view.may_edit
        ):
            parts.open_form(worksheet, None)
        st.caption(t("records.count", total=f"{view.total:,}", matching=f"{view.matching:,}"))
    if view.total == 0:
        st.info(t("records.empty", name=name), icon=":material/table_rows:")
    elif view.matching == 0:
        st.info(t("records.none_match", search=parts.plain(search)))
    else:
        chosen = record_grid(
            view.rows, parts.columns(view.worksheet), f"records:{worksheet}", view.version, rows_visible=15
        )
        if chosen:
            parts.open_form(worksheet, chosen[0])
    if view.matching > len(view.rows):
        st.caption(t("records.cut", shown=len(view.rows)))
    parts.offer_return(view)


def _show_form(opened: parts.Opened) -> None:
    if st.button(t("records.back"), icon=":material/arrow_back:", type="tertiary"):
        parts.close_form(opened)
    view = parts.form_view(opened)
    if view is None:
        st.warning(t("records.gone"))
    else:
        parts.draw_form(opened, view)
    if opened.record is not None:
        draw_past(opened.worksheet, opened.record)


if __name__ == "__main__":  # a deep link into a fresh process: Streamlit runs this file, not app.py
    open_app()
