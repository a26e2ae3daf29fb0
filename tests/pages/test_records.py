"""The page Add and edit as a visitor uses it: list, form, conflict, archive, and what a role may not do."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from lib.desk import Refused
from lib.desk import records as counter
from lib.records.layout import guide_rows, rows_for, template_layouts
from lib.records.schema import load_schema
from lib.store.contract import Batch, Sheet, UpdateCell, Value
from lib.store.new_workbook import write_workbook
from lib.store.workbook import WorkbookStore
from lib.ui.session import desk
from tests.pages.app_runs import open_page, texts

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)


def clients(path: Path) -> Sheet:
    return WorkbookStore(path).read().sheets["客户"]


def cell(path: Path, record: str, header: str) -> Value:
    sheet = clients(path)
    value: Value = sheet.column(header)[sheet.ids.tolist().index(record)]
    return value


def edit_sheet(path: Path, record: str, header: str, value: Value) -> None:
    """What a colleague's app does meanwhile, on another machine."""
    change = UpdateCell("客户", record, header, cell(path, record, header), value)
    store = WorkbookStore(path)
    receipt = store.commit(Batch(f"colleague:{header}:{value}", "colleague", AT, (change,)))
    assert not receipt.conflicts
    assert store.settle(20)
    store.close()


def staff_with(role: str) -> str:
    return next(str(person.staff_id) for person in desk().staff() if person.role == role)


def open_form(record: str, language: str = "zh", actor: str | None = None) -> AppTest:
    return open_page("records", language, {"worksheet": "clients", "record": record}, actor)


def field(app: AppTest, label: str) -> Any:
    kinds = ("text_input", "text_area", "selectbox", "date_input", "datetime_input", "number_input")
    (found,) = [widget for kind in kinds for widget in app.get(kind) if widget.label == label]
    return found


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    button.click().run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("language", "heading", "add"),
    [("zh", "登记与修改", "新增客户"), ("en", "Add and edit", "Add to Clients")],
)
@pytest.mark.usefixtures("demo_workbook")
def test_the_list_opens_on_the_clients(language: str, heading: str, add: str) -> None:
    app = open_page("records", language)
    assert not app.exception
    assert app.title[0].value == heading
    assert add in texts(app)
    assert len(app.dataframe[0].value) == len(desk().board().table("clients"))


@pytest.mark.parametrize("worksheet", load_schema().worksheets)
@pytest.mark.parametrize("record", [None, "new"])
@pytest.mark.usefixtures("demo_workbook")
def test_every_worksheet_has_a_list_and_a_form(worksheet: str, record: str | None) -> None:
    query = {"worksheet": worksheet} if record is None else {"worksheet": worksheet, "record": record}
    app = open_page("records", "en", query)
    assert not app.exception
    assert not app.error


def test_a_client_is_added(empty_workbook: Path) -> None:
    app = open_form("new", "en")
    field(app, "Client *").set_value("恒信科技 *有限公司*")
    field(app, "City").set_value("苏州")
    press(app, "Save")
    assert clients(empty_workbook).column("客户名称").tolist() == ["恒信科技 *有限公司*"]
    assert clients(empty_workbook).column("城市").tolist() == ["苏州"]
    assert app.dataframe[0].value["name"].tolist() == ["恒信科技 *有限公司*"]


@pytest.mark.usefixtures("empty_workbook")
def test_the_same_form_sent_twice_writes_one_row() -> None:
    open_page("records")
    opened = counter.form(desk(), desk().actor(None), "clients", None, {})
    assert opened is not None
    sent = [counter.save(desk(), desk().actor(None), "o1", opened, {"name": "恒信科技"}) for _ in range(2)]
    assert [outcome.errors for outcome in sent] == [{}, {}]
    assert [outcome.receipt.repeated for outcome in sent if outcome.receipt] == [False, True]
    assert len(desk().board().table("clients")) == 1


def test_what_is_missing_or_wrong_is_said_and_nothing_is_written(empty_workbook: Path) -> None:
    app = open_form("new", "en")
    field(app, "City").set_value("苏州")
    press(app, "Save")
    assert "Required, but empty" in texts(app)
    assert field(app, "City").value == "苏州"
    assert len(clients(empty_workbook)) == 0


