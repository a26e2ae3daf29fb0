"""Google's published discovery documents: which methods exist, their parameters and their scopes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

# A method whose HTTP body is one field of the request message says so in its error paths.
BODY_FIELDS = {
    "sheets.spreadsheets.create": "spreadsheet",
    "sheets.spreadsheets.values.update": "data",
    "sheets.spreadsheets.values.append": "data",
}


@dataclass(frozen=True)
class Method:
    """One method of an API, as published."""

    method_id: str
    http_method: str
    pattern: re.Pattern[str]
    template: str
    scopes: frozenset[str]
    parameters: dict[str, dict[str, Any]]
    request: str | None
    response: str | None

    @property
    def body_field(self) -> str:
        """Prefix of paths in messages about the body; empty when the body is the whole request."""
        return BODY_FIELDS.get(self.method_id, "")


@dataclass(frozen=True)
class Api:
    """One discovery document."""

    name: str
    methods: tuple[Method, ...]
    schemas: dict[str, dict[str, Any]]

    def route(self, http_method: str, raw_path: str) -> tuple[Method, dict[str, str]] | None:
        """The method called by a still percent-encoded path, and its decoded path parameters."""
        for method in self.methods:
            found = method.http_method == http_method and method.pattern.fullmatch(raw_path)
            if found:
                return method, {name: unquote(text) for name, text in found.groupdict().items()}
        return None

    def method(self, method_id: str) -> Method:
        """The method of that id; KeyError if the document has none."""
        found = next((method for method in self.methods if method.method_id == method_id), None)
        if found is None:
            raise KeyError(method_id)
        return found


def _pattern(template: str) -> re.Pattern[str]:
    # Path parameters never hold a raw slash: clients percent-encode it.
    parts = re.split(r"\{\+?(\w+)\}", template)
    text = "".join(f"(?P<{part}>[^/]+)" if odd % 2 else re.escape(part) for odd, part in enumerate(parts))
    return re.compile(text)


def _method(document: dict[str, Any], entry: dict[str, Any]) -> Method:
    template = "/" + document["servicePath"] + entry["path"]
    return Method(
        method_id=entry["id"],
        http_method=entry["httpMethod"],
        pattern=_pattern(template),
        template=template,
        scopes=frozenset(entry.get("scopes", ())),
        parameters={**document["parameters"], **entry.get("parameters", {})},
        request=entry.get("request", {}).get("$ref"),
        response=entry.get("response", {}).get("$ref"),
    )


def _walk(document: dict[str, Any], resources: dict[str, Any]) -> list[Method]:
    found = []
    for resource in resources.values():
        found += [_method(document, entry) for entry in resource.get("methods", {}).values()]
        found += _walk(document, resource.get("resources", {}))
    return found


def _literal_length(method: Method) -> int:
    return len(re.sub(r"\{[^}]*\}", "", method.template))


@lru_cache
def load(name: str) -> Api:
    """The API of one document that ships with google-api-python-client, as `sheets.v4`."""
    folder = files("googleapiclient.discovery_cache") / "documents"
    document = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    # The longest literal text first: `{range}:append` before `{range}`.
    methods = sorted(_walk(document, document["resources"]), key=_literal_length, reverse=True)
    return Api(name, tuple(methods), document["schemas"])


def sheets() -> Api:
    """Sheets v4."""
    return load("sheets.v4")


def drive() -> Api:
    """Drive v3."""
    return load("drive.v3")
