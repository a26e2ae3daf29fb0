"""Import of people's own tables: read safely, mapped, tried out together, then written in one batch."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import pandas as pd

from lib.desk.access import Action, Actor, needed_for
from lib.desk.board import Board
from lib.desk.core import Desk, Outcome
from lib.desk.pending_rows import with_rows
from lib.locale import text
from lib.records.book import Book, read_book
from lib.records.import_mapping import (
    DateOrder,
    ForeignTable,
    Suggestion,
    date_order,
    foreign_table,
    suggest_mapping,
    suggest_target,
)
from lib.records.importing import ImportPlan, ImportPreview, NewRecord, dry_run, to_batch_changes
from lib.records.problems import shorten
from lib.records.schema import Schema, Worksheet
from lib.store.contract import Change, InsertRow, Snapshot
from lib.store.untrusted import read_untrusted

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
WORKBOOK_STARTS = (b"PK", bytes.fromhex("D0CF11E0"))
LIKELY = 0.7  # from this score on a worksheet is suggested
SAMPLES = 3
ROWS_SHOWN = 20
PROBLEMS_SHOWN = 500
CREATED = ("staff", "clients")  # worksheets to which names may be added that only references mention


class SheetChanged(Exception):
    """The spreadsheet changed since the dry run in a way that changes its result: look again."""


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """One column of a file: what it holds, what it seems to be."""

    name: str
    samples: tuple[str, ...]
    suggestion: Suggestion
    order: DateOrder


@dataclass(frozen=True, eq=False)
class TableView:
    """A table of a file beside the worksheet it is to go into.

    ``fields``: column key -> header of the columns that the spreadsheet has; empty if it lacks the worksheet.
    """

    table: ForeignTable
    worksheet: Worksheet
    columns: tuple[SourceColumn, ...]
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TableChoices:
    """What a person decided about one table. ``worksheet`` None: leave it out.

    ``columns``: source column -> column key; ``orders``: source column -> ymd, mdy or dmy; ``constants``:
    column key -> choice code for all rows.
    """

    worksheet: str | None
    columns: Mapping[str, str] = field(default_factory=dict)
    orders: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person decided about an import, table by table."""

    tables: tuple[TableChoices, ...]
    create_missing: bool = True
    skip_duplicates: bool = True


@dataclass(frozen=True, eq=False)
class TableResult:
    """What would become of one table.

    ``kinds``: header, reason, rows (most frequent first). ``problems``: row, source, value, reason of at
    most PROBLEMS_SHOWN. ``duplicates``: row, other, in_sheet. ``first_rows``: as they will be stored.
    ``names``: worksheet title -> names that would be added to it.
    """

    title: str
    worksheet: Worksheet
    rows: int
    to_add: int
    problem_rows: int
    problem_cells: int
    kinds: pd.DataFrame
    problems: pd.DataFrame
    duplicates: pd.DataFrame
    first_rows: pd.DataFrame
    names: Mapping[str, tuple[str, ...]]
    empty: int


@dataclass(frozen=True, eq=False)
class DryRun:
    """What an import would do to the spreadsheet of that version. ``results`` in the order of writing."""

    version: str
    choices: Choices
    results: tuple[TableResult, ...]
    changes: tuple[InsertRow, ...]


def read_upload(actor: Actor, name: str, data: bytes) -> tuple[ForeignTable, ...]:
    """The tables with rows of an uploaded file. Raises Refused, or NotASpreadsheet that says what is wrong.

    The bytes lie in a private folder while a limited process of its own reads them.
    """
    actor.require(Action.IMPORT)
    with tempfile.TemporaryDirectory(prefix="huifang-") as folder:
        path = Path(folder) / f"upload{_suffix(name, data)}"
        path.write_bytes(data)
        tables = read_untrusted(path)
    stem = PurePath(name).stem
    titled = {stem if title == path.stem else title: table for title, table in tables.items()}
    return tuple(foreign_table(title, *table) for title, table in titled.items() if table.rows)


def _suffix(name: str, data: bytes) -> str:
    """Of the kind that the content is, if that can be told: a workbook may carry any name."""
    is_text = PurePath(name).suffix.lower() in TEXT_SUFFIXES and not data.startswith(WORKBOOK_STARTS)
    return ".csv" if is_text else ".xlsx"


