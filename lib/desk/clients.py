"""What the Clients page shows: the filtered list, its tiers, moves between tiers, the load of each rep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from lib.desk.access import Action, Actor
from lib.desk.board import Board
from lib.desk.core import Desk, Outcome
from lib.records.cells import Finding
from lib.records.entry import check_entry, new_record_id, to_changes_insert
from lib.service.client_list import (
    DOWN,
    NOBODY,
    STAYED,
    UP,
    ClientFilter,
    count_by,
    count_moves,
    direction_of,
    filter_clients,
    list_clients,
    pins_in_force,
    sort_clients,
)
from lib.service.tiers import TIERS, category
from lib.service.workload import count_loads, furthest_out, measure_loads

ROWS_SENT = 500
BARS_SHOWN = 30
LOAD_CLAUSE = "load.per_rep"


@dataclass(frozen=True, eq=False)
class ClientsView:
    """``rows`` (index: client id) are those sent, at most ROWS_SENT of ``matching``; see ``with_names``.

    ``tiles`` counts tiers among the clients that match everything but the choice of tiers, ``states``
    dormancy among those that match everything but the choice of states.
    """

    version: str
    today: date
    total: int
    matching: int
    rows: pd.DataFrame
    tiles: pd.DataFrame
    states: pd.DataFrame


@dataclass(frozen=True, eq=False)
class FlowView:
    """``moves`` (index: ``from>to``): from_tier, to_tier, clients. ``listed``: the clients they count."""

    version: str
    today: date
    moves: pd.DataFrame
    directions: dict[str, int]  # clients that went UP, DOWN, STAYED
    move_of: pd.Series[Any]  # ``from>to`` by client id
    board: Board
    listed: pd.DataFrame

    def movers(self, wanted: str) -> tuple[pd.DataFrame, int]:
        """Clients that made a move (``from>to``) or went UP or DOWN: at most ROWS_SENT, and their number."""
        codes = [wanted]
        if wanted in (UP, DOWN):
            codes = [code for code in self.moves.index if direction_of(*code.split(">")) == wanted]
        found = self.listed[self.move_of.isin(codes).to_numpy()]
        return with_names(self.board, sort_clients(found, "amount").head(ROWS_SENT)), len(found)


@dataclass(frozen=True, eq=False)
class LoadView:
    """``loads``: see ``measure_loads``; ``bars`` are the rows worth a bar, furthest outside the band."""

    version: str
    loads: pd.DataFrame
    bars: pd.DataFrame
    counts: dict[str, int]
    low: float
    high: float
    dormant_left_out: bool


def listed_clients(board: Board) -> pd.DataFrame:
    """The list of all clients on a board."""
    return list_clients(board.table("clients"), board.judged, board.now)


def choices(desk: Desk) -> tuple[dict[str, str], list[str]]:
    """What can be filtered by: owners of clients (id -> name, by name; NOBODY -> "") and cities."""
    clients, staff = desk.board().table("clients"), desk.board().table("staff")
    names = staff["name"].reindex(clients["owner"].dropna().unique()).dropna()
    owners = {str(i): str(name) for i, name in names.sort_values().items()}
    if clients["owner"].isna().any():
        owners[NOBODY] = ""
    return owners, [str(city) for city in clients["city"].value_counts().index]


def view(desk: Desk, actor: Actor, wanted: ClientFilter, sort: str) -> ClientsView:  # noqa: ARG001
    """The list as filtered and sorted by one of SORTS."""
    board = desk.board()
    listed = listed_clients(board)
    in_any_tier = filter_clients(listed, replace(wanted, tiers=()))
    in_any_state = filter_clients(listed, replace(wanted, states=()))
    matching = filter_clients(in_any_tier, ClientFilter(tiers=wanted.tiers))
    rows = sort_clients(matching, sort).head(ROWS_SENT)
    return ClientsView(
        version=board.version,
        today=board.now.date(),
        total=len(listed),
        matching=len(matching),
        rows=with_names(board, rows),
        tiles=count_by(in_any_tier, "tier"),
        states=count_by(in_any_state, "state"),
    )


def with_names(board: Board, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the list with owner_name, vip_threshold (yuan or NaN); of a pin: pin_by (a name), pin_reason,
    pin_record.
    """
    staff = board.table("staff")["name"]
    pins = pins_in_force(board.table("tier_pins"), board.now).reindex(rows.index)
    return rows.assign(
        owner_name=staff.reindex(rows["owner"]).to_numpy(),
        pin_by=staff.reindex(pins["pinned_by"]).to_numpy(),
        pin_reason=pins["reason"],
        pin_record=pins["record"],
        vip_threshold=_in_force(board, "tier.vip")[0],
    )


