"""A spreadsheet that writers and a person share in the torture runs, and the judgement over it afterwards.

Each writer has a column of its own, each value names the record it is meant for, so that anything lost,
doubled or misplaced can be told from the spreadsheet alone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TITLE = "客户"
PEOPLE = ("名称", "级别", "金额", "备注")
WRITERS = 4
BOOKKEEPING = ("_id", "_deleted")


def own_column(writer: int) -> str:
    return f"写{writer}"


HEADER = (*PEOPLE, *(own_column(writer) for writer in range(WRITERS)), *BOOKKEEPING)
KEEP_OFF = (*HEADER[len(PEOPLE) :], "_rev")


def first_rows(count: int) -> list[list[Any]]:
    """The spreadsheet as the person made it."""
    rows = [
        [f"客户{n:03}", "普通", n * 10, f"备注{n}", *[""] * WRITERS, f"r{n:04}", ""] for n in range(count)
    ]
    return [list(HEADER), *rows]


@dataclass
class Acknowledged:
    """What one writer was told is safe: of each record the last value, and the rows it added."""

    values: dict[str, str] = field(default_factory=dict)
    tried: dict[str, list[str]] = field(default_factory=dict)  # since then, the outcome not told (a kill)
    inserted: list[str] = field(default_factory=list)
    commits: int = 0
    conflicts: Counter[str] = field(default_factory=Counter)

    @classmethod
    def read(cls, path: Path) -> Acknowledged:
        """From a writer's log; a last line cut off by a kill was not acknowledged to anybody."""
        found = cls()
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
            try:
                kind, record, value = json.loads(line)
            except ValueError:
                continue
            found.note(kind, record, value)
        return found

    def note(self, kind: str, record: str, value: str) -> None:
        self.commits += kind in ("update", "insert")
        if kind == "try":
            self.tried.setdefault(record, []).append(value)
        elif kind == "update":
            self.values[record] = value
            self.tried.pop(record, None)
        elif kind == "insert":
            self.inserted.append(record)
        elif kind == "lost":  # acknowledged, then found not to fit: a conflict for a person to decide
            if self.values.get(record) == value:
                del self.values[record]
            self.conflicts[record] += 1


@dataclass
class Verdict:
    lost: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)  # a person's own edit that is not there any more

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.misplaced or self.doubled or self.damaged)

    def __str__(self) -> str:
        counts = f"lost {len(self.lost)}, misplaced {len(self.misplaced)}, doubled {len(self.doubled)}"
        examples = [*self.lost[:3], *self.misplaced[:3], *self.doubled[:3], *self.damaged[:3]]
        told = f"; for example {'; '.join(examples)}" if examples else ""
        return f"{counts}, people's edits damaged {len(self.damaged)}{told}"


def judge(
    rows: Sequence[Sequence[Any]],
    acknowledged: Sequence[Acknowledged],
    journal: Iterable[Mapping[str, Any]] = (),
) -> Verdict:
    """``rows`` as they are in the end; ``journal`` is what the person did."""
    journal = list(journal)
    records, verdict = _records(rows), Verdict()
    gone = {str(entry["record_id"]) for entry in journal if entry["kind"] == "delete_row"}
    for record, found in records.items():
        if len(found) > 1:
            verdict.doubled.append(record)
    for writer, told in enumerate(acknowledged):
        _judge_writer(verdict, records, gone, own_column(writer), told)
    _judge_person(verdict, records, journal)
    return verdict


def _records(rows: Sequence[Sequence[Any]]) -> dict[str, list[dict[str, Any]]]:
    header_at = next(at for at, row in enumerate(rows) if "_id" in row)
    header = list(rows[header_at])
    records: dict[str, list[dict[str, Any]]] = {}
    for row in rows[header_at + 1 :]:
        cells = dict(zip(header, [*row, *[""] * len(header)], strict=False))
        if cells.get("_id"):
            records.setdefault(str(cells["_id"]), []).append(cells)
    return records


def _judge_writer(
    verdict: Verdict,
    records: Mapping[str, list[dict[str, Any]]],
    gone: set[str],
    column: str,
    told: Acknowledged,
) -> None:
    for record, value in told.values.items():
        if record not in records:
            if record not in gone:
                verdict.lost.append(f"{record} as a whole")
        elif records[record][0].get(column) not in (value, *told.tried.get(record, ())):
            verdict.lost.append(f"{value} in {record}, which holds {records[record][0].get(column)!r}")
    for record in told.inserted:
        if record not in records and record not in gone:
            verdict.lost.append(f"new row {record}")
    for record, found in records.items():
        value = str(found[0].get(column, ""))
        if value and value.split("|")[0] != record:
            verdict.misplaced.append(f"{value} in {record}")


def _judge_person(
    verdict: Verdict, records: Mapping[str, list[dict[str, Any]]], journal: Sequence[Mapping[str, Any]]
) -> None:
    """The last thing typed into each cell is there still; nobody else writes into people's columns."""
    last = {
        (str(entry["record_id"]), str(entry["original_header"])): entry["after"]
        for entry in journal
        if entry["kind"] == "edit" and entry["record_id"]
    }
    for (record, header), after in last.items():
        if record in records and header in records[record][0] and records[record][0][header] != after:
            held = records[record][0][header]
            verdict.damaged.append(f"{record}.{header}: {after!r} typed, {held!r} held")
