"""Dialogs about obligations, for several pages. Which one is open is remembered, so that a change in the
spreadsheet, which draws the page anew, does not close a form that somebody is filling in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import streamlit as st

from lib.desk import Outcome
from lib.desk.actions import (
    ActionView,
    Task,
    mark_done,
    open_action,
    postpone,
    reassign,
    record_contact,
)
from lib.records.cells import Finding
from lib.records.schema import Column
from lib.ui.format import escape_markdown
from lib.ui.outcome import submit
from lib.ui.receipt import show_receipt
from lib.ui.session import actor, close_operation, desk, language, operation_id, page, t

Kind = Literal["receipt", "contact", "done", "postpone", "reassign"]
OPEN, VIEW, HOME, DONE = "_dialog", "_dialog_view", "_dialog_page", "_dialogs_done"
NAMES_SHOWN = 3
TASKS_SHOWN = 8  # more of them scroll in a box
LIST_HEIGHT_PX = 320
OWN_CODES = ("no_client", "until_past", "cannot_wait", "nothing_to_hand_over", "nothing_to_fill")
FULFILLED = "fulfilled"


def ask_for(kind: Kind, ids: Sequence[str]) -> None:
    """Open a dialog about these obligations; ``draw_dialog`` draws it."""
    st.session_state[OPEN] = (kind, tuple(ids))
    for left in (VIEW, HOME):
        st.session_state.pop(left, None)


def draw_action_buttons(ids: Sequence[str], key: str, *, may_edit: bool, may_reassign: bool) -> None:
    """Buttons that open the dialogs for all these obligations; only those the actor may use."""
    buttons: dict[Kind, tuple[str, bool]] = {
        "contact": (":material/call:", may_edit),
        "postpone": (":material/snooze:", may_edit),
        "reassign": (":material/move_item:", may_reassign),
    }
    for kind, (icon, allowed) in buttons.items():
        label = t("actions.record_contact" if kind == "contact" else f"actions.{kind}")
        if allowed and st.button(label, icon=icon, key=f"{key}_{kind}"):
            ask_for(kind, ids)


def draw_dialog(page_name: str) -> None:
    """Draw the dialog that is open on this page, if any. Called once, at the end of a page."""
    if OPEN not in st.session_state:
        return
    if st.session_state.setdefault(HOME, page_name) != page_name:  # its page was left by the address
        _close()
        return
    kind, ids = st.session_state[OPEN]
    if kind == "receipt":
        show_receipt(ids, on_dismiss=_close)
        return
    if VIEW not in st.session_state:
        st.session_state[VIEW] = open_action(desk(), ids)
    titles = {
        "contact": t("actions.record_contact"),
        "done": t("actions.mark_done"),
        "postpone": t("actions.postpone"),
        "reassign": t("actions.reassign"),
    }
    st.dialog(titles[kind], width="medium", on_dismiss=_close)(_draw)(kind)


def times_done() -> int:
    """How many dialogs have been saved in this session: a page puts it into the keys of its ticks."""
    count: int = st.session_state.get(DONE, 0)
    return count


def _close() -> None:
    st.session_state.pop(VIEW, None)
    opened = st.session_state.pop(OPEN, None)
    if opened:
        close_operation(_form(*opened))


def _form(kind: Kind, ids: tuple[str, ...]) -> str:
    return f"{kind}:{'|'.join(ids)}"


def _draw(kind: Kind) -> None:
    if OPEN not in st.session_state:  # saved or left a moment ago
        return
    opened: ActionView = st.session_state[VIEW]
    if not opened.tasks:
        st.info(t("actions.gone"))
        return
    form = _form(*st.session_state[OPEN])
    st.markdown(f"**{_subject(opened)}**")
    command = FORMS[kind](opened, form)
    if command is not None:
        _run(form, command)


def _run(form: str, command: Callable[[str], Outcome]) -> None:
    operation = operation_id(form)
    outcome = submit(form, lambda: command(operation))
    if outcome is not None and outcome.errors:
        for message in _messages(outcome.errors):
            st.error(escape_markdown(message))
        return
    if outcome is not None:
        st.session_state[DONE] = times_done() + 1
        _close()
    st.rerun()


def _messages(errors: Mapping[str, Finding]) -> Iterator[str]:
    for finding in errors.values():
        if finding.code in OWN_CODES:
            yield t(f"actions.{finding.code}")
        else:
            yield t(f"problems.{finding.code}", **finding.params)


def _subject(opened: ActionView) -> str:
    names = list(dict.fromkeys(task.client_name or task.name for task in opened.tasks))
    if len(opened.tasks) == 1:
        return escape_markdown(" · ".join(filter(None, (names[0], _action(opened.tasks[0])))))
    joined = ("、" if language() == "zh" else ", ").join(names[:NAMES_SHOWN])
    if len(names) == 1:
        return escape_markdown(f"{joined} · {_action(opened.tasks[0])} ×{len(opened.tasks)}")
    message = "actions.about_many" if len(names) > NAMES_SHOWN else "actions.about_few"
    return escape_markdown(t(message, names=joined, count=len(opened.tasks)))


def _action(task: Task) -> str:
    return desk().standard[task.clause].actions[language()]


def _contact_form(opened: ActionView, form: str) -> Callable[[str], Outcome] | None:
    columns = desk().schema.worksheets["interactions"].columns
    _say_what_else_is_needed(opened)
    with st.form(form, border=False):
        defaults = {"channel": "phone", "kind": "contact"} | dict(opened.defaults)
        channel = _choice(columns["channel"], defaults["channel"], f"{form}:channel")
        when = _moment(t("actions.when"), opened.now, f"{form}:when")
        kind = _choice(columns["kind"], defaults["kind"], f"{form}:kind")
        summary = st.text_area(t("actions.summary"), height=88, key=f"{form}:summary")
        next_step = st.text_input(t("actions.next_step"), key=f"{form}:next_step")
        fulfilled = _offer_to_fulfil_each(opened, form, ticked=False)
        sent = st.form_submit_button(t("ui.save"), type="primary", icon=":material/save:")
    contact = {
        "occurred_at": when,
        "channel": channel,
        "direction": "out",
        "kind": kind,
        "summary": summary,
        "next_step": next_step,
    }
    save = lambda operation: record_contact(desk(), actor(), operation, opened, contact, fulfilled)
    return save if sent else None


def _done_form(opened: ActionView, form: str) -> Callable[[str], Outcome] | None:
    _say_what_else_is_needed(opened)
    if not any(task.fulfils for task in opened.tasks):
        st.info(t("actions.nothing_to_fill"))
        return None
    with st.form(form, border=False):
        when = _moment(t("actions.done_at"), opened.now, f"{form}:when")
        fulfilled = _offer_to_fulfil_each(opened, form, ticked=True)
        sent = st.form_submit_button(t("actions.mark_done"), type="primary", icon=":material/check:")
    if not sent or when is None:
        return None
    return lambda operation: mark_done(desk(), actor(), operation, opened, when, fulfilled)


def _offer_to_fulfil_each(opened: ActionView, form: str, *, ticked: bool) -> list[str]:
    """A tick for each task whose own cell can be filled in; the ids of those ticked."""
    many = len(opened.tasks) > TASKS_SHOWN
    with st.container(height=LIST_HEIGHT_PX if many else "content"):
        return [task.id for task in opened.tasks if _offer_to_fulfil(task, form, ticked)]


def _offer_to_fulfil(task: Task, form: str, ticked: bool) -> bool:
    if task.fulfils is None:
        return False
    column = desk().schema.worksheets[task.worksheet].columns[task.fulfils.column]
    name = " · ".join(filter(None, (task.client_name, _action(task), task.name)))
    label = t("actions.fills_in", column=column.header(language()), task=name)
    return st.checkbox(escape_markdown(label), value=ticked, key=f"{form}:{FULFILLED}:{task.id}")


def _moment(label: str, start: datetime, key: str) -> datetime | None:
    """A field for a day and a time, in the zone of ``start``."""
    local = st.datetime_input(label, value=start.replace(tzinfo=None), step=300, format="YYYY-MM-DD", key=key)
    return local.replace(tzinfo=start.tzinfo) if local else None


def _say_what_else_is_needed(opened: ActionView) -> None:
    """A contact fulfils some clauses by itself; for the others say what does, with the way there."""
    schema, standard = desk().schema.worksheets, desk().standard
    for task in _one_for_each_clause(opened):
        clause = standard[task.clause].names[language()]
        if task.needs:
            headers = [schema[task.worksheet].columns[key].header(language()) for key in task.needs]
            joined = ("、" if language() == "zh" else ", ").join(headers)
            _hint(t("actions.needs_more", clause=clause, columns=joined), task.worksheet, task.record, task)
        elif task.fulfilled_on:
            sheet = schema[task.fulfilled_on].title(language())
            _hint(
                t("actions.fulfilled_elsewhere", clause=clause, sheet=sheet), task.fulfilled_on, "new", task
            )


def _one_for_each_clause(opened: ActionView) -> list[Task]:
    return list({task.clause: task for task in reversed(opened.tasks)}.values())


def _hint(message: str, worksheet: str, record: str, task: Task) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(escape_markdown(message))
        sheet = desk().schema.worksheets[worksheet].title(language())
        label = t("actions.open_record") if record != "new" else t("actions.add_there", sheet=sheet)
        if st.button(label, type="tertiary", icon=":material/edit_note:", key=f"hint:{task.id}"):
            _close()
            open_record(worksheet, record, task.client)


def open_record(worksheet: str, record: str, client: str | None = None) -> None:
    """Go to the form of a record (``new``: an empty one, of that client)."""
    address = {"worksheet": worksheet, "record": record}
    if record == "new" and client:
        address["client"] = client
    st.switch_page(page("records"), query_params=address)


def open_client(client: str) -> None:
    """Go to a client's page."""
    st.switch_page(page("client"), query_params={"client": client})


