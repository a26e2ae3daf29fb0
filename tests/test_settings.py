from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from lib.settings import NAMES, SettingsError, parse_language, parse_moment, parse_zone, read_settings

ROOT = Path(__file__).parents[1]
PATHS = {"HUIFANG_STORE", "HUIFANG_STATE", "HUIFANG_GOOGLE_KEY"}  # anything may be one
SHANGHAI = ZoneInfo("Asia/Shanghai")


def secrets(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "secrets.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults(tmp_path: Path) -> None:
    settings = read_settings({}, tmp_path / "none.toml")
    assert (settings.store, settings.language, str(settings.tz)) == (
        "data/huifang.xlsx",
        "zh",
        "Asia/Shanghai",
    )
    assert settings.fixed_now is None


def test_the_environment_wins_over_secrets(tmp_path: Path) -> None:
    path = secrets(tmp_path, 'HUIFANG_STORE = "a.xlsx"\nHUIFANG_LANG = "en"\n[auth]\nclient_id = "x"\n')
    settings = read_settings({"HUIFANG_STORE": "b.xlsx"}, path)
    assert (settings.store, settings.language) == ("b.xlsx", "en")


def test_an_empty_setting_counts_as_none(tmp_path: Path) -> None:
    settings = read_settings({"HUIFANG_STORE": " ", "HUIFANG_NOW": ""}, tmp_path / "none.toml")
    assert settings.store == "data/huifang.xlsx"
    assert settings.fixed_now is None


@pytest.mark.parametrize("name", sorted(set(NAMES) - PATHS))
def test_a_bad_value_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({name: "no such thing"}, tmp_path / "none.toml")


def test_broken_secrets_are_named_without_their_content(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({}, secrets(tmp_path, 'password = "hunter2'))
    assert "secrets.toml" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(("text", "language"), [("zh-CN", "zh"), ("EN_us", "en"), (" en ", "en")])
def test_languages_are_recognised(text: str, language: str) -> None:
    assert parse_language(text) == language


def test_a_moment_without_offset_is_local_to_the_team() -> None:
    assert parse_moment("2026-03-05T09:30", SHANGHAI) == datetime(2026, 3, 5, 9, 30, tzinfo=SHANGHAI)
    assert parse_moment("2026-03-05T01:30Z", SHANGHAI) == datetime(2026, 3, 5, 9, 30, tzinfo=SHANGHAI)
    assert parse_moment("2026-03-05T01:30Z", SHANGHAI).tzinfo is SHANGHAI


def test_the_fixed_moment_stands_still(tmp_path: Path) -> None:
    settings = read_settings({"HUIFANG_NOW": "2026-03-05T09:30"}, tmp_path / "none.toml")
    assert settings.now() == settings.now() == datetime(2026, 3, 5, 9, 30, tzinfo=SHANGHAI)


def test_without_it_the_clock_runs_in_the_team_s_zone(tmp_path: Path) -> None:
    now = read_settings({"HUIFANG_TZ": "Europe/Berlin"}, tmp_path / "none.toml").now()
    assert str(now.tzinfo) == "Europe/Berlin"
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)


def test_an_unknown_zone_is_refused() -> None:
    for name in ("Mars/Olympus", "../etc/passwd", ""):
        with pytest.raises(SettingsError):
            parse_zone(name)


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_in_the_readme(name: str, readme: str) -> None:
    assert f"`{name}`" in (ROOT / readme).read_text(encoding="utf-8")


KEY = '[google_service_account]\nclient_email = "app@x"\nprivate_key = "hunter2"\n'


def test_the_service_account_is_read_and_never_shown(tmp_path: Path) -> None:
    settings = read_settings({}, secrets(tmp_path, KEY))
    assert settings.google.key == {"client_email": "app@x", "private_key": "hunter2"}
    assert "hunter2" not in repr(settings)


def test_a_key_file_takes_the_place_of_the_secrets_table(tmp_path: Path) -> None:
    settings = read_settings(
        {"HUIFANG_GOOGLE_KEY": "~/key.json", "HOME": str(tmp_path)}, secrets(tmp_path, KEY)
    )
    assert settings.google.key is None
    assert settings.google.key_file is not None
    assert settings.google.key_file.name == "key.json"


@pytest.mark.parametrize(
    "address", ["https://relay.example.com/", "http://127.0.0.1:8080", "http://localhost:1"]
)
def test_a_relay_may_stand_in_for_google(tmp_path: Path, address: str) -> None:
    settings = read_settings({"HUIFANG_GOOGLE_ADDRESS": address}, tmp_path / "none.toml")
    assert settings.google.address == address.rstrip("/")


@pytest.mark.parametrize(
    "address", ["http://relay.example.com", "ftp://x", "https://", "relay.example.com", "http://["]
)
def test_tokens_never_travel_openly(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsError, match="HUIFANG_GOOGLE_ADDRESS"):
        read_settings({"HUIFANG_GOOGLE_ADDRESS": address}, tmp_path / "none.toml")


@pytest.mark.parametrize("share", ["0", "-1", "301", "many", "1.5"])
def test_a_share_of_the_quota_is_a_whole_number(tmp_path: Path, share: str) -> None:
    with pytest.raises(SettingsError, match="HUIFANG_GOOGLE_QUOTA"):
        read_settings({"HUIFANG_GOOGLE_QUOTA": share}, tmp_path / "none.toml")


def test_state_is_kept_where_programs_keep_theirs(tmp_path: Path) -> None:
    none = tmp_path / "none.toml"
    assert read_settings({"HUIFANG_STATE": str(tmp_path)}, none).state_folder == tmp_path
    assert read_settings({"HOME": str(tmp_path)}, none).state_folder.is_relative_to(tmp_path)
