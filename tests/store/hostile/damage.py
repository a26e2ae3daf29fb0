# ruff: noqa: E501 (lists)
"""Damage by chance: the same seed gives the same files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from random import Random

from tests.store.foreign.hand_made import HAND_MADE
from tests.store.foreign.written import FEATURES, written
from tests.store.foreign.xml_forms import Members, read_members, zipped
from tests.store.foreign.zip_forms import stored

_RICH = ("table", "drop_down", "data_bars", "comments", "rich_text", "names", "array_formulas", "error_values",
         "chart_bar_plain", "sparklines", "properties", "dynamic_arrays", "many_strings")  # fmt: skip
_SMALL_WORDS = [b"", b"0", b"-1", b"1e309", b"NaN", b"99999999999999999999", b"\xff", b"\xc3", b"&#0;", b"&x;", b"<", b"A1",
                b"XFD1048576", b"A1:XFD1048576", b"#REF!", "😀".encode(), b" " * 99]  # fmt: skip


@cache
def rich_workbook() -> bytes:
    members = read_members(written([name for name in _RICH if name in FEATURES]))
    for form in ("pivot_table", "drop_down_x14", "unknown_extensions"):
        members = HAND_MADE[form](members)
    return zipped(members)


def truncated(step: int) -> Iterator[tuple[str, bytes]]:
    data = rich_workbook()
    for end in range(0, len(data), step):
        yield f"cut at {end}", data[:end]


def flipped(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """One to eight bits of the archive turned over; half of the archives are not compressed."""
    random = Random(seed)
    originals = [rich_workbook(), stored(read_members(rich_workbook()))]
    for number in range(count):
        data = bytearray(random.choice(originals))
        for _ in range(random.randint(1, 8)):
            at = random.randrange(len(data))
            data[at] ^= 1 << random.randrange(8)
        yield f"flip {seed}-{number}", bytes(data)


def misdirected(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Bytes of the archive's own headers overwritten: names, sizes, offsets, methods, counts."""
    random = Random(seed)
    original = rich_workbook()
    headers = [match.start() for match in re.finditer(rb"PK(?:\x01\x02|\x03\x04|\x05\x06)", original)]
    for number in range(count):
        data = bytearray(original)
        for _ in range(random.randint(1, 3)):
            at = random.choice(headers) + random.randrange(4, 46)
            if at < len(data):
                data[at] = random.choice((0, 1, 0x7F, 0xFF, random.randrange(256)))
        yield f"header {seed}-{number}", bytes(data)


def misspelt(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Well packed parts with attributes, names and texts changed, doubled, moved or left out."""
    random = Random(seed)
    original = read_members(rich_workbook())
    names = sorted(name for name in original if name.endswith((".xml", ".rels")))
    core = [name for name in names if "sheet" in name.lower() or "workbook" in name or "styles" in name]
    for number in range(count):
        members: Members = dict(original)
        for _ in range(random.randint(1, 3)):
            name = random.choice(core if random.random() < 0.8 else names)
            members[name] = _misspelt(random, members[name])
        yield f"spelling {seed}-{number}", zipped(members)


def _misspelt(random: Random, xml: bytes) -> bytes:
    kind = random.randrange(5)
    if kind == 0:  # an attribute's value
        places = list(re.finditer(rb'(?<==")[^"]*(?=")', xml))
        return _replaced(random, xml, places, random.choice(_SMALL_WORDS))
    if kind == 1:  # a text
        return _replaced(
            random, xml, list(re.finditer(rb"(?<=>)[^<]+(?=<)", xml)), random.choice(_SMALL_WORDS)
        )
    tags = list(re.finditer(rb"<[^>]*>", xml))
    if kind == 2:  # a tag gone
        return _replaced(random, xml, tags, b"")
    if kind == 3:  # a tag twice
        match = random.choice(tags)
        return xml[: match.end()] + match[0] + xml[match.end() :]
    start = random.randrange(len(xml))  # a stretch moved
    end = min(len(xml), start + random.randrange(200))
    rest = xml[:start] + xml[end:]
    at = random.randrange(len(rest) or 1)
    return rest[:at] + xml[start:end] + rest[at:]


def _replaced(random: Random, xml: bytes, places: list[re.Match[bytes]], new: bytes) -> bytes:
    if not places:
        return xml
    match = random.choice(places)
    return xml[: match.start()] + new + xml[match.end() :]
