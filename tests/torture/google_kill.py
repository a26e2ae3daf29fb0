"""An app process that is killed again and again while it writes; another machine and a person beside it."""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from tests.sheets_server.server import SheetsServer
from tests.torture.google_team import KEEP_OFF, TITLE, Acknowledged, Verdict, first_rows, judge
from tests.torture.google_writer import Task
from tests.torture.google_writers import finish, last_look, start

RECORDS = 40
LATENCY_S = 0.03  # so that most kills hit a request under way
LONGEST_LIFE_S = 1.5


@dataclass
class Report:
    verdict: Verdict
    kills: int
    commits: int
    person: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"Google, {self.kills} kills of a writing process in {self.seconds:.0f} s: {self.commits} "
            f"acknowledged, {self.person} things done by the person; {self.verdict}"
        )


def run(kills: int = 60, *, seed: int = 1) -> Report:
    """Kill it, start it again over the same state, kill it again; judge in the end."""
    dice = random.Random(seed)
    with SheetsServer(latency_s=LATENCY_S, seed=seed) as server, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sheet = server.create_spreadsheet("客户回访", {TITLE: first_rows(RECORDS)})
        mortal = Task(
            server.url, sheet, str(folder / "mortal"), str(folder / "0.log"), 0, seed, 3_600.0, poll_s=0.5
        )
        steady = replace(
            mortal, folder=str(folder / "steady"), log=str(folder / "1.log"), writer=1, poll_s=0.3
        )
        started_s = time.monotonic()
        person = server.human(sheet, seed=seed, keep_off=KEEP_OFF, weights={"copy_row": 0.0})
        beside = start(replace(steady, seconds=kills * 4.0))
        person.start(3.0)
        for _ in range(kills):
            _live_and_die(mortal, dice.uniform(0.05, LONGEST_LIFE_S))
        person.stop()
        person.tidy_up()
        beside.terminate()
        beside.wait()
        for task in (mortal, steady):
            complaint = finish(start(replace(task, seconds=0.0)), 240)
            assert not complaint, complaint
        assert not person.crashes, person.crashes
        last_look(replace(mortal, folder=str(folder / "another")))
        told = [Acknowledged.read(Path(task.log)) for task in (mortal, steady)]
        return Report(
            judge(server.dump(sheet)[TITLE], told, [entry.as_json() for entry in person.journal]),
            kills,
            sum(each.commits for each in told),
            len(person.journal),
            time.monotonic() - started_s,
        )


def _live_and_die(task: Task, seconds: float) -> None:
    process = start(task)
    assert process.stdout
    assert process.stdout.readline() == "ready\n", process.stderr and process.stderr.read()
    time.sleep(seconds)
    process.kill()
    process.communicate()


if __name__ == "__main__":
    print(run())
