"""The log and the past at the desk: everything is there, every way back works, nothing is overwritten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.desk import Refused, records
from lib.desk import history as counter
from lib.desk.history import LogFilters
from lib.service.record_history import Presence
from lib.store.contract import DeleteRow, EntryKind, InsertRow, Origin, RestoreRow, UpdateCell
from tests.desk.edited_team import CLIENTS, Team


@pytest.fixture
def team() -> Team:
    return Team()


def log(team: Team, before: int | None = None, **filters: object) -> counter.LogPage:
    return counter.log(team.desk, team.lead, LogFilters(**filters), before)  # type: ignore[arg-type]


def newest(team: Team) -> counter.Line:
    return log(team).lines[0]


def test_both_sides_are_in_the_log_newest_first(team: Team) -> None:
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"))
    team.type_in("c-hx", "城市", "海口")
    sheet, app = log(team).lines
    assert (app.entry.actor, app.entry.origin, app.name) == ("李娜", Origin.APP, "恒信科技")
    assert (sheet.entry.actor, sheet.entry.origin) == ("", Origin.SPREADSHEET)
    assert (sheet.entry.before, sheet.entry.after) == ("无锡", "海口")


def test_a_change_is_put_back(team: Team) -> None:
    team.type_in("c-hx", "城市", "海口")
    outcome = counter.put_entry_back(team.desk, team.ann, "back", newest(team).entry)
    assert outcome.saved
    assert team.cell("c-hx", "城市") == "苏州"


def test_a_cell_changed_since_is_not_put_back(team: Team) -> None:
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"))
    first = newest(team).entry
    team.type_in("c-hx", "城市", "海口")
    outcome = counter.put_entry_back(team.desk, team.ann, "back", first)
    assert [conflict.current for conflict in outcome.conflicts] == ["海口"]
    assert team.cell("c-hx", "城市") == "海口"
    assert team.desk.status().conflicts == 1


def test_a_deleted_row_comes_back_under_its_id(team: Team) -> None:
    team.write(team.ann, "c-hx", 备注=(None, "要发票"))
    team.remove("c-hx")
    (gone,) = counter.gone_records(team.desk, CLIENTS)
    assert (gone.name, gone.presence) == ("恒信科技", Presence.ABSENT)
    counter.bring_back(team.desk, team.ann, "back", CLIENTS, "c-hx")
    assert counter.gone_records(team.desk, CLIENTS) == ()
    assert (team.cell("c-hx", "城市"), team.cell("c-hx", "备注")) == ("苏州", "要发票")


def test_an_archived_row_comes_back(team: Team) -> None:
    records.archive(team.desk, team.ann, "archive", "clients", "c-hx")
    (gone,) = counter.gone_records(team.desk, CLIENTS)
    assert (gone.record, gone.presence) == ("c-hx", Presence.ARCHIVED)
    counter.bring_back(team.desk, team.ann, "back", CLIENTS, "c-hx")
    assert "c-hx" in team.ids()


def test_a_deleted_row_lacks_a_column_that_is_gone(team: Team) -> None:
    team.remove("c-hx")
    team.store.edit_cell(CLIENTS, 1, 3, "所在城市")  # a person renames the column
    outcome = counter.bring_back(team.desk, team.ann, "back", CLIENTS, "c-hx")
    assert outcome.saved
    assert (team.cell("c-hx", "客户名称"), team.cell("c-hx", "所在城市")) == ("恒信科技", None)


def test_the_whole_record_goes_back_to_a_time(team: Team) -> None:
    then = team.clock()
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"), 备注=(None, "要发票"))
    team.type_in("c-hx", "负责人", "张伟")
    preview = counter.preview_at(team.desk, CLIENTS, "c-hx", then)
    back = {column: (now, then) for column, now, then in preview.cells}
    assert back == {"备注": ("要发票", None), "城市": ("无锡", "苏州"), "负责人": ("张伟", "李娜")}
    assert team.cell("c-hx", "城市") == "无锡", "a preview writes nothing"
    assert counter.put_record_back(team.desk, team.ann, "back", preview).saved
    assert (team.cell("c-hx", "城市"), team.cell("c-hx", "负责人")) == ("苏州", "李娜")


def test_a_cell_changed_after_the_preview_stays(team: Team) -> None:
    then = team.clock()
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"), 备注=(None, "要发票"))
    preview = counter.preview_at(team.desk, CLIENTS, "c-hx", then)
    team.type_in("c-hx", "城市", "海口")
    outcome = counter.put_record_back(team.desk, team.ann, "back", preview)
    assert [conflict.current for conflict in outcome.conflicts] == ["海口"]
    assert (team.cell("c-hx", "城市"), team.cell("c-hx", "备注")) == ("海口", None)


def test_an_archived_record_goes_back_to_what_it_was_before_its_last_edit(team: Team) -> None:
    then = team.clock()
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"))
    team.send(team.ann, DeleteRow(CLIENTS, "c-hx"))
    preview = counter.preview_at(team.desk, CLIENTS, "c-hx", then)
    assert counter.put_record_back(team.desk, team.ann, "back", preview).saved
    assert (team.ids().count("c-hx"), team.cell("c-hx", "城市")) == (1, "苏州")


def test_what_a_lost_column_held_is_shown(team: Team) -> None:
    then = team.clock()
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"))
    team.store.edit_cell(CLIENTS, 1, 3, None)
    preview = counter.preview_at(team.desk, CLIENTS, "c-hx", then)
    assert preview.changes == ()
    assert preview.lost["城市"] == "苏州"


CELLS = st.tuples(st.sampled_from(["城市", "备注"]), st.sampled_from([None, "甲", "乙", "丙"]))
EVENTS = st.one_of(
    st.tuples(st.just("app"), CELLS), st.tuples(st.just("person"), CELLS),
    st.tuples(st.sampled_from(["archive", "remove", "return"]), st.just(("", None))),
)  # fmt: skip


@settings(max_examples=15)
@given(st.lists(EVENTS, min_size=1, max_size=8), st.data())
def test_any_life_of_a_record_leads_back_to_any_time(
    events: list[tuple[str, tuple[str, str | None]]], data: st.DataObject
) -> None:
    team = Team({"员工"})
    moments = [(team.clock(), _cells(team))]
    for who, (column, value) in events:
        _happen(team, who, column, value)
        moments.append((team.clock(), _cells(team)))
    at, cells = data.draw(st.sampled_from(moments))
    preview = counter.preview_at(team.desk, CLIENTS, "c-hx", at)
    if preview.changes:
        assert counter.put_record_back(team.desk, team.ann, "back", preview).saved
    assert _cells(team) == cells


def _happen(team: Team, who: str, column: str, value: str | None) -> None:
    there = "c-hx" in team.ids()
    if who == "return" and not there:
        archived = "c-hx" in team.store.read().sheets[CLIENTS].deleted_ids
        held = counter.values_held(team.desk, CLIENTS, "c-hx")
        team.send(team.ann, RestoreRow(CLIENTS, "c-hx") if archived else InsertRow(CLIENTS, "c-hx", held))
    elif who == "archive" and there:
        team.send(team.ann, DeleteRow(CLIENTS, "c-hx"))
    elif who == "remove" and there:
        team.remove("c-hx")
    elif who == "person" and there:
        team.type_in("c-hx", column, value)
    elif who == "app" and there:
        team.write(team.ann, "c-hx", **{column: (team.cell("c-hx", column), value)})


def _cells(team: Team) -> dict[str, object] | None:
    """The record's cells; None for one that is archived or gone."""
    names = ("客户名称", "负责人", "城市", "备注")
    return {name: team.cell("c-hx", name) for name in names} if "c-hx" in team.ids() else None


