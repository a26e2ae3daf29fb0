"""Refusals from in front of the spreadsheets: sign-in, scopes, sharing, malformed requests."""

from __future__ import annotations

from typing import Any

from .errors import ApiError
from .payloads import Violation

TYPE = "type.googleapis.com/google.rpc."
SIGN_IN = (
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. "
    "See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
SERVICES = {"sheets": "sheets.googleapis.com", "drive": "drive.googleapis.com"}
# How the methods are called behind the JSON: told in the details of a refusal.
RPC_NAMES = {
    "sheets.spreadsheets.get": "GetSpreadsheet",
    "sheets.spreadsheets.create": "CreateSpreadsheet",
    "sheets.spreadsheets.batchUpdate": "BatchUpdateSpreadsheet",
    "sheets.spreadsheets.getByDataFilter": "GetSpreadsheetByDataFilter",
    "sheets.spreadsheets.sheets.copyTo": "CopySheetToAnotherSpreadsheet",
    "sheets.spreadsheets.values.get": "GetValues",
    "sheets.spreadsheets.values.update": "UpdateValues",
    "sheets.spreadsheets.values.append": "AppendValues",
    "sheets.spreadsheets.values.clear": "ClearValues",
    "sheets.spreadsheets.values.batchGet": "BatchGetValues",
    "sheets.spreadsheets.values.batchUpdate": "BatchUpdateValues",
    "sheets.spreadsheets.values.batchClear": "BatchClearValues",
    "sheets.spreadsheets.values.batchGetByDataFilter": "BatchGetValuesByDataFilter",
    "sheets.spreadsheets.values.batchUpdateByDataFilter": "BatchUpdateValuesByDataFilter",
    "sheets.spreadsheets.values.batchClearByDataFilter": "BatchClearValuesByDataFilter",
    "sheets.spreadsheets.developerMetadata.get": "GetDeveloperMetadata",
    "sheets.spreadsheets.developerMetadata.search": "SearchDeveloperMetadata",
}


class DriveError(ApiError):
    """A refusal in Drive's own shape: `errors` holds domain, reason and, if one parameter is wrong, which."""

    def __init__(self, code: int, message: str, reason: str, location: str = "", **more: Any) -> None:
        super().__init__(code, message, more.get("status"), more.get("details"))
        self.reason, self.location = reason, location
        self.domain = str(more.get("domain", "global"))
        self.short = str(more.get("short", message))
        self.named_status = "status" in more

    def body(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        entry = {"message": self.short, "domain": self.domain, "reason": self.reason}
        if self.location:
            kind = "header" if self.location == "Authorization" else "parameter"
            entry |= {"location": self.location, "locationType": kind}
        error: dict[str, Any] = {"code": self.code, "message": self.message, "errors": [entry]}
        if self.named_status:
            error["status"] = self.status
        if self.details:
            error["details"] = self.details
        return {"error": error}


def rpc_name(method_id: str) -> str:
    """The full name of a method as refusals tell it."""
    if method_id in RPC_NAMES:
        return f"google.apps.sheets.v4.SpreadsheetsService.{RPC_NAMES[method_id]}"
    _, group, name = method_id.rsplit(".", 2)
    return f"google.apps.drive.v3.Drive{group[:1].upper()}{group[1:]}.{name[:1].upper()}{name[1:]}"


def error_info(reason: str, metadata: dict[str, str]) -> dict[str, Any]:
    """One google.rpc.ErrorInfo."""
    return {"@type": TYPE + "ErrorInfo", "reason": reason, "domain": "googleapis.com", "metadata": metadata}


def _place(method_id: str) -> dict[str, str]:
    return {"service": SERVICES[method_id.partition(".")[0]], "method": rpc_name(method_id)}


def no_credentials(method_id: str) -> ApiError:
    """401: the request has no bearer token."""
    message = f"Request is missing required authentication credential. {SIGN_IN}"
    return _unauthenticated(method_id, message, "CREDENTIALS_MISSING", "Login Required.", "required")


def key_is_not_enough(method_id: str) -> ApiError:
    """401: an API key tells the project, not who it is that writes."""
    message = (
        "API keys are not supported by this API. Expected OAuth2 access token or other authentication "
        "credentials that assert a principal. See https://cloud.google.com/docs/authentication"
    )
    return _unauthenticated(method_id, message, "CREDENTIALS_MISSING", "Login Required.", "required")


def bad_credentials(method_id: str) -> ApiError:
    """401: the bearer token is not known, has expired or was revoked."""
    message = f"Request had invalid authentication credentials. {SIGN_IN}"
    return _unauthenticated(method_id, message, "ACCESS_TOKEN_EXPIRED", "Invalid Credentials", "authError")


def _unauthenticated(method_id: str, message: str, reason: str, short: str, drive_reason: str) -> ApiError:
    details = [error_info(reason, _place(method_id))]
    if method_id.startswith("sheets."):
        return ApiError(401, message, "UNAUTHENTICATED", details)
    status = {"status": "UNAUTHENTICATED", "details": details, "short": short}
    return DriveError(401, message, drive_reason, "Authorization", **status)


def scope_missing(method_id: str) -> ApiError:
    """403: the token was not issued for a scope that the method needs."""
    message = "Request had insufficient authentication scopes."
    details = [error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", _place(method_id))]
    if method_id.startswith("sheets."):
        return ApiError(403, message, "PERMISSION_DENIED", details)
    extra = {"status": "PERMISSION_DENIED", "details": details, "short": "Insufficient Permission"}
    return DriveError(403, message, "insufficientPermissions", **extra)


def not_shared() -> ApiError:
    """403: the spreadsheet exists, but this account may not do that to it."""
    return ApiError(403, "The caller does not have permission", "PERMISSION_DENIED")


def malformed(violations: list[Violation]) -> ApiError:
    """400: the request is not what the schema says."""
    details = [{"@type": TYPE + "BadRequest", "fieldViolations": [item.as_json() for item in violations]}]
    return ApiError(400, "\n".join(item.description for item in violations), "INVALID_ARGUMENT", details)


def not_json(text: str) -> ApiError:
    """400: the body cannot be read as JSON."""
    what = "Unexpected end of string" if not text.strip() else "Unexpected token"
    first = text.splitlines()[0][:80] if text.strip() else ""
    return ApiError(400, f"Invalid JSON payload received. {what}.\n{first}\n^", "INVALID_ARGUMENT")


def bad_mask(path: str, *, drive: bool) -> ApiError:
    """400: the `fields` parameter names a field that does not exist, or cannot be read."""
    if drive:
        return DriveError(400, f"Invalid field selection {path}", "invalidParameter", "fields")
    description = f"Error expanding 'fields' parameter. Cannot find matching fields for path '{path}'."
    violation = {"field": path, "description": description}
    details = [{"@type": TYPE + "BadRequest", "fieldViolations": [violation]}]
    return ApiError(400, "Request contains an invalid argument.", "INVALID_ARGUMENT", details)
