"""Pieces of the conflict desk: one card a record, one row a cell, and the decisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby

import streamlit as st

from lib.desk import Outcome, Refused
from lib.desk import conflicts as counter
from lib.desk.conflicts import Card, ConflictsView, RecordCards, Way
from lib.desk.places import place_of
from lib.locale import text
from lib.store.contract import DeleteRow, InsertRow, OpenConflict, RestoreRow, StoreError, UpdateCell
from lib.ui import session
from lib.ui.format import escape_markdown
from lib.ui.history_words import say_value, say_when, say_who
from lib.ui.outcome import submit
from lib.ui.record_form import draw_field
from lib.ui.session import t
from lib.ui.status_line import draw_place
from lib.ui.store_words import explain_store_error

RECORDS_PER_PAGE = 15
GONE = (Way.ARCHIVED, Way.REMOVED)


def draw_batches(view: ConflictsView, shown: Sequence[RecordCards]) -> None:
    """The records of a page, by who changed them when."""
    for (actor, at), group in groupby(shown, lambda record: (record.actor, record.at)):
        with st.container(gap="small"):
            _draw_batch(actor, at, view.batches[actor, at])
            for record in group:
                _draw_record(record)


def _draw_batch(actor: str, at: datetime, count: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(escape_markdown(say_who(actor)), icon=":material/person:", color="primary")
        words = t("conflicts.batch", moment=escape_markdown(say_when(at)), count=count)
        st.markdown(words, width="content")
        if count > 1:
            st.button(
                t("conflicts.keep_theirs_all"),
                key=f"theirs_all:{actor}:{at}",
                type="tertiary",
                icon=":material/done_all:",
                help=t("conflicts.keep_theirs_all_help"),
                on_click=_keep_all_theirs,
                args=(actor, at),
            )


def _draw_record(record: RecordCards) -> None:
    first = record.cards[0]
    with st.container(border=True, gap="small", key=f"conflict:{first.conflict_id}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{escape_markdown(f'{record.title} · {record.name}')}**", width="content")
            if first.worksheet:
                _link_record(first, record.record)
                place = place_of(session.desk(), first.worksheet, record.record)
                if place is not None and place.address is not None:
                    draw_place(place)
        gone = [card for card in record.cards if card.way in GONE and not isinstance(card.change, DeleteRow)]
        if gone:
            _draw_gone(gone)
        for card in record.cards:
            if card not in gone:
                _draw_card(card)


def _link_record(card: Card, record: str) -> None:
    st.page_link(
        session.page("records"), label=t("history.open_record"), icon=":material/edit_note:",
        query_params={"worksheet": card.worksheet, "record": record},
    )  # fmt: skip


# --- rows that are gone ---------------------------------------------------------------------------


def _draw_gone(cards: Sequence[Card]) -> None:
    """What was to be written to a row that was archived or deleted meanwhile."""
    who = escape_markdown(_say_them(cards[0]))
    words = t(f"conflicts.{cards[0].way.value}", by=t("conflicts.by", words=who) if who else "")
    st.markdown(f":orange[:material/delete:] {words}")
    for card in cards:
        if isinstance(card.change, UpdateCell):
            _draw_value(card.header, "", say_value(card.mine))
    with st.container(horizontal=True):
        _button(
            cards[0], "bring_back", ":material/restore_from_trash:", cards[0].may_write, _bring_back, cards
        )
        _button(cards[0], "leave_gone", ":material/delete_forever:", cards[0].may_close, _leave, cards)


def _bring_back(cards: Sequence[Card]) -> None:
    _decide(cards[0], lambda op: counter.bring_back(session.desk(), session.actor(), op, cards))


def _leave(cards: Sequence[Card]) -> None:
    _keep_theirs([card.conflict for card in cards])


# --- one cell -------------------------------------------------------------------------------------


def _draw_card(card: Card) -> None:
    match card.way:
        case Way.DIFFERS | Way.SAME | Way.FORMULA if isinstance(card.change, UpdateCell):
            _draw_two_values(card)
        case _:
            _draw_only_mine(card)


def _draw_two_values(card: Card) -> None:
    st.markdown(f"**{escape_markdown(card.header)}**")
    if card.way is not Way.DIFFERS:
        st.caption(t(f"conflicts.{card.way.value}"))
    mine, theirs, other = st.columns([5, 5, 2], gap="small", vertical_alignment="bottom")
    with mine, st.container(border=True, gap="small"):
        who, when = card.conflict.actor, card.conflict.at
        _draw_value(t("conflicts.mine"), f"{say_who(who)} · {say_when(when)}", say_value(card.mine))
        if card.way is Way.DIFFERS:
            _button(card, "keep_mine", ":material/edit_note:", card.may_write, _keep_mine, card)
    with theirs, st.container(border=True, gap="small"):
        _draw_value(t("conflicts.theirs"), _say_them(card), say_value(card.theirs))
        name = "keep_theirs" if card.way is Way.DIFFERS else "done"
        _button(card, name, ":material/check:", card.may_close, _keep_theirs, [card.conflict])
    with other:
        if card.way is Way.DIFFERS:
            _offer_edit(card)


def _draw_value(title: str, who: str, value: str) -> None:
    with st.container(gap=None):
        st.caption(" · ".join(filter(None, (f"**{escape_markdown(title)}**", escape_markdown(who)))))
        if value:
            st.text(value)
        else:
            st.caption(t("history.empty_cell"))


def _say_them(card: Card) -> str:
    """By whom and since when the cell holds what it does; empty where nobody knows."""
    if card.their_at is None:
        return say_who(card.their_actor) if card.their_actor else ""
    who = say_who(card.their_actor) if card.their_actor else t("history.in_sheet")
    return f"{who} · {say_when(card.their_at)}"


def _draw_only_mine(card: Card) -> None:
    """There is no cell to write to, or no value to choose: what was meant, to read and to copy."""
    st.markdown(_say_way(card))
    values = {card.header: card.mine} if isinstance(card.change, UpdateCell) else card.values
    told = "\n".join(f"{name}: {say_value(value)}" for name, value in values.items() if value is not None)
    if told:
        st.code(told, language=None, wrap_lines=True)
    with st.container(horizontal=True):
        if isinstance(card.change, InsertRow) and card.way is Way.NO_COLUMN:
            _button(card, "insert_fitting", ":material/add:", card.may_write, _keep_mine, card)
        if card.way is Way.DIFFERS:
            _button(card, "do_it_now", ":material/check:", card.may_write, _keep_mine, card)
        _button(card, "done", ":material/close:", card.may_close, _keep_theirs, [card.conflict])


def _say_way(card: Card) -> str:
    if card.way is Way.SAME:
        return t("conflicts.came_true")
    match card.change:
        case DeleteRow():
            return t("conflicts.archive_gone" if card.way is Way.REMOVED else "conflicts.archive_again")
        case RestoreRow():
            return t("conflicts.restore_again")
        case InsertRow():
            return t(f"conflicts.insert_{card.way.value}")
    header, sheet = escape_markdown(card.header), escape_markdown(card.change.sheet)
    return t(f"conflicts.{card.way.value}", column=header, sheet=sheet)


# --- decisions ------------------------------------------------------------------------------------


def _button(card: Card, name: str, icon: str, allowed: bool, act: Callable[..., None], *args: object) -> None:
    st.button(
        t(f"conflicts.{name}"), key=f"{name}:{card.conflict_id}", icon=icon, disabled=not allowed,
        help=None if allowed else t("conflicts.may_not"), on_click=act, args=args,
    )  # fmt: skip


def _keep_mine(card: Card) -> None:
    _decide(card, lambda op: counter.keep_mine(session.desk(), session.actor(), op, card))


def _decide(card: Card, command: Callable[[str], Outcome | None]) -> None:
    """Send a decision once; say so when somebody else was quicker."""
    form = f"conflict:{card.conflict_id}"
    operation = session.operation_id(form)
    was_settled = False

    def run() -> Outcome:
        nonlocal was_settled
        outcome = command(operation)
        was_settled = outcome is None
        return outcome or Outcome()

    outcome = submit(form, run)
    if was_settled:
        _say(t("conflicts.already"))
    elif outcome is not None and outcome.errors:
        finding = next(iter(outcome.errors.values()))
        words = text(session.language(), f"problems.{finding.code}", **finding.params)
        st.session_state[_error_key(card)] = words
    else:
        st.session_state.pop(_error_key(card), None)


def _say(words: str, icon: str = ":material/check_circle:") -> None:
    st.toast(escape_markdown(words), icon=icon)


def _keep_theirs(conflicts: Sequence[OpenConflict]) -> None:
    _settle(lambda: counter.keep_theirs(session.desk(), session.actor(), conflicts))


def _keep_all_theirs(made_by: str, at: datetime) -> None:
    _settle(lambda: counter.keep_theirs_of_batch(session.desk(), session.actor(), made_by, at))


def _settle(command: Callable[[], int]) -> None:
    try:
        settled = command()
    except Refused:
        _say(t("ui.refused"), ":material/error:")
    except StoreError as error:
        _say(explain_store_error(error), ":material/error:")
    else:
        _say(t("conflicts.closed", count=settled) if settled else t("conflicts.already"))


# --- a third value --------------------------------------------------------------------------------


def _error_key(card: Card) -> str:
    return f"conflict_error:{card.conflict_id}"


def _offer_edit(card: Card) -> None:
    with st.popover(t("conflicts.edit"), icon=":material/edit:", disabled=not card.may_write):
        form = counter.edit_form(session.desk(), session.actor(), card)
        with st.form(f"edit:{card.conflict_id}", border=False):
            if form is None or card.column is None:
                value = st.text_input(
                    card.header, value=say_value(card.mine), key=f"edited:{card.conflict_id}"
                )
            else:
                value = draw_field(card.column, form, f"edited:{card.conflict_id}")
            if words := st.session_state.get(_error_key(card)):
                st.caption(f":red[{escape_markdown(words)}]")
            if st.form_submit_button(
                t("conflicts.write_edited"), type="primary", disabled=not card.may_write
            ):
                _write_edited(card, value)


def _write_edited(card: Card, value: object) -> None:
    _decide(card, lambda op: counter.write_edited(session.desk(), session.actor(), op, card, value))
    st.rerun()
