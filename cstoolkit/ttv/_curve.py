"""How long until value? The share of customers with value by each day, and what can be read off it.

A customer who has not reached value yet is not a failure and not a missing row: it says that value
took longer than the days it was followed. The product-limit estimate uses exactly that.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cstoolkit.ttv._collapse import Counts, aligned, codes, count, truths

# A share that equals a quantile but for rounding has reached it.
_ROUNDING = 1e-12


def curve(days, observed, by=None, *, level: float = 0.95) -> pd.DataFrame:
    """Share of customers with value by each day: 1 - Kaplan-Meier, with log-log Greenwood limits.

    Parameters
    ----------
    days : integers from 0 up, one a customer: days until value, or days followed without it.
    observed : True where value was reached on that day, False where the customer was only followed until then.
    by : optional group of each customer. Categories and small integers are read as they are; anything else
        is sorted into groups first.
    level : confidence level of each day's interval.

    Returns
    -------
    One row a group and day on which somebody's record ends (and day 0): `group` (when `by` is given), `day`,
    `at_risk` (customers followed to that day and without value before it), `events` (who reached value
    that day), `share`, `low`, `high`. Before the first event all three are 0; when everybody has
    reached value they are 1.

    Raises
    ------
    ValueError for days that are negative, missing or not whole, columns of different length, or a missing group.

    Source: Kaplan and Meier (1958); limits by Kalbfleisch and Prentice, The Statistical Analysis of Failure
    Time Data. That value must be felt before the renewal date: S1.

    Examples
    --------
    Five customers: value on days 10, 20 and 20; two still waiting after 15 and 40 days.

    >>> curve([10, 15, 20, 20, 40], [True, False, True, True, False]).round(3)
       day  at_risk  events  share    low   high
    0    0        5       0  0.000  0.000  0.000
    1   10        5       1  0.200  0.031  0.796
    2   15        4       0  0.200  0.031  0.796
    3   20        3       2  0.733  0.314  0.990
    4   40        1       0  0.733  0.314  0.990
    """
    aligned(days=days, observed=observed, by=by)
    counts = count(days, truths(observed), 2, *codes(by, "by"))
    events = counts.leaving[:, 1]
    log_waiting, variance = waiting(counts, events)
    low, high = _loglog_limits(log_waiting, variance, level)
    # -expm1 keeps the digits of a share close to 0; adding 0.0 turns its -0.0 into 0.0.
    return counts.frame(
        at_risk=counts.at_risk, events=events, share=0.0 - np.expm1(log_waiting), low=low, high=high
    )


def waiting(counts: Counts, events: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm of the share still waiting after each day, and the variance of that logarithm (Greenwood)."""
    n, d = counts.at_risk.astype(float), events.astype(float)
    with np.errstate(divide="ignore"):
        log_waiting = counts.cumulate(np.log1p(-d / n))
        term = np.where(d < n, d / (n * (n - d)), 0.0)
    return log_waiting, counts.cumulate(term)


def _loglog_limits(log_waiting, variance, level) -> tuple[np.ndarray, np.ndarray]:
    z = normal_quantile(level)
    inside = (log_waiting < 0) & np.isfinite(log_waiting)
    log_inside = np.where(inside, log_waiting, -1.0)
    stretch = np.exp(z * np.sqrt(variance) / -log_inside)
    at_end = 0.0 - np.expm1(log_waiting)
    low = np.where(inside, -np.expm1(log_inside / stretch), at_end)
    high = np.where(inside, -np.expm1(log_inside * stretch), at_end)
    return low, high


def normal_quantile(level: float) -> float:
    """Half the width of a two-sided normal interval, in standard errors."""
    if not 0 < level < 1:
        raise ValueError(f"level is a share between 0 and 1, got {level}. For 95% write 0.95.")
    return float(ndtri((1 + level) / 2))


