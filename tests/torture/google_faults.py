"""Thousands of faults of the network and of Google's while several app processes' stores write."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lib.store.google.store import GoogleStore
from tests.sheets_server.faults import AFTER, BEFORE, Faults
from tests.sheets_server.server import SheetsServer
from tests.torture.google_team import TITLE, Acknowledged, Verdict, first_rows, judge
from tests.torture.google_writer import Task, open_store, write
from tests.torture.google_writers import last_look

RECORDS = 40
WRITERS = 3
READ_TIMEOUT_S = 0.25
SLOW_KINDS = ("timeout_before", "timeout_after")  # each costs a whole time-out
RATES = {
    **{kind: 0.02 if kind in SLOW_KINDS else 0.04 for kind in (*BEFORE, *AFTER)},
    "stale": 0.03,
    "slow": 0.01,
}
FAULTS_A_ROUND = 1_000  # the emulator keeps earlier states for stale answers, which grow with the sheet
SETTLE_S = 120.0


@dataclass
class Report:
    verdict: Verdict
    faults: Counter[str]
    commits: int
    transactions: int
    seconds: float

    def with_round(self, other: Report) -> Report:
        lists = ("lost", "misplaced", "doubled", "damaged")
        verdict = Verdict(*([*getattr(self.verdict, n), *getattr(other.verdict, n)] for n in lists))
        return Report(
            verdict,
            self.faults + other.faults,
            self.commits + other.commits,
            self.transactions + other.transactions,
            self.seconds + other.seconds,
        )

    def __str__(self) -> str:
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.faults.items()))
        return (
            f"Google, {self.faults.total()} faults ({kinds}) in {self.seconds:.0f} s: "
            f"{self.commits} acknowledged in {self.transactions} transactions; {self.verdict}"
        )


def run(faults: int = 10_000, *, seed: int = 1, most_s: float = 3_600.0) -> Report:
    """Write until so many requests met a fault, in a fresh spreadsheet every thousand."""
    whole = Report(Verdict(), Counter(), 0, 0, 0.0)
    while whole.faults.total() < faults and whole.seconds < most_s:
        left = min(FAULTS_A_ROUND, faults - whole.faults.total())
        whole = whole.with_round(_play(left, seed, most_s - whole.seconds))
        seed += 1
    return whole


def _play(faults: int, seed: int, most_s: float) -> Report:
    """One spreadsheet: after the last fault all is well again, and nothing may be missing."""
    plan = Faults(seed=seed, slow_s=0.02, stale_s=0.3, hold_s=0.4, retry_after_s=0)
    with SheetsServer(faults=plan, seed=seed) as server, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sheet = server.create_spreadsheet("客户回访", {TITLE: first_rows(RECORDS)})
        told = [Acknowledged() for _ in range(WRITERS)]
        tasks = [_task(server.url, sheet, folder, n, seed) for n in range(WRITERS)]
        stores = [open_store(task) for task in tasks]
        ended = threading.Event()
        started_s = time.monotonic()
        plan.set_rates(RATES, seed)
        with ThreadPoolExecutor(WRITERS) as pool:
            work = [pool.submit(_work, *each, ended) for each in zip(stores, tasks, told, strict=True)]
            while len(plan.journal) < faults and time.monotonic() - started_s < most_s:
                time.sleep(0.1)
            ended.set()
            plan.clear()
        for each in work:
            each.result()  # raises what a writer found wrong
        last_look(_task(server.url, sheet, folder / "another", 0, seed))
        dump = server.dump(sheet)
        verdict = judge(dump[TITLE], told)
        verdict.doubled += _repeated(dump["_history"])
        return Report(
            verdict,
            Counter(plan.counts()),
            sum(each.commits for each in told),
            len({row[0] for row in dump["_history"][1:]}),
            time.monotonic() - started_s,
        )


def _task(url: str, sheet: str, folder: Path, writer: int, seed: int) -> Task:
    return Task(
        url, sheet, str(folder / f"machine{writer}"), "", writer, seed,
        seconds=0.0, poll_s=0.3, read_timeout_s=READ_TIMEOUT_S, patience_s=1.0,
    )  # fmt: skip


def _work(store: GoogleStore, task: Task, told: Acknowledged, ended: threading.Event) -> None:
    while not ended.is_set():
        write(store, _some(task), told.note)
    assert store.settle(SETTLE_S), store.status()
    assert store.conflicts() == (), store.conflicts()
    assert store.check_history() is None
    assert store.check_shared_history() is None
    store.close()


def _some(task: Task) -> Task:
    return Task(**{**task.__dict__, "seconds": 1.0, "seed": task.seed + time.monotonic_ns()})


def _repeated(history: list[list[object]]) -> list[str]:
    """Operations that the shared history has applied more than once; nobody moves anything here."""
    lines = [json.loads(str(row[1])) for row in history[1:]]
    counts = Counter((line[2], line[7]) for line in lines if line[1] in ("update", "insert") and line[8])
    return [f"{operation} on {record}" for (operation, record), count in counts.items() if count > 1]


if __name__ == "__main__":
    print(run())
