"""The five stages of a complaint: how far each one is, how many pass from stage to stage, how long it takes.

- A complaint *has reached* a stage when the time of that stage or of a later one is filled. A stage passed
  over without its time counts as reached, and its time as *missing*.
- Its *current stage* is the last one reached. It is *open* until it has been followed up.
- *Time in a stage* runs from its time to that of the next stage. It is known only where both times are, in
  that order; otherwise the complaint is left out of the figures for this stage.
- A time later than ``now`` has not happened yet and counts as empty.

Lengths of time are float64 microseconds, NaN where unknown; ``working`` ones run in the team's open hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.standard.instants import NAT, Us, from_us, to_us
from lib.standard.working_time import WorkingCalendar

STAGES = ("received", "assessed", "responded", "resolved", "followed_up")
TIMED_STAGES = STAGES[:-1]
SETTLED = STAGES.index("resolved")
LAST = len(STAGES) - 1
WHOLE = "whole"  # from receipt to resolution
SPANS = (*TIMED_STAGES, WHOLE)

Spans = npt.NDArray[np.float64]


def place_in_stages(complaints: pd.DataFrame, calendar: WorkingCalendar, now: datetime) -> pd.DataFrame:
    """How far each complaint is at ``now`` (aware), one row each, same index.

    Columns: ``stage`` (ordered category), ``is_open``, ``since_at``, ``age_us`` and ``age_working_us``
    (in the present stage; NaN once followed up), ``missing_<stage>`` (bool), ``disordered`` (bool: a stage
    is dated before an earlier one), ``spent_<span>_us`` and ``spent_<span>_working_us`` for each of SPANS.
    """
    now_us = to_us(now)
    times = stage_times(complaints, now_us)
    stage = current_stage(times)
    reached = np.arange(len(STAGES)) <= stage[:, None]
    since = times[np.arange(len(times)), stage]
    is_open = stage < LAST
    columns: dict[str, Any] = {
        "stage": pd.Categorical.from_codes(stage, categories=pd.Index(STAGES), ordered=True),
        "is_open": is_open,
        "since_at": from_us(since, calendar.tz),
        "disordered": _disordered(times),
    }
    columns |= {f"missing_{key}": (reached & (times == NAT))[:, i] for i, key in enumerate(STAGES)}
    columns |= _lengths("age", np.where(is_open, since, NAT), np.full(len(times), now_us), calendar)
    for number, span in enumerate(TIMED_STAGES):
        columns |= _lengths(f"spent_{span}", times[:, number], times[:, number + 1], calendar)
    columns |= _lengths(f"spent_{WHOLE}", times[:, 0], times[:, SETTLED], calendar)
    return pd.DataFrame(columns, index=complaints.index)


def stage_times(complaints: pd.DataFrame, now_us: int) -> Us:
    """The times of the five stages, a row for each complaint; ``NAT`` where empty or after ``now_us``."""
    times = np.column_stack([to_us(complaints[f"{stage}_at"]) for stage in STAGES])
    return np.where(times > now_us, NAT, times).reshape(len(complaints), len(STAGES))


def current_stage(times: Us) -> npt.NDArray[np.intp]:
    """Number of the last stage with a time; a complaint without any time has been received."""
    filled = times != NAT
    return np.where(filled.any(axis=1), LAST - filled[:, ::-1].argmax(axis=1), 0)


def measure_funnel(placed: pd.DataFrame) -> pd.DataFrame:
    """The funnel over placed complaints: one row for each of STAGES.

    ``reached``, ``here`` (now in this stage), ``share`` (of all), ``conversion`` (of those that reached the
    stage before; NaN where there are none), ``missing`` (reached, time missing) and time in the stage:
    ``timed`` (how many are measured), ``median_us``, ``p90_us``, ``median_working_us``, ``p90_working_us``.
    """
    codes = placed["stage"].cat.codes.to_numpy()
    here = np.bincount(codes, minlength=len(STAGES))
    reached = here[::-1].cumsum()[::-1]
    funnel = pd.DataFrame(
        {
            "reached": reached,
            "here": here,
            "share": _ratio(reached, np.full(len(STAGES), len(placed))),
            "conversion": np.concatenate([[np.nan], _ratio(reached[1:], reached[:-1])]),
            "missing": [int(placed[f"missing_{stage}"].sum()) for stage in STAGES],
        },
        index=pd.Index(STAGES, name="stage"),
    )
    return funnel.join(measure_spans(placed))


def measure_spans(placed: pd.DataFrame, spans: Sequence[str] = SPANS) -> pd.DataFrame:
    """Median and 90th percentile of each span: ``timed``, ``median_us``, ``p90_us``, ``..._working_us``."""
    rows = [_measure_span(placed, span) for span in spans]
    return pd.DataFrame(rows, index=pd.Index(spans, name="stage"))


def _measure_span(placed: pd.DataFrame, span: str) -> dict[str, float]:
    known = placed[f"spent_{span}_us"].dropna().to_numpy()
    working = placed[f"spent_{span}_working_us"].dropna().to_numpy()
    return {
        "timed": len(known),
        "median_us": _quantile(known, 0.5),
        "p90_us": _quantile(known, 0.9),
        "median_working_us": _quantile(working, 0.5),
        "p90_working_us": _quantile(working, 0.9),
    }


def _quantile(values: Spans, share: float) -> float:
    return float(np.quantile(values, share)) if len(values) else float("nan")


def _lengths(name: str, start: Us, end: Us, calendar: WorkingCalendar) -> dict[str, Spans]:
    """Clock and working time between instants, NaN unless both are known and in order."""
    known = (start != NAT) & (end != NAT) & (end >= start)
    clock = np.full(len(start), np.nan)
    working = clock.copy()
    clock[known] = end[known] - start[known]
    working[known] = calendar.elapsed_service(start[known], end[known])
    return {f"{name}_us": clock, f"{name}_working_us": working}


def _disordered(times: Us) -> npt.NDArray[np.bool_]:
    """Is any stage dated before an earlier one? Missing times say nothing (they are the smallest number)."""
    latest_before = np.maximum.accumulate(times, axis=1)[:, :-1]
    later = times[:, 1:]
    return np.asarray(((later != NAT) & (later < latest_before)).any(axis=1))


def _ratio(numerator: npt.NDArray[Any], denominator: npt.NDArray[Any]) -> Spans:
    shares = np.full(len(numerator), np.nan)
    np.divide(numerator, denominator, out=shares, where=denominator > 0)
    return shares
