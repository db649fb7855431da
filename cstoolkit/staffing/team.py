"""The whole team behind the CSMs: whole people, who else is needed, what they cost.

CS Ops, customer marketing and leaders come with the CSMs (S4); S1 gives headcounts by business
stage. Sources: docs/sources.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from cstoolkit import assumptions, checks, stages, tables
from cstoolkit.staffing.csms import TOTAL

SLACK = 1e-9
"""Fractions are sums of floats: 7.000000000001 people are 7."""

_ROLES = tables.read("staffing", "roles")
ROLES = tuple(_ROLES["role"])
"""The roles of a headcount, in order."""

ASSUMED_IN = "USD"
"""The currency of the amounts assumed in :class:`Cost`; nothing here converts them."""

_RULES, _COST = (assumptions.read("staffing", record) for record in ("Ratios", "Cost"))


@dataclass(frozen=True, kw_only=True)
class Ratios:
    """How many people of other roles come with the CSMs.

    CS Ops and customer marketing are rounded to the nearest whole person: the first one comes when
    half of its work is there; until then CSMs do it. An experienced leader handles 8-12 direct
    reports, a new one at most 6.

    References
    ----------
    S4 (docs/sources.md); reference figures csm_per_cs_ops, span_experienced, span_new.

    Examples
    --------
    >>> Ratios(span=10, span_new=6, new_leaders=0.5).reports
    8.0
    """

    csms_per_ops: float = _RULES["csms_per_ops"]
    customers_per_marketing: float = _RULES["customers_per_marketing"]
    span: float = _RULES["span"]
    span_new: float = _RULES["span_new"]
    new_leaders: float = _RULES["new_leaders"]

    def __post_init__(self) -> None:
        assumptions.check(self)
        _check_span("Ratios", "span", self.span)
        _check_span("Ratios", "span_new", self.span_new)

    @property
    def reports(self) -> float:
        """Direct reports of a leader, on average over experienced and new ones."""
        return self.new_leaders * self.span_new + (1 - self.new_leaders) * self.span


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What people and tools cost, in `currency`; nobody published it for every market: all is ours.

    A person's cost is that of a year, all in (pay, social costs, desk, tools). In another currency
    than USD every amount is asked for, since those assumed here are in USD.

    Examples
    --------
    >>> Cost(csm=9_000_000, cs_ops=9_000_000, leader=14_000_000, currency="JPY")
    Traceback (most recent call last):
    ValueError: Cost: the amounts assumed here are in USD. In JPY give customer_marketing, tool, \
tool_per_customer too.
    """

    csm: float = _COST["csm"]
    cs_ops: float = _COST["cs_ops"]
    customer_marketing: float = _COST["customer_marketing"]
    leader: float = _COST["leader"]
    hiring: float = _COST["hiring"]
    outsourcing: float = _COST["outsourcing"]
    tool: float = _COST["tool"]
    tool_per_customer: float = _COST["tool_per_customer"]
    tool_share: float = _COST["tool_share"]
    currency: str = ASSUMED_IN

    def __post_init__(self) -> None:
        assumptions.check(self)
        # The very object of the default, not an equal number: an own amount may be as large.
        assumed = [
            field.name
            for field in assumptions.fields(self)
            if field.metadata["unit"].startswith("currency")
            and getattr(self, field.name) is field.default
        ]
        if assumed and self.currency != ASSUMED_IN:
            raise ValueError(
                f"Cost: the amounts assumed here are in {ASSUMED_IN}. "
                f"In {self.currency} give {', '.join(assumed)} too."
            )

    def of(self, role: str) -> float:
        """The yearly cost of one person in that role of :data:`ROLES`."""
        checks.one_of("of", "role", role, ROLES)
        amounts = self.csm, self.cs_ops, self.customer_marketing, self.leader
        return dict(zip(ROLES, amounts, strict=True))[role]

    def tools(self, customers: float) -> float:
        """What a tool costs a year for so many customers.

        Examples
        --------
        >>> Cost().tools(1_000)
        50000
        """
        checks.not_negative("tools", customers=customers)
        return self.tool + self.tool_per_customer * customers

    def break_even(self, hours_saved: float, hour_cost: float) -> float:
        """From how many customers on a tool pays; infinite where it never does.

        Parameters
        ----------
        hours_saved : float
            Hours a month that it saves with each customer.
        hour_cost : float
            What one customer-facing hour costs.

        Examples
        --------
        >>> Cost().break_even(hours_saved=0.125, hour_cost=80)
        300.0
        """
        checks.not_negative("break_even", hours_saved=hours_saved, hour_cost=hour_cost)
        gain = 12 * hours_saved * hour_cost - self.tool_per_customer
        return self.tool / gain if gain > 0 else float("inf")


