"""Client: one client with its figures, obligations, whole timeline and purchases."""

from __future__ import annotations

import streamlit as st

from lib.desk import client as counter
from lib.ui import client_parts as parts
from lib.ui import session
from lib.ui.client_timeline import draw_timeline
from lib.ui.clients_parts import show_empty
from lib.ui.entry import open_app
from lib.ui.record_past import draw_past
from lib.ui.session import t


def show() -> None:
    client = st.query_params.get("client")
    view = counter.view(session.desk(), session.actor(), client, session.language()) if client else None
    if view is None:
        _show_chooser(unknown=bool(client))
        return
    parts.draw_header(view)
    parts.draw_actions(view)
    parts.draw_figures(view)
    parts.draw_contacts(view)
    parts.draw_file(view)
    parts.draw_obligations(view)
    draw_timeline(view)
    parts.draw_purchases(view)
    draw_past("clients", view.client)


def _show_chooser(*, unknown: bool) -> None:
    st.title(t("ui.page_client"))
    if session.desk().board().table("clients").empty:
        show_empty()
        return
    if unknown:
        st.warning(t("client.unknown"), icon=":material/search_off:")
    parts.choose_client()


if __name__ == "__main__":  # a deep link into a fresh process: Streamlit runs this file, not app.py
    open_app()
