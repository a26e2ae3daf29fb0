"""A formula that rests on a changed cell shows nothing old; all others keep the value they showed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from lib.store.contract import CellError
from lib.store.reading import Grid
from lib.store.xlsx_parts import Package
from lib.store.xlsx_reading import read_grids
from lib.store.xlsx_references import ANYWHERE, Area, Formula, Names, Table, areas_of, formula_text
from lib.store.xlsx_stale import stale_formulas
from tests.store.foreign.collection import foreign_workbooks
from tests.store.foreign.edits import edited
from tests.store.foreign.office import XLSX, converted, numbered
from tests.store.foreign.written import OTHER, TITLE, written
from tests.store.foreign.xml_forms import read_members, zipped

ROWS = 1_048_576
NAMES = Names(
    {"客户": "客户", "my sheet": "My Sheet", "it's": "It's"},
    {"总额": (Area("客户", 2, 2, 13, 2),), "anywhere": (ANYWHERE,)},
    {"客户表": Table(Area("客户", 2, 0, 13, 5), {"名称": 0, "金额": 2})},
)


def cells(text: str) -> Area:
    title, _, rest = text.rpartition("!")
    top, left, bottom, right = map(int, rest.split(","))
    return Area(title or "客户", top, left, bottom, right)


@pytest.mark.parametrize(
    ("formula", "areas"),
    [
        ("C3*2", ["3,2,3,2"]),
        ("$C$3+c3", ["3,2,3,2", "3,2,3,2"]),
        ("SUM(C2:C13)", ["2,2,13,2"]),
        ("SUM(C13:A2)", ["2,0,13,2"]),
        ("SUM(C:C)", [f"1,2,{ROWS},2"]),
        ("SUM(2:3)", ["2,0,3,16383"]),
        ("客户!A2&'My Sheet'!B1", ["2,0,2,0", "My Sheet!1,1,1,1"]),
        ("'It''s'!A1", ["It's!1,0,1,0"]),
        ("[1]客户!A2+'[x.xlsx]客户'!A1", []),
        ('"C3"&"a""A1"', []),
        ("LOG10(2)+ABC1D+X_A1+A1.B", []),
        ("总额*2", ["2,2,13,2"]),
        ("SUM(客户表[金额])", ["2,2,13,2"]),
        ("客户表[[#This Row],[金额]]*2", ["7,2,7,2"]),
        ("[@金额]", ["7,2,7,2"]),
        ("ROWS(客户表[])", ["2,0,13,5"]),
        ("IF(A1&lt;B1,1,0)", ["1,0,1,0", "1,1,1,1"]),
        ("1+1", []),
    ],
)
def test_what_a_formula_looks_at(formula: str, areas: list[str]) -> None:
    found = areas_of(Formula("客户", 7, 5, formula_text(formula.encode())), NAMES)
    assert sorted(map(repr, found)) == sorted(repr(cells(area)) for area in areas)


@pytest.mark.parametrize(
    "formula", ["INDIRECT(A1)", "sum(offset(A1,1,0))", "anywhere", "A1+" * 9_000, "客户:汇总!A1"]
)
def test_what_may_look_anywhere_does(formula: str) -> None:
    assert ANYWHERE in areas_of(Formula("客户", 7, 5, formula), NAMES)


def test_a_copy_of_a_formula_looks_elsewhere() -> None:
    found = list(areas_of(Formula("客户", 2, 5, "C2+$C2+C$2+$C$2+C2:D3"), NAMES, down=3, right=1))
    assert found == list(map(cells, ["5,3,5,3", "5,2,5,2", "2,3,2,3", "2,2,2,2", "5,3,6,4"]))


def stale(data: bytes, *changed: tuple[int, int]) -> dict[str, set[tuple[int, int]]]:
    return stale_formulas(Package(data), {TITLE: dict.fromkeys(changed, 1)})


def test_formulas_on_formulas_are_followed() -> None:
    data = written(["names", "array_formulas"])
    assert stale(data, (4, 2)) == {TITLE: {(4, 5), (2, 7)}, OTHER: {(1, 0), (2, 0), (2, 1), (5, 1)}}
    assert stale(data, (2, 0)) == {OTHER: {(4, 0)}}
    assert stale(data, (4, 4)) == {}
    assert stale(data, (4, 2), (4, 5)) == {TITLE: {(2, 7)}, OTHER: {(1, 0), (2, 0), (2, 1), (5, 1)}}


def test_shared_formulas_each_look_at_their_own_row() -> None:
    def share(match: re.Match[bytes]) -> bytes:
        master = b'<f t="shared" ref="F2:F13" si="0">C2*2</f>'
        return match[1] + (master if match[2] == b"2" else b'<f t="shared" si="0"/>')

    members = read_members(written([]))
    name = "xl/worksheets/sheet1.xml"
    members[name] = re.sub(rb'(<c r="F(\d+)"[^>]*>)<f>C\d+\*2</f>', share, members[name])
    assert stale(zipped(members), (9, 2))[TITLE] == {(9, 5)}


@pytest.mark.parametrize("form", ["={0}{1}+1", "=SUM({0}$2:{0}{1})+1"])
def test_long_chains_end(form: str) -> None:
    out = io.BytesIO()
    with Workbook(out) as book:
        sheet = book.add_worksheet(TITLE)
        for row in range(2, 20_000):
            sheet.write_formula(row, 0, form.format("A", row), None, 1)
    assert len(stale(out.getvalue(), (2, 0))[TITLE]) == 19_998


def test_libreoffice_shows_what_it_would_compute(tmp_path: Path) -> None:
    """Our file, and the same without any kept value, are the same to a program that trusts kept values."""
    ours, bare = {}, {}
    books = {"arrays": written(["array_formulas", "names"]), **dict(list(foreign_workbooks(1, 20))[-20:])}
    for number, (name, data) in enumerate(books.items()):
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(data)
        edited(path)
        ours[name] = path.read_bytes()
        members = read_members(ours[name])
        bare[name] = zipped({part: _bare(xml) for part, xml in members.items()})
    shown = [
        converted(numbered(books, tmp_path / kind), XLSX, tmp_path / kind)
        for kind, books in (("ours", ours), ("bare", bare))
    ]
    assert len(shown[0]) > 12
    for name in shown[0].keys() & shown[1].keys():
        mine, computed = (read_grids(Package(files[name].read_bytes())) for files in shown)
        for title, grid in computed.items():
            assert list(differences(mine[title], grid)) == [], (name, title)


def differences(mine: Grid, computed: Grid) -> Iterator[tuple[int, int]]:
    """Cells that are not as computed; what it does not know how to compute is left out."""
    for column, values in enumerate(computed.columns, computed.first_column):
        for row, value in enumerate(values, computed.first_row + 1):
            if not isinstance(value, CellError) and mine.value(row, column) != value:
                yield row, column


def _bare(xml: bytes) -> bytes:
    return re.sub(rb"(<((?:\w+:)?)f(?:\s[^>]*)?(?:/>|>[^<]*</\2f>)\s*)<\2v>[^<]*</\2v>", rb"\1", xml)
