"""One client's file: what the standard asks of it and is missing, and its purchases month by month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pandas as pd

from lib.service.tiers import TRAILING_MONTHS, TierHistory, months_on
from lib.standard.clause_model import Clause

WON = "won"
MONTHS_SHOWN = 24


def missing_from_file(rows: Mapping[str, pd.DataFrame], clause: Clause) -> list[tuple[str, str]]:
    """What a gate clause on clients asks for and is missing: (worksheet, column), column "" for a whole row.

    ``rows`` are the client's rows by worksheet, as from ``client_rows``.
    """
    own = rows[clause.worksheet].iloc[0]
    missing = [(clause.worksheet, column) for column in clause.evidence if pd.isna(own[column])]
    return missing + [(need.worksheet, "") for need in clause.evidence_by if need.worksheet not in rows]


def won_purchases(transactions: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Purchases that count for tiers up to today: won ones (an empty state counts as won) with their day."""
    won = (transactions["state"].isna() | (transactions["state"] == WON)).to_numpy(bool)
    known = (transactions["purchased_on"] <= pd.Timestamp(now.replace(tzinfo=None))).to_numpy(bool)
    return transactions[won & known]


def purchases_by_month(
    history: TierHistory, transactions: pd.DataFrame, now: datetime, months: int = MONTHS_SHOWN
) -> pd.DataFrame:
    """The last ``months`` months, this one included: month (its first day), amount, trailing, in_window.

    ``history`` is of this client alone. ``trailing``: purchases of the 12 months up to the month's end (up
    to today in the present month), as tiers count them; ``in_window``: days of the month are in today's.
    """
    bought = won_purchases(transactions, now)
    today = np.datetime64(now.replace(tzinfo=None), "D")
    last = today.astype("datetime64[M]")
    every = np.arange(last - (months - 1), last + 1)
    sums = bought["amount"].fillna(0).groupby(bought["purchased_on"].to_numpy("datetime64[M]")).sum()
    ends = np.minimum((every + 1).astype("datetime64[D]") - 1, today)
    return pd.DataFrame(
        {
            "month": every.astype("datetime64[s]"),
            "amount": sums.reindex(every, fill_value=0.0).to_numpy(),
            "trailing": history.trailing_amounts(np.zeros(len(ends), dtype=np.int64), ends),
            "in_window": ends > months_on(np.array([today]), -TRAILING_MONTHS)[0],
        }
    )
