"""The conflict desk: both values are kept, a person decides, and every decision is noted once."""

from __future__ import annotations

from datetime import datetime

import pytest

from lib.desk import Actor, Refused, records
from lib.desk import conflicts as counter
from lib.desk.conflicts import Card, Way
from lib.store.contract import (
    Accident,
    AccidentKind,
    DeleteRow,
    InsertRow,
    RestoreRow,
    UpdateCell,
)
from lib.store.memory import MemoryStore
from tests.desk.edited_team import CLIENTS, Team


@pytest.fixture
def team() -> Team:
    return Team()


def disputed(team: Team) -> Card:
    """Ann writes Wuxi where somebody has typed Haikou meanwhile."""
    team.type_in("c-hx", "城市", "海口")
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"))
    return only(team)


def only(team: Team, actor: Actor | None = None) -> Card:
    (record,) = counter.view(team.desk, actor or team.ann).records
    (card,) = record.cards
    return card


def is_empty(team: Team) -> bool:
    return counter.view(team.desk, team.ann).records == () and team.desk.status().conflicts == 0


def test_both_values_are_shown_with_who_and_when(team: Team) -> None:
    card = disputed(team)
    assert (card.name, card.header, card.way) == ("恒信科技", "城市", Way.DIFFERS)
    assert (card.mine, card.conflict.actor) == ("无锡", "李娜")
    assert (card.theirs, card.their_actor) == ("海口", "")
    assert card.their_at is not None
    assert card.column is not None
    assert card.column.key == "city"


def test_keep_theirs_writes_nothing(team: Team) -> None:
    card = disputed(team)
    assert counter.keep_theirs(team.desk, team.ann, [card.conflict]) == 1
    assert team.cell("c-hx", "城市") == "海口"
    assert is_empty(team)


def test_keep_mine_writes_over_what_was_shown(team: Team) -> None:
    outcome = counter.keep_mine(team.desk, team.ann, "o", disputed(team))
    assert outcome is not None
    assert outcome.saved
    assert team.cell("c-hx", "城市") == "无锡"
    assert is_empty(team)


def test_what_changed_once_more_is_not_overwritten_but_asked_again(team: Team) -> None:
    card = disputed(team)
    team.type_in("c-hx", "城市", "三亚")
    outcome = counter.keep_mine(team.desk, team.ann, "o", card)
    assert outcome is not None
    assert not outcome.saved
    assert team.cell("c-hx", "城市") == "三亚"
    assert (only(team).theirs, only(team).mine) == ("三亚", "无锡")


def test_the_card_shows_the_last_word_and_whose_it_is(team: Team) -> None:
    disputed(team)
    team.write(team.lead, "c-hx", 城市=("海口", "三亚"))
    assert (only(team).theirs, only(team).their_actor) == ("三亚", "王芳")


def test_a_value_that_came_true_needs_only_to_be_noted(team: Team) -> None:
    disputed(team)
    team.type_in("c-hx", "城市", "无锡")
    assert only(team).way is Way.SAME


def test_a_third_value_is_written(team: Team) -> None:
    outcome = counter.write_edited(team.desk, team.ann, "o", disputed(team), "南京")
    assert outcome is not None
    assert outcome.saved
    assert team.cell("c-hx", "城市") == "南京"
    assert is_empty(team)


def test_a_third_value_is_checked_as_in_any_form(team: Team) -> None:
    team.type_in("c-hx", "负责人", "张伟")
    team.write(team.ann, "c-hx", 负责人=("李娜", "王芳"))
    outcome = counter.write_edited(team.desk, team.ann, "o", only(team), "查无此人")
    assert outcome is not None
    assert set(outcome.errors) == {"owner"}
    assert team.cell("c-hx", "负责人") == "张伟"
    assert not is_empty(team)


