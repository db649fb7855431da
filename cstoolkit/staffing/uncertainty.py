"""How sure is the headcount: draws over all assumptions, and a tornado over one at a time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cstoolkit import assumptions, checks
from cstoolkit.assumptions import OURS
from cstoolkit.staffing.csms import workload
from cstoolkit.staffing.hours import Capacity, customer_hours, effort_table
from cstoolkit.staffing.team import SLACK, Ratios, count_leaders, nearest

OUTCOMES = ("headcount", "csms", "hours")
"""What can be looked at: all people (whole), CSMs (fractions), hours a month with customers."""

LEVEL = {"value": 1.0, "low": 0.8, "high": 1.25, "unit": "times", "source": OURS}
"""How the hours of a tier may differ from those of an effort frame without ranges of its own."""


def monte_carlo(
    customers: pd.DataFrame,
    *,
    effort: pd.DataFrame | None = None,
    capacity: Capacity | None = None,
    ratios: Ratios | None = None,
    starts: float | Mapping[str, float] | pd.Series | None = None,
    size: int = 10_000,
    seed: int,
) -> pd.DataFrame:
    """The headcount under many draws of all assumptions.

    Each assumption is drawn from a triangle over its range with its value as the mode, all
    independent.

    Parameters
    ----------
    customers, starts
        As for ``bottom_up``.
    effort : DataFrame, optional
        The plan; default: ``effort_table()``. With columns `low` and `high` each row's hours vary
        in their range; without, the hours of each tier vary together, from 0.8 to 1.25 times
        (ours).
    capacity, ratios : optional
    size : int
        How many draws.
    seed : int

    Returns
    -------
    DataFrame
        One row a draw: a column an assumption (``effort.high_checkins``, ``capacity.utilisation``,
        ...), hours (a month), csms (float), headcount (CSMs, CS Ops, customer marketing, leaders).

    Examples
    --------
    >>> base = pd.DataFrame({"segment": "low", "tier": "low", "arr": [20_000.0] * 900})
    >>> draws = monte_carlo(base, starts=20, size=2_000, seed=1)
    >>> draws["headcount"].quantile([0.05, 0.5, 0.95]).is_monotonic_increasing
    True
    """
    size = checks.count("monte_carlo", "size", size, least=1)
    model = _Model(customers, effort, capacity, ratios, starts)
    rng = np.random.default_rng(seed)
    drawn = {}
    for row in model.ranges.itertuples():
        low, high = min(row.low, row.value), max(row.high, row.value)
        if low < high:
            drawn[row.assumption] = rng.triangular(low, row.value, high, size)
    frame = pd.DataFrame(drawn, index=pd.RangeIndex(size, name="draw"))
    return frame.assign(**model.outcomes(drawn, size))


def tornado(
    customers: pd.DataFrame,
    *,
    effort: pd.DataFrame | None = None,
    capacity: Capacity | None = None,
    ratios: Ratios | None = None,
    starts: float | Mapping[str, float] | pd.Series | None = None,
    outcome: str = "csms",
) -> pd.DataFrame:
    """What moves the answer: each assumption alone at both ends of its range.

    Parameters
    ----------
    customers, effort, capacity, ratios, starts
        As for :func:`monte_carlo`.
    outcome : {"csms", "headcount", "hours"}
        Whole people jump, so that small assumptions seem not to matter for the headcount.

    Returns
    -------
    DataFrame
        One row an assumption that has a range, the widest swing first: assumption (record.field),
        says, unit, source, value, low and high (of the assumption), at_low, at_high, base (the
        outcome), swing (its width). ``attrs["outcome"]`` keeps the outcome for the picture.
    """
    checks.one_of("tornado", "outcome", outcome, OUTCOMES)
    model = _Model(customers, effort, capacity, ratios, starts)
    table = model.ranges[model.ranges["low"] < model.ranges["high"]].reset_index(drop=True)
    size = 2 * len(table) + 1
    values = {}
    for row in table.itertuples():
        values[row.assumption] = np.full(size, row.value)
        values[row.assumption][2 * row.Index : 2 * row.Index + 2] = row.low, row.high
    found = model.outcomes(values, size)[outcome].astype("float64")
    table = table.assign(at_low=found[:-1:2], at_high=found[1::2], base=found[-1])
    ends = table[["at_low", "at_high", "base"]]
    table["swing"] = ends.max(axis=1) - ends.min(axis=1)
    table = table.sort_values("swing", ascending=False, kind="stable", ignore_index=True)
    table.attrs["outcome"] = outcome
    return table


class _Model:
    """The headcount of a base as a function of its assumptions.

    `ranges` has one row an assumption: assumption, says, unit, source, value, low, high. `hours`
    says how many hours a month one unit of each effort assumption takes.
    """

    def __init__(self, customers, effort, capacity, ratios, starts):
        load = workload(customers, effort_table() if effort is None else effort, starts)
        plan, times = load.effort, load.times.sum(axis=1)
        self.customers = int(load.segments["customers"].sum())
        records = {"capacity": capacity or Capacity(), "ratios": ratios or Ratios()}
        if {"low", "high"} <= set(plan):
            work = plan.get("work", plan["phase"])
            names = plan["tier"] + "_" + work
            says = plan["tier"] + " touch: " + plan.get("says", work)
            own = plan.assign(assumption="effort." + names, value=plan["hours"], says=says)
            own["unit"] = "hours " + plan["per"].map(
                lambda per: per if per == "once" else f"a {per}"
            )
        else:
            spent = (plan["hours"] * times).groupby(plan["tier"], sort=False).sum()
            tiers, times = spent.index, spent.to_numpy()
            own = pd.DataFrame({"assumption": "effort." + tiers, **LEVEL})
            own["says"] = tiers + " touch: hours a customer, against now"
        self.hours = dict(zip(own["assumption"], times, strict=True))
        tables = [
            assumptions.table(record).assign(
                assumption=lambda rows, name=name: name + "." + rows["assumption"]
            )
            for name, record in records.items()
        ]
        columns = ["assumption", "says", "unit", "source", "value", "low", "high"]
        ranges = pd.concat([own, *tables], ignore_index=True)[columns]
        self.ranges = ranges.astype({"value": "float64", "low": "float64", "high": "float64"})

    def outcomes(self, values: Mapping[str, np.ndarray], size: int) -> dict[str, np.ndarray]:
        """The outcomes for arrays of assumptions; one without an array keeps its value."""
        value = dict(zip(self.ranges["assumption"], self.ranges["value"], strict=True)) | values
        hours = np.zeros(size)
        for name, times in self.hours.items():
            hours += times * value[name]
        csms = hours / customer_hours(
            value["capacity.hours"], value["capacity.utilisation"], value["capacity.new_share"]
        )
        whole = np.ceil(csms - SLACK)
        ops = nearest(whole / value["ratios.csms_per_ops"])
        marketing = nearest(self.customers / value["ratios.customers_per_marketing"])
        new = value["ratios.new_leaders"]
        span = new * value["ratios.span_new"] + (1 - new) * value["ratios.span"]
        team = (whole + ops + marketing).astype("int64")
        return {"hours": hours, "csms": csms, "headcount": team + count_leaders(team, span)}
