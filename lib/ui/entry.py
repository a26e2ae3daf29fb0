"""The way into the app for a page file that Streamlit runs by itself.

On a fresh process Streamlit's old discovery of ``pages/`` answers a deep link with that file alone,
without app.py. The file then opens the app instead of showing nothing.
"""

from __future__ import annotations

import runpy
from pathlib import Path

APP = Path(__file__).resolve().parents[2] / "app.py"


def open_app() -> None:
    """Run app.py, which draws the page that the address asks for."""
    runpy.run_path(str(APP), run_name="__main__")
