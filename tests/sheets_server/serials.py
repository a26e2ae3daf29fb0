"""Dates and times as serial numbers: days since 30 December 1899."""

from __future__ import annotations

import datetime as dt

EPOCH = dt.datetime.fromisoformat("1899-12-30")  # no zone: serial numbers are local
SECONDS_OF_DAY = 86_400


def serial_of(moment: dt.datetime) -> float:
    """The serial number of a naive moment."""
    passed = moment - EPOCH
    return passed.days + (passed.seconds + passed.microseconds / 1e6) / SECONDS_OF_DAY


def midnight(year: int, month: int, day: int) -> dt.datetime:
    """The start of a day. ValueError when there is no such day."""
    return dt.datetime.combine(dt.date(year, month, day), dt.time())


def moment_of(serial: float) -> dt.datetime:
    """The naive moment of a serial number, to the millisecond. OverflowError outside of years 1-9999."""
    return EPOCH + dt.timedelta(milliseconds=round(serial * SECONDS_OF_DAY * 1000))
