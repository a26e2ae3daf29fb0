"""Pieces of the page Add and edit: which form is open, drawing it, saving, restoring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import streamlit as st
from streamlit import column_config

from lib.desk import records as counter
from lib.desk.records import FormView, RecordsView
from lib.locale import text
from lib.records.schema import Worksheet
from lib.ui import session
from lib.ui.format import escape_markdown
from lib.ui.outcome import submit
from lib.ui.record_form import record_form
from lib.ui.session import t

NEW = "new"
ARCHIVED_SHOWN = 20
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
    if view.place:
        st.caption(t("records.where", sheet=plain(view.place.sheet), cell=view.place.cell))
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


def offer_restore(view: RecordsView) -> None:
    """A list of archived rows, each with a button that brings it back."""
    if not view.archived:
        return
    with st.expander(t("records.archived", count=len(view.archived)), icon=":material/archive:"):
        for record in view.archived[-ARCHIVED_SHOWN:]:
            label = t("records.restore", record=record)
            if st.button(
                label, key=f"restore:{record}", icon=":material/unarchive:", disabled=not view.may_edit
            ):
                _restore(view.worksheet.key, record)


def _restore(worksheet: str, record: str) -> None:
    form = f"restore:{record}"
    operation = session.operation_id(form)
    submit(form, lambda: counter.restore(session.desk(), session.actor(), operation, worksheet, record))
    st.rerun()


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
