"""Verdicts: whole days, missing evidence, waiting for the client, postponements, the team's own rules."""

from __future__ import annotations

import pandas as pd
import pytest

from lib.service.rule_problems import rule_problems
from tests.service.worlds import STANDARD, due, judged, make_book, one

C1 = {"id": "c1", "name": "恒信科技"}
T1 = {"id": "t1", "number": "T-1", "client": "c1", "summary": "坏了", "received_at": "2026-03-04 10:00"}


def complaint(now, clause, waits=(), rules=(), **cells):
    return one(now, clause, clients=[C1], complaints=[{**T1, **cells}], waits=list(waits), rules=list(rules))


def wait(start, end=None, **cells):
    row = {"worksheet": "complaints", "record": "T-1", "kind": "client", "reason": "等资料"}
    return {**row, "from_at": start, "until_at": end, **cells}


class TestVerdict:
    @pytest.mark.parametrize(
        ("now", "status"),
        [
            ("2026-03-04 09:59", "not_started"),
            ("2026-03-04 10:00", "not_started"),
            ("2026-03-05 03:59", "not_started"),
            ("2026-03-05 04:00", "due_soon"),  # the last quarter of 24 hours
            ("2026-03-05 10:00", "due_soon"),
            ("2026-03-05 10:01", "overdue"),
        ],
    )
    def test_an_open_obligation_over_time(self, now, status):
        assert complaint(now, "complaint.respond")["status"] == status

    @pytest.mark.parametrize(
        ("done", "status"),
        [
            ("2026-03-05 10:00", "met"),
            ("2026-03-05 10:01", "late"),
            ("2026-03-04", "met"),  # only the day is known; it ends before the due time
            ("2026-03-05", "unverified"),  # the due time lies within that day
            ("2026-03-06", "late"),
            ("2026-03-04 09:00", "unverified"),  # before it was received
            ("2026-03-03", "unverified"),
        ],
    )
    def test_a_fulfilment(self, done, status):
        assert complaint("2026-03-20 09:00", "complaint.respond", responded_at=done)["status"] == status

    def test_a_whole_day_is_in_time_on_a_day_not_worked(self):
        row = {
            "client": "c1",
            "promised_at": "2026-03-02 09:00",
            "due_on": "2026-03-07",
            "kept_at": "2026-03-07",
        }
        assert one("2026-03-20 09:00", "promise.due", clients=[C1], promises=[row])["status"] == "met"

    def test_a_fulfilment_in_the_future_does_not_count_yet(self):
        row = complaint("2026-03-05 11:00", "complaint.respond", responded_at="2026-03-05 12:00")
        assert (row["status"], row["done_at"] is pd.NaT) == ("overdue", True)

    def test_the_earliest_of_several_fulfilments_counts(self):
        done = {"responded_at": "2026-03-06 10:00", "result_told_at": "2026-03-05 09:00"}
        row = complaint("2026-03-20 09:00", "complaint.respond", **done)
        assert (row["status"], due(row, "done_at")) == ("met", "2026-03-05 09:00")

    def test_what_it_needs_is_missing(self):
        full = {"category": "product", "priority": "high", "department": "技术"}
        done = {"assessed_at": "2026-03-04 11:00"}
        assert complaint("2026-03-20 09:00", "complaint.assess", **done, **full)["status"] == "met"
        full.pop("priority")
        assert complaint("2026-03-20 09:00", "complaint.assess", **done, **full)["status"] == "unverified"

    def test_the_limit_is_breached_after_the_target(self):
        def reply(now, **cells):
            row = {"received_at": "2026-03-04 10:00", **cells}
            return one(now, "inquiry.any_reply", inquiries=[row])

        assert not reply("2026-03-06 10:00")["breached_limit"]
        assert reply("2026-03-06 10:01")["breached_limit"]
        assert not reply("2026-03-20 10:00", replied_at="2026-03-06 10:00")["breached_limit"]
        assert reply("2026-03-20 10:00", replied_at="2026-03-06 10:01")["breached_limit"]

    def test_dates_without_an_official_calendar_are_provisional(self):
        assert not complaint("2026-03-05 09:00", "complaint.result")["provisional"]
        assert complaint("2026-03-05 09:00", "complaint.result", received_at="2027-03-04 10:00")[
            "provisional"
        ]
        assert not complaint("2026-03-05 09:00", "complaint.respond", received_at="2027-03-04 10:00")[
            "provisional"
        ]

    def test_the_owner_is_the_rows_own_else_the_clients(self):
        staff = [{"id": "s1", "name": "王"}, {"id": "s2", "name": "李"}]
        sheets = {"staff": staff, "clients": [{**C1, "owner": "s1"}]}
        assert one("2026-03-05 09:00", "complaint.result", **sheets, complaints=[T1])["owner"] == "s1"
        own = {**T1, "owner": "s2"}
        assert one("2026-03-05 09:00", "complaint.result", **sheets, complaints=[own])["owner"] == "s2"

    def test_a_reopened_complaint_is_judged_by_itself_and_the_first_verdict_stays(self):
        first = {**T1, "result_told_at": "2026-03-05 10:00"}
        again = {**T1, "id": "t2", "number": "T-2", "reopens": "t1", "received_at": "2026-03-10 10:00"}
        rows = judged("2026-03-20 09:00", clients=[C1], complaints=[first, again])
        assert rows.loc["complaint.result:t1", "status"] == "met"
        assert rows.loc["complaint.result:t2", "status"] == "overdue"

    def test_a_promise_dated_before_it_was_made_runs_on_its_date(self):
        row = {"client": "c1", "promised_at": "2026-03-12 09:00", "due_on": "2026-03-06"}
        found = one("2026-03-09 09:00", "promise.due", clients=[C1], promises=[row])
        assert (due(found, "trigger_at"), found["status"]) == ("2026-03-06 00:00", "overdue")

    def test_a_row_without_its_trigger_asks_for_nothing(self):
        assert len(judged("2026-03-05 09:00", clients=[C1], complaints=[{**T1, "received_at": None}])) == 0


