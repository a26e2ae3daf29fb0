"""Follow-ups: all obligations by owner, clause, tier and age, and what the coming weeks bring."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from lib.desk.follow_ups import choices, select
from lib.service.follow_ups import ALL_OPEN, STATUS_CHOICES
from lib.ui.action_dialogs import draw_dialog
from lib.ui.entry import open_app
from lib.ui.filters import choose_one
from lib.ui.follow_ups_filters import STATUS, choose_filter
from lib.ui.follow_ups_parts import (
    chart_key,
    choose_dimension,
    draw_rows,
    draw_split,
    draw_times,
    say_none_match,
)
from lib.ui.session import actor, desk, t
from lib.ui.today_parts import draw_empty_page


def show() -> None:
    st.title(t("ui.page_follow_ups"))
    st.caption(t("follow_ups.intro"))
    if desk().board().table("clients").empty:
        draw_empty_page()
        return
    wanted = choose_filter(choices(desk()))
    selection = select(desk(), actor(), wanted)
    status = _choose_status(selection.counts)
    if selection.counts[status]:
        rows = st.container()
        times, split = st.columns(2, gap="large")
        with split:
            dimension = choose_dimension()
        view = selection.show(status, dimension)
        key = chart_key(selection.board.version, wanted, status, dimension)
        with rows:
            draw_rows(selection, view)
        with times:
            draw_times(view, key)
        with split:
            draw_split(view, dimension, key)
    else:
        say_none_match()
    draw_dialog("follow_ups")


def _choose_status(counts: Mapping[str, int]) -> str:
    names = {ALL_OPEN: t("follow_ups.status_open")} | {
        status: t(f"ui.obligation_{status}") for status in STATUS_CHOICES[1:]
    }
    labels = {code: f"{name} {counts[code]}" for code, name in names.items()}
    return choose_one(t("ui.status"), labels, STATUS, default=ALL_OPEN) or ALL_OPEN


if __name__ == "__main__":  # a deep link into a fresh process: Streamlit runs this file, not app.py
    open_app()
