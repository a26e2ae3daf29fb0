"""A client in words: why it has its tier, when it becomes dormant. ``row`` is a row of the client list."""

from __future__ import annotations

from datetime import date
from typing import Any

from lib.locale import text
from lib.service.client_list import NEVER
from lib.ui.format import format_day, format_money, format_number, is_missing


def tier_reason(row: Any, language: str, today: date) -> str:
    """Why the client has its tier, with the figures or the person and the last day of the pin."""
    code, until = str(row["tier_reason"]), row["pin_until_on"]
    if code == "pinned":
        code += "_open" if is_missing(until) else ""
    threshold = row["vip_threshold"] if code == "vip_amount" else row["key_threshold"]
    return text(
        language,
        f"clients.reason_{code}",
        amount=format_money(row["trailing_amount"], language),
        threshold=format_money(threshold, language),
        until=format_day(until, language, today),
        by=text(language, "clients.somebody") if is_missing(row["pin_by"]) else row["pin_by"],
    )


def dormancy_words(row: Any, language: str, today: date) -> str:
    """Since when the client is dormant, or when it becomes so."""
    state = str(row["state"])
    days = "" if state == NEVER else format_number(abs(row["days_left"]))
    return text(
        language, f"clients.dormancy_{state}", day=format_day(row["dormant_on"], language, today), days=days
    )
