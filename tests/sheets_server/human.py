"""A restless person at a spreadsheet: edits, sorts, inserts, moves, copies, renames; never malicious."""

from __future__ import annotations

import random
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from . import human_actions
from .errors import ApiError
from .human_view import View
from .service import SheetsService

WEIGHTS = {
    "edit": 10.0,
    "edit_cells": 3.0,
    "sort": 2.0,
    "insert_row": 1.5,
    "type_row": 2.0,
    "delete_row": 0.3,
    "copy_row": 0.3,
    "move_rows": 1.0,
    "insert_column": 0.2,
    "move_column": 0.3,
    "rename_header": 0.4,
    "delete_column": 0.2,
    "hide": 0.2,
    "filter": 0.1,
}


@dataclass(frozen=True)
class Entry:
    """One thing that the person did. `row` counts from 1, as it was at that moment; 0 where none is meant.

    `header` is the column's text at that moment, `original_header` what it was before the person renamed it.
    """

    number: int
    at_s: float
    kind: str
    worksheet: str
    record_id: str = ""
    header: str = ""
    original_header: str = ""
    before: Any = None
    after: Any = None
    row: int = 0
    detail: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For the control calls."""
        return asdict(self)


class Human:
    """A person who works on the model directly, under the service's lock.

    `keep_off`: headers whose cells the person never types into, moves alone or renames; whole rows do move.
    `edit_only`: if given, the only headers typed into. `choices`: header -> texts picked from a drop-down.
    `weights`: how often each kind of action is taken, 0 for never; kinds not named keep their default.
    `worksheets`: titles; by default all that do not begin with "_". `clears`: may the person blank a cell?
    """

    def __init__(
        self,
        service: SheetsService,
        spreadsheet_id: str,
        *,
        seed: int = 0,
        worksheets: Sequence[str] = (),
        keep_off: Sequence[str] = ("_id", "_rev"),
        edit_only: Sequence[str] = (),
        choices: dict[str, list[Any]] | None = None,
        weights: dict[str, float] | None = None,
        id_header: str = "_id",
        header_row: int = 0,
        clears: bool = True,
        user: str = "person@example.com",
        clock: Callable[[], float] = time.time,
    ) -> None:
        unknown = set(weights or {}) - set(WEIGHTS)
        if unknown:
            raise ValueError(f"no such action: {', '.join(sorted(unknown))}")
        self.service, self.spreadsheet_id, self.seed, self.user = service, spreadsheet_id, seed, user
        self.worksheets, self.keep_off, self.edit_only = tuple(worksheets), set(keep_off), set(edit_only)
        self.choices, self.weights = choices or {}, WEIGHTS | (weights or {})
        self.id_header, self.header_row, self.clears, self.clock = id_header, header_row, clears, clock
        self.chance = random.Random(seed)
        self.renamed: dict[tuple[str, str], str] = {}  # (worksheet, text now) -> text before
        self.own_columns: set[tuple[str, str]] = set()
        self.hidden: dict[str, int] = {}
        self.filtered: set[str] = set()
        self.journal: list[Entry] = []
        self.crashes: list[str] = []
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def step(self, kind: str = "") -> list[Entry]:
        """Do one thing, of that kind if one is named; what was done (nothing if it was not possible)."""
        with self.service.lock:
            kind = kind or self._choose()
            view = self._look()
            known = len(self.journal)
            try:
                human_actions.ACTIONS[kind](self, view)
            except ApiError as error:
                self.note(view, "refused", detail={"action": kind, "message": error.message})
            return self.journal[known:]

    def start(self, rate_per_s: float) -> None:
        """Go on by yourself, at random moments, that many steps a second on average."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._work, args=(rate_per_s,), daemon=True)
            self._thread.start()

    def stop(self) -> list[Entry]:
        """Go home; all that was done. Renamed headers stay: see `tidy_up`."""
        if self._thread is not None:
            self._stopping.set()
            self._thread.join(timeout=30)
            self._thread = None
        return self.journal

    def tidy_up(self) -> None:
        """Put renamed headers back, show hidden rows, take filters away."""
        with self.service.lock:
            for title in {title for title, _ in self.renamed}:
                human_actions.rename_back(self, self._look(title))
            for title in list(self.hidden):
                human_actions.hide(self, self._look(title))
            for title in list(self.filtered):
                human_actions.set_filter(self, self._look(title))

    def new_text(self, base: Any = "") -> str:
        """A text that nobody else types."""
        stem = str(base).split(" ·")[0][:40] or "新"
        return f"{stem} ·{self.seed}.{len(self.journal)}.{self.chance.randrange(1000)}"

    def note(self, view: View, kind: str, *, row: int = -1, column: int = -1, **more: Any) -> None:
        """Write what was done into the journal; `row` and `column` from 0, as `view` saw them."""
        header = view.headers[column] if 0 <= column < len(view.headers) else ""
        entry = Entry(
            number=len(self.journal),
            at_s=self.clock(),
            kind=kind,
            worksheet=view.title,
            record_id=view.record_id(row) if row > view.header_row else "",
            header=header,
            original_header=self.renamed.get((view.title, header), header),
            row=row + 1,
            **more,
        )
        self.journal.append(entry)

    def _choose(self) -> str:
        return self.chance.choices(list(self.weights), weights=list(self.weights.values()))[0]

    def _look(self, title: str = "") -> View:
        book = self.service.spreadsheets[self.spreadsheet_id]
        titles = [sheet.title for sheet in book.sheets]
        shown = [t for t in titles if t in self.worksheets or (not self.worksheets and not t.startswith("_"))]
        title = title or self.chance.choice(shown)
        return View(self.service, self.spreadsheet_id, title, self.user, self.id_header, self.header_row)

    def _work(self, rate_per_s: float) -> None:
        while not self._stopping.wait(self.chance.expovariate(rate_per_s)):
            try:
                self.step()
            except Exception:
                self.crashes.append(traceback.format_exc())
                return
