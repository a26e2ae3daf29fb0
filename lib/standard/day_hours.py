"""The hours of one working day, as a team writes them: ``09:00-12:00,13:00-18:00``."""

from __future__ import annotations

import re
from dataclasses import dataclass

MINUTES_A_DAY = 24 * 60

_SPAN = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
# What input methods and word processors make of the same signs.
_PLAIN = str.maketrans("：，、；;－–—~～至", ":,,,,------")


@dataclass(frozen=True, slots=True)
class DayHours:
    """Open spans of a day in minutes after local midnight, in order, not overlapping.

    Only the last span may end after 24:00 (1440): a night shift belongs to the day it starts on.
    Raises ValueError, in words for whoever wrote the hours, when the spans break these rules.
    """

    spans: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if not self.spans:
            raise ValueError("no working hours given; write them like 09:00-12:00,13:00-18:00")
        for span in self.spans:
            _check_span(span)
        for earlier, later in zip(self.spans, self.spans[1:], strict=False):
            if later[0] < earlier[1]:
                raise ValueError(f"{_text(later)} starts before {_text(earlier)} ends")
        if self.spans[-1][1] - MINUTES_A_DAY > self.spans[0][0]:
            raise ValueError(f"{_text(self.spans[-1])} runs into the next day's {_text(self.spans[0])}")

    def __str__(self) -> str:
        return ",".join(_text(span) for span in self.spans)

    @property
    def close_minute(self) -> int:
        """The end of the last span, in minutes after local midnight."""
        return self.spans[-1][1]


def parse_hours(text: str) -> DayHours:
    """Read hours such as ``09:00-12:00,13:00-18:00``; full-width signs are fine.

    An end at or before its start means the next day (``22:00-02:00``) and is accepted for the last
    span only. Raises ValueError that names the offending piece.
    """
    pieces = [piece for piece in re.sub(r"\s+", "", text.translate(_PLAIN)).split(",") if piece]
    return DayHours(tuple(_parse_span(piece, last=piece is pieces[-1]) for piece in pieces))


def _parse_span(piece: str, *, last: bool) -> tuple[int, int]:
    match = _SPAN.fullmatch(piece)
    if match is None:
        raise ValueError(f"{piece!r} is not a span of hours; write it like 09:00-12:00")
    start = _minute(match[1], match[2], piece)
    end = _minute(match[3], match[4], piece)
    if end >= start or not last:
        return start, end
    # Such as 18:00-09:00: more likely two times swapped than a shift of fifteen hours.
    if end + MINUTES_A_DAY - start > MINUTES_A_DAY // 2:
        raise ValueError(f"{piece} ends before it starts")
    return start, end + MINUTES_A_DAY


def _minute(hour: str, minute: str, piece: str) -> int:
    value = int(hour) * 60 + int(minute)
    if int(minute) > 59 or value > MINUTES_A_DAY:
        raise ValueError(f"{hour}:{minute} in {piece} is not a time of day (00:00 to 24:00)")
    return value


def _check_span(span: tuple[int, int]) -> None:
    start, end = span
    if end <= start:
        raise ValueError(f"{_text(span)} ends before it starts" if end < start else f"{_text(span)} is empty")
    if not (0 <= start < MINUTES_A_DAY and end < 2 * MINUTES_A_DAY):
        raise ValueError(f"{_text(span)} is not within a day")


def _text(span: tuple[int, int]) -> str:
    start, end = span
    until = end if end <= MINUTES_A_DAY else end - MINUTES_A_DAY
    return f"{_clock(start)}-{_clock(until)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
