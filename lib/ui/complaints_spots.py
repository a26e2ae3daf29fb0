"""Hot spots of the Complaints page: where complaints come from, compared with the period before."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st
from streamlit import column_config

from lib.desk.complaints import ComplaintsView
from lib.service.complaints import MISSING, PERIOD_DAYS
from lib.ui import session
from lib.ui.complaints_board import set_filters
from lib.ui.complaints_words import choice_names
from lib.ui.grid import record_grid
from lib.ui.session import t


def draw_hot_spots(view: ComplaintsView, period: str) -> None:
    """Category and department, repeated clients, confirmed ones; a row chosen becomes the filter."""
    left, right = st.columns([6, 5], gap="large")
    compared = period in PERIOD_DAYS
    with left:
        note = t("complaints.hot_spots_note" if compared else "complaints.hot_spots_note_all")
        st.subheader(t("complaints.hot_spots"), help=note)
        _draw_spots(view, compared)
    with right:
        st.subheader(t("complaints.repeats"))
        _draw_repeats(view, compared)
        st.subheader(t("complaints.confirmed_year", year=f"{session.desk().board().now:%Y}"))
        _draw_confirmed(view)


def _draw_spots(view: ComplaintsView, compared: bool) -> None:
    missing = t("complaints.missing_value")
    spots = view.hot_spots.assign(
        category_name=view.hot_spots["category"].map(choice_names("category")).fillna(missing),
        department_name=view.hot_spots["department"].replace(MISSING, missing),
    )
    columns = {
        "category_name": column_config.TextColumn(t("complaints.column_category")),
        "department_name": column_config.TextColumn(t("complaints.column_department")),
    }
    chosen = _pick_row(spots, columns | _count_columns(spots, compared), "spots", view.version)
    if chosen is not None:
        set_filters(category=chosen["category"], department=chosen["department"])


def _draw_repeats(view: ComplaintsView, compared: bool) -> None:
    repeats = view.repeats
    if repeats.empty:
        st.caption(t("complaints.repeats_none"))
        return
    columns = {"name": column_config.TextColumn(t("ui.client"))} | _count_columns(repeats, compared)
    chosen = _pick_row(repeats, columns, "repeats", view.version)
    if chosen is not None:
        set_filters(search=chosen["name"])


def _draw_confirmed(view: ComplaintsView) -> None:
    confirmed = view.confirmed
    if confirmed.empty:
        st.caption(t("complaints.confirmed_none"))
        return
    confirmed = confirmed.assign(name=confirmed["department"].replace(MISSING, t("complaints.missing_value")))
    columns = {"name": column_config.TextColumn(t("complaints.column_department"))}
    chosen = _pick_row(confirmed, columns | _count_columns(confirmed, False), "confirmed", view.version)
    if chosen is not None:
        set_filters(department=chosen["department"])


def _pick_row(table: pd.DataFrame, columns: dict[str, Any], name: str, version: str) -> dict[str, str] | None:
    """A grid of which a selected row is taken once: the next run starts without a selection."""
    table = table.set_axis(table.index.astype("str"))
    turns: dict[str, int] = st.session_state.setdefault("complaints_turns", {})
    key = f"complaints_{name}:{turns.get(name, 0)}"
    chosen = record_grid(table, columns, key, version, rows_visible=6)
    if not chosen:
        return None
    turns[name] = turns.get(name, 0) + 1
    return {str(key): str(value) for key, value in table.loc[[chosen[0]]].iloc[0].items()}


def _count_columns(table: pd.DataFrame, compared: bool) -> dict[str, Any]:
    number = column_config.NumberColumn
    most = int(table["count"].max()) if len(table) else 1
    count = column_config.ProgressColumn(
        t("complaints.count"), format="%d", min_value=0, max_value=max(most, 1)
    )
    if not compared:
        return {"count": count}
    return {
        "count": count,
        "before": number(t("complaints.before"), format="%d"),
        "change": number(t("complaints.change"), format="%+d"),
    }
