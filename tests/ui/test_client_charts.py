"""Figures of the Clients pages: what is drawn agrees with the frame, and what can be clicked names it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.service.client_list import count_moves
from lib.service.tiers import TIERS, category
from lib.ui.client_charts import purchases_figure
from lib.ui.clients_charts import flow_figure, load_figure

NAMES = {tier: tier.title() for tier in TIERS}
COLORS = {"below": "#111111", "within": "#222222", "above": "#333333"}


def flow(codes: list[tuple[int, int]]) -> Any:
    pairs = np.array(codes, dtype="int64")
    moves = count_moves(*(pd.Series(category(pairs[:, side], TIERS)) for side in (0, 1)))
    return moves, flow_figure(moves, NAMES, ("then", "now"), "#000000")


def nodes(figure: Any, side: float) -> list[tuple[float, float]]:
    """Lower and upper edges of the nodes on one side, from the top."""
    rectangles = [s for s in figure.layout.shapes if s.type == "rect" and side in (s.x0, s.x1)]
    return sorted(((s.y0, s.y1) for s in rectangles), reverse=True)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_nodes_fill_each_side_without_overlap(codes: list[tuple[int, int]]) -> None:
    moves, figure = flow(codes)
    for side in (0.0, 1.0):
        edges = nodes(figure, side)
        assert edges[0][1] == pytest.approx(1)
        assert edges[-1][0] >= -1e-9
        for upper, lower in pairwise(edges):
            assert lower[1] < upper[0]
    assert list(figure.data[0].customdata) == list(moves.index)
    assert [int(text) for text in figure.data[0].text] == moves["clients"].tolist()


def test_nodes_name_their_tier_and_count() -> None:
    _, figure = flow([(2, 2), (2, 1), (3, 2)])
    texts = [note.text for note in figure.layout.annotations]
    assert {"<b>Ordinary</b> 2", "<b>Key</b> 1", "<b>Potential</b> 1", "then", "now"} == set(texts)


def test_more_clients_make_a_thicker_band() -> None:
    _, figure = flow([(2, 2)] * 50 + [(3, 3)])
    (ordinary, potential) = nodes(figure, 0.0)
    assert ordinary[1] - ordinary[0] > 5 * (potential[1] - potential[0])


def test_loads_can_be_clicked_by_person_and_names_are_plain_text() -> None:
    loads = pd.DataFrame(
        {"name": ["<b>李娜</b>" + "很长" * 10, "张伟"], "clients": [18, 8], "state": ["above", "below"]},
        index=["s-1", "s-2"],
    )
    figure = load_figure(loads, 10, 15, COLORS, "#000000")
    bars = figure.data[0]
    assert list(bars.customdata) == ["s-2", "s-1"]  # drawn from the bottom up
    assert list(bars.marker.color) == ["#111111", "#333333"]
    assert not any("<" in text for text in figure.layout.yaxis.ticktext)
    (band,) = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert (band.x0, band.x1) == (10, 15)


def test_the_last_twelve_months_stand_out_and_the_threshold_is_a_line() -> None:
    months = pd.DataFrame(
        {
            "month": pd.date_range("2025-11-01", periods=3, freq="MS"),
            "amount": [1.0, 2.0, 3.0],
            "trailing": [1.0, 3.0, 6.0],
            "in_window": [False, True, True],
        }
    )
    figure = purchases_figure(months, 500_000, ("Month", "Total"))
    pale, *dark = figure.data[0].marker.color
    assert dark[0] == dark[1] != pale
    assert [shape.y0 for shape in figure.layout.shapes] == [500_000]
    assert not purchases_figure(months, float("nan"), ("Month", "Total")).layout.shapes
