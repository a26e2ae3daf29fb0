"""The command line as a shell sees it: what it prints, its exit status, its one line of complaint."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from lib.commands import main
from lib.commands.fields import (
    CLAUSE_FIELDS,
    MEASURE_FIELDS,
    OBLIGATION_FIELDS,
    PROBLEM_FIELDS,
    TIER_FIELDS,
)
from lib.commands.output import harmless
from lib.commands.parser import COMMANDS
from lib.standard.clauses import load_standard
from lib.store.contract import Batch, InsertRow
from lib.store.workbook import WorkbookStore
from tests.conftest import DEMO_NOW

ROOT = Path(__file__).parents[1]
ASKED_FOR = (
    "id", "clause", "worksheet", "record", "client", "owner", "trigger_at", "due_at", "limit_at", "done_at",
    "paused", "status", "provisional", "source",
)  # fmt: skip
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process: exit status, stdout, stderr."""

    def run_command(*arguments: object) -> tuple[int, str, str]:
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            status = int(stop.code or 0)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run_command


def listed(run: Run, *arguments: object) -> list[dict[str, Any]]:
    status, out, _ = run(*arguments)
    assert status == 0
    records: list[dict[str, Any]] = json.loads(out)
    return records


def in_a_shell(*arguments: object, **environ: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "lib", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, check=False)


def insert(path: Path, sheet: str, values: Mapping[str, Any], record: str = "new0000001") -> None:
    change = InsertRow(sheet, record, values)
    receipt = WorkbookStore(path).commit(Batch(record, "test", datetime.fromisoformat(DEMO_NOW), (change,)))
    assert receipt.applied


# --- template, check -------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_template_is_empty_and_free_of_problems(run: Run, tmp_path: Path, lang: str) -> None:
    path = tmp_path / "deep" / "template.xlsx"
    assert run("template", path, "--lang", lang)[0] == 0
    assert run("check", path, "--now", DEMO_NOW) == (0, "", "")
    assert listed(run, "obligations", path, "--now", DEMO_NOW) == []
    assert listed(run, "tiers", path, "--now", DEMO_NOW) == []
    title = {"zh": "客户", "en": "Clients"}[lang]
    assert title in WorkbookStore(path).read().sheets


