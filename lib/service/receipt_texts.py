"""A receipt in words, line by line, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from math import isnan

from lib.locale import text
from lib.service.receipt_model import Fact, Receipt, TeamRule
from lib.service.receipt_steps import Interval
from lib.standard.clause_model import Clause
from lib.standard.instants import from_us

_LAST_KINDS = ("same_day", "month_day", "until_date", "moved", "moved_back")
_COUNTABLE = ("days", "working_days", "months", "periods", "clients")


def render(receipt: Receipt, language: str) -> list[str]:
    """The receipt as plain lines: clause and source, amount in force, trigger, what was counted, verdict."""
    return [*_head(receipt, language), *_count(receipt, language), *_verdict(receipt, language)]


def amount_text(amount: float, unit: str, language: str) -> str:
    """An amount with its unit, such as "24 hours"; same day for no days at all."""
    if unit in ("days", "working_days", "months") and amount == 0:
        return text(language, "receipts.same_day_amount")
    return _with_unit(amount, unit, language)


def _with_unit(amount: float, unit: str, language: str) -> str:
    one = "_one" if amount == 1 and unit in _COUNTABLE else ""
    return text(language, f"receipts.unit_{unit}{one}", amount=f"{amount:g}")


def _head(receipt: Receipt, language: str) -> Iterator[str]:
    clause = receipt.clause
    yield text(language, "receipts.clause", name=clause.names[language], id=clause.id)
    yield text(language, "receipts.rule", rule=clause.rules[language])
    yield text(language, "receipts.source", source=_sources(receipt, language))
    if clause.our_default:
        yield text(language, "receipts.our_default")
    if not isnan(receipt.amount):
        yield _amount_line(receipt, language)
    for rule in receipt.rules:
        yield _rule_line(rule, clause, language)


def _sources(receipt: Receipt, language: str) -> str:
    return text(language, "receipts.semicolon").join(
        text(language, "receipts.source_entry", title=receipt.documents[s.doc][language], section=s.section)
        for s in receipt.clause.sources
    )


def _amount_line(receipt: Receipt, language: str) -> str:
    unit = receipt.clause.unit
    amount = amount_text(receipt.amount, unit, language)
    if isnan(receipt.limit_amount):
        return text(language, "receipts.amount", amount=amount)
    limit = amount_text(receipt.limit_amount, unit, language)
    return text(language, "receipts.amount_and_limit", amount=amount, limit=limit)


def _rule_line(rule: TeamRule, clause: Clause, language: str) -> str:
    return text(
        language,
        f"receipts.team_rule_{rule.mark}",
        amount=amount_text(rule.amount, clause.unit, language),
        standard="-" if rule.standard is None else amount_text(rule.standard, clause.unit, language),
        day=rule.effective_from.isoformat(),
        by=rule.set_by or "-",
        reason=rule.reason or "-",
        cell=f"{rule.place.sheet} {rule.place.cell}" if rule.place else rule.record,
    )


def _count(receipt: Receipt, language: str) -> Iterator[str]:
    if receipt.planned is not None:
        yield _fact_line("planned", receipt.planned, language)
    if receipt.trigger is not None:
        yield _fact_line("trigger", receipt.trigger, language)
        if receipt.origin is not None:
            yield _fact_line("origin", receipt.origin, language)
    elif receipt.clause.each and receipt.intervals:
        start = from_us(receipt.intervals[0].start, receipt.tz)[0]
        yield text(language, "receipts.period_begins", at=_moment(start))
    for _, same in groupby(receipt.intervals, key=lambda i: (i.kind, i.name_zh, i.note, i.amount > 0)):
        yield _interval_line(list(same), receipt, language)


def _fact_line(kind: str, fact: Fact, language: str) -> str:
    if fact.place is None:
        return text(language, f"receipts.{kind}_derived", at=_moment(fact.at))
    place = fact.place
    return text(
        language,
        f"receipts.{kind}",
        at=_moment(fact.at),
        sheet=place.sheet,
        cell=place.cell,
        header=place.header,
    )


def _interval_line(same: list[Interval], receipt: Receipt, language: str) -> str:
    start, end = from_us([same[0].start, same[-1].end - 1], receipt.tz)
    last = from_us(same[-1].end, receipt.tz)[0]
    by_day = same[0].kind not in ("clock", "open", "closed", "pause")
    span = _days(start, end) if by_day else f"{_moment(start)} – {_moment(last)}"
    amount = sum(interval.amount for interval in same)
    name = same[0].note or (same[0].name_zh if language == "zh" else same[0].name_en)
    reason = text(language, f"receipts.kind_{same[0].kind}")
    shown = f"{reason} {name}".strip() if language == "zh" else " ".join(filter(None, (reason, name)))
    if not amount:
        line = "ends" if same[0].kind in _LAST_KINDS else "skipped"
        return text(language, f"receipts.{line}", span=span, reason=shown)
    counted = _with_unit(round(amount, 2), receipt.clause.unit or "periods", language)
    return text(language, "receipts.counted", span=span, amount=counted, reason=shown)


def _verdict(receipt: Receipt, language: str) -> Iterator[str]:
    yield text(language, "receipts.due", at=_moment(receipt.due_at))
    if receipt.unpaused_due_at != receipt.due_at:
        yield text(language, "receipts.unpaused_due", at=_moment(receipt.unpaused_due_at))
    if receipt.limit_at is not None:
        yield text(language, "receipts.limit", at=_moment(receipt.limit_at))
    if receipt.provisional:
        yield text(language, "receipts.provisional")
    if receipt.done is not None:
        yield _fact_line("done", receipt.done, language)
    if receipt.needs:
        yield text(language, "receipts.needs", columns=", ".join(receipt.need_names))
    if receipt.too_early:
        yield text(language, "receipts.too_early")
    if receipt.missed:
        yield text(language, "receipts.missed")
    yield text(language, "receipts.status", status=text(language, f"receipts.status_{receipt.status}"))
    if receipt.status_unpaused != receipt.status:
        unpaused = text(language, f"receipts.status_{receipt.status_unpaused}")
        yield text(language, "receipts.status_without_pauses", status=unpaused)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at.second else f"{at:%Y-%m-%d %H:%M}"


def _days(start: datetime, end: datetime) -> str:
    first, last = f"{start:%Y-%m-%d}", f"{end:%Y-%m-%d}"
    return first if first == last else f"{first} – {last}"
