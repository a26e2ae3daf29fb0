"""Measures with their numerators, denominators and bounds."""

from __future__ import annotations

from math import isnan

from hypothesis import given, settings
from hypothesis import strategies as st

from lib.service.measures import measure_all
from tests.service.worlds import STANDARD, facts_on

CLIENTS = [{"id": f"c{n}", "name": f"客户{n}"} for n in range(1, 5)]


def measured(clause, on="2026-03-05", **sheets):
    found = measure_all(facts_on(on, **{"clients": CLIENTS, **sheets}), STANDARD)
    return found[found["clause"] == clause].set_index("subject")


def test_clients_per_representative_leave_out_the_dormant():
    staff = [{"id": "s1", "name": "王", "role": "rep"}, {"id": "s2", "name": "李", "role": "rep"}]
    staff += [{"id": "s3", "name": "赵", "role": "rep", "left_on": "2025-01-01"}]
    many = [{"id": f"k{n}", "name": f"k{n}", "owner": "s1"} for n in range(17)]
    old = [{"client": "k0", "amount": 1, "purchased_on": "2025-01-01"}]
    found = measured("load.per_rep", clients=many, staff=staff, transactions=old)
    assert found["value"].to_dict() == {"s1": 16, "s2": 0}
    assert found[["low", "high", "ok"]].values.tolist() == [[10, 15, False], [10, 15, False]]


def test_confirmed_complaints_by_department_and_year():
    row = {"client": "c1", "department": "物流", "confirmed": True, "received_at": "2026-01-05 10:00"}
    rows = [
        row,
        row,
        {**row, "confirmed": None},
        {**row, "received_at": "2025-12-31 23:30"},
        {**row, "department": None},
    ]
    found = measured("complaint.accountability", complaints=rows)
    assert list(zip(found["group"], found["value"], strict=True)) == [("2025", 1), ("2026", 2)]
    assert found["ok"].all()


def test_data_accuracy_counts_readable_cells():
    facts = facts_on("2026-03-05", clients=CLIENTS)
    facts.tables["clients"]["_filled"] = [25, 25, 25, 25]
    for unreadable, value, ok in ((2, 98.0, True), (3, 97.0, False)):
        facts.tables["clients"]["_unreadable"] = [unreadable, 0, 0, 0]
        found = measure_all(facts, STANDARD)
        row = found[found["clause"] == "record.accuracy"].iloc[0]
        assert (row["value"], row["ok"]) == (value, ok)
        assert (row["numerator"], row["denominator"]) == (100 - unreadable, 100)


def test_an_empty_book_has_no_accuracy():
    assert len(measured("record.accuracy", clients=[])) == 0


def test_a_fall_of_purchases_is_a_churn_signal():
    def sale(client, amount, on):
        return {"client": client, "amount": amount, "purchased_on": on}

    sales = [
        sale("c1", 100, "2025-08-01"),
        sale("c1", 49, "2025-12-01"),
        sale("c2", 100, "2025-09-05"),  # exactly six months ago: in the months before
        sale("c2", 50, "2025-09-06"),
        sale("c3", 100, "2025-12-01"),  # nothing to compare with
    ]
    found = measured("tier.basis", transactions=sales)
    assert found["value"].to_dict() == {"c1": 49, "c2": 50}
    assert found["ok"].to_dict() == {"c1": False, "c2": True}
    assert found.loc["c1", ["numerator", "denominator"]].tolist() == [49, 100]


def test_tiers_are_counted_out_of_all_clients():
    sales = [{"client": "c1", "amount": 600_000, "purchased_on": "2025-06-01"}]
    for clause, value in (("tier.key", 1), ("tier.potential", 3), ("tier.dormant", 1), ("tier.vip", 0)):
        row = measured(clause, transactions=sales).iloc[0]
        assert (row["value"], row["denominator"], isnan(row["low"])) == (value, 4, True)


def greetings(*rows):
    return [
        {"client": client, "occurred_at": f"{on} 09:00", "kind": "greeting", "summary": text}
        for client, on, text in rows
    ]


def test_one_greeting_for_several_clients_is_a_template():
    rows = greetings(
        ("c1", "2026-02-10", "新年好 王总"),
        ("c2", "2026-02-12", "新年好王总"),
        ("c3", "2026-02-12", "李总好"),
    )
    found = measured("greeting.personal", interactions=rows)
    assert found["value"].tolist() == [1, 2, 1]
    assert found["ok"].tolist() == [True, False, True]


def test_the_same_client_may_hear_the_same_words_again():
    rows = greetings(("c1", "2026-02-10", "好"), ("c1", "2026-02-12", "好"), ("c2", "2026-03-20", "好"))
    assert measured("greeting.personal", interactions=rows)["ok"].all()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 70), st.sampled_from("甲乙")), max_size=14))
def test_repeats_agree_with_a_plain_count(sent):
    rows = greetings(
        *[(f"c{who}", f"2026-{1 + day // 28:02d}-{1 + day % 28:02d}", text) for who, day, text in sent]
    )
    ordinal = [(who, _day_number(day), text) for who, day, text in sent]
    expected = [
        len({who for who, at, text in ordinal if text == mine and day - 30 <= at <= day})
        for _, day, mine in ordinal
    ]
    assert measured("greeting.personal", interactions=rows)["value"].tolist() == expected


def _day_number(day):
    return {0: 0, 1: 31, 2: 59}[day // 28] + day % 28
