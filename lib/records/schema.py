"""What the spreadsheet holds: worksheets and columns, read strictly from worksheets.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lib.records.names import fold, fold_header

DEFAULT_PATH = Path(__file__).with_name("worksheets.toml")
FORMAT = 1
NUMERIC_TYPES = frozenset({"number", "integer", "money"})
TYPES = NUMERIC_TYPES | {
    "text", "long_text", "date", "datetime", "bool", "choice", "ref", "phone", "email", "hours",
}  # fmt: skip

_TOP_KEYS = frozenset({"format", "choices", "worksheet"})
_CHOICE_KEYS = {"code": str, "zh": str, "en": str, "aliases": list}
_WORKSHEET_KEYS = {
    **dict.fromkeys(
        ("key", "zh", "en", "about", "owner", "label", "former", "purpose_zh", "purpose_en"), str
    ),
    **{"aliases": list, "personal": bool, "columns": list},
}
_COLUMN_KEYS = {
    **dict.fromkeys(("key", "zh", "en", "type", "choices", "ref", "default", "note_zh", "note_en"), str),
    **{"aliases": list, "required": bool, "personal": bool, "min": (int, float), "max": (int, float)},
}
_CHOICE_NEEDS = ("code", "zh", "en")
_WORKSHEET_NEEDS = ("key", "zh", "en", "about", "purpose_zh", "purpose_en", "columns")
_COLUMN_NEEDS = ("key", "zh", "en", "type")


class SchemaError(ValueError):
    """The description of the worksheets is wrong; the message names file, worksheet and column."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a drop-down: its code in tables and its label in the spreadsheet."""

    code: str
    zh: str
    en: str
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every text that means this choice."""
        return self.code, self.zh, self.en, *self.aliases

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    zh: str
    en: str
    type: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    choices: tuple[Choice, ...] = ()
    ref: str | None = None  # key of the worksheet that it refers to
    default: str = ""  # what the form of a new record starts with: "now", "actor" or nothing
    personal: bool = False
    min: float | None = None
    max: float | None = None
    note_zh: str = ""
    note_en: str = ""

    def header(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    def note(self, lang: str) -> str:
        return self.note_zh if lang == "zh" else self.note_en

    def choice(self, code: str) -> Choice:
        """The choice of that code. KeyError if there is none."""
        return {choice.code: choice for choice in self.choices}[code]


@dataclass(frozen=True, slots=True)
class Worksheet:
    key: str
    zh: str
    en: str
    about: str  # whose data: client, contact, staff, team
    purpose_zh: str
    purpose_en: str
    columns: Mapping[str, Column]
    aliases: tuple[str, ...] = ()
    owner: str | None = None  # column naming the person responsible
    label: str | None = None  # column that names a row; references are typed as this text
    former: str | None = None  # column with former labels
    personal: bool = False

    def title(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    def purpose(self, lang: str) -> str:
        return self.purpose_zh if lang == "zh" else self.purpose_en


@dataclass(frozen=True, slots=True)
class Schema:
    worksheets: Mapping[str, Worksheet]  # by key, in the order of the file

    @property
    def referenced(self) -> tuple[str, ...]:
        """Keys of the worksheets that some column refers to, in order."""
        targets = {column.ref for sheet in self.worksheets.values() for column in sheet.columns.values()}
        return tuple(key for key in self.worksheets if key in targets)


def load_schema(path: Path = DEFAULT_PATH) -> Schema:
    """The worksheets described in ``path``. Raises SchemaError for anything unknown, missing or ambiguous."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SchemaError(f"{path.name}: {error}") from error
    return _Loader(path.name).load(raw)


