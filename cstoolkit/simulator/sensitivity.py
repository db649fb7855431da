"""Which assumption decides the ranking of two designs, and at which value does it flip?

Morris's screening over all assumptions, Sobol's shares of variance over the few that matter, and a
search for the value at which the better design changes. All by SALib; every point meets the same
futures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cstoolkit import assumptions as records
from cstoolkit import checks
from cstoolkit.org.design import OrgDesign
from cstoolkit.simulator.engine import simulate
from cstoolkit.simulator.outcomes import MEASURES, interval
from cstoolkit.simulator.placement import place
from cstoolkit.simulator.settings import WITHOUT_DESIGN, Assumptions, Staffing
from cstoolkit.simulator.world import World

OF_DESIGNS = (
    *WITHOUT_DESIGN,
    "notes_share_ops",
    "relearning",
    "unknown_on_churn",
    "unknown_on_decline",
    "unknown_on_value",
    "proposal_on_expansion",
    "overload_on_leaving",
    "work_fades",
)
"""The assumptions through which designs can differ."""


class Difference:
    """The mean difference of a measure between two designs as a function of assumptions.

    Parameters
    ----------
    world : World
    better, other : OrgDesign
    measure : str
    staffing : Staffing, optional
    weeks, replications, seed : int
    workers : int
        Processes over which points are spread (joblib); the answers are the same.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> from cstoolkit import org, simulator
    >>> company = cs.load_company().at("2021-12-31")
    >>> pair = org.build(company, people=2), org.build(company, "phase", people=2)
    >>> world = simulator.start(company, weeks=52)
    >>> gap = Difference(world, *pair, weeks=52, replications=2, seed=1)
    >>> gap([simulator.WITHOUT_DESIGN]).shape
    (1,)
    """

    def __init__(
        self,
        world: World,
        better: OrgDesign,
        other: OrgDesign,
        measure: str = "nrr",
        staffing: Staffing | None = None,
        *,
        weeks: int = 52,
        replications: int = 4,
        seed: int,
        workers: int = 1,
    ) -> None:
        checks.one_of("Difference", "measure", measure, MEASURES)
        self.world, self.measure, self.weeks, self.workers = world, measure, weeks, workers
        self.better, self.other = better, other
        self.staffing, self.replications, self.seed = staffing or Staffing(), replications, seed
        self.placed = [place(world, design, self.staffing) for design in (better, other)]

    def at(self, figures: Mapping[str, float]) -> np.ndarray:
        """The difference in each future with these assumptions replaced."""
        held = replace(Assumptions(), **figures)
        options = {"weeks": self.weeks, "replications": self.replications, "seed": self.seed}
        one, two = (
            simulate(self.world, placed, self.staffing, held, **options).measure(self.measure)
            for placed in self.placed
        )
        return one - two

    def futures(self, points: Sequence[Mapping[str, float]]) -> np.ndarray:
        """The differences at many points, by point and future."""
        if self.workers == 1:
            return np.array([self.at(point) for point in points])
        from joblib import Parallel, delayed

        return np.array(Parallel(n_jobs=self.workers)(delayed(self.at)(each) for each in points))

    def __call__(self, points: Sequence[Mapping[str, float]]) -> np.ndarray:
        """The mean differences at many points."""
        return np.nanmean(self.futures(points), axis=1)


def problem(names: Sequence[str]) -> dict:
    """SALib's description of these assumptions with their ranges."""
    known = {field.name: field.metadata for field in records.fields(Assumptions)}
    for name in names:
        checks.one_of("problem", "names", name, known)
    bounds = [[float(known[name]["low"]), float(known[name]["high"])] for name in names]
    return {"num_vars": len(names), "names": list(names), "bounds": bounds}


def screen(
    difference: Difference,
    names: Sequence[str] = OF_DESIGNS,
    *,
    trajectories: int = 6,
    seed: int,
) -> pd.DataFrame:
    """Morris's screening: how much does the difference move when one assumption does?

    Returns
    -------
    DataFrame
        One row an assumption, the strongest first: assumption, says, effect (mean of the absolute
        elementary effects over the range: mu*), error (its 95% half width), varies (their standard
        deviation: how much it depends on the others).

    References
    ----------
    Morris (1991), Factorial sampling plans; Campolongo, Cariboni and Saltelli (2007).
    """
    from SALib.analyze import morris
    from SALib.sample import morris as sampling

    asked = problem(names)
    points = sampling.sample(asked, trajectories, num_levels=4, seed=seed)
    values = difference([dict(zip(names, map(float, point))) for point in points])
    found = morris.analyze(asked, points, values, num_levels=4, seed=seed)
    table = _said(names).assign(
        effect=np.asarray(found["mu_star"], float),
        error=np.asarray(found["mu_star_conf"], float),
        varies=np.asarray(found["sigma"], float),
    )
    return table.sort_values("effect", ascending=False, kind="stable", ignore_index=True)


