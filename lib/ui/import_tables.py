"""Pieces of the page Import: reading the files chosen, and what is to become of each table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from lib.desk import import_rows as counter
from lib.desk.import_rows import SourceColumn, TableChoices, TableView
from lib.records.import_mapping import ForeignTable
from lib.store.contract import StoreError
from lib.ui import session
from lib.ui.format import escape_markdown
from lib.ui.session import t
from lib.ui.store_words import explain_store_error

MB_EACH = 30
TYPES = ("csv", "tsv", "txt", "xlsx", "xlsm")
READ = "import_read"  # session state: file id -> tables, or what is wrong
KNOWN = "import_known"  # session state: what was worked out about the tables in READ
GUESSES = ("similar", "values")
plain = escape_markdown
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class FileRead:
    """One file chosen: its tables, or why it cannot be read."""

    name: str
    tables: tuple[ForeignTable, ...] = ()
    error: str = ""


def ask_files(round_number: int) -> list[FileRead]:
    """The upload field, and the files in it as read. Each file is parsed once."""
    chosen = st.file_uploader(
        t("import_rows.choose_files"),
        type=TYPES,
        accept_multiple_files=True,
        key=f"import_files:{round_number}",
        max_upload_size=MB_EACH,
    )
    kept: dict[str, FileRead] = st.session_state.setdefault(READ, {})
    new = [file for file in chosen if file.file_id not in kept]
    if new:
        _read_files(new, kept)
    found = {file.file_id: kept[file.file_id] for file in chosen}
    if found.keys() != kept.keys():
        st.session_state[KNOWN] = {}  # it is kept by the identity of tables that may be gone now
    st.session_state[READ] = found
    return list(found.values())


def _read_files(files: Sequence[Any], kept: dict[str, FileRead]) -> None:
    bar = st.progress(0.0)
    for number, file in enumerate(files, 1):
        words = t("import_rows.reading", name=plain(file.name), number=number, total=len(files))
        bar.progress((number - 1) / len(files), text=words)
        kept[file.file_id] = _read_file(file.name, file.getvalue())
        for table in kept[file.file_id].tables:
            _guess(table)
    bar.empty()


def _remember(key: tuple[object, ...], find_out: Callable[[], T]) -> T:
    """What ``find_out`` said the first time: looking through a table takes a while, drawing it must not."""
    known: dict[tuple[object, ...], T] = st.session_state.setdefault(KNOWN, {})
    if key not in known:
        known[key] = find_out()
    return known[key]


def _guess(table: ForeignTable) -> str | None:
    return _remember(("guess", id(table)), lambda: counter.guess_worksheet(session.desk(), table))


def _open(table: ForeignTable, worksheet: str) -> TableView:
    desk = session.desk()
    key = ("view", id(table), worksheet, desk.board().version)
    return _remember(key, lambda: counter.open_table(desk, table, worksheet))


def _read_file(name: str, data: bytes) -> FileRead:
    try:
        tables = counter.read_upload(session.actor(), name, data)
    except StoreError as error:
        return FileRead(name, error=explain_store_error(error))
    return FileRead(name, tables, "" if tables else t("import_rows.no_rows", name=name))


def draw_problem_files(files: Sequence[FileRead]) -> None:
    """Say of each file that gave no table why."""
    for file in files:
        if file.error:
            words = t("import_rows.unreadable", name=plain(file.name), reason=plain(file.error))
            st.error(words, icon=":material/error:")


def ask_table(table: ForeignTable, key: str) -> TableChoices:
    """One table's card: where it goes and which column is which."""
    worksheets = session.desk().schema.worksheets
    titles = {key: described.title(session.language()) for key, described in worksheets.items()}
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            with st.container(gap="xxsmall", width=320):
                st.subheader(plain(table.title), anchor=False)
                st.caption(t("import_rows.table_size", rows=f"{len(table):,}", columns=len(table.columns)))
            worksheet = _ask_worksheet(table, titles, key)
        if worksheet is None:
            return TableChoices(None)
        view = _open(table, worksheet)
        if not session.actor().may_edit(worksheet):
            st.warning(t("import_rows.may_not_sheet", name=titles[worksheet]), icon=":material/lock:")
            return TableChoices(None)
        if not view.fields:
            st.error(t("import_rows.missing_sheet", name=titles[worksheet]), icon=":material/error:")
            return TableChoices(None)
        return _ask_mapping(view, f"{key}:{worksheet}")


def _ask_worksheet(table: ForeignTable, titles: dict[str, str], key: str) -> str | None:
    guess = _guess(table)
    labels = {"": t("import_rows.leave_out"), **titles}
    chosen = st.selectbox(
        t("import_rows.into"),
        list(labels),
        index=list(labels).index(guess or ""),
        format_func=labels.__getitem__,
        key=f"{key}:into",
        width=260,
    )
    return chosen or None


