"""Commands that make workbooks, and the one that starts the app."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from datetime import date, tzinfo
from pathlib import Path
from random import Random
from typing import Any

from lib.demo import make_demo
from lib.locale import text
from lib.records.layout import guide_rows, rows_for, template_layouts
from lib.records.schema import load_schema
from lib.settings import Settings
from lib.store.contract import Value
from lib.store.new_workbook import NewRow, SheetLayout, write_workbook
from lib.store.opening import google_client, spreadsheet_id

ROOT = Path(__file__).parents[2]
DEMO_CLIENTS, DEMO_SEED = 200, 1


def write_template(path: Path, lang: str) -> None:
    """An empty workbook with all worksheets. Raises StoreError, for example where the path is taken."""
    schema = load_schema()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_workbook(path, template_layouts(schema, lang), guide_rows(schema, lang))


def add_google_template(settings: Settings, sheet_id: str, lang: str) -> str:
    """All worksheets that a Google spreadsheet lacks; answers what was done. Raises StoreError."""
    schema = load_schema()
    return _add_to_google(settings, sheet_id, template_layouts(schema, lang), guide_rows(schema, lang), {})


def add_google_demo(settings: Settings, sheet_id: str, asked: Namespace, today: date) -> str:
    """The same with invented records."""
    rows, meta, _ = _demo(asked.clients, asked.seed, today, asked.lang, settings.tz)
    return _add_to_google(settings, sheet_id, template_layouts(load_schema(), asked.lang), rows, meta)


def _add_to_google(
    settings: Settings,
    sheet_id: str,
    layouts: Sequence[SheetLayout],
    rows: Mapping[str, Sequence[NewRow]],
    meta: Mapping[str, Value],
) -> str:
    from lib.store.google.setup import add_template  # brings gspread along

    done = add_template(google_client(settings), sheet_id, layouts, rows, meta)
    told = [f"Added {len(done.added)} worksheets."]
    if done.kept:
        told.append(f"Left as they were: {', '.join(done.kept)}.")
    return " ".join(told)


def write_demo(path: Path, clients: int, seed: int, today: date, lang: str, tz: tzinfo) -> int:
    """A workbook of invented records, marked as such; answers how many. Raises StoreError, ValueError."""
    rows, meta, count = _demo(clients, seed, today, lang, tz)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_workbook(path, template_layouts(load_schema(), lang), rows, meta)
    return count


def _demo(
    clients: int, seed: int, today: date, lang: str, tz: tzinfo
) -> tuple[dict[str, list[NewRow]], dict[str, Value], int]:
    """Rows by worksheet, what marks them as invented, and how many there are."""
    schema = load_schema()
    rows = guide_rows(schema, lang)
    guide = next(iter(rows))
    note = (text(lang, "commands.demo"), text(lang, "commands.demo_note", today=today.isoformat()))
    rows[guide] = [NewRow("demo", note), *rows[guide]]
    records = make_demo(clients, seed, today)
    for key, worksheet in schema.worksheets.items():
        rows[worksheet.title(lang)] = rows_for(worksheet, lang, _with_ids(key, records.get(key, [])), tz)
    meta: dict[str, Value] = {
        "demo": True,
        "demo_today": today.isoformat(),
        "demo_clients": clients,
        "demo_seed": seed,
    }
    return rows, meta, sum(map(len, records.values()))


def _with_ids(worksheet: str, records: Sequence[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """Ids of the usual form that are the same each time."""
    rng = Random(worksheet)
    return [(base64.b32encode(rng.randbytes(7)).decode("ascii").lower()[:10], record) for record in records]


def start_app(settings: Settings, port: int) -> int:
    """Make the demo workbook if there is none yet, then serve the app on this machine only."""
    if spreadsheet_id(settings.store):
        print(f"Spreadsheet: {settings.store}")
        print(f"Huifang: http://127.0.0.1:{port}  (stop with Ctrl+C)", flush=True)
        return _serve(port, {**os.environ, "HUIFANG_STORE": settings.store})
    path = Path(settings.store)
    if path.exists():
        print(f"Workbook: {path.resolve()}")
    else:
        today = settings.now().date()
        count = write_demo(path, DEMO_CLIENTS, DEMO_SEED, today, settings.language, settings.tz)
        print(f"Made a demo workbook of {count} invented records: {path.resolve()}")
        print("For your own: python -m lib template PATH, then set HUIFANG_STORE to that path.")
    print(f"Huifang: http://127.0.0.1:{port}  (stop with Ctrl+C)", flush=True)
    return _serve(port, {**os.environ, "HUIFANG_STORE": str(path.resolve())})


def _serve(port: int, environ: Mapping[str, str]) -> int:
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), f"--server.port={port}"]
    command += ["--server.address=127.0.0.1", "--browser.serverAddress=127.0.0.1", "--server.headless=true"]
    if os.name == "posix":
        os.chdir(ROOT)
        sys.stdout.flush()
        os.execve(command[0], command, environ)  # the app takes this process's place and its signals
    try:
        return subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode
    except KeyboardInterrupt:
        return 0
