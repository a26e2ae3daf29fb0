"""A clause of each of the five kinds is added by data alone, over worksheets that exist."""

from __future__ import annotations

from datetime import date

from lib.service.facts import derive_facts
from lib.service.measures import measure_all
from tests.service.worlds import CALENDAR, due, judged, make_book, one, standard_with

HEAD = """
group = "visits"
zh = "新条款"
en = "New clause"
rule_zh = "新规则"
rule_en = "A new rule"
action_zh = "去做"
action_en = "Do it"
source = [{ doc = "A", section = "1" }]
"""

WITHIN = f"""
[[clause]]
id = "new.within"
kind = "within"
{HEAD}
worksheet = "transactions"
where = [{{ column = "state", in = ["won"], empty = true }}]
trigger = ["purchased_on"]
unit = "working_days"
amounts = [{{ from = 2000-01-01, target = 2 }}, {{ from = 2026-03-01, target = 1, limit = 2 }}]
[[clause.done_by]]
worksheet = "interactions"
at = "occurred_at"
where = [{{ column = "channel", in = ["phone"] }}]
"""

BEFORE = f"""
[[clause]]
id = "new.before"
kind = "before"
{HEAD}
worksheet = "visits"
where = [{{ column = "mode", in = ["in_person"] }}]
planned = "planned_at"
done = ["arranged_at"]
unit = "working_days"
amounts = [{{ from = 2000-01-01, target = 3 }}]
"""

CADENCE = f"""
[[clause]]
id = "new.cadence"
kind = "cadence"
{HEAD}
worksheet = "clients"
trigger = ["cooperation_began_on"]
each = "quarter"
done_by = [{{ worksheet = "visits", at = "visited_at", where = [{{ column = "mode", in = ["in_person"] }}] }}]
"""

GATE = f"""
[[clause]]
id = "new.gate"
kind = "gate"
{HEAD}
worksheet = "complaints"
where = [{{ column = "priority", in = ["urgent"] }}]
trigger = ["resolved_at"]
evidence = ["root_cause"]
"""

MEASURE = f"""
[[clause]]
id = "new.measure"
kind = "measure"
{HEAD}
worksheet = "complaints"
where = [{{ column = "priority", in = ["urgent"] }}]
unit = "count"
amounts = [{{ from = 2000-01-01, target = 1 }}]
measure = {{ of = "count", by = ["category"], at = "received_at", high = "target" }}
"""

C1 = {"id": "c1", "name": "恒信科技"}


def test_within(tmp_path):
    standard = standard_with(tmp_path, WITHIN)
    sale = {"client": "c1", "amount": 5, "purchased_on": "2026-02-13", "state": "won"}
    mail = {"client": "c1", "occurred_at": "2026-02-14 09:30", "channel": "email"}
    call = {"client": "c1", "occurred_at": "2026-02-24 17:00", "channel": "phone"}
    sheets = {"clients": [C1], "transactions": [sale], "interactions": [mail, call]}
    found = one("2026-03-05 09:00", "new.within", standard, **sheets)
    assert (due(found), found["status"], due(found, "done_at")) == (
        "2026-02-24 18:00",
        "met",
        "2026-02-24 17:00",
    )
    sheets["transactions"] = [{**sale, "purchased_on": "2026-03-02"}]  # by the newer amount
    found = one("2026-03-05 09:00", "new.within", standard, **sheets)
    assert (due(found), due(found, "limit_at")) == ("2026-03-03 18:00", "2026-03-04 18:00")
    sheets["transactions"] = [{**sale, "state": "lost"}]
    rows = judged("2026-03-05 09:00", standard, **sheets)
    assert "new.within" not in set(rows["clause"].astype(str))


def test_before(tmp_path):
    """Three working days before Wednesday 25 February, with 15-23 February off and Saturday 14 worked."""
    standard = standard_with(tmp_path, BEFORE)
    visit = {"client": "c1", "planned_at": "2026-02-25 10:00", "mode": "in_person"}
    found = one("2026-02-13 19:00", "new.before", standard, clients=[C1], visits=[visit])
    assert (due(found), found["status"]) == ("2026-02-13 18:00", "overdue")


def test_cadence(tmp_path):
    standard = standard_with(tmp_path, CADENCE)
    client = {**C1, "cooperation_began_on": "2025-07-20"}
    visit = {"client": "c1", "visited_at": "2025-11-03 10:00", "mode": "in_person"}
    rows = judged("2026-03-05 09:00", standard, clients=[client], visits=[visit])
    rows = rows[rows["clause"] == "new.cadence"]
    assert list(rows["id"]) == ["new.cadence:c1:2025-10", "new.cadence:c1:2026-01"]
    assert [due(row) for _, row in rows.iterrows()] == ["2025-12-31 18:00", "2026-03-31 18:00"]
    assert list(rows["status"]) == ["met", "not_started"]


def test_a_weekly_cadence(tmp_path):
    standard = standard_with(tmp_path, CADENCE.replace('"quarter"', '"week"'))
    rows = judged("2026-03-05 09:00", standard, clients=[{**C1, "cooperation_began_on": "2026-02-17"}])
    rows = rows[rows["clause"] == "new.cadence"]
    # Sunday 1 March is moved to Monday; so is the 8th.
    assert list(rows["id"]) == ["new.cadence:c1:2026-02-23", "new.cadence:c1:2026-03-02"]
    assert [due(row) for _, row in rows.iterrows()] == ["2026-03-02 18:00", "2026-03-09 18:00"]


def test_gate(tmp_path):
    standard = standard_with(tmp_path, GATE)
    row = {"client": "c1", "received_at": "2026-03-01 09:00", "resolved_at": "2026-03-02 09:00"}
    urgent = {**row, "priority": "urgent"}
    assert one("2026-03-05 09:00", "new.gate", standard, complaints=[urgent])["status"] == "overdue"
    known = {**urgent, "root_cause": "包装"}
    assert one("2026-03-05 09:00", "new.gate", standard, complaints=[known])["status"] == "met"
    rows = judged("2026-03-05 09:00", standard, complaints=[row])
    assert "new.gate" not in set(rows["clause"].astype(str))


def test_measure(tmp_path):
    standard = standard_with(tmp_path, MEASURE)
    row = {"client": "c1", "priority": "urgent", "category": "product", "received_at": "2026-03-01 09:00"}
    others = [
        {**row, "category": "delivery"},
        {**row, "priority": "low"},
        {**row, "received_at": "2025-03-01"},
    ]
    book = make_book(clients=[C1], complaints=[row, row, *others])
    found = measure_all(derive_facts(book, standard, CALENDAR, date(2026, 3, 5)), standard)
    found = found[found["clause"] == "new.measure"].set_index(["group", "subject"])
    assert found["value"].to_dict() == {
        ("2025", "product"): 1,
        ("2026", "delivery"): 1,
        ("2026", "product"): 2,
    }
    assert found["ok"].to_dict()["2026", "product"] is False
    assert found["ok"].to_dict()["2026", "delivery"] is True
