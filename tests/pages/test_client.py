"""The page of one client as a visitor sees it, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from lib.desk.client import view as client_view
from lib.desk.clients import listed_clients
from lib.store.contract import Batch, InsertRow
from lib.store.workbook import WorkbookStore
from lib.ui.session import desk
from tests.pages.app_runs import open_page, texts

HEADINGS = {
    "zh": ("联系人", "应办事项", "往来记录", "购买走势"),
    "en": ("Contacts", "What is due", "Timeline", "Purchases"),
}
LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


def listed() -> pd.DataFrame:
    open_page("clients")  # the desk exists from here on
    return listed_clients(desk().board())


def first(rows: pd.DataFrame) -> str:
    return str(rows.index[0])


def a_buyer() -> str:
    """The client that bought most."""
    return str(listed()["trailing_amount"].idxmax())


def viewed(client: str) -> Any:
    return client_view(desk(), desk().actor(None), client, "zh")


def open_client(client: str, language: str = "zh", **query: str) -> AppTest:
    app = open_page("client", language, {"client": client, **query})
    assert not app.exception
    assert not app.error
    return app


@LANGUAGES
@pytest.mark.usefixtures("demo_workbook")
def test_a_client_shows_its_header_figures_and_sections(language: str) -> None:
    rows, client = listed(), a_buyer()
    app = open_client(client, language)
    shown = texts(app)
    for heading in HEADINGS[language]:
        assert heading in shown
    assert rows.at[client, "name"] in shown
    assert app.metric[-1].value == str(rows.at[client, "overdue"])
    assert len(app.get("plotly_chart")) == 1
    for bad in ("NaT", "NaN", "nan", "None"):
        assert bad not in shown


@LANGUAGES
@pytest.mark.parametrize("state", ["dormant", "soon", "never"])
@pytest.mark.usefixtures("demo_workbook")
def test_clients_of_every_state_can_be_opened(language: str, state: str) -> None:
    rows = listed()
    chosen = rows[rows["state"] == state]
    if chosen.empty:
        raise AssertionError(f"the demo has no client in state {state}")
    open_client(first(chosen), language)


@pytest.mark.usefixtures("demo_workbook")
def test_the_timeline_pages_through_every_entry() -> None:
    rows = listed()
    client = max(rows[rows["tier"] == "key"].index, key=lambda each: len(viewed(each).entries))
    entries = viewed(client).entries
    assert len(entries) > 12
    app = open_client(client)
    days = [f"{entry.at.month}月{entry.at.day}日" for entry in entries.head(12).itertuples()]
    bold = [str(element.value) for element in app.markdown if str(element.value).startswith("**")]
    assert [day for day in days if any(day in text for text in bold)] == days


@pytest.mark.usefixtures("demo_workbook")
def test_one_kind_at_a_time() -> None:
    client = a_buyer()
    kinds = viewed(client).entries["worksheet"].value_counts()
    app = open_client(client, client_kind="transactions")
    (box,) = [box for box in app.selectbox if box.key == "client_kind"]
    assert box.value == "transactions"
    assert f"交易（{kinds['transactions']}）" in box.options
    open_client(client, client_kind="no such kind")


@pytest.mark.usefixtures("demo_workbook")
def test_a_figure_shows_its_rows() -> None:
    client = a_buyer()
    app = open_client(client)
    app.button(key="figure:amount").click().run()
    assert not app.exception
    assert app.session_state["client_kind"] == "transactions"
    assert "transactions" in app.query_params["client_kind"]


@pytest.mark.usefixtures("demo_workbook")
def test_open_and_done_obligations() -> None:
    client = first(listed()[lambda rows: rows["overdue"] > 0])
    obligations = viewed(client).obligations
    receipts = [button for button in open_client(client).button if str(button.key).startswith("receipt:")]
    assert receipts[0].key == f"receipt:{obligations.index[0]}"
    assert len(receipts) == min(8, int(obligations["is_open"].sum()))
    done = open_client(client, client_obligations="closed")
    keys = [button.key for button in done.button if str(button.key).startswith("receipt:")]
    assert keys == [f"receipt:{i}" for i in obligations.index[~obligations["is_open"]][:8]]


@LANGUAGES
@pytest.mark.usefixtures("demo_workbook")
def test_an_unknown_client_is_said_and_can_be_looked_up(language: str) -> None:
    name = listed()["name"].iloc[0]
    app = open_page("client", language, {"client": "no-such-id"})
    assert not app.exception
    assert ("找不到这个客户" if language == "zh" else "There is no such client") in texts(app)
    app.text_input(key="client_search").set_value(name).run()
    assert not app.exception
    assert name in texts(app).replace("\\", "")
    (found,) = [button for button in app.button if button.label.replace("\\", "") == name]
    found.click().run()
    assert not app.exception
    assert not app.warning
    assert name in str(app.title[0].value).replace("\\", "")


@pytest.mark.usefixtures("demo_workbook")
def test_without_an_id_a_client_is_chosen() -> None:
    app = open_page("client")
    assert not app.exception
    assert not app.warning
    assert app.text_input(key="client_search")


@LANGUAGES
@pytest.mark.usefixtures("empty_workbook")
def test_an_empty_workbook_says_what_to_do_first(language: str) -> None:
    for query in ({}, {"client": "c-1"}):
        app = open_page("client", language, query)
        assert not app.exception
        assert ("新增客户" if language == "zh" else "Add a client") in texts(app)


def test_an_auditor_may_look_but_change_nothing(demo_workbook: Path) -> None:
    client = first(listed())
    assert not open_client(client).button(key="action:record_contact").disabled
    hire = InsertRow("员工", "auditor-1", {"姓名": "何审", "角色": "审计"})
    WorkbookStore(str(demo_workbook)).commit(Batch("hire", "test", desk().now(), (hire,)))
    app = open_page("client", query={"client": client}, actor="auditor-1")
    assert not app.exception
    assert app.button(key="action:record_contact").disabled
    assert app.button(key="client_pin").disabled
