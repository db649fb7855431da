"""What counts as even, and what a plan is: an assignment with its report."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cstoolkit import assumptions, checks
from cstoolkit.assumptions import assumption
from cstoolkit.books.problem import MEASURES


@dataclass(frozen=True, kw_only=True)
class Bands:
    """How far from a fair share is even enough, and what evenness is worth.

    S0 advises to adjust what each person holds, not to make it equal: relations weigh more than the
    last percent. Write a large number to leave a measure out.

    Examples
    --------
    >>> Bands(hours=-0.1)
    Traceback (most recent call last):
    ValueError: Bands: hours is a number of at least 0, got -0.1.
    """

    hours: float = assumption(
        0.05, unit="share", low=0, high=0.25, says="hours off the fair share", kind="amount"
    )
    customers: float = assumption(
        0.25, unit="share", low=0, high=1, says="customers off the fair share", kind="amount"
    )
    arr: float = assumption(
        0.1, unit="share", low=0, high=0.5, says="ARR off the fair share", kind="amount"
    )
    renewals: float = assumption(
        0.2, unit="share", low=0, high=1, says="ARR up for renewal off the share", kind="amount"
    )
    price: float = assumption(
        5,
        unit="moves a percentage point",
        low=0.1,
        high=20,
        says="moves that one point outside a band is worth",
        kind="positive",
    )

    def __post_init__(self) -> None:
        assumptions.check(self)

    def times(self, factor: float) -> Bands:
        """Wider or narrower bands for all measures."""
        return replace(self, **{name: getattr(self, name) * factor for name in MEASURES})


FRESH = Bands(hours=0.001, arr=0.05, renewals=0.1)
"""The bands where no relation has to be kept: from nothing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """An assignment with its report.

    Attributes
    ----------
    assignment : DataFrame
        One row a customer, in the order given: customer_id, before, after (person_id; empty:
        nobody), moved (from one person to another), why (a code, see ``books.reasons``), and what
        the reason names: measure_from, off_from, measure_to, off_to, detail, many, free, takes.
    loads : DataFrame
        One row a person and measure: person_id, measure, capacity (hours a month), fair (the fair
        share), before, after, off_before, off_after (shares of the fair share), low, high (the
        ends of the band).
    moves, forced : int
        Customers that change hands, and how many of them because their owner cannot go on or
        their family is joined.
    chosen : int
        Moves that are not forced, each family once.
    cost, bound : float
        What the plan costs in moves (those chosen), unevenness outside
        the bands at its price included; and what no plan can be below.
    """

    assignment: pd.DataFrame
    loads: pd.DataFrame
    moves: int
    forced: int
    chosen: int
    cost: float
    bound: float

    @property
    def least(self) -> int:
        """Moves that no plan is below which leaves as little uneven and nobody else unplaced; each
        family counts once.
        """
        return self.forced + max(math.ceil(self.chosen - (self.cost - self.bound) - 1e-4), 0)

    @property
    def gap(self) -> float:
        """Moves beyond that least, as a share of it (of at least one move)."""
        return (self.forced + self.chosen - self.least) / max(self.least, 1)

    @property
    def proven(self) -> bool:
        """Whether no plan is better."""
        return self.cost - self.bound <= 1e-4

    @property
    def over_capacity(self) -> list[str]:
        """Who holds more hours than there are."""
        rows = self.loads[self.loads["measure"] == "hours"]
        return rows.loc[rows["after"] > rows["capacity"] + 1e-9, "person_id"].to_list()

    @property
    def unplaced(self) -> pd.DataFrame:
        """The customers that nobody can take."""
        return self.assignment[self.assignment["after"].isna()]

    def holdings(self, when: str = "after") -> pd.DataFrame:
        """What each person holds, whoever is most above the fair share of hours first.

        Parameters
        ----------
        when : str
            "before" or "after".

        Returns
        -------
        DataFrame
            One row a person: person_id, customers, arr, renewals, hours (a month), fair (share of
            hours), off (the distance from it, as a share of it).
        """
        checks.one_of("holdings", "when", when, ("before", "after"))
        held = self.loads.pivot(index="person_id", columns="measure", values=when)
        hours = self.loads[self.loads["measure"] == "hours"].set_index("person_id")
        held = held.assign(fair=hours["fair"], off=hours[f"off_{when}"]).reset_index()
        held = held.sort_values("off", ascending=False, kind="stable", ignore_index=True)
        columns = ["person_id", "customers", "arr", "renewals", "hours", "fair", "off"]
        return held[columns].rename_axis(columns=None)

    def report(self) -> pd.DataFrame:
        """How even it was and is.

        Returns
        -------
        DataFrame
            One row a measure: measure, off_before, off_after (the largest distance from a fair
            share), gini_before, gini_after (of loads by fair share: 0 all alike, 1 one has all),
            outside_before, outside_after (people outside the band, by half a point or more).
        """
        rows = []
        for measure, part in self.loads.groupby("measure", sort=False):
            row = {"measure": measure}
            for when in ("before", "after"):
                row[f"off_{when}"] = part[f"off_{when}"].abs().max()
                share = part[when] / part["fair"].where(part["fair"] > 0)
                row[f"gini_{when}"] = gini(share.dropna().to_numpy())
                row[f"outside_{when}"] = int(outside(part, when).sum())
            rows.append(row)
        kinds = ("off", "gini", "outside")
        columns = [f"{kind}_{when}" for kind in kinds for when in ("before", "after")]
        return pd.DataFrame(rows)[["measure", *columns]]


