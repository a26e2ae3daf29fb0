"""Figures of the page Follow-ups, built from ready counts. Plotly is imported only when one is drawn.

Each bar carries in ``customdata`` the codes it stands for, so that a click can become a filter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lib.ui.theme import ACCENT, GRID_LINE, STATUS_COLORS, TRANSPARENT

BAR_PX, WEEK_PX = 30, 54
GAP = 0.06
LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"}
HATCH = "rgba(128,128,128,0.45)"
EMPTY_CELL = "rgba(128,128,128,0.10)"
LONGEST_LABEL = 14


def band_figure(counts: Mapping[str, int], labels: Mapping[str, str]) -> Any:
    """Overdue rows by age band, one bar each; customdata: the band."""
    import plotly.graph_objects as go

    bands = list(counts)
    figure = go.Figure(
        go.Bar(
            x=[labels[band] for band in bands],
            y=[counts[band] for band in bands],
            customdata=[[band] for band in bands],
            text=[counts[band] for band in bands],
            textposition="outside",
            cliponaxis=False,
            # Shades as colours: a list of opacities makes plotly.js fail when a bar is clicked.
            marker_color=[_fade(STATUS_COLORS["overdue"], 0.45 + 0.11 * i) for i in range(len(bands))],
            hovertemplate="%{x}: %{y}<extra></extra>",
        )
    )
    _style(figure, height=250)
    figure.update_yaxes(visible=False)
    return figure


def dimension_figure(table: pd.DataFrame, names: Sequence[str], statuses: Mapping[str, str]) -> Any:
    """Rows by status for each value of a dimension, the first on top; customdata: its code and the status."""
    import plotly.graph_objects as go

    figure = go.Figure()
    labels = [_label(name, position) for position, name in enumerate(names)]
    for status in table.columns:
        figure.add_bar(
            orientation="h",
            name=statuses[status],
            y=labels,
            x=table[status].tolist(),
            customdata=[[code, status] for code in table.index],
            marker_color=STATUS_COLORS[status],
            hovertemplate="%{y} · " + statuses[status] + ": %{x}<extra></extra>",
        )
    _style(figure, height=70 + BAR_PX * max(1, len(table)))
    figure.update_layout(barmode="stack", legend=LEGEND)
    figure.update_yaxes(autorange="reversed", tickfont_size=12)
    figure.update_xaxes(gridcolor=GRID_LINE)
    return figure


def heat_figure(
    heat: pd.DataFrame, weekdays: Sequence[str], days: Sequence[str], hover: Sequence[str]
) -> Any:
    """A calendar of five weeks, the darker the more falls due; days off are hatched; customdata: the date.

    ``days``: what to write for each date; ``hover``: what to say about it. Cells are bars, which fill
    the width at any size and can be clicked.
    """
    import plotly.graph_objects as go

    counts = heat["count"].tolist()
    figure = go.Figure(
        go.Bar(
            x=heat["weekday"].tolist(),
            y=[1 - GAP] * len(heat),
            base=heat["week"].tolist(),
            width=1 - GAP,
            customdata=[[day] for day in heat["on"].dt.strftime("%Y-%m-%d")],
            text=[_cell_text(day, count) for day, count in zip(days, counts, strict=True)],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            hovertext=list(hover),
            hoverinfo="text",
            marker={
                "color": _cell_colors(counts),
                "line": {"width": 0},
                "pattern": _hatch(heat["working"].tolist()),
            },
        )
    )
    _style(figure, height=30 + WEEK_PX * int(heat["week"].max() + 1))
    figure.update_layout(barmode="overlay", margin={"l": 0, "r": 0, "t": 24, "b": 0})
    figure.update_xaxes(
        tickvals=list(range(7)), ticktext=list(weekdays), side="top", showgrid=False, range=[-0.5, 6.5]
    )
    figure.update_yaxes(visible=False, range=[int(heat["week"].max() + 1), 0])
    return figure


def _hatch(working: Sequence[bool]) -> dict[str, Any]:
    """A pattern that marks the days off."""
    shapes = ["" if works else "/" for works in working]
    return {"shape": shapes, "fgcolor": HATCH, "fgopacity": 1, "size": 7, "solidity": 0.15}


def _cell_text(day: str, count: int) -> str:
    return f"{day}<br><b>{count}</b>" if count else day


def _cell_colors(counts: Sequence[int]) -> list[str]:
    """From faint to the accent, by the square root of the count: a crowded day does not hide the others."""
    most = max(max(counts, default=0), 1)
    return [_fade(ACCENT, 0.15 + 0.6 * (count / most) ** 0.5) if count else EMPTY_CELL for count in counts]


def _fade(color: str, opacity: float) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:.2f})"


def _label(name: str, position: int) -> str:
    """Short enough for a phone; zero-width marks keep equal names apart, as an axis joins equal labels."""
    short = name if len(name) <= LONGEST_LABEL else name[: LONGEST_LABEL - 1] + "…"
    return short.replace("<", "‹") + "\u200b" * position


def _style(figure: Any, height: int) -> None:
    figure.update_layout(
        height=height,
        margin={"l": 0, "r": 8, "t": 24, "b": 0},
        paper_bgcolor=TRANSPARENT,
        plot_bgcolor=TRANSPARENT,
        bargap=0.28,
        dragmode=False,
        hoverlabel={"namelength": -1},
    )
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)
