"""Workbooks to measure with: one big worksheet of 15 mixed columns, Chinese text, and nine small ones."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

BIG, CHANGED = "客户", "备注"
HEADER = (
    "名称", "级别", "电话", "城市", "负责人", "金额", "折扣", "次数", "建立", "最近联系", "有效", "备注",
    "下次", "来源", "_id",
)  # fmt: skip
ID_AT, CHANGED_AT = HEADER.index("_id"), HEADER.index(CHANGED)
SMALL_SHEETS, SMALL_ROWS = 9, 40
CHARACTERS = "客户回访记录电话投诉升级重点维护潜在沟通满意度经理北京上海广州深圳公司有限责任科技贸易"
FIRST_DAY = datetime.fromisoformat("2024-01-01")


def make_workbook(path: Path, rows: int, seed: int = 1) -> None:
    """Write a workbook with that many records; their ids are those of ``record_id``."""
    chance = random.Random(seed)
    with Workbook(str(path), {"strings_to_urls": False}) as book:
        formats = [book.add_format({"num_format": code}) for code in ("yyyy-mm-dd", "#,##0.00")]
        big = book.add_worksheet(BIG)
        big.write_row(0, 0, HEADER)
        for number in range(1, rows + 1):
            _write_record(big, number, chance, *formats)
        for number in range(SMALL_SHEETS):
            small = book.add_worksheet(f"附表{number + 1}")
            small.write_row(0, 0, ("名称", "数值", "_id"))
            for row in range(1, SMALL_ROWS + 1):
                small.write_row(row, 0, (_text(chance, 2, 6), row * number, f"s{number}-{row}"))


def record_id(number: int) -> str:
    """The id of the record in 1-based row ``number + 1``."""
    return f"id{number:07}"


def _write_record(sheet: Worksheet, row: int, chance: random.Random, day: object, money: object) -> None:
    texts = {
        0: f"{_text(chance, 4, 9)}{row}",
        1: chance.choice(("重点", "普通", "潜在")),
        2: f"0{chance.randrange(10**10):010}",
        3: chance.choice(("北京", "上海", "广州", "深圳")),
        4: _text(chance, 2, 3),
        11: _note(chance),
        13: chance.choice(("网站", "转介绍", "展会", "电话")),
        14: record_id(row),
    }
    for column, text in texts.items():
        if text:
            sheet.write_string(row, column, text)
    sheet.write_number(row, 5, round(chance.random() * 1e6, 2), money)
    sheet.write_number(row, 6, chance.choice((0.8, 0.85, 0.9, 1)))
    sheet.write_number(row, 7, chance.randrange(100))
    sheet.write_datetime(row, 8, FIRST_DAY + timedelta(days=chance.randrange(900)), day)
    sheet.write_datetime(row, 9, FIRST_DAY + timedelta(minutes=chance.randrange(900 * 1440)), day)
    sheet.write_boolean(row, 10, chance.random() < 0.8)
    if chance.random() < 0.5:
        sheet.write_datetime(row, 12, FIRST_DAY + timedelta(days=chance.randrange(1200)), day)


def _note(chance: random.Random) -> str:
    """None, some words, or now and then a whole story."""
    kind = chance.random()
    return _text(chance, 200, 400) if kind < 0.005 else _text(chance, 10, 30) if kind < 0.6 else ""


def _text(chance: random.Random, least: int, most: int) -> str:
    return "".join(chance.choices(CHARACTERS, k=chance.randint(least, most)))


def shown_notes(path: Path) -> dict[object, object]:
    """The notes of all records as the file holds them, by id; read by a program of nobody's."""
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(BIG).to_python()
    return {row[ID_AT]: row[CHANGED_AT] for row in rows}