def test_an_edit_writes_only_what_was_changed(demo_workbook: Path) -> None:
    record = str(clients(demo_workbook).ids[0])
    before = {header: cell(demo_workbook, record, header) for header in clients(demo_workbook).header}
    app = open_form(record)
    field(app, "城市").set_value("拉萨")
    press(app, "保存")
    after = {header: cell(demo_workbook, record, header) for header in before}
    assert after == before | {"城市": "拉萨"}


def test_a_cell_changed_meanwhile_stays_and_the_form_starts_anew(demo_workbook: Path) -> None:
    record = str(clients(demo_workbook).ids[0])
    app = open_form(record)
    edit_sheet(demo_workbook, record, "城市", "海口")
    edit_sheet(demo_workbook, record, "行业", "旅游")
    field(app, "城市").set_value("拉萨")
    press(app, "保存")
    assert cell(demo_workbook, record, "城市") == "海口"
    (error,) = app.error
    assert "海口" in error.value
    assert "拉萨" in error.value
    # the fields now hold what the sheet holds: saving again must not take the colleague's other edit back
    assert (field(app, "城市").value, field(app, "行业").value) == ("海口", "旅游")
    field(app, "城市").set_value("拉萨")
    press(app, "保存")
    assert (cell(demo_workbook, record, "城市"), cell(demo_workbook, record, "行业")) == ("拉萨", "旅游")


def test_different_cells_of_one_row_are_both_kept(demo_workbook: Path) -> None:
    record = str(clients(demo_workbook).ids[0])
    app = open_form(record)
    edit_sheet(demo_workbook, record, "行业", "旅游")
    field(app, "城市").set_value("拉萨")
    press(app, "保存")
    assert not app.error
    assert (cell(demo_workbook, record, "城市"), cell(demo_workbook, record, "行业")) == ("拉萨", "旅游")


def test_archived_records_leave_and_come_back(demo_workbook: Path) -> None:
    count, record = len(clients(demo_workbook)), str(clients(demo_workbook).ids[0])
    app = press(open_form(record, "en"), "Archive")
    assert record not in clients(demo_workbook).ids
    assert len(app.dataframe[0].value) == count - 1
    press(app, "Bring the row back")
    assert record in clients(demo_workbook).ids


def test_undo_takes_an_edit_back(demo_workbook: Path) -> None:
    record = str(clients(demo_workbook).ids[0])
    before = cell(demo_workbook, record, "城市")
    app = open_form(record)
    field(app, "城市").set_value("拉萨")
    press(press(app, "保存"), "撤销")
    assert cell(demo_workbook, record, "城市") == before


@pytest.mark.usefixtures("demo_workbook")
def test_a_record_that_is_gone_is_said_to_be_gone() -> None:
    app = open_form("nothere", "en")
    assert "no longer in the sheet" in texts(app)


@pytest.mark.usefixtures("demo_workbook")
def test_a_rep_may_look_at_staff_but_not_change_them() -> None:
    rep = staff_with("rep")
    record = str(desk().board().table("staff").index[0])
    app = open_page("records", "en", {"worksheet": "staff", "record": record}, rep)
    assert "may look at this worksheet but not change it" in texts(app)
    assert next(button for button in app.button if button.label == "Save").disabled
    opened = counter.form(desk(), desk().actor(rep), "staff", record, {})
    assert opened is not None
    with pytest.raises(Refused):  # whatever the button says
        counter.save(desk(), desk().actor(rep), "o1", opened, {"role": "manager"})


def test_a_worksheet_of_ten_thousand_rows_stays_quick(
    tmp_path: Path, use_workbook: pytest.MonkeyPatch
) -> None:
    schema, path = load_schema(), tmp_path / "large.xlsx"
    sheet = schema.worksheets["transactions"]
    records = [(f"t{n}", {"number": f"A{n}", "product": "阀门", "amount": float(n)}) for n in range(10_000)]
    rows = {sheet.zh: rows_for(sheet, "zh", records, ZoneInfo("Asia/Shanghai"))}
    write_workbook(path, template_layouts(schema, "zh"), {**guide_rows(schema, "zh"), **rows})
    use_workbook.setenv("HUIFANG_STORE", str(path))
    app = open_page("records", "en", {"worksheet": "transactions"})
    assert "10,000 rows, 10,000 match" in texts(app)
    assert len(app.dataframe[0].value) == counter.ROWS_SENT
    before = time.process_time()
    app.run()
    assert time.process_time() - before < 1.0
