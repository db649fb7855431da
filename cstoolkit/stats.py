"""Intervals for shares, medians and rates, and how well a score ranks: what several topics report.

A function here takes plain arrays and knows nothing of companies. Where a library has the very
thing (the normal, beta and binomial distributions) it is used; scipy.stats and statsmodels cost a
second to import, so that closed forms stand on scipy.special.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import betaincinv, ndtr, ndtri

__all__ = [
    "Auc",
    "auc",
    "clustered_share",
    "delta_interval",
    "median_interval",
    "rate_ratio",
    "wilson",
    "z",
]


def z(level: float = 0.95) -> float:
    """Half the width of a two-sided normal interval, in standard errors.

    Parameters
    ----------
    level : float
        Confidence level, a share between 0 and 1.

    Raises
    ------
    ValueError
        For a level that is no share between 0 and 1, such as 95.

    Examples
    --------
    >>> round(z(0.95), 2)
    1.96
    """
    if not 0 < level < 1:
        raise ValueError(f"level is a share between 0 and 1, got {level}. For 95% write 0.95.")
    return float(ndtri((1 + level) / 2))


def wilson(events, size, level: float = 0.95) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares with Wilson's score interval.

    Parameters
    ----------
    events, size : array_like
        How many had the event, of how many. Need not be whole: an effective sample size will do.
    level : float
        Confidence level.

    Returns
    -------
    share, low, high : numpy.ndarray
        Missing where `size` is 0.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference.

    Examples
    --------
    >>> share, low, high = wilson(5, 50)
    >>> print(f"{share:.1%} ({low:.1%} to {high:.1%})")
    10.0% (4.3% to 21.4%)
    """
    width, events, size = z(level), np.asarray(events, float), np.asarray(size, float)
    size = np.where(size > 0, size, np.nan)
    share = events / size
    middle = (share + width**2 / (2 * size)) / (1 + width**2 / size)
    error = np.sqrt(share * (1 - share) / size + width**2 / (4 * size**2))
    half = width * error / (1 + width**2 / size)
    return share, np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def clustered_share(yes, cluster, level: float = 0.95) -> tuple[float, float, float]:
    """A share with its interval, rows of one cluster (say, a customer) taken as belonging together.

    The cluster-robust variance of the share gives the number of independent rows that would tell as
    much; Wilson's interval is taken for that number, at most for the number of rows.

    Parameters
    ----------
    yes : array_like of bool, shape (n,)
        Whether each row had the event.
    cluster : array_like, shape (n,)
        To which cluster each row belongs.
    level : float
        Confidence level.

    Returns
    -------
    share, low, high : float
        Missing where there are no rows.

    References
    ----------
    Korn and Graubard (1998), Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data.

    Examples
    --------
    Two customers with ten rows each tell less than twenty customers:

    >>> yes = [True] * 10 + [False] * 10
    >>> [round(x, 2) for x in clustered_share(yes, range(20))]
    [0.5, 0.3, 0.7]
    >>> [round(x, 2) for x in clustered_share(yes, [1] * 10 + [2] * 10)]
    [0.5, 0.09, 0.91]
    """
    yes = np.asarray(yes, float)
    if len(yes) == 0:
        return np.nan, np.nan, np.nan
    share = float(yes.mean())
    apart = np.bincount(pd.factorize(np.asarray(cluster))[0], yes - share)
    variance = float((apart**2).sum()) / len(yes) ** 2
    size = min(share * (1 - share) / variance, len(yes)) if variance > 0 else len(yes)
    _, low, high = wilson(share * size, size, level)
    return share, float(low), float(high)


def median_interval(values, level: float = 0.95) -> tuple[float, float, float]:
    """A median with its interval from order statistics, whatever the distribution.

    Parameters
    ----------
    values : array_like, shape (n,)
        Figures without gaps.
    level : float
        The interval covers the median with at least this probability.

    Returns
    -------
    median, low, high : float
        All missing without values; low and high missing where there are too few of them.

    References
    ----------
    David and Nagaraja (2003), Order statistics, section 7.1.

    Examples
    --------
    >>> median_interval(range(1, 21))
    (10.5, 6.0, 15.0)
    """
    from scipy.stats import binom

    z(level)
    values = np.sort(np.asarray(values, float))
    if len(values) == 0:
        return np.nan, np.nan, np.nan
    median = float(np.median(values))
    place = int(binom.ppf((1 - level) / 2, len(values), 0.5))
    if place < 1:
        return median, np.nan, np.nan
    return median, float(values[place - 1]), float(values[-place])


