"""Figures of the Complaints page, built from ready frames. Plotly is imported only when one is drawn.

Each mark carries in ``customdata`` the code of the complaints it stands for (see ``in_focus``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from lib.ui.theme import ACCENT, GRID_LINE, STATUS_COLORS, TRANSPARENT

BAND_COLORS = {"1": "#9fb8b0", "3": "#d8c07a", "7": "#d39237", "30": "#c86a33", "over": "#c4553f"}
PALE_ACCENT = "rgba(29,133,115,0.15)"
SHADES = ["#1d8573", "#2c8d7c", "#3b9485", "#4a9c8e", "#599f94"]
DARK = "#1d2a2f"
# A click chooses what is listed, and a button over the list shows it; the other marks are not paled.
UNCHANGED = {"marker": {"opacity": 1}, "textfont": {"color": DARK}}
ROW_PX = 44
BAR_GAP = 0.1  # half of the space between two bars of the funnel, as a share of a row


def funnel_figure(funnel: pd.DataFrame, names: Mapping[str, str], notes: Mapping[str, str]) -> Any:
    """One centred bar a stage, as wide as its ``reached``; the number and ``notes`` stand on it.

    Plain bars: Plotly's funnel trace pales all but the bar that was clicked, numbers included, for good.
    """
    import plotly.graph_objects as go

    stages, widths = list(funnel.index), funnel["reached"].tolist()
    figure = go.Figure(layout=_plain_layout(30 + 56 * len(stages)))
    figure.add_trace(
        go.Bar(
            x=widths,
            base=[-width / 2 for width in widths],
            y=[names[stage] for stage in stages],
            orientation="h",
            customdata=[f"reached.{stage}" for stage in stages],
            hoverinfo="none",  # "skip" would take the clicks away too
            marker_color=SHADES,
            unselected=UNCHANGED,
        )
    )
    for place, stage in enumerate(stages):
        label = f"<b>{widths[place]:,}</b>  {notes[stage]}".strip()
        figure.add_annotation(_on_bar(place, label, wide=widths[place] >= widths[0] * 0.4))
    for place in range(len(stages) - 1):
        figure.add_shape(_narrowing(place, widths[place] / 2, widths[place + 1] / 2))
    half = max([1, *widths]) / 2
    figure.update_layout(bargap=2 * BAR_GAP)
    figure.update_yaxes(autorange="reversed", fixedrange=True, ticks="", automargin=True, showgrid=False)
    figure.update_xaxes(range=[-half * 1.02, half * 1.02], fixedrange=True, visible=False)
    return figure


def _on_bar(place: int, label: str, *, wide: bool) -> dict[str, Any]:
    """The label over the middle of a bar: light where the bar is behind it, else in the page's colour."""
    colored = {"font": {"color": "#ffffff"}} if wide else {}
    return {"x": 0, "y": place, "text": label, "showarrow": False, "captureevents": False, **colored}


def _narrowing(place: int, upper: float, lower: float) -> dict[str, Any]:
    """The pale piece between two bars."""
    top, bottom = place + 0.5 - BAR_GAP, place + 0.5 + BAR_GAP
    path = f"M {-upper},{top} L {upper},{top} L {lower},{bottom} L {-lower},{bottom} Z"
    return {"type": "path", "path": path, "fillcolor": PALE_ACCENT, "line": {"width": 0}, "layer": "below"}


def stuck_figure(counts: pd.DataFrame, stages: Mapping[str, str], bands: Mapping[str, str]) -> Any:
    """Open complaints: a row for each stage, a part for each band of age."""
    import plotly.graph_objects as go

    figure = go.Figure(layout=_plain_layout(96 + ROW_PX * len(counts)))
    for band in counts.columns:
        held = counts[band]
        figure.add_trace(
            go.Bar(
                x=held.tolist(),
                y=[stages[stage] for stage in counts.index],
                orientation="h",
                name=bands[band],
                text=[f"{n}" if n else "" for n in held],
                textposition="inside",
                insidetextanchor="middle",
                textangle=0,
                customdata=[f"aged.{stage}.{band}" for stage in counts.index],
                hovertemplate=f"%{{y}} · {bands[band]}: %{{x}}<extra></extra>",
                marker_color=BAND_COLORS[band],
                textfont_color=DARK,
                unselected=UNCHANGED,
            )
        )
    figure.update_layout(barmode="stack", bargap=0.35, showlegend=True, legend=_legend_above())
    figure.update_yaxes(autorange="reversed", fixedrange=True, ticks="", automargin=True)
    figure.update_xaxes(
        fixedrange=True, rangemode="tozero", showgrid=True, gridcolor=GRID_LINE, dtick=_step(counts)
    )
    return figure


def months_figure(months: pd.DataFrame, names: Mapping[str, str], in_words: Callable[..., str]) -> Any:
    """Received and resolved side by side for each month, written by ``in_words(month, with_year=...)``."""
    import plotly.graph_objects as go

    labels = [f"{month:%Y-%m}" for month in months.index]
    colors = {"received": STATUS_COLORS["not_started"], "resolved": ACCENT}
    figure = go.Figure(layout=_plain_layout(280))
    for kind, color in colors.items():
        figure.add_trace(
            go.Bar(
                x=labels,
                y=months[kind].tolist(),
                name=names[kind],
                marker_color=color,
                unselected=UNCHANGED,
                customdata=[f"month.{kind}.{label}" for label in labels],
                hovertemplate=f"%{{x}} · {names[kind]}: %{{y}}<extra></extra>",
            )
        )
    figure.update_layout(barmode="group", bargap=0.3, showlegend=True, legend=_legend_above())
    shown = range(0, len(labels), 1 + len(labels) // 13)
    years = [months.index[i].year for i in shown]
    begins = [i == 0 or years[i] != years[i - 1] for i in range(len(years))]
    figure.update_xaxes(
        type="category",
        tickvals=[labels[i] for i in shown],
        ticktext=[in_words(months.index[i], with_year=new) for i, new in zip(shown, begins, strict=True)],
        tickangle=0,
        fixedrange=True,
        ticks="",
        showgrid=False,
    )
    figure.update_yaxes(fixedrange=True, rangemode="tozero", gridcolor=GRID_LINE, nticks=5, tickformat=",d")
    return figure


def _step(counts: pd.DataFrame) -> int | None:
    """Whole numbers on the axis while there are few."""
    return 1 if counts.sum(axis=1).max() <= 8 else None


def _legend_above() -> dict[str, Any]:
    return {
        "orientation": "h",
        "yanchor": "bottom",
        "y": 1,
        "xanchor": "left",
        "x": 0,
        "traceorder": "normal",
    }


def _plain_layout(height: int) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": 4, "r": 12, "t": 8, "b": 8, "pad": 6},
        "showlegend": False,
        "paper_bgcolor": TRANSPARENT,
        "plot_bgcolor": TRANSPARENT,
        "dragmode": False,
    }