def test_the_field_starts_from_mine(team: Team) -> None:
    team.type_in("c-hx", "合作开始", datetime(2026, 1, 5))  # noqa: DTZ001
    team.write(team.ann, "c-hx", 合作开始=(None, datetime(2026, 2, 9)))  # noqa: DTZ001
    form = counter.edit_form(team.desk, team.ann, only(team))
    assert form is not None
    assert form.values["cooperation_began_on"] == datetime(2026, 2, 9).date()  # noqa: DTZ001


def test_a_decision_is_made_once(team: Team) -> None:
    card = disputed(team)
    counter.keep_theirs(team.desk, team.lead, [card.conflict])
    assert counter.keep_mine(team.desk, team.ann, "o", card) is None
    assert counter.keep_theirs(team.desk, team.ann, [card.conflict]) == 0
    assert team.cell("c-hx", "城市") == "海口"


def test_all_of_one_go_are_settled_together_and_no_others(team: Team) -> None:
    team.type_in("c-hx", "城市", "海口")
    team.type_in("c-hx", "备注", "别动")
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"), 备注=(None, "要发票"))
    team.write(team.lead, "c-hx", 城市=("苏州", "常州"))
    first, second = counter.view(team.desk, team.ann).records
    assert (len(first.cards), len(second.cards)) == (2, 1)
    assert counter.keep_theirs_of_batch(team.desk, team.ann, first.actor, first.at) == 2
    assert only(team).mine == "常州"


def test_entering_it_again_having_seen_theirs_is_a_decision(team: Team) -> None:
    disputed(team)
    form = records.form(team.desk, team.ann, "clients", "c-hx", {})
    assert form is not None
    records.save(team.desk, team.ann, "again", form, {"city": "无锡"})
    assert team.cell("c-hx", "城市") == "无锡"
    assert is_empty(team)


def test_somebody_elses_edit_decides_nothing_for_me(team: Team) -> None:
    disputed(team)
    form = records.form(team.desk, team.lead, "clients", "c-hx", {})
    assert form is not None
    records.save(team.desk, team.lead, "again", form, {"city": "常州"})
    assert (only(team).mine, only(team).theirs) == ("无锡", "常州")


# --- rows, columns and sheets that are gone -------------------------------------------------------


def test_a_row_deleted_meanwhile_comes_back_with_what_was_to_be_written(team: Team) -> None:
    team.remove("c-hx")
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"), 备注=(None, "要发票"))
    (record,) = counter.view(team.desk, team.ann).records
    assert record.name == "恒信科技"
    assert {card.way for card in record.cards} == {Way.REMOVED}
    counter.bring_back(team.desk, team.ann, "o", record.cards)
    held = [team.cell("c-hx", name) for name in ("客户名称", "负责人", "城市", "备注")]
    assert held == ["恒信科技", "李娜", "无锡", "要发票"]
    assert is_empty(team)


def test_a_row_archived_meanwhile_comes_back_with_what_was_to_be_written(team: Team) -> None:
    team.send(team.lead, DeleteRow(CLIENTS, "c-hx"))
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"))
    assert only(team).way is Way.ARCHIVED
    counter.bring_back(team.desk, team.ann, "o", [only(team)])
    assert "c-hx" in team.ids()
    assert team.cell("c-hx", "城市") == "无锡"
    assert is_empty(team)


def test_once_the_row_is_back_the_cell_can_be_written(team: Team) -> None:
    team.send(team.lead, DeleteRow(CLIENTS, "c-hx"))
    team.write(team.ann, "c-hx", 城市=("苏州", "无锡"))
    team.send(team.lead, RestoreRow(CLIENTS, "c-hx"))
    assert (only(team).way, only(team).theirs) == (Way.DIFFERS, "苏州")


def test_the_value_for_a_lost_column_is_shown(team: Team) -> None:
    team.store.edit_cell(CLIENTS, 1, HEADER_OF_CITY, "所在城市")
    team.write(team.ann, "c-hx", 微信=(None, "hx-2026"))
    card = only(team)
    assert (card.way, card.mine, card.header) == (Way.NO_COLUMN, "hx-2026", "微信")
    assert counter.keep_theirs(team.desk, team.ann, [card.conflict]) == 1


