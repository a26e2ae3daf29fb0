"""Instants as integers: microseconds since the Unix epoch (UTC), and a time zone's wall clock.

``NAT`` stands for a missing instant. Everything here is vectorised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, overload
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

Us = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]

NAT = int(np.iinfo(np.int64).min)
MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZONELESS = "has no time zone; localise it first, for example with .dt.tz_localize('Asia/Shanghai')"


@overload
def to_us(when: datetime) -> int: ...
@overload
def to_us(when: pd.Series[Any] | pd.DatetimeIndex) -> Us: ...
def to_us(when: pd.Series[Any] | pd.DatetimeIndex | datetime) -> Us | int:
    """Instants as int64 microseconds since the epoch; missing becomes ``NAT``.

    Takes a time-zone aware Series, DatetimeIndex or datetime. Raises ValueError for naive ones: the
    server's zone is never assumed.
    """
    if isinstance(when, datetime):
        return _datetime_to_us(when)
    dtype: object = when.dtype
    if not isinstance(dtype, pd.DatetimeTZDtype):
        raise ValueError(f"a column of {dtype} {_ZONELESS}")
    stamps: npt.NDArray[Any] = pd.DatetimeIndex(when).as_unit("us").to_numpy(dtype="datetime64[us]")
    return stamps.view(np.int64)


def _datetime_to_us(when: datetime) -> int:
    if when != when:  # only NaT, which passes for a datetime
        return NAT
    if when.tzinfo is None:
        raise ValueError(f"{when} has no time zone; give it one, such as tzinfo=ZoneInfo('Asia/Shanghai')")
    return (when - _EPOCH) // timedelta(microseconds=1)


def from_us(us: npt.ArrayLike, tz: tzinfo) -> pd.DatetimeIndex:
    """The opposite of ``to_us``: a DatetimeIndex of dtype ``datetime64[us, tz]``."""
    stamps = np.atleast_1d(np.asarray(us, dtype=np.int64)).view("datetime64[us]")
    return pd.DatetimeIndex(stamps).tz_localize("UTC").tz_convert(tz)


@dataclass(frozen=True, eq=False)
class WallClock:
    """Wall-clock times of one time zone as instants, over the span it was read for.

    A time that occurs twice means its first occurrence; one that the clocks skip means the instant of
    the change. ``changes[i]`` is the instant from which ``offsets[i]`` holds.
    """

    changes: Us
    offsets: Us

    def to_us(self, wall_us: Us) -> Us:
        """Instants of wall times, both in microseconds (wall times as if they were UTC)."""
        ends = self.changes[1:] + self.offsets[:-1]
        period = np.searchsorted(ends, wall_us, side="right")
        instants: Us = np.maximum(wall_us - self.offsets[period], self.changes[period])
        return instants


def read_wall_clock(tz: ZoneInfo, first_on: date, last_on: date) -> WallClock:
    """Read a zone's changes of offset between two dates (a day more on either side)."""
    start = datetime(first_on.year, first_on.month, first_on.day, tzinfo=UTC) - timedelta(days=2)
    count = (last_on - first_on).days + 5
    samples = [start + timedelta(days=number) for number in range(count)]
    offsets = [sample.astimezone(tz).utcoffset() for sample in samples]
    changes, values = [NAT], [_microseconds(offsets[0])]
    for number in range(1, count):
        if offsets[number] != offsets[number - 1]:
            changes.append(to_us(_change_between(tz, samples[number - 1], samples[number])))
            values.append(_microseconds(offsets[number]))
    return WallClock(np.array(changes, dtype=np.int64), np.array(values, dtype=np.int64))


def _change_between(tz: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset of ``after`` begins, found by halving."""
    goal = after.astimezone(tz).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        reached = (before + timedelta(seconds=middle)).astimezone(tz).utcoffset() == goal
        low, high = (low, middle) if reached else (middle, high)
    return before + timedelta(seconds=high)


def _microseconds(offset: timedelta | None) -> int:
    assert offset is not None
    return offset // timedelta(microseconds=1)
