"""Finding again what a write that went astray has covered, wherever people moved it since.

What is there now is put back only if it still is what the app wrote: a person who changed the cell
meanwhile keeps theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lib.store.contract import DELETED_HEADER, ID_HEADER, Value
from lib.store.google.drafting import SheetDraft
from lib.store.google.evidence import Evidence, fingerprint, half_hit, id_text
from lib.store.google.lines import ACQUITTED, Kind, Line, Target
from lib.store.google.tables import header_at, header_name, same_plain, value_of

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class _Place:
    """A worksheet as it is now: where its header and its bookkeeping are."""

    sheet: SheetDraft
    header_row: int
    names: list[str]

    @property
    def names_shown(self) -> set[str]:
        return set(self.names) - {""}

    @property
    def id_column(self) -> int:
        return self.names.index(ID_HEADER) if ID_HEADER in self.names else -1

    def body(self) -> Iterator[tuple[int, Row]]:
        return ((row, cells) for row, cells in sorted(self.sheet.rows.items()) if row != self.header_row)


def repairs(astray: Sequence[Evidence], sheets: Mapping[int, SheetDraft], at: datetime) -> list[Line]:
    """Lines that put back what the writes in ``astray`` (newest first) have covered: as many as do not
    depend on each other. What is left is for the next transaction, once these are known to be right.

    ``sheets`` by sheet id were read as a whole after those writes, and are changed as the lines will.
    A write that leaves nothing to put back gets an empty line, so that nobody looks for it again. Where
    ids tell the rows there is a second look, for copies that were made right before the first repair.
    """
    lines: list[Line] = []
    headers = {_aim(evidence) for evidence in astray if ID_HEADER in evidence.content()}
    for evidence in sorted(astray, key=lambda other: (-other.line.number, _aim(other) not in headers)):
        sheet = sheets.get(evidence.line.sheet_id)
        place = _place(sheet) if sheet else None
        found = _repair_lines(evidence, place, at) if place else []
        if lines and (evidence.line.number != astray[0].line.number or _depend(lines, found)):
            break
        lines += found or [_nothing_left(evidence.line, at)]
        if any(line.row == line.header_row for line in found):
            break
        for line in found:
            sheets[line.sheet_id].write({(line.row, target.column): target.after for target in line.cells})
    return lines


def _aim(evidence: Evidence) -> tuple[int, int, int]:
    return evidence.line.number, evidence.line.sheet_id, evidence.line.row


def _depend(lines: Sequence[Line], others: Sequence[Line]) -> bool:
    """Whether one of ``others`` concerns a row of ``lines``, or the header."""
    rows = {(line.sheet_id, line.row) for line in lines if line.row}
    return any((line.sheet_id, line.row) in rows or line.row == line.header_row for line in others)


def _nothing_left(line: Line, at: datetime) -> Line:
    return Line(
        Kind.REPAIR, line.operation_id, "", at, line.title, record_id=line.record_id, mends=line.place
    )


def _place(sheet: SheetDraft) -> _Place:
    rows = [sheet.rows.get(row, ()) for row in range(1, min(max(sheet.rows, default=1), 25) + 1)]
    header_row = header_at(rows)
    return _Place(sheet, header_row, [header_name(raw) for raw in sheet.rows.get(header_row, ())])


def _repair_lines(evidence: Evidence, place: _Place, at: datetime) -> list[Line]:
    found = _rows(evidence, place)
    if evidence.line.kind is Kind.INSERT and any(_is_complete(evidence, place, row) for row in found.rows):
        return [replace(_nothing_left(evidence.line, at), again=ACQUITTED)]
    lines: list[Line] = []
    for row in found.rows:
        columns = _columns(evidence, place, row)
        if not columns or len(lines) >= found.most or _is_blank_by_chance(evidence, columns):
            continue
        line = _repair(evidence, place, row, _id_last(evidence.line, columns), at)
        lines.append(replace(line, again=found.again if line.mends else 0))
    return lines


def _is_complete(evidence: Evidence, place: _Place, row: int) -> bool:
    """Whether a new row is as it should be after all: only the header row was not where it was looked for.
    What a person has changed in it since is theirs."""
    line, cells = evidence.line, place.sheet.rows[row]
    found = {name: place.sheet.value(row, column) for column, name in reversed(list(enumerate(place.names)))}
    if not same_plain(found.get(ID_HEADER), line.record_id):
        return False
    if any(t.header not in found for t in line.cells):
        return False
    missing = [t for t in line.cells if not same_plain(found.get(t.header), t.after)]
    if missing and len(missing) >= len(line.cells) - 1:  # nothing but the id: it is being taken back
        return False
    if ID_HEADER in evidence.headers():
        if any(evidence.true_header(t.column) != t.header for t in missing):
            return False
    elif any(found[t.header] is None for t in missing):  # cleared by a person, or typed over elsewhere?
        named = {t.header for t in line.cells}
        if any(raw is not None for name, raw in found.items() if name not in named):
            return False
    return not any(same_plain(raw, t.after) for t in missing for raw in cells)


def _is_blank_by_chance(evidence: Evidence, columns: Mapping[int, int]) -> bool:
    """A copy that was made before the first repair holds all that was written, not its blanks alone."""
    cells = evidence.line.cells
    has_text = any(target.after is not None for target in cells)
    return bool(evidence.again) and has_text and all(cells[index].after is None for index in columns)


def _id_last(line: Line, columns: dict[int, int]) -> dict[int, int]:
    """A new row keeps its id until all else is cleared: should the clearing hit another row, that one
    can still be told, by its id at first and by all the rest in the end."""
    others = {index: column for index, column in columns.items() if line.cells[index].header != ID_HEADER}
    return others if line.kind is Kind.INSERT and others else columns


def _repair(evidence: Evidence, place: _Place, row: int, columns: Mapping[int, int], at: datetime) -> Line:
    covered, content = evidence.line, place.sheet.rows.get(row, [])
    record_id = place.sheet.value(row, place.id_column)
    is_named = record_id is not None and place.id_column not in columns.values()
    sources = ((covered.place, covered.content_at + index) if covered.contents else None for index in columns)
    return Line(
        kind=Kind.REPAIR,
        operation_id=covered.operation_id,
        at=at,
        title=place.sheet.title,
        sheet_id=place.sheet.sheet_id,
        record_id=str(value_of(record_id)) if is_named else "",
        row=row,
        width=place.sheet.reach(place.header_row, len(content)),
        header_row=place.header_row,
        id_column=place.id_column,
        deleted_column=place.names.index(DELETED_HEADER) if DELETED_HEADER in place.names else -1,
        cells=tuple(_put_back(evidence, place, row, *pair) for pair in columns.items()),
        mends=0 if _is_half_way(covered, columns) else covered.place,
        fingerprint="" if is_named else fingerprint(content, {place.id_column, *columns.values()}),
        sources=tuple(sources),
    )


def _is_half_way(covered: Line, columns: Mapping[int, int]) -> bool:
    return covered.kind is Kind.INSERT and all(covered.cells[index].header != ID_HEADER for index in columns)


def _put_back(evidence: Evidence, place: _Place, row: int, index: int, column: int) -> Target:
    header = place.names[column] if column < len(place.names) else ""
    before = value_of(place.sheet.value(row, column))
    return Target(column, header, before, value_of(evidence.image(evidence.line.cells[index].column)))


# ---------------------------------------------------------------- which rows


@dataclass(frozen=True, slots=True)
class _Found:
    """``rows`` that may hold what was written astray; ``most`` of them do. ``again``: see ``Line.again``."""

    rows: list[int]
    most: int
    again: int = 0


def _rows(evidence: Evidence, place: _Place) -> _Found:
    """The row covered, and copies that people made of it meanwhile."""
    covered_id = evidence.image(_id_column(evidence))
    if (fresh_id := _fresh_id(evidence.line)) and (rows := _rows_with(fresh_id, place)):
        return _Found(rows, len(rows), again=len(rows))
    header = evidence.header_found
    if covered_id == ID_HEADER or (header and header.line.row == evidence.line.row):
        return _Found([place.header_row], 1)
    is_sure = ID_HEADER in evidence.headers() and _id_column(evidence) < evidence.line.width
    if covered_id is None or evidence.line.kind is Kind.HEADER:
        return _rows_like(evidence, place, named=not is_sure)
    rows = [row for row, _ in place.body() if place.sheet.value(row, place.id_column) == covered_id]
    if any(_columns(evidence, place, row) for row in rows):
        return _rows_named(evidence, place, rows)
    if _covered_ids(evidence) or not (rows or is_sure):
        return _rows_like(evidence, place, named=not is_sure)
    return _Found([], 0)


def _rows_named(evidence: Evidence, place: _Place, rows: list[int]) -> _Found:
    """Copies have the same id. What a repair wrote into the record that it meant may be in them by right,
    so that takes the likeliest."""
    covered_id = id_text(evidence.image(_id_column(evidence)))
    may_be_right = evidence.line.kind is Kind.REPAIR and evidence.line.record_id == covered_id
    if not may_be_right or len(rows) == 1:
        return _Found(rows, len(rows) - evidence.again, again=len(rows))
    kept = _kept(evidence)

    def unlike(row: int) -> tuple[int, int]:
        cells = place.sheet.rows.get(row, ())
        return -sum(raw in cells for raw in kept), abs(row - evidence.line.row)

    ours = [row for row in rows if _columns(evidence, place, row)]
    return _Found(sorted(ours, key=unlike), len(rows) - evidence.again if evidence.again else 1, len(rows))


def _kept(evidence: Evidence) -> list[object]:
    """What the row held besides the cells written."""
    written = {target.column for target in evidence.line.cells}
    return [raw for i, raw in enumerate(evidence.content()) if i not in written and raw is not None]


def _fresh_id(line: Line) -> str:
    """The id that the line gave to a row, if it did: nobody else has it, in whatever column it landed."""
    if line.kind not in (Kind.INSERT, Kind.IDENTIFY, Kind.UPDATE):
        return ""
    return next((str(t.after) for t in line.cells if t.header == ID_HEADER and t.after), "")


def _rows_with(record_id: str, place: _Place) -> list[int]:
    return [row for row, cells in place.body() if any(same_plain(raw, record_id) for raw in cells)]


def _rows_like(evidence: Evidence, place: _Place, named: bool = False) -> _Found:
    """Of the rows that have no id (or ``named``, or ours) and still hold what was written: those most like
    the row covered. A row that was blank may be half filled in by now. A second look takes nothing but
    exact copies."""
    kept = _kept(evidence)
    ranked, others = [], []
    for row in {*place.sheet.rows, evidence.line.row, *_spare_row(evidence, place, kept, named)}:
        columns = _columns(evidence, place, row)
        can_tell = bool(kept) or _is_all_there(evidence.line, columns)
        if not columns or (_has_own_id(evidence, place, row) and not (named and can_tell)):
            continue
        cells = [raw for raw in place.sheet.rows.get(row, ()) if raw is not None]
        alike = sum(raw in cells for raw in kept)
        if _is_like(evidence, columns, cells, alike, len(kept)) or _holds_covered_id(evidence, place, row):
            ranked.append((-alike, -len(columns), len(cells), abs(row - evidence.line.row), row))
        elif _is_all_there(evidence.line, columns):
            others.append(row)
    ranked.sort()
    is_ours_alone = bool(ranked) and 1 < ranked[0][2] == len(evidence.line.cells)
    if not ranked:
        return _Found(_only_one(evidence, others), 1)
    if not (kept or is_ours_alone):
        return _Found([row for *_, row in ranked[:1]], 0 if evidence.again else 1)
    best = [row for *rank, _, row in ranked if rank == list(ranked[0][:3])]
    has_put_id = evidence.line.kind is Kind.REPAIR and bool(_id_written(evidence.line))
    if has_put_id or half_hit(evidence):  # what it wrote may be in another of them by right
        return _Found(best, 1)
    return _Found(best, len(best), again=len(best))


def _is_like(
    evidence: Evidence, columns: Mapping[int, int], cells: Sequence[object], alike: int, kept: int
) -> bool:
    """Whether a row holds what the row covered held besides (but for one cell, which a person may have
    changed), or nothing but what was written. Blanks alone tell nothing if anything else was written."""
    written = evidence.line.cells
    only_blanks = all(written[i].after is None for i in columns)
    if not alike and only_blanks and any(target.after is not None for target in written):
        return False
    is_ours = len(cells) == len(columns) == len(written)
    return alike == kept or (not evidence.again and (0 < alike == kept - 1 or is_ours))


def _id_written(line: Line) -> Value:
    return next((t.after for t in line.cells if t.header == ID_HEADER and t.after), None)


def _only_one(evidence: Evidence, rows: list[int]) -> list[int]:
    """The only row to hold all that was written, whatever a person made of the rest."""
    texts = sum(target.after is not None for target in evidence.line.cells)
    is_sure = len(rows) == 1 and not evidence.again and (texts > 1 or rows[0] == evidence.line.row)
    return rows if is_sure and evidence.line.kind is not Kind.REPAIR else []


def _is_all_there(line: Line, columns: Mapping[int, int]) -> bool:
    return len(columns) == len(line.cells) and any(target.after is not None for target in line.cells)


def _spare_row(evidence: Evidence, place: _Place, kept: list[object], named: bool) -> list[int]:
    """Where a row was blank but for what was cleared, any other blank row is as good."""
    row = max(place.sheet.rows, default=0) + 1
    line = evidence.line
    was_cleared = all(target.after is None for target in line.cells)
    return [row] if was_cleared and not (kept or named) and row <= place.sheet.grid_rows else []


def _has_own_id(evidence: Evidence, place: _Place, row: int) -> bool:
    """Header rows of sheets without an id column have none either."""
    has_id = place.sheet.value(row, place.id_column) is not None and evidence.line.kind is not Kind.HEADER
    return has_id and not _holds_covered_id(evidence, place, row)


def _holds_covered_id(evidence: Evidence, place: _Place, row: int) -> bool:
    """No other row has such an id."""
    record_id = place.sheet.value(row, place.id_column)
    return record_id is not None and any(same_plain(record_id, ours) for ours in _covered_ids(evidence))


def _covered_ids(evidence: Evidence) -> list[Value]:
    """What stands in an id cell now because of this write, on purpose or by mistake."""
    cells = evidence.line.cells
    return [t.after for t in cells if ID_HEADER in (t.header, evidence.true_header(t.column))]


# ---------------------------------------------------------------- which columns


def _id_column(evidence: Evidence) -> int:
    headers = evidence.headers()
    return headers.index(ID_HEADER) if ID_HEADER in headers else evidence.line.id_column


def _columns(evidence: Evidence, place: _Place, row: int) -> dict[int, int]:
    """For each cell of the line that still holds what was written there by mistake: its column now."""
    found: dict[int, int] = {}
    is_half_hit = half_hit(evidence)
    for index, target in enumerate(evidence.line.cells):
        was = evidence.image(target.column)
        if same_plain(was, target.after) or (is_half_hit and same_plain(was, target.before)):
            continue  # nothing was changed, or all was as it should be
        if row == place.header_row and header_name(was) in place.names_shown:
            continue  # put back already
        ours = [c for c in range(len(place.sheet.rows.get(row, ()))) if c not in found.values()
                and same_plain(place.sheet.value(row, c), target.after)]  # fmt: skip
        if target.after is None:
            ours = _blank_columns(place, row, target.column, ours)
        candidates = _likely(evidence, place, row, target, ours)
        if candidates:
            found[index] = _nearest(candidates, target.column, place, row)
    return found


def _nearest(candidates: list[int], column: int, place: _Place, row: int) -> int:
    """Of header cells one with something below it."""
    bodies = [cells for _, cells in place.body()] if row == place.header_row else []
    filled = [c for c in candidates if any(c < len(cells) and cells[c] is not None for cells in bodies)]
    return min(filled or candidates, key=lambda c: abs(c - column))


def _blank_columns(place: _Place, row: int, column: int, ours: list[int]) -> list[int]:
    width = max(len(place.names), len(place.sheet.rows.get(row, ())), column + 1)
    return ours + list(range(len(place.sheet.rows.get(row, ())), width))


def _likely(evidence: Evidence, place: _Place, row: int, target: Target, ours: list[int]) -> list[int]:
    """Columns with the header under which the write landed; for header cells any that holds it. Where that
    header is not to be found: any, if what was written was not in the row before."""
    headers = evidence.headers()
    if row == place.header_row or not headers:
        return ours
    is_header = any(name and name in place.names for name in headers)
    if not is_header and target.column in ours and _is_in_place(evidence, place, row, target.column):
        return [target.column]
    name = evidence.true_header(target.column) if is_header else target.header
    named = [column for column in ours if _name(place, column) == name]
    if named or (is_header and name in place.names):
        return named
    if not is_header and name not in place.names and target.column in ours:
        return [target.column]  # the header is still to be put right
    known = {"", ID_HEADER, DELETED_HEADER, *headers}
    may_be_renamed = is_header or name not in place.names
    renamed = [column for column in ours if may_be_renamed and _name(place, column) not in known]
    was_there = any(same_plain(raw, target.after) for raw in evidence.content())
    return ours if not was_there and target.after is not None else renamed[:1] if len(renamed) == 1 else []


def _is_in_place(evidence: Evidence, place: _Place, row: int, column: int) -> bool:
    """Whether what the row held besides, right of ``column`` too, is in the same columns still."""
    written = {target.column for target in evidence.line.cells}
    kept = [(i, raw) for i, raw in enumerate(evidence.content()) if i not in written and raw is not None]
    reaches = any(i > column for i, _ in kept)
    return reaches and all(place.sheet.value(row, i) == raw for i, raw in kept)


def _name(place: _Place, column: int) -> str:
    return place.names[column] if 0 <= column < len(place.names) else ""
