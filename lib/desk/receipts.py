"""Receipts for the screen: the whole reasoning behind one due time, as lines of text."""

from __future__ import annotations

from dataclasses import dataclass

from lib.desk.core import Desk
from lib.desk.places import Place, place_at
from lib.service.receipts import explain, render


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """What an obligation is about, and its receipt line by line."""

    client_name: str
    action: str
    record_name: str
    worksheet: str
    record: str
    lines: tuple[str, ...]
    trigger: Place | None = None  # the cell it counts from


def read_receipt(desk: Desk, obligation_id: str, language: str) -> ReceiptView | None:
    """The receipt in plain text; None when the obligation is no longer there."""
    board = desk.board()
    found = board.judged[board.judged["id"] == obligation_id].to_dict("records")
    if not found:
        return None
    row = found[0]
    receipt = explain(obligation_id, board.judged, board.facts, board.standard, board.calendar, board.now)
    worksheet = str(row["worksheet"])
    trigger = receipt.trigger or receipt.planned
    place = trigger.place if trigger else None
    return ReceiptView(
        client_name=board.name_of("clients", row["client"]),
        action=board.standard[row["clause"]].actions[language],
        record_name="" if worksheet == "clients" else board.name_of(worksheet, row["record"]),
        worksheet=worksheet,
        record=str(row["record"]),
        lines=tuple(render(receipt, language)),
        trigger=place_at(desk, place.sheet, place.cell) if place else None,
    )