HEADER_OF_CITY = 3


def test_a_new_row_can_be_written_without_its_lost_column(team: Team) -> None:
    team.send(team.ann, InsertRow(CLIENTS, "c-new", {"客户名称": "云杉", "微信": "ys"}))
    card = only(team)
    assert (card.way, card.name, dict(card.values)) == (
        Way.NO_COLUMN,
        "云杉",
        {"客户名称": "云杉", "微信": "ys"},
    )
    counter.keep_mine(team.desk, team.ann, "o", card)
    assert team.cell("c-new", "客户名称") == "云杉"
    assert is_empty(team)


def test_a_lost_sheet_is_said_to_be_lost(team: Team) -> None:
    team.store.remove_sheet("承诺")
    team.send(team.ann, UpdateCell("承诺", "p-1", "承诺事项", "寄样品", "寄三份"))
    assert (only(team).way, only(team).mine) == (Way.NO_SHEET, "寄三份")


# --- who may --------------------------------------------------------------------------------------


def test_the_author_may_close_and_whoever_edits_may_decide(team: Team) -> None:
    team.store.edit_cell("员工", 4, 2, "主管")  # Bob
    team.send(team.bob, UpdateCell("员工", "s-bob", "角色", "销售代表", "经理"))
    seen = {actor.name: only(team, actor) for actor in (team.lead, team.ann, team.reader)}
    assert {name: (card.may_close, card.may_write) for name, card in seen.items()} == {
        "王芳": (True, True), "李娜": (False, False), "审计": (False, False),
    }  # fmt: skip
    author = Actor("s-bob", "张伟", "auditor")
    assert (only(team, author).may_close, only(team, author).may_write) == (True, False)


def test_who_may_not_is_refused_and_nothing_is_noted(team: Team) -> None:
    card = disputed(team)
    with pytest.raises(Refused):
        counter.keep_theirs(team.desk, team.reader, [card.conflict])
    with pytest.raises(Refused):
        counter.keep_mine(team.desk, team.reader, "o", card)
    with pytest.raises(Refused):
        counter.keep_theirs_of_batch(team.desk, team.reader, card.conflict.actor, card.conflict.at)
    assert team.desk.status().conflicts == 1


# --- accidents ------------------------------------------------------------------------------------


class UpsetStore(MemoryStore):
    """A store in memory in which a column was sorted on its own."""

    def __init__(self, sheets: dict[str, list[list[object]]]) -> None:
        super().__init__(sheets)  # type: ignore[arg-type]
        self.settled: list[tuple[str, bool, str]] = []

    def accidents(self) -> tuple[Accident, ...]:
        return () if self.settled else (Accident("a1", AccidentKind.COLUMN_SORTED, "员工", "姓名", 3),)

    def settle_accident(self, accident_id: str, keep_theirs: bool, actor: str, at: datetime) -> None:  # noqa: ARG002
        if self.settled:
            raise KeyError(accident_id)
        self.settled.append((accident_id, keep_theirs, actor))


def test_an_accident_is_settled_once_by_whoever_may_edit_the_sheet(team: Team) -> None:
    from lib.desk import Desk

    store = UpsetStore({"员工": team.store.rows("员工")})  # type: ignore[dict-item]
    desk = Desk(store, team.desk.settings)
    (accident,) = counter.view(desk, team.lead).accidents
    assert counter.view(desk, team.lead).may_settle == {"a1": True}
    assert counter.view(desk, team.ann).may_settle == {"a1": False}
    with pytest.raises(Refused):
        counter.settle_accident(desk, team.ann, accident, keep_theirs=True)
    assert counter.settle_accident(desk, team.lead, accident, keep_theirs=False)
    assert store.settled == [("a1", False, "王芳")]
    assert not counter.settle_accident(desk, team.lead, accident, keep_theirs=True)
