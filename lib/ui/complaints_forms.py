"""What can be done with a complaint: the next step with its evidence, waiting, reopening.

Forms are sent by callbacks, which take the complaint as it was last drawn: what somebody else changed
since then comes back as a conflict instead of being overwritten.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import streamlit as st

from lib.desk import Outcome
from lib.desk import complaint_steps as commands
from lib.desk.complaint_steps import ALSO_TOLD, STEPS, steps_open
from lib.desk.complaints import ComplaintDetail
from lib.ui import session
from lib.ui.complaints_detail import ADDRESS
from lib.ui.complaints_words import choice_names, moment_words
from lib.ui.format import escape_markdown, is_missing
from lib.ui.outcome import submit
from lib.ui.session import t

OPENED = "_complaint_opened"
ERRORS = "_complaint_errors"
LONGEST = 5000
FIRST, LAST = datetime(1990, 1, 1), datetime(2100, 12, 31)  # noqa: DTZ001 - local, as widgets are
SUGGESTED = ("product", "delivery")  # categories whose department the standard names


def draw_actions(opened: ComplaintDetail) -> None:
    """Next step, waiting, confirmed, reopening. Remembers the complaint as drawn for what is sent next."""
    st.session_state[OPENED] = opened
    st.subheader(t("complaints.next_step"))
    if not opened.may_edit:
        st.info(t("complaints.read_only"), icon=":material/lock:")
        return
    _draw_steps(opened)
    if not opened.is_settled or opened.is_waiting:
        _draw_wait(opened)
    _draw_confirmed(opened)
    if opened.is_settled and not opened.chain_is_open:
        _draw_reopen(opened)


# steps


def _draw_steps(opened: ComplaintDetail) -> None:
    steps = steps_open(opened)
    if not steps:
        st.success(t("complaints.nothing_left"), icon=":material/check_circle:")
        return
    step = steps[0]
    names = {key: t(f"complaints.step_{key}") for key in steps}
    if len(steps) > 1:
        step = st.segmented_control(
            t("complaints.next_step"),
            steps,
            default=step,
            format_func=names.__getitem__,
            key=f"step:{opened.record}:{','.join(steps)}",
            label_visibility="collapsed",
            required=True,
        )
    _draw_step(opened, step)


def _draw_step(opened: ComplaintDetail, step: str) -> None:
    form = _form_key(opened, step)
    with st.container(border=True, key=f"box:{form}"):
        if step == "assess":  # no st.form: the department suggested follows the category at once
            _draw_fields(opened, step, form)
            st.button(
                t(f"complaints.save_{step}"),
                type="primary",
                key=f"{form}:send",
                on_click=_send_step,
                args=(step, form),
            )
            return
        with st.form(form, border=False):
            _draw_fields(opened, step, form)
            st.form_submit_button(
                t(f"complaints.save_{step}"), type="primary", on_click=_send_step, args=(step, form)
            )


def _draw_fields(opened: ComplaintDetail, step: str, form: str) -> None:
    for column in STEPS[step].evidence:
        FIELDS.get(column, _text_field)(opened, column, form)
        _say_error(form, column)
    if step == "resolve" and opened.value("result_told_at") is None:
        st.checkbox(t("complaints.also_told"), value=True, key=f"{form}:{ALSO_TOLD}")
    _time_field(opened, STEPS[step].time, form)
    _say_error(form, STEPS[step].time)
    _say_error(form, "step")


def _text_field(opened: ComplaintDetail, column: str, form: str) -> None:
    described = session.desk().schema.worksheets["complaints"].columns[column]
    st.text_area(
        described.header(session.language()),
        value=opened.value(column) or "",
        key=f"{form}:{column}",
        help=described.note(session.language()) or None,
        max_chars=LONGEST,
        height=104,
    )


def _choice_field(opened: ComplaintDetail, column: str, form: str) -> None:
    labels = choice_names(column)
    codes = list(labels)
    held = opened.value(column)
    st.selectbox(
        t(f"complaints.column_{column}"),
        codes,
        index=codes.index(held) if held in codes else None,
        format_func=labels.__getitem__,
        key=f"{form}:{column}",
        placeholder="",
    )


def _department_field(opened: ComplaintDetail, column: str, form: str) -> None:
    category = st.session_state.get(f"{form}:category")
    suggested = opened.value(column) or suggest_department(opened, category)
    options = list(dict.fromkeys([*([suggested] if suggested else []), *opened.departments]))
    st.selectbox(
        t("complaints.column_department"),
        options,
        index=0 if suggested else None,
        key=f"{form}:{column}:{category}",
        accept_new_options=True,
        placeholder="",
        help=t("complaints.department_usual"),
    )


def suggest_department(opened: ComplaintDetail, category: str | None) -> str | None:
    """The department that handles a category: as the team mostly does, else as the standard says."""
    if not category:
        return None
    usual = opened.usual_departments.get(category)
    return usual or (t(f"complaints.department_{category}") if category in SUGGESTED else None)


def _score_field(opened: ComplaintDetail, column: str, form: str) -> None:
    held = opened.value(column)
    st.segmented_control(
        t("complaints.column_satisfaction"),
        [1, 2, 3, 4, 5],
        default=None if held is None else int(held),
        key=f"{form}:{column}",
        help=t("complaints.satisfaction_scale"),
    )


FIELDS: dict[str, Callable[[ComplaintDetail, str, str], None]] = {
    "category": _choice_field,
    "priority": _choice_field,
    "department": _department_field,
    "satisfaction": _score_field,
}


def _time_field(opened: ComplaintDetail, column: str, form: str) -> None:
    held = opened.value(column)
    if held is not None:
        st.caption(t("complaints.already_at", moment=moment_words(held, opened.now)))
        return
    st.datetime_input(
        t("complaints.at"), value=None, key=f"{form}:{column}", format="YYYY-MM-DD", step=60, min_value=FIRST,
        max_value=LAST,
    )  # fmt: skip


def _send_step(step: str, form: str) -> None:
    opened = _opened()
    values = {column: _entered(form, column) for column in STEPS[step].evidence}
    values["department"] = _entered(form, f"department:{values.get('category')}")
    values[ALSO_TOLD] = _entered(form, ALSO_TOLD)
    at = _entered(form, STEPS[step].time)
    moment = at.replace(tzinfo=session.settings().tz) if at else session.desk().now()
    desk, actor, operation = session.desk(), session.actor(), session.operation_id(form)
    _submit(form, lambda: commands.advance(desk, actor, operation, opened, step, values, moment))


# waiting


def _draw_wait(opened: ComplaintDetail) -> None:
    form = _form_key(opened, "wait")
    with st.expander(t("complaints.wait"), icon=":material/hourglass_empty:", expanded=opened.is_waiting):
        _draw_waits(opened)
        if opened.is_waiting:
            st.button(t("complaints.wait_end"), type="primary", key=f"{form}:end", on_click=_end_wait)
            return
        st.caption(t("complaints.wait_note"))
        with st.form(form, border=False, clear_on_submit=False):
            st.text_input(t("complaints.wait_reason"), key=f"{form}:reason", max_chars=200)
            _say_error(form, "reason")
            st.form_submit_button(t("complaints.wait_start"), on_click=_start_wait)


def _draw_waits(opened: ComplaintDetail) -> None:
    for wait in opened.waits.itertuples():
        first = moment_words(wait.from_at, opened.now)
        reason = wait.reason if isinstance(wait.reason, str) else ""
        if is_missing(wait.until_at):
            st.text(t("complaints.waits_open", first=first, reason=reason))
        else:
            last = moment_words(wait.until_at, opened.now)
            st.text(t("complaints.waits_before", first=first, last=last, reason=reason))


def _start_wait() -> None:
    opened = _opened()
    form = _form_key(opened, "wait")
    reason = _entered(form, "reason") or ""
    desk, actor, operation = session.desk(), session.actor(), session.operation_id(form)
    _submit(form, lambda: commands.start_wait(desk, actor, operation, opened, reason))


def _end_wait() -> None:
    opened = _opened()
    form = _form_key(opened, "wait_end")
    desk, actor, operation = session.desk(), session.actor(), session.operation_id(form)
    _submit(form, lambda: commands.end_wait(desk, actor, operation, opened))


# confirmed


def _draw_confirmed(opened: ComplaintDetail) -> None:
    held = opened.value("confirmed")
    key = f"confirmed:{opened.record}:{opened.version}"
    names = {True: t("complaints.confirmed_yes"), False: t("complaints.confirmed_no")}
    st.segmented_control(
        t("complaints.confirmed"),
        [True, False],
        default=None if held is None else bool(held),
        format_func=names.__getitem__,
        key=key,
        help=t("complaints.confirmed_help"),
        on_change=_mark_confirmed,
        args=(key,),
    )


def _mark_confirmed(key: str) -> None:
    opened = _opened()
    form = _form_key(opened, "confirmed")
    chosen = st.session_state[key]
    desk, actor, operation = session.desk(), session.actor(), session.operation_id(form)
    _submit(form, lambda: commands.mark_confirmed(desk, actor, operation, opened, chosen))


# reopening


def _draw_reopen(opened: ComplaintDetail) -> None:
    form = _form_key(opened, "reopen")
    with (
        st.expander(t("complaints.reopen"), icon=":material/replay:"),
        st.form(form, border=False),
    ):
        st.caption(t("complaints.reopen_note"))
        st.text_area(
            t("complaints.reopen_summary"),
            value=opened.value("summary") or "",
            key=f"{form}:summary",
            max_chars=LONGEST,
        )
        _say_error(form, "step")
        st.form_submit_button(t("complaints.reopen_save"), on_click=_reopen)


def _reopen() -> None:
    opened = _opened()
    form = _form_key(opened, "reopen")
    summary = _entered(form, "summary")
    desk, actor, operation = session.desk(), session.actor(), session.operation_id(form)
    outcome = _submit(form, lambda: commands.reopen(desk, actor, operation, opened, summary))
    if outcome is not None and outcome.saved and outcome.record_id:
        st.query_params[ADDRESS] = outcome.record_id


# what all forms share


def _form_key(opened: ComplaintDetail, action: str) -> str:
    return f"complaint:{opened.record}:{action}"


def _opened() -> ComplaintDetail:
    opened: ComplaintDetail = st.session_state[OPENED]
    return opened


def _entered(form: str, field: str) -> Any:
    return st.session_state.get(f"{form}:{field}")


def _submit(form: str, command: Callable[[], Outcome]) -> Outcome | None:
    outcome = submit(form, command)
    errors: dict[str, dict[str, str]] = st.session_state.setdefault(ERRORS, {})
    errors[form] = {} if outcome is None else {key: _in_words(f) for key, f in outcome.errors.items()}
    return outcome


def _in_words(finding: Any) -> str:
    if finding.code.startswith("error_"):
        return t(f"complaints.error_{finding.code.removeprefix('error_')}", **finding.params)
    return t(f"problems.{finding.code}", **finding.params)


def _say_error(form: str, column: str) -> None:
    message = st.session_state.get(ERRORS, {}).get(form, {}).get(column)
    if message:
        st.caption(f":red[{escape_markdown(message)}]")
