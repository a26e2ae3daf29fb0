"""Somebody else's tables: recognised, tried without harm, imported once."""

# ruff: noqa: DTZ001 (a spreadsheet's dates have no time zone)

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from lib.records.book import Book, read_book
from lib.records.import_mapping import (
    ForeignTable,
    date_order,
    foreign_table,
    suggest_mapping,
    suggest_target,
)
from lib.records.importing import ImportPlan, dry_run, to_batch_changes
from lib.store.contract import Batch, Value
from lib.store.memory import MemoryStore
from tests.records.books import SCHEMA, TZ, problems

TEAMS = foreign_table(
    "sales_teams",
    ("sales_agent", "manager", "regional_office"),
    [
        ("Ann Bell", "Dora Krug", "Central"),
        ("Cy Dunn", "Dora Krug", "Central"),
        ("Eve Ford", "Ann Bell", "East"),
    ],
)
ACCOUNTS = foreign_table(
    "accounts",
    ("account", "sector", "year_established", "employees", "office_location"),
    [
        ("Acme Corporation", "retail", "1996", "2822", "Kenya"),
        ("Betasoft Ltd", "medical", "1999", "495", "Japan"),
    ],
)
DEAL_COLUMNS = (
    "opportunity_id", "sales_agent", "product", "account", "deal_stage",
    "engage_date", "close_date", "close_value",
)  # fmt: skip
DEALS = foreign_table(
    "sales_pipeline",
    DEAL_COLUMNS,
    [
        ("A1", "Ann Bell", "GTX Pro", "Acme Corporation", "Won", "10/20/2016", "3/1/2017", "1,054"),
        ("A2", "Ann Bell", "GTXPro", "acme corporation", "Lost", "10/25/2016", "3/11/2017", "0"),
        ("A3", "Cy Dunn", "GTX Pro", "", "Engaging", "11/3/2016", "", ""),
        ("A4", "Guy Hale", "MG", "Gamma Inc", "Won", "11/4/2016", "12/31/2017", "a lot"),
        ("A1", "Ann Bell", "GTX Pro", "Acme Corporation", "Won", "10/20/2016", "3/1/2017", "1,054"),
        ("", "", "", "", "", "", "", ""),
    ],
)  # fmt: skip


def make_store(**rows: list[list[Value]]) -> MemoryStore:
    sheets: dict[str, list[list[Value]]] = {}
    for key, worksheet in SCHEMA.worksheets.items():
        sheets[worksheet.en] = [[*(c.en for c in worksheet.columns.values()), "_id"], *rows.get(key, [])]
    return MemoryStore(sheets)


def open_book(store: MemoryStore) -> Book:
    return read_book(store.read(), SCHEMA, TZ)


def plan_for(table: ForeignTable, worksheet: str, **decided) -> ImportPlan:
    suggested = suggest_mapping(table, SCHEMA.worksheets[worksheet], TZ)
    columns = {source: each.column for source, each in suggested.items() if each.column}
    orders = {source: date_order(table.columns[source]).order for source in columns}
    return ImportPlan(worksheet, table, columns, orders, **decided)


def commit(store: MemoryStore, plan: ImportPlan, operation: str):
    preview = dry_run(open_book(store), SCHEMA, plan, TZ)
    receipt = store.commit(
        Batch(operation, "me", datetime(2026, 1, 1, tzinfo=UTC), to_batch_changes(preview))
    )
    assert not receipt.conflicts
    return preview


@pytest.mark.parametrize(
    ("table", "worksheet"), [(TEAMS, "staff"), (ACCOUNTS, "clients"), (DEALS, "transactions")]
)
def test_the_worksheet_is_recognised(table: ForeignTable, worksheet: str) -> None:
    (best, score), (_, next_score), *_ = suggest_target(table, SCHEMA, TZ)
    assert best == worksheet
    assert score > next_score + 0.3


