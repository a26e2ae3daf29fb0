"""The command line over the same code as the app: for cron, for checking from outside, for first steps."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from lib.commands.output import CommandError, use_utf8
from lib.commands.parser import build_parser
from lib.commands.workbooks import (
    add_google_demo,
    add_google_template,
    start_app,
    write_demo,
    write_template,
)
from lib.settings import Settings, SettingsError, parse_moment, parse_zone, read_settings
from lib.store.contract import StoreError
from lib.store.opening import spreadsheet_id


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; answers the exit status. Errors are one line on stderr."""
    use_utf8()
    try:
        settings = read_settings()
        asked = build_parser(settings.language).parse_args(arguments)
        status = _run(asked, _with_options(settings, asked))
        sys.stdout.flush()
        return status
    except (StoreError, SettingsError, CommandError) as error:
        return _fail(str(error))
    except BrokenPipeError:  # the reader has seen enough, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _fail(f"{error.filename or ''}: {error.strerror or error}".removeprefix(": "))
    except KeyboardInterrupt:
        return 130


def _fail(message: str) -> int:
    print("huifang: " + " ".join(message.split()), file=sys.stderr)
    return 2


def _with_options(settings: Settings, asked: Namespace) -> Settings:
    """The settings with what the command line says on top. Raises SettingsError."""
    if getattr(asked, "tz", None):
        settings = replace(settings, tz=parse_zone(asked.tz, "--tz"))
    if getattr(asked, "now", None):
        settings = replace(settings, fixed_now=parse_moment(asked.now, settings.tz, "--now"))
    return settings


def _run(asked: Namespace, settings: Settings) -> int:
    match asked.command:
        case "template":
            if sheet_id := spreadsheet_id(asked.store):
                print(add_google_template(settings, sheet_id, asked.lang))
            else:
                write_template(Path(asked.store), asked.lang)
                print(f"Wrote an empty workbook: {asked.store}")
        case "demo":
            today = asked.today or settings.now().date()
            if sheet_id := spreadsheet_id(asked.store):
                print(add_google_demo(settings, sheet_id, asked, today))
                return 0
            path = Path(asked.store)
            count = write_demo(path, asked.clients, asked.seed, today, asked.lang, settings.tz)
            print(f"Wrote {count} invented records, dated around {today}: {path}")
        case "start":
            return start_app(settings, asked.port)
        case "import":
            from lib.commands.importing import run_import

            return run_import(asked, settings)
        case "backups" | "restore":
            from lib.commands import backups

            run = backups.run_backups if asked.command == "backups" else backups.run_restore
            return run(asked, settings)
        case "doctor":
            from lib.commands.doctor import run_doctor

            return run_doctor(asked, settings)
        case _:
            return _report(asked, settings, settings.now())
    return 0


def _report(asked: Namespace, settings: Settings, now: datetime) -> int:
    from lib.commands import reports  # brings the engine along, which the other commands need not wait for

    if asked.command == "clauses":
        reports.print_clauses(asked.format, asked.lang, now.date())
        return 0
    board = reports.open_board(asked.store, settings, now)
    match asked.command:
        case "check":
            return 1 if reports.print_problems(board, asked.lang) else 0
        case "obligations":
            reports.print_obligations(board, asked.format, asked.status, asked.clause, asked.owner)
        case "explain":
            reports.print_explanation(board, asked.obligation, asked.format, asked.lang)
        case "tiers":
            reports.print_tiers(board, asked.format, asked.lang)
        case "measures":
            reports.print_measures(board, asked.format)
    return 0
