"""Running the app's pages in process with AppTest, through app.py as a visitor would."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

APP = Path(__file__).resolve().parents[2] / "app.py"
TIMEOUT_SECONDS = 60


def open_page(
    name: str, language: str = "zh", query: Mapping[str, str] | None = None, actor: str | None = None
) -> AppTest:
    """The page ``name`` after its first run. The workbook and the clock come from the environment."""
    app = AppTest.from_file(str(APP), default_timeout=TIMEOUT_SECONDS)
    app.session_state["language"] = language
    if actor is not None:
        app.session_state["actor_id"] = actor
    app.run()  # the landing page: only app.py knows the pages
    if name != "today":
        app._page_hash = calc_hash(name)
    for key, value in (query or {}).items():
        app.query_params[key] = value
    return app.run() if name != "today" or query else app


def texts(app: AppTest) -> str:
    """Everything a visitor can read on the page, joined: for assertions about wording."""
    headings = ("title", "header", "subheader")
    kinds = (*headings, "markdown", "caption", "text", "info", "warning", "error", "success")
    parts = [str(element.value) for kind in kinds for element in app.get(kind)]
    parts += [f"{metric.label} {metric.value}" for metric in app.metric]
    parts += [button.label for button in app.button]
    return "\n".join(parts)
