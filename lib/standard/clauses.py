"""What the service standard says: ``clauses.toml`` read strictly into frozen clauses.

A clause has one of five kinds: *within* (a fact, then another fact in time), *before* (a fact some time
before a planned date), *cadence* (something in each period), *gate* (evidence once a stage is reached) and
*measure* (a figure against a threshold). Amounts are dated steps; a newer one is added, none is changed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

from lib.standard.clause_model import (
    AGGREGATES,
    DAY_UNITS,
    KINDS,
    MEASURE_UNITS,
    PERIODS,
    TIERS,
    TIME_UNITS,
    Amount,
    Clause,
    ClientCondition,
    Condition,
    Event,
    Evidence,
    Measure,
    Period,
    Source,
    Standard,
)
from lib.standard.strict_toml import StandardError, Table

__all__ = ["Clause", "Standard", "StandardError", "check_columns", "load_standard"]

FORMAT = 1
CLAUSES_PATH = Path(__file__).with_name("clauses.toml")


def load_standard(path: Path = CLAUSES_PATH) -> Standard:
    """Read the standard. StandardError names file, clause and key for anything unknown, missing or double."""
    try:
        root = Table(tomllib.loads(path.read_text(encoding="utf-8")), path.name)
    except tomllib.TOMLDecodeError as error:
        raise StandardError(f"{path.name}: {error}") from error
    if root.number("format") != FORMAT:
        raise root.fail(f"format must be {FORMAT}")
    groups = {key: _read_names(table) for key, table in root.keyed_tables("groups").items()}
    documents = {key: _read_names(table) for key, table in root.keyed_tables("documents").items()}
    clauses: dict[str, Clause] = {}
    for table in root.tables("clause"):
        clause = _read_clause(table, path.name, groups, documents)
        if clause.id in clauses:
            raise table.fail("this id is used twice")
        clauses[clause.id] = clause
    root.end()
    return Standard(MappingProxyType(clauses), groups, documents)


def check_columns(standard: Standard, columns: Mapping[str, Collection[str]]) -> None:
    """Check every worksheet and column that a clause names against ``{worksheet: columns}``.

    Raises StandardError naming the clause and the column.
    """
    for clause in standard.clauses.values():
        for worksheet, names in _columns_read(clause):
            if worksheet not in columns:
                raise StandardError(f"clauses.toml: [{clause.id}] names an unknown worksheet {worksheet!r}")
            for name in names:
                if name not in columns[worksheet]:
                    raise StandardError(f"clauses.toml: [{clause.id}] {worksheet} has no column {name!r}")


def _columns_read(clause: Clause) -> list[tuple[str, list[str]]]:
    """Worksheets and columns that a clause reads."""
    if not clause.worksheet:
        return []
    own = [*clause.trigger, *clause.done, *clause.needs, *clause.void, *clause.closed_by, *clause.evidence]
    own += [condition.column for condition in clause.where]
    own += [clause.planned, clause.due, clause.owner]
    if measure := clause.measure:
        own += [*measure.by, measure.part, measure.whole, measure.at, measure.text]
    events = [(e.worksheet, [e.at, *(condition.column for condition in e.where)]) for e in clause.done_by]
    evidence = [(e.worksheet, [condition.column for condition in e.where]) for e in clause.evidence_by]
    return [(clause.worksheet, [name for name in own if name]), *events, *evidence]


def _read_names(table: Table) -> Mapping[str, str]:
    names = {"zh": table.text("zh"), "en": table.text("en")}
    table.end()
    return names


def _read_clause(table: Table, file: str, groups: Collection[str], documents: Collection[str]) -> Clause:
    table.place = f"{file}: [{table.text('id')}]"
    clause = Clause(
        id=table.place.split("[")[1][:-1],
        group=table.word("group", tuple(groups)),
        kind=table.word("kind", KINDS),
        names={"zh": table.text("zh"), "en": table.text("en")},
        rules={"zh": table.text("rule_zh"), "en": table.text("rule_en")},
        actions={"zh": table.text("action_zh", ""), "en": table.text("action_en", "")},
        by={"zh": table.text("by_zh", ""), "en": table.text("by_en", "")},
        sources=tuple(_read_source(entry, documents) for entry in table.tables("source")),
        our_default=table.flag("our_default", False),
        measured=table.flag("measured", True),
        worksheet=table.text("worksheet", ""),
        where=_read_conditions(table),
        clients=_read_clients(table.table("clients")),
        trigger=table.words("trigger"),
        planned=table.text("planned", ""),
        done=table.words("done"),
        done_by=tuple(_read_event(entry) for entry in table.tables("done_by")),
        window_from=_read_period(table.table("window_from")),
        needs=table.words("needs"),
        void=table.words("void"),
        closed_by=table.words("closed_by"),
        evidence=table.words("evidence"),
        evidence_by=tuple(_read_evidence(entry) for entry in table.tables("evidence_by")),
        each=table.word("each", PERIODS, ""),
        unit=table.word("unit", (*TIME_UNITS, *MEASURE_UNITS), ""),
        due=table.text("due", ""),
        owner=table.text("owner", ""),
        amounts=_read_amounts(table),
        not_before=table.flag("not_before", False),
        measure=_read_measure(table.table("measure")),
    )
    table.end()
    _check_clause(clause, table)
    return clause


def _read_source(table: Table, documents: Collection[str]) -> Source:
    source = Source(table.word("doc", tuple(documents)), table.text("section"))
    table.end()
    return source


def _read_conditions(table: Table) -> tuple[Condition, ...]:
    return tuple(_read_condition(entry) for entry in table.tables("where"))


def _read_condition(table: Table) -> Condition:
    empty = table.flag("empty", False) if "empty" in table else None
    condition = Condition(table.text("column"), table.values("in"), empty)
    table.end()
    if not condition.values and empty is None:
        raise table.fail("a condition needs in or empty")
    return condition


def _read_clients(table: Table | None) -> ClientCondition:
    if table is None:
        return ClientCondition()
    tiers = table.words("tier")
    if unknown := set(tiers) - set(TIERS):
        raise table.fail(f"unknown tier {', '.join(sorted(unknown))}")
    dormant = table.flag("dormant", False) if "dormant" in table else None
    clients = ClientCondition(tiers, dormant, table.word("as_of", ("trigger", "due"), "trigger"))
    table.end()
    return clients


def _read_event(table: Table) -> Event:
    event = Event(
        table.text("worksheet"),
        table.text("at"),
        _read_conditions(table),
        _read_clients(table.table("clients")),
        table.flag("after", False),
    )
    table.end()
    return event


def _read_evidence(table: Table) -> Evidence:
    evidence = Evidence(table.text("worksheet"), _read_conditions(table))
    table.end()
    return evidence


def _read_period(table: Table | None) -> Period | None:
    if table is None:
        return None
    amount = table.number("amount")
    if amount is None:
        raise table.fail("amount is missing")
    period = Period(amount, table.word("unit", TIME_UNITS[:-1]))
    table.end()
    return period


def _read_amounts(table: Table) -> tuple[Amount, ...]:
    amounts = tuple(_read_amount(entry) for entry in table.tables("amounts"))
    days = [amount.from_on for amount in amounts]
    if days != sorted(set(days)):
        raise table.fail("amounts must be in the order of their dates, each date once")
    return amounts


def _read_amount(table: Table) -> Amount:
    from_on, target, limit = table.day("from"), table.number("target"), table.number("limit")
    table.end()
    if target is None:
        raise table.fail("target is missing")
    if limit is not None and limit < target:
        raise table.fail(f"limit {limit:g} is below target {target:g}")
    return Amount(from_on, target, limit)


def _read_measure(table: Table | None) -> Measure | None:
    if table is None:
        return None
    marks = ("target", "limit")
    measure = Measure(
        of=table.word("of", AGGREGATES),
        by=table.words("by"),
        part=table.text("part", ""),
        whole=table.text("whole", ""),
        at=table.text("at", ""),
        text=table.text("text", ""),
        tier=table.word("tier", (*TIERS, "dormant"), ""),
        months=table.number("months") or 0,
        days=table.number("days") or 0,
        low=table.word("low", marks, ""),
        high=table.word("high", marks, ""),
    )
    table.end()
    return measure


def _check_clause(clause: Clause, table: Table) -> None:
    """What a clause of each kind must say before anything can be computed from it."""
    if not clause.sources:
        raise table.fail("source is missing")
    if not clause.measured:
        return
    for key in _REQUIRED[clause.kind]:
        if not getattr(clause, key):
            raise table.fail(f"a clause of kind {clause.kind} needs {key}")
    if clause.kind != "measure" and not all(clause.actions.values()):
        raise table.fail("action_zh and action_en are missing")
    if clause.kind in ("within", "before") and not (clause.done or clause.done_by):
        raise table.fail("done or done_by is missing")
    _check_unit(clause, table)


_REQUIRED = {
    "within": ("worksheet", "trigger", "unit"),
    "before": ("worksheet", "planned", "unit", "amounts"),
    "cadence": ("worksheet", "each", "done_by"),
    "gate": ("worksheet", "trigger"),
    "measure": ("measure",),
}


def _check_unit(clause: Clause, table: Table) -> None:
    if clause.kind in ("within", "before") and clause.unit not in TIME_UNITS:
        raise table.fail(f"unit {clause.unit} is no unit of time")
    if clause.kind == "measure" and clause.unit not in ("", *MEASURE_UNITS):
        raise table.fail(f"unit {clause.unit} is no unit of a measure")
    if clause.kind == "within" and (clause.unit == "date") != bool(clause.due):
        raise table.fail("unit date and due go together")
    if clause.kind == "within" and clause.unit != "date" and not clause.amounts:
        raise table.fail("amounts is missing")
    whole_only = clause.unit in DAY_UNITS and clause.kind != "measure"
    if whole_only and any(a.target % 1 or (a.limit or 0) % 1 for a in clause.amounts):
        raise table.fail(f"amounts of {clause.unit} must be whole")
    if any(amount.limit is not None for amount in clause.amounts) and clause.kind == "before":
        raise table.fail("a clause of kind before has no limit")
    if clause.not_before and clause.unit not in ("days", "working_days"):
        raise table.fail("not_before needs a unit of days")
    if clause.kind == "gate" and not (clause.evidence or clause.evidence_by):
        raise table.fail("evidence or evidence_by is missing")
