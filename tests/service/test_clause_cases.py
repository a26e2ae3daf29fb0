"""Worked cases, clause by clause: a situation in words, the due time counted by hand.

2026: days off 1-3 January, 15-23 February, 4-6 April, 1-5 May, 1-7 October; worked instead Sunday 4 January,
Saturdays 14 and 28 February, Saturday 9 May, Sunday 20 September, Saturday 10 October. Hours 9-12 and 13-18.
"""

from __future__ import annotations

import pandas as pd
import pytest

from tests.service.worlds import due, judged, one

C1 = {"id": "c1", "name": "恒信科技"}
BOUGHT = {"client": "c1", "amount": 600_000, "purchased_on": "2025-12-01"}

# (situation, clause, worksheet, row, due)
CASES = [
    (
        "received Friday 16:30 before a working Saturday: 1.5 h on Friday, 2.5 h on Saturday",
        "complaint.assess",
        "complaints",
        {"received_at": "2026-02-27 16:30"},
        "2026-02-28 11:30",
    ),
    (
        "received at noon: the lunch break does not count",
        "complaint.assess",
        "complaints",
        {"received_at": "2026-03-04 11:00"},
        "2026-03-04 16:00",
    ),
    (
        "received in the night: the four hours begin at nine",
        "complaint.assess",
        "complaints",
        {"received_at": "2026-03-04 23:10"},
        "2026-03-05 14:00",
    ),
    (
        "received on Labour Day: 24 hours are not moved",
        "complaint.respond",
        "complaints",
        {"received_at": "2026-05-01 09:00"},
        "2026-05-02 09:00",
    ),
    (
        "received Wednesday before Spring Festival: Thursday, Friday, make-up Saturday",
        "complaint.result",
        "complaints",
        {"received_at": "2026-02-11 10:00"},
        "2026-02-14 18:00",
    ),
    (
        "received on the last working day before Spring Festival: the three days after it",
        "complaint.result",
        "complaints",
        {"received_at": "2026-02-14 17:59"},
        "2026-02-26 18:00",
    ),
    (
        "solved the day before the May holiday",
        "complaint.followup",
        "complaints",
        {"received_at": "2026-04-28 09:00", "resolved_at": "2026-04-30 09:00"},
        "2026-05-08 18:00",
    ),
    (
        "solved on 31 January: the last of February, a working Saturday",
        "complaint.prevent",
        "complaints",
        {"received_at": "2026-01-28 09:00", "resolved_at": "2026-01-31 11:00"},
        "2026-02-28 18:00",
    ),
    (
        "solved on 3 April: 3 May is in the holiday, moved to the 6th",
        "complaint.prevent",
        "complaints",
        {"received_at": "2026-04-01 09:00", "resolved_at": "2026-04-03 11:00"},
        "2026-05-06 18:00",
    ),
    (
        "asked Friday 17:00: answered by Saturday 17:00, weekend or not",
        "inquiry.any_reply",
        "inquiries",
        {"received_at": "2026-03-06 17:00"},
        "2026-03-07 17:00",
    ),
    (
        "promised for a Saturday: to the end of that day, not moved",
        "promise.due",
        "promises",
        {"promised_at": "2026-03-02 09:00", "due_on": "2026-03-07"},
        "2026-03-07 23:59:59",
    ),
    (
        "promised for a working Saturday: its close",
        "promise.due",
        "promises",
        {"promised_at": "2026-02-25 09:00", "due_on": "2026-02-28"},
        "2026-02-28 18:00",
    ),
    (
        "sent Wednesday, silence: three days later is Saturday, moved to Monday",
        "promise.nudge",
        "promises",
        {"due_on": "2026-03-04", "kept_at": "2026-03-04 15:00", "awaits_reply": True},
        "2026-03-09 18:00",
    ),
    (
        "talked Friday afternoon",
        "record.update",
        "interactions",
        {"occurred_at": "2026-03-06 15:00"},
        "2026-03-07 15:00",
    ),
    (
        "visited on a working day",
        "visit.record",
        "visits",
        {"visited_at": "2026-03-04 10:00"},
        "2026-03-04 18:00",
    ),
    (
        "visited on a Saturday: by the close of Monday",
        "visit.record",
        "visits",
        {"visited_at": "2026-03-07 10:00"},
        "2026-03-09 18:00",
    ),
    (
        "visited after closing time: by the close of the next day",
        "visit.record",
        "visits",
        {"visited_at": "2026-03-04 19:30"},
        "2026-03-05 18:00",
    ),
    (
        "a problem raised at the visit, at a time of its own",
        "visit.transfer",
        "visits",
        {"visited_at": "2026-03-04 10:00", "problem": "延迟", "problem_at": "2026-03-04 16:00"},
        "2026-03-05 16:00",
    ),
    (
        "a problem without a time of its own: from the visit",
        "visit.transfer",
        "visits",
        {"visited_at": "2026-03-06 10:00", "problem": "延迟"},
        "2026-03-07 10:00",
    ),
    (
        "improvement promised on Tuesday 28 April: two days, then 6-8 May, working Saturday 9 May, 11-21 May",
        "visit.rectify",
        "visits",
        {"visited_at": "2026-04-28 14:00", "improvement": "换件"},
        "2026-05-21 18:00",
    ),
    (
        "visit planned for Monday: Sunday is moved back to Friday",
        "visit.confirm",
        "visits",
        {"arranged_at": "2026-03-02 09:00", "planned_at": "2026-03-09 10:00"},
        "2026-03-06 18:00",
    ),
    (
        "visit planned for Monday after a working Saturday: Sunday is moved back to it",
        "visit.confirm",
        "visits",
        {"arranged_at": "2026-02-24 09:00", "planned_at": "2026-03-02 10:00"},
        "2026-02-28 18:00",
    ),
    (
        "nobody wrote when it was arranged",
        "visit.confirm",
        "visits",
        {"planned_at": "2026-03-05 10:00"},
        "2026-03-04 18:00",
    ),
    (
        "care letter sent on Friday 13 February: make-up Saturday, then two days after the festival",
        "dormant.followup",
        "interactions",
        {"occurred_at": "2026-02-13 10:00", "kind": "care_letter"},
        "2026-02-25 18:00",
    ),
]


