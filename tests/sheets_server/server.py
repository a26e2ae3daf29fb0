"""The emulator as a server on 127.0.0.1, and its Python side: spreadsheets, faults, quota, people."""

from __future__ import annotations

import socket
import threading
import time
from http.server import ThreadingHTTPServer
from typing import Any

from .counters import Counters
from .drive import Drive
from .faults import Faults
from .front import Front
from .handler import Handler
from .human import Human
from .oauth import DEFAULT_USER, OAuth
from .past import Past
from .quota import Quota
from .service import SheetsService

PERSON = "person@example.com"


class _Listener(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is no news."""


class SheetsServer:
    """Google Sheets and Drive on loopback, from `with` to its end.

    `latency_s`: added to each request. `quota`: None is no limit; else a Quota (its `enabled` is set).
    `clock_offset_s`: how far Google's clock is ahead of this machine's. `strict`: leaving the `with` raises
    AssertionError if the emulator itself erred. `seed` decides the ids of sheets and spreadsheets.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        latency_s: float = 0.0,
        quota: Quota | None = None,
        faults: Faults | None = None,
        seed: int = 0,
        clock_offset_s: float = 0.0,
        strict: bool = True,
    ) -> None:
        self.latency_s, self.clock_offset_s, self.strict = latency_s, clock_offset_s, strict
        self.quota, self.faults = quota or Quota(), faults or Faults()
        self.quota.enabled = quota is not None
        self.counters, self.past, self.bugs = Counters(), Past(), list[str]()
        self.service = SheetsService(seed=seed)
        self.drive = Drive(self.service, self.now, seed=seed)
        self.oauth = OAuth(now=self.now)
        self.front = Front(self)
        self.people: list[Human] = []
        self.closing = threading.Event()
        self.connections: set[socket.socket] = set()
        self.service.on_change = self._changed
        handler = type("BoundHandler", (Handler,), {"emulator": self})
        self._listener = _Listener(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, as `http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    def __enter__(self) -> SheetsServer:
        self._thread.start()
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        self.close()
        if self.strict and self.bugs and kind is None:
            raise AssertionError("the emulator erred:\n" + "\n".join(self.bugs))

    def close(self) -> None:
        """End people, held requests and connections."""
        for human in self.people:
            human.stop()
            self.bugs += human.crashes
        self.closing.set()
        self._listener.shutdown()
        self._listener.server_close()
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def now(self) -> float:
        """Google's clock, in seconds since 1970."""
        return time.time() + self.clock_offset_s

    def create_spreadsheet(
        self,
        title: str = "Untitled spreadsheet",
        sheets: dict[str, list[list[Any]]] | None = None,
        share_with: tuple[str, ...] = (DEFAULT_USER,),
        owner: str = PERSON,
    ) -> str:
        """A new spreadsheet of a person, filled as typed by its API (RAW), shared for writing; its id."""
        properties = [{"properties": {"title": name, **_grid(rows)}} for name, rows in (sheets or {}).items()]
        body: dict[str, Any] = {
            "properties": {"title": title},
            **({"sheets": properties} if properties else {}),
        }
        made = self.service.call("sheets.spreadsheets.create", {}, {}, body, owner)
        spreadsheet_id: str = made["spreadsheetId"]
        self.drive.adopt(spreadsheet_id, owner)
        for user in share_with:
            self.drive.share(spreadsheet_id, user, "writer")
        data = [{"range": _whole(name), "values": rows} for name, rows in (sheets or {}).items() if rows]
        if data:
            body = {"valueInputOption": "RAW", "data": data}
            path = {"spreadsheetId": spreadsheet_id}
            self.service.call("sheets.spreadsheets.values.batchUpdate", path, {}, body, owner)
        return spreadsheet_id

    def dump(self, spreadsheet_id: str, render: str = "UNFORMATTED_VALUE") -> dict[str, list[list[Any]]]:
        """All rows of all sheets by title, not counted and not disturbed by faults."""
        sheets = self.service.spreadsheets[spreadsheet_id].sheets
        titles = [sheet.title for sheet in sheets]
        path = {"spreadsheetId": spreadsheet_id}
        query = {"ranges": [_whole(title) for title in titles], "valueRenderOption": [render]}
        got = self.service.call("sheets.spreadsheets.values.batchGet", path, query, None, PERSON)
        return {t: found.get("values", []) for t, found in zip(titles, got["valueRanges"], strict=True)}

    def human(self, spreadsheet_id: str, **options: Any) -> Human:
        """A person at this spreadsheet; options as Human's. Not started: call `step()` or `start(rate)`."""
        human = Human(self.service, spreadsheet_id, **options)
        self.people.append(human)
        return human

    def report_bug(self, text: str) -> None:
        """Note an error of the emulator itself."""
        self.bugs.append(text)

    def retry_after(self, fault: str) -> dict[str, str]:
        """The Retry-After header of a 429, if there is to be one."""
        if fault:
            seconds = self.faults.retry_after_s
            return {} if seconds is None else {"Retry-After": str(seconds)}
        return {"Retry-After": str(int(self.quota.seconds_left()) + 1)} if self.quota.retry_after else {}

    def call_sheets(
        self,
        method_id: str,
        path: dict[str, str],
        query: dict[str, list[str]],
        body: Any,
        user: str,
        *,
        stale: bool,
    ) -> dict[str, Any]:
        """One call of the service; a stale one sees the spreadsheet as it was some moments ago."""
        book = self.service.spreadsheets.get(path.get("spreadsheetId", ""))
        if not stale or book is None:
            return self.service.call(method_id, path, query, body, user)
        with self.service.lock, self.past.shown(book, self.faults.stale_s):
            return self.service.call(method_id, path, query, body, user)

    def _changed(self, spreadsheet_id: str) -> None:
        self.drive.touch(spreadsheet_id)
        self.past.keep(self.service.spreadsheets[spreadsheet_id])


def _whole(title: str) -> str:
    return "'" + title.replace("'", "''") + "'"


def _grid(rows: list[list[Any]]) -> dict[str, Any]:
    columns = max((len(row) for row in rows), default=0)
    return {"gridProperties": {"rowCount": max(1000, len(rows)), "columnCount": max(26, columns)}}
