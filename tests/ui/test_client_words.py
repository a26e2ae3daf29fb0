"""A client in words: the reason for its tier, and dormancy."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from lib.service.client_list import DORMANCY_STATES
from lib.service.tiers import REASONS
from lib.ui.client_words import dormancy_words, tier_reason

TODAY = date(2026, 11, 20)
NAN = float("nan")


def row(**values: Any) -> dict[str, Any]:
    return {
        "tier_reason": "key_amount",
        "pin_until_on": pd.NaT,
        "trailing_amount": 625_000.0,
        "key_threshold": 500_000.0,
        "vip_threshold": NAN,
        "pin_by": NAN,
        "state": "active",
        "days_left": 132.0,
        "dormant_on": pd.Timestamp("2027-04-01"),
    } | values


PINNED = {"tier_reason": "pinned", "pin_by": "王芳"}


@pytest.mark.parametrize(
    ("given", "zh", "en"),
    [
        ({}, "近12个月 ¥62.5万，达到 ¥50万", "¥625,000 in 12 months (≥ ¥500,000)"),
        ({"tier_reason": "no_purchase"}, "还没有购买", "No purchase so far"),
        (
            {"tier_reason": "vip_amount", "vip_threshold": 600_000.0},
            "近12个月 ¥62.5万，达到 VIP 线 ¥60万",
            "¥625,000 in 12 months, VIP from ¥600,000",
        ),
        (
            {**PINNED, "pin_until_on": pd.Timestamp("2027-01-31")},
            "王芳指定，至2027年1月31日（含）",
            "Pinned by 王芳 through 31 Jan 2027",
        ),
        (PINNED, "王芳指定，未写截止日期", "Pinned by 王芳, without an end"),
        ({**PINNED, "pin_by": NAN}, "主管指定，未写截止日期", "Pinned by a supervisor, without an end"),
    ],
)
def test_the_reason_for_a_tier(given: dict[str, Any], zh: str, en: str) -> None:
    assert tier_reason(row(**given), "zh", TODAY) == zh
    assert tier_reason(row(**given), "en", TODAY) == en


@pytest.mark.parametrize(
    ("given", "zh", "en"),
    [
        (
            {"state": "dormant", "days_left": -80.0, "dormant_on": pd.Timestamp("2026-09-01")},
            "9月1日 周二起休眠，已80天",
            "Dormant since Tue 1 Sep, 80 days",
        ),
        (
            {"state": "soon", "days_left": 8.0, "dormant_on": pd.Timestamp("2026-11-28")},
            "11月28日 周六转为休眠，还有8天",
            "Becomes dormant on Sat 28 Nov, in 8 days",
        ),
        ({}, "不再购买则2027年4月1日休眠", "Dormant 1 Apr 2027 if nothing is bought"),
        ({"state": "never", "days_left": NAN, "dormant_on": pd.NaT}, "尚无购买", "No purchase yet"),
    ],
)
def test_dormancy(given: dict[str, Any], zh: str, en: str) -> None:
    assert dormancy_words(row(**given), "zh", TODAY) == zh
    assert dormancy_words(row(**given), "en", TODAY) == en


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_code_has_words(language: str) -> None:
    for reason in REASONS:
        assert tier_reason(row(tier_reason=reason), language, TODAY)
    for state in DORMANCY_STATES:
        assert dormancy_words(row(state=state), language, TODAY)
