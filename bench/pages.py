"""Server time of every page over demo workbooks of growing size, as ratios against the smallest.

A page is run in process through app.py, first once to fill the caches, then several times; the median of
the later runs counts. ``first`` is that first run with its reading, deriving and judging.
"""

from __future__ import annotations

import logging
import os
import statistics
import tempfile
import time
from pathlib import Path

import streamlit as st

from lib.__main__ import main as run_command
from tests.pages.app_runs import open_page

DAY = "2026-11-20"
SIZES = (200, 2_000, 20_000)
RUNS = 5
PAGES = (
    "today", "follow_ups", "clients", "client", "complaints", "records", "import_rows", "sheet_health",
    "standard",
)  # fmt: skip


def time_page(name: str) -> tuple[float, float]:
    """Seconds of the first run and the median of the warm runs."""
    started = time.perf_counter()
    app = open_page(name)
    first = time.perf_counter() - started
    if app.exception:
        raise RuntimeError(f"{name}: {app.exception[0].message}")
    warm = []
    for _ in range(RUNS):
        started = time.perf_counter()
        app.run()
        warm.append(time.perf_counter() - started)
    return first, statistics.median(warm)


def time_all(clients: int, folder: Path) -> dict[str, tuple[float, float]]:
    """All pages over a demo of that many clients."""
    path = folder / f"demo-{clients}.xlsx"
    run_command(["demo", str(path), "--clients", str(clients), "--seed", "1", "--today", DAY])
    os.environ |= {"HUIFANG_STORE": str(path), "HUIFANG_NOW": f"{DAY}T10:00+08:00"}
    st.cache_resource.clear()
    return {name: time_page(name) for name in PAGES}


def main() -> None:
    logging.disable(logging.WARNING)  # Streamlit's, about running without a server
    with tempfile.TemporaryDirectory() as scratch:
        timed = {clients: time_all(clients, Path(scratch)) for clients in SIZES}
    print(f"{'page':<14}" + "".join(f"{f'{n} clients':>18}" for n in SIZES) + f"{'ratio':>8}")
    for name in PAGES:
        warm = [timed[clients][name][1] for clients in SIZES]
        cells = "".join(f"{seconds * 1000:>15.0f} ms" for seconds in warm)
        print(f"{name:<14}{cells}{warm[-1] / warm[0]:>8.2f}")
    first = [timed[clients]["today"][0] for clients in SIZES]
    print(f"{'first run':<14}" + "".join(f"{seconds * 1000:>15.0f} ms" for seconds in first))


if __name__ == "__main__":
    main()
