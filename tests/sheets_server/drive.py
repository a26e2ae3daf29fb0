"""Drive v3 as far as spreadsheets need it: files, folders, sharing, copies, exports, comments."""

from __future__ import annotations

import random
import string
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import drive_comments, drive_lists, drive_sharing, drive_v2, export
from .drive_files import FOLDER, ROLES, SPREADSHEET, File, person, resource
from .drive_lists import listed, page_of
from .oauth import DEFAULT_USER
from .refusals import DriveError
from .service import SheetsService

ONE_FILE = "kind,id,name,mimeType"
ONE_PERMISSION = "kind,id,type,role,allowFileDiscovery"
DEFAULT_FIELDS = {
    "drive.files.create": ONE_FILE,
    "drive.files.get": ONE_FILE,
    "drive.files.copy": ONE_FILE,
    "drive.files.update": ONE_FILE,
    "drive.files.list": f"kind,nextPageToken,incompleteSearch,files({ONE_FILE})",
    "drive.permissions.create": ONE_PERMISSION,
    "drive.permissions.get": ONE_PERMISSION,
    "drive.permissions.update": ONE_PERMISSION,
    "drive.permissions.list": f"kind,nextPageToken,permissions({ONE_PERMISSION})",
}
KEPT_AS_GIVEN = ("description", "properties", "appProperties", "folderColorRgb")
ID_ALPHABET = string.ascii_letters + string.digits + "-_"
Query = dict[str, list[str]]


@dataclass(frozen=True)
class Download:
    """An answer that is a file."""

    data: bytes
    mime_type: str
    headers: dict[str, str] = field(default_factory=dict)


