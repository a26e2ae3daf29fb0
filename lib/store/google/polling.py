"""One look at the whole spreadsheet: all worksheets and the new lines of ``_history`` in one request."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from lib.store.contract import META_SHEET, Sheet, Value
from lib.store.google.calls import Refused, Rows, SheetInfo
from lib.store.google.evidence import gather, hit, sight_of, unmended
from lib.store.google.formats import find_date_columns, number_rows
from lib.store.google.known import Head, Known, KnownSheet
from lib.store.google.lines import HISTORY_SHEET, Line, parse_lines
from lib.store.google.requests import rows_from, whole_sheet
from lib.store.google.tables import read_rows
from lib.store.google.transport import Transport
from lib.store.google.transport import read_rows as parse_ranges
from lib.store.reading import ReadSheet, grid_from_rows, is_bookkeeping, read_meta

NO_HISTORY = SheetInfo(HISTORY_SHEET, -1, 0, 0, True)


@dataclass(frozen=True, eq=False)
class Reading:
    """The spreadsheet at one moment. ``lines`` are those of ``_history`` after the head that was asked
    from, without writes that missed; ``strays`` says whether such a write still wants mending."""

    digest: str
    infos: tuple[SheetInfo, ...]
    values: Mapping[str, Rows]
    date_columns: Mapping[str, frozenset[str]]
    numbers: Mapping[str, frozenset[str]]  # headers of columns that hold numbers
    tables: Mapping[str, ReadSheet]
    meta: Mapping[str, Value]
    head: Head = field(default_factory=Head)
    lines: tuple[Line, ...] = ()
    strays: bool = False
    since: Head = field(default_factory=Head)  # what was asked from

    @property
    def safe_head(self) -> Head:
        """From here on a write must know the lines: before what still went astray."""
        return self.since if self.strays else self.head

    @property
    def sheets(self) -> dict[str, Sheet]:
        return {title: table.sheet for title, table in self.tables.items()}

    @property
    def history(self) -> SheetInfo:
        return next((info for info in self.infos if info.title == HISTORY_SHEET), NO_HISTORY)

    def known(self, head: Head | None = None) -> Known:
        """What a write needs to know; ``head`` instead of this reading's own."""
        ids = {info.title: info.sheet_id for info in self.infos}
        sheets = {
            title: _known_sheet(table, ids[title], self.date_columns.get(title, frozenset()))
            for title, table in self.tables.items()
        }
        return Known(sheets, self.history, head or self.safe_head)

    def dump(self) -> bytes:
        """For the next start of the process; ``load_reading`` reads it."""
        plain = {
            "infos": [asdict(info) for info in self.infos],
            "values": self.values,
            "dates": {title: sorted(names) for title, names in self.date_columns.items()},
            "head": asdict(self.head),
        }
        return gzip.compress(json.dumps(plain, ensure_ascii=False).encode("utf-8", "surrogatepass"), 1)


