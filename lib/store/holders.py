"""Who has the workbook open, as the lock files of spreadsheet programs tell."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Holder:
    """A program that has the file open; ``name`` is whom its lock file names, or empty."""

    program: str
    name: str
    lock_file: Path


def find_holder(path: Path) -> Holder | None:
    """The first spreadsheet program found to hold ``path``; None if nobody does."""
    for program, lock_file, read_name in (
        ("LibreOffice", path.with_name(f".~lock.{path.name}#"), _libreoffice_name),
        ("Excel", path.with_name(f"~${path.name}"), _excel_name),
        ("WPS", path.with_name(f".~{path.name}"), _excel_name),
    ):
        with contextlib.suppress(OSError):
            content = lock_file.read_bytes()[:4096]
            return Holder(program, read_name(content), lock_file)
    return None


def _libreoffice_name(content: bytes) -> str:
    """Comma-separated: display name, login, host, time, profile."""
    fields = content.decode("utf-8", "replace").split(",")
    return next((field.strip() for field in fields[:3] if field.strip()), "")


def _excel_name(content: bytes) -> str:
    """The name lies in UTF-16 from byte 57, its length in letters at byte 55; an 8-bit copy comes first."""
    if len(content) > 57:
        length = content[55]
        name = content[57 : 57 + 2 * length].decode("utf-16-le", "replace")
        return name.replace("\0", "").strip()
    return content[1 : 1 + content[0]].decode("utf-8", "replace").strip() if content else ""
