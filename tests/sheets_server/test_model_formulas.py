"""Formulas: results, error values, formats, order of evaluation."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from .model_book import ModelBook, rows_of

DATA: list[list[Any]] = [
    ["name", "n", "when"],
    ["a", 1, "2026-03-04"],
    ["b", 2.5, "2026-03-05"],
    ["A", "text", "=1/0"],
    ["c", None, True],
]


@pytest.fixture
def model() -> ModelBook:
    model = ModelBook()
    model.book.clock = lambda: dt.datetime(2026, 11, 22, 18, tzinfo=dt.UTC)
    model.enter("A1", *DATA)
    return model


def result(model: ModelBook, formula: str) -> Any:
    model.enter("H20", [formula])
    found = model.plain("H20")
    return found[0][0] if found and found[0] else ""


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("=1+2*3", 7),
        ("=(1+2)*3", 9),
        ("=-2^2", 4),
        ("=2^3^2", 64),
        ("=10/4", 2.5),
        ("=50%", 0.5),
        ("= 1 / 1024", 1 / 1024),
        ('="a"&1&TRUE', "a1TRUE"),
        ('="say ""x"""', 'say "x"'),
        ("=1=1", True),
        ('="A"="a"', True),
        ("=2>10", False),
        ('="b">"a"', True),
        ("=1<>2", True),
        ("=A2", "a"),
        ("=Z9", ""),
        ("=Z9+1", 1),
        ("=B2+B3", 3.5),
        ("=$B$2*2", 2),
        ("=Sheet1!B2", 1),
        ("=SUM(B2:B5)", 3.5),
        ('=SUM(B2:B5,"4",1)', 8.5),
        ("=AVERAGE(B:B)", 1.75),
        ("=MIN(B2:B5)", 1),
        ("=MAX(B2:B5)", 2.5),
        ("=COUNT(A1:C3)", 4),
        ("=COUNTA(A1:A5)", 5),
        ("=COUNTBLANK(B1:B5)", 1),
        ('=COUNTIF(A:A,"a")', 2),
        ('=COUNTIF(B:B,">1")', 1),
        ('=COUNTIF(A:A,"?ame")', 1),
        ('=SUMIF(A:A,"a",B:B)', 1),
        ('=SUMIFS(B:B,A:A,"b",B:B,">1")', 2.5),
        ('=IF(B2>0,"yes","no")', "yes"),
        ("=IF(FALSE,1)", False),
        ('=IFERROR(1/0,"e")', "e"),
        ("=IFS(FALSE,1,TRUE,2)", 2),
        ("=AND(TRUE,1)", True),
        ("=OR(FALSE,0)", False),
        ("=NOT(0)", True),
        ("=ROUND(2.345,2)", 2.35),
        ("=ROUNDUP(2.1)", 3),
        ("=INT(-1.5)", -2),
        ("=MOD(-1,3)", 2),
        ("=ABS(-2)", 2),
        ('=CONCATENATE(A2,"-",A3)', "a-b"),
        ('=LEFT("abc",2)', "ab"),
        ('=LEN("abc")', 3),
        ("=UPPER(A2)", "A"),
        ('=TRIM("  a  b ")', "a b"),
        ('=TEXT(1234.5,"#,##0.00")', "1,234.50"),
        ('=TEXTJOIN(",",TRUE,A2:A4)', "a,b,A"),
        ('=SUBSTITUTE("aXa","a","b")', "bXb"),
        ("=DATE(2026,3,4)", 46085),
        ("=YEAR(C2)", 2026),
        ("=C3-C2", 1),
        ("=TODAY()", 46348),
        ("=NOW()", 46348.75),
        ("=EDATE(DATE(2026,1,31),1)", 46081),
        ('=VLOOKUP("b",A2:B5,2,FALSE)', 2.5),
        ('=MATCH("c",A1:A5,0)', 5),
        ("=INDEX(A1:B5,3,2)", 2.5),
        ('=HYPERLINK("https://x.test","x")', "x"),
        ("=ISERROR(C4)", True),
        ("=ISBLANK(B5)", True),
        ("=SUM({1,2;3,4})", 10),
        ("=ARRAYFORMULA(SUM(B2:B3*2))", 7),
        ("=ROW()", 20),
        ("=COLUMN(C1)", 3),
        ("=SUM(1,2", 3),
        ("=1/0", "#DIV/0!"),
        ("=FOO(1)", "#NAME?"),
        ("=bar", "#NAME?"),
        ('="a"+1', "#VALUE!"),
        ("=C4", "#DIV/0!"),
        ("=Nope!A1", "#REF!"),
        ("=SQRT(-1)", "#NUM!"),
        ("=NA()", "#N/A"),
        ("=1+", "#ERROR!"),
        ("=VLOOKUP(9,A:B,2,0)", "#N/A"),
        ("=AVERAGE(Z1:Z9)", "#DIV/0!"),
        ("=H20", "#REF!"),
    ],
)
def test_results(model: ModelBook, formula: str, value: Any) -> None:
    found = result(model, formula)
    assert found == pytest.approx(value) if isinstance(value, float) else found == value


