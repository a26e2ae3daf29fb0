"""Pieces of the page History: filters in the address, the table, one entry in full, the check."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st
from streamlit import column_config

from lib.desk import history as counter
from lib.desk.history import Line, LogFilters, LogPage
from lib.store.contract import Entry, EntryKind, Origin
from lib.ui import session
from lib.ui.filters import pick_one, search_text
from lib.ui.format import escape_markdown
from lib.ui.grid import record_grid
from lib.ui.history_words import (
    row_values,
    say_row_change,
    say_value,
    say_when,
    say_who,
    show_empty,
)
from lib.ui.record_past import put_back_button
from lib.ui.session import t

PERIODS = (1, 7, 30, 90, 365)
LONGEST = 80
FILTER_KEYS = ("history_sheet", "history_person", "history_origin", "history_period", "history_search")
PAGES_KEY = "history_pages"
CHECK_KEY = "history_checked"
CHECKED_UNASKED = 20_000  # entries


def ask_filters() -> LogFilters:
    """The filters as the address and the widgets have them."""
    desk = session.desk()
    titles = _titles()
    origins = {origin.value: t(f"history.origin_{origin.value}") for origin in Origin}
    periods = {
        str(days): t("history.period_today") if days == 1 else t("history.period_days", count=days)
        for days in PERIODS
    }
    people = {name: say_who(name) for name in counter.people(desk)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sheet = pick_one(t("history.filter_sheet"), titles, FILTER_KEYS[0])
        person = pick_one(t("history.filter_person"), people, FILTER_KEYS[1])
        origin = pick_one(t("history.filter_origin"), origins, FILTER_KEYS[2])
        period = pick_one(t("history.filter_period"), periods, FILTER_KEYS[3])
        search = search_text(t("ui.search"), FILTER_KEYS[4], placeholder=t("history.search_hint"))
    return LogFilters(titles.get(sheet or ""), person, origin, int(period) if period else None, search)


def _titles() -> dict[str, str]:
    """Sheets by what stands for them in the address: the worksheet's key, or a sheet's own title."""
    board = session.desk().board()
    known = {key: binding.sheet for key, binding in board.book.bindings.items()}
    own = [title for title in board.snapshot.sheets if title not in known.values()]
    return known | {title: title for title in own}


def clear_filters() -> None:
    """As a callback: everything again."""
    for key in FILTER_KEYS:
        st.session_state.pop(key, None)
        st.query_params.pop(key, None)


# --- pages: the store is asked for entries older than a number ------------------------------------


def page_start(filters: LogFilters) -> int | None:
    """Where the page that is being looked at begins; new filters begin anew."""
    held, starts = st.session_state.get(PAGES_KEY, (None, [None]))
    if held != filters:
        starts = [None]
        st.session_state[PAGES_KEY] = filters, starts
    start: int | None = starts[-1]
    return start


def draw_pager(page: LogPage) -> None:
    """Older and newer pages, and how far a long search has come."""
    _, starts = st.session_state[PAGES_KEY]
    if page.searched_to is not None:
        st.caption(t("history.searched_to", moment=say_when(page.searched_to)))
    if page.older is None and len(starts) == 1:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            t("history.newer"), key="history_newer", icon=":material/chevron_left:",
            disabled=len(starts) == 1, on_click=starts.pop,
        )  # fmt: skip
        st.caption(str(len(starts)), width="content")
        st.button(
            t("history.older"), key="history_older", icon=":material/chevron_right:",
            icon_position="right", disabled=page.older is None, on_click=starts.append, args=(page.older,),
        )  # fmt: skip


# --- the table and one entry ----------------------------------------------------------------------


def draw_table(page: LogPage) -> Line | None:
    """The lines of a page; the chosen one."""
    tz = session.desk().settings.tz
    rows = [
        {
            "when": f"{line.entry.at.astimezone(tz):%Y-%m-%d %H:%M}",
            "who": say_who(line.entry.actor, line.entry.origin),
            "sheet": line.entry.sheet,
            "record": line.name,
            "column": line.entry.column or say_row_change(line.entry),
            "before": _cut(_before(line.entry)),
            "after": _cut(_after(line.entry)),
            "state": t(f"history.state_{line.entry.state.value}"),
        }
        for line in page.lines
    ]
    ids = pd.Index([str(line.entry.seq) for line in page.lines], dtype="str")
    version = f"{page.lines[0].entry.seq}:{page.lines[-1].entry.seq}"
    chosen = record_grid(pd.DataFrame(rows, index=ids), _columns(), "history", version, rows_visible=16)
    return next((line for line in page.lines if chosen and str(line.entry.seq) == chosen[0]), None)


def _before(entry: Entry) -> str:
    if entry.kind is EntryKind.REMOVE:
        return _say_row(entry)
    return say_value(entry.before) if entry.kind is EntryKind.UPDATE else ""


def _after(entry: Entry) -> str:
    if entry.kind is EntryKind.INSERT:
        return _say_row(entry)
    return say_value(entry.after) if entry.kind is EntryKind.UPDATE else ""


def _say_row(entry: Entry) -> str:
    return " · ".join(map(say_value, row_values(entry).values()))


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _columns() -> dict[str, Any]:
    widths: dict[str, int | str] = {
        "when": 125, "who": 115, "sheet": 75, "record": 150, "column": 100, "before": 150, "after": 170,
        "state": 75,
    }  # fmt: skip
    return {
        name: column_config.TextColumn(t(f"history.column_{name}"), width=width)  # type: ignore[arg-type]
        for name, width in widths.items()
    }


def draw_line(line: Line) -> None:
    """One entry in full, with its record and the way back."""
    entry = line.entry
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{escape_markdown(f'{entry.sheet} · {line.name}')}**", width="content")
            who = escape_markdown(say_who(entry.actor, entry.origin))
            by_app = entry.origin is Origin.APP
            when = say_when(entry.at) if by_app else t("history.first_seen", moment=say_when(entry.at))
            st.caption(f"{who} · {when}", width="content")
        _draw_contents(entry)
        with st.container(horizontal=True, vertical_alignment="center"):
            if line.worksheet:
                query = {"worksheet": line.worksheet, "record": entry.record_id}
                st.page_link(
                    session.page("records"), label=t("history.open_record"), icon=":material/edit_note:",
                    query_params=query,
                )  # fmt: skip
            if line.may_put_back:
                put_back_button(entry, "history_put_back")


def _draw_contents(entry: Entry) -> None:
    if entry.kind is EntryKind.UPDATE:
        held = {t("history.column_before"): entry.before, t("history.column_after"): entry.after}
        st.caption(escape_markdown(entry.column))
    else:
        held = row_values(entry)
        st.caption(say_row_change(entry))
    for name, value in held.items():
        with st.container(gap=None):
            st.caption(escape_markdown(name))
            if value is None:
                st.markdown(show_empty())
            else:
                st.text(say_value(value))


# --- is the chain whole? --------------------------------------------------------------------------


def draw_check() -> None:
    """Whether all entries are there and as they were written: checked by itself when there are new ones,
    and only when asked where that takes seconds."""
    newest = counter.newest_seq(session.desk())
    checked, broken = st.session_state.get(CHECK_KEY, (None, None))
    if checked != newest and newest <= CHECKED_UNASKED:
        _check(newest)
        checked, broken = st.session_state[CHECK_KEY]
    if checked is None:
        st.button(t("history.check"), key="history_check", on_click=_check, args=(newest,))
    elif broken is not None:
        st.error(t("history.broken", seq=broken, before=f"{broken - 1:,}"), icon=":material/gpp_bad:")
        _check_button(newest)
    else:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            words = t("history.whole", count=f"{checked:,}")
            st.badge(words, icon=":material/verified:", color="green")
            _check_button(newest)


def _check(newest: int) -> None:
    st.session_state[CHECK_KEY] = newest, counter.first_break(session.desk())


def _check_button(newest: int) -> None:
    st.button(
        t("history.check_again"),
        key="history_check_again",
        type="tertiary",
        icon=":material/refresh:",
        on_click=_check,
        args=(newest,),
    )
