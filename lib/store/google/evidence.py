"""Whether a write hit the row and the column it meant: judged by what the server copied beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lib.store.contract import DELETED_HEADER, ID_HEADER, Value
from lib.store.google.calls import Rows
from lib.store.google.lines import ACQUITTED, FIXED_CELLS, Kind, Line
from lib.store.google.tables import cell_at, header_name, same_plain
from lib.store.values import canonical_text, readable

Sight = Callable[[int, int], object]  # (row of ``_history``, 0-based column) -> plain value
MANY_RUNS = 24


@dataclass(frozen=True, slots=True)
class Run:
    """A rectangle of ``_history``."""

    place: int
    last_place: int
    first: int
    last: int


@dataclass(slots=True)
class Evidence:
    """What stood in the row aimed at, and in the header row, right before the write."""

    line: Line
    sight: Sight
    header_line: Line
    again: int = 0  # it was put right in so many rows, but that is to be looked at once more
    image_at: int = field(init=False)
    header_at: int = field(init=False)
    is_hit: bool = False
    header_found: Evidence | None = None  # the write that covered the true header row, where it moved

    def __post_init__(self) -> None:
        self.image_at, self.header_at = self.line.image_at, self.header_line.header_at

    def image(self, column: int) -> object:
        if not 0 <= column < self.line.width:
            return None
        return self.sight(self.line.place, self.image_at + column)

    def header(self, column: int) -> str:
        if not 0 <= column < self.header_line.header_width:
            return ""
        return header_name(self.sight(self.header_line.place, self.header_at + column))

    def content(self) -> list[object]:
        return [self.image(column) for column in range(self.line.width)]

    def headers(self) -> list[str]:
        if self.header_found:
            return [header_name(raw) for raw in self.header_found.content()]
        return [self.header(column) for column in range(self.header_line.header_width)]

    def true_header(self, column: int) -> str:
        headers = self.headers()
        return headers[column] if 0 <= column < len(headers) else ""


def sight_of(rows: Rows, first_place: int) -> Sight:
    """Of ``_history`` as read from ``first_place`` on."""
    return lambda place, column: cell_at(rows, place - first_place + 1, column)


def gather(lines: Iterable[Line], sight: Sight) -> list[Evidence]:
    """Lines of whole transactions, judged."""
    by_place = {line.place: line for line in lines}
    found = [
        Evidence(line, sight, by_place.get(line.place - line.header_up, line)) for line in by_place.values()
    ]
    spoilt: set[tuple[int, int, int, int]] = set()
    for evidence in found:
        evidence.is_hit = _judge(evidence)
        if spoilt and evidence.is_hit:
            evidence.is_hit = spoilt.isdisjoint(_touched(evidence.line, True))
        if not evidence.is_hit:
            spoilt.update(_touched(evidence.line, False))
    acquitted = {evidence.line.mends for evidence in found if evidence.line.again == ACQUITTED}
    for evidence in found:
        evidence.is_hit = evidence.is_hit or evidence.line.place in acquitted
    _find_headers([evidence for evidence in found if not evidence.is_hit])
    return found


def _find_headers(astray: Sequence[Evidence]) -> None:
    """A header row that was pushed down may have been covered by another line of the transaction."""
    for evidence in astray:
        if ID_HEADER in evidence.headers():
            continue
        line = evidence.line
        for other in astray:
            is_near = other.line.number == line.number and other.line.sheet_id == line.sheet_id
            if is_near and ID_HEADER in other.content():
                evidence.header_found = other
                break


def _touched(line: Line, read_too: bool) -> Iterator[tuple[int, int, int, int]]:
    """Positions that a line writes, or relies on: what an earlier line of the same transaction has done
    to them by mistake, this one took for granted."""
    columns = {target.column for target in line.cells}
    if read_too:
        columns |= {line.id_column, line.deleted_column}
    return ((line.number, line.sheet_id, line.row, column) for column in columns)


def hit(evidence: Evidence) -> bool:
    """Whether the line did what it says: same columns, same row, and nothing there that nobody had seen."""
    return evidence.is_hit


def _judge(evidence: Evidence) -> bool:
    line = evidence.line
    if not line.row:
        return True
    if line.kind is Kind.HEADER:
        return fingerprint(evidence.content()) == line.fingerprint
    if any(evidence.header(target.column) != target.header for target in line.cells):
        return False
    return line.kind is Kind.INSERT or _row_was_meant(evidence)


def _row_was_meant(evidence: Evidence) -> bool:
    line = evidence.line
    if line.id_column >= 0 and evidence.header(line.id_column) != ID_HEADER:
        return False
    if line.fingerprint:
        if fingerprint(evidence.content(), not_fingered(line)) != line.fingerprint:
            return False
    elif id_text(evidence.image(line.id_column)) != line.record_id:
        return False
    if any(not same_plain(evidence.image(target.column), target.before) for target in line.cells):
        return False
    return line.kind is not Kind.UPDATE or not _archived(evidence)


def not_fingered(line: Line) -> set[int]:
    """Columns that do not count in a line's fingerprint. What a repair writes is looked at cell by cell."""
    written = {target.column for target in line.cells} if line.kind is Kind.REPAIR else set()
    return {line.id_column, *written}


