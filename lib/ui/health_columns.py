"""Tiles and table columns of the page Sheet health."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit import column_config

from lib.desk.sheet_health import HealthView
from lib.ui.format import format_share
from lib.ui.session import t


def draw_tiles(view: HealthView) -> None:
    """How many problems match, how many have a safe fix, which share of all cells could be read."""
    cells, unreadable = view.sheets["cells"].sum(), view.sheets["unreadable"].sum()
    with st.container(horizontal=True):
        st.metric(t("sheet_health.tile_problems"), f"{view.matching:,}", border=True, width=170)
        st.metric(t("sheet_health.tile_safe"), f"{len(view.safe_ids):,}", border=True, width=170)
        share = format_share(cells - unreadable, cells)
        st.metric(t("sheet_health.tile_cells"), share, border=True, width=170)


def problem_columns() -> dict[str, Any]:
    """Of the list of problems."""
    return {
        "sheet": column_config.TextColumn(t("sheet_health.column_sheet"), width=90),
        "cell": column_config.TextColumn(t("sheet_health.column_cell"), width=70, pinned=True),
        "header": column_config.TextColumn(t("sheet_health.column_header"), width=110),
        "value": column_config.TextColumn(t("sheet_health.column_value"), width=150),
        "reason": column_config.TextColumn(t("sheet_health.column_reason"), width="large"),
        "fix": column_config.TextColumn(t("sheet_health.column_fix"), width="medium"),
    }


def sheet_columns() -> dict[str, Any]:
    """Of the list of worksheets."""
    return {
        "sheet": column_config.TextColumn(t("sheet_health.column_sheet"), pinned=True),
        "rows": column_config.NumberColumn(t("sheet_health.column_rows")),
        "cells": column_config.NumberColumn(t("sheet_health.column_cells")),
        "unreadable": column_config.NumberColumn(t("sheet_health.column_unreadable")),
        "share": column_config.ProgressColumn(
            t("sheet_health.column_share"), format="%.1f%%", min_value=0, max_value=100
        ),
    }
