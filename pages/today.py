"""Today: one queue of what is overdue, due soon or waiting, worst first."""

from __future__ import annotations

import streamlit as st

from lib.desk.today import SCOPES, TodayQueue, open_queue, scopes_of
from lib.service.queue import PILES
from lib.ui.action_dialogs import draw_dialog
from lib.ui.entry import open_app
from lib.ui.filters import choose_one, page_number, pick_one
from lib.ui.session import actor, desk, t
from lib.ui.today_parts import draw_empty_page, draw_empty_pile, start_anew_for
from lib.ui.today_rows import draw_rows

OWNER_PX = 240


def show() -> None:
    st.title(t("ui.page_today"))
    queue = _choose_queue()
    if not queue.has_clients:
        draw_empty_page()
        return
    counts = queue.queue.count()
    labels = {pile: f"{t('today.pile_' + pile)} {counts[pile]}" for pile in PILES}
    pile = choose_one(t("today.pile"), labels, "today_pile", default="all") or "all"
    pager = f"today_page:{pile}"
    shown = queue.page(pile, st.session_state.get(pager, 1))
    if shown.total == 0:
        draw_empty_pile(shown, everything=pile == "all")
    else:
        draw_rows(queue, shown)
        page_number(shown.pages, pager)
    draw_dialog("today")


def _choose_queue() -> TodayQueue:
    st.caption(t("today.intro"), help=t("today.order_help"))
    start_anew_for(actor().staff_id)
    scopes = scopes_of(actor())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {scope: t(f"today.scope_{scope}") for scope in SCOPES if scope in scopes}
        scope = choose_one(t("today.scope"), names, "today_scope", default=scopes[0]) or scopes[0]
        queue = open_queue(desk(), actor(), scope)
        if scope == "mine" or len(queue.owners) < 2:
            return queue
        with st.container(width=OWNER_PX):
            return queue.narrow(pick_one(t("ui.owner"), queue.owners, "today_owner"))


if __name__ == "__main__":  # a deep link into a fresh process: Streamlit runs this file, not app.py
    open_app()
