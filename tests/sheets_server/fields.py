"""The `fields` parameter: partial responses, as `sheets(properties(title),data.rowData),spreadsheetId`."""

from __future__ import annotations

from typing import Any

from .discovery import Api

Mask = dict[str, "Mask"]  # field -> mask of its inside; an empty inside means all of it


class InvalidMask(ValueError):
    """A mask that cannot be read, or names a field that the schema does not have; holds that path."""


def parse(text: str, *, spaces: bool = False) -> Mask:
    """The mask as a tree. Sheets takes no spaces, Drive ignores them. Raises InvalidMask."""
    source = "".join(text.split()) if spaces else text
    mask, end = _parse_list(source, 0)
    if end != len(source):
        raise InvalidMask(text)
    return mask


def _parse_list(text: str, at: int) -> tuple[Mask, int]:
    mask: Mask = {}
    while True:
        at = _parse_path(text, at, mask)
        if at >= len(text) or text[at] != ",":
            return mask, at
        at += 1


def _parse_path(text: str, at: int, mask: Mask) -> int:
    end = at
    while end < len(text) and text[end] not in "(),./":
        end += 1
    if end == at:
        raise InvalidMask(text)
    fresh = text[at:end] not in mask
    inside = mask.setdefault(text[at:end], {})
    if end < len(text) and text[end] in "./":
        return _merge_inside(mask, text[at:end], fresh, inside, lambda part: _parse_path(text, end + 1, part))
    if end < len(text) and text[end] == "(":
        return _merge_inside(
            mask, text[at:end], fresh, inside, lambda part: _parse_group(text, end + 1, part)
        )
    mask[text[at:end]] = {}
    return end


def _merge_inside(mask: Mask, name: str, fresh: bool, inside: Mask, parse_part: Any) -> int:
    part: Mask = {}
    end: int = parse_part(part)
    # A field that was already asked for as a whole stays whole.
    if fresh or inside:
        mask[name] = merge(inside, part)
    return end


def _parse_group(text: str, at: int, mask: Mask) -> int:
    inner, end = _parse_list(text, at)
    if end >= len(text) or text[end] != ")":
        raise InvalidMask(text)
    mask.update(inner)
    return end + 1


def merge(one: Mask, other: Mask) -> Mask:
    """Both masks together."""
    merged = dict(one)
    for name, inside in other.items():
        both = name in merged and merged[name] and inside
        merged[name] = merge(merged[name], inside) if both else ({} if name in merged else inside)
    return merged


def selects(mask: Mask, path: str) -> bool:
    """Does the mask ask for anything at or below the dotted path?"""
    name, _, rest = path.partition(".")
    if "*" in mask and not mask["*"]:
        return True
    if name not in mask:
        return False
    return not rest or not mask[name] or selects(mask[name], rest)


def check(mask: Mask, api: Api, ref: str) -> None:
    """Raise InvalidMask, naming the path, where the schema has no such field."""
    _check(mask, api, {"$ref": ref}, "")


def _check(mask: Mask, api: Api, schema: dict[str, Any], path: str) -> None:
    while schema.get("type") == "array":
        schema = schema["items"]
    schema = api.schemas[schema["$ref"]] if "$ref" in schema else schema
    properties, other = schema.get("properties", {}), schema.get("additionalProperties")
    for name, inside in mask.items():
        if name == "*":
            continue
        here = f"{path}.{name}" if path else name
        if name not in properties and other is None:
            raise InvalidMask(here)
        if inside:
            _check(inside, api, properties.get(name, other), here)


def trim_grid(shown: dict[str, Any]) -> dict[str, Any]:
    """End rows with the last cell, and the grid with the last row, that holds what the mask asked for."""
    for sheet in shown.get("sheets", []):
        for grid in sheet.get("data", []):
            for row in grid.get("rowData", []):
                _drop_blank_end(row, "values")
            _drop_blank_end(grid, "rowData")
    return shown


def _drop_blank_end(holder: dict[str, Any], name: str) -> None:
    items = holder.get(name, [])
    while items and not items[-1]:
        items.pop()
    if name in holder and not items:
        del holder[name]


def apply(mask: Mask, value: Any) -> Any:
    """The parts of a response that the mask asks for; what is absent stays absent."""
    if isinstance(value, list):
        return [apply(mask, item) for item in value]
    if not isinstance(value, dict) or not mask:
        return value
    if "*" in mask:
        inside = mask["*"]
        return {
            name: apply(merge(inside, mask[name]) if name in mask else inside, item)
            for name, item in value.items()
        }
    return {name: apply(mask[name], item) for name, item in value.items() if name in mask}
