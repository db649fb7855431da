"""The two approaches to the number of CSMs: top-down from a benchmark, bottom-up from the hours of a plan (S4).

Both answer in both units, CSMs needed and customers per CSM, since S4's steps end in different ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cstoolkit.staffing import _benchmark, _checks
from cstoolkit.staffing._capacity import Capacity
from cstoolkit.staffing._effort import Plan, checked


def top_down(
    customers: pd.DataFrame,
    benchmark: float | str | Mapping[str, float | str] | pd.Series,
    *,
    per: str = "arr",
    currency: str | None = None,
    benchmark_currency: str | None = None,
    fx: float | Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """CSMs that a benchmark pays for, per segment (S4).

    `customers` has one row a customer with `segment` and `arr` (currency a year). `benchmark` is what one CSM holds: ARR
    (or customers, with ``per="customers"``), a number or one a segment (mapping or Series), each a number or the key of a reference
    figure, which knows what it counts. A benchmark in another currency than `currency`, that of `customers`, is refused unless `fx` says
    what one unit of it is worth; `benchmark_currency` names the currency of plain numbers where it differs.

    Returns one row a segment: segment, customers, arr, csms (float), customers_per_csm. A category without customers has 0
    CSMs and no customers_per_csm (NaN). Raises ValueError for a segment without a benchmark and for one that is not above 0.

    >>> base = pd.DataFrame({"segment": ["high", "high", "low"], "arr": [600_000.0, 400_000.0, 50_000.0]})
    >>> top_down(base, {"high": 500_000, "low": 1_000_000})[["segment", "csms", "customers_per_csm"]].to_dict("list")
    {'segment': ['high', 'low'], 'csms': [2.0, 0.05], 'customers_per_csm': [1.0, 20.0]}
    >>> top_down(base, "arr_per_csm_japan_first", currency="USD")
    Traceback (most recent call last):
    ValueError: the benchmark is in JPY, the customers' ARR in USD. Pass fx, the USD that one JPY is worth.
    """
    _, segments, count, arr = _segments(customers)
    found = _benchmark.resolve(
        benchmark,
        segments,
        per=per,
        currency=currency,
        benchmark_currency=benchmark_currency,
        fx=fx,
    )
    lacking = [
        each for each, number in zip(segments, count, strict=True) if number and each not in found
    ]
    if lacking:
        raise ValueError(
            f"no benchmark for the segment {', '.join(lacking)}; there is one for: {', '.join(found) or 'none'}."
        )
    csms = np.zeros(len(segments))
    for row, segment in enumerate(segments):
        if segment in found:
            value, counts = found[segment]
            csms[row] = (arr if counts == "arr" else count)[row] / value
    return _answer(segments, count, arr, csms)


def bottom_up(
    customers: pd.DataFrame,
    effort: pd.DataFrame,
    capacity: Capacity,
    *,
    starts: float | Mapping[str, float] | pd.Series | None = None,
) -> pd.DataFrame:
    """CSMs that a plan needs, per segment: the hours it gives to customers, divided by what one CSM has for them (S4).

    `customers` has one row a customer with `segment`, `arr`, `tier` and, where `effort` tells phases apart, `phase` (the main
    one). `effort` has one row a tier and phase (or "all"): tier, phase, hours, per (month, quarter, year, once), and where one pair
    has several kinds of work a column `work`; rows add up. Hours done once fall due with each customer that starts: `starts` is
    how many do a month, one number a segment, or one number in all that is spread over the segments by their
    customers; within a segment starts are spread over the tiers alike.

    Returns one row a segment: segment, customers, arr, hours (a month), csms (float), customers_per_csm. Raises ValueError for a
    tier or phase without effort, naming it and those that have one.

    >>> base = pd.DataFrame({"segment": ["mid"] * 4, "tier": ["high", "low", "low", "low"], "arr": [9e4, 2e4, 2e4, 1e4]})
    >>> effort = pd.DataFrame({"tier": ["high", "low"], "phase": "all", "hours": [8, 12], "per": ["month", "year"]})
    >>> bottom_up(base, effort, Capacity(hours=160, utilisation=0.65))[["hours", "csms", "customers_per_csm"]].round(3).values.tolist()
    [[11.0, 0.106, 37.818]]
    """
    if not isinstance(capacity, Capacity):
        raise TypeError(
            f"capacity is a staffing.Capacity, got {type(capacity).__name__}. Working hours alone are no capacity: "
            "say which share reaches customers, staffing.Capacity(hours=160, utilisation=0.65)."
        )
    plan = checked(effort)
    code, segments, count, arr = _segments(customers)
    tier = _tiers(customers, plan)
    cell = tier.astype(np.intp) * plan.monthly.shape[1] + _phases(customers, plan)
    hours = np.bincount(code, plan.monthly.ravel()[cell], len(segments))
    if np.isnan(hours).any():
        _refuse_uncovered(customers, plan, cell)
    if plan.once.any():
        due = np.bincount(code, plan.once[tier], len(segments))
        begun = _starts(starts, segments, count, due > 0)
        hours += np.divide(begun * due, count, out=np.zeros_like(hours), where=count > 0)
    answer = _answer(segments, count, arr, hours / capacity.for_customers)
    answer.insert(3, "hours", hours)
    return answer


def ignoring_utilisation(
    customers: pd.DataFrame, effort: pd.DataFrame, capacity: Capacity, *, starts: Any = None
) -> pd.DataFrame:
    """What goes wrong where all working hours are taken for customer hours (the ambiguity in S4).

    Returns one row a segment: segment, csms, csms_ignoring, customers_per_csm, customers_per_csm_ignoring, missing (people that
    the mistake leaves out).
    """
    right = bottom_up(customers, effort, capacity, starts=starts)
    wrong = bottom_up(customers, effort, replace(capacity, utilisation=1.0), starts=starts)
    return pd.DataFrame(
        {
            "segment": right["segment"],
            "csms": right["csms"],
            "csms_ignoring": wrong["csms"],
            "customers_per_csm": right["customers_per_csm"],
            "customers_per_csm_ignoring": wrong["customers_per_csm"],
            "missing": right["csms"] - wrong["csms"],
        }
    )


def _segments(customers: pd.DataFrame) -> tuple[np.ndarray, list[str], np.ndarray, np.ndarray]:
    """The customers' segment codes, the segments, and for each segment customers and ARR."""
    _checks.columns("customers", customers, ["segment", "arr"], "company.snapshot() has them.")
    arr = _checks.amounts("customers", customers["arr"])
    code, segments = _checks.codes(customers["segment"])
    if len(code) and code.min() < 0:
        _checks.no_gaps(
            "customers", customers["segment"], "Give every customer a segment first (S4)."
        )
    if _checks.TOTAL in segments:
        raise ValueError(
            "no segment may be called 'total': that is the row for all segments together. Rename it."
        )
    size = len(segments)
    return code, segments, np.bincount(code, minlength=size), np.bincount(code, arr, size)