def _postpone_form(opened: ActionView, form: str) -> Callable[[str], Outcome] | None:
    left_out = sum(not task.may_wait for task in opened.tasks)
    with st.form(form, border=False):
        st.caption(t("actions.postpone_hint"))
        until = _moment(t("actions.until"), opened.next_opening, f"{form}:until")
        reason = st.text_input(t("actions.postpone_reason"), key=f"{form}:reason")
        if left_out:
            st.caption(t("actions.some_cannot_wait", count=left_out))
        sent = st.form_submit_button(t("actions.postpone"), type="primary", icon=":material/snooze:")
    if not sent or until is None:
        return None
    if not reason.strip():
        st.error(t("ui.reason_needed"))
        return None
    return lambda operation: postpone(desk(), actor(), operation, opened, until, reason.strip())


def _reassign_form(opened: ActionView, form: str) -> Callable[[str], Outcome] | None:
    left_out = sum(task.owner_cell is None for task in opened.tasks)
    with st.form(form, border=False):
        to = st.selectbox(
            t("actions.to"),
            list(opened.people),
            index=None,
            format_func=opened.people.__getitem__,
            placeholder="",
            key=f"{form}:to",
        )
        if left_out:
            st.caption(t("actions.some_cannot_move", count=left_out))
        sent = st.form_submit_button(t("actions.reassign"), type="primary", icon=":material/move_item:")
    if not sent or to is None:
        return None
    return lambda operation: reassign(desk(), actor(), operation, opened, to)


def _choice(column: Column, default: str, key: str) -> Any:
    labels = {choice.code: choice.label(language()) for choice in column.choices}
    return st.segmented_control(
        column.header(language()), list(labels), default=default, format_func=labels.__getitem__, key=key
    )


FORMS: Mapping[str, Callable[[ActionView, str], Callable[[str], Outcome] | None]] = {
    "contact": _contact_form,
    "done": _done_form,
    "postpone": _postpone_form,
    "reassign": _reassign_form,
}