# --- who may, filters, pages ----------------------------------------------------------------------


def test_who_may_not_edit_may_look_but_not_put_back(team: Team) -> None:
    team.type_in("c-hx", "城市", "海口")
    line = counter.log(team.desk, team.reader, LogFilters(), None).lines[0]
    assert not line.may_put_back
    with pytest.raises(Refused):
        counter.put_entry_back(team.desk, team.reader, "back", line.entry)
    with pytest.raises(Refused):
        counter.bring_back(team.desk, team.reader, "back", CLIENTS, "c-hx")


def test_a_rep_cannot_put_back_what_happened_on_the_staff_sheet(team: Team) -> None:
    team.store.edit_cell("员工", 3, 2, "主管")
    line = counter.log(team.desk, team.ann, LogFilters(), None).lines[0]
    assert (line.name, line.may_put_back) == ("李娜", False) or line.entry.sheet == "员工"
    with pytest.raises(Refused):
        counter.put_entry_back(team.desk, team.bob, "back", line.entry)


def test_the_log_is_narrowed(team: Team) -> None:
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"))
    team.write(team.lead, "c-yf", 备注=(None, "转手"))
    team.type_in("c-yf", "城市", "宁波")
    team.store.edit_cell("承诺", 2, 2, "寄三份样品")
    kinds = {
        "title": {CLIENTS: 3, "承诺": 1, "投诉": 0},
        "person": {"李娜": 1, "王芳": 1},
        "origin": {"app": 2, "spreadsheet": 2},
        "search": {"宁波": 1, "恒信": 1, "转手": 1, "三份": 1, "没有": 0, "李娜": 1},
        "days": {1: 4},
    }
    for name, counts in kinds.items():
        assert {value: len(log(team, **{name: value}).lines) for value in counts} == counts


