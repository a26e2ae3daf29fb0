"""The receipt dialog, for every page: why an obligation is due when it is, to read and to copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

from lib.desk.receipts import read_receipt
from lib.ui.format import escape_markdown
from lib.ui.session import desk, language, page, t
from lib.ui.status_line import draw_place


def show_receipt(
    obligation_id: str | Sequence[str], on_dismiss: Literal["ignore", "rerun"] | Callable[[], None] = "ignore"
) -> None:
    """Open the receipt of an obligation; of several, one at a time, to choose in the dialog.

    Call it once in a run. ``on_dismiss`` is passed on to Streamlit.
    """
    ids = [obligation_id] if isinstance(obligation_id, str) else list(obligation_id)
    st.dialog(t("receipt_dialog.title"), width="large", on_dismiss=on_dismiss)(_draw)(ids)


def _draw(ids: list[str]) -> None:
    chosen = ids[0] if len(ids) == 1 else _choose(ids)
    receipt = read_receipt(desk(), chosen, language())
    if receipt is None:
        st.info(t("receipt_dialog.gone"))
        return
    subject = " · ".join(filter(None, (receipt.client_name, receipt.action, receipt.record_name)))
    st.markdown(f"**{escape_markdown(subject)}**")
    st.code("\n".join(receipt.lines), language=None, wrap_lines=True)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(t("receipt_dialog.copy_hint"))
        if receipt.trigger is not None and receipt.trigger.address is not None:
            draw_place(receipt.trigger)
        if st.button(t("receipt_dialog.open_record"), type="tertiary", icon=":material/edit_note:"):
            address = {"worksheet": receipt.worksheet, "record": receipt.record}
            st.switch_page(page("records"), query_params=address)


def _choose(ids: list[str]) -> str:
    number = st.pagination(len(ids), key=f"receipt_number:{ids[0]}")
    return ids[number - 1]