def priced(cost: Cost | None, currency: str | None) -> Cost | None:
    """The cost to reckon with: what is assumed where none is given; None where that is not in USD.

    Raises
    ------
    ValueError
        For a cost in another currency than the customers' ARR.
    """
    if cost is None:
        return Cost() if currency in (None, ASSUMED_IN) else None
    if currency not in (None, cost.currency):
        raise ValueError(
            f"costs are in {cost.currency}, the customers' ARR in {currency}. "
            f"Give your own: staffing.Cost(..., currency={currency!r})."
        )
    return cost


def headcount(csms: float) -> int:
    """Whole people for a fraction, rounded up: once, at the end, since whole people do not add up.

    Examples
    --------
    >>> headcount(7.2), headcount(7.0), headcount(0)
    (8, 7, 0)
    """
    checks.not_negative("headcount", csms=csms)
    return math.ceil(csms - SLACK)


def leaders(people: int, span: float) -> int:
    """Leaders that so many people need, level upon level up to one head.

    Parameters
    ----------
    people : int
        Those who are led at the bottom. One person alone leads nobody and needs no leader.
    span : float
        Reports of a leader, at least 2; ``Ratios().reports`` has the assumed one.

    Returns
    -------
    int

    References
    ----------
    S4 (docs/sources.md).

    Examples
    --------
    >>> leaders(10, 10), leaders(11, 10), leaders(100, 10), leaders(1, 10)
    (1, 3, 11, 0)
    """
    people = checks.count(
        "leaders", "people", people, fix="Round up first: staffing.headcount(...)."
    )
    _check_span("leaders", "span", span)
    return int(count_leaders(np.array([people]), span)[0])


def count_leaders(people: np.ndarray, span: float | np.ndarray) -> np.ndarray:
    """Leaders for each of many numbers of people, with one span or one each."""
    people, total = people.astype("int64"), np.zeros(people.shape, dtype="int64")
    while (people > 1).any():
        people = np.where(people > 1, np.ceil(people / span - SLACK).astype("int64"), 0)
        total += people
    return total


def nearest(people: Any) -> np.ndarray:
    """The nearest whole number of people, halves up."""
    return np.floor(np.asarray(people) + 0.5 + SLACK).astype("int64")


def roles(
    csms: float | pd.DataFrame,
    customers: float | None = None,
    *,
    ratios: Ratios | None = None,
    cost: Cost | None = None,
    currency: str | None = None,
) -> pd.DataFrame:
    """The whole headcount behind so many CSMs.

    Parameters
    ----------
    csms : float or DataFrame
        A number of CSMs, or an answer of ``bottom_up`` or ``top_down``, whose segments are added
        up.
    customers : float, optional
        Live customers that customer marketing serves; with an answer: its customers.
    ratios : Ratios, optional
    cost : Cost, optional
    currency : str, optional
        That of the company; in another than USD costs are not known (NaN) without `cost`.

    Returns
    -------
    DataFrame
        One row a role: role (CSM, CS Ops, customer marketing, leader), people (float, by the rule),
        headcount (int), rule, source, cost (currency a year). CSMs are rounded up, CS Ops and
        customer marketing to the nearest, leaders come on top of all of them; the sum of
        `headcount` is the answer.

    Examples
    --------
    >>> roles(20.4, 1_200)[["role", "headcount"]].values.tolist()
    [['CSM', 21], ['CS Ops', 2], ['customer marketing', 2], ['leader', 4]]
    """
    ratios, cost = ratios or Ratios(), priced(cost, currency)
    if isinstance(csms, pd.DataFrame):
        checks.columns("csms", csms, ["customers", "csms"], "staffing.bottom_up(...) makes it.")
        customers = csms["customers"].sum() if customers is None else customers
        csms = csms["csms"].sum()
    if customers is None:
        raise ValueError(
            "roles: say how many customers customer marketing serves, customers=...; "
            "0 is an answer."
        )
    checks.not_negative("roles", csms=csms, customers=customers)
    whole = headcount(csms)
    people = [csms, whole / ratios.csms_per_ops, customers / ratios.customers_per_marketing]
    count = [whole, *nearest(people[1:])]
    heads = leaders(sum(count), ratios.reports)
    used = asdict(ratios) | {"reports": ratios.reports}
    frame = _ROLES.assign(rule=[rule.format(**used) for rule in _ROLES["rule"]])
    frame.insert(1, "people", [*people, float(heads)])
    frame.insert(2, "headcount", [*count, heads])
    each = [cost.of(role) if cost else np.nan for role in ROLES]
    return frame.assign(cost=frame["headcount"] * each)


