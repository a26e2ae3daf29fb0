"""The section Clients per rep of the Clients page."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit import column_config

from lib.desk import clients as counter
from lib.desk.clients import LoadView
from lib.service.workload import STATES
from lib.standard.clause_model import TIERS
from lib.ui import session
from lib.ui.clients_charts import load_figure
from lib.ui.clients_parts import ink
from lib.ui.format import format_number
from lib.ui.grid import record_grid
from lib.ui.session import language, t
from lib.ui.theme import STATUS_COLORS

CHART = "clients_load_chart"
COLORS = {
    "below": STATUS_COLORS["waiting"],
    "within": STATUS_COLORS["met"],
    "above": STATUS_COLORS["overdue"],
}


def draw_load() -> None:
    """How many are below, within and above the band; a bar and a row for each person."""
    view = counter.load_view(session.desk(), session.actor())
    band = {"low": format_number(view.low), "high": format_number(view.high)}
    st.caption(t("clients.load_band" if view.dormant_left_out else "clients.load_band_all", **band))
    if view.loads.empty:
        staff = session.desk().schema.worksheets["staff"].title(language())
        st.info(t("clients.load_empty", sheet=staff), icon=":material/group_add:")
        return
    with st.container(horizontal=True):
        for state in STATES:
            st.metric(t(f"clients.load_{state}"), view.counts[state], border=True, width=150)
    st.plotly_chart(
        load_figure(view.bars, view.low, view.high, COLORS, ink()),
        key=CHART,
        on_select=_take_click,
        selection_mode="points",
        config={"displayModeBar": False},
        alt=t("clients.load_alt"),
    )
    if len(view.bars) < len(view.loads):
        st.caption(t("clients.load_cut", shown=len(view.bars), total=len(view.loads)))
    _draw_table(view)


def _take_click() -> None:
    points = st.session_state[CHART].selection.points
    if points:
        _list_clients_of(str(points[0]["customdata"]))


def _list_clients_of(staff_id: str) -> None:
    """Show the list, narrowed to that owner. Only from a callback: the widgets must not exist yet."""
    st.session_state["clients_owner"] = [staff_id]
    st.session_state["clients_view"] = "list"


def _draw_table(view: LoadView) -> None:
    st.caption(t("clients.load_hint"))
    shown = view.loads.assign(state=[t(f"clients.load_{state}") for state in view.loads["state"]])
    chosen = record_grid(shown, _columns(), "clients_load", view.version, rows_visible=15)
    if chosen:
        st.query_params.from_dict({"clients_owner": chosen[0], "clients_view": "list"})
        st.rerun()


def _columns() -> dict[str, Any]:
    number = column_config.NumberColumn
    tiers = {tier: number(t(f"ui.tier_{tier}"), width=70) for tier in TIERS}
    return {
        "name": column_config.TextColumn(t("clients.load_name"), pinned=True, width=120),
        "clients": number(t("clients.load_clients"), width=120),
        "state": column_config.TextColumn(t("clients.load_state"), width=110),
        **tiers,
        "dormant": number(t("clients.state_dormant"), width=70),
        "overdue": number(t("clients.column_overdue"), width=70),
    }
