"""Charts and rows of the page Follow-ups."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from lib.desk.follow_ups import DIMENSIONS, FollowUpsView, Selection
from lib.service.follow_ups import NOBODY, REST
from lib.ui.action_dialogs import ask_for, draw_action_buttons, open_client, open_record, times_done
from lib.ui.filters import choose_one
from lib.ui.follow_ups_charts import band_figure, dimension_figure, heat_figure
from lib.ui.follow_ups_filters import band_names, group_names, set_from_click, status_names, tier_names
from lib.ui.format import WEEKDAYS, escape_markdown, format_day, format_working_span
from lib.ui.grid import record_grid
from lib.ui.session import desk, language, t

ROWS_VISIBLE = 9
OPTIONAL = ("unpaused", "age", "done", "provisional")
CHART_CONFIG = {"displayModeBar": False}


def chart_key(*parts: object) -> str:
    """A key that changes with what the charts show, so that an old click is not taken for a new one."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=6).hexdigest()


def choose_dimension() -> str:
    """By what the bars of the last chart are split."""
    names = {each: t(f"follow_ups.by_{each}") for each in DIMENSIONS}
    return choose_one(t("follow_ups.by"), names, "follow_ups_by", default="owner") or "owner"


def draw_times(view: FollowUpsView, key: str) -> None:
    """How late the rows are and when they fall due."""
    _draw_bands(view, key)
    _draw_heat(view, key)


def _draw_bands(view: FollowUpsView, key: str) -> None:
    st.markdown(f"**{t('follow_ups.by_band_title')}**")
    if not any(view.by_band.values()):
        st.caption(t("follow_ups.nothing_overdue"))
        return
    figure = band_figure(view.by_band, band_names())
    _plot(figure, f"follow_ups_bands:{key}", ("band",), t("follow_ups.by_band_title"))


def _draw_heat(view: FollowUpsView, key: str) -> None:
    st.markdown(f"**{t('follow_ups.heat_title')}**")
    today = desk().board().now.date()
    days = [day.date() for day in view.heat["on"]]
    labels = [
        f"{day.month}/{day.day}" if day.day == 1 or not n else str(day.day) for n, day in enumerate(days)
    ]
    hover = [
        t("follow_ups.count_on", day=format_day(day, language(), today), count=count)
        + ("" if works else " · " + t("follow_ups.day_off"))
        for day, count, works in zip(days, view.heat["count"], view.heat["working"], strict=True)
    ]
    figure = heat_figure(view.heat, WEEKDAYS[language()], labels, hover)
    _plot(figure, f"follow_ups_heat:{key}", ("due",), t("follow_ups.heat_title"))
    st.caption(t("follow_ups.heat_hint"))


def draw_split(view: FollowUpsView, dimension: str, key: str) -> None:
    """The rows by status for each owner, clause, group or tier."""
    names = _dimension_names(view, dimension)
    labels = [names.get(str(code), str(code)) for code in view.by_dimension.index]
    figure = dimension_figure(view.by_dimension, labels, status_names())
    _plot(figure, f"follow_ups_by:{key}", (dimension, "status"), t("follow_ups.by"))
    st.caption(t("follow_ups.chart_hint"))


def _plot(figure: Any, key: str, names: tuple[str, ...], alt: str) -> None:
    st.plotly_chart(
        figure, key=key, on_select=partial(set_from_click, key, names), selection_mode="points",
        config=CHART_CONFIG, alt=alt,
    )  # fmt: skip


def _dimension_names(view: FollowUpsView, dimension: str) -> dict[str, str]:
    own = {REST: t("follow_ups.rest")}
    if dimension == "owner":
        return {**view.names, NOBODY: t("ui.none_owner")} | own
    if dimension == "tier":
        return tier_names() | own
    standard = desk().standard
    if dimension == "group":
        return group_names(tuple(standard.groups)) | own
    return {code: clause.names[language()] for code, clause in standard.clauses.items()} | own


def draw_rows(selection: Selection, view: FollowUpsView) -> None:
    """The rows behind the charts; ticked ones can be explained and acted on."""
    message = "follow_ups.rows_cut" if view.total > len(view.rows) else "follow_ups.rows_all"
    st.caption(t(message, total=view.total, shown=len(view.rows)))
    version = f"{selection.board.version}:{times_done()}:{chart_key(*view.rows.index)}"
    frame = _grid_frame(selection, view.rows)
    chosen = record_grid(
        frame, _grid_columns(frame), "follow_ups", version, many=True, rows_visible=ROWS_VISIBLE
    )
    if chosen:
        _draw_actions(selection, view.rows.loc[chosen])


