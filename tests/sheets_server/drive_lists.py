"""Lists of Drive: which files a query matches, their order, and pages of them."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from . import drive_query
from .drive_files import FOLDER, ROLES, File
from .refusals import DriveError

Query = dict[str, list[str]]


def matching(
    told: list[dict[str, Any]], files: dict[str, File], query: Query, user: str, root: str
) -> list[dict[str, Any]]:
    """The files (as resources) that the `q` parameter asks for. Raises DriveError if it cannot be read."""
    text = query.get("q", [""])[0]
    if not text:
        return told
    try:
        test = drive_query.parse(text)
        return [item for item in told if test(_searchable(item, files[item["id"]], user, root))]
    except drive_query.InvalidQuery:
        raise DriveError(400, "Invalid Value", "invalid", "q") from None


def ordered(told: list[dict[str, Any]], query: Query) -> list[dict[str, Any]]:
    """The files as `orderBy` says; the last changed first without it."""
    for key, backwards in reversed(_orders(query)):
        told = sorted(told, key=lambda item, key=key: _sort_key(item, key), reverse=backwards)  # type: ignore[misc]
    return told


def _searchable(told: dict[str, Any], file: File, user: str, root: str) -> dict[str, Any]:
    def addresses(*roles: str) -> list[str]:
        named = [p.address for p in file.permissions.values() if p.role in roles]
        return [*named, "me"] if user in named else named

    parents = [*told.get("parents", ()), *(["root"] if root in file.parents else [])]
    people = {
        "owners": addresses("owner"),
        "writers": addresses("owner", "writer"),
        "readers": addresses(*ROLES),
    }
    return {**told, **people, "parents": parents, "sharedWithMe": file.owner != user}


def listed(query: Query, name: str) -> list[str]:
    """A parameter that holds several texts between commas."""
    return [part for part in query.get(name, [""])[0].split(",") if part]


def _orders(query: Query) -> list[tuple[str, bool]]:
    keys = listed(query, "orderBy") or ["recency desc"]
    return [(key.split()[0], key.endswith(" desc")) for key in keys]


def _sort_key(told: dict[str, Any], key: str) -> Any:
    if key == "folder":
        return told["mimeType"] != FOLDER
    if key in ("recency", "modifiedByMeTime", "viewedByMeTime", "sharedWithMeTime"):
        key = "modifiedTime"
    name = {"name_natural": "name"}.get(key, key)
    if name not in told:
        raise DriveError(400, "Invalid Value", "invalid", "orderBy")
    return str(told[name]).casefold()


def page_of(found: list[Any], query: Query, size: int, largest: int) -> tuple[list[Any], dict[str, str]]:
    """One page by pageSize and pageToken, and the token of the next, if there is one."""
    size = int(query.get("pageSize", [str(size)])[0])
    if not 1 <= size <= largest:
        text = f"Invalid value '{size}'. Values must be within the range: [1, {largest}]"
        raise DriveError(400, text, "invalidParameter", "pageSize")
    start = _offset(query.get("pageToken", [""])[0])
    end = start + size
    token = urlsafe_b64encode(f"page:{end}".encode()).decode()
    return found[start:end], ({"nextPageToken": token} if end < len(found) else {})


def _offset(token: str) -> int:
    try:
        return int(urlsafe_b64decode(token).decode().removeprefix("page:")) if token else 0
    except ValueError:
        raise DriveError(400, "Invalid Value", "invalid", "pageToken") from None
