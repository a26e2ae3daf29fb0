"""`python -m tests.sheets_server --port N`: an emulator of its own, until a signal ends it."""

from __future__ import annotations

import argparse
import signal
import threading

from .faults import Faults
from .quota import Quota
from .server import SheetsServer


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.sheets_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="added to each request")
    parser.add_argument("--seed", type=int, default=0, help="of ids and of faults")
    parser.add_argument("--quota", action="store_true", help="60 reads and 60 writes a minute a user")
    parser.add_argument("--no-foreign-tokens", action="store_true", help="401 for tokens given out elsewhere")
    return parser.parse_args()


def main() -> None:
    """Serve until SIGTERM or SIGINT; the first line printed is the address."""
    options = _options()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server = SheetsServer(
        port=options.port,
        latency_s=options.latency_ms / 1000,
        quota=Quota() if options.quota else None,
        faults=Faults(seed=options.seed),
        seed=options.seed,
        strict=False,
    )
    server.oauth.foreign_tokens = not options.no_foreign_tokens
    with server:
        print(server.url, flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
