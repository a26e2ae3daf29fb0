"""Cell formats: colours in both of the API's forms, merging under a mask, effective formats."""

from __future__ import annotations

import struct
from typing import Any

from .masks import Tree, masked_merge

Style = dict[str, Any]
COLOR_TWINS = {
    "backgroundColor": "backgroundColorStyle",
    "foregroundColor": "foregroundColorStyle",
    "tabColor": "tabColorStyle",
    "color": "colorStyle",
    "headerColor": "headerColorStyle",
    "firstBandColor": "firstBandColorStyle",
    "secondBandColor": "secondBandColorStyle",
    "footerColor": "footerColorStyle",
}
BORDER_SIDES = ("top", "bottom", "left", "right")
BORDER_WIDTHS = {"DOTTED": 1, "DASHED": 1, "SOLID": 1, "SOLID_MEDIUM": 2, "SOLID_THICK": 3, "DOUBLE": 3}


def single(number: float) -> float:
    """A number as a 32-bit float prints."""
    packed = struct.pack("f", number)
    value = struct.unpack("f", packed)[0]
    for digits in range(1, 10):
        text = float(f"{value:.{digits}g}")
        if struct.pack("f", text) == packed:
            return int(text) if text == int(text) else text
    return value


def tidy_color(color: Style) -> Style:
    """A colour as it is kept: eight bits a channel, zeros left out."""
    kept = {}
    for name in ("red", "green", "blue"):
        level = round(color.get(name, 0) * 255)
        if level:
            kept[name] = single(level / 255)
    return kept


def with_color_twins(style: Style, given: Style | None = None) -> Style:
    """Each colour in both forms; the style form wins, unless only the plain one was given."""
    result = dict(style)
    told = given if given is not None else style
    for plain, rich in COLOR_TWINS.items():
        if rich in result and not (plain in told and rich not in told):
            rgb = result[rich].get("rgbColor") if isinstance(result[rich], dict) else None
            if rgb is not None:
                result[rich] = {"rgbColor": tidy_color(rgb)}
                result[plain] = tidy_color(rgb)
            elif not result[rich]:
                result.pop(plain, None)
                result.pop(rich)
        elif isinstance(result.get(plain), dict):
            result[plain] = tidy_color(result[plain])
            result[rich] = {"rgbColor": result[plain]}
        elif plain in result:
            result.pop(rich, None)
    return result


def tidy_format(style: Style, given: Style | None = None) -> Style:
    """A CellFormat as it is kept and given back."""
    told = given or {}
    result = with_color_twins(style, given)
    if "textFormat" in result:
        result["textFormat"] = with_color_twins(result["textFormat"], told.get("textFormat"))
    if "borders" in result:
        result["borders"] = tidy_borders(result["borders"])
    return {name: value for name, value in result.items() if value not in (None, {}) or _is_color(name)}


def _is_color(name: str) -> bool:
    return name in COLOR_TWINS


def tidy_borders(borders: Style) -> Style:
    """Borders with their colours and widths; a border of style NONE is no border."""
    return {side: tidy_border(b) for side, b in borders.items() if b and b.get("style", "NONE") != "NONE"}


def tidy_border(border: Style) -> Style:
    """One border."""
    style = border.get("style", "SOLID")
    base = {"style": style, "width": BORDER_WIDTHS.get(style, 1), "color": {}}
    return with_color_twins({**base, **border, "width": BORDER_WIDTHS.get(style, 1)})


def merged_format(old: Style | None, new: Style | None, tree: Tree) -> Style | None:
    """A cell's format after an update under a mask; None when nothing is left."""
    merged = masked_merge(_without_hidden_twins(old, new), new, tree)
    if not merged:
        return None
    return tidy_format(merged, new) or None


def _without_hidden_twins(old: Style | None, new: Style | None) -> Style | None:
    """A colour given in one form replaces the other form too."""
    if not old or not new:
        return old
    result = dict(old)
    for plain, rich in COLOR_TWINS.items():
        if plain in new or rich in new:
            result.pop(rich if plain in new and rich not in new else plain, None)
    if "textFormat" in result and isinstance(new.get("textFormat"), dict):
        result["textFormat"] = _without_hidden_twins(result["textFormat"], new["textFormat"])
    return result


LINK_COLOR = {"red": 0.06666667, "green": 0.33333334, "blue": 0.8}
LINK_TEXT: Style = {
    "foregroundColor": LINK_COLOR,
    "underline": True,
    "foregroundColorStyle": {"themeColor": "LINK"},
}


def effective_format(
    default: Style, own: Style | None, alignment: str | None, *, linked: bool = False
) -> Style:
    """The format that a cell is shown with."""
    by_link = LINK_TEXT if linked else {}
    text = {**default["textFormat"], "fontFamily": "Arial", **by_link, **(own or {}).get("textFormat", {})}
    result = {**default, **(own or {}), "textFormat": text}
    ordered = {name: result.pop(name) for name in ("numberFormat", "backgroundColor") if name in result}
    if "borders" in result:
        ordered["borders"] = result.pop("borders")
    ordered["padding"] = result.pop("padding")
    horizontal = result.pop("horizontalAlignment", None) or alignment
    if horizontal:
        ordered["horizontalAlignment"] = horizontal
    for name in ("verticalAlignment", "wrapStrategy", "textFormat"):
        ordered[name] = result.pop(name)
    ordered["hyperlinkDisplayType"] = result.pop("hyperlinkDisplayType", "LINKED" if linked else "PLAIN_TEXT")
    return {**ordered, **result}
