"""Files that somebody uploads: parsed in a process of its own, which may fail without harm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

from lib.store.contract import CellError, NotASpreadsheet, Value
from lib.store.guard import UPLOADED

TIMEOUT_S = 60
MEMORY_BYTES = 1536 << 20
ROOT = Path(__file__).resolve().parents[2]
_CHILD = """import sys
sys.path.insert(0, sys.argv[1])
from lib.store.untrusted_child import main
main(sys.argv[2], int(sys.argv[3]))"""
_PASSED_ON = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")


class Table(NamedTuple):
    """One table: header texts, rows with content, and the number (1-based) that each row has in the file."""

    header: tuple[str, ...]
    rows: list[tuple[Value, ...]]
    numbers: list[int]


class _Answer(TypedDict, total=False):
    error: tuple[str, str, dict[str, Any]]
    tables: dict[str, tuple[list[str], list[list[Any]], list[int]]]


def read_untrusted(
    path: Path | str, timeout_s: float = TIMEOUT_S, memory_bytes: int = MEMORY_BYTES
) -> dict[str, Table]:
    """The tables of an uploaded .xlsx or .csv: by worksheet title, empty rows left out.

    The header is the first row with content; values of a CSV file are text. Raises NotASpreadsheet
    with a reason and a remedy. Memory, time and size are bounded.
    """
    file = Path(path)
    if file.stat().st_size > UPLOADED.file_size:
        raise NotASpreadsheet(
            f"The file is larger than {UPLOADED.file_size >> 20} MB. Split it, or remove what is not needed.",
            "too_big",
            size=file.stat().st_size,
            limit=UPLOADED.file_size,
        )
    answer = _ask_child(file.resolve(), timeout_s, memory_bytes)
    if "error" in answer:
        message, code, details = answer["error"]
        raise NotASpreadsheet(message, code, **details)
    return {title: _table(*parts) for title, parts in answer["tables"].items()}


def _ask_child(file: Path, timeout_s: float, memory_bytes: int) -> _Answer:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    command = [sys.executable, "-I", "-c", _CHILD, str(ROOT), str(file), str(memory_bytes)]
    try:
        done = subprocess.run(
            command,
            env={**environment, "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout_s,
            check=False,
        )
        answer: _Answer = json.loads(done.stdout)
        return answer
    except (subprocess.TimeoutExpired, ValueError):
        raise NotASpreadsheet(
            "The file needs more memory or time than allowed. Copy its rows into a new workbook.",
            "too_costly",
        ) from None


def _table(header: list[str], rows: list[list[Any]], numbers: list[int]) -> Table:
    return Table(tuple(header), [tuple(map(_value, row)) for row in rows], numbers)


def _value(value: Any) -> Value:
    if isinstance(value, dict):
        return datetime.fromisoformat(value["d"]) if "d" in value else CellError(value["e"])
    plain: Value = value
    return plain
