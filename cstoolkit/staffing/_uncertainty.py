"""How sure the headcount is: Monte Carlo over the ranges of all assumptions at once, and a tornado over one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cstoolkit import assumptions
from cstoolkit.assumptions import assumption
from cstoolkit.staffing import _capacity, _checks
from cstoolkit.staffing._approaches import _starts, bottom_up
from cstoolkit.staffing._capacity import SLACK, Capacity
from cstoolkit.staffing._effort import ALL, PER, Effort, Row, effort_table, rows
from cstoolkit.staffing._roles import Span, Support, count_leaders, nearest

OUTCOMES = ("headcount", "csms", "hours")
"""What a Monte Carlo or tornado can look at: all people (whole), CSMs (fractions), hours a month with customers."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """The middle of many draws: `level` of them lie from `low` to `high`, half below `median`."""

    low: float
    median: float
    high: float
    level: float


@dataclass(frozen=True, kw_only=True)
class Level:
    """How the hours a customer gets may differ from those of an effort frame, such as the hours really given last year."""

    high: float = assumption(
        1.0, unit="times", low=0.8, high=1.25, says="high touch: hours a customer, against now"
    )
    low: float = assumption(
        1.0, unit="times", low=0.8, high=1.25, says="low touch: hours a customer, against now"
    )
    tech: float = assumption(
        1.0, unit="times", low=0.8, high=1.25, says="tech touch: hours a customer, against now"
    )

    def __post_init__(self) -> None:
        _checks.not_negative("Level", high=self.high, low=self.low, tech=self.tech)


@dataclass(frozen=True)
class _Tier:
    """All hours of a tier in an effort frame, as one row whose hours are its level."""

    tier: str

    def hours(self, levels: Mapping[str, Any]) -> Any:
        return levels[self.tier]


@dataclass(frozen=True)
class _Load:
    """What a base asks of each effort row: how often a month its hours fall due."""

    rows: list[Row] | list[_Tier]
    times: np.ndarray
    customers: int


def monte_carlo(
    customers: pd.DataFrame,
    *,
    effort: Effort | pd.DataFrame | None = None,
    capacity: Capacity | None = None,
    support: Support | None = None,
    span: Span | None = None,
    by_phase: bool = False,
    starts: float | Mapping[str, float] | pd.Series | None = None,
    size: int = 10_000,
    seed: int,
) -> pd.DataFrame:
    """The headcount under `size` draws of all assumptions, each triangular over its range with its value as the mode, independent.

    `customers`, `by_phase` and `starts` are as in ``bottom_up`` and ``effort_table`` (without phases, `starts` is required). `effort` is a
    record of hours, each with its range, or an effort frame such as ``measured_effort`` makes, whose hours then vary by tier as ``Level``
    says.
    Returns one row a draw: a column an assumption (``effort.high_checkins``, ``capacity.utilisation``, ...), hours (a month), csms
    (float), headcount (CSMs, CS Ops, customer marketing, leaders).

    >>> base = pd.DataFrame({"segment": "low", "tier": "low", "arr": [20_000.0] * 900})
    >>> draws = monte_carlo(base, starts=20, size=2_000, seed=1)
    >>> interval(draws).low < interval(draws).median < interval(draws).high
    True
    """
    size = _checks.whole("monte_carlo", "size", size, least=1)
    records = _records(effort, capacity, support, span)
    load = _load(customers, effort, records, by_phase, starts)
    draws = assumptions.draw(records, size, np.random.default_rng(seed))
    values = {name: column.to_numpy() for name, column in draws.items()}
    return draws.assign(**_answer(load, _values(records) | values, size))


def interval(draws: pd.DataFrame, outcome: str = "headcount", level: float = 0.9) -> Interval:
    """Where the middle `level` of the draws lie, and their median.

    >>> interval(pd.DataFrame({"headcount": range(101)}), level=0.8)
    Interval(low=10.0, median=50.0, high=90.0, level=0.8)
    """
    _outcome(outcome)
    _checks.share("interval", "level", level)
    _checks.columns("draws", draws, [outcome], "staffing.monte_carlo(...) makes it.")
    if draws.empty:
        raise ValueError("interval: there are no draws.")
    low, median, high = np.quantile(draws[outcome], [(1 - level) / 2, 0.5, (1 + level) / 2])
    return Interval(
        low=round(float(low), 9), median=float(median), high=round(float(high), 9), level=level
    )


def tornado(
    customers: pd.DataFrame,
    *,
    effort: Effort | pd.DataFrame | None = None,
    capacity: Capacity | None = None,
    support: Support | None = None,
    span: Span | None = None,
    by_phase: bool = False,
    starts: float | Mapping[str, float] | pd.Series | None = None,
    outcome: str = "csms",
) -> pd.DataFrame:
    """What moves the answer: each assumption alone at the low and the high end of its range, all others at their values.

    Returns one row an assumption that has a range, the widest swing first: assumption (record.field), says, unit, source, value, low
    and high (of the assumption), at_low, at_high, base (the outcome), swing (its width). `outcome` is "csms", "headcount" or
    "hours" (kept in ``attrs["outcome"]`` for the picture); whole people jump, so that small assumptions seem not to matter there.
    """
    _outcome(outcome)
    records = _records(effort, capacity, support, span)
    load = _load(customers, effort, records, by_phase, starts)
    defaults = _values(records)
    fields = [
        (f"{name}.{field.name}", field)
        for name, record in records.items()
        for field in assumptions.fields(record)
    ]
    fields = [
        (name, field) for name, field in fields if field.metadata["low"] < field.metadata["high"]
    ]
    size = 2 * len(fields) + 1
    values = {name: np.full(size, float(value)) for name, value in defaults.items()}
    for place, (name, field) in enumerate(fields):
        values[name][2 * place : 2 * place + 2] = field.metadata["low"], field.metadata["high"]
    found = _answer(load, values, size)[outcome].astype("float64")
    table = pd.DataFrame(
        {
            "assumption": [name for name, _ in fields],
            **{
                key: [field.metadata[key] for _, field in fields]
                for key in ("says", "unit", "source")
            },
            "value": [float(defaults[name]) for name, _ in fields],
            "low": [float(field.metadata["low"]) for _, field in fields],
            "high": [float(field.metadata["high"]) for _, field in fields],
            "at_low": found[:-1:2],
            "at_high": found[1::2],
            "base": found[-1],
        }
    )
    ends = table[["at_low", "at_high", "base"]]
    table["swing"] = ends.max(axis=1) - ends.min(axis=1)
    table = table.sort_values("swing", ascending=False, kind="stable", ignore_index=True)
    table.attrs["outcome"] = outcome
    return table


def _records(effort: Any, capacity: Any, support: Any, span: Any) -> dict[str, Any]:
    return {
        "effort": Level() if isinstance(effort, pd.DataFrame) else effort or Effort(),
        "capacity": capacity or Capacity(),
        "support": support or Support(),
        "span": span or Span(),
    }


def _values(records: dict[str, Any]) -> dict[str, float]:
    return {
        f"{name}.{field.name}": getattr(record, field.name)
        for name, record in records.items()
        for field in assumptions.fields(record)
    }


def _load(
    customers: pd.DataFrame, effort: Any, records: dict[str, Any], by_phase: bool, starts: Any
) -> _Load:
    """How often a month the hours of each effort row fall due in this base."""
    if isinstance(effort, pd.DataFrame):
        return _frame_load(customers, effort, records["capacity"], starts)
    # The point answer checks the base, and says what is wrong with it.
    answer = bottom_up(
        customers,
        effort_table(records["effort"], by_phase=by_phase),
        records["capacity"],
        starts=starts,
    )
    segment, segments = _checks.codes(customers["segment"])
    tier, tiers = _checks.codes(customers["tier"])
    held = answer["customers"].to_numpy()
    cells = np.bincount(
        segment.astype(np.intp) * len(tiers) + tier, minlength=len(segments) * len(tiers)
    )
    cells = cells.reshape(len(segments), len(tiers))
    begun = np.zeros(len(tiers))
    if not by_phase:
        rate = np.divide(
            _starts(starts, segments, held, held > 0), held, out=np.zeros(len(held)), where=held > 0
        )
        begun = rate @ cells
    found = rows(by_phase)
    times = np.zeros(len(found))
    for place, row in enumerate(found):
        if row.tier not in tiers:
            continue
        code = tiers.index(row.tier)
        if row.per == "once":
            times[place] = begun[code]
        elif row.phase == ALL:
            times[place] = cells[:, code].sum() * PER[row.per]
        else:
            times[place] = (
                (tier == code) & (customers["phase"] == row.phase).to_numpy()
            ).sum() * PER[row.per]
    return _Load(found, times, int(held.sum()))


def _frame_load(
    customers: pd.DataFrame, effort: pd.DataFrame, capacity: Capacity, starts: Any
) -> _Load:
    """The hours a month that each tier takes by an effort frame."""
    if isinstance(starts, (Mapping, pd.Series)):
        raise ValueError(
            "with an effort frame, starts is one number for all segments, since hours are added up by tier."
        )
    _checks.columns(
        "customers", customers, ["segment", "tier", "arr"], "staffing.base(company) makes it."
    )
    found = bottom_up(customers.assign(segment=customers["tier"]), effort, capacity, starts=starts)
    tiers = found["segment"].astype("str").to_list()
    unknown = sorted(set(tiers) - {field.name for field in assumptions.fields(Level)})
    if unknown:
        raise ValueError(
            f"Level has no range for the tier {', '.join(unknown)}; it has: high, low, tech."
        )
    return _Load(
        [_Tier(tier) for tier in tiers], found["hours"].to_numpy(), int(found["customers"].sum())
    )


def _answer(load: _Load, values: dict[str, Any], size: int) -> dict[str, np.ndarray]:
    """The outcomes for arrays of assumptions."""
    effort = {
        name.removeprefix("effort."): value
        for name, value in values.items()
        if name.startswith("effort.")
    }
    hours = np.zeros(size)
    for row, times in zip(load.rows, load.times, strict=True):
        hours += times * row.hours(effort)
    per_csm = _capacity.for_customers(
        *(values[f"capacity.{name}"] for name in ("hours", "utilisation", "new_share"))
    )
    csms = hours / per_csm
    whole = np.ceil(csms - SLACK)
    ops = nearest(whole / values["support.csms_per_ops"])
    marketing = nearest(load.customers / values["support.customers_per_marketing"] * np.ones(size))
    new = values["span.new_share"]
    reports = new * values["span.new"] + (1 - new) * values["span.experienced"]
    team = (whole + ops + marketing).astype("int64")
    return {"hours": hours, "csms": csms, "headcount": team + count_leaders(team, reports)}


def _outcome(outcome: str) -> None:
    if outcome not in OUTCOMES:
        raise ValueError(f"outcome is one of {', '.join(OUTCOMES)}, got {outcome!r}.")
