"""A few seconds of what ``make torture`` does for minutes: kill -9, and a crowd at one workbook."""

from __future__ import annotations

import os

from tests.torture import workbook_crowd, workbook_kills

SECONDS = 6 if os.environ.get("CI") else 5


def test_kill_9_loses_nothing_and_doubles_nothing() -> None:
    report = workbook_kills.run(SECONDS, seed=7)
    assert report.is_good, report
    assert report.kills > 3
    assert report.acknowledged


def test_a_crowd_loses_nothing() -> None:
    report = workbook_crowd.run(SECONDS, seed=7)
    assert report.is_good, (report.lost, report.misplaced, report.doubled)
    assert report.updates
    assert report.inserts
    assert report.saves
