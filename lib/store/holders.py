"""Who has the workbook open, as the lock files of spreadsheet programs tell; and our own such file."""

from __future__ import annotations

import contextlib
import getpass
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lib.store.contract import StoreBusy

STALE_AGE_S = 24 * 3600
RELEASE_PAUSE_S = 0.3  # LibreOffice's lock file vanishes for a moment at each save
REMEMBERED_S = 600
_OURS = "huifang-write"  # in the field that names a profile: no person's program writes that


@dataclass(frozen=True, slots=True)
class Holder:
    """A program that has the file open; ``name`` is whom its lock file names, or empty.

    ``since_s`` is the lock file's age. ``stale``: probably nobody holds the file any more.
    """

    program: str
    name: str
    lock_file: Path
    since_s: float = 0.0
    stale: bool = False

    def busy(self, path: Path) -> StoreBusy:
        who = f"{self.name} ({self.program})" if self.name else self.program
        return StoreBusy(
            f"{path.name} is open: {who}. What you change here waits until it is closed there.",
            "held",
            name=self.name,
            program=self.program,
            since_s=int(self.since_s) // 600 * 600,  # a status that differs each second redraws pages
            stale=self.stale,
        )


def find_holder(path: Path) -> Holder | None:
    """The first spreadsheet program found to hold ``path``; None if nobody does."""
    for program, lock_file, read_name in (
        ("LibreOffice", libreoffice_lock(path), _libreoffice_name),
        ("Excel", path.with_name(f"~${path.name}"), _excel_name),
        ("WPS", path.with_name(f".~{path.name}"), _excel_name),
    ):
        with contextlib.suppress(OSError):
            content = lock_file.read_bytes()[:4096]
            if is_ours(content):
                continue
            age_s = max(0.0, time.time() - lock_file.stat().st_mtime)
            is_stale = age_s > STALE_AGE_S or (program == "LibreOffice" and _is_orphan(content))
            return Holder(program, read_name(content), lock_file, age_s, is_stale)
    return None


class HolderWatch:
    """Remembers who held the file until a moment ago, and does not take a blink for the end."""

    def __init__(self) -> None:
        self._last: tuple[str, float] = ("", -REMEMBERED_S)
        self._was_held = False

    def look(self, path: Path) -> Holder | None:
        holder = find_holder(path)
        if holder:
            self._last = holder.name, time.monotonic()
            self._was_held = True
        return holder

    def actor(self, holder: Holder | None) -> str:
        """Who probably made a change: whoever has the file open, or had until a moment ago."""
        if holder:
            return holder.name
        name, at = self._last
        return name if time.monotonic() - at < REMEMBERED_S else ""

    def wait_for_release(self, path: Path) -> None:
        """Raises StoreBusy while somebody has the file open."""
        was_held = self._was_held
        if holder := self.look(path):
            raise holder.busy(path)
        if was_held:
            time.sleep(RELEASE_PAUSE_S)
            if holder := self.look(path):
                raise holder.busy(path)
            self._was_held = False


def libreoffice_lock(path: Path) -> Path:
    return path.with_name(f".~lock.{path.name}#")


def is_ours(content: bytes) -> bool:
    """Whether a lock file was left by a write of ours, on whatever machine."""
    return _OURS.encode() in content


@contextlib.contextmanager
def courtesy_lock(path: Path) -> Iterator[None]:
    """While we write, LibreOffice opens ``path`` for reading only. To be taken under the process lock.

    Raises StoreBusy if a program has just opened the file.
    """
    lock_file = libreoffice_lock(path)
    _remove_own(lock_file)
    content = f"Huifang,{_login()},{socket.gethostname()},{time.strftime('%d.%m.%Y %H:%M')},{_OURS};"
    try:
        handle = os.open(lock_file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        holder = find_holder(path) or Holder("LibreOffice", "", lock_file)
        raise holder.busy(path) from None
    except OSError:  # a courtesy only: some shares allow no such names
        yield
        return
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode("utf-8", "replace"))
        yield
    finally:
        _remove_own(lock_file)


def _remove_own(lock_file: Path) -> None:
    """Only what is ours: a person may have got in between."""
    with contextlib.suppress(OSError):
        if is_ours(lock_file.read_bytes()[:4096]):
            lock_file.unlink()


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _libreoffice_name(content: bytes) -> str:
    """Comma-separated: display name, login, host, time, profile."""
    fields = content.decode("utf-8", "replace").split(",")
    return next((field.strip() for field in fields[:3] if field.strip()), "")


def _is_orphan(content: bytes) -> bool:
    """Left on this very machine by a LibreOffice that does not run any more, where that can be known."""
    fields = content.decode("utf-8", "replace").split(",")
    if len(fields) < 3 or fields[2].strip() != socket.gethostname():
        return False
    programs = _running_programs()
    return bool(programs) and not any(name.startswith(("soffice", "oosplash")) for name in programs)


def _running_programs() -> set[str]:
    """Names of the machine's processes; empty where there is no way to see them."""
    names = set()
    with contextlib.suppress(OSError):
        for process in Path("/proc").iterdir():
            if process.name.isdecimal():
                with contextlib.suppress(OSError):
                    names.add((process / "comm").read_text().strip())
    return names


def _excel_name(content: bytes) -> str:
    """The name lies in UTF-16 from byte 57, its length in letters at byte 55; an 8-bit copy comes first."""
    if len(content) > 57:
        length = content[55]
        name = content[57 : 57 + 2 * length].decode("utf-16-le", "replace")
        return name.replace("\0", "").strip()
    return content[1 : 1 + content[0]].decode("utf-8", "replace").strip() if content else ""
