"""The changes made in any number of foreign workbooks, and what they cost."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.store.foreign.collection import foreign_workbooks
from tests.store.foreign.edits import check_content, edited, opened
from tests.store.foreign.losses import losses


def changed(books: Iterable[tuple[str, bytes]], folder: Path) -> Iterator[tuple[str, bytes, list[str]]]:
    """Name, bytes after the changes, and what was lost, for each of the books."""
    for number, (name, data) in enumerate(books):
        path = folder / f"{number}.xlsx"
        path.write_bytes(data)
        meant = edited(path)
        with opened(path) as store:
            check_content(store)
        after = path.read_bytes()
        yield name, after, losses(data, after, meant)
        path.unlink()


@contextlib.contextmanager
def journals_in(folder: str) -> Iterator[None]:
    """What stores keep beside their workbooks goes to ``folder``, and not where people's is."""
    before = os.environ.get("HUIFANG_STATE", "")
    os.environ["HUIFANG_STATE"] = str(Path(folder) / "state")
    try:
        yield
    finally:
        os.environ["HUIFANG_STATE"] = before


def run_all(seeds: Iterable[int], choices: int = 300) -> tuple[int, dict[str, list[str]]]:
    """How many workbooks were changed, and the losses by name: none are expected."""
    count, lost = 0, {}
    with tempfile.TemporaryDirectory() as folder, journals_in(folder):
        for seed in seeds:
            for name, _, found in changed(foreign_workbooks(seed, choices), Path(folder)):
                count += 1
                if found:
                    lost[f"{seed}: {name}"] = found
    return count, lost