def _ask_mapping(view: TableView, key: str) -> TableChoices:
    shaky = any(column.suggestion.reason in GUESSES for column in view.columns)
    mapped = sum(bool(_chosen(column, key)) for column in view.columns)
    title = t("import_rows.mapping_count", mapped=mapped, left=len(view.columns) - mapped)
    with st.expander(title, icon=":material/view_column:", expanded=shaky or not mapped):
        found = {column.name: _ask_column(column, view, key) for column in view.columns}
    columns = {source: field for source, field in found.items() if field}
    orders = _ask_orders(view, columns, key)
    constants = _ask_constants(view, columns, key)
    if _is_unusable(view, columns):
        return TableChoices(None)
    _say_what_is_open(view, {*columns.values(), *constants})
    return TableChoices(view.worksheet.key, columns, orders, constants)


def _chosen(column: SourceColumn, key: str) -> str:
    """The column key chosen before the widget is drawn: what it holds, else the suggestion."""
    suggested = column.suggestion.column or ""
    return str(st.session_state.get(f"{key}:{column.name}", suggested) or "")


def _ask_column(column: SourceColumn, view: TableView, key: str) -> str:
    labels = {field: _field_words(field, column, view) for field in ("", *view.fields)}
    left, right = st.columns(2, vertical_alignment="center")
    with left.container(gap="xxsmall"):
        st.markdown(f"**{plain(column.name)}**")
        st.caption(plain(" · ".join(column.samples)) or t("import_rows.empty_column"))
    chosen: str = right.selectbox(
        column.name,
        list(labels),
        index=list(labels).index(column.suggestion.column or ""),
        format_func=labels.__getitem__,
        key=f"{key}:{column.name}",
        label_visibility="collapsed",
    )
    return chosen


def _field_words(field: str, column: SourceColumn, view: TableView) -> str:
    if not field:
        return t("import_rows.not_imported")
    if field != column.suggestion.column:
        return view.fields[field]
    reason = t(f"import_rows.reason_{column.suggestion.reason}")
    return f"{view.fields[field]} · {reason}"


def _ask_orders(view: TableView, columns: dict[str, str], key: str) -> dict[str, str]:
    """The order of day and month in each column of dates; asked only where the values leave it open."""
    orders = {}
    for column in view.columns:
        field = columns.get(column.name)
        if field is None or view.worksheet.columns[field].type not in ("date", "datetime"):
            continue
        orders[column.name] = column.order.order
        if not column.order.certain:
            orders[column.name] = _ask_order(column, key)
    return orders


def _ask_order(column: SourceColumn, key: str) -> str:
    labels = {order: t(f"import_rows.order_{order}") for order in ("mdy", "dmy")}
    chosen = st.segmented_control(
        t("import_rows.date_order", name=plain(column.name), example=plain(column.order.examples[0])),
        list(labels),
        default=column.order.order,
        format_func=labels.__getitem__,
        key=f"{key}:{column.name}:order",
    )
    return chosen or column.order.order


def _ask_constants(view: TableView, columns: dict[str, str], key: str) -> dict[str, str]:
    """A value for all rows of each required drop-down that the file has no column for."""
    constants = {}
    for name, column in view.worksheet.columns.items():
        if column.required and column.choices and name in view.fields and name not in columns.values():
            labels = {choice.code: choice.label(session.language()) for choice in column.choices}
            constants[name] = st.selectbox(
                t("import_rows.constant", field=plain(view.fields[name])),
                list(labels),
                format_func=labels.__getitem__,
                key=f"{key}:constant:{name}",
                width=320,
            )
    return constants


def _is_unusable(view: TableView, columns: dict[str, str]) -> bool:
    """Say why the table cannot be imported as it is mapped, if so."""
    if not columns:
        st.info(t("import_rows.nothing_mapped"))
    sources: dict[str, list[str]] = {}
    for source, field in columns.items():
        sources.setdefault(field, []).append(source)
    repeated = {field: names for field, names in sources.items() if len(names) > 1}
    for field, names in repeated.items():
        words = t("import_rows.twice", field=plain(view.fields[field]), sources=plain(", ".join(names)))
        st.error(words, icon=":material/error:")
    return not columns or bool(repeated)


def _say_what_is_open(view: TableView, given: set[str]) -> None:
    missing = [
        column.header(session.language())
        for name, column in view.worksheet.columns.items()
        if column.required and name not in given
    ]
    if missing:
        st.warning(t("import_rows.required_open", fields="、".join(missing)), icon=":material/info:")
