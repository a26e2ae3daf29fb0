"""The fields that commands print, in order, each with its meaning. Help and README repeat these tables."""

from __future__ import annotations

from collections.abc import Mapping

PROBLEM_FIELDS = {
    "sheet": "title of the worksheet",
    "cell": "address such as C12; null where the problem is not about one cell",
    "column": "header of the column",
    "value": "what stands there, shortened to 80 characters",
    "reason": "what is wrong, in words",
    "fix": "what would put it right safely; null where a person has to decide",
    "code": "stable word for the kind of problem",
    "severity": "error (the value counts as missing) or warning",
    "worksheet": "key of the worksheet, the same in all languages",
    "record": "id of the record",
    "id": "stable id of the problem",
}
BACKUP_FIELDS = {
    "number": "what restore asks for",
    "at": "when it was made",
    "seq": "the last entry of history that it contains",
    "size": "in bytes",
}
FINDING_FIELDS = {
    "check": "what was looked at",
    "ok": "whether all is well with it",
    "message": "what was found, in words",
    "remedy": "what to do; null where nothing is wrong",
    "code": "stable word for what is wrong; null where nothing is",
}
OBLIGATION_FIELDS = {
    "id": "clause:record, or clause:record:period for what recurs",
    "clause": "clause of the standard, for example complaint.respond",
    "worksheet": "key of the worksheet that holds the record",
    "record": "id of the record",
    "client": "name of the client",
    "client_id": "id of the client's record",
    "owner": "name of the person responsible",
    "owner_id": "id of that person's record",
    "trigger_at": "when the clock began",
    "due_at": "when it is due (the target), waiting time included",
    "limit_at": "the latest moment, where the clause has a second mark",
    "done_at": "when it was done",
    "paused": "whether the clock stands still now, waiting for the client",
    "status": "met, late, due_soon, overdue, waiting, not_started or unverified",
    "provisional": "whether the due date rests on a year whose official calendar is not announced",
    "source": "documents and sections of the standard",
    "unpaused_due_at": "when it would be due without waiting time",
    "status_unpaused": "the status without waiting time",
    "breached_limit": "whether the second mark was missed as well",
    "too_early": "whether it was done sooner than the clause allows",
    "snoozed_until_at": "until when it was postponed, with a reason",
}
TIER_FIELDS = {
    "client": "name of the client",
    "client_id": "id of the client's record",
    "owner": "name of the person responsible",
    "tier": "vip, key, ordinary or potential",
    "reason": "why, in words",
    "amount": "purchases of the last twelve months in RMB",
    "is_dormant": "whether there was no transaction for six months",
    "dormant_on": "the day on which the client becomes (or became) dormant",
    "last_purchase_on": "day of the last purchase",
}
CLAUSE_FIELDS = {
    "id": "clause id",
    "name": "short name",
    "rule": "the rule in a sentence",
    "kind": "within, before, cadence, gate or measure",
    "unit": "unit of the amounts",
    "target": "the amount of the standard today",
    "limit": "the second mark, if any",
    "measured": "whether this version computes it from the spreadsheet",
    "our_default": "whether the figure is ours because the sources give none",
    "source": "documents and sections",
}
MEASURE_FIELDS = {
    "clause": "clause of the standard",
    "group": "the year, where the figure is one of a year",
    "subject": "what it is about: the name of a person, client or department; null for the team",
    "subject_id": "id of that record, where it is one",
    "value": "the figure",
    "numerator": "what it was made of",
    "denominator": "out of how many",
    "low": "lower mark",
    "high": "upper mark",
    "ok": "whether it lies within the marks; null where there is none",
}


def describe(fields: Mapping[str, str]) -> str:
    """The fields as lines for a command's help."""
    width = max(map(len, fields)) + 2
    return "fields:\n" + "\n".join(f"  {name:{width}}{meaning}" for name, meaning in fields.items())