def shares(
    difference: Difference, names: Sequence[str], *, size: int = 32, seed: int
) -> pd.DataFrame:
    """Sobol's indices: what share of the difference's variance comes from each assumption?

    Returns
    -------
    DataFrame
        One row an assumption, the largest first: assumption, says, first (share by itself),
        first_error, total (with all it interacts in), total_error (95% half widths).

    References
    ----------
    Saltelli et al. (2010), Variance based sensitivity analysis of model output.
    """
    from SALib.analyze import sobol
    from SALib.sample import sobol as sampling

    asked = problem(names)
    points = sampling.sample(asked, size, calc_second_order=False, seed=seed)
    values = difference([dict(zip(names, map(float, point))) for point in points])
    found = sobol.analyze(asked, values, calc_second_order=False, seed=seed)
    table = _said(names).assign(
        first=found["S1"], first_error=found["S1_conf"],
        total=found["ST"], total_error=found["ST_conf"],
    )  # fmt: skip
    return table.sort_values("total", ascending=False, kind="stable", ignore_index=True)


def flip(difference: Difference, name: str, *, steps: int = 7) -> pd.DataFrame:
    """The difference along the range of one assumption.

    Returns
    -------
    DataFrame
        One row a value: value, difference, low, high (95% interval from the paired futures).
        ``attrs["flips_at"]`` is where the difference changes its sign (by a straight line) between
        two values at which it is told apart from nothing, missing where there are none;
        ``attrs["assumption"]``, ``attrs["value"]`` (what is assumed) and ``attrs["unit"]``.
    """
    ((low, high),) = problem([name])["bounds"]
    values = np.linspace(low, high, steps)
    futures = difference.futures([{name: float(value)} for value in values])
    mean, half = np.array([interval(each, 0.95) for each in futures]).T
    sure = np.flatnonzero(np.abs(mean) > half)
    turns = sure[:-1][np.sign(mean[sure[:-1]]) != np.sign(mean[sure[1:]])] if len(sure) > 1 else []
    at = np.nan
    if len(turns):
        k = int(turns[0])
        n = int(sure[np.flatnonzero(sure == k)[0] + 1])
        at = values[k] - mean[k] * (values[n] - values[k]) / (mean[n] - mean[k])
    columns = {"value": values, "difference": mean, "low": mean - half, "high": mean + half}
    table = pd.DataFrame(columns)
    held = next(field for field in records.fields(Assumptions) if field.name == name)
    table.attrs = {
        "assumption": name,
        "flips_at": float(at),
        "value": float(held.default),
        "unit": held.metadata["unit"],
    }
    return table


def sentence(difference: Difference, flips: Sequence[pd.DataFrame]) -> str:
    """Which assumption decides the ranking, and at which value it flips; or that none does.

    Parameters
    ----------
    difference : Difference
    flips : sequence of DataFrame
        Of :func:`flip`, the strongest assumption first.
    """
    one, two = difference.better.name, difference.other.name
    says = MEASURES[difference.measure][0]
    pair = f"Between {one} and {two} the ranking by {says}"
    meanings = _said(OF_DESIGNS).set_index("assumption")["says"]
    turning = [each for each in flips if np.isfinite(each.attrs["flips_at"])]
    if turning:
        # Of those that turn it, the one that has least far to go in its range.
        told = min(turning, key=_way).attrs
        name, unit = told["assumption"], told["unit"]
        return (
            f"{pair} is decided by {name.replace('_', ' ')} ({meanings.get(name, '')}): {told['value']:.3g} is "
            f"assumed, and the ranking flips at {told['flips_at']:.2g} ({unit})."
        )
    tried = ", ".join(each.attrs["assumption"].replace("_", " ") for each in flips)
    signs = {
        np.sign(row.difference)
        for each in flips
        for row in each.itertuples()
        if row.low > 0 or row.high < 0
    }
    if not signs:
        return f"{pair} is not told apart anywhere in the ranges of {tried}."
    best = one if signs == {1.0} else two
    return f"{pair} does not flip: {best} is ahead wherever they are told apart, over the whole ranges of {tried}."


def _way(table: pd.DataFrame) -> float:
    """How far from what is assumed the ranking flips, as a share of the range."""
    wide = float(np.ptp(table["value"]))
    return abs(table.attrs["flips_at"] - table.attrs["value"]) / max(wide, 1e-12)


def _said(names: Sequence[str]) -> pd.DataFrame:
    """The assumptions with what they mean."""
    says = {field.name: field.metadata["says"] for field in records.fields(Assumptions)}
    return pd.DataFrame({"assumption": list(names), "says": [says.get(n, "") for n in names]})
