"""Figures of the Clients page, built from ready frames. Plotly is imported only when one is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from lib.ui.theme import TIER_COLORS, TRANSPARENT

MIN_BAND = 0.045  # share of the height that even one client gets, so that it can be seen and clicked
LABEL_AT = 0.2
NODE_WIDTH, GAP = 0.025, 0.03
BAR_PX = 26
GRAY = TIER_COLORS["potential"]


def flow_figure(flow: pd.DataFrame, tier_names: dict[str, str], days: tuple[str, str], ink: str) -> Any:
    """An alluvial diagram. ``flow``: from_tier, to_tier, clients; each band can be clicked (customdata
    is its index in ``flow``). ``days``: what to write above the two sides; ``ink``: colour of texts.
    """
    import plotly.graph_objects as go

    bands = _lay_out(flow, list(tier_names))
    figure = go.Figure(layout=_plain_layout(430, ink))
    for band in bands.itertuples():
        _draw_band(figure, band)
    for side, column, x in (("left", "from_tier", 0.0), ("right", "to_tier", 1.0)):
        _draw_nodes(figure, bands, tier_names, side, column, x)
        figure.add_annotation(x=x, y=1.07, text=days[int(x)], showarrow=False, xanchor=side)
    figure.add_trace(_band_labels(go, bands, ink))
    figure.update_xaxes(visible=False, range=[-0.01, 1.01], fixedrange=True)
    figure.update_yaxes(visible=False, range=[-0.02, 1.1], fixedrange=True)
    return figure


def _lay_out(flow: pd.DataFrame, tiers: list[str]) -> pd.DataFrame:
    """Where each band lies: left and right (its lower edges), thickness; 1 is the full height."""
    bands = flow[flow["clients"] > 0].copy()
    free = 1 - MIN_BAND * len(bands) - GAP * (len(tiers) - 1)
    bands["thickness"] = MIN_BAND + free * bands["clients"] / bands["clients"].sum()
    for side, first, then in (("left", "from_tier", "to_tier"), ("right", "to_tier", "from_tier")):
        ranks = [bands[column].map(tiers.index) for column in (first, then)]
        down = bands["thickness"].iloc[np.lexsort(ranks[::-1])].cumsum()
        gaps = np.searchsorted(np.unique(ranks[0]), ranks[0])
        bands[side] = 1 - down - pd.Series(GAP * gaps, index=bands.index)
    return bands


def _draw_band(figure: Any, band: Any) -> None:
    top_left, top_right = band.left + band.thickness, band.right + band.thickness
    path = (
        f"M {NODE_WIDTH},{top_left} C 0.5,{top_left} 0.5,{top_right} {1 - NODE_WIDTH},{top_right} "
        f"L {1 - NODE_WIDTH},{band.right} C 0.5,{band.right} 0.5,{band.left} {NODE_WIDTH},{band.left} Z"
    )
    opacity = 0.16 if band.from_tier == band.to_tier else 0.5
    figure.add_shape(
        type="path",
        path=path,
        fillcolor=TIER_COLORS[band.from_tier],
        opacity=opacity,
        line_width=0,
        layer="below",
    )


def _draw_nodes(
    figure: Any, bands: pd.DataFrame, names: dict[str, str], side: str, column: str, x: float
) -> None:
    inner = NODE_WIDTH if side == "left" else 1 - NODE_WIDTH
    for tier, part in ((str(key), rows) for key, rows in bands.groupby(column, observed=True)):
        low, high = part[side].min(), (part[side] + part["thickness"]).max()
        figure.add_shape(
            type="rect", x0=x, x1=inner, y0=low, y1=high, fillcolor=TIER_COLORS[tier], line_width=0
        )
        figure.add_annotation(
            x=inner + (0.01 if side == "left" else -0.01),
            y=(low + high) / 2,
            text=f"<b>{names[tier]}</b> {part['clients'].sum():,}",
            showarrow=False,
            xanchor=side,
        )


def _band_labels(go: Any, bands: pd.DataFrame, ink: str) -> Any:
    """The number on each band, near its start, where bands do not cross; it is what takes the click."""
    step = 3 * LABEL_AT**2 - 2 * LABEL_AT**3  # the curve of _draw_band, LABEL_AT of the way
    lower = bands["left"] + (bands["right"] - bands["left"]) * step
    return go.Scatter(
        x=[1.5 * LABEL_AT - 1.5 * LABEL_AT**2 + LABEL_AT**3] * len(bands),
        y=lower + bands["thickness"] / 2,
        mode="markers+text",
        text=[f"{count:,}" for count in bands["clients"]],
        customdata=bands.index.tolist(),
        marker={"size": 20, "color": "rgba(255,255,255,0.01)"},
        unselected={"textfont": {"color": ink}},
        hoverinfo="none",  # "skip" would also swallow the click
        cliponaxis=False,
    )


def load_figure(loads: pd.DataFrame, low: float, high: float, colors: dict[str, str], ink: str) -> Any:
    """A bar for each rep against the band from ``low`` to ``high``. ``loads``: name, clients, state."""
    import plotly.graph_objects as go

    rows = loads.iloc[::-1]
    figure = go.Figure(layout=_plain_layout(80 + BAR_PX * len(rows), ink))
    figure.add_trace(
        go.Bar(
            x=rows["clients"],
            y=rows.index,
            orientation="h",
            text=rows["clients"],
            textposition="outside",
            cliponaxis=False,
            marker={"color": [colors[state] for state in rows["state"]], "opacity": 0.85},
            customdata=rows.index.tolist(),
            hoverinfo="none",
        )
    )
    figure.add_vrect(x0=low, x1=high, fillcolor=colors["within"], opacity=0.18, line_width=0, layer="above")
    for edge in (low, high):
        figure.add_vline(x=edge, line={"color": GRAY, "dash": "dash", "width": 1.5})
    figure.update_yaxes(tickvals=rows.index.tolist(), ticktext=[_shorten(name) for name in rows["name"]])
    figure.update_yaxes(fixedrange=True, ticks="")
    figure.update_xaxes(tickvals=[0, low, high], fixedrange=True, rangemode="tozero", showgrid=False)
    return figure


def _shorten(name: str, length: int = 14) -> str:
    plain = name.replace("<", "‹").replace(">", "›")  # Plotly reads a little HTML in texts
    return plain if len(plain) <= length else plain[: length - 1] + "…"


def _plain_layout(height: int, ink: str) -> dict[str, Any]:
    return {
        "height": height,
        "font": {"color": ink, "size": 13},
        "margin": {"l": 4, "r": 28, "t": 8, "b": 8, "pad": 4},
        "showlegend": False,
        "paper_bgcolor": TRANSPARENT,
        "plot_bgcolor": TRANSPARENT,
        "dragmode": False,
    }
