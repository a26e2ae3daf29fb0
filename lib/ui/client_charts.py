"""Figure of a client's page, built from a ready frame. Plotly is imported only when it is drawn."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lib.ui.theme import ACCENT, GRID_LINE, TIER_COLORS, TRANSPARENT

PALE = TIER_COLORS["potential"]


def purchases_figure(months: pd.DataFrame, threshold: float, names: tuple[str, str]) -> Any:
    """Bars of each month, the last twelve dark; the 12-month total as a line against the threshold.

    ``months``: see ``purchases_by_month``; ``names`` of the bars and of the line.
    """
    import plotly.graph_objects as go

    colors = [ACCENT if inside else PALE for inside in months["in_window"]]
    figure = go.Figure(layout=_layout())
    figure.add_trace(
        go.Bar(
            x=months["month"],
            y=months["amount"],
            marker_color=colors,
            name=names[0],
            hovertemplate="¥%{y:,.0f}",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=months["month"],
            y=months["trailing"],
            name=names[1],
            mode="lines",
            line={"color": TIER_COLORS["vip"], "width": 2, "shape": "hvh"},
            hovertemplate="¥%{y:,.0f}",
        )
    )
    if threshold == threshold:  # not NaN
        figure.add_hline(y=threshold, line={"color": TIER_COLORS["key"], "dash": "dash", "width": 1.5})
    figure.update_xaxes(tickformat="%Y-%m", hoverformat="%Y-%m", fixedrange=True, showgrid=False, nticks=7)
    figure.update_yaxes(
        rangemode="tozero", fixedrange=True, gridcolor=GRID_LINE, tickprefix="¥", tickformat=",.0f", nticks=6
    )
    return figure


def _layout() -> dict[str, Any]:
    return {
        "height": 300,
        "margin": {"l": 4, "r": 8, "t": 8, "b": 4},
        "showlegend": False,
        "bargap": 0.25,
        "hovermode": "x unified",
        "paper_bgcolor": TRANSPARENT,
        "plot_bgcolor": TRANSPARENT,
        "dragmode": False,
    }
