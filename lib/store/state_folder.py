"""Where this machine keeps what belongs to one spreadsheet: its journal and its backups."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from lib.settings import default_state_folder

NAME_CHARACTERS = 16


def folder_of(path: Path, root: Path | None = None) -> Path:
    """The folder for the workbook at ``path``, which need not exist; the same for all links to one file.

    ``root`` is the folder for all spreadsheets; default: the setting HUIFANG_STATE, else the system's.
    """
    place = os.path.normcase(path.resolve())
    name = hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()[:NAME_CHARACTERS]
    return (root or _default_root()) / name


def _default_root() -> Path:
    given = os.environ.get("HUIFANG_STATE", "").strip()
    return Path(given).expanduser() if given else default_state_folder(os.environ)
