"""What the page Today shows where there is nothing to do."""

from __future__ import annotations

import streamlit as st

from lib.desk.today import TodayPage
from lib.ui.action_dialogs import open_record
from lib.ui.format import escape_markdown, format_moment
from lib.ui.session import desk, language, page, t


def start_anew_for(actor_id: str | None) -> None:
    """Somebody else acts in this session now: their own scope, not the one chosen before."""
    if st.session_state.get("_today_actor", actor_id) != actor_id:
        st.session_state.pop("today_scope", None)
    st.session_state["_today_actor"] = actor_id


def draw_empty_page() -> None:
    """An empty workbook: what to do first."""
    st.info(t("today.no_clients"), icon=":material/waving_hand:")
    with st.container(horizontal=True):
        if st.button(t("today.add_client"), type="primary", icon=":material/person_add:"):
            open_record("clients", "new")
        if st.button(t("today.import_table"), icon=":material/upload_file:"):
            st.switch_page(page("import_rows"))
    st.caption(escape_markdown(t("today.sheet_location", path=desk().store.location)))


def draw_empty_pile(shown: TodayPage, *, everything: bool) -> None:
    """Nothing to do: kindly, with what comes next."""
    if everything:
        st.success(t("today.nothing_due"), icon=":material/check_circle:")
    else:
        st.info(t("today.nothing_here"), icon=":material/inbox:")
    if shown.next_up is None:
        return
    clause = desk().standard[shown.next_up["clause"]]
    moment = format_moment(shown.next_up["due_at"], language(), desk().board().now.date())
    name = shown.next_up["client_name"] or clause.names[language()]
    st.caption(
        escape_markdown(t("today.next_up", client=name, action=clause.actions[language()], moment=moment))
    )
