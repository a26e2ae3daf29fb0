"""What a store's error says, in the session's language."""

from __future__ import annotations

from lib.store.contract import StoreError
from lib.ui.session import t


def explain_store_error(error: StoreError) -> str:
    """One or two plain sentences: what is in the way, what to do. Not yet escaped for Markdown."""
    values = error.details
    if error.code == "held":
        who = str(values.get("name") or values.get("program") or "")
        return t("store_errors.held", name=who) if who else t("store_errors.held_by_somebody")
    try:
        return t(f"store_errors.{error.code}", **values)
    except KeyError:  # no words for this code, or they need more than the error tells
        return str(error)
