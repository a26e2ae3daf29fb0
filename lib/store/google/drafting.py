"""From changes to the lines of one transaction, over worksheets as they were read just now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lib.store.contract import (
    DELETED_HEADER,
    Batch,
    Change,
    Conflict,
    DeleteRow,
    InsertRow,
    RestoreRow,
    UpdateCell,
)
from lib.store.google.evidence import fingerprint
from lib.store.google.lines import Kind, Line, Target
from lib.store.google.tables import cell_at, header_name, plain, read_part, read_rows
from lib.store.planning import CellEdits, plan_batch
from lib.store.reading import ReadSheet

MARGIN = 2  # columns copied beyond the header, for the case that a person inserts some before them
MOST_IDS = 200  # rows without an id that get theirs in one transaction; the others in the next


class PartTooSmall(Exception):
    """More must be read of the worksheet ``title`` before the changes can be decided."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.title = title


@dataclass(slots=True)
class SheetDraft:
    """A worksheet being decided on. ``rows`` are plain values by 1-based number: all, or (``header_row``
    given) the header and those that the changes name."""

    title: str
    sheet_id: int
    rows: dict[int, list[object]]
    last_row: int
    header_row: int = 0
    date_columns: Collection[str] = ()
    columns: int = 0  # of the grid; 0: unknown
    grid_rows: int = 0  # likewise
    _read: ReadSheet | None = None

    def read(self) -> ReadSheet:
        """Raises PartTooSmall where a part does not suffice."""
        if self._read is None:
            self._read = self._read_part() if self.header_row else self._read_all()
        return self._read

    def _read_all(self) -> ReadSheet:
        rows = [self.rows.get(row, []) for row in range(1, max(self.rows, default=0) + 1)]
        return read_rows(self.title, rows, self.date_columns)

    def _read_part(self) -> ReadSheet:
        rows = dict(self.rows)
        header = rows.pop(self.header_row, [])
        last_row = max(self.last_row, *rows, self.header_row)
        part = read_part(self.title, header, self.header_row, rows, last_row, self.date_columns)
        if part is None:
            raise PartTooSmall(self.title)
        return part

    def value(self, row: int, column: int) -> object:
        return cell_at([self.rows.get(row, ())], 1, column)

    def reach(self, header_row: int, *least: int) -> int:
        """How many columns of a row to copy as evidence: so many, the header's, and a margin."""
        width = max(len(self.rows.get(header_row, ())), *least, 1)
        return max(width, min(width + MARGIN, self.columns))

    def write(self, edits: CellEdits) -> None:
        self._read = None
        for (row, column), value in edits.items():
            cells = self.rows.setdefault(row, [])
            cells.extend([None] * (column + 1 - len(cells)))
            cells[column] = plain(value)


@dataclass(slots=True)
class Draft:
    """What one transaction would do. ``applied`` and ``conflicts`` hold for each batch once its ``lines``
    are written; with ``columns`` the lines only add columns, and everything is to be decided again."""

    lines: list[Line] = field(default_factory=list)
    applied: list[tuple[Change, ...]] = field(default_factory=list)
    conflicts: list[tuple[Conflict, ...]] = field(default_factory=list)
    columns: bool = False


def draft(batches: Sequence[Batch], sheets: Mapping[str, SheetDraft]) -> Draft:
    """Decide the batches in order. Raises PartTooSmall; StoreError for values no cell can hold."""
    result = Draft()
    for batch in batches:
        reads = {title: sheet.read() for title, sheet in sheets.items()}
        _check_parts(batch, sheets, reads)
        plan = plan_batch(batch, reads)
        for title, edits in plan.edits.items():
            read, sheet = reads[title], sheets[title]
            columns = {cell: new for cell, new in edits.items() if cell[0] == read.sheet.header_row}
            if columns:
                if sheet.header_row:
                    raise PartTooSmall(title)
                return Draft([_column_line(batch, sheet, *cell, new) for cell, new in columns.items()][:1],
                             columns=True)  # fmt: skip
            result.lines += _sheet_lines(batch, sheet, read, edits)
            sheet.write(edits)
        result.applied.append(tuple(plan.applied))
        result.conflicts.append(tuple(plan.conflicts))
    result.lines = with_headers(_not_too_many_ids(result.lines), sheets)
    return result


def _check_parts(batch: Batch, sheets: Mapping[str, SheetDraft], reads: Mapping[str, ReadSheet]) -> None:
    new = {(change.sheet, change.record_id) for change in batch.changes if isinstance(change, InsertRow)}
    for change in batch.changes:
        title, record_id = change.sheet, change.record_id
        is_part = title in sheets and sheets[title].header_row
        if is_part and (title, record_id) not in new and record_id not in reads[title].row_of:
            raise PartTooSmall(title)


def done(change: Change, operation_id: str, lines: Iterable[Line]) -> bool:
    """Whether one of the ``lines`` (that hit) is this change of this operation."""
    return any(line.operation_id == operation_id and _is_of(line, change) for line in lines)


