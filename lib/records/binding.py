"""Which sheet of the spreadsheet is which worksheet, and which of its columns is which."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from lib.locale import LANGUAGES
from lib.records.names import fold_header
from lib.records.schema import Schema, Worksheet
from lib.store.contract import Sheet, Snapshot


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a worksheet's columns are: sheet title, header texts and letters by column key.

    Columns that the sheet lacks are absent. ``ignored``: (header, letter, column key) of columns that
    match a key which an earlier or better column has.
    """

    sheet: str
    headers: Mapping[str, str]
    letters: Mapping[str, str]
    ignored: tuple[tuple[str, str, str], ...] = ()


def find_sheets(schema: Schema, snapshot: Snapshot) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Worksheet key -> sheet title, and (key, title) of further sheets that match a taken key."""
    names = {key: (sheet.zh, sheet.en, *sheet.aliases) for key, sheet in schema.worksheets.items()}
    found, ignored = _match(tuple(snapshot.sheets), names)
    titles = tuple(snapshot.sheets)
    return {key: titles[i] for key, i in found.items()}, [(key, titles[i]) for i, key in ignored]


def bind(worksheet: Worksheet, sheet: Sheet) -> Binding:
    """Find the columns by header in either language, then by alias; people's own columns match nothing."""
    names = {key: (column.zh, column.en, *column.aliases) for key, column in worksheet.columns.items()}
    found, ignored = _match(sheet.header, names)
    ordered = {key: found[key] for key in worksheet.columns if key in found}
    return Binding(
        sheet.title,
        MappingProxyType({key: sheet.header[i] for key, i in ordered.items()}),
        MappingProxyType({key: sheet.letters[i] for key, i in ordered.items()}),
        tuple((sheet.header[i], sheet.letters[i], key) for i, key in ignored),
    )


def _match(
    texts: Sequence[str], names: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, int], list[tuple[int, str]]]:
    """Key -> position of its text, and (position, key) of texts that came too late. Titles before aliases."""
    meant = {fold_header(name): key for key, all_names in names.items() for name in all_names}
    titles = {fold_header(name) for all_names in names.values() for name in all_names[: len(LANGUAGES)]}
    folded = [fold_header(text) for text in texts]
    found: dict[str, int] = {}
    ignored: list[tuple[int, str]] = []
    is_title: Callable[[int], bool] = lambda i: folded[i] in titles
    for i in sorted(range(len(texts)), key=lambda i: (not is_title(i), i)):
        key = meant.get(folded[i]) if folded[i] else None
        if key is not None and found.setdefault(key, i) != i:
            ignored.append((i, key))
    return found, sorted(ignored)


def guess_language(schema: Schema, bindings: Mapping[str, Binding]) -> str:
    """The language of most sheet titles, then of most headers; Chinese when neither tells."""
    titles = dict.fromkeys(LANGUAGES, 0)
    headers = dict.fromkeys(LANGUAGES, 0)
    for key, binding in bindings.items():
        worksheet = schema.worksheets[key]
        for lang in LANGUAGES:
            titles[lang] += fold_header(worksheet.title(lang)) == fold_header(binding.sheet)
            headers[lang] += sum(
                fold_header(worksheet.columns[column].header(lang)) == fold_header(header)
                for column, header in binding.headers.items()
            )
    return max(LANGUAGES, key=lambda lang: (titles[lang], headers[lang]))
