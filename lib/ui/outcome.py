"""Says what became of a command: saved, with undo; or not, with the reason. Survives the rerun."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

import streamlit as st

from lib.desk import Outcome, Refused
from lib.store.contract import Conflict, ConflictReason, Receipt, StoreError, UpdateCell
from lib.ui.format import escape_markdown
from lib.ui.session import actor, close_operation, desk, forget_forms, page, t
from lib.ui.store_words import explain_store_error

CONFLICTS_SHOWN = 5


def submit(form: str, command: Callable[[], Outcome]) -> Outcome | None:
    """Run a command and keep its result for the next run. None when it was refused or not written.

    On success the form's operation is closed, so that its next submission is a new one.
    """
    try:
        outcome = command()
    except Refused:
        _say("error", t("ui.refused"))
        return None
    except StoreError as error:
        _say_not_written(error)
        return None
    if outcome.receipt is not None:
        close_operation(form)
        _keep_receipt(outcome.receipt)
    return outcome


def show_pending_messages() -> None:
    """Draw what the last command left to say. Called once by the frame."""
    for kind, message in st.session_state.pop("_messages", []):
        if kind == "toast":
            st.toast(message, icon=":material/check_circle:")
        else:
            st.error(message, icon=":material/error:")
    if st.session_state.pop("_to_conflicts", False):
        label = t("store_status.conflicts_kept")
        st.page_link(page("conflicts"), label=label, icon=":material/call_split:")
    _offer_undo()


def _say(kind: str, message: str) -> None:
    st.session_state.setdefault("_messages", []).append((kind, message))


def _keep_receipt(receipt: Receipt) -> None:
    if receipt.repeated:
        _say("toast", t("ui.already_saved"))
    elif receipt.applied:
        _say("toast", _say_saved(receipt))
    if receipt.applied:
        st.session_state["_undo"] = receipt
        forget_forms({change.record_id for change in receipt.applied})
    _say_conflicts(receipt.conflicts)


def _say_saved(receipt: Receipt) -> str:
    """Saved, or saved and waiting: durable in both cases, but the spreadsheet may not show it yet."""
    status = desk().status()
    concerned = {(change.sheet, change.record_id) for change in receipt.applied}
    waits = status.cause is not None and not concerned.isdisjoint(status.records)
    key = "store_status.saved_waiting" if waits else "ui.saved_count"
    return t(key, count=f"{len(receipt.applied):,}")


def _say_not_written(error: StoreError) -> None:
    _say("error", t("ui.could_not_write", detail=escape_markdown(explain_store_error(error))))


def _say_conflicts(conflicts: Sequence[Conflict]) -> None:
    """The first few one by one: a large batch may have thousands."""
    st.session_state["_to_conflicts"] = bool(conflicts)
    for conflict in conflicts[:CONFLICTS_SHOWN]:
        _say("error", describe_conflict(conflict))
    if len(conflicts) > CONFLICTS_SHOWN:
        _say("error", t("ui.conflicts_more", count=len(conflicts) - CONFLICTS_SHOWN))


def describe_conflict(conflict: Conflict) -> str:
    """One line of Markdown for a change that was not applied: where, what stands there, what was meant."""
    change = conflict.change
    if conflict.reason is ConflictReason.CHANGED and isinstance(change, UpdateCell):
        return t(
            "ui.conflict_cell",
            sheet=escape_markdown(change.sheet),
            column=escape_markdown(change.column),
            current=_shown(conflict.current),
            mine=_shown(change.new),
        )
    return t("ui.conflict_gone", sheet=escape_markdown(change.sheet))


def _shown(value: object) -> str:
    return "" if value is None else escape_markdown(str(value))


def _offer_undo() -> None:
    receipt: Receipt | None = st.session_state.get("_undo")
    if receipt is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="undo_bar"):
        st.caption(_say_saved(receipt), width="content")
        st.button(t("ui.undo"), icon=":material/undo:", type="tertiary", on_click=_undo, key="undo_last")
        st.button(t("ui.close"), icon=":material/close:", type="tertiary", on_click=_forget, key="undo_close")


def _undo() -> None:
    receipt: Receipt = st.session_state.pop("_undo")
    try:
        done = desk().undo(actor(), f"undo:{receipt.operation_id}:{uuid.uuid4().hex}", receipt)
    except Refused:
        _say("error", t("ui.refused"))
        return
    except StoreError as error:
        _say_not_written(error)
        return
    _say("toast", t("ui.undone"))
    forget_forms({change.record_id for change in done.applied})
    _say_conflicts(done.conflicts)


def _forget() -> None:
    st.session_state.pop("_undo", None)
