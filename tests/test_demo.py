"""The demo: believable, complete, the same each time, and never ahead of its own moment."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from lib.commands.workbooks import write_demo
from lib.demo import FEWEST_CLIENTS, make_demo
from lib.desk import Board, Desk
from lib.records.schema import load_schema
from lib.settings import Settings, parse_moment
from lib.store.workbook import WorkbookStore
from tests.conftest import DEMO_DAY, DEMO_NOW

SHANGHAI = ZoneInfo("Asia/Shanghai")
# What lies ahead by its nature.
PLANS = {
    "visits": {"planned_at", "next_on"},
    "promises": {"due_on"},
    "waits": {"until_at"},
    "tier_pins": {"until_on"},
    "calendar": {"from_on", "until_on"},
}
# An empty cell of a client's file cannot be late; a monthly call is soon due only near a month's end.
NEVER = {
    ("client.file", "late"), ("client.file", "due_soon"),
    ("client.owner", "late"), ("client.owner", "due_soon"),
    ("visit.monthly", "due_soon"), ("visit.monthly", "overdue"),
}  # fmt: skip


@pytest.fixture(scope="module")
def board(demo_workbook: Path) -> Board:
    now = parse_moment(DEMO_NOW, SHANGHAI)
    return Desk(WorkbookStore(demo_workbook), Settings(fixed_now=now)).board()


def values(records: dict[str, list[dict[str, object]]]) -> Iterator[tuple[str, str, object]]:
    for worksheet, rows in records.items():
        for row in rows:
            yield from ((worksheet, column, value) for column, value in row.items())


def days_of(found: Iterable[object]) -> Iterator[date]:
    for value in found:
        if isinstance(value, date):
            yield value.date() if isinstance(value, datetime) else value


def test_the_same_arguments_give_the_same_records() -> None:
    first = make_demo(60, 7, DEMO_DAY)
    assert make_demo(60, 7, DEMO_DAY) == first
    assert make_demo(60, 8, DEMO_DAY) != first
    assert make_demo(60, 7, date(2026, 11, 17)) != first


def test_the_same_arguments_give_the_same_file_content(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_demo(tmp_path / name, 20, 1, DEMO_DAY, "zh", SHANGHAI)
    snapshots = [WorkbookStore(tmp_path / name).read().sheets for name in ("a.xlsx", "b.xlsx")]
    ids = [{title: sheet.ids.tolist() for title, sheet in sheets.items()} for sheets in snapshots]
    assert ids[0] == ids[1]


def test_too_few_clients_are_refused() -> None:
    with pytest.raises(ValueError, match=str(FEWEST_CLIENTS)):
        make_demo(FEWEST_CLIENTS - 1, 1, DEMO_DAY)


@pytest.mark.parametrize("clients", [FEWEST_CLIENTS, 40, 200, 1000])
@pytest.mark.parametrize("today", [DEMO_DAY, date(2026, 2, 25), date(2025, 10, 5), date(2024, 2, 29)])
def test_nothing_has_happened_in_the_future(clients: int, today: date) -> None:
    now = datetime.combine(today, datetime.min.time()).replace(hour=10)
    ahead = [
        (worksheet, column, value)
        for worksheet, column, value in values(make_demo(clients, 3, today))
        if column not in PLANS.get(worksheet, ())
        and (value > now if isinstance(value, datetime) else isinstance(value, date) and value > today)
    ]
    assert ahead == []


@pytest.mark.parametrize(
    ("worksheet", "earlier", "later"),
    [
        ("interactions", "occurred_at", "recorded_at"),
        ("visits", "arranged_at", "planned_at"),
        ("visits", "arranged_at", "confirmed_at"),
        ("visits", "visited_at", "recorded_at"),
        ("visits", "problem_at", "transferred_at"),
        ("visits", "improvement_at", "rectified_at"),
        ("inquiries", "received_at", "replied_at"),
        ("promises", "promised_at", "kept_at"),
        ("promises", "kept_at", "nudged_at"),
        ("promises", "kept_at", "replied_at"),
        ("complaints", "received_at", "assessed_at"),
        ("complaints", "assessed_at", "responded_at"),
        ("complaints", "responded_at", "resolved_at"),
        ("complaints", "resolved_at", "followed_up_at"),
        ("complaints", "resolved_at", "prevention_at"),
        ("waits", "from_at", "until_at"),
    ],
)
def test_things_happen_in_order(worksheet: str, earlier: str, later: str) -> None:
    rows = [row for seed in (1, 2) for row in make_demo(300, seed, DEMO_DAY)[worksheet]]
    pairs = [(row[earlier], row[later]) for row in rows if row.get(earlier) and row.get(later)]
    assert pairs
    assert [pair for pair in pairs if pair[0] > pair[1]] == []  # type: ignore[operator]


def test_every_cell_can_be_read(board: Board) -> None:
    assert board.book.problems["code"].tolist() == []


def test_every_column_of_a_client_s_life_is_filled_somewhere(board: Board) -> None:
    schema = load_schema()
    unused = [
        f"{key}.{column}"
        for key, worksheet in schema.worksheets.items()
        for column in worksheet.columns
        if board.book.tables[key][column].isna().all()
    ]
    assert set(unused) <= {"clients.note", "contacts.note", "calendar.until_on"}


@pytest.mark.parametrize("status", ["met", "late", "overdue", "due_soon"])
def test_every_clause_has_a_case_of_each_status(board: Board, status: str) -> None:
    counts = pd.crosstab(board.judged["clause"], board.judged["status"])
    without = {(str(clause), status) for clause in counts.index if counts.at[clause, status] == 0}
    assert without <= NEVER


def test_the_team_is_believable(board: Board) -> None:
    counts = Counter(board.judged["status"])
    assert 0.8 <= counts["met"] / (counts["met"] + counts["late"]) <= 0.9
    assert 15 <= counts["overdue"] <= 35
    assert counts["due_soon"] >= 15
    assert counts["waiting"] >= 2


def test_tiers_and_dormancy_are_all_there(board: Board) -> None:
    clients = board.table("clients")
    assert set(clients["tier"]) == {"vip", "key", "ordinary", "potential"}
    ahead = (clients["dormant_on"] - pd.Timestamp(DEMO_DAY)).dt.days
    assert clients["is_dormant"].sum() >= 5
    assert (clients["is_dormant"] & (clients["tier"] == "key")).any()
    assert ((ahead > 0) & (ahead <= 30)).any()


def test_complaints_stand_in_all_stages(board: Board) -> None:
    complaints = board.table("complaints")
    stages = ["assessed_at", "responded_at", "resolved_at", "followed_up_at"]
    assert set(complaints[stages].notna().sum(axis=1)) == {0, 1, 2, 3, 4}
    assert complaints["reopens"].notna().any()
    waits = board.table("waits")
    assert set(waits["kind"]) == {"client", "postponed"}
    assert set(waits["record"]) <= set(complaints["number"])


def test_loads_are_mostly_ten_to_fifteen(board: Board) -> None:
    clients, staff = board.table("clients"), board.table("staff")
    load = clients["owner"].value_counts()
    assert ((load >= 10) & (load <= 15)).mean() > 0.7
    assert load.max() > 15 > 10 > load.min()
    roles = Counter(staff["role"])
    assert (roles["manager"], roles["supervisor"], roles["rep"]) == (1, 2, 15)


def test_nobody_s_phone_rings() -> None:
    records = make_demo(200, 1, DEMO_DAY)
    people = [*records["staff"], *records["contacts"]]
    assert all(str(person["phone"]).startswith("154") for person in people)
    assert all(str(person.get("email", "@example.com")).endswith("@example.com") for person in people)


def test_names_of_many_clients_are_distinct_and_plausible() -> None:
    records = make_demo(20_000, 1, DEMO_DAY)
    names = [str(row["name"]) for row in records["clients"]]
    former = [str(row["former_names"]) for row in records["clients"] if "former_names" in row]
    staff = [row["name"] for row in records["staff"]]
    assert len(set(names) | set(former)) == len(names) + len(former)
    assert len(set(staff)) == len(staff)
    assert all(4 <= len(name) <= 8 and not name.isascii() for name in names)
    assert 80_000 <= sum(map(len, records.values())) <= 130_000


def test_twenty_thousand_clients_take_seconds() -> None:
    began = time.process_time()
    make_demo(20_000, 2, DEMO_DAY)
    assert time.process_time() - began < 20


def test_the_workbook_says_that_it_is_a_demo(demo_workbook: Path) -> None:
    sheets = WorkbookStore(demo_workbook).read().sheets
    first = next(iter(sheets.values()))
    assert first.title == "说明"
    assert first.columns[0][0] == "演示数据"
    assert DEMO_DAY.isoformat() in str(first.columns[1][0])
