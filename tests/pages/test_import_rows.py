"""The page Import as a visitor uses it: choose files, correct the mapping, try, write, undo."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lib.store.workbook import WorkbookStore
from lib.ui.session import desk
from tests.pages.app_runs import open_page, texts

TEAMS = "sales_agent,manager,regional_office\nAnna Snelling,Dustin Brinkmann,Central\n"
ACCOUNTS = "account,sector,employees,subsidiary_of\nCancity,retail,2448,\nIsdom,medical,4540,Cancity\n"
DEALS = """opportunity_id,sales_agent,account,deal_stage,close_date,close_value
A1,Anna Snelling,Cancity,Won,3/1/2017,1054
A2,Anna Snelling,Isdom,Won,3/4/2017,4514
A3,Anna Snelling,,Engaging,,
"""
PAGES = ("today", "follow_ups", "clients", "client", "complaints", "records", "sheet_health", "standard")
FILES = {"deals": DEALS, "accounts": ACCOUNTS, "sales_teams": TEAMS}


def choose(app: AppTest, **files: str) -> AppTest:
    chosen = [(f"{name}.csv", content.encode(), "text/csv") for name, content in files.items()]
    app.file_uploader[0].set_value(chosen).run()
    assert not app.exception
    return app


def press(app: AppTest, beginning: str) -> AppTest:
    (button,) = [button for button in app.button if button.label.startswith(beginning)]
    button.click().run()
    assert not app.exception
    return app


def rows(path: Path) -> dict[str, int]:
    return {
        title: len(sheet) for title, sheet in WorkbookStore(path).read().sheets.items() if title != "说明"
    }


def written(path: Path) -> dict[str, int]:
    return {title: count for title, count in rows(path).items() if count}


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "先员工，再客户"), ("en", "Staff first, then clients")]
)
@pytest.mark.usefixtures("empty_workbook")
def test_before_a_file_is_chosen_the_page_says_what_can_be_imported(language: str, words: str) -> None:
    app = open_page("import_rows", language)
    assert not app.exception
    assert words in texts(app)


def test_three_files_are_tried_written_and_undone(empty_workbook: Path) -> None:
    app = choose(open_page("import_rows", "en"), **FILES)
    assert written(empty_workbook) == {}
    press(app, "Try the import")
    assert written(empty_workbook) == {}
    told = [(metric.label, metric.value) for metric in app.metric if metric.label == "Rows to add"]
    assert [value for _, value in told] == ["1", "2", "3"]
    press(app, "Write 7 rows")
    assert written(empty_workbook) == {"员工": 2, "客户": 2, "交易": 3}
    assert "7 rows were written" in texts(app)
    press(app, "Undo")
    assert written(empty_workbook) == {}


def test_the_mapping_can_be_corrected_and_asks_for_a_new_trial(empty_workbook: Path) -> None:
    app = press(choose(open_page("import_rows", "zh"), accounts=ACCOUNTS), "试导入")
    assert any(label.startswith("写入") for label in labels(app))
    (column,) = [box for box in app.selectbox if box.label == "subsidiary_of"]
    column.set_value("note").run()
    assert not any(label.startswith("写入") for label in labels(app))
    assert "请重新试导入" in texts(app)
    press(press(app, "试导入"), "写入")
    assert WorkbookStore(empty_workbook).read().sheets["客户"].column("备注").tolist() == [None, "Cancity"]


@pytest.mark.usefixtures("empty_workbook")
def test_another_file_asks_for_a_new_trial() -> None:
    app = press(choose(open_page("import_rows", "en"), accounts=ACCOUNTS), "Try the import")
    choose(app, accounts=ACCOUNTS + "Konex,retail,10,\n")
    assert not any(label.startswith("Write") for label in labels(app))


@pytest.mark.usefixtures("empty_workbook")
def test_two_columns_for_one_field_are_refused() -> None:
    app = choose(open_page("import_rows", "en"), accounts=ACCOUNTS)
    (column,) = [box for box in app.selectbox if box.label == "subsidiary_of"]
    column.set_value("name").run()
    assert "Keep one" in texts(app)
    assert next(button for button in app.button if button.label == "Try the import").disabled


def test_ambiguous_dates_are_asked_about(empty_workbook: Path) -> None:
    orders = "Number,Client,Purchased on\nB1,Cancity,3/4/2017\n"
    app = choose(open_page("import_rows", "en"), orders=orders)
    (control,) = [group for group in app.button_group if "3/4/2017" in group.label.replace("\\", "")]
    control.set_value("dmy").run()
    press(press(app, "Try the import"), "Write")
    (day,) = WorkbookStore(empty_workbook).read().sheets["交易"].column("成交日期")
    assert (day.month, day.day) == (4, 3)


@pytest.mark.usefixtures("empty_workbook")
def test_a_file_that_cannot_be_read_is_explained_and_the_others_go_on() -> None:
    app = open_page("import_rows", "zh")
    files = [
        ("坏 ![x](http://evil.example).xlsx", b"not a workbook", "application/octet-stream"),
        ("accounts.csv", ACCOUNTS.encode(), "text/csv"),
    ]
    app.file_uploader[0].set_value(files).run()
    (error,) = app.error
    assert "这不是 .xlsx 工作簿" in error.value.replace("\\", "")
    assert "](http://" not in error.value
    assert [button.disabled for button in app.button if button.label == "试导入"] == [False]


@pytest.mark.usefixtures("demo_workbook")
def test_a_rep_may_not_import() -> None:
    open_page("import_rows")
    rep = next(str(person.staff_id) for person in desk().staff() if person.role == "rep")
    app = open_page("import_rows", "en", actor=rep)
    assert "Only supervisors and above may import" in texts(app)
    assert not app.file_uploader


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.usefixtures("empty_workbook")
def test_no_page_breaks_on_what_was_imported(language: str) -> None:
    app = choose(open_page("import_rows", language), **FILES)
    for name in ("试导入", "写入") if language == "zh" else ("Try the import", "Write"):
        press(app, name)
    for page in PAGES:
        assert not open_page(page, language).exception, page
