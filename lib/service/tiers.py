"""Client tiers from purchases and pins, as of any day: searches in sorted running sums, no loop over clients.

A client is VIP by pin (or from an amount that the team sets), key from the amount of ``tier.key`` within the
12 months that end on the day, ordinary with any purchase, else potential. Dormancy stands beside the tier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.locale import text
from lib.service.amounts import Amounts, amounts_in_force
from lib.standard.clauses import Standard

TIERS = ("vip", "key", "ordinary", "potential")
VIP, KEY, ORDINARY, POTENTIAL = range(4)
REASONS = ("pinned", "vip_amount", "key_amount", "below_key", "no_purchase")
TRAILING_MONTHS = 12

Days = npt.NDArray[np.datetime64]
Index = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]

_NO_DAY = np.datetime64("NaT", "D")
# A client's position and a day fit one integer: 2**17 days are 358 years around 1970.
_SPAN = 1 << 17
_SHIFT = 1 << 16


def months_on(days: Days, months: int | npt.NDArray[np.int64]) -> Days:
    """The corresponding day some months on (or back), or the last day of that month."""
    month = days.astype("datetime64[M]")
    of_month = (days - month.astype("datetime64[D]")).astype(np.int64)
    target = month + months
    first = target.astype("datetime64[D]")
    length = ((target + 1).astype("datetime64[D]") - first).astype(np.int64)
    moved: Days = first + np.minimum(of_month, length - 1)
    return moved


def category(codes: npt.NDArray[Any], words: tuple[str, ...]) -> Any:
    """A categorical column from positions in ``words`` (-1: missing)."""
    return pd.Categorical.from_codes(codes.astype(np.int64), pd.Index(words))


@dataclass(frozen=True, eq=False)
class _Purchases:
    """Won purchases in the order of (client, day); ``running`` is their running sum in cents, from 0."""

    keys: Index
    client: Index
    days: Days
    running: Index

    def count_through(self, client: Index, days: Days) -> Index:
        return np.searchsorted(self.keys, _key(client, days), side="right")

    def cents(self, client: Index, after: Days, through: Days) -> Index:
        amount: Index = self.running[self.count_through(client, through)]
        return amount - self.running[self.count_through(client, after)]

    def last_day(self, client: Index, through: Days) -> Days:
        position = self.count_through(client, through) - 1
        found = position >= 0
        found[found] = self.client[position[found]] == client[found]
        last = np.full(len(client), _NO_DAY)
        last[found] = self.days[position[found]]
        return last


@dataclass(frozen=True, eq=False)
class _Pins:
    """Pins in the order of (client, first day)."""

    keys: Index
    client: Index
    until: Days
    tier: Codes

    def at(self, client: Index, days: Days) -> Index:
        """Position of the pin that holds (the one begun last), or -1."""
        found = np.full(len(client), -1, dtype=np.int64)
        if not len(self.keys):
            return found
        position = np.searchsorted(self.keys, _key(client, days), side="right") - 1
        open_queries = np.arange(len(client))
        # One round for each pin of a client that has expired: rarely more than two.
        while len(open_queries):
            at = position[open_queries]
            same = (at >= 0) & (self.client[np.maximum(at, 0)] == client[open_queries])
            open_queries, at = open_queries[same], at[same]
            holds = np.isnat(self.until[at]) | (self.until[at] >= days[open_queries])
            found[open_queries[holds]] = at[holds]
            open_queries = open_queries[~holds]
            position[open_queries] -= 1
        return found


@dataclass(frozen=True, eq=False)
class TierHistory:
    """Tiers of all clients on any day. Clients are positions in ``clients``, days are datetime64[D]."""

    clients: pd.Index[Any]
    purchases: _Purchases
    pins: _Pins
    amounts: Mapping[str, Amounts]

    def tiers_at(self, client: Index, days: Days) -> Codes:
        """Positions in TIERS. Positions below 0 (no client) are potential."""
        pin = self.pins.at(client, days)
        tier = self._tier_by_amount(client, days)
        tier[pin >= 0] = self.pins.tier[pin[pin >= 0]]
        return tier

    def trailing_amounts(self, client: Index, days: Days) -> npt.NDArray[np.float64]:
        """Won purchases of the 12 months that end with each day."""
        return self.purchases.cents(client, months_on(days, -TRAILING_MONTHS), days) / 100

    def dormant_on(self, client: Index, days: Days) -> Days:
        """The day on which the last purchase before each day makes (or will make) the client dormant."""
        last = self.purchases.last_day(client, days)
        months = self._mark("tier.dormant", days)
        known = ~np.isnan(months) & ~np.isnat(last)
        result = np.full(len(client), _NO_DAY)
        result[known] = months_on(last[known], months[known].astype(np.int64))
        return result

    def is_dormant(self, client: Index, days: Days) -> Flags:
        """Whether the client was dormant on each day; a client without purchases never is."""
        return self.dormant_on(client, days) <= days

    def reasons_at(self, client: Index, days: Days) -> Codes:
        """Positions in REASONS: why the client has its tier."""
        tier = self._tier_by_amount(client, days)
        reason = (tier + 1).astype(np.int8)
        reason[self.pins.at(client, days) >= 0] = REASONS.index("pinned")
        return reason

    def changes(self, through_on: date) -> pd.DataFrame:
        """Every change of tier up to a day: client (position), on, from_tier and to_tier (in TIERS)."""
        client, days = self._days_of_change(np.datetime64(through_on, "D"))
        after = self.tiers_at(client, days)
        before = np.empty_like(after)
        before[1:] = after[:-1]
        before[np.r_[True, client[1:] != client[:-1]][: len(before)]] = POTENTIAL
        changed = before != after
        return pd.DataFrame(
            {
                "client": client[changed],
                "on": days[changed].astype("datetime64[s]"),
                "from_tier": before[changed],
                "to_tier": after[changed],
            }
        )

    def since(self, through_on: date) -> Days:
        """The day since which each client has the tier it has on a day; NaT for potential from the start."""
        changes = self.changes(through_on)
        since = np.full(len(self.clients), _NO_DAY)
        since[changes["client"].to_numpy()] = changes["on"].to_numpy(dtype="datetime64[D]")
        return since

    def flow(self, from_on: date, to_on: date) -> pd.DataFrame:
        """How many clients went from which tier (rows) to which (columns) between two days."""
        before, after = (self.tiers_at(*self._everybody(on)) for on in (from_on, to_on))
        counts = np.bincount(before.astype(np.int64) * 4 + after, minlength=16).reshape(4, 4)
        return pd.DataFrame(counts, index=pd.Index(TIERS, name="from"), columns=pd.Index(TIERS, name="to"))

    def assign(self, on: date) -> pd.DataFrame:
        """The table described at ``assign_tiers``."""
        client, days = self._everybody(on)
        pin = self.pins.at(client, days)
        until = np.full(len(client), _NO_DAY)
        until[pin >= 0] = self.pins.until[pin[pin >= 0]]
        return pd.DataFrame(
            {
                "tier": category(self.tiers_at(client, days), TIERS),
                "reason": category(self.reasons_at(client, days), REASONS),
                "amount": self.trailing_amounts(client, days),
                "threshold": self._mark("tier.key", days),
                "pinned": pin >= 0,
                "pin_until_on": until.astype("datetime64[s]"),
                "is_dormant": self.is_dormant(client, days),
                "dormant_on": self.dormant_on(client, days).astype("datetime64[s]"),
                "last_purchase_on": self.purchases.last_day(client, days).astype("datetime64[s]"),
            },
            index=self.clients,
        )

    def _everybody(self, on: date) -> tuple[Index, Days]:
        return np.arange(len(self.clients)), np.full(len(self.clients), np.datetime64(on, "D"))

    def _tier_by_amount(self, client: Index, days: Days) -> Codes:
        amount = self.trailing_amounts(client, days)
        tier = np.full(len(client), POTENTIAL, dtype=np.int8)
        tier[~np.isnat(self.purchases.last_day(client, days))] = ORDINARY
        tier[(tier == ORDINARY) & (amount >= self._mark("tier.key", days))] = KEY
        tier[(tier <= ORDINARY) & (amount >= self._mark("tier.vip", days))] = VIP
        return tier

    def _mark(self, clause: str, days: Days) -> npt.NDArray[np.float64]:
        if clause not in self.amounts:
            return np.full(len(days), np.nan)
        return self.amounts[clause].target.at(days)

    def _days_of_change(self, through: np.datetime64) -> tuple[Index, Days]:
        """All (client, day) on which a tier can change, in order."""
        bought, own = self.purchases.days, self.purchases.client
        # A purchase leaves the 12 months on the corresponding day, or on the next one at the end of February.
        left = months_on(bought, TRAILING_MONTHS)
        pinned = (self.pins.keys % _SPAN - _SHIFT).astype("datetime64[D]")
        steps = [self.amounts[name].target.days for name in ("tier.key", "tier.vip") if name in self.amounts]
        ruled = np.unique(np.concatenate([*steps, np.array([], dtype="datetime64[D]")]))
        buyers = np.unique(own)
        client = np.concatenate(
            [own, own, own, self.pins.client, self.pins.client, np.repeat(buyers, len(ruled))]
        )
        days = np.concatenate(
            [bought, left, left + 1, pinned, self.pins.until + 1, np.tile(ruled, len(buyers))]
        )
        good = ~np.isnat(days) & (days <= through) & (days > np.datetime64("1900-01-01"))
        keys = np.unique(_key(client[good], days[good]))
        return keys // _SPAN, (keys % _SPAN - _SHIFT).astype("datetime64[D]")


def read_tier_history(
    clients: pd.DataFrame, transactions: pd.DataFrame, pins: pd.DataFrame, amounts: Mapping[str, Amounts]
) -> TierHistory:
    """Sort won purchases and pins by client and day. ``amounts`` come from ``amounts_in_force``."""
    return TierHistory(
        clients.index, _read_purchases(clients, transactions), _read_pins(clients, pins), amounts
    )


def assign_tiers(
    clients: pd.DataFrame,
    transactions: pd.DataFrame,
    pins: pd.DataFrame,
    standard: Standard,
    on: date,
    rules: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Tier of each client on a day, by client id: tier, reason (a code of REASONS), amount (12 months),
    threshold (of key), pinned, pin_until_on, is_dormant, dormant_on (may lie ahead), last_purchase_on."""
    return _history(clients, transactions, pins, standard, rules).assign(on)


