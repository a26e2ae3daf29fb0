"""A sorted array that answers "the last entry at or before x" in constant time for each x.

Calendars are nearly regular, so a table from evenly wide buckets to entries leaves at most a step or two to
make; a binary search makes sixteen, each a jump in memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

_MOST_BUCKETS = 1 << 19
_FAR = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class Lookup:
    """Built by ``build_lookup``; immutable."""

    origin: int
    shift: int
    steps: int
    buckets: npt.NDArray[np.int32]
    following: Integers

    def find(self, wanted: Integers) -> npt.NDArray[np.int32]:
        """Index of the last entry <= each wanted value; before the first entry, the answer for it."""
        bucket = wanted - self.origin
        bucket >>= self.shift
        found = self.buckets.take(bucket, mode="clip")
        for _ in range(self.steps):
            found += self.following.take(found, mode="clip") <= wanted
        return found


def build_lookup(entries: Integers) -> Lookup:
    """Index ``entries`` (int64, ascending, at least one; equal neighbours are allowed)."""
    origin = int(entries[0])
    extent = int(entries[-1]) - origin
    gaps = np.diff(entries)
    gaps = gaps[gaps > 0]
    shift = int(gaps.min()).bit_length() - 1 if len(gaps) else extent.bit_length()
    while (extent >> shift) + 1 > _MOST_BUCKETS:
        shift += 1
    starts = origin + (np.arange((extent >> shift) + 2, dtype=np.int64) << shift)
    first = np.searchsorted(entries, starts, side="right") - 1
    last = np.searchsorted(entries, starts + ((1 << shift) - 1), side="right") - 1
    return Lookup(
        origin=origin,
        shift=shift,
        steps=int((last - first).max()),
        buckets=first.astype(np.int32),
        following=np.append(entries[1:], _FAR),
    )
