"""A process that is given files and says what became of each: never on more memory than allowed.

Run as ``python -m tests.store.hostile.worker LIMIT_MB``: names of files come in, one a line; for each a line
of JSON goes out.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from lib.store.contract import Batch, DeleteRow, InsertRow, Store, StoreError, UpdateCell
from lib.store.reading import ReadSheet
from lib.store.workbook_reading import reading_of, verified_reading
from lib.store.xlsx_edit import edited_workbook, locked_cells
from lib.store.xlsx_new_sheet import with_hidden_sheet
from lib.store.xlsx_parts import Package
from lib.store.xlsx_properties import custom_properties, with_custom_property

MB = 1 << 20
AT = datetime(2026, 3, 4, tzinfo=UTC)


def main(limit_mb: int) -> None:
    limit = _memory("VmSize") + limit_mb * MB
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        name = line.rstrip("\n")
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
        before, started = _memory("VmRSS"), time.process_time()
        outcome = _outcome(Path(name))
        seconds = time.process_time() - started  # neighbours do not count
        used_mb = max(0, _memory("VmHWM") - before) / MB
        print(json.dumps({"outcome": outcome, "seconds": seconds, "mb": used_mb}), flush=True)


def _outcome(path: Path) -> str:
    """``read`` or ``written`` or the code of a refusal; anything else begins with an exclamation mark."""
    try:
        if path.suffix == ".bytes":
            return _tried(path.read_bytes())
        return _through_the_store(path)
    except StoreError as error:
        return error.code if len(str(error)) > 30 else f"! no reason given: {error}"
    except BaseException as error:  # also a panic of a reader, and the end of memory
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"! {type(error).__name__}: {str(error)[:300]}"


def _tried(data: bytes) -> str:
    """Read the bytes of a workbook, and write into it what the store would write."""
    reading = reading_of("", data)
    edits = {title: _edits(read) for title, read in reading.sheets.items() if len(read.sheet)}
    package = Package(data)
    custom_properties(package)
    if not edits:
        return "read"
    locked = locked_cells(package, edits)
    edits = {
        title: {c: v for c, v in e.items() if c not in locked.get(title, ())} for title, e in edits.items()
    }
    edited = edited_workbook(package, edits, reading.sheets)
    verified_reading(edited, reading, edits)
    with_custom_property(with_hidden_sheet(edited, "_new"), "stamp", "1")
    return "written"


def _edits(read: ReadSheet) -> dict[tuple[int, int], object]:
    row, end = int(read.sheet.row_numbers[0]), read.end_column
    cells: dict[tuple[int, int], object] = {
        (read.sheet.header_row, end): "_new",
        (row, end): AT.replace(tzinfo=None),
    }
    for column in read.column_numbers[:1]:
        cells |= {(row, column): 'x & "y"', (read.last_row + 1, column): 7}
    return cells


def _through_the_store(path: Path) -> str:
    from lib.store.workbook import WorkbookStore

    store = WorkbookStore(path)
    try:
        return _changed(store)
    finally:
        getattr(store, "close", lambda: None)()


def _changed(store: Store) -> str:
    store.status()
    sheets = store.read().sheets
    title, sheet = next(((t, s) for t, s in sheets.items() if len(s) and any(s.header)), (None, None))
    if title is None or sheet is None:
        return "read"
    name, record = next(filter(None, sheet.header)), str(sheet.ids[0])
    changes = (
        UpdateCell(title, record, name, sheet.column(name)[0], "x"),
        InsertRow(title, "new", {name: "y"}),
        DeleteRow(title, record),
    )
    store.commit(Batch("op", "li", AT, changes))
    return "written"


def _memory(name: str) -> int:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(f"{name}:")).split()[1]) * 1024


if __name__ == "__main__":
    main(int(sys.argv[1]))
