"""A change in a person's workbook leaves everything else as the bytes it was."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from xlsxwriter import Workbook

from lib.store.contract import Batch, Change, ConflictReason, DeleteRow, InsertRow, UpdateCell
from lib.store.workbook import WorkbookStore
from lib.store.xlsx_parts import Package
from tests.store import rich_books
from tests.store.rich_books import around_cells, cells, day, members, part_of_first_sheet

AT = datetime(2026, 3, 4, tzinfo=UTC)
MAKERS = [rich_books.by_xlsxwriter, rich_books.by_openpyxl, rich_books.by_libreoffice]


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("books")
    made = {maker.__name__: maker(folder / f"{maker.__name__}.xlsx") for maker in MAKERS}
    made["with_prefix"] = rich_books.with_prefix(made["by_openpyxl"], folder / "with_prefix.xlsx")
    return made


@pytest.fixture(params=["by_xlsxwriter", "by_openpyxl", "by_libreoffice", "with_prefix"])
def original(request: pytest.FixtureRequest, originals: dict[str, Path]) -> Path:
    return originals[request.param]


@pytest.fixture
def book(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(original, tmp_path / "book.xlsx"))


def commit(path: Path, *changes: Change, operation: str = "op") -> None:
    store = WorkbookStore(path)
    receipt = store.commit(Batch(operation, "li", AT, changes))
    assert receipt.conflicts == ()
    assert receipt.applied == changes
    assert store.settle(30)


def changed_members(before: Path, after: Path) -> set[str]:
    old, new = members(before), members(after)
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


BOOKKEEPING = {"[Content_Types].xml", "_rels/.rels", "docProps/custom.xml", "xl/_rels/workbook.xml.rels"}


def test_one_edit_changes_one_cell(original: Path, book: Path, tmp_path: Path) -> None:
    commit(book, UpdateCell("客户", "r6", "名称", "客户6", "恒信六"), operation="first")
    part = part_of_first_sheet(original)
    changed = changed_members(original, book) - BOOKKEEPING - {part, "xl/workbook.xml"}
    assert changed <= members(book).keys() - members(original).keys()  # the worksheet _meta, if anything
    first = Path(shutil.copy(book, tmp_path / "first.xlsx"))
    commit(book, UpdateCell("客户", "r7", "级别", "普通", "潜在 & <新>"))
    stamped = {"docProps/custom.xml", part_of_sheet(book, "_meta")}
    assert changed_members(first, book) == {part, *stamped}
    old, new = members(first), members(book)
    before, after = cells(old[part]), cells(new[part])
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == {"B8"}
    assert around_cells(old[part]) == around_cells(new[part])
    assert WorkbookStore(book).read().sheets["客户"].column("级别")[6] == "潜在 & <新>"


def part_of_sheet(path: Path, title: str) -> str:
    return next(part.name for part in Package(path.read_bytes()).sheets() if part.title == title)


def test_bytes_outside_the_cell_stay_as_they_are(original: Path, book: Path) -> None:
    commit(book, UpdateCell("客户", "r7", "级别", "普通", "潜在"))
    part = part_of_first_sheet(original)
    old, new = members(original)[part], members(book)[part]
    cell = rb'<(?:x:)?c r="B8"[^>]*>.*?</(?:x:)?c>'
    assert re.split(cell, old, flags=re.S) == re.split(cell, new, flags=re.S)


def test_a_cell_keeps_its_style_whatever_is_written(book: Path) -> None:
    before = openpyxl.load_workbook(book)["客户"]
    commit(
        book,
        UpdateCell("客户", "r1", "级别", "普通", None),
        UpdateCell("客户", "r2", "级别", "重点", True),
        UpdateCell("客户", "r3", "建立", day("2026-01-05"), day("2026-05-06 07:08:09")),
    )
    after = openpyxl.load_workbook(book)["客户"]
    assert [after[name].value for name in ("B2", "B3")] == [None, True]
    assert abs(after["D4"].value - day("2026-05-06 07:08:09")).total_seconds() < 1
    for name in ("B2", "B3", "D4"):
        assert repr(after[name].fill) == repr(before[name].fill)
        assert repr(after[name].font) == repr(before[name].font)
        assert after[name].number_format == before[name].number_format


def test_a_date_in_a_plain_cell_and_a_number_in_a_date_cell_change_only_the_number_format(book: Path) -> None:
    commit(
        book,
        UpdateCell("客户", "r2", "级别", "重点", day("2026-05-06")),
        UpdateCell("客户", "r4", "级别", "重点", day("2026-05-07")),
        UpdateCell("客户", "r3", "建立", day("2026-01-05"), 12),
    )
    sheet = WorkbookStore(book).read().sheets["客户"]
    assert sheet.column("级别")[1] == day("2026-05-06")
    assert sheet.column("建立")[2] == 12
    after = openpyxl.load_workbook(book)["客户"]
    assert after["B3"].is_date
    assert repr(after["B3"].fill) == repr(after["B4"].fill)
    assert not after["D4"].is_date


def test_new_rows_look_like_the_last_one_and_ranges_follow(original: Path, book: Path) -> None:
    commit(
        book,
        InsertRow("客户", "n1", {"名称": "新", "级别": "重点", "建立": day("2026-06-07")}),
        InsertRow("客户", "n2", {"名称": "又", "金额": 9}),
    )
    sheet = openpyxl.load_workbook(book)["客户"]
    assert [sheet.cell(32, n).value for n in range(1, 6)] == ["新", "重点", None, day("2026-06-07"), "n1"]
    assert repr(sheet["B32"].fill) == repr(sheet["B31"].fill)
    assert sheet["D32"].number_format == sheet["D31"].number_format
    assert sheet["C33"].number_format == sheet["C31"].number_format
    assert {str(v.sqref) for v in sheet.data_validations.dataValidation} == {"B2:B33"}
    assert all(str(area.sqref).endswith("33") for area in sheet.conditional_formatting)
    if sheet.auto_filter.ref:
        assert sheet.auto_filter.ref == "A1:G33"
        assert re.search(rb"_FilterDatabase[^<]*\$A\$1:\$G\$33<", members(book)["xl/workbook.xml"])
    assert all(table.ref == "A1:F33" and table.autoFilter.ref == "A1:F33" for table in sheet.tables.values())
    part = part_of_first_sheet(original)
    before, after = cells(members(original)[part]), cells(members(book)[part])
    assert before.items() <= after.items()


def test_a_table_and_a_filter_take_in_a_new_bookkeeping_column(book: Path) -> None:
    commit(book, DeleteRow("客户", "r5"))
    sheet = openpyxl.load_workbook(book)["客户"]
    added = next(cell for cell in sheet[1] if cell.value == "_deleted")
    assert sheet.column_dimensions[added.column_letter].hidden
    assert added.column_letter in ("G", "O")  # right of everything, merged cells included
    xml = members(book)[part_of_first_sheet(book)]
    assert not re.search(rb'<(?:x:)?row [^>]*r="6"[^>]*spans=', xml)
    assert re.search(rb'dimension ref="A1:(.)\d+"', xml)[1] >= added.column_letter.encode()
    for table in sheet.tables.values():
        assert table.ref == f"A1:{added.column_letter}31"
        assert [column.name for column in table.tableColumns][-1] == "_deleted"
    assert WorkbookStore(book).read().sheets["客户"].deleted_ids == ("r5",)


def test_an_overwritten_formula_goes_with_the_calculation_chain(
    originals: dict[str, Path], tmp_path: Path
) -> None:
    source = tmp_path / "chain.xlsx"

    def with_chain(content: bytes, addition: bytes, before: bytes) -> bytes:
        return content.replace(before, addition + before)

    rich_books.changed_parts(
        originals["by_xlsxwriter"],
        source,
        {
            "[Content_Types].xml": lambda c: with_chain(
                c,
                b'<Override PartName="/xl/calcChain.xml" ContentType="application/vnd.openxmlformats-'
                b'officedocument.spreadsheetml.calcChain+xml"/>',
                b"</Types>",
            ),
            "xl/_rels/workbook.xml.rels": lambda c: with_chain(
                c,
                b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
                b'relationships/calcChain" Target="calcChain.xml"/>',
                b"</Relationships>",
            ),
        },
    )
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr("xl/calcChain.xml", b'<calcChain><c r="F3" i="1"/><c r="F4" i="1"/></calcChain>')
    commit(source, UpdateCell("客户", "r2", "倍数", 6, 100))
    after = members(source)
    assert "xl/calcChain.xml" not in after
    assert b"calcChain" not in after["[Content_Types].xml"] + after["xl/_rels/workbook.xml.rels"]
    sheet = openpyxl.load_workbook(source)["客户"]
    assert (sheet["F3"].value, sheet["F4"].value) == (100, "=C4*2")
    assert b'fullCalcOnLoad="1"' in after["xl/workbook.xml"]


def test_a_cell_that_other_formulas_rest_on_is_not_overwritten(
    originals: dict[str, Path], tmp_path: Path
) -> None:
    path = Path(shutil.copy(originals["by_xlsxwriter"], tmp_path / "a.xlsx"))
    change = UpdateCell("客户", "r1", "累计", 4.5, 1)
    fine = UpdateCell("客户", "r1", "金额", 1.5, 2)
    receipt = WorkbookStore(path).commit(Batch("1", "li", AT, (change, fine)))
    assert receipt.applied == (fine,)
    assert [(c.reason, c.current) for c in receipt.conflicts] == [(ConflictReason.FORMULA, 4.5)]
    assert "G2:G4" in str(openpyxl.load_workbook(path)["客户"]["G2"].value.ref)


def test_the_master_of_a_shared_formula_stays(tmp_path: Path) -> None:
    plain, path = tmp_path / "plain.xlsx", tmp_path / "shared.xlsx"
    with Workbook(plain) as book:
        sheet = book.add_worksheet("表")
        sheet.write_row(0, 0, ["甲", "乙", "_id"])
        for row in (1, 2):
            sheet.write_row(row, 0, [row, None, f"r{row}"])
            sheet.write_formula(row, 1, "=A1", None, row)

    def shared(xml: bytes) -> bytes:
        xml = xml.replace(b'<c r="B2"><f>A1</f>', b'<c r="B2"><f t="shared" ref="B2:B3" si="0">A2*1</f>')
        return xml.replace(b'<c r="B3"><f>A1</f>', b'<c r="B3"><f t="shared" si="0"/>')

    rich_books.changed_parts(plain, path, {"xl/worksheets/sheet1.xml": shared})
    master, follower = UpdateCell("表", "r1", "乙", 1, 9), UpdateCell("表", "r2", "乙", 2, 9)
    receipt = WorkbookStore(path).commit(Batch("1", "li", AT, (master, follower)))
    assert receipt.applied == (follower,)
    assert receipt.conflicts[0].reason is ConflictReason.FORMULA


def test_formulas_are_computed_anew_on_opening_where_there_are_any(
    originals: dict[str, Path], tmp_path: Path
) -> None:
    with_formulas = Path(shutil.copy(originals["by_libreoffice"], tmp_path / "a.xlsx"))
    assert b"fullCalcOnLoad" not in members(with_formulas)["xl/workbook.xml"]
    commit(with_formulas, UpdateCell("客户", "r7", "金额", 10.5, 11))
    assert b'fullCalcOnLoad="1"' in members(with_formulas)["xl/workbook.xml"]
    plain = tmp_path / "plain.xlsx"
    with Workbook(plain) as book:
        book.set_calc_mode("manual")
        book.add_worksheet("表").write_column(0, 0, ["_id", "r1"])
    before = members(plain)["xl/workbook.xml"]
    commit(plain, DeleteRow("表", "r1"))
    calculation = re.compile(rb"<calcPr[^>]*>")
    assert calculation.findall(members(plain)["xl/workbook.xml"]) == calculation.findall(before)


def test_dates_in_a_1904_workbook(tmp_path: Path) -> None:
    path = tmp_path / "mac.xlsx"
    with Workbook(path, {"date_1904": True}) as book:
        sheet = book.add_worksheet("表")
        sheet.write_row(0, 0, ["日", "_id"])
        sheet.write_datetime(1, 0, day("2026-01-05"), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write(1, 1, "r1")
    commit(path, UpdateCell("表", "r1", "日", day("2026-01-05"), day("2026-02-03")))
    assert WorkbookStore(path).read().sheets["表"].column("日")[0] == day("2026-02-03")
    assert openpyxl.load_workbook(path)["表"]["A2"].value == day("2026-02-03")


def make_sparse(_: bytes) -> bytes:
    """Cells without addresses, comments, CDATA, an empty styled row at the very bottom."""
    return (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<sheetData><!-- <row r="3"><c r="A3"/></row> -->'
        b'<row><c t="str"><v>name</v></c><c t="str"><v>_id</v></c></row>'
        b'<row r="3"><c t="inlineStr"><is><t><![CDATA[a</c>b]]></t></is></c><c t="str"><v>r1</v></c></row>'
        b'<row r="5"><c r="B5" t="str"><v>r2</v></c></row><row r="1048576" ht="12.8"/>'
        b"</sheetData></worksheet>"
    )


def test_unusual_but_legal_worksheets(tmp_path: Path) -> None:
    plain, path = tmp_path / "plain.xlsx", tmp_path / "sparse.xlsx"
    Workbook(plain).close()
    rich_books.changed_parts(plain, path, {"xl/worksheets/sheet1.xml": make_sparse})
    commit(
        path,
        UpdateCell("Sheet1", "r1", "name", "a</c>b", "c>d"),
        UpdateCell("Sheet1", "r2", "name", None, "second"),
        InsertRow("Sheet1", "n1", {"name": "new"}),
    )
    sheet = WorkbookStore(path).read().sheets["Sheet1"]
    assert sheet.column("name").tolist() == ["c>d", "second", "new"]
    assert sheet.row_numbers.tolist() == [3, 5, 6]
    assert b'<row r="1048576" ht="12.8"/>' in members(path)["xl/worksheets/sheet1.xml"]


@pytest.mark.parametrize("edit", [lambda s: s.insert_rows(3, 2), lambda s: s.insert_cols(1)])
def test_libreoffice_opens_and_keeps_what_was_written(
    edit: Callable[..., None], originals: dict[str, Path], tmp_path: Path
) -> None:
    """Our bytes, saved by LibreOffice after a person moved rows and columns, are found again by id."""
    path = Path(shutil.copy(originals["by_openpyxl"], tmp_path / "a.xlsx"))
    commit(path, UpdateCell("客户", "r7", "级别", "普通", "潜在"), InsertRow("客户", "n1", {"名称": "=1+1"}))
    person = openpyxl.load_workbook(path)
    edit(person["客户"])
    person.save(tmp_path / "moved.xlsx")
    saved = rich_books.resaved(tmp_path / "moved.xlsx", tmp_path / "saved.xlsx")
    commit(
        saved,
        UpdateCell("客户", "r7", "级别", "潜在", "重点"),
        UpdateCell("客户", "n1", "名称", "=1+1", "007"),
    )
    sheet = WorkbookStore(saved).read().sheets["客户"]
    rows = dict(zip(sheet.ids.tolist(), sheet.column("级别").tolist(), strict=True))
    assert rows == {**{r[3]: r[1] for r in rich_books.ROWS}, "r7": "重点", "n1": None}
    assert sheet.column("名称")[-1] == "007"


def test_a_write_that_would_not_read_back_is_not_made(tmp_path: Path) -> None:
    """Rows out of order are against the format; a reader takes the last one, an editor might miss it."""
    plain, path = tmp_path / "plain.xlsx", tmp_path / "disorder.xlsx"
    Workbook(plain).close()
    rows = b'<row r="1">%b</row><row r="5">%b</row><row r="2">%b</row>'
    text = b'<c r="%b" t="str"><v>%b</v></c>'
    texts = [
        text % pair
        for pair in ((b"A1", b"name"), (b"B1", b"_id"), (b"B5", b"r5"), (b"A2", b"x"), (b"B2", b"r2"))
    ]
    data = rows % (texts[0] + texts[1], texts[2], texts[3] + texts[4])
    rich_books.changed_parts(
        plain,
        path,
        {
            "xl/worksheets/sheet1.xml": lambda xml: re.sub(
                rb"<sheetData/>", b"<sheetData>" + data + b"</sheetData>", xml
            )
        },
    )
    before = path.read_bytes()
    change = UpdateCell("Sheet1", "r2", "name", "x", "y")
    store = WorkbookStore(path)
    store.commit(Batch("1", "li", AT, (change,)))
    assert not store.settle(0.2)
    cause = store.status().cause
    assert cause is not None
    assert cause.code == "not_verified"
    assert path.read_bytes() == before
