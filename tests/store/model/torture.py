"""Many interleavings on all cores, and what came of them.

python -m tests.store.model.torture 1000000
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from tests.store.model import naive
from tests.store.model.google import interleave
from tests.store.model.workbook import play
from tests.store.model.writers import NO_FAULTS

CHUNK = 250
SHOWN = 20
COUNTS = ("applied", "conflicts", "astray", "copied_astray", "moved", "requests")

MODELS: dict[str, Callable[[int], Any]] = {
    "google": interleave,
    "workbook": play,
    "by position": lambda seed: interleave(seed, naive.by_position, NO_FAULTS),
    "find, then write": lambda seed: interleave(seed, naive.find_then_write, NO_FAULTS),
    "recheck, then write": lambda seed: interleave(seed, naive.recheck_then_write, NO_FAULTS),
    "workbook without stamp": lambda seed: play(seed, with_stamp=False),
}


@dataclass(slots=True)
class Report:
    """``lost``, ``wrong``, ``doubled`` and ``broken`` count interleavings in which that happened."""

    interleavings: int = 0
    lost: int = 0
    wrong: int = 0
    doubled: int = 0
    broken: int = 0
    applied: int = 0
    conflicts: int = 0
    astray: int = 0
    copied_astray: int = 0
    moved: int = 0
    requests: int = 0
    failures: tuple[int, ...] = ()  # the first seeds that were not fine

    @property
    def is_fine(self) -> bool:
        return not (self.lost or self.wrong or self.doubled or self.broken)

    def add(self, other: Report) -> None:
        for column in fields(self):
            value = getattr(self, column.name) + getattr(other, column.name)
            setattr(self, column.name, value[:SHOWN] if column.name == "failures" else value)


def run(seeds: range, model: str = "google", workers: int | None = None) -> Report:
    """Play all ``seeds``; their order and the number of ``workers`` change nothing."""
    report = Report()
    for part in _parts([(model, chunk) for chunk in _chunks(seeds)], workers or os.cpu_count() or 1):
        report.add(part)
    return report


def _parts(tasks: list[tuple[str, range]], workers: int) -> Iterator[Report]:
    if workers == 1 or len(tasks) == 1:
        yield from map(_play_all, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap_unordered(_play_all, tasks)


def _chunks(seeds: range) -> Iterable[range]:
    return (seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK))


def _play_all(task: tuple[str, range]) -> Report:
    model, seeds = task
    report = Report()
    for seed in seeds:
        report.add(_play(model, seed))
    return report


def _play(model: str, seed: int) -> Report:
    try:
        verdict = MODELS[model](seed)
    except Exception as error:
        error.add_note(f"{model}, seed {seed}")
        raise
    counts = getattr(verdict, "counts", None)
    return Report(
        interleavings=1,
        lost=bool(verdict.lost),
        wrong=bool(verdict.wrong),
        doubled=bool(getattr(verdict, "doubled", ())),
        broken=bool(getattr(verdict, "broken", ())),
        **{name: getattr(counts, name, 0) for name in COUNTS},
        failures=() if verdict.is_fine else (seed,),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("interleavings", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--model", choices=list(MODELS), default="google")
    parser.add_argument("--workers", type=int)
    options = parser.parse_args()
    started = time.monotonic()
    seeds = range(options.first, options.first + options.interleavings)
    report = run(seeds, options.model, options.workers)
    for column in fields(report):
        print(f"{column.name:>14}  {getattr(report, column.name)}")
    print(f"{'seconds':>14}  {time.monotonic() - started:.0f}")
    return 0 if report.is_fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
