"""Partial responses: the `fields` parameter."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sheets_server import fields
from tests.sheets_server.conftest import Send

FILE = {"id": "1", "owners": [{"me": True, "name": "a"}, {"name": "b"}], "more": {"x": {"y": 1, "z": 2}}}
MASKS: list[tuple[str, Any]] = [
    ("id", {"id": "1"}),
    ("id,more", {"id": "1", "more": {"x": {"y": 1, "z": 2}}}),
    ("more.x.y", {"more": {"x": {"y": 1}}}),
    ("more/x/y", {"more": {"x": {"y": 1}}}),
    ("more(x(y,z))", {"more": {"x": {"y": 1, "z": 2}}}),
    ("more.x(y),more.x(z)", {"more": {"x": {"y": 1, "z": 2}}}),
    ("more,more.x.y", {"more": {"x": {"y": 1, "z": 2}}}),
    ("more.x.y,more", {"more": {"x": {"y": 1, "z": 2}}}),
    ("owners(me)", {"owners": [{"me": True}, {}]}),
    ("owners.name,id", {"owners": [{"name": "a"}, {"name": "b"}], "id": "1"}),
    ("*", FILE),
    ("more(*)", {"more": FILE["more"]}),
    ("more.*.y", {"more": {"x": {"y": 1}}}),
    ("absent", {}),
]


@pytest.mark.parametrize(("mask", "shown"), MASKS)
def test_a_mask_shows_what_it_names(mask: str, shown: Any) -> None:
    assert fields.apply(fields.parse(mask), FILE) == shown


@pytest.mark.parametrize("mask", ["", ",", "a,", "a(", "a(b", "a)b", "(a)", "a..b", "a.", "a(b))"])
def test_a_broken_mask_is_refused(mask: str) -> None:
    with pytest.raises(fields.InvalidMask):
        fields.parse(mask)


names = st.sampled_from(["a", "b", "c"])
trees = st.recursive(st.just({}), lambda inner: st.dictionaries(names, inner, min_size=1, max_size=3))


def text_of(mask: dict[str, Any]) -> str:
    return ",".join(name + (f"({text_of(inside)})" if inside else "") for name, inside in mask.items())


@given(trees.filter(bool))
def test_a_mask_reads_as_it_is_written(mask: dict[str, Any]) -> None:
    assert fields.parse(text_of(mask)) == mask


@given(trees.filter(bool), trees.filter(bool))
def test_two_masks_together_show_what_either_shows(one: dict[str, Any], other: dict[str, Any]) -> None:
    value = {n: {m: dict.fromkeys("abc", 1) for m in "abc"} for n in "abc"}
    both = fields.apply(fields.parse(f"{text_of(one)},{text_of(other)}"), value)
    for part in (fields.apply(one, value), fields.apply(other, value)):
        assert _within(part, both)


def _within(part: Any, whole: Any) -> bool:
    if not isinstance(part, dict):
        return bool(part == whole)
    return all(name in whole and _within(item, whole[name]) for name, item in part.items())


@pytest.mark.parametrize(
    ("mask", "path", "asked"),
    [
        ("sheets.data.rowData", "sheets.data", True),
        ("sheets", "sheets.data", True),
        ("*", "sheets.data", True),
        ("sheets.properties,spreadsheetId", "sheets.data", False),
    ],
)
def test_what_a_mask_asks_for_can_be_told(mask: str, path: str, asked: bool) -> None:
    assert fields.selects(fields.parse(mask), path) is asked


def test_sheets_names_the_field_that_it_does_not_have(send: Send, team: str) -> None:
    error = send("GET", f"/v4/spreadsheets/{team}", params={"fields": "sheets.rows"}).json()["error"]
    assert error["message"] == "Request contains an invalid argument."
    assert error["details"][0]["fieldViolations"] == [
        {
            "field": "sheets.rows",
            "description": "Error expanding 'fields' parameter. "
            "Cannot find matching fields for path 'sheets.rows'.",
        }
    ]


def test_drive_names_it_too_but_passes_over_spaces(send: Send, team: str) -> None:
    error = send("GET", f"/drive/v3/files/{team}", params={"fields": "rows"}).json()["error"]
    assert error["message"] == "Invalid field selection rows"
    assert error["errors"][0]["location"] == "fields"
    told = send("GET", f"/drive/v3/files/{team}", params={"fields": "id, name"}).json()
    assert told == {"id": team, "name": "团队"}
    assert (
        send("GET", f"/v4/spreadsheets/{team}", params={"fields": "spreadsheetId, sheets"}).status_code == 400
    )


def test_only_the_named_parts_of_a_spreadsheet_come(send: Send, team: str) -> None:
    mask = "spreadsheetId,sheets.properties(title)"
    told = send("GET", f"/v4/spreadsheets/{team}", params={"fields": mask}).json()
    titles = [{"properties": {"title": title}} for title in ("客户", "Visits")]
    assert told == {"spreadsheetId": team, "sheets": titles}