def _tiers(customers: pd.DataFrame, plan: Plan) -> np.ndarray:
    """For each customer the row of its tier in the plan."""
    _checks.columns(
        "customers",
        customers,
        ["segment", "arr", "tier"],
        "staffing.assign_tiers(...) gives tiers by ARR.",
    )
    code, tiers = _checks.codes(customers["tier"])
    if len(code) and code.min() < 0:
        _checks.no_gaps(
            "customers",
            customers["tier"],
            "Give every customer a tier first (S4): staffing.assign_tiers(...).",
        )
    place = {tier: row for row, tier in enumerate(plan.tiers)}
    lookup = np.array([place.get(tier, -1) for tier in tiers], dtype=np.int32)
    if (lookup < 0).any():
        present = np.bincount(code, minlength=len(tiers)) > 0
        lacking = [
            tier for tier, here, row in zip(tiers, present, lookup, strict=True) if here and row < 0
        ]
        if lacking:
            raise ValueError(
                f"no effort for the tier {', '.join(lacking)}; there is one for: {', '.join(plan.tiers)}."
            )
    return lookup[code] if len(code) else np.zeros(0, dtype=np.int32)


def _phases(customers: pd.DataFrame, plan: Plan) -> np.ndarray | int:
    """For each customer the column of its phase in the plan, the last one for phases that the plan does not name."""
    if not plan.by_phase:
        return 0
    if "phase" not in customers:
        raise ValueError(
            f"effort tells phases apart ({', '.join(plan.phases)}), but customers has no column phase. "
            "staffing.base(company) has it; or plan by tier alone, with phase 'all'."
        )
    code, phases = _checks.codes(customers["phase"])
    if len(code) and code.min() < 0:
        _checks.no_gaps(
            "customers", customers["phase"], "Fill it, or plan by tier alone, with phase 'all'."
        )
    place = {phase: column for column, phase in enumerate(plan.phases)}
    lookup = np.array([place.get(phase, len(plan.phases)) for phase in phases], dtype=np.int32)
    return lookup[code] if len(code) else np.zeros(0, dtype=np.int32)


def _refuse_uncovered(customers: pd.DataFrame, plan: Plan, cell: np.ndarray) -> None:
    row = int(np.isnan(plan.monthly.ravel()[cell]).argmax())
    tier, phase = customers["tier"].iloc[row], customers["phase"].iloc[row]
    has = [
        name
        for name, hours in zip(plan.phases, plan.monthly[plan.tiers.index(str(tier))], strict=False)
        if hours == hours
    ]
    raise ValueError(
        f"no effort for the tier {tier} in the phase {phase}; the tier has: {', '.join(has)}. "
        "Add a row for that phase (0 hours is an answer), or one with phase 'all'."
    )


def _starts(starts: Any, segments: list[str], count: np.ndarray, needed: np.ndarray) -> np.ndarray:
    """Customers that start a month, for each segment."""
    if starts is None:
        raise ValueError(
            "effort has work done once for each customer that starts: "
            "say how many start a month, starts=... (staffing.starts(customers) counts them)."
        )
    if isinstance(starts, pd.Series):
        starts = starts.to_dict()
    if not isinstance(starts, Mapping):
        _checks.not_negative("bottom_up", starts=starts)
        return starts * count / max(count.sum(), 1)
    given = {str(key): value for key, value in starts.items()}
    for segment, value in given.items():
        _checks.not_negative("bottom_up", **{f"starts of the segment {segment}": value})
    lacking = [
        each for each, need in zip(segments, needed, strict=True) if need and each not in given
    ]
    if lacking:
        raise ValueError(
            f"starts says nothing about the segment {', '.join(lacking)}; it has: {', '.join(given) or 'none'}. 0 is an answer."
        )
    return np.array([float(given.get(each, 0)) for each in segments])


def _answer(
    segments: list[str], count: np.ndarray, arr: np.ndarray, csms: np.ndarray
) -> pd.DataFrame:
    """The columns that both approaches share; 0 CSMs for some customers are infinitely many customers per CSM."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = count / csms
    return pd.DataFrame(
        {
            "segment": pd.Series(segments, dtype="str"),
            "customers": count.astype("int64"),
            "arr": arr,
            "csms": csms,
            "customers_per_csm": ratio,
        }
    )
