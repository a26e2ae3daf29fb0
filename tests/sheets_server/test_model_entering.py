"""What typing becomes, and how values are shown."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .entered import entered
from .formats import show, show_number
from .model_book import ModelBook, box

TODAY = dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "value", "shown"),
    [
        ("007", 7, "7"),
        ("-3.5", -3.5, "-3.5"),
        ("+5", 5, "5"),
        ("(5)", -5, "-5"),
        (".5", 0.5, "0.5"),
        ("1,234", 1234, "1,234"),
        ("2,000,000.01", 2000000.01, "2,000,000.01"),
        ("50%", 0.5, "50%"),
        ("12.5%", 0.125, "12.50%"),
        ("$12", 12, "$12"),
        ("$1,234.5", 1234.5, "$1,234.50"),
        ("-$3", -3, "-$3"),
        ("1e3", 1000, "1.00E+03"),
        (" 12 ", 12, "12"),
        ("true", True, "TRUE"),
        ("FALSE", False, "FALSE"),
        ("2026-03-04", 46085, "2026-03-04"),
        ("2026-3-4", 46085, "2026-3-4"),
        ("3/4/2026", 46085, "3/4/2026"),
        ("03/04/2026", 46085, "03/04/2026"),
        ("3/4/26", 46085, "3/4/26"),
        ("1-2", 46024, "1-2"),
        ("Mar 4, 2026", 46085, "Mar 4, 2026"),
        ("4 March 2026", 46085, "4 March 2026"),
        ("4-Mar-2026", 46085, "4-Mar-2026"),
        ("Wed, Mar 4, 2026", 46085, "Mar 4, 2026"),
        ("12:30", 0.5208333333333334, "12:30"),
        ("3 pm", 0.625, "3 PM"),
        ("3:15:30 PM", 0.635763888888889, "3:15:30 PM"),
        ("25:00", 25 / 24, "25:00"),
        ("2026-03-04 18:00", 46085.75, "2026-03-04 18:00"),
        ("3/4/2026 6:00 pm", 46085.75, "3/4/2026 6:00 PM"),
    ],
)
def test_typed_texts_that_mean_something(typed: str, value: Any, shown: str) -> None:
    model = ModelBook()
    model.book.clock = lambda: dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    model.enter("A1", [typed])
    found = model.plain()[0][0]
    assert found == pytest.approx(value)
    assert type(found) is type(value) or not isinstance(value, bool)
    assert model.shown() == [[shown]]


@pytest.mark.parametrize(
    "typed",
    ["abc", "1,23", "12:75", "2026-13-01", "2/30/2026", "1.2.3", "--5", "5-", "$", "%", "1 2", "Mar", "e5",
     "恒信科技", "😀", "A1", "1/2/3/4", "5 apples", "-", "+"],
)  # fmt: skip
def test_typed_texts_that_stay_texts(typed: str) -> None:
    assert entered(typed, None, TODAY) == (typed, None)


def test_an_apostrophe_makes_text_and_is_not_kept() -> None:
    model = ModelBook()
    model.enter("A1", ["'007", "'=1+1", "''x"])
    assert model.plain() == [["007", "=1+1", "'x"]]


def test_raw_takes_everything_as_it_is() -> None:
    model = ModelBook()
    row = ["007", "=1+1", "'x", "2026-03-04", "TRUE", True, 1.5, "12%"]
    model.enter("A1", row, option="RAW")
    assert model.plain() == [row]
    assert model.shown() == [["007", "=1+1", "'x", "2026-03-04", "TRUE", "TRUE", "1.5", "12%"]]


def test_a_cell_formatted_as_text_takes_typing_as_text() -> None:
    model = ModelBook()
    style = {"userEnteredFormat": {"numberFormat": {"type": "TEXT"}}}
    fields = "userEnteredFormat.numberFormat"
    model.batch({"repeatCell": {"range": box(0, 1, 0, 1), "cell": style, "fields": fields}})
    model.enter("A1", ["007", "007"])
    assert model.plain() == [["007", 7]]


def test_a_cell_keeps_its_own_number_format() -> None:
    model = ModelBook()
    style = {"userEnteredFormat": {"numberFormat": {"type": "NUMBER", "pattern": "0.000"}}}
    model.batch({"repeatCell": {"range": box(0, 1, 0, 1), "cell": style, "fields": "userEnteredFormat"}})
    model.enter("A1", ["50%"])
    assert model.shown() == [["0.500"]]


@pytest.mark.parametrize(
    ("number", "pattern", "shown"),
    [
        (1234.5, "#,##0.00", "1,234.50"),
        (0.5, "0%", "50%"),
        (-1234, "#,##0;(#,##0)", "(1,234)"),
        (0, "0;-0;\"none\"", "none"),
        (1234567, "#,##0,", "1,235"),
        (0.5, "#.##", ".5"),
        (5, "000", "005"),
        (12345.678, "0.00E+00", "1.23E+04"),
        (46085.75, "yyyy-mm-dd hh:mm", "2026-03-04 18:00"),
        (46085.75, "dddd, d mmmm yyyy", "Wednesday, 4 March 2026"),
        (46085.75, "h:mm am/pm", "6:00 PM"),
        (1.5, "[h]:mm", "36:00"),
        (46085, '"on "m/d', "on 3/4"),
        (2.5, "0.0 \"kg\"", "2.5 kg"),
        (0.005, "0.00", "0.01"),
        (-0.001, "0.00", "0.00"),
        (1.005, "0.##", "1.01"),
        (3, "0.##", "3."),
    ],
)  # fmt: skip
def test_number_formats(number: float, pattern: str, shown: str) -> None:
    assert show_number(number, pattern) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (1 / 3, "0.3333333333"),
        (1 / 1024, "0.0009765625"),
        (3.14159265358979, "3.141592654"),
        (123456789.123, "123456789.1"),
        (12345678901, "12345678901"),
        (1e15, "1E+15"),
        (-2.5, "-2.5"),
        (0.1 + 0.2, "0.3"),
        (0.0, "0"),
    ],
)
def test_the_automatic_format(number: float, shown: str) -> None:
    assert show(number) == shown


@given(st.text(max_size=30))
def test_raw_text_comes_back_unchanged(text: str) -> None:
    model = ModelBook(2, 2)
    model.enter("A1", [text, "end"], option="RAW")
    assert model.plain() == [[text, "end"]]


@given(st.floats(allow_nan=False, allow_infinity=False), st.booleans())
def test_numbers_and_booleans_come_back_unchanged(number: float, flag: bool) -> None:
    model = ModelBook(2, 2)
    model.enter("A1", [number, flag], option="RAW")
    assert model.plain() == [[number, flag]]


@given(st.text(max_size=20))
def test_typing_never_breaks_the_service(text: str) -> None:
    model = ModelBook(2, 2)
    model.enter("A1", [text])
    model.shown()
    model.formulas()
