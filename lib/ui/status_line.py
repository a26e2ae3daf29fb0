"""The status line of every page: saved, waiting and why, conflicts, read-only; and that of one record."""

from __future__ import annotations

from pathlib import PurePath

import streamlit as st

from lib.desk import Refused, store_status
from lib.desk.places import Place, place_at, place_of
from lib.desk.store_status import Mark
from lib.store.contract import Health, Status, StoreError
from lib.ui.format import escape_markdown
from lib.ui.session import actor, desk, page, t
from lib.ui.store_words import explain_store_error
from lib.ui.theme import BadgeColor

MARKS: dict[Mark, tuple[str, BadgeColor]] = {
    Mark.SAVED: (":material/cloud_done:", "gray"),
    Mark.WAITING: (":material/hourglass_top:", "blue"),
    Mark.CONFLICT: (":material/call_split:", "red"),
}


def draw_status() -> None:
    """A few lines for the sidebar."""
    status = desk().status()
    _draw_health(status)
    if store_status.may_take_over(desk(), actor()):
        st.button(t("store_status.take_over"), icon=":material/lock_open:", on_click=_take_over,
                  help=t("store_status.take_over_help"), key="take_over")  # fmt: skip
    if status.conflicts:
        label = t("store_status.conflicts", count=status.conflicts)
        st.page_link(page("conflicts"), label=label, icon=":material/call_split:")
    if status.accidents:
        label = t("store_status.accidents", count=status.accidents)
        st.page_link(page("conflicts"), label=label, icon=":material/warning:")
    problems = len(desk().board().problems)
    if problems:
        label = t("ui.problems_found", count=problems)
        st.page_link(page("sheet_health"), label=label, icon=":material/error_outline:")


def _draw_health(status: Status) -> None:
    if status.health is Health.READ_ONLY:
        st.warning(escape_markdown(say_read_only(status)), icon=":material/lock:")
    elif status.waiting and status.cause is None:  # a moment only
        st.caption(t("store_status.being_written", count=status.waiting))
    elif status.cause:
        st.info(escape_markdown(say_waiting(status)), icon=":material/hourglass_top:")
    else:
        st.caption(t("ui.status_healthy", moment=f"{desk().board().now:%H:%M}"))


def say_read_only(status: Status) -> str:
    """Why nothing can be written now."""
    detail = explain_store_error(status.cause) if status.cause else status.detail
    words = t("ui.status_read_only", detail=detail)
    return f"{words} {t('store_status.count_waiting', count=status.waiting)}" if status.waiting else words


def say_waiting(status: Status) -> str:
    """What is in the way, how many changes wait for it, and what will become of them."""
    cause = status.cause
    if cause is None or cause.code != "held":
        detail = explain_store_error(cause) if cause else status.detail
        return t("store_status.waiting", count=status.waiting, detail=detail)
    words = _say_holder(cause)
    if status.waiting:
        return t("store_status.waiting_held", held=words, count=status.waiting)
    return t("store_status.free_when_closed", held=words)


def _say_holder(cause: StoreError) -> str:
    file = PurePath(desk().store.location).name
    name, program = (str(cause.details.get(key) or "") for key in ("name", "program"))
    if name and program:
        return t("store_status.open_by_in", file=file, name=name, program=program)
    who = name or program
    return t("store_status.open_by", file=file, who=who) if who else t("store_status.open", file=file)


def _take_over() -> None:
    try:
        store_status.take_over(desk(), actor())
        st.toast(t("store_status.taken_over"), icon=":material/check_circle:")
    except Refused:
        st.toast(t("ui.refused"), icon=":material/error:")
    except StoreError as error:
        st.toast(escape_markdown(explain_store_error(error)), icon=":material/error:")


def draw_record_line(worksheet: str, record: str) -> None:
    """Where a record stands in the spreadsheet, and whether its changes are there yet."""
    place = place_of(desk(), worksheet, record)
    if place is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        draw_mark(worksheet, record)
        draw_place(place)


def draw_mark(worksheet: str, record: str) -> None:
    """Saved, waiting or in conflict; a conflict leads to its desk."""
    mark = store_status.mark_of(desk(), worksheet, record)
    icon, color = MARKS[mark]
    words = t(f"store_status.mark_{mark.value}")
    st.badge(words, icon=icon, color=color)
    if mark is Mark.CONFLICT:
        st.page_link(page("conflicts"), label=t("store_status.decide"), icon=":material/arrow_forward:")


def draw_cell_link(sheet: str, cell: str) -> None:
    """A link to a cell, where cells have addresses."""
    place = place_at(desk(), sheet, cell)
    if place.address is not None:
        draw_place(place)


def draw_place(place: Place) -> None:
    """A link to the cell, or its name where there is no address."""
    words = t("records.where", sheet=escape_markdown(place.sheet), cell=place.cell)
    if place.address is None:
        st.caption(words, width="content")
    else:
        st.link_button(words, place.address, icon=":material/open_in_new:", type="tertiary")
