"""Bodies and parameters against the published schemas: requests as Google reads them, responses strictly."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .discovery import Api, Method

Schema = dict[str, Any]

PACKAGE = "type.googleapis.com/google.apps.sheets.v4."
SCALARS = {"string": "TYPE_STRING", "boolean": "TYPE_BOOL"}
NUMBERS = {"int32": "TYPE_INT32", "int64": "TYPE_INT64", "uint32": "TYPE_UINT32"}
FLOATS = {"double": "TYPE_DOUBLE", "float": "TYPE_FLOAT"}
# Enumerations that are not nested in the message that uses them.
ENUM_NAMES = {
    "majorDimension": "Dimension",
    "dimension": "Dimension",
    "valueInputOption": "ValueInputOption",
    "valueRenderOption": "ValueRenderOption",
    "responseValueRenderOption": "ValueRenderOption",
    "dateTimeRenderOption": "DateTimeRenderOption",
    "responseDateTimeRenderOption": "DateTimeRenderOption",
    "insertDataOption": "AppendValuesRequest.InsertDataOption",
    "pasteType": "PasteType",
    "pasteOrientation": "PasteOrientation",
    "horizontalAlignment": "HorizontalAlign",
    "verticalAlignment": "VerticalAlign",
    "wrapStrategy": "WrapStrategy",
    "sortOrder": "SortOrder",
    "visibility": "DeveloperMetadataVisibility",
    "sheetType": "SheetType",
    "autoRecalc": "RecalculationInterval",
    "locationType": "DeveloperMetadataLocationType",
    "locationMatchingStrategy": "DeveloperMetadataLocationMatchingStrategy",
}
# One value only may be set in these messages; the document does not say so, the reference does.
UNIONS = {
    "Request": ("kind", None),
    "ExtendedValue": ("value", None),
    "DataFilter": ("filter", None),
    "ColorStyle": ("kind", None),
}
# Text fields that take a number, too: what a person would type.
NUMBER_AS_TEXT = {("ConditionValue", "userEnteredValue")}
TRUE, FALSE = {"true", "1", "t", "yes", "y"}, {"false", "0", "f", "no", "n"}


@dataclass
class Violation:
    """Why a request is not what the schema says; `path` is empty at the top."""

    path: str
    description: str

    def as_json(self) -> dict[str, str]:
        """As one of Google's fieldViolations."""
        return {**({"field": self.path} if self.path else {}), "description": self.description}


def snake(name: str) -> str:
    """The proto name of a field: `sheetId` -> `sheet_id`."""
    return re.sub(r"(?<!^)([A-Z])", lambda found: "_" + found[1].lower(), name)


