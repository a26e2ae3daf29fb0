"""Reading a TOML table strictly: every key is taken by name and type, what is left over is an error."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any


class StandardError(ValueError):
    """The standard's file is wrong; the message names file, clause and key."""


class Table:
    """One TOML table being read. ``place`` goes before every message, such as ``clauses.toml: [a.b]``."""

    def __init__(self, values: object, place: str):
        self.place = place
        if not isinstance(values, dict):
            raise StandardError(f"{place}: expected a table, found {values!r}")
        self._left: dict[str, Any] = dict(values)

    def fail(self, message: str) -> StandardError:
        """The error to raise for something wrong at this place."""
        return StandardError(f"{self.place}: {message}")

    def __contains__(self, key: str) -> bool:
        return key in self._left

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not blank; required where there is no default."""
        given = key in self._left
        value = self._take(key, default)
        if not isinstance(value, str) or (given and not value.strip()):
            raise self.fail(f"{key} must be a text, not {value!r}")
        return value

    def word(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """A text out of a list; required where there is no default."""
        value = self.text(key, default)
        if value not in allowed and value != default:
            raise self.fail(f"{key} = {value!r} is unknown; use one of {', '.join(allowed)}")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self.fail(f"{key} must be true or false, not {value!r}")
        return value

    def number(self, key: str) -> float | None:
        """A number that is not negative, or None where the key is absent."""
        value = self._left.pop(key, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise self.fail(f"{key} must be a number that is not negative, not {value!r}")
        return float(value)

    def day(self, key: str) -> date:
        """A date without a time."""
        value = self._take(key, None)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.fail(f"{key} must be a date like 2000-01-01, not {value!r}")
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """A list of different texts; empty where the key is absent."""
        value = self._left.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) and entry for entry in value):
            raise self.fail(f"{key} must be a list of texts, not {value!r}")
        if len(set(value)) != len(value):
            raise self.fail(f"{key} names something twice: {value!r}")
        return tuple(value)

    def values(self, key: str) -> tuple[str | bool, ...]:
        """A list of texts or of true and false; empty where the key is absent."""
        value = self._left.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, str | bool) for entry in value):
            raise self.fail(f"{key} must be a list of texts or of true and false, not {value!r}")
        return tuple(value)

    def table(self, key: str) -> Table | None:
        """A table inside this one, or None."""
        if key not in self._left:
            return None
        return Table(self._left.pop(key), f"{self.place} {key}")

    def tables(self, key: str) -> list[Table]:
        """A list of tables inside this one; empty where the key is absent."""
        entries = self._left.pop(key, [])
        if not isinstance(entries, list):
            raise self.fail(f"{key} must be a list of tables, not {entries!r}")
        return [Table(entry, f"{self.place} {key}[{number}]") for number, entry in enumerate(entries)]

    def keyed_tables(self, key: str) -> dict[str, Table]:
        """A table of tables."""
        entries = self._take(key, None)
        if not isinstance(entries, dict):
            raise self.fail(f"{key} must be a table of tables, not {entries!r}")
        return {name: Table(entry, f"{self.place}: [{key}.{name}]") for name, entry in entries.items()}

    def end(self) -> None:
        """Raises StandardError if a key was not taken."""
        if self._left:
            raise self.fail(f"unknown key {', '.join(sorted(self._left))}")

    def _take(self, key: str, default: object) -> object:
        if key not in self._left and default is None:
            raise self.fail(f"{key} is missing")
        return self._left.pop(key, default)