@dataclass(frozen=True, slots=True)
class _Loader:
    """Builds a schema; knows the file's name for its messages."""

    file: str

    def load(self, raw: Mapping[str, Any]) -> Schema:
        if unknown := set(raw) - _TOP_KEYS:
            self.refuse("", f"unknown key {', '.join(sorted(unknown))}")
        if raw.get("format") != FORMAT:
            self.refuse("", f"format must be {FORMAT}")
        lists = {name: self.choices(name, items) for name, items in raw.get("choices", {}).items()}
        worksheets = self.keyed("", [self.worksheet(item, lists) for item in raw.get("worksheet", [])])
        self.check_references(worksheets)
        titles = {key: (sheet.zh, sheet.en, *sheet.aliases) for key, sheet in worksheets.items()}
        self.check_names("", titles, fold_header)
        return Schema(worksheets)

    def choices(self, name: str, items: Iterable[Mapping[str, Any]]) -> tuple[Choice, ...]:
        place = f"choices.{name}"
        found = []
        for item in items:
            self.check_keys(f"{place}.{item.get('code', '?')}", item, _CHOICE_KEYS, _CHOICE_NEEDS)
            found.append(Choice(**{**item, "aliases": tuple(item.get("aliases", ()))}))
        if len({choice.code for choice in found}) != len(found):
            self.refuse(place, "a code occurs twice")
        self.check_names(place, {choice.code: choice.names for choice in found}, fold)
        return tuple(found)

    def worksheet(self, item: Mapping[str, Any], lists: Mapping[str, tuple[Choice, ...]]) -> Worksheet:
        place = item.get("key", "?")
        self.check_keys(place, item, _WORKSHEET_KEYS, _WORKSHEET_NEEDS)
        columns = self.keyed(place, [self.column(place, column, lists) for column in item["columns"]])
        headers = {key: (column.zh, column.en, *column.aliases) for key, column in columns.items()}
        self.check_names(place, headers, fold_header)
        for role in ("owner", "label", "former"):
            if role in item and item[role] not in columns:
                self.refuse(place, f"{role} names no column: {item[role]}")
        return Worksheet(**{**item, "columns": columns, "aliases": tuple(item.get("aliases", ()))})

    def column(
        self, worksheet: str, item: Mapping[str, Any], lists: Mapping[str, tuple[Choice, ...]]
    ) -> Column:
        place = f"{worksheet}.{item.get('key', '?')}"
        self.check_keys(place, item, _COLUMN_KEYS, _COLUMN_NEEDS)
        self.check_column(place, item, lists)
        choices = lists[item["choices"]] if "choices" in item else ()
        return Column(**{**item, "choices": choices, "aliases": tuple(item.get("aliases", ()))})

    def check_column(self, place: str, item: Mapping[str, Any], lists: Mapping[str, object]) -> None:
        kind = item["type"]
        if kind not in TYPES:
            self.refuse(place, f"unknown type {kind!r}; known: {', '.join(sorted(TYPES))}")
        if "__" in item["key"] or item["key"].startswith("_") or not item["key"].isidentifier():
            self.refuse(place, "a key is a name without leading or double underscores")
        for need, types in (("choices", {"choice"}), ("ref", {"ref"})):
            if (need in item) != (kind in types):
                self.refuse(place, f"type {kind} {'does not take' if need in item else 'needs'} {need}")
        if kind == "choice" and item["choices"] not in lists:
            self.refuse(place, f"unknown choices {item['choices']!r}")
        fits = {"now": kind in ("date", "datetime"), "actor": item.get("ref") == "staff", "": True}
        if not fits.get(item.get("default", ""), False):
            self.refuse(place, f"default {item['default']!r} is unknown or does not suit type {kind}")
        if {"min", "max"} & set(item) and kind not in NUMERIC_TYPES:
            self.refuse(place, f"type {kind} does not take min or max")
        if item.get("min", float("-inf")) > item.get("max", float("inf")):
            self.refuse(place, "min is greater than max")
        if bool(item.get("note_zh")) != bool(item.get("note_en")):
            self.refuse(place, "a note needs both note_zh and note_en")

    def check_references(self, worksheets: Mapping[str, Worksheet]) -> None:
        for sheet in worksheets.values():
            for column in sheet.columns.values():
                self.check_reference(f"{sheet.key}.{column.key}", column, worksheets)
            if sheet.owner and sheet.columns[sheet.owner].ref != "staff":
                self.refuse(sheet.key, f"owner {sheet.owner} does not refer to staff")

    def check_reference(self, place: str, column: Column, worksheets: Mapping[str, Worksheet]) -> None:
        if column.ref is None:
            return
        if column.ref not in worksheets:
            self.refuse(place, f"refers to an unknown worksheet {column.ref!r}")
        if worksheets[column.ref].label is None:
            self.refuse(place, f"refers to {column.ref}, which has no label")

    def check_keys(
        self, place: str, item: Mapping[str, Any], known: Mapping[str, Any], needed: Iterable[str]
    ) -> None:
        if unknown := set(item) - set(known):
            self.refuse(place, f"unknown key {', '.join(sorted(unknown))}")
        if missing := [key for key in needed if item.get(key) in (None, "", [])]:
            self.refuse(place, f"missing {', '.join(missing)}")
        for key, value in item.items():
            if not isinstance(value, known[key]) or (isinstance(value, bool) and known[key] is not bool):
                self.refuse(place, f"{key} has a value of the wrong kind")
        if not all(isinstance(alias, str) and alias for alias in item.get("aliases", ())):
            self.refuse(place, "aliases are non-empty texts")

    def keyed(self, place: str, items: Iterable[Any]) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for item in items:
            if item.key in found:
                self.refuse(place, f"the key {item.key} occurs twice")
            found[item.key] = item
        return MappingProxyType(found)

    def check_names(self, place: str, names: Mapping[str, Iterable[str]], folded: Any) -> None:
        """One text must not lead to two keys."""
        meant: dict[str, str] = {}
        for key, texts in names.items():
            for text in texts:
                other = meant.setdefault(folded(text), key)
                if other != key:
                    self.refuse(place, f"{text!r} could mean {other} or {key}")

    def refuse(self, place: str, message: str) -> None:
        raise SchemaError(f"{self.file}: {place + ': ' if place else ''}{message}")
