"""The requests of one transaction: guard, lines, and for each line its evidence and then its write."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from lib.store.google import requests as rq
from lib.store.google.calls import Request, SheetInfo, WriteBatch
from lib.store.google.evidence import Run, watched
from lib.store.google.lines import HISTORY_SHEET, Kind, Line, line_cells
from lib.store.reading import letters

MORE_ROWS = 500  # by which the grid of ``_history`` grows


def transaction(
    lines: Sequence[Line],
    history: SheetInfo,
    date_columns: Mapping[str, Collection[str]],
    *,
    spare: bool = False,
    prune: bool = True,
) -> tuple[WriteBatch, list[Run]]:
    """The batch that writes ``lines`` (placed), and the runs of ``_history`` that its answer will show.

    ``spare``: make room at the end of the grid before inserting there.
    """
    requests: list[Request] = [rq.guard(lines[0].number)]
    requests += rq.prune(lines[0].number) if prune else []
    requests += _room(lines, history)
    requests.append(rq.write_cells(history.sheet_id, lines[0].place, 0, [line_cells(line) for line in lines]))
    for line in lines:
        requests += _line_requests(line, history.sheet_id, date_columns.get(line.title, ()), spare)
    runs = watched(lines)
    ranges = tuple(_range(run) for run in runs)
    return WriteBatch(tuple(requests), ranges, rq.ANSWER_FIELDS if ranges else "spreadsheetId"), runs


def _range(run: Run) -> str:
    first = rq.cells_of_row(HISTORY_SHEET, run.place, run.first, run.last)
    if run.place == run.last_place:
        return first
    return f"{first.partition(':')[0]}:{letters(run.last)}{run.last_place}"


def _room(lines: Sequence[Line], history: SheetInfo) -> Iterator[Request]:
    rows = lines[-1].place - history.rows
    columns = max(line.end for line in lines) - history.columns
    if rows > 0:
        yield rq.extend(history.sheet_id, "ROWS", rows + MORE_ROWS)
    if columns > 0:
        yield rq.extend(history.sheet_id, "COLUMNS", columns)


def _line_requests(
    line: Line, history_id: int, date_columns: Collection[str], spare: bool
) -> Iterator[Request]:
    if not line.row:
        return
    if line.header_width:
        yield _copy(line, line.header_row, history_id, line.header_at, line.header_width)
    if line.width:
        yield _copy(line, line.row, history_id, line.image_at, line.width)
    if line.contents:
        for index, target in enumerate(line.cells):
            source = rq.area(line.sheet_id, line.row, target.column)
            yield rq.copy_content(source, rq.area(history_id, line.place, line.content_at + index))
    yield from _writes(line, history_id, date_columns, spare)


def _copy(line: Line, row: int, history_id: int, column: int, width: int) -> Request:
    source = rq.area(line.sheet_id, row, 0, width)
    return rq.copy_values(source, rq.area(history_id, line.place, column, width))


def _writes(line: Line, history_id: int, date_columns: Collection[str], spare: bool) -> Iterator[Request]:
    if line.kind is Kind.INSERT:
        if spare:
            yield rq.extend(line.sheet_id, "ROWS", 1)
        yield rq.insert_row(line.sheet_id, line.row)
        yield _new_row(line)
    if line.kind is Kind.HEADER:
        if spare:
            yield rq.extend(line.sheet_id, "COLUMNS", 1)
        yield rq.insert_column(line.sheet_id, line.cells[0].column)
    if line.sources:
        yield from _put_back(line, history_id)
        return
    for target in line.cells:
        has_format = target.header in date_columns
        if line.kind is Kind.INSERT and (has_format or not isinstance(target.after, datetime)):
            continue
        yield rq.write_value(line.sheet_id, line.row, target.column, target.after, has_date_format=has_format)


def _new_row(line: Line) -> Request:
    values = {target.column: target.after for target in line.cells}
    first, last = min(values), max(values)
    cells = [values.get(column) for column in range(first, last + 1)]
    return rq.write_cells(line.sheet_id, line.row, first, [cells])


def _put_back(line: Line, history_id: int) -> Iterator[Request]:
    """What the server kept, a formula included; cells of a row that was new are cleared."""
    for target, source in zip(line.cells, line.sources, strict=True):
        if source is None:
            yield rq.write_cells(line.sheet_id, line.row, target.column, [[None]])
        else:
            kept = rq.area(history_id, *source)
            yield rq.copy_content(kept, rq.area(line.sheet_id, line.row, target.column))
