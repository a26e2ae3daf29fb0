"""Whose queue an actor sees, and how it is paged."""

from __future__ import annotations

import pytest

from lib.desk.access import NOBODY, Actor
from lib.desk.today import PAGE_ROWS, TodayQueue, open_queue, scopes_of
from tests.desk.small_team import acting, at, open_desk


def subjects(queue: TodayQueue) -> set[str]:
    return set(queue.page("all", 1).entries["client_name"])


@pytest.mark.parametrize(
    ("staff_id", "scope", "clients"),
    [
        ("s-ann", None, {"恒信科技", "远帆物流"}),
        ("s-bob", None, set()),
        ("s-bob", "team", {"恒信科技", "远帆物流"}),
        ("s-lead", None, {"恒信科技", "远帆物流", "无主商贸"}),  # who can hand over sees what nobody owns
        ("s-lead", "mine", set()),
        ("s-bob", "everyone", {"恒信科技", "远帆物流", "无主商贸"}),
        ("s-ann", "nonsense", {"恒信科技", "远帆物流"}),
    ],
)
def test_scopes(staff_id: str, scope: str | None, clients: set[str]) -> None:
    desk, _ = open_desk()
    assert subjects(open_queue(desk, acting(desk, staff_id), scope)) == clients


def test_default_scopes_by_role() -> None:
    roles = ("rep", "supervisor", "manager", "auditor")
    assert [scopes_of(Actor("s", "n", role))[0] for role in roles] == ["mine", "team", "everyone", "everyone"]
    assert scopes_of(NOBODY) == ("everyone",)


def test_narrowing_to_one_owner() -> None:
    desk, _ = open_desk()
    queue = open_queue(desk, acting(desk, "s-lead"), "everyone")
    assert queue.owners == {"s-ann": "李娜"}
    assert subjects(queue.narrow("s-ann")) == {"恒信科技", "远帆物流"}
    assert subjects(queue.narrow("unknown")) == subjects(queue)


def test_pages_hold_every_entry_once_and_a_page_too_far_is_the_last() -> None:
    rows = [[f"p-{n}", f"甲{n}", "寄样品", at("2026-11-10 09:00"), at("2026-11-17")] for n in range(45)]
    clients = [["_id", "客户名称"], *([f"c-{n}", f"甲{n}"] for n in range(45))]
    header = ["_id", "客户名称", "承诺事项", "承诺时间", "兑现日期"]
    desk, _ = open_desk(客户=clients, 承诺=[header, *rows])
    queue = open_queue(desk, acting(desk, "s-lead"), "everyone")
    pages = [queue.page("overdue", number) for number in (1, 2, 3, 9)]
    shown = [entry for page in pages[:3] for entry in page.entries["id"]]
    assert len(shown) == len(set(shown)) == pages[0].total
    assert pages[0].total > 2 * PAGE_ROWS
    assert pages[3].page == pages[3].pages == 3


def test_remaining_time_is_working_time() -> None:
    desk, _ = open_desk()
    entries = open_queue(desk, acting(desk, "s-lead"), "everyone").page("all", 1).entries.set_index("id")
    hour_us = 3_600_000_000
    assert (
        entries.at["promise.due:p-1", "remaining_us"] == -17 * hour_us
    )  # two days of eight hours and one hour
    assert (
        entries.at["promise.due:p-2", "remaining_us"] == 7 * hour_us
    )  # until 18:00, without the lunch break


def test_an_empty_pile_names_what_comes_next() -> None:
    later = [
        ["_id", "客户名称", "承诺事项", "负责人", "承诺时间", "兑现日期"],
        ["p-9", "恒信科技", "年会邀请", "李娜", at("2026-11-10 09:00"), at("2026-12-30")],
    ]
    desk, _ = open_desk(承诺=later, 投诉=[["_id", "投诉编号"]], 联系记录=[["_id", "客户名称"]])
    page = open_queue(desk, acting(desk, "s-ann")).page("all", 1)
    assert page.total == 0
    assert page.next_up is not None
    assert (page.next_up["record"], page.next_up["client_name"]) == ("p-9", "恒信科技")
