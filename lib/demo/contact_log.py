"""Contacts with clients: the monthly call, care letters, visits with what they led to."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta

from lib.demo.clients import Client, months_on
from lib.demo.scene import Row, Scene
from lib.demo.words import fill, text, words

DORMANT_MONTHS = 6
LETTER_WORKDAYS = 5  # the team's own amount, see team.add_rules
LATE = 0.19
CHANNELS = (*["phone"] * 6, *["online"] * 4, "email")
IN_PERSON_STORIES = ("key", "rising", "falling", "dormant_key")
PLACES = {
    "in_person": ("客户会议室", "客户仓库", "客户门店", "客户总部"),
    "phone": ("电话",),
    "online": ("视频会议",),
}


def add_contact_log(scene: Scene, client: Client) -> None:
    """All that passed between the team and one client, up to now."""
    if not client.neglected:
        _add_monthly_contacts(scene, client)
    if client.is_key(scene.today):
        _add_greeting(scene, client)
    if client.purchases:
        _add_care(scene, client)
        for months in (1, 3, 6):
            if client.neglected != f"visit_{months}":
                _add_milestone_visit(scene, client, months)


# --- interactions ---------------------------------------------------------------------------------


def _add_monthly_contacts(scene: Scene, client: Client) -> None:
    first = months_on(scene.today.replace(day=1), -round(scene.between_thin_and_rich(9, 13)))
    began_on = client.began_on or months_on(scene.today, -scene.rng.randint(1, 9))
    month = max(first, began_on.replace(day=1))
    while month <= scene.today:
        share = _monthly_share(scene, client, month)
        for _ in range(scene.count(share)):
            _add_contact_in_month(scene, client, month)
        month = months_on(month, 1)


def _monthly_share(scene: Scene, client: Client, month: date) -> float:
    """How many contacts to expect in a month; a key client rarely goes without one."""
    if client.is_key(month) or client.is_key(months_on(month, 1)):
        return 0.96 if scene.chance(0.75) else 1.9
    by_story = scene.between_thin_and_rich(0.12, 0.3)
    return by_story / 2 if client.story in {"dormant", "potential"} else by_story


def _add_contact_in_month(scene: Scene, client: Client, month: date) -> None:
    offset = scene.rng.randrange(monthrange(month.year, month.month)[1])
    on = scene.days.shift(month + timedelta(days=offset), 0)
    if on.month != month.month:
        on = scene.days.shift(on, -1)
    topic = "contact" if client.purchases else "prospect"
    add_interaction(scene, client, scene.moment(on), topic)


def _add_greeting(scene: Scene, client: Client) -> None:
    """A personal word to a key client; now and then the same text as to others."""
    row = add_interaction(scene, client, scene.moment(scene.day_ago(scene.rng.randint(3, 60))), "greeting", 0)
    if row is not None and not scene.chance(0.1):
        row["summary"] = f"向{client.contact}{row['summary']}"


def add_interaction(scene: Scene, client: Client, at: datetime, topic: str, late: float = LATE) -> Row | None:
    """One contact and when it was put on record; None if it lies ahead."""
    if at > scene.now:
        return None
    if at > scene.now - timedelta(days=6):
        late = 0
    kind = {"contact": "contact", "prospect": "contact"}.get(topic, topic)
    return scene.add(
        "interactions",
        client=client.name,
        contact=client.contact if scene.chance(0.85) else "",
        occurred_at=at,
        recorded_at=scene.happened(scene.in_hours(at, 24, late)),
        channel="letter" if kind == "care_letter" else scene.pick(CHANNELS),
        direction="in" if kind == "contact" and scene.chance(0.2) else "out",
        kind=kind,
        by=client.owner,
        summary=text(scene.rng, topic),
        next_step=text(scene.rng, "next_step") if kind == "contact" else "",
    )


def _add_care(scene: Scene, client: Client) -> None:
    """The care letter to a dormant client and its follow-up. Long neglected clients have had theirs."""
    dormant_on = months_on(client.purchases[-1][0], DORMANT_MONTHS)
    if dormant_on > scene.today or client.neglected == "letter":
        return
    start = datetime.combine(dormant_on, time(9))
    late = 1 if client.neglected == "late_letter" else LATE
    letter_at = scene.in_workdays(start, LETTER_WORKDAYS, late)
    if client.neglected.endswith("followup"):
        letter_at = scene.moment(scene.days.shift(dormant_on, 3))
    late = 1 if client.neglected == "late_followup" else LATE
    followup_at = scene.in_workdays(letter_at, 3, late)
    letter = add_interaction(scene, client, letter_at, "care_letter", late=0)
    if letter is not None and client.neglected != "followup":
        add_interaction(scene, client, followup_at, "care_followup", late=0)


# --- visits ---------------------------------------------------------------------------------------


def _add_milestone_visit(scene: Scene, client: Client, months: int) -> None:
    began_on = client.began_on
    if began_on is None:
        return
    due_on = months_on(began_on, months)
    if due_on > scene.today + timedelta(days=12):
        return
    late = 0 if client.neglected else LATE
    slip = scene.rng.randint(2, 12) if scene.chance(late) else -scene.rng.randint(0, 9)
    on = scene.days.shift(due_on, -1) if slip == 0 else scene.days.shift(due_on + timedelta(days=slip), 0)
    if slip < 0 and on > due_on:
        on = scene.days.shift(due_on, -1)
    mode = "in_person" if client.story in IN_PERSON_STORIES else scene.pick(["phone", "online"])
    purpose = text(scene.rng, "purpose", months=months) if months > 1 else "合作满1个月回访"
    add_visit(scene, client, scene.moment(on, 9, 15), mode, purpose)


def add_visit(scene: Scene, client: Client, at: datetime, mode: str, purpose: str, late: float = LATE) -> Row:
    """A visit planned for a moment: arranged and confirmed before, made and recorded if it has come."""
    arranged_at = scene.moment(scene.days.shift(at.date(), -scene.rng.randint(4, 9)))
    row = scene.add(
        "visits",
        client=client.name,
        contact=client.contact,
        title=client.title,
        mode=mode,
        arranged_at=scene.happened(arranged_at),
        planned_at=at,
        confirmed_at=scene.happened(_confirmation(scene, at, late)),
        place=scene.pick(PLACES[mode]),
        purpose=purpose,
        visitor=client.owner,
        service_report=True if mode == "in_person" else None,
    )
    if scene.happened(at):
        _complete_visit(scene, row, at, late)
    return row


def _confirmation(scene: Scene, at: datetime, late: float) -> datetime:
    if scene.chance(late):
        return at - timedelta(minutes=scene.rng.randint(30, 55))
    return scene.moment(scene.days.shift(at.date(), -scene.rng.randint(1, 2)))


def _complete_visit(scene: Scene, row: Row, at: datetime, late: float) -> None:
    same_day = scene.after_hours(at, 0.7, 2)
    recorded_at = scene.moment(scene.days.shift(at.date(), 1)) if scene.chance(late) else same_day
    row |= {
        "visited_at": at,
        "recorded_at": scene.happened(recorded_at),
        "discussed": text(scene.rng, "discussed"),
        "objections": text(scene.rng, "objections"),
        "commitments": text(scene.rng, "commitments"),
        "next_step": text(scene.rng, "visit_next_step"),
        "next_on": None if scene.chance(0.02) else scene.days.shift(at.date(), scene.rng.randint(5, 30)),
    }
    if scene.chance(0.25):
        add_problem(scene, row, at, late)
    for key in [key for key, value in row.items() if value is None or value == ""]:
        del row[key]


def add_problem(scene: Scene, row: Row, at: datetime, late: float) -> None:
    """A problem raised at the visit, handed on; sometimes with an improvement promised."""
    topic = scene.pick(words()["problems"])
    row |= {
        "problem": fill(scene.rng, topic["problem"]),
        "problem_at": at,
        "transferred_at": scene.happened(scene.in_hours(at, 24, late)),
        "transferred_to": scene.pick(words()["texts"]["department"]),
    }
    if row["mode"] == "in_person" and scene.chance(0.6):
        row |= {
            "improvement": topic["improvement"],
            "improvement_at": at,
            "rectified_at": scene.happened(scene.in_workdays(at, 15, 1.6 * late)),
        }
