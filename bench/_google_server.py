"""The emulator with a look at the bodies, and with somebody who sorts just before a write arrives."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bench._google_work import ACCOUNT, CHANGED, RECORD, TITLE, WARMED_TEXT
from tests.sheets_server import wire
from tests.sheets_server.front import Answer, Front, Request
from tests.sheets_server.quota import READS
from tests.sheets_server.server import PERSON, SheetsServer

LATENCY_S, TEXT = 0.25, "已回访，客户满意"
HEADER = (
    "名称", "级别", "电话", "城市", "负责人", "金额", "折扣", "次数", "建立", "有效", "备注", "下次", "来源",
    "小计", "_id",
)  # fmt: skip
ID_AT, PHONE_AT, FORMULA_AT, NOTE_AT = (HEADER.index(name) for name in ("_id", "电话", "小计", CHANGED))
THEIR_RECORD, THEIR_TEXT = "id0001500", "同事改的"
SMALL_SHEETS, SMALL_ROWS = 9, 40
CHARACTERS = "客户回访记录电话投诉升级重点维护潜在沟通满意度经理北京上海广州深圳公司有限责任科技贸易"
FIRST_DAY = (date(2024, 1, 1) - date(1899, 12, 30)).days

Rows = list[list[Any]]
SHEETS_PREFIX = "sheets."


@dataclass
class Traffic:
    """What went over the wire since it was forgotten last. Bodies: as sent, and before gzip."""

    requests: int = 0
    bodies: int = 0
    bodies_unzipped: int = 0
    methods: list[str] = field(default_factory=list)


class _Watched(Front):
    traffic: Traffic

    def answer(self, request: Request) -> Answer:
        answer = super().answer(request)
        zipped, _ = wire.zipped(answer.body, request.headers.get("accept-encoding", ""))
        self.traffic.bodies += len(request.body) + len(zipped)
        self.traffic.bodies_unzipped += len(request.body) + len(answer.body)
        self.traffic.requests += 1
        self.traffic.methods.append(answer.method_id)
        return answer


class BenchServer(SheetsServer):
    """``disturbed``: the next write is preceded by a person who sorts the sheet and edits a record."""

    def __init__(self) -> None:
        super().__init__()
        self.front: _Watched = _Watched(self)
        self.disturbed = False
        self.forget()

    def forget(self) -> None:
        """Count from here on."""
        self.front.traffic = Traffic()
        self.counters.reset()

    def call_sheets(
        self, method_id: str, path: dict[str, str], *others: Any, **options: Any
    ) -> dict[str, Any]:
        if self.disturbed and method_id not in READS:
            self.disturbed = False
            self._sort_and_edit(path["spreadsheetId"])
        return super().call_sheets(method_id, path, *others, **options)

    def make_spreadsheet(self, records: int) -> str:
        """The big sheet with its formulas, and nine small ones."""
        small = {f"附表{n + 1}": _small_rows(n) for n in range(SMALL_SHEETS)}
        made = self.create_spreadsheet("bench", {TITLE: _records(records), **small}, share_with=(ACCOUNT,))
        formulas = [[f"=F{row}*G{row}"] for row in range(2, records + 2)]
        body = {"values": formulas}
        path = {"spreadsheetId": made, "range": f"'{TITLE}'!N2:N{records + 1}"}
        query = {"valueInputOption": ["USER_ENTERED"]}
        self.service.call("sheets.spreadsheets.values.update", path, query, body, PERSON)
        return made

    def records(self, spreadsheet_id: str) -> dict[str, list[Any]]:
        """The rows of the big sheet by id, formulas as formulas."""
        rows = self.dump(spreadsheet_id, render="FORMULA")[TITLE]
        full = (row + [""] * (len(HEADER) - len(row)) for row in rows[1:])
        return {row[ID_AT]: row[: len(HEADER)] for row in full}

    def _sort_and_edit(self, spreadsheet_id: str) -> None:
        sheets = self.service.spreadsheets[spreadsheet_id].sheets
        sheet_id = next(sheet.sheet_id for sheet in sheets if sheet.title == TITLE)
        ids = [row[ID_AT] for row in self.dump(spreadsheet_id)[TITLE]]
        area = {"sheetId": sheet_id, "startRowIndex": 1, "endRowIndex": len(ids), "startColumnIndex": 0}
        order = [{"dimensionIndex": 0, "sortOrder": "DESCENDING"}]
        path = {"spreadsheetId": spreadsheet_id}
        body: dict[str, Any] = {"requests": [{"sortRange": {"range": area, "sortSpecs": order}}]}
        self.service.call("sheets.spreadsheets.batchUpdate", path, {}, body, PERSON)
        ids = [row[ID_AT] for row in self.dump(spreadsheet_id)[TITLE]]
        cell = f"'{TITLE}'!{chr(ord('A') + NOTE_AT)}{ids.index(THEIR_RECORD) + 1}"
        path, body = {**path, "range": cell}, {"values": [[THEIR_TEXT]]}
        self.service.call(
            "sheets.spreadsheets.values.update", path, {"valueInputOption": ["RAW"]}, body, PERSON
        )


@dataclass(frozen=True)
class Damage:
    """How the sheet differs from what it should hold after the change and the person's edit."""

    is_changed: bool  # the cell of our record holds the new text
    strays: int  # other records that hold it
    theirs_lost: bool
    formulas: int
    zeros: int
    others: int
    missing: int


