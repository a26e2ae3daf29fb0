"""Spreadsheets as files: what Drive's export gives, and what its CSV upload does."""

from __future__ import annotations

import csv
import html
import io
import zipfile
from collections.abc import Callable
from typing import Any

import xlsxwriter

from .service import SheetsService

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
OLD_ODS = "application/x-vnd.oasis.opendocument.spreadsheet"
Rows = list[list[str]]


def render(service: SheetsService, spreadsheet_id: str, mime_type: str, user: str) -> bytes | None:
    """The spreadsheet as a file of that type; None if Drive does not make such files of spreadsheets."""
    if mime_type == XLSX:
        query = {"includeGridData": ["true"]}
        path = {"spreadsheetId": spreadsheet_id}
        return _xlsx(service.call("sheets.spreadsheets.get", path, query, None, user))
    writer = WRITERS.get(mime_type)
    return writer(_shown(service, spreadsheet_id, user)) if writer else None


def replace_with_csv(service: SheetsService, spreadsheet_id: str, text: str, user: str) -> None:
    """Leave one sheet, of the first one's id, that holds the rows as if they had been typed."""
    rows = list(csv.reader(io.StringIO(text)))
    path = {"spreadsheetId": spreadsheet_id}
    with service.lock:
        first, *others = service.spreadsheets[spreadsheet_id].sheets
        width = max((len(row) for row in rows), default=1)
        size = {"rowCount": max(len(rows), 1), "columnCount": max(width, 1)}
        properties = {"sheetId": first.sheet_id, "gridProperties": size}
        requests: list[dict[str, Any]] = [{"deleteSheet": {"sheetId": sheet.sheet_id}} for sheet in others]
        fields = "gridProperties(rowCount,columnCount)"
        requests.append({"updateCells": {"range": {"sheetId": first.sheet_id}, "fields": "*"}})
        requests.append({"updateSheetProperties": {"properties": properties, "fields": fields}})
        service.call("sheets.spreadsheets.batchUpdate", path, {}, {"requests": requests}, user)
        if rows:
            where = {**path, "range": _quoted(first.title)}
            query = {"valueInputOption": ["USER_ENTERED"]}
            service.call("sheets.spreadsheets.values.update", where, query, {"values": rows}, user)


def _quoted(title: str) -> str:
    return "'" + title.replace("'", "''") + "'"


def _shown(service: SheetsService, spreadsheet_id: str, user: str) -> dict[str, Rows]:
    """Rows as people see them, by sheet."""
    titles = [sheet.title for sheet in service.spreadsheets[spreadsheet_id].sheets]
    query = {"ranges": [_quoted(title) for title in titles]}
    got = service.call(
        "sheets.spreadsheets.values.batchGet", {"spreadsheetId": spreadsheet_id}, query, None, user
    )
    return {t: found.get("values", []) for t, found in zip(titles, got["valueRanges"], strict=True)}


def _first_padded(sheets: dict[str, Rows]) -> Rows:
    rows = next(iter(sheets.values()))
    width = max((len(row) for row in rows), default=0)
    return [[*row, *[""] * (width - len(row))] for row in rows]


def _csv(sheets: dict[str, Rows]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(_first_padded(sheets))
    return text.getvalue().removesuffix("\r\n").encode()


def _tsv(sheets: dict[str, Rows]) -> bytes:
    lines = ["\t".join(" ".join(cell.split("\t")) for cell in row) for row in _first_padded(sheets)]
    return "\r\n".join(lines).encode()


def _table(rows: Rows) -> str:
    cells = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows]
    return "<table><tbody>" + "".join(f"<tr>{line}</tr>" for line in cells) + "</tbody></table>"


def _zipped_html(sheets: dict[str, Rows]) -> bytes:
    return _archive({f"{title}.html": _table(rows) for title, rows in sheets.items()})


def _archive(members: dict[str, str], mimetype: str = "") -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype, zipfile.ZIP_STORED)
        for name, text in members.items():
            archive.writestr(name, text)
    return data.getvalue()


