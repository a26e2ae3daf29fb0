"""comments.* of Drive, as far as copying them needs."""

from __future__ import annotations

import html
from typing import Any

from .drive_files import File, moment, person
from .refusals import DriveError


def create(file: File, body: dict[str, Any], comment_id: str, user: str, now: float) -> dict[str, Any]:
    """Add a comment; the content is required."""
    if not body.get("content"):
        raise DriveError(400, "The comment content is required.", "required", "comment.content")
    author = {name: item for name, item in person(user, user).items() if name != "emailAddress"}
    comment: dict[str, Any] = {
        "kind": "drive#comment",
        "id": comment_id,
        "createdTime": moment(now),
        "modifiedTime": moment(now),
        "author": author,
        "htmlContent": html.escape(body["content"]),
        "content": body["content"],
        "deleted": False,
        "resolved": False,
        "replies": [],
    }
    comment |= {name: body[name] for name in ("anchor", "quotedFileContent") if name in body}
    file.comments.append(comment)
    return comment


def listed(file: File, query: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Comments, newest first; deleted ones only if asked for."""
    with_deleted = query.get("includeDeleted", ["false"])[0].lower() == "true"
    return [comment for comment in reversed(file.comments) if with_deleted or not comment["deleted"]]


def find(file: File, comment_id: str) -> dict[str, Any]:
    """The comment of that id, else 404."""
    found = next((comment for comment in file.comments if comment["id"] == comment_id), None)
    if found is None:
        raise DriveError(404, f"Comment not found: {comment_id}.", "notFound", "commentId")
    return found
