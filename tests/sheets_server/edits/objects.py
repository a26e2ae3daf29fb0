"""Things that lie on a sheet and are kept as given: banding, charts, slicers, tables."""

from __future__ import annotations

from typing import Any

from tests.sheets_server.errors import invalid
from tests.sheets_server.grid import Sheet
from tests.sheets_server.masks import masked_merge, parse_mask
from tests.sheets_server.ranges import place_of
from tests.sheets_server.rendering import tidy_ranges
from tests.sheets_server.spreadsheet import Spreadsheet
from tests.sheets_server.styles import with_color_twins
from tests.sheets_server.values import clear_values

Body = dict[str, Any]


def _all_ids(book: Spreadsheet, attribute: str, id_name: str) -> set[Any]:
    return {item[id_name] for sheet in book.sheets for item in getattr(sheet, attribute)}


def _locate(book: Spreadsheet, attribute: str, id_name: str, wanted: Any, word: str) -> tuple[Sheet, int]:
    for sheet in book.sheets:
        for position, item in enumerate(getattr(sheet, attribute)):
            if item[id_name] == wanted:
                return sheet, position
    raise invalid(f"No {word} with id: {wanted or 0}")


def _fresh_id(book: Spreadsheet, attribute: str, id_name: str, wanted: Any, word: str) -> Any:
    taken = _all_ids(book, attribute, id_name)
    if wanted is not None and wanted in taken:
        raise invalid(f"Cannot add {word} with ID [{wanted}] because one with that ID already exists.")
    return wanted if wanted is not None else book.new_number({i for i in taken if isinstance(i, int)})


# -- banding ----------------------------------------------------------------------------------
def _tidy_banding(book: Spreadsheet, banding: Body) -> tuple[Sheet, Body]:
    place = place_of(book, banding.get("range", {}))
    result = {**banding, "range": {"sheetId": place.sheet.sheet_id, **place.clamped().grid_range()}}
    for name in ("rowProperties", "columnProperties"):
        if name in result:
            result[name] = with_color_twins(result[name])
    if "rowProperties" not in result and "columnProperties" not in result:
        raise invalid("At least one of rowProperties or columnProperties must be specified.")
    return place.sheet, result


def add_banding(book: Spreadsheet, request: Body, _user: str) -> Body:
    """Add alternating colours; two bandings may not overlap."""
    given = request.get("bandedRange", {})
    number = _fresh_id(book, "banded_ranges", "bandedRangeId", given.get("bandedRangeId"), "banded range")
    sheet, stored = _tidy_banding(book, {"bandedRangeId": number, **given})
    box = place_of(book, stored["range"]).clamped()
    if any(place_of(book, other["range"]).clamped().meets(box) for other in sheet.banded_ranges):
        raise invalid("You cannot add alternating background colors to a range that already has them.")
    sheet.banded_ranges.append(stored)
    return {"bandedRange": tidy_ranges(stored)}


def update_banding(book: Spreadsheet, request: Body, _user: str) -> None:
    """Change alternating colours as the mask says."""
    given = request.get("bandedRange", {})
    wanted = given.get("bandedRangeId")
    sheet, position = _locate(book, "banded_ranges", "bandedRangeId", wanted, "banded range")
    merged = masked_merge(sheet.banded_ranges[position], given, parse_mask(request.get("fields")))
    sheet.banded_ranges[position] = _tidy_banding(book, {**merged, "bandedRangeId": wanted})[1]


def delete_banding(book: Spreadsheet, request: Body, _user: str) -> None:
    """Remove alternating colours."""
    wanted = request.get("bandedRangeId")
    sheet, position = _locate(book, "banded_ranges", "bandedRangeId", wanted, "banded range")
    del sheet.banded_ranges[position]


# -- charts and slicers -----------------------------------------------------------------------
def _home(book: Spreadsheet, position: Body) -> tuple[Sheet, Body]:
    """The sheet that an embedded object goes to; `newSheet` makes one."""
    if position.get("newSheet"):
        sheet = Sheet(book.new_sheet_id(), _free_object_title(book), 0, 0)
        sheet.sheet_type = "OBJECT"
        book.add_sheet(sheet)
        return sheet, {"sheetId": sheet.sheet_id}
    anchor = position.get("overlayPosition", {}).get("anchorCell", {})
    return book.grid(anchor.get("sheetId", position.get("sheetId"))), position


def _free_object_title(book: Spreadsheet) -> str:
    number = 1
    while book.find_title(f"Chart{number}"):
        number += 1
    return f"Chart{number}"


def add_chart(book: Spreadsheet, request: Body, _user: str) -> Body:
    """Add a chart."""
    given = request.get("chart", {})
    number = _fresh_id(book, "charts", "chartId", given.get("chartId"), "chart")
    sheet, position = _home(book, given.get("position", {}))
    chart = {"chartId": number, "spec": given.get("spec", {}), "position": position}
    sheet.charts.append(chart)
    return {"chart": chart}


def update_chart_spec(book: Spreadsheet, request: Body, _user: str) -> None:
    """Replace a chart's specification."""
    sheet, position = _locate(book, "charts", "chartId", request.get("chartId"), "chart")
    sheet.charts[position] = {**sheet.charts[position], "spec": request.get("spec", {})}


