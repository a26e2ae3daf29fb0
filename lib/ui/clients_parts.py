"""Pieces of the Clients page: filters, tiles and the list."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st
from streamlit import column_config

from lib.desk import clients as counter
from lib.desk.clients import ClientsView
from lib.service.client_list import DORMANCY_STATES, DORMANT, NOBODY, NOTICE_DAYS, SOON, SORTS, ClientFilter
from lib.standard.clause_model import TIERS
from lib.ui import session
from lib.ui.client_words import dormancy_words, tier_reason
from lib.ui.filters import choose_one, pick_many, search_text
from lib.ui.format import escape_markdown, format_money
from lib.ui.grid import record_grid
from lib.ui.session import language, page, t

SECTIONS = ("list", "flow", "load")
FILTER_KEYS = ("clients_tier", "clients_owner", "clients_state", "clients_city")
TILE_PX = 154


def show_empty() -> None:
    """What to do first when there is no client at all."""
    sheet = session.desk().schema.worksheets["clients"].title(language())
    st.info(t("clients.empty", sheet=sheet), icon=":material/groups:")
    with st.container(horizontal=True):
        if st.button(t("clients.empty_add"), icon=":material/add:", type="primary"):
            st.switch_page(page("records"), query_params={"worksheet": "clients", "record": "new"})
        if st.button(t("clients.empty_import"), icon=":material/upload_file:"):
            st.switch_page(page("import_rows"))


def choose_section() -> str:
    names = {section: t(f"clients.section_{section}") for section in SECTIONS}
    return choose_one(t("clients.section"), names, "clients_view", default="list") or "list"


def ask_filters() -> ClientFilter:
    """The filter bar; what is chosen lives in the address."""
    owners, cities = counter.choices(session.desk())
    if NOBODY in owners:
        owners[NOBODY] = t("ui.none_owner")
    states = {state: t(f"clients.state_{state}") for state in DORMANCY_STATES}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = search_text(t("ui.search"), "clients_search", placeholder=t("clients.search_hint"))
        tiers = pick_many(t("ui.tier"), tier_names(), "clients_tier", placeholder=t("ui.all"))
        owner = pick_many(t("ui.owner"), owners, "clients_owner", placeholder=t("ui.all"))
        state = pick_many(t("clients.filter_state"), states, "clients_state", placeholder=t("ui.all"))
        city = pick_many(
            t("clients.filter_city"), {c: c for c in cities}, "clients_city", placeholder=t("ui.all")
        )
    return ClientFilter(tuple(tiers), tuple(owner), tuple(state), tuple(city), search)


def tier_names() -> dict[str, str]:
    return {tier: t(f"ui.tier_{tier}") for tier in TIERS}


def draw_tiles(view: ClientsView, wanted: ClientFilter) -> None:
    """A tile for each tier and for dormancy; its button narrows the list to what it counts."""
    soon = t("clients.tile_soon", days=NOTICE_DAYS)
    states = {DORMANT: t("clients.state_dormant"), SOON: soon}
    with st.container(horizontal=True, gap="small"):
        for tier, name in tier_names().items():
            _tile(name, view.tiles, "clients_tier", tier, wanted.tiers == (tier,))
        for state, name in states.items():
            _tile(name, view.states, "clients_state", state, wanted.states == (state,))


def _tile(label: str, figures: pd.DataFrame, filter_key: str, code: str, active: bool) -> None:
    count, amount = int(figures["clients"][code]), float(figures["amount"][code])
    with st.container(border=True, width=TILE_PX, gap="xsmall"):
        st.metric(label, f"{count:,}")
        st.caption(plain(t("clients.tile_amount", amount=format_money(amount, language()))))
        st.button(
            t("clients.tile_all" if active else "clients.tile_only"),
            key=f"tile:{code}",
            type="tertiary",
            icon=":material/filter_alt_off:" if active else ":material/filter_alt:",
            disabled=not count and not active,
            on_click=_narrow,
            args=(filter_key, [] if active else [code]),
        )


def _narrow(filter_key: str, codes: list[str]) -> None:
    st.session_state[filter_key] = codes


def clear_filters() -> None:
    """Callback: forget every choice of the filter bar."""
    for key in FILTER_KEYS:
        st.session_state[key] = []
    st.session_state["clients_search"] = ""


def choose_sort() -> str:
    names = {sort: t(f"clients.sort_{sort}") for sort in SORTS}
    return st.selectbox(
        t("clients.sort"),
        SORTS,
        format_func=names.__getitem__,
        key="clients_sort",
        persist_state="session",
        width=220,
    )


def draw_list(view: ClientsView, key: str) -> None:
    """The grid; a row opens its client. Says how many there are and whether some are left out."""
    if not view.matching:
        st.info(t("clients.none_match"))
        st.button(t("clients.clear_filters"), on_click=clear_filters)
        return
    st.caption(t("clients.count", matching=f"{view.matching:,}", total=f"{view.total:,}"))
    draw_grid(view.rows, key, view)
    if view.matching > len(view.rows):
        st.caption(t("clients.cut", shown=f"{len(view.rows):,}"))


def draw_grid(rows: pd.DataFrame, key: str, view: Any, rows_visible: int = 14) -> None:
    """Clients as a grid; ``view`` tells version and today."""
    chosen = record_grid(to_show(rows, view.today), _columns(), key, view.version, rows_visible=rows_visible)
    if chosen:
        open_client(chosen[0])


def open_client(client: str) -> None:
    st.switch_page(page("client"), query_params={"client": client})


def to_show(rows: pd.DataFrame, today: Any) -> pd.DataFrame:
    """The grid's columns in words."""
    lang = language()
    records = rows.to_dict("records")
    return pd.DataFrame(
        {
            "name": rows["name"],
            "tier": rows["tier"].astype("str").map(tier_names()),
            "reason": [tier_reason(row, lang, today) for row in records],
            "dormancy": [dormancy_words(row, lang, today) for row in records],
            "amount": rows["trailing_amount"],
            "last_contact": rows["last_contact_at"].dt.tz_localize(None),
            "next_due": rows["next_due_at"].dt.tz_localize(None),
            "overdue": rows["overdue"],
            "owner": rows["owner_name"].fillna(t("ui.none_owner")),
            "city": rows["city"],
        },
        index=rows.index,
    )


def _columns() -> dict[str, Any]:
    return {
        "name": column_config.TextColumn(t("ui.client"), pinned=True, width=170),
        "tier": column_config.TextColumn(t("ui.tier"), width=70),
        "reason": column_config.TextColumn(t("clients.column_reason"), width=250),
        "dormancy": column_config.TextColumn(t("clients.column_dormancy"), width=220),
        "overdue": column_config.NumberColumn(t("clients.column_overdue"), width=70),
        "next_due": column_config.DatetimeColumn(
            t("clients.column_next_due"), format="YYYY-MM-DD HH:mm", width=130
        ),
        "last_contact": column_config.DatetimeColumn(
            t("clients.column_last_contact"), format="YYYY-MM-DD", width=100
        ),
        "amount": column_config.NumberColumn(t("clients.column_amount"), format="¥%,.0f", width=110),
        "owner": column_config.TextColumn(t("ui.owner"), width=90),
        "city": column_config.TextColumn(t("clients.filter_city"), width=80),
    }


def ink() -> str:
    """The colour of texts in charts on the present background."""
    return "#e6e8e6" if st.context.theme.type == "dark" else "#1d2a2f"


def plain(text: object) -> str:
    return escape_markdown(str(text))
