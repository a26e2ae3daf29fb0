"""Pieces of the Complaints page: filters, figures, the list."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st
from streamlit import column_config

from lib.desk import complaints as counter
from lib.desk.complaints import ComplaintFilters, ComplaintsView
from lib.service.complaints import AGE_BANDS, MISSING, PERIOD_DAYS
from lib.service.funnel import STAGES, WHOLE
from lib.standard.instants import DAY_US
from lib.ui import session
from lib.ui.complaints_charts import funnel_figure, months_figure, stuck_figure
from lib.ui.complaints_focus import EVERYTHING, choose_focus, draw_chart, set_focus
from lib.ui.complaints_words import (
    choice_names,
    month_words,
    score_words,
    span_words,
    stage_names,
    working_words,
)
from lib.ui.filters import choose_one, pick_many, search_text
from lib.ui.format import EMPTY, format_share, is_missing
from lib.ui.grid import HEADER_HEIGHT_PX, ROW_HEIGHT_PX, record_grid
from lib.ui.session import language, t

TILE_PX = {"received": 150, "settled": 150, "whole": 270, "satisfaction": 190}
REACHED = ("stage", "reached", "conversion")  # columns about how many came so far
PICKED = ("category", "channel", "department", "priority", "owner")


# filters


def choose_filters() -> ComplaintFilters:
    """The filter row; everything chosen is part of the address."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        periods = {code: t(f"complaints.period_{code}") for code in (*PERIOD_DAYS, EVERYTHING)}
        period = choose_one(t("complaints.period"), periods, "complaints_period", default="365")
        search = search_text(t("ui.search"), "complaints_search", placeholder=t("complaints.search_hint"))
        picked = _pick_more()
    return ComplaintFilters(period=period or "365", search=search, **picked)


def _pick_more() -> dict[str, tuple[str, ...]]:
    known = counter.choices(session.desk())
    empty = {MISSING: t("complaints.missing_value")}
    options = {column: choice_names(column) | empty for column in ("category", "channel", "priority")}
    options["department"] = {name: name for name in known.departments} | empty
    options["owner"] = dict(known.people) | {MISSING: t("ui.none_owner")}
    labels = {column: t(f"complaints.column_{column}") for column in PICKED if column != "owner"}
    labels["owner"] = t("ui.owner")
    active = sum(bool(st.session_state.get(f"complaints_{column}")) for column in PICKED)
    label = t("complaints.more_filters_on", count=active) if active else t("complaints.more_filters")
    with st.popover(label, icon=":material/filter_list:"):
        return {
            column: tuple(
                pick_many(
                    labels[column], options[column], f"complaints_{column}", placeholder=t("complaints.any")
                )
            )
            for column in PICKED
        }


def set_filters(**codes: str) -> None:
    """Ask for these filters by the address and draw the page anew."""
    for name, code in codes.items():
        st.query_params[f"complaints_{name}"] = code
    st.rerun()


def clear_filters() -> None:
    """Back to everything. To be used as a callback."""
    for name in (*PICKED, "search", "period", "focus"):
        st.session_state.pop(f"complaints_{name}", None)
        st.query_params.pop(f"complaints_{name}", None)


def show_all_periods() -> None:
    """Lift the restriction to a period. To be used as a callback."""
    st.session_state["complaints_period"] = EVERYTHING


def tell_earlier(view: ComplaintsView) -> None:
    """Open complaints outside the period are not to be forgotten."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t("complaints.earlier_open", count=view.earlier_open), width="content")
        st.button(t("complaints.show_all"), type="tertiary", on_click=show_all_periods)


# figures


def draw_tiles(view: ComplaintsView) -> None:
    """What the filtered complaints come to."""
    whole = view.spans.loc[WHOLE].to_dict()
    settled = int(view.funnel["reached"].loc["resolved"])
    by_clock = t(
        "complaints.tile_whole_help", clock=span_words(whole["median_us"]), count=int(whole["timed"])
    )
    tiles = {
        "received": (f"{view.matching:,}", None),
        "settled": (format_share(settled, view.matching), t("complaints.tile_settled_help")),
        "whole": (working_words(whole["median_working_us"], view.day_us), by_clock),
        "satisfaction": (score_words(view.mean_satisfaction), t("complaints.tile_satisfaction_help")),
    }
    with st.container(horizontal=True):
        for name, (value, note) in tiles.items():
            st.metric(t(f"complaints.tile_{name}"), value, border=True, help=note, width=TILE_PX[name])


def draw_funnel(view: ComplaintsView) -> None:
    """The funnel beside the time in each stage."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        st.subheader(t("complaints.funnel"), help=t("complaints.funnel_note"))
        shares = {
            str(stage): "" if is_missing(share) else t("complaints.funnel_share", share=f"{share:.0%}")
            for stage, share in view.funnel["conversion"].items()
        }
        figure = funnel_figure(view.funnel, stage_names(), shares)
        draw_chart(figure, "complaints_funnel", t("complaints.funnel"))
    with right:
        st.subheader(t("complaints.time_in_stage"))
        _draw_stage_table(view)
        st.caption(t("complaints.time_note"))


def _draw_stage_table(view: ComplaintsView) -> None:
    """Reached, conversion and time by stage; a click on a figure lists the complaints behind it."""
    table, columns, key = _stage_table(view), _stage_columns(), "complaints_stages"
    spans = list(table.index)
    st.dataframe(
        table[list(columns)],
        key=key,
        hide_index=True,
        column_config=columns,
        on_select=lambda: _take_cell(key, spans),
        selection_mode="single-cell",
        row_height=ROW_HEIGHT_PX,
        height=HEADER_HEIGHT_PX + ROW_HEIGHT_PX * len(table) + 2,
    )


