"""What came of a simulation: records as arrays, every figure a function of them, and designs
compared future by future.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit import checks, staffing, stats
from cstoolkit.simulator.mechanisms import RECORDS
from cstoolkit.simulator.placement import Placement
from cstoolkit.simulator.settings import Assumptions, Staffing
from cstoolkit.simulator.world import World

MEASURES = {
    "nrr": ("NRR", "share", 1),
    "grr": ("GRR", "share", 1),
    "logo_churn": ("customers lost in a year", "share", -1),
    "ttv": ("weeks to value, median", "weeks", -1),
    "arr": ("ARR at the end", "currency a year", 1),
    "utilisation": ("hours for customers in use", "share", 0),
    "waiting": ("weeks that work waits", "weeks", -1),
    "handoffs": ("handoffs", "a customer-year", -1),
    "leavers": ("people who leave", "share a year", -1),
    "cost": ("cost of the people with customers", "currency a year", -1),
}
"""By measure: its name, its unit, and whether more is better (1), worse (-1) or neither (0)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcomes:
    """The records of a run, by replication first.

    Attributes
    ----------
    world, placement, staffing, assumptions, seed, first
        What was simulated.
    segments : tuple of str
    records : array, shape (replications, weeks, segments, 13)
        ``mechanisms.RECORDS``: customers, arr, backlog at the week's end; the others in the week.
    team : array, shape (replications, weeks, 6)
        ``engine.TEAM``.
    books : array, shape (replications, years, segments, 6)
        ``engine.BOOKS``.
    value_ages : array, shape (replications, 2, weeks + 1)
        Of customers who signed: how many reached value at that age, and how many were watched
        without up to it.
    """

    world: World
    placement: Placement
    staffing: Staffing
    assumptions: Assumptions
    seed: int
    first: int
    segments: tuple[str, ...]
    records: np.ndarray
    team: np.ndarray
    books: np.ndarray
    value_ages: np.ndarray

    @property
    def name(self) -> str:
        """The design's name."""
        return self.placement.design.name

    @property
    def replications(self) -> int:
        """How many futures."""
        return len(self.records)

    @property
    def weeks(self) -> int:
        """How many weeks."""
        return self.records.shape[1]

    def weekly(self, record: str, segment: str | None = None) -> np.ndarray:
        """One of ``mechanisms.RECORDS`` by replication and week, of a segment or of all."""
        checks.one_of("weekly", "record", record, RECORDS)
        return self._rows(segment)[:, :, :, RECORDS.index(record)].sum(axis=2)

    def measure(self, name: str, segment: str | None = None) -> np.ndarray:
        """A measure of ``MEASURES`` in each future, of a segment or of all (people: of all).

        NRR, GRR and customers lost are those of the last whole year.

        Raises
        ------
        ValueError
            For an unknown measure or segment, or a yearly one of less than a year.
        """
        checks.one_of("measure", "name", name, MEASURES)
        if name in ("nrr", "grr", "logo_churn"):
            return self._yearly(name, segment)
        if name == "ttv":
            return _median_age(self.value_ages)
        years = self.weeks / 52
        if name == "utilisation":
            return self.team[:, :, 4].mean(axis=1)
        if name == "leavers":
            return self.team[:, :, 1].sum(axis=1) / years / self.team[:, :, 0].mean(axis=1)
        if name == "cost":
            return self._cost(years)
        if name == "arr":
            return self.weekly("arr", segment)[:, -1]
        if name == "waiting":
            served = self.weekly("hours_served", segment).sum(axis=1)
            return self.weekly("backlog", segment).sum(axis=1) / np.maximum(served, 1e-12)
        lived = self.weekly("customers", segment).sum(axis=1) / 52
        return self.weekly("handoffs", segment).sum(axis=1) / np.maximum(lived, 1e-12)

    def table(self, level: float = 0.9) -> pd.DataFrame:
        """Every measure over the futures: measure, says, unit, mean, low and high (quantiles that
        hold `level` of the futures between them)."""
        tails = (1 - level) / 2, (1 + level) / 2
        rows = []
        for name, (says, unit, _) in MEASURES.items():
            if name in ("nrr", "grr", "logo_churn") and not self.books.shape[1]:
                continue
            values = self.measure(name)
            rows.append((name, says, unit, np.nanmean(values), *np.nanquantile(values, tails)))
        return pd.DataFrame(rows, columns=["measure", "says", "unit", "mean", "low", "high"])

    def fan(self, record: str = "arr", segment: str | None = None) -> pd.DataFrame:
        """Quantiles over the futures, one row a week: week, p05, p25, p50, p75, p95."""
        shares = (5, 25, 50, 75, 95)
        found = np.percentile(self.weekly(record, segment), shares, axis=0)
        frame = pd.DataFrame(found.T, columns=[f"p{share:02d}" for share in shares])
        frame.insert(0, "week", np.arange(1, self.weeks + 1))
        return frame

    def _rows(self, segment: str | None) -> np.ndarray:
        if segment is None:
            return self.records
        checks.one_of("measure", "segment", segment, self.segments)
        place = self.segments.index(segment)
        return self.records[:, :, place : place + 1]

    def _yearly(self, name: str, segment: str | None) -> np.ndarray:
        if not self.books.shape[1]:
            raise ValueError(f"{name} needs a year: simulate 52 weeks or more, got {self.weeks}.")
        books = self.books[:, -1]
        if segment is None:
            books = books.sum(axis=1)
        else:
            checks.one_of("measure", "segment", segment, self.segments)
            books = books[:, self.segments.index(segment)]
        opening, kept, gross, _, customers, still = books.T
        if name == "logo_churn":
            return 1 - still / np.maximum(customers, 1e-12)
        return (kept if name == "nrr" else gross) / np.maximum(opening, 1e-12)

    def _cost(self, years: float) -> np.ndarray:
        cost = staffing.team.priced(self.staffing.cost, self.world.company.currency)
        if cost is None:
            return np.full(self.replications, np.nan)
        people = self.team[:, :, 0].mean(axis=1) * cost.of("CSM")
        hired = self.team[:, :, 2].sum(axis=1) / years * cost.of("CSM") * cost.hiring
        support = self.staffing.cre * cost.of("CS Ops")
        if self.staffing.marketing is not None:
            more = self.staffing.marketing - self.world.marketing
            support += more * cost.of("customer marketing")
        if self.staffing.automation:
            support += cost.tools(float(self.weekly("customers")[:, -1].mean()))
        return people + hired + support