def outside(loads: pd.DataFrame, when: str = "after") -> np.ndarray:
    """Which rows of ``Plan.loads`` are outside their band by half a percentage point or more."""
    edge = 0.005 * loads["fair"]
    high, low = loads["high"] + edge, loads["low"] - edge
    return ((loads[when] > high) | (loads[when] < low)).to_numpy()


def gini(values: np.ndarray) -> float:
    """The Gini coefficient: 0 where all are alike, towards 1 where one has everything.

    Examples
    --------
    >>> gini(np.array([1, 1, 1])), round(gini(np.array([0, 0, 3])), 3)
    (0.0, 0.667)
    """
    ordered = np.sort(np.asarray(values, float))
    if not ordered.sum() > 0:
        return 0.0
    place = np.arange(1, len(ordered) + 1)
    return float(((2 * place - len(ordered) - 1) * ordered).sum() / len(ordered) / ordered.sum())


def compare(plans: Mapping[str, Plan], current: pd.Series | None = None) -> pd.DataFrame:
    """Plans beside each other.

    Parameters
    ----------
    plans : mapping
        By name.
    current : Series, optional
        Today's books, from which moves are counted also for plans that were made from nothing.

    Returns
    -------
    DataFrame
        One row a plan, below the books of today as the first plan knows them: plan, moves, least
        (as ``Plan.least``; missing where today's books were no matter), off_hours, off_arr (the
        largest distance from a fair share), busiest and calmest (hours of capacity, as a share:
        comparable where fair shares are not), unplaced.
    """
    rows = []
    for name, plan in plans.items():
        report = plan.report().set_index("measure")
        fresh = plan.assignment["before"].isna().all()
        moves, least = plan.moves, plan.least
        if fresh and current is not None:
            then = plan.assignment["customer_id"].map(current)
            both = then.notna() & plan.assignment["after"].notna()
            moves, least = int((both & (then != plan.assignment["after"])).sum()), np.nan
        cases = [(name, moves, least, "after", len(plan.unplaced))]
        if not rows and not fresh:
            cases = [("today", 0, np.nan, "before", 0), *cases]
        hours = plan.loads[plan.loads["measure"] == "hours"]
        for label, moved, fewest, when, unplaced in cases:
            busy = hours[when] / hours["capacity"]
            row = {"plan": label, "moves": moved, "least": fewest}
            row |= {f"off_{each}": report.loc[each, f"off_{when}"] for each in ("hours", "arr")}
            row |= {"busiest": busy.max(), "calmest": busy.min(), "unplaced": unplaced}
            rows.append(row)
    return pd.DataFrame(rows)
