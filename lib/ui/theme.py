"""Colours with a meaning, the same on every page, legible on the light and on the dark background."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

BadgeColor = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray", "primary"]

STATUS_COLORS: Mapping[str, str] = MappingProxyType(
    {
        "overdue": "#c0432c",
        "due_soon": "#d39237",
        "waiting": "#5b84b1",
        "not_started": "#a3abad",
        "unverified": "#8a6cb0",
        "late": "#c99a8e",
        "met": "#4a9468",
    }
)
TIER_COLORS: Mapping[str, str] = MappingProxyType(
    {"vip": "#8a6cb0", "key": "#1d8573", "ordinary": "#5b84b1", "potential": "#a3abad"}
)
STATUS_BADGES: Mapping[str, BadgeColor] = MappingProxyType(
    {
        "overdue": "red",
        "due_soon": "orange",
        "waiting": "blue",
        "not_started": "gray",
        "unverified": "violet",
        "late": "red",
        "met": "green",
    }
)
TIER_BADGES: Mapping[str, BadgeColor] = MappingProxyType(
    {"vip": "violet", "key": "primary", "ordinary": "blue", "potential": "gray"}
)
ACCENT = "#1d8573"
GRID_LINE = "rgba(128,128,128,0.25)"
TRANSPARENT = "rgba(0,0,0,0)"
