"""Which business stage is the company in?  Source S1: five stages by live customers, with the CS headcount that goes with each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

_STAGES = (
    # stage, customers from, customers to, headcount from, headcount to (S1; None: no upper end)
    (1, 1, 10, 0, 0),
    (2, 10, 100, 1, 2),
    (3, 100, 500, 3, 5),
    (4, 500, 1_000, 6, 10),
    (5, 1_000, None, 10, None),
)


def table() -> pd.DataFrame:
    """S1's stages, one row each: stage, customers_low, customers_high, headcount_low, headcount_high, customers_per_head_low,
    customers_per_head_high, source.

    A high that is NaN has no upper end. The last two columns are what S1's own numbers imply, not what it says: their spread in stages
    2-4 is wide. S1's stages overlap at their boundaries; see :func:`stage`.

    >>> table().query("stage == 4")[["customers_per_head_low", "customers_per_head_high"]].round().values.tolist()
    [[50.0, 167.0]]
    """
    frame = pd.DataFrame(
        _STAGES, columns=["stage", "customers_low", "customers_high", "headcount_low", "headcount_high"]
    )
    frame = frame.astype({"customers_high": "float64", "headcount_high": "float64"})
    with np.errstate(divide="ignore"):
        frame["customers_per_head_low"] = frame["customers_low"] / frame["headcount_high"].replace(0, np.nan)
        frame["customers_per_head_high"] = frame["customers_high"] / frame["headcount_low"].replace(0, np.nan)
    return frame.assign(source="S1")


def stage(live_customers: Any) -> Any:
    """The stage, 1 to 5, of a company with so many live customers: an int for a number, an array for an array, a Series for a Series.

    S1's stages overlap at 10, 100, 500 and 1,000 customers; a boundary value belongs to the later stage (the project's rule: S1's
    text supports it at 500 and 1,000, but gives 10 to stage 1 as well). A company without customers is in stage 1. Raises
    ValueError for what is no whole number of at least 0.

    >>> stage(9), stage(10), stage(1_000)
    (1, 2, 5)
    >>> stage(np.array([0, 499, 500])).tolist()
    [1, 3, 4]
    """
    values = np.asarray(live_customers)
    if values.dtype.kind not in "iuf":
        raise ValueError(f"live_customers is a whole number of at least 0, got {live_customers!r}.")
    bad = ~(np.isfinite(values) & (values >= 0) & (values == np.floor(values)))
    if bad.any():
        raise ValueError(
            f"live_customers is a whole number of at least 0, got {np.atleast_1d(values)[np.atleast_1d(bad)][0]}."
        )
    found = np.searchsorted([row[1] for row in _STAGES[1:]], values, side="right") + 1
    if isinstance(live_customers, pd.Series):
        return pd.Series(found, index=live_customers.index, name="stage")
    return int(found) if values.ndim == 0 else found