@pytest.mark.parametrize(
    ("situation", "clause", "worksheet", "row", "expected"), CASES, ids=lambda v: str(v)[:40]
)
def test_due_time_of_a_case(situation, clause, worksheet, row, expected):
    found = one("2026-01-15 12:00", clause, clients=[C1], **{worksheet: [{"client": "c1", **row}]})
    assert due(found) == expected, situation
    assert due(found, "unpaused_due_at") == expected
    assert found["client"] == "c1"


def test_an_inquiry_has_a_limit_as_well():
    found = one("2026-03-06 18:00", "inquiry.any_reply", inquiries=[{"received_at": "2026-03-06 17:00"}])
    assert due(found, "limit_at") == "2026-03-08 17:00"
    assert (found["amount"], found["limit_amount"]) == (24, 48)


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("visit.month_1", "2026-02-28 18:00"),  # 31 January + 1 month: the last day, a working Saturday
        ("visit.month_3", "2026-04-30 18:00"),
        ("visit.month_6", "2026-07-31 18:00"),
    ],
)
def test_milestone_visits_fall_on_the_corresponding_day(clause, expected):
    found = one("2026-02-02 09:00", clause, clients=[{**C1, "cooperation_began_on": "2026-01-31"}])
    assert due(found) == expected


def test_three_months_that_end_in_the_may_holiday_end_after_it():
    found = one("2026-02-02 09:00", "visit.month_3", clients=[{**C1, "cooperation_began_on": "2026-02-02"}])
    assert due(found) == "2026-05-06 18:00"


def test_a_care_letter_is_due_three_working_days_after_six_months_without_a_purchase():
    last = {"client": "c1", "amount": 10, "purchased_on": "2025-08-31"}
    found = one("2026-03-01 09:00", "dormant.letter", clients=[C1], transactions=[last])
    assert due(found, "trigger_at") == "2026-02-28 00:00"
    assert due(found) == "2026-03-04 18:00"


