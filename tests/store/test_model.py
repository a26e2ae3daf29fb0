"""The protocols on the models; ``make torture`` plays a million of the same interleavings."""

from __future__ import annotations

import pytest

from tests.store.model.google import interleave
from tests.store.model.torture import run

ONCE_FAILED = (
    3622, 7351, 505472, 610268, 2001686, 2006026, 2006129, 2009562, 2011817, 2012691, 2013019, 2013894,
    2025227, 2030841, 2032683, 2038447, 2047240, 2085791, 2120478, 3018665, 4000618, 4011503, 4047633,
    5045981, 6005731, 7011641, 8011268, 8043525,
    8050284,
)  # fmt: skip


def test_nothing_is_lost_misplaced_or_doubled_on_google_sheets() -> None:
    report = run(range(2_000))
    assert report.is_fine, f"see interleave({report.failures})"
    assert report.interleavings == 2_000
    assert report.astray > 400, "the person was not restless enough to send writes astray"
    assert report.applied > 5_000
    assert report.conflicts > 500


@pytest.mark.parametrize("seed", ONCE_FAILED)
def test_what_once_was_lost_is_found(seed: int) -> None:
    assert interleave(seed).is_fine


def test_nothing_is_lost_or_misplaced_in_a_workbook() -> None:
    report = run(range(5_000), "workbook")
    assert report.is_fine, f"see play({report.failures})"


@pytest.mark.parametrize("model", ["by position", "find, then write", "recheck, then write"])
def test_naive_writers_are_found_out(model: str) -> None:
    report = run(range(100), model, workers=1)
    assert report.lost > 40
    assert report.wrong > 20


def test_a_workbook_without_a_stamp_is_found_out() -> None:
    assert run(range(200), "workbook without stamp", workers=1).lost > 50
