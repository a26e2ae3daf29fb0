"""Filters of the page Follow-ups; a click on a chart sets them, too."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from lib.desk.follow_ups import Choices
from lib.service.follow_ups import (
    AGE_BANDS,
    DAYS_A_WEEK,
    NOBODY,
    STATUSES,
    WEEKS_AHEAD,
    FollowUpFilter,
    first_day_of_heat,
)
from lib.standard.clause_model import TIERS
from lib.ui.filters import pick_many, pick_one, search_text
from lib.ui.format import format_day
from lib.ui.session import desk, language, t

PREFIX = "follow_ups_"
MANY = ("owner", "clause", "group", "tier", "band")
STATUS = PREFIX + "status"


def choose_filter(choices: Choices) -> FollowUpFilter:
    """Draw the filters and return what they ask for."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = search_text(t("ui.search"), PREFIX + "search", placeholder=t("follow_ups.search_client"))
        owners = pick_many(t("ui.owner"), _owner_names(choices), PREFIX + "owner")
        clauses = pick_many(t("ui.clause"), _clause_names(choices), PREFIX + "clause")
    with (
        st.expander(t("follow_ups.more_filters")),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        groups = pick_many(t("follow_ups.group"), group_names(choices.groups), PREFIX + "group")
        tiers = pick_many(t("ui.tier"), tier_names(), PREFIX + "tier")
        bands = pick_many(t("follow_ups.band"), _band_choices(), PREFIX + "band")
        due_on = pick_one(t("follow_ups.due_on"), _day_names(), PREFIX + "due")
    if active := _count_active():
        label = t("follow_ups.clear_filters", count=active)
        st.button(
            label, icon=":material/filter_alt_off:", type="tertiary", on_click=_clear, key=PREFIX + "clear"
        )
    return FollowUpFilter(
        owners=tuple(owners),
        clauses=tuple(clauses),
        groups=tuple(groups),
        tiers=tuple(tiers),
        bands=tuple(bands),
        due_on=date.fromisoformat(due_on) if due_on else None,
        search=search,
    )


def set_from_click(chart: str, names: tuple[str, ...]) -> None:
    """Callback of a chart: the codes of the clicked bar (its customdata) become filters ``names``."""
    points: list[dict[str, Any]] = st.session_state[chart]["selection"]["points"]
    if not points:
        return
    for name, code in zip(names, points[0]["customdata"], strict=True):
        st.session_state[PREFIX + name] = [code] if name in MANY else code


def band_names() -> dict[str, str]:
    """Age bands as short axis labels."""
    return {band: band.replace("31+", ">30").replace("-", "–") for band in AGE_BANDS}


def tier_names() -> dict[str, str]:
    return {**{tier: t(f"ui.tier_{tier}") for tier in TIERS}, NOBODY: t("follow_ups.no_tier")}


def group_names(groups: tuple[str, ...]) -> dict[str, str]:
    return {group: desk().standard.groups[group][language()] for group in groups}


def status_names() -> dict[str, str]:
    return {status: t(f"ui.obligation_{status}") for status in STATUSES}


def _owner_names(choices: Choices) -> dict[str, str]:
    return {**choices.owners, NOBODY: t("ui.none_owner")}


def _clause_names(choices: Choices) -> dict[str, str]:
    return {code: desk().standard[code].names[language()] for code in choices.clauses}


def _band_choices() -> dict[str, str]:
    return {
        band: t("follow_ups.band_last") if band == AGE_BANDS[-1] else t("follow_ups.band_days", band=name)
        for band, name in band_names().items()
    }


def _day_names() -> dict[str, str]:
    today = desk().board().now.date()
    first = first_day_of_heat(today)
    days = [date.fromordinal(first.toordinal() + n) for n in range(WEEKS_AHEAD * DAYS_A_WEEK)]
    return {day.isoformat(): format_day(day, language(), today) for day in days}


def _count_active() -> int:
    return sum(bool(st.session_state.get(PREFIX + name)) for name in (*MANY, "due", "search"))


def _clear() -> None:
    for name in MANY:
        st.session_state[PREFIX + name] = []
    st.session_state[PREFIX + "due"] = None
    st.session_state[PREFIX + "search"] = ""
    st.session_state[STATUS] = "open"