def flow_view(desk: Desk, actor: Actor, wanted: ClientFilter, from_on: date, to_on: date) -> FlowView:  # noqa: ARG001
    """Moves between tiers from one day to another, of the clients that the filter keeps now."""
    board = desk.board()
    listed = filter_clients(listed_clients(board), wanted)
    before, after = (_tiers_on(board, listed.index, on) for on in (from_on, to_on))
    moves = count_moves(before, after)
    move_of = before.astype("str") + ">" + after.astype("str")
    return FlowView(board.version, board.now.date(), moves, _directions(moves), move_of, board, listed)


def _directions(moves: pd.DataFrame) -> dict[str, int]:
    counts = dict.fromkeys((UP, DOWN, STAYED), 0)
    for code, count in moves["clients"].items():
        counts[direction_of(*str(code).split(">"))] += int(count)
    return counts


def load_view(desk: Desk, actor: Actor) -> LoadView:  # noqa: ARG001
    """Clients of each representative against the band in force today."""
    board = desk.board()
    low, high = load_band(board)
    condition = board.standard[LOAD_CLAUSE].clients
    loads = measure_loads(listed_clients(board), board.table("staff"), low, high, condition, board.now)
    bars = furthest_out(loads, low, high, BARS_SHOWN)
    left_out = condition.dormant is False
    return LoadView(board.version, loads, bars, count_loads(loads), low, high, left_out)


def load_band(board: Board) -> tuple[float, float]:
    """The least and the most clients of a representative, as in force today."""
    return _in_force(board, LOAD_CLAUSE)


def pin_tier(
    desk: Desk, actor: Actor, operation_id: str, client: str, tier: str, until_on: date | None, reason: str
) -> Outcome:
    """Pin a client's tier from today through ``until_on``. Raises Refused or StoreError.

    Errors by column: a reason and an expiry, not before today, are needed.
    """
    actor.require(Action.PIN_TIER)
    board = desk.board()
    tz, today = desk.settings.tz, board.now.date()
    values = {
        "client": client,
        "tier": tier,
        "from_on": today,
        "until_on": until_on,
        "reason": reason,
        "pinned_by": actor.staff_id,
    }
    clean, errors = check_entry(board.book, board.schema, "tier_pins", values, tz)
    if clean["until_on"] is None:
        errors.setdefault("until_on", Finding("missing_required"))
    elif clean["until_on"] < today:
        errors["until_on"] = Finding("out_of_range", {"range": f"≥ {today}"})
    if errors:
        return Outcome(errors=errors)
    record = new_record_id()
    change = to_changes_insert(board.book, board.schema, "tier_pins", record, clean, tz)
    return Outcome(desk.send(actor, operation_id, (change,), Action.PIN_TIER), record_id=record)


def _in_force(board: Board, clause: str) -> tuple[float, float]:
    """Target and limit of a clause today; NaN where none holds."""
    amounts = board.facts.amounts[clause]
    today = np.array([board.now.date()], dtype="datetime64[D]")
    return float(amounts.target.at(today)[0]), float(amounts.limit_at(today)[0])


def _tiers_on(board: Board, clients: pd.Index[Any], on: date) -> pd.Series[Any]:
    history = board.facts.tiers
    positions = history.clients.get_indexer(clients)
    codes = history.tiers_at(positions, np.full(len(positions), np.datetime64(on, "D")))
    return pd.Series(category(codes, TIERS), index=clients)
