"""A form for any record, generated from the description of its worksheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from lib.desk.records import MOST_CHOICES, FormView
from lib.records.schema import Column
from lib.ui.format import escape_markdown
from lib.ui.session import language, t

FIRST, LAST = datetime(1990, 1, 1), datetime(2100, 12, 31)  # noqa: DTZ001 - local, as widgets are
Field = Callable[[Column, Any, str, FormView], Any]


def record_form(
    view: FormView, key: str, errors: Mapping[str, str], *, disabled: bool
) -> dict[str, Any] | None:
    """Draw the form; the entered values by column key once it is sent, else None.

    ``errors`` maps column keys to what is wrong with the last entry.
    """
    fields = [c for c in view.worksheet.columns.values() if c.key not in view.missing_columns]
    entered: dict[str, Any] = {}
    with st.form(key, border=True):
        for row in _rows(fields):
            places = st.columns(1 if row[0].type == "long_text" else 2)
            for place, column in zip(places, row, strict=False):
                with place:
                    entered[column.key] = draw_field(column, view, key)
                    _say_what_is_wrong(column, view, errors)
        sent = st.form_submit_button(t("ui.save"), type="primary", icon=":material/save:", disabled=disabled)
    return entered if sent else None


def _rows(columns: Sequence[Column]) -> Iterator[list[Column]]:
    """Pairs of columns in their order; a long text has a row of its own."""
    row: list[Column] = []
    for column in columns:
        is_long = column.type == "long_text"
        if row and is_long:
            yield row
            row = []
        row.append(column)
        if is_long or len(row) == 2:
            yield row
            row = []
    if row:
        yield row


def draw_field(column: Column, view: FormView, key: str) -> Any:
    """The widget for a column, with the form's value; what is entered in it."""
    draw: Field = FIELDS.get(column.type, _text)
    return draw(column, view.values.get(column.key), f"{key}:{column.key}", view)


def _say_what_is_wrong(column: Column, view: FormView, errors: Mapping[str, str]) -> None:
    if column.key in errors:
        st.caption(f":red[{escape_markdown(errors[column.key])}]")
    elif column.key in view.problems:
        text = escape_markdown(view.problems[column.key])
        st.caption(f":orange[{t('records.cell_holds', value=text)}]")


def _label(column: Column) -> str:
    return column.header(language()) + (" *" if column.required else "")


def _help(column: Column) -> str | None:
    return column.note(language()) or None


def _text(column: Column, value: Any, key: str, _: FormView) -> str | None:
    return st.text_input(_label(column), value=value or "", key=key, help=_help(column))


def _long_text(column: Column, value: Any, key: str, _: FormView) -> str | None:
    return st.text_area(_label(column), value=value or "", key=key, help=_help(column), height=88)


def _number(column: Column, value: Any, key: str, _: FormView) -> Any:
    whole = column.type == "integer"
    return st.number_input(
        _label(column),
        value=value,
        key=key,
        help=_help(column),
        step=1 if whole else None,
        format="%d" if whole else None,
        min_value=_bound(column.min, whole),
        max_value=_bound(column.max, whole),
    )


def _bound(bound: float | None, whole: bool) -> float | int | None:
    return int(bound) if whole and bound is not None else bound


def _date(column: Column, value: Any, key: str, _: FormView) -> Any:
    return st.date_input(
        _label(column), value=value, key=key, help=_help(column), format="YYYY-MM-DD",
        min_value=FIRST, max_value=LAST,
    )  # fmt: skip


def _datetime(column: Column, value: Any, key: str, _: FormView) -> Any:
    local = value.replace(tzinfo=None) if value is not None else None
    return st.datetime_input(
        _label(column), value=local, key=key, help=_help(column), format="YYYY-MM-DD", step=300,
        min_value=FIRST, max_value=LAST,
    )  # fmt: skip


def _bool(column: Column, value: Any, key: str, _: FormView) -> bool | None:
    labels = {"yes": t("records.yes"), "no": t("records.no")}
    chosen = st.selectbox(
        _label(column), list(labels), index=None if value is None else (0 if value else 1), key=key,
        format_func=labels.__getitem__, help=_help(column), placeholder="",
    )  # fmt: skip
    return None if chosen is None else chosen == "yes"


def _choice(column: Column, value: Any, key: str, _: FormView) -> str | None:
    labels = {choice.code: choice.label(language()) for choice in column.choices}
    return _select(column, labels, value, key)


def _reference(column: Column, value: Any, key: str, view: FormView) -> str | None:
    labels = view.choices[column.key]
    if len(labels) > MOST_CHOICES:  # too many to send to the browser: the name is typed and checked
        typed = st.text_input(
            _label(column), value=labels.get(value, ""), key=key, help=t("records.type_name")
        )
        return typed or None
    return _select(column, labels, value, key)


def _select(column: Column, labels: Mapping[str, str], value: Any, key: str) -> str | None:
    codes = list(labels)
    return st.selectbox(
        _label(column), codes, index=codes.index(value) if value in labels else None, key=key,
        format_func=labels.__getitem__, help=_help(column), placeholder="",
    )  # fmt: skip


FIELDS: dict[str, Field] = {
    "long_text": _long_text,
    "number": _number,
    "integer": _number,
    "money": _number,
    "date": _date,
    "datetime": _datetime,
    "bool": _bool,
    "choice": _choice,
    "ref": _reference,
}