def tier_flow(
    clients: pd.DataFrame,
    transactions: pd.DataFrame,
    pins: pd.DataFrame,
    standard: Standard,
    from_on: date,
    to_on: date,
    rules: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Counts of clients from tier (rows) to tier (columns) between two days."""
    return _history(clients, transactions, pins, standard, rules).flow(from_on, to_on)


def reason_text(row: pd.Series[Any], language: str) -> str:
    """Why a client has its tier, in words. ``row`` is one of ``assign_tiers``."""
    until = row["pin_until_on"]
    return text(
        language,
        f"receipts.tier_{row['reason']}" + ("_open" if row["reason"] == "pinned" and pd.isna(until) else ""),
        amount=f"{row['amount']:,.0f}",
        threshold=f"{row['threshold']:,.0f}",
        until="" if pd.isna(until) else f"{until:%Y-%m-%d}",
    )


def _history(
    clients: pd.DataFrame,
    transactions: pd.DataFrame,
    pins: pd.DataFrame,
    standard: Standard,
    rules: pd.DataFrame | None,
) -> TierHistory:
    no_rules = pd.DataFrame(columns=["clause", "mark", "amount", "effective_from"])
    amounts = amounts_in_force(standard, no_rules if rules is None else rules)
    return read_tier_history(clients, transactions, pins, amounts)


def _read_purchases(clients: pd.DataFrame, transactions: pd.DataFrame) -> _Purchases:
    client = clients.index.get_indexer(pd.Index(transactions["client"])).astype(np.int64)
    days = transactions["purchased_on"].to_numpy(dtype="datetime64[D]")
    won = (transactions["state"].isna() | (transactions["state"] == "won")).to_numpy(dtype=bool)
    good = won & (client >= 0) & ~np.isnat(days)
    keys = _key(client[good], days[good])
    order = np.argsort(keys, kind="stable")
    # Whole cents: a sum that reaches the threshold exactly must not miss it by a rounding error.
    cents = np.rint(transactions["amount"].fillna(0).to_numpy()[good] * 100).astype(np.int64)
    running = np.concatenate([[0], np.cumsum(cents[order])]).astype(np.int64)
    return _Purchases(keys[order], client[good][order], days[good][order], running)


def _read_pins(clients: pd.DataFrame, pins: pd.DataFrame) -> _Pins:
    client = clients.index.get_indexer(pd.Index(pins["client"])).astype(np.int64)
    tier = pd.Categorical(pins["tier"], categories=list(TIERS)).codes
    from_on = pins["from_on"].to_numpy(dtype="datetime64[D]")
    good = (client >= 0) & (tier >= 0) & ~np.isnat(from_on)
    keys = _key(client[good], from_on[good])
    order = np.argsort(keys, kind="stable")
    until = pins["until_on"].to_numpy(dtype="datetime64[D]")[good][order]
    return _Pins(keys[order], client[good][order], until, tier[good][order].astype(np.int8))


def _key(client: Index, days: Days) -> Index:
    number = days.astype("datetime64[D]").astype(np.int64)
    keys: Index = client * _SPAN + np.clip(number + _SHIFT, 0, _SPAN - 1)
    return keys
