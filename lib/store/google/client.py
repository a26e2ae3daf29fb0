"""The one way to Google: gspread's HTTP client with time-outs, a quota, safe retries and plain errors.

Sessions of ``requests`` are not made for several threads at once, and a thread of Streamlit's lives for
one run of a page. So each request borrows a session from a small pool: connections stay open, and no
two threads share one. What went wrong is told in our own words; bodies, headers and exceptions of the
libraries below, which may hold tokens and people's data, go nowhere.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import requests
from gspread import HTTPClient
from gspread.urls import SPREADSHEET_BATCH_UPDATE_URL, SPREADSHEET_URL, SPREADSHEET_VALUES_BATCH_URL
from requests.auth import AuthBase

from lib.store.clock import Clock, utc_now
from lib.store.google.access import AccessToken, Credentials, Offline
from lib.store.google.bucket import TokenBucket
from lib.store.google.calls import Busy, Unknown
from lib.store.google.failures import TryLater, failure_of, not_sent, wait_asked
from lib.store.google.retry import Retrying

ADDRESS = "https://sheets.googleapis.com"
REQUESTS_A_MINUTE = 60  # what Google grants a service account, of reads and of writes each
CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 10.0, 60.0
QUOTA_WAIT_S = 20.0
IDLE_SESSIONS = 4
_PLAIN = {"prettyPrint": "false"}  # no spaces for the eye
MakeSession = Callable[[], requests.Session]
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    url: str
    options: Mapping[str, Any]
    is_read: bool


class SheetsClient(HTTPClient):
    """One for each process and service account; safe to use from several threads.

    ``address`` stands in for Google's, for a relay. Raises the errors of ``lib.store.google.calls`` and,
    for what only people can mend (key, sharing, API not enabled), StoreError.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        requests_a_minute: int = REQUESTS_A_MINUTE,
        address: str = ADDRESS,
        make_session: MakeSession = requests.Session,
        retrying: Retrying | None = None,
        clock: Clock = utc_now,
        timeout_s: tuple[float, float] = (CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
    ) -> None:
        no_credentials: Any = None  # requests carry the token, not gspread's session
        super().__init__(no_credentials, session=make_session())
        self.set_timeout(timeout_s)
        self.reads, self.writes = TokenBucket(requests_a_minute), TokenBucket(requests_a_minute)
        self.clock_skew_s = 0.0  # Google's clock minus ours, as of the last answer
        self._token = AccessToken(credentials, make_session)
        self._address = address.rstrip("/")
        self._sessions = _SessionPool(make_session)
        self._retrying = retrying or Retrying()
        self._clock = clock

    @property
    def account(self) -> str:
        """The address of the service account, with which people share the spreadsheet."""
        return self._token.account

    def check_token(self) -> None:
        """Sign in if need be. Raises StoreError where the key is not accepted, Busy when offline."""
        self._authorization()

    def read_values(self, spreadsheet_id: str, ranges: list[str], **parameters: str) -> bytes:
        """``values:batchGet`` as it comes, for hashing before parsing."""
        url = SPREADSHEET_VALUES_BATCH_URL % spreadsheet_id
        return self._fetch("get", url, {"ranges": ranges, **parameters}, None, _checked_body, is_read=True)

    def describe(self, spreadsheet_id: str, fields: str, **parameters: Any) -> Any:
        """``spreadsheets.get`` with a mask of fields."""
        url = SPREADSHEET_URL % spreadsheet_id
        return self._fetch("get", url, {"fields": fields, **parameters}, None, parse_body, is_read=True)

    def describe_ranges(self, spreadsheet_id: str, ranges: list[str], fields: str) -> Any:
        """``describe`` of many ranges, too many for an address: ``spreadsheets.getByDataFilter``."""
        url = f"{SPREADSHEET_URL % spreadsheet_id}:getByDataFilter"
        body = {"dataFilters": [{"a1Range": name} for name in ranges], "includeGridData": True}
        return self._fetch("post", url, {"fields": fields}, body, parse_body, is_read=True)

    def write_batch(self, spreadsheet_id: str, body: Mapping[str, Any], fields: str = "") -> Any:
        """``spreadsheets.batchUpdate``; ``fields`` keeps the answer small."""
        url = SPREADSHEET_BATCH_UPDATE_URL % spreadsheet_id
        parameters = {"fields": fields} if fields else {}
        return self._fetch("post", url, parameters, body, parse_body, is_read=False)

    def request(
        self,
        method: str,
        endpoint: str,
        params: Any = None,
        data: Any = None,
        json: Any = None,
        files: Any = None,
        headers: Any = None,
    ) -> requests.Response:
        """What gspread's own methods call."""
        options = {"params": params, "data": data, "files": files, "headers": headers}
        if json is not None:
            options |= _compact(json)
        call = _Call(method, self._here(endpoint), options, method.lower() == "get")
        return self._run(call, lambda response: response)

    def _fetch(
        self,
        method: str,
        url: str,
        params: Any,
        body: Any,
        accept: Callable[[requests.Response], Answer],
        *,
        is_read: bool,
    ) -> Answer:
        options = {"params": {**params, **_PLAIN}, **(_compact(body) if body is not None else {})}
        return self._run(_Call(method, self._here(url), options, is_read), accept)

    def _here(self, url: str) -> str:
        return self._address + url.removeprefix(ADDRESS) if url.startswith(ADDRESS) else url

    def _run(self, call: _Call, accept: Callable[[requests.Response], Answer]) -> Answer:
        return self._retrying.run(
            lambda: accept(self._attempt(call)), lambda error: wait_asked(error, call.is_read)
        )

    def _attempt(self, call: _Call) -> requests.Response:
        bucket = self.reads if call.is_read else self.writes
        if not bucket.take(QUOTA_WAIT_S):
            raise Busy("the quota of requests a minute is used up")
        authorization = self._authorization()
        response = self._send(call, authorization)
        if response.status_code == 401:
            self._token.reject(authorization)
            response = self._send(call, self._authorization())
        if response.ok:
            return response
        failure = failure_of(response, self._clock())
        if isinstance(failure, TryLater):
            bucket.pause(1.0 if failure.wait_s is None else failure.wait_s)
        raise failure

    def _authorization(self) -> str:
        try:
            return self._token.header()
        except Offline as error:
            raise TryLater(str(error)) from None

    def _send(self, call: _Call, authorization: str) -> requests.Response:
        with self._sessions.lend() as session:
            try:
                response = session.request(
                    call.method,
                    call.url,
                    **call.options,
                    auth=_Authorization(authorization),
                    timeout=self.timeout,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                session.close()
                raise (
                    TryLater("Google cannot be reached") if not_sent(error) else Unknown("no whole answer")
                ) from None
        self._note_skew(response.headers.get("Date"))
        return response

    def _note_skew(self, date: str | None) -> None:
        with contextlib.suppress(ValueError, TypeError):
            self.clock_skew_s = (parsedate_to_datetime(date or "") - self._clock()).total_seconds()


class _Authorization(AuthBase):
    """Puts the token in, so that no .netrc of this machine takes its place."""

    def __init__(self, header: str) -> None:
        self._header = header

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


class _SessionPool:
    def __init__(self, make_session: MakeSession) -> None:
        self._make_session = make_session
        self._idle: list[requests.Session] = []
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def lend(self) -> Iterator[requests.Session]:
        with self._lock:
            session = self._idle.pop() if self._idle else None
        session = session or self._new()
        try:
            yield session
        finally:
            with self._lock:
                keeps = len(self._idle) < IDLE_SESSIONS
                if keeps:
                    self._idle.append(session)
            if not keeps:
                session.close()

    def _new(self) -> requests.Session:
        session = self._make_session()
        session.headers["User-Agent"] = "huifang (gzip)"  # Google compresses for who says so here, too
        return session


def parse_body(response: requests.Response) -> Any:
    """The JSON of an answer. Raises Unknown where it is cut off."""
    try:
        return json.loads(response.content)
    except ValueError:
        raise Unknown("the answer was cut off") from None  # its error would carry the whole text


def _checked_body(response: requests.Response) -> bytes:
    body: bytes = response.content
    if not body.rstrip().endswith(b"}"):
        raise Unknown("the answer was cut off")
    return body


def _compact(body: Any) -> dict[str, Any]:
    """UTF-8 instead of escapes: half the bytes for Chinese."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return {"data": text.encode("utf-8"), "headers": {"Content-Type": "application/json; charset=utf-8"}}
