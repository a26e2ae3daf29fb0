"""The same parts in an archive packed in other ways."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from tests.store.foreign.xml_forms import Members, zipped


class _Stream(io.RawIOBase):
    """A sink that cannot go back, so that sizes come after the data."""

    def __init__(self) -> None:
        self.out = io.BytesIO()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        return self.out.write(data)


def streamed(members: Members) -> bytes:
    """With data descriptors, as a program writes that sends its file on while making it."""
    stream = _Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.out.getvalue()


def stored(members: Members) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def with_extra_fields(members: Members) -> bytes:
    """Times as other systems keep them, comments, permissions, a comment on the whole."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = "备注".encode()
        for number, (name, content) in enumerate(members.items()):
            info = zipfile.ZipInfo(name, (1980 + number, 1, 2, 3, 4, 6))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.extra = (
                b"UT\x05\x00\x03\x00\x00\x00\x60" + b"ux\x0b\x00\x01\x04\xe8\x03\x00\x00\x04\xe8\x03\x00\x00"
            )
            info.comment, info.create_system, info.external_attr = b"part", 3, 0o644 << 16
            archive.writestr(info, content)
    return out.getvalue()


def with_zip64(members: Members) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(content)
    return out.getvalue()


def with_folders(members: Members) -> bytes:
    """Entries for the folders, too, and the types at the end."""
    order = {"xl/": b"", "xl/worksheets/": b"", "docProps/": b"", **members}
    types = order.pop("[Content_Types].xml")
    return zipped({**order, "[Content_Types].xml": types})


def with_backslashes(members: Members) -> bytes:
    """As an old .NET library named its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo("x")
            info.filename = name.replace("/", "\\")
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return out.getvalue()


def in_capitals(members: Members) -> bytes:
    """Names of parts do not depend on case."""
    return zipped({n.replace("worksheets/sheet", "Worksheets/Sheet"): c for n, c in members.items()})


def self_extracting(members: Members) -> bytes:
    """Something before the archive: offsets count from where it begins."""
    return b"PK" + b"\0" * 500 + zipped(members)


ZIP_FORMS: dict[str, Callable[[Members], bytes]] = {
    "streamed": streamed,
    "stored": stored,
    "extra_fields": with_extra_fields,
    "zip64": with_zip64,
    "folders": with_folders,
    "backslashes": with_backslashes,
    "capitals": in_capitals,
    "self_extracting": self_extracting,
}
