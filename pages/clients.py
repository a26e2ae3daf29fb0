"""Clients: tiers and why, dormancy ahead of time, moves between tiers, the load of each representative."""

from __future__ import annotations

import streamlit as st

from lib.desk import clients as counter
from lib.service.client_list import ClientFilter
from lib.ui import clients_parts as parts
from lib.ui import session
from lib.ui.client_pin import pin_button
from lib.ui.clients_flow import draw_flow
from lib.ui.clients_load import draw_load
from lib.ui.entry import open_app
from lib.ui.session import t


def show() -> None:
    st.title(t("ui.page_clients"))
    st.caption(t("clients.intro"))
    if session.desk().board().table("clients").empty:
        parts.show_empty()
        return
    section = parts.choose_section()
    if section == "load":
        draw_load()
        return
    wanted = parts.ask_filters()
    if section == "flow":
        draw_flow(wanted)
    else:
        _show_list(wanted)


def _show_list(wanted: ClientFilter) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sort = parts.choose_sort()
        pin_button("clients_pin")
    view = counter.view(session.desk(), session.actor(), wanted, sort)
    parts.draw_tiles(view, wanted)
    parts.draw_list(view, "clients")


if __name__ == "__main__":  # a deep link into a fresh process: Streamlit runs this file, not app.py
    open_app()
