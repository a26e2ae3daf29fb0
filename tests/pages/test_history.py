"""The page History and a record's past on its own page, as a visitor uses them."""

from __future__ import annotations

import time

import pytest
from streamlit.testing.v1 import AppTest

from lib.desk.history import PAGE_LINES
from lib.store.contract import UpdateCell
from tests.pages.app_runs import open_page, texts
from tests.pages.served import ServedTeam
from tests.pages.test_conflicts import press


def edited(team: ServedTeam) -> None:
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"), 备注=(None, "要*发票*"))
    team.type_in("c-hx", "城市", "海口")


def shown(app: AppTest) -> list[tuple[str, ...]]:
    frame = app.dataframe[0].value
    return list(frame[["who", "column", "before", "after"]].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "还没有任何修改"), ("en", "Nothing has been changed")]
)
@pytest.mark.usefixtures("team")
def test_without_changes_the_page_says_so(language: str, words: str) -> None:
    app = open_page("history", language)
    assert not app.exception
    assert words in texts(app)


@pytest.mark.parametrize(
    ("language", "sheet", "whole"),
    [("zh", "直接在表格中", "历史完整：3 条"), ("en", "In the sheet", "whole: 3 entries")],
)
def test_all_changes_are_listed_newest_first(team: ServedTeam, language: str, sheet: str, whole: str) -> None:
    edited(team)
    app = open_page("history", language)
    assert not app.exception
    assert shown(app) == [
        (sheet, "城市", "无锡", "海口"),
        ("李娜", "备注", "", "要*发票*"),
        ("李娜", "城市", "苏州", "无锡"),
    ]
    assert whole in texts(app)


def test_the_address_narrows_the_list(team: ServedTeam) -> None:
    edited(team)
    team.write(team.lead, "c-yf", 备注=(None, "转手"))
    for query, count in (
        ({"history_person": "李娜"}, 2),
        ({"history_origin": "spreadsheet"}, 1),
        ({"history_search": "远帆"}, 1),
        ({"history_sheet": "clients", "history_period": "7"}, 4),
    ):
        assert len(shown(open_page("history", "en", query))) == count
    app = open_page("history", "en", {"history_search": "没有这个"})
    assert "No change matches" in texts(app)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_broken_chain_is_told_with_the_entry(team: ServedTeam, language: str) -> None:
    edited(team)
    team.store.broken_at = 2
    app = open_page("history", language)
    assert "2" in app.error[0].value


def test_a_very_long_chain_is_checked_only_when_asked(
    team: ServedTeam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.ui.history_parts.CHECKED_UNASKED", 2)
    edited(team)
    app = open_page("history", "en")
    assert "is whole:" not in texts(app)
    assert "is whole: 3 entries" in texts(press(app, "Check that the history is whole"))


def test_ten_thousand_entries_are_paged(team: ServedTeam) -> None:
    team.send(team.ann, *[UpdateCell("客户", "c-hx", "备注", n or None, n + 1) for n in range(10_000)])
    app = open_page("history", "en")
    assert len(app.dataframe[0].value) == PAGE_LINES
    before = time.process_time()
    press(app, "Older")
    assert time.process_time() - before < 2.0
    assert str(app.dataframe[0].value.index[0]) == str(10_000 - PAGE_LINES)
    press(app, "Newer")
    assert str(app.dataframe[0].value.index[0]) == "10000"


# --- one record's past ----------------------------------------------------------------------------


def open_record(record: str = "c-hx", language: str = "en", actor: str | None = None) -> AppTest:
    return open_page("records", language, {"worksheet": "clients", "record": record}, actor)


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("records", {"worksheet": "clients", "record": "c-hx"}),
        ("client", {"client": "c-hx"}),
    ],
)
@pytest.mark.parametrize(("language", "button"), [("zh", "改回"), ("en", "Put back")])
def test_the_past_is_on_the_records_own_page(
    team: ServedTeam, page: str, query: dict[str, str], language: str, button: str
) -> None:
    edited(team)
    app = open_page(page, language, query)
    assert not app.exception
    told = texts(app)
    assert "**城市**: 无锡 → 海口" in told
    assert "要\\*发票\\*" in told, "what people wrote is shown as it is, never as formatting"
    assert len([each for each in app.button if each.label == button]) == 3


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_complaint_has_its_past(team: ServedTeam, language: str) -> None:
    team.store.edit_cell("投诉", 2, 3, "屏幕碎裂，要换新")
    team.store.history()
    app = open_page("complaints", language, {"complaint": "k-1"})
    assert not app.exception
    assert "屏幕碎裂 → 屏幕碎裂，要换新" in texts(app)


def test_one_change_is_put_back_and_the_form_shows_it(team: ServedTeam) -> None:
    edited(team)
    app = press(open_record(), "Put back")
    assert team.cell("c-hx", "城市") == "无锡"
    (city,) = [field for field in app.text_input if field.label == "City"]
    assert city.value == "无锡"


def test_a_cell_changed_since_stays_and_is_a_conflict(team: ServedTeam) -> None:
    edited(team)
    app = press(open_record(), "Put back", 2)  # the older change of the same cell
    assert team.cell("c-hx", "城市") == "海口"
    assert "海口" in app.error[0].value
    assert team.desk.status().conflicts == 1


def test_the_record_goes_back_after_a_look_at_what_would_change(team: ServedTeam) -> None:
    edited(team)
    app = press(open_record(), "Go back to before this", 1)
    assert "**城市**: 海口 → 苏州" in texts(app)
    assert team.cell("c-hx", "城市") == "海口"
    press(app, "Go back to this")
    assert (team.cell("c-hx", "城市"), team.cell("c-hx", "备注")) == ("苏州", None)
    assert "Go back to this" not in texts(app)


def test_the_record_goes_back_to_a_time_that_one_chooses(team: ServedTeam) -> None:
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"))
    moment = team.clock().replace(tzinfo=None)
    team.type_in("c-hx", "城市", "海口")
    app = open_record()
    app.datetime_input[0].set_value(moment)
    press(app, "See what would change")
    assert "**城市**: 海口 → 无锡" in texts(app)
    press(app, "Go back to this")
    assert team.cell("c-hx", "城市") == "无锡"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_deleted_row_is_found_in_the_list_and_on_its_page(team: ServedTeam, language: str) -> None:
    team.remove("c-hx")
    app = open_page("records", language, {"worksheet": "clients"})
    assert "恒信科技" in [button.label for button in app.button]
    app = open_record(language=language)
    press(app, {"zh": "找回这一行", "en": "Bring the row back"}[language])
    assert team.cell("c-hx", "城市") == "苏州"


def test_who_may_only_look_sees_the_past_without_buttons(team: ServedTeam) -> None:
    team.store.edit_cell("员工", 4, 2, "审计")  # Bob
    edited(team)
    app = open_record(actor="s-bob")
    assert "**城市**: 无锡 → 海口" in texts(app)
    assert not [button for button in app.button if button.label in ("Put back", "Go back to before this")]
