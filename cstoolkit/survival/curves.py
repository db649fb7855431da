"""The share with an event by each day, alone or with a competing one, and what is read off it.

A customer without the event is neither a failure nor a missing row: it says that the event took
longer than the days it was followed. The product-limit estimate uses exactly that.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cstoolkit.stats import z
from cstoolkit.survival.counts import Counts, aligned, count, groups_of, truths

OUTCOMES = ("open", "value", "churned")
"""What a customer's record ends with, for `incidence`."""

# A share that equals a quantile, or 1, but for rounding has reached it.
_ROUNDING = 1e-12


def curve(days, observed, by=None, *, level: float = 0.95) -> pd.DataFrame:
    """Share of customers with value by each day: 1 - Kaplan-Meier, with log-log Greenwood limits.

    Parameters
    ----------
    days : array of int
        One a customer: days until value, or days followed without it; from 0 up.
    observed : array of bool
        True where value was reached on that day, False where following ended before it.
    by : array, optional
        Group of each customer. Categories keep their order; anything else is sorted.
    level : float
        Confidence level of each day's interval.

    Returns
    -------
    DataFrame
        One row a group and day on which somebody's record ends (and day 0): `group` (when `by` is
        given), `day`, `at_risk` (customers followed to that day and without value before it),
        `events` (who reached value that day), `share`, `low`, `high`. Before the first event the
        last three are 0; when everybody has reached value they are 1.

    Raises
    ------
    ValueError
        Days that are negative, missing or not whole; columns of different length; a missing group.

    References
    ----------
    Kaplan and Meier (1958); limits by Kalbfleisch and Prentice, The Statistical Analysis of Failure
    Time Data. That value must be felt before the renewal date: S1 (docs/sources.md).

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
    width = z(level)
    aligned(days=days, observed=observed, by=by)
    counts = count(days, truths(observed), 2, *groups_of(by, "by"))
    events = counts.leaving[:, 1]
    log_waiting = log_still_waiting(counts, events)
    # -expm1 keeps the digits of a share close to 0; adding 0.0 turns its -0.0 into 0.0.
    share = 0.0 - np.expm1(log_waiting)
    inside = (log_waiting < 0) & np.isfinite(log_waiting)
    log_inside = np.where(inside, log_waiting, -1.0)
    stretch = np.exp(width * np.sqrt(counts.cumulate(greenwood(counts, events))) / -log_inside)
    low = np.where(inside, -np.expm1(log_inside / stretch), share)
    high = np.where(inside, -np.expm1(log_inside * stretch), share)
    return counts.frame(at_risk=counts.at_risk, events=events, share=share, low=low, high=high)


def log_still_waiting(counts: Counts, events: np.ndarray) -> np.ndarray:
    """Logarithm of the share without `events` after each day."""
    with np.errstate(divide="ignore"):
        return counts.cumulate(np.log1p(-events / counts.at_risk))


def greenwood(counts: Counts, events: np.ndarray) -> np.ndarray:
    """What each day adds to the variance of that logarithm (nothing where it leaves nobody)."""
    n, d = counts.at_risk.astype(float), events.astype(float)
    with np.errstate(divide="ignore"):
        return np.where(d < n, d / (n * (n - d)), 0.0)


def incidence(days, outcome, by=None, *, level: float = 0.95) -> pd.DataFrame:
    """Share of customers with value, and share churned before it, by each day (Aalen-Johansen).

    A customer who churned before value will never reach it; one who is still open may. `curve`
    treats both alike and answers "if nobody churned"; this counts who left as never.

    Parameters
    ----------
    days : array of int
        One a customer: days until value, churn, or the end of following; from 0 up.
    outcome : array of str
        "value", "churned" (left before value) or "open" (neither yet).
    by, level
        As in `curve`.

    Returns
    -------
    DataFrame
        One row a group and day on which somebody's record ends (and day 0): `group` (when `by` is
        given), `day`, `at_risk`, then for value `events`, `share`, `se`, `low`, `high`, the same
        for churn as `churned`, `churned_share`, `churned_se`, `churned_low`, `churned_high`, and
        `open_share`, those with neither. The three shares sum to 1.

    Raises
    ------
    ValueError
        As `curve`, and for an outcome of another name.

    References
    ----------
    Aalen and Johansen (1978); variance by the delta method (Marubini and Valsecchi 1995), limits on
    the log-log scale of the incidence itself.

    Examples
    --------
    >>> two = incidence([10, 15, 20, 40], ["value", "churned", "value", "open"])
    >>> two[["day", "at_risk", "share", "churned_share", "open_share"]]
       day  at_risk  share  churned_share  open_share
    0    0        4   0.00           0.00        1.00
    1   10        4   0.25           0.00        0.75
    2   15        3   0.25           0.25        0.50
    3   20        2   0.50           0.25        0.25
    4   40        1   0.50           0.25        0.25
    """
    width = z(level)
    aligned(days=days, outcome=outcome, by=by)
    counts = count(days, _numbers(outcome), len(OUTCOMES), *groups_of(by, "by"))
    ended = counts.leaving[:, 1] + counts.leaving[:, 2]
    open_share = np.exp(log_still_waiting(counts, ended))
    open_before = np.append(1.0, open_share[:-1])
    open_before[counts.start] = 1.0
    value, churned = (
        _cause(counts, counts.leaving[:, k], ended, open_before, width) for k in (1, 2)
    )
    churned = {f"churned_{name}": column for name, column in churned.items()}
    return counts.frame(
        at_risk=counts.at_risk,
        **value,
        **{"churned": churned.pop("churned_events"), **churned},
        open_share=open_share,
    )


def _cause(counts: Counts, events, ended, open_before, width) -> dict[str, np.ndarray]:
    n, d = counts.at_risk.astype(float), events.astype(float)
    add = counts.cumulate
    share = add(open_before * d / n)
    # A share summed from many days may miss 1 by rounding; as 1 it has no interval.
    share = np.where(share > 1 - _ROUNDING, 1.0, share)
    # The variance sums over earlier days s squares (F(t) - F(s))^2, whose parts add up day by day.
    # Shares are measured from the group's last one, since the largest factors stand where shares
    # come close to it. On a day that ends every record the square is 0, its factor not finite.
    f = share - share[counts.last][counts.group]
    exits = greenwood(counts, ended)
    cross = open_before * d / n**2
    variance = f**2 * add(exits) - 2 * f * add(f * exits) + add(f**2 * exits)
    variance += add(open_before**2 * (n - d) * d / n**3) - 2 * (f * add(cross) - add(f * cross))
    se = np.sqrt(np.maximum(variance, 0.0))
    inside = (share > 0) & (share < 1)
    log_share = np.log(np.where(inside, share, 0.5))
    stretch = np.exp(width * se / (np.where(inside, share, 0.5) * -log_share))
    low = np.where(inside, np.exp(log_share * stretch), share)
    high = np.where(inside, np.exp(log_share / stretch), share)
    return {"events": events, "share": share, "se": se, "low": low, "high": high}


def _numbers(outcome) -> np.ndarray:
    """Outcomes as numbers in the order of `OUTCOMES`."""
    number, names = pd.factorize(pd.Series(outcome))
    known = pd.Index(OUTCOMES, dtype=object).get_indexer(names.astype(object))
    numbers = np.append(known, -1)[number]
    wrong = numbers < 0
    if wrong.any():
        row = int(wrong.argmax())
        came = np.asarray(outcome, dtype=object)[row]
        raise ValueError(
            f"outcome is one of {', '.join(OUTCOMES)}; got {came!r} in row {row:,} (counted from "
            f"0), {wrong.sum():,} such rows in all."
        )
    return numbers


def quantile(curve: pd.DataFrame, q: float | Iterable[float] = 0.5) -> pd.DataFrame:
    """The day by which a share `q` of customers has value, with the interval of the curve's limits.

    Parameters
    ----------
    curve : DataFrame
        The table of `curve` or `incidence`.
    q : float or several
        Shares above 0 and up to 1.

    Returns
    -------
    DataFrame
        One row a group and q: `group` (if the curve has groups), `q`, `days`, `low`, `high` (all
        `Int64`; empty means not reached) and `says`, the same in words. The limits are the first
        days on which the curve's upper and lower limit reach `q`.

    References
    ----------
    Brookmeyer and Crowley (1982).

    Examples
    --------
    >>> table = quantile(curve([10, 15, 20, 20, 40], [True, False, True, True, False]))
    >>> table[["q", "days", "low", "high"]]
         q  days  low  high
    0  0.5    20   10  <NA>
    """
    wanted = np.atleast_1d(np.asarray(q, dtype=float))
    if not ((wanted > 0) & (wanted <= 1)).all():
        raise ValueError(f"q is a share above 0 and up to 1, got {q}. For the median write 0.5.")
    rows = []
    for share in wanted:
        for name, part in _parts(curve):
            days, low, high = (
                _first_day(part, column, share) for column in ("share", "high", "low")
            )
            last = part[["share", "day"]].iloc[-1]
            rows.append((*name, share, days, low, high, _in_words(share, days, low, high, *last)))
    lead = ["group"] if "group" in curve else []
    table = pd.DataFrame(rows, columns=[*lead, "q", "days", "low", "high", "says"])
    for column in lead:
        table[column] = table[column].astype(curve[column].dtype)
    return table.astype(dict.fromkeys(["days", "low", "high"], "Int64"))


def median(curve: pd.DataFrame) -> pd.DataFrame:
    """`quantile` at one half.

    >>> median(curve([3, 9, 9], [True, False, False]))["says"].item()
    'not reached: 33% had value by day 9, the last day followed (half not before day 3)'
    """
    return quantile(curve, 0.5)


def _first_day(part: pd.DataFrame, column: str, share: float):
    reached = part[column].to_numpy() >= share - _ROUNDING
    return part["day"].iloc[reached.argmax()] if reached.any() else pd.NA


def _in_words(q, days, low, high, reached, followed) -> str:
    who = "half" if q == 0.5 else f"{q:.0%}"
    if days is pd.NA:
        earliest = "" if low is pd.NA else f" ({who} not before day {low})"
        return (
            f"not reached: {reached:.0%} had value by day {followed:.0f}, the last day followed"
            f"{earliest}"
        )
    until = "not reached" if high is pd.NA else f"day {high}"
    return f"{who} had value by day {days} (interval: day {low} to {until})"


def share_by(curve: pd.DataFrame, day: int | Iterable[int]) -> pd.DataFrame:
    """Share with value by the end of a day.

    Parameters
    ----------
    curve : DataFrame
        The table of `curve` or `incidence`.
    day : int or several
        Days from 0 up.

    Returns
    -------
    DataFrame
        One row a day and group: `group` (if the curve has groups), `day`, `at_risk` (customers
        without value before that day and followed to it), `share`, `low`, `high`. After the last
        day on which a group was followed its shares are empty, unless nobody was left waiting.

    Examples
    --------
    >>> share_by(curve([10, 15, 20, 20, 40], [True, False, True, True, False]), [30, 90])
       day  at_risk     share       low      high
    0   30        1  0.733333  0.313864  0.990323
    1   90        0       NaN       NaN       NaN
    """
    asked = np.atleast_1d(np.asarray(day))
    if asked.dtype.kind not in "iu" or (asked < 0).any():
        raise ValueError(f"day must be a whole number from 0 up, got {day}.")
    rows = []
    for one in asked:
        for name, part in _parts(curve):
            days = part["day"].to_numpy()
            at_risk = np.append(part["at_risk"], 0)[np.searchsorted(days, one)]
            limits = part[["share", "low", "high"]].iloc[np.searchsorted(days, one, "right") - 1]
            known = one <= days[-1] or open_at_end(part) <= _ROUNDING
            rows.append((*name, one, at_risk, *(limits if known else [np.nan] * 3)))
    lead = ["group"] if "group" in curve else []
    table = pd.DataFrame(rows, columns=[*lead, "day", "at_risk", "share", "low", "high"])
    return table.astype({column: curve[column].dtype for column in lead})


def mean_within(curve: pd.DataFrame, within: int) -> float:
    """Mean days without value in the first `within` days: the area above a curve without groups.

    Raises ValueError where customers still waiting were not followed that long.

    >>> mean_within(curve([10, 20, 30, 30], [True, True, False, False]), 30)
    22.5
    """
    day, share = curve["day"].to_numpy(), curve["share"].to_numpy()
    if day[-1] < within and open_at_end(curve) > _ROUNDING:
        raise ValueError(
            f"within is {within} days, but nobody was followed beyond day {day[-1]}. "
            f"Give {day[-1]} or less."
        )
    ends = np.minimum(np.append(day[1:], max(within, day[-1])), within)
    return float(((1 - share) * (ends - np.minimum(day, within))).sum())


def open_at_end(part: pd.DataFrame) -> float:
    """Share neither with value nor gone when following ended: all is known of the others."""
    last = part.iloc[-1]
    return last["open_share"] if "open_share" in part else 1 - last["share"]


def _parts(curve: pd.DataFrame) -> list[tuple[tuple, pd.DataFrame]]:
    """Each group's name (none without groups) and rows."""
    needed = {"day", "at_risk", "share", "low", "high"} - set(curve.columns)
    if needed:
        raise ValueError(
            "this is not a table made by curve() or incidence(): "
            f"no column {', '.join(sorted(needed))}."
        )
    if "group" not in curve:
        return [((), curve)]
    return list(curve.groupby(["group"], sort=False, observed=True))