def damage(before: dict[str, list[Any]], after: dict[str, list[Any]], *, disturbed: bool) -> Damage:
    """Compare record by record."""
    both = [(record, before[record], after[record]) for record in before if record in after]
    notes = {record: row[NOTE_AT] for record, _, row in both}
    asked = {(NOTE_AT, TEXT), (NOTE_AT, THEIR_TEXT), (NOTE_AT, WARMED_TEXT)}
    return Damage(
        is_changed=notes.get(RECORD) == TEXT,
        strays=sum(note == TEXT for record, note in notes.items() if record != RECORD),
        theirs_lost=disturbed and notes.get(THEIR_RECORD) != THEIR_TEXT,
        formulas=sum(not str(row[FORMULA_AT]).startswith("=") for _, _, row in both),
        zeros=sum(old[PHONE_AT] != row[PHONE_AT] for _, old, row in both),
        others=sum(
            type(old[i]) is not type(row[i]) or old[i] != row[i]
            for _, old, row in both
            for i in range(len(HEADER))
            if i not in (PHONE_AT, FORMULA_AT) and (i, row[i]) not in asked
        ),
        missing=len(before) - len(both),
    )


def _records(count: int) -> Rows:
    chance = random.Random(1)
    return [list(HEADER), *(_record(number, chance) for number in range(1, count + 1))]


def _record(number: int, chance: random.Random) -> list[Any]:
    return [
        f"{_text(chance, 4, 9)}{number}",
        chance.choice(("重点", "普通", "潜在")),
        f"0{chance.randrange(10**10):010}",
        chance.choice(("北京", "上海", "广州", "深圳")),
        _text(chance, 2, 3),
        round(chance.random() * 1e6, 2),
        chance.choice((0.8, 0.85, 0.9, 1)),
        chance.randrange(100),
        FIRST_DAY + chance.randrange(900),
        chance.random() < 0.8,
        _text(chance, 10, 30) if chance.random() < 0.6 else "",
        FIRST_DAY + chance.randrange(1200) if chance.random() < 0.5 else "",
        chance.choice(("网站", "转介绍", "展会", "电话")),
        "",
        f"id{number:07}",
    ]


def _small_rows(number: int) -> Rows:
    chance = random.Random(number)
    rows = [[_text(chance, 2, 6), row * number, f"s{number}-{row}"] for row in range(1, SMALL_ROWS + 1)]
    return [["名称", "数值", "_id"], *rows]


def _text(chance: random.Random, least: int, most: int) -> str:
    return "".join(chance.choices(CHARACTERS, k=chance.randint(least, most)))
