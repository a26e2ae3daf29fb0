"""Rows of the page Today: what to do for whom, how late, and the buttons to do it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st

from lib.desk.today import TodayPage, TodayQueue
from lib.ui.action_dialogs import ask_for, draw_action_buttons, open_client, open_record, times_done
from lib.ui.format import (
    escape_markdown,
    format_day,
    format_moment,
    format_span,
    format_working_span,
    is_missing,
)
from lib.ui.session import desk, language, t
from lib.ui.theme import TIER_BADGES

SEPARATOR = " :gray[·] "
MENU_ICON = ":material/more_horiz:"
ICONS = {
    "contact": ":material/call:",
    "done": ":material/check:",
    "postpone": ":material/snooze:",
    "reassign": ":material/move_item:",
    "client": ":material/domain:",
    "record": ":material/edit_note:",
}


def draw_rows(queue: TodayQueue, shown: TodayPage) -> None:
    """The entries of one page, with a bar for those that are ticked."""
    entries: list[dict[str, Any]] = shown.entries.to_dict("records")  # type: ignore[assignment]
    if queue.may_edit:
        _draw_selection_bar(queue, entries)
    for number, entry in enumerate(entries, 1):
        _draw_entry(queue, entry, number)


def _tick_key(entry: dict[str, Any]) -> str:
    return f"today_tick:{times_done()}:{entry['id']}"


def _tick_all(keys: list[str], value: bool) -> None:
    for key in keys:
        st.session_state[key] = value


def _draw_selection_bar(queue: TodayQueue, entries: list[dict[str, Any]]) -> None:
    keys = [_tick_key(entry) for entry in entries]
    ticked = [entry for entry in entries if st.session_state.get(_tick_key(entry))]
    ids = [each for entry in ticked for each in entry["ids"]]
    with st.container(horizontal=True, vertical_alignment="center", key="today_selection"):
        label = t("today.clear_selection") if ticked else t("today.select_page")
        icon = ":material/deselect:" if ticked else ":material/select_all:"
        st.button(label, type="tertiary", icon=icon, key="today_tick_all",
                  on_click=_tick_all, args=(keys, not ticked))  # fmt: skip
        if not ticked:
            return
        st.caption(t("today.selected", count=len(ticked)))
        draw_action_buttons(ids, "today_ticked", may_edit=queue.may_edit, may_reassign=queue.may_reassign)


def _draw_entry(queue: TodayQueue, entry: dict[str, Any], number: int) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        if queue.may_edit:
            label = t("today.select", number=number)
            st.checkbox(label, key=_tick_key(entry), label_visibility="collapsed")
        with st.container(gap=None, width="stretch"):
            st.markdown(_headline(entry))
            st.markdown(_details(queue, entry))
        with st.container(horizontal=True, width="content", vertical_alignment="center", gap="small"):
            _draw_buttons(queue, entry)


def _draw_buttons(queue: TodayQueue, entry: dict[str, Any]) -> None:
    key = entry["id"]
    if st.button(t("actions.why"), type="tertiary", icon=":material/help:", key=f"today_why:{key}"):
        ask_for("receipt", entry["ids"])
    first, *others = _choices(queue, entry)
    if st.button(_label(first), icon=ICONS[first], key=f"today_first:{key}"):
        _start(first, entry)
    chosen = st.menu_button(
        t("actions.more"),
        others,
        format_func=_label,
        type="tertiary",
        icon=MENU_ICON,
        key=f"today_more:{key}",
    )
    if chosen is not None:
        _start(chosen, entry)


def _choices(queue: TodayQueue, entry: dict[str, Any]) -> list[str]:
    """What can be done about an entry, the likeliest first."""
    clause = desk().standard[entry["clause"]]
    wants_record = bool(clause.needs) or clause.kind == "gate"
    able = {
        "contact": queue.may_edit,
        "done": queue.may_edit and bool(clause.done) and not clause.needs,
        "postpone": queue.may_edit,
        "reassign": queue.may_reassign,
        "client": not is_missing(entry["client"]),
        "record": True,
    }
    choices = [choice for choice, possible in able.items() if possible]
    return sorted(choices, key=lambda choice: choice != "record") if wants_record else choices


def _label(choice: str) -> str:
    return {
        "contact": t("actions.record_contact"),
        "done": t("actions.mark_done"),
        "postpone": t("actions.postpone"),
        "reassign": t("actions.reassign"),
        "client": t("actions.open_client"),
        "record": t("actions.open_record"),
    }[choice]


def _start(choice: str, entry: dict[str, Any]) -> None:
    if choice == "client":
        open_client(entry["client"])
    elif choice == "record":
        open_record(entry["worksheet"], entry["record"])
    else:
        ask_for(choice, entry["ids"])  # type: ignore[arg-type]


def _headline(entry: dict[str, Any]) -> str:
    """Client, tier, next action and record name, as Markdown with every text escaped."""
    parts = []
    if client := _text(entry["client_name"]):
        parts.append(f"**{escape_markdown(_shorten(client, 60))}**")
    if not is_missing(entry["tier"]):
        parts.append(f":{TIER_BADGES[entry['tier']]}-badge[{t('ui.tier_' + entry['tier'])}]")
    parts.append(escape_markdown(desk().standard[entry["clause"]].actions[language()]))
    if entry["record_name"]:
        parts.append(escape_markdown(t("today.record", name=_shorten(entry["record_name"]))))
    if entry["repeats"] > 1:
        parts.append(f"**{t('today.repeats', count=entry['repeats'])}**")
    return " ".join(parts)


def _details(queue: TodayQueue, entry: dict[str, Any]) -> str:
    moment = _due_text(entry["due_at"], queue.board.now)
    parts = [_urgency(queue, entry)]
    clause = desk().standard[entry["clause"]].names[language()]
    owner = _text(entry["owner_name"]) or t("ui.none_owner")
    parts += [f":gray[{escape_markdown(text)}]" for text in (t("today.due_at", moment=moment), clause, owner)]
    if entry["breached_limit"]:
        parts.append(f":red-badge[{t('today.past_limit')}]")
    if entry["provisional"]:
        parts.append(f":gray-badge[{t('today.provisional')}]")
    return f":small[{SEPARATOR.join(parts)}]"


def _due_text(due_at: datetime, now: datetime) -> str:
    """Day and time; midnight means that only the day is known."""
    format_due = format_day if (due_at.hour, due_at.minute) == (0, 0) else format_moment
    return format_due(due_at, language(), now.date())


def _urgency(queue: TodayQueue, entry: dict[str, Any]) -> str:
    now = queue.board.now
    if entry["bucket"] == "waiting":
        until = entry["snoozed_until_at"]
        snoozed = not is_missing(until) and until > now
        moment = format_moment(until, language(), now.date())
        text = t("today.snoozed_until", moment=moment) if snoozed else t("today.waiting_since")
        return f":blue[**{escape_markdown(text)}**]"
    span = escape_markdown(_span(queue, entry))
    if entry["bucket"] == "overdue":
        return f":red[**{t('today.overdue_by', span=span)}**]"
    return f":orange[**{t('today.left', span=span)}**]"


def _span(queue: TodayQueue, entry: dict[str, Any]) -> str:
    """Working time; where none lies between now and the due time, time by the clock, said to be that."""
    if entry["remaining_us"]:
        return format_working_span(entry["remaining_us"], queue.working_day_us, language())
    return t("today.by_the_clock", span=format_span(entry["clock_us"], language()))


def _shorten(name: str, longest: int = 40) -> str:
    return name if len(name) <= longest else name[: longest - 1] + "…"


def _text(value: Any) -> str:
    return "" if is_missing(value) else str(value)
