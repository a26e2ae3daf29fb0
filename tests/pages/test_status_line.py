"""What every page says of the store: saved, waiting and for whom, conflicts, read-only; and at the record."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from lib.store.contract import AccidentKind, StoreError
from tests.pages.app_runs import open_page, texts
from tests.pages.served import HELD, STALE, ServedTeam
from tests.pages.test_conflicts import links, press


def open_form(language: str) -> AppTest:
    return open_page("records", language, {"worksheet": "clients", "record": "c-hx"})


@pytest.mark.parametrize(
    ("language", "words", "mark"),
    [
        ("zh", "李雷 正用 LibreOffice 打开着 恒信\\.xlsx：1 处修改", "已保存，等待写入"),
        (
            "en",
            "恒信\\.xlsx is open in LibreOffice by 李雷\\. Changes waiting\\: 1",
            "Saved, waiting to be written",
        ),
    ],
)
def test_waiting_names_who_holds_the_file_and_how_much_waits(
    team: ServedTeam, language: str, words: str, mark: str
) -> None:
    team.store.hold(HELD)
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"))
    app = open_form(language)
    assert not app.exception
    assert words in texts(app)
    assert mark in texts(app)


@pytest.mark.parametrize(
    ("language", "toast"),
    [("zh", "已保存 1 处修改，等待写入表格"), ("en", "Changes saved, waiting to be written: 1")],
)
def test_saving_says_whether_it_is_in_the_sheet_yet(team: ServedTeam, language: str, toast: str) -> None:
    team.store.hold(HELD)
    app = open_form(language)
    (city,) = [field for field in app.text_input if field.label in ("城市", "City")]
    city.set_value("无锡")
    press(app, {"zh": "保存", "en": "Save"}[language])
    assert toast in [each.value for each in app.toast]
    team.store.release()
    assert team.cell("c-hx", "城市") == "无锡"


def test_once_written_the_record_is_saved(team: ServedTeam) -> None:
    team.store.hold(HELD)
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"))
    team.store.release()
    assert "Saved in the sheet" in texts(open_form("en"))


@pytest.mark.parametrize(("language", "mark"), [("zh", "有冲突"), ("en", "In conflict")])
def test_a_conflict_is_told_at_the_record_and_in_the_side_bar(
    team: ServedTeam, language: str, mark: str
) -> None:
    team.type_in("c-hx", "城市", "海口")
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"))
    app = open_form(language)
    assert mark in texts(app)
    assert {"zh": "1 处冲突等待处理", "en": "Conflicts to decide: 1"}[language] in links(app)


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "1 张工作表需要处理"), ("en", "Worksheets in disorder: 1")]
)
def test_a_sheet_in_disorder_is_told_everywhere(team: ServedTeam, language: str, words: str) -> None:
    team.store.kinds = (AccidentKind.ROWS_GONE,)
    assert words in links(open_page("today", language))


@pytest.mark.parametrize(("language", "words"), [("zh", "暂时只读"), ("en", "Read only for now")])
def test_read_only_says_why(team: ServedTeam, language: str, words: str) -> None:
    team.store.refuse_writes(StoreError("full", "disk_full", path="/team/恒信.xlsx"))
    app = open_page("today", language)
    assert words in app.warning[0].value
    assert "恒信" in app.warning[0].value


def test_a_stale_lock_can_be_taken_over(team: ServedTeam) -> None:
    team.store.hold(HELD)
    assert "leftover" not in texts(open_page("today", "en"))
    team.store.hold(STALE)
    press(open_page("today", "en"), "A leftover lock: ignore it")
    assert team.desk.status().cause is None


def test_a_record_leads_to_its_row_where_rows_have_addresses(team: ServedTeam) -> None:
    app = open_form("en")
    assert "In the spreadsheet: 客户 · B2" in texts(app)
    team.store.has_addresses = True
    for page, query in (
        ("records", {"worksheet": "clients", "record": "c-hx"}),
        ("client", {"client": "c-hx"}),
    ):
        buttons = open_page(page, "en", query).get("link_button")
        assert [button.proto.url for button in buttons] == ["https://sheets.example/客户/B2"]
    complaint = open_page("complaints", "en", {"complaint": "k-1"}).get("link_button")
    assert complaint[0].proto.url == "https://sheets.example/投诉/B2"
