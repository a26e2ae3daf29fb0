"""The app as its users get it: a process of its own on a free port, over a workbook of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def find_chromium() -> str:
    """The path of a Chromium. Raises RuntimeError that says how to get one."""
    programs = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, programs)), "")
    if not found:
        raise RuntimeError("no Chromium found: install it (Debian: apt-get install chromium) or set CHROMIUM")
    return found


@contextlib.contextmanager
def running_app(workbook: Path, **settings: str) -> Iterator[str]:
    """The address of the app over ``workbook`` while the context lasts. ``settings`` are HUIFANG_*."""
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUIFANG_")}
    own = {"HUIFANG_STORE": str(workbook), "HUIFANG_STATE": str(workbook.parent / "state")}
    environment = {**inherited, **own, **settings}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with tempfile.TemporaryFile() as log:  # a pipe that nobody reads would stop the app once full
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_healthy(address, process, log)
            yield address
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_healthy(address: str, process: subprocess.Popen[bytes], log: BinaryIO) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            log.seek(0)
            raise RuntimeError(f"the app stopped: {log.read().decode()[-2000:]}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"the app was not healthy within {START_SECONDS} s")
