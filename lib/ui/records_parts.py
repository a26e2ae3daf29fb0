"""Pieces of the page Add and edit: which form is open, drawing it, saving, restoring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import streamlit as st
from streamlit import column_config

from lib.desk import history
from lib.desk import records as counter
from lib.desk.records import FormView, RecordsView
from lib.locale import text
from lib.records.schema import Worksheet
from lib.ui import session
from lib.ui.format import escape_markdown
from lib.ui.history_words import say_when, say_who
from lib.ui.outcome import submit
from lib.ui.record_form import record_form
from lib.ui.record_past import bring_back
from lib.ui.session import t
from lib.ui.status_line import draw_record_line

NEW = "new"
plain = escape_markdown


@dataclass(frozen=True, slots=True)
class Opened:
    """The form the address asks for: a worksheet and a record of it (None: a new one)."""

    worksheet: str
    record: str | None
    client: str | None = None  # of a new record, when the address names one

    @property
    def key(self) -> str:
        return f"record:{self.worksheet}:{self.record or NEW}:{self.client or ''}"


def opened() -> Opened | None:
    """Read the address: ``worksheet`` with ``record`` (an id or ``new``) or with ``client``."""
    worksheet = st.query_params.get("worksheet")
    record, client = st.query_params.get("record"), st.query_params.get("client")
    if worksheet is None or worksheet not in session.desk().schema.worksheets or not (record or client):
        return None
    return Opened(worksheet, None if record in (None, NEW) else record, client)


def open_form(worksheet: str, record: str | None) -> NoReturn:
    """Show the form of a record, or an empty one."""
    st.query_params.from_dict({"worksheet": worksheet, "record": record or NEW})
    st.rerun()


def close_form(form: Opened) -> NoReturn:
    """Back to the list of the worksheet."""
    session.close_operation(form.key)
    st.session_state.pop(form.key, None)
    st.query_params.from_dict({"worksheet": form.worksheet})
    st.rerun()


def form_view(form: Opened) -> FormView | None:
    """The form as it was when opened: later changes of the sheet must not hide what the person saw."""
    if form.key not in st.session_state:
        given = {"client": form.client} if form.client else {}
        st.session_state[form.key] = counter.form(
            session.desk(), session.actor(), form.worksheet, form.record, given
        )
    view: FormView | None = st.session_state[form.key]
    return view


def draw_form(form: Opened, view: FormView) -> None:
    """The form with its heading, notes, errors and the archive button."""
    name = view.worksheet.title(session.language())
    st.subheader(t("records.edit" if view.record else "records.add", name=name))
    may_edit = session.actor().may_edit(form.worksheet)
    _draw_notes(view, name, may_edit)
    errors: dict[str, str] = st.session_state.get(f"{form.key}:errors", {})
    # A new key for each submission: after a conflict the fields show what the sheet holds now.
    fields = f"{form.key}:{session.operation_id(form.key)}"
    values = record_form(view, fields, errors, disabled=not may_edit)
    if values is not None:
        _save(form, view, values)
    if view.record and may_edit:
        _offer_archive(form, view.record)


def _draw_notes(view: FormView, name: str, may_edit: bool) -> None:
    if view.record:
        draw_record_line(view.worksheet.key, view.record)
    if len(view.missing_columns) == len(view.worksheet.columns):
        st.error(t("records.missing_sheet", name=name))
    elif view.missing_columns:
        headers = [view.worksheet.columns[key].header(session.language()) for key in view.missing_columns]
        st.caption(t("records.missing_columns", columns=", ".join(headers)))
    if not may_edit:
        st.info(t("records.read_only"), icon=":material/lock:")


def _save(form: Opened, view: FormView, values: dict[str, Any]) -> None:
    operation = session.operation_id(form.key)
    outcome = submit(form.key, lambda: counter.save(session.desk(), session.actor(), operation, view, values))
    if outcome is None:
        st.rerun()
    st.session_state[f"{form.key}:errors"] = {
        key: text(session.language(), f"problems.{found.code}", **found.params)
        for key, found in outcome.errors.items()
    }
    if outcome.saved:
        close_form(form)
    if outcome.receipt is not None:  # a conflict: start again from what the sheet holds now
        st.session_state.pop(form.key, None)
    st.rerun()


def _offer_archive(form: Opened, record: str) -> None:
    if st.button(t("records.archive"), icon=":material/archive:", help=t("records.archive_help")):
        operation = session.operation_id(form.key + ":archive")
        submit(
            form.key + ":archive",
            lambda: counter.archive(session.desk(), session.actor(), operation, form.worksheet, record),
        )
        close_form(form)


def offer_return(view: RecordsView) -> None:
    """The rows that were archived or deleted, each with a button that brings it back."""
    title = history.title_of(session.desk(), view.worksheet.key)
    gone = history.gone_records(session.desk(), title) if title else ()
    if title is None or not gone:
        return
    with st.expander(t("history.gone_rows", count=len(gone)), icon=":material/archive:"):
        for each in gone:
            _draw_gone(view, title, each)


def _draw_gone(view: RecordsView, title: str, gone: history.GoneRecord) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(t(f"history.presence_{gone.presence.value}"), color="gray")
        query = {"worksheet": view.worksheet.key, "record": gone.record}
        st.button(
            plain(gone.name), key=f"gone:{gone.record}", type="tertiary",
            on_click=st.query_params.from_dict, args=(query,),
        )  # fmt: skip
        if gone.last is not None:
            who, moment = say_who(gone.last.actor, gone.last.origin), say_when(gone.last.at)
            st.caption(plain(t("history.gone_when", who=who, moment=moment)), width="content")
        st.space("stretch")
        st.button(
            t("history.bring_back"), key=f"return:{gone.record}", icon=":material/restore_from_trash:",
            disabled=not view.may_edit, on_click=bring_back, args=(title, gone.record),
        )  # fmt: skip


def columns(worksheet: Worksheet) -> dict[str, Any]:
    """Grid columns of a worksheet's rows."""
    first = next(iter(worksheet.columns))
    return {
        key: _column(column.type, column.header(session.language()), key == first)
        for key, column in worksheet.columns.items()
    }


def _column(kind: str, header: str, pinned: bool) -> Any:
    if kind == "date":
        return column_config.DateColumn(header, format="YYYY-MM-DD", pinned=pinned)
    if kind == "datetime":
        return column_config.DatetimeColumn(header, format="YYYY-MM-DD HH:mm", pinned=pinned)
    if kind == "money":
        return column_config.NumberColumn(header, format="localized", pinned=pinned)
    if kind in ("number", "integer"):
        return column_config.NumberColumn(header, pinned=pinned)
    if kind == "bool":
        return column_config.CheckboxColumn(header, pinned=pinned)
    return column_config.TextColumn(header, pinned=pinned)
