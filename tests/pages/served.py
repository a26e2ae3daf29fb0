"""The app over a team whose store is in memory, so that both sides of it can be moved."""

from __future__ import annotations

from datetime import datetime

from lib.desk import Desk
from lib.store.contract import Accident, AccidentKind, Status, StoreBusy
from lib.store.memory import MemoryStore
from lib.ui.session import serve
from tests.desk.edited_team import Team

HELD = StoreBusy("open", "held", name="李雷", program="LibreOffice")
STALE = StoreBusy("open", "held", name="李雷", program="LibreOffice", stale=True)


class ServedStore(MemoryStore):
    """Has a place, addresses where asked for, and troubles that memory alone does not know."""

    place = "/team/恒信.xlsx"
    has_addresses = False
    broken_at: int | None = None
    kinds: tuple[AccidentKind, ...] = ()
    settled: tuple[tuple[str, bool, str], ...] = ()

    @property
    def location(self) -> str:
        return self.place

    def link(self, sheet: str, row_number: int, letter: str = "A") -> str | None:
        return f"https://sheets.example/{sheet}/{letter}{row_number}" if self.has_addresses else None

    def check_history(self) -> int | None:
        return self.broken_at or super().check_history()

    def accidents(self) -> tuple[Accident, ...]:
        found = [Accident(kind.value, kind, "客户", "电话", 12) for kind in self.kinds]
        return tuple(each for each in found if each.accident_id not in {done[0] for done in self.settled})

    def status(self) -> Status:
        told = super().status()
        return Status(
            told.health, told.detail, told.waiting, told.cause, told.records, told.conflicts,
            len(self.accidents()),
        )  # fmt: skip

    def settle_accident(self, accident_id: str, keep_theirs: bool, actor: str, at: datetime) -> None:  # noqa: ARG002
        if accident_id not in {each.accident_id for each in self.accidents()}:
            raise KeyError(accident_id)
        self.settled = (*self.settled, (accident_id, keep_theirs, actor))

    def take_over(self) -> None:
        self.release()


class ServedTeam(Team):
    """A team whose desk all sessions of the app use."""

    store: ServedStore

    def __init__(self) -> None:
        super().__init__()
        sheets = {title: self.store.rows(title) for title in self.store.read().sheets}
        self.store = ServedStore(sheets, clock=self.clock)
        self.desk = Desk(self.store, self.desk.settings)
        serve(self.desk)
