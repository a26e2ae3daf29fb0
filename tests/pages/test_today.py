"""The page Today through app.py, in both languages, over the demo, the template and small workbooks."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.util import calc_hash

from lib.service.queue import PILES
from tests.pages.app_runs import open_page, texts


def piles(app: object) -> list[str]:
    group = next(g for g in app.button_group if g.key == "today_pile")  # type: ignore[attr-defined]
    return list(group.options)


def entries(app: object) -> int:
    return sum(button.key.startswith("today_why:") for button in app.button if button.key)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("language", "words"), [("zh", ("逾期", "期限", "为什么")), ("en", ("overdue", "due", "Why?"))]
)
@pytest.mark.usefixtures("demo_workbook")
def test_the_queue_is_shown_in_both_languages(language: str, words: tuple[str, ...]) -> None:
    app = open_page("today", language)
    assert not app.exception
    assert all(word in texts(app) for word in words)
    assert entries(app) > 0


@pytest.mark.usefixtures("demo_workbook")
def test_each_pile_shows_as_many_entries_as_its_counter_says() -> None:
    for number, pile in enumerate(PILES):
        app = open_page("today", query={"today_pile": pile})
        promised = int(piles(app)[number].split()[-1])
        assert entries(app) == min(promised, 20)


@pytest.mark.usefixtures("demo_workbook")
def test_reps_see_their_own_queue_first_and_cannot_hand_over() -> None:
    app = open_page("today")
    rep = next(code for code in app.selectbox(key="actor_id").options if "销售代表" in code)
    app.selectbox(key="actor_id").select(rep).run()
    scope = next(g for g in app.button_group if g.key == "today_scope")
    assert scope.value == "mine"
    assert all("转交" not in menu.options for menu in app.menu_button)
    assert not app.exception


@pytest.mark.usefixtures("demo_workbook")
def test_ticking_rows_opens_the_bar_for_many() -> None:
    app = open_page("today")
    ticks = [box for box in app.checkbox if box.key and box.key.startswith("today_tick:")]
    ticks[0].check()
    ticks[1].check()
    app.run()
    assert "已选 2 项" in texts(app)
    app.button(key="today_ticked_postpone").click().run()
    assert not app.exception
    assert app.session_state["_dialog"][0] == "postpone"
    app.button(key="today_tick_all").click().run()
    assert "已选" not in texts(app)


@pytest.mark.usefixtures("demo_workbook")
def test_a_menu_choice_opens_its_dialog() -> None:
    app = open_page("today")
    app.menu_button[0].click("postpone").run()
    assert not app.exception
    assert app.session_state["_dialog"][0] == "postpone"


@pytest.mark.usefixtures("demo_workbook")
def test_a_dialog_does_not_follow_to_another_page() -> None:
    app = open_page("today")
    app.menu_button[0].click("postpone").run()
    assert "_dialog" in app.session_state
    app._page_hash = calc_hash("follow_ups")
    app.run()
    assert not app.exception
    assert "_dialog" not in app.session_state


@pytest.mark.usefixtures("demo_workbook")
def test_the_receipt_of_the_first_entry_names_the_clause_and_the_cell() -> None:
    app = open_page("today", "en")
    next(b for b in app.button if b.key and b.key.startswith("today_why:")).click().run()
    assert not app.exception
    receipt = "\n".join(code.value for code in app.code)
    assert "Clause:" in receipt
    assert "Verdict:" in receipt


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "还没有客户"), ("en", "no clients in the spreadsheet")]
)
@pytest.mark.usefixtures("empty_workbook")
def test_an_empty_workbook_says_what_to_do_first(language: str, words: str) -> None:
    app = open_page("today", language)
    assert not app.exception
    assert words in texts(app)


def test_nothing_due_is_said_kindly(empty_workbook: Path) -> None:
    from lib.desk import Desk
    from lib.desk.records import form, save
    from lib.settings import Settings
    from lib.store.workbook import WorkbookStore

    desk = Desk(WorkbookStore(str(empty_workbook)), Settings(store=str(empty_workbook)))
    opened = form(desk, desk.actor(None), "clients", None, {})
    assert opened is not None
    assert save(desk, desk.actor(None), "op", opened, {"name": "恒信科技"}).saved
    app = open_page("today")
    assert "都处理完了" in texts(app)


@pytest.mark.parametrize("query", [{"today_pile": "nonsense"}, {"today_scope": "x", "today_owner": "y"}])
@pytest.mark.usefixtures("demo_workbook")
def test_a_wrong_address_still_shows_the_queue(query: dict[str, str]) -> None:
    app = open_page("today", query=query)
    assert not app.exception
    assert entries(app) > 0
