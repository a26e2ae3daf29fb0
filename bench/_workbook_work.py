"""One piece of work on a workbook, by us or by a peer: ``python -m bench._workbook_work JOB NAME PATH``.

Run as a child by ``bench.workbook_store``; prints its times and the most memory it held as JSON.
"""

from __future__ import annotations

import sqlite3
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench._measuring import report
from bench._workbooks import BIG, CHANGED, CHANGED_AT, ID_AT, record_id

MOST_RUNS, ENOUGH_SECONDS, ENOUGH_OURS_SECONDS, SETTLE_S = 5, 3.0, 10.0, 120
ACKNOWLEDGED, PAUSE_S = 200, 0.02
MIDDLE = 500  # the record that is changed


def _calamine_reads(path: Path) -> object:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    return [book.get_sheet_by_name(title).to_python() for title in book.sheet_names]


def _ours_reads(path: Path) -> object:
    from lib.store.workbook_reading import read_workbook

    return read_workbook(path).snapshot


def _pandas_reads(path: Path) -> object:
    import pandas as pd

    return pd.read_excel(path, sheet_name=None, engine="openpyxl")


def _wolfxl_reads(path: Path) -> object:
    import wolfxl

    book = wolfxl.load_workbook(path, read_only=True)
    return [list(book[title].iter_rows(values_only=True)) for title in book.sheetnames]


def _openpyxl_changes(path: Path, text: str) -> None:
    import openpyxl

    book = openpyxl.load_workbook(path)
    sheet = book[BIG]
    sheet.cell(_row_of(sheet), CHANGED_AT + 1).value = text
    book.save(path)


def _wolfxl_changes(path: Path, text: str) -> None:
    import wolfxl

    book = wolfxl.load_workbook(path, modify=True)
    sheet = book[BIG]
    sheet.cell(_row_of(sheet), CHANGED_AT + 1).value = text
    book.save(path)
    book.close()


def _row_of(sheet: object) -> int:
    ids = sheet.iter_rows(min_col=ID_AT + 1, max_col=ID_AT + 1, values_only=True)  # type: ignore[attr-defined]
    return next(row for row, (cell,) in enumerate(ids, 1) if cell == record_id(MIDDLE))


def _pandas_changes(path: Path, text: str) -> None:
    import pandas as pd

    frames = pd.read_excel(path, sheet_name=None, engine="openpyxl")
    big = frames[BIG]
    big.loc[big["_id"] == record_id(MIDDLE), CHANGED] = text
    with pd.ExcelWriter(path, engine="openpyxl") as writer:
        for title, frame in frames.items():
            frame.to_excel(writer, sheet_name=title, index=False)


READERS: dict[str, Callable[[Path], object]] = {
    "python-calamine": _calamine_reads,
    "ours": _ours_reads,
    "wolfxl": _wolfxl_reads,
    "pandas + openpyxl": _pandas_reads,
}
CHANGERS: dict[str, Callable[[Path, str], None]] = {
    "wolfxl": _wolfxl_changes,
    "openpyxl": _openpyxl_changes,
    "pandas + openpyxl": _pandas_changes,
}


def time_reading(name: str, path: Path) -> None:
    """Seconds of the processor: nothing waits here, and other programs do not disturb that so much."""
    seconds: list[float] = []
    while len(seconds) < MOST_RUNS and sum(seconds) < ENOUGH_SECONDS:
        begin = time.process_time()
        content = READERS[name](path)
        seconds.append(time.process_time() - begin)
        del content
    report(seconds=seconds)


def time_changing(name: str, path: Path) -> None:
    """Until the change is in the file; a peer reads it anew each time, as it has to."""
    seconds, text = [], ""
    while len(seconds) < MOST_RUNS and sum(seconds) < ENOUGH_SECONDS:
        text = f"改 {len(seconds)}"
        begin = time.perf_counter()
        CHANGERS[name](path, text)
        seconds.append(time.perf_counter() - begin)
    report(seconds=seconds, last={record_id(MIDDLE): text})


def time_our_changing(name: str, path: Path) -> None:
    """``running``: by an app that has read the workbook before; else by one that has just begun."""
    seconds, text = [], ""
    store = _opened(path)
    if name == "running":
        store.read()
    while len(seconds) < MOST_RUNS and sum(seconds) < ENOUGH_OURS_SECONDS:
        if name != "running":
            store.close()
            store = _opened(path)
        text = f"改 {name} {len(seconds)}"
        begin = time.perf_counter()
        store.commit(_batch(store.read(), MIDDLE, text))
        settled = store.settle(SETTLE_S)
        seconds.append(time.perf_counter() - begin)
        assert settled
    store.close()
    report(seconds=seconds, last={record_id(MIDDLE): text})


def time_acknowledging(name: str, path: Path) -> None:
    """Seconds of each commit alone, and of the floor between: one row into an SQLite table beside it.

    ``held``: somebody has the workbook open, so that nothing is written meanwhile; else what was
    acknowledged before is being written in the background.
    """
    store, floor = _opened(path), _open_floor(path.with_suffix(".floor"))
    snapshot, seconds, least, last = store.read(), [], [], {}
    lock_file = path.with_name(f".~lock.{path.name}#")
    if name == "held":
        lock_file.write_text("王,wang,host,01.03.2026 09:00,file:///home/wang;", encoding="utf-8")
    for number in range(1, ACKNOWLEDGED + 1):
        last[record_id(number)] = f"认 {number}"
        batch = _batch(snapshot, number, last[record_id(number)])
        seconds.append(_time(lambda batch=batch: store.commit(batch)))
        words = (repr(batch),)
        least.append(
            _time(lambda words=words: floor.execute("insert into entries (words) values (?)", words))
        )
        time.sleep(PAUSE_S)
    lock_file.unlink(missing_ok=True)
    assert store.settle(SETTLE_S)
    store.close()
    report(seconds=seconds, floor=least, last=last)


def _time(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _open_floor(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("create table if not exists entries (seq integer primary key, words text)")
    return connection


def _opened(path: Path):  # type: ignore[no-untyped-def]
    from lib.store.workbook import WorkbookStore

    return WorkbookStore(path)


def _batch(snapshot, number: int, text: str):  # type: ignore[no-untyped-def]
    from lib.store.contract import Batch, UpdateCell

    sheet = snapshot.sheets[BIG]
    seen = sheet.column(CHANGED)[sheet.ids.tolist().index(record_id(number))]
    change = UpdateCell(BIG, record_id(number), CHANGED, seen, text)
    return Batch(uuid.uuid4().hex, "李", datetime.now(UTC), (change,))


JOBS = {
    "read": time_reading,
    "change": time_changing,
    "our change": time_our_changing,
    "acknowledge": time_acknowledging,
}

if __name__ == "__main__":
    JOBS[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
