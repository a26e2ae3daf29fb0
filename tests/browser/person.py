"""A person at the spreadsheet: real LibreOffice, headless, with a profile of its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from xml.sax.saxutils import escape

TIMEOUT_SECONDS = 90
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
MODULE = HEAD + (
    '<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">'
    '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Person"'
    ' script:language="StarBasic">{code}</script:module>'
)
LIBRARY = HEAD + (
    '<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">'
    '<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard"'
    ' library:readonly="false" library:passwordprotected="false">'
    '<library:element library:name="Person"/></library:library>'
)
MACRO = """
Sub Main(path As String)
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden"
  hidden(0).Value = True
  doc = StarDesktop.loadComponentFromURL(ConvertToURL(path), "_blank", 0, hidden())
{edits}
  doc.store()
  doc.close(True)
End Sub

Sub SortBy(sheet, column As Long, ascending As Boolean)
  Dim field(0) As New com.sun.star.table.TableSortField
  Dim order(1) As New com.sun.star.beans.PropertyValue
  cursor = sheet.createCursor()
  cursor.gotoEndOfUsedArea(False)
  last = cursor.RangeAddress
  field(0).Field = column
  field(0).IsAscending = ascending
  order(0).Name = "SortFields"
  order(0).Value = field()
  order(1).Name = "ContainsHeader"
  order(1).Value = True
  sheet.getCellRangeByPosition(0, 0, last.EndColumn, last.EndRow).sort(order())
End Sub
"""


class Person:
    """Edits workbooks as people do: opens them, changes, sorts, inserts, colours, saves, closes."""

    def __init__(self, profile: Path) -> None:
        """``profile``: an empty folder for settings. Raises RuntimeError where there is no LibreOffice."""
        self._soffice = shutil.which("soffice") or ""
        if not self._soffice:
            raise RuntimeError("no LibreOffice found: install it (Debian: apt-get install libreoffice-calc)")
        self._profile = profile
        self._run("--terminate_after_init")  # writes the profile, which then takes the macro
        self._basic = profile / "user" / "basic" / "Standard"
        (self._basic / "script.xlb").write_text(LIBRARY, encoding="utf-8")

    def edit(self, workbook: Path, edits: str) -> None:
        """Open the workbook, run ``edits`` (Basic; the document is ``doc``), save and close it."""
        code = escape(MACRO.format(edits=edits))
        (self._basic / "Person.xba").write_text(MODULE.format(code=code), encoding="utf-8")
        self._run(f'macro:///Standard.Person.Main("{workbook}")')

    def _run(self, argument: str) -> None:
        profile = f"-env:UserInstallation={self._profile.as_uri()}"
        command = [self._soffice, "--headless", "--norestore", "--nologo", profile, argument]
        subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_SECONDS)