def guess_worksheet(desk: Desk, table: ForeignTable) -> str | None:
    """The worksheet that a table most likely belongs to; None if it resembles none."""
    key, score = suggest_target(table, desk.schema, desk.settings.tz)[0]
    return key if score >= LIKELY else None


def open_table(desk: Desk, table: ForeignTable, worksheet: str) -> TableView:
    """The table with suggestions for the columns of ``worksheet``."""
    described = desk.schema.worksheets[worksheet]
    binding = desk.board().book.bindings.get(worksheet)
    fields = binding.headers if binding else {}
    suggested = suggest_mapping(table, described, desk.settings.tz)
    columns = tuple(
        SourceColumn(name, _samples(table, name), _possible(suggested[name], fields), date_order(cells))
        for name, cells in table.columns.items()
    )
    return TableView(table, described, columns, fields)


def _possible(suggestion: Suggestion, fields: Mapping[str, str]) -> Suggestion:
    return suggestion if suggestion.column in fields else Suggestion(None)


def _samples(table: ForeignTable, name: str) -> tuple[str, ...]:
    seen: dict[str, None] = {}
    for value in table.columns[name]:
        if value is not None:
            seen[shorten(value)] = None
        if len(seen) == SAMPLES:
            break
    return tuple(seen)


def try_out(
    desk: Desk, actor: Actor, tables: Sequence[ForeignTable], choices: Choices, language: str
) -> DryRun:
    """Everything that the import would do, without doing it. Texts are in the language given.

    Tables are taken in the order in which they refer to each other, each against the spreadsheet as the
    earlier ones will leave it. Raises Refused for a worksheet that the actor may not edit.
    """
    actor.require(Action.IMPORT)
    board = desk.board()
    steps = _Steps(desk, board, choices)
    pairs = _in_order(desk.schema, tables, choices)
    results = tuple(steps.take(table, choice, language) for table, choice in pairs)
    _require_rights(board, actor, steps.changes)
    return DryRun(board.version, choices, results, tuple(steps.changes))


def commit(
    desk: Desk, actor: Actor, operation_id: str, tables: Sequence[ForeignTable], tried: DryRun
) -> Outcome:
    """Write what the dry run said, in one batch, once for an operation id.

    Raises SheetChanged if it would come out differently now.
    """
    changes, board = tried.changes, desk.board()
    if board.version != tried.version and not _is_written(board.snapshot, changes):
        again = try_out(desk, actor, tables, tried.choices, desk.settings.language)
        if _sizes(again) != _sizes(tried):
            raise SheetChanged
        changes = again.changes
    _require_rights(board, actor, changes)
    return Outcome(desk.send(actor, operation_id, changes, Action.IMPORT))


def _is_written(snapshot: Snapshot, changes: Sequence[InsertRow]) -> bool:
    """Are these very rows there already? Then they were sent before, and the store will say so."""
    sheet = snapshot.sheets.get(changes[0].sheet) if changes else None
    return sheet is not None and changes[0].record_id in set(sheet.ids.tolist())


def _sizes(tried: DryRun) -> list[tuple[int, int, int]]:
    return [(len(tried.changes), result.to_add, result.problem_cells) for result in tried.results]


def count_by_worksheet(desk: Desk, changes: Iterable[Change]) -> dict[str, int]:
    """Worksheet key -> changes, for the worksheets that the spreadsheet has, in the order of the schema."""
    counts = Counter(change.sheet for change in changes)
    bindings = desk.board().book.bindings
    return {key: counts[binding.sheet] for key, binding in bindings.items() if counts[binding.sheet]}


def _require_rights(board: Board, actor: Actor, changes: Sequence[InsertRow]) -> None:
    key_of = {binding.sheet: key for key, binding in board.book.bindings.items()}
    for sheet in {insert.sheet for insert in changes}:
        actor.require(needed_for(key_of.get(sheet, "")))


def _in_order(
    schema: Schema, tables: Sequence[ForeignTable], choices: Choices
) -> list[tuple[ForeignTable, TableChoices]]:
    """The tables to import, those first that others refer to."""
    wanted = [pair for pair in zip(tables, choices.tables, strict=True) if pair[1].worksheet]
    return sorted(wanted, key=lambda pair: _depth(schema, str(pair[1].worksheet), ()))


