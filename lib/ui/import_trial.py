"""Pieces of the page Import: the dry run on screen, writing it, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd
import streamlit as st
from streamlit import column_config

from lib.desk import import_rows as counter
from lib.desk.import_rows import Choices, DryRun, SheetChanged, TableResult
from lib.records.import_mapping import ForeignTable
from lib.ui import session
from lib.ui.format import escape_markdown
from lib.ui.grid import plain_grid
from lib.ui.outcome import submit
from lib.ui.session import t

FORM = "import"
TRIED = "import_tried"  # session state: (tables, DryRun)
DONE = "import_done"  # session state: (rows written by worksheet key, rows refused)
ROUND = "import_round"  # session state: number of the upload field; a new one starts empty
NAMES_SHOWN = 8
SHOWN_ON = {"clients": "clients", "complaints": "complaints"}  # worksheets with a page of their own
plain = escape_markdown


def round_number() -> int:
    return int(st.session_state.get(ROUND, 0))


def ask_options(chosen: Sequence[counter.TableChoices]) -> Choices:
    """The two switches for the whole import."""
    with st.container(horizontal=True):
        create = st.checkbox(t("import_rows.create_missing"), value=True, key="import_create")
        skip = st.checkbox(t("import_rows.skip_duplicates"), value=True, key="import_skip")
    return Choices(tuple(chosen), create, skip)


def draw_trial(tables: Sequence[ForeignTable], choices: Choices) -> None:
    """The button for the dry run and, if one was made of exactly these choices, its result."""
    tried = _tried(tables, choices)
    usable = any(table.worksheet for table in choices.tables)
    emphasis: Literal["primary", "secondary"] = "secondary" if tried else "primary"
    if st.button(t("import_rows.try_out"), icon=":material/science:", type=emphasis, disabled=not usable):
        with st.spinner(t("import_rows.trying")):
            made = counter.try_out(session.desk(), session.actor(), tables, choices, session.language())
        st.session_state[TRIED] = (tuple(tables), session.language(), made)
        session.close_operation(FORM)
        st.rerun()
    if tried is not None:
        _draw_result(tables, tried)
    elif TRIED in st.session_state:
        st.caption(t("import_rows.try_again"))


def _tried(tables: Sequence[ForeignTable], choices: Choices) -> DryRun | None:
    """The dry run in hand, if nothing it rests on has been changed since."""
    if TRIED not in st.session_state:
        return None
    of_tables, language, made = st.session_state[TRIED]
    same = len(of_tables) == len(tables) and all(a is b for a, b in zip(of_tables, tables, strict=True))
    return made if same and language == session.language() and made.choices == choices else None


def _draw_result(tables: Sequence[ForeignTable], tried: DryRun) -> None:
    st.header(t("import_rows.result_title"), anchor=False)
    for result in tried.results:
        _draw_table_result(result)
    if any(result.problem_cells for result in tried.results):
        st.caption(t("import_rows.problems_note"))
    if not tried.changes:
        st.info(t("import_rows.nothing_to_write"))
    elif st.button(
        t("import_rows.write", count=f"{len(tried.changes):,}"), icon=":material/save:", type="primary"
    ):
        _write(tables, tried)


def _draw_table_result(result: TableResult) -> None:
    with st.container(border=True):
        name = result.worksheet.title(session.language())
        st.subheader(f"{plain(result.title)} → {plain(name)}", anchor=False)
        with st.container(horizontal=True):
            for label, value in (
                ("add", result.to_add),
                ("duplicates", len(result.duplicates)),
                ("problems", result.problem_rows),
                ("names", sum(map(len, result.names.values()))),
            ):
                st.metric(t(f"import_rows.tile_{label}"), f"{value:,}", border=True, width=150)
        for sheet, names in result.names.items():
            st.caption(_names_words(sheet, names))
        if result.problem_cells:
            _draw_problems(result)
        if len(result.duplicates):
            _draw_duplicates(result)
        _draw_first_rows(result)


def _names_words(sheet: str, names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMES_SHOWN])
    more = " " + t("import_rows.and_more") if len(names) > NAMES_SHOWN else ""
    return t("import_rows.names_added", sheet=plain(sheet), count=len(names), names=plain(shown) + more)


def _draw_problems(result: TableResult) -> None:
    header = column_config.TextColumn(t("import_rows.column_header"), width=150)
    reason = column_config.TextColumn(t("import_rows.column_reason"), width="large")
    count = column_config.NumberColumn(t("import_rows.column_count"), format="localized", width=90)
    plain_grid(result.kinds, {"header": header, "reason": reason, "rows": count}, rows_visible=6)
    with st.expander(t("import_rows.problem_list", shown=len(result.problems)), icon=":material/list:"):
        columns = {
            "row": column_config.NumberColumn(t("import_rows.column_row"), width=80),
            "source": column_config.TextColumn(t("import_rows.column_source"), width=150),
            "value": column_config.TextColumn(t("import_rows.column_value"), width=180),
            "reason": reason,
        }
        plain_grid(result.problems, columns)


def _draw_duplicates(result: TableResult) -> None:
    with st.expander(t("import_rows.duplicate_list"), icon=":material/content_copy:"):
        words = [
            t("import_rows.repeats_sheet" if in_sheet else "import_rows.repeats_file", row=other)
            for other, in_sheet in zip(result.duplicates["other"], result.duplicates["in_sheet"], strict=True)
        ]
        columns = {
            "row": column_config.NumberColumn(t("import_rows.column_row"), width=80),
            "words": column_config.TextColumn(t("import_rows.column_repeats"), width="medium"),
        }
        plain_grid(result.duplicates.assign(words=words), columns)


def _draw_first_rows(result: TableResult) -> None:
    rows = result.first_rows
    if rows.empty:
        return
    title = t("import_rows.first_rows", count=len(rows))
    with st.expander(title, icon=":material/table_rows:", expanded=True):
        st.dataframe(_with_row_numbers(rows), hide_index=True)


def _with_row_numbers(rows: pd.DataFrame) -> pd.DataFrame:
    numbered = rows.copy()
    numbered.insert(0, t("import_rows.column_row"), rows.index, allow_duplicates=True)
    return numbered


def _write(tables: Sequence[ForeignTable], tried: DryRun) -> None:
    operation = session.operation_id(FORM)
    try:
        with st.spinner(t("import_rows.writing")):
            outcome = submit(
                FORM, lambda: counter.commit(session.desk(), session.actor(), operation, tables, tried)
            )
    except SheetChanged:
        st.session_state.pop(TRIED, None)
        st.warning(t("import_rows.sheet_changed"), icon=":material/info:")
        return
    if outcome is not None and outcome.receipt is not None:
        written = counter.count_by_worksheet(session.desk(), outcome.receipt.applied)
        st.session_state[DONE] = (written, len(outcome.receipt.conflicts))
        st.session_state.pop(TRIED, None)
        st.session_state[ROUND] = round_number() + 1
    st.rerun()


def draw_done() -> None:
    """What the last import wrote, with ways to look at it."""
    if DONE not in st.session_state:
        return
    written, refused = st.session_state[DONE]
    total = f"{sum(written.values()):,}"
    if refused:
        st.warning(t("import_rows.done_part", count=total, refused=refused), icon=":material/info:")
    else:
        st.success(t("import_rows.done", count=total), icon=":material/check_circle:")
    _draw_links(written)


def forget_done() -> None:
    """A new import has begun."""
    st.session_state.pop(DONE, None)


def _draw_links(written: Mapping[str, int]) -> None:
    titles = {key: sheet.title(session.language()) for key, sheet in session.desk().schema.worksheets.items()}
    with st.container(horizontal=True):
        for key, count in written.items():
            words = t("import_rows.done_sheet", name=titles[key], count=f"{count:,}")
            if key in SHOWN_ON:
                st.page_link(session.page(SHOWN_ON[key]), label=words)
            else:
                st.page_link(session.page("records"), label=words, query_params={"worksheet": key})
        st.page_link(session.page("sheet_health"))
