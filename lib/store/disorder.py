"""The worksheets in disorder: what happened there, what people decided, remembered in the journal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum

from lib.store.accidents import Found, find_accidents
from lib.store.clock import Clock
from lib.store.contract import Accident, AccidentKind, Sheet
from lib.store.formulas import Formulas
from lib.store.journal import Journal
from lib.store.workbook_reading import Reading

FACT = "accidents"


class Fate(StrEnum):
    OPEN = ""  # nobody has decided
    THEIRS = "theirs"  # to be taken as it stands
    BACK = "back"  # to be put back
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Case:
    """One accident. ``columns`` as in ``Found``; ``found_at`` ISO 8601."""

    number: int
    kind: str
    sheet: str
    columns: tuple[str, ...]
    rows: int
    found_at: str
    fate: str = Fate.OPEN
    actor: str = ""
    decided_at: str = ""

    @property
    def accident(self) -> Accident:
        column = self.columns[0] if len(self.columns) == 1 else ""
        at = datetime.fromisoformat(self.found_at)
        return Accident(str(self.number), AccidentKind(self.kind), self.sheet, column, self.rows, at)

    @property
    def found(self) -> Found:
        return Found(AccidentKind(self.kind), self.columns, self.rows)


class Disorder:
    """All accidents of one workbook, old ones too."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal, self._clock = journal, clock

    def cases(self) -> tuple[Case, ...]:
        text = self._journal.fact(FACT)
        plain = json.loads(text) if text else []
        return tuple(Case(**{**case, "columns": tuple(case["columns"])}) for case in plain)

    def with_fate(self, *fates: Fate) -> tuple[Case, ...]:
        return tuple(case for case in self.cases() if case.fate in fates)

    @property
    def frozen(self) -> frozenset[str]:
        """Worksheets shown as they were before, and not written."""
        return frozenset(case.sheet for case in self.with_fate(Fate.OPEN))

    @property
    def closed(self) -> frozenset[str]:
        """Worksheets that are not taken as they stand."""
        return frozenset(case.sheet for case in self.with_fate(Fate.OPEN, Fate.BACK))

    def inspect(self, before: Mapping[str, Sheet], reading: Reading, formulas: Formulas) -> None:
        """Look for accidents in a new version of the file; those that are no more are over."""
        accepted = {case.sheet for case in self.with_fate(Fate.THEIRS)}
        for title, read in reading.sheets.items():
            if title in before and before[title] is not read.sheet and title not in accepted:
                found = find_accidents(before[title], read.sheet)
                if found:
                    found = find_accidents(before[title], read.sheet, formulas.computed_columns(title))
                self._note(title, found)

    def decide(self, accident_id: str, fate: Fate, actor: str, at: datetime) -> Case:
        """Raises KeyError for an accident that does not wait for a decision."""
        with self._journal.writing():
            open_ones = {str(case.number): case for case in self.with_fate(Fate.OPEN)}
            decided = replace(open_ones[accident_id], fate=fate, actor=actor, decided_at=at.isoformat())
            same = [c for c in open_ones.values() if c.sheet == decided.sheet]
            self._put([replace(c, fate=fate, actor=actor, decided_at=at.isoformat()) for c in same])
            return decided

    def finish(self, fate: Fate) -> None:
        """What was decided so has been done."""
        self._put([replace(case, fate=Fate.OVER) for case in self.with_fate(fate)])

    def forget(self) -> None:
        unfinished = self.with_fate(Fate.OPEN, Fate.THEIRS, Fate.BACK)
        self._put([replace(case, fate=Fate.OVER) for case in unfinished])

    def _note(self, title: str, found: list[Found]) -> None:
        known = {case.kind: case for case in self.with_fate(Fate.OPEN, Fate.BACK) if case.sheet == title}
        kinds = {item.kind.value for item in found}
        self._put([replace(case, fate=Fate.OVER) for kind, case in known.items() if kind not in kinds])
        self._put([
            replace(known[item.kind], columns=item.columns, rows=item.rows)
            for item in found if item.kind in known
        ])  # fmt: skip
        number = max((case.number for case in self.cases()), default=0)
        at = self._clock().isoformat()
        fresh = [item for item in found if item.kind not in known]
        self._put([
            Case(number + i, item.kind.value, title, item.columns, item.rows, at)
            for i, item in enumerate(fresh, 1)
        ])  # fmt: skip

    def _put(self, changed: list[Case]) -> None:
        if changed:
            cases = {case.number: case for case in self.cases()} | {case.number: case for case in changed}
            self._journal.set_fact(FACT, json.dumps([asdict(c) for c in cases.values()], ensure_ascii=False))
