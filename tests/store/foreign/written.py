"""Workbooks written with XlsxWriter: one table of clients, and any choice of features around it."""

# ruff: noqa: ARG001, ARG005 (every feature takes the same three arguments)
from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

TITLE, OTHER = "客户", "汇总"
HEADER = ("名称", "级别", "金额", "建立", "_id", "倍数")
RECORDS = 12
DAY = datetime.fromisoformat("2026-01-05")
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf50000003010100c9fe92ef0000000049454e44ae426082"
)
LAST = RECORDS + 1
VALUES = f"={TITLE}!$C$2:$C${LAST}"
NAMES = f"={TITLE}!$A$2:$A${LAST}"
OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(1000) + "VBA_PROJECT".encode("utf-16-le") + bytes(500)

Feature = Callable[[Workbook, Worksheet, Worksheet], object]
FEATURES: dict[str, Feature] = {}


def record_id(number: int) -> str:
    return f"r{number}"


def tier(number: int) -> str:
    return ("重点", "普通")[number % 2]


def feature(function: Feature) -> Feature:
    FEATURES[function.__name__] = function
    return function


def written(names: Sequence[str], date_1904: bool = False) -> bytes:
    """A workbook with the table, a worksheet of formulas over it, and the named features."""
    out = io.BytesIO()
    with Workbook(out, {"date_1904": date_1904, "in_memory": True}) as book:
        sheet, other = book.add_worksheet(TITLE), book.add_worksheet(OTHER)
        _write_table(book, sheet)
        other.write_formula("A1", f"=SUM({TITLE}!C2:C{LAST})", None, 117)
        other.write_formula("A2", "=A1*2", None, 234)
        other.write_formula("A3", "=1+1", None, 2)
        other.write_formula("A4", f"={TITLE}!A2", None, "客户1")
        for name in names:
            FEATURES[name](book, sheet, other)
    return out.getvalue()


def _write_table(book: Workbook, sheet: Worksheet) -> None:
    bold, date = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy年m月d日"})
    striped = [book.add_format({"bg_color": "#FFEE99", "border": 1}), None]
    sheet.write_row(0, 0, HEADER, bold)
    for number in range(1, RECORDS + 1):
        style = striped[number % 2]
        sheet.write(number, 0, f"客户{number}", style)
        sheet.write(number, 1, tier(number), style)
        sheet.write(number, 2, number * 1.5, style)
        sheet.write_datetime(number, 3, DAY, date)
        sheet.write(number, 4, record_id(number))
        sheet.write_formula(number, 5, f"=C{number + 1}*2", style, number * 3)


def _insert_chart(book: Workbook, sheet: Worksheet, kind: str, subtype: str | None = None) -> None:
    chart = book.add_chart({"type": kind, **({"subtype": subtype} if subtype else {})})
    series = {"values": VALUES, "categories": NAMES}
    for _ in range(3 if kind == "stock" else 1):
        chart.add_series(series)
    chart.set_title({"name": f"={TITLE}!$C$1"})
    sheet.insert_chart("J4", chart, {"description": f"{kind} 图"})


_CHARTS = [
    ("area", None), ("area", "percent_stacked"), ("bar", None), ("bar", "stacked"), ("column", None),
    ("column", "percent_stacked"), ("doughnut", None), ("line", None), ("line", "stacked"), ("pie", None),
    ("radar", "filled"), ("scatter", "smooth_with_markers"), ("stock", None),
]  # fmt: skip
for _kind, _subtype in _CHARTS:
    FEATURES[f"chart_{_kind}_{_subtype or 'plain'}"] = lambda book, sheet, other, k=_kind, s=_subtype: (
        _insert_chart(book, sheet, k, s)
    )


