"""The timeline on the page of one client: entries by day, newest first, a page at a time."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from lib.desk import client as counter
from lib.desk.client import ClientView, TimelineEntry
from lib.service.timeline import TIER
from lib.ui import session
from lib.ui.client_parts import KIND_KEY
from lib.ui.filters import page_number, pick_one
from lib.ui.format import escape_markdown, format_day, format_money
from lib.ui.session import language, page, t
from lib.ui.theme import BadgeColor

ENTRIES_PER_PAGE = 12
TEXT_SHOWN = 240
KIND_BADGES: dict[str, BadgeColor] = {
    "interactions": "blue",
    "visits": "primary",
    "complaints": "red",
    "transactions": "green",
    "promises": "orange",
    "inquiries": "violet",
    TIER: "yellow",
}


def draw_timeline(view: ClientView) -> None:
    """The entries of the chosen kind, and how many rows have no date."""
    st.subheader(t("client.timeline"))
    if view.entries.empty:
        st.info(t("client.timeline_empty"))
        return
    counts = counter.kinds(view.entries)
    names = {kind: t("client.kind", name=_kind_name(kind), count=count) for kind, count in counts.items()}
    with st.container(width=320):
        kind = pick_one(t("client.timeline_kind"), names, KIND_KEY, placeholder=t("ui.all"))
    entries = view.entries if kind is None else view.entries[(view.entries["worksheet"] == kind).to_numpy()]
    place = st.container(gap="small")
    number = page_number(-(-len(entries) // ENTRIES_PER_PAGE), f"client_timeline_{kind}")
    shown = entries.iloc[(number - 1) * ENTRIES_PER_PAGE : number * ENTRIES_PER_PAGE]
    with place:
        _draw_entries(view, shown)
    if view.undated:
        st.caption(t("client.timeline_undated", count=view.undated))


def _draw_entries(view: ClientView, shown: pd.DataFrame) -> None:
    board = session.desk().board()
    for entry in counter.describe_entries(board, view.rows, shown, language()):
        with st.container(border=True, gap="xsmall"):
            _draw_entry(entry, format_day(entry.at, language(), view.today), ahead=entry.at > board.now)


def _draw_entry(entry: TimelineEntry, day: str, *, ahead: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(_kind_name(entry.worksheet), color=KIND_BADGES.get(entry.worksheet, "gray"))
        st.markdown(f"**{escape_markdown(day)}**", width="content")
        if ahead:
            st.badge(t("client.ahead"), color="gray")
        st.caption(" · ".join(_fact_words(entry)), width="content")
        if entry.worksheet != TIER:
            st.space("stretch")
            _edit_link(entry)
    if body := _body(entry):
        st.text(body)


def _edit_link(entry: TimelineEntry) -> None:
    query = {"worksheet": entry.worksheet, "record": entry.record}
    st.page_link(page("records"), label=t("client.edit"), icon=":material/open_in_new:", query_params=query)


def _fact_words(entry: TimelineEntry) -> list[str]:
    """Each fact with its time of day, then the row's choices and the person."""
    words = []
    for column, at, whole_day in entry.facts:
        name = _tier_event(column) if entry.worksheet == TIER else _header(entry.worksheet, column)
        words.append(name if whole_day else f"{name} {at:%H:%M}")
    if entry.amount is not None:
        words.append(format_money(entry.amount, language()))
    words += [*entry.labels, *([entry.who] if entry.who else [])]
    return [escape_markdown(word) for word in words]


def _tier_event(event: str) -> str:
    if ">" not in event:
        return t(f"client.event_{event}")
    before, after = event.split(">")
    return t("client.event_tier", before=t(f"ui.tier_{before}"), after=t(f"ui.tier_{after}"))


def _header(worksheet: str, column: str) -> str:
    return session.desk().schema.worksheets[worksheet].columns[column].header(language())


def _kind_name(kind: str) -> str:
    if kind == TIER:
        return t("client.kind_tier")
    return session.desk().schema.worksheets[kind].title(language())


def _body(entry: TimelineEntry) -> str:
    text = " · ".join(entry.texts)
    return text if len(text) <= TEXT_SHOWN else text[: TEXT_SHOWN - 1] + "…"
