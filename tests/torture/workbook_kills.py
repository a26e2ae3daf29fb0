"""kill -9 at every step of a write and of the journal: no acknowledged change is lost, none is made twice.

``python -m tests.torture.workbook_kills SECONDS`` prints what happened.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from random import Random

from lib.store.contract import Batch, Change, InsertRow, UpdateCell
from lib.store.new_workbook import ColumnLayout, NewRow, SheetLayout, write_workbook
from lib.store.workbook import WorkbookStore
from tests.store.editor import rows_of

LAYOUT = SheetLayout("客户", (ColumnLayout("名称"), ColumnLayout("备注")))
STEPS = ("kept", "acknowledged", "built", "backed up", "written beside", "replaced", "noted")
MOST_STEPS = 25  # a child that has done so many is killed anywhere


@dataclass
class Report:
    kills: int = 0
    at_steps: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    missing: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unreadable: int = 0

    @property
    def is_good(self) -> bool:
        return not self.missing and not self.doubled and not self.unreadable

    def __str__(self) -> str:
        steps = ", ".join(f"{name} {count}" for name, count in sorted(self.at_steps.items()))
        return (
            f"kill -9: {self.kills} ({steps}); acknowledged changes: {self.acknowledged}; "
            f"missing: {len(self.missing)}; doubled: {len(self.doubled)}; unreadable files: {self.unreadable}"
        )


def run(seconds: float, seed: int = 1) -> Report:
    """Kill writers of one workbook for so long, and look after each kill."""
    report, random, deadline = Report(), Random(seed), time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "客户.xlsx"
        write_workbook(path, [LAYOUT], {"客户": [NewRow("a", ("0", None))]})
        round_ = 0
        while time.monotonic() < deadline:
            round_ += 1
            _kill_one(folder, path, random, round_, report)
            _judge(folder, path, report)
    return report


def _kill_one(folder: Path, path: Path, random: Random, round_: int, report: Report) -> None:
    step, count = random.choice(STEPS), random.randint(1, 3)
    arguments = (str(path), str(folder), round_, step, count, random.random())
    child = _CONTEXT.Process(target=_write_until_killed, args=arguments)
    child.start()
    child.join(60)
    if child.exitcode != -signal.SIGKILL:
        raise AssertionError(f"the writer ended by itself: {child.exitcode}")
    report.kills += 1
    report.at_steps[(folder / "killed").read_text(encoding="utf-8")] += 1


def _write_until_killed(
    path: str, folder: str, round_: int, fatal_step: str, count: int, pause: float
) -> None:
    """Commit and write until the step has been done ``count`` times."""
    done: Counter[str] = Counter()

    def step(name: str) -> None:
        done[name] += 1
        if done[fatal_step] >= count or done.total() >= MOST_STEPS:
            Path(folder, "killed").write_text(name, encoding="utf-8")
            os.kill(os.getpid(), signal.SIGKILL)

    store = WorkbookStore(path, Path(folder, "state"), step=step)
    log = os.open(Path(folder, "acknowledged"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in range(1_000):
        token = f"{round_}-{number}"
        sheet = store.read().sheets["客户"]
        seen = sheet.column("名称")[sheet.ids.tolist().index("a")]
        changes: tuple[Change, ...] = (
            UpdateCell("客户", "a", "名称", seen, token),
            InsertRow("客户", token, {"名称": token, "备注": "新"}),
        )
        receipt = store.commit(Batch(token, "writer", datetime.now(UTC), changes))
        assert receipt.applied == changes
        os.write(log, f"{token}\n".encode())
        if number % 2:
            store.settle(10)
        else:
            time.sleep(0.02 * pause)


def _judge(folder: Path, path: Path, report: Report) -> None:
    log = folder / "acknowledged"
    tokens = log.read_text(encoding="utf-8").split() if log.exists() else []
    report.acknowledged = len(tokens)
    try:
        rows_of(path)
    except Exception:
        report.unreadable += 1
    store = WorkbookStore(path, folder / "state")
    if not store.settle(30):
        raise AssertionError(f"not written: {store.status()}")
    if store.conflicts() or store.check_history() is not None:
        raise AssertionError(f"conflicts {store.conflicts()}, history {store.check_history()}")
    store.close()
    rows = rows_of(path)
    present = Counter(str(row["_id"]) for row in rows)
    report.missing = [token for token in tokens if not present[token]]
    report.doubled = [token for token, times in present.items() if times > 1]
    last = next(row["名称"] for row in rows if row["_id"] == "a")
    if tokens and last != tokens[-1] and not _is_later(str(last), tokens[-1]):
        report.missing.append(f"cell of {tokens[-1]}: {last}")


def _is_later(token: str, than: str) -> bool:
    """Kept, but killed before it could be acknowledged."""
    return tuple(map(int, token.split("-"))) > tuple(map(int, than.split("-")))


_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["lib.store.workbook"])

if __name__ == "__main__":
    print(run(float(sys.argv[1]) if len(sys.argv) > 1 else 60))
