"""The things a person does, each on what they see at that moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .human_view import View

if TYPE_CHECKING:
    from .human import Human

RENAMED = " (改)"
FEW = 4


def _open_columns(human: Human, view: View) -> list[int]:
    """Columns that the person types into."""
    open_columns = []
    for index, header in enumerate(view.headers):
        name = human.renamed.get((view.title, header), header)
        if name and name not in human.keep_off and (not human.edit_only or name in human.edit_only):
            open_columns.append(index)
    return open_columns


def _new_value(human: Human, view: View, column: int, before: Any) -> Any:
    header = view.headers[column]
    name = human.renamed.get((view.title, header), header)
    if name in human.choices:
        return human.chance.choice(human.choices[name])
    if human.clears and before != "" and human.chance.random() < 0.05:
        return ""
    if isinstance(before, bool):
        return not before
    if isinstance(before, (int, float)):
        return before + human.chance.randint(1, 9)
    return human.new_text(before)


def _type(human: Human, view: View, row: int, column: int, kind: str) -> None:
    before = view.cell(row, column)
    after = view.type_in(row, column, _new_value(human, view, column, before))
    human.note(view, kind, row=row, column=column, before=before, after=after)


def edit(human: Human, view: View) -> None:
    """Type into one cell."""
    row, columns = view.pick_row(human.chance), _open_columns(human, view)
    if row is not None and columns:
        _type(human, view, row, human.chance.choice(columns), "edit")


def edit_cells(human: Human, view: View) -> None:
    """Type into several cells of one row, or down one column."""
    row, columns = view.pick_row(human.chance), _open_columns(human, view)
    if row is None or not columns:
        return
    few = human.chance.randint(2, FEW)
    if human.chance.random() < 0.5:
        for column in human.chance.sample(columns, min(few, len(columns))):
            _type(human, view, row, column, "edit")
        return
    column = human.chance.choice(columns)
    for below in range(row, min(row + few, view.end)):
        if any(cell != "" for cell in view.row(below)):
            _type(human, view, below, column, "edit")


def sort(human: Human, view: View) -> None:
    """Sort all rows by one column."""
    if len(view.data_rows) < 2 or not view.headers:
        return
    column = human.chance.randrange(len(view.headers))
    order = human.chance.choice(("ASCENDING", "DESCENDING"))
    area = view.whole_rows(view.data_rows.start, view.data_rows.stop)
    view.do({"sortRange": {"range": area, "sortSpecs": [{"dimensionIndex": column, "sortOrder": order}]}})
    human.note(view, "sort", column=column, detail={"order": order})


def insert_row(human: Human, view: View) -> None:
    """Insert an empty row between others."""
    if not view.data_rows:
        return
    row = human.chance.choice(view.data_rows)
    view.do({"insertDimension": {"range": view.lines("ROWS", row, row + 1), "inheritFromBefore": row > 1}})
    human.note(view, "insert_row", detail={"row": row + 1})


def type_row(human: Human, view: View) -> None:
    """Type a whole new record below the others, without an id."""
    like, row, typed = view.pick_row(human.chance), view.make_room(), {}
    for column in _open_columns(human, view):
        value = _new_value(human, view, column, "" if like is None else view.cell(like, column))
        if value != "":
            typed[view.headers[column]] = view.type_in(row, column, value)
    human.note(view, "type_row", after=typed, row=row)


def delete_row(human: Human, view: View) -> None:
    """Delete one row; two stay at least."""
    row = view.pick_row(human.chance)
    if row is None or len(view.data_rows) < 3:
        return
    human.note(view, "delete_row", row=row, before=view.record(row))
    view.do({"deleteDimension": {"range": view.lines("ROWS", row, row + 1)}})


def copy_row(human: Human, view: View) -> None:
    """Copy a row, id and all: below the others, or into a fresh row under itself."""
    row = view.pick_row(human.chance)
    if row is None:
        return
    human.note(view, "copy_row", row=row, after=view.record(row))
    if human.chance.random() < 0.5:
        target, requests = view.make_room(), []
    else:
        target = row + 1
        requests = [{"insertDimension": {"range": view.lines("ROWS", target, target + 1)}}]
    source, destination = view.whole_rows(row, row + 1), view.whole_rows(target, target + 1)
    paste = {"source": source, "destination": destination, "pasteType": "PASTE_NORMAL"}
    view.do(*requests, {"copyPaste": paste})


def move_rows(human: Human, view: View) -> None:
    """Drag a block of rows elsewhere."""
    rows = view.data_rows
    if len(rows) < FEW:
        return
    start = human.chance.choice(rows)
    end = min(start + human.chance.randint(1, FEW), rows.stop)
    places = [at for at in range(rows.start, rows.stop + 1) if not start <= at <= end]
    if not places:
        return
    to = human.chance.choice(places)
    view.do({"moveDimension": {"source": view.lines("ROWS", start, end), "destinationIndex": to}})
    human.note(view, "move_rows", detail={"rows": [start + 1, end], "before_row": to + 1})


def insert_column(human: Human, view: View) -> None:
    """Insert a column of their own, with a header."""
    if not view.headers:
        return
    at, header = human.chance.randrange(len(view.headers) + 1), human.new_text("备注")
    if at >= view.sheet.column_count:
        return
    inherits = at > 0
    view.do({"insertDimension": {"range": view.lines("COLUMNS", at, at + 1), "inheritFromBefore": inherits}})
    view.type_in(view.header_row, at, header)
    human.own_columns.add((view.title, header))
    human.note(view, "insert_column", after=header, detail={"column": at + 1})


def move_column(human: Human, view: View) -> None:
    """Drag a column elsewhere."""
    columns = _movable(human, view)
    places = range(len(view.headers) + 1)
    if not columns or len(places) < 3:
        return
    start = human.chance.choice(columns)
    to = human.chance.choice([at for at in places if not start <= at <= start + 1])
    view.do({"moveDimension": {"source": view.lines("COLUMNS", start, start + 1), "destinationIndex": to}})
    human.note(view, "move_column", column=start, detail={"before_column": to + 1})


def _movable(human: Human, view: View) -> list[int]:
    return [at for at, header in enumerate(view.headers) if header not in human.keep_off]


def rename_header(human: Human, view: View) -> None:
    """Rename a column, or put back the one renamed before."""
    if rename_back(human, view):
        return
    columns = [
        at for at in _open_columns(human, view) if (view.title, view.headers[at]) not in human.own_columns
    ]
    if not columns:
        return
    column = human.chance.choice(columns)
    before = view.headers[column]
    human.note(view, "rename_header", column=column, before=before, after=before + RENAMED)
    view.type_in(view.header_row, column, before + RENAMED)
    human.renamed[view.title, before + RENAMED] = before


def rename_back(human: Human, view: View) -> bool:
    """Put back each header that this person renamed here; False if there was none."""
    found = [at for at, header in enumerate(view.headers) if (view.title, header) in human.renamed]
    for column in found:
        header = view.headers[column]
        before = human.renamed[view.title, header]
        human.note(view, "rename_header", column=column, before=header, after=before)
        view.type_in(view.header_row, column, before)
        del human.renamed[view.title, header]
    return bool(found)


def delete_column(human: Human, view: View) -> None:
    """Delete a column that this person has inserted."""
    own = [at for at, header in enumerate(view.headers) if (view.title, header) in human.own_columns]
    if not own:
        return
    column = human.chance.choice(own)
    human.note(view, "delete_column", column=column, before=view.headers[column])
    human.own_columns.discard((view.title, view.headers[column]))
    view.do({"deleteDimension": {"range": view.lines("COLUMNS", column, column + 1)}})


def hide(human: Human, view: View) -> None:
    """Hide some rows, or show all again. Sorting leaves hidden rows where they are."""
    if view.title in human.hidden:
        del human.hidden[view.title]
        everything = view.lines("ROWS", 0, view.sheet.row_count)
        view.do(_hidden(everything, False))
        human.note(view, "unhide")
        return
    if not view.data_rows:
        return
    row = human.chance.choice(view.data_rows)
    human.hidden[view.title] = row
    view.do(_hidden(view.lines("ROWS", row, row + 1), True))
    human.note(view, "hide", row=row)


def _hidden(lines: dict[str, Any], hidden: bool) -> dict[str, Any]:
    return {
        "updateDimensionProperties": {
            "range": lines,
            "properties": {"hiddenByUser": hidden},
            "fields": "hiddenByUser",
        }
    }


def set_filter(human: Human, view: View) -> None:
    """Put a filter over the table, or take it away."""
    if view.title in human.filtered:
        human.filtered.discard(view.title)
        view.do({"clearBasicFilter": {"sheetId": view.sheet_id}})
        human.note(view, "clear_filter")
        return
    if view.sheet.basic_filter:
        return
    area = view.whole_rows(view.header_row, max(view.end, view.header_row + 1))
    view.do({"setBasicFilter": {"filter": {"range": area}}})
    human.filtered.add(view.title)
    human.note(view, "filter")


ACTIONS: dict[str, Callable[[Human, View], None]] = {
    "edit": edit,
    "edit_cells": edit_cells,
    "sort": sort,
    "insert_row": insert_row,
    "type_row": type_row,
    "delete_row": delete_row,
    "copy_row": copy_row,
    "move_rows": move_rows,
    "insert_column": insert_column,
    "move_column": move_column,
    "rename_header": rename_header,
    "delete_column": delete_column,
    "hide": hide,
    "filter": set_filter,
}
