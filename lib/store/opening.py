"""Which store a setting means: a workbook by its path, or a Google spreadsheet by its address."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from lib.settings import Settings
from lib.store.clock import utc_now
from lib.store.contract import Store, StoreError

if TYPE_CHECKING:
    from lib.store.google.client import SheetsClient

_ADDRESS = re.compile(
    r"https?://docs\.google\.com/(?:a/[^/]+/)?spreadsheets/(?:u/\d+/)?d/([A-Za-z0-9_-]{10,})"
)
_NAMED = re.compile(r"google:([A-Za-z0-9_-]{10,})")
_BARE = re.compile(r"[A-Za-z0-9_-]{44}")


def spreadsheet_id(location: str) -> str | None:
    """The id in a Google spreadsheet's address, in ``google:ID``, or alone; None for a path."""
    text = location.strip()
    if found := _ADDRESS.match(text) or _NAMED.fullmatch(text):
        return found[1]
    return text if _BARE.fullmatch(text) and not Path(text).exists() else None


def open_store(settings: Settings) -> Store:
    """The store that ``settings.store`` names. Raises StoreError where it cannot even be tried."""
    clock = settings.now if settings.fixed_now else utc_now
    if sheet_id := spreadsheet_id(settings.store):
        from lib.store.google.store import GoogleStore  # brings gspread along, which workbooks do not need

        return GoogleStore(sheet_id, google_client(settings), state_folder=settings.state_folder, clock=clock)
    if settings.store.strip().startswith(("http://", "https://", "google:")):
        raise StoreError(
            "This is not the address of a Google spreadsheet. It begins with https://docs.google.com/"
            "spreadsheets/d/ and the spreadsheet's id.",
            "google_address",
        )
    from lib.store.workbook import WorkbookStore

    return WorkbookStore(settings.store, settings.state_folder, clock)


def google_client(settings: Settings) -> SheetsClient:
    """The process's client for the service account that the settings name. Raises StoreError."""
    from lib.store.google.access import make_credentials, read_key_file
    from lib.store.google.client import ADDRESS, SheetsClient

    google = settings.google
    key = read_key_file(google.key_file) if google.key_file else google.key
    if not key:
        raise StoreError(
            "There is no service account for Google Sheets. Put its key into .streamlit/secrets.toml as "
            "[google_service_account], or its file's path into HUIFANG_GOOGLE_KEY.",
            "google_no_key",
        )
    return SheetsClient(
        make_credentials(key),
        requests_a_minute=google.requests_a_minute,
        address=google.address or ADDRESS,
    )
