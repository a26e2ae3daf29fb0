"""What is open at the demo's present moment: just begun, soon due, overdue, or waiting for the client.

The past is mostly good, so without these a page of overdue work would depend on chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import cycle

from lib.demo.clients import Client, months_on
from lib.demo.complaints import add_complaint, add_wait, moment_in
from lib.demo.contact_log import add_interaction, add_problem, add_visit
from lib.demo.requests import add_inquiry, add_promise
from lib.demo.scene import Row, Scene
from lib.demo.team import Team
from lib.demo.words import fill, text, words


def add_trouble(scene: Scene, clients: list[Client]) -> None:
    """One set of open cases for every 200 clients, spread over the clients."""
    buyers = [client for client in clients if client.purchases and client.owner and not client.neglected]
    for _ in range(max(1, round(len(clients) / 200))):
        drawn = cycle(scene.rng.sample(buyers, len(buyers)))
        _open_complaints(scene, drawn)
        _open_promises(scene, drawn)
        _open_inquiries(scene, drawn)
        _unrecorded_contacts(scene, drawn)
        _open_visits(scene, drawn)


# --- complaints -----------------------------------------------------------------------------------


def _open_complaints(scene: Scene, drawn: Iterator[Client]) -> None:
    today, days = scene.today, scene.days
    just_now = scene.now - timedelta(minutes=35)
    add_complaint(scene, next(drawn), just_now, "received", 0)
    yesterday = days.shift(today, -1)
    add_complaint(scene, next(drawn), scene.moment(yesterday, 14, 15), "received", 0)
    add_complaint(scene, next(drawn), datetime.combine(yesterday, time(17, 20)), "received", 0)
    add_complaint(scene, next(drawn), scene.now - timedelta(hours=20), "assessed", 0)
    add_complaint(scene, next(drawn), scene.moment(days.shift(today, -2), 10, 10), "assessed", 0)
    add_complaint(scene, next(drawn), scene.moment(days.shift(today, -3), 9, 10), "responded", 0)
    add_complaint(scene, next(drawn), scene.moment(days.shift(today, -6), 9, 15), "responded", 0)
    for workdays_ago in (2, 3, 5):
        received_at = scene.moment(days.shift(today, -workdays_ago), 9, 14)
        waiting = add_complaint(scene, next(drawn), received_at, "responded", 0)
        add_wait(scene, waiting, text(scene.rng, "wait_reason"), still_waiting=True)
    for workdays_ago in (6, 3):
        _resolved(scene, next(drawn), days.shift(today, -workdays_ago))
    for workdays_ago in (4, -1):
        a_month_before = months_on(days.shift(today, -workdays_ago), -1)
        row = _resolved(scene, next(drawn), days.shift(a_month_before, 0))
        row["followed_up_at"] = scene.within_workdays(moment_in(row, "resolved_at"), 2)
        row["satisfaction"] = 4


def _resolved(scene: Scene, client: Client, on: date) -> Row:
    """A complaint resolved on a day; nobody has asked for satisfaction nor recorded how to prevent it."""
    row = add_complaint(scene, client, scene.moment(scene.days.shift(on, -2)), "resolved", 0)
    row["result_told_at"] = row["resolved_at"] = scene.moment(on)
    for key in ("root_cause", "prevention", "prevention_at"):
        row.pop(key, None)
    return row


# --- promises, inquiries, contacts ----------------------------------------------------------------


def _open_promises(scene: Scene, drawn: Iterator[Client]) -> None:
    days, today = scene.days, scene.today
    for due_in_workdays in (-2, 0, 1, 4):
        due_on = today if due_in_workdays == 0 else days.shift(today, due_in_workdays)
        row = add_promise(scene, next(drawn), scene.moment(days.shift(today, -7)), due_on, 0)
        for key in ("kept_at", "awaits_reply", "replied_at", "nudged_at"):
            row.pop(key, None)
    withdrawn = add_promise(scene, next(drawn), scene.moment(days.shift(today, -9)), days.shift(today, 2), 0)
    withdrawn["withdrawn_at"] = scene.moment(days.shift(today, -4))
    for sent_days_ago in (9, 3, 1):
        sent_at = scene.moment(today - timedelta(days=sent_days_ago))
        row = add_promise(scene, next(drawn), scene.moment(days.shift(sent_at.date(), -4)), sent_at.date(), 0)
        for key in ("replied_at", "nudged_at"):
            row.pop(key, None)
        row |= {"kept_at": sent_at, "awaits_reply": True}
    row = add_promise(scene, next(drawn), scene.moment(scene.day_ago(30)), scene.day_ago(25), 0)
    sent_at = moment_in(row, "kept_at")
    row |= {"awaits_reply": True, "nudged_at": scene.moment(days.shift(sent_at.date(), 7))}
    row.pop("replied_at", None)


def _open_inquiries(scene: Scene, drawn: Iterator[Client]) -> None:
    for hours_ago in (1, 21, 27, 50):
        row = add_inquiry(scene, next(drawn), scene.now - timedelta(hours=hours_ago, minutes=10), 0)
        row["channel"] = "online"
        for key in ("replied_at", "reply"):
            row.pop(key, None)


def _unrecorded_contacts(scene: Scene, drawn: Iterator[Client]) -> None:
    for hours_ago in (18, 42):
        row = add_interaction(scene, next(drawn), scene.now - timedelta(hours=hours_ago), "contact")
        if row is not None:
            row.pop("recorded_at", None)


# --- visits ---------------------------------------------------------------------------------------


def _open_visits(scene: Scene, drawn: Iterator[Client]) -> None:
    _planned_visits(scene, drawn)
    for workdays in (-1, -2):
        row = _visit(scene, next(drawn), workdays)
        row.pop("recorded_at", None)
    just_made = add_visit(
        scene, next(drawn), scene.now - timedelta(minutes=45), "in_person", _purpose(scene), 0
    )
    just_made.pop("recorded_at", None)
    for workdays in (-2, -1):
        row = _visit(scene, next(drawn), workdays)
        hours_ago = 20 if workdays == -1 else 44
        add_problem(scene, row, scene.now - timedelta(hours=hours_ago), 0)
        for key in ("transferred_at", "transferred_to", "improvement", "improvement_at", "rectified_at"):
            row.pop(key, None)
    for workdays in (-19, -14):
        _promise_improvement(scene, _visit(scene, next(drawn), workdays))


def _visit(scene: Scene, client: Client, workdays: int) -> Row:
    at = scene.moment(scene.days.shift(scene.today, workdays), 9, 14)
    return add_visit(scene, client, at, "in_person", _purpose(scene), 0)


def _planned_visits(scene: Scene, drawn: Iterator[Client]) -> None:
    """Visits ahead: the nearest not yet confirmed, one confirmed, one cancelled."""
    for workdays in (1, 2, 3, 5, 8):
        _visit(scene, next(drawn), workdays).pop("confirmed_at", None)
    this_afternoon = datetime.combine(scene.today, time(14, 30))
    row = add_visit(scene, next(drawn), this_afternoon, "in_person", _purpose(scene), 0)
    row.pop("confirmed_at", None)
    confirmed = _visit(scene, next(drawn), 1)
    confirmed["confirmed_at"] = scene.now - timedelta(hours=17)
    cancelled = _visit(scene, next(drawn), 4)
    cancelled["cancelled_at"] = scene.now - timedelta(hours=18)


def _promise_improvement(scene: Scene, row: Row) -> None:
    at = row["visited_at"]
    topic = scene.pick(words()["problems"])
    row |= {
        "problem": fill(scene.rng, topic["problem"]),
        "problem_at": at,
        "transferred_at": row.get("recorded_at"),
        "transferred_to": "技术支持部",
        "improvement": topic["improvement"],
        "improvement_at": at,
    }
    row.pop("rectified_at", None)


def _purpose(scene: Scene) -> str:
    return text(scene.rng, "purpose", months=6)


# --- decisions and postponements ------------------------------------------------------------------


def add_decisions(scene: Scene, team: Team, clients: list[Client]) -> None:
    """Pinned tiers (one has run out, one soon will) and a postponed promise."""
    keys = [client for client in clients if client.story in {"key", "rising"}]
    by = {client.name: team.supervisor_of.get(client.owner, team.managers[0]) for client in keys}
    spans = [(200, -160), (150, 5), (300, 60), (120, 90)]
    for number, client in enumerate(keys[: max(4, len(keys) // 6)]):
        from_days_ago, until_days_ahead = spans[number % len(spans)]
        _pin(scene, client, "vip", from_days_ago, until_days_ahead, by[client.name])
    for client in [client for client in clients if client.story == "potential"][
        : max(1, len(clients) // 200)
    ]:
        _pin(scene, client, "key", 12, 80, team.managers[0])
    _postpone(scene)


def _pin(scene: Scene, client: Client, tier: str, from_days_ago: int, until_days_ahead: int, by: str) -> None:
    scene.add(
        "tier_pins",
        client=client.name,
        tier=tier,
        from_on=scene.day_ago(from_days_ago),
        until_on=scene.today + timedelta(days=until_days_ahead),
        reason=text(scene.rng, "pin"),
        pinned_by=by,
    )


def _postpone(scene: Scene) -> None:
    late = [row for row in scene.rows["complaints"] if row.get("responded_at") and not row.get("resolved_at")]
    for row in late[: max(1, len(late) // 8)]:
        scene.add(
            "waits",
            worksheet="complaints",
            record=row["number"],
            clause="complaint.result",
            kind="postponed",
            from_at=scene.now - timedelta(hours=1),
            until_at=scene.moment(scene.days.shift(scene.today, 2), 17, 17),
            reason=text(scene.rng, "postpone_reason"),
            by=row.get("owner"),
        )
