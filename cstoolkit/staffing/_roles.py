"""Who else the CSMs need: CS Ops, customer marketing, and leaders level upon level up to one head (S4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cstoolkit import reference
from cstoolkit.assumptions import assumption
from cstoolkit.staffing import _checks
from cstoolkit.staffing._capacity import SLACK, headcount
from cstoolkit.staffing._cost import Cost, in_currency

_EXPERIENCED, _NEW = reference.figure("span_experienced"), reference.figure("span_new")
_OPS = reference.figure("csm_per_cs_ops")

ROLES = ("CSM", "CS Ops", "customer marketing", "leader")
"""The roles of a headcount, in order."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """Direct reports that a leader handles: 8-12 for an experienced one, at most 6 for a new one (S4).

    >>> Span(experienced=10, new=6, new_share=0.5).reports
    8.0
    """

    experienced: float = assumption(
        (_EXPERIENCED.low + _EXPERIENCED.high) / 2,
        unit="people",
        low=_EXPERIENCED.low,
        high=_EXPERIENCED.high,
        source="span_experienced",
        says="direct reports of an experienced leader",
    )
    new: float = assumption(
        _NEW.high,
        unit="people",
        low=4,
        high=_NEW.high,
        source="span_new",
        says="direct reports of a new leader, at most 6",
    )
    new_share: float = assumption(
        0, unit="share", low=0, high=0.5, says="share of the leaders who are new to leading"
    )

    def __post_init__(self) -> None:
        for name in ("experienced", "new"):
            _span(f"Span: {name}", getattr(self, name))
        _checks.share("Span", "new_share", self.new_share, zero=True)

    @property
    def reports(self) -> float:
        """Direct reports of a leader, on average over experienced and new ones."""
        return self.new_share * self.new + (1 - self.new_share) * self.experienced


@dataclass(frozen=True, kw_only=True)
class Support:
    """The rules for roles that serve all customers at once.

    Each role is rounded to the nearest whole person: the first one comes when half of its work is there; until then CSMs do it.
    """

    csms_per_ops: float = assumption(
        _OPS.typical,
        unit="people",
        low=8,
        high=16,
        source="csm_per_cs_ops",
        says="CSMs for each CS Ops person",
    )
    customers_per_marketing: float = assumption(
        600,
        unit="customers",
        low=300,
        high=1_200,
        says="customers for each customer marketing person",
    )

    def __post_init__(self) -> None:
        _checks.positive(
            "Support",
            csms_per_ops=self.csms_per_ops,
            customers_per_marketing=self.customers_per_marketing,
        )


def leaders(people: int, span: float | Span) -> int:
    """Leaders that so many people need, level upon level up to one head (S4).

    `people` are those who are led at the bottom, a whole number; `span` is how many reports a leader has, at least 2. One person alone
    leads nobody and needs no leader: 0.

    >>> leaders(10, 10), leaders(11, 10), leaders(100, 10), leaders(1, 10)
    (1, 3, 11, 0)
    >>> leaders(20, Span(new_share=1))
    5
    >>> leaders(20, 1)
    Traceback (most recent call last):
    ValueError: leaders: span is a number of at least 2, got 1. With fewer than 2 reports there is no end to the levels.
    """
    people = _checks.whole("leaders", "people", people)
    return int(count_leaders(np.array([people]), _reports(span))[0])


def leader_levels(people: int, span: float | Span) -> pd.DataFrame:
    """The same, one row a level from the head down: level (1: the head), leaders, led (people on the level below), reports (on average).

    >>> leader_levels(100, 10)[["level", "leaders", "led"]].to_dict("list")
    {'level': [1, 2], 'leaders': [1, 10], 'led': [10, 100]}
    """
    people, reports = _checks.whole("leaders", "people", people), _reports(span)
    rows = []
    while people > 1:
        above = int(np.ceil(people / reports - SLACK))
        rows.append({"leaders": above, "led": people, "reports": people / above})
        people = above
    frame = pd.DataFrame(rows[::-1], columns=["leaders", "led", "reports"])
    frame.insert(0, "level", np.arange(1, len(frame) + 1))
    return frame.astype({"leaders": "int64", "led": "int64", "reports": "float64"})


def count_leaders(people: np.ndarray, reports: float | np.ndarray) -> np.ndarray:
    """Leaders for each of many numbers of people, with one span or one each."""
    people, total = people.astype("int64"), np.zeros(people.shape, dtype="int64")
    while (people > 1).any():
        people = np.where(people > 1, np.ceil(people / reports - SLACK).astype("int64"), 0)
        total += people
    return total


def roles(
    csms: float | pd.DataFrame,
    customers: int | None = None,
    *,
    support: Support | None = None,
    span: Span | float | None = None,
    cost: Cost | None = None,
    currency: str | None = None,
) -> pd.DataFrame:
    """The whole headcount behind so many CSMs: each role's people, rule and cost.

    `csms` is a number of CSMs, or an answer of ``bottom_up`` or ``top_down``, whose segments are added up; `customers` is how many live
    customers customer marketing serves (with an answer: its customers). Returns one row a role (CSM, CS Ops, customer marketing,
    leader): role, people (float, by the rule), headcount (int), rule, source, cost (currency a year; NaN in another `currency`
    than USD without a `cost`). CSMs are rounded up, the roles of `support` to the nearest, leaders come on top of all of them; the
    sum of `headcount` is the answer.

    >>> roles(20.4, 1_200)[["role", "headcount"]].to_dict("list")
    {'role': ['CSM', 'CS Ops', 'customer marketing', 'leader'], 'headcount': [21, 2, 2, 4]}
    """
    support, span, cost = (
        support or Support(),
        Span() if span is None else span,
        in_currency(cost, Cost, currency),
    )
    if isinstance(csms, pd.DataFrame):
        _checks.columns("csms", csms, ["customers", "csms"], "staffing.bottom_up(...) makes it.")
        customers = int(csms["customers"].sum()) if customers is None else customers
        csms = float(csms["csms"].sum())
    if customers is None:
        raise ValueError(
            "roles: say how many customers customer marketing serves, customers=...; 0 is an answer."
        )
    _checks.not_negative("roles", csms=csms, customers=customers)
    reports = _reports(span)
    whole = headcount(csms)
    ops, marketing = whole / support.csms_per_ops, customers / support.customers_per_marketing
    team = whole + nearest(ops) + nearest(marketing)
    heads = leaders(team, reports)
    rows = [
        ("CSM", csms, whole, "the plan's hours or the benchmark, rounded up once", "S4"),
        (
            "CS Ops",
            ops,
            nearest(ops),
            f"one for {support.csms_per_ops:g} CSMs, nearest whole person",
            "csm_per_cs_ops",
        ),
        (
            "customer marketing",
            marketing,
            nearest(marketing),
            f"one for {support.customers_per_marketing:g} customers, nearest whole person",
            "ours",
        ),
        (
            "leader",
            float(heads),
            heads,
            f"one for {reports:g} people, level upon level up to one head",
            "span_experienced, span_new" if isinstance(span, Span) else "ours",
        ),
    ]
    frame = pd.DataFrame(rows, columns=["role", "people", "headcount", "rule", "source"])
    frame["cost"] = [
        count * cost.of(role) if cost else np.nan
        for role, count in zip(frame["role"], frame["headcount"], strict=True)
    ]
    return frame


def nearest(people: Any) -> Any:
    """The nearest whole number of people, halves up; of numbers or arrays."""
    found = np.floor(np.asarray(people) + 0.5 + SLACK).astype("int64")
    return int(found) if found.ndim == 0 else found


def _reports(span: float | Span) -> float:
    reports = span.reports if isinstance(span, Span) else span
    _span("leaders: span", reports)
    return float(reports)


def _span(name: str, value: Any) -> None:
    record, field = name.split(": ")
    _checks.check_number(
        record,
        field,
        value,
        least=2,
        mend="With fewer than 2 reports there is no end to the levels.",
    )
