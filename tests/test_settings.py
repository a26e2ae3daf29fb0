from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from lib.settings import NAMES, SettingsError, parse_language, parse_moment, parse_zone, read_settings

ROOT = Path(__file__).parents[1]
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


@pytest.mark.parametrize("name", [name for name in NAMES if name != "HUIFANG_STORE"])
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
