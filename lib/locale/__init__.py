"""Texts in Chinese and English, side by side in one TOML file for each room. Imported by any room."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

LANGUAGES = ("zh", "en")


@cache
def messages() -> Mapping[str, Mapping[str, str]]:
    """All messages as ``{"file.key": {"zh": ..., "en": ...}}``. ValueError names a key lacking a language."""
    found: dict[str, Mapping[str, str]] = {}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        for key, texts in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if set(texts) != set(LANGUAGES):
                raise ValueError(f"{path.name}: [{key}] needs exactly the keys {', '.join(LANGUAGES)}")
            found[f"{path.stem}.{key}"] = MappingProxyType(texts)
    return MappingProxyType(found)


def text(language: str, key: str, /, **values: object) -> str:
    """The message in that language with ``{name}`` placeholders filled. KeyError for an unknown key."""
    return messages()[key][language].format(**values)
