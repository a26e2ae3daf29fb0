"""The import command: what will be read into which column, what is doubtful, then one batch of rows."""

from __future__ import annotations

import uuid
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
from typing import Any

import pandas as pd

from lib.commands.output import CommandError
from lib.locale import text
from lib.records.book import Book, read_book
from lib.records.entry import check_entry
from lib.records.import_mapping import (
    YMD,
    ForeignTable,
    date_order,
    foreign_table,
    suggest_mapping,
    suggest_target,
)
from lib.records.importing import ImportPlan, ImportPreview, dry_run, to_batch_changes
from lib.records.names import fold_header
from lib.records.schema import Schema, Worksheet, load_schema
from lib.settings import Settings
from lib.store.contract import Batch, Store
from lib.store.opening import open_store
from lib.store.untrusted import read_untrusted

SETTLE_S = 60.0
SURE_ENOUGH = 0.5  # below, suggest_target guesses in the dark


def run_import(asked: Namespace, settings: Settings) -> int:
    """Plan, say, and unless it is a dry run, write. Answers 1 if cells or conflicts need a look, else 0.

    Raises CommandError where a decision is missing, StoreError.
    """
    schema = load_schema()
    table = _read_table(asked.file, asked.sheet)
    worksheet = _find_worksheet(schema, table, asked.worksheet, settings.tz)
    columns = _map_columns(table, worksheet, asked.map, settings.tz)
    store = open_store(replace(settings, store=asked.store))
    book = read_book(store.read(), schema, settings.tz)
    plan = ImportPlan(
        worksheet.key,
        table,
        columns,
        orders=_date_orders(table, worksheet, columns, asked.date_order),
        constants=_constants(book, schema, worksheet, asked.set, settings.tz),
        create_missing=_missing_targets(worksheet) if asked.create_missing else frozenset(),
    )
    preview = dry_run(book, schema, plan, settings.tz)
    _say(preview, worksheet, table, columns, asked.lang)
    if asked.dry_run:
        print("Nothing was written: this was a dry run.")
        return int(preview.counts["problems"] > 0)
    return _write(store, preview, settings)


def _write(store: Store, preview: ImportPreview, settings: Settings) -> int:
    changes = to_batch_changes(preview)
    receipt = store.commit(Batch(uuid.uuid4().hex, "import", settings.now(), changes))
    written = "Written" if store.settle(SETTLE_S) else "Kept, to be written by the app as soon as it can be"
    print(f"{written}: {len(receipt.applied)} rows; conflicts: {len(receipt.conflicts)}.")
    return int(preview.counts["problems"] > 0 or bool(receipt.conflicts))


def _read_table(file: Path, sheet: str | None) -> ForeignTable:
    tables = read_untrusted(file)
    title = sheet or next(iter(tables), "")
    if title not in tables:
        raise CommandError(f"{file.name} has no sheet {title!r}; it has: {', '.join(tables) or 'none'}")
    return foreign_table(title, *tables[title])


def _find_worksheet(schema: Schema, table: ForeignTable, asked: str | None, tz: tzinfo) -> Worksheet:
    if asked is None:
        key, score = suggest_target(table, schema, tz)[0]
        if score < SURE_ENOUGH:
            known = ", ".join(schema.worksheets)
            raise CommandError(f"It is not clear which worksheet this is; name one with --worksheet: {known}")
        return schema.worksheets[key]
    for worksheet in schema.worksheets.values():
        titles = (worksheet.key, worksheet.zh, worksheet.en, *worksheet.aliases)
        if fold_header(asked) in map(fold_header, titles):
            return worksheet
    raise CommandError(f"There is no worksheet {asked!r}; there is: {', '.join(schema.worksheets)}")


def _map_columns(
    table: ForeignTable, worksheet: Worksheet, asked: Sequence[str], tz: tzinfo
) -> dict[str, str]:
    """Source column -> column key: what was asked for, and suggestions for the rest."""
    chosen = dict(_read_pair(pair, table, worksheet) for pair in asked)
    suggested = {
        source: found.column
        for source, found in suggest_mapping(table, worksheet, tz).items()
        if found.column and found.column not in chosen.values()
    }
    columns = {source: key for source, key in {**suggested, **chosen}.items() if key}
    if not columns:
        raise CommandError("No column of the file is known; map some with --map HEADER=COLUMN")
    return columns


def _read_pair(pair: str, table: ForeignTable, worksheet: Worksheet) -> tuple[str, str]:
    header, equals, name = pair.rpartition("=")
    if not equals or header not in table.columns:
        raise CommandError(f"--map {pair!r}: write HEADER=COLUMN with one of: {', '.join(table.columns)}")
    return header, _column_key(worksheet, name, f"--map {pair!r}") if name else ""


def _column_key(worksheet: Worksheet, name: str, option: str) -> str:
    for key, column in worksheet.columns.items():
        if fold_header(name) in map(fold_header, (key, column.zh, column.en)):
            return key
    raise CommandError(f"{option}: there is no such column; there is: {', '.join(worksheet.columns)}")


def _constants(
    book: Book, schema: Schema, worksheet: Worksheet, asked: Sequence[str], tz: tzinfo
) -> dict[str, Any]:
    """Values for columns that the file lacks, checked as in a form."""
    typed = {}
    for pair in asked:
        name, _, value = pair.partition("=")
        typed[_column_key(worksheet, name, f"--set {pair!r}")] = value
    clean, errors = check_entry(book, schema, worksheet.key, typed, tz, record_id="")
    for key, finding in errors.items():
        reason = text("en", f"problems.{finding.code}", **finding.params)
        raise CommandError(f"--set {key}={typed[key]}: {reason}")
    return clean


def _date_orders(
    table: ForeignTable, worksheet: Worksheet, columns: Mapping[str, str], asked: str | None
) -> dict[str, str]:
    """How each column of dates is written. Raises CommandError where the file does not tell."""
    orders: dict[str, str] = {}
    for source, key in columns.items():
        if worksheet.columns[key].type not in ("date", "datetime"):
            continue
        found = date_order(table.columns[source])
        if found.order != YMD and not found.certain and asked is None:
            example = found.examples[0]
            raise CommandError(
                f"Column {source!r}: {example} may be month or day first; say --date-order mdy or dmy"
            )
        orders[source] = found.order if found.certain else asked or found.order
    return orders


def _missing_targets(worksheet: Worksheet) -> frozenset[str]:
    return frozenset(column.ref for column in worksheet.columns.values() if column.ref)


def _say(
    preview: ImportPreview,
    worksheet: Worksheet,
    table: ForeignTable,
    columns: Mapping[str, str],
    lang: str,
) -> None:
    print(f"{table.title} -> {worksheet.title(lang)} ({worksheet.key})")
    for source in table.columns:
        key = columns.get(source)
        print(f"  {source} -> {f'{worksheet.columns[key].header(lang)} ({key})' if key else 'left out'}")
    counts = preview.counts
    print(
        f"Rows: {counts['rows']}; new: {counts['new']}; likely duplicates, left out: {counts['duplicates']}; "
        f"names added: {counts['added']}; empty: {counts['empty']}; problems: {counts['problems']}"
    )
    _say_problems(preview.problems, lang)


def _say_problems(problems: pd.DataFrame, lang: str) -> None:
    """One line for each kind of problem in a column, with its first row and value."""
    for (header, code), group in problems.groupby(["header", "code"], sort=False):
        first = group.iloc[0]
        reason = text(lang, f"problems.{code}", **first["reason_params"])
        print(f"  {header}: {reason} ({len(group)} cells; first: row {first['row']} {first['value']})")
