"""Commands about obligations: what they write, once, and never over somebody else's entry."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from lib.desk import Actor, Refused
from lib.desk.actions import mark_done, open_action, postpone, reassign, record_contact
from lib.store.contract import ConflictReason
from tests.desk.small_team import NOW, acting, at, cells, open_desk

KEPT, RESPOND, ASSESS = "promise.due:p-1", "complaint.respond:k-1", "complaint.assess:k-1"
CONTACT: dict[str, Any] = {
    "occurred_at": NOW - timedelta(minutes=30),
    "channel": "phone",
    "direction": "out",
    "kind": "contact",
    "summary": "已通话",
    "next_step": "周一寄出",
}
HALF_PAST_NINE = at("2026-11-20 09:30")


def statuses(desk: Any) -> dict[str, str]:
    judged = desk.board().judged
    return dict(zip(judged["id"], judged["status"].astype("str"), strict=True))


def test_a_contact_becomes_a_row_in_the_sheets_own_words() -> None:
    desk, store = open_desk()
    outcome = record_contact(desk, acting(desk, "s-ann"), "op", open_action(desk, [KEPT]), CONTACT)
    assert outcome.saved
    assert cells(store, "联系记录", "客户名称", "联系时间", "录入时间", "方式", "联系人员", "内容", "下一步")[
        -1
    ] == (
        "恒信科技",
        HALF_PAST_NINE,
        NOW.replace(tzinfo=None),
        "电话",
        "李娜",
        "已通话",
        "周一寄出",
    )
    assert statuses(desk)[KEPT] == "overdue"  # a contact does not keep a promise by itself


def test_a_second_click_writes_nothing_more() -> None:
    desk, store = open_desk()
    opened = open_action(desk, [KEPT])
    first = record_contact(desk, acting(desk, "s-ann"), "op", opened, CONTACT, [KEPT])
    again = record_contact(desk, acting(desk, "s-ann"), "op", opened, CONTACT, [KEPT])
    assert first.receipt is not None
    assert again.receipt is not None
    assert (first.receipt.repeated, again.receipt.repeated) == (False, True)
    assert len(cells(store, "联系记录", "客户名称")) == 2


def test_a_contact_can_also_fulfil_the_record_behind_it() -> None:
    desk, store = open_desk()
    record_contact(
        desk, acting(desk, "s-ann"), "op", open_action(desk, [KEPT, RESPOND]), CONTACT, [KEPT, RESPOND]
    )
    assert cells(store, "承诺", "承诺事项", "兑现时间")[0] == ("寄样品", HALF_PAST_NINE)
    assert cells(store, "投诉", "首次响应时间") == [(HALF_PAST_NINE,)]
    assert len(cells(store, "联系记录", "客户名称")) == 2  # one client: one contact
    assert statuses(desk)[KEPT] == "late"


def test_many_at_once_write_one_contact_for_each_client_in_one_batch() -> None:
    desk, store = open_desk()
    opened = open_action(desk, [KEPT, RESPOND, "promise.due:p-2", "promise.due:p-3"])
    outcome = record_contact(desk, acting(desk, "s-ann"), "op", opened, CONTACT)
    assert [row[0] for row in cells(store, "联系记录", "客户名称")[1:]] == [
        "恒信科技",
        "远帆物流",
        "无主商贸",
    ]
    assert outcome.receipt is not None
    desk.undo(acting(desk, "s-ann"), "undo", outcome.receipt)
    assert len(cells(store, "联系记录", "客户名称")) == 1


def test_an_entry_made_by_somebody_else_meanwhile_stays_and_comes_back_as_a_conflict() -> None:
    desk, store = open_desk()
    opened = open_action(desk, [KEPT])
    other = open_action(desk, [KEPT])
    mark_done(desk, acting(desk, "s-bob"), "theirs", other, NOW - timedelta(days=1), [KEPT])
    outcome = mark_done(desk, acting(desk, "s-ann"), "mine", opened, NOW, [KEPT])
    assert [conflict.reason for conflict in outcome.conflicts] == [ConflictReason.CHANGED]
    assert not outcome.saved
    assert cells(store, "承诺", "兑现时间")[0] == ((NOW - timedelta(days=1)).replace(tzinfo=None),)


def test_what_is_wrong_is_said_and_nothing_is_written() -> None:
    desk, store = open_desk()
    opened = open_action(desk, [KEPT])
    outcome = record_contact(
        desk, acting(desk, "s-ann"), "op", opened, {**CONTACT, "occurred_at": None}, [KEPT]
    )
    assert outcome.receipt is None
    assert outcome.errors["occurred_at"].code == "missing_required"
    late = postpone(desk, acting(desk, "s-ann"), "op2", opened, NOW - timedelta(days=1), "x")
    assert late.errors["until_at"].code == "until_past"
    assert len(cells(store, "联系记录", "客户名称")) == 1
    assert cells(store, "等待与延期", "理由") == []


def test_a_postponement_is_a_row_with_its_reason_and_leaves_the_verdict() -> None:
    desk, store = open_desk()
    until = NOW + timedelta(days=4)
    outcome = postpone(desk, acting(desk, "s-ann"), "op", open_action(desk, [KEPT, KEPT]), until, "客户出差")
    assert outcome.saved
    assert cells(store, "等待与延期", "工作表", "记录编号", "条款", "类型", "结束时间", "理由", "登记人") == [
        ("承诺", "p-1", "promise.due", "延期", until.replace(tzinfo=None), "客户出差", "李娜"),
    ]
    judged = desk.board().judged.set_index("id")
    assert judged.at[KEPT, "snoozed_until_at"] == until
    assert judged.at[KEPT, "status"] == "overdue"


def test_postponing_several_months_of_one_clause_is_one_row() -> None:
    clients = [["_id", "客户名称", "负责人", "合作开始"], ["c-hx", "恒信科技", "李娜", at("2026-01-10")]]
    won = [
        ["_id", "单号", "客户名称", "金额", "成交日期"],
        ["t-1", "D1", "恒信科技", 600_000, at("2026-02-02")],
    ]
    desk, store = open_desk(客户=clients, 交易=won)
    months = [i for i in statuses(desk) if i.startswith("visit.monthly:c-hx:")]
    assert len(months) > 3
    postpone(desk, acting(desk, "s-ann"), "op", open_action(desk, months), NOW + timedelta(days=1), "x")
    assert cells(store, "等待与延期", "条款") == [("visit.monthly",)]


def test_reassigning_changes_the_record_or_the_client() -> None:
    desk, store = open_desk()
    lead = acting(desk, "s-lead")
    opened = open_action(desk, [KEPT, RESPOND, "promise.due:p-3"])
    assert set(opened.people) == {"s-lead", "s-ann", "s-bob"}  # those who have left take nothing over
    assert reassign(desk, lead, "op", opened, "s-bob").saved
    assert [row[0] for row in cells(store, "承诺", "负责人")] == ["张伟", None, "张伟"]
    assert cells(store, "投诉", "负责人") == [("张伟",)]
    owners = desk.board().judged.set_index("id")["owner"]
    assert owners[KEPT] == "s-bob"


def test_who_made_a_contact_is_a_fact_and_is_not_reassigned() -> None:
    desk, store = open_desk()
    opened = open_action(desk, ["record.update:i-1"])
    assert opened.tasks[0].owner_cell is None
    assert "owner" in reassign(desk, acting(desk, "s-lead"), "op", opened, "s-bob").errors
    assert cells(store, "联系记录", "联系人员") == [("李娜",)]


def test_only_those_who_may_can_reassign_and_an_auditor_changes_nothing() -> None:
    desk, store = open_desk()
    opened = open_action(desk, [KEPT])
    with pytest.raises(Refused):
        reassign(desk, acting(desk, "s-ann"), "op", opened, "s-bob")
    auditor = Actor("s-ann", "李娜", "auditor")
    for command in (
        lambda: record_contact(desk, auditor, "a", opened, CONTACT),
        lambda: mark_done(desk, auditor, "b", opened, NOW, [KEPT]),
        lambda: postpone(desk, auditor, "c", opened, NOW + timedelta(days=1), "x"),
    ):
        with pytest.raises(Refused):
            command()
    assert len(cells(store, "联系记录", "客户名称")) == 1


def test_a_clause_that_needs_more_than_a_time_is_not_offered_as_done() -> None:
    desk, _ = open_desk()
    task = open_action(desk, [ASSESS]).tasks[0]
    assert task.fulfils is None
    assert task.needs == ("category", "priority", "department")


def test_obligations_that_are_gone_are_left_out() -> None:
    desk, _ = open_desk()
    opened = open_action(desk, ["promise.due:nobody", KEPT])
    assert [task.id for task in opened.tasks] == [KEPT]
    assert opened.next_opening == datetime(2026, 11, 23, 9, 0, tzinfo=NOW.tzinfo)  # Monday


def test_a_care_letter_is_asked_for_by_its_clause() -> None:
    won = [
        ["_id", "单号", "客户名称", "金额", "成交日期", "状态"],
        ["t-1", "D1", "恒信科技", 1000, at("2026-05-18"), "成交"],
    ]
    desk, store = open_desk(交易=won)
    opened = open_action(desk, [i for i in statuses(desk) if i.startswith("dormant.letter:c-hx")])
    assert opened.defaults == {"kind": "care_letter"}
    record_contact(desk, acting(desk, "s-ann"), "op", opened, {**CONTACT, **opened.defaults})
    assert cells(store, "联系记录", "类型")[-1] == ("关怀函",)
    assert statuses(desk)[opened.tasks[0].id] == "met"
