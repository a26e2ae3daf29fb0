"""A server on loopback that answers just what it is told to, well or badly."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """``cut``: that many bytes of the body are withheld; ``reset``: the connection breaks instead."""

    code: int = 200
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int = 0
    reset: bool = False
    delay_s: float = 0.0


@dataclass
class Seen:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    port: int  # of the caller: one for each connection


class Stub:
    def __init__(self) -> None:
        self.replies: deque[Reply] = deque()
        self.seen: list[Seen] = []
        self.at_once, self.most_at_once = 0, 0
        self._lock = threading.Lock()

    def then(self, *replies: Reply) -> None:
        self.replies.extend(replies)

    def next(self, seen: Seen) -> Reply:
        with self._lock:
            self.seen.append(seen)
            return self.replies.popleft() if self.replies else Reply()


@contextmanager
def running(stub: Stub) -> Iterator[str]:
    """Serve; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            seen = Seen(self.command, self.path, dict(self.headers), body, self.client_address[1])
            _answer(self, stub.next(seen))

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _answer(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    time.sleep(reply.delay_s)
    if reply.reset:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.close_connection = True
        handler.connection.close()
        return
    body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
    handler.send_response(reply.code)
    handler.send_header("Content-Length", str(len(body)))
    handler.send_header("Content-Type", "application/json")
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body[: len(body) - reply.cut])
    if reply.cut:
        handler.close_connection = True


def error(code: int, message: str = "", status: str = "", reason: str = "") -> Reply:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}] if reason else []
    body = {"code": code, "message": message, "status": status, **({"details": details} if details else {})}
    return Reply(code, {"error": body})
