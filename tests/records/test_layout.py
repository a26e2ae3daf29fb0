"""New spreadsheets: laid out from the schema, filled from typed records."""

# ruff: noqa: DTZ001 (a spreadsheet's dates have no time zone)

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from lib.locale import LANGUAGES
from lib.records.book import read_book
from lib.records.layout import guide_rows, rows_for, template_layouts
from lib.store.new_workbook import write_workbook
from lib.store.workbook import WorkbookStore
from tests.records.books import SCHEMA, TZ


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_template_has_every_worksheet_and_column_in_its_language(lang: str) -> None:
    guide, *layouts = template_layouts(SCHEMA, lang)
    assert guide.title in guide_rows(SCHEMA, lang)
    for layout, worksheet in zip(layouts, SCHEMA.worksheets.values(), strict=True):
        assert layout.title == worksheet.title(lang)
        assert [each.header for each in layout.columns] == [
            c.header(lang) for c in worksheet.columns.values()
        ]


def test_drop_downs_notes_and_kinds_come_from_the_schema() -> None:
    layouts = {layout.title: layout for layout in template_layouts(SCHEMA, "en")}
    deals = {column.header: column for column in layouts["Transactions"].columns}
    assert deals["State"].choices == ("Won", "Open", "Lost", "Returned")
    assert "Won / Open" in deals["State"].note
    assert "Empty counts as won" in deals["State"].note
    assert deals["Client"].choices == ()
    assert "Required" in deals["Client"].note
    assert {deals[name].kind for name in ("Number", "Client", "State")} == {"text"}
    assert (deals["Amount"].kind, deals["Purchased on"].kind) == ("money", "date")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_written_template_reads_without_problems(lang: str, tmp_path: Path) -> None:
    path = tmp_path / "team.xlsx"
    clients = rows_for(
        SCHEMA.worksheets["clients"], lang, [("c1", {"name": "恒信科技", "lawful_basis": "consent"})], TZ
    )
    visits = rows_for(
        SCHEMA.worksheets["visits"],
        lang,
        [
            (
                "v1",
                {
                    "client": "恒信科技",
                    "visited_at": datetime(2026, 3, 5, 2, tzinfo=UTC),
                    "service_report": True,
                },
            )
        ],
        TZ,
    )
    titles = {key: sheet.title(lang) for key, sheet in SCHEMA.worksheets.items()}
    rows = {**guide_rows(SCHEMA, lang), titles["clients"]: clients, titles["visits"]: visits}
    write_workbook(path, template_layouts(SCHEMA, lang), rows)
    book = read_book(WorkbookStore(path).read(), SCHEMA, TZ)
    assert len(book.problems) == 0
    assert book.language == lang
    assert book.tables["clients"].at["c1", "lawful_basis"] == "consent"
    visit = book.tables["visits"].loc["v1"]
    assert visit["client"] == "c1"
    assert visit["visited_at"] == datetime(2026, 3, 5, 2, tzinfo=UTC)
    assert bool(visit["service_report"]) is True


def test_unknown_choice_codes_are_refused() -> None:
    with pytest.raises(KeyError):
        rows_for(SCHEMA.worksheets["transactions"], "zh", [("t", {"state": "Won!"})], TZ)


def test_dates_become_midnights() -> None:
    (row,) = rows_for(SCHEMA.worksheets["calendar"], "zh", [("d", {"from_on": date(2026, 1, 1)})], TZ)
    assert row.values[0] == datetime(2026, 1, 1)
    assert set(row.values[1:]) == {None}