def test_the_period_leaves_out_what_is_older(team: Team) -> None:
    team.clock.at -= timedelta(days=3)
    team.type_in("c-hx", "城市", "海口")
    team.clock.at += timedelta(days=3)
    team.type_in("c-yf", "城市", "宁波")
    assert [line.entry.record_id for line in log(team, days=1).lines] == ["c-yf"]
    assert len(log(team, days=7).lines) == 2


def test_pages_follow_each_other_without_gap_or_repetition(team: Team) -> None:
    for number in range(3):
        changes = [
            UpdateCell(CLIENTS, "c-hx", "备注", n or None, n + 1)
            for n in range(number * 60, number * 60 + 60)
        ]
        team.send(team.ann, *changes)
    seen: list[int] = []
    start, pages = None, 0
    while True:
        page = log(team, start)
        seen += [line.entry.seq for line in page.lines]
        pages += 1
        if page.older is None:
            break
        start = page.older
    assert seen == list(range(180, 0, -1))
    assert pages == -(-180 // counter.PAGE_LINES)


def test_a_search_without_end_stops_and_says_how_far_it_came(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.send(team.ann, *[UpdateCell(CLIENTS, "c-hx", "备注", n or None, n + 1) for n in range(120)])
    team.write(team.ann, "c-yf", 备注=(None, "够了"))
    monkeypatch.setattr(counter, "MOST_READ", 100)
    page = log(team, search="没有这个")
    assert (page.lines, page.older) == ((), 22)
    assert page.searched_to is not None
    assert log(team, page.older, search="没有这个").older is None


def test_names_to_filter_by_are_staff_and_whoever_wrote(team: Team) -> None:
    team.send(team.reader, UpdateCell(CLIENTS, "c-hx", "备注", None, "看过"))
    assert counter.people(team.desk) == ("王芳", "李娜", "张伟", "陈静", "审计")


def test_the_chain_is_whole(team: Team) -> None:
    team.type_in("c-hx", "城市", "海口")
    assert counter.first_break(team.desk) is None
    assert counter.newest_seq(team.desk) == 1


def test_ten_thousand_entries_are_paged_quickly(team: Team) -> None:
    import time

    team.send(team.ann, *[UpdateCell(CLIENTS, "c-hx", "备注", n or None, n + 1) for n in range(10_000)])
    before = time.process_time()
    page = log(team)
    assert len(page.lines) == counter.PAGE_LINES
    assert time.process_time() - before < 1.0
    assert newest(team).entry.kind is EntryKind.UPDATE
