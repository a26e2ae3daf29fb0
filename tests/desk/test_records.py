"""Forms of any record: what a new one starts with, and that defaults are only a start."""

from __future__ import annotations

from lib.desk import records as counter
from tests.desk.test_core import NOW, make_desk


def test_a_new_record_starts_with_the_moment_and_whoever_fills_it_in() -> None:
    desk = make_desk("Rep", "Supervisor")
    form = counter.form(desk, desk.actor("s1"), "interactions", None, {"client": "c1"})
    assert form is not None
    assert form.values == {"client": "c1", "by": "s1", "occurred_at": NOW, "recorded_at": NOW}


def test_what_the_address_gives_comes_before_a_default() -> None:
    desk = make_desk("Rep", "Supervisor")
    form = counter.form(desk, desk.actor("s1"), "complaints", None, {"owner": "s0"})
    assert form is not None
    assert form.values["owner"] == "s0"


def test_a_date_starts_with_the_day_alone() -> None:
    desk = make_desk("Rep", "Supervisor")
    form = counter.form(desk, desk.actor("s1"), "rules", None, {})
    assert form is not None
    assert form.values["effective_from"] == NOW.date()
    assert type(form.values["effective_from"]) is type(NOW.date())
