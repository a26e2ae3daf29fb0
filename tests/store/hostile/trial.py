"""Files are put before a worker process one by one; what it says, and whether it lives, is noted."""

from __future__ import annotations

import contextlib
import json
import select
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[3]
SECONDS, MEMORY_MB = 2.0, 512
GIVEN_UP_S = 60.0  # by the clock: the machine may be busy


@dataclass(frozen=True)
class Answer:
    """``outcome``: read, written, or the code of a refusal; with an exclamation mark first: a failure."""

    name: str
    outcome: str
    seconds: float
    mb: float

    @property
    def failed(self) -> bool:
        return self.outcome.startswith("!") or self.seconds > SECONDS or self.mb > MEMORY_MB


def answers(files: Iterable[tuple[str, bytes]], folder: Path) -> Iterator[Answer]:
    """What becomes of each file's bytes, tried one after the other in a process of their own."""
    file = folder / "one.bytes"
    with _worker(MEMORY_MB) as ask:
        for name, data in files:
            file.write_bytes(data)
            yield ask(name, file)


def answers_in_place(files: Iterable[tuple[str, Path]]) -> Iterator[Answer]:
    """The same through the store, where the files are."""
    with _worker(4 * MEMORY_MB) as ask:  # threads of a store reserve much that they never use
        for name, file in files:
            yield ask(name, file)


class _Asker:
    def __init__(self, limit_mb: int) -> None:
        self._limit_mb = limit_mb
        self._process = _started(limit_mb)

    def __call__(self, name: str, file: Path) -> Answer:
        process = self._process
        assert process.stdin
        assert process.stdout
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(f"{file}\n")
            process.stdin.flush()
        line = _line(process.stdout)
        if line is None:
            self.close()
            self._process = _started(self._limit_mb)
            return Answer(name, f"! the process ended or hung ({process.returncode})", GIVEN_UP_S, 0)
        return Answer(name, **json.loads(line))

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextlib.contextmanager
def _worker(limit_mb: int) -> Iterator[_Asker]:
    asker = _Asker(limit_mb)
    try:
        yield asker
    finally:
        asker.close()


def _started(limit_mb: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.store.hostile.worker", str(limit_mb)]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def _line(stream: IO[str]) -> str | None:
    ready, _, _ = select.select([stream], [], [], GIVEN_UP_S)
    line = stream.readline() if ready else ""
    return line or None
