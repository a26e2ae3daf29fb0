"""What Drive knows of a file: owner, folder, sharing, times; and how it tells it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SPREADSHEET = "application/vnd.google-apps.spreadsheet"
FOLDER = "application/vnd.google-apps.folder"
ROLES = ("reader", "commenter", "writer", "fileOrganizer", "organizer", "owner")
EDITORS_MAY = (
    "canChangeCopyRequiresWriterPermission",
    "canEdit",
    "canModifyContent",
    "canModifyContentRestriction",
    "canModifyEditorContentRestriction",
    "canMoveItemWithinDrive",
    "canReadRevisions",
    "canRename",
    "canShare",
)
OWNERS_MAY = (
    "canDelete",
    "canModifyOwnerContentRestriction",
    "canMoveItemOutOfDrive",
    "canRemoveMyDriveParent",
    "canTrash",
    "canUntrash",
)
PATHS = {SPREADSHEET: "https://docs.google.com/spreadsheets/d/{}/edit?usp=drivesdk"}


@dataclass
class Permission:
    """Who may do what with one file."""

    permission_id: str
    kind: str  # user, group, domain, anyone
    role: str
    address: str = ""  # e-mail address or domain
    pending_owner: bool = False
    discoverable: bool = False

    def resource(self) -> dict[str, Any]:
        """All of it, as the API tells it."""
        told: dict[str, Any] = {"kind": "drive#permission", "id": self.permission_id, "type": self.kind}
        if self.kind in ("user", "group"):
            told |= {"emailAddress": self.address, "displayName": shown_name(self.address)}
        if self.kind == "domain":
            told |= {"domain": self.address, "displayName": self.address}
        told["role"] = self.role
        if self.kind in ("user", "group"):
            told["deleted"] = False
        if self.kind == "user":
            told["pendingOwner"] = self.pending_owner
        if self.kind in ("domain", "anyone"):
            told["allowFileDiscovery"] = self.discoverable
        return told

    def covers(self, user: str) -> bool:
        """Is this person named by it (a link to anyone names nobody)?"""
        if self.kind == "domain":
            return user.partition("@")[2] == self.address
        return self.kind in ("user", "group") and self.address.casefold() == user.casefold()


@dataclass
class File:
    """One file. `modified` is when changes became (or will become) known to Drive, and their times."""

    file_id: str
    mime_type: str
    name: str
    created_s: float
    parents: list[str]
    permissions: dict[str, Permission] = field(default_factory=dict)
    modified: list[tuple[float, float]] = field(default_factory=list)
    trashed: bool = False
    starred: bool = False
    comments: list[dict[str, Any]] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)  # description, properties: kept as given

    @property
    def owner(self) -> str:
        """The owner's address."""
        return next(p.address for p in self.permissions.values() if p.role == "owner")

    def modified_at(self, now: float) -> float:
        """The time of the last change that Drive knows of by now."""
        return max((at for known_at, at in self.modified if known_at <= now), default=self.created_s)

    def grant(self, kind: str, role: str, address: str = "", **more: Any) -> Permission:
        """A permission for that person or group; one whom it names already keeps the id."""
        permission_id = permission_id_for(kind, address)
        fresh = Permission(permission_id, kind, role, address, **more)
        self.permissions[permission_id] = fresh
        return fresh


def shown_name(address: str) -> str:
    """A person's name; a service account has none but its address."""
    return address if address.endswith(".gserviceaccount.com") else address.partition("@")[0]


def permission_id_for(kind: str, address: str) -> str:
    """Drive's id of a permission: the same for the same person in every file."""
    if kind == "anyone":
        return "anyoneWithLink"
    digits = str(int(hashlib.sha256(address.casefold().encode()).hexdigest(), 16))
    return digits[:20] + ("k" if kind == "domain" else "")


def moment(seconds: float) -> str:
    """RFC 3339 in milliseconds, UTC."""
    at = datetime.fromtimestamp(seconds, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def person(address: str, user: str) -> dict[str, Any]:
    """A drive#user as seen by `user`."""
    return {
        "kind": "drive#user",
        "displayName": shown_name(address),
        "me": address == user,
        "permissionId": permission_id_for("user", address),
        "emailAddress": address,
    }


def resource(file: File, name: str, user: str, role: str, now: float) -> dict[str, Any]:
    """All that the API tells of a file; `role` is what the user may do with it."""
    can_edit, is_owner = role in ("owner", "writer"), file.owner == user
    told: dict[str, Any] = {
        "kind": "drive#file",
        "id": file.file_id,
        "name": name,
        "mimeType": file.mime_type,
        "starred": file.starred,
        "trashed": file.trashed,
        "explicitlyTrashed": file.trashed,
        "spaces": ["drive"],
        "version": str(1 + sum(known_at <= now for known_at, _ in file.modified)),
        "webViewLink": _link(file),
        "createdTime": moment(file.created_s),
        "modifiedTime": moment(file.modified_at(now)),
        "owners": [person(file.owner, user)],
        "lastModifyingUser": person(file.owner, user),
        "shared": len(file.permissions) > 1,
        "ownedByMe": is_owner,
        "viewersCanCopyContent": True,
        "copyRequiresWriterPermission": False,
        "writersCanShare": True,
        "quotaBytesUsed": "1024",
        "isAppAuthorized": True,
        "capabilities": _capabilities(file, can_edit, is_owner),
        **file.more,
    }
    if can_edit:
        told["permissions"] = [item.resource() for item in file.permissions.values()]
        told["permissionIds"] = list(file.permissions)
    return told


def _link(file: File) -> str:
    if file.mime_type == FOLDER:
        return f"https://drive.google.com/drive/folders/{file.file_id}"
    return PATHS.get(file.mime_type, "https://drive.google.com/file/d/{}/view?usp=drivesdk").format(
        file.file_id
    )


def _capabilities(file: File, can_edit: bool, is_owner: bool) -> dict[str, bool]:
    is_folder = file.mime_type == FOLDER
    allowed = {
        **dict.fromkeys(EDITORS_MAY, can_edit),
        **dict.fromkeys(OWNERS_MAY, is_owner),
        **dict.fromkeys(("canAddChildren", "canRemoveChildren"), is_folder and can_edit),
        **dict.fromkeys(("canMoveChildrenWithinDrive",), is_folder and can_edit),
        **dict.fromkeys(("canCopy", "canDownload"), not is_folder),
        **dict.fromkeys(("canAcceptOwnership", "canRemoveContentRestriction"), False),
    }
    return {**allowed, "canComment": True, "canListChildren": is_folder}
