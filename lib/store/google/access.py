"""The service account: its key, and the token that each request carries. Neither is ever logged or shown."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import requests
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from lib.store.contract import StoreError

SCOPE = "https://www.googleapis.com/auth/spreadsheets"
TOKEN_TIMEOUT_S = 20


class Offline(Exception):
    """Nothing was sent: the service cannot be reached."""


class Credentials(Protocol):
    """What is used of google-auth's credentials."""

    token: str | None
    expiry: datetime | None  # naive UTC

    @property
    def valid(self) -> bool: ...

    def refresh(self, request: Any) -> None: ...


def read_key_file(path: Path) -> dict[str, Any]:
    """The service account's key as its file holds it. Raises StoreError without any of its content."""
    try:
        key = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # Not chained: the error of a JSON reader carries the whole text.
        raise StoreError(
            f"The service account's key cannot be read from {path}. Download it again as JSON.",
            "google_key_file",
            path=str(path),
        ) from None
    return key if isinstance(key, dict) else {}


def make_credentials(key: Mapping[str, Any]) -> service_account.Credentials:
    """Credentials for spreadsheets only. Raises StoreError without any content of the key."""
    try:
        read_key: Any = service_account.Credentials.from_service_account_info
        made: service_account.Credentials = read_key(dict(key), scopes=[SCOPE])
    except (GoogleAuthError, ValueError, TypeError, AttributeError):
        raise StoreError(
            "The service account's key is incomplete or damaged. Create a new JSON key and store all of it.",
            "google_key",
        ) from None
    return made


class AccessToken:
    """One token for all threads, renewed by one of them at a time shortly before it expires."""

    def __init__(self, credentials: Credentials, make_session: Callable[[], requests.Session]) -> None:
        self._credentials = credentials
        self._request = Request(make_session())
        self._lock = threading.Lock()

    @property
    def account(self) -> str:
        """The service account's address, with which the spreadsheet is shared."""
        return str(getattr(self._credentials, "service_account_email", ""))

    def header(self) -> str:
        """The Authorization header. Raises Offline, or StoreError where the key is not accepted."""
        with self._lock:
            if not self._credentials.valid:
                self._renew()
            return f"Bearer {self._credentials.token}"

    def reject(self, header: str) -> None:
        """The service does not take the token of ``header`` any more: the next one is a new one."""
        with self._lock:
            if header == f"Bearer {self._credentials.token}":
                self._credentials.token = None

    def _renew(self) -> None:
        try:
            self._credentials.refresh(self._send)
        except TransportError:
            raise Offline("Google's sign-in service cannot be reached") from None
        except RefreshError as error:
            if error.retryable:
                raise Offline("Google's sign-in service does not answer properly") from None
            raise _refusal(str(error)) from None
        except GoogleAuthError:
            raise _refusal("") from None

    def _send(self, url: str, **options: Any) -> Any:
        return self._request(url, **{**options, "timeout": TOKEN_TIMEOUT_S})


def _refusal(told: str) -> StoreError:
    if "reasonable timeframe" in told:
        return StoreError(
            "Google refuses the sign-in because this computer's clock is wrong. Set it, then try again.",
            "google_clock",
        )
    return StoreError(
        "Google does not accept the service account's key (deleted, disabled or altered). Create a new key.",
        "google_key_refused",
    )