def rate_ratio(
    before, time_before, now, time_now, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rate now against the rate before, of Poisson counts, with its exact conditional interval.

    Given the sum of both counts the later one is binomial; its Clopper-Pearson limits become
    those of the ratio.

    Parameters
    ----------
    before, now : array_like
        Counts of events.
    time_before, time_now : array_like
        The time (or exposure) over which each was counted, in the same unit.
    level : float
        Confidence level.

    Returns
    -------
    ratio, low, high : numpy.ndarray
        Missing where nothing was counted at all or a time is 0.

    References
    ----------
    Przyborowski and Wilenski (1940), Homogeneity of results in testing samples from Poisson series.

    Examples
    --------
    >>> [round(float(x), 2) for x in rate_ratio(10, 100, 20, 100)]
    [2.0, 0.89, 4.78]
    """
    z(level)
    a, b, s, t = (np.asarray(x, dtype=float) for x in (before, now, time_before, time_now))
    tail = (1 - level) / 2
    known = (a + b > 0) & (s > 0) & (t > 0)
    a, b, s, t = (np.where(known, x, np.nan) for x in (a, b, s, t))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (b / t) / (a / s)
        p_low = np.where(b > 0, betaincinv(np.maximum(b, 1), a + 1, tail), 0.0)
        p_high = np.where(a > 0, betaincinv(b + 1, np.maximum(a, 1), 1 - tail), 1.0)
        low, high = p_low / (1 - p_low) * s / t, p_high / (1 - p_high) * s / t
    return ratio, np.where(known, low, np.nan), np.where(known, high, np.nan)


def delta_interval(
    value: float, gradient, covariance, level: float = 0.95
) -> tuple[float, float, float]:
    """A figure computed from estimates, with its interval by the delta method.

    Parameters
    ----------
    value : float
        The figure at the estimates.
    gradient : array_like, shape (k,)
        Its derivative by each estimate; for a weighted sum of estimates, the weights.
    covariance : array_like, shape (k, k)
        Covariance of the estimates.
    level : float
        Confidence level.

    Returns
    -------
    value, low, high : float

    Examples
    --------
    The difference of two estimates with standard errors 3 and 4:

    >>> [round(x, 1) for x in delta_interval(2.0, [1, -1], [[9, 0], [0, 16]])]
    [2.0, -7.8, 11.8]
    """
    gradient = np.asarray(gradient, float)
    half = z(level) * float(np.sqrt(gradient @ np.asarray(covariance, float) @ gradient))
    return float(value), float(value) - half, float(value) + half


@dataclass(frozen=True, kw_only=True)
class Auc:
    """Area under the ROC curve.

    Attributes
    ----------
    value : float
        0.5 is no better than a coin, 1 ranks perfectly, below 0.5 ranks the wrong way round.
    low, high : float
        95% interval.
    yes, no : int
        Cases with the outcome and without.
    p_value : float
        Two-sided, of no better than a coin; missing without a standard error.
    """

    value: float
    low: float
    high: float
    yes: int
    no: int
    p_value: float


def auc(score, outcome) -> Auc:
    """How well a score ranks: the chance that a case with the outcome scores higher
    than one without.

    Ties count half. The interval is DeLong's, at 95%, by ranks.

    Parameters
    ----------
    score : array_like, shape (n,)
        Figures without gaps.
    outcome : array_like of bool, shape (n,)
        Whether the outcome came.

    Raises
    ------
    ValueError
        If the outcome never or always came.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), Comparing the areas under two or more correlated ROC
    curves; Sun and Xu (2014), Fast implementation of DeLong's algorithm.

    Examples
    --------
    >>> auc([1.0, 2, 3, 4], [False, False, True, True]).value
    1.0
    """
    score, outcome = np.asarray(score, float), np.asarray(outcome, bool)
    yes, no = int(outcome.sum()), int((~outcome).sum())
    if not yes or not no:
        raise ValueError(
            f"the outcome came in {yes} of {len(score)} cases: nothing can be ranked. "
            "Take a longer or shorter time."
        )
    rank, with_it, without = (
        pd.Series(x).rank().to_numpy() for x in (score, score[outcome], score[~outcome])
    )
    # Share of the others that each case with the outcome beats; share that beats each one without.
    beats = (rank[outcome] - with_it) / no
    beaten = 1 - (rank[~outcome] - without) / yes
    value = float(beats.mean())
    variance = [x.var(ddof=1) / len(x) if len(x) > 1 else np.nan for x in (beats, beaten)]
    error = float(np.sqrt(sum(variance)))
    low, high = max(value - z() * error, 0.0), min(value + z() * error, 1.0)
    p_value = float(2 * ndtr(-abs(value - 0.5) / error)) if error > 0 else np.nan
    return Auc(value=value, low=low, high=high, yes=yes, no=no, p_value=p_value)