@dataclass
class BodyReader:
    """Reads one request body: names and values normalised, violations collected."""

    api: Api
    violations: list[Violation] = field(default_factory=list)

    def read(self, schema: Schema, value: Any, path: str, owner: str = "", name: str = "") -> Any:
        """`value` as the schema wants it; anything wrong is added to `violations`."""
        if "$ref" in schema:
            return self._message(schema["$ref"], value, path)
        kind = schema.get("type")
        if kind == "any":
            return value
        if kind == "array":
            return self._items(schema["items"], value, path, owner, name)
        if kind == "object":
            return self._map(schema, value, path)
        return self._scalar(schema, value, path, owner, name)

    def _wrong(self, path: str, kind: str, value: Any) -> None:
        shown = json.dumps(value, ensure_ascii=False)
        self.violations.append(Violation(path, f"Invalid value at '{path}' ({kind}), {shown}"))

    def _unknown(self, path: str, name: str, why: str = "Cannot find field.") -> None:
        where = f" at '{path}'" if path else ""
        text = f'Invalid JSON payload received. Unknown name "{name}"{where}: {why}'
        self.violations.append(Violation(path, text))

    def _message(self, ref: str, value: Any, path: str) -> Any:
        if isinstance(value, list):
            self._unknown(*_split(path), "Proto field is not repeating, cannot start list.")
            return None
        if not isinstance(value, dict):
            self._wrong(path, PACKAGE + ref, value)
            return None
        names = field_names(self.api, ref)
        properties = self.api.schemas[ref].get("properties", {})
        read: dict[str, Any] = {}
        for given, item in value.items():
            name = names.get(given)
            if name is None:
                self._unknown(path, given)
            elif item is not None:
                read[name] = self.read(properties[name], item, _join(path, snake(name)), ref, name)
        self._check_union(ref, read, path)
        return read

    def _check_union(self, ref: str, read: dict[str, Any], path: str) -> None:
        if ref not in UNIONS or len(read) < 2:
            return
        union, second = UNIONS[ref][0], list(read)[1]
        text = (
            f"Invalid value at '{path}' (oneof), oneof field '{union}' is already set. Cannot set '{second}'"
        )
        self.violations.append(Violation(path, text))

    def _items(self, schema: Schema, value: Any, path: str, owner: str, name: str) -> Any:
        if isinstance(value, list):
            if schema.get("type") == "any":
                return value
            return [
                self.read(schema, item, f"{path}[{index}]", owner, name) for index, item in enumerate(value)
            ]
        if schema.get("type") in ("array", "any"):
            self._wrong(path, "type.googleapis.com/google.protobuf.ListValue", value)
            return None
        return [self.read(schema, value, path, owner, name)]

    def _map(self, schema: Schema, value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            self._wrong(path, "Map", value)
            return None
        inner = schema.get("additionalProperties")
        if inner is None:
            return value
        return {key: self.read(inner, item, f"{path}[{key}]") for key, item in value.items()}

    def _scalar(self, schema: Schema, value: Any, path: str, owner: str, name: str) -> Any:
        if isinstance(value, dict):
            kind = type_name(schema, owner, name)
            text = f"Invalid value at '{path}' ({kind}), Starting an object on a scalar field"
            self.violations.append(Violation(path, text))
            return None
        if isinstance(value, list):
            self._unknown(*_split(path), "Proto field is not repeating, cannot start list.")
            return None
        if (owner, name) in NUMBER_AS_TEXT and isinstance(value, (int, float)):
            value = str(value)
        try:
            return scalar(schema, value)
        except ValueError:
            self._wrong(path, type_name(schema, owner, name), value)
            return None


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _split(path: str) -> tuple[str, str]:
    parent, _, name = path.rpartition(".")
    return parent, name


@cache
def _names(properties: tuple[str, ...]) -> dict[str, str]:
    return {spelling: name for name in properties for spelling in (name, snake(name))}


def field_names(api: Api, ref: str) -> dict[str, str]:
    """Every accepted spelling (camelCase and snake_case) of a message's fields -> its name."""
    return _names(tuple(api.schemas[ref].get("properties", {})))


def type_name(schema: Schema, owner: str, name: str) -> str:
    """The type as Google's messages spell it."""
    if "enum" in schema:
        nested = f"{owner}.{name[:1].upper()}{name[1:]}" if owner else name[:1].upper() + name[1:]
        return PACKAGE + ENUM_NAMES.get(name, nested)
    form = schema.get("format", "")
    if form == "google-fieldmask":
        return "type.googleapis.com/google.protobuf.FieldMask"
    return NUMBERS.get(form) or FLOATS.get(form) or SCALARS.get(schema["type"], "TYPE_STRING")


def scalar(schema: Schema, value: Any) -> Any:
    """One scalar as its schema wants it; ValueError if it cannot be read so."""
    if "enum" in schema:
        return _enum(schema, value)
    if schema["type"] == "boolean":
        return _boolean(value)
    if schema["type"] == "integer":
        return _integer(value)
    if schema["type"] == "number":
        return _number(value)
    if not isinstance(value, str):
        raise ValueError(value)
    return value


def _enum(schema: Schema, value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(schema["enum"]):
        return str(schema["enum"][value])
    if value not in schema["enum"]:
        raise ValueError(value)
    return str(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in TRUE | FALSE:
        return value.lower() in TRUE
    raise ValueError(value)


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(value)
    number = float(value) if not isinstance(value, int) else value
    if number != int(number) or not -(2**31) <= number < 2**32:
        raise ValueError(value)
    return int(number)


def _number(value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(value)
    return float(value) if isinstance(value, str) else value


def read_body(api: Api, method: Method, body: Any) -> tuple[dict[str, Any], list[Violation]]:
    """The body with canonical names and types, and what is wrong with it."""
    if method.request is None:
        return {}, []
    reader = BodyReader(api)
    read = reader.read({"$ref": method.request}, body, method.body_field)
    return read or {}, reader.violations


def read_query(method: Method, query: dict[str, list[str]]) -> tuple[dict[str, list[str]], list[Violation]]:
    """Query parameters under their canonical names, and what is wrong with them."""
    spellings = {spelling: name for name in method.parameters for spelling in (name, snake(name))}
    read: dict[str, list[str]] = {}
    violations = []
    for given, texts in query.items():
        name = spellings.get(given)
        if name is None:
            violations.append(_unbound(given))
            continue
        violations += _check_parameter(method.parameters[name], name, texts)
        read[name] = texts if method.parameters[name].get("repeated") else texts[-1:]
    return read, violations


def _unbound(name: str) -> Violation:
    text = (
        f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
        f"Field '{name}' could not be found in request message."
    )
    return Violation("", text)


def _check_parameter(schema: Schema, name: str, texts: list[str]) -> list[Violation]:
    found = []
    for text in texts:
        try:
            scalar(schema, text)
        except ValueError:
            kind = type_name(schema, "", name)
            where = snake(name)
            found.append(Violation(where, f"Invalid value at '{where}' ({kind}), {json.dumps(text)}"))
    return found


def read_path(method: Method, path: dict[str, str]) -> list[Violation]:
    """What is wrong with the path parameters."""
    return [
        violation
        for name, text in path.items()
        for violation in _check_parameter(method.parameters[name], name, [text])
    ]