def quantile(curve: pd.DataFrame, q: float | Iterable[float] = 0.5) -> pd.DataFrame:
    """The day by which a share `q` of customers has value, with the interval that the curve's limits give.

    `curve` is the table of `curve` or `incidence`. Returns one row a group and q: `group` (if the curve has
    groups), `q`, `days`, `low`, `high` (all `Int64`; empty means not reached) and `says`, the same in words.
    The limits are the first days on which the curve's upper and lower limit reach `q` (Brookmeyer and Crowley 1982).

    >>> quantile(curve([10, 15, 20, 20, 40], [True, False, True, True, False]))[["q", "days", "low", "high"]]
         q  days  low  high
    0  0.5    20   10  <NA>
    """
    wanted = np.atleast_1d(np.asarray(q, dtype=float))
    if not ((wanted > 0) & (wanted <= 1)).all():
        raise ValueError(f"q is a share above 0 and up to 1, got {q}. For the median write 0.5.")
    start, names = _starts(curve)
    last = np.r_[start[1:], len(curve)] - 1
    day = curve["day"].to_numpy()
    tables = []
    for share in wanted:
        first = {
            column: _first_reaching(curve[column], share, start, day)
            for column in ("share", "high", "low")
        }
        table = pd.DataFrame(
            {
                **names,
                "q": share,
                "days": first["share"],
                "low": first["high"],
                "high": first["low"],
            }
        )
        reached, followed = curve["share"].to_numpy()[last], day[last]
        table["says"] = [
            _in_words(*row)
            for row in zip(*(table[c] for c in ("q", "days", "low", "high")), reached, followed)
        ]
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def median(curve: pd.DataFrame) -> pd.DataFrame:
    """`quantile` at one half.

    >>> median(curve([3, 9, 9], [True, False, False]))["says"].item()
    'not reached: 33% had value by day 9, the last day followed (half not before day 3)'
    """
    return quantile(curve, 0.5)


def _first_reaching(
    values: pd.Series, share: float, start: np.ndarray, day: np.ndarray
) -> pd.arrays.IntegerArray:
    place = np.where(values.to_numpy() >= share - _ROUNDING, np.arange(len(day)), len(day))
    first = np.minimum.reduceat(place, start)
    never = first > np.r_[start[1:], len(day)] - 1
    return pd.arrays.IntegerArray(
        np.where(never, 0, day[np.minimum(first, len(day) - 1)]).astype("int64"), never
    )


def _in_words(q, days, low, high, reached, followed) -> str:
    who = "half" if q == 0.5 else f"{q:.0%}"
    if days is pd.NA:
        earliest = "" if low is pd.NA else f" ({who} not before day {low})"
        return f"not reached: {reached:.0%} had value by day {followed}, the last day followed{earliest}"
    until = "not reached" if high is pd.NA else f"day {high}"
    return f"{who} had value by day {days} (interval: day {low} to {until})"


def share_by(curve: pd.DataFrame, day: int | Iterable[int]) -> pd.DataFrame:
    """Share with value by the end of a day, one row a group and day asked for.

    `curve` is the table of `curve` or `incidence`. Returns `group` (if the curve has groups), `day`, `at_risk`
    (customers without value before that day and followed to it), `share`, `low`, `high`. After the last day on which
    a group was followed its shares are empty, unless nobody was left waiting: they are not known.

    >>> share_by(curve([10, 15, 20, 20, 40], [True, False, True, True, False]), [30, 90])
       day  at_risk     share       low      high
    0   30        1  0.733333  0.313864  0.990323
    1   90        0       NaN       NaN       NaN
    """
    asked = np.atleast_1d(np.asarray(day))
    if asked.dtype.kind not in "iu" or (asked < 0).any():
        raise ValueError(f"day must be a whole number from 0 up, got {day}.")
    start, names = _starts(curve)
    known, at_risk = curve["day"].to_numpy(), np.r_[curve["at_risk"].to_numpy(), 0]
    end = np.r_[start[1:], len(curve)]
    limits = curve[["share", "low", "high"]]
    settled = _waiting_at_end(curve, end - 1) <= _ROUNDING
    tables = []
    for one in asked:
        last = start + np.add.reduceat(known <= one, start) - 1
        after = start + np.add.reduceat(known < one, start)
        table = pd.DataFrame(
            {**names, "day": one, "at_risk": np.where(after < end, at_risk[after], 0)}
        )
        table[limits.columns] = limits.to_numpy()[last]
        table.loc[(known[end - 1] < one) & ~settled, limits.columns] = np.nan
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _waiting_at_end(curve: pd.DataFrame, last: np.ndarray) -> np.ndarray:
    """Share that was neither with value nor gone when following ended: of the others, everything is known."""
    waiting = curve["open_share"] if "open_share" in curve else 1 - curve["share"]
    return waiting.to_numpy()[last]


def _starts(curve: pd.DataFrame) -> tuple[np.ndarray, dict]:
    """Where each group's rows begin, and the column that names the groups (none without groups)."""
    needed = {"day", "at_risk", "share", "low", "high"} - set(curve.columns)
    if needed:
        raise ValueError(
            f"this is not a table made by curve() or incidence(): no column {', '.join(sorted(needed))}."
        )
    if "group" not in curve:
        return np.zeros(1, np.intp), {}
    group = pd.factorize(curve["group"])[0]
    start = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    return start, {"group": curve["group"].take(start).array}
