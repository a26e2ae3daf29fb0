"""References as people type them: the id, the name or a former name of a record elsewhere."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.records.cells import Cells, Finding, Reading, read_as_texts, text_array
from lib.records.names import company_core, fold

AMBIGUOUS = ""
CLOSE_ENOUGH = 0.85
SHORTEST_PART = 4  # letters that a shortened name must have to be recognised
LONGEST_NAME = 200
_DIGITS = re.compile(r"\d+")
_SEPARATORS = re.compile(r"[;；、,，\n]")


@dataclass(frozen=True, eq=False)
class Names:
    """Which record of one worksheet a text means. All aligned; ``title``: the sheet's, for messages."""

    ids: Cells
    labels: Cells
    former: Cells
    title: str

    @cached_property
    def exact(self) -> Mapping[str, str]:
        """Label as written -> record id, or AMBIGUOUS."""
        return _index(zip(self.labels.tolist(), self.ids.tolist(), strict=True))

    @cached_property
    def folded(self) -> Mapping[str, str]:
        """Folded id, label or former name (in this order) -> record id, or AMBIGUOUS."""
        labels = ((fold(label or ""), record) for label, record in zip(self.labels, self.ids, strict=True))
        former = (
            (fold(name), record)
            for names, record in zip(self.former, self.ids, strict=True)
            for name in _SEPARATORS.split(names or "")
        )
        return {**_index(former), **_index(labels), **{fold(record): record for record in self.ids}}

    @cached_property
    def label_of(self) -> Mapping[str, str | None]:
        return dict(zip(self.ids.tolist(), self.labels.tolist(), strict=True))

    @cached_property
    def _speller(self) -> _Speller:
        return _Speller(self.labels, self.ids)

    def find(self, text: str) -> str | None:
        """The record that ``text`` means, AMBIGUOUS, or None if there is none."""
        found = self.exact.get(text)
        return found if found else self.folded.get(fold(text), found)

    def typed(self, record: str) -> str:
        """What to type for a record: its name, or its id where the name is missing or not its own."""
        label = self.label_of.get(record)
        return label if label and self.find(label) == record else record

    def similar(self, text: str) -> str | None:
        """The one record whose name is close to ``text``; None if none or several are."""
        return self._speller.similar(text)

    def repeated(self) -> dict[int, int]:
        """Positions of rows whose label an earlier row has, with that row's position."""
        first: dict[str, int] = {}
        repeats = {}
        for position, label in enumerate(self.labels.tolist()):
            earlier = first.setdefault(fold(label), position) if label else position
            if earlier != position:
                repeats[position] = earlier
        return repeats


def _index(pairs: Iterable[tuple[str | None, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, record in pairs:
        if name:
            found[name] = record if found.get(name, record) == record else AMBIGUOUS
    return found


class _Speller:
    """Finds the one similar name; compares in full only names that share many pairs of letters."""

    CANDIDATES = 8

    def __init__(self, labels: Cells, ids: Cells) -> None:
        named = [(label, record) for label, record in zip(labels, ids, strict=True) if label]
        self.names = [fold(label)[:LONGEST_NAME] for label, _ in named]
        self.ids = [record for _, record in named]
        self.cores = _index((company_core(label), record) for label, record in named)
        places: dict[str, list[int]] = {}
        for number, name in enumerate(self.names):
            for pair in _pairs(name):
                places.setdefault(pair, []).append(number)
        self.places = {pair: np.array(numbers) for pair, numbers in places.items()}

    def similar(self, text: str) -> str | None:
        if len(text) > LONGEST_NAME:
            return None
        if same_core := self.cores.get(company_core(text)):
            return same_core
        wanted = fold(text)
        likely = self._candidates(wanted)
        close = {self.ids[number] for number in likely if _is_close(wanted, self.names[number])}
        return close.pop() if len(close) == 1 else None

    def _candidates(self, wanted: str) -> list[int]:
        lists = [self.places[pair] for pair in _pairs(wanted) if pair in self.places]
        if not lists:
            return []
        shared = np.bincount(np.concatenate(lists), minlength=len(self.names))
        likely = np.flatnonzero(shared >= max(1, len(wanted) // 3))
        best = likely[np.argsort(-shared[likely], kind="stable")[: self.CANDIDATES]]
        return [int(number) for number in best]


def _pairs(name: str) -> set[str]:
    return {name[i : i + 2] for i in range(len(name) - 1)}


def _is_close(wanted: str, name: str) -> bool:
    if _DIGITS.findall(wanted) != _DIGITS.findall(name):
        return False  # 三店 2 and 三店 3 are two shops
    if min(len(wanted), len(name)) >= SHORTEST_PART and (wanted in name or name in wanted):
        return True
    return difflib.SequenceMatcher(None, wanted, name, autojunk=False).ratio() >= CLOSE_ENOUGH


@dataclass(frozen=True, slots=True)
class ReferenceReading:
    """A ref column as read: record ids (``reading``) and the texts as typed."""

    reading: Reading
    texts: Any


def read_references(cells: Cells, names: Names) -> ReferenceReading:
    """Resolve each distinct text once."""
    read = read_as_texts(cells)
    numbers, distinct = pd.factorize(read.texts)
    found = [names.find(str(text)) for text in distinct]
    ids = np.array([*(record or None for record in found), None], dtype=object)[numbers]
    findings = dict(read.findings)
    findings.update(_unresolved(numbers, distinct, found, names))
    texts = text_array(read.texts)
    return ReferenceReading(Reading(text_array(ids), read.filled, findings), texts)


def _unresolved(
    numbers: npt.NDArray[np.intp], distinct: Any, found: list[str | None], names: Names
) -> dict[int, Finding]:
    bad = [number for number, record in enumerate(found) if not record]
    if not bad:
        return {}
    judged = {number: _judge(str(distinct[number]), found[number], names) for number in bad}
    positions = np.flatnonzero(np.isin(numbers, bad)).tolist()
    return {position: judged[int(numbers[position])] for position in positions}


def _judge(text: str, found: str | None, names: Names) -> Finding:
    params = {"sheet": names.title}
    if found == AMBIGUOUS:
        return Finding("ambiguous_reference", params)
    similar = names.similar(text)
    fix = None if similar is None else names.typed(similar)
    return Finding("unknown_reference", params, "choose" if fix else "", fix)
