"""What else may lie where a workbook should be."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

from tests.store.foreign.written import written
from tests.store.hostile.damage import rich_workbook


def places(folder: Path) -> Iterator[tuple[str, Path]]:
    """Names and paths under ``folder``, made on the spot."""
    for name, make in _MAKERS.items():
        home = folder / name
        home.mkdir(parents=True)
        path = home / "客户.xlsx"
        make(path)
        yield name, path


def _nothing(path: Path) -> None:
    path.unlink(missing_ok=True)


def _link_to_nowhere(path: Path) -> None:
    path.symlink_to("/nowhere/at/all.xlsx")


def _link_to_a_workbook(path: Path) -> None:
    path.with_name("real.xlsx").write_bytes(written([]))
    path.symlink_to("real.xlsx")


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _terminal(path: Path) -> None:
    path.symlink_to("/dev/tty")


def _own_memory(path: Path) -> None:
    path.symlink_to("/proc/self/mem")


def _endpoint(path: Path) -> None:
    here = os.open(path.parent, os.O_RDONLY)
    try:  # by a short way: such names have a limit of a hundred bytes
        with socket.socket(socket.AF_UNIX) as endpoint:
            endpoint.bind(f"/proc/self/fd/{here}/{path.name}")
    finally:
        os.close(here)


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(50 << 30)  # fifty gigabytes that take no room


def _unreadable(path: Path) -> None:
    path.write_bytes(written([]))
    path.chmod(0)


def _damaged(path: Path) -> None:
    path.write_bytes(rich_workbook()[:-100])


def _link_to_a_pipe(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


_MAKERS = {
    "nothing": _nothing,
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a link to a pipe": _link_to_a_pipe,
    "a link to nowhere": _link_to_nowhere,
    "a link to a workbook": _link_to_a_workbook,
    "a device": _device,
    "a terminal": _terminal,
    "memory": _own_memory,
    "an endpoint": _endpoint,
    "fifty gigabytes": _huge,
    "not to be read": _unreadable,
    "damaged": _damaged,
}
