"""Genuine gspread pointed at the emulator: only the way to Google's hosts is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import gspread
import requests
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2.service_account import Credentials
from gspread.http_client import HTTPClient
from requests.adapters import HTTPAdapter

from .oauth import DEFAULT_USER, DRIVE, SPREADSHEETS

HOSTS = ("https://sheets.googleapis.com", "https://www.googleapis.com", "https://oauth2.googleapis.com")
ALL_SCOPES = (SPREADSHEETS, DRIVE)


class LoopbackAdapter(HTTPAdapter):
    """Sends requests for Google's hosts to the emulator; caller and answer still see Google's address."""

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(**options)
        self._target = urlsplit(url)

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """As HTTPAdapter's, without proxies."""
        original = request.url or ""
        moved = request.copy()
        moved.url = urlunsplit(urlsplit(original)._replace(scheme="http", netloc=self._target.netloc))
        options["proxies"] = {}
        response = super().send(moved, *args, **options)
        response.url, response.request = original, request
        return response


def mount(session: requests.Session, url: str) -> requests.Session:
    """Point a session at the emulator for Google's hosts; returns it."""
    for host in HOSTS:
        session.mount(host, LoopbackAdapter(url))
    return session


def service_account(url: str, email: str = DEFAULT_USER) -> dict[str, str]:
    """The key file of a service account of the emulator at `url`."""
    session = requests.Session()
    session.trust_env = False
    with session:
        answer = session.get(f"{url}/_emulator/account", params={"email": email}, timeout=30)
        answer.raise_for_status()
        read: dict[str, str] = answer.json()
        return read


def authorized_session(url: str, info: Mapping[str, str], scopes: Iterable[str]) -> AuthorizedSession:
    """google-auth's session for that key file, token requests included, on the emulator."""
    credentials = Credentials.from_service_account_info(info, scopes=list(scopes))
    tokens = requests.Session()
    tokens.trust_env = False
    session = AuthorizedSession(credentials, auth_request=Request(mount(tokens, url)))
    mount(session, url)
    return session


def connect(
    url: str,
    *,
    user: str = DEFAULT_USER,
    scopes: Iterable[str] = ALL_SCOPES,
    timeout: float | tuple[float, float] | None = None,
    http_client: type[HTTPClient] = HTTPClient,
) -> gspread.Client:
    """A gspread client of the emulator at `url`, signed in as the service account `user`."""
    session = authorized_session(url, service_account(url, user), scopes)
    client = gspread.Client(auth=session.credentials, http_client=http_client)
    client.http_client.session = session
    client.set_timeout(timeout)
    return client


class Remote:
    """An emulator in another process, by its control calls; methods as SheetsServer's."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, http_method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One control call; raises RuntimeError with the server's traceback."""
        answer = self._session.request(http_method, f"{self.url}/_emulator/{path}", json=body, timeout=60)
        read: dict[str, Any] = answer.json()
        if not answer.ok:
            raise RuntimeError(read.get("error", answer.text))
        return read

    def create_spreadsheet(self, title: str, sheets: dict[str, list[list[Any]]], **options: Any) -> str:
        """A new shared spreadsheet; its id."""
        made = self.call("POST", "spreadsheets", {"title": title, "sheets": sheets, **options})
        return str(made["spreadsheetId"])

    def dump(self, spreadsheet_id: str) -> dict[str, list[list[Any]]]:
        """All rows of all sheets by title."""
        sheets: dict[str, list[list[Any]]] = self.call("GET", f"spreadsheets/{spreadsheet_id}")["sheets"]
        return sheets

    def set_faults(self, **plan: Any) -> None:
        """`rates` and `seed`, or `script` and `method`; `settings` as Faults.configure."""
        self.call("POST", "faults", plan)

    def clear_faults(self) -> None:
        """No more faults."""
        self.call("DELETE", "faults")

    def set_latency(self, seconds: float) -> None:
        """Added to each request."""
        self.call("POST", "latency", {"seconds": seconds})

    def set_quota(self, **settings: Any) -> None:
        """`enabled`, `per_user`, `per_project`, `retry_after`."""
        self.call("POST", "quota", settings)

    def human(self, spreadsheet_id: str, rate_per_s: float | None = None, **options: Any) -> int:
        """A person at the spreadsheet, at once busy if a rate is given; their number."""
        body = {"spreadsheet_id": spreadsheet_id, "rate_per_s": rate_per_s, **options}
        return int(self.call("POST", "human", body)["human"])

    def stop_human(self, number: int) -> list[dict[str, Any]]:
        """The person goes home; what they did."""
        self.call("POST", f"human/{number}/stop")
        return self.journal(number)

    def journal(self, number: int) -> list[dict[str, Any]]:
        """What the person did so far."""
        entries: list[dict[str, Any]] = self.call("GET", f"human/{number}")["entries"]
        return entries

    def counters(self) -> dict[str, Any]:
        """Requests and bytes so far."""
        return self.call("GET", "counters")

    def bugs(self) -> list[str]:
        """Errors of the emulator itself."""
        found: list[str] = self.call("GET", "bugs")["bugs"]
        return found
