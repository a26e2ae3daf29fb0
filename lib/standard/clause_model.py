"""The shape of the service standard: clauses and their parts, frozen. ``clauses.py`` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

KINDS = ("within", "before", "cadence", "gate", "measure")
CLOCK_UNITS = ("minutes", "hours")
SERVICE_UNITS = ("service_minutes", "service_hours")
DAY_UNITS = ("days", "working_days", "months")
TIME_UNITS = (*CLOCK_UNITS, *SERVICE_UNITS, *DAY_UNITS, "date")
MEASURE_UNITS = ("yuan", "percent", "months", "clients", "count", "seconds", "hours")
PERIODS = ("week", "month", "quarter")
AGGREGATES = ("count", "share", "tier_count", "drop", "repeats")
TIERS = ("vip", "key", "ordinary", "potential")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from: a document's letter and a section of it."""

    doc: str
    section: str


@dataclass(frozen=True, slots=True)
class Amount:
    """One dated step: ``target`` and, where there are two marks, ``limit``, in the clause's unit."""

    from_on: date
    target: float
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A row counts if the column holds one of ``values``, or (``empty``) holds nothing.

    Without values: ``empty`` alone asks for an empty cell or for a filled one.
    """

    column: str
    values: tuple[str | bool, ...] = ()
    empty: bool | None = None


@dataclass(frozen=True, slots=True)
class ClientCondition:
    """Which clients a clause is about. ``as_of``: the day on which the tier is looked at."""

    tiers: tuple[str, ...] = ()
    dormant: bool | None = None
    as_of: str = "trigger"


@dataclass(frozen=True, slots=True)
class Event:
    """Rows of another worksheet that fulfil an obligation of the same client."""

    worksheet: str
    at: str
    where: tuple[Condition, ...] = ()
    clients: ClientCondition = ClientCondition()
    after: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """Rows of another worksheet of which the client needs at least one."""

    worksheet: str
    where: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """An amount of time in a unit of the clauses."""

    amount: float
    unit: str


@dataclass(frozen=True, slots=True)
class Measure:
    """How a figure is made; see ``lib.service.measures`` for what each aggregate reads."""

    of: str
    by: tuple[str, ...] = ()
    part: str = ""
    whole: str = ""
    at: str = ""
    text: str = ""
    tier: str = ""
    months: float = 0
    days: float = 0
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause. Texts are ``{"zh": ..., "en": ...}``; column names are keys of worksheets.toml."""

    id: str
    group: str
    kind: str
    names: Mapping[str, str]
    rules: Mapping[str, str]
    actions: Mapping[str, str]
    by: Mapping[str, str]
    sources: tuple[Source, ...]
    our_default: bool = False
    measured: bool = True
    worksheet: str = ""
    where: tuple[Condition, ...] = ()
    clients: ClientCondition = ClientCondition()
    trigger: tuple[str, ...] = ()
    planned: str = ""
    done: tuple[str, ...] = ()
    done_by: tuple[Event, ...] = ()
    window_from: Period | None = None
    needs: tuple[str, ...] = ()
    void: tuple[str, ...] = ()
    closed_by: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    evidence_by: tuple[Evidence, ...] = ()
    each: str = ""
    unit: str = ""
    due: str = ""
    owner: str = ""
    amounts: tuple[Amount, ...] = ()
    not_before: bool = False
    measure: Measure | None = None

    @property
    def has_amount(self) -> bool:
        """Whether a team can set an amount for it (a Rules row)."""
        return self.kind in ("within", "before", "measure") and self.unit not in ("", "date")


@dataclass(frozen=True, slots=True)
class Standard:
    """All clauses in the order of the file, the names of groups and the titles of source documents."""

    clauses: Mapping[str, Clause]
    groups: Mapping[str, Mapping[str, str]]
    documents: Mapping[str, Mapping[str, str]]

    def __getitem__(self, clause_id: str) -> Clause:
        return self.clauses[clause_id]
