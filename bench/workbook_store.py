"""The workbook store against peers: reading, one cell changed, acknowledging, features kept.

Every figure comes from a process of its own, the peak memory with it; the best of some runs counts. A change
is one when python-calamine finds it in the file afterwards. Run it with ``python -m bench.workbook_store``.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from bench._features import FEATURE_PEERS, features_lost
from bench._measuring import Measured, machine, quantile, run_child, verdict
from bench._workbooks import make_workbook, shown_notes

SIZES = (1_000, 10_000, 100_000)
READERS = ("python-calamine", "ours", "wolfxl", "pandas + openpyxl")
ROUNDS = 3  # of children for the first two readers, turn by turn, as other programs may disturb one of them
CHANGERS = (
    ("openpyxl load and save", "change", "openpyxl"),
    ("pandas + openpyxl, rewritten", "change", "pandas + openpyxl"),
    ("wolfxl, modify", "change", "wolfxl"),
    ("ours, app just started", "our change", "started"),
    ("ours, app running", "our change", "running"),
)
ACKNOWLEDGERS = {
    "ours, while nothing is being written": "held",
    "ours, while the file is being written": "writing",
}
AIM_READ, AIM_ACKNOWLEDGED_MS, ACKNOWLEDGED_ROWS = 1.5, 5, 10_000
AIM_VISIBLE_S = {10_000: 2, 100_000: 20}

Row = dict[int, Measured]  # by number of rows


def work(job: str, name: str, path: Path) -> Measured:
    """One child at work on a copy of its own; a change that is not in the file is a failure."""
    copy = path.with_name(f"copy of {path.name}")
    shutil.copyfile(path, copy)
    measured = run_child("bench._workbook_work", job, name, str(copy))
    meant = measured.report.get("last", {})
    if meant and (found := shown_notes(copy)) and any(found.get(key) != text for key, text in meant.items()):
        return Measured(measured.report, "the change is not in the file")
    return measured


def measure_all(folder: Path) -> tuple[dict[str, Row], dict[str, Row], dict[str, Measured]]:
    """Reading and changing by size, and acknowledging."""
    paths = {rows: folder / f"{rows}.xlsx" for rows in SIZES}
    for rows, path in paths.items():
        make_workbook(path, rows)
    reading = {name: {rows: work("read", name, paths[rows]) for rows in SIZES} for name in READERS}
    for name, rows in product(READERS[:2] * (ROUNDS - 1), SIZES):
        reading[name][rows] = _both(reading[name][rows], work("read", name, paths[rows]))
    changing = {
        label: {rows: work(job, name, paths[rows]) for rows in SIZES} for label, job, name in CHANGERS
    }
    path = paths[ACKNOWLEDGED_ROWS]
    acknowledging = {label: work("acknowledge", name, path) for label, name in ACKNOWLEDGERS.items()}
    return reading, changing, acknowledging


def _both(one: Measured, other: Measured) -> Measured:
    """The runs of two children as if of one."""
    if one.failure or other.failure:
        return one if one.failure else other
    return Measured(
        {
            "seconds": one.report["seconds"] + other.report["seconds"],
            "peak_mb": max(one.report["peak_mb"], other.report["peak_mb"]),
        }
    )


def _print_table(title: str, table: dict[str, Row], baseline: str) -> None:
    sizes = "".join(f"{f'{rows:,} rows':>22}" for rows in SIZES)
    print(f"\n{title + ', s (x the first)':40}{sizes}{'peak MB':>10}")
    for name, row in table.items():
        cells = "".join(f"{_cell(row[rows], table[baseline][rows]):>22}" for rows in SIZES)
        most = max((measured.report.get("peak_mb", 0) for measured in row.values()), default=0)
        print(f"{name:40}{cells}{most:10.0f}")
    for name, row in table.items():
        for rows, measured in row.items():
            if measured.failure:
                print(f"not measured: {name} at {rows:,} rows: {measured.failure}")


def _cell(measured: Measured, baseline: Measured) -> str:
    if measured.failure:
        return "-"
    seconds = min(measured.report["seconds"])
    ratio = "" if baseline.failure else f" ({seconds / min(baseline.report['seconds']):.2f}x)"
    return f"{seconds:.3f}{ratio}"


def _print_acknowledged(table: dict[str, Measured]) -> None:
    print(f"\n{'acknowledged (durable), ms':40}" + "".join(f"{word:>22}" for word in ("p50", "p95", "most")))
    for label, measured in table.items():
        if measured.failure:
            print(f"not measured: {label}: {measured.failure}")
            continue
        for name, times in ((label, "seconds"), ("  bare SQLite insert meanwhile", "floor")):
            shares = _milliseconds(measured.report[times])
            print(f"{name:40}" + "".join(f"{ms:22.2f}" for ms in shares))


def _milliseconds(seconds: Sequence[float]) -> tuple[float, float, float]:
    return quantile(seconds, 0.5) * 1000, quantile(seconds, 0.95) * 1000, max(seconds) * 1000


def _print_aims(reading: dict[str, Row], running: Row, acknowledging: dict[str, Measured]) -> None:
    bare, ours = (reading[name][SIZES[-1]] for name in ("python-calamine", "ours"))
    print(f"\naim: {SIZES[-1]:,} rows read in at most {AIM_READ}x bare python-calamine: ", end="")
    if bare.failure or ours.failure:
        print("not measured")
    else:
        ratio = min(ours.report["seconds"]) / min(bare.report["seconds"])
        print(f"{ratio:.2f}x, {verdict(ratio <= AIM_READ)}")
    for label, measured in acknowledging.items():
        p50, p95, _ = _milliseconds(measured.report.get("seconds", [float("nan")]))
        shown = f"p50 {p50:.1f}, {verdict(p50 <= AIM_ACKNOWLEDGED_MS)}; p95 {p95:.1f}, "
        print(
            f"aim: acknowledged in at most {AIM_ACKNOWLEDGED_MS} ms at {ACKNOWLEDGED_ROWS:,} rows, "
            f"{label.removeprefix('ours, ')}: {shown}{verdict(p95 <= AIM_ACKNOWLEDGED_MS)}"
        )
    for rows, limit in AIM_VISIBLE_S.items():
        most = max(running[rows].report.get("seconds", [float("nan")]))
        is_met = not running[rows].failure and most <= limit
        print(f"aim: visible in the file within {limit} s at {rows:,} rows: {most:.2f} s, {verdict(is_met)}")


def _print_features(folder: Path) -> None:
    head = ("workbooks", "lost any", "but values", "failed")
    print(f"\n{'features lost by one edit':40}" + "".join(f"{word:>12}" for word in head) + "  most often")
    for name in FEATURE_PEERS:
        lost = features_lost(name, folder)
        counts = (lost.workbooks, lost.with_loss, lost.beyond_values, lost.failed)
        often = ", ".join(f"{kind} {count}" for kind, count in lost.kinds.most_common(6)) or "-"
        print(f"{name:40}" + "".join(f"{count:12}" for count in counts) + f"  {often}")
    print("but values: more than what formulas showed last. failed: not read, not written, or broken")


def main(words: Sequence[str]) -> int:
    print(f"{machine()}; each time is the best of up to 5 runs")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        os.environ["HUIFANG_STATE"] = str(folder / "state")
        if "features" not in words:
            reading, changing, acknowledging = measure_all(folder)
            _print_table("reading, processor", reading, READERS[0])
            _print_table("one cell changed, visible in the file", changing, CHANGERS[0][0])
            _print_acknowledged(acknowledging)
            _print_aims(reading, changing[CHANGERS[-1][0]], acknowledging)
        _print_features(folder)
    print(f"\nafterwards: {machine()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
