"""The frame around every page: navigation, who acts, language, banners, the status line."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from lib.desk import Board
from lib.desk.access import OWNER
from lib.desk.store_status import state_of
from lib.locale import LANGUAGES
from lib.settings import SettingsError
from lib.store.contract import StoreError
from lib.ui.cookie import remember_language
from lib.ui.format import escape_markdown, format_moment
from lib.ui.outcome import show_pending_messages
from lib.ui.session import LANGUAGE_COOKIE, desk, language, t
from lib.ui.status_line import draw_status
from lib.ui.store_words import explain_store_error

ASSETS = Path(__file__).parent / "assets"
POLL_SECONDS = 1.5
CONFLICTS = "conflicts"
Show = Callable[[], None]


def run(sections: Mapping[str, Sequence[tuple[str, Show, str]]], hidden: Sequence[tuple[str, Show]]) -> None:
    """Draw the frame and the page asked for.

    ``sections`` maps a message key to ``(page name, function, icon)``; the first page of all is the
    landing page. ``hidden`` pages are reached by links only.
    """
    st.set_page_config(page_title="Huifang 回访", page_icon=str(ASSETS / "icon.svg"), layout="wide")
    st.logo(str(ASSETS / "logo.svg"), icon_image=str(ASSETS / "icon.svg"), size="large")
    try:
        desk()
    except SettingsError as error:
        st.error(f"HUIFANG: {error}")
        st.stop()
    except StoreError as error:  # there is no language and no menu without a desk
        st.error(escape_markdown(str(error)), icon=":material/error:")
        st.stop()
    chosen = _register(sections, hidden)
    try:
        _draw_frame()
        chosen.run()
    except StoreError as error:
        _show_store_error(error)


def _register(
    sections: Mapping[str, Sequence[tuple[str, Show, str]]], hidden: Sequence[tuple[str, Show]]
) -> Page:
    # The default page has no name in its address; it leads on to the first page, which has one.
    home = st.Page(_go_to_first, title=t("ui.app_name"), url_path="home", default=True)
    pages: dict[str, Page] = {}
    menu: dict[str, list[Page]] = {}
    for title, entries in sections.items():
        for name, show, icon in entries:
            pages[name] = st.Page(show, title=t(f"ui.page_{name}"), icon=icon, url_path=name)
        menu[t(title)] = [pages[name] for name, _, _ in entries]
    for name, show in hidden:
        pages[name] = st.Page(show, title=t(f"ui.page_{name}"), url_path=name, visibility="hidden")
    st.session_state["_pages"] = pages
    chosen = st.navigation([home, *pages.values()], position="hidden")
    _draw_menu(menu)
    return chosen


def _go_to_first() -> None:
    pages: Mapping[str, Page] = st.session_state["_pages"]
    st.switch_page(next(iter(pages.values())), query_params=st.query_params.to_dict())


def _draw_menu(menu: Mapping[str, Sequence[Page]]) -> None:
    """Our own menu: Streamlit's would, on a fresh process, list the files of ``pages/`` instead."""
    with st.sidebar:
        for title, entries in menu.items():
            st.caption(title)
            with st.container(gap="xxsmall"):
                for entry in entries:
                    st.page_link(entry, label=_menu_label(entry), width="stretch")


def _menu_label(entry: Page) -> str:
    """The page's title; the conflict desk says how much waits there."""
    if entry.url_path != CONFLICTS:
        return entry.title
    waiting = 0
    with contextlib.suppress(StoreError):  # the page says so
        status = desk().status()
        waiting = status.conflicts + status.accidents
    return f"{entry.title} :red-badge[{waiting}]" if waiting else entry.title


def _draw_frame() -> None:
    board, state = desk().board(), state_of(desk().status())
    with st.sidebar:
        _choose_actor()
        _choose_language()
        draw_status()
    _draw_banners(board)
    _watch(board.version, state)
    show_pending_messages()


def _draw_banners(board: Board) -> None:
    fixed, demo = desk().settings.fixed_now is not None, board.snapshot.meta.get("demo") is True
    if not fixed and not demo:
        return
    with st.container(horizontal=True, gap="xsmall"):
        if demo:
            st.badge(t("ui.demo_data"), icon=":material/science:", color="gray")
        if fixed:
            moment = format_moment(board.now, language())
            st.badge(t("ui.fixed_now", moment=moment), icon=":material/schedule:", color="orange")


def _choose_actor() -> None:
    staff = desk().staff()
    if not staff:
        st.caption(t("ui.nobody_listed"))
        return
    roles = {role: t(f"ui.role_{role}") for role in {person.role for person in staff}}
    people = {
        person.staff_id or OWNER: " · ".join(filter(None, (person.name, roles[person.role])))
        for person in staff
    }
    if st.session_state.get("actor_id") not in people:
        st.session_state["actor_id"] = next(iter(people))
    st.selectbox(
        t("ui.acting_as"),
        list(people),
        format_func=people.__getitem__,
        key="actor_id",
        help=t("ui.local_use"),
        persist_state="session",
    )


def _choose_language() -> None:
    st.segmented_control(
        t("ui.language"),
        LANGUAGES,
        format_func=lambda code: t(f"ui.language_{code}"),
        key="language",
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    remember_language(LANGUAGE_COOKIE, language())


@st.fragment(run_every=POLL_SECONDS)
def _watch(version: str, state: Hashable) -> None:
    """Draw the page anew when somebody has changed the spreadsheet, a row needs its id, or what waits
    has been written."""
    with contextlib.suppress(StoreError):  # held by an editor: the status line says so; tried again
        desk().adopt_rows()
    if desk().changed_since(version) or state_of(desk().status()) != state:
        st.rerun()


def _show_store_error(error: StoreError) -> None:
    detail = escape_markdown(explain_store_error(error))
    st.error(t("ui.store_error", detail=detail), icon=":material/error:")
    st.caption(t("ui.store_error_hint"))
    st.button(t("ui.retry"), icon=":material/refresh:")
