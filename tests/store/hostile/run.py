"""The whole corpus, with as many seeds as one likes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.store.foreign.run import journals_in
from tests.store.hostile.crafted import CRAFTED
from tests.store.hostile.damage import flipped, misdirected, misspelt, truncated
from tests.store.hostile.places import places
from tests.store.hostile.trial import Answer, answers, answers_in_place


def corpus(seeds: Iterable[int], each: int, cut_every: int) -> Iterator[tuple[str, bytes]]:
    """Crafted files, cuts at every so many bytes, and ``each`` damaged ones of three kinds a seed."""
    for name, make in CRAFTED.items():
        yield name, make()
    yield from truncated(cut_every)
    for seed in seeds:
        yield from flipped(seed, each)
        yield from misdirected(seed, each)
        yield from misspelt(seed, each)


def run_all(seeds: Iterable[int], each: int = 400, cut_every: int = 7) -> list[Answer]:
    """What becomes of every file; those that ``failed`` died, hung, cost too much or gave no reason."""
    with tempfile.TemporaryDirectory() as name, journals_in(name):
        folder = Path(name)
        return [
            *answers(corpus(seeds, each, cut_every), folder),
            *answers_in_place(places(folder / "places")),
        ]
