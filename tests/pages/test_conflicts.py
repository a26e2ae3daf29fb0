"""The conflict desk as a visitor uses it: what is told, and what each button does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from streamlit.testing.v1 import AppTest

from lib.store.contract import AccidentKind, DeleteRow, InsertRow, UpdateCell
from lib.ui.session import desk
from tests.pages.app_runs import open_page, texts
from tests.pages.served import ServedTeam


def press(app: AppTest, label: str, number: int = 0) -> AppTest:
    button = [button for button in app.button if button.label == label][number]
    button.click().run()
    assert not app.exception
    return app


def links(app: AppTest) -> list[str]:
    return [str(link.proto.label) for link in app.get("page_link")]


def disputed(team: ServedTeam) -> None:
    team.type_in("c-hx", "城市", "海口")
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"))


@pytest.mark.parametrize(("language", "words"), [("zh", "没有需要处理的冲突"), ("en", "nothing to decide")])
@pytest.mark.usefixtures("team")
def test_an_empty_desk_says_so(language: str, words: str) -> None:
    app = open_page("conflicts", language)
    assert not app.exception
    assert words in texts(app)
    assert not any("badge" in label for label in links(app))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_both_values_and_who_wrote_them_are_shown(team: ServedTeam, language: str) -> None:
    disputed(team)
    app = open_page("conflicts", language)
    assert not app.exception
    assert {"无锡", "海口"} <= {text.value for text in app.text}
    assert "李娜" in texts(app)
    assert "恒信科技" in texts(app)
    menu = {"zh": "冲突处理 :red-badge[1]", "en": "Conflicts :red-badge[1]"}
    assert menu[language] in links(app)


def test_the_value_is_written(team: ServedTeam) -> None:
    disputed(team)
    app = press(open_page("conflicts", "en"), "Write this value")
    assert team.cell("c-hx", "城市") == "无锡"
    assert "nothing to decide" in texts(app)


def test_the_sheets_value_stays(team: ServedTeam) -> None:
    disputed(team)
    app = press(open_page("conflicts", "en"), "Keep the sheet's")
    assert team.cell("c-hx", "城市") == "海口"
    assert "nothing to decide" in texts(app)


def test_a_cell_that_changes_while_one_looks_is_not_overwritten(team: ServedTeam) -> None:
    disputed(team)
    app = open_page("conflicts", "en")
    team.type_in("c-hx", "城市", "三亚")
    press(app, "Write this value")
    assert team.cell("c-hx", "城市") == "三亚"
    assert "三亚" in {text.value for text in app.text}
    assert app.error


def test_another_value_is_checked_and_written(team: ServedTeam) -> None:
    disputed(team)
    app = open_page("conflicts", "en")
    (field,) = [field for field in app.text_input if field.label == "City"]
    assert field.value == "无锡", "one starts from what one wanted"
    field.set_value("南京")
    press(app, "Write")
    assert team.cell("c-hx", "城市") == "南京"
    assert "nothing to decide" in texts(app)


def test_a_wrong_third_value_is_refused_in_words(team: ServedTeam) -> None:
    team.type_in("c-hx", "客户名称", "恒信")
    team.write(team.ann, "c-hx", 客户名称=("恒信科技", "恒信集团"))
    app = open_page("conflicts", "en")
    (field,) = [field for field in app.text_input if field.label == "Client *"]
    field.set_value("")
    press(app, "Write")
    assert "Required, but empty" in texts(app)
    assert team.cell("c-hx", "客户名称") == "恒信"


def test_a_whole_batch_is_given_up(team: ServedTeam) -> None:
    team.type_in("c-hx", "城市", "海口")
    team.type_in("c-hx", "备注", "别动")
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"), 备注=(None, "要发票"))
    app = press(open_page("conflicts", "en"), "Keep the sheet's for all of these")
    assert "nothing to decide" in texts(app)
    assert team.cell("c-hx", "城市") == "海口"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_row_that_is_gone_comes_back(team: ServedTeam, language: str) -> None:
    team.remove("c-hx")
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"), 备注=(None, "要发票"))
    app = open_page("conflicts", language)
    assert "恒信科技" in texts(app)
    press(app, {"zh": "找回这一行并写入", "en": "Bring the row back and write"}[language])
    assert (team.cell("c-hx", "城市"), team.cell("c-hx", "备注")) == ("无锡", "要发票")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_kind_of_conflict_can_be_read(team: ServedTeam, language: str) -> None:
    team.send(team.ann, DeleteRow("客户", "c-none"))
    team.remove("c-yf")
    team.send(
        team.ann,
        UpdateCell("客户", "c-hx", "微信", None, "hx-2026"),
        UpdateCell("旧表", "x", "列", None, "值"),
        InsertRow("客户", "c-new", {"客户名称": "云杉", "微信": "ys"}),
        InsertRow("旧表", "x2", {"列": "值"}),
        InsertRow("客户", "c-hx", {"客户名称": "重号"}),
        DeleteRow("客户", "c-yf"),
        UpdateCell("客户", "c-none", "城市", None, "无锡"),
    )  # fmt: skip
    app = open_page("conflicts", language)
    assert not app.exception
    code = [block.value for block in app.code]
    assert any("hx-2026" in block for block in code), "a value that no cell can take is there to copy"
    assert any("重号" in block for block in code)
    assert team.desk.status().conflicts == 7


def test_who_may_not_decide_sees_the_buttons_switched_off(team: ServedTeam) -> None:
    team.store.edit_cell("员工", 4, 2, "审计")  # Bob
    disputed(team)
    app = open_page("conflicts", "en", actor="s-bob")
    off = {button.label: button.disabled for button in app.button}
    assert off["Write this value"]
    assert off["Keep the sheet's"]


@pytest.mark.parametrize("kind", AccidentKind)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_accident_is_explained_and_settled(team: ServedTeam, kind: AccidentKind, language: str) -> None:
    team.store.kinds = (kind,)
    app = open_page("conflicts", language)
    assert not app.exception
    assert "客户" in texts(app)
    press(app, {"zh": "确认恢复", "en": "Put it back"}[language])
    assert team.store.settled == ((kind.value, False, "王芳"),)
    assert not app.error


def test_many_conflicts_are_paged(team: ServedTeam) -> None:
    rows: list[Any] = [InsertRow("客户", f"n{n}", {"客户名称": f"新客户{n}"}) for n in range(40)]
    team.send(team.ann, *rows)
    team.send(team.lead, *[UpdateCell("客户", f"n{n}", "城市", "旧", "新") for n in range(40)])
    app = open_page("conflicts", "en")
    assert not app.exception
    shown = [button for button in app.button if button.label == "Write this value"]
    assert len(shown) == 15
    assert "40 undecided" in texts(app)


def phones(path: Path) -> list[object]:
    """The column of phones, row by row, as it stands in the file."""
    sheet = load_workbook(path)["联系人"]
    column = [cell.value for cell in sheet[1]].index("电话") + 1
    return [sheet.cell(row, column).value for row in range(2, sheet.max_row + 1)]


def sort_phones_alone(path: Path) -> None:
    """What happens when somebody selects one column only and presses sort."""
    book = load_workbook(path)
    sheet = book["联系人"]
    column = [cell.value for cell in sheet[1]].index("电话") + 1
    held = sorted((str(value) for value in phones(path) if value is not None), reverse=True)
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, column).value = held[row - 2] if row - 2 < len(held) else None
    book.save(path)


def test_a_column_sorted_on_its_own_is_put_back(demo_workbook: Path) -> None:
    open_page("today", "en")
    before = phones(demo_workbook)
    sort_phones_alone(demo_workbook)
    assert phones(demo_workbook) != before
    app = open_page("conflicts", "en")
    assert "sorted on its own" in texts(app)
    assert phones(demo_workbook) != before, "nothing is done before somebody decides"
    press(app, "Put it back")
    assert desk().store.settle(20)
    assert phones(demo_workbook) == before
    assert "nothing to decide" in texts(app.run())