class TestWaiting:
    def test_hours_move_by_the_time_waited(self):
        row = complaint(
            "2026-03-20 09:00", "complaint.respond", [wait("2026-03-04 12:00", "2026-03-06 15:00")]
        )
        assert (due(row), due(row, "unpaused_due_at")) == ("2026-03-07 13:00", "2026-03-05 10:00")
        assert row["paused_us"] == 51 * 3_600_000_000

    def test_service_hours_move_by_the_open_time_waited(self):
        waits = [wait("2026-03-04 12:30", "2026-03-05 10:00")]  # 5 h on Wednesday, 1 h on Thursday
        assert due(complaint("2026-03-20 09:00", "complaint.assess", waits)) == "2026-03-05 12:00"

    def test_working_days_move_by_the_working_days_waited(self):
        waits = [wait("2026-03-05 10:00", "2026-03-09 10:00")]  # Friday and Monday
        assert due(complaint("2026-03-20 09:00", "complaint.result", waits)) == "2026-03-11 18:00"
        waits = [wait("2026-03-05 10:00", "2026-03-05 17:00")]  # within one day: no whole day
        assert due(complaint("2026-03-20 09:00", "complaint.result", waits)) == "2026-03-09 18:00"

    def test_months_move_by_calendar_days(self):
        waits = [wait("2026-03-10 10:00", "2026-03-12 10:00")]
        row = complaint("2026-03-20 09:00", "complaint.prevent", waits, resolved_at="2026-03-09 10:00")
        assert (due(row), due(row, "unpaused_due_at")) == ("2026-04-13 18:00", "2026-04-09 18:00")

    def test_overlapping_waits_count_once(self):
        waits = [wait("2026-03-04 12:00", "2026-03-04 15:00"), wait("2026-03-04 14:00", "2026-03-04 16:00")]
        row = complaint("2026-03-20 09:00", "complaint.respond", waits)
        assert (due(row), row["paused_us"]) == ("2026-03-05 14:00", 4 * 3_600_000_000)

    def test_waits_within_a_longer_one_add_nothing(self):
        inner = [("2026-03-04 13:00", "2026-03-04 14:00"), ("2026-03-04 15:00", "2026-03-04 16:00")]
        waits = [wait("2026-03-04 12:00", "2026-03-04 20:00"), *(wait(*times) for times in inner)]
        row = complaint("2026-03-20 09:00", "complaint.respond", waits)
        assert (due(row), row["paused_us"]) == ("2026-03-05 18:00", 8 * 3_600_000_000)

    def test_a_later_wait_counts_if_it_begins_before_the_moved_due_time(self):
        waits = [wait("2026-03-05 12:00", "2026-03-05 20:00"), wait("2026-03-05 09:00", "2026-03-05 11:30")]
        # 10:00 -> 12:30 by the first wait; the second begins at 12:00.
        assert due(complaint("2026-03-20 09:00", "complaint.respond", waits)) == "2026-03-05 20:30"
        assert due(complaint("2026-03-20 09:00", "complaint.respond", waits[:1])) == "2026-03-05 10:00"

    def test_both_verdicts_are_kept(self):
        waits = [wait("2026-03-05 09:00", "2026-03-05 12:00")]
        row = complaint("2026-03-20 09:00", "complaint.respond", waits, responded_at="2026-03-05 12:30")
        assert (row["status"], row["status_unpaused"]) == ("met", "late")

    def test_an_open_wait_stops_the_clock_until_now(self):
        row = complaint("2026-03-06 12:00", "complaint.respond", [wait("2026-03-05 09:00")])
        assert (row["status"], row["paused"], due(row)) == ("waiting", True, "2026-03-06 13:00")
        assert row["status_unpaused"] == "overdue"

    def test_an_open_wait_ends_with_the_fulfilment(self):
        row = complaint(
            "2026-03-20 12:00",
            "complaint.respond",
            [wait("2026-03-05 09:00")],
            responded_at="2026-03-06 09:00",
        )
        assert (row["status"], row["paused"], due(row)) == ("met", False, "2026-03-06 10:00")

    def test_what_was_overdue_already_stays_overdue(self):
        row = complaint("2026-03-06 12:00", "complaint.respond", [wait("2026-03-05 10:30")])
        assert (row["status"], row["paused"]) == ("overdue", False)

    def test_a_wait_for_one_clause_leaves_the_others_alone(self):
        waits = [wait("2026-03-04 12:00", "2026-03-06 15:00", clause="complaint.result")]
        assert due(complaint("2026-03-20 09:00", "complaint.respond", waits)) == "2026-03-05 10:00"
        assert due(complaint("2026-03-20 09:00", "complaint.result", waits)) == "2026-03-11 18:00"

    def test_a_record_is_named_by_id_or_by_its_number(self):
        for name in ("t1", "T-1", "ｔ-1"):
            waits = [wait("2026-03-04 12:00", "2026-03-04 13:00", record=name)]
            assert due(complaint("2026-03-20 09:00", "complaint.respond", waits)) == "2026-03-05 11:00"

    def test_a_postponement_hides_but_moves_nothing(self):
        waits = [wait("2026-03-04 12:00", "2026-03-09 09:00", kind="postponed")]
        row = complaint("2026-03-06 09:00", "complaint.respond", waits)
        assert (row["status"], due(row)) == ("overdue", "2026-03-05 10:00")
        assert due(row, "snoozed_until_at") == "2026-03-09 09:00"

    def test_a_wait_that_ends_before_it_begins_is_left_out(self):
        waits = [wait("2026-03-05 09:00", "2026-03-04 12:00")]
        assert due(complaint("2026-03-20 09:00", "complaint.respond", waits)) == "2026-03-05 10:00"