def test_a_care_letter_before_dormancy_does_not_count_and_one_after_it_does():
    last = {"client": "c1", "amount": 10, "purchased_on": "2025-08-31"}
    early = {"client": "c1", "occurred_at": "2026-02-20 10:00", "kind": "care_letter"}
    later = {"client": "c1", "occurred_at": "2026-03-03 10:00", "kind": "care_letter"}
    sheets = {"clients": [C1], "transactions": [last]}
    assert one("2026-03-10 09:00", "dormant.letter", **sheets, interactions=[early])["status"] == "overdue"
    done = one("2026-03-10 09:00", "dormant.letter", **sheets, interactions=[early, later])
    assert (done["status"], due(done, "done_at")) == ("met", "2026-03-03 10:00")


def test_a_care_letter_is_followed_up_by_any_later_contact_but_not_by_itself():
    letter = {"client": "c1", "occurred_at": "2026-03-02 10:00", "kind": "care_letter"}
    call = {"client": "c1", "occurred_at": "2026-03-04 10:00", "channel": "phone"}
    alone = one("2026-03-10 09:00", "dormant.followup", clients=[C1], interactions=[letter])
    assert alone["status"] == "overdue"
    called = one("2026-03-10 09:00", "dormant.followup", clients=[C1], interactions=[letter, call])
    assert called["status"] == "met"


@pytest.mark.parametrize(
    ("visit", "key_status", "ordinary_status"),
    [
        ({"mode": "in_person", "service_report": True}, "met", "met"),
        ({"mode": "in_person", "service_report": None}, "overdue", "met"),
        ({"mode": "phone", "service_report": True}, "overdue", "met"),
    ],
)
def test_a_key_client_is_visited_in_person_with_a_report(visit, key_status, ordinary_status):
    client = {**C1, "cooperation_began_on": "2026-01-05"}
    row = {"client": "c1", "visited_at": "2026-01-20 10:00", **visit}
    small = {**BOUGHT, "amount": 1000}
    for purchase, expected in ((BOUGHT, key_status), (small, ordinary_status)):
        found = one(
            "2026-03-10 09:00", "visit.month_1", clients=[client], visits=[row], transactions=[purchase]
        )
        assert found["status"] == expected


@pytest.mark.parametrize(("channel", "status"), [("phone", "met"), ("online", "met"), ("email", "overdue")])
def test_an_ordinary_client_may_be_called_instead(channel, status):
    client = {**C1, "cooperation_began_on": "2026-01-05"}
    call = {"client": "c1", "occurred_at": "2026-01-20 10:00", "channel": channel}
    found = one("2026-03-10 09:00", "visit.month_1", clients=[client], interactions=[call])
    assert found["status"] == status


def test_the_visit_of_one_milestone_does_not_count_for_the_next():
    client = {**C1, "cooperation_began_on": "2026-01-05"}
    calls = [{"client": "c1", "occurred_at": "2026-02-04 10:00", "channel": "phone"}]
    rows = judged("2026-07-20 09:00", clients=[client], interactions=calls)
    assert rows.loc["visit.month_1:c1", "status"] == "met"
    assert rows.loc["visit.month_3:c1", "status"] == "overdue"
    calls.append({"client": "c1", "occurred_at": "2026-04-01 10:00", "channel": "phone"})
    rows = judged("2026-07-20 09:00", clients=[client], interactions=calls)
    assert rows.loc["visit.month_3:c1", "status"] == "met"
    assert rows.loc["visit.month_6:c1", "status"] == "overdue"


