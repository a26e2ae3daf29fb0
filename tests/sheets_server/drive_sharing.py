"""permissions.* of Drive."""

from __future__ import annotations

from typing import Any

from .drive_files import ROLES, File, Permission, permission_id_for
from .refusals import DriveError

NEEDS_TRANSFER = "The transferOwnership parameter must be enabled when the permission role is 'owner'."
NEEDS_CONSENT = "Consent is required to transfer ownership of a file to another user."
BAD_ADDRESS = "The specified emailAddress is invalid or not applicable for the given permission type."
BAD_DOMAIN = "The specified domain is invalid or not applicable for the given permission type."


def create(file: File, query: dict[str, list[str]], body: dict[str, Any], user: str) -> Permission:
    """Share a file; whoever has a permission already gets the new role."""
    kind, role = body.get("type", ""), body.get("role", "")
    _check_kind_and_role(kind, role)
    address = _address(kind, body)
    if role == "owner":
        _check_transfer(query, None)
    known = file.permissions.get(permission_id_for(kind, address))
    if known and known.role == "owner" and role != "owner":
        return known
    if role == "owner":
        _step_down(file, user)
    more = {"discoverable": bool(body.get("allowFileDiscovery"))} if kind in ("anyone", "domain") else {}
    return file.grant(kind, role, address, pending_owner=bool(body.get("pendingOwner")), **more)


def update(
    file: File, permission: Permission, query: dict[str, list[str]], body: dict[str, Any]
) -> Permission:
    """Another role; the present owner names a pending owner, who takes over with the role of owner."""
    role = body.get("role", permission.role)
    if role not in ROLES:
        raise _invalid(
            "The specified role is invalid or not applicable for the given permission type.", "role"
        )
    if role == "owner" and permission.role != "owner":
        _check_transfer(query, permission)
        _step_down(file, permission.address)
    elif permission.role == "owner" and role != "owner":
        raise DriveError(403, "The owner of a file cannot be removed.", "cannotRemoveOwner")
    permission.role = role
    permission.pending_owner = role != "owner" and bool(body.get("pendingOwner", permission.pending_owner))
    return permission


def delete(file: File, permission: Permission) -> None:
    """Take a permission away."""
    if permission.role == "owner":
        raise DriveError(403, "The owner of a file cannot be removed.", "cannotRemoveOwner")
    del file.permissions[permission.permission_id]


def find(file: File, permission_id: str) -> Permission:
    """The permission of that id, else 404."""
    found = file.permissions.get(permission_id)
    if found is None:
        raise DriveError(404, f"Permission not found: {permission_id}.", "notFound", "permissionId")
    return found


def _check_kind_and_role(kind: str, role: str) -> None:
    if not role:
        raise DriveError(400, "The permission role field is required.", "required", "permission.role")
    if not kind:
        raise DriveError(400, "The permission type field is required.", "required", "permission.type")
    if kind not in ("user", "group", "domain", "anyone"):
        raise _invalid("The specified type is invalid.", "type")
    if role not in ROLES or (role == "owner" and kind != "user"):
        raise _invalid(
            "The specified role is invalid or not applicable for the given permission type.", "role"
        )


def _address(kind: str, body: dict[str, Any]) -> str:
    if kind == "anyone":
        if body.get("emailAddress"):
            raise _invalid(BAD_ADDRESS, "emailAddress")
        return ""
    if kind == "domain":
        domain = str(body.get("domain", ""))
        if "." not in domain or "@" in domain:
            raise _invalid(BAD_DOMAIN, "domain")
        return domain
    address = str(body.get("emailAddress", ""))
    name, _, host = address.partition("@")
    if not name or "." not in host or " " in address:
        raise _invalid(BAD_ADDRESS, "emailAddress")
    return address


def _check_transfer(query: dict[str, list[str]], permission: Permission | None) -> None:
    if query.get("transferOwnership", ["false"])[0].lower() != "true":
        raise DriveError(403, NEEDS_TRANSFER, "forbidden", "transferOwnership")
    if permission is None or not permission.pending_owner:
        raise DriveError(403, NEEDS_CONSENT, "consentRequiredForOwnershipTransfer")


def _step_down(file: File, new_owner: str) -> None:
    for permission in file.permissions.values():
        if permission.role == "owner" and permission.address != new_owner:
            permission.role = "writer"


def _invalid(message: str, name: str) -> DriveError:
    return DriveError(400, message, "invalid", f"permission.{name}")
