"""The way of one request: route, sign-in, quota, fault, schema, sharing, call, partial response."""

from __future__ import annotations

import json
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from . import faults, fields, payloads, refusals, wire
from .discovery import Api, Method, drive, sheets
from .drive import DEFAULT_FIELDS, Download
from .errors import ApiError
from .oauth import Caller, TokenRefused
from .quota import READS
from .responses import response_problems

if TYPE_CHECKING:
    from .server import SheetsServer

JSON_TYPE = "application/json; charset=UTF-8"
HTML_TYPE = "text/html; charset=UTF-8"
NOT_FOUND_PAGE = b"<!DOCTYPE html>\n<html lang=en><title>Error 404 (Not Found)!!1</title>\n"
BAD_GATEWAY_PAGE = b"<!DOCTYPE html>\n<html lang=en><title>Error 502 (Server Error)!!1</title>\n"
TOKEN = "oauth.token"
UPLOAD = "/upload/drive/v2/files/"
DROPPING = {"timeout_before", "timeout_after", "reset_before", "reset_after"}


@dataclass(frozen=True)
class Request:
    """One HTTP request; the path is still percent-encoded, header names are lower case."""

    http_method: str
    path: str
    query_text: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, list[str]]:
        """Query parameters; those without a value count as not given."""
        return parse_qs(self.query_text)


@dataclass
class Answer:
    """One HTTP answer. `fault` says what is to be done instead of sending it whole."""

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    method_id: str = ""
    user: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Call:
    """A routed request of a known caller."""

    api: Api
    method: Method
    path: dict[str, str]
    request: Request
    caller: Caller

    @property
    def is_drive(self) -> bool:
        """Drive is lenient about unknown names, and its errors have another shape."""
        return self.api.name.startswith("drive")


