"""The demo's inquiries and promises."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from lib.demo.clients import Client
from lib.demo.scene import Row, Scene
from lib.demo.words import draw_person, fill, text, words

NUDGE_DAYS = 3
LATE = 0.15


def add_requests(scene: Scene, clients: list[Client]) -> None:
    """Inquiries of the past half year, promises of the past four months and of the days ahead."""
    for _ in range(round(len(clients) * scene.between_thin_and_rich(0.14, 0.55))):
        received_at = scene.moment(scene.day_ago(scene.rng.randint(4, 180)))
        add_inquiry(scene, scene.pick(clients), received_at)
    for _ in range(round(len(clients) * scene.between_thin_and_rich(0.11, 0.6))):
        promised_at = scene.moment(scene.day_ago(scene.rng.randint(3, 120)))
        due_on = scene.days.shift(promised_at.date(), scene.rng.randint(2, 12))
        add_promise(scene, scene.pick(clients), promised_at, due_on)


def add_inquiry(scene: Scene, client: Client, received_at: datetime, late: float = LATE) -> Row:
    """A question and its answer, unless that lies ahead."""
    replied_at = scene.happened(scene.in_hours(received_at, 24, late))
    known = scene.chance(0.85)
    topic = scene.pick(words()["questions"])
    return scene.add(
        "inquiries",
        client=client.name if known else "",
        caller=client.contact if known else draw_person(scene.rng),
        channel=scene.pick(["phone", "phone", "online", "email", "in_person"]),
        received_at=received_at,
        question=fill(scene.rng, topic["question"]),
        owner=client.owner,
        replied_at=replied_at,
        reply=topic["reply"] if replied_at else "",
    )


def add_promise(scene: Scene, client: Client, promised_at: datetime, due_on: date, late: float = LATE) -> Row:
    """A promise and how it was kept; some are sent and then wait for the client's answer."""
    kept_on = scene.days.shift(due_on, scene.pick([1, 2, 3])) if scene.chance(late) else due_on
    kept_at = scene.happened(max(scene.moment(kept_on), promised_at + timedelta(minutes=30)))
    row = scene.add(
        "promises",
        client=client.name,
        promise=text(scene.rng, "promise"),
        owner=client.owner,
        promised_at=promised_at,
        due_on=due_on,
        kept_at=kept_at,
    )
    if kept_at is not None and scene.chance(0.35):
        await_reply(scene, row, kept_at, late)
    return row


def await_reply(scene: Scene, row: Row, sent_at: datetime, late: float) -> None:
    """Sent: the client answers in time, or is reminded on the third day, sometimes later or too soon."""
    row["awaits_reply"] = True
    if scene.chance(0.5):
        row["replied_at"] = scene.happened(scene.promptly(sent_at, 48))
    else:
        days = scene.pick([1, 6, 7]) if scene.chance(late) else NUDGE_DAYS
        on = scene.days.shift(sent_at.date() + timedelta(days=days), 0)
        row["nudged_at"] = scene.happened(max(scene.moment(on), sent_at + timedelta(days=days)))
    for key in ("replied_at", "nudged_at"):
        if key in row and row[key] is None:
            del row[key]
