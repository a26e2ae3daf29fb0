"""A file on a shared disk: read it whole, replace it whole, say clearly what is in the way."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from lib.store.contract import StoreBusy, StoreError
from lib.store.exchange import exchange

LEFTOVER_AGE_S = 600  # a temporary file older than this belongs to nobody any more
_TEMPORARY = ".huifang-tmp"


@contextlib.contextmanager
def explained_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system refuses into a StoreError that says what to do."""
    try:
        yield
    except FileNotFoundError:
        raise StoreError(
            f"There is no workbook at {path}. Put it back, change the setting, or make one with the command "
            "template.",
            "missing",
            path=str(path),
        ) from None
    except PermissionError:
        raise StoreError(
            f"{path} may not be read or written by this program. Check the permissions of the file and its "
            "folder, and whether another program holds it.",
            "no_permission",
            path=str(path),
        ) from None
    except OSError as error:
        reason = error.strerror or str(error)
        code = "disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "cannot_write"
        raise StoreError(
            f"{path} cannot be read or written: {reason}.", code, path=str(path), reason=reason
        ) from None


def file_version(path: Path) -> str:
    """A text that changes whenever the file does. Raises StoreError if it cannot be looked at."""
    with explained_errors(path):
        return _version(path.stat())


def _version(stat: os.stat_result) -> str:
    return f"{stat.st_mtime_ns:x}-{stat.st_ctime_ns:x}-{stat.st_size:x}-{stat.st_ino:x}"


def _content_version(stat: os.stat_result) -> str:
    """The part of a version that a change of name leaves as it is."""
    return _content_version_of(_version(stat))


def _content_version_of(version: str) -> str:
    modified, _, size, inode = version.split("-")
    return f"{modified}-{size}-{inode}"


def read_file(path: Path, limit: int) -> tuple[str, bytes]:
    """The file's version and at most ``limit`` + 1 bytes of it, both from one moment. Raises StoreError."""
    with explained_errors(path):
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would never end, nor begin
            raise StoreError(f"{path} is not a file. Put the workbook there.", "not_a_file", path=str(path))
    with explained_errors(path), path.open("rb") as file:
        for _ in range(20):
            before = os.fstat(file.fileno())
            file.seek(0)
            data = file.read(limit + 1)
            after = os.fstat(file.fileno())
            if _version(before) == _version(after):
                return _version(after), data
            time.sleep(0.05)
    raise StoreBusy(f"{path} is being written to all the time; try again.", "being_saved", path=str(path))


@contextlib.contextmanager
def written_beside(path: Path, data: bytes) -> Iterator[Path]:
    """A temporary file in the folder of ``path`` with ``data`` safely on the disk; gone afterwards.

    Raises StoreError if it cannot be written.
    """
    with explained_errors(path):
        mode = path.stat().st_mode
        handle, name = tempfile.mkstemp(_TEMPORARY, f".{path.name}.", path.parent)
    temporary = Path(name)
    try:
        with explained_errors(path):
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(mode & 0o7777)
            _check_written(temporary, data)
        yield temporary
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def put_in_place(temporary: Path, path: Path, seen_version: str) -> str:
    """Put a complete file in the place of ``path``; afterwards that is on the disk. Returns its version.

    Raises StoreBusy if the file is no longer ``seen_version``, StoreError if it cannot be replaced; nothing
    has changed then. The modification time is that of writing, so that spreadsheet programs notice.
    """
    if file_version(path) != seen_version:
        raise _saved_meanwhile(path)
    with explained_errors(path):
        return _replace(temporary, path, seen_version)


def _saved_meanwhile(path: Path) -> StoreBusy:
    return StoreBusy(f"{path} was saved by somebody else just now.", "being_saved", path=str(path))


def _check_written(temporary: Path, data: bytes) -> None:
    if temporary.read_bytes() != data:
        raise OSError(errno.EIO, "the disk did not keep what was written")


def _replace(temporary: Path, path: Path, seen_version: str) -> str:
    try:
        if exchange(temporary, path):  # what lay there is in hand now, and can be looked at once more
            if _content_version(temporary.stat()) != _content_version_of(seen_version):
                exchange(temporary, path)
                raise _saved_meanwhile(path)
        else:
            os.replace(temporary, path)
    except PermissionError:  # Windows, while a program has the file open
        raise StoreBusy(f"{path} is open in another program.", "held", path=str(path)) from None
    with contextlib.suppress(OSError):  # folders cannot be opened everywhere
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return file_version(path)


def sweep_leftovers(path: Path) -> None:
    """Remove temporary files that a killed process left beside ``path``."""
    for leftover in path.parent.glob(f".{_glob_safe(path.name)}.*{_TEMPORARY}"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > LEFTOVER_AGE_S:
                leftover.unlink()


def _glob_safe(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "[*?" else letter for letter in name)