def load_reading(data: bytes) -> Reading:
    """Raises ValueError for what ``Reading.dump`` has not written."""
    try:
        plain = json.loads(gzip.decompress(data))
        infos = tuple(SheetInfo(**info) for info in plain["infos"])
        dates = {title: frozenset(names) for title, names in plain["dates"].items()}
        return _reading("", infos, plain["values"], dates, None, Head(**plain["head"]))
    except (OSError, EOFError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a reading") from error


def _known_sheet(table: ReadSheet, sheet_id: int, dates: frozenset[str]) -> KnownSheet:
    unwritten = {record for _, record in table.to_write}
    rows = {record: row for record, row in table.row_of.items() if record not in unwritten}
    return KnownSheet(
        table.sheet.title,
        sheet_id,
        table.sheet.header_row,
        rows,
        table.last_row,
        dates,
        whole=bool(unwritten) or table.id_column is None or bool(table.sheet.duplicate_ids),
    )


class Poller:
    """Reads, and reads no more than has changed. For one thread at a time."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def look(
        self, before: Reading | None, since: Head, *, titles: bool = False, formats: bool = False
    ) -> Reading:
        """The spreadsheet now; ``before`` itself if nothing has changed.

        ``since`` is the head after which lines are wanted; ``titles`` asks for the worksheets' titles and
        sizes, too, and ``formats`` which columns hold dates.
        Raises Trouble or StoreError.
        """
        infos = before.infos if before and not titles else self._transport.sheets()
        for _ in range(3):
            try:
                return self._look(before, infos, since, formats)
            except (Refused, _HistoryGrew):  # a worksheet was renamed, removed or made smaller
                infos = self._transport.sheets()
        return self._look(before, infos, Head(), formats)

    def _look(
        self, before: Reading | None, infos: tuple[SheetInfo, ...], since: Head, formats: bool
    ) -> Reading:
        titles = [i.title for i in infos if i.title == META_SHEET or not is_bookkeeping(i.title)]
        ranges = [whole_sheet(title) for title in titles]
        history = next((info for info in infos if info.title == HISTORY_SHEET), None)
        if history:
            ranges.append(rows_from(HISTORY_SHEET, min(since.row, history.rows), history.columns))
        body = self._transport.read_body(ranges)
        digest = hashlib.sha256(repr((infos, since)).encode() + body).hexdigest()
        if before and before.digest == digest and not formats:
            return before
        found = parse_ranges(body, len(ranges))
        tail = found[-1] if history else ()
        if history and not _continues(tail, since):
            if since != Head():
                return self._look(before, infos, Head(), formats)
            tail = found[-1]
        reading = self._tables(before, infos, dict(zip(titles, found, strict=False)), digest, formats)
        return _with_lines(reading, tail, since, history)

    def _tables(
        self,
        before: Reading | None,
        infos: tuple[SheetInfo, ...],
        values: Mapping[str, Rows],
        digest: str,
        formats: bool,
    ) -> Reading:
        old_dates = before.date_columns if before else {}
        plain = _reading(digest, infos, values, old_dates, before)
        asked = [
            title
            for title, names in plain.numbers.items()
            if names and (formats or not before or names - before.numbers.get(title, frozenset()))
        ]
        if not asked:
            return plain
        dates = {**old_dates, **self._date_columns(plain, asked)}
        return plain if dates == old_dates else _reading(digest, infos, values, dates, before)

    def _date_columns(self, plain: Reading, titles: Sequence[str]) -> dict[str, frozenset[str]]:
        samples = {title: number_rows(plain.tables[title]) for title in titles}
        return find_date_columns(
            self._transport, {title: rows for title, rows in samples.items() if rows}, plain.tables
        )


class _HistoryGrew(Exception):
    """``_history`` has more columns than were asked for."""


def _reading(
    digest: str,
    infos: tuple[SheetInfo, ...],
    values: Mapping[str, Rows],
    dates: Mapping[str, frozenset[str]],
    before: Reading | None,
    head: Head | None = None,
) -> Reading:
    tables = {
        title: _table(title, rows, dates.get(title, frozenset()), before)
        for title, rows in values.items()
        if not is_bookkeeping(title)
    }
    numbers = {title: frozenset(_number_columns(table)) for title, table in tables.items()}
    meta = read_meta(grid_from_rows(META_SHEET, list(values.get(META_SHEET, ()))))
    return Reading(digest, infos, values, dates, numbers, tables, meta, head or Head())


def _table(title: str, rows: Rows, dates: Collection[str], before: Reading | None) -> ReadSheet:
    if (
        before
        and title in before.tables
        and before.values[title] == rows
        and before.date_columns.get(title, frozenset()) == dates
    ):
        return before.tables[title]
    return read_rows(title, rows, dates)


def _number_columns(table: ReadSheet) -> Iterable[str]:
    for name, column in zip(table.sheet.header, table.sheet.columns, strict=True):
        kinds = set(map(type, column))
        if kinds & {int, float} or any(kind.__name__ == "datetime" for kind in kinds):
            yield name


def _continues(tail: Rows, since: Head) -> bool:
    """Whether the line at ``since`` still stands there; if not, people have been at ``_history``."""
    if since.number == 0:
        return True
    first = parse_lines(tail[:1], since.row)
    return bool(first) and first[0].digest == since.digest


def _with_lines(reading: Reading, tail: Rows, since: Head, history: SheetInfo | None) -> Reading:
    if history is None:
        return replace(reading, head=Head())
    parsed = parse_lines(tail, since.row)
    if any(line.end > history.columns for line in parsed):
        raise _HistoryGrew
    lines = [line for line in parsed if line.place > since.row or since.number == 0]
    evidences = gather(lines, sight_of(tail, since.row))
    fine = [evidence.line for evidence in evidences if hit(evidence)]
    last = parsed[-1] if parsed else None
    head = Head(last.number, last.place, last.digest) if last else since
    return replace(reading, head=head, lines=tuple(fine), strays=bool(unmended(evidences)), since=since)
