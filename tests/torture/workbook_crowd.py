"""Four writing processes and a restless person at one workbook: nothing is lost, nothing misplaced.

The person holds copies for a while, edits, sorts, adds and removes rows and saves over whatever is there,
sometimes with a lock file as LibreOffice leaves it, sometimes with none.
``python -m tests.torture.workbook_crowd SECONDS SEED`` prints what happened.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from random import Random

from lib.store.contract import Batch, EntryKind, InsertRow, Origin, UpdateCell, Value
from lib.store.new_workbook import ColumnLayout, NewRow, SheetLayout, write_workbook
from lib.store.workbook import WorkbookStore
from tests.store.editor import Editor, rows_of

LAYOUT = SheetLayout("客户", tuple(map(ColumnLayout, ("名称", "备注", "电话", "标记"))))
CELLS = ("备注", "电话")
WRITERS, ROWS = 4, 60
SETTLE_S = 60


@dataclass
class Report:
    updates: int = 0
    inserts: int = 0
    refused: int = 0
    saves: int = 0
    conflicts: int = 0
    lost: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.lost and not self.misplaced and not self.doubled

    def __str__(self) -> str:
        return (
            f"acknowledged: {self.updates} updates, {self.inserts} new rows, refused {self.refused}; "
            f"the person saved {self.saves} times; open conflicts {self.conflicts}; "
            f"lost {len(self.lost)}, misplaced {len(self.misplaced)}, doubled {len(self.doubled)}"
        )


def run(seconds: float, seed: int = 1) -> Report:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "客户.xlsx"
        ids = [f"r{n}" for n in range(ROWS)]
        write_workbook(path, [LAYOUT], {"客户": [NewRow(i, (i, None, None, i)) for i in ids]})
        WorkbookStore(path, folder / "state").read()
        writers = [
            _CONTEXT.Process(target=write, args=(str(path), str(folder), n, seed, seconds))
            for n in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        saved, saves = _be_restless(path, Random(seed), time.monotonic() + seconds)
        for writer in writers:
            writer.join(120)
            assert writer.exitcode == 0, f"a writer ended with {writer.exitcode}"
        report = _judge(path, folder, saved)
        report.saves = saves
        return report


def write(path: str, folder: str, number: int, seed: int, seconds: float) -> None:
    """One app process: updates of random cells with values that occur once, and new rows."""
    store, random = WorkbookStore(path, Path(folder, "state")), Random(seed * 100 + number)
    deadline, count = time.monotonic() + seconds, 0
    with Path(folder, f"log{number}").open("w", encoding="utf-8") as log:
        while time.monotonic() < deadline:
            count += 1
            token = f"w{number}-{count}"
            sheet = store.read().sheets["客户"]
            if count % 5:
                record, column = str(random.choice(sheet.ids.tolist())), random.choice(CELLS)
                seen = sheet.column(column)[sheet.ids.tolist().index(record)]
                change: UpdateCell | InsertRow = UpdateCell("客户", record, column, seen, token)
            else:
                record, column, seen = token, "", None
                change = InsertRow("客户", token, {"名称": token, "标记": token})
            receipt = store.commit(Batch(token, f"w{number}", datetime.now(UTC), (change,)))
            kind = "refused" if receipt.conflicts else "insert" if not column else "update"
            log.write(json.dumps([kind, record, column, seen, token]) + "\n")
            log.flush()
            time.sleep(random.uniform(0, 0.1))
    store.close()


def _be_restless(path: Path, random: Random, until: float) -> tuple[list[tuple[str, str, Value, str]], int]:
    """Record, column, what the copy held there, and the value, for each edit that was saved."""
    edits: list[tuple[str, str, Value, str]] = []
    count = saves = 0
    lock_file = path.with_name(f".~lock.{path.name}#")
    while time.monotonic() < until:
        locked = random.random() < 0.5
        if locked:
            lock_file.write_text("李雷,li,pc,22.11.2026 10:00,file:///home/li;", encoding="utf-8")
        person, mine = Editor(path), {}
        for _ in range(random.randint(1, 3)):
            time.sleep(random.uniform(0.05, 0.3))
            for _ in range(random.randint(1, 4)):
                count += 1
                _edit(person, random, f"p{count}", mine)
            if random.random() < 0.5:
                saves += _save(person, mine, edits)
        saves += _save(person, mine, edits)
        if locked:
            lock_file.unlink()
        time.sleep(random.uniform(0.05, 0.8))
    return edits, saves


def _edit(person: Editor, random: Random, token: str, mine: dict[tuple[str, str], tuple[Value, str]]) -> None:
    ids = [str(row[person.column("_id")]) for row in person.rows[1:] if row[person.column("_id")]]
    match random.choice(("type", "type", "type", "sort", "add", "remove")):
        case "type":
            record, column = random.choice(ids), random.choice(CELLS)
            row = person.find(record)
            assert row is not None
            held = mine.get((record, column), (row[person.column(column)], ""))[0]
            person.type(record, column, token)
            mine[record, column] = held, token
        case "sort":
            person.sort(random)
        case "add":
            person.add({"名称": token, "标记": token})
        case "remove" if random.random() < 0.3:
            person.remove(random.choice(ids))


def _save(
    person: Editor, mine: dict[tuple[str, str], tuple[Value, str]], edits: list[tuple[str, str, Value, str]]
) -> bool:
    person.save()
    edits += [
        (record, column, held, token)
        for (record, column), (held, token) in mine.items()
        if person.find(record) is not None
    ]
    return True


def _judge(path: Path, folder: Path, saved: list[tuple[str, str, Value, str]]) -> Report:
    store = WorkbookStore(path, folder / "state")
    assert store.settle(SETTLE_S), f"not written: {store.status()}"
    assert store.check_history() is None
    report = Report(conflicts=len(store.conflicts()))
    rows = rows_of(path)
    times = Counter(str(row["_id"]) for row in rows)
    report.doubled = [record for record, count in times.items() if count > 1]
    present = {str(row["_id"]): row for row in rows}
    known = _Known(store)
    for kind, record, column, seen, token in _logged(folder):
        report.refused += kind == "refused"
        if kind == "insert":
            report.inserts += 1
            if token not in present and not known.excuses(token):
                report.lost.append(f"row {token}")
        if kind == "update":
            report.updates += 1
            known.replaced.add(str(seen))
            _look(report, present, known, record, column, token)
    for record, column, held, token in saved:
        known.replaced.add(str(held))
        _look(report, present, known, record, column, token)
    report.lost = [text for text in report.lost if text.split()[-1] not in known.replaced]
    report.misplaced += [f"{row['名称']} beside {row['标记']}" for row in rows if row["名称"] != row["标记"]]
    store.close()
    return report


class _Known:
    """What history and the conflict desk know: a value told there is not lost."""

    def __init__(self, store: WorkbookStore) -> None:
        history = store.history(limit=1_000_000)
        self.replaced = {
            str(e.before) for e in history if e.kind is EntryKind.UPDATE and e.state != "conflict"
        }
        self._told: set[str] = set()
        for entry in history:
            if entry.origin is Origin.SPREADSHEET:
                self._told.add(str(entry.before))
                if entry.kind is EntryKind.REMOVE:
                    self._told |= {entry.record_id, *map(str, entry.values.values())}
        for conflict in store.conflicts():
            change = conflict.conflict.change
            if isinstance(change, UpdateCell):
                self._told.add(str(change.new))
            elif isinstance(change, InsertRow):
                self._told |= {change.record_id, *map(str, change.values.values())}

    def excuses(self, token: str) -> bool:
        return token in self._told


def _look(
    report: Report, present: dict[str, dict[str, Value]], known: _Known, record: str, column: str, token: str
) -> None:
    row = present.get(record)
    if row is not None and row[column] == token:
        return
    elsewhere = [other for other, cells in present.items() if token in map(cells.get, CELLS)]
    if elsewhere and elsewhere != [record]:
        report.misplaced.append(f"{token} of {record} is at {elsewhere}")
    elif not known.excuses(token):
        report.lost.append(f"{record} {column} {token}")


def _logged(folder: Path) -> Iterator[tuple[str, str, str, Value, str]]:
    for number in range(WRITERS):
        for line in Path(folder, f"log{number}").read_text(encoding="utf-8").splitlines():
            kind, record, column, seen, token = json.loads(line)
            yield kind, record, column, seen, token


_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["lib.store.workbook"])

if __name__ == "__main__":
    seconds, seed = [*map(float, sys.argv[1:]), *(60.0, 1.0)[len(sys.argv) - 1 :]][:2]
    done = run(seconds, int(seed))
    print(done)
    for line in (*done.lost, *done.misplaced, *done.doubled)[:20]:
        print("  ", line)
