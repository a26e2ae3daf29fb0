"""The doctor command: is a store set up so that the app can work on it, and what to do if not."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from lib.commands.fields import FINDING_FIELDS
from lib.commands.output import print_records
from lib.locale import messages, text
from lib.records.book import read_book
from lib.records.schema import load_schema
from lib.settings import Settings
from lib.store.contract import Store, StoreError
from lib.store.findings import Finding, failed
from lib.store.opening import google_client, open_store, spreadsheet_id

MARKS = {True: "ok     ", False: "PROBLEM"}


def run_doctor(asked: Namespace, settings: Settings) -> int:
    """Look, print, answer 1 if something is wrong, else 0."""
    settings = replace(settings, store=asked.store)
    findings = list(_examine(settings, settings.now(), asked.lang))
    records = [_record(finding, asked.lang) for finding in findings]
    if asked.json:
        print_records(records, tuple(FINDING_FIELDS), "json")
    else:
        for record in records:
            print(f"{MARKS[record['ok']]} {record['message']}")
            if record["remedy"]:
                print(f"        -> {record['remedy']}")
    return int(not all(finding.is_fine for finding in findings))


def _examine(settings: Settings, now: datetime, lang: str) -> Iterator[Finding]:
    if sheet_id := spreadsheet_id(settings.store):
        from lib.store.google.doctor import examine_spreadsheet

        try:
            client = google_client(settings)
        except StoreError as error:
            yield failed("key", error)
            return
        for finding in examine_spreadsheet(client, sheet_id, settings.tz, now):
            yield finding
            if not finding.is_fine and finding.check in ("token", "access"):
                return
    try:
        store = open_store(settings)
    except StoreError as error:
        yield failed("open", error)
        return
    try:
        yield from _examine_content(store, settings, lang)
    finally:
        store.close()


def _examine_content(store: Store, settings: Settings, lang: str) -> Iterator[Finding]:
    try:
        snapshot = store.read()
    except StoreError as error:
        yield failed("read", error)
        return
    yield Finding("read", details={"location": store.location})
    schema = load_schema()
    book = read_book(snapshot, schema, settings.tz)
    missing = [sheet.title(lang) for key, sheet in schema.worksheets.items() if key not in book.bindings]
    yield Finding("worksheets", "missing" if missing else "", {"titles": ", ".join(missing)})
    columns = [
        f"{binding.sheet} / {column.header(lang)}"
        for key, binding in book.bindings.items()
        for name, column in schema.worksheets[key].columns.items()
        if column.required and name not in binding.letters
    ]
    yield Finding("headers", "missing" if columns else "", {"columns": ", ".join(columns)})
    yield from _examine_state(store)


def _examine_state(store: Store) -> Iterator[Finding]:
    status = store.status()
    yield Finding("write") if status.cause is None else failed("write", status.cause)
    yield Finding("waiting", "some" if status.waiting else "", {"count": status.waiting})
    yield Finding("conflicts", "open" if status.conflicts else "", {"count": status.conflicts})
    broken = store.check_history()
    yield Finding("history", "" if broken is None else "broken", {"number": broken})
    shared = getattr(store, "check_shared_history", None)
    if shared is not None:
        try:
            broken = shared()
        except StoreError as error:
            yield failed("shared_history", error)
        else:
            yield Finding("shared_history", "" if broken is None else "broken", {"number": broken})


def _record(finding: Finding, lang: str) -> dict[str, Any]:
    return {
        "check": finding.check,
        "ok": finding.is_fine,
        "message": _message(finding, lang),
        "remedy": None if finding.is_fine else _remedy(finding, lang),
        "code": finding.problem or None,
    }


def _message(finding: Finding, lang: str) -> str:
    if finding.is_fine:
        return text(lang, f"doctor.{finding.check}", **finding.details)
    return text(lang, f"doctor.{finding.check}_bad", **finding.details)


def _remedy(finding: Finding, lang: str) -> str:
    """What to do: the store's own words for its errors, else those for this finding."""
    key = f"store_errors.{finding.problem}"
    if finding.error is None:
        return text(lang, f"doctor.{finding.check}_{finding.problem}", **finding.details)
    try:
        return text(lang, key, **finding.details) if key in messages() else str(finding.error)
    except KeyError:  # its words need more than the error tells
        return str(finding.error)
