"""The page Follow-ups through app.py: filters in the address, counts that agree with the rows."""

from __future__ import annotations

from typing import Any

import pytest

from lib.service.follow_ups import STATUS_CHOICES
from tests.pages.app_runs import open_page, texts


def shown_rows(app: Any) -> int:
    return len(app.dataframe[0].value)


def counts(app: Any) -> dict[str, int]:
    group = next(g for g in app.button_group if g.key == "follow_ups_status")
    return dict(zip(STATUS_CHOICES, (int(label.split()[-1]) for label in group.options), strict=True))


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "未来五周的到期日"), ("en", "Due dates of five weeks")]
)
@pytest.mark.usefixtures("demo_workbook")
def test_the_page_is_shown_in_both_languages(language: str, words: str) -> None:
    app = open_page("follow_ups", language)
    assert not app.exception
    assert words in texts(app)
    assert len(app.get("plotly_chart")) == 3


@pytest.mark.parametrize("status", ["open", "overdue", "due_soon", "late"])
@pytest.mark.usefixtures("demo_workbook")
def test_the_grid_holds_as_many_rows_as_the_counter_says(status: str) -> None:
    app = open_page("follow_ups", query={"follow_ups_status": status})
    assert counts(app)[status] == shown_rows(app)


@pytest.mark.usefixtures("demo_workbook")
def test_filters_come_from_the_address_and_narrow_every_count() -> None:
    every = counts(open_page("follow_ups"))
    app = open_page("follow_ups", query={"follow_ups_clause": "complaint.respond"})
    assert not app.exception
    some = counts(app)
    assert 0 < some["met"] < every["met"]
    assert all(some[status] <= every[status] for status in STATUS_CHOICES)
    assert app.multiselect(key="follow_ups_clause").value == ["complaint.respond"]


@pytest.mark.parametrize("dimension", ["owner", "clause", "group", "tier"])
@pytest.mark.usefixtures("demo_workbook")
def test_every_split_can_be_drawn(dimension: str) -> None:
    app = open_page("follow_ups", query={"follow_ups_by": dimension})
    assert not app.exception
    assert len(app.get("plotly_chart")) == 3


@pytest.mark.usefixtures("demo_workbook")
def test_nothing_that_matches_is_said_and_the_filters_can_be_cleared() -> None:
    app = open_page("follow_ups", query={"follow_ups_search": "没有这样的客户"})
    assert "没有符合条件的事项" in texts(app)
    app.button(key="follow_ups_clear").click().run()
    assert not app.exception
    assert shown_rows(app) > 0
    assert "follow_ups_search" not in app.query_params


@pytest.mark.usefixtures("empty_workbook")
def test_an_empty_workbook_says_what_to_do_first() -> None:
    app = open_page("follow_ups")
    assert not app.exception
    assert "还没有客户" in texts(app)
