"""The demo's people, their calendar and their own rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from lib.demo.scene import Row, Scene, WorkDays
from lib.demo.words import draw_people, phone_number, words
from lib.standard.calendar_days import Override, OverrideKind
from lib.standard.working_time import parse_hours

CLIENTS_PER_REP = 14
REPS_PER_SUPERVISOR = 7
SUPERVISORS_PER_MANAGER = 8


@dataclass(frozen=True, slots=True)
class Team:
    """Names; ``supervisor_of`` is by rep. ``former_rep`` has left, the clients were handed over."""

    reps: tuple[str, ...]
    supervisors: tuple[str, ...]
    managers: tuple[str, ...]
    former_rep: str
    supervisor_of: dict[str, str]


def plan_calendar(today: date) -> tuple[Row, ...]:
    """The team's own days: a company day off, a Saturday of stocktaking."""
    public = WorkDays()
    day_off = public.shift(today - timedelta(days=47), 0)
    saturday = today - timedelta(days=(today.weekday() - 5) % 7 + 21)
    rows: list[Row] = [{"from_on": day_off, "kind": "day_off", "note": "公司成立纪念日"}]
    if not public.is_worked(saturday):
        note = "仓库盘点，上午上班"
        rows.append({"from_on": saturday, "kind": "working_day", "hours": "09:00-12:00", "note": note})
    return tuple(rows)


def to_overrides(calendar_rows: tuple[Row, ...]) -> tuple[Override, ...]:
    """The same rows as working time knows them."""
    return tuple(_to_override(row) for row in calendar_rows)


def _to_override(row: Row) -> Override:
    on, hours = row["from_on"], row.get("hours")
    if not isinstance(on, date):
        raise TypeError("from_on is not a date")
    return Override(OverrideKind(str(row["kind"])), on, hours=parse_hours(str(hours)) if hours else None)


def add_team(scene: Scene, clients: int) -> Team:
    """Staff for so many clients: one manager, two supervisors, fourteen reps for 200."""
    reps = max(2, round(clients / CLIENTS_PER_REP))
    supervisors = max(1, round(reps / REPS_PER_SUPERVISOR))
    managers = max(1, round(supervisors / SUPERVISORS_PER_MANAGER))
    names = draw_people(scene.rng, managers + supervisors + reps + 1)
    team = _arrange(names, managers, supervisors)
    for name in team.managers:
        _add_person(scene, name, "manager", "", "")
    for index, name in enumerate(team.supervisors):
        _add_person(scene, name, "supervisor", team.managers[index % managers], _team_name(index))
    for index, name in enumerate(team.reps):
        _add_person(scene, name, "rep", team.supervisor_of[name], _team_name(index % supervisors))
    leaver = _add_person(scene, team.former_rep, "rep", team.supervisors[0], _team_name(0))
    leaver["left_on"] = scene.day_ago(70)
    return team


def _arrange(names: list[str], managers: int, supervisors: int) -> Team:
    heads, reps = names[: managers + supervisors], names[managers + supervisors : -1]
    chiefs = tuple(heads[managers:])
    supervisor_of = {rep: chiefs[index % supervisors] for index, rep in enumerate(reps)}
    return Team(tuple(reps), chiefs, tuple(heads[:managers]), names[-1], supervisor_of)


def _team_name(index: int) -> str:
    names = words()["teams"]
    round_number = index // len(names)
    return f"{names[index % len(names)]}{round_number + 1 if round_number else ''}组"


def _add_person(scene: Scene, name: str, role: str, supervisor: str, team: str) -> Row:
    number = len(scene.rows["staff"]) + 1
    return scene.add(
        "staff",
        name=name,
        former_names="阿" + name[-1] if number == 5 else "",
        role=role,
        supervisor=supervisor,
        team=team,
        email=f"staff{number:03d}@example.com",
        phone=phone_number(scene.rng),
        joined_on=scene.day_ago(scene.rng.randint(800, 2600)),
    )


def add_rules(scene: Scene, team: Team) -> None:
    """The amounts that this team sets for itself."""
    set_by = team.managers[0]
    for clause, mark, amount, days_ago, reason in (
        ("complaint.assess", "target", 2, 120, "客户满意度调查后收紧"),
        ("dormant.letter", "target", 5, 200, "关怀函需经主管审阅"),
        ("inquiry.any_reply", "limit", 36, 60, "本团队承诺最晚36小时答复"),
    ):
        scene.add(
            "rules",
            clause=clause,
            mark=mark,
            amount=amount,
            effective_from=scene.day_ago(days_ago),
            reason=reason,
            set_by=set_by,
        )
