"""The Clients page as a visitor sees it, in both languages."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from lib.desk.clients import load_view, view
from lib.service.client_list import ClientFilter
from lib.ui.session import desk
from tests.pages.app_runs import open_page, texts

WORDS = {
    "zh": {
        "list": "只看这些",
        "flow": "点色带上的数字",
        "load": "每位销售代表 10 至 15 个客户",
        "pin": "指定等级",
    },
    "en": {
        "list": "Show these",
        "flow": "Click the number on a band",
        "load": "10 to 15 clients",
        "pin": "Pin a tier",
    },
}
LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


def matching(wanted: ClientFilter) -> int:
    """How many clients of the workbook behind the app a filter keeps."""
    return view(desk(), desk().actor(None), wanted, "tier").matching


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


@LANGUAGES
@pytest.mark.usefixtures("demo_workbook")
def test_the_list_shows_tiles_and_rows(language: str) -> None:
    app = open_page("clients", language)
    assert not app.exception
    assert not app.error
    assert WORDS[language]["list"] in texts(app)
    assert metrics(app)["VIP"] == str(matching(ClientFilter(tiers=("vip",))))
    (grid,) = app.dataframe
    assert len(grid.value) == matching(ClientFilter())
    assert not grid.value["reason"].str.contains("nan|None|NaT", regex=True).any()
    assert not grid.value["dormancy"].str.contains("nan|None|NaT", regex=True).any()


@LANGUAGES
@pytest.mark.usefixtures("demo_workbook")
def test_tier_changes_show_a_diagram_and_the_same_as_a_table(language: str) -> None:
    app = open_page("clients", language, {"clients_view": "flow"})
    assert not app.exception
    assert WORDS[language]["flow"] in texts(app)
    assert len(app.get("plotly_chart")) == 1
    (table,) = app.dataframe
    assert table.value["clients"].sum() == matching(ClientFilter())
    assert sum(int(value) for value in metrics(app).values()) == matching(ClientFilter())


@pytest.mark.usefixtures("demo_workbook")
def test_a_move_in_the_address_lists_its_clients() -> None:
    app = open_page("clients", query={"clients_view": "flow", "clients_move": "up"})
    assert not app.exception
    movers, table = (grid.value for grid in app.dataframe)
    risen = table.loc[table["way"] == "升级", "clients"].sum()
    assert len(movers) == risen > 0
    app = open_page("clients", query={"clients_view": "flow", "clients_move": "vip>nowhere"})
    assert not app.exception
    assert len(app.dataframe) == 1


@pytest.mark.usefixtures("demo_workbook")
def test_days_in_the_wrong_order_are_said() -> None:
    days = {"clients_from": "2026-11-20", "clients_to": "2026-05-01"}
    app = open_page("clients", query={"clients_view": "flow", **days})
    assert not app.exception
    assert "「从」要早于「到」" in texts(app)


@LANGUAGES
@pytest.mark.usefixtures("demo_workbook")
def test_the_load_of_each_rep(language: str) -> None:
    app = open_page("clients", language, {"clients_view": "load"})
    assert not app.exception
    assert WORDS[language]["load"] in texts(app)
    (table,) = app.dataframe
    assert len(table.value) == len(load_view(desk(), desk().actor(None)).loads)
    assert sum(int(value) for value in metrics(app).values()) == len(table.value)


@pytest.mark.usefixtures("demo_workbook")
def test_filters_come_from_the_address_and_unknown_codes_are_ignored() -> None:
    app = open_page("clients", query={"clients_tier": "key"})
    assert len(app.dataframe[0].value) == matching(ClientFilter(tiers=("key",))) > 0
    app = open_page("clients", query={"clients_tier": "<b>", "clients_view": "nowhere"})
    assert not app.exception
    assert len(app.dataframe[0].value) == matching(ClientFilter())


@pytest.mark.usefixtures("demo_workbook")
def test_a_tile_narrows_the_list_and_lets_go_again() -> None:
    app = open_page("clients")
    app.button(key="tile:ordinary").click().run()
    assert not app.exception
    assert app.session_state["clients_tier"] == ["ordinary"]
    assert "ordinary" in app.query_params["clients_tier"]
    assert len(app.dataframe[0].value) == matching(ClientFilter(tiers=("ordinary",)))
    app.button(key="tile:ordinary").click().run()
    assert "clients_tier" not in app.query_params
    assert len(app.dataframe[0].value) == matching(ClientFilter())


@pytest.mark.usefixtures("demo_workbook")
def test_nothing_found_offers_to_clear_the_filters() -> None:
    app = open_page("clients", query={"clients_search": "no such client"})
    assert not app.exception
    assert "没有符合条件的客户" in texts(app)
    (clear,) = [button for button in app.button if button.label == "清除筛选"]
    clear.click().run()
    assert len(app.dataframe[0].value) == matching(ClientFilter())


@pytest.mark.usefixtures("demo_workbook")
def test_only_some_roles_may_pin() -> None:
    for role in ("rep", "manager"):
        open_page("clients")  # the desk exists from here on
        staff = next(person for person in desk().staff() if person.role == role)
        app = open_page("clients", actor=staff.staff_id)
        assert app.button(key="clients_pin").disabled == (role == "rep")


@LANGUAGES
@pytest.mark.parametrize("section", ["list", "flow", "load"])
@pytest.mark.usefixtures("empty_workbook")
def test_an_empty_workbook_says_what_to_do_first(language: str, section: str) -> None:
    app = open_page("clients", language, {"clients_view": section})
    assert not app.exception
    assert not app.dataframe
    assert ("新增客户" if language == "zh" else "Add a client") in texts(app)