def _ods(sheets: dict[str, Rows]) -> bytes:
    names = "urn:oasis:names:tc:opendocument:xmlns:"
    spaces = "".join(f' xmlns:{part}="{names}{part}:1.0"' for part in ("office", "table", "text"))
    tables = "".join(_ods_table(title, rows) for title, rows in sheets.items())
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces} office:version="1.2">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    entries = (("/", ODS), ("content.xml", "text/xml"))
    listed = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>'
        for path, kind in entries
    )
    manifest = f'<manifest:manifest xmlns:manifest="{names}manifest:1.0">{listed}</manifest:manifest>'
    return _archive({"content.xml": content, "META-INF/manifest.xml": manifest}, ODS)


def _ods_table(title: str, rows: Rows) -> str:
    lines = "".join("<table:table-row>" + "".join(map(_ods_cell, row)) + "</table:table-row>" for row in rows)
    blank = "<table:table-row><table:table-cell/></table:table-row>"
    return f'<table:table table:name="{html.escape(title)}">{lines or blank}</table:table>'


def _ods_cell(text: str) -> str:
    paragraph = f"<text:p>{html.escape(text)}</text:p>" if text else ""
    return f'<table:table-cell office:value-type="string">{paragraph}</table:table-cell>'


def _pdf(sheets: dict[str, Rows]) -> bytes:
    """A small PDF of one page: enough to be recognised and opened."""
    lines = [" ".join(row) for row in next(iter(sheets.values()))][:50]
    drawn = "".join(f"({_latin(line)}) Tj T* " for line in lines)
    stream = f"BT /F1 9 Tf 40 800 Td 12 TL {drawn}ET".encode("latin-1")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    return _numbered(objects)


def _latin(line: str) -> str:
    plain = line.encode("latin-1", "replace").decode("latin-1")
    return plain.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _numbered(objects: list[bytes]) -> bytes:
    data, offsets = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, len(data))
    return data + b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table) + trailer


def _xlsx(spreadsheet: dict[str, Any]) -> bytes:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True, "strings_to_numbers": False})
    formats: dict[str, Any] = {}
    for sheet in spreadsheet["sheets"]:
        page = book.add_worksheet(_excel_name(sheet["properties"]["title"]))
        grid = (sheet.get("data") or [{}])[0]
        for row_index, row in enumerate(grid.get("rowData", [])):
            for column_index, cell in enumerate(row.get("values", [])):
                _write_cell(book, page, row_index, column_index, cell, formats)
        frozen = sheet["properties"].get("gridProperties", {})
        page.freeze_panes(frozen.get("frozenRowCount", 0), frozen.get("frozenColumnCount", 0))
        if sheet["properties"].get("hidden"):
            page.hide()
    book.close()
    return data.getvalue()


def _excel_name(title: str) -> str:
    return "".join("_" if letter in "[]:*?/\\" else letter for letter in title)[:31]


def _write_cell(
    book: Any, page: Any, row: int, column: int, cell: dict[str, Any], formats: dict[str, Any]
) -> None:
    pattern = cell.get("effectiveFormat", {}).get("numberFormat", {}).get("pattern", "")
    if pattern and pattern not in formats:
        formats[pattern] = book.add_format({"num_format": pattern})
    look = formats.get(pattern)
    entered, effective = cell.get("userEnteredValue", {}), cell.get("effectiveValue", {})
    value = next(iter(effective.values()), None)
    if "formulaValue" in entered:
        page.write_formula(
            row, column, entered["formulaValue"], look, "" if isinstance(value, dict) else value
        )
    elif "boolValue" in effective:
        page.write_boolean(row, column, value, look)
    elif "numberValue" in effective:
        page.write_number(row, column, value, look)
    elif isinstance(value, str):
        page.write_string(row, column, value, look)
    if cell.get("note"):
        page.write_comment(row, column, cell["note"])


WRITERS: dict[str, Callable[[dict[str, Rows]], bytes]] = {
    "text/csv": _csv,
    "text/tab-separated-values": _tsv,
    "application/pdf": _pdf,
    "application/zip": _zipped_html,
    ODS: _ods,
    OLD_ODS: _ods,
}
ENDINGS = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/pdf": "pdf",
    "application/zip": "zip",
    ODS: "ods",
    OLD_ODS: "ods",
    XLSX: "xlsx",
}
