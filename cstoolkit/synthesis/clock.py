"""Days and months as whole numbers: days since 1970-01-01, so that calendars are arithmetic."""

from __future__ import annotations

import numpy as np
import pandas as pd

NEVER = np.int64(1 << 30)
"""A day that does not come: open-ended, not yet, never."""


def day(date: str) -> int:
    """The day number of an ISO date.

    >>> day("2021-01-01")
    18628
    """
    return int(np.datetime64(date, "D").astype(np.int64))


def month_of(days: np.ndarray) -> np.ndarray:
    """Months since 1970-01 of day numbers."""
    return (
        np.asarray(days, np.int64).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    )


def month_start(months: np.ndarray) -> np.ndarray:
    """Day number of the first day of months since 1970-01."""
    return (
        np.asarray(months, np.int64)
        .astype("datetime64[M]")
        .astype("datetime64[D]")
        .astype(np.int64)
    )


def add_months(days: np.ndarray, months: np.ndarray | int) -> np.ndarray:
    """The same day of a later month, or that month's last day.

    >>> int(add_months(np.array([day("2024-01-31")]), 1)[0]) == day("2024-02-29")
    True
    """
    days = np.asarray(days, np.int64)
    first = month_of(days)
    offset = days - month_start(first)
    target = first + months
    length = month_start(target + 1) - month_start(target)
    return month_start(target) + np.minimum(offset, length - 1)


def dates(days: np.ndarray) -> pd.Series:
    """Day numbers as datetime64[us]; NEVER becomes empty."""
    days = np.asarray(days, np.int64)
    stamps = days.astype("datetime64[D]").astype("datetime64[us]")
    stamps[days >= NEVER] = np.datetime64("NaT")
    return pd.Series(stamps)
