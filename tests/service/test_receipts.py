"""Receipts: the cell it runs from, what was counted and skipped, who set the amount, in both languages."""

from __future__ import annotations

import json

import pytest

from lib.service.receipts import explain, render
from tests.service.test_clause_cases import CASES
from tests.service.worlds import CALENDAR, STANDARD, at, check_sum, facts_on, judged

C1 = {"id": "c1", "name": "恒信科技"}
T1 = {"id": "t1", "number": "T-1", "client": "c1", "received_at": "2026-02-13 15:00"}


def receipt(obligation, now, **sheets):
    facts = facts_on(now[:10], **sheets)
    return explain(obligation, judged(now, **sheets), facts, STANDARD, CALENDAR, at(now))


@pytest.mark.parametrize(("situation", "clause", "worksheet", "row", "expected"), CASES)
def test_every_worked_case_adds_up(situation, clause, worksheet, row, expected):
    record = {"id": "r1", "client": "c1", **row}
    found = receipt(f"{clause}:r1", "2026-01-15 12:00", clients=[C1], **{worksheet: [record]})
    check_sum(found)
    assert f"{found.due_at:%Y-%m-%d %H:%M}" == expected[:16], situation


@pytest.mark.parametrize("clause", ["assess", "respond", "result", "prevent"])
@pytest.mark.parametrize("now", ["2026-02-14 11:00", "2026-03-02 19:30"])
@pytest.mark.parametrize(
    "times",
    [
        [("2026-02-13 16:00", "2026-02-24 11:00")],
        [("2026-02-13 15:00", "2026-02-13 15:30"), ("2026-02-13 17:00", "2026-02-14 12:30")],
        [("2026-02-14 09:30", None)],
        [("2026-02-13 12:00", "2026-02-13 17:00"), ("2026-02-13 16:00", "2026-02-25 10:00")],
    ],
)
def test_waits_add_up(clause, now, times):
    row = {**T1, "resolved_at": "2026-02-13 15:30"}
    wait = {"worksheet": "complaints", "record": "t1", "kind": "client"}
    waits = [{**wait, "from_at": start, "until_at": end} for start, end in times]
    sheets = {"clients": [C1], "complaints": [row], "waits": waits}
    found = receipt(f"complaint.{clause}:t1", now, **sheets)
    check_sum(found)
    due_at = judged(now, **sheets).loc[f"complaint.{clause}:t1", "due_at"]
    assert found.due_at == due_at


def test_the_days_around_spring_festival():
    found = receipt("complaint.result:t1", "2026-02-24 10:00", clients=[C1], complaints=[T1])
    counted = [piece for piece in found.intervals if piece.amount]
    assert [piece.kind for piece in counted] == ["make_up", "working", "working"]
    skipped = {piece.kind for piece in found.intervals if not piece.amount}
    assert skipped == {"trigger_day", "weekend", "holiday"}
    lines = render(found, "zh")
    assert "起点：2026-02-13 15:00，「投诉」H2「受理时间」" in lines
    assert "截止：2026-02-25 18:00" in lines
    assert any("不计" in line and "春节" in line for line in lines)
    assert any("Spring Festival" in line for line in render(found, "en"))


def test_who_set_the_amount_and_what_it_was_before():
    rules = [
        {
            "clause": "complaint.respond",
            "amount": 4,
            "effective_from": "2026-02-01",
            "reason": "旺季",
            "set_by": "s1",
        }
    ]
    staff = [{"id": "s1", "name": "王敏"}]
    sheets = {"clients": [C1], "complaints": [T1], "rules": rules, "staff": staff}
    found = receipt("complaint.respond:t1", "2026-02-13 16:00", **sheets)
    (rule,) = found.rules
    assert (rule.amount, rule.standard, rule.set_by, rule.place.cell) == (4, 24, "王敏", "D2")
    assert "本团队自 2026-02-01 起改为 4 小时（标准：24 小时），设定人 王敏，理由：旺季（规则 D2）" in render(
        found, "zh"
    )
    before = {**T1, "received_at": "2026-01-31 15:00"}
    assert (
        receipt("complaint.respond:t1", "2026-02-13 16:00", **sheets | {"complaints": [before]}).rules == ()
    )


def test_waits_stand_in_the_receipt_and_both_verdicts():
    wait = {
        "worksheet": "complaints",
        "record": "T-1",
        "kind": "client",
        "reason": "等",
        "from_at": "2026-02-13 16:00",
    }
    found = receipt("complaint.assess:t1", "2026-02-28 10:00", clients=[C1], complaints=[T1], waits=[wait])
    assert (found.status, found.status_unpaused) == ("waiting", "overdue")
    assert [p.amount for p in found.intervals if p.kind == "open"] == [1, 2, 1]  # 15-16, then 10-12, 13-14
    lines = render(found, "en")
    assert lines[-2:] == [
        "Verdict: waiting for the client",
        "Verdict without the waits for the client: overdue",
    ]


def test_the_cell_of_the_fulfilment_is_named():
    call = {"client": "c1", "occurred_at": "2026-01-20 10:00", "channel": "phone"}
    client = {**C1, "cooperation_began_on": "2026-01-05"}
    found = receipt("visit.month_1:c1", "2026-02-28 10:00", clients=[client], interactions=[call])
    assert (found.done.worksheet, found.done.place.cell) == ("interactions", "D2")
    done = {**T1, "result_told_at": "2026-02-13 17:00"}
    found = receipt("complaint.respond:t1", "2026-02-28 10:00", clients=[C1], complaints=[done])
    assert found.done.column == "result_told_at"


def test_dormancy_names_the_last_purchase():
    sales = [{"client": "c1", "amount": 5, "purchased_on": on} for on in ("2025-02-01", "2025-08-20")]
    found = receipt("dormant.letter:c1", "2026-02-28 10:00", clients=[C1], transactions=sales)
    assert found.origin.record == "t2"
    assert f"{found.trigger.at:%Y-%m-%d}" == "2026-02-20"
    assert found.trigger.place is None


def test_what_is_missing_is_named_by_its_header():
    found = receipt(
        "client.file:c1",
        "2026-02-28 10:00",
        clients=[{**C1, "cooperation_began_on": "2026-01-05", "industry": "制造"}],
    )
    assert found.needs == ("size", "decision_chain", "lawful_basis", "contacts.*")
    assert "缺少：规模, 决策链, 处理依据, 联系人" in render(found, "zh")


def test_a_provisional_due_time_says_so():
    late = {**T1, "received_at": "2027-02-13 15:00"}
    lines = render(receipt("complaint.result:t1", "2026-02-28 10:00", clients=[C1], complaints=[late]), "en")
    assert any("not out yet" in line for line in lines)


def test_it_travels_as_json():
    found = receipt("complaint.result:t1", "2026-02-24 10:00", clients=[C1], complaints=[T1]).to_dict()
    again = json.loads(json.dumps(found, ensure_ascii=False))
    assert again["due_at"] == "2026-02-25T18:00:00+08:00"
    assert again["trigger"]["cell"] == "H2"
    assert again["sources"] == [{"doc": "E", "section": "一(二)"}]
    assert again["limit_amount"] is None


def test_an_unknown_obligation_is_a_key_error():
    with pytest.raises(KeyError, match=r"complaint\.result:t9"):
        receipt("complaint.result:t9", "2026-02-24 10:00", clients=[C1], complaints=[T1])