def test_check_prints_one_object_a_line_and_fails(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    run("template", path, "--lang", "en")
    insert(path, "Clients", {"Client": "Acme", "Cooperation began": "soon", "Owner": "Nobody"})
    status, out, _ = run("check", path, "--now", DEMO_NOW, "--lang", "en")
    problems = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert {problem["column"]: problem["code"] for problem in problems} == {
        "Owner": "unknown_reference",
        "Cooperation began": "not_a_date",
    }
    date = next(problem for problem in problems if problem["code"] == "not_a_date")
    assert tuple(date) == tuple(PROBLEM_FIELDS)
    assert (date["sheet"], date["cell"], date["value"], date["fix"]) == ("Clients", "H2", "soon", None)
    assert "date" in date["reason"]


def test_an_unknown_clause_among_the_rules_is_a_problem(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    run("template", path, "--lang", "en")
    rule = {"Clause": "visit.yearly", "Amount": 1, "Effective from": datetime(2026, 1, 1)}  # noqa: DTZ001
    insert(path, "Rules", rule)
    status, out, _ = run("check", path, "--now", DEMO_NOW)
    assert (status, json.loads(out)["code"]) == (1, "unknown_clause")


# --- obligations -----------------------------------------------------------------------------------


def test_obligations_have_the_documented_fields_in_a_stable_order(run: Run, demo_workbook: Path) -> None:
    found = listed(run, "obligations", demo_workbook, "--now", DEMO_NOW)
    assert set(ASKED_FOR) <= set(OBLIGATION_FIELDS)
    assert all(tuple(obligation) == tuple(OBLIGATION_FIELDS) for obligation in found)
    assert len({obligation["id"] for obligation in found}) == len(found) > 1000
    keys = [(datetime.fromisoformat(obligation["due_at"]), obligation["id"]) for obligation in found]
    assert keys == sorted(keys)
    assert found == listed(run, "obligations", demo_workbook, "--now", DEMO_NOW)


def test_an_obligation_says_who_what_and_when(run: Run, demo_workbook: Path) -> None:
    found = listed(run, "obligations", demo_workbook, "--now", DEMO_NOW, "--clause", "complaint.result")
    clause, record = found[0]["id"].split(":")
    assert (clause, record) == ("complaint.result", found[0]["record"])
    assert found[0]["worksheet"] == "complaints"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", found[0]["due_at"])
    assert found[0]["source"].startswith("E ")
    assert found[0]["client"]
    assert found[0]["client"] != found[0]["client_id"]
    assert found[0]["limit_at"] is None
    assert {obligation["paused"] for obligation in found} == {True, False}


def test_moments_follow_the_team_s_zone(run: Run, demo_workbook: Path) -> None:
    shanghai = listed(run, "obligations", demo_workbook, "--now", DEMO_NOW, "--clause", "promise.due")
    berlin = listed(
        run,
        "obligations",
        demo_workbook,
        "--now",
        DEMO_NOW,
        "--clause",
        "promise.due",
        "--tz",
        "Europe/Berlin",
    )
    assert {obligation["due_at"][-6:] for obligation in shanghai} == {"+08:00"}
    assert {obligation["due_at"][-6:] for obligation in berlin} == {"+01:00", "+02:00"}


@pytest.mark.parametrize("status", ["due_soon", "due soon", "Due-Soon"])
def test_a_status_may_be_spelled_as_people_do(run: Run, demo_workbook: Path, status: str) -> None:
    found = listed(run, "obligations", demo_workbook, "--now", DEMO_NOW, "--status", status)
    assert found
    assert {obligation["status"] for obligation in found} == {"due_soon"}


def test_an_owner_s_obligations(run: Run, demo_workbook: Path) -> None:
    everyone = listed(run, "obligations", demo_workbook, "--now", DEMO_NOW)
    name = next(obligation["owner"] for obligation in everyone if obligation["owner"])
    mine = listed(run, "obligations", demo_workbook, "--now", DEMO_NOW, "--owner", name)
    assert mine == [obligation for obligation in everyone if obligation["owner"] == name]


def test_time_moves_statuses(run: Run, demo_workbook: Path) -> None:
    counts = [
        len(listed(run, "obligations", demo_workbook, "--now", now, "--status", "overdue"))
        for now in ("2026-11-18T10:00", "2026-11-18T18:01", "2026-11-25T10:00")
    ]
    assert counts == sorted(counts)
    assert counts[0] < counts[2]


def test_csv_has_the_same_content(run: Run, demo_workbook: Path) -> None:
    arguments = ("obligations", demo_workbook, "--now", DEMO_NOW, "--status", "overdue")
    _, out, _ = run(*arguments, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    found = listed(run, *arguments)
    assert [row["id"] for row in rows] == [obligation["id"] for obligation in found]
    assert tuple(rows[0]) == tuple(OBLIGATION_FIELDS)
    assert {
        row["limit_at"] for row, obligation in zip(rows, found, strict=True) if not obligation["limit_at"]
    } == {""}
    assert {row["paused"] for row in rows} <= {"true", "false"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_no_csv_cell_is_a_formula(run: Run, tmp_path: Path, start: str) -> None:
    path = tmp_path / "t.xlsx"
    run("template", path, "--lang", "en")
    name = f"{start}HYPERLINK(0)"
    insert(path, "Clients", {"Client": name})
    _, out, _ = run("tiers", path, "--now", DEMO_NOW, "--format", "csv")
    row = next(iter(csv.DictReader(io.StringIO(out, newline=""))))
    assert row["client"].startswith(("'", "HYPER"))
    assert harmless(name) == f"'{name}"


def test_a_negative_number_stays_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    from lib.commands.output import print_records

    print_records([{"n": -1.5, "t": "-1.5", "m": float("nan")}], ("n", "t", "m"), "csv")
    assert capsys.readouterr().out == "n,t,m\n-1.5,'-1.5,\n"


# --- explain, tiers, measures, clauses -------------------------------------------------------------


def test_explain_ends_at_the_due_time(run: Run, demo_workbook: Path) -> None:
    found = listed(run, "obligations", demo_workbook, "--now", DEMO_NOW, "--status", "overdue")
    by_clause = {entry["clause"]: entry for entry in found}
    for clause, lang in (("complaint.result", "zh"), ("visit.month_3", "en"), ("promise.due", "zh")):
        entry = by_clause[clause]
        status, out, _ = run("explain", demo_workbook, entry["id"], "--now", DEMO_NOW, "--lang", lang)
        assert status == 0
        assert entry["due_at"][:10] in out
        assert clause in out


def test_explain_as_json(run: Run, demo_workbook: Path) -> None:
    found = listed(run, "obligations", demo_workbook, "--now", DEMO_NOW, "--clause", "promise.due")
    _, out, _ = run("explain", demo_workbook, found[0]["id"], "--now", DEMO_NOW, "--format", "json")
    answer = json.loads(out)
    assert answer["id"] == found[0]["id"]
    assert len(answer["lines"]) > 3


def test_tiers_come_with_their_reasons(run: Run, demo_workbook: Path) -> None:
    tiers = listed(run, "tiers", demo_workbook, "--now", DEMO_NOW, "--lang", "en")
    assert all(tuple(entry) == tuple(TIER_FIELDS) for entry in tiers)
    assert len(tiers) == 200
    key = next(entry for entry in tiers if entry["tier"] == "key" and entry["amount"] >= 500_000)
    assert f"{key['amount']:,}" in key["reason"]
    assert {entry["is_dormant"] for entry in tiers} == {True, False}


def test_measures_name_what_they_are_about(run: Run, demo_workbook: Path) -> None:
    found = listed(run, "measures", demo_workbook, "--now", DEMO_NOW)
    assert all(tuple(entry) == tuple(MEASURE_FIELDS) for entry in found)
    loads = [entry for entry in found if entry["clause"] == "load.per_rep"]
    assert {entry["ok"] for entry in loads} == {True, False}
    assert all(entry["subject"] != entry["subject_id"] for entry in loads)


def test_clauses_lists_the_whole_standard(run: Run) -> None:
    found = listed(run, "clauses", "--lang", "en")
    assert [entry["id"] for entry in found] == list(load_standard().clauses)
    assert all(tuple(entry) == tuple(CLAUSE_FIELDS) for entry in found)
    respond = next(entry for entry in found if entry["id"] == "complaint.respond")
    assert (respond["target"], respond["unit"], respond["measured"]) == (24, "hours", True)


# --- import ----------------------------------------------------------------------------------------


@pytest.fixture
def target(run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "t.xlsx"
    run("template", path, "--lang", "en")
    return path


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_import_maps_says_and_writes(run: Run, target: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "accounts.csv", "account,sector,office_location\nAcme,Steel,Oslo\nBolt,,Rome\n")
    status, out, _ = run("import", target, file, "--lang", "en")
    assert status == 0
    assert "account -> Client (name)" in out
    clients = WorkbookStore(target).read().sheets["Clients"]
    assert clients.column("Client").tolist() == ["Acme", "Bolt"]
    assert clients.column("City").tolist() == ["Oslo", "Rome"]


def test_a_dry_run_writes_nothing(run: Run, target: Path, tmp_path: Path) -> None:
    before = target.read_bytes()
    file = write(tmp_path / "accounts.csv", "account\nAcme\n")
    status, out, _ = run("import", target, file, "--dry-run")
    assert status == 0
    assert "dry run" in out
    assert target.read_bytes() == before


def test_importing_twice_adds_nothing(run: Run, target: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "accounts.csv", "account\nAcme\n")
    run("import", target, file)
    status, out, _ = run("import", target, file)
    assert status == 0
    assert "new: 0; likely duplicates, left out: 1" in out
    assert len(WorkbookStore(target).read().sheets["Clients"]) == 1


def test_doubtful_dates_are_asked_about(run: Run, target: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "orders.csv", "Account,Amount,close_date\nAcme,5,03/04/2026\n")
    status, _, err = run("import", target, file, "--worksheet", "transactions", "--create-missing")
    assert status == 2
    assert "--date-order" in err
    asked = ("--worksheet", "Transactions", "--create-missing", "--date-order", "dmy")
    assert run("import", target, file, *asked)[0] == 0
    sheets = WorkbookStore(target).read().sheets
    assert sheets["Transactions"].column("Purchased on").tolist() == [datetime(2026, 4, 3)]  # noqa: DTZ001
    assert sheets["Clients"].column("Client").tolist() == ["Acme"]


def test_columns_can_be_mapped_left_out_and_set(run: Run, target: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "people.csv", "Who,Team,Phone\nAnn,North,123\n")
    asked = ("--worksheet", "staff", "--map", "Who=name", "--map", "Phone=", "--set", "role=supervisor")
    status, out, _ = run("import", target, file, *asked)
    assert status == 0
    assert "Phone -> left out" in out
    staff = WorkbookStore(target).read().sheets["Staff"]
    assert [staff.column(header)[0] for header in ("Name", "Role", "Team", "Phone")] == [
        "Ann", "Supervisor", "North", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "asked",
    [
        ("--worksheet", "planets"),
        ("--sheet", "Sheet9"),
        ("--map", "nothing"),
        ("--map", "Who=planet"),
        ("--worksheet", "staff", "--set", "role=king"),
        ("--worksheet", "staff", "--set", "planet=Mars"),
    ],
)
def test_a_wrong_wish_is_named(run: Run, target: Path, tmp_path: Path, asked: tuple[str, ...]) -> None:
    file = write(tmp_path / "people.csv", "Who,Name\nAnn,Ann\n")
    status, _, err = run("import", target, file, *asked)
    assert (status, err.count("\n")) == (2, 1)
    assert any(word.split("=")[0] in err for word in asked)


# --- errors, help, shells --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["tiers", "nowhere.xlsx"], "nowhere.xlsx"),
        (["tiers", "README.md"], "xlsx"),
        (["tiers", "."], "."),
        (["tiers", "{demo}", "--now", "noon"], "--now"),
        (["tiers", "{demo}", "--tz", "Mars/Olympus"], "Mars/Olympus"),
        (["obligations", "{demo}", "--status", "lost"], "due_soon"),
        (["obligations", "{demo}", "--clause", "visit.yearly"], "visit.yearly"),
        (["obligations", "{demo}", "--owner", "Nobody"], "Nobody"),
        (["explain", "{demo}", "visit.month_1:none"], "visit.month_1:none"),
        (["demo", "{demo}"], "exists"),
        (["demo", "new.xlsx", "--clients", "0"], "clients"),
        (["demo", "new.xlsx", "--today", "tomorrow"], "today"),
        (["template", "/proc/none/t.xlsx"], "none"),
        (["import", "{demo}", "nowhere.csv"], "nowhere.csv"),
        (["dance"], "dance"),
        ([], "COMMAND"),
    ],
)
def test_an_error_is_one_line_and_status_2(
    run: Run, demo_workbook: Path, arguments: list[str], word: str
) -> None:
    status, out, err = run(*[argument.replace("{demo}", str(demo_workbook)) for argument in arguments])
    assert (status, out) == (2, "")
    assert err.startswith("huifang: ")
    assert err.count("\n") == 1
    assert word in err


@pytest.mark.parametrize("command", COMMANDS)
def test_help_documents_fields(run: Run, command: str) -> None:
    status, out, _ = run(command, "--help")
    assert status == 0
    fields: Mapping[str, Mapping[str, str]] = {
        "check": PROBLEM_FIELDS,
        "obligations": OBLIGATION_FIELDS,
        "tiers": TIER_FIELDS,
        "measures": MEASURE_FIELDS,
        "clauses": CLAUSE_FIELDS,
    }
    assert all(re.search(rf"^  {field} ", out, re.MULTILINE) for field in fields.get(command, ()))


def test_output_is_utf8_whatever_the_locale(demo_workbook: Path) -> None:
    done = in_a_shell("tiers", demo_workbook, "--now", DEMO_NOW, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0
    assert re.search(r"[\u4e00-\u9fff]", done.stdout.decode("utf-8"))
    assert b"\r" not in done.stdout


def test_settings_come_from_the_environment(demo_workbook: Path) -> None:
    done = in_a_shell("tiers", demo_workbook, HUIFANG_NOW=DEMO_NOW, HUIFANG_LANG="en")
    assert b"Purchases of the last 12 months" in done.stdout
    bad = in_a_shell("tiers", demo_workbook, HUIFANG_TZ="Nowhere")
    assert bad.returncode == 2
    assert bad.stderr.startswith(b"huifang: HUIFANG_TZ")


def test_a_reader_that_stops_early_is_no_error(demo_workbook: Path) -> None:
    command = f"{sys.executable} -m lib obligations '{demo_workbook}' --now {DEMO_NOW} | head -n 1"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=False)
    assert (done.stdout, done.stderr) == (b"[\n", b"")


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readme_names_every_command_and_obligation_field(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    missing = [name for name in (*COMMANDS, *OBLIGATION_FIELDS, *PROBLEM_FIELDS) if f"`{name}`" not in text]
    assert missing == []
