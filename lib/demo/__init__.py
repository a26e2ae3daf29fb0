"""A demo team with invented clients: records for every worksheet, dated around a day.

The same arguments give the same records. Nothing that has happened lies after 10:00 of ``today``.
"""

from __future__ import annotations

from datetime import date, datetime, time
from math import log10
from random import Random

from lib.demo.clients import add_clients
from lib.demo.complaints import add_complaints
from lib.demo.contact_log import add_contact_log
from lib.demo.requests import add_requests
from lib.demo.scene import Row, Scene, WorkDays
from lib.demo.team import add_rules, add_team, plan_calendar, to_overrides
from lib.demo.trouble import add_decisions, add_trouble

NOW = time(10)
FEWEST_CLIENTS = 10


def make_demo(clients: int, seed: int, today: date) -> dict[str, list[Row]]:
    """Records by worksheet key: ``{column key: value}``, references as names, naive local times.

    Raises ValueError for fewer than FEWEST_CLIENTS clients. Histories get shorter with more clients.
    """
    if clients < FEWEST_CLIENTS:
        raise ValueError(f"a demo needs at least {FEWEST_CLIENTS} clients")
    calendar_rows = plan_calendar(today)
    days = WorkDays(to_overrides(calendar_rows))
    depth = min(1.0, max(0.0, 1 - log10(clients / 200) / 2))
    scene = Scene(Random(f"{clients}/{seed}/{today}"), datetime.combine(today, NOW), days, depth)
    scene.rows["calendar"] += calendar_rows
    team = add_team(scene, clients)
    add_rules(scene, team)
    everyone = add_clients(scene, team, clients)
    for client in everyone:
        add_contact_log(scene, client)
    add_complaints(scene, everyone)
    add_requests(scene, everyone)
    add_trouble(scene, everyone)
    add_decisions(scene, team, everyone)
    return dict(scene.rows)
