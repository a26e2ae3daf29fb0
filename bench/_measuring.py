"""Measuring one piece of work in a process of its own, so that its memory can be told from others'."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TIMEOUT_S = 300
MB = 1 << 20


@dataclass(frozen=True)
class Measured:
    """What a child reported; ``failure`` is empty where it went well."""

    report: dict[str, Any]
    failure: str = ""


def run_child(module: str, *words: str, python: str = sys.executable) -> Measured:
    """``python -m module words...`` in a process of its own, which prints one line of JSON at the end."""
    try:
        done = subprocess.run(
            [python, "-m", module, *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Measured({}, f"stopped after {TIMEOUT_S} s")
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        return Measured({}, (done.stderr.strip().splitlines() or ["no answer"])[-1])
    report: dict[str, Any] = json.loads(lines[-1])
    return Measured(report)


def report(**values: Any) -> None:
    """What a child says at its end: ``values`` and the most memory it ever held, in MB."""
    print(json.dumps({**values, "peak_mb": peak_memory() / MB}))


def peak_memory() -> int:
    """The most memory that this process held so far, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count what the parent held before this program was loaded
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def quantile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of all do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def machine() -> str:
    """Processors and load, without which no time means much."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} processors{load}"


def verdict(is_met: bool) -> str:
    return "met" if is_met else "missed"