class Drive:
    """Every user's Drive. Thread-safe. `modified_lag_s`: how late Drive hears of changes in a spreadsheet."""

    def __init__(
        self, service: SheetsService, now: Callable[[], float], *, seed: int = 0, modified_lag_s: float = 20.0
    ) -> None:
        self.files: dict[str, File] = {}
        self.modified_lag_s = modified_lag_s
        self._service, self._now = service, now
        self._random = random.Random(f"drive {seed}")
        self._touched: dict[str, float] = {}
        self._lock = threading.RLock()

    def adopt(self, spreadsheet_id: str, owner: str) -> File:
        """Make a spreadsheet known as a file of that owner."""
        with self._lock:
            return self._add(File(spreadsheet_id, SPREADSHEET, "", self._now(), [self._root(owner)]), owner)

    def share(self, file_id: str, address: str, role: str) -> None:
        """Give somebody ("anyone" for everybody) a role, as the sharing dialog does."""
        with self._lock:
            kind = "anyone" if address == "anyone" else "user"
            self._known(file_id).grant(kind, role, "" if kind == "anyone" else address)

    def unshare(self, file_id: str, address: str) -> None:
        """Take somebody's permission away."""
        with self._lock:
            file = self._known(file_id)
            file.permissions = {k: p for k, p in file.permissions.items() if p.address != address}

    def touch(self, spreadsheet_id: str) -> None:
        """A spreadsheet changed now. Takes no lock: it is called with the service locked."""
        self._touched[spreadsheet_id] = self._now()

    def role(self, file_id: str, user: str) -> str | None:
        """What a user may do with a file, folders above it included; None if nothing."""
        with self._lock:
            file = self._find(file_id)
            return self._role(file, user) if file else None

    def call(
        self, method_id: str, path: dict[str, str], query: Query, body: dict[str, Any], user: str
    ) -> Any:
        """One call: a resource, a Download, or None for an empty answer. Raises DriveError."""
        action = ACTIONS.get(method_id)
        if action is None:
            raise DriveError(501, f"The emulator does not implement {method_id}.", "notImplemented")
        if method_id.startswith("drive.comments.") and method_id != "drive.comments.delete":
            _require_fields(query)
        with self._lock:
            return action(self, path, query, body, user)

    def upload(self, file_id: str, data: bytes, user: str) -> dict[str, Any]:
        """Drive v2's upload of a CSV file over a spreadsheet: one sheet with its rows remains."""
        with self._lock:
            file = self._writable(file_id, user)
            export.replace_with_csv(self._service, file_id, data.decode("utf-8-sig"), user)
            return drive_v2.resource(file, self._tell(file, user), user, self._now())

    # files

    def _create(self, _: dict[str, str], __: Query, body: dict[str, Any], user: str) -> dict[str, Any]:
        name, mime_type = body.get("name", "Untitled"), body.get("mimeType", "application/octet-stream")
        parents = [self._parent(parent, user) for parent in body.get("parents", [])] or [self._root(user)]
        if mime_type == SPREADSHEET:
            file_id = self._service.create(name, owner=user).spreadsheet_id
        else:
            file_id = body.get("id") or self._new_id()
        file = self._add(File(file_id, mime_type, name, self._now(), parents), user)
        self._keep(file, body)
        return self._tell(file, user)

    def _get(self, path: dict[str, str], query: Query, _: Any, user: str) -> Any:
        file = self._readable(path["fileId"], user)
        if query.get("alt") == ["media"]:
            text = "Only files with binary content can be downloaded. Use Export with Docs Editors files."
            raise DriveError(403, text, "fileNotDownloadable", "alt")
        return self._tell(file, user)

    def _list(self, _: Any, query: Query, __: Any, user: str) -> dict[str, Any]:
        found = [self._tell(file, user) for file in self._visible(user)]
        found = drive_lists.matching(found, self.files, query, user, self._root(user))
        page, token = page_of(drive_lists.ordered(found, query), query, 100, 1000)
        return {"kind": "drive#fileList", **token, "incompleteSearch": False, "files": page}

    def _update(self, path: dict[str, str], query: Query, body: dict[str, Any], user: str) -> dict[str, Any]:
        file = self._writable(path["fileId"], user)
        if "name" in body:
            self._rename(file, body["name"], user)
        added = [self._parent(parent, user) for parent in listed(query, "addParents")]
        removed = {self._alias(parent, user) for parent in listed(query, "removeParents")}
        file.parents = [p for p in file.parents if p not in removed and not added] + added or file.parents
        self._keep(file, body)
        return self._tell(file, user)

    def _delete(self, path: dict[str, str], _: Any, __: Any, user: str) -> None:
        file = self._readable(path["fileId"], user)
        if file.owner != user:
            raise _insufficient()
        self._remove(file)

    def _empty_trash(self, _: Any, __: Any, ___: Any, user: str) -> None:
        for file in [file for file in self.files.values() if file.trashed and file.owner == user]:
            self._remove(file)

    def _copy(self, path: dict[str, str], _: Query, body: dict[str, Any], user: str) -> dict[str, Any]:
        source = self._readable(path["fileId"], user)
        if source.mime_type == FOLDER:
            raise DriveError(403, "This file cannot be copied by the user.", "cannotCopyFile")
        name = body.get("name", f"Copy of {self._name(source)}")
        parents = [self._parent(parent, user) for parent in body.get("parents", [])] or list(source.parents)
        is_sheet = source.mime_type == SPREADSHEET
        file_id = self._service.copy(source.file_id, name).spreadsheet_id if is_sheet else self._new_id()
        file = self._add(File(file_id, source.mime_type, name, self._now(), parents), user)
        self._hand_over(file)
        self._keep(file, body)
        return self._tell(file, user)

    def _export(self, path: dict[str, str], query: Query, _: Any, user: str) -> Download:
        file = self._readable(path["fileId"], user)
        if file.mime_type != SPREADSHEET:
            raise DriveError(403, "Export only supports Docs Editors files.", "fileNotExportable")
        mime_type = query.get("mimeType", [""])[0]
        if not mime_type:
            raise DriveError(400, "Required parameter: mimeType", "required", "mimeType")
        data = export.render(self._service, file.file_id, mime_type, user)
        if data is None:
            raise DriveError(400, "The requested conversion is not supported.", "badRequest", "convertTo")
        ending = export.ENDINGS[mime_type]
        headers = {"Content-Disposition": f'attachment; filename="export.{ending}"'}
        return Download(data, mime_type, headers)

    def _generate_ids(self, _: Any, query: Query, __: Any, ___: str) -> dict[str, Any]:
        ids = [self._new_id() for _ in range(int(query.get("count", ["10"])[0]))]
        return {"kind": "drive#generatedIds", "space": "drive", "ids": ids}

    # permissions

    def _share(self, path: dict[str, str], query: Query, body: dict[str, Any], user: str) -> dict[str, Any]:
        return drive_sharing.create(self._writable(path["fileId"], user), query, body, user).resource()

    def _list_permissions(self, path: dict[str, str], query: Query, _: Any, user: str) -> dict[str, Any]:
        file = self._writable(path["fileId"], user)
        page, token = page_of([p.resource() for p in file.permissions.values()], query, 100, 100)
        return {"kind": "drive#permissionList", **token, "permissions": page}

    def _get_permission(self, path: dict[str, str], _: Any, __: Any, user: str) -> dict[str, Any]:
        return drive_sharing.find(self._readable(path["fileId"], user), path["permissionId"]).resource()

    def _update_permission(
        self, path: dict[str, str], query: Query, body: dict[str, Any], user: str
    ) -> dict[str, Any]:
        file = self._writable(path["fileId"], user)
        permission = drive_sharing.find(file, path["permissionId"])
        told = drive_sharing.update(file, permission, query, body).resource()
        self._hand_over(file)
        return told

    def _unshare(self, path: dict[str, str], _: Any, __: Any, user: str) -> None:
        file = self._readable(path["fileId"], user)
        permission = drive_sharing.find(file, path["permissionId"])
        if self._role(file, user) not in ("owner", "writer") and not permission.covers(user):
            raise _insufficient()
        drive_sharing.delete(file, permission)

    # comments and the account

    def _comment(self, path: dict[str, str], _: Any, body: dict[str, Any], user: str) -> dict[str, Any]:
        file = self._readable(path["fileId"], user)
        return drive_comments.create(file, body, self._new_id()[:11], user, self._now())

    def _list_comments(self, path: dict[str, str], query: Query, _: Any, user: str) -> dict[str, Any]:
        file = self._readable(path["fileId"], user)
        page, token = page_of(drive_comments.listed(file, query), query, 20, 100)
        return {"kind": "drive#commentList", **token, "comments": page}

    def _get_comment(self, path: dict[str, str], _: Any, __: Any, user: str) -> dict[str, Any]:
        return drive_comments.find(self._readable(path["fileId"], user), path["commentId"])

    def _delete_comment(self, path: dict[str, str], _: Any, __: Any, user: str) -> None:
        drive_comments.find(self._readable(path["fileId"], user), path["commentId"])["deleted"] = True

    def _about(self, _: Any, query: Query, __: Any, user: str) -> dict[str, Any]:
        _require_fields(query)
        return {"kind": "drive#about", "user": person(user, user)}

    def _no_drives(self, _: Any, __: Any, ___: Any, ____: str) -> dict[str, Any]:
        return {"kind": "drive#driveList", "drives": []}

    # within

    def _add(self, file: File, owner: str) -> File:
        file.grant("user", "owner", owner)
        self.files[file.file_id] = file
        return file

    def _hand_over(self, file: File) -> None:
        """Tell the spreadsheet whose it is: its owner may edit protected cells."""
        if file.mime_type == SPREADSHEET:
            self._service.spreadsheets[file.file_id].owner = file.owner

    def _remove(self, file: File) -> None:
        del self.files[file.file_id]
        if file.mime_type == SPREADSHEET:
            self._service.delete(file.file_id)

    def _find(self, file_id: str) -> File | None:
        if file_id not in self.files and file_id in self._service.spreadsheets:
            return self.adopt(file_id, DEFAULT_USER)
        return self.files.get(file_id)

    def _known(self, file_id: str) -> File:
        file = self._find(file_id)
        if file is None:
            raise DriveError(404, f"File not found: {file_id}.", "notFound", "fileId")
        return file

    def _readable(self, file_id: str, user: str) -> File:
        file = self._known(self._alias(file_id, user))
        if self._role(file, user) is None:
            raise DriveError(404, f"File not found: {file_id}.", "notFound", "fileId")
        return file

    def _writable(self, file_id: str, user: str) -> File:
        file = self._readable(file_id, user)
        if self._role(file, user) not in ("owner", "writer"):
            raise _insufficient()
        return file

    def _role(self, file: File, user: str) -> str | None:
        here = [p.role for p in file.permissions.values() if p.kind == "anyone" or p.covers(user)]
        above = [self._role(self.files[p], user) for p in file.parents if p in self.files]
        roles = [role for role in here + above if role]
        return max(roles, key=ROLES.index, default=None)

    def _parent(self, parent: str, user: str) -> str:
        found = self._alias(parent, user)
        if found != self._root(user):
            folder = self._readable(found, user)
            if self._role(folder, user) not in ("owner", "writer"):
                text = "Insufficient permissions for the specified parent."
                raise DriveError(403, text, "insufficientParentPermissions")
        return found

    def _alias(self, file_id: str, user: str) -> str:
        return self._root(user) if file_id == "root" else file_id

    def _root(self, user: str) -> str:
        """The id of a user's own Drive, made known on first use."""
        root_id = "0A" + urlsafe_b64encode(user.encode()).decode().rstrip("=")[:15] + "PVA"
        if root_id not in self.files:
            self._add(File(root_id, FOLDER, "My Drive", self._now(), []), user)
        return root_id

    def _new_id(self) -> str:
        return "1" + "".join(self._random.choices(ID_ALPHABET, k=32))

    def _name(self, file: File) -> str:
        if file.mime_type == SPREADSHEET and file.file_id in self._service.spreadsheets:
            return self._service.spreadsheets[file.file_id].title
        return file.name

    def _rename(self, file: File, name: str, user: str) -> None:
        file.name = name
        if file.mime_type == SPREADSHEET:
            change = {"updateSpreadsheetProperties": {"properties": {"title": name}, "fields": "title"}}
            path = {"spreadsheetId": file.file_id}
            self._service.call("sheets.spreadsheets.batchUpdate", path, {}, {"requests": [change]}, user)

    def _keep(self, file: File, body: dict[str, Any]) -> None:
        file.trashed = body.get("trashed", file.trashed)
        file.starred = body.get("starred", file.starred)
        file.more |= {name: body[name] for name in KEPT_AS_GIVEN if name in body}

    def _tell(self, file: File, user: str) -> dict[str, Any]:
        touched = self._touched.pop(file.file_id, None)
        if touched is not None:
            file.modified.append((touched + self.modified_lag_s, touched))
        told = resource(file, self._name(file), user, self._role(file, user) or "", self._now())
        parents = [p for p in file.parents if p in self.files and self._role(self.files[p], user)]
        return {**told, "parents": parents} if parents else told

    def _visible(self, user: str) -> list[File]:
        for spreadsheet_id in list(self._service.spreadsheets):
            self._find(spreadsheet_id)
        files = [file for file in self.files.values() if file.parents]
        return [file for file in files if self._is_named(file, user)]

    def _is_named(self, file: File, user: str) -> bool:
        above = any(self._is_named(self.files[p], user) for p in file.parents if p in self.files)
        return above or any(p.covers(user) for p in file.permissions.values())