class Front:
    """Answers requests of the two APIs and of the token endpoint."""

    def __init__(self, server: SheetsServer) -> None:
        self.server = server

    def answer(self, request: Request) -> Answer:
        """What Google would answer."""
        if request.path == "/token" and request.http_method == "POST":
            return self._token(request)
        routed = self._route(request)
        if routed is None:
            return Answer(404, NOT_FOUND_PAGE, HTML_TYPE, method_id="unknown")
        api, method, path = routed
        answer = Answer(200, method_id=method.method_id)
        try:
            self._fill(answer, api, method, path, request)
        except ApiError as error:
            self._refuse(answer, error)
        except Exception:
            self.server.report_bug(f"{method.method_id} {path}\n{traceback.format_exc()}")
            self._refuse(answer, ApiError(500, "Internal error encountered.", "INTERNAL"))
        return answer

    def _route(self, request: Request) -> tuple[Api, Method, dict[str, str]] | None:
        if request.path.startswith(UPLOAD) and request.http_method == "PUT":
            return drive(), drive().method("drive.files.update"), {"fileId": request.path[len(UPLOAD) :]}
        for api in (sheets(), drive()):
            found = api.route(request.http_method, request.path)
            if found:
                return api, *found
        return None

    def _token(self, request: Request) -> Answer:
        fault = self.server.faults.pick(TOKEN, "", is_read=False)
        refusal = faults.refusal(fault, TOKEN)
        try:
            body, status = self.server.oauth.answer(request.body.decode()), 200
        except TokenRefused as error:
            body, status = error.body(), 400
        if refusal:
            body, status = {"error": "internal_failure", "error_description": "Backend Error"}, refusal.code
        return Answer(status, wire.json_bytes(body), method_id=TOKEN, fault=fault)

    def _fill(self, answer: Answer, api: Api, method: Method, path: dict[str, str], request: Request) -> None:
        caller = self._sign_in(method, request)
        answer.user = caller.user
        call = Call(api, method, path, request, caller)
        self.server.quota.charge(method.method_id, caller.user)
        is_read = method.method_id in READS
        answer.fault = self.server.faults.pick(method.method_id, caller.user, is_read=is_read)
        refusal = faults.refusal(answer.fault, method.method_id)
        if answer.fault in faults.BEFORE:
            if refusal:
                raise refusal
            return
        self._carry_out(call, answer)
        if refusal:
            raise refusal

    def _sign_in(self, method: Method, request: Request) -> Caller:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        token = token if kind.lower() == "bearer" else request.query.get("access_token", [""])[0]
        if not token:
            return _by_key(method, request)
        caller = self.server.oauth.caller(token.strip())
        if caller is None:
            raise refusals.bad_credentials(method.method_id)
        if not caller.scopes & method.scopes:
            raise refusals.scope_missing(method.method_id)
        return caller

    def _refuse(self, answer: Answer, error: ApiError) -> None:
        answer.status, answer.body = error.code, wire.json_bytes(error.body())
        if error.code == 502:
            answer.body, answer.content_type = BAD_GATEWAY_PAGE, HTML_TYPE
        if error.code == 401:
            answer.headers["WWW-Authenticate"] = (
                'Bearer realm="https://accounts.google.com/", error="invalid_token"'
            )
        if error.code == 429:
            answer.headers |= self.server.retry_after(answer.fault)

    def _carry_out(self, call: Call, answer: Answer) -> None:
        if call.request.path.startswith(UPLOAD):
            body = self.server.drive.upload(call.path["fileId"], call.request.body, call.caller.user)
            answer.body = wire.json_bytes(body)
            return
        query, body = self._read(call)
        mask = self._mask(call, query)
        if call.is_drive:
            result = self.server.drive.call(call.method.method_id, call.path, query, body, call.caller.user)
        else:
            result = self._call_sheets(call, query, body, stale=answer.fault == "stale")
        if isinstance(result, Download):
            answer.body, answer.content_type, answer.headers = result.data, result.mime_type, result.headers
            return
        shown = fields.trim_grid(fields.apply(mask, result)) if mask and result else result
        self._check_response(call, shown)
        if shown is None:
            answer.status = 204
        else:
            compact = query.get("prettyPrint") == ["false"]
            answer.body = wire.json_bytes(shown, compact=compact)

    def _read(self, call: Call) -> tuple[dict[str, list[str]], dict[str, Any]]:
        query, violations = payloads.read_query(call.method, call.request.query)
        violations += payloads.read_path(call.method, call.path)
        body, found = payloads.read_body(call.api, call.method, _parse(call.request.body))
        violations += found
        if call.is_drive:
            violations = [item for item in violations if "Unknown name" not in item.description]
        if violations:
            raise refusals.malformed(violations)
        return query, body

    def _mask(self, call: Call, query: dict[str, list[str]]) -> fields.Mask:
        text = query.get("fields", [""])[0] or DEFAULT_FIELDS.get(call.method.method_id, "")
        if not text or not call.method.response:
            return {}
        try:
            mask = fields.parse(text, spaces=call.is_drive)
            fields.check(mask, call.api, call.method.response)
        except fields.InvalidMask as error:
            raise refusals.bad_mask(str(error), drive=call.is_drive) from None
        return mask

    def _call_sheets(
        self, call: Call, query: dict[str, list[str]], body: dict[str, Any], *, stale: bool
    ) -> dict[str, Any]:
        method_id = call.method.method_id
        self._check_sharing(call, body)
        result = self.server.call_sheets(method_id, call.path, query, body, call.caller.user, stale=stale)
        if method_id == "sheets.spreadsheets.create":
            self.server.drive.adopt(result["spreadsheetId"], call.caller.user)
        return result

    def _check_sharing(self, call: Call, body: dict[str, Any]) -> None:
        needed = [call.path["spreadsheetId"]] if "spreadsheetId" in call.path else []
        needed += [body["destinationSpreadsheetId"]] if "destinationSpreadsheetId" in body else []
        for spreadsheet_id in needed:
            if spreadsheet_id not in self.server.service.spreadsheets:
                continue  # the service says 404
            role = self.server.drive.role(spreadsheet_id, call.caller.user)
            is_read = call.method.method_id in READS
            if role is None or (not is_read and role not in ("owner", "writer")):
                raise refusals.not_shared()

    def _check_response(self, call: Call, result: dict[str, Any] | None) -> None:
        problems = response_problems(call.api, call.method.response, result)
        if problems:
            self.server.report_bug(f"{call.method.method_id}: " + "; ".join(problems[:10]))


def _by_key(method: Method, request: Request) -> Caller:
    """Without a token, an API key is enough to read what is shared with anyone."""
    if not request.headers.get("x-goog-api-key") and "key" not in request.query:
        raise refusals.no_credentials(method.method_id)
    if request.http_method != "GET":
        raise refusals.key_is_not_enough(method.method_id)
    return Caller("", method.scopes)


def _parse(data: bytes) -> Any:
    text = data.decode("utf-8", errors="replace")
    if not text.strip():
        return {}
    try:
        return json.loads(text)
    except ValueError:
        raise refusals.not_json(text) from None
