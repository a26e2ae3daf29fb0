"""The command line: what can be asked for, and how help says it."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from lib.commands.fields import (
    BACKUP_FIELDS,
    CLAUSE_FIELDS,
    FINDING_FIELDS,
    MEASURE_FIELDS,
    OBLIGATION_FIELDS,
    PROBLEM_FIELDS,
    TIER_FIELDS,
    describe,
)
from lib.commands.workbooks import DEMO_CLIENTS, DEMO_SEED
from lib.demo import FEWEST_CLIENTS
from lib.locale import LANGUAGES

ABOUT = """\
Huifang 回访: what a team's spreadsheet says about its clients, promises and complaints.

Moments are ISO 8601 (2026-03-05T09:30+08:00); without an offset they are local to the team's zone.
Output is UTF-8. Exit status: 0 done, 1 problems were found, 2 it could not be done.
"""
COMMANDS = {
    "template": "write an empty workbook with all worksheets",
    "demo": "write a workbook of invented records, dated around a day",
    "start": "make the demo workbook on first start, then serve the app on this machine",
    "check": "list what cannot be read in a spreadsheet, one JSON object a line; exit 1 if there is any",
    "obligations": "list what the standard asks for, until when, and what became of it",
    "explain": "say step by step how an obligation's due time came about",
    "tiers": "list the clients with their tier and the reason for it",
    "measures": "list the figures that the standard bounds, such as clients per rep",
    "clauses": "list the clauses of the standard",
    "doctor": "look whether a store is set up well and say what to do; exit 1 if something is wrong",
    "import": "bring rows of another spreadsheet (.xlsx, .csv) into this one",
    "backups": "list the backups of a workbook that this machine keeps",
    "restore": "put a backup in the place of a workbook, or write it somewhere else",
}
STORE_HELP = "the workbook, or the address of a Google spreadsheet"
_FIELDS: Mapping[str, Mapping[str, str]] = {
    "backups": BACKUP_FIELDS,
    "check": PROBLEM_FIELDS,
    "obligations": OBLIGATION_FIELDS,
    "tiers": TIER_FIELDS,
    "measures": MEASURE_FIELDS,
    "clauses": CLAUSE_FIELDS,
    "doctor": FINDING_FIELDS,
}


class _Parser(ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"huifang: {message}; see {self.prog} --help\n")


def build_parser(language: str) -> ArgumentParser:
    """The parser of all commands; ``language`` is the default of ``--lang``."""
    parser = _Parser("python -m lib", description=ABOUT, formatter_class=RawDescriptionHelpFormatter)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands = {name: _add_command(subparsers, name, about) for name, about in COMMANDS.items()}
    _add_making(commands)
    _add_reading(commands)
    _add_import(commands["import"])
    _add_backups(commands)
    for name in ("template", "demo", "check", "explain", "tiers", "clauses", "import", "doctor"):
        commands[name].add_argument(
            "--lang", choices=LANGUAGES, default=language, help="language of texts (%(default)s)"
        )
    for name in set(COMMANDS) - {"template", "clauses", "start"}:
        commands[name].add_argument("--tz", metavar="ZONE", help="the team's time zone (HUIFANG_TZ)")
    return parser


def _add_command(subparsers: Any, name: str, about: str) -> ArgumentParser:
    fields = _FIELDS.get(name)
    command: ArgumentParser = subparsers.add_parser(
        name,
        help=about,
        description=f"{about[0].upper()}{about[1:]}.",
        epilog=describe(fields) if fields else None,
        formatter_class=RawDescriptionHelpFormatter,
    )
    return command


def _add_making(commands: Mapping[str, ArgumentParser]) -> None:
    for name in ("template", "demo"):
        commands[name].add_argument(
            "store",
            metavar="STORE",
            help="the .xlsx to write, which must not exist yet, or a Google spreadsheet to add to",
        )
    demo = commands["demo"]
    demo.add_argument("--clients", type=_client_count, default=DEMO_CLIENTS, help="how many (%(default)s)")
    demo.add_argument("--seed", type=int, default=DEMO_SEED, help="another seed, another team (%(default)s)")
    demo.add_argument("--today", type=date.fromisoformat, metavar="DATE", help="the demo's day (today)")
    commands["start"].add_argument("--port", type=int, default=8501, help="on 127.0.0.1 (%(default)s)")


def _client_count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < FEWEST_CLIENTS:
        raise ArgumentTypeError(f"{text!r} is not a whole number from {FEWEST_CLIENTS} on")
    return int(text)


def _add_reading(commands: Mapping[str, ArgumentParser]) -> None:
    for name in ("check", "obligations", "explain", "tiers", "measures", "doctor"):
        commands[name].add_argument("store", metavar="STORE", help=STORE_HELP)
    commands["explain"].add_argument("obligation", metavar="OBLIGATION", help="an id listed by obligations")
    for name in ("check", "obligations", "explain", "tiers", "measures"):
        commands[name].add_argument(
            "--now", metavar="T", help="the moment to judge at (HUIFANG_NOW, else the clock)"
        )
    commands["doctor"].add_argument("--json", action="store_true", help="an array with one object a line")
    obligations = commands["obligations"]
    obligations.add_argument("--status", metavar="S", help="only this status, for example overdue")
    obligations.add_argument("--clause", metavar="C", help="only this clause, for example complaint.respond")
    obligations.add_argument("--owner", metavar="NAME", help="only what this person is responsible for")
    for name in ("obligations", "tiers", "measures", "clauses"):
        commands[name].add_argument(
            "--format", choices=("json", "csv"), default="json", help="json: one object a line in an array"
        )
    commands["explain"].add_argument("--format", choices=("text", "json"), default="text")


def _add_backups(commands: Mapping[str, ArgumentParser]) -> None:
    for name in ("backups", "restore"):
        commands[name].add_argument("store", type=Path, metavar="STORE", help="the workbook's path")
    restore = commands["restore"]
    restore.add_argument("number", type=int, metavar="N", help="a number listed by backups")
    restore.add_argument("--to", type=Path, metavar="PATH", help="write it there instead")
    restore.add_argument("--actor", default="restore", metavar="NAME", help="for history (%(default)s)")


def _add_import(command: ArgumentParser) -> None:
    command.add_argument("store", metavar="STORE", help=STORE_HELP)
    command.add_argument("file", type=Path, metavar="FILE", help="the .xlsx or .csv to read")
    command.add_argument("--worksheet", metavar="KEY", help="worksheet to fill, by key or title (guessed)")
    command.add_argument("--sheet", metavar="TITLE", help="the sheet of FILE to read (its first)")
    command.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="HEADER=COLUMN",
        help="put a header of FILE into a column (key or header); nothing after = leaves it out",
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="one value for a column that FILE lacks, for example role=rep",
    )
    command.add_argument(
        "--date-order", choices=("mdy", "dmy", "ymd"), help="how FILE writes dates such as 03/04/2026"
    )
    command.add_argument(
        "--create-missing", action="store_true", help="also create the clients and people that rows refer to"
    )
    command.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")
