"""All proofs that nothing is lost, at full length: ``python -m tests.torture [NAME ...] [--scale 0.1]``.

Each trial prints what it did and what it found; the exit code is 1 if any of them found a loss.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable

from tests.store.foreign import run as foreign
from tests.store.hostile.run import run_all
from tests.store.model import torture as model
from tests.torture import google_faults, google_kill, google_writers, workbook_crowd, workbook_kills

Trial = Callable[[float], tuple[bool, str]]


def _interleavings(name: str, count: int) -> Trial:
    def play(scale: float) -> tuple[bool, str]:
        report = model.run(range(int(count * scale)), name)
        return report.is_fine, (
            f"{report.interleavings:,} interleavings, {report.applied:,} changes applied, "
            f"{report.conflicts:,} conflicts, {report.astray:,} writes astray and put right, "
            f"{report.copied_astray:,} wrong cells copied by a person meanwhile and kept in the copy, "
            f"{report.moved:,} back in another blank row; "
            f"lost {report.lost}, wrong {report.wrong}, doubled {report.doubled}, broken {report.broken}"
            + (f"; first seeds {report.failures}" if report.failures else "")
        )

    return play


def _naive(name: str) -> Trial:
    def play(scale: float) -> tuple[bool, str]:
        report = model.run(range(int(20_000 * scale)), name)
        return not report.is_fine, (
            f"{report.interleavings:,} interleavings: lost {report.lost:,}, wrong {report.wrong:,}, "
            f"doubled {report.doubled:,} (a careless writer must fail)"
        )

    return play


def _google_writers(scale: float) -> tuple[bool, str]:
    report = google_writers.run(60.0 * scale)
    return report.verdict.is_clean, str(report)


def _google_faults(scale: float) -> tuple[bool, str]:
    report = google_faults.run(int(10_000 * scale))
    return report.verdict.is_clean, str(report)


def _google_kills(scale: float) -> tuple[bool, str]:
    report = google_kill.run(max(1, int(60 * scale)))
    return report.verdict.is_clean, str(report)


def _workbook_crowd(scale: float) -> tuple[bool, str]:
    report = workbook_crowd.run(60.0 * scale)
    return report.is_good, str(report)


def _workbook_kills(scale: float) -> tuple[bool, str]:
    report = workbook_kills.run(120.0 * scale)
    return report.is_good, str(report)


def _hostile(scale: float) -> tuple[bool, str]:
    found = run_all(range(max(1, int(10 * scale))))
    failed = [answer for answer in found if answer.failed]
    slowest, largest = max(a.seconds for a in found), max(a.mb for a in found)
    return not failed, (
        f"{len(found):,} damaged and hostile files: {len(failed)} failed; at most {slowest:.2f} s of work "
        f"and {largest:.0f} MB" + "".join(f"\n    {answer}" for answer in failed[:5])
    )


def _foreign(scale: float) -> tuple[bool, str]:
    count, lost = foreign.run_all([7], int(2_000 * scale))
    told = "".join(f"\n    {name}: {found[:2]}" for name, found in list(lost.items())[:5])
    return not lost, f"{count:,} foreign workbooks: features lost in {len(lost)}{told}"


TRIALS: dict[str, Trial] = {
    "model-google": _interleavings("google", 1_000_000),
    "model-workbook": _interleavings("workbook", 1_000_000),
    "naive-by-position": _naive("by position"),
    "naive-recheck": _naive("recheck, then write"),
    "naive-no-stamp": _naive("workbook without stamp"),
    "google-writers": _google_writers,
    "google-faults": _google_faults,
    "google-kills": _google_kills,
    "workbook-crowd": _workbook_crowd,
    "workbook-kills": _workbook_kills,
    "hostile": _hostile,
    "foreign": _foreign,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(TRIALS)}")
    parser.add_argument("--scale", type=float, default=1.0, help="a part of the full length")
    options = parser.parse_args()
    if unknown := set(options.names) - TRIALS.keys():
        parser.error(f"there is no trial {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as state:
        os.environ["HUIFANG_STATE"] = state
        failed = _play(options.names or list(TRIALS), options.scale)
    return int(failed)


def _play(names: list[str], scale: float) -> bool:
    failed = False
    for name in names:
        started = time.monotonic()
        passed, told = TRIALS[name](scale)
        failed |= not passed
        mark = "ok  " if passed else "FAIL"
        print(f"{mark} {name:<18} {time.monotonic() - started:6.0f} s  {told}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
