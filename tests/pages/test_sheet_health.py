"""The page Sheet health: every problem with its place and reason, safe fixes at once, and nothing breaks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from lib.desk import sheet_health as counter
from lib.desk.access import Actor, Refused
from lib.desk.sheet_health import HealthFilters
from lib.store.workbook import WorkbookStore
from lib.ui.session import desk
from tests.pages.app_runs import open_page, texts

AUDITOR = Actor("s9", "审计", "auditor")
HOSTILE = "![x](http://evil.example/p.png) <script>alert(1)</script>"
SAFE = {("交易", "金额", 2): "¥1,200", ("交易", "金额", 3): "3万", ("客户", "合作开始", 2): "2025年3月5日"}
UNSAFE = {("客户", "合作开始", 3): "去年", ("交易", "金额", 4): "面议", ("联系人", "邮箱", 2): HOSTILE}


def break_cells(path: Path, cells: Mapping[tuple[str, str, int], str]) -> None:
    book = openpyxl.load_workbook(path)
    for (sheet, header, row), value in cells.items():
        headers = [cell.value for cell in book[sheet][1]]
        book[sheet].cell(row, headers.index(header) + 1).value = value
    book.save(path)


@pytest.fixture
def broken(demo_workbook: Path) -> Path:
    break_cells(demo_workbook, {**SAFE, **UNSAFE})
    return demo_workbook


def problems() -> set[tuple[str, str, int]]:
    """Where the broken cells are still listed; the demo has some problems of its own."""
    table = desk().board().problems
    places = set(zip(table["sheet"], table["header"], table["row"].astype(int), strict=True))
    return places & {*SAFE, *UNSAFE}


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def press(app: AppTest, beginning: str) -> AppTest:
    (button,) = [button for button in app.button if button.label.startswith(beginning)]
    button.click().run()
    assert not app.exception
    return app


@pytest.mark.usefixtures("broken")
def test_problems_are_listed_with_place_value_and_reason() -> None:
    app = open_page("sheet_health", "en")
    assert not app.exception
    rows = app.dataframe[0].value
    (dated,) = rows[
        (rows["sheet"] == "客户") & (rows["header"] == "合作开始") & (rows["value"] == "去年")
    ].to_dict("records")
    assert dated["cell"].endswith("3")
    assert dated["reason"] == "This is not a date; write it like 2026-03-05"
    assert dated["fix"] == ""
    assert metrics(app)["To check"] == str(len(desk().board().problems))


def test_fix_all_writes_the_safe_ones_and_only_those(broken: Path) -> None:
    app = open_page("sheet_health", "zh")
    assert problems() == {*SAFE, *UNSAFE}
    press(app, "修正符合条件的")
    assert problems() == set(UNSAFE)
    amounts = WorkbookStore(broken).read().sheets["交易"].column("金额").tolist()
    assert amounts[:3] == [1200, 30000, "面议"]
    assert metrics(app)["可一键修正"] == "0"
    press(app, "撤销")
    assert problems() == {*SAFE, *UNSAFE}


@pytest.mark.usefixtures("broken")
def test_filters_narrow_what_is_listed_and_fixed() -> None:
    app = open_page("sheet_health", "zh", {"health_sheet": "clients"})
    assert set(app.dataframe[0].value["sheet"]) == {"客户"}
    press(app, "修正符合条件的")
    assert {place[0] for place in problems() & set(SAFE)} == {"交易"}


@pytest.mark.usefixtures("broken")
def test_an_auditor_may_look_but_the_desk_refuses_to_fix() -> None:
    view = counter.view(desk(), AUDITOR, HealthFilters(), "zh")
    assert not view.may_fix
    with pytest.raises(Refused):
        counter.apply_fixes(desk(), AUDITOR, "o1", view.safe_ids)
    assert problems() == {*SAFE, *UNSAFE}


@pytest.mark.usefixtures("broken")
def test_a_cell_changed_since_it_was_read_is_not_overwritten(broken: Path) -> None:
    seen = counter.view(desk(), desk().actor(None), HealthFilters(), "zh")
    break_cells(broken, {("交易", "金额", 2): "¥9,900"})
    counter.apply_fixes(desk(), desk().actor(None), "o1", seen.safe_ids)
    assert (
        WorkbookStore(broken).read().sheets["交易"].column("金额")[0] == 9900
    )  # its own fix, of what is there now


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "没有读不懂的内容"), ("en", "Everything in the sheet can be read")]
)
@pytest.mark.usefixtures("empty_workbook")
def test_a_sheet_without_problems_says_so(language: str, words: str) -> None:
    app = open_page("sheet_health", language)
    assert words in texts(app)
    assert not app.exception


@pytest.mark.parametrize(
    "page", ["today", "follow_ups", "clients", "client", "complaints", "records", "standard"]
)
@pytest.mark.parametrize("lost", ["worksheet", "column"])
def test_a_lost_worksheet_or_column_is_a_problem_and_other_pages_work(
    demo_workbook: Path, page: str, lost: str
) -> None:
    book = openpyxl.load_workbook(demo_workbook)
    if lost == "worksheet":
        del book["投诉"]
    else:
        headers = [cell.value for cell in book["交易"][1]]
        book["交易"].delete_cols(headers.index("客户名称") + 1)
    book.save(demo_workbook)
    app = open_page(page)
    assert not app.exception
    assert f"missing_{'sheet' if lost == 'worksheet' else 'column'}" in set(desk().board().problems["code"])


@pytest.mark.usefixtures("broken")
def test_text_from_cells_reaches_no_markdown() -> None:
    app = open_page("sheet_health", "zh")
    assert "evil.example" not in texts(app)