def _depth(schema: Schema, key: str, seen: tuple[str, ...]) -> int:
    """How many worksheets stand behind the references of one."""
    targets = {column.ref for column in schema.worksheets[key].columns.values() if column.ref} - {key, *seen}
    return max((1 + _depth(schema, str(target), (*seen, key)) for target in targets), default=0)


class _Steps:
    """A dry run of several tables, one after the other."""

    def __init__(self, desk: Desk, board: Board, choices: Choices) -> None:
        self.schema, self.tz, self.choices = desk.schema, desk.settings.tz, choices
        self.book: Book = board.book
        self.snapshot = board.snapshot
        self.changes: list[InsertRow] = []
        self._untaken: tuple[InsertRow, ...] = ()

    def take(self, table: ForeignTable, choice: TableChoices, language: str) -> TableResult:
        """Try one table out and count its rows as written for the next."""
        if self._untaken:
            self.snapshot = with_rows(self.snapshot, self._untaken)
            self.book = read_book(self.snapshot, self.schema, self.tz)
        plan = ImportPlan(
            worksheet=str(choice.worksheet),
            table=table,
            columns=choice.columns,
            orders=choice.orders,
            constants=choice.constants,
            create_missing=frozenset(CREATED if self.choices.create_missing else ()),
        )
        preview = dry_run(self.book, self.schema, plan, self.tz)
        self._untaken = to_batch_changes(preview, skip_duplicates=self.choices.skip_duplicates)
        self.changes += self._untaken
        return _result(self.schema.worksheets[plan.worksheet], table, preview, self.choices, language)


def _result(
    worksheet: Worksheet, table: ForeignTable, preview: ImportPreview, choices: Choices, language: str
) -> TableResult:
    repeated = {duplicate.position for duplicate in preview.duplicates} if choices.skip_duplicates else set()
    kept = [record for position, record in enumerate(preview.records) if position not in repeated]
    skipped = {record.source_row for position, record in enumerate(preview.records) if position in repeated}
    problems = preview.problems[~preview.problems["row"].isin(skipped)]
    names: dict[str, list[str]] = {}
    for record in preview.added:
        names.setdefault(record.sheet, []).append(str(next(iter(record.values.values()))))
    return TableResult(
        title=table.title,
        worksheet=worksheet,
        rows=len(preview.records),
        to_add=len(kept),
        problem_rows=problems["row"].nunique(),
        problem_cells=len(problems),
        kinds=_count_kinds(problems, language),
        problems=_describe(problems.head(PROBLEMS_SHOWN), language),
        duplicates=_list_duplicates(preview),
        first_rows=_show_records(kept[:ROWS_SHOWN]),
        names={sheet: tuple(found) for sheet, found in names.items()},
        empty=preview.skipped_empty,
    )


def _show_records(records: Sequence[NewRecord]) -> pd.DataFrame:
    rows = [{header: shorten(value) for header, value in record.values.items()} for record in records]
    return pd.DataFrame(rows, index=[record.source_row for record in records]).fillna("")


def _reasons(problems: pd.DataFrame, language: str) -> Iterator[str]:
    for code, params in zip(problems["code"], problems["reason_params"], strict=True):
        yield text(language, f"problems.{code}", **params)


def _describe(problems: pd.DataFrame, language: str) -> pd.DataFrame:
    kept = problems[["row", "source", "header", "value"]]
    return kept.assign(reason=list(_reasons(problems, language))).reset_index(drop=True)


def _count_kinds(problems: pd.DataFrame, language: str) -> pd.DataFrame:
    """How often each kind of problem occurs in each column; the first of its kind gives the words."""
    if problems.empty:
        return pd.DataFrame({"header": [], "reason": [], "rows": []})
    groups = problems.groupby(["header", "code"], sort=False)
    firsts = groups.head(1)
    counts = groups.size().reindex(pd.MultiIndex.from_frame(firsts[["header", "code"]])).to_numpy()
    reasons = list(_reasons(firsts, language))
    kinds = pd.DataFrame({"header": firsts["header"].to_numpy(), "reason": reasons, "rows": counts})
    return kinds.sort_values("rows", ascending=False, kind="stable").reset_index(drop=True)


def _list_duplicates(preview: ImportPreview) -> pd.DataFrame:
    listed = [(each.source_row, each.other_row, each.where == "sheet") for each in preview.duplicates]
    return pd.DataFrame(listed, columns=["row", "other", "in_sheet"])