def test_columns_are_recognised() -> None:
    def found(table: ForeignTable, worksheet: str) -> dict[str, str | None]:
        return {
            s: each.column for s, each in suggest_mapping(table, SCHEMA.worksheets[worksheet], TZ).items()
        }

    assert found(TEAMS, "staff") == {
        "sales_agent": "name",
        "manager": "supervisor",
        "regional_office": "team",
    }
    assert found(ACCOUNTS, "clients") == {
        "account": "name", "sector": "industry", "year_established": None, "employees": "size",
        "office_location": "city",
    }  # fmt: skip
    assert found(DEALS, "transactions") == {
        "opportunity_id": "number", "sales_agent": "owner", "product": "product", "account": "client",
        "deal_stage": "state", "engage_date": "opened_on", "close_date": "purchased_on",
        "close_value": "amount",
    }  # fmt: skip


def test_values_speak_against_a_header_and_for_a_column_without_one() -> None:
    table = foreign_table(
        "x", ("Name", "Joined on", "", "Telefon"),
        [("Bo", "soon", "bo@example.org", "138 0013 8000"),
         ("Cy", "later", "cy@example.org", "010-65529988")],
    )  # fmt: skip
    suggested = suggest_mapping(table, SCHEMA.worksheets["staff"], TZ)
    assert {source: each.column for source, each in suggested.items()} == {
        "Name": "name", "Joined on": None, "#3": "email", "Telefon": "phone",
    }  # fmt: skip
    assert suggested["#3"].reason == "values"
    assert suggested["Name"].confidence > suggested["#3"].confidence


def test_no_column_is_given_twice_and_repeated_headers_are_told_apart() -> None:
    table = foreign_table("x", ("Client", "Account", "Client"), [("a", "b", "c")])
    suggested = suggest_mapping(table, SCHEMA.worksheets["clients"], TZ)
    assert [each.column for each in suggested.values()] == ["name", None, None]
    assert list(table.columns) == ["Client", "Account", "Client #3"]


@pytest.mark.parametrize(
    ("texts", "order", "certain"),
    [
        (["3/1/2017", "12/31/2017"], "mdy", True),
        (["3/1/2017", "31.12.2017"], "dmy", True),
        (["2017-03-01", "2017/3/1"], "ymd", True),
        (["3/1/2017", "4/5/2017"], "mdy", False),
        (["13/1/2017", "1/13/2017"], "mdy", False),
        ([datetime(2017, 3, 1), None], "ymd", True),
    ],
)
def test_the_order_of_dates(texts: list[Value], order: str, certain: bool) -> None:
    found = date_order(np.array(texts, dtype=object))
    assert (found.order, found.certain) == (order, certain)


def test_a_dry_run_says_what_would_happen_and_does_nothing() -> None:
    store = make_store(clients=[["Acme Corporation", *[None] * 10, "c1"]])
    before = store.read()
    preview = dry_run(open_book(store), SCHEMA, plan_for(DEALS, "transactions"), TZ)
    assert preview.counts == {"rows": 5, "new": 4, "duplicates": 1, "added": 0, "empty": 1, "problems": 8}
    assert store.read().version == before.version
    listed = [(each.row, each.source, each.value, each.code) for each in preview.problems.itertuples()]
    assert [each for each in listed if each[3] != "unknown_reference"] == [
        (4, "account", "", "missing_required"),
        (5, "close_value", "a lot", "not_a_number"),
    ]
    assert {each[2] for each in listed if each[3] == "unknown_reference"} == {
        "Ann Bell", "Cy Dunn", "Guy Hale", "Gamma Inc",
    }  # fmt: skip
    (duplicate,) = preview.duplicates
    assert (duplicate.source_row, duplicate.where, duplicate.other_row) == (6, "file", 2)


def test_rows_arrive_typed_and_nothing_is_dropped() -> None:
    store = make_store(clients=[["Acme Corporation", *[None] * 10, "c1"]])
    commit(store, plan_for(DEALS, "transactions"), "deals")
    table = open_book(store).tables["transactions"]
    assert table["number"].tolist() == ["A1", "A2", "A3", "A4"]
    assert table["state"].tolist() == ["won", "lost", "open", "won"]
    assert table["client"].tolist()[:2] == ["c1", "c1"]
    assert table["client__text"].tolist()[:2] == ["Acme Corporation"] * 2
    assert [f"{day:%Y-%m-%d}" for day in table["purchased_on"].dropna()] == [
        "2017-03-01",
        "2017-03-11",
        "2017-12-31",
    ]
    assert table["amount"].tolist()[:2] == [1054.0, 0.0]
    bad = [each for each in problems(open_book(store)) if each["code"] == "not_a_number"]
    assert [each["value"] for each in bad] == ["a lot"], "what cannot be read stays to be put right"


