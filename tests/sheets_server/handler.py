"""One connection: reads requests, hands them to the front, writes answers, or breaks off on purpose."""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from contextlib import suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from . import control, wire
from .counters import Call
from .front import DROPPING, Answer, Request

if TYPE_CHECKING:
    from .server import SheetsServer

REASONS = {200: "OK", 204: "No Content", 429: "Too Many Requests"}
POLL_S = 0.1


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with keep-alive."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    emulator: SheetsServer  # set in a subclass made for each server

    def setup(self) -> None:
        """Count what is read, and let the server end this connection."""
        super().setup()
        self.rfile = wire.CountingReader(self.rfile)  # type: ignore[assignment]
        self._counted = 0
        self.emulator.connections.add(self.connection)

    def finish(self) -> None:
        """Forget the connection."""
        self.emulator.connections.discard(self.connection)
        with suppress(OSError, ValueError):  # broken off on purpose, or by the client
            super().finish()

    def handle(self) -> None:
        """Serve requests until the client has gone."""
        try:
            super().handle()
        except (ConnectionError, TimeoutError, OSError):
            self.close_connection = True

    def do_GET(self) -> None:
        """Any method is treated alike."""
        started_s = time.monotonic()
        request = self._request()
        emulator = self.emulator
        if request.path.startswith(control.PREFIX):
            self.wfile.write(self._render(control.answer(emulator, request), request))
            self._counted = self.rfile.count  # type: ignore[attr-defined]
            return
        self._pause(emulator.latency_s / 2)
        answer = emulator.front.answer(request)
        self._pause(emulator.latency_s / 2 + (emulator.faults.slow_s if answer.fault == "slow" else 0))
        sent = b"" if answer.fault in DROPPING else self._render(answer, request)
        # Counted first: whoever has the answer finds it in the counters.
        self._count(answer, len(sent), started_s)
        self.wfile.write(sent)
        if answer.fault in DROPPING:
            self._drop(answer.fault)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Quiet: the counters keep the log."""

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): text for name, text in self.headers.items()}
        return Request(self.command, parts.path, parts.query, headers, body)

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            self.emulator.closing.wait(seconds)

    def _count(self, answer: Answer, bytes_out: int, started_s: float) -> None:
        read = self.rfile.count  # type: ignore[attr-defined]
        bytes_in, self._counted = read - self._counted, read
        seconds = time.monotonic() - started_s
        call = Call(
            time.time(),
            answer.user,
            answer.method_id,
            answer.status,
            bytes_in,
            bytes_out,
            seconds,
            answer.fault,
        )
        self.emulator.counters.add(call)

    def _render(self, answer: Answer, request: Request) -> bytes:
        body, is_zipped = answer.body, False
        if body:
            body, is_zipped = wire.zipped(body, request.headers.get("accept-encoding", ""))
        if answer.fault == "truncated":
            self.close_connection = True
        head = self._head(answer, len(body), is_zipped)
        return head + (body[: len(body) // 2] if answer.fault == "truncated" else body)

    def _head(self, answer: Answer, length: int, is_zipped: bool) -> bytes:
        reason = REASONS.get(answer.status) or self.responses.get(answer.status, ("",))[0]
        lines = [f"HTTP/1.1 {answer.status} {reason}"]
        if answer.status != 204:
            lines.append(f"Content-Type: {answer.content_type}")
        lines += ["Vary: Origin", "Vary: X-Origin", "Vary: Referer"]
        lines += ["Content-Encoding: gzip"] if is_zipped else []
        lines.append(f"Date: {formatdate(self.emulator.now(), usegmt=True)}")
        lines += ["Server: ESF", "X-XSS-Protection: 0", "X-Frame-Options: SAMEORIGIN"]
        lines += ["X-Content-Type-Options: nosniff", f"Content-Length: {length}"]
        lines += [f"{name}: {text}" for name, text in answer.headers.items()]
        lines += ["Connection: close"] if self.close_connection else []
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def _drop(self, fault: str) -> None:
        self.close_connection = True
        if fault.startswith("timeout"):
            self._hold()
        if fault.startswith("reset"):
            self._reset()

    def _hold(self) -> None:
        """Say nothing until the client has given up or the server is closed."""
        until_s = time.monotonic() + self.emulator.faults.hold_s
        while time.monotonic() < until_s and not self.emulator.closing.is_set():
            readable, _, _ = select.select([self.connection], [], [], POLL_S)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                return

    def _reset(self) -> None:
        # With a linger time of zero the close is an RST instead of a FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
