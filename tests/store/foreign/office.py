"""Workbooks that real LibreOffice makes: what it writes in its own words, and what only it can add."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.browser.person import Person
from tests.store.foreign.written import TITLE

TIMEOUT_S = 240
XLSX = "xlsx:Calc MS Excel 2007 XML"
# A pivot table, form controls, a chart, a drawing, a validation, a note, a format, groups: made through UNO.
ADDITIONS = f"""
  sheet = doc.Sheets.getByName("{TITLE}")
  Dim source As New com.sun.star.table.CellRangeAddress
  source.EndColumn = 5
  source.EndRow = 12
  tables = doc.Sheets.getByIndex(1).getDataPilotTables()
  pilot = tables.createDataPilotDescriptor()
  pilot.setSourceRange(source)
  fields = pilot.getDataPilotFields()
  fields.getByIndex(1).Orientation = com.sun.star.sheet.DataPilotFieldOrientation.ROW
  fields.getByIndex(2).Orientation = com.sun.star.sheet.DataPilotFieldOrientation.DATA
  Dim place As New com.sun.star.table.CellAddress
  place.Sheet = 1
  place.Column = 8
  tables.insertNewByName("透视", place, pilot)
  page = sheet.DrawPage
  For Each kind In Array("CheckBox", "ListBox", "CommandButton")
    shape = doc.createInstance("com.sun.star.drawing.ControlShape")
    Dim size As New com.sun.star.awt.Size
    size.Width = 3000
    size.Height = 700
    shape.setSize(size)
    shape.Control = doc.createInstance("com.sun.star.form.component." & kind)
    page.add(shape)
  Next
  figure = doc.createInstance("com.sun.star.drawing.EllipseShape")
  figure.setSize(size)
  page.add(figure)
  Dim where As New com.sun.star.awt.Rectangle
  where.X = 20000
  where.Width = 8000
  where.Height = 6000
  Dim ranges(0) As New com.sun.star.table.CellRangeAddress
  ranges(0).StartColumn = 2
  ranges(0).EndColumn = 2
  ranges(0).EndRow = 12
  sheet.Charts.addNewByName("图", where, ranges(), True, False)
  Dim noted As New com.sun.star.table.CellAddress
  noted.Column = 1
  noted.Row = 2
  sheet.Annotations.insertNew(noted, "为什么？")
  sheet.getCellRangeByName("A3:F5").Rows.IsVisible = True
  sheet.group(ranges(0), com.sun.star.table.TableOrientation.COLUMNS)
  doc.NamedRanges.addNewByName("总额", "$" & "{TITLE}.$C$2:$C$13", noted, 0)
"""


def converted(files: Mapping[str, Path], kind: str, folder: Path) -> dict[str, Path]:
    """Each file as LibreOffice opens it and writes it as ``kind``; those that it refuses are left out."""
    out = folder / "out"
    ending = kind.partition(":")[0]
    profile = (folder / "profile").as_uri()
    command = [
        "soffice",
        f"-env:UserInstallation={profile}",
        "--headless",
        "--convert-to",
        kind,
        "--outdir",
        str(out),
    ]
    subprocess.run([*command, *map(str, files.values())], check=True, capture_output=True, timeout=TIMEOUT_S)
    made = {name: out / f"{file.stem}.{ending}" for name, file in files.items()}
    return {name: file for name, file in made.items() if file.exists()}


def numbered(books: Mapping[str, bytes], folder: Path) -> dict[str, Path]:
    """The books as files with short names."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: folder / f"{number}.xlsx" for number, name in enumerate(books)}
    for name, file in files.items():
        file.write_bytes(books[name])
    return files


def resaved(books: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """The books as LibreOffice saves them; every other one by way of its own format."""
    files = numbered(books, folder / "in")
    names = list(files)
    own = converted({name: files[name] for name in names[::2]}, "ods", folder / "ods")
    files.update(own)
    saved = converted(files, XLSX, folder / "xlsx")
    return {f"LibreOffice: {name}": file.read_bytes() for name, file in saved.items()}


def with_additions(book: bytes, folder: Path) -> bytes:
    """The book after a person has added a pivot table, controls and more in LibreOffice."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "person.xlsx"
    file.write_bytes(book)
    Person(folder / "profile").edit(file, ADDITIONS)
    return file.read_bytes()
