"""Errors as the API answers them: an HTTP code, a status word and a message."""

from __future__ import annotations

from typing import Any

STATUS_OF_CODE = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}
PROTECTED = (
    "You are trying to edit a protected cell or object. "
    "Please contact the spreadsheet owner to remove protection if you need to edit."
)


class ApiError(Exception):
    """A refused call. `code` is the HTTP code, `status` the word beside it in the body."""

    def __init__(
        self, code: int, message: str, status: str | None = None, details: list[Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or STATUS_OF_CODE.get(code, "UNKNOWN")
        self.details = details

    def body(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = self.details
        return {"error": error}

    def within(self, prefix: str) -> ApiError:
        """The same error, told from where in the request it arose."""
        return ApiError(self.code, f"{prefix}: {self.message}", self.status, self.details)


def invalid(message: str) -> ApiError:
    """A request that cannot be carried out: 400."""
    return ApiError(400, message)


def not_found(message: str = "Requested entity was not found.") -> ApiError:
    """Something named in the request does not exist: 404."""
    return ApiError(404, message)


def unsupported(name: str) -> ApiError:
    """A valid request that this emulator does not carry out: 501."""
    return ApiError(501, f"The emulator does not implement {name}.")
