"""The emulated person: restless, not malicious, and honest in the journal."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest

from tests.sheets_server.human import WEIGHTS, Entry, Human
from tests.sheets_server.server import SheetsServer

HEADERS = ["_id", "名称", "级别", "金额", "_rev"]
COUNT = 30
PLACES = dict.fromkeys(WEIGHTS, 0.0)


@pytest.fixture
def desk(server: SheetsServer) -> str:
    rows = [
        [f"r{number}", f"客户{number}", "AB"[number % 2], number * 10, f"v{number}"]
        for number in range(COUNT)
    ]
    return server.create_spreadsheet("t", {"客户": [HEADERS, *rows], "_history": [["x"]]})


def records(server: SheetsServer, desk: str) -> dict[str, dict[str, Any]]:
    """Rows by id; cells by header."""
    headers, *rows = server.dump(desk)["客户"]
    found = [dict(zip(headers, [*row, *[""] * len(headers)], strict=False)) for row in rows]
    return {row["_id"]: row for row in found if row["_id"]}


def only(server: SheetsServer, desk: str, *kinds: str, **options: Any) -> Human:
    weights = PLACES | dict.fromkeys(kinds, 1.0)
    return server.human(desk, **{"weights": weights, "seed": 7, **options})


def test_the_journal_tells_every_cell_of_every_record(server: SheetsServer, desk: str) -> None:
    """Played back by record id and column onto the first state, it gives the last one."""
    human = server.human(desk, seed=11, weights={"copy_row": 0})
    expected = records(server, desk)
    for _ in range(600):
        human.step()
    human.tidy_up()
    for entry in human.journal:
        if entry.kind == "delete_row":
            expected.pop(entry.record_id, None)
        if entry.kind == "edit" and entry.record_id:
            assert expected[entry.record_id].get(entry.original_header, "") == entry.before
            expected[entry.record_id][entry.original_header] = entry.after
    seen = records(server, desk)
    for record_id, cells in expected.items():
        assert {name: seen[record_id].get(name, "") for name in HEADERS} == {n: cells[n] for n in HEADERS}
    assert set(seen) == set(expected)
    kinds = Counter(entry.kind for entry in human.journal)
    assert {"edit", "sort", "insert_row", "type_row", "move_rows", "rename_header"} <= set(kinds), kinds
    assert "refused" not in kinds


def test_ids_and_columns_to_keep_off_stay_with_their_rows(server: SheetsServer, desk: str) -> None:
    human = server.human(
        desk, seed=3, keep_off=["_id", "_rev", "金额"], weights={"copy_row": 0, "delete_row": 0}
    )
    for _ in range(400):
        human.step()
    seen = records(server, desk)
    assert set(seen) == {f"r{number}" for number in range(COUNT)}
    for number in range(COUNT):
        assert (seen[f"r{number}"]["_rev"], seen[f"r{number}"]["金额"]) == (f"v{number}", number * 10)


def test_the_same_seed_does_the_same_things() -> None:
    def journal(seed: int) -> list[Entry]:
        with SheetsServer() as server:
            desk = server.create_spreadsheet(
                "t", {"客户": [HEADERS, *[[f"r{n}", "x", "A", n] for n in range(9)]]}
            )
            human = server.human(desk, seed=seed, clock=lambda: 0.0)
            for _ in range(60):
                human.step()
            return human.journal

    assert journal(5) == journal(5)
    assert journal(5) != journal(6)


def test_an_edit_is_told_with_row_and_column_of_that_moment(server: SheetsServer, desk: str) -> None:
    before = server.dump(desk)["客户"]
    (entry,) = only(server, desk, "edit").step()
    after = server.dump(desk)["客户"]
    column = HEADERS.index(entry.header)
    assert before[entry.row - 1][0] == entry.record_id
    assert (before[entry.row - 1][column], after[entry.row - 1][column]) == (entry.before, entry.after)
    changed = [(r, c) for r, row in enumerate(after) for c, cell in enumerate(row) if cell != before[r][c]]
    assert changed == [(entry.row - 1, column)]
    assert entry.worksheet == "客户"


def test_a_sort_is_by_one_column_and_keeps_rows_together(server: SheetsServer, desk: str) -> None:
    before = server.dump(desk)["客户"]
    (entry,) = only(server, desk, "sort", seed=2).step()
    after = server.dump(desk)["客户"]
    assert after[0] == HEADERS
    assert sorted(after[1:]) == sorted(before[1:])
    keys = [row[HEADERS.index(entry.header)] for row in after[1:]]
    assert keys == sorted(keys, reverse=entry.detail["order"] == "DESCENDING")


def test_a_typed_row_has_no_id(server: SheetsServer, desk: str) -> None:
    (entry,) = only(server, desk, "type_row", choices={"级别": ["重点"]}).step()
    last = server.dump(desk)["客户"][COUNT + 1]
    assert last[0] == ""
    assert dict(zip(HEADERS, last, strict=False)) == {"_id": "", **entry.after}
    assert entry.after["级别"] == "重点"
    assert entry.row == COUNT + 2


def test_a_full_grid_gets_another_row(server: SheetsServer) -> None:
    desk = server.create_spreadsheet("t", {"客户": [["_id", "n"], *[["r", "x"]] * 999]})
    only(server, desk, "type_row").step()
    assert len(server.dump(desk)["客户"]) == 1001


def test_a_deleted_row_is_told_whole(server: SheetsServer, desk: str) -> None:
    (entry,) = only(server, desk, "delete_row").step()
    assert entry.record_id not in records(server, desk)
    assert entry.before["_id"] == entry.record_id
    assert len(records(server, desk)) == COUNT - 1


def test_a_copied_row_is_there_twice(server: SheetsServer, desk: str) -> None:
    human = only(server, desk, "copy_row")
    for _ in range(4):
        human.step()
    rows = server.dump(desk)["客户"][1:]
    copied = Counter(entry.record_id for entry in human.journal)
    assert Counter(row[0] for row in rows) == Counter({f"r{n}": 1 for n in range(COUNT)}) + copied


def test_moved_rows_are_all_still_there_in_another_order(server: SheetsServer, desk: str) -> None:
    before = server.dump(desk)["客户"]
    (entry,) = only(server, desk, "move_rows").step()
    after = server.dump(desk)["客户"]
    assert sorted(after[1:]) == sorted(before[1:])
    first, last = entry.detail["rows"]
    block, to = before[first - 1 : last], entry.detail["before_row"]
    rest = before[: first - 1] + before[last:]
    at = to - 1 if to <= first else to - 1 - len(block)
    assert after == rest[:at] + block + rest[at:]


def test_only_columns_of_their_own_are_deleted(server: SheetsServer, desk: str) -> None:
    human = only(server, desk, "insert_column", "delete_column", "move_column", seed=4)
    for _ in range(80):
        human.step()
    kinds = Counter(entry.kind for entry in human.journal)
    assert kinds["insert_column"] > 5
    assert kinds["delete_column"] > 5
    assert set(HEADERS) <= set(server.dump(desk)["客户"][0])
    assert len(records(server, desk)) == COUNT


def test_a_column_to_keep_off_is_never_dragged(server: SheetsServer, desk: str) -> None:
    human = only(server, desk, "move_column", keep_off=["_id", "_rev", "名称"])
    for _ in range(60):
        human.step()
    assert {entry.header for entry in human.journal} == {"级别", "金额"}
    left = [header for header in server.dump(desk)["客户"][0] if header in human.keep_off]
    assert left == ["_id", "名称", "_rev"]


def test_a_renamed_header_is_put_back(server: SheetsServer, desk: str) -> None:
    human = only(server, desk, "rename_header")
    (away,) = human.step()
    assert away.after in server.dump(desk)["客户"][0]
    (back,) = human.step()
    assert (back.before, back.after, back.original_header) == (away.after, away.before, away.before)
    assert server.dump(desk)["客户"][0] == HEADERS


def test_rows_are_hidden_and_shown_and_filters_set_and_taken_away(server: SheetsServer, desk: str) -> None:
    human = only(server, desk)
    kinds = [human.step(kind)[0].kind for kind in ("hide", "hide", "filter", "filter")]
    assert kinds == ["hide", "unhide", "filter", "clear_filter"]


def test_hidden_worksheets_of_the_app_are_left_alone(server: SheetsServer, desk: str) -> None:
    human = server.human(desk, seed=1)
    for _ in range(100):
        human.step()
    assert server.dump(desk)["_history"] == [["x"]]
    assert {entry.worksheet for entry in human.journal} == {"客户"}


def test_what_the_spreadsheet_refuses_is_noted(server: SheetsServer, desk: str) -> None:
    sheet_id = server.service.spreadsheets[desk].sheets[0].sheet_id
    protect = {"range": {"sheetId": sheet_id}, "editors": {"users": ["boss@example.com"]}}
    request = {"addProtectedRange": {"protectedRange": protect}}
    path = {"spreadsheetId": desk}
    batch = "sheets.spreadsheets.batchUpdate"
    server.service.call(batch, path, {}, {"requests": [request]}, "boss@example.com")
    (entry,) = only(server, desk, "edit", user="guest@example.com").step()
    assert (entry.kind, entry.detail["action"]) == ("refused", "edit")


def test_they_work_by_themselves_until_they_are_stopped(server: SheetsServer, desk: str) -> None:
    human = server.human(desk, seed=1)
    human.start(rate_per_s=200)
    deadline = time.monotonic() + 10
    while len(human.journal) < 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    done = len(human.stop())
    assert done >= 20
    time.sleep(0.05)
    assert len(human.journal) == done


def test_an_action_that_does_not_exist_is_refused(server: SheetsServer, desk: str) -> None:
    with pytest.raises(ValueError, match="no such action: dance"):
        server.human(desk, weights={"dance": 1})
