"""What holds for all clauses and any facts."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lib.service.facts import derive_facts
from lib.service.judging import judge
from lib.service.obligations import derive_obligations
from lib.service.receipts import explain, render
from tests.service.random_worlds import worlds
from tests.service.worlds import CALENDAR, STANDARD, TZ, check_sum, make_book

nows = st.integers(0, 500 * 24 * 60).map(lambda m: datetime(2025, 9, 1, tzinfo=TZ) + timedelta(minutes=m))
# Without shrinking: a world takes some 30 ms to judge, and shrinking one takes minutes.
few = settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])


def derive(sheets, today: date):
    facts = derive_facts(make_book(**sheets), STANDARD, CALENDAR, today)
    return facts, derive_obligations(facts, STANDARD, CALENDAR, today)


def judged(sheets, now: datetime):
    facts, derived = derive(sheets, now.date())
    return facts, judge(derived, now, CALENDAR)


@few
@given(worlds, nows)
def test_the_receipt_adds_up_to_the_due_time(sheets, now):
    facts, rows = judged(sheets, now)
    for row in rows.itertuples():
        receipt = explain(row.id, rows, facts, STANDARD, CALENDAR, now)
        check_sum(receipt)
        assert receipt.due_at == row.due_at, row.id


@few
@given(worlds, nows)
def test_a_receipt_has_words_in_both_languages(sheets, now):
    facts, rows = judged(sheets, now)
    for obligation in rows["id"].iloc[:: max(1, len(rows) // 5)]:
        receipt = explain(obligation, rows, facts, STANDARD, CALENDAR, now)
        zh, en = render(receipt, "zh"), render(receipt, "en")
        assert len(zh) == len(en) >= 4
        assert receipt.to_dict()["obligation"] == obligation


@few
@given(worlds, nows)
def test_waiting_never_makes_anything_due_earlier(sheets, now):
    _, rows = judged(sheets, now)
    _, without = judged({**sheets, "waits": []}, now)
    without = without.set_index("id")
    for row in rows.itertuples():
        assert row.due_at >= row.unpaused_due_at, row.id
        if row.id in without.index:  # waiting may have let it be closed before it was due
            assert row.unpaused_due_at == without.at[row.id, "due_at"], row.id
            assert row.status_unpaused == without.at[row.id, "status"], row.id


@few
@given(worlds, nows, st.integers(1, 60 * 24 * 60))
def test_time_takes_nothing_back(sheets, now, minutes):
    """What is overdue can only become late or be found done; what is done or missed stays so."""
    _, derived = derive(sheets, now.date())
    before = judge(derived, now, CALENDAR)["status"].astype(str)
    after = judge(derived, now + timedelta(minutes=minutes), CALENDAR)["status"].astype(str)
    for earlier, later in zip(before, after, strict=True):
        if earlier == "overdue":
            assert later in ("overdue", "late", "unverified", "met")
        if earlier in ("met", "late", "unverified"):
            assert later == earlier or (earlier == "late" and later == "unverified")
        if earlier == "due_soon":
            assert later != "not_started"


@few
@given(worlds, worlds, nows)
def test_another_clients_rows_change_nothing(sheets, others, now):
    """Rows of further clients leave the obligations of the first ones as they are."""
    _, alone = judged(sheets, now)
    joined = {key: [*sheets[key], *_renamed(key, others[key])] for key in sheets}
    _, together = judged(joined, now)
    together = together[together["id"].isin(alone["id"])]
    columns = [name for name in alone.columns if name not in ("clause", "worksheet")]
    assert alone[columns].reset_index(drop=True).equals(together[columns].reset_index(drop=True))


def _renamed(worksheet, rows):
    if worksheet in ("staff", "waits"):
        return []
    renamed = [dict(row) for row in rows]
    for number, row in enumerate(renamed):
        row["id"] = f"other{number}" if worksheet != "clients" else "other_" + row["id"]
        if worksheet == "clients":
            row["name"] = row["id"]
        elif "client" in row:
            row["client"] = "other_" + row["client"]
    return renamed


@few
@given(worlds, nows)
def test_ids_are_unique_and_every_row_is_complete(sheets, now):
    _, rows = judged(sheets, now)
    assert rows["id"].is_unique
    needed = ["id", "clause", "worksheet", "record", "due_at", "unpaused_due_at", "status", "status_unpaused"]
    assert rows[needed].notna().all().all()
    assert (rows["limit_at"].isna() | (rows["limit_at"] >= rows["due_at"])).all()
    assert (rows["done_at"].isna() | (rows["done_at"] <= now)).all()
