"""The standard's file: every clause is there, each says what it must, and mistakes are named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lib.records.schema import load_schema
from lib.service.columns import OWNER_COLUMNS
from lib.service.facts import DERIVED_CLIENT_COLUMNS
from lib.standard.clauses import StandardError, check_columns, load_standard

STANDARD = load_standard()
OWN_TEXT = (Path(__file__).parents[2] / "lib" / "standard" / "clauses.toml").read_text(encoding="utf-8")

# Every clause of the service standard, in its order.
_IDS = """
tier.key tier.ordinary tier.potential tier.vip tier.dormant tier.basis client.file client.owner load.per_rep
inquiry.online_reply inquiry.walk_in inquiry.rings inquiry.register inquiry.any_reply inquiry.open_question
inquiry.staged_updates inquiry.relay inquiry.escalate inquiry.first_owner rota.reception
needs.record needs.application solution.draft solution.review promise.due promise.nudge marketing.request
contract.terms_list contract.change_reply contract.legal_review contract.scan contract.paper
delivery.kickoff delivery.daily_report delivery.delay_notice delivery.documents
acceptance.checklist acceptance.start acceptance.on_site acceptance.remote acceptance.diagnosis
acceptance.plan acceptance.closure
visit.month_1 visit.month_3 visit.month_6 visit.monthly visit.confirm visit.record visit.transfer
visit.rectify record.update record.accuracy dormant.letter dormant.followup greeting.personal
complaint.assess complaint.respond complaint.result complaint.followup complaint.prevent
complaint.accountability
plan.daily plan.summary plan.weekly selfcheck.daily checkin.weekly coaching training.product learning.weekly
case_share survey.quarterly suggestions appraisal
words.avoid words.prefer words.scripts
service.log service.parts service.quality service.points shop.confirm shop.exception shop.returns
data.access data.encrypt data.backup data.mask data.export data.lifecycle data.audit
"""
IDS = tuple(_IDS.split())

# Figures of the standard: id -> unit, target, limit.
FIGURES = {
    "tier.key": ("yuan", 500_000, None),
    "tier.dormant": ("months", 6, None),
    "load.per_rep": ("clients", 10, 15),
    "inquiry.online_reply": ("service_minutes", 5, None),
    "inquiry.walk_in": ("seconds", 10, 30),
    "inquiry.any_reply": ("hours", 24, 48),
    "needs.application": ("working_days", 1, None),
    "solution.draft": ("hours", 48, None),
    "promise.nudge": ("days", 3, None),
    "marketing.request": ("working_days", 3, None),
    "contract.change_reply": ("hours", 24, None),
    "contract.scan": ("hours", 2, None),
    "contract.paper": ("working_days", 3, None),
    "delivery.kickoff": ("working_days", 7, None),
    "delivery.delay_notice": ("minutes", 30, None),
    "delivery.documents": ("working_days", 5, None),
    "acceptance.plan": ("hours", 24, None),
    "visit.month_1": ("months", 1, None),
    "visit.month_3": ("months", 3, None),
    "visit.month_6": ("months", 6, None),
    "visit.confirm": ("days", 1, None),
    "visit.transfer": ("hours", 24, None),
    "visit.rectify": ("working_days", 15, None),
    "record.update": ("hours", 24, None),
    "record.accuracy": ("percent", 98, None),
    "dormant.letter": ("working_days", 3, None),
    "dormant.followup": ("working_days", 3, None),
    "complaint.assess": ("service_hours", 4, None),
    "complaint.respond": ("hours", 24, None),
    "complaint.result": ("working_days", 3, None),
    "complaint.followup": ("working_days", 3, None),
    "complaint.prevent": ("months", 1, None),
}

OUR_DEFAULTS = {
    "tier.basis",
    "inquiry.staged_updates",
    "dormant.letter",
    "greeting.personal",
    "complaint.assess",
    "complaint.followup",
    "complaint.prevent",
}

MINIMAL = """
format = 1
[documents]
A = { zh = "甲", en = "A" }
[groups]
g = { zh = "组", en = "Group" }
"""
CLAUSE = """
[[clause]]
id = "x.y"
group = "g"
kind = "within"
zh = "名"
en = "Name"
rule_zh = "规则"
rule_en = "Rule"
action_zh = "做"
action_en = "Do"
source = [{ doc = "A", section = "1" }]
worksheet = "complaints"
trigger = ["received_at"]
done = ["responded_at"]
unit = "hours"
amounts = [{ from = 2000-01-01, target = 24 }]
"""


def test_all_clauses_of_the_standard_are_there_in_order():
    assert tuple(STANDARD.clauses) == IDS


@pytest.mark.parametrize("clause_id", FIGURES)
def test_figures_are_those_of_the_standard(clause_id):
    clause = STANDARD[clause_id]
    (amount,) = clause.amounts
    assert (clause.unit, amount.target, amount.limit) == FIGURES[clause_id]


def test_what_the_sources_leave_open_is_marked_as_our_default():
    assert {clause.id for clause in STANDARD.clauses.values() if clause.our_default} == OUR_DEFAULTS


def test_every_clause_is_named_and_sourced_in_both_languages():
    for clause in STANDARD.clauses.values():
        assert all(clause.names.values()), clause.id
        assert all(clause.rules.values()), clause.id
        assert set(clause.names) == {"zh", "en"}
        assert clause.group in STANDARD.groups
        assert {source.doc for source in clause.sources} <= set(STANDARD.documents)


def test_chinese_texts_are_chinese_and_english_ones_are_not():
    for clause in STANDARD.clauses.values():
        assert re.search("[\u4e00-\u9fff]", clause.names["zh"] + clause.rules["zh"]), clause.id
        assert not re.search("[\u4e00-\u9fff]", clause.names["en"] + clause.rules["en"]), clause.id


def test_clauses_read_only_columns_that_exist():
    columns = {key: set(sheet.columns) for key, sheet in load_schema().worksheets.items()}
    columns["clients"] |= set(DERIVED_CLIENT_COLUMNS)
    check_columns(STANDARD, columns)
    columns["complaints"].remove("assessed_at")
    with pytest.raises(StandardError, match=r"complaint\.assess.*complaints has no column 'assessed_at'"):
        check_columns(STANDARD, columns)


def test_owner_columns_are_those_of_the_worksheets():
    owners = {key: sheet.owner for key, sheet in load_schema().worksheets.items() if sheet.owner}
    assert dict(OWNER_COLUMNS) == owners


def _load(tmp_path: Path, text: str):
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return load_standard(path)


def test_the_smallest_standard_is_read(tmp_path):
    standard = _load(tmp_path, MINIMAL + CLAUSE)
    assert standard["x.y"].amounts[0].target == 24


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('id = "x.y"\n', 'id = "x.y"\ncolour = "red"\n'), r"own\.toml: \[x\.y\]: unknown key colour"),
        (('unit = "hours"', 'unit = "fortnights"'), r"\[x\.y\]: unit = 'fortnights' is unknown"),
        (('kind = "within"', 'kind = "without"'), r"\[x\.y\]: kind = 'without' is unknown"),
        (('group = "g"', 'group = "h"'), r"\[x\.y\]: group = 'h' is unknown"),
        (('doc = "A"', 'doc = "Z"'), r"\[x\.y\] source\[0\]: doc = 'Z' is unknown"),
        (('zh = "名"\n', ""), r"\[x\.y\]: zh is missing"),
        (('en = "Name"', 'en = " "'), r"\[x\.y\]: en must be a text"),
        (('trigger = ["received_at"]', 'trigger = "received_at"'), r"trigger must be a list of texts"),
        (('trigger = ["received_at"]\n', ""), r"needs trigger"),
        (('done = ["responded_at"]\n', ""), r"done or done_by is missing"),
        (("target = 24", "target = -1"), r"\[x\.y\] amounts\[0\]: target must be a number"),
        (("target = 24", "target = 24, limit = 12"), r"limit 12 is below target 24"),
        (("target = 24", "limit = 24"), r"target is missing"),
        (("target = 24", "target = 24, cap = 3"), r"amounts\[0\]: unknown key cap"),
        (("from = 2000-01-01", 'from = "2000"'), r"from must be a date"),
        (('unit = "hours"\n', 'unit = "hours"\nwhere = [{ column = "category" }]\n'), r"needs in or empty"),
        (('unit = "hours"\n', 'unit = "hours"\nclients = { tier = ["gold"] }\n'), r"unknown tier gold"),
        (('unit = "hours"\n', 'unit = "hours"\nmeasured = "no"\n'), r"measured must be true or false"),
        (('unit = "hours"', 'unit = "days"\nnot_before = 1'), r"not_before must be true or false"),
        (('unit = "hours"', 'unit = "hours"\nnot_before = true'), r"not_before needs a unit of days"),
        (('unit = "hours"', 'unit = "date"'), r"unit date and due go together"),
        (
            ("target = 24 }]", "target = 24 }, { from = 1999-01-01, target = 3 }]"),
            r"in the order of their dates",
        ),
        (('action_zh = "做"\n', ""), r"action_zh and action_en are missing"),
        (("format = 1", "format = 2"), r"own\.toml: format must be 1"),
        (("format = 1", "format = 1\nextra = 1"), r"own\.toml: unknown key extra"),
        (('id = "x.y"', 'id = "x.y'), r"own\.toml: "),
    ],
)
def test_a_mistake_is_refused_and_named(tmp_path, change, message):
    before, after = change
    text = MINIMAL + CLAUSE
    assert before in text
    with pytest.raises(StandardError, match=message):
        _load(tmp_path, text.replace(before, after, 1))


def test_days_that_are_not_whole_are_refused(tmp_path):
    text = (MINIMAL + CLAUSE).replace('"hours"', '"working_days"').replace("target = 24", "target = 1.5")
    with pytest.raises(StandardError, match="must be whole"):
        _load(tmp_path, text)


def test_an_id_used_twice_is_refused(tmp_path):
    with pytest.raises(StandardError, match=r"\[x\.y\]: this id is used twice"):
        _load(tmp_path, MINIMAL + CLAUSE + CLAUSE)
