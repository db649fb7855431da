"""Value or churn, whichever comes first: cumulative incidence with competing risks.

A customer who churned before value will never reach it; a customer who is still open may. A curve that
treats both alike answers "if nobody churned", which is not what happens to the customers of a company.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.ttv._collapse import Counts, aligned, codes, count
from cstoolkit.ttv._curve import normal_quantile, waiting

OUTCOMES = ("open", "value", "churned")


def incidence(days, outcome, by=None, *, level: float = 0.95) -> pd.DataFrame:
    """Share of customers with value, and share churned before it, by each day (Aalen-Johansen).

    Parameters
    ----------
    days : integers from 0 up: days until value, churn, or the end of following.
    outcome : "value", "churned" (left before value) or "open" (neither yet), one a customer.
    by, level : as in `curve`.

    Returns
    -------
    One row a group and day on which somebody's record ends (and day 0): `group` (when `by` is given), `day`,
    `at_risk`, then for value `events`, `share`, `se`, `low`, `high`, the same for churn as `churned`, `churned_share`,
    `churned_se`, `churned_low`, `churned_high`, and `open_share`, those with neither. The three shares sum to 1.

    Variance by the delta method (Marubini and Valsecchi 1995), limits on the log-log scale of the incidence itself.

    Raises
    ------
    ValueError as `curve`, and for an outcome of another name.

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
    aligned(days=days, outcome=outcome, by=by)
    counts = count(days, _numbers(outcome), len(OUTCOMES), *codes(by, "by"))
    ended = counts.leaving[:, 1] + counts.leaving[:, 2]
    log_open, _ = waiting(counts, ended)
    open_share = np.exp(log_open)
    open_before = np.r_[1.0, open_share[:-1]]
    open_before[counts.start] = 1.0
    z = normal_quantile(level)
    value, churned = (_cause(counts, counts.leaving[:, k], ended, open_before, z) for k in (1, 2))
    return counts.frame(
        at_risk=counts.at_risk,
        **value,
        **{
            "churned" if name == "events" else f"churned_{name}": column
            for name, column in churned.items()
        },
        open_share=open_share,
    )


def _cause(counts: Counts, events, ended, open_before, z) -> dict[str, np.ndarray]:
    n, d, all_d = (part.astype(float) for part in (counts.at_risk, events, ended))
    add = counts.cumulate
    share = add(open_before * d / n)
    # A share summed from many days may miss 1 by rounding; as 1 it has no interval.
    share = np.where(share > 1 - 1e-12, 1.0, share)
    # The variance sums over earlier days s squares (F(t) - F(s))^2, whose parts add up day by day. Shares are
    # measured from the group's last one, since the largest factors stand where shares come close to it.
    # On a day that ends every record the square is 0, although its factor is not finite.
    end = np.r_[counts.start[1:], len(share)] - 1
    f = share - np.repeat(share[end], np.diff(np.r_[counts.start, len(share)]))
    with np.errstate(divide="ignore"):
        exits = np.where(all_d < n, all_d / (n * (n - all_d)), 0.0)
    cross = open_before * d / n**2
    variance = f**2 * add(exits) - 2 * f * add(f * exits) + add(f**2 * exits)
    variance += add(open_before**2 * (n - d) * d / n**3) - 2 * (f * add(cross) - add(f * cross))
    se = np.sqrt(np.maximum(variance, 0.0))
    inside = (share > 0) & (share < 1)
    log_share = np.log(np.where(inside, share, 0.5))
    stretch = np.exp(z * se / (np.where(inside, share, 0.5) * -log_share))
    low = np.where(inside, np.exp(log_share * stretch), share)
    high = np.where(inside, np.exp(log_share / stretch), share)
    return {"events": events, "share": share, "se": se, "low": low, "high": high}


def _numbers(outcome) -> np.ndarray:
    """Outcomes as numbers in the order of `OUTCOMES`."""
    known = pd.Index(OUTCOMES, dtype=object)
    if isinstance(getattr(outcome, "dtype", None), pd.CategoricalDtype):
        categorical = outcome.array if isinstance(outcome, (pd.Series, pd.Index)) else outcome
        numbers = np.r_[known.get_indexer(categorical.categories.astype(object)), -1][
            categorical.codes
        ]
    else:
        outcome = np.asarray(outcome, dtype=object)
        numbers = known.get_indexer(outcome)
    wrong = numbers < 0
    if wrong.any():
        row = int(wrong.argmax())
        came = outcome.iloc[row] if isinstance(outcome, pd.Series) else outcome[row]
        raise ValueError(
            f"outcome is one of {', '.join(OUTCOMES)}; got {came!r} in row {row:,} (counted from 0), "
            f"{wrong.sum():,} such rows in all."
        )
    return numbers.astype(np.uint8)
