"""Who may do what. Decided here, for every command, from the Staff worksheet as it stands now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    EDIT = "edit"  # add and change records, move complaints, record contacts
    REASSIGN = "reassign"
    PIN_TIER = "pin_tier"
    SET_RULES = "set_rules"  # rules, calendar, staff
    FIX_SHEET = "fix_sheet"
    IMPORT = "import"


PERMISSIONS: dict[str, frozenset[Action]] = {
    "rep": frozenset({Action.EDIT, Action.FIX_SHEET}),
    "supervisor": frozenset(Action),
    "manager": frozenset(Action),
    "administrator": frozenset(Action),
    "auditor": frozenset(),
    "owner_of_file": frozenset(Action),  # local use: nobody is on the Staff worksheet yet
}
RESTRICTED_WORKSHEETS = {
    "staff": Action.SET_RULES,
    "rules": Action.SET_RULES,
    "calendar": Action.SET_RULES,
    "tier_pins": Action.PIN_TIER,
}


UNNAMED = "local"  # signs for the owner of the file


def needed_for(worksheet: str) -> Action:
    """What it takes to add or change rows of a worksheet."""
    return RESTRICTED_WORKSHEETS.get(worksheet, Action.EDIT)


class Refused(Exception):
    """The actor's role does not allow this; ``action`` says what was refused."""

    def __init__(self, action: Action):
        super().__init__(action.value)
        self.action = action


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. ``staff_id`` is a record id of the Staff worksheet, None before anybody is on it."""

    staff_id: str | None
    name: str
    role: str

    @property
    def signature(self) -> str:
        """The name under which the store keeps what this actor does."""
        return self.name or UNNAMED

    def may(self, action: Action) -> bool:
        return action in PERMISSIONS.get(self.role, frozenset())

    def require(self, action: Action) -> None:
        """Raise Refused unless the role allows the action."""
        if not self.may(action):
            raise Refused(action)

    def may_edit(self, worksheet: str) -> bool:
        """May this actor add or change rows of that worksheet?"""
        return self.may(needed_for(worksheet))

    def may_decide(self, worksheet: str, made_by: str) -> bool:
        """May this actor settle a conflict over a change that ``made_by`` made there?"""
        return self.signature == made_by or self.may_edit(worksheet)


OWNER = ""  # stands for the owner of the file where a staff id is asked for
NOBODY = Actor(None, "", "owner_of_file")
