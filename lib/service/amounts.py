"""Amounts in force: the standard's dated steps, overruled by the team's dated rows in the Rules worksheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.standard.clauses import Clause, Standard

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

_WHOLE_UNITS = ("days", "working_days", "months")
_MARKS = ("target", "limit")
_ALWAYS = np.datetime64("0001-01-01", "D")


@dataclass(frozen=True, eq=False)
class Steps:
    """An amount over time: ``values[i]`` holds from ``days[i]`` on; ``rules[i]`` is its Rules row or ""."""

    days: Days
    values: Floats
    rules: tuple[str, ...]

    def at(self, days: Days) -> Floats:
        """The amount on each day; NaN where none holds or the day is missing."""
        if not len(self.days):
            return np.full(len(days), np.nan)
        position = self._positions(days)
        return np.where((position >= 0) & ~np.isnat(days), self.values[np.maximum(position, 0)], np.nan)

    def rule_at(self, day: np.datetime64) -> str:
        """Record id of the Rules row that set the amount of a day; empty if the standard did."""
        position = self._positions(np.array([day]))[0] if len(self.days) else -1
        return self.rules[position] if position >= 0 else ""

    def _positions(self, days: Days) -> npt.NDArray[np.int64]:
        return np.searchsorted(self.days, days.astype("datetime64[D]"), side="right") - 1


@dataclass(frozen=True, eq=False)
class Amounts:
    """A clause's two marks over time, in the clause's unit."""

    target: Steps
    limit: Steps

    def limit_at(self, days: Days) -> Floats:
        """The limit of each day, never below the target; NaN where there is none."""
        target, limit = self.target.at(days), self.limit.at(days)
        return np.where(limit < target, target, limit)


def amounts_in_force(standard: Standard, rules: pd.DataFrame) -> Mapping[str, Amounts]:
    """Amounts of every clause, by id. ``rules`` is the table of the worksheet of that name.

    From a team's first date on its own rows hold for that mark; rows that make no sense are left out
    (``rule_problems`` names them).
    """
    good = rules[_is_good(rules, standard)].sort_values("effective_from", kind="stable")
    marks = good["mark"].astype("str").fillna("target")
    by_mark = dict(iter(good.groupby([good["clause"], marks], sort=False))) if len(good) else {}
    return {
        clause.id: Amounts(*(_steps(clause, mark, by_mark.get((clause.id, mark))) for mark in _MARKS))
        for clause in standard.clauses.values()
    }


def rule_codes(rules: pd.DataFrame, standard: Standard) -> npt.NDArray[np.object_]:
    """What is wrong with each row of Rules: unknown_clause, rule_without_amount, rule_amount or ""."""
    clauses = [standard.clauses.get(name) if isinstance(name, str) else None for name in rules["clause"]]
    codes = [
        _rule_code(name, clause, float(amount))
        for name, clause, amount in zip(rules["clause"], clauses, rules["amount"], strict=True)
    ]
    return np.array(codes, dtype=object)


def _rule_code(name: object, clause: Clause | None, amount: float) -> str:
    if not isinstance(name, str):
        return ""
    if clause is None:
        return "unknown_clause"
    if not clause.has_amount:
        return "rule_without_amount"
    fits = amount >= 0 and not (clause.unit in _WHOLE_UNITS and clause.kind != "measure" and amount % 1)
    return "" if fits or np.isnan(amount) else "rule_amount"


def _is_good(rules: pd.DataFrame, standard: Standard) -> npt.NDArray[np.bool_]:
    filled = rules[["clause", "amount", "effective_from"]].notna().all(axis=1).to_numpy()
    good: npt.NDArray[np.bool_] = filled & (rule_codes(rules, standard) == "")
    return good


def _steps(clause: Clause, mark: str, rules: pd.DataFrame | None) -> Steps:
    standard = [(amount.from_on, getattr(amount, mark)) for amount in clause.amounts]
    days = [np.datetime64(on, "D") for on, value in standard if value is not None]
    values = [value for _, value in standard if value is not None]
    # A case from before the first date of the standard is judged by its first amount.
    days[:1] = [_ALWAYS] * len(days[:1])
    names: list[str] = [""] * len(days)
    if rules is not None:
        team_days = list(rules["effective_from"].to_numpy(dtype="datetime64[D]"))
        kept = sum(day < team_days[0] for day in days)
        days = days[:kept] + team_days
        values = values[:kept] + list(rules["amount"])
        names = names[:kept] + [str(record) for record in rules.index]
    return Steps(np.array(days, dtype="datetime64[D]"), np.array(values, dtype=np.float64), tuple(names))
