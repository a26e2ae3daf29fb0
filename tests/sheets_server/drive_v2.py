"""A file as Drive v2 tells it: the answer to an upload. v2 knows no partial default, it tells all."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from .drive_files import File, moment, permission_id_for, shown_name

API = "https://www.googleapis.com/drive/v2/files/"
ICON = "https://drive-thirdparty.googleusercontent.com/16/type/"
EXPORTS = {
    "application/x-vnd.oasis.opendocument.spreadsheet": "ods",
    "text/tab-separated-values": "tsv",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/csv": "csv",
    "application/zip": "zip",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
}


def resource(file: File, told: dict[str, Any], user: str, now: float) -> dict[str, Any]:
    """The v2 resource of a spreadsheet just written by `user`; `told` is its v3 resource."""
    edit = told["webViewLink"]
    return {
        "kind": "drive#file",
        "id": file.file_id,
        "etag": _etag(file.file_id, now),
        "selfLink": API + file.file_id,
        "alternateLink": edit,
        "embedLink": edit.replace("/edit?usp=drivesdk", "/htmlembed"),
        "iconLink": ICON + file.mime_type,
        "title": told["name"],
        "mimeType": file.mime_type,
        "labels": _labels(file),
        "copyRequiresWriterPermission": False,
        **_dates(file, now),
        "version": told["version"],
        "parents": [_parent(file.file_id, parent) for parent in file.parents],
        "exportLinks": {mime_type: _export(file, kind) for mime_type, kind in EXPORTS.items()},
        **_people(file, user, now),
        "quotaBytesUsed": told["quotaBytesUsed"],
        "capabilities": told["capabilities"],
        "editable": True,
        "copyable": True,
        "writersCanShare": True,
        "shared": told["shared"],
        "explicitlyTrashed": file.trashed,
        "appDataContents": False,
        "spaces": ["drive"],
    }


def _etag(text: str, now: float) -> str:
    digest = hashlib.sha256(f"{text} {now}".encode()).digest()[:20]
    return '"' + base64.urlsafe_b64encode(digest).decode() + '"'


def _labels(file: File) -> dict[str, bool]:
    flags = {"starred": file.starred, "hidden": False, "trashed": file.trashed}
    return {**flags, "restricted": False, "viewed": True}


def _dates(file: File, now: float) -> dict[str, str]:
    return {
        "createdDate": moment(file.created_s),
        "modifiedDate": moment(now),
        "modifiedByMeDate": moment(now),
        "lastViewedByMeDate": moment(now),
        "markedViewedByMeDate": moment(0),
    }


def _parent(file_id: str, parent: str) -> dict[str, Any]:
    return {
        "kind": "drive#parentReference",
        "id": parent,
        "selfLink": f"{API}{file_id}/parents/{parent}",
        "parentLink": API + parent,
        "isRoot": True,
    }


def _export(file: File, kind: str) -> str:
    return f"https://docs.google.com/spreadsheets/export?id={file.file_id}&exportFormat={kind}"


def _people(file: File, user: str, now: float) -> dict[str, Any]:
    role = next((p.role for p in file.permissions.values() if p.covers(user)), "writer")
    return {
        "userPermission": {
            "kind": "drive#permission",
            "etag": _etag(user, now),
            "id": "me",
            "selfLink": f"{API}{file.file_id}/permissions/me",
            "role": role,
            "type": "user",
        },
        "ownerNames": [shown_name(file.owner)],
        "owners": [_person(file.owner, user)],
        "lastModifyingUserName": shown_name(user),
        "lastModifyingUser": _person(user, user),
    }


def _person(address: str, user: str) -> dict[str, Any]:
    return {
        "kind": "drive#user",
        "displayName": shown_name(address),
        "isAuthenticatedUser": address == user,
        "permissionId": permission_id_for("user", address),
        "emailAddress": address,
    }
