"""A table of records: selections come back as record ids, whatever happens to the rows meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

ROW_HEIGHT_PX = 36
HEADER_HEIGHT_PX = 38


def record_grid(
    frame: pd.DataFrame,
    columns: Mapping[str, Any],
    key: str,
    version: str,
    *,
    many: bool = False,
    rows_visible: int = 12,
) -> list[str]:
    """Draw ``frame`` (index: record id; columns named in ``columns``) and return the selected ids.

    ``columns`` maps frame columns, in the order to show, to ``st.column_config`` values. ``version`` is
    the data version: Streamlit keeps selections by position, so a new version starts with none.
    """
    shown = frame[list(columns)]
    event: Any = st.dataframe(
        shown,
        key=f"{key}:{version}:{len(frame)}",
        hide_index=True,
        column_config=dict(columns),
        column_order=list(columns),
        on_select="rerun",
        selection_mode="multi-row" if many else ("single-row", "single-cell"),
        row_height=ROW_HEIGHT_PX,
        placeholder="",
        height=_height(len(frame), rows_visible),
    )
    ids = [str(i) for i in frame.index]
    positions = event.selection.rows or [row for row, _ in event.selection.get("cells", [])]
    return [ids[position] for position in positions if position < len(ids)]


def plain_grid(frame: pd.DataFrame, columns: Mapping[str, Any], *, rows_visible: int = 12) -> None:
    """The same look without selection."""
    st.dataframe(
        frame[list(columns)],
        hide_index=True,
        column_config=dict(columns),
        column_order=list(columns),
        row_height=ROW_HEIGHT_PX,
        placeholder="",
        height=_height(len(frame), rows_visible),
    )


def _height(rows: int, rows_visible: int) -> int:
    return HEADER_HEIGHT_PX + ROW_HEIGHT_PX * max(1, min(rows, rows_visible)) + 2