def half_hit(evidence: Evidence) -> bool:
    """Whether a repair found its row and its columns, but some cell that a person had just changed."""
    line = evidence.line
    if not any(same_plain(evidence.image(target.column), target.before) for target in line.cells):
        return False  # a copy with the same id, put right or never wrong
    if line.kind is not Kind.REPAIR or any(evidence.header(t.column) != t.header for t in line.cells):
        return False
    if not line.fingerprint:
        return line.id_column >= 0 and id_text(evidence.image(line.id_column)) == line.record_id
    ignored, content = not_fingered(line), evidence.content()
    has_more = any(raw is not None for i, raw in enumerate(content) if i not in ignored)
    return has_more and fingerprint(content, ignored) == line.fingerprint


def id_text(raw: object) -> str:
    return "" if raw is None else str(readable(raw))


def _archived(evidence: Evidence) -> bool:
    column = evidence.line.deleted_column
    if column < 0 or any(target.column == column for target in evidence.line.cells):
        return False
    return evidence.header(column) != DELETED_HEADER or evidence.image(column) is not None


def fingerprint(row: Sequence[object], but: set[int] | None = None) -> str:
    """Of a row's plain values; columns in ``but`` do not count, nor do blanks at the end."""
    kept: list[Value] = [None if but and i in but else readable(raw) for i, raw in enumerate(row)]
    text = "\x1f".join(map(canonical_text, kept)).rstrip("\x1f")
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def unmended(evidences: Sequence[Evidence]) -> list[Evidence]:
    """Writes that went astray and that no later line put right for good, the newest first."""
    judged = [(evidence, hit(evidence)) for evidence in evidences]
    if all(fine for _, fine in judged):
        return []
    repairs = [(e.line, fine or half_hit(e)) for e, fine in judged if e.line.mends]
    failed = {(line.mends, line.number) for line, fine in repairs if not fine}
    good = {line.mends: line for line, _ in repairs if (line.mends, line.number) not in failed}
    astray = [evidence for evidence, fine in reversed(judged) if not fine]
    first = [evidence for evidence in astray if evidence.line.place not in good]
    again = [replace(e, again=good[e.line.place].again) for e in astray if e.line.place in good]
    return sorted([*first, *(e for e in again if e.again)], key=lambda e: -e.line.place)


def watched(lines: Sequence[Line]) -> list[Run]:
    """All that ``hit`` will look at; one rectangle where that would be many."""
    by_place = {line.place: line for line in lines}
    columns: dict[int, set[int]] = {line.place: set() for line in lines}
    for line in lines:
        if not line.row:
            continue
        looked = ({t.column for t in line.cells} | {line.id_column, line.deleted_column}) - {-1}
        header_line = by_place[line.place - line.header_up]
        headers = {header_line.header_at + c for c in looked if c < header_line.header_width}
        columns[header_line.place] |= headers
        shown = range(line.width) if line.fingerprint else (c for c in looked if c < line.width)
        columns[line.place] |= {line.image_at + c for c in shown}
    runs = [Run(place, place, *run) for place, wanted in columns.items() for run in _runs(wanted)]
    if len(runs) <= MANY_RUNS:
        return runs
    return [Run(lines[0].place, lines[-1].place, FIXED_CELLS, max(line.end for line in lines) - 1)]


def _runs(columns: set[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for column in sorted(columns):
        if runs and runs[-1][1] == column - 1:
            runs[-1] = (runs[-1][0], column)
        else:
            runs.append((column, column))
    return runs


def sight_of_runs(runs: Sequence[Run], answers: Sequence[Rows]) -> Sight:
    """Of the answer to a batch that asked for these runs."""
    cells: Mapping[tuple[int, int], object] = {
        (run.place + down, run.first + right): raw
        for run, rows in zip(runs, answers, strict=True)
        for down, row in enumerate(rows)
        for right, raw in enumerate(row)
    }

    def sight(place: int, column: int) -> object:
        raw = cells.get((place, column))
        return None if raw == "" else raw

    return sight