@feature
def combined_chart(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    column, line = book.add_chart({"type": "column"}), book.add_chart({"type": "line"})
    column.add_series({"values": VALUES, "trendline": {"type": "linear"}, "data_labels": {"value": True}})
    line.add_series({"values": VALUES, "y2_axis": True, "marker": {"type": "star"}})
    column.combine(line)
    other.insert_chart("C2", column)


@feature
def chart_sheet(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    line = book.add_chart({"type": "line"})
    line.add_series({"values": VALUES})
    book.add_chartsheet("图").set_chart(line)


@feature
def text_box(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.insert_textbox("J8", "说明", {"fill": {"color": "yellow"}, "textlink": f"={TITLE}!$A$2"})


@feature
def image(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.insert_image("J2", "a.png", {"image_data": io.BytesIO(PIXEL), "url": "https://example.org"})


@feature
def image_in_cell(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.embed_image("I3", "b.png", {"image_data": io.BytesIO(PIXEL)})


@feature
def background(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.set_background(io.BytesIO(PIXEL))


@feature
def button(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.insert_button("J12", {"macro": "Start", "caption": "开始"})


@feature
def checkbox(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.insert_checkbox("I5", True)


@feature
def sparklines(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.add_sparkline("I2", {"range": f"{TITLE}!C2:C10", "type": "column", "markers": True})
    other.add_sparkline("E1", {"location": ["E1", "E2"], "range": [f"{TITLE}!C2:C5", f"{TITLE}!C6:C9"]})


@feature
def data_bars(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.conditional_format(f"C2:C{LAST}", {"type": "data_bar", "data_bar_2010": True, "bar_solid": True})


@feature
def icon_sets(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.conditional_format(f"C2:C{LAST}", {"type": "icon_set", "icon_style": "5_ratings"})


@feature
def colour_scales(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.conditional_format(f"C2:C{LAST}", {"type": "3_color_scale"})
    red = book.add_format({"font_color": "#FF0000"})
    sheet.conditional_format(f"A2:F{LAST}", {"type": "formula", "criteria": '=$B2="重点"', "format": red})
    sheet.conditional_format("B2:B6", {"type": "duplicate", "format": red})


@feature
def drop_down(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.data_validation(f"B2:B{LAST}", {"validate": "list", "source": ["重点", "普通", "潜在"]})
    sheet.data_validation(f"C2:C{LAST}", {"validate": "decimal", "criteria": ">=", "value": 0})


@feature
def drop_down_from_another_sheet(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    other.write_column("H1", ["重点", "普通"])
    sheet.data_validation(f"B2:B{LAST}", {"validate": "list", "source": f"={OTHER}!$H$1:$H$2"})


@feature
def table(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    columns = [{"header": name} for name in HEADER]
    columns[5]["formula"] = "=C2*2"
    sheet.add_table(f"A1:F{LAST}", {"name": "客户表", "columns": columns})
    for number in range(1, RECORDS + 1):  # the table has written its own formula, without a value
        sheet.write_formula(number, 5, f"=C{number + 1}*2", None, number * 3)


@feature
def table_elsewhere_with_totals(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    columns = [{"header": "a", "total_string": "合计"}, {"header": "b", "total_function": "sum"}]
    other.add_table("J1:K5", {"total_row": True, "columns": columns, "data": [[1, 2], [3, 4]]})


@feature
def rich_text(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    red, bold = book.add_format({"font_color": "red"}), book.add_format({"bold": True})
    sheet.write_rich_string(5, 0, "客", red, "户", bold, "5")
    other.write_rich_string("B1", red, " 红 ", bold, "粗")


@feature
def comments(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.write_comment("B2", "为什么？", {"author": "王", "visible": True})
    other.write_comment("A1", "合计")


@feature
def merged_cells(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.merge_range("I8:K9", "备注", book.add_format({"align": "center"}))


@feature
def names(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    book.define_name("总额", VALUES)
    book.define_name(f"{OTHER}!率", "=0.17")
    book.define_name("动态", f"=OFFSET({TITLE}!$A$1,0,0,COUNTA({TITLE}!$A:$A),1)")
    other.write_formula("B2", "=SUM(总额)", None, 117)


@feature
def autofilter(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.autofilter(f"A1:F{LAST}")
    sheet.filter_column("B", "x == 重点")
    sheet.set_row(1, None, None, {"hidden": True})


@feature
def frozen(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.freeze_panes(1, 1)
    other.split_panes(15, 8.43)
    sheet.set_selection("B3:C4")


@feature
def outlines(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    for row in range(3, 7):
        sheet.set_row(row, 22, None, {"level": 1, "collapsed": row == 6})
    sheet.set_column("H:I", 5, None, {"level": 2, "hidden": True})
    sheet.outline_settings(True, False, False, True)


@feature
def links(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.write_url("I4", "https://example.org/?a=1&b=2#c", string="网", tip="t")
    sheet.write_url("I5", f"internal:'{OTHER}'!A1")
    other.write_url("B4", "mailto:a@example.org")


@feature
def array_formulas(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.write_array_formula("H2:H4", "{=C2:C4*3}", None, 4.5)
    other.write_array_formula("B5", "{=SUM(A1:A2*2)}", None, 702)


@feature
def dynamic_arrays(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    other.write_dynamic_array_formula("C1:C3", f"=UNIQUE({TITLE}!B2:B{LAST})", None, "普通")
    other.write_formula("D1", "=LAMBDA(x,x*2)(A3)", None, 4)
    other.write_dynamic_array_formula("D2", "=SORT(A1:A2)", None, 117)


@feature
def error_values(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    for row, code in enumerate(["#N/A", "#REF!", "#DIV/0!", "#NAME?"]):
        other.write_formula(row, 5, "=NA()", None, code)
    other.write_boolean("G1", True)


@feature
def properties(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    book.set_properties({"title": "客户", "author": "李", "comments": "x < y", "manager": "王"})
    book.set_custom_property("Abteilung", "销售")
    book.set_custom_property("Nummer", 42)


@feature
def page_set_up(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(0)
    sheet.print_area(f"A1:F{LAST}")
    sheet.fit_to_pages(1, 0)
    sheet.set_h_pagebreaks([5, 9])
    sheet.set_header("&L&P&C客户&R&D")


@feature
def pictures_in_headers(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    picture = {"image_left": "a.png", "image_data_left": io.BytesIO(PIXEL)}
    sheet.set_header("&L&G", picture)
    sheet.set_footer("&L&G &P", picture)


@feature
def protected(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.protect("geheim", {"insert_rows": True})
    sheet.unprotect_range(f"B2:B{LAST}", "级别")
    other.protect()


@feature
def ignored_errors(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})


@feature
def looks(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.set_tab_color("#FF9900")
    sheet.set_zoom(80)
    sheet.hide_gridlines(2)
    sheet.right_to_left()
    sheet.set_default_row(24)
    sheet.set_column("A:A", 30, book.add_format({"italic": True}))
    sheet.set_row(4, 40, book.add_format({"rotation": 30, "diag_type": 1}))


@feature
def hidden_sheets(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    book.add_worksheet("藏").hide()
    book.add_worksheet("深藏").very_hidden()


@feature
def columns_with_styles(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    sheet.set_column("A:XFD", 12, book.add_format({"font_name": "KaiTi"}))
    other.set_column("B:D", 3, None, {"hidden": True})


@feature
def macros(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    book.add_vba_project(io.BytesIO(OLE), is_stream=True)
    book.set_vba_name("ThisWorkbook")
    sheet.set_vba_name("Sheet1")


@feature
def many_strings(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    texts = ["_x0041_", "=1+1", "007", " a ", "a\nb", "\x07", "😀", "e\u0301", "שלום", "长" * 300, "<&>"]
    for row, text in enumerate(texts):
        other.write_string(row, 12, text)


@feature
def manual_calculation(book: Workbook, sheet: Worksheet, other: Worksheet) -> None:
    book.set_calc_mode("manual")
    book.read_only_recommended()
