"""Pieces of the page Standard: amounts in words, table columns, the detail of one clause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st
from streamlit import column_config

from lib.desk import standard as counter
from lib.desk.standard import ClauseView, Step
from lib.locale import text
from lib.ui import session
from lib.ui.format import escape_markdown, format_day, format_number, is_missing
from lib.ui.outcome import submit
from lib.ui.session import language, t
from lib.ui.theme import STATUS_BADGES

COUNTED = ("hours", "service_hours", "days", "working_days", "months", "clients")  # with a plural
RANGES = ("clients", "percent", "count")  # units of measures: two marks are the ends of a range


def amount_words(target: float | None, limit: float | None, unit: str, by: str = "") -> str:
    """An amount with its unit and, where there are two marks, both: ``24 hours, at the latest 48 hours``."""
    if unit == "date":
        return t("standard.own_date")
    if is_missing(target) or not unit or target is None:
        return by
    words = _with_unit(target, unit)
    if is_missing(limit) or limit is None:
        return words
    if unit in RANGES:
        return t("standard.range", low=format_number(target), high=_with_unit(limit, unit))
    return t("standard.limit", target=words, limit=_with_unit(limit, unit))


def _with_unit(amount: float, unit: str) -> str:
    if amount == 0 and unit in ("days", "working_days"):
        return t("standard.same_day")
    number = "one" if amount == 1 and unit in COUNTED else "many"
    return t(f"standard.unit_{number}_{unit}", n=format_number(amount))


def to_show(rows: pd.DataFrame) -> pd.DataFrame:
    """The view's rows with the amounts and states in words."""
    amounts = [
        amount_words(target, limit, unit, by)
        for target, limit, unit, by in zip(
            rows["target"], rows["limit"], rows["unit"], rows["by"], strict=True
        )
    ]
    sources = rows["source"] + rows["our_default"].map({True: t("standard.our_default"), False: ""})
    states = [_state(*pair) for pair in zip(rows["measured"], rows["overruled"], strict=True)]
    return rows.assign(
        amount=amounts,
        state=states,
        source=sources,
        kept=(rows["kept_share"] * 100).round(),
        judged=rows["judged"].where(rows["judged"] > 0),
        overdue=rows["overdue"].where(rows["judged"] > 0),
    )


def _state(measured: bool, overruled: bool) -> str:
    if not measured:
        return t("standard.state_not_yet")
    return t("standard.state_overruled") if overruled else t("standard.state_measured")


def columns() -> dict[str, Any]:
    """Grid columns of the list of clauses."""
    return {
        "name": column_config.TextColumn(t("standard.column_name"), pinned=True, width=170),
        "amount": column_config.TextColumn(t("standard.column_amount"), width=190),
        "kept": column_config.ProgressColumn(
            t("standard.column_kept"), format="%d%%", min_value=0, max_value=100, width=120
        ),
        "judged": column_config.NumberColumn(t("standard.column_judged"), width=80),
        "overdue": column_config.NumberColumn(t("standard.column_overdue"), width=80),
        "rule": column_config.TextColumn(t("standard.column_rule"), width="large"),
        "state": column_config.TextColumn(t("standard.column_state"), width=120),
        "source": column_config.TextColumn(t("standard.column_source"), width=150),
        "group": column_config.TextColumn(t("standard.column_group"), width=130),
    }


def draw_clause(view: ClauseView, may_overrule: bool) -> None:
    """One clause in full, with its amounts over time and a form to set another."""
    clause, lang = view.clause, language()
    with st.container(border=True):
        st.subheader(escape_markdown(clause.names[lang]))
        st.markdown(escape_markdown(clause.rules[lang]))
        with st.container(horizontal=True):
            st.badge(escape_markdown(clause.id), color="gray")
            words = amount_words(view.target, view.limit, clause.unit, clause.by.get(lang, ""))
            if words:
                st.badge(escape_markdown(words), color="primary")
        documents = session.desk().standard.documents
        named = [f"{s.doc} {documents[s.doc][lang]} {s.section}" for s in clause.sources]
        st.caption(t("standard.source_line", source=escape_markdown("; ".join(named))))
        _draw_counts(view.counts, clause.id)
        _draw_steps(view, clause.unit)
        if clause.has_amount:
            _draw_overrule(clause.id, clause.unit, may_overrule)


def _draw_counts(counts: Mapping[str, int], clause_id: str) -> None:
    if not counts:
        return
    st.markdown(f"**{t('standard.counts')}**")
    with st.container(horizontal=True, vertical_alignment="center"):
        for status, color in STATUS_BADGES.items():
            if counts.get(status):
                st.badge(f"{t('ui.obligation_' + status)} {counts[status]:,}", color=color)
        if st.button(t("standard.see_rows"), type="tertiary", icon=":material/list:"):
            st.switch_page(session.page("follow_ups"), query_params={"follow_ups_clause": clause_id})


def _draw_steps(view: ClauseView, unit: str) -> None:
    if not view.steps:
        return
    st.markdown(f"**{t('standard.amounts')}**")
    for step in view.steps:
        st.caption(_step_words(step, unit))


def _step_words(step: Step, unit: str) -> str:
    since = format_day(step.from_on, language()) if step.from_on else t("standard.since_beginning")
    words = {"mark": t(f"standard.mark_{step.mark}"), "amount": _with_unit(step.amount, unit), "since": since}
    if not step.set_by:
        return t("standard.step_standard", **words)
    return t(
        "standard.step_team", **words, who=escape_markdown(step.set_by), reason=escape_markdown(step.reason)
    )


def _draw_overrule(clause_id: str, unit: str, may_overrule: bool) -> None:
    with st.expander(t("standard.overrule"), icon=":material/tune:"):
        st.caption(t("standard.overrule_hint") if may_overrule else t("standard.only_supervisor"))
        with st.form(f"overrule:{clause_id}", border=False):
            values = _ask_overrule(unit)
            sent = st.form_submit_button(t("ui.save"), type="primary", disabled=not may_overrule)
    if sent:
        _save_overrule({**values, "clause": clause_id})


def _ask_overrule(unit: str) -> dict[str, Any]:
    marks = {mark: t(f"standard.mark_{mark}") for mark in ("target", "limit")}
    named_unit = t(f"standard.unit_many_{unit}", n="").strip()
    today: date = session.desk().now().date()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mark = st.segmented_control(
            t("standard.mark"), list(marks), format_func=marks.__getitem__, default="target"
        )
        amount = st.number_input(t("standard.amount", unit=named_unit), value=None, min_value=0.0, width=170)
        effective_from = st.date_input(
            t("standard.effective_from"), value=today, format="YYYY-MM-DD", width=170
        )
    reason = st.text_input(t("ui.reason"))
    return {"mark": mark or "target", "amount": amount, "effective_from": effective_from, "reason": reason}


def _save_overrule(values: dict[str, Any]) -> None:
    form = f"overrule:{values['clause']}"
    if values["amount"] is None or not values["reason"].strip():
        st.error(t("standard.amount_needed" if values["amount"] is None else "ui.reason_needed"))
        return
    operation = session.operation_id(form)
    outcome = submit(form, lambda: counter.overrule(session.desk(), session.actor(), operation, values))
    if outcome is not None and outcome.errors:
        for found in outcome.errors.values():
            st.error(text(language(), f"problems.{found.code}", **found.params))
        return
    st.rerun()