def rule(clause, amount, since, **cells):
    return {"clause": clause, "amount": amount, "effective_from": since, **cells}


class TestRules:
    def test_the_teams_amount_holds_from_its_date_on(self):
        rules = [rule("complaint.respond", 4, "2026-03-01"), rule("complaint.respond", 2, "2026-03-10")]
        for received, expected in (
            ("2026-02-28 23:59", "2026-03-01 23:59"),
            ("2026-03-01 00:00", "2026-03-01 04:00"),
            ("2026-03-09 23:59", "2026-03-10 03:59"),
            ("2026-03-10 00:00", "2026-03-10 02:00"),
        ):
            row = complaint("2026-03-20 09:00", "complaint.respond", rules=rules, received_at=received)
            assert due(row) == expected

    def test_a_limit_may_be_added_and_is_never_below_the_target(self):
        rules = [rule("complaint.respond", 30, "2026-01-01", mark="limit")]
        row = complaint("2026-03-20 09:00", "complaint.respond", rules=rules)
        assert due(row, "limit_at") == "2026-03-05 16:00"
        rules.append(rule("complaint.respond", 72, "2026-01-01", mark="target"))
        row = complaint("2026-03-20 09:00", "complaint.respond", rules=rules)
        assert (due(row), due(row, "limit_at")) == ("2026-03-07 10:00", "2026-03-07 10:00")

    def test_rules_that_make_no_sense_change_nothing_and_are_named(self):
        rules = [
            rule("complaint.answer", 4, "2026-01-01"),
            rule("complaint.respond", -4, "2026-01-01"),
            rule("complaint.result", 2.5, "2026-01-01"),
            rule("client.file", 2, "2026-01-01"),
            rule("complaint.followup", None, "2026-01-01"),
        ]
        row = complaint("2026-03-20 09:00", "complaint.result", rules=rules)
        assert row["amount"] == 3
        problems = rule_problems(make_book(rules=rules), STANDARD)
        assert problems[["code", "record", "cell"]].values.tolist() == [
            ["unknown_clause", "r1", "B2"],
            ["rule_amount", "r2", "D3"],
            ["rule_amount", "r3", "D4"],
            ["rule_without_amount", "r4", "B5"],
        ]

    def test_waits_for_unknown_clauses_and_records_are_named(self):
        waits = [wait("2026-03-04 12:00", clause="complaint.answer"), wait("2026-03-04 12:00", record="T-9")]
        problems = rule_problems(make_book(complaints=[T1], waits=waits), STANDARD)
        assert problems[["code", "worksheet", "record"]].values.tolist() == [
            ["unknown_clause", "waits", "w1"],
            ["unknown_record", "waits", "w2"],
        ]
        row = complaint("2026-03-04 13:00", "complaint.respond", waits)
        assert (row["paused"], due(row)) == (False, "2026-03-05 10:00")

    def test_the_threshold_of_a_key_client_can_be_set(self):
        bought = [{"client": "c1", "amount": 400_000, "purchased_on": "2026-01-10"}]
        sheets = {"clients": [C1], "transactions": bought}
        assert "client.owner:c1" not in judged("2026-03-05 09:00", **sheets).index
        rules = [rule("tier.key", 300_000, "2026-02-01")]
        found = judged("2026-03-05 09:00", **sheets, rules=rules).loc["client.owner:c1"]
        assert due(found, "trigger_at") == "2026-02-01 00:00"
