"""The emulator's own calls under `/_emulator/`, for tests in other processes; not counted."""

from __future__ import annotations

import json
import traceback
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from . import wire

if TYPE_CHECKING:
    from .front import Request
    from .server import SheetsServer

PREFIX = "/_emulator/"


def answer(server: SheetsServer, request: Request) -> Any:
    """Carry out one control call; 400 with the error's text if it cannot be."""
    from .front import Answer

    parts = [unquote(part) for part in request.path[len(PREFIX) :].split("/")]
    action = ACTIONS.get((request.http_method, parts[0]))
    if action is None:
        return Answer(404, wire.json_bytes({"error": f"no such control: {request.path}"}))
    body = json.loads(request.body) if request.body.strip() else {}
    query = {name: texts[-1] for name, texts in parse_qs(request.query_text).items()}
    try:
        return Answer(200, wire.json_bytes(action(server, parts[1:], {**query, **body}), compact=True))
    except Exception:
        return Answer(400, wire.json_bytes({"error": traceback.format_exc()}))


def _create(server: SheetsServer, _: list[str], body: dict[str, Any]) -> Any:
    if "share_with" in body:
        body["share_with"] = tuple(body["share_with"])
    return {"spreadsheetId": server.create_spreadsheet(**body)}


def _dump(server: SheetsServer, parts: list[str], body: dict[str, Any]) -> Any:
    return {"sheets": server.dump(parts[0], **body)}


def _share(server: SheetsServer, _: list[str], body: dict[str, Any]) -> Any:
    server.drive.share(body["spreadsheet_id"], body["user"], body.get("role", "writer"))
    return {}


def _account(server: SheetsServer, _: list[str], body: dict[str, Any]) -> Any:
    return server.oauth.service_account(body["email"], server.url)


def _revoke(server: SheetsServer, _: list[str], __: dict[str, Any]) -> Any:
    server.oauth.revoke_all()
    return {}


def _set_faults(server: SheetsServer, _: list[str], body: dict[str, Any]) -> Any:
    if "rates" in body:
        server.faults.set_rates(body["rates"], body.get("seed", 0))
    if "script" in body:
        server.faults.script(*body["script"], method=body.get("method", ""))
    server.faults.configure(**body.get("settings", {}))
    return {}


def _clear_faults(server: SheetsServer, _: list[str], __: dict[str, Any]) -> Any:
    server.faults.clear()
    return {}


def _faults(server: SheetsServer, _: list[str], __: dict[str, Any]) -> Any:
    return {"counts": server.faults.counts(), "journal": [asdict(struck) for struck in server.faults.journal]}


def _set_latency(server: SheetsServer, _: list[str], body: dict[str, Any]) -> Any:
    server.latency_s = float(body["seconds"])
    return {}


def _set_quota(server: SheetsServer, _: list[str], body: dict[str, Any]) -> Any:
    for name in ("enabled", "per_user", "per_project", "retry_after"):
        if name in body:
            setattr(server.quota, name, body[name])
    return {"refused": server.quota.refused}


def _human(server: SheetsServer, parts: list[str], body: dict[str, Any]) -> Any:
    if not parts:
        rate = body.pop("rate_per_s", None)
        human = server.human(body.pop("spreadsheet_id"), **body)
        if rate:
            human.start(rate)
        return {"human": len(server.people) - 1}
    human = server.people[int(parts[0])]
    if parts[1] == "step":
        return {"entries": [entry.as_json() for entry in human.step()]}
    if parts[1] == "start":
        human.start(float(body["rate_per_s"]))
    if parts[1] == "stop":
        human.stop()
    return {}


def _journal(server: SheetsServer, parts: list[str], _: dict[str, Any]) -> Any:
    return {"entries": [entry.as_json() for entry in server.people[int(parts[0])].journal]}


def _counters(server: SheetsServer, _: list[str], body: dict[str, Any]) -> Any:
    return {**server.counters.summary(), "log": server.counters.log(int(body.get("last", 0)) or 100)}


def _reset_counters(server: SheetsServer, _: list[str], __: dict[str, Any]) -> Any:
    server.counters.reset()
    return {}


def _bugs(server: SheetsServer, _: list[str], __: dict[str, Any]) -> Any:
    return {"bugs": server.bugs}


ACTIONS = {
    ("POST", "spreadsheets"): _create,
    ("GET", "spreadsheets"): _dump,
    ("POST", "share"): _share,
    ("GET", "account"): _account,
    ("POST", "revoke"): _revoke,
    ("POST", "faults"): _set_faults,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "faults"): _faults,
    ("POST", "latency"): _set_latency,
    ("POST", "quota"): _set_quota,
    ("POST", "human"): _human,
    ("GET", "human"): _journal,
    ("GET", "counters"): _counters,
    ("DELETE", "counters"): _reset_counters,
    ("GET", "bugs"): _bugs,
}
