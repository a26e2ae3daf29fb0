"""The whole set of foreign workbooks: every feature alone, every form alone, and seeded choices of many."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.store.foreign.cell_forms import CELL_FORMS
from tests.store.foreign.hand_made import HAND_MADE
from tests.store.foreign.written import FEATURES, written
from tests.store.foreign.xml_forms import FORMS, read_members, zipped
from tests.store.foreign.zip_forms import ZIP_FORMS

_EXCLUDE_EACH_OTHER = ("table", "autofilter")


def foreign_workbooks(seed: int, choices: int) -> Iterator[tuple[str, bytes]]:
    """Names and bytes: all features and forms alone, then ``choices`` combinations that ``seed`` decides."""
    for name in FEATURES:
        yield name, written([name])
    yield "date_1904", written([], date_1904=True)
    for forms in (HAND_MADE, CELL_FORMS, FORMS):
        for name, form in forms.items():
            yield name, zipped(form(read_members(written([]))))
    for name, pack in ZIP_FORMS.items():
        yield name, pack(read_members(written(["table", "drop_down"])))
    random = Random(seed)
    for number in range(choices):
        yield _combined(random, f"choice {seed}-{number}")


def _combined(random: Random, name: str) -> tuple[str, bytes]:
    features = random.sample(sorted(FEATURES), random.randint(1, 7))
    if set(_EXCLUDE_EACH_OTHER) <= set(features):
        features.remove(random.choice(_EXCLUDE_EACH_OTHER))
    cells = sorted(random.sample(list(CELL_FORMS), random.randint(0, 2)), key=list(CELL_FORMS).index)
    parts = random.sample(sorted(HAND_MADE), random.randint(0, 3))
    form = random.choice([*FORMS, *["plain"] * len(FORMS)])
    pack = random.choice([*ZIP_FORMS, *["plain"] * len(ZIP_FORMS)])
    members = read_members(written(features, date_1904=random.random() < 0.1))
    for step in [*(HAND_MADE[part] for part in parts), *(CELL_FORMS[cell] for cell in cells), FORMS[form]]:
        members = step(members)
    data = zipped(members) if pack == "plain" else ZIP_FORMS[pack](members)
    return f"{name}: {' '.join([*features, *parts, *cells, form, pack])}", data
