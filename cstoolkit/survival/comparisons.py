"""Do groups differ in how long it takes, by how much, and could it be chance?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr

from cstoolkit.stats import z
from cstoolkit.survival.counts import Counts, aligned, count, groups_of, truths, whole_days
from cstoolkit.survival.curves import greenwood, log_still_waiting

# Variance of a combination of groups, as a share of theirs, below which it is rounding.
_REDUNDANT = 1e-10


@dataclass(frozen=True, kw_only=True)
class LogRank:
    """Result of a log-rank test.

    Attributes
    ----------
    statistic : float
        Compared with chi-squared on `dof` degrees of freedom.
    dof : int
        0 where no day allowed a comparison; statistic and p value are then NaN.
    p_value : float
        How often chance alone would give a difference as large.
    groups : DataFrame
        One row a group: `group`, `customers`, `observed` (who reached value), `expected` (how many
        would have, had all groups been equally quick), summed over strata.
    """

    statistic: float
    dof: int
    p_value: float
    groups: pd.DataFrame

    def __str__(self) -> str:
        if self.dof == 0:
            return "log-rank: no day on which groups could be compared"
        degrees = "1 degree" if self.dof == 1 else f"{self.dof} degrees"
        return (
            f"log-rank: chi-squared {self.statistic:.2f} on {degrees} of freedom, "
            f"p = {self.p_value:.3g}"
        )


def logrank(days, observed, by, strata=None) -> LogRank:
    """Log-rank test that the groups `by` reach value equally quickly, within `strata` if given.

    Stratified, customers are only compared with customers of the same stratum, so that a difference
    between strata (fit, tier) is not taken for one between groups.

    Parameters
    ----------
    days, observed, by
        As in `curve`.
    strata : array, optional
        Stratum of each customer.

    References
    ----------
    Mantel (1966); variance with ties by the hypergeometric distribution.

    Examples
    --------
    >>> form = ["paid", "paid", "paid", "free", "free", "free"]
    >>> print(logrank([5, 8, 9, 20, 30, 31], [1, 1, 1, 1, 1, 0], form))
    log-rank: chi-squared 5.05 on 1 degree of freedom, p = 0.0246
    """
    if by is None:
        raise ValueError("by is missing: a log-rank test compares groups.")
    aligned(days=days, observed=observed, by=by, strata=strata)
    group, labels = groups_of(by, "by")
    size = len(labels)
    cell, layers = group, 1
    if strata is not None:
        stratum, names = groups_of(strata, "strata")
        cell, layers = stratum.astype(np.int64) * size + group, len(names)
    counts = count(days, truths(observed), 2, cell, pd.RangeIndex(layers * size))
    layer, group = np.divmod(counts.labels.to_numpy()[counts.group], size)
    expected, variance = np.zeros(size), np.zeros((size, size))
    for one in range(layers):
        by_chance, spread = _one_stratum(counts, layer == one, group, size)
        expected, variance = expected + by_chance, variance + spread
    events = np.bincount(group, weights=counts.leaving[:, 1], minlength=size)
    customers = np.bincount(group, weights=counts.leaving.sum(axis=1), minlength=size)
    statistic, dof = _quadratic(events - expected, variance)
    table = pd.DataFrame(
        {
            "group": labels,
            "customers": customers.astype(np.int64),
            "observed": events.astype(np.int64),
            "expected": expected,
        }
    )
    table = table[table["customers"] > 0].reset_index(drop=True)
    p_value = float(chdtrc(dof, statistic)) if dof else np.nan
    return LogRank(statistic=statistic, dof=dof, p_value=p_value, groups=table)


def _one_stratum(counts: Counts, inside, group, size) -> tuple[np.ndarray, np.ndarray]:
    """Expected events by group, and the covariance of the observed ones around them."""
    group, day = group[inside], counts.day[inside]
    events, leaving = counts.leaving[inside, 1], counts.leaving[inside].sum(axis=1)
    when, place = np.unique(day[events > 0], return_inverse=True)
    if len(when) == 0:
        return np.zeros(size), np.zeros((size, size))
    # A customer counts as at risk on every event day up to and including its last day.
    left = np.zeros((size, len(when) + 1))
    np.add.at(left, (group, np.searchsorted(when, day, side="right")), leaving)
    at_risk = left[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    n = at_risk.sum(axis=0)
    d = np.bincount(place, weights=events[events > 0], minlength=len(when))
    share = at_risk / n
    weighted = share * d * (n - d) / np.maximum(n - 1, 1)
    return share @ d, np.diag(weighted.sum(axis=1)) - weighted @ share.T


def _quadratic(difference: np.ndarray, variance: np.ndarray) -> tuple[float, int]:
    """Quadratic form in a generalised inverse, and its rank (the differences sum to 0)."""
    spread = np.sqrt(np.maximum(np.diag(variance), 0))
    kept = spread > 0
    correlation = variance[np.ix_(kept, kept)] / np.outer(spread[kept], spread[kept])
    value, vector = np.linalg.eigh(correlation)
    used = value > _REDUNDANT
    along = (difference[kept] / spread[kept]) @ vector[:, used]
    return (float(along**2 @ (1 / value[used])), int(used.sum())) if used.any() else (np.nan, 0)


def restricted_mean(
    days, observed, by=None, *, until=None, against=None, cluster=None, level: float = 0.95
) -> pd.DataFrame:
    """Mean days to value counting at most `until` days, by group, and how the groups differ.

    The area above the curve up to day `until`: days without value that a customer must expect in
    that time. Unlike the median it always exists, and unlike the mean it needs nobody's future.

    Parameters
    ----------
    days, observed, by, level
        As in `curve`.
    until : int, optional
        Day at which counting stops; by default the last day that every group was followed to.
    against : optional
        Group that the others are compared with; by default the first.
    cluster : array, optional
        Whose row each is, such as the customer of two products: rows of one may go together, and
        errors allow for it. By default each row stands for itself.

    Returns
    -------
    DataFrame
        One row a group: `group` (when `by` is given), `until`, `mean`, `se`, `low`, `high` (days),
        and with groups `difference` (days more than the group `against`), `difference_low`,
        `difference_high`, `p_value` (two-sided; all four are empty in the row of `against`).

    Raises
    ------
    ValueError
        As `curve`; for an `until` that a group with customers still waiting was not followed to;
        for an unknown group in `against`.

    References
    ----------
    Irwin (1949); Royston and Parmar (2013); clusters by each row's influence: Williams (1995).

    Examples
    --------
    >>> table = restricted_mean([10, 20, 30, 30], [True, True, False, False], until=30)
    >>> table[["until", "mean"]]
       until  mean
    0     30  22.5
    """
    width = z(level)
    aligned(days=days, observed=observed, by=by, cluster=cluster)
    observed, (group, labels) = truths(observed), groups_of(by, "by")
    counts = count(days, observed, 2, group, labels)
    events = counts.leaving[:, 1]
    share = np.exp(log_still_waiting(counts, events))
    until = _horizon(counts, share, until)
    following = np.append(counts.day[1:], 0)
    following[counts.last] = until
    area = share * (np.minimum(following, until) - np.minimum(counts.day, until))
    area_before = np.cumsum(area) - area
    mean = np.add.reduceat(area, counts.start)
    ahead = (mean + area_before[counts.start])[counts.group] - area_before
    term = np.where(counts.day < until, greenwood(counts, events), 0.0)
    se = np.sqrt(np.add.reduceat(ahead**2 * term, counts.start))
    moved = None
    if cluster is not None:
        own = np.zeros(len(observed), np.int64) if group is None else group
        own = np.unique(own, return_inverse=True)[1]
        counted = np.where(counts.day < until, ahead / counts.at_risk, 0.0)
        gathered = counts.cumulate(counted * events / counts.at_risk)
        width_of = counts.day.max() + 1
        place = np.searchsorted(
            counts.group * width_of + counts.day, own * width_of + whole_days(days)[0]
        )
        # How far each row moves the mean of its group: what was expected of it, less what it did.
        influence = gathered[place] - np.where(observed == 1, counted[place], 0.0)
        codes, who = pd.factorize(np.asarray(cluster))
        moved = np.zeros((len(who), len(counts.start)))
        np.add.at(moved, (codes, own), influence)
        se = np.sqrt((moved**2).sum(axis=0))
    lead = {} if counts.labels is None else {"group": counts.labels}
    table = pd.DataFrame({**lead, "until": until, "mean": mean, "se": se})
    table["low"], table["high"] = (
        np.maximum(mean - width * se, 0),
        np.minimum(mean + width * se, until),
    )
    return _differences(table, against, width, moved) if lead else table


def _horizon(counts: Counts, share: np.ndarray, until) -> int:
    waiting = share[counts.last] > 0
    reach = counts.day[counts.last]
    longest = int(reach[waiting].min() if waiting.any() else reach.max())
    if until is None:
        return longest
    if isinstance(until, bool) or not float(until).is_integer() or until <= 0:
        raise ValueError(f"until is a whole number of days above 0, got {until}.")
    if until > longest and waiting.any():
        first = np.flatnonzero(waiting)[reach[waiting].argmin()]
        group = "" if counts.labels is None else f" of group {counts.labels[first]!r}"
        raise ValueError(
            f"until is {int(until)}, but the customers{group} were followed to day {longest} only, "
            f"and some still wait. Give until={longest} or less."
        )
    return int(until)


def _differences(
    table: pd.DataFrame, against, width: float, moved: np.ndarray | None
) -> pd.DataFrame:
    base = 0
    if against is not None:
        found = np.flatnonzero(table["group"] == against)
        if not len(found):
            known = ", ".join(repr(name) for name in table["group"][:10])
            raise ValueError(f"against is {against!r}, which is no group here. Groups: {known}.")
        base = int(found[0])
    difference = table["mean"] - table["mean"][base]
    se = np.sqrt(table["se"] ** 2 + table["se"][base] ** 2)
    if moved is not None:
        se = pd.Series(np.sqrt(((moved - moved[:, [base]]) ** 2).sum(axis=0)))
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * ndtr(-np.abs(difference / se))
    compared = pd.DataFrame(
        {
            "difference": difference,
            "difference_low": difference - width * se,
            "difference_high": difference + width * se,
            "p_value": p_value,
        }
    )
    compared.loc[base] = np.nan
    return pd.concat([table, compared], axis=1)
