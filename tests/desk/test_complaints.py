"""Complaints at the desk: views over one filtered frame, and commands that need their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from lib.desk import Actor, Desk, Refused
from lib.desk import complaint_steps as commands
from lib.desk.complaints import (
    ComplaintDetail,
    ComplaintFilters,
    choices,
    detail,
    focus_rows,
    view,
)
from lib.records.schema import load_schema
from lib.service.complaints import MISSING
from lib.service.funnel import STAGES
from lib.settings import Settings
from lib.store.contract import ConflictReason, Value
from lib.store.memory import MemoryStore

TZ = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 16, 10, tzinfo=TZ)  # a Monday
SCHEMA = load_schema()
REP = Actor("s1", "王芳", "rep")
AUDITOR = Actor("s2", "赵审", "auditor")
ASSESSED = {"category": "产品", "priority": "高", "department": "技术支持", "assessed_at": (3, 13, 10, 30)}
RESPONDED = ASSESSED | {"responded_at": (3, 13, 11, 0), "response": "已安排检测"}
RESOLVED = RESPONDED | {"resolved_at": (3, 13, 16, 0), "resolution": "更换泵体"}
EVIDENCE = {"category": "product", "priority": "high", "department": "技术支持"}


def sheet(worksheet: str, *rows: Mapping[str, Any]) -> list[list[Value]]:
    """A sheet with all columns of the worksheet; rows by column key, ``id`` first, moments as tuples."""
    keys = list(SCHEMA.worksheets[worksheet].columns)
    headers = [column.zh for column in SCHEMA.worksheets[worksheet].columns.values()]
    body = [[row["id"], *(_cell(row.get(key)) for key in keys)] for row in rows]
    return [["_id", *headers], *body]


def _cell(value: Any) -> Value:
    return datetime(2026, *value) if isinstance(value, tuple) else value  # noqa: DTZ001 - as sheets keep it


def complaint(record: str = "k1", **values: Any) -> dict[str, Any]:
    given = {"number": f"C-{record}", "client": "恒信科技", "summary": "水泵漏油", "owner": "王芳"}
    return {"id": record, "channel": "电话", "received_at": (3, 13, 9, 0)} | given | values


def store_of(*complaints: Mapping[str, Any], waits: list[Mapping[str, Any]] | None = None) -> MemoryStore:
    return MemoryStore(
        {
            "员工": sheet(
                "staff",
                {"id": "s1", "name": "王芳", "role": "销售代表"},
                {"id": "s2", "name": "赵审", "role": "审计"},
            ),
            "客户": sheet(
                "clients",
                {"id": "c1", "name": "恒信科技", "owner": "王芳"},
                {"id": "c2", "name": "华美工贸", "owner": "王芳"},
            ),
            "投诉": sheet("complaints", *complaints),
            "等待与延期": sheet("waits", *(waits or [])),
        }
    )


def desk_of(store: MemoryStore, now: datetime = NOW) -> Desk:
    return Desk(store, Settings(fixed_now=now))


def opened(desk: Desk, record: str = "k1", actor: Actor = REP) -> ComplaintDetail:
    found = detail(desk, actor, record)
    assert found is not None
    return found


def advance(desk: Desk, step: str, at: datetime = NOW, operation: str = "op", **values: Any) -> Any:
    return commands.advance(desk, REP, operation, opened(desk), step, values, at)


def cells(store: MemoryStore, title: str, worksheet: str) -> list[dict[str, Value]]:
    """The rows of a sheet by column key, ``id`` included."""
    keys = ["id", *SCHEMA.worksheets[worksheet].columns]
    return [dict(zip(keys, row + [None] * len(keys), strict=False)) for row in store.rows(title)[1:]]


def only(store: MemoryStore) -> dict[str, Value]:
    (row,) = cells(store, "投诉", "complaints")
    return row


# ------------------------------------------------------------------ views


def test_one_frame_feeds_counts_funnel_and_list() -> None:
    desk = desk_of(
        store_of(
            complaint("k1"),
            complaint("k2", **ASSESSED),
            complaint("k3", **RESOLVED, client="华美工贸"),
            complaint("k4", **RESOLVED, followed_up_at=(3, 14, 9, 0), satisfaction=2),
            complaint("old", received_at=(1, 5, 9, 0), priority="低"),
        )
    )
    seen = view(desk, REP, ComplaintFilters(period="30"))
    assert (seen.total, seen.matching, seen.earlier_open) == (5, 4, 1)
    assert seen.funnel["reached"].tolist() == [4, 3, 2, 2, 1]
    assert seen.counts["unresolved"] == 2
    for code, count in seen.counts.items():
        assert focus_rows(seen.rows, code)[1] == count
    for stage, reached, here in zip(STAGES, seen.funnel["reached"], seen.funnel["here"], strict=True):
        assert focus_rows(seen.rows, f"reached.{stage}")[1] == reached
        assert focus_rows(seen.rows, f"here.{stage}")[1] == here
    for span, timed in seen.spans["timed"].items():
        assert focus_rows(seen.rows, f"timed.{span}")[1] == timed
    for stage in seen.stuck.index:
        for band in seen.stuck.columns:
            assert focus_rows(seen.rows, f"aged.{stage}.{band}")[1] == seen.stuck.at[stage, band]
    assert seen.months["received"].sum() == focus_rows(seen.rows, "month.received.2026-03")[1]
    assert seen.months["resolved"].sum() == focus_rows(seen.rows, "month.resolved.2026-03")[1] == 2
    assert focus_rows(seen.rows, "no.such")[1] == 4


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (ComplaintFilters(category=("product",)), {"k2"}),
        (ComplaintFilters(category=(MISSING,)), {"k1", "k3"}),
        (ComplaintFilters(category=("product", MISSING)), {"k1", "k2", "k3"}),
        (ComplaintFilters(department=("技术支持",)), {"k2"}),
        (ComplaintFilters(channel=("email",)), {"k3"}),
        (ComplaintFilters(priority=("high",)), {"k2"}),
        (ComplaintFilters(owner=("s1",)), {"k1", "k2"}),
        (ComplaintFilters(owner=(MISSING,)), {"k3"}),
        (ComplaintFilters(search="华美"), {"k3"}),
        (ComplaintFilters(search="c-k"), {"k1", "k2", "k3"}),
        (ComplaintFilters(search="C-k2", owner=("s1",)), {"k2"}),
    ],
)
def test_filters(filters: ComplaintFilters, expected: set[str]) -> None:
    store = store_of(
        complaint("k1"),
        complaint("k2", **ASSESSED),
        complaint("k3", client="华美工贸", channel="邮件", owner=None),
    )
    assert set(view(desk_of(store), REP, filters).rows.index) == expected


def test_most_pressing_first() -> None:
    desk = desk_of(
        store_of(
            complaint("done", **RESOLVED, result_told_at=(3, 13, 16, 0), followed_up_at=(3, 13, 17, 0)),
            complaint("fresh", received_at=(3, 16, 9, 30)),
            complaint("late", received_at=(3, 10, 9, 0)),
            complaint("later", received_at=(3, 11, 9, 0)),
        )
    )
    rows, _ = focus_rows(view(desk, REP, ComplaintFilters()).rows, "all")
    assert rows.index.tolist() == ["late", "later", "fresh", "done"]
    assert rows["overdue"].tolist() == [True, True, False, False]


def test_an_empty_workbook_and_a_workbook_without_the_sheet() -> None:
    for store in (store_of(), MemoryStore({"员工": [["_id", "姓名"]]})):
        desk = desk_of(store)
        seen = view(desk, REP, ComplaintFilters(search="x", category=("product",)))
        assert seen.total == seen.matching == 0
        assert seen.funnel["reached"].sum() == 0
        assert seen.hot_spots.empty
        assert choices(desk).departments == ()
        assert detail(desk, REP, "nobody") is None


def test_hot_spots_compare_with_the_period_before_under_the_same_filters() -> None:
    store = store_of(
        complaint("k1", **ASSESSED),
        complaint("k2", **ASSESSED),
        complaint("k3", **ASSESSED | {"assessed_at": (2, 2, 9, 30)}, received_at=(2, 2, 9, 0)),
        complaint("k4", client="华美工贸"),
    )
    seen = view(desk_of(store), REP, ComplaintFilters(period="30", category=("product",)))
    assert seen.hot_spots.to_dict("records") == [
        {"category": "product", "department": "技术支持", "count": 2, "before": 1, "change": 1}
    ]
    assert seen.repeats[["name", "count", "before"]].to_numpy().tolist() == [["恒信科技", 2, 1]]


def test_confirmed_complaints_count_for_the_department_this_year() -> None:
    store = store_of(
        complaint("k1", department="物流", confirmed="是"),
        complaint("k2", department="物流", confirmed="否"),
        complaint("k3", confirmed="是"),
    )
    counted = view(desk_of(store), REP, ComplaintFilters()).confirmed
    assert dict(zip(counted["department"], counted["count"], strict=True)) == {"物流": 1, MISSING: 1}


def test_the_detail_by_id_or_number_has_its_clocks() -> None:
    desk = desk_of(store_of(complaint("k1", **RESOLVED)))
    by_number = detail(desk, REP, "C-k1")
    assert by_number is not None
    assert by_number.record == "k1"
    assert set(by_number.clocks["clause"]) >= {"complaint.assess", "complaint.respond", "complaint.result"}
    status = by_number.clocks.set_index("clause")["status"].astype("str")
    assert status["complaint.assess"] == "met"
    assert by_number.usual_departments == {"product": "技术支持"}


# ------------------------------------------------------------------ forward with evidence


@pytest.mark.parametrize(
    ("step", "stage", "evidence"),
    [
        ("assess", {}, EVIDENCE),
        ("respond", ASSESSED, {"response": "已收到"}),
        ("resolve", RESPONDED, {"resolution": "更换"}),
        ("follow_up", RESOLVED, {"satisfaction": 4}),
        ("prevent", RESOLVED, {"root_cause": "密封圈老化", "prevention": "每季检查"}),
    ],
)
def test_no_step_without_its_evidence(step: str, stage: dict[str, Any], evidence: dict[str, Any]) -> None:
    store = store_of(complaint(**stage))
    desk = desk_of(store)
    before = store.rows("投诉")
    for left_out in evidence:
        given = {key: value for key, value in evidence.items() if key != left_out}
        assert set(advance(desk, step, operation=f"without {left_out}", **given).errors) == {left_out}
        assert set(
            advance(desk, step, operation=f"blank {left_out}", **given, **{left_out: "  "}).errors
        ) == {left_out}
    assert store.rows("投诉") == before
    outcome = advance(desk, step, **evidence)
    assert outcome.saved
    row = only(store)
    assert row[commands.STEPS[step].time] == NOW.replace(tzinfo=None)
    assert step not in commands.steps_open(opened(desk))


def test_assessing_writes_labels_in_the_language_of_the_sheet() -> None:
    store = store_of(complaint())
    advance(desk_of(store), "assess", **EVIDENCE)
    row = only(store)
    assert (row["category"], row["priority"], row["department"]) == ("产品", "高", "技术支持")


def test_an_evidence_that_the_sheet_would_refuse_is_refused() -> None:
    store = store_of(complaint(**RESOLVED))
    outcome = advance(desk_of(store), "follow_up", satisfaction=6)
    assert set(outcome.errors) == {"satisfaction"}
    assert only(store)["followed_up_at"] is None


def test_no_step_before_the_stage_ahead_of_it() -> None:
    store = store_of(complaint())
    desk = desk_of(store)
    assert commands.steps_open(opened(desk)) == ["assess"]
    assert "step" in advance(desk, "respond", response="x").errors
    assert "step" in advance(desk, "follow_up", satisfaction=5).errors
    assert only(store)["responded_at"] is None


@pytest.mark.parametrize(
    ("at", "refused"),
    [
        (NOW + timedelta(minutes=1), "error_future"),
        (datetime(2026, 3, 13, 8, 59, tzinfo=TZ), "error_too_early"),
        (datetime(2026, 3, 13, 9, 0, tzinfo=TZ), None),
        (datetime(2026, 3, 14, 9, 0, tzinfo=TZ), None),
        (NOW, None),
    ],
)
def test_the_time_of_a_step_lies_between_receipt_and_now(at: datetime, refused: str | None) -> None:
    store = store_of(complaint())
    outcome = advance(desk_of(store), "assess", at=at, **EVIDENCE)
    assert outcome.saved == (refused is None)
    if refused:
        assert outcome.errors["assessed_at"].code == refused
        assert only(store)["assessed_at"] is None


def test_a_time_left_out_is_filled_in_between_its_neighbours() -> None:
    """The sheet says resolved, but nobody wrote when it was responded to."""
    stage = {key: value for key, value in RESOLVED.items() if key != "responded_at"}
    store = store_of(complaint(**stage))
    desk = desk_of(store)
    assert "respond" in commands.steps_open(opened(desk))
    late = advance(desk, "respond", at=NOW, response="已收到")
    assert late.errors["responded_at"].code == "error_too_late"
    assert advance(desk, "respond", at=datetime(2026, 3, 13, 12, 0, tzinfo=TZ), response="已收到").saved


def test_evidence_left_out_in_the_sheet_is_added_without_moving_the_time() -> None:
    stage = {"assessed_at": (3, 13, 10, 0, 59), "responded_at": (3, 13, 9, 30), "response": "已收到"}
    store = store_of(complaint(**stage, category="产品"))
    desk = desk_of(store)
    assert commands.steps_open(opened(desk))[0] == "assess"
    assert advance(desk, "assess", **EVIDENCE).saved
    assert only(store)["assessed_at"] == datetime(2026, 3, 13, 10, 0, 59)  # noqa: DTZ001
    assert only(store)["priority"] == "高"


def test_resolving_can_tell_the_result_in_one_go() -> None:
    store = store_of(complaint(**RESPONDED))
    advance(desk_of(store), "resolve", resolution="更换", also_told=True)
    assert only(store)["result_told_at"] == only(store)["resolved_at"] == NOW.replace(tzinfo=None)
    store = store_of(complaint(**RESPONDED))
    advance(desk_of(store), "resolve", resolution="更换")
    assert only(store)["result_told_at"] is None


def test_the_same_operation_writes_once() -> None:
    store = store_of(complaint(**RESPONDED))
    desk = desk_of(store)
    seen = opened(desk)
    first = commands.advance(desk, REP, "same", seen, "resolve", {"resolution": "更换"}, NOW)
    rows = store.rows("投诉")
    again = commands.advance(desk, REP, "same", seen, "resolve", {"resolution": "又一次"}, NOW)
    assert not first.receipt.repeated
    assert again.receipt.repeated
    assert store.rows("投诉") == rows


def test_what_somebody_else_entered_meanwhile_stays_and_is_told() -> None:
    store = store_of(complaint())
    desk = desk_of(store)
    seen = opened(desk)
    commands.advance(desk, REP, "theirs", seen, "assess", EVIDENCE | {"department": "物流"}, NOW)
    mine = commands.advance(desk, REP, "mine", seen, "assess", EVIDENCE, NOW)
    assert not mine.saved
    assert {(c.reason, c.change.column, c.current) for c in mine.conflicts} >= {
        (ConflictReason.CHANGED, "责任部门", "物流")
    }
    assert only(store)["department"] == "物流"


def test_whoever_may_not_edit_is_refused() -> None:
    store = store_of(complaint(**RESOLVED))
    desk = desk_of(store)
    seen = opened(desk, actor=AUDITOR)
    assert not seen.may_edit
    for command in (
        lambda: commands.advance(desk, AUDITOR, "a", seen, "follow_up", {"satisfaction": 5}, NOW),
        lambda: commands.start_wait(desk, AUDITOR, "b", seen, "x"),
        lambda: commands.end_wait(desk, AUDITOR, "c", seen),
        lambda: commands.reopen(desk, AUDITOR, "d", seen),
        lambda: commands.mark_confirmed(desk, AUDITOR, "e", seen, True),
    ):
        with pytest.raises(Refused):
            command()


def test_confirmed_yes_no_and_taken_back() -> None:
    store = store_of(complaint())
    desk = desk_of(store)
    for number, value in enumerate((True, False, None)):
        commands.mark_confirmed(desk, REP, f"op{number}", opened(desk), value)
        assert opened(desk).value("confirmed") == value


# ------------------------------------------------------------------ waiting


def waits_in(store: MemoryStore) -> list[dict[str, Value]]:
    return cells(store, "等待与延期", "waits")


def test_waiting_pauses_the_clocks_and_keeps_the_other_verdict() -> None:
    store = store_of(complaint(**ASSESSED))
    friday = datetime(2026, 3, 13, 12, tzinfo=TZ)
    asked = desk_of(store, friday)
    assert commands.start_wait(asked, REP, "wait", opened(asked), "等客户寄回样品").saved
    (wait,) = waits_in(store)
    assert (wait["worksheet"], wait["record"], wait["kind"]) == ("投诉", "C-k1", "等待客户")
    assert (wait["reason"], wait["by"], wait["until_at"]) == ("等客户寄回样品", "王芳", None)
    assert wait["from_at"] == datetime(2026, 3, 13, 12)  # noqa: DTZ001

    monday = desk_of(store)
    seen = opened(monday)
    assert seen.is_waiting
    clock = seen.clocks.set_index("clause").loc["complaint.respond"]
    assert (clock["status"], clock["status_unpaused"]) == ("waiting", "overdue")

    assert commands.end_wait(monday, REP, "end", seen).saved
    assert waits_in(store)[0]["until_at"] == NOW.replace(tzinfo=None)
    after = opened(desk_of(store, NOW + timedelta(minutes=5)))
    assert not after.is_waiting
    clock = after.clocks.set_index("clause").loc["complaint.respond"]
    assert clock["paused_us"] == pd.Timedelta(hours=70).value // 1000
    assert clock["due_at"] == datetime(2026, 3, 17, 7, tzinfo=TZ)  # 14th 09:00 and 70 h
    assert clock["status_unpaused"] == "overdue"


def test_a_wait_needs_a_reason_and_starts_once() -> None:
    store = store_of(complaint())
    desk = desk_of(store)
    seen = opened(desk)
    assert set(commands.start_wait(desk, REP, "empty", seen, "  ").errors) == {"reason"}
    assert commands.start_wait(desk, REP, "one", seen, "等回复").saved
    assert commands.start_wait(desk, REP, "one", seen, "等回复").receipt.repeated
    assert set(commands.start_wait(desk, REP, "two", seen, "等回复").errors) == {"reason"}
    assert len(waits_in(store)) == 1


def test_a_number_used_twice_is_named_by_record_id() -> None:
    store = store_of(complaint("k1", number="C-1"), complaint("k2", number="C-1"))
    desk = desk_of(store)
    assert commands.start_wait(desk, REP, "wait", opened(desk), "等回复").saved
    assert waits_in(store)[0]["record"] == "k1"
    assert opened(desk).is_waiting
    assert not opened(desk, "k2").is_waiting


def test_ending_when_nothing_runs_changes_nothing() -> None:
    store = store_of(complaint())
    desk = desk_of(store)
    outcome = commands.end_wait(desk, REP, "end", opened(desk))
    assert outcome.receipt is not None
    assert outcome.receipt.applied == ()


# ------------------------------------------------------------------ reopening


def test_reopening_leaves_the_first_row_as_it_is() -> None:
    store = store_of(complaint(**RESOLVED, followed_up_at=(3, 14, 9, 0), satisfaction=2))
    desk = desk_of(store)
    before = store.rows("投诉")
    outcome = commands.reopen(desk, REP, "again", opened(desk), "又漏油了")
    assert outcome.saved
    rows = store.rows("投诉")
    assert rows[: len(before)] == before
    new = cells(store, "投诉", "complaints")[-1]
    assert (new["number"], new["reopens"], new["client"]) == ("C-k1-R1", "C-k1", "恒信科技")
    assert (new["summary"], new["owner"], new["category"]) == ("又漏油了", "王芳", "产品")
    assert new["received_at"] == NOW.replace(tzinfo=None)
    assert new["assessed_at"] is None
    first = opened(desk)
    assert first.row["times_reopened"] == 1
    assert first.value("satisfaction") == 2
    assert first.chain.index.tolist() == ["k1", outcome.record_id]
    assert opened(desk, outcome.record_id).row["turn"] == 1


def test_reopening_the_reopened_one_goes_back_to_the_first() -> None:
    second = complaint("k2", number="C-k1-R1", reopens="C-k1", received_at=(3, 14, 9, 0))
    done = {
        **RESOLVED,
        "assessed_at": (3, 14, 9, 30),
        "responded_at": (3, 14, 10, 0),
        "resolved_at": (3, 15, 9, 0),
    }
    store = store_of(complaint("k1", **RESOLVED), second | done)
    desk = desk_of(store)
    outcome = commands.reopen(desk, REP, "third", opened(desk, "k2"))
    assert outcome.saved
    new = cells(store, "投诉", "complaints")[-1]
    assert (new["number"], new["reopens"], new["summary"]) == ("C-k1-R2", "C-k1", "水泵漏油")


def test_only_what_is_resolved_can_be_reopened_and_only_once_at_a_time() -> None:
    store = store_of(complaint("k1", **RESPONDED))
    desk = desk_of(store)
    assert set(commands.reopen(desk, REP, "early", opened(desk)).errors) == {"step"}
    store = store_of(complaint("k1", **RESOLVED))
    desk = desk_of(store)
    seen = opened(desk)
    assert commands.reopen(desk, REP, "one", seen).saved
    assert commands.reopen(desk, REP, "one", seen).receipt.repeated
    assert set(commands.reopen(desk, REP, "two", seen).errors) == {"step"}
    assert len(store.rows("投诉")) == 3


def test_rows_that_reopen_each_other_do_not_hang_the_page() -> None:
    store = store_of(complaint("k1", reopens="C-k2"), complaint("k2", reopens="C-k1"))
    desk = desk_of(store)
    assert view(desk, REP, ComplaintFilters()).matching == 2
    assert opened(desk).chain.index.tolist() == ["k1"]
