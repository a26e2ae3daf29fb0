"""One app process that writes into the shared spreadsheet until its time is over or it is killed.

``python -m tests.torture.google_writer OPTIONS-AS-JSON``. What it was told is safe goes into its log, a
line each, written before anything else happens.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from lib.store.contract import Batch, Change, InsertRow, Sheet, StoreError, UpdateCell
from lib.store.google.retry import Patience, Retrying
from lib.store.google.store import GoogleStore
from tests.store.google.world import make_client
from tests.torture.google_team import TITLE, own_column

INSERT_SHARE = 0.05


@dataclass(frozen=True)
class Task:
    url: str
    spreadsheet_id: str
    folder: str  # this machine's own
    log: str
    writer: int = 0
    seed: int = 0
    seconds: float = 10.0
    most_commits: int = 1_000_000
    poll_s: float = 0.5
    read_timeout_s: float = 20.0
    patience_s: float = 20.0
    settle_s: float = 120.0

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.torture.google_writer", json.dumps(asdict(self))]


def open_store(task: Task) -> GoogleStore:
    client = make_client(
        task.url,
        retrying=Retrying(Patience(attempts=6, first_s=0.02, longest_s=0.2, total_s=20)),
        timeout_s=(2.0, task.read_timeout_s),
    )
    return GoogleStore(
        task.spreadsheet_id, client, state_folder=task.folder, poll_s=task.poll_s, patience_s=task.patience_s
    )


def write(store: GoogleStore, task: Task, note: Callable[[str, str, str], None]) -> None:
    """Commit until the time is over; ``note`` what was acknowledged."""
    dice = random.Random(f"{task.seed}-{task.writer}")
    ends_s = time.monotonic() + task.seconds
    for number in range(task.most_commits):
        if time.monotonic() >= ends_s:
            return
        try:
            _write_one(store, task, dice, f"{os.getpid()}.{number}.{dice.randrange(2**32)}", note)
        except StoreError:  # nothing can be read for the moment
            time.sleep(0.05)


def _write_one(
    store: GoogleStore, task: Task, dice: random.Random, number: str, note: Callable[[str, str, str], None]
) -> None:
    sheet, column = store.read().sheets[TITLE], own_column(task.writer)
    if column not in sheet.header or not len(sheet):
        return
    change, kind, record, value = _pick(sheet, column, task.writer, dice, number)
    note("try", record, value)
    receipt = store.commit(Batch(f"{task.writer}-{number}", f"w{task.writer}", datetime.now(UTC), (change,)))
    if receipt.applied:
        note(kind, record, value)


def _pick(
    sheet: Sheet, column: str, writer: int, dice: random.Random, number: str
) -> tuple[Change, str, str, str]:
    if dice.random() < INSERT_SHARE:
        record = f"n{writer}-{number}"
        return InsertRow(TITLE, record, {sheet.header[0]: f"新 {record}"}), "insert", record, ""
    at = dice.randrange(len(sheet))
    record = str(sheet.ids[at])
    value = f"{record}|{writer}|{number}"
    return UpdateCell(TITLE, record, column, sheet.column(column)[at], value), "update", record, value


def main() -> None:
    task = Task(**json.loads(sys.argv[1]))
    with Path(task.log).open("a", encoding="utf-8") as log:

        def note(kind: str, record: str, value: str) -> None:
            log.write(json.dumps([kind, record, value]) + "\n")
            log.flush()

        store = open_store(task)
        for conflict in _settled(store, task):
            note(*conflict)
        print("ready", flush=True)
        write(store, task, note)
        for conflict in _settled(store, task):
            note(*conflict)
        store.close()


def _settled(store: GoogleStore, task: Task) -> list[tuple[str, str, str]]:
    """Wait until all is written; what turned out not to fit."""
    if not store.settle(task.settle_s):
        raise SystemExit(f"writer {task.writer}: still waiting: {store.status()}")
    changes = [conflict.conflict.change for conflict in store.conflicts()]
    return [("lost", c.record_id, str(c.new)) for c in changes if isinstance(c, UpdateCell)]


if __name__ == "__main__":
    main()
