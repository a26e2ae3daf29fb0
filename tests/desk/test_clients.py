"""The Clients page and the page of one client as the desk gives them, and pinning a tier."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from lib.desk import Desk, Refused
from lib.desk.client import describe_entries, find, kinds
from lib.desk.client import view as client_view
from lib.desk.clients import choices, flow_view, load_view, pin_tier, view
from lib.service.client_list import NOBODY, ClientFilter
from lib.service.timeline import TIER
from lib.store.memory import MemoryStore
from tests.desk.small_team import acting, at, cells, open_desk

PINS = ["_id", "客户名称", "等级", "生效日期", "截止日期", "理由", "指定人"]
BOUGHT = [
    ["_id", "单号", "客户名称", "金额", "成交日期", "状态"],
    ["t-1", "XS-1", "恒信科技", 300_000, at("2026-02-01"), "成交"],
    ["t-2", "XS-2", "恒信科技", 250_000, at("2026-09-01"), None],
    ["t-3", "XS-3", "远帆物流", 90_000, at("2026-06-01"), "成交"],
    ["t-4", "XS-4", "远帆物流", 800_000, at("2026-07-01"), "未成交"],
]
HELD = ["n-1", "远帆物流", "VIP客户", at("2026-11-01"), at("2026-12-31"), "战略合作", "王芳"]
EVERYBODY = ClientFilter()


def open_sheets(*pins: list[Any], **more: Any) -> tuple[Desk, MemoryStore]:
    return open_desk(**{"交易": BOUGHT, "等级指定": [PINS, *pins], **more})


def anyone(desk: Desk) -> Any:
    return acting(desk, "s-ann")


# --- the list ------------------------------------------------------------


def test_the_list_says_tier_reason_owner_and_what_is_overdue() -> None:
    desk, _ = open_sheets(HELD)
    rows = view(desk, anyone(desk), EVERYBODY, "tier").rows
    assert rows.index.tolist() == ["c-yf", "c-hx", "c-none"]
    assert rows["tier"].tolist() == ["vip", "key", "potential"]
    assert rows["tier_reason"].tolist() == ["pinned", "key_amount", "no_purchase"]
    assert rows.loc["c-yf", ["pin_by", "pin_reason", "pin_record"]].tolist() == ["王芳", "战略合作", "n-1"]
    assert rows.loc["c-hx", ["owner_name", "trailing_amount", "key_threshold"]].tolist() == [
        "李娜",
        550_000,
        500_000,
    ]
    assert rows.at["c-hx", "overdue"] >= 1


def test_tiles_count_what_their_button_would_list() -> None:
    desk, _ = open_sheets(HELD)
    base = ClientFilter(owners=("s-ann",), tiers=("vip",))
    shown = view(desk, anyone(desk), base, "tier")
    for tier, count in shown.tiles["clients"].items():
        assert view(desk, anyone(desk), replace(base, tiers=(str(tier),)), "tier").matching == count
    for state, count in shown.states["clients"].items():
        assert view(desk, anyone(desk), replace(base, states=(str(state),)), "tier").matching == count
    assert shown.total == 3
    assert shown.matching == 1


def test_choices_are_what_clients_really_have() -> None:
    desk, _ = open_sheets()
    owners, cities = choices(desk)
    assert owners == {"s-ann": "李娜", NOBODY: ""}
    assert cities == []


def test_only_so_many_rows_are_sent() -> None:
    many = [["_id", "客户名称", "负责人"], *([f"c-{n}", f"客户{n}", "李娜"] for n in range(1_200))]
    desk, _ = open_sheets(客户=many)
    shown = view(desk, anyone(desk), EVERYBODY, "tier")
    assert (len(shown.rows), shown.matching, shown.total) == (500, 1_200, 1_200)


# --- moves and loads ------------------------------------------------------------


def test_moves_between_two_days_and_who_made_them() -> None:
    desk, _ = open_sheets(HELD)
    flow = flow_view(desk, anyone(desk), EVERYBODY, date(2026, 3, 1), date(2026, 11, 20))
    assert flow.moves["clients"].to_dict() == {
        "ordinary>key": 1,
        "potential>vip": 1,
        "potential>potential": 1,
    }
    assert flow.directions == {"up": 2, "down": 0, "stayed": 1}
    movers, total = flow.movers("up")
    assert (movers.index.tolist(), total) == (["c-hx", "c-yf"], 2)
    assert flow.movers("potential>potential")[0].index.tolist() == ["c-none"]
    assert flow.movers("down")[1] == 0


def test_moves_follow_the_filter() -> None:
    desk, _ = open_sheets()
    flow = flow_view(desk, anyone(desk), ClientFilter(owners=(NOBODY,)), date(2026, 3, 1), date(2026, 11, 20))
    assert flow.moves["clients"].to_dict() == {"potential>potential": 1}


def test_the_band_is_the_one_in_force() -> None:
    desk, _ = open_sheets()
    before = load_view(desk, anyone(desk))
    assert (before.low, before.high, before.dormant_left_out) == (10, 15, True)
    rules = [
        ["_id", "条款", "标准线", "数值", "生效日期", "理由", "设定人"],
        ["r-1", "load.per_rep", "目标", 1, at("2026-11-01"), "小团队", "王芳"],
        ["r-2", "load.per_rep", "最晚", 1, at("2026-11-01"), "小团队", "王芳"],
    ]
    desk, _ = open_sheets(规则=rules)
    after = load_view(desk, anyone(desk))
    assert (after.low, after.high) == (1, 1)
    assert after.counts == {"below": 1, "within": 0, "above": 1}
    assert after.loads["clients"].to_dict() == {"s-ann": 2, "s-bob": 0}


# --- pinning ------------------------------------------------------------


def test_a_pin_becomes_a_row_and_the_tier_follows() -> None:
    desk, store = open_sheets()
    lead = acting(desk, "s-lead")
    outcome = pin_tier(desk, lead, "op", "c-hx", "vip", date(2027, 1, 31), "框架协议")
    assert outcome.saved
    assert cells(store, "等级指定", *PINS[1:]) == [
        ("恒信科技", "VIP客户", at("2026-11-20"), at("2027-01-31"), "框架协议", "王芳")
    ]
    row = view(desk, lead, EVERYBODY, "tier").rows.loc["c-hx"]
    assert (row["tier"], row["tier_reason"], row["pin_by"]) == ("vip", "pinned", "王芳")


def test_a_second_click_pins_once() -> None:
    desk, store = open_sheets()
    for _ in range(2):
        outcome = pin_tier(desk, acting(desk, "s-lead"), "op", "c-hx", "vip", date(2027, 1, 31), "框架协议")
    assert outcome.receipt is not None
    assert outcome.receipt.repeated
    assert len(cells(store, "等级指定", "客户名称")) == 1


def test_a_rep_may_not_pin() -> None:
    desk, store = open_sheets()
    with pytest.raises(Refused):
        pin_tier(desk, acting(desk, "s-ann"), "op", "c-hx", "vip", date(2027, 1, 31), "框架协议")
    assert cells(store, "等级指定", "客户名称") == []


@pytest.mark.parametrize(
    ("until_on", "reason", "column"),
    [
        (None, "框架协议", "until_on"),
        (date(2026, 11, 19), "框架协议", "until_on"),
        (date(2027, 1, 31), "  ", "reason"),
    ],
)
def test_a_pin_needs_a_reason_and_an_expiry(until_on: date | None, reason: str, column: str) -> None:
    desk, store = open_sheets()
    outcome = pin_tier(desk, acting(desk, "s-lead"), "op", "c-hx", "vip", until_on, reason)
    assert set(outcome.errors) == {column}
    assert not outcome.saved
    assert cells(store, "等级指定", "客户名称") == []


def test_a_pin_for_today_alone_is_allowed() -> None:
    desk, _ = open_sheets()
    assert pin_tier(desk, acting(desk, "s-lead"), "op", "c-hx", "vip", date(2026, 11, 20), "今天").saved


# --- one client ------------------------------------------------------------


def test_an_unknown_client_is_none() -> None:
    desk, _ = open_sheets()
    assert client_view(desk, anyone(desk), "nobody", "zh") is None


def test_one_client_agrees_with_the_list() -> None:
    desk, _ = open_sheets(HELD)
    rows = view(desk, anyone(desk), EVERYBODY, "tier").rows
    for client in rows.index:
        shown = client_view(desk, anyone(desk), client, "zh")
        assert shown is not None
        for column in ("name", "tier", "state", "overdue", "owner_name", "next_due_at"):
            mine, listed = shown.row[column], rows.at[client, column]
            assert mine == listed or (mine != mine and listed != listed), column
        statuses = shown.obligations["status"]
        assert (statuses == "overdue").sum() == rows.at[client, "overdue"]


def test_open_obligations_come_first_and_overdue_ones_before_all() -> None:
    desk, _ = open_sheets()
    shown = client_view(desk, anyone(desk), "c-hx", "zh")
    assert shown is not None
    rows = shown.obligations
    assert rows["is_open"].is_monotonic_decreasing
    assert rows["status"].iloc[0] == "overdue"
    assert rows.loc["promise.due:p-1", "clause_name"] == desk.standard["promise.due"].names["zh"]
    assert set(rows["client"]) == {"c-hx"}


def test_the_page_tells_what_is_missing_and_still_open() -> None:
    desk, _ = open_sheets()
    shown = client_view(desk, anyone(desk), "c-hx", "zh")
    assert shown is not None
    assert ("clients", "industry") in shown.missing
    assert ("contacts", "") in shown.missing
    assert shown.open_complaints == 1
    assert shown.contacts.empty
    assert shown.months["amount"].sum() == 550_000


def test_the_timeline_tells_a_record_once_in_full() -> None:
    desk, _ = open_sheets(HELD)
    shown = client_view(desk, anyone(desk), "c-yf", "zh")
    assert shown is not None
    assert kinds(shown.entries) == {
        TIER: 2,
        "transactions": 2,
        "tier_pins": 2,
        "promises": 2,
        "interactions": 1,
    }
    told = describe_entries(desk.board(), shown.rows, shown.entries, "zh")
    full = {(entry.worksheet, entry.facts[0][0]): entry for entry in told}
    contact = full["interactions", "occurred_at"]
    assert (contact.labels, contact.texts, contact.who) == (
        ("电话", "我方联系", "一般联系"),
        ("问候",),
        "李娜",
    )
    assert {entry.amount for entry in told if entry.worksheet == "transactions"} == {90_000, 800_000}
    assert full["tier_pins", "from_on"].texts == ("战略合作",)
    assert full["tier_pins", "until_on"].texts == ()
    assert full["promises", "promised_at"].texts == ("报新价",)
    in_english = describe_entries(desk.board(), shown.rows, shown.entries, "en")
    assert {entry.labels for entry in in_english if entry.worksheet == "interactions"} == {
        ("Phone", "We contacted", "Contact")
    }


def test_clients_are_found_by_part_of_their_name() -> None:
    desk, _ = open_sheets()
    assert find(desk, "物流") == {"c-yf": "远帆物流"}
    assert len(find(desk, "")) == 3
    assert find(desk, "(") == {}


def test_an_empty_spreadsheet_has_nobody_and_breaks_nothing() -> None:
    desk = Desk(MemoryStore({}), open_sheets()[0].settings)
    shown = view(desk, desk.actor(None), EVERYBODY, "tier")
    assert (shown.total, len(shown.rows)) == (0, 0)
    assert choices(desk) == ({}, [])
    assert flow_view(desk, desk.actor(None), EVERYBODY, date(2026, 1, 1), date(2026, 2, 1)).moves.empty
    assert load_view(desk, desk.actor(None)).loads.empty
    assert client_view(desk, desk.actor(None), "c-hx", "zh") is None


def test_cells_that_cannot_be_read_break_no_view() -> None:
    broken = [
        BOUGHT[0],
        ["t-1", "XS-1", "恒信科技", "很多", "昨天", "不知道"],
        ["t-2", None, "没有这家", -5, at("2026-09-01"), None],
        ["t-3", "XS-3", None, None, at("1890-01-01"), "成交"],
    ]
    pins = [
        ["n-1", "恒信科技", "钻石", "明天", None, None, "路人"],
        ["n-2", None, None, None, None, None, None],
    ]
    desk, _ = open_sheets(*pins, 交易=broken)
    rows = view(desk, anyone(desk), EVERYBODY, "tier").rows
    assert set(rows["tier"]) == {"potential"}
    shown = client_view(desk, anyone(desk), "c-hx", "zh")
    assert shown is not None
    assert shown.undated >= 1
    assert describe_entries(desk.board(), shown.rows, shown.entries, "en")
    assert load_view(desk, anyone(desk)).loads["clients"].sum() == 2
