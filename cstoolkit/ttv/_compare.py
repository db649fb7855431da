"""Do groups differ in how long value takes, by how much, and could it be chance?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr

from cstoolkit.ttv._collapse import Counts, aligned, codes, count, truths
from cstoolkit.ttv._curve import normal_quantile, waiting

# A group's variance as a share of its own, once the groups before it are known: below this it is rounding.
_REDUNDANT = 1e-10


@dataclass(frozen=True, kw_only=True)
class LogRank:
    """Result of a log-rank test.

    `statistic` is compared with chi-squared on `dof` degrees of freedom and gives `p_value`. `groups` has one row a
    group: `group`, `customers`, `observed` (who reached value), `expected` (how many would have, had all groups
    been equally quick), summed over strata.
    """

    statistic: float
    dof: int
    p_value: float
    groups: pd.DataFrame

    def __str__(self) -> str:
        if self.dof == 0:
            return "log-rank: no day on which groups could be compared"
        degrees = "1 degree" if self.dof == 1 else f"{self.dof} degrees"
        return f"log-rank: chi-squared {self.statistic:.2f} on {degrees} of freedom, p = {self.p_value:.3g}"


def logrank(days, observed, by, strata=None) -> LogRank:
    """Log-rank test that the groups `by` reach value equally quickly, within `strata` if given.

    Stratified, customers are only compared with customers of the same stratum, so that a difference
    between strata (fit, tier) is not taken for one between groups. Parameters otherwise as in `curve`.

    A group that nobody left at risk at any event adds no degree of freedom; when nothing can be compared at all, `dof`
    is 0 and statistic and p value are NaN.

    Source: Mantel (1966); variance with ties by the hypergeometric distribution.

    >>> print(logrank([5, 8, 9, 20, 30, 31], [1, 1, 1, 1, 1, 0], ["paid", "paid", "paid", "free", "free", "free"]))
    log-rank: chi-squared 5.05 on 1 degree of freedom, p = 0.0246
    """
    if by is None:
        raise ValueError("by is missing: a log-rank test compares groups.")
    aligned(days=days, observed=observed, by=by, strata=strata)
    event = truths(observed)
    group, labels = codes(by, "by")
    size = len(labels)
    if strata is None:
        cell, layers = group, 1
    else:
        stratum, names = codes(strata, "strata")
        layers = len(names)
        cell = stratum.astype(np.intp) * size + group
    counts = count(days, event, 2, cell, pd.RangeIndex(layers * size))
    place = counts.labels.to_numpy()[counts.group]
    observed_sum, expected, variance = np.zeros(size), np.zeros(size), np.zeros((size, size))
    for layer in range(layers):
        inside = (place >= layer * size) & (place < (layer + 1) * size)
        seen, hoped, spread = _one_stratum(counts, inside, place - layer * size, size)
        observed_sum, expected, variance = observed_sum + seen, expected + hoped, variance + spread
    statistic, dof = _quadratic(observed_sum - expected, variance)
    table = pd.DataFrame(
        {
            "group": labels,
            "customers": np.bincount(
                place, weights=counts.leaving.sum(axis=1), minlength=layers * size
            )
            .reshape(layers, size)
            .sum(axis=0)
            .astype(np.int64),
            "observed": observed_sum.astype(np.int64),
            "expected": expected,
        }
    )
    table = table[table["customers"] > 0].reset_index(drop=True)
    p_value = float(chdtrc(dof, statistic)) if dof else np.nan
    return LogRank(statistic=statistic, dof=dof, p_value=p_value, groups=table)


def _one_stratum(counts: Counts, inside, group, size) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Observed and expected events by group, and the covariance of their difference."""
    group, day = group[inside], counts.day[inside]
    events, leaving = counts.leaving[inside, 1], counts.leaving[inside].sum(axis=1)
    when, place = np.unique(day[events > 0], return_inverse=True)
    observed = np.bincount(group, weights=events, minlength=size)
    if len(when) == 0:
        return observed, np.zeros(size), np.zeros((size, size))
    # A customer counts as at risk on every event day up to and including its last day.
    met = np.searchsorted(when, day, side="right")
    left = np.bincount(
        group * (len(when) + 1) + met, weights=leaving, minlength=size * (len(when) + 1)
    )
    left = left.reshape(size, len(when) + 1)
    at_risk = left[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    n = at_risk.sum(axis=0)
    d = np.bincount(place, weights=events[events > 0], minlength=len(when))
    share = at_risk / n
    weight = d * (n - d) / np.maximum(n - 1, 1)
    weighted = share * weight
    # Few groups make products too small to be worth waking BLAS threads, which wait for a free core on a busy machine.
    shared = np.einsum("gt,ht->gh", weighted, share, optimize=size > 200)
    return observed, np.einsum("gt,t->g", share, d), np.diag(weighted.sum(axis=1)) - shared


def _quadratic(difference: np.ndarray, variance: np.ndarray) -> tuple[float, int]:
    """Quadratic form in a generalised inverse, and its rank (the differences sum to 0, so that one is redundant).

    Symmetric elimination on the largest pivot left, group by group; what is left without a pivot follows from the others.
    """
    spread = np.sqrt(np.maximum(np.diag(variance), 0))
    kept = spread > 0
    rest = variance[np.ix_(kept, kept)] / np.outer(spread[kept], spread[kept])
    part = difference[kept] / spread[kept]
    statistic, rank = 0.0, 0
    while rank < len(part):
        pivot = rest.diagonal().argmax()
        size = rest[pivot, pivot]
        if size <= _REDUNDANT:
            break
        row = rest[pivot] / size
        statistic += part[pivot] ** 2 / size
        part = part - row * part[pivot]
        rest = rest - np.outer(row, rest[pivot])
        rank += 1
    return (float(statistic), rank) if rank else (np.nan, 0)


def restricted_mean(
    days, observed, by=None, *, until=None, against=None, level: float = 0.95
) -> pd.DataFrame:
    """Mean days to value counting at most `until` days, by group, and the difference between groups.

    The area above the curve up to day `until`: days without value that a customer must expect in that time.
    Unlike the median it always exists, and unlike the mean it needs nobody's future.

    Parameters
    ----------
    until : day at which counting stops; by default the last day that every group was followed to.
    against : group that the others are compared with; by default the first.
    Others as in `curve`.

    Returns
    -------
    One row a group: `group` (when `by` is given), `until`, `mean`, `se`, `low`, `high` (days), and with groups
    `difference` (days more than the group `against`), `difference_low`, `difference_high`, `p_value` (two-sided;
    all four are empty in the row of `against`).

    Raises
    ------
    ValueError as `curve`; for an `until` that a group with customers still waiting was not followed to; for an
    unknown group in `against`.

    Source: Irwin (1949); Royston and Parmar (2013).

    >>> restricted_mean([10, 20, 30, 30], [True, True, False, False], until=30)[["until", "mean"]]
       until  mean
    0     30  22.5
    """
    aligned(days=days, observed=observed, by=by)
    counts = count(days, truths(observed), 2, *codes(by, "by"))
    z = normal_quantile(level)
    events = counts.leaving[:, 1]
    log_waiting, _ = waiting(counts, events)
    share = np.exp(log_waiting)
    until = _horizon(counts, share, until)
    last = np.r_[counts.start[1:], len(counts.day)] - 1
    following = np.r_[counts.day[1:], 0]
    following[last] = until
    step = np.minimum(following, until) - np.minimum(counts.day, until)
    area = share * step
    area_before = np.cumsum(area) - area
    mean = np.add.reduceat(area, counts.start)
    ahead = mean[counts.group] - (area_before - area_before[counts.start][counts.group])
    n, d = counts.at_risk.astype(float), events.astype(float)
    with np.errstate(divide="ignore"):
        term = np.where((d < n) & (counts.day < until), d / (n * (n - d)), 0.0)
    se = np.sqrt(np.add.reduceat(ahead**2 * term, counts.start))
    names = {} if counts.labels is None else {"group": counts.labels}
    table = pd.DataFrame({**names, "until": until, "mean": mean, "se": se})
    table["low"], table["high"] = np.maximum(mean - z * se, 0), np.minimum(mean + z * se, until)
    return table if counts.labels is None else _differences(table, against, z)


def _horizon(counts: Counts, share: np.ndarray, until) -> int:
    last = np.r_[counts.start[1:], len(counts.day)] - 1
    open_ended = share[last] > 0
    reach = counts.day[last]
    longest = int(reach[open_ended].min() if open_ended.any() else reach.max())
    if until is None:
        return longest
    if isinstance(until, bool) or not float(until).is_integer() or until <= 0:
        raise ValueError(f"until is a whole number of days above 0, got {until}.")
    if until > longest and open_ended.any():
        group = (
            ""
            if counts.labels is None
            else f" of group {counts.labels[np.flatnonzero(open_ended)[reach[open_ended].argmin()]]!r}"
        )
        raise ValueError(
            f"until is {int(until)}, but the customers{group} were followed to day {longest} only, and some "
            f"still wait. Give until={longest} or less."
        )
    return int(until)


def _differences(table: pd.DataFrame, against, z: float) -> pd.DataFrame:
    base = 0
    if against is not None:
        found = np.flatnonzero(table["group"] == against)
        if not len(found):
            known = ", ".join(repr(name) for name in table["group"][:10])
            raise ValueError(f"against is {against!r}, which is no group here. Groups: {known}.")
        base = int(found[0])
    difference = table["mean"] - table["mean"][base]
    se = np.sqrt(table["se"] ** 2 + table["se"][base] ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * ndtr(-np.abs(difference / se))
    compared = pd.DataFrame(
        {
            "difference": difference,
            "difference_low": difference - z * se,
            "difference_high": difference + z * se,
            "p_value": p_value,
        }
    )
    compared.loc[base] = np.nan
    return pd.concat([table, compared], axis=1)