def test_the_tier_of_a_milestone_is_that_of_the_day_it_falls_due():
    """Ordinary when cooperation begins, key by the time the visit is due: a call is not enough."""
    client = {**C1, "cooperation_began_on": "2026-01-05"}
    call = {"client": "c1", "occurred_at": "2026-01-20 10:00", "channel": "phone"}
    grown = {"client": "c1", "amount": 600_000, "purchased_on": "2026-02-01"}
    later = {"client": "c1", "amount": 600_000, "purchased_on": "2026-02-20"}
    sheets = {"clients": [client], "interactions": [call]}
    assert one("2026-03-10 09:00", "visit.month_1", **sheets, transactions=[grown])["status"] == "overdue"
    assert one("2026-03-10 09:00", "visit.month_1", **sheets, transactions=[later])["status"] == "met"


class TestMonthlyContact:
    SHEETS = {
        "clients": [{**C1, "cooperation_began_on": "2025-11-15"}],
        "transactions": [{**BOUGHT, "purchased_on": "2025-11-20"}],
    }

    def rows(self, now, *contacts):
        calls = [{"client": "c1", "occurred_at": at, "channel": "phone"} for at in contacts]
        found = judged(now, **self.SHEETS, interactions=calls)
        return found[found["clause"] == "visit.monthly"]

    def test_each_whole_month_since_the_client_is_key_and_works_with_us(self):
        found = self.rows("2026-03-10 09:00")
        assert [i.rsplit(":", 1)[1] for i in found["id"]] == ["2025-12", "2026-01", "2026-02", "2026-03"]
        # 31 January is a Saturday, 28 February a working one.
        assert [due(row) for _, row in found.iterrows()] == [
            "2025-12-31 18:00",
            "2026-02-02 18:00",
            "2026-02-28 18:00",
            "2026-03-31 18:00",
        ]

    def test_a_missed_month_is_overdue_until_the_next_one_is_due_too(self):
        before = self.rows("2026-02-28 17:59", "2025-12-10 10:00")
        assert before.loc["visit.monthly:c1:2026-01", "status"] == "overdue"
        after = self.rows("2026-02-28 18:00", "2025-12-10 10:00")
        january = after.loc["visit.monthly:c1:2026-01"]
        assert (january["status"], january["missed"]) == ("late", True)
        assert pd.isna(january["done_at"])

    def test_a_contact_in_the_month_or_until_its_moved_due_time_is_in_time(self):
        found = self.rows("2026-03-10 09:00", "2025-12-31 17:00", "2026-02-02 11:00")
        assert found.loc["visit.monthly:c1:2025-12", "status"] == "met"
        assert found.loc["visit.monthly:c1:2026-01", "status"] == "met"
        assert found.loc["visit.monthly:c1:2026-02", "status"] == "met"

    def test_a_contact_after_the_due_time_is_late(self):
        january = self.rows("2026-03-10 09:00", "2026-02-10 11:00").loc["visit.monthly:c1:2026-01"]
        assert (january["status"], january["missed"]) == ("late", False)
        assert due(january, "done_at") == "2026-02-10 11:00"

    def test_the_current_month_is_due_soon_two_working_days_before_its_end(self):
        march = "visit.monthly:c1:2026-03"
        assert self.rows("2026-03-26 23:59").loc[march, "status"] == "not_started"
        assert self.rows("2026-03-27 00:00").loc[march, "status"] == "due_soon"

    def test_only_the_last_twelve_months_are_shown(self):
        assert len(self.rows("2027-08-10 09:00")) == 3  # key until 20 November 2026


class TestGates:
    def test_a_client_file_lacks_a_contact(self):
        client = {
            **C1,
            "cooperation_began_on": "2026-01-05",
            "industry": "制造",
            "size": "200",
            "decision_chain": "总经理",
            "lawful_basis": "contract",
        }
        found = one("2026-01-10 09:00", "client.file", clients=[client])
        assert (found["status"], due(found)) == ("overdue", "2026-01-05 00:00")
        contact = {"client": "c1", "name": "李"}
        assert one("2026-01-10 09:00", "client.file", clients=[client], contacts=[contact])["status"] == "met"
        del client["size"]
        found = one("2026-01-10 09:00", "client.file", clients=[client], contacts=[contact])
        assert found["status"] == "overdue"

    def test_a_key_client_needs_an_owner_since_the_day_it_became_key(self):
        sheets = {"staff": [{"id": "s1", "name": "王"}], "transactions": [BOUGHT]}
        found = one("2026-01-10 09:00", "client.owner", clients=[C1], **sheets)
        assert (found["status"], due(found)) == ("overdue", "2025-12-01 00:00")
        found = one("2026-01-10 09:00", "client.owner", clients=[{**C1, "owner": "s1"}], **sheets)
        assert (found["status"], found["owner"]) == ("met", "s1")

    def test_an_ordinary_client_needs_none(self):
        small = {**BOUGHT, "amount": 499_999.99}
        rows = judged("2026-01-10 09:00", clients=[C1], transactions=[small])
        assert "client.owner" not in set(rows["clause"].astype(str))

    def test_a_stage_that_lies_ahead_has_not_started(self):
        found = one("2026-01-10 09:00", "client.file", clients=[{**C1, "cooperation_began_on": "2026-02-01"}])
        assert found["status"] == "not_started"


