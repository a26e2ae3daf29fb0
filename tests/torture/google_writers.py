"""Several app processes on several machines and a restless person in one spreadsheet of Google's."""

from __future__ import annotations

import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.sheets_server.server import SheetsServer
from tests.torture.google_team import KEEP_OFF, TITLE, WRITERS, Acknowledged, Verdict, first_rows, judge
from tests.torture.google_writer import Task, open_store

ROOT = Path(__file__).parents[2]
RECORDS = 120


@dataclass
class Report:
    verdict: Verdict
    commits: int
    conflicts: int
    person: int  # things that the person did
    astray: int  # writes that hit another row or column and were put right
    writes: int  # requests
    seconds: float

    def __str__(self) -> str:
        return (
            f"Google, {WRITERS} processes and a person, {self.seconds:.0f} s: {self.commits} acknowledged, "
            f"{self.person} things done by the person, {self.astray} writes went astray and were put right, "
            f"{self.conflicts} conflicts kept; {self.verdict}"
        )


def run(seconds: float = 60.0, *, rate_per_s: float = 4.0, seed: int = 1, latency_s: float = 0.02) -> Report:
    """Let them work, wait until nothing waits, then judge the spreadsheet."""
    with SheetsServer(latency_s=latency_s, seed=seed) as server, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sheet = server.create_spreadsheet("客户回访", {TITLE: first_rows(RECORDS)})
        tasks = [
            Task(server.url, sheet, str(folder / f"machine{n}"), str(folder / f"{n}.log"), n, seed, seconds)
            for n in range(WRITERS)
        ]
        started_s = time.monotonic()
        person = server.human(sheet, seed=seed, keep_off=KEEP_OFF, weights={"copy_row": 0.0})
        processes = [start(task) for task in tasks]
        person.start(rate_per_s)
        failures = [finish(process, seconds + 180) for process in processes]
        person.stop()
        person.tidy_up()
        assert not any(failures), failures
        assert not person.crashes, person.crashes
        last_look(Task(server.url, sheet, str(folder / "another"), ""))
        told = [Acknowledged.read(Path(task.log)) for task in tasks]
        journal: list[dict[str, Any]] = [entry.as_json() for entry in person.journal]
        dump = server.dump(sheet)
        return Report(
            judge(dump[TITLE], told, journal),
            sum(each.commits for each in told),
            sum(each.conflicts.total() for each in told),
            len(journal),
            sum('"repair"' in str(row[1:2]) for row in dump["_history"]),
            len(dump["_history"]),
            time.monotonic() - started_s,
        )


def start(task: Task) -> subprocess.Popen[str]:
    """A writer's process, ready to write."""
    return subprocess.Popen(
        task.command(), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process: subprocess.Popen[str], timeout_s: float) -> str:
    """Wait for a writer's end; what it complained of."""
    _, complaint = process.communicate(timeout=timeout_s)
    return complaint if process.returncode else ""


def last_look(task: Task) -> None:
    """Another machine comes by and mends whatever is left astray."""
    store = open_store(task)
    store.refresh()
    store.close()


if __name__ == "__main__":
    print(run())
