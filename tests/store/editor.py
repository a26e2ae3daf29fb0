"""A person at a spreadsheet program, without one: holds a copy of a workbook in memory, changes rows, saves.

What is saved is the copy: what others have written in the meantime is overwritten, as by real programs
that do not look. Everything but the cells of the worksheet stays as it was in the copy.
"""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

from lib.store.contract import Value
from lib.store.guard import open_package
from lib.store.xlsx_cells import cell_xml
from lib.store.xlsx_parts import Package
from lib.store.xlsx_reading import read_grids

Row = list[Value]


class Editor:
    """``rows`` are the worksheet's cells, the header first; change them freely."""

    def __init__(self, path: Path, title: str = "客户") -> None:
        self._path, self._title = path, title
        self.rows: list[Row] = []
        self.open()

    def open(self) -> None:
        """Take a fresh copy of the file."""
        self._package = open_package(self._path.read_bytes())
        grid = read_grids(self._package)[self._title]
        self.rows = [grid.row(i) for i in range(grid.height)]

    def save(self, *, in_place: bool = False) -> None:
        """Over whatever is there now."""
        data = self._saved().data
        if in_place:
            self._path.write_bytes(data)
            return
        beside = self._path.with_name(f"~{os.getpid()}.{id(self)}.tmp")
        beside.write_bytes(data)
        beside.replace(self._path)

    def column(self, header: str) -> int:
        return self.rows[0].index(header)

    def find(self, record_id: str) -> Row | None:
        at = self.column("_id")
        return next((row for row in self.rows[1:] if row[at] == record_id), None)

    def type(self, record_id: str, header: str, value: Value) -> bool:
        row = self.find(record_id)
        if row is not None:
            row[self.column(header)] = value
        return row is not None

    def add(self, values: dict[str, Value]) -> None:
        """A new row at the end, without an id."""
        self.rows.append([values.get(str(name)) for name in self.rows[0]])

    def remove(self, record_id: str) -> None:
        row = self.find(record_id)
        if row is not None:
            self.rows.remove(row)

    def sort(self, random: Random) -> None:
        """Whole rows, by no matter what."""
        body = self.rows[1:]
        random.shuffle(body)
        self.rows[1:] = body

    def _saved(self) -> Package:
        part = next(part.name for part in self._package.sheets() if part.title == self._title)
        xml = self._package.part(part)
        start, end = _data(xml)
        body = b"".join(_row_xml(number, row) for number, row in enumerate(self.rows, 1))
        return self._package.replace(
            {part: xml[:start] + b"<sheetData>" + body + b"</sheetData>" + xml[end:]}
        )


def _data(xml: bytes) -> tuple[int, int]:
    start = xml.index(b"<sheetData")
    if xml.startswith(b"<sheetData/>", start):
        return start, start + len(b"<sheetData/>")
    return start, xml.index(b"</sheetData>") + len(b"</sheetData>")


def _row_xml(number: int, row: Row) -> bytes:
    cells = (
        cell_xml(number, column, value, b"", b"", False)
        for column, value in enumerate(row)
        if value is not None
    )
    return b'<row r="%d">%b</row>' % (number, b"".join(cells))


def rows_of(path: Path, title: str = "客户") -> list[dict[str, Value]]:
    """The worksheet as it stands in the file, header text -> value for each row."""
    grid = read_grids(open_package(path.read_bytes()))[title]
    header, *body = [grid.row(i) for i in range(grid.height)]
    return [dict(zip(map(str, header), row, strict=True)) for row in body]
