"""What the page of one client shows: the header, its obligations, its whole timeline, its purchases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from lib.desk.access import Actor
from lib.desk.board import Board
from lib.desk.clients import with_names
from lib.desk.core import Desk
from lib.service.client_file import missing_from_file, purchases_by_month
from lib.service.client_list import list_clients
from lib.service.funnel import place_in_stages
from lib.service.tiers import TierHistory, read_tier_history
from lib.service.timeline import (
    TIER,
    build_timeline,
    client_rows,
    count_undated,
    dated_facts,
    tier_changes,
    tier_facts,
)

FILE_CLAUSE = "client.file"
CLOSED = ("met", "late")
URGENCY = ("overdue", "due_soon", "waiting", "not_started", "unverified", "late", "met")
SUGGESTIONS = 30


@dataclass(frozen=True, eq=False)
class ClientView:
    """``row`` is the client's row of the list, with names. ``obligations`` (index: obligation id) have
    clause_name, owner_name, is_open; open ones first. ``entries``: see ``build_timeline``.
    """

    version: str
    today: date
    client: str
    row: pd.Series[Any]
    missing: list[tuple[str, str]]
    open_complaints: int
    contacts: pd.DataFrame
    obligations: pd.DataFrame
    entries: pd.DataFrame
    undated: int
    rows: Mapping[str, pd.DataFrame]
    months: pd.DataFrame


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry in words: ``labels`` are the row's choices, ``texts`` what was written, in sheet order.

    Only the main entry of a record tells all of it, others just its name.
    """

    at: pd.Timestamp
    whole_day: bool
    worksheet: str
    record: str
    facts: tuple[tuple[str, pd.Timestamp, bool], ...]
    labels: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    who: str = ""
    amount: float | None = None


def find(desk: Desk, search: str) -> dict[str, str]:
    """Clients to choose from, id -> name: those whose name holds the text, at most SUGGESTIONS."""
    names = desk.board().table("clients")["name"].dropna()
    if search:
        names = names[names.str.contains(search, case=False, regex=False).to_numpy(bool)]
    return {str(i): str(name) for i, name in names.head(SUGGESTIONS).items()}


def view(desk: Desk, actor: Actor, client: str, language: str) -> ClientView | None:  # noqa: ARG001
    """Everything about one client; None if there is no client with this id."""
    board = desk.board()
    if client not in board.table("clients").index:
        return None
    rows = client_rows(board.facts.tables, board.schema, client)
    facts = dated_facts(rows, board.schema, desk.settings.tz)
    mine = board.judged[(board.judged["client"] == client).to_numpy(bool)]
    history, bought = _own_history(board, rows), _or_none(board, rows, "transactions")
    changes = tier_facts(tier_changes(history, bought, board.now), client, desk.settings.tz)
    complaints = _or_none(board, rows, "complaints")
    return ClientView(
        version=board.version,
        today=board.now.date(),
        client=client,
        row=with_names(board, list_clients(rows["clients"], mine, board.now)).iloc[0],
        missing=missing_from_file(rows, board.standard[FILE_CLAUSE]),
        open_complaints=int(place_in_stages(complaints, board.calendar, board.now)["is_open"].sum()),
        contacts=_or_none(board, rows, "contacts"),
        obligations=_obligations(board, mine, language),
        entries=build_timeline(pd.concat([facts, changes], ignore_index=True)),
        undated=count_undated(rows, facts),
        rows=rows,
        months=purchases_by_month(history, bought, board.now),
    )


def kinds(entries: pd.DataFrame) -> dict[str, int]:
    """How many entries of each kind (a worksheet's key, or TIER) there are, most frequent first."""
    return {str(kind): int(count) for kind, count in entries["worksheet"].value_counts().items()}


def describe_entries(
    board: Board, rows: Mapping[str, pd.DataFrame], entries: pd.DataFrame, language: str
) -> list[TimelineEntry]:
    """Entries (a page of them) in words: choices in the interface's language, texts as written."""
    return [_describe(board, rows, entry, language) for entry in entries.itertuples()]


def _describe(board: Board, rows: Mapping[str, pd.DataFrame], entry: Any, language: str) -> TimelineEntry:
    told = TimelineEntry(entry.at, entry.whole_day, entry.worksheet, entry.record, tuple(entry.facts))
    if entry.worksheet in (TIER, "clients"):
        return told
    worksheet = board.schema.worksheets[entry.worksheet]
    row = rows[entry.worksheet].loc[entry.record]
    filled = {key: row[key] for key in worksheet.columns if not pd.isna(row[key])}
    if not entry.is_main:
        return replace(told, texts=(str(filled[worksheet.label]),) if worksheet.label in filled else ())
    columns = {key: worksheet.columns[key] for key in filled}
    owner = worksheet.owner or next((key for key, c in columns.items() if c.ref == "staff"), "")
    return replace(
        told,
        labels=tuple(c.choice(filled[key]).label(language) for key, c in columns.items() if c.choices),
        texts=tuple(str(filled[key]) for key, c in columns.items() if c.type in ("text", "long_text")),
        who=board.name_of("staff", filled.get(owner)),
        amount=next((float(filled[key]) for key, c in columns.items() if c.type == "money"), None),
    )


def _own_history(board: Board, rows: Mapping[str, pd.DataFrame]) -> TierHistory:
    """The client's tiers alone: no need to go through everybody's."""
    clients, bought, pins = (_or_none(board, rows, key) for key in ("clients", "transactions", "tier_pins"))
    return read_tier_history(clients, bought, pins, board.facts.amounts)


def _or_none(board: Board, rows: Mapping[str, pd.DataFrame], worksheet: str) -> pd.DataFrame:
    """The client's rows of a worksheet, an empty table where it has none."""
    found = rows.get(worksheet)
    return board.table(worksheet).head(0) if found is None else found


def _obligations(board: Board, mine: pd.DataFrame, language: str) -> pd.DataFrame:
    names = {clause.id: clause.names[language] for clause in board.standard.clauses.values()}
    staff = board.table("staff")["name"]
    urgency = mine["status"].astype("str").map({code: rank for rank, code in enumerate(URGENCY)})
    mine = mine.assign(
        clause_name=mine["clause"].astype("str").map(names),
        owner_name=staff.reindex(mine["owner"]).to_numpy(),
        is_open=~mine["status"].isin(CLOSED) & mine["done_at"].isna(),
        urgency=urgency,
    )
    ahead = mine[mine["is_open"]].sort_values(["urgency", "due_at"], kind="stable")
    done = mine[~mine["is_open"]].sort_values("due_at", ascending=False, kind="stable")
    return pd.concat([ahead, done]).set_index("id")
