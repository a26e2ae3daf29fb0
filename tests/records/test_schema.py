"""The description of the worksheets: strict to load, complete in both languages, unambiguous."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.locale import LANGUAGES
from lib.records.names import fold_header
from lib.records.schema import SchemaError, load_schema
from tests.records.books import SCHEMA

WORKSHEETS = list(SCHEMA.worksheets.values())
COLUMNS = [(sheet, column) for sheet in WORKSHEETS for column in sheet.columns.values()]

GOOD = """
format = 1
[choices]
kind = [{ code = "a", zh = "甲", en = "A" }, { code = "b", zh = "乙", en = "B", aliases = ["bee"] }]
[[worksheet]]
key = "staff"
zh = "员工"
en = "Staff"
about = "staff"
label = "name"
purpose_zh = "目的"
purpose_en = "Purpose"
columns = [
  { key = "name", zh = "姓名", en = "Name", type = "text" },
  { key = "kind", zh = "类型", en = "Kind", type = "choice", choices = "kind" },
  { key = "boss", zh = "主管", en = "Boss", type = "ref", ref = "staff" },
  { key = "score", zh = "分数", en = "Score", type = "number", min = 1, max = 5 },
]
"""

MISTAKES = [
    ("format = 1", "format = 2", "format must be 1"),
    ("format = 1", "format = 1\ncolour = 3", "unknown key colour"),
    ('about = "staff"', 'about = "staff"\ncolour = "red"', "staff: unknown key colour"),
    ('purpose_en = "Purpose"', "", "staff: missing purpose_en"),
    ('type = "text"', 'type = "txt"', "staff.name: unknown type 'txt'"),
    ('type = "text"', 'type = "text", colour = 1', "staff.name: unknown key colour"),
    ('type = "text"', 'type = "text", min = 1', "staff.name: type text does not take min or max"),
    (
        'type = "text"',
        'type = "text", default = "now"',
        "staff.name: default 'now' is unknown or does not suit type text",
    ),
    ('type = "text"', 'type = "text", ref = "staff"', "staff.name: type text does not take ref"),
    ('type = "text"', 'type = "choice"', "staff.name: type choice needs choices"),
    (
        'type = "text"',
        'type = "text", required = "yes"',
        "staff.name: required has a value of the wrong kind",
    ),
    ('type = "text"', 'type = "text", note_zh = "注"', "staff.name: a note needs both"),
    ('choices = "kind"', 'choices = "kinds"', "staff.kind: unknown choices 'kinds'"),
    ('ref = "staff"', 'ref = "stuff"', "staff.boss: refers to an unknown worksheet 'stuff'"),
    ('label = "name"', "", "staff.boss: refers to staff, which has no label"),
    ('label = "name"', 'label = "title"', "staff: label names no column: title"),
    ("min = 1, max = 5", "min = 9, max = 5", "staff.score: min is greater than max"),
    ('key = "score"', 'key = "name"', "staff: the key name occurs twice"),
    ('key = "score"', 'key = "a__b"', "staff.a__b: a key is a name"),
    ('en = "Boss"', 'en = "ｎａｍｅ"', "could mean name or boss"),
    ('aliases = ["bee"]', 'aliases = ["甲"]', "choices.kind: '甲' could mean a or b"),
    ('code = "b"', 'code = "a"', "choices.kind: a code occurs twice"),
    ('aliases = ["bee"]', "colour = 1", "choices.kind.b: unknown key colour"),
    ("[choices]", "[choices", "sheets.toml"),
]


def test_the_plain_example_loads(tmp_path: Path) -> None:
    path = tmp_path / "sheets.toml"
    path.write_text(GOOD, encoding="utf-8")
    staff = load_schema(path).worksheets["staff"]
    assert staff.title("zh") == "员工"
    assert [choice.label("en") for choice in staff.columns["kind"].choices] == ["A", "B"]
    assert (staff.columns["score"].min, staff.columns["score"].max) == (1, 5)


@pytest.mark.parametrize(("right", "wrong", "message"), MISTAKES)
def test_a_mistake_is_refused_with_its_place(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    assert right in GOOD
    path = tmp_path / "sheets.toml"
    path.write_text(GOOD.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(SchemaError) as caught:
        load_schema(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith("sheets.toml: ")


@pytest.mark.parametrize("sheet", WORKSHEETS, ids=lambda sheet: sheet.key)
def test_each_worksheet_says_what_it_is_for(sheet) -> None:
    for lang in LANGUAGES:
        assert sheet.title(lang)
        assert sheet.purpose(lang)
    assert sheet.zh != sheet.en
    assert sheet.about in {"staff", "client", "contact", "team"}
    if any(column.personal for column in sheet.columns.values()):
        assert sheet.personal


@pytest.mark.parametrize(("sheet", "column"), COLUMNS, ids=lambda each: each.key)
def test_each_column_is_named_in_both_languages(sheet, column) -> None:
    assert column.zh
    assert column.en
    assert bool(column.note("zh")) == bool(column.note("en"))
    assert all(choice.zh and choice.en for choice in column.choices)
    if column.type in ("phone", "email"):
        assert column.personal, f"{sheet.key}.{column.key} is personal data"


def test_no_header_means_two_columns() -> None:
    for sheet in WORKSHEETS:
        meant: dict[str, str] = {}
        for key, column in sheet.columns.items():
            for name in (column.zh, column.en, *column.aliases):
                assert meant.setdefault(fold_header(name), key) == key
