"""Intervals for the shares and medians that this topic reports."""

from __future__ import annotations

import numpy as np
import pandas as pd

_Z = 1.959963984540054  # 97.5% point of the normal distribution


def wilson(share: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's 95% interval of a share among `size`; missing where nobody was counted.

    >>> [round(float(each), 3) for each in wilson(0.5, 20)]
    [0.299, 0.701]
    """
    share, size = np.asarray(share, float), np.asarray(size, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (share + _Z**2 / (2 * size)) / (1 + _Z**2 / size)
        half = _Z / (1 + _Z**2 / size) * np.sqrt(share * (1 - share) / size + _Z**2 / (4 * size**2))
    empty = size <= 0
    return np.where(empty, np.nan, middle - half), np.where(empty, np.nan, middle + half)


def share_interval(yes: np.ndarray, cluster: pd.Series) -> tuple[float, float, float]:
    """A share with its 95% interval, rows of one cluster (customer) taken as belonging together.

    The cluster-robust variance of the share gives the number of independent rows that would be as good, and Wilson's interval is
    taken for that number, at most for the number of rows.
    """
    yes = np.asarray(yes, float)
    if len(yes) == 0:
        return np.nan, np.nan, np.nan
    share = float(yes.mean())
    number = pd.factorize(cluster)[0]
    apart = np.bincount(number, yes - share)
    variance = float((apart**2).sum()) / len(yes) ** 2
    size = min(share * (1 - share) / variance, len(yes)) if variance > 0 else len(yes)
    low, high = wilson(share, size)
    return share, float(low), float(high)


def median_interval(values: pd.Series) -> tuple[float, float, float]:
    """A median with its 95% interval from order statistics (at least 95%, whatever the distribution)."""
    from scipy.stats import binom

    values = np.sort(np.asarray(values, float))
    if len(values) == 0:
        return np.nan, np.nan, np.nan
    low = int(binom.ppf(0.025, len(values), 0.5))
    if low < 1:
        return float(np.median(values)), np.nan, np.nan
    return float(np.median(values)), float(values[low - 1]), float(values[len(values) - low])