def _take_cell(key: str, spans: list[str]) -> None:
    cells = st.session_state[key].selection.cells
    if not cells:
        set_focus(None)
        return
    row, column = cells[0]
    kind = column if column in ("here", "missing") else "reached" if column in REACHED else "timed"
    set_focus(f"{kind}.{spans[row]}")


def _stage_table(view: ComplaintsView) -> pd.DataFrame:
    table = view.funnel.reindex([*STAGES, WHOLE])
    spans = view.spans.reindex(table.index)
    names = stage_names()
    shown = {
        "stage": [names[stage] for stage in table.index],
        "reached": table["reached"],
        "conversion": [EMPTY if is_missing(share) else f"{share:.0%}" for share in table["conversion"]],
        "here": table["here"],
        "missing": table["missing"],
        "timed": spans["timed"],
    }
    for mark in ("median", "p90"):
        shown[mark] = [span_words(us) for us in spans[f"{mark}_us"]]
        shown[f"{mark}_working"] = [working_words(us, view.day_us) for us in spans[f"{mark}_working_us"]]
    return pd.DataFrame(shown, index=table.index)


def _stage_columns() -> dict[str, Any]:
    text, number = column_config.TextColumn, column_config.NumberColumn
    return {
        "stage": text(t("complaints.stage"), pinned=True),
        "median_working": text(t("complaints.median_working")),
        "p90_working": text(t("complaints.p90_working")),
        "median": text(t("complaints.median")),
        "p90": text(t("complaints.p90")),
        "conversion": text(t("complaints.conversion")),
        "reached": number(t("complaints.reached"), format="%d"),
        "here": number(t("complaints.here"), format="%d"),
        "missing": number(t("complaints.time_missing"), format="%d"),
        "timed": number(t("complaints.timed"), format="%d"),
    }


def draw_stuck_and_months(view: ComplaintsView) -> None:
    """Open complaints by stage and age, beside the months."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        st.subheader(t("complaints.stuck"), help=t("complaints.stuck_note"))
        if view.stuck.to_numpy().sum():
            bands = {band: t(f"complaints.band_{band}") for band in AGE_BANDS}
            figure = stuck_figure(view.stuck, stage_names(), bands)
            draw_chart(figure, "complaints_stuck", t("complaints.stuck"))
        else:
            st.success(t("complaints.stuck_none"), icon=":material/check_circle:")
    with right:
        st.subheader(t("complaints.months"))
        figure = months_figure(view.months, stage_names(), month_words)
        draw_chart(figure, "complaints_months", t("complaints.months"))


# the list


def draw_list(view: ComplaintsView) -> str | None:
    """The complaints in focus, most pressing first; the record id of the one chosen."""
    st.subheader(t("complaints.list"))
    focus = choose_focus(view.counts, view.matching)
    rows, total = counter.focus_rows(view.rows, focus)
    if not total:
        st.info(t("complaints.nothing_in_focus"))
        return None
    cut = total > len(rows)
    message = "complaints.cut" if cut else "complaints.listed"
    st.caption(t(message, count=f"{total:,}", shown=len(rows)))
    chosen = record_grid(_list_table(rows), _list_columns(), f"complaints_list:{focus}", view.version)
    return chosen[0] if chosen else None


def _list_table(rows: pd.DataFrame) -> pd.DataFrame:
    standard = session.desk().standard
    clauses = {key: clause.names[language()] for key, clause in standard.clauses.items()}
    statuses = {key: t(f"ui.obligation_{key}") for key in counter.RUNNING}
    clock = rows["clock_clause"].map(clauses) + " · " + rows["clock_status"].map(statuses)
    return pd.DataFrame(
        {
            "number": rows["number"],
            "client": rows["client_name"],
            "summary": rows["summary"],
            "stage": rows["stage"].astype("str").map(stage_names()),
            "age": rows["age_us"] / DAY_US,
            "clock": clock,
            "due": rows["clock_due_at"].dt.tz_localize(None),
            "category": rows["category"].astype("str").map(choice_names("category")),
            "priority": rows["priority"].astype("str").map(choice_names("priority")),
            "department": rows["department"],
            "owner": rows["owner_name"],
            "received": rows["received_at"].dt.tz_localize(None),
            "satisfaction": rows["satisfaction"],
        },
        index=rows.index,
    )


def _list_columns() -> dict[str, Any]:
    text, moment, number = column_config.TextColumn, column_config.DatetimeColumn, column_config.NumberColumn
    return {
        "number": text(t("complaints.column_number"), width=115),
        "client": text(t("ui.client"), width=110),
        "summary": text(t("complaints.column_summary"), width=170),
        "stage": text(t("complaints.stage"), width=90),
        "age": number(t("complaints.column_age"), format="%.1f", width=75),
        "clock": text(t("complaints.column_clock"), width=185),
        "due": moment(t("ui.due"), format="MM-DD HH:mm", width=100),
        "priority": text(t("complaints.column_priority"), width=65),
        "owner": text(t("ui.owner"), width=75),
        "category": text(t("complaints.column_category"), width=80),
        "department": text(t("complaints.column_department"), width=100),
        "received": moment(t("complaints.column_received"), format="YYYY-MM-DD HH:mm", width=140),
        "satisfaction": number(t("complaints.column_satisfaction"), format="%d", width=80),
    }
