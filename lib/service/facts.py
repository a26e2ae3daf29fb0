"""Facts: the typed tables of the spreadsheet with what follows from them for each client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lib.service.amounts import Amounts, amounts_in_force
from lib.service.columns import Columns
from lib.service.tiers import TierHistory, category, read_tier_history
from lib.standard.clauses import Standard
from lib.standard.instants import NAT, Us, from_us
from lib.standard.working_time import WorkingCalendar

if TYPE_CHECKING:
    from lib.records.book import Book

DERIVED_CLIENT_COLUMNS = (
    "tier",
    "tier_reason",
    "tier_since_on",
    "pinned_tier",
    "pin_until_on",
    "trailing_amount",
    "key_threshold",
    "last_purchase_on",
    "dormant_on",
    "is_dormant",
    "last_contact_at",
)
_CONTACTS = (("interactions", "occurred_at"), ("visits", "visited_at"))


@dataclass(frozen=True, eq=False)
class Facts:
    """Tables by worksheet key; ``tables["clients"]`` also has DERIVED_CLIENT_COLUMNS, as of ``today``.

    ``tier`` and ``pinned_tier`` (missing: none) are categories of tiers, ``tier_reason`` of REASONS there;
    ``trailing_amount`` sums the last 12 months; ``dormant_on`` may lie ahead; ``last_contact_at`` is the last
    interaction or visit up to today. ``amounts`` are the standard's with the team's rules applied.
    """

    book: Book
    today: date
    tables: Mapping[str, pd.DataFrame]
    columns: Columns
    tiers: TierHistory
    amounts: Mapping[str, Amounts]


def derive_facts(book: Book, standard: Standard, calendar: WorkingCalendar, today: date) -> Facts:
    """Derive what the clauses need from a book, as of the local date ``today``. Bad data raise nothing."""
    tables = dict(book.tables)
    amounts = amounts_in_force(standard, tables["rules"])
    tiers = read_tier_history(tables["clients"], tables["transactions"], tables["tier_pins"], amounts)
    contacts = _last_contacts(Columns(tables, calendar), today)
    tables["clients"] = _with_derived(tables["clients"], tiers, contacts, calendar, today)
    return Facts(book, today, tables, Columns(tables, calendar), tiers, amounts)


def _with_derived(
    clients: pd.DataFrame, tiers: TierHistory, contacts: Us, calendar: WorkingCalendar, today: date
) -> pd.DataFrame:
    now = tiers.assign(today)
    pinned = now["tier"].cat.codes.where(now["pinned"], -1).to_numpy()
    return clients.assign(
        tier=now["tier"],
        tier_reason=now["reason"],
        tier_since_on=tiers.since(today).astype("datetime64[s]"),
        pinned_tier=category(pinned, tuple(now["tier"].cat.categories)),
        pin_until_on=now["pin_until_on"],
        trailing_amount=now["amount"],
        key_threshold=now["threshold"],
        last_purchase_on=now["last_purchase_on"],
        dormant_on=now["dormant_on"],
        is_dormant=now["is_dormant"],
        last_contact_at=from_us(contacts, calendar.tz),
    )


def _last_contacts(columns: Columns, today: date) -> Us:
    """The last contact of each client up to the end of today; NAT for none."""
    last = np.full(len(columns.tables["clients"]), NAT, dtype=np.int64)
    end = columns.calendar.day_start_us(np.array([today], dtype="datetime64[D]") + 1)[0]
    for worksheet, column in _CONTACTS:
        client, at = columns.clients(worksheet), columns.instants(worksheet, column)
        good = (client >= 0) & (at != NAT) & (at < end)
        np.maximum.at(last, client[good], at[good])
    return last
