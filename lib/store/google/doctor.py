"""Is everything set up so that a spreadsheet of Google's can be the store? Looked at in the order of need."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lib.store.contract import META_SHEET, StoreError
from lib.store.findings import Finding, failed
from lib.store.google.calls import Busy, Trouble
from lib.store.google.client import SheetsClient
from lib.store.google.lines import HISTORY_SHEET

CELLS_AT_MOST, CELLS_COMFORTABLE = 10_000_000, 8_000_000
SKEW_BEARABLE_S = 60
FEW_TOKENS = 10
_FIELDS = "properties(title,timeZone),sheets.properties(title,gridProperties(rowCount,columnCount))"


def examine_spreadsheet(
    client: SheetsClient, spreadsheet_id: str, tz: ZoneInfo, now: datetime
) -> Iterator[Finding]:
    """Findings in order; it ends early where nothing further can be looked at. ``now`` is aware."""
    yield Finding("key", details={"account": client.account})
    token = _tried("token", client.check_token)
    yield token
    if not token.is_fine:
        return
    seen: list[Mapping[str, Any]] = []
    access = _tried("access", lambda: seen.append(client.describe(spreadsheet_id, _FIELDS)))
    if not access.is_fine:
        yield access
        return
    described = seen[0]
    yield Finding("access", details={"title": described.get("properties", {}).get("title", "")})
    yield _tried("edit", lambda: _write_nothing(client, spreadsheet_id))
    yield _clock(client.clock_skew_s)
    yield _zone(described, tz, now)
    yield _own_sheets(described)
    yield _size(described)
    yield _quota(client)


def _tried(check: str, look: Callable[[], object]) -> Finding:
    try:
        look()
    except StoreError as error:
        return failed(check, error)
    except Busy:
        return Finding(check, "offline")
    except Trouble:
        return Finding(check, "failed")
    return Finding(check)


def _write_nothing(client: SheetsClient, spreadsheet_id: str) -> None:
    """A batch that leaves no trace: only an editor may send it."""
    number = 2**30 + secrets.randbelow(2**30)
    made = {
        "metadataId": number,
        "metadataKey": "huifang_doctor",
        "visibility": "DOCUMENT",
        "location": {"spreadsheet": True},
    }
    lookup = {"developerMetadataLookup": {"metadataId": number}}
    requests = [
        {"createDeveloperMetadata": {"developerMetadata": made}},
        {"deleteDeveloperMetadata": {"dataFilter": lookup}},
    ]
    client.write_batch(spreadsheet_id, {"requests": requests}, "spreadsheetId")


def _clock(skew_s: float) -> Finding:
    details = {"seconds": round(abs(skew_s))}
    return Finding("clock", "skewed" if abs(skew_s) > SKEW_BEARABLE_S else "", details)


def _zone(described: Mapping[str, Any], tz: ZoneInfo, now: datetime) -> Finding:
    theirs = str(described.get("properties", {}).get("timeZone", ""))
    details = {"theirs": theirs, "ours": str(tz)}
    try:
        same = ZoneInfo(theirs).utcoffset(now) == tz.utcoffset(now)
    except (ZoneInfoNotFoundError, ValueError):
        same = False
    return Finding("zone", "" if same else "differs", details)


def _own_sheets(described: Mapping[str, Any]) -> Finding:
    titles = {sheet["properties"].get("title") for sheet in described.get("sheets", ())}
    missing = [title for title in (META_SHEET, HISTORY_SHEET) if title not in titles]
    return Finding("own_sheets", "missing" if missing else "", {"titles": ", ".join(missing)})


def _size(described: Mapping[str, Any]) -> Finding:
    grids = [sheet["properties"].get("gridProperties", {}) for sheet in described.get("sheets", ())]
    cells = sum(int(grid.get("rowCount", 0)) * int(grid.get("columnCount", 0)) for grid in grids)
    details = {"cells": f"{cells:,}", "limit": f"{CELLS_AT_MOST:,}"}
    return Finding("size", "nearly_full" if cells > CELLS_COMFORTABLE else "", details)


def _quota(client: SheetsClient) -> Finding:
    left = min(client.reads.left(), client.writes.left())
    return Finding("quota", "low" if left < FEW_TOKENS else "", {"left": left})
