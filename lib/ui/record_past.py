"""One record's past, below its form or on its page: the steps, and the ways back."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from lib.desk import history as counter
from lib.desk.history import Preview, RecordPast
from lib.service.record_history import Presence, in_effect
from lib.store.contract import Entry, EntryState, Origin
from lib.ui import session
from lib.ui.filters import page_number
from lib.ui.format import escape_markdown
from lib.ui.history_words import say_when, say_who, show_change, show_value
from lib.ui.outcome import submit
from lib.ui.session import t
from lib.ui.theme import BadgeColor

STEPS_PER_PAGE = 6
LINES_SHOWN = 8  # of one step; the rest is folded away
STATE_BADGES: dict[EntryState, BadgeColor] = {EntryState.WAITING: "blue", EntryState.CONFLICT: "red"}


def draw_past(worksheet: str, record: str) -> None:
    """The whole section, for a record that is there or gone; nothing where the sheet is missing."""
    title = counter.title_of(session.desk(), worksheet)
    if title is None:
        return
    past = counter.past(session.desk(), session.actor(), title, record)
    st.subheader(t("history.past_title"), anchor=False)
    if past.presence is not Presence.PRESENT and past.steps:
        _offer_return(past)
    if not past.steps:
        st.caption(t("history.past_empty"))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t("history.past_about"), width="content")
        if past.may_edit:
            _ask_moment(past)
    _draw_preview(past)
    place = st.container(gap="small")
    number = page_number(-(-len(past.steps) // STEPS_PER_PAGE), _key(past, "page"))
    with place:
        for step in past.steps[(number - 1) * STEPS_PER_PAGE : number * STEPS_PER_PAGE]:
            _draw_step(past, step)
    if past.is_cut:
        st.caption(t("history.past_cut", count=counter.PAST_READ))


def _key(past: RecordPast, part: str) -> str:
    return f"past:{part}:{past.title}:{past.record}"


def _offer_return(past: RecordPast) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(t(f"history.presence_{past.presence.value}"), icon=":material/delete:", color="orange")
        st.button(
            t("history.bring_back"), icon=":material/restore_from_trash:", type="primary",
            key=_key(past, "return"), disabled=not past.may_edit, on_click=bring_back,
            args=(past.title, past.record),
        )  # fmt: skip


def bring_back(title: str, record: str) -> None:
    """As a callback: restore an archived row, write a deleted one anew."""
    form = f"bring_back:{title}:{record}"
    operation = session.operation_id(form)
    submit(form, lambda: counter.bring_back(session.desk(), session.actor(), operation, title, record))


# --- the steps ------------------------------------------------------------------------------------


def _draw_step(past: RecordPast, step: tuple[Entry, ...]) -> None:
    first = step[0]
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            by_app = first.origin is Origin.APP
            st.badge(
                escape_markdown(say_who(first.actor, first.origin)),
                icon=":material/person:" if by_app else ":material/table:",
                color="primary" if by_app else "gray",
            )
            st.caption(say_when(first.at), width="content")
            _draw_states(step)
            if len(step) == 1:
                _draw_words(past, first)
            st.space("stretch")
            if past.may_edit:
                _offer_before(past, step)
        for entry in step[:LINES_SHOWN] if len(step) > 1 else ():
            _draw_entry(past, entry)
        if len(step) > LINES_SHOWN:
            with st.expander(t("history.more_cells", count=len(step) - LINES_SHOWN)):
                for entry in step[LINES_SHOWN:]:
                    _draw_entry(past, entry)


def _draw_states(step: tuple[Entry, ...]) -> None:
    for state, color in STATE_BADGES.items():
        if any(entry.state is state for entry in step):
            st.badge(t(f"history.state_{state.value}"), color=color)


def _draw_entry(past: RecordPast, entry: Entry) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _draw_words(past, entry)


def _draw_words(past: RecordPast, entry: Entry) -> None:
    st.markdown(show_change(entry), width="content")
    if past.may_edit and in_effect(entry):
        put_back_button(entry, f"back:{entry.seq}")


def put_back_button(entry: Entry, key: str) -> None:
    """Takes one entry back, or says why not."""
    st.button(
        t("history.put_back"), key=key, type="tertiary", icon=":material/undo:",
        help=t("history.put_back_help"), on_click=_put_back, args=(entry,),
    )  # fmt: skip


def _put_back(entry: Entry) -> None:
    form = f"put_back:{entry.seq}"
    operation = session.operation_id(form)
    submit(form, lambda: counter.put_entry_back(session.desk(), session.actor(), operation, entry))


# --- the whole record, as of a time ---------------------------------------------------------------


def _ask_moment(past: RecordPast) -> None:
    with st.popover(t("history.as_of"), icon=":material/history:", type="tertiary"):
        oldest = past.steps[-1][-1].at.astimezone(session.desk().settings.tz)
        now = session.desk().now().replace(tzinfo=None, second=0, microsecond=0)
        first = min(oldest.replace(tzinfo=None, second=0, microsecond=0), now)
        st.session_state.setdefault(_key(past, "moment"), now)
        st.datetime_input(
            t("history.as_of_moment"), key=_key(past, "moment"), format="YYYY-MM-DD", step=60,
            min_value=first.replace(hour=0, minute=0),
        )  # fmt: skip
        st.button(
            t("history.see_changes"), key=_key(past, "see"), on_click=_look_at, args=(past,)
        )  # fmt: skip


def _look_at(past: RecordPast) -> None:
    moment: datetime | None = st.session_state[_key(past, "moment")]  # as entered in this very run
    if moment is None:
        return
    at = moment.replace(tzinfo=session.desk().settings.tz)
    preview = counter.preview_at(session.desk(), past.title, past.record, at)
    st.session_state[_key(past, "preview")] = preview, say_when(at)


def _offer_before(past: RecordPast, step: tuple[Entry, ...]) -> None:
    st.button(
        t("history.before_this"), key=f"before:{step[-1].seq}", type="tertiary", icon=":material/history:",
        help=t("history.before_this_help"), on_click=_look_before, args=(past, step),
    )  # fmt: skip


def _look_before(past: RecordPast, step: tuple[Entry, ...]) -> None:
    preview = counter.preview_before(session.desk(), past.title, past.record, step[-1].seq)
    words = t("history.before_moment", moment=say_when(step[-1].at))
    st.session_state[_key(past, "preview")] = preview, words


def _draw_preview(past: RecordPast) -> None:
    preview, words = st.session_state.get(_key(past, "preview"), (None, ""))
    if preview is None:
        return
    with st.container(border=True, gap="small", key="past_preview"):
        st.markdown(f"**{t('history.preview_title', moment=escape_markdown(words))}**")
        _draw_cells(preview)
        with st.container(horizontal=True):
            if preview.changes:
                st.button(
                    t("history.preview_do"), type="primary", key=_key(past, "do"),
                    icon=":material/history:", on_click=_go_back, args=(past, preview),
                )  # fmt: skip
            st.button(t("ui.close"), key=_key(past, "close"), on_click=_forget, args=(past,))


def _draw_cells(preview: Preview) -> None:
    if not preview.changes:
        st.caption(t("history.preview_same"))
    if preview.then is not preview.now:
        st.markdown(t(f"history.then_{preview.then.value}"))
    for column, now, then in preview.cells:
        st.markdown(f"**{escape_markdown(column)}**: {show_value(now)} → {show_value(then)}")
    if preview.lost:
        st.caption(t("history.lost_columns"))
        for column, value in preview.lost.items():
            st.markdown(f"{escape_markdown(column)}: {show_value(value)}")


def _go_back(past: RecordPast, preview: Preview) -> None:
    form = _key(past, "operation")
    operation = session.operation_id(form)
    submit(form, lambda: counter.put_record_back(session.desk(), session.actor(), operation, preview))
    _forget(past)


def _forget(past: RecordPast) -> None:
    st.session_state.pop(_key(past, "preview"), None)
