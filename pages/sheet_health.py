"""Sheet health: what in the spreadsheet cannot be read, and how to put it right."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from lib.desk import sheet_health as counter
from lib.ui import session
from lib.ui.entry import open_app
from lib.ui.filters import choose_one, pick_many
from lib.ui.grid import plain_grid, record_grid
from lib.ui.health_columns import draw_tiles, problem_columns, sheet_columns
from lib.ui.outcome import submit
from lib.ui.session import t
from lib.ui.status_line import draw_cell_link


def show() -> None:
    st.title(t("ui.page_sheet_health"))
    st.caption(t("sheet_health.intro"))
    filters = _ask_filters()
    view = counter.view(session.desk(), session.actor(), filters, session.language())
    draw_tiles(view)
    if view.total == 0:
        st.success(t("sheet_health.all_well"), icon=":material/check_circle:")
    elif view.matching == 0:
        st.info(t("sheet_health.none_match"))
    else:
        _draw_problems(view)
    st.subheader(t("sheet_health.by_sheet"))
    plain_grid(view.sheets, sheet_columns(), rows_visible=14)
    st.caption(t("sheet_health.where", location=session.desk().store.location))


def _ask_filters() -> counter.HealthFilters:
    schema, language = session.desk().schema, session.language()
    codes = session.desk().board().problems["code"].unique()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sheets = {key: sheet.title(language) for key, sheet in schema.worksheets.items()}
        worksheets = pick_many(t("sheet_health.filter_sheet"), sheets, "health_sheet")
        kinds = {code: t(f"problem_kinds.{code}") for code in codes}
        chosen = pick_many(t("sheet_health.filter_code"), kinds, "health_kind")
        fixable = choose_one(
            t("sheet_health.tile_safe"), {"yes": t("sheet_health.filter_fixable")}, "health_fixable"
        )
    return counter.HealthFilters(worksheets, chosen, fixable == "yes")


def _draw_problems(view: counter.HealthView) -> None:
    chosen = record_grid(view.rows, problem_columns(), "health", view.version, many=True)
    if view.matching > len(view.rows):
        st.caption(t("sheet_health.cut", shown=len(view.rows), total=view.matching))
    safe = [problem for problem in chosen if view.rows.at[problem, "safe"]]
    with st.container(horizontal=True):
        if safe:
            _fix_button(t("sheet_health.fix_selected", count=len(safe)), safe, view.may_fix)
        elif view.safe_ids:
            _fix_button(t("sheet_health.fix_all", count=len(view.safe_ids)), view.safe_ids, view.may_fix)
        record = str(view.rows.at[chosen[0], "record"]) if len(chosen) == 1 else ""
        if record and st.button(t("sheet_health.open_record"), icon=":material/edit:"):
            worksheet = str(view.rows.at[chosen[0], "worksheet"])
            st.switch_page(session.page("records"), query_params={"worksheet": worksheet, "record": record})
        if len(chosen) == 1:
            draw_cell_link(str(view.rows.at[chosen[0], "sheet"]), str(view.rows.at[chosen[0], "cell"]))


def _fix_button(label: str, problems: Sequence[str], may_fix: bool) -> None:
    if st.button(label, icon=":material/build:", type="primary", disabled=not may_fix):
        operation = session.operation_id("fix")
        submit("fix", lambda: counter.apply_fixes(session.desk(), session.actor(), operation, problems))
        st.rerun()


if __name__ == "__main__":  # a deep link into a fresh process: Streamlit runs this file, not app.py
    open_app()