def _median_age(counts: np.ndarray) -> np.ndarray:
    """Kaplan-Meier's median over ages in weeks, by replication; missing where not reached."""
    events, censored = counts[:, 0], counts[:, 1]
    both = (events + censored)[:, ::-1].cumsum(axis=1)[:, ::-1]
    stay = np.cumprod(1 - events / np.maximum(both, 1), axis=1)
    reached = stay <= 0.5
    return np.where(reached.any(axis=1), reached.argmax(axis=1).astype(float), np.nan)


def compare(
    outcomes: Mapping[str, Outcomes],
    measure: str = "nrr",
    *,
    against: str | None = None,
    segment: str | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Designs against one of them, future by future.

    Parameters
    ----------
    outcomes : mapping
        By name; of the same seed and number of futures.
    measure : str
        One of ``MEASURES``.
    against : str, optional
        Default: the first.
    segment : str, optional
    level : float
        Of the interval of the mean difference.

    Returns
    -------
    DataFrame
        One row a design: design, mean, difference (to `against`), low, high (its interval, from the
        paired differences), won (share of futures in which it is better; half where equal), futures
        (with a figure in both), apart ("better", "worse", "not told apart", "" for `against`).

    Raises
    ------
    ValueError
        For runs that did not meet the same futures.
    """
    names = list(outcomes)
    against = names[0] if against is None else against
    checks.one_of("compare", "against", against, names)
    base = outcomes[against]
    better = MEASURES[measure][2] if measure in MEASURES else 0
    reference, rows = base.measure(measure, segment), []
    for name, each in outcomes.items():
        same = (each.seed, each.first, each.replications, each.weeks)
        if same != (base.seed, base.first, base.replications, base.weeks):
            raise ValueError(
                f"compare: {name} and {against} did not meet the same futures; give all runs the "
                "same seed, first, replications and weeks."
            )
        values = each.measure(measure, segment)
        apart = values - reference
        known = apart[np.isfinite(apart)]
        mean, half = interval(known, level)
        won = float(np.mean((known * (better or 1) > 0) + 0.5 * (known == 0))) if len(known) else 0
        told = "" if name == against else _told(mean, half, better)
        mid = float(np.mean(values[np.isfinite(values)])) if np.isfinite(values).any() else np.nan
        rows.append((name, mid, mean, mean - half, mean + half, won, len(known), told))
    columns = ["design", "mean", "difference", "low", "high", "won", "futures", "apart"]
    return pd.DataFrame(rows, columns=columns)


def _told(mean: float, half: float, better: int) -> str:
    if not better or not abs(mean) > half:
        return "not told apart"
    return "better" if mean * better > 0 else "worse"


def interval(values: np.ndarray, level: float) -> tuple[float, float]:
    """The mean of futures and half the width of its interval (Student's t)."""
    from scipy.special import stdtrit

    if len(values) < 2:
        return (float(values.mean()) if len(values) else np.nan), np.inf
    width = float(stdtrit(len(values) - 1, (1 + level) / 2))
    return float(values.mean()), width * float(values.std(ddof=1)) / math.sqrt(len(values))


def precision(
    outcomes: Outcomes,
    measure: str = "nrr",
    *,
    half_width: float,
    other: Outcomes | None = None,
    level: float = 0.95,
) -> int:
    """How many futures a stated precision needs, judged by a pilot run.

    Parameters
    ----------
    outcomes : Outcomes
        The pilot.
    measure : str
    half_width : float
        Half the interval's width that is wanted, in the measure's unit.
    other : Outcomes, optional
        For the difference to this run, which takes far fewer since both meet the same futures.
    level : float

    Returns
    -------
    int

    References
    ----------
    Law (2015), Simulation Modeling and Analysis, section 9.4.1.
    """
    checks.number("precision", "half_width", half_width, above=0)
    values = outcomes.measure(measure)
    if other is not None:
        values = values - other.measure(measure)
    spread = float(np.nanstd(values, ddof=1))
    return max(2, math.ceil((stats.z(level) * spread / half_width) ** 2))
