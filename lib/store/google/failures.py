"""What an answer of Google's that is no success means for a write, and what people can do about it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError, ProxyError

from lib.store.contract import StoreError
from lib.store.google.calls import Busy, GuardTaken, Refused, Unknown
from lib.store.google.retry import parse_retry_after

_QUOTA_REASONS = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "quotaExceeded"}
_API_OFF_REASONS = {"SERVICE_DISABLED", "accessNotConfigured"}
_SCOPE_REASONS = {"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"}


class TryLater(Busy):
    """Not done, and may be sent again; not before ``wait_s``, where the service named a time."""

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


def wait_asked(error: Exception, is_read: bool) -> float | bool | None:
    """For ``Retrying``: only what reads is repeated. A write waits for a fresh look at the rows first."""
    if not is_read:
        return False
    if isinstance(error, TryLater):
        return error.wait_s
    return None if isinstance(error, Unknown) else False


def not_sent(error: requests.RequestException) -> bool:
    """Whether the request certainly never reached Google."""
    causes = (ConnectTimeoutError, NewConnectionError, NameResolutionError, ProxyError)
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError)) or isinstance(
        reason, causes
    )


def failure_of(response: requests.Response, now: datetime) -> Exception:
    """The error to raise for an answer that is no success; ``now`` (aware) is for a dated Retry-After."""
    code = response.status_code
    error = _error_body(response)
    message, reasons = str(error.get("message", "")), set(_reasons(error))
    if code == 429 or (code == 403 and reasons & _QUOTA_REASONS):
        return TryLater("too many requests", parse_retry_after(response.headers.get("Retry-After"), now))
    if code >= 500 or code in (408, 499):
        return Unknown(f"the service failed ({code})")
    if code in (401, 403, 404):
        return _remedy(code, reasons)
    if code == 400 and _is_guard(message):
        return GuardTaken(message)
    return Refused(message or f"HTTP {code}")


def _is_guard(message: str) -> bool:
    return "createDeveloperMetadata" in message and "already exists" in message


def _remedy(code: int, reasons: set[str]) -> StoreError:
    if reasons & _API_OFF_REASONS:
        return StoreError(
            "The Google Sheets API is not enabled in the service account's project. Enable it in the Google "
            "Cloud console and wait some minutes.",
            "google_api_disabled",
        )
    if reasons & _SCOPE_REASONS:
        return StoreError("The token does not allow spreadsheets (scope).", "google_scope")
    if code == 404:
        return StoreError(
            "There is no such spreadsheet, or it is not shared with the service account. Check the address.",
            "google_not_found",
        )
    if code == 403:
        return StoreError(
            "The spreadsheet is not shared with the service account for this. Share it as Editor.",
            "google_not_shared",
        )
    return StoreError("Google does not accept the token.", "google_token")


def _error_body(response: requests.Response) -> Mapping[str, Any]:
    try:
        body = json.loads(response.content)
    except ValueError:  # not passed on: it holds the text
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _reasons(error: Mapping[str, Any]) -> Iterator[str]:
    for part in (*error.get("details", ()), *error.get("errors", ())):
        if isinstance(part, dict) and isinstance(part.get("reason"), str):
            yield part["reason"]
