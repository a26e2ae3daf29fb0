"""Settings from the environment and ``.streamlit/secrets.toml``; the environment wins.

| name | meaning | default |
| --- | --- | --- |
| HUIFANG_STORE | path of the workbook | data/huifang.xlsx |
| HUIFANG_LANG | interface language, zh or en | zh |
| HUIFANG_TZ | the team's time zone | Asia/Shanghai |
| HUIFANG_NOW | a fixed moment (ISO 8601) instead of the clock, for demos and tests | the clock |
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lib.locale import LANGUAGES

NAMES = ("HUIFANG_STORE", "HUIFANG_LANG", "HUIFANG_TZ", "HUIFANG_NOW")
SECRETS_PATH = Path(".streamlit/secrets.toml")


class SettingsError(ValueError):
    """A setting has a value that cannot be used; the text names the setting and the remedy."""


@dataclass(frozen=True, slots=True)
class Settings:
    store: str = "data/huifang.xlsx"
    language: str = "zh"
    tz: ZoneInfo = ZoneInfo("Asia/Shanghai")  # noqa: RUF009 - immutable
    fixed_now: datetime | None = None  # aware

    def now(self) -> datetime:
        """The present moment in the team's zone, or the fixed one."""
        return self.fixed_now or datetime.now(self.tz)


def read_settings(environ: Mapping[str, str] | None = None, secrets_path: Path = SECRETS_PATH) -> Settings:
    """Settings in force. Raises SettingsError that names the setting at fault."""
    given = _read_secrets(secrets_path) | _known(os.environ if environ is None else environ)
    tz = parse_zone(given.get("HUIFANG_TZ", "Asia/Shanghai"))
    return Settings(
        store=given.get("HUIFANG_STORE", Settings().store),
        language=parse_language(given.get("HUIFANG_LANG", "zh")),
        tz=tz,
        fixed_now=parse_moment(given["HUIFANG_NOW"], tz, "HUIFANG_NOW") if "HUIFANG_NOW" in given else None,
    )


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


def _read_secrets(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        return _known(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # The cause is not chained: it may quote a line that holds a secret.
        raise SettingsError(f"{path} is not valid TOML; compare it with the example in the README") from None
