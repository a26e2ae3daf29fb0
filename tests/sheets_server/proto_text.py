"""JSON values as the API prints them in error messages: protocol buffer text."""

from __future__ import annotations

import json
from typing import Any


def proto_text(value: Any) -> str:
    """A `google.protobuf.Value` in text form."""
    return "\n".join(_lines(value)) + "\n"


def _lines(value: Any) -> list[str]:
    if isinstance(value, dict):
        inner = [line for key, item in value.items() for line in _field(key, item)]
        return ["struct_value {", *_indented(inner), "}"]
    if isinstance(value, list):
        inner = [line for item in value for line in ("values {", *_indented(_lines(item)), "}")]
        return ["list_value {", *_indented(inner), "}"]
    if value is None:
        return ["null_value: NULL_VALUE"]
    if isinstance(value, bool):
        return [f"bool_value: {str(value).lower()}"]
    if isinstance(value, int | float):
        return [f"number_value: {float(value)}"]
    return [f"string_value: {json.dumps(value)}"]


def _field(key: str, value: Any) -> list[str]:
    return [
        "fields {",
        *_indented([f"key: {json.dumps(key)}", "value {", *_indented(_lines(value)), "}"]),
        "}",
    ]


def _indented(lines: list[str]) -> list[str]:
    return ["  " + line for line in lines]
