"""Responses checked strictly against the published schemas: what does not fit is a bug of the emulator."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from .discovery import Api

Schema = dict[str, Any]
Fits = Callable[[Any], bool]


def response_problems(api: Api, ref: str | None, body: Any) -> list[str]:
    """Each place where a response is not what the discovery document says; empty if it fits."""
    if ref is None:
        return [] if body in (None, {}) else [f"no body is documented, got {type(body).__name__}"]
    if _fitting({"$ref": ref}, api)(body):
        return []
    problems: list[str] = []
    _check({"$ref": ref}, body, "", api, problems)
    return problems


def _fitting(schema: Schema, api: Api) -> Fits:
    """A quick test without reasons: whole sheets pass through here, and nearly all of them fit."""
    if "$ref" in schema:
        return _fitting_message(api, schema["$ref"])
    if schema.get("type") == "array":
        items = _fitting(schema["items"], api)
        return lambda value: isinstance(value, list) and all(map(items, value))
    if schema.get("type") == "object":
        return _fitting_object(schema, api)
    if schema.get("type") == "any":
        return lambda value: not isinstance(value, (dict, list))
    return lambda value: _fits(schema, value)


@cache
def _known(_: str) -> dict[str, Fits]:
    """Tests of one API's messages by name; filled as they are met."""
    return {}


def _fitting_message(api: Api, ref: str) -> Fits:
    known = _known(api.name)
    if ref not in known:
        known[ref] = lambda value: known[ref](value)  # messages may hold themselves
        known[ref] = _fitting_object(api.schemas[ref], api)
    return lambda value: known[ref](value)


def _fitting_object(schema: Schema, api: Api) -> Fits:
    tests = {name: _fitting(inner, api) for name, inner in schema.get("properties", {}).items()}
    other = _fitting(schema["additionalProperties"], api) if "additionalProperties" in schema else None

    def fits(value: Any) -> bool:
        if not isinstance(value, dict):
            return False
        for name, item in value.items():
            test = tests.get(name, other)
            if test is None or not test(item):
                return False
        return True

    return fits


def _check(schema: Schema, value: Any, path: str, api: Api, problems: list[str]) -> None:
    if "$ref" in schema:
        _check_message(api.schemas[schema["$ref"]], value, path, api, problems)
    elif schema.get("type") == "array":
        _check_items(schema["items"], value, path, api, problems)
    elif schema.get("type") == "object":
        _check_message(schema, value, path, api, problems)
    elif schema.get("type") != "any" and not _fits(schema, value):
        problems.append(
            f"{path}: {value!r} is not {schema.get('enum') or schema.get('format') or schema['type']}"
        )


def _check_message(schema: Schema, value: Any, path: str, api: Api, problems: list[str]) -> None:
    if not isinstance(value, dict):
        problems.append(f"{path}: {type(value).__name__} where an object belongs")
        return
    properties, other = schema.get("properties", {}), schema.get("additionalProperties")
    for name, item in value.items():
        inner = properties.get(name, other)
        if inner is None:
            problems.append(f"{path}.{name}: no such field")
        else:
            _check(inner, item, f"{path}.{name}", api, problems)


def _check_items(schema: Schema, value: Any, path: str, api: Api, problems: list[str]) -> None:
    if not isinstance(value, list):
        problems.append(f"{path}: {type(value).__name__} where a list belongs")
        return
    if schema.get("type") == "any":
        problems += [
            f"{path}: {item!r} is no JSON scalar" for item in value if isinstance(item, (dict, list))
        ]
        return
    for index, item in enumerate(value):
        _check(schema, item, f"{path}[{index}]", api, problems)


def _fits(schema: Schema, value: Any) -> bool:
    if "enum" in schema:
        return value in schema["enum"]
    if schema["type"] == "boolean":
        return isinstance(value, bool)
    if schema["type"] == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if schema["type"] == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, str)
