"""One complaint: its stages, clocks, what is on record, its chain of reopenings."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from lib.desk.complaints import ComplaintDetail
from lib.service.funnel import STAGES
from lib.ui import session
from lib.ui.complaints_words import (
    choice_names,
    moment_words,
    span_words,
    stage_names,
    working_words,
)
from lib.ui.format import escape_markdown, is_missing
from lib.ui.receipt import show_receipt
from lib.ui.session import language, t
from lib.ui.status_line import draw_record_line
from lib.ui.theme import STATUS_BADGES, BadgeColor

ADDRESS = "complaint"
RECORDED = ("response", "resolution", "root_cause", "prevention")
PRIORITY_BADGES: dict[str, BadgeColor] = {"urgent": "red", "high": "orange", "normal": "gray", "low": "gray"}


def open_complaint(record: str) -> None:
    """Show a complaint, by the address, in a new run."""
    st.query_params[ADDRESS] = record
    st.rerun()


def close_complaint() -> None:
    """Back to the list. To be used as a callback."""
    st.query_params.pop(ADDRESS, None)


def draw_heading(opened: ComplaintDetail) -> None:
    """Number, badges, what it is about, whose it is."""
    st.button(t("complaints.back"), icon=":material/arrow_back:", type="tertiary", on_click=close_complaint)
    with st.container(horizontal=True, vertical_alignment="center"):
        number = str(opened.value("number") or opened.record)
        st.title(escape_markdown(number), width="content", anchor=False)
        _draw_badges(opened)
    st.text(opened.value("summary") or "")
    _draw_facts(opened)
    draw_record_line("complaints", opened.record)


def _draw_badges(opened: ComplaintDetail) -> None:
    st.badge(stage_names()[opened.stage], color="green" if opened.is_settled else "primary")
    priority = opened.value("priority")
    if priority is not None:
        st.badge(choice_names("priority")[priority], color=PRIORITY_BADGES[priority])
    if opened.is_waiting:
        st.badge(
            t("ui.obligation_waiting"), icon=":material/hourglass_empty:", color=STATUS_BADGES["waiting"]
        )
    turn, times = int(opened.row["turn"]), int(opened.row["times_reopened"])
    if turn:
        st.badge(t("complaints.reopening", turn=turn), icon=":material/replay:", color="violet")
    elif times:
        st.badge(t("complaints.reopened_times", count=times), icon=":material/replay:", color="violet")


def _draw_facts(opened: ComplaintDetail) -> None:
    facts = [
        t("complaints.is_owner", name=opened.value("owner_name") or t("ui.none_owner")),
        *_named("category", choice_names("category").get(opened.value("category") or "")),
        *_named("department", opened.value("department")),
        *_named("channel", choice_names("channel").get(opened.value("channel") or "")),
        *_named("complainant", opened.value("complainant")),
    ]
    client, name = opened.value("client"), opened.value("client_name")
    with st.container(horizontal=True, vertical_alignment="center"):
        if client and name:
            label = t("complaints.open_client", name=escape_markdown(name))
            _link("client", label, ":material/business:", {"client": client})
        st.caption(escape_markdown(" · ".join(facts)), width="content")
        row = {"worksheet": "complaints", "record": opened.record}
        _link("records", t("complaints.edit_row"), ":material/edit:", row)


def _link(page: str, label: str, icon: str, query: dict[str, str]) -> None:
    st.page_link(session.page(page), label=label, icon=icon, query_params=query, width="content")


def _named(key: str, name: str | None) -> list[str]:
    return [t(f"complaints.is_{key}", name=name)] if name else []


# stages


def draw_timeline(opened: ComplaintDetail) -> None:
    """The five stages with their times and how long each lasted."""
    st.subheader(t("complaints.timeline"))
    if opened.row["disordered"]:
        st.warning(t("complaints.disordered"), icon=":material/swap_vert:")
    reached = STAGES.index(opened.stage)
    with st.container(border=True, gap="small"):
        for number, stage in enumerate(STAGES):
            _draw_stage(opened, stage, number, reached)
            if stage == "responded":
                _draw_told(opened)


def _draw_stage(opened: ComplaintDetail, stage: str, number: int, reached: int) -> None:
    at = opened.value(f"{stage}_at")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if number > reached:
            st.badge(stage_names()[stage], icon=":material/radio_button_unchecked:", color="gray")
            st.caption(t("complaints.not_reached"), width="content")
            return
        missing = bool(opened.row[f"missing_{stage}"])
        icon = ":material/help:" if missing else ":material/check_circle:"
        st.badge(stage_names()[stage], icon=icon, color="orange" if missing else "green")
        st.markdown(
            t("complaints.time_is_missing") if missing else moment_words(at, opened.now), width="content"
        )
        spent = _spent_words(opened, stage, here=number == reached)
        if spent:
            st.caption(spent, width="content")


def _draw_told(opened: ComplaintDetail) -> None:
    """Telling the client the result is no stage of its own but has its own clock."""
    at = opened.value("result_told_at")
    if at is not None:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(t("complaints.told"), icon=":material/campaign:", color="green")
            st.markdown(moment_words(at, opened.now), width="content")


def _spent_words(opened: ComplaintDetail, stage: str, *, here: bool) -> str:
    name = "age" if here else f"spent_{stage}"
    if stage == STAGES[-1] or is_missing(opened.row[f"{name}_us"]):
        return ""
    return t(
        "complaints.spent_so_far" if here else "complaints.spent",
        clock=span_words(opened.row[f"{name}_us"]),
        working=working_words(opened.row[f"{name}_working_us"], opened.day_us),
    )


# clocks


def draw_clocks(opened: ComplaintDetail) -> None:
    """Every clock of the complaint: verdict with and without pauses, time left, and why."""
    st.subheader(t("complaints.clocks"))
    if opened.clocks.empty:
        st.caption(t("complaints.clocks_none"))
        return
    with st.container(border=True, gap="small"):
        for clock_id, clock in opened.clocks.iterrows():
            with st.container(gap="xxsmall"):
                _draw_clock(opened, str(clock_id), clock)


def _draw_clock(opened: ComplaintDetail, clock_id: str, clock: pd.Series[Any]) -> None:
    clause = session.desk().standard[str(clock["clause"])]
    status = str(clock["status"])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{escape_markdown(clause.names[language()])}**", width="content")
        st.badge(t(f"ui.obligation_{status}"), color=STATUS_BADGES[status])
        if clock["provisional"]:
            st.badge(t("ui.provisional"), color="gray")
        if st.button(
            t("complaints.why"), key=f"why:{clock_id}", type="tertiary", icon=":material/receipt_long:"
        ):
            show_receipt(clock_id)
    parts = [t("complaints.due_at", moment=moment_words(clock["due_at"], opened.now))]
    if not is_missing(clock["done_at"]):
        parts.append(t("complaints.done_at", moment=moment_words(clock["done_at"], opened.now)))
    parts += _left_words(clock, opened.day_us)
    st.caption(" · ".join(parts))
    if clock["paused_us"] or clock["paused"]:
        st.caption(_pause_words(opened, clock))


def _left_words(clock: pd.Series[Any], day_us: int) -> list[str]:
    if is_missing(clock["due_at"]) or clock["status"] in ("met", "unverified"):
        return []
    span = working_words(clock["left_us"], day_us)
    return [t("complaints.left" if clock["left_us"] >= 0 else "complaints.over", span=span)]


def _pause_words(opened: ComplaintDetail, clock: pd.Series[Any]) -> str:
    return t(
        "complaints.paused_for",
        span=span_words(clock["paused_us"]),
        status=t(f"ui.obligation_{clock['status_unpaused']}"),
        moment=moment_words(clock["unpaused_due_at"], opened.now),
    )


# what is on record


def draw_record(opened: ComplaintDetail) -> None:
    """Response, resolution, cause, prevention, satisfaction, as far as they are there."""
    st.subheader(t("complaints.words"))
    described = session.desk().schema.worksheets["complaints"].columns
    filled = [column for column in RECORDED if opened.value(column)]
    score = opened.value("satisfaction")
    if not filled and score is None:
        st.caption(t("complaints.words_none"))
        return
    with st.container(border=True):
        for column in filled:
            st.caption(described[column].header(language()))
            st.text(opened.value(column))
        if score is not None:
            st.caption(t("complaints.column_satisfaction"))
            st.text(f"{int(score)} / 5")


def draw_chain(opened: ComplaintDetail) -> None:
    """The complaint, those before and after it in its chain, each with its own verdict."""
    if len(opened.chain) < 2:
        return
    st.subheader(t("complaints.chain"))
    with st.container(border=True, gap="small"):
        for record, row in opened.chain.iterrows():
            _draw_link(opened, str(record), row)


def _draw_link(opened: ComplaintDetail, record: str, row: pd.Series[Any]) -> None:
    number = str(record if is_missing(row["number"]) else row["number"])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if record == opened.record:
            st.markdown(f"**{escape_markdown(number)}**", width="content")
        else:
            st.button(
                escape_markdown(number),
                key=f"chain:{record}",
                type="tertiary",
                on_click=_go_to,
                args=(record,),
            )
        if not row["turn"]:
            st.badge(t("complaints.first_one"), color="gray")
        if record == opened.record:
            st.badge(t("complaints.this_one"), color="primary")
        st.caption(_verdict_words(opened, row), width="content")


def _verdict_words(opened: ComplaintDetail, row: pd.Series[Any]) -> str:
    received = moment_words(row["received_at"], opened.now)
    line = t("complaints.chain_line", received=received, stage=stage_names()[str(row["stage"])])
    if is_missing(row["satisfaction"]):
        return line
    return f"{line} · {t('complaints.chain_score', score=int(row['satisfaction']))}"


def _go_to(record: str) -> None:
    st.query_params[ADDRESS] = record
