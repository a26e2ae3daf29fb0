"""The doctor command over the emulator: each thing that can be set up wrongly is named, with what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from lib.commands import main
from lib.commands.fields import FINDING_FIELDS
from tests.sheets_server.connect import service_account
from tests.sheets_server.oauth import DEFAULT_USER
from tests.sheets_server.server import PERSON, SheetsServer


class Clinic:
    """A spreadsheet made from the template and the settings that lead to it."""

    _templates: ClassVar[list[str]] = []

    def __init__(
        self, server: SheetsServer, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
    ) -> None:
        self.server, self._capsys = server, capsys
        self.key_file = folder / "key.json"
        self.key_file.write_text(json.dumps(service_account(server.url)))
        for name, value in {
            "HUIFANG_GOOGLE_KEY": self.key_file, "HUIFANG_GOOGLE_ADDRESS": server.url,
            "HUIFANG_STATE": folder / "state", "HUIFANG_TZ": "Etc/GMT", "HUIFANG_LANG": "en",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, str(value))
        self.id = server.create_spreadsheet("团队")

    def make_template(self) -> None:
        """Made once by the command, then copied: copies are cheaper."""
        if not self._templates:
            assert main(["template", self.id, "--lang", "en"]) == 0
            self._templates.append(self.id)
        made = self.server.service.copy(self._templates[0], "团队")
        self.id = made.spreadsheet_id
        self.server.drive.adopt(self.id, PERSON)
        self.server.drive.share(self.id, DEFAULT_USER, "writer")
        self._capsys.readouterr()

    def examine(self, *options: str) -> dict[str, dict[str, Any]]:
        """Findings by check; those that are not fine."""
        status = main(["doctor", f"google:{self.id}", "--json", *options])
        findings = json.loads(self._capsys.readouterr().out)
        assert all(list(finding) == list(FINDING_FIELDS) for finding in findings)
        bad = {finding["check"]: finding for finding in findings if not finding["ok"]}
        assert status == (1 if bad else 0)
        assert all(finding["remedy"] for finding in bad.values())
        self.checks = [finding["check"] for finding in findings]
        return bad


@pytest.fixture(scope="module")
def server() -> Iterator[SheetsServer]:
    with SheetsServer() as server:
        yield server


@pytest.fixture
def clinic(
    server: SheetsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Clinic]:
    yield Clinic(server, tmp_path, monkeypatch, capsys)
    server.faults.clear()
    server.oauth.unknown_accounts.clear()
    server.clock_offset_s = 0.0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_spreadsheet_from_the_template_is_well(clinic: Clinic, lang: str) -> None:
    clinic.make_template()
    assert clinic.examine("--lang", lang) == {}
    assert clinic.checks[:4] == ["key", "token", "access", "edit"]
    assert {"clock", "zone", "own_sheets", "size", "quota", "worksheets", "waiting", "shared_history"} <= {
        *clinic.checks
    }


def test_a_foreign_spreadsheet_lacks_worksheets(clinic: Clinic) -> None:
    bad = clinic.examine()
    assert set(bad) == {"own_sheets", "worksheets"}
    assert "_history" in bad["own_sheets"]["message"]
    assert "template" in bad["own_sheets"]["remedy"]


def test_without_a_key(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUIFANG_GOOGLE_KEY")
    assert {check: finding["code"] for check, finding in clinic.examine().items()} == {"key": "google_no_key"}


def test_a_key_file_that_is_cut_off(clinic: Clinic, capsys: pytest.CaptureFixture[str]) -> None:
    clinic.key_file.write_text('{"private_key": "hunter2"')
    assert clinic.examine()["key"]["code"] == "google_key_file"
    assert "hunter2" not in str(capsys.readouterr())


def test_a_deleted_account(clinic: Clinic) -> None:
    clinic.server.oauth.unknown_accounts.add(DEFAULT_USER)
    assert clinic.examine()["token"]["code"] == "google_key_refused"
    assert clinic.checks == ["key", "token"]


def test_a_spreadsheet_that_is_not_shared(clinic: Clinic) -> None:
    clinic.id = clinic.server.create_spreadsheet("别人的", share_with=())
    assert clinic.examine()["access"]["code"] in ("google_not_shared", "google_not_found")


def test_a_wrong_address(clinic: Clinic) -> None:
    clinic.id = "1" * 44
    assert clinic.examine()["access"]["code"] == "google_not_found"


def test_shared_for_viewing_only(clinic: Clinic) -> None:
    clinic.make_template()
    clinic.server.drive.share(clinic.id, DEFAULT_USER, "reader")
    assert clinic.examine()["edit"]["code"] == "google_not_shared"


def test_another_time_zone(clinic: Clinic) -> None:
    clinic.make_template()
    bad = clinic.examine("--tz", "Asia/Shanghai")
    assert set(bad) == {"zone"}
    assert "Asia/Shanghai" in bad["zone"]["message"]


def test_a_clock_that_is_wrong(clinic: Clinic) -> None:
    clinic.make_template()
    clinic.server.clock_offset_s = 200
    assert set(clinic.examine()) == {"clock"}


def test_a_service_that_does_not_answer(clinic: Clinic) -> None:
    clinic.server.faults.set_rates({"503": 1.0})
    assert set(clinic.examine()) == {"access"}
    assert clinic.checks == ["key", "token", "access"]


def test_it_leaves_no_trace(clinic: Clinic) -> None:
    clinic.make_template()
    before = clinic.server.dump(clinic.id)
    clinic.examine()
    assert clinic.server.dump(clinic.id) == before
    lookup = {"dataFilters": [{"developerMetadataLookup": {"metadataKey": "huifang_doctor"}}]}
    search = "sheets.spreadsheets.developerMetadata.search"
    assert not clinic.server.service.call(search, {"spreadsheetId": clinic.id}, {}, lookup, PERSON)


def test_in_words_for_people(clinic: Clinic, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", clinic.id]) == 1
    out = capsys.readouterr().out
    assert "PROBLEM" in out
    assert "-> " in out


def test_a_workbook_has_its_doctor_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIFANG_STATE", str(tmp_path / "state"))
    path = tmp_path / "team.xlsx"
    assert main(["template", str(path), "--lang", "en"]) == 0
    assert main(["doctor", str(path), "--lang", "en"]) == 0
    (tmp_path / ".~lock.team.xlsx#").write_text("Li,li,pc,22.11.2026 10:00,x;")
    capsys.readouterr()
    assert main(["doctor", str(path), "--json"]) == 1
    bad = [finding for finding in json.loads(capsys.readouterr().out) if not finding["ok"]]
    assert [finding["code"] for finding in bad] == ["held"]
    assert main(["doctor", str(tmp_path / "none.xlsx"), "--json"]) == 1