class TestNudge:
    ROW = {"client": "c1", "due_on": "2026-03-04", "kept_at": "2026-03-04 15:00", "awaits_reply": True}

    def found(self, now="2026-03-20 09:00", **cells):
        rows = judged(now, clients=[C1], promises=[{**self.ROW, **cells}])
        return rows[rows["clause"] == "promise.nudge"]

    def test_it_is_not_due_before_the_third_day(self):
        row = self.found().iloc[0]
        assert due(row, "earliest_at") == "2026-03-07 00:00"

    def test_sooner_is_flagged_and_in_time_is_not(self):
        assert self.found(nudged_at="2026-03-06 10:00").iloc[0]["too_early"]
        kept = self.found(nudged_at="2026-03-07 10:00").iloc[0]
        assert (kept["status"], kept["too_early"]) == ("met", False)

    def test_a_reply_in_time_makes_it_unnecessary(self):
        assert len(self.found(replied_at="2026-03-06 10:00")) == 0

    def test_a_reply_after_the_due_time_leaves_a_miss(self):
        row = self.found(replied_at="2026-03-10 10:00").iloc[0]
        assert (row["status"], row["missed"]) == ("late", True)

    def test_nobody_waits_for_a_reply(self):
        assert len(self.found(awaits_reply=False)) == 0
        assert len(self.found(awaits_reply=None)) == 0

    def test_a_withdrawn_promise_asks_for_nothing(self):
        rows = judged("2026-03-20 09:00", promises=[{**self.ROW, "withdrawn_at": "2026-03-03 10:00"}])
        assert len(rows) == 0


class TestConfirmation:
    ROW = {"client": "c1", "arranged_at": "2026-03-02 09:00", "planned_at": "2026-03-11 10:00"}

    def found(self, now, **cells):
        rows = judged(now, clients=[C1], visits=[{**self.ROW, **cells}])
        return rows[rows["clause"] == "visit.confirm"]

    def test_it_runs_until_the_close_of_the_day_before(self):
        assert self.found("2026-03-10 17:00").iloc[0]["status"] == "due_soon"
        assert self.found("2026-03-10 18:01").iloc[0]["status"] == "overdue"

    def test_once_the_planned_time_is_there_it_is_missed(self):
        row = self.found("2026-03-11 10:00").iloc[0]
        assert (row["status"], row["missed"]) == ("late", True)

    def test_a_visit_arranged_too_late_for_it_asks_for_nothing(self):
        assert len(self.found("2026-03-10 09:00", arranged_at="2026-03-10 18:30")) == 0

    def test_a_visit_made_before_it_was_due_asks_for_nothing(self):
        assert len(self.found("2026-03-12 09:00", visited_at="2026-03-09 10:00")) == 0

    def test_a_cancelled_visit_asks_for_nothing(self):
        assert len(self.found("2026-03-12 09:00", cancelled_at="2026-03-09 10:00")) == 0

    def test_confirmed_after_the_visit_is_no_confirmation(self):
        row = self.found("2026-03-12 09:00", visited_at="2026-03-11 10:00", confirmed_at="2026-03-11 12:00")
        assert row.iloc[0]["status"] == "late"