def pooling(bottom: pd.DataFrame) -> pd.DataFrame:
    """How many whole people the same work needs when all may share it, and when they may not.

    Parameters
    ----------
    bottom : DataFrame
        An answer of ``bottom_up`` or ``top_down``.

    Returns
    -------
    DataFrame
        One row a way and segment, and one a way for the total: way, segment, people, idle (share of
        those people's capacity that the work does not use; NaN where there is nobody). The ways,
        from the one that needs fewest on: "fractions", as calculated; "pooled", where everybody
        serves every customer and only the last person is not full; "by segment", a team for each;
        "own books", where no customer is split between two CSMs either (all customers of a segment
        taken as alike). Fractions and pool have a total only.

    Examples
    --------
    >>> segments = {"segment": ["high", "low"], "customers": [9, 110], "csms": [1.2, 1.1]}
    >>> ways = pooling(pd.DataFrame(segments))
    >>> ways[ways["segment"] == "total"][["way", "people"]].values.tolist()
    [['fractions', 2.3], ['pooled', 3.0], ['by segment', 4.0], ['own books', 4.0]]
    """
    checks.columns(
        "bottom", bottom, ["segment", "customers", "csms"], "staffing.bottom_up(...) makes it."
    )
    csms = checks.amounts("bottom", bottom["csms"])
    customers = checks.amounts("bottom", bottom["customers"])
    exact = csms.sum()
    rows = [("fractions", TOTAL, exact, exact), ("pooled", TOTAL, float(headcount(exact)), exact)]
    apart = {"by segment": np.ceil(csms - SLACK), "own books": _own_books(customers, csms)}
    for way, people in apart.items():
        for segment, whole, work in zip(bottom["segment"], people, csms, strict=True):
            rows.append((way, str(segment), whole, work))
        rows.append((way, TOTAL, people.sum(), exact))
    frame = pd.DataFrame(rows, columns=["way", "segment", "people", "work"])
    some = frame["people"].where(frame["people"] > 0)
    frame["idle"] = ((some - frame["work"]) / some).clip(lower=0)
    return frame.drop(columns="work")


def _own_books(customers: np.ndarray, csms: np.ndarray) -> np.ndarray:
    """Whole people when each holds whole customers; one too big for a CSM gets several."""
    each = np.divide(csms, customers, out=np.zeros_like(csms), where=customers > 0)
    fit = np.floor(np.divide(1, each, out=np.full_like(each, np.inf), where=each > 0) + SLACK)
    small = np.ceil(np.divide(customers, fit, out=np.zeros_like(csms), where=fit >= 1) - SLACK)
    return np.where(fit >= 1, small, customers * np.ceil(each - SLACK))


def stage_view(customers: int, people: Mapping[str, float]) -> pd.DataFrame:
    """How S1's headcount band by business stage compares with other answers.

    Parameters
    ----------
    customers : int
        Live customers.
    people : mapping
        Answers by name, in people of the whole CS organisation, which is what S1 counts.

    Returns
    -------
    DataFrame
        One row for S1's band and one an answer: view, low, high (people; NaN: no upper end),
        customers_per_person_low, customers_per_person_high, against (below, inside or above the
        band).

    References
    ----------
    S1 (docs/sources.md).

    Examples
    --------
    >>> view = stage_view(800, {"hours": 14, "revenue": 7})
    >>> view[["view", "high", "against"]].values.tolist()
    [['S1, stage 4', 10.0, 'inside'], ['hours', 14.0, 'above'], ['revenue', 7.0, 'inside']]
    """
    customers = checks.count("stage_view", "customers", customers)
    checks.not_negative("stage_view", **{str(name): value for name, value in people.items()})
    number = stages.stage(customers)
    band = stages.table().set_index("stage").loc[number]
    low, high = float(band["headcount_low"]), float(band["headcount_high"])
    rows = [(f"S1, stage {number}", low, high)]
    rows += [(str(name), float(value), float(value)) for name, value in people.items()]
    frame = pd.DataFrame(rows, columns=["view", "low", "high"])
    with np.errstate(divide="ignore", invalid="ignore"):
        frame["customers_per_person_low"] = customers / frame["high"]
        frame["customers_per_person_high"] = customers / frame["low"]
    below, above = frame["high"] < low, frame["low"] > high
    return frame.assign(against=np.select([below, above], ["below", "above"], "inside"))


def _check_span(where: str, name: str, value: Any) -> None:
    fix = "With fewer there is no end to the levels."
    checks.number(where, name, value, least=2, fix=fix)
