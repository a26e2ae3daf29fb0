"""Settings from the environment and ``.streamlit/secrets.toml``; the environment wins.

| name | meaning | default |
| --- | --- | --- |
| HUIFANG_STORE | path of the workbook, or address of a Google spreadsheet | data/huifang.xlsx |
| HUIFANG_LANG | interface language, zh or en | zh |
| HUIFANG_TZ | the team's time zone | Asia/Shanghai |
| HUIFANG_NOW | a fixed moment (ISO 8601) instead of the clock, for demos and tests | the clock |
| HUIFANG_STATE | folder on this machine's own disk for what waits, and for history | see below |
| HUIFANG_GOOGLE_KEY | path of the service account's JSON key | table google_service_account of the secrets |
| HUIFANG_GOOGLE_QUOTA | this process's share of the account's 60 reads and 60 writes a minute | 60 |
| HUIFANG_GOOGLE_ADDRESS | a relay's address instead of Google's, https or on this machine | Google's |

Without HUIFANG_STATE the folder is ``huifang`` where the system keeps the state of programs.
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lib.locale import LANGUAGES

NAMES = (
    "HUIFANG_STORE", "HUIFANG_LANG", "HUIFANG_TZ", "HUIFANG_NOW", "HUIFANG_STATE",
    "HUIFANG_GOOGLE_KEY", "HUIFANG_GOOGLE_QUOTA", "HUIFANG_GOOGLE_ADDRESS",
)  # fmt: skip
SECRETS_PATH = Path(".streamlit/secrets.toml")
KEY_TABLE = "google_service_account"
LARGEST_QUOTA = 300


class SettingsError(ValueError):
    """A setting has a value that cannot be used; the text names the setting and the remedy."""


@dataclass(frozen=True, slots=True)
class GoogleSettings:
    """How to reach Google Sheets. ``key`` is the service account's, a secret; else it is in ``key_file``."""

    key: Mapping[str, Any] | None = field(default=None, repr=False)
    key_file: Path | None = None
    requests_a_minute: int = 60
    address: str = ""  # empty: Google's own


@dataclass(frozen=True, slots=True)
class Settings:
    store: str = "data/huifang.xlsx"
    language: str = "zh"
    tz: ZoneInfo = ZoneInfo("Asia/Shanghai")  # noqa: RUF009 - immutable
    fixed_now: datetime | None = None  # aware
    state_folder: Path = field(default_factory=lambda: default_state_folder(os.environ))
    google: GoogleSettings = GoogleSettings()

    def now(self) -> datetime:
        """The present moment in the team's zone, or the fixed one."""
        return self.fixed_now or datetime.now(self.tz)


def read_settings(environ: Mapping[str, str] | None = None, secrets_path: Path = SECRETS_PATH) -> Settings:
    """Settings in force. Raises SettingsError that names the setting at fault."""
    environ = os.environ if environ is None else environ
    secrets = _read_secrets(secrets_path)
    given = _known(secrets) | _known(environ)
    tz = parse_zone(given.get("HUIFANG_TZ", "Asia/Shanghai"))
    return Settings(
        store=given.get("HUIFANG_STORE", Settings().store),
        language=parse_language(given.get("HUIFANG_LANG", "zh")),
        tz=tz,
        fixed_now=parse_moment(given["HUIFANG_NOW"], tz, "HUIFANG_NOW") if "HUIFANG_NOW" in given else None,
        state_folder=Path(given.get("HUIFANG_STATE") or default_state_folder(environ)).expanduser(),
        google=_google_settings(given, secrets.get(KEY_TABLE)),
    )


def default_state_folder(environ: Mapping[str, str]) -> Path:
    """Where this system's programs keep what they need to remember, on the machine's own disk."""
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "huifang"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "huifang"
    return Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "huifang"


def _google_settings(given: Mapping[str, str], key: object) -> GoogleSettings:
    file = given.get("HUIFANG_GOOGLE_KEY")
    return GoogleSettings(
        key=dict(key) if isinstance(key, Mapping) and not file else None,
        key_file=Path(file).expanduser() if file else None,
        requests_a_minute=_parse_quota(given.get("HUIFANG_GOOGLE_QUOTA", "60")),
        address=_parse_address(given.get("HUIFANG_GOOGLE_ADDRESS", "")),
    )


def _parse_quota(text: str) -> int:
    if not text.strip().isdecimal() or not 1 <= int(text) <= LARGEST_QUOTA:
        raise SettingsError(f"HUIFANG_GOOGLE_QUOTA is {text!r}; use a whole number from 1 to {LARGEST_QUOTA}")
    return int(text)


def _parse_address(text: str) -> str:
    """A relay's address: never one to which tokens would travel openly."""
    address = text.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        safe = parts.scheme == "https" or (
            parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
        )
    except ValueError:
        safe = False
    if address and not (safe and parts.hostname):
        raise SettingsError(
            "HUIFANG_GOOGLE_ADDRESS is not usable; use an https address, or http on this machine"
        )
    return address


def parse_language(text: str) -> str:
    """``zh`` or ``en`` from forms such as ``zh-CN`` or ``en_US``. Raises SettingsError."""
    language = text.strip().lower().replace("_", "-").split("-")[0]
    if language not in LANGUAGES:
        raise SettingsError(f"HUIFANG_LANG is {text!r}; use one of {', '.join(LANGUAGES)}")
    return language


def parse_zone(name: str, setting: str = "HUIFANG_TZ") -> ZoneInfo:
    """A time zone by its IANA name. Raises SettingsError that names the setting."""
    try:
        return ZoneInfo(name.strip())
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(f"{setting} is {name!r}; use a name such as Asia/Shanghai") from error


def parse_moment(text: str, tz: ZoneInfo, name: str = "time") -> datetime:
    """An aware moment from ISO 8601; without an offset it is local to ``tz``. Raises SettingsError."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise SettingsError(f"{name} is {text!r}; use ISO 8601 such as 2026-03-05T09:30+08:00") from error
    return moment.replace(tzinfo=tz) if moment.tzinfo is None else moment.astimezone(tz)


def _known(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(values[name]) for name in NAMES if str(values.get(name, "")).strip()}


def _read_secrets(path: Path) -> dict[str, object]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # The cause is not chained: it may quote a line that holds a secret.
        raise SettingsError(f"{path} is not valid TOML; compare it with the example in the README") from None
