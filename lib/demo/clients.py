"""The demo's clients: who they are, what they bought, and how their tier came about."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from lib.demo.scene import Scene
from lib.demo.team import Team
from lib.demo.words import Company, draw_companies, draw_person, phone_number, text, words

KEY_AMOUNT = 500_000
REPS_IN_BALANCE, TAKEN_OVER = 14, 6  # of so many reps, the first has so many clients of the last
# Kinds of clients by their story, with shares at thin and at rich depth. The rest are potential.
STORIES = {
    "key": (0.015, 0.13),
    "rising": (0.004, 0.03),
    "falling": (0.004, 0.03),
    "dormant_key": (0.002, 0.015),
    "ordinary": (0.3, 0.41),
    "dozing": (0.03, 0.06),
    "dormant": (0.05, 0.08),
}
# What is being neglected right now: so many months after a purchase something fell due, so many working
# days ago (ahead if negative), and was not done. One of each for every 200 clients.
NEGLECTED = (
    ("visit_1", 1, 3),
    ("visit_1", 1, -1),
    ("visit_3", 3, 4),
    ("visit_3", 3, -1),
    ("visit_6", 6, 5),
    ("visit_6", 6, -1),
    ("letter", 6, 8),
    ("letter", 6, 5),
    ("followup", 6, 9),
    ("followup", 6, 6),
    ("late_letter", 6, 30),
    ("late_followup", 6, 25),
)


@dataclass(frozen=True, slots=True)
class Client:
    """``purchases`` are won deals (day, amount in RMB), oldest first; none for a potential client."""

    name: str
    story: str
    owner: str
    contact: str
    title: str
    purchases: tuple[tuple[date, int], ...]
    neglected: str = ""

    @property
    def began_on(self) -> date | None:
        return self.purchases[0][0] if self.purchases else None

    def amount_before(self, on: date) -> int:
        """What was bought in the twelve months up to a day."""
        return sum(amount for day, amount in self.purchases if on - timedelta(days=364) <= day <= on)

    def is_key(self, on: date) -> bool:
        return self.amount_before(on) >= KEY_AMOUNT


def months_on(on: date, months: int) -> date:
    """The corresponding day some months on, or the last day of that month."""
    month = on.month - 1 + months
    year, month = on.year + month // 12, month % 12 + 1
    return date(year, month, min(on.day, monthrange(year, month)[1]))


def add_clients(scene: Scene, team: Team, count: int) -> list[Client]:
    """Clients with their contacts and transactions. Every story occurs, if ``count`` allows."""
    companies = draw_companies(scene.rng, count)
    stories = _draw_stories(scene, count)
    owners = _draw_owners(scene, team, count)
    owners[stories.index("key")] = ""
    return [
        _add_client(scene, company, story, owner)
        for company, story, owner in zip(companies, stories, owners, strict=True)
    ]


def _draw_stories(scene: Scene, count: int) -> list[str | tuple[str, int, int]]:
    """A story of STORIES, or a case of NEGLECTED, for each client."""
    stories: list[str | tuple[str, int, int]] = []
    for story, (thin, rich) in STORIES.items():
        stories += [story] * max(1, round(count * scene.between_thin_and_rich(thin, rich)))
    stories = [*stories, *NEGLECTED * max(1, round(count / 200))]
    stories += ["potential"] * (count - len(stories))
    stories = stories[:count]
    scene.rng.shuffle(stories)
    return stories


def _draw_owners(scene: Scene, team: Team, count: int) -> list[str]:
    """Mostly 10 to 15 clients each; now and then a rep has too many and another too few."""
    owners = [_owner_in_turn(team.reps, number) for number in range(count)]
    scene.rng.shuffle(owners)
    return owners


def _owner_in_turn(reps: tuple[str, ...], number: int) -> str:
    round_number, rep = divmod(number, len(reps))
    takes_over = rep % REPS_IN_BALANCE == REPS_IN_BALANCE - 1 and round_number < TAKEN_OVER
    return reps[rep - REPS_IN_BALANCE + 1] if takes_over else reps[rep]


def _add_client(scene: Scene, company: Company, story: str | tuple[str, int, int], owner: str) -> Client:
    if isinstance(story, str):
        purchases, neglected = tuple(_purchases(scene, story)), ""
    else:
        neglected, months, workdays = story
        story, purchases = "ordinary", tuple(_neglected_purchases(scene, neglected, months, workdays))
    contact, title = draw_person(scene.rng), scene.pick(words()["titles"])
    client = Client(company.name, story, owner, contact, title, purchases, neglected)
    _add_file(scene, client, company)
    _add_contacts(scene, client)
    _add_transactions(scene, client)
    return client


def _add_file(scene: Scene, client: Client, company: Company) -> None:
    purchases = client.purchases
    basis = (
        scene.pick(["contract", "contract", "consent"]) if purchases else scene.pick(["consent", "public"])
    )
    scene.add(
        "clients",
        name=client.name,
        former_names=company.former_name,
        owner=client.owner,
        industry=company.industry,
        size=scene.pick(words()["sizes"]),
        city=scene.pick(words()["cities"]),
        decision_chain=scene.pick(words()["decision_chains"]) if purchases and not scene.chance(0.02) else "",
        cooperation_began_on=client.began_on,
        lawful_basis=basis,
        consent_on=scene.day_ago(scene.rng.randint(30, 500)) if basis == "consent" else None,
    )


def _add_contacts(scene: Scene, client: Client) -> None:
    roles = ["decides", "uses", "buys", "influences"]
    fewest = 1 if client.purchases else 0
    for number in range(max(fewest, scene.count(scene.between_thin_and_rich(0.7, 1.4)))):
        serial = len(scene.rows["contacts"]) + 1
        scene.add(
            "contacts",
            client=client.name,
            name=client.contact if number == 0 else draw_person(scene.rng),
            title=client.title if number == 0 else scene.pick(words()["titles"]),
            decision_role=roles[number],
            phone=phone_number(scene.rng),
            email=f"contact{serial:05d}@example.com" if scene.chance(0.8) else "",
        )


# --- purchases ------------------------------------------------------------------------------------


def _purchases(scene: Scene, story: str) -> list[tuple[date, int]]:
    """Won deals of a story. Gaps stay below six months, except where dormancy is the story."""
    rng = scene.rng
    history = round(scene.between_thin_and_rich(330, 700))
    match story:
        case "key":
            start, yearly = rng.randint(60, history), rng.randint(620, 1900) * 1000
            return _regular(scene, start, rng.randint(2, 35), 45, yearly)
        case "rising":
            recent = rng.randint(20, 110)
            small = _regular(scene, rng.randint(recent + 60, history), recent + 30, 80, 160_000)
            return [*small, (scene.day_ago(recent), rng.randint(430, 640) * 1000)]
        case "falling":
            start = rng.randint(390, 440)
            return [
                (scene.day_ago(start), rng.randint(430, 520) * 1000),
                *_regular(scene, start - 40, rng.randint(10, 60), 90, 190_000),
            ]
        case "dormant_key":
            start = rng.randint(195, 330)
            return [(scene.day_ago(start), rng.randint(520, 800) * 1000)]
        case "ordinary":
            start = rng.randint(20, history)
            return _regular(scene, start, rng.randint(3, 110), 95, rng.randint(40, 300) * 1000)
        case "dozing":
            return _regular(scene, rng.randint(180, history), rng.randint(152, 180), 110, 120_000)
        case "dormant":
            last = rng.choice([rng.randint(184, 215), rng.randint(215, 400)])
            return _regular(scene, max(last + 30, rng.randint(last, max(last, history))), last, 110, 110_000)
        case _:
            return []


def _neglected_purchases(scene: Scene, neglected: str, months: int, workdays: int) -> list[tuple[date, int]]:
    on = months_on(scene.days.shift(scene.today, -workdays), -months)
    age = (scene.today - on).days
    first = (on, _amount(scene, 45_000))
    later = neglected == "visit_6"
    return [first, *_regular(scene, age - 60, 30, 60, 60_000)] if later else [first]


def _regular(scene: Scene, start: int, end: int, spacing: int, yearly: int) -> list[tuple[date, int]]:
    """Deals from ``start`` to ``end`` days ago, about ``spacing`` days apart and ``yearly`` RMB a year."""
    ages, age = [start], start
    while age > end + spacing // 2:
        age = max(end, age - round(spacing * scene.rng.uniform(0.6, 1.5)))
        ages.append(age)
    if ages[-1] > end + 30:
        ages.append(end)
    share = yearly / max(len([age for age in ages if age <= end + 360]), 1)
    return [(scene.day_ago(age), _amount(scene, share)) for age in ages]


def _amount(scene: Scene, about: float) -> int:
    return max(2000, 100 * round(about * scene.rng.uniform(0.85, 1.25) / 100))


def _add_transactions(scene: Scene, client: Client) -> None:
    for on, amount in client.purchases:
        _add_deal(scene, client, "won", on, amount)
    if scene.chance(0.35 if client.purchases else scene.between_thin_and_rich(0.12, 0.6)):
        state = scene.pick(["open", "open", "lost"])
        closed_on = scene.day_ago(scene.rng.randint(5, 200)) if state == "lost" else None
        _add_deal(scene, client, state, closed_on, scene.rng.randint(5, 150) * 1000)


def _add_deal(scene: Scene, client: Client, state: str, closed_on: date | None, amount: int) -> None:
    number = len(scene.rows["transactions"]) + 1
    stock = words()["systems" if amount >= 90_000 else "products"]
    fitting = [product["name"] for product in stock if product["low"] <= amount] or [stock[0]["name"]]
    earlier = timedelta(days=scene.rng.randint(5, 45))
    scene.add(
        "transactions",
        number=f"XS{number:06d}",
        client=client.name,
        product=scene.pick(fitting),
        amount=amount,
        opened_on=scene.days.shift((closed_on or scene.today) - earlier, 0),
        purchased_on=closed_on,
        state=state,
        owner=client.owner,
        note=text(scene.rng, "lost_note") if state == "lost" else "",
    )
