"""The section Tier changes of the Clients page: who moved between two days."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import streamlit as st
from streamlit import column_config

from lib.desk import clients as counter
from lib.desk.clients import FlowView
from lib.service.client_list import DOWN, UP, ClientFilter, direction_of
from lib.ui import session
from lib.ui.clients_charts import flow_figure
from lib.ui.clients_parts import draw_grid, ink, tier_names
from lib.ui.filters import pick_one
from lib.ui.format import format_day
from lib.ui.grid import plain_grid
from lib.ui.session import language, t

CHART, MOVE = "clients_flow_chart", "clients_move"
DAYS_BACK = 183
FIRST_DAY = date(2000, 1, 1)


def draw_flow(wanted: ClientFilter) -> None:
    """Two days, the diagram, the same as a table, and the clients of the move that was chosen."""
    days = _ask_days()
    if days is None:
        st.warning(t("clients.flow_order"))
        return
    view = counter.flow_view(session.desk(), session.actor(), wanted, *days)
    if view.moves.empty:
        st.info(t("clients.none_match"))
        return
    moved = view.directions
    with st.container(horizontal=True):
        for key in ("up", "down", "stayed"):
            st.metric(t(f"clients.flow_{key}"), f"{moved[key]:,}", border=True, width=150)
    if not moved[UP] + moved[DOWN]:
        st.info(t("clients.flow_same"))
    _draw_figure(view, days)
    _choose_move(view, moved)
    with st.expander(t("clients.flow_table"), icon=":material/table_rows:"):
        _draw_table(view.moves)


def _ask_days() -> tuple[date, date] | None:
    today = session.desk().board().now.date()
    with st.container(horizontal=True):
        from_on = _ask_day("from", today - timedelta(days=DAYS_BACK), today)
        to_on = _ask_day("to", today, today)
    return (from_on, to_on) if from_on < to_on else None


def _ask_day(which: str, default: date, today: date) -> date:
    return st.date_input(
        t(f"clients.flow_{which}"),
        value=default,
        min_value=FIRST_DAY,
        max_value=today,
        key=f"clients_{which}",
        format="YYYY-MM-DD",
        bind="query-params",
        width=170,
    )


def _draw_figure(view: FlowView, days: tuple[date, date]) -> None:
    shown = format_day(days[0], language()), format_day(days[1], language())
    st.plotly_chart(
        flow_figure(view.moves, tier_names(), shown, ink()),
        key=CHART,
        on_select=_take_click,
        selection_mode="points",
        config={"displayModeBar": False},
        alt=t("clients.flow_alt"),
    )
    st.caption(t("clients.flow_hint"))


def _take_click() -> None:
    """Callback: the band that was clicked becomes the chosen move."""
    points = st.session_state[CHART].selection.points
    if points:
        st.session_state[MOVE] = points[0]["customdata"]


def _choose_move(view: FlowView, moved: dict[str, int]) -> None:
    names = tier_names()
    options = {way: t(f"clients.move_{way}", count=f"{moved[way]:,}") for way in (UP, DOWN) if moved[way]}
    for code, count in view.moves["clients"].items():
        before, after = (names[tier] for tier in str(code).split(">"))
        options[str(code)] = t("clients.move", before=before, after=after, count=f"{count:,}")
    chosen = pick_one(t("clients.flow_move"), options, MOVE, placeholder=t("clients.flow_choose"))
    if chosen:
        movers, total = view.movers(chosen)
        draw_grid(movers, f"movers:{chosen}", view, rows_visible=10)
        if total > len(movers):
            st.caption(t("clients.cut", shown=f"{len(movers):,}"))


def _draw_table(moves: pd.DataFrame) -> None:
    names = tier_names()
    shown = moves.assign(
        before=moves["from_tier"].map(names),
        after=moves["to_tier"].map(names),
        way=[t(f"clients.flow_{direction_of(*code.split('>'))}") for code in moves.index],
    )
    columns = {
        "before": column_config.TextColumn(t("clients.flow_before")),
        "after": column_config.TextColumn(t("clients.flow_after")),
        "way": column_config.TextColumn(t("ui.status")),
        "clients": column_config.NumberColumn(t("clients.flow_clients")),
    }
    plain_grid(shown, columns)
