"""The first row of another worksheet that fulfils an obligation of the same client: one search for all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.service.columns import Columns
from lib.standard.clause_model import Event
from lib.standard.instants import NAT, Us

Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class EventIndex:
    """Events in the order of client and time. ``keys``: client * (n + 1) + rank of the time in ``times``."""

    times: Us
    keys: Index
    client: Index
    at: Us
    whole_day: Flags

    def first(self, client: Index, start: Us, after: bool) -> tuple[Us, Flags]:
        """The first event of each client at ``start`` or later (``after``: strictly later), and whether only
        its day is known. NAT where there is none."""
        rank = np.searchsorted(self.times, start, side="right" if after else "left")
        position = np.searchsorted(self.keys, client * (len(self.times) + 1) + rank, side="left")
        found = (position < len(self.keys)) & (client >= 0) & (start != NAT)
        found[found] = self.client[position[found]] == client[found]
        at = np.full(len(client), NAT, dtype=np.int64)
        whole = np.zeros(len(client), dtype=bool)
        at[found] = self.at[position[found]]
        whole[found] = self.whole_day[position[found]]
        return at, whole


def index_events(columns: Columns, event: Event) -> EventIndex:
    """Sort the rows that an ``Event`` of a clause describes. Rows without client or time are left out."""
    client, at = columns.clients(event.worksheet), columns.instants(event.worksheet, event.at)
    good = columns.matches(event.worksheet, event.where) & (client >= 0) & (at != NAT)
    client, at = client[good], at[good]
    whole = columns.whole_days(event.worksheet, event.at)[good]
    times = np.sort(at)
    keys = client * (len(times) + 1) + np.searchsorted(times, at, side="left")
    order = np.argsort(keys, kind="stable")
    return EventIndex(times, keys[order], client[order], at[order], whole[order])


class EventIndexes:
    """Indexes made once for each kind of event, however many clauses ask for it."""

    def __init__(self, columns: Columns):
        self._columns = columns
        self._made: dict[tuple[object, ...], EventIndex] = {}

    def of(self, event: Event) -> EventIndex:
        """The index of an event's rows."""
        key = (event.worksheet, event.at, event.where)
        if key not in self._made:
            self._made[key] = index_events(self._columns, event)
        return self._made[key]
