"""Days as whole numbers, counted from 1970-01-01: the day that never comes, and the conversions.

A number of days too far from 1970 overflows as a date in microseconds: in silence up to NumPy 2.4,
with an error from 2.5 on. So the day that never comes is a day like any other, in the year 4840.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

NEVER = 2**20
"""A day that does not come: open-ended, not yet, never."""

NEVER_ON = pd.Timestamp(np.datetime64(NEVER, "D")).as_unit("us")
"""The same day as a date, where dates without an end are compared."""

_ROOM = 2 * NEVER


def day(date: str | np.datetime64 | pd.Timestamp) -> int:
    """One date as a whole day.

    >>> day("2021-01-01")
    18628
    >>> day(NEVER_ON) == NEVER
    True
    """
    return int(days(np.array([date], "datetime64[D]"))[0])


def days(dates: pd.Series | np.ndarray) -> np.ndarray:
    """Dates as whole days; ``NEVER`` where there is none or it lies beyond.

    >>> days(pd.Series(pd.to_datetime(["1970-01-02", None, "9999-12-31"]))).tolist()
    [1, 1048576, 1048576]
    """
    values = np.asarray(dates, dtype="datetime64[D]")
    return np.where(np.isnat(values), NEVER, np.minimum(values.astype(np.int64), NEVER))


def dates(days: np.ndarray) -> np.ndarray:
    """Whole days as dates; missing where the day is ``NEVER`` or lies beyond.

    >>> dates(np.array([1, NEVER]))
    array(['1970-01-02T00:00:00.000000', 'NaT'], dtype='datetime64[us]')
    """
    values = np.asarray(days, dtype=np.int64)
    known = np.minimum(values, NEVER).astype("datetime64[D]").astype("datetime64[us]")
    return np.where(values >= NEVER, np.datetime64("NaT", "us"), known)


def month_of(days: np.ndarray | int) -> np.ndarray:
    """Months since 1970-01 of whole days.

    >>> int(month_of(day("2021-03-31"))) == 51 * 12 + 2
    True
    """
    values = np.asarray(days, dtype=np.int64).astype("datetime64[D]")
    return values.astype("datetime64[M]").astype(np.int64)


def month_start(months: np.ndarray | int) -> np.ndarray:
    """The first day of months since 1970-01.

    >>> int(month_start(month_of(day("2021-03-31")))) == day("2021-03-01")
    True
    """
    values = np.asarray(months, dtype=np.int64).astype("datetime64[M]")
    return values.astype("datetime64[D]").astype(np.int64)


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


def joint(key: np.ndarray, day: np.ndarray) -> np.ndarray:
    """One number that sorts by key, then by day; every day after -``NEVER`` has room.

    >>> joint(np.array([0, 1]), np.array([NEVER, -5])).tolist()
    [1048576, 2097147]
    """
    return np.asarray(key, dtype=np.int64) * _ROOM + day


def apart(number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Key and day of what :func:`joint` made.

    >>> key, day = apart(joint(np.array([0, 1]), np.array([NEVER, -5])))
    >>> key.tolist(), day.tolist()
    ([0, 1], [1048576, -5])
    """
    key = (number + NEVER - 1) // _ROOM
    return key, number - key * _ROOM
