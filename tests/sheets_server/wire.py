"""Bytes on the wire: JSON as Google prints it, gzip, and streams that count."""

from __future__ import annotations

import gzip
import json
from typing import Any, BinaryIO

SCALARS = {str, int, float, bool, type(None)}
# Indenting takes ten times as long as encoding; beyond this many characters it is left out.
INDENTED_UP_TO = 4_000_000
_text = json.JSONEncoder(ensure_ascii=False).encode
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def pretty(value: Any, indent: str = "") -> str:
    """JSON with an indent of two. Lists of plain values, as of whole sheets, go through the C encoder."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        parts = [f"{inner}{_text(name)}: {pretty(item, inner)}" for name, item in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        if set(map(type, value)) <= SCALARS:
            flat = json.dumps(value, ensure_ascii=False, separators=(",\n" + inner, ": "))
            return f"[\n{inner}{flat[1:-1]}\n{indent}]"
        return "[\n" + ",\n".join(inner + pretty(item, inner) for item in value) + f"\n{indent}]"
    return _text(value)


def json_bytes(value: Any, *, compact: bool = False) -> bytes:
    """The body of a JSON answer."""
    text = _compact(value)
    if not compact and len(text) <= INDENTED_UP_TO:
        text = pretty(value)
    return (text + "\n").encode()


def zipped(data: bytes, accept: str) -> tuple[bytes, bool]:
    """The body as gzip if the client accepts that, and whether it was zipped."""
    if "gzip" not in accept:
        return data, False
    return gzip.compress(data, compresslevel=5, mtime=0), True


class CountingReader:
    """A stream of a connection that counts what was read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        """As the stream's."""
        data = self._stream.read(size)
        self.count += len(data)
        return data

    def readline(self, size: int = -1) -> bytes:
        """As the stream's."""
        data = self._stream.readline(size)
        self.count += len(data)
        return data

    def close(self) -> None:
        """As the stream's."""
        self._stream.close()

    @property
    def closed(self) -> bool:
        """As the stream's."""
        return self._stream.closed
