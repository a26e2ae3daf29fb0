"""The Complaints page as a visitor sees it, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from lib.__main__ import main
from lib.desk.complaints import ComplaintFilters, view
from lib.service.complaints import FOCUSES
from lib.store.contract import Batch, UpdateCell
from lib.store.workbook import WorkbookStore
from lib.ui.session import desk
from tests.pages.app_runs import open_page, texts

HEADINGS = {
    "zh": ("投诉漏斗", "各阶段停留", "卡在哪里", "每月受理与解决", "投诉热点", "多次投诉的客户"),
    "en": ("Complaint funnel", "Time in stage", "Where they get stuck", "Received and resolved", "Hot spots"),
}


def rows_of_demo() -> pd.DataFrame:
    """All complaints of the workbook that the app runs over."""
    return view(desk(), desk().actor(None), ComplaintFilters(period="all")).rows


def some(focus: str) -> str:
    """A complaint of the demo for which a code of FOCUSES holds."""
    rows = rows_of_demo()
    return str(rows.index[FOCUSES[focus](rows)][0])


def in_stage(stage: str) -> str:
    rows = rows_of_demo()
    return str(rows.index[(rows["stage"] == stage) & ~rows["waiting"]][0])


def cell(path: Path, record: str, header: str) -> Any:
    sheet = WorkbookStore(str(path)).read().sheets["投诉"]
    return sheet.column(header)[list(sheet.ids).index(record)]


def open_one(record: str, language: str = "zh") -> AppTest:
    app = open_page("complaints", language, {"complaint": record})
    assert not app.exception
    return app


def address(app: AppTest, key: str) -> str:
    """What the address says, however it is kept."""
    held = app.query_params[key]
    return held if isinstance(held, str) else held[0]


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    button.click().run()
    assert not app.exception
    return app


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.usefixtures("demo_workbook")
def test_the_board_shows_its_figures(language: str) -> None:
    app = open_page("complaints", language)
    assert not app.exception
    assert not app.error
    shown = texts(app)
    for heading in HEADINGS[language]:
        assert heading in shown
    received = len(rows_of_demo())
    assert app.metric[0].value == str(received)
    assert len(app.get("plotly_chart")) == 3


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.usefixtures("empty_workbook")
def test_an_empty_workbook_says_what_to_do_first(language: str) -> None:
    app = open_page("complaints", language)
    assert not app.exception
    assert not app.metric
    assert ("登记投诉" if language == "zh" else "Register a complaint") in texts(app)


@pytest.mark.usefixtures("demo_workbook")
def test_the_search_narrows_every_figure() -> None:
    number = str(rows_of_demo()["number"].iloc[0])
    app = open_page("complaints", query={"complaints_search": number, "complaints_period": "all"})
    assert app.metric[0].value == "1"
    app = open_page("complaints", query={"complaints_search": "no such complaint"})
    assert not app.exception
    assert "没有符合筛选条件的投诉" in texts(app)
    assert address(app, "complaints_search") == "no such complaint"
    press(app, "清除筛选")
    assert app.metric
    assert "complaints_search" not in app.query_params


@pytest.mark.usefixtures("demo_workbook")
def test_a_focus_in_the_address_is_listed_and_an_unknown_one_ignored() -> None:
    app = open_page("complaints", query={"complaints_focus": "reached.assessed"})
    assert not app.exception
    assert app.session_state["complaints_focus"] == "reached.assessed"
    app = open_page("complaints", query={"complaints_focus": "reached.<b>"})
    assert not app.exception
    assert app.session_state["complaints_focus"] == "all"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("focus", ["unresolved", "unasked", "waiting", "reopened"])
@pytest.mark.usefixtures("demo_workbook")
def test_one_complaint_in_full(focus: str, language: str) -> None:
    open_page("complaints")
    record = some(focus)
    app = open_one(record, language)
    shown = texts(app)
    assert rows_of_demo().at[record, "summary"] in shown
    assert ("时限" if language == "zh" else "Clocks") in shown
    assert ("怎么算的" if language == "zh" else "Why") in shown
    assert not app.error


@pytest.mark.usefixtures("demo_workbook")
def test_an_unknown_complaint_leads_back() -> None:
    app = open_one("nobody **x**")
    assert app.warning
    press(app, "返回列表")
    assert app.metric


def test_assessing_needs_all_three_and_then_writes_them(demo_workbook: Path) -> None:
    open_page("complaints")
    record = in_stage("received")
    app = open_one(record)
    form = f"complaint:{record}:assess"
    press(app, "完成评估")
    assert texts(app).count("这一步需要填写") == 3
    assert cell(demo_workbook, record, "评估时间") is None
    app.selectbox(key=f"{form}:category").select("product").run()
    department = app.selectbox(key=f"{form}:department:product").value
    assert department  # suggested by the category
    app.selectbox(key=f"{form}:priority").select("high").run()
    press(app, "完成评估")
    assert "这一步需要填写" not in texts(app)
    assert cell(demo_workbook, record, "类别") == "产品"
    assert cell(demo_workbook, record, "责任部门") == department
    assert cell(demo_workbook, record, "评估时间") is not None
    assert "首次响应" in texts(app)


@pytest.mark.usefixtures("demo_workbook")
def test_waiting_and_going_on() -> None:
    open_page("complaints")
    record = in_stage("responded")
    app = open_one(record)
    press(app, "开始等待")
    assert "必填" in texts(app)
    app.text_input(key=f"complaint:{record}:wait:reason").input("等客户寄回样品")
    press(app, "开始等待")
    assert "等客户寄回样品" in texts(app)
    press(app, "客户已答复，恢复计时")
    assert "开始等待" in texts(app)


def test_reopening_opens_the_new_complaint_and_keeps_the_first_verdict(demo_workbook: Path) -> None:
    open_page("complaints")
    rows = rows_of_demo()
    record = str(rows.index[(rows["stage"] == "followed_up") & (rows["times_reopened"] == 0)][0])
    score = cell(demo_workbook, record, "满意度")
    app = open_one(record)
    press(app, "重开投诉")
    assert address(app, "complaint") != record
    assert "第 1 次重开" in texts(app) or any("第 1 次重开" in str(m.value) for m in app.markdown)
    assert cell(demo_workbook, record, "满意度") == score
    assert cell(demo_workbook, address(app, "complaint"), "重开自") == rows.at[record, "number"]


def test_who_may_only_look_gets_no_forms(demo_workbook: Path) -> None:
    record = in_stage("received")
    auditor = str(desk().staff()[-1].staff_id)
    store = WorkbookStore(str(demo_workbook))
    staff = store.read().sheets["员工"]
    role = staff.column("角色")[list(staff.ids).index(auditor)]
    change = UpdateCell("员工", auditor, "角色", role, "审计")
    assert store.commit(Batch("op", "test", datetime.now(UTC), (change,))).applied
    app = open_page("complaints", query={"complaint": record}, actor=auditor)
    assert not app.exception
    assert "你的角色只能查看" in texts(app)
    assert "完成评估" not in texts(app)


def test_a_damaged_workbook_shows_what_can_be_read(tmp_path: Path, use_workbook: pytest.MonkeyPatch) -> None:
    path = tmp_path / "trouble.xlsx"
    assert main(["demo", str(path), "--clients", "30", "--seed", "3", "--today", "2026-11-20"]) == 0
    use_workbook.setenv("HUIFANG_STORE", str(path))
    app = open_page("complaints")
    assert not app.exception
