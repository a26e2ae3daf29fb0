"""Entries of the history in words: who, when, what, and values as a spreadsheet shows them."""

from __future__ import annotations

from datetime import datetime

from lib.desk.access import UNNAMED
from lib.store.contract import Entry, EntryKind, Origin, Value
from lib.ui.format import escape_markdown, format_moment
from lib.ui.session import desk, language, t

LONGEST = 160
VALUES_TOLD = 6


def say_value(value: Value) -> str:
    """A cell's content as text; empty text for an empty cell."""
    match value:
        case None:
            return ""
        case bool():
            return t("records.yes" if value else "records.no")
        case int() | float():
            return f"{value:.15g}"
        case datetime():
            return f"{value:%Y-%m-%d}" if value.time() == datetime.min.time() else f"{value:%Y-%m-%d %H:%M}"
    return str(value)


def show_value(value: Value) -> str:
    """A cell's content as Markdown, cut when long; words for an empty one."""
    text = say_value(value)
    return escape_markdown(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…") or show_empty()


def show_empty() -> str:
    return f":gray[{t('history.empty_cell')}]"


def say_who(actor: str, origin: Origin = Origin.APP) -> str:
    """Who made a change. People at the spreadsheet are mostly unknown."""
    if origin is Origin.SPREADSHEET:
        return t("history.in_sheet_by", name=actor) if actor else t("history.in_sheet")
    return t("ui.role_owner_of_file") if actor == UNNAMED else actor or t("history.somebody")


def say_when(at: datetime) -> str:
    """A moment of the team's day, with the year where it is another one."""
    board = desk().board()
    return format_moment(at.astimezone(desk().settings.tz), language(), board.now.date())


def say_row_change(entry: Entry) -> str:
    """What happened to a row as a whole."""
    return t(f"history.kind_{entry.kind.value}")


def row_values(entry: Entry) -> dict[str, Value]:
    """The filled cells of an added or deleted row, in the order of the sheet's columns."""
    sheet = desk().board().snapshot.sheets.get(entry.sheet)
    place = {name: number for number, name in enumerate(sheet.header)} if sheet is not None else {}
    filled = ((name, value) for name, value in entry.values.items() if value is not None)
    return dict(sorted(filled, key=lambda item: place.get(item[0], len(place))))


def show_change(entry: Entry) -> str:
    """What happened, as Markdown: before and after of a cell, or what became of the row."""
    if entry.kind is EntryKind.UPDATE:
        column = escape_markdown(entry.column)
        return f"**{column}**: {show_value(entry.before)} → {show_value(entry.after)}"
    told = f"**{say_row_change(entry)}**"
    filled = list(row_values(entry).items())
    cells = " · ".join(f"{escape_markdown(name)} {show_value(value)}" for name, value in filled[:VALUES_TOLD])
    more = " …" if len(filled) > VALUES_TOLD else ""
    return f"{told}: {cells}{more}" if cells else told
