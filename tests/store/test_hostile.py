"""Whatever lies in the place of a workbook is answered soon, in bounded memory, and no process dies of it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from lib.store.contract import NotASpreadsheet
from lib.store.untrusted import read_untrusted
from tests.store.foreign.collection import foreign_workbooks
from tests.store.hostile.crafted import CRAFTED
from tests.store.hostile.damage import misspelt
from tests.store.hostile.places import places
from tests.store.hostile.run import corpus
from tests.store.hostile.trial import Answer, answers, answers_in_place

# What each crafted file must come to; those not named here may be read, or refused, for any good reason.
REFUSED = {
    "far_cell": "far_cell",
    "far_enough": "far_cell",
    "many_wide_rows": "far_cell",
    "promised_strings": "suspicious",
    "one_long_string_many_times": "suspicious",
    "many_tabs_of_one_sheet": "suspicious",
    "a_million_members": "suspicious",
    "doubled_members": "suspicious",
    "deflate64": "suspicious",
    "nothing": "empty",
    "with password": "encrypted",
    "xls": "old_format",
    "ods": "not_a_workbook",
    "csv": "not_a_workbook",
    **{name: "suspicious" for name in CRAFTED if name.startswith(("laughs", "outside", "swollen", "UTF-16"))},
}
IN_PLACE = {
    "nothing": "missing",
    "a folder": "not_a_file",
    "a pipe": "not_a_file",
    "a link to a pipe": "not_a_file",
    "a device": "not_a_file",
    "an endpoint": "not_a_file",
    "a link to a workbook": "written",
    "fifty gigabytes": "too_big",
    "damaged": "damaged",
}


def failures(found: list[Answer]) -> list[Answer]:
    return [answer for answer in found if answer.failed]


def test_every_file_is_answered_in_two_seconds_and_512_megabytes(tmp_path: Path) -> None:
    found = list(answers(corpus([1], each=200, cut_every=301), tmp_path))
    assert failures(found) == []
    assert len(found) > 700
    outcomes = {answer.name: answer.outcome for answer in found}
    assert {name: outcomes[name] for name in REFUSED} == REFUSED
    assert {"written", "damaged", "suspicious", "not_verified"} <= set(outcomes.values())


def test_what_is_no_file_is_answered_too(tmp_path: Path) -> None:
    found = list(answers_in_place(places(tmp_path)))
    assert failures(found) == []
    outcomes = {answer.name: answer.outcome for answer in found}
    assert {name: outcomes[name] for name in IN_PLACE} == IN_PLACE


@pytest.mark.parametrize("name", ["laughs in xl/sharedStrings.xml", "promised_strings", "far_enough", "xls"])
def test_uploads_are_refused_alike(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(CRAFTED[name]())
    with pytest.raises(NotASpreadsheet) as caught:
        read_untrusted(path)
    assert caught.value.code == REFUSED[name]


def test_workbooks_that_are_only_unusual_are_written(tmp_path: Path) -> None:
    """The guard is no obstacle: what the corpus of foreign workbooks holds passes the same worker."""
    found = list(answers(list(foreign_workbooks(3, 30)), tmp_path))
    assert {answer.outcome for answer in found} == {"written"}


def test_a_worker_that_dies_or_hangs_is_noticed(tmp_path: Path) -> None:
    """The judge itself: a file that is not there ends the worker; the next one is answered again."""
    gone, good = tmp_path / "gone.bytes", tmp_path / "good.bytes"
    good.write_bytes(CRAFTED["csv"]())
    found = list(answers_in_place([("gone", gone), ("good", good)]))
    assert [answer.failed for answer in found] == [True, False]


def test_the_damage_is_what_it_says() -> None:
    """Well packed but misspelt files reach the parsers: most of them are sound archives."""
    files = [data for _, data in misspelt(2, 20)]
    assert all(zipfile.ZipFile(io.BytesIO(data)).testzip() is None for data in files)
