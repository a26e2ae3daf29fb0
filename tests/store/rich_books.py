"""Workbooks with what people put into theirs, and what a comparison of two of them shows."""

from __future__ import annotations

import io
import subprocess
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
from lxml import etree
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule, ColorScaleRule
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from xlsxwriter import Workbook

day = datetime.fromisoformat
ROWS = [(f"客户{n}", ("重点", "普通")[n % 2], n * 1.5, f"r{n}") for n in range(1, 31)]
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf50000003010100c9fe92ef0000000049454e44ae426082"
)


def by_xlsxwriter(path: Path) -> Path:
    """Chart, image, sparkline, text box, rich text, comments, formats, drop-downs, names, formulas."""
    with Workbook(path) as book:
        sheet = book.add_worksheet("客户")
        bold, red = book.add_format({"bold": True}), book.add_format({"font_color": "red"})
        sheet.write_row(0, 0, ["名称", "级别", "金额", "建立", "_id", "倍数", "累计"], bold)
        for number, (name, tier, amount, record_id) in enumerate(ROWS, 1):
            sheet.write_row(number, 0, [name, tier, amount])
            sheet.write_datetime(
                number, 3, day("2026-01-05"), book.add_format({"num_format": "yyyy年m月d日"})
            )
            sheet.write_string(number, 4, record_id)
            sheet.write_formula(number, 5, f"=C{number + 1}*2", None, amount * 2)
        sheet.write_rich_string(30, 0, "客", red, "户", bold, "30")
        sheet.write_array_formula("G2:G4", "{=C2:C4*3}", None, 4.5)
        sheet.write_comment("B2", "为什么是普通？")
        sheet.insert_image("J2", "dot.png", {"image_data": io.BytesIO(PIXEL)})
        sheet.insert_textbox("J8", "说明")
        sheet.add_sparkline("I2", {"range": "客户!C2:C10"})
        sheet.conditional_format("C2:C31", {"type": "data_bar", "data_bar_2010": True})
        sheet.data_validation("B2:B31", {"validate": "list", "source": ["重点", "普通", "潜在"]})
        sheet.autofilter("A1:G31")
        sheet.freeze_panes(1, 1)
        sheet.merge_range("L1:N1", "备注区")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=客户!$C$2:$C$31", "categories": "=客户!$A$2:$A$31"})
        other = book.add_worksheet("汇总")
        other.insert_chart("B5", chart)
        other.write_formula("A1", "=SUM(客户!C2:C31)", None, 697.5)
        book.define_name("总额", "=客户!$C$2:$C$31")
        line = book.add_chart({"type": "line"})
        line.add_series({"values": "=客户!$C$2:$C$31"})
        book.add_chartsheet("图").set_chart(line)
        book.set_properties({"author": "李"})
    return path


def by_openpyxl(path: Path) -> Path:
    """A table with a total formula, shared strings, charts, comments, protection, print settings."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "客户"
    sheet.append(["名称", "级别", "金额", "建立", "_id", "倍数"])
    for number, (name, tier, amount, record_id) in enumerate(ROWS, 2):
        sheet.append([name, tier, amount, day("2026-01-05"), record_id, f"=C{number}*2"])
        sheet.cell(number, 1).font = Font(bold=number % 2 == 0)
        sheet.cell(number, 2).fill = PatternFill("solid", fgColor="FFEE99")
    sheet.add_table(Table(displayName="客户表", ref="A1:F31"))
    sheet.conditional_formatting.add(
        "C2:C31", CellIsRule(operator="lessThan", formula=["3"], font=Font(color="FF0000"))
    )
    sheet.conditional_formatting.add("F2:F31", ColorScaleRule("min", None, "FFFFFF", "max", None, "FF0000"))
    validation = DataValidation(type="list", formula1='"重点,普通"')
    sheet.add_data_validation(validation)
    validation.add("B2:B31")
    sheet["A2"].comment = Comment("老客户", "王")
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=3, min_row=1, max_row=31), titles_from_data=True)
    sheet.add_chart(chart, "I2")
    sheet.print_title_rows = "1:1"
    sheet.column_dimensions["A"].width = 30
    book.create_sheet("别的")["A1"] = "=SUM(客户!C2:C31)"
    book.defined_names["总额"] = DefinedName("总额", attr_text="客户!$C$2:$C$31")
    book.save(path)
    return path


def by_libreoffice(path: Path) -> Path:
    """The first workbook as LibreOffice saves it."""
    return resaved(by_xlsxwriter(path.with_name("quelle.xlsx")), path)


def resaved(source: Path, target: Path) -> Path:
    """``source`` opened and saved by LibreOffice."""
    folder = target.parent / "out"
    profile = (target.parent / "profile").as_uri()
    kind = "xlsx:Calc MS Excel 2007 XML"
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", kind]
    subprocess.run(
        [*command, "--outdir", str(folder), str(source)], check=True, capture_output=True, timeout=120
    )
    (folder / source.name).replace(target)
    return target


def with_prefix(source: Path, target: Path) -> Path:
    """``source`` with every element of its first worksheet under a prefix, as some programs write it."""
    return changed_parts(source, target, {"xl/worksheets/sheet1.xml": _prefixed})


def _prefixed(xml: bytes) -> bytes:
    root = etree.fromstring(xml)
    main = root.nsmap[None]
    names = {("x" if uri == main else name): uri for name, uri in root.nsmap.items()}
    new = etree.Element(root.tag, root.attrib, nsmap=names)
    new.extend(list(root))
    text: bytes = etree.tostring(new, xml_declaration=True, encoding="UTF-8", standalone=True)
    return text


def changed_parts(source: Path, target: Path, changes: dict) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info.filename, changes.get(info.filename, bytes)(content))
    return target


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def part_of_first_sheet(path: Path) -> str:
    return next(name for name in members(path) if name.endswith("sheet1.xml") and "rels" not in name)


def cells(xml: bytes) -> dict[str, bytes]:
    """Each cell of a worksheet part, in a form that compares."""
    root = etree.fromstring(xml)
    return {cell.get("r"): etree.tostring(cell, method="c14n") for cell in root.iter("{*}c")}


def around_cells(xml: bytes) -> bytes:
    """A worksheet part without its cells and the rows that hold nothing else."""
    root = etree.fromstring(xml)
    for element in list(root.iter("{*}c")):
        element.getparent().remove(element)
    for row in list(root.iter("{*}row")):
        row.attrib.pop("spans", None)
    text: bytes = etree.tostring(root, method="c14n")
    return text
