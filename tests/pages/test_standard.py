"""The page Standard: all clauses, amounts in words, who overruled what, and who may."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lib.desk import Refused
from lib.desk import standard as counter
from lib.store.workbook import WorkbookStore
from lib.ui.session import desk
from tests.pages.app_runs import open_page, texts

CLAUSE = "complaint.result"  # 3 working days, one amount


def staff_with(role: str) -> str:
    return next(str(person.staff_id) for person in desk().staff() if person.role == role)


def open_clause(clause: str, language: str = "zh", actor: str | None = None) -> AppTest:
    app = open_page("standard", language, {"clause": clause}, actor)
    assert not app.exception
    return app


def field(app: AppTest, kind: str, label: str) -> Any:
    (found,) = [widget for widget in app.get(kind) if widget.label.startswith(label)]
    return found


def rules(path: Path) -> list[tuple[object, ...]]:
    sheet = WorkbookStore(path).read().sheets["规则"]
    return list(zip(*(sheet.column(h) for h in ("条款", "标准线", "数值", "理由")), strict=True))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.usefixtures("demo_workbook")
def test_every_clause_is_listed_with_its_words(language: str) -> None:
    app = open_page("standard", language)
    assert not app.exception
    listed = app.dataframe[0].value
    assert len(listed) == len(desk().standard.clauses)
    assert listed["rule"].str.len().min() > 3
    assert listed["source"].str.len().min() > 0


WORDS = [
    ("complaint.respond", "24 小时", "24 hours"),
    ("inquiry.online_reply", "5 分钟（服务时间）", "5 min in service hours"),
    ("inquiry.walk_in", "10 秒，最晚30 秒", "10 s, at the latest 30 s"),
    ("inquiry.register", "当天", "same day"),
    ("complaint.result", "3 个工作日", "3 working days"),
    ("needs.application", "1 个工作日", "1 working day"),
    ("tier.key", "500,000 元", "¥500,000"),
    ("tier.dormant", "6 个月", "6 months"),
    ("load.per_rep", "10 至 15 个客户", "10 to 15 clients"),
    ("promise.due", "按约定日期", "on its own date"),
    ("visit.month_1", "1 个月", "1 month"),
    ("promise.nudge", "3 天", "3 days"),
]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.usefixtures("empty_workbook")
def test_amounts_are_in_words(language: str) -> None:
    listed = open_page("standard", language).dataframe[0].value["amount"].to_dict()
    told = {clause: listed[clause] for clause, _, _ in WORDS}
    assert told == {clause: zh if language == "zh" else en for clause, zh, en in WORDS}


@pytest.mark.parametrize(
    "clause", ["complaint.respond", "load.per_rep", "promise.due", "words.avoid", "tier.vip"]
)
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.usefixtures("demo_workbook")
def test_a_clause_opens_from_the_address(clause: str, language: str) -> None:
    app = open_clause(clause, language)
    assert desk().standard.clauses[clause].names[language] in {heading.value for heading in app.subheader}


def test_a_supervisor_sets_another_amount(demo_workbook: Path) -> None:
    app = open_page("standard", "en")
    supervisor = staff_with("supervisor")
    app = open_clause(CLAUSE, "en", supervisor)
    field(app, "number_input", "Amount").set_value(2)
    field(app, "text_input", "Reason").set_value("双十一前加强")
    field(app, "button", "Save").click().run()
    assert not app.exception
    assert (CLAUSE, "目标", 2, "双十一前加强") in rules(demo_workbook)
    view = counter.clause_view(desk(), CLAUSE)
    assert view is not None
    assert view.target == 2
    assert view.steps[-1].set_by == desk().actor(supervisor).name
    assert "set by" in texts(app)


def test_an_amount_without_reason_is_not_written(demo_workbook: Path) -> None:
    before = rules(demo_workbook)
    app = open_clause(CLAUSE, "en")
    field(app, "number_input", "Amount").set_value(2)
    field(app, "button", "Save").click().run()
    assert "Please give a reason" in texts(app)
    assert rules(demo_workbook) == before


def test_a_rep_may_not_whatever_the_button_says(demo_workbook: Path) -> None:
    open_page("standard", "en")
    before, rep = rules(demo_workbook), staff_with("rep")
    app = open_clause(CLAUSE, "en", rep)
    assert field(app, "button", "Save").disabled
    assert "Only supervisors and above" in texts(app)
    values = {
        "clause": CLAUSE,
        "mark": "target",
        "amount": 9,
        "effective_from": date(2026, 1, 1),
        "reason": "x",
    }
    with pytest.raises(Refused):
        counter.overrule(desk(), desk().actor(rep), "o1", values)
    assert rules(demo_workbook) == before


@pytest.mark.usefixtures("demo_workbook")
def test_filters_come_from_the_address() -> None:
    app = open_page("standard", "en", {"standard_state": "overruled"})
    assert set(app.dataframe[0].value["state"]) == {"Set by the team"}
    assert len(app.dataframe[0].value) == int({m.label: m.value for m in app.metric}["Set by the team"])