@pytest.mark.parametrize(
    ("formula", "shown"),
    [("=C2+1", "2026-03-05"), ("=C3-C2", "1"), ("=TODAY()", "11/22/2026"), ("=NOW()", "11/22/2026 18:00:00"),
     ("=MAX(C2:C3)", "2026-03-05"), ("=1/3", "0.3333333333")],
)  # fmt: skip
def test_results_are_shown_like_their_sources(model: ModelBook, formula: str, shown: str) -> None:
    model.enter("H20", [formula])
    assert model.shown("H20") == [[shown]]


def test_errors_explain_themselves(model: ModelBook) -> None:
    model.enter("H20", ["=1/0", "=FOO(1)", "=H21", '="a"+1'], ["=H20", "=I20"])
    data = model.sheet(ranges=["H20:K20"], includeGridData="true")["data"][0]["rowData"][0]["values"]
    errors = [cell["effectiveValue"].get("errorValue") for cell in data]
    assert errors[0] == {"type": "DIVIDE_BY_ZERO", "message": "Function DIVIDE parameter 2 cannot be zero."}
    assert errors[1] == {"type": "NAME", "message": "Unknown function: 'FOO'."}
    assert errors[3]["message"] == (
        "Function ADD parameter 1 expects number values. But 'a' is a text and cannot be coerced to a number."
    )
    assert data[0]["userEnteredValue"] == {"formulaValue": "=1/0"}


def test_a_circle_is_an_error_and_not_a_hang(model: ModelBook) -> None:
    model.enter("H1", ["=I1+1", "=J1", "=H1"], ["=SUM(H1:H3)", 5])
    assert model.shown("H1:J1") == [["#REF!", "#REF!", "#REF!"]]
    model.enter("J1", [1])
    assert model.plain("H1:J1") == [[2, 1, 1]]


def test_a_long_chain_of_formulas(model: ModelBook) -> None:
    model.batch({"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 4000}})
    model.enter("H1", [1], *([f"=H{row}+1"] for row in range(1, 4000)))
    assert model.plain("H4000") == [[4000]]
    model.batch({"insertDimension": {"range": rows_of(5, 6)}})
    assert model.plain("H4001") == [[4000]]


def test_results_follow_changes(model: ModelBook) -> None:
    model.enter("H1", ["=SUM(B2:B3)"])
    assert model.plain("H1") == [[3.5]]
    model.enter("B2", [10])
    assert model.plain("H1") == [[12.5]]
    model.batch({"addNamedRange": {"namedRange": {"name": "mine", "range": {"sheetId": 0, "startRowIndex": 1,
        "endRowIndex": 3, "startColumnIndex": 1, "endColumnIndex": 2}}}})  # fmt: skip
    assert result(model, "=SUM(mine)*2") == 25


def test_array_results_fill_blank_cells(model: ModelBook) -> None:
    model.enter("H1", ["=ARRAYFORMULA(B2:B3*2)", None, "=TRANSPOSE(A2:A4)"], [], ["=SUM(H1:H2)"])
    assert model.plain("H1:L3") == [[2, "", "a", "b", "A"], [5], [7]]
    assert model.formulas("H1:H2") == [["=ARRAYFORMULA(B2:B3*2)"]]
    data = model.sheet(ranges=["H2"], includeGridData="true")["data"][0]["rowData"][0]["values"][0]
    assert (data["effectiveValue"], "userEnteredValue" in data) == ({"numberValue": 5}, False)


def test_array_results_do_not_overwrite(model: ModelBook) -> None:
    model.enter("H1", ["=UNIQUE(A2:A5)"], ["taken"])
    assert model.shown("H1:H4") == [["#REF!"], ["taken"]]
    model.enter("H2", [""])
    assert model.shown("H1:H4") == [["a"], ["b"], ["A"], ["c"]]


@pytest.mark.parametrize(
    ("formula", "rows"),
    [
        ("=SEQUENCE(2,2)", [[1, 2], [3, 4]]),
        ('=SPLIT("a,1",",")', [["a", 1]]),
        ("=SORT(A2:A5,1,FALSE)", [["c"], ["b"], ["a"], ["A"]]),
        ("=FILTER(A2:A5,B2:B5=1)", [["a"]]),
        ("={1,2;3,4}", [[1, 2], [3, 4]]),
        ("=FLATTEN(A2:B3)", [["a"], [1], ["b"], [2.5]]),
    ],
)
def test_functions_that_give_arrays(model: ModelBook, formula: str, rows: list[list[Any]]) -> None:
    model.enter("H1", [formula])
    assert model.plain("H1:L9") == rows