def _insufficient() -> DriveError:
    text = "The user does not have sufficient permissions for this file."
    return DriveError(403, text, "insufficientFilePermissions")


def _require_fields(query: Query) -> None:
    if not query.get("fields"):
        raise DriveError(400, "The 'fields' parameter is required for this method.", "required", "fields")


ACTIONS: dict[str, Callable[..., Any]] = {
    "drive.files.create": Drive._create,
    "drive.files.get": Drive._get,
    "drive.files.list": Drive._list,
    "drive.files.update": Drive._update,
    "drive.files.delete": Drive._delete,
    "drive.files.emptyTrash": Drive._empty_trash,
    "drive.files.copy": Drive._copy,
    "drive.files.export": Drive._export,
    "drive.files.generateIds": Drive._generate_ids,
    "drive.permissions.create": Drive._share,
    "drive.permissions.list": Drive._list_permissions,
    "drive.permissions.get": Drive._get_permission,
    "drive.permissions.update": Drive._update_permission,
    "drive.permissions.delete": Drive._unshare,
    "drive.comments.create": Drive._comment,
    "drive.comments.list": Drive._list_comments,
    "drive.comments.get": Drive._get_comment,
    "drive.comments.delete": Drive._delete_comment,
    "drive.about.get": Drive._about,
    "drive.drives.list": Drive._no_drives,
}
