"""The torture runs over the emulator of Google Sheets, short; ``make torture`` runs them at full length."""

from __future__ import annotations

import pytest

from tests.torture import google_faults, google_kill, google_writers


def test_nothing_is_lost_or_doubled_by_faults() -> None:
    report = google_faults.run(250, most_s=60)
    assert report.verdict.is_clean, report
    assert report.commits > 30, report


@pytest.mark.timeout(300)
def test_nothing_is_lost_or_misplaced_beside_a_restless_person() -> None:
    report = google_writers.run(6, rate_per_s=4, latency_s=0.01)
    assert report.verdict.is_clean, report
    assert report.commits > 10, report


@pytest.mark.timeout(300)
def test_nothing_is_lost_by_a_process_that_is_killed() -> None:
    report = google_kill.run(3)
    assert report.verdict.is_clean, report
    assert report.commits > 5, report
