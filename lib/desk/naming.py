"""Names of many records at once."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from lib.desk.board import Board


def names_of(board: Board, worksheet: str, records: Iterable[str]) -> dict[str, str]:
    """Record id -> the label people know it by, for those that are there and have one, sorted by label."""
    label = board.schema.worksheets[worksheet].label
    if not label:
        return {}
    table = board.table(worksheet)
    wanted = pd.Index(list(dict.fromkeys(records)), dtype="str").intersection(table.index)
    names = table.loc[wanted, label].dropna().sort_values()
    return {str(record): str(name) for record, name in names.items()}


def name_column(board: Board, worksheet: str, records: pd.Series[str]) -> pd.Series[str]:
    """The names of a column of record ids, missing where there is none."""
    names = names_of(board, worksheet, records.dropna())
    return pd.Series([names.get(each) for each in records], index=records.index, dtype="str")
