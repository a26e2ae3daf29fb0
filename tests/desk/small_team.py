"""A team of three with three clients in a store in memory, at a fixed moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from lib.desk import Actor, Desk
from lib.settings import Settings
from lib.store.contract import Value
from lib.store.memory import MemoryStore

TZ = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=TZ)  # a Friday
Rows = Sequence[Sequence[Value]]


def at(text: str) -> datetime:
    """A moment as sheets hold it: local, without a zone."""
    return datetime.fromisoformat(text)


COMPLAINT_HEADER: list[Value] = [
    *("_id", "投诉编号", "客户名称", "投诉内容", "负责人", "受理时间"),
    *("类别", "优先级", "责任部门", "评估时间", "首次响应时间"),
]
SHEETS: dict[str, list[list[Value]]] = {
    "员工": [
        ["_id", "姓名", "角色", "直属主管", "离职日期"],
        ["s-lead", "王芳", "主管", None, None],
        ["s-ann", "李娜", "销售代表", "王芳", None],
        ["s-bob", "张伟", "销售代表", "王芳", None],
        ["s-gone", "陈静", "销售代表", "王芳", at("2026-01-05")],
    ],
    "客户": [
        ["_id", "客户名称", "负责人"],
        ["c-hx", "恒信科技", "李娜"],
        ["c-yf", "远帆物流", "李娜"],
        ["c-none", "无主商贸", None],
    ],
    "投诉": [
        COMPLAINT_HEADER,
        ["k-1", "TS-1", "恒信科技", "屏幕碎裂", "李娜", at("2026-11-18 09:00"), *[None] * 5],
    ],
    "承诺": [
        ["_id", "客户名称", "承诺事项", "负责人", "承诺时间", "兑现日期", "兑现时间"],
        ["p-1", "恒信科技", "寄样品", "李娜", at("2026-11-10 09:00"), at("2026-11-17"), None],
        ["p-2", "远帆物流", "报新价", None, at("2026-11-10 09:00"), at("2026-11-20"), None],
        ["p-3", "无主商贸", "送合同", None, at("2026-11-10 09:00"), at("2026-11-16"), None],
    ],
    "联系记录": [
        ["_id", "客户名称", "联系时间", "录入时间", "方式", "方向", "类型", "联系人员", "内容", "下一步"],
        ["i-1", "远帆物流", at("2026-11-17 09:00"), None, "电话", "我方联系", "一般联系", "李娜", "问候"],
    ],
    "等待与延期": [["_id", "工作表", "记录编号", "条款", "类型", "开始时间", "结束时间", "理由", "登记人"]],
}  # fmt: skip


def open_desk(**replaced: Rows) -> tuple[Desk, MemoryStore]:
    """The desk over that store; ``replaced`` gives whole worksheets by title."""
    store = MemoryStore({**SHEETS, **replaced})
    return Desk(store, Settings(fixed_now=NOW)), store


def acting(desk: Desk, staff_id: str) -> Actor:
    return desk.actor(staff_id)


def cells(store: MemoryStore, title: str, *headers: str) -> list[tuple[Value, ...]]:
    """The rows of a sheet as they stand in the store, with these columns."""
    sheet = store.read().sheets[title]
    return list(zip(*(sheet.column(header) for header in headers), strict=True))
