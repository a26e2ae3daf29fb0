"""The dialog that pins a client's tier, opened from the list and from a client's page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import streamlit as st

from lib.desk import clients as counter
from lib.desk.access import Action
from lib.desk.client import find
from lib.locale import text
from lib.standard.clause_model import TIERS
from lib.ui import session
from lib.ui.format import escape_markdown
from lib.ui.outcome import submit
from lib.ui.session import language, t

FORM = "pin_tier"
DEFAULT_DAYS = 365
LAST_DAY = date(2100, 12, 31)


def pin_button(key: str, client: str | None = None, tier: str | None = None) -> None:
    """A button that opens the dialog; switched off, and saying why, for whoever may not pin."""
    allowed = session.actor().may(Action.PIN_TIER)
    clicked = st.button(
        t("clients.pin"),
        key=key,
        icon=":material/push_pin:",
        disabled=not allowed,
        help=None if allowed else t("clients.pin_not_allowed"),
    )
    if clicked:
        st.session_state.pop(f"{FORM}:errors", None)
        pin_dialog()(client, tier)


def pin_dialog() -> Callable[[str | None, str | None], None]:
    """The dialog, titled in the session's language."""

    @st.dialog(t("clients.pin"))
    def draw(client: str | None, tier: str | None) -> None:
        chosen = client or _choose_client()
        st.caption(t("clients.pin_note"))
        if chosen:
            _draw_form(chosen, tier)

    return draw


def _choose_client() -> str | None:
    search = st.text_input(t("clients.pin_search"), key=f"{FORM}:search")
    found = find(session.desk(), search.strip()) if search.strip() else {}
    return st.selectbox(
        t("clients.pin_client"), list(found), format_func=found.__getitem__, index=0 if found else None
    )


def _draw_form(client: str, tier: str | None) -> None:
    today = session.desk().board().now.date()
    with st.form(FORM, border=False):
        wanted = st.selectbox(
            t("ui.tier"),
            TIERS,
            index=TIERS.index(tier) if tier else 0,
            format_func=lambda code: t(f"ui.tier_{code}"),
        )
        until_on = st.date_input(
            t("clients.pin_until"),
            value=today + timedelta(days=DEFAULT_DAYS),
            min_value=today,
            max_value=LAST_DAY,
            format="YYYY-MM-DD",
        )
        _say_error("until_on")
        reason = st.text_input(t("clients.pin_reason"), placeholder=t("clients.pin_reason_hint"))
        _say_error("reason")
        sent = st.form_submit_button(t("ui.save"), type="primary", icon=":material/save:")
    if sent:
        _save(client, wanted, until_on, reason)


def _save(client: str, tier: str, until_on: Any, reason: str) -> None:
    form = f"{FORM}:{client}"
    operation = session.operation_id(form)
    outcome = submit(
        form,
        lambda: counter.pin_tier(session.desk(), session.actor(), operation, client, tier, until_on, reason),
    )
    if outcome is not None and outcome.errors:
        st.session_state[f"{FORM}:errors"] = outcome.errors
        st.rerun(scope="fragment")
    st.rerun()


def _say_error(column: str) -> None:
    errors = st.session_state.get(f"{FORM}:errors", {})
    if column in errors:
        finding = errors[column]
        words = text(language(), f"problems.{finding.code}", **finding.params)
        st.caption(f":red[{escape_markdown(words)}]")