def test_the_whole_pipeline_with_the_names_that_only_it_knows() -> None:
    store = make_store()
    teams = commit(
        store, plan_for(TEAMS, "staff", constants={"role": "rep"}, create_missing=frozenset({"staff"})), "1"
    )
    assert [each.values for each in teams.added] == [{"Name": "Dora Krug", "Role": "Supervisor"}]
    commit(store, plan_for(ACCOUNTS, "clients"), "2")
    both = frozenset({"staff", "clients"})
    deals = commit(store, plan_for(DEALS, "transactions", create_missing=both), "3")
    assert sorted(str(next(iter(each.values.values()))) for each in deals.added) == ["Gamma Inc", "Guy Hale"]
    book = open_book(store)
    staff = book.tables["staff"]
    assert staff["role"].value_counts().to_dict() == {
        "rep": 4,
        "supervisor": 1,
        "manager": 0,
        "administrator": 0,
        "auditor": 0,
    }
    assert staff["supervisor"].notna().sum() == 3
    assert book.tables["transactions"]["owner"].notna().all()
    assert [(each["code"], each["value"]) for each in problems(book)] == [
        ("missing_required", ""),
        ("not_a_number", "a lot"),
    ]


@pytest.mark.parametrize(
    ("table", "worksheet"), [(TEAMS, "staff"), (ACCOUNTS, "clients"), (DEALS, "transactions")]
)
def test_importing_twice_brings_nothing_new(table: ForeignTable, worksheet: str) -> None:
    store = make_store()
    plan = plan_for(table, worksheet, create_missing=frozenset({"staff", "clients"}))
    first = commit(store, plan, "1")
    again = dry_run(open_book(store), SCHEMA, plan, TZ)
    assert again.counts["new"] == 0
    assert again.counts["added"] == 0
    assert {each.where for each in again.duplicates} == {"sheet"}
    assert to_batch_changes(again) == ()
    assert len(to_batch_changes(again, skip_duplicates=False)) == len(first.records)


def test_a_sheet_without_names_compares_whole_rows() -> None:
    visits = foreign_table(
        "visits", ("Client", "Visited at", "Purpose"),
        [("Acme", datetime(2026, 3, 5, 9), "price"), ("Acme", datetime(2026, 3, 6, 9), "price")],
    )  # fmt: skip
    store = make_store(clients=[["Acme", *[None] * 10, "c1"]])
    commit(store, plan_for(visits, "visits"), "1")
    assert dry_run(open_book(store), SCHEMA, plan_for(visits, "visits"), TZ).counts["new"] == 0


def test_company_names_are_compared_without_their_form() -> None:
    store = make_store(clients=[["ACME, Inc.", *[None] * 10, "c1"], ["Betasoft", *[None] * 10, "c2"]])
    preview = dry_run(open_book(store), SCHEMA, plan_for(ACCOUNTS, "clients"), TZ)
    assert [(each.source_row, each.where, each.other_row) for each in preview.duplicates] == [
        (2, "sheet", 2), (3, "sheet", 3),
    ]  # fmt: skip


def test_a_slip_in_a_name_creates_no_record() -> None:
    store = make_store(clients=[["Acme Corporation", *[None] * 10, "c1"]])
    table = foreign_table("Deals", ("Client", "Amount"), [("Acme Corporaton", "5"), ("Omega", "6")])
    preview = dry_run(
        open_book(store), SCHEMA, plan_for(table, "transactions", create_missing=frozenset({"clients"})), TZ
    )
    assert [each.values["Client"] for each in preview.added] == ["Omega"]
    assert preview.problems["value"].tolist() == ["Acme Corporaton"]


def test_each_inserted_row_has_its_own_id() -> None:
    preview = dry_run(open_book(make_store()), SCHEMA, plan_for(ACCOUNTS, "clients"), TZ)
    numbers = iter(range(9))
    changes = to_batch_changes(preview, new_id=lambda: f"id{next(numbers)}")
    assert [change.record_id for change in changes] == ["id0", "id1"]
    assert len({change.record_id for change in to_batch_changes(preview)}) == 2
