"""Intervals of shares and of ratios of rates."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv, ndtri


def normal(level: float) -> float:
    """Half the width of a two-sided normal interval, in standard errors."""
    if not 0 < level < 1:
        raise ValueError(f"level is a share between 0 and 1, got {level}. For 95% write 0.95.")
    return float(ndtri((1 + level) / 2))


def wilson(events, of, level: float = 0.95) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares with Wilson's interval (1927); missing where there is nobody.

    >>> [round(float(each), 3) for each in wilson(5, 50)]
    [0.1, 0.043, 0.214]
    """
    z, k, n = normal(level), np.asarray(events, dtype=float), np.asarray(of, dtype=float)
    n = np.where(n > 0, n, np.nan)
    share = k / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return share, np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def rate_ratio(
    before, time_before, now, time_now, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rate now against the rate before, of Poisson counts over times, with its exact conditional interval.

    Given the sum of both counts the later one is binomial, whose Clopper-Pearson limits become those of the ratio. Missing where
    nothing was counted at all or a time is 0. Source: Przyborowski and Wilenski (1940).

    >>> [round(float(each), 2) for each in rate_ratio(10, 100, 20, 100)]
    [2.0, 0.89, 4.78]
    """
    a, b, s, t = (np.asarray(each, dtype=float) for each in (before, now, time_before, time_now))
    tail = (1 - level) / 2
    normal(level)
    known = (a + b > 0) & (s > 0) & (t > 0)
    a, b, s, t = (np.where(known, each, np.nan) for each in (a, b, s, t))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (b / t) / (a / s)
        p_low = np.where(b > 0, betaincinv(np.maximum(b, 1), a + 1, tail), 0.0)
        p_high = np.where(a > 0, betaincinv(b + 1, np.maximum(a, 1), 1 - tail), 1.0)
        low, high = p_low / (1 - p_low) * s / t, p_high / (1 - p_high) * s / t
    return ratio, np.where(known, low, np.nan), np.where(known, high, np.nan)