def _is_of(line: Line, change: Change) -> bool:
    if line.title != change.sheet or line.record_id != change.record_id:
        return False
    match change:
        case UpdateCell():
            told = line.kind in (Kind.UPDATE, Kind.INSERT)
            return told and any(target.header == change.column for target in line.cells)
        case InsertRow():
            return line.kind is Kind.INSERT
        case DeleteRow() | RestoreRow():
            return any(target.header == DELETED_HEADER for target in line.cells)


def with_headers(lines: Sequence[Line], sheets: Mapping[str, SheetDraft]) -> list[Line]:
    """The header row goes with the first line of each worksheet."""
    first: dict[str, int] = {}
    finished = []
    for place, line in enumerate(lines):
        if line.row and line.kind is not Kind.HEADER:
            up = place - first.setdefault(line.title, place)
            width = 0 if up else sheets[line.title].reach(line.header_row, line.width)
            line = replace(line, header_up=up, header_width=width)
        finished.append(line)
    return finished


def _not_too_many_ids(lines: list[Line]) -> list[Line]:
    ids = [line for line in lines if line.kind is Kind.IDENTIFY]
    dropped = {id(line) for line in ids[MOST_IDS:]}
    return [line for line in lines if id(line) not in dropped]


def _column_line(batch: Batch, sheet: SheetDraft, row: int, column: int, header: object) -> Line:
    content = sheet.rows.get(row, [])
    return Line(
        kind=Kind.HEADER,
        operation_id=batch.operation_id,
        actor=batch.actor,
        at=batch.at,
        title=sheet.title,
        sheet_id=sheet.sheet_id,
        row=row,
        width=max(len(content), 1),
        header_row=row,
        cells=(Target(column, "", None, str(header)),),
        fingerprint=fingerprint(content),
    )


def _sheet_lines(batch: Batch, sheet: SheetDraft, read: ReadSheet, edits: CellEdits) -> list[Line]:
    record_of = {row: record_id for record_id, row in read.row_of.items()}
    rows: dict[int, CellEdits] = {}
    for cell, value in sorted(edits.items(), key=lambda item: item[0]):
        rows.setdefault(cell[0], {})[cell] = value
    lines: list[Line] = []
    for row, cells in rows.items():
        record_id = record_of.get(row) or str(cells.get((row, read.id_column or 0), ""))
        lines += _row_lines(batch, sheet, read, row, record_id, cells)
    return lines


def _row_lines(
    batch: Batch, sheet: SheetDraft, read: ReadSheet, row: int, record_id: str, edits: CellEdits
) -> list[Line]:
    """One line, or two where a record is archived or restored and changed at once."""
    if row > read.last_row:
        return [_line(Kind.INSERT, batch, sheet, read, row, record_id, edits)]
    if (row, read.id_column) in edits:  # one line, because only its fingerprint tells the row
        only_id = len(edits) == 1
        return [_line(Kind.IDENTIFY if only_id else Kind.UPDATE, batch, sheet, read, row, record_id, edits)]
    marks = {cell: value for cell, value in edits.items() if cell[1] == read.deleted_column}
    others = {cell: value for cell, value in edits.items() if cell not in marks}
    lines = []
    if others:
        lines.append(_line(Kind.UPDATE, batch, sheet, read, row, record_id, others))
    if not marks:
        return lines
    archives = any(value is not None for value in marks.values())
    marked = _line(Kind.ARCHIVE if archives else Kind.RESTORE, batch, sheet, read, row, record_id, marks)
    return [*lines, marked] if archives else [marked, *lines]


def _line(
    kind: Kind, batch: Batch, sheet: SheetDraft, read: ReadSheet, row: int, record_id: str, edits: CellEdits
) -> Line:
    is_new = kind is Kind.INSERT
    id_column = -1 if read.id_column is None else read.id_column
    columns = [column for _row, column in edits]
    content = sheet.rows.get(row, [])
    return Line(
        kind=kind,
        operation_id=batch.operation_id,
        actor=batch.actor,
        at=batch.at,
        title=sheet.title,
        sheet_id=sheet.sheet_id,
        record_id=record_id,
        row=row,
        width=0 if is_new else sheet.reach(read.sheet.header_row, len(content), max(columns) + 1),
        header_row=read.sheet.header_row,
        id_column=id_column,
        deleted_column=-1 if read.deleted_column is None else read.deleted_column,
        cells=tuple(_target(sheet, read, row, at, value, is_new) for (_row, at), value in edits.items()),
        fingerprint=fingerprint(content, {id_column}) if id_column in columns and not is_new else "",
    )


def _target(sheet: SheetDraft, read: ReadSheet, row: int, column: int, new: object, is_new: bool) -> Target:
    header = header_name(sheet.value(read.sheet.header_row, column))
    before = None if is_new else read.value(row, column)
    return Target(column, header, before, new)  # type: ignore[arg-type]
