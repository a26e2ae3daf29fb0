"""The demo's complaints: through the five stages, with pauses and one that came back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from lib.demo.clients import Client
from lib.demo.scene import Row, Scene
from lib.demo.words import draw_person, fill, text, words

STAGES = ("received", "assessed", "responded", "resolved", "followed_up")
LATE = 0.17


def add_complaints(scene: Scene, clients: list[Client]) -> None:
    """Complaints over the past ten months, more of them lately."""
    buyers = [client for client in clients if client.purchases]
    for _ in range(round(len(clients) * scene.between_thin_and_rich(0.1, 0.24))):
        days_ago = round(300 * scene.rng.random() ** 1.4) + 6
        received_at = scene.moment(scene.day_ago(days_ago), 9, 16)
        row = add_complaint(scene, scene.pick(buyers), min(received_at, scene.now - timedelta(days=4)))
        if row.get("followed_up_at") and scene.chance(0.2):
            add_wait(scene, row, text(scene.rng, "wait_reason"))
    _add_reopened(scene)


def add_complaint(
    scene: Scene, client: Client, received_at: datetime, stage: str = "followed_up", late: float = LATE
) -> Row:
    """A complaint that gets as far as ``stage``, unless that lies ahead of now."""
    kind = _draw_kind(scene)
    number = len(scene.rows["complaints"]) + 1
    row = scene.add(
        "complaints",
        number=f"TS{received_at:%y%m}-{number:04d}",
        client=client.name,
        complainant=client.contact if scene.chance(0.7) else draw_person(scene.rng),
        channel=scene.pick(["phone", "phone", "online", "email", "in_person"]),
        summary=fill(scene.rng, kind["summary"]),
        owner=client.owner,
        received_at=received_at,
    )
    reached = STAGES.index(stage)
    steps = (_assess, _respond, _resolve, _follow_up)
    for step in steps[:reached]:
        if not step(scene, row, kind, late):
            break
    return row


def _draw_kind(scene: Scene, category: object = None) -> dict[str, str]:
    """A category with a case of it: what was said, done, found and changed belong together."""
    kinds = [kind for kind in words()["complaints"] if category in (None, kind["category"])]
    kind: dict[str, Any] = scene.pick(kinds)
    case = scene.rng.randrange(len(kind["summary"]))
    return {key: value[case] if isinstance(value, list) else value for key, value in kind.items()}


def _assess(scene: Scene, row: Row, kind: dict[str, str], late: float) -> bool:
    received_at = moment_in(row, "received_at")
    # Two service hours are the team's own amount; a complaint of the late afternoon waits for the morning.
    if scene.chance(late):
        at = scene.moment(scene.days.shift(received_at.date(), 1), 13, 16)
    elif received_at.hour < 17 and received_at.hour != 11:
        at = scene.after_hours(received_at, 0.2, 0.9)
    else:
        at = received_at + timedelta(minutes=scene.rng.randint(3, 5))
    if not scene.happened(at):
        return False
    priority = scene.pick(["urgent", "high", "normal", "normal", "normal", "low"])
    row |= {
        "category": kind["category"],
        "priority": priority,
        "department": kind["department"],
        "assessed_at": at,
    }
    return True


def _respond(scene: Scene, row: Row, kind: dict[str, str], late: float) -> bool:
    received_at, assessed_at = moment_in(row, "received_at"), moment_in(row, "assessed_at")
    at = max(scene.in_hours(received_at, 24, late), assessed_at + timedelta(minutes=scene.rng.randint(5, 20)))
    if not scene.happened(at):
        return False
    row |= {"responded_at": at, "response": kind["response"]}
    return True


def _resolve(scene: Scene, row: Row, kind: dict[str, str], late: float) -> bool:
    told_at = scene.in_workdays(moment_in(row, "received_at"), 3, late)
    at = max(told_at, moment_in(row, "responded_at") + timedelta(minutes=40))
    if not scene.happened(at):
        return False
    row |= {"result_told_at": at, "resolved_at": at, "resolution": kind["resolution"]}
    _prevent(scene, row, kind, late)
    return True


def _prevent(scene: Scene, row: Row, kind: dict[str, str], late: float) -> None:
    resolved_at = moment_in(row, "resolved_at")
    settled = resolved_at < scene.now - timedelta(days=60)
    days = scene.rng.randint(33, 45) if settled and scene.chance(late) else scene.rng.randint(2, 14)
    at = scene.moment(scene.days.shift(resolved_at.date() + timedelta(days=days), 0))
    if scene.happened(at):
        row |= {
            "root_cause": kind["root_cause"],
            "prevention": kind["prevention"],
            "prevention_at": at,
        }


def _follow_up(scene: Scene, row: Row, _: dict[str, str], late: float) -> bool:
    at = scene.in_workdays(moment_in(row, "resolved_at"), 3, late)
    if not scene.happened(at):
        return False
    satisfaction = scene.pick([5, 5, 4, 4, 4, 3, 2])
    row |= {"followed_up_at": at, "satisfaction": satisfaction, "confirmed": scene.chance(0.8)}
    return True


def add_wait(scene: Scene, complaint: Row, reason: str, *, still_waiting: bool = False) -> None:
    """Waiting for the client pauses the complaint's clocks, mostly for a day or two before its result."""
    from_at = moment_in(complaint, "responded_at") + timedelta(minutes=scene.rng.randint(10, 40))
    end = complaint.get("result_told_at")
    until_at = None
    if isinstance(end, datetime) and not still_waiting:
        until_at = max(from_at, end - timedelta(minutes=scene.rng.randint(15, 80)))
    scene.add(
        "waits",
        worksheet="complaints",
        record=complaint["number"],
        kind="client",
        from_at=from_at,
        until_at=until_at,
        reason=reason,
        by=complaint.get("owner"),
    )


def _add_reopened(scene: Scene) -> None:
    """Some closed complaints came back: a new row that names the first one."""
    closed = [row for row in scene.rows["complaints"] if row.get("followed_up_at")]
    closed = [row for row in closed if moment_in(row, "followed_up_at") < scene.now - timedelta(days=25)]
    for first in closed[: max(1, len(closed) // 40)]:
        closed_on = moment_in(first, "followed_up_at").date()
        received_at = scene.moment(scene.days.shift(closed_on, scene.rng.randint(2, 6)), 9, 15)
        kind = _draw_kind(scene, first["category"])
        row = scene.add(
            "complaints",
            **{key: first.get(key) for key in ("client", "complainant", "channel", "owner")},
            number=f"TS{received_at:%y%m}-{len(scene.rows['complaints']) + 1:04d}",
            summary=f"同样的问题再次出现：{first['summary']}",
            received_at=received_at,
            reopens=first["number"],
        )
        for step in (_assess, _respond, _resolve, _follow_up):
            if not step(scene, row, kind, 0):
                break


def moment_in(row: Row, key: str) -> datetime:
    """The moment in a column. Raises TypeError, KeyError where there is none."""
    value = row[key]
    if not isinstance(value, datetime):
        raise TypeError(f"{key} is not a moment")
    return value
