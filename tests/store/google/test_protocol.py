"""The protocol's pure parts: lines and their chain, requests, plain values, evidence."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.store.contract import Batch, CellError, Entry, EntryKind, Origin, StoreError, UpdateCell, Value
from lib.store.google.calls import BatchAnswer, Call, GuardTaken, ReadRanges, SheetInfo, Unknown, WriteBatch
from lib.store.google.evidence import fingerprint
from lib.store.google.known import Head, Known, KnownSheet, Outcome
from lib.store.google.lines import Kind, Line, Target, entries, first_broken, line_cells, parse_lines, placed
from lib.store.google.protocol import observe, read_tail, write
from lib.store.google.requests import cell_data, cells_of_row, prune, rows_from, whole_row, write_value
from lib.store.google.tables import instant, plain_rows, read_rows, same_plain, serial, value_of
from lib.store.values import same_value, storable

AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
day = datetime.fromisoformat

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=400),
    st.datetimes(day("1900-03-01"), day("9999-12-31")).map(lambda at: at.replace(microsecond=0)),
    st.sampled_from([CellError("#REF!"), CellError("#N/A")]),
).map(storable)
targets = st.builds(Target, st.integers(0, 40), st.text(max_size=30), values, values)


@given(st.lists(st.tuples(st.text(max_size=20), st.lists(targets, max_size=4)), min_size=1, max_size=4))
def test_lines_come_back_from_the_sheet_as_they_were(drafts: list[tuple[str, list[Target]]]) -> None:
    lines = placed(
        [Line(Kind.UPDATE, "op", "李", AT, "客户", 7, name, 3, cells=tuple(cells)) for name, cells in drafts],
        number=5, place=9, digest="before",
    )  # fmt: skip
    rows = [["" if cell is None else cell for cell in line_cells(line)] for line in lines]
    assert parse_lines(rows, 9) == lines
    assert first_broken(lines, "before") is None


def test_an_altered_or_missing_line_is_seen() -> None:
    lines = placed([Line(Kind.UPDATE, str(i), "li", AT, "客户", 7, "a") for i in range(4)], 1, 2, "")
    assert first_broken([lines[0], replace(lines[1], actor="wang"), *lines[2:]]) == replace(
        lines[1], actor="wang"
    )
    assert first_broken([lines[0], *lines[2:]]) == lines[2]
    assert first_broken(lines[1:]) == lines[1]


def test_what_is_no_line_is_left_out() -> None:
    (line,) = placed([Line(Kind.FENCE)], 1, 2, "")
    rows = [["number", "line"], [], [3, "{broken"], [4, "[9]"], line_cells(line), ["", "x"]]
    assert parse_lines(rows, 1) == [replace(line, place=5)]


def test_a_line_too_long_for_a_cell_is_refused() -> None:
    cells = tuple(Target(i, "h" * 150, None, "x" * 190) for i in range(150))
    with pytest.raises(StoreError):
        line_cells(Line(Kind.INSERT, cells=cells))


@given(st.datetimes(day("1900-03-01"), day("9999-12-31")).map(lambda at: at.replace(microsecond=0)))
def test_dates_survive_as_serial_numbers(at: datetime) -> None:
    assert instant(serial(at)) == at
    assert same_plain(serial(at), at)
    assert not same_plain(serial(at + timedelta(seconds=1)) if at < day("9999-12-30") else None, at)


@given(values)
def test_a_value_is_read_as_it_was_written(value: Value) -> None:
    data = cell_data(value).get("userEnteredValue", {})
    assert "formulaValue" not in data
    ((raw,),) = plain_rows([{"values": [{"effectiveValue": data}]}])
    assert same_plain(raw, value)
    assert same_value(value_of(raw, isinstance(value, datetime)), value)


def test_numbers_become_dates_only_where_the_column_holds_dates() -> None:
    rows = [["名称", "建立", "金额", "_id"], ["甲", 46_027.5, 46_027.5, "a"], ["乙", 20_260_305.0, "", "b"]]
    sheet = read_rows("客户", rows, {"建立"}).sheet
    assert sheet.column("建立").tolist() == [day("2026-01-05 12:00"), 20_260_305]
    assert sheet.column("金额").tolist() == [46_027.5, None]


def test_ranges_in_a1_notation() -> None:
    assert whole_row("老李's", 5) == "'老李''s'!5:5"
    assert rows_from("_history", 9, 28) == "'_history'!A9:AB"
    assert cells_of_row("_history", 9, 27, 28) == "_history!AB9:AC9"


def test_a_date_brings_its_format_only_where_there_is_none() -> None:
    with_format = json.dumps(write_value(7, 2, 0, day("2026-01-05"), has_date_format=False))
    assert "yyyy-mm-dd" in with_format
    assert "Format" not in json.dumps(write_value(7, 2, 0, day("2026-01-05")))


def test_guards_are_pruned_long_after_their_time() -> None:
    pruned = {number: prune(number) for number in range(1, 2_001)}
    assert [number for number, requests in pruned.items() if requests] == list(range(600, 2_001, 100))
    assert '"metadataValue": "0"' in json.dumps(pruned[600])  # numbers 1 to 99


# ---------------------------------------------------------------- conversations

HEADER = [f"第{i}列" for i in range(14)] + ["_id"]
ROW = [f"内容{i}" for i in range(14)] + ["a1"]
SHEET = KnownSheet("客户", 7, 1, {"a1": 2}, 2, columns=26)
KNOWN = Known({"客户": SHEET}, SheetInfo("_history", 1, 1_000, 60))
CHANGE = UpdateCell("客户", "a1", "第3列", "内容3", "新的")
BATCH = Batch("op-1", "李", AT, (CHANGE,))


def evidence(write_batch: WriteBatch, row: list[str], header: list[str] = HEADER) -> BatchAnswer:
    """What the server answers if the row (3, 14 = changed cell and id) and the header are these."""
    seen = {3: row[3], 14: row[14]}, {3: header[3], 14: header[14]}
    flat = [[[cells[column]]] for cells in seen for column in (3, 14)]
    assert len(write_batch.response_ranges) == len(flat)
    return BatchAnswer(tuple(flat))


def test_one_cell_takes_one_small_read_and_one_small_write() -> None:
    talk = write([BATCH], KNOWN)
    read = next(talk)
    assert read == ReadRanges(("'_history'!A2:BH", "'客户'!1:1", "'客户'!2:2"))
    sent = talk.send(([], [HEADER], [ROW]))
    assert isinstance(sent, WriteBatch)
    kinds = [next(iter(request)) for request in sent.requests]
    assert kinds == [
        "createDeveloperMetadata",
        "updateCells",
        "copyPaste",
        "copyPaste",
        "copyPaste",
        "updateCells",
    ]
    assert len(json.dumps(sent.requests, ensure_ascii=False, separators=(",", ":")).encode()) < 1_800
    outcome = end(talk, evidence(sent, ROW))
    assert [fate.applied for fate in outcome.fates] == [(CHANGE,)]
    assert outcome.head.number == 1
    (entry,) = [entry for line in outcome.lines for entry in entries(line)]
    assert (entry.column, entry.before, entry.after, entry.origin) == ("第3列", "内容3", "新的", Origin.APP)


def test_a_guard_that_is_taken_means_looking_again() -> None:
    talk = write([BATCH], KNOWN)
    next(talk)
    talk.send(([], [HEADER], [ROW]))
    assert isinstance(talk.throw(GuardTaken()), ReadRanges)


def test_an_attempt_that_came_through_is_recognised() -> None:
    talk = write([BATCH], KNOWN)
    next(talk)
    sent = talk.send(([], [HEADER], [ROW]))
    assert isinstance(talk.throw(Unknown()), ReadRanges)
    changed = [*ROW[:3], "新的", *ROW[4:]]
    outcome = end(talk, (history_after(sent), [HEADER], [changed]))
    assert [fate.applied for fate in outcome.fates] == [(CHANGE,)]


def test_a_conflict_after_an_unknown_attempt_is_fenced() -> None:
    talk = write([BATCH], KNOWN)
    next(talk)
    first = talk.send(([], [HEADER], [ROW]))
    talk.throw(Unknown())
    second = talk.send(([], [HEADER], [[*ROW[:3], "别人的", *ROW[4:]]]))
    assert isinstance(second, WriteBatch)
    assert second.requests[0] == first.requests[0], "the same guard: only one of the two can come through"
    outcome = end(talk, BatchAnswer())
    assert [conflict.current for conflict in outcome.fates[0].conflicts] == ["别人的"]


def test_a_tail_with_a_write_gone_astray_is_not_to_be_believed() -> None:
    talk = write([BATCH], KNOWN)
    next(talk)
    sent = talk.send(([], [HEADER], [ROW]))
    fine = read_tail(history_after(sent), 2, Head())
    assert not fine.astray
    assert [line.record_id for line in fine.lines] == ["a1"]
    other = read_tail(history_after(sent, [*ROW[:14], "b2"]), 2, Head())
    assert other.astray
    assert other.lines == ()


def test_direct_edits_that_another_process_has_noted_are_dropped() -> None:
    def edit(record_id: str, after: str) -> Entry:
        return Entry(0, AT, "", Origin.SPREADSHEET, EntryKind.UPDATE, "客户", record_id, "级别", "旧", after)

    talk = observe([edit("a1", "新")], KNOWN)
    next(talk)
    noted = history_after(talk.send(([],)))
    talk = observe([edit("a1", "新"), edit("b2", "新")], KNOWN)
    next(talk)
    talk.send((noted,))
    outcome = end(talk, BatchAnswer())
    assert [line.record_id for line in outcome.lines] == ["a1", "b2"]


def test_a_fingerprint_ignores_what_it_is_told_to_and_blanks_at_the_end() -> None:
    assert fingerprint(["a", 5.0, None, "id"], {3}) == fingerprint(["a", 5, "", None, ""])
    assert fingerprint(["a", "5"]) != fingerprint(["a", 5])


def end(talk: object, answer: object) -> Outcome:
    with pytest.raises(StopIteration) as stop:
        talk.send(answer)  # type: ignore[attr-defined]
    outcome = stop.value.value
    assert isinstance(outcome, Outcome)
    return outcome


def history_after(sent: Call, row: list[str] = ROW) -> list[list[object]]:
    """``_history`` from its second row on, as ``sent`` leaves it if ``row`` was in the row aimed at."""
    assert isinstance(sent, WriteBatch)
    cells: list[object] = []
    for data in sent.requests[1]["updateCells"]["rows"][0]["values"]:
        cells += data["userEnteredValue"].values()
    copies = [request["copyPaste"] for request in sent.requests if "copyPaste" in request]
    for copy in copies:
        source, start = copy["source"], copy["destination"]["startColumnIndex"]
        content = HEADER if source["startRowIndex"] == 0 else row
        copied = content[source["startColumnIndex"] : source["endColumnIndex"]]
        cells += [None] * (start + len(copied) - len(cells))
        cells[start : start + len(copied)] = copied
    return [cells]
