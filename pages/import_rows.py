"""Import: people's own tables, mapped, tried out, then written in one go that can be undone."""

from __future__ import annotations

import streamlit as st

from lib.desk.access import Action
from lib.ui import import_tables as tables_parts
from lib.ui import import_trial as trial
from lib.ui import session
from lib.ui.entry import open_app
from lib.ui.session import t


def show() -> None:
    st.title(t("ui.page_import_rows"))
    st.caption(t("import_rows.intro"))
    if not session.actor().may(Action.IMPORT):
        st.info(t("import_rows.may_not"), icon=":material/lock:")
        return
    trial.draw_done()
    files = tables_parts.ask_files(trial.round_number())
    tables_parts.draw_problem_files(files)
    tables = [table for file in files for table in file.tables]
    if tables:
        trial.forget_done()
        chosen = [tables_parts.ask_table(table, f"import:{id(table)}") for table in tables]
        trial.draw_trial(tables, trial.ask_options(chosen))
    elif not files:
        _explain()


def _explain() -> None:
    with st.container(border=True):
        st.subheader(t("import_rows.what_title"), anchor=False)
        for line in ("order", "names", "files"):
            st.markdown(f"- {t(f'import_rows.what_{line}', size=tables_parts.MB_EACH)}")


if __name__ == "__main__":  # a deep link into a fresh process: Streamlit runs this file, not app.py
    open_app()
