"""A hidden worksheet and a custom property, added to workbooks of any hand; nothing else changes."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from xlsxwriter import Workbook

from lib.store.contract import StoreError
from lib.store.guard import check_package, open_package
from lib.store.planning import CellEdits
from lib.store.reading import read_grid
from lib.store.xlsx_edit import edited_workbook
from lib.store.xlsx_new_sheet import with_hidden_sheet
from lib.store.xlsx_parts import Package
from lib.store.xlsx_properties import custom_properties, with_custom_property
from lib.store.xlsx_reading import read_grids
from tests.store import rich_books
from tests.store.foreign.xml_forms import FORMS, read_members, zipped

STRUCTURE = {"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"}


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("books")
    makers = (rich_books.by_xlsxwriter, rich_books.by_openpyxl)
    return {maker.__name__: maker(folder / f"{maker.__name__}.xlsx").read_bytes() for maker in makers}


@pytest.fixture(params=[(maker, form) for maker in ("by_xlsxwriter", "by_openpyxl") for form in FORMS])
def package(request: pytest.FixtureRequest, books: dict[str, bytes]) -> Package:
    maker, form = request.param
    return Package(zipped(FORMS[form](read_members(books[maker]))))


def cells_of_meta(package: Package, edits: CellEdits) -> Package:
    return edited_workbook(package, {"_meta": edits}, {"_meta": read_grid(read_grids(package)["_meta"])})


def changed(before: Package, after: Package) -> set[str]:
    old, new = read_members(before.data), read_members(after.data)
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def children(package: Package, name: str) -> list[tuple[object, ...]]:
    """The elements of a part, from all depths, in a form that compares."""
    elements = package.xml(name).iter("*")
    return sorted((str(e.tag), sorted(e.items()), (e.text or "").strip()) for e in elements)


def test_a_hidden_sheet_is_added_and_nothing_else(package: Package) -> None:
    after = with_hidden_sheet(package, "_meta")
    assert changed(package, after) <= {*STRUCTURE, "xl/worksheets/sheet2.xml", "xl/worksheets/sheet3.xml"}
    assert [sheet.title for sheet in after.sheets()] == [*(s.title for s in package.sheets()), "_meta"]
    for name in STRUCTURE:
        old, new = children(package, name), children(after, name)
        assert all(item in new for item in old)
        assert len(new) - len(old) == (0 if name == "_rels/.rels" else 1)
    check_package(open_package(after.data))
    tab = after.xml("xl/workbook.xml").findall(".//{*}sheet")[-1]
    assert tab.get("state") == "hidden"
    grids = read_grids(after)
    assert grids["_meta"].height == 0
    for title, grid in read_grids(package).items():
        assert [c.tolist() for c in grids[title].columns] == [c.tolist() for c in grid.columns]


def test_the_new_sheet_takes_cells(package: Package) -> None:
    after = cells_of_meta(with_hidden_sheet(package, "_meta"), {(1, 0): "stamp", (1, 1): 12})
    assert [column.tolist() for column in read_grids(after)["_meta"].columns] == [["stamp"], [12]]
    again = cells_of_meta(after, {(1, 1): 13, (2, 0): "demo", (2, 1): True})
    assert [column.tolist() for column in read_grids(again)["_meta"].columns] == [
        ["stamp", "demo"],
        [13, True],
    ]


def test_other_programs_open_it(books: dict[str, bytes]) -> None:
    for data in books.values():
        after = with_custom_property(with_hidden_sheet(Package(data), "_meta"), "stamp", "7")
        book = openpyxl.load_workbook(io.BytesIO(after.data))
        assert book["_meta"].sheet_state == "hidden"
        assert book.custom_doc_props["stamp"].value == "7"
        assert book.active.title != "_meta"


def test_a_title_is_taken_once(package: Package) -> None:
    once = with_hidden_sheet(package, "_meta")
    for title in ("_meta", "_META"):
        with pytest.raises(StoreError) as caught:
            with_hidden_sheet(once, title)
        assert caught.value.code == "title_taken"
    assert len(with_hidden_sheet(once, "<&\"'>").sheets()) == len(once.sheets()) + 1


def test_numbers_of_parts_and_tabs_are_free(books: dict[str, bytes]) -> None:
    members = read_members(books["by_openpyxl"])
    members["xl/worksheets/SHEET3.xml"] = b"<other/>"
    members["xl/workbook.xml"] = members["xl/workbook.xml"].replace(b'sheetId="2"', b'sheetId="70"')
    after = with_hidden_sheet(Package(zipped(members)), "_meta")
    assert after.sheets()[-1].name == "xl/worksheets/sheet4.xml"
    numbers = [tab.get("sheetId") for tab in after.xml("xl/workbook.xml").iter("{*}sheet")]
    assert numbers[-1] == "71"
    assert len({name.lower() for name in read_members(after.data)}) == len(members) + 1


def test_properties_are_set_and_others_stay(package: Package) -> None:
    assert custom_properties(package) == {}
    one = with_custom_property(package, "huifang stamp", "12")
    assert changed(package, one) == {"[Content_Types].xml", "_rels/.rels", "docProps/custom.xml"}
    two = with_custom_property(one, "Kunde <&>", '恒信 "1"\n2')
    assert changed(one, two) == {"docProps/custom.xml"}
    three = with_custom_property(two, "Huifang Stamp", "13")
    assert custom_properties(three) == {"huifang stamp": "13", "Kunde <&>": '恒信 "1"\n2'}
    assert [item.get("pid") for item in three.xml("docProps/custom.xml")] == ["2", "3"]
    check_package(open_package(three.data))


def test_properties_of_other_types_are_read_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with Workbook(path) as book:
        book.add_worksheet()
        for name, value in {"n": 3, "x": 1.5, "b": True, "t": "text"}.items():
            book.set_custom_property(name, value)
        book.set_custom_property("d", datetime.fromisoformat("2026-03-04"))
    package = Package(path.read_bytes())
    before = custom_properties(package)
    assert before == {"n": "3", "x": "1.5", "b": "true", "t": "text", "d": "2026-03-04T00:00:00Z"}
    after = with_custom_property(package, "stamp", "1")
    assert custom_properties(after) == {**before, "stamp": "1"}
    old, new = children(package, "docProps/custom.xml"), children(after, "docProps/custom.xml")
    assert all(item in new for item in old)
    assert len(with_custom_property(after, "n", "four").xml("docProps/custom.xml")) == 6


@pytest.mark.parametrize("text", ["\0", "\x1f", "\ud800", "\ufffe"])
def test_a_property_refuses_what_xml_cannot_carry(books: dict[str, bytes], text: str) -> None:
    with pytest.raises(ValueError, match="control"):
        with_custom_property(Package(books["by_openpyxl"]), "a", text)


def test_both_survive_a_person_s_save(books: dict[str, bytes], tmp_path: Path) -> None:
    """LibreOffice writes every part anew."""
    package = with_custom_property(with_hidden_sheet(Package(books["by_openpyxl"]), "_meta"), "stamp", "7")
    source = tmp_path / "source.xlsx"
    source.write_bytes(cells_of_meta(package, {(1, 0): "stamp", (1, 1): 7}).data)
    saved = Package(rich_books.resaved(source, tmp_path / "saved.xlsx").read_bytes())
    assert custom_properties(saved) == {"stamp": "7"}
    assert saved.xml("xl/workbook.xml").findall(".//{*}sheet")[-1].get("state") == "hidden"
    assert [column.tolist() for column in read_grids(saved)["_meta"].columns] == [["stamp"], [7]]
    after = with_custom_property(cells_of_meta(saved, {(1, 1): 8}), "stamp", "8")
    assert custom_properties(after) == {"stamp": "8"}
    assert read_grids(after)["_meta"].value(1, 1) == 8