def _draw_actions(selection: Selection, rows: pd.DataFrame) -> None:
    ids = rows.index.tolist()
    with st.container(horizontal=True, vertical_alignment="center", key="follow_ups_actions"):
        if st.button(t("actions.why"), icon=":material/help:", key="follow_ups_why"):
            ask_for("receipt", ids)
        draw_action_buttons(
            ids, "follow_ups", may_edit=selection.may_edit, may_reassign=selection.may_reassign
        )
        if len(rows) == 1:
            _draw_links(rows.iloc[0])


def _draw_links(row: Any) -> None:
    if isinstance(row["client"], str) and st.button(
        t("actions.open_client"), type="tertiary", icon=":material/domain:", key="follow_ups_client"
    ):
        open_client(row["client"])
    if st.button(
        t("actions.open_record"), type="tertiary", icon=":material/edit_note:", key="follow_ups_record"
    ):
        open_record(str(row["worksheet"]), row["record"])


def _grid_frame(selection: Selection, rows: pd.DataFrame) -> pd.DataFrame:
    """What the grid shows, in the session's language; instants as local wall time."""
    standard, statuses = desk().standard, status_names()
    clause = rows["clause"].astype("str")
    status, unpaused = rows["status"].astype("str"), rows["status_unpaused"].astype("str")
    tier_text = {tier: t(f"ui.tier_{tier}") for tier in ("vip", "key", "ordinary", "potential")}
    return pd.DataFrame(
        {
            "client": rows["client_name"],
            "tier": rows["tier"].astype("str").map(tier_text),
            "record": rows["record_name"],
            "action": clause.map({code: c.actions[language()] for code, c in standard.clauses.items()}),
            "clause": clause.map({code: c.names[language()] for code, c in standard.clauses.items()}),
            "status": status.map(statuses),
            "unpaused": unpaused.where(unpaused != status).map(statuses),
            "due": rows["due_at"].dt.tz_localize(None),
            "remaining": _remaining(selection, rows),
            "age": rows["age_days"].where(rows["age_days"] >= 0),
            "owner": rows["owner_name"].fillna(t("ui.none_owner")),
            "done": rows["done_at"].dt.tz_localize(None),
            "provisional": rows["provisional"].where(rows["provisional"]),
        },
        index=rows.index,
    )


def _remaining(selection: Selection, rows: pd.DataFrame) -> list[str]:
    """Working time left, or over with a plus sign; nothing for what is closed."""
    day_us, ends = selection.working_day_us, {"met", "late", "unverified"}
    return [
        "" if status in ends else ("+" if left < 0 else "") + format_working_span(left, day_us, language())
        for left, status in zip(rows["remaining_us"], rows["status"], strict=True)
    ]


def _grid_columns(frame: pd.DataFrame) -> dict[str, Any]:
    """The columns of the grid; those of OPTIONAL only where they hold something."""
    text, moment = st.column_config.TextColumn, st.column_config.DatetimeColumn
    columns = {
        "client": text(t("ui.client"), pinned=True, width="medium"),
        "tier": text(t("ui.tier"), width="small"),
        "action": text(t("follow_ups.action")),
        "record": text(t("follow_ups.record"), width="medium"),
        "status": text(t("ui.status"), width="small"),
        "unpaused": text(
            t("follow_ups.without_pauses"), width="small", help=t("follow_ups.without_pauses_help")
        ),
        "remaining": text(t("follow_ups.remaining")),
        "due": moment(t("ui.due"), format="YYYY-MM-DD HH:mm"),
        "owner": text(t("ui.owner"), width="small"),
        "age": st.column_config.NumberColumn(t("follow_ups.age"), format="%d", width="small"),
        "clause": text(t("ui.clause")),
        "done": moment(t("follow_ups.done"), format="YYYY-MM-DD HH:mm"),
        "provisional": st.column_config.CheckboxColumn(t("follow_ups.provisional"), width="small"),
    }
    return {key: column for key, column in columns.items() if key not in OPTIONAL or frame[key].notna().any()}


def say_none_match() -> None:
    st.info(escape_markdown(t("follow_ups.none_match")), icon=":material/filter_alt:")
