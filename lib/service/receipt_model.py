"""What a receipt holds; ``receipts.explain`` fills it, ``receipt_texts.render`` puts it into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from lib.records.book import CellPlace
from lib.service.receipt_steps import Interval
from lib.standard.clause_model import Clause
from lib.standard.instants import from_us


@dataclass(frozen=True, slots=True)
class Fact:
    """A dated fact and where it stands. ``place`` is missing for what the spreadsheet does not hold."""

    at: datetime
    worksheet: str
    record: str
    column: str
    place: CellPlace | None = None


@dataclass(frozen=True, slots=True)
class TeamRule:
    """The Rules row that set a mark: who, from when, why. ``standard``: the standard's own amount, if any."""

    record: str
    mark: str
    effective_from: date
    amount: float
    standard: float | None
    set_by: str
    reason: str
    place: CellPlace | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything that leads to a due time. Instants are aware, in the calendar's zone.

    ``intervals`` follow each other from the trigger to ``due_at`` (of a clause of kind before: from
    ``due_at`` to the planned time); the amounts counted in them add up to ``amount``, in the clause's unit.
    ``origin``: what a derived trigger follows from. ``needs``: columns that are empty and without which a
    fulfilment does not count (``worksheet.*``: a row there), ``need_names`` their headers.
    """

    obligation: str
    clause: Clause
    worksheet: str
    record: str
    status: str
    status_unpaused: str
    trigger: Fact | None
    origin: Fact | None
    planned: Fact | None
    done: Fact | None
    due_at: datetime
    limit_at: datetime | None
    unpaused_due_at: datetime
    amount: float
    limit_amount: float
    intervals: tuple[Interval, ...]
    pauses: tuple[tuple[datetime, datetime | None], ...]
    rules: tuple[TeamRule, ...] = ()
    needs: tuple[str, ...] = ()
    need_names: tuple[str, ...] = ()
    documents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    provisional: bool = False
    too_early: bool = False
    missed: bool = False
    tz: tzinfo = UTC

    def to_dict(self) -> dict[str, Any]:
        """The receipt as JSON-able values; instants are ISO 8601 with offset, missing ones None."""
        return {
            "obligation": self.obligation,
            "clause": self.clause.id,
            "kind": self.clause.kind,
            "unit": self.clause.unit,
            "amount": _number(self.amount),
            "limit_amount": _number(self.limit_amount),
            "our_default": self.clause.our_default,
            "sources": [{"doc": source.doc, "section": source.section} for source in self.clause.sources],
            "rules": [_rule_dict(rule) for rule in self.rules],
            "worksheet": self.worksheet,
            "record": self.record,
            "trigger": _fact_dict(self.trigger),
            "origin": _fact_dict(self.origin),
            "planned": _fact_dict(self.planned),
            "intervals": [self._interval_dict(interval) for interval in self.intervals],
            "pauses": [{"start": start.isoformat(), "end": _iso(end)} for start, end in self.pauses],
            "due_at": self.due_at.isoformat(),
            "unpaused_due_at": self.unpaused_due_at.isoformat(),
            "limit_at": _iso(self.limit_at),
            "done": _fact_dict(self.done),
            "needs": list(self.needs),
            "status": self.status,
            "status_unpaused": self.status_unpaused,
            "provisional": self.provisional,
            "too_early": self.too_early,
            "missed": self.missed,
        }

    def _interval_dict(self, interval: Interval) -> dict[str, Any]:
        start, end = from_us([interval.start, interval.end], self.tz)
        return {
            "kind": interval.kind,
            "start": start.isoformat(),
            "end": end.isoformat(),
            "amount": interval.amount,
            "name_zh": interval.name_zh,
            "name_en": interval.name_en,
            "note": interval.note,
        }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _number(value: float) -> float | None:
    return None if value != value else value


def _place_dict(place: CellPlace | None) -> dict[str, str]:
    return {} if place is None else {"sheet": place.sheet, "cell": place.cell, "header": place.header}


def _fact_dict(fact: Fact | None) -> dict[str, Any] | None:
    if fact is None:
        return None
    where = {"worksheet": fact.worksheet, "record": fact.record, "column": fact.column}
    return {"at": fact.at.isoformat(), **where, **_place_dict(fact.place)}


def _rule_dict(rule: TeamRule) -> dict[str, Any]:
    return {
        "record": rule.record,
        "mark": rule.mark,
        "effective_from": rule.effective_from.isoformat(),
        "amount": rule.amount,
        "standard": rule.standard,
        "set_by": rule.set_by,
        "reason": rule.reason,
        **_place_dict(rule.place),
    }
