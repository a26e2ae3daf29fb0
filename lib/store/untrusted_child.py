"""The process that parses one uploaded file and prints its tables as JSON."""

from __future__ import annotations

import contextlib
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from lib.store.contract import CellError, NotASpreadsheet
from lib.store.delimited import read_delimited
from lib.store.guard import UPLOADED, check_package, open_package
from lib.store.reading import Grid, find_header, grid_from_rows, header_text, is_bookkeeping
from lib.store.xlsx_reading import read_grids

CPU_SECONDS = 45
_TEXT_SUFFIXES = (".csv", ".txt", ".tsv")


def main(path: str, memory_bytes: int) -> None:
    _limit_resources(memory_bytes)
    try:
        answer: dict[str, Any] = {"tables": _tables(Path(path))}
    except NotASpreadsheet as error:
        answer = {"error": (str(error), error.code, error.details)}
    sys.stdout.buffer.write(json.dumps(answer, default=_plain, ensure_ascii=True).encode("ascii"))


def _limit_resources(memory_bytes: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _tables(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    if path.suffix.lower() in _TEXT_SUFFIXES:
        grids = {path.stem: grid_from_rows(path.stem, read_delimited(data))}
    else:
        package = open_package(data, UPLOADED)
        check_package(package, UPLOADED)
        grids = read_grids(package)
    return {title: _table(grid) for title, grid in grids.items() if not is_bookkeeping(title)}


def _table(grid: Grid) -> tuple[list[str], list[tuple[Any, ...]], list[int]]:
    """Header texts, rows with content, and their numbers in the file."""
    if not grid.height:
        return [], [], []
    header_at = find_header(grid)
    body = [column[header_at + 1 :] for column in grid.columns]
    filled = np.zeros(len(body[0]), dtype=bool)
    for column in body:
        filled |= np.asarray(column != None, dtype=bool)  # noqa: E711 (elementwise)
    rows = list(zip(*(column[filled].tolist() for column in body), strict=True))
    numbers = np.flatnonzero(filled) + grid.first_row + header_at + 2
    return [header_text(value) for value in grid.row(header_at)], rows, numbers.tolist()


def _plain(value: object) -> dict[str, str]:
    match value:
        case datetime():
            return {"d": value.isoformat()}
        case CellError():
            return {"e": value.code}
    raise TypeError(type(value).__name__)