def add_slicer(book: Spreadsheet, request: Body, _user: str) -> Body:
    """Add a slicer."""
    given = request.get("slicer", {})
    number = _fresh_id(book, "slicers", "slicerId", given.get("slicerId"), "slicer")
    sheet, position = _home(book, given.get("position", {}))
    slicer = {"slicerId": number, "spec": given.get("spec", {}), "position": position}
    sheet.slicers.append(slicer)
    return {"slicer": slicer}


def update_slicer_spec(book: Spreadsheet, request: Body, _user: str) -> None:
    """Change a slicer's specification as the mask says."""
    sheet, position = _locate(book, "slicers", "slicerId", request.get("slicerId"), "slicer")
    old = sheet.slicers[position]
    spec = masked_merge(old["spec"], request.get("spec", {}), parse_mask(request.get("fields")))
    sheet.slicers[position] = {**old, "spec": spec}


def _embedded(book: Spreadsheet, number: Any) -> tuple[Sheet, str, int]:
    for sheet in book.sheets:
        for attribute, id_name in (("charts", "chartId"), ("slicers", "slicerId")):
            for position, item in enumerate(getattr(sheet, attribute)):
                if item[id_name] == number:
                    return sheet, attribute, position
    raise invalid(f"No embedded object with id: {number or 0}")


def delete_embedded_object(book: Spreadsheet, request: Body, _user: str) -> None:
    """Delete a chart or a slicer; a sheet made for it goes too."""
    sheet, attribute, position = _embedded(book, request.get("objectId"))
    del getattr(sheet, attribute)[position]
    if sheet.sheet_type == "OBJECT":
        book.sheets = [other for other in book.sheets if other is not sheet]


def move_embedded_object(book: Spreadsheet, request: Body, _user: str) -> Body:
    """Move or resize a chart or a slicer."""
    sheet, attribute, position = _embedded(book, request.get("objectId"))
    item = getattr(sheet, attribute)[position]
    given = request.get("newPosition", {})
    merged = dict(given)
    if "overlayPosition" in given:
        old = item["position"].get("overlayPosition", {})
        tree = parse_mask(request.get("fields"))
        merged["overlayPosition"] = masked_merge(old, given["overlayPosition"], tree)
    home, place = _home(book, merged)
    del getattr(sheet, attribute)[position]
    getattr(home, attribute).append({**item, "position": place})
    return {"position": place}


def update_border(book: Spreadsheet, request: Body, _user: str) -> None:
    """Change the border of a chart or a slicer."""
    sheet, attribute, position = _embedded(book, request.get("objectId"))
    items = getattr(sheet, attribute)
    tree = parse_mask(request.get("fields"))
    border = masked_merge(items[position].get("border"), request.get("border", {}), tree)
    items[position] = {**items[position], "border": with_color_twins(border)}


# -- tables -----------------------------------------------------------------------------------
def add_table(book: Spreadsheet, request: Body, _user: str) -> Body:
    """Make a range a table; its columns are named after the first row unless told."""
    given = request.get("table", {})
    number = _fresh_id(book, "tables", "tableId", given.get("tableId"), "table")
    place = place_of(book, given.get("range", {}))
    box, sheet = place.clamped(), place.sheet
    if any(place_of(book, other["range"]).clamped().meets(box) for other in sheet.tables):
        raise invalid("You cannot add a table to a range that overlaps another table.")
    name = given.get("name") or f"Table{len(_all_ids(book, 'tables', 'tableId')) + 1}"
    columns = given.get("columnProperties") or [
        {"columnIndex": i, "columnName": str(sheet.cell(box.top, box.left + i).value or f"Column {i + 1}")}
        for i in range(box.width)
    ]
    range_ = {"sheetId": sheet.sheet_id, **box.grid_range()}
    table = {**given, "tableId": str(number), "name": name, "range": range_, "columnProperties": columns}
    sheet.tables.append(table)
    return {"table": tidy_ranges(table)}


def update_table(book: Spreadsheet, request: Body, _user: str) -> None:
    """Change a table as the mask says."""
    given = request.get("table", {})
    sheet, position = _locate(book, "tables", "tableId", given.get("tableId"), "table")
    merged = masked_merge(sheet.tables[position], given, parse_mask(request.get("fields")))
    sheet.tables[position] = {**merged, "tableId": given["tableId"]}


def delete_table(book: Spreadsheet, request: Body, _user: str) -> None:
    """Remove a table and the values in it."""
    sheet, position = _locate(book, "tables", "tableId", request.get("tableId"), "table")
    clear_values(place_of(book, sheet.tables[position]["range"]).clamped())
    del sheet.tables[position]


HANDLERS = {
    "addBanding": add_banding,
    "updateBanding": update_banding,
    "deleteBanding": delete_banding,
    "addChart": add_chart,
    "updateChartSpec": update_chart_spec,
    "addSlicer": add_slicer,
    "updateSlicerSpec": update_slicer_spec,
    "deleteEmbeddedObject": delete_embedded_object,
    "updateEmbeddedObjectPosition": move_embedded_object,
    "updateEmbeddedObjectBorder": update_border,
    "addTable": add_table,
    "updateTable": update_table,
    "deleteTable": delete_table,
}
