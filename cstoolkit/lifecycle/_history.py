"""The history of phases: how many entered, left and were inside, month by month, and how long they stayed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.days import NEVER, days
from cstoolkit.lifecycle._phases import phases
from cstoolkit.lifecycle._rules import JOURNEY, PhaseRules
from cstoolkit.lifecycle._spells import spells


def history(
    company: Company, rules: PhaseRules | None = None, *, main: bool = True
) -> pd.DataFrame:
    """Entries, exits and time in every phase, month by month, from the first month with a customer up to that of `as_of`.

    With `main` every customer is in one phase at a time (see :func:`spells`), so that `inside` adds up to the live customers; without,
    phases overlap as in :func:`phases` (a customer that renews while expanding counts in both).

    Returns one row a month and phase: month (its first day), phase, entries, exits, inside (at the end of the month's last day, or of
    `as_of`), customer_days (days spent in the phase by all customers in that month). Laws: inside = inside of the month before + entries
    - exits; customer_days of all months = days of all intervals. An exit counts in the month of the first day outside.

    >>> import cstoolkit as cs
    >>> company = cs.load_company()
    >>> int(history(company).tail(4)["inside"].sum()) == len(company.snapshot())
    True
    """
    rows = (
        spells(company, rules).rename(columns={"state": "phase"})
        if main
        else phases(company, rules)
    )
    after = company.as_of + pd.Timedelta(days=1)
    if rows.empty:
        first = company.as_of.to_period("M").to_timestamp()
    else:
        first = (
            rows.loc[rows["phase"].isin(JOURNEY), "starts_on"].min().to_period("M").to_timestamp()
        )
    months = pd.date_range(first, company.as_of, freq="MS")
    bounds = days(np.append(months.to_numpy(), after.to_datetime64()))
    parts = []
    for phase in JOURNEY:
        own = rows[rows["phase"] == phase]
        start, end = np.sort(days(own["starts_on"])), np.sort(days(own["ends_on"]))
        begun, over = np.searchsorted(start, bounds), np.searchsorted(end, bounds)
        spent = begun * bounds - _sums(start)[begun] - (over * bounds - _sums(end)[over])
        parts.append(
            pd.DataFrame(
                {
                    "month": months,
                    "phase": phase,
                    "entries": np.diff(begun),
                    "exits": np.diff(over),
                    "inside": (begun - over)[1:],
                    "customer_days": np.diff(spent),
                }
            )
        )
    result = pd.concat(parts, ignore_index=True)
    result["phase"] = result["phase"].astype(pd.CategoricalDtype(JOURNEY, ordered=True))
    return result.sort_values(["month", "phase"], ignore_index=True)


def _sums(values: np.ndarray) -> np.ndarray:
    return np.append(0, np.cumsum(np.where(values < NEVER, values, 0)))


def time_in_phase(spells: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """How long a spell of each phase lasts, those still open counted as "at least so long" (Kaplan-Meier).

    `spells` is what :func:`spells` gives, with a column to group `by` if wanted. Returns one row a phase (and group): state, spells,
    open, median_days with low and high (95%; missing where half of them have not ended within what was observed), and
    mean_ended: the mean over the spells that have ended, the figure that flatters since long ones are still open.
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    rows = []
    for key, own in spells.groupby(([by] if by else []) + ["state"], observed=True):
        length, ended = (own["to_day"] - own["from_day"]).to_numpy(), own["next"].notna().to_numpy()
        curve = SurvfuncRight(length, ended.astype(int)) if ended.any() else None
        with np.errstate(
            divide="ignore", invalid="ignore"
        ):  # at a share of 0 or 1 there is no log-log interval
            low, high = curve.quantile_ci(0.5) if curve else (np.nan, np.nan)
        rows.append(
            (
                *key,
                len(own),
                int((~ended).sum()),
                curve.quantile(0.5) if curve else np.nan,
                low if np.isfinite(low) else np.nan,
                high if np.isfinite(high) else np.nan,
                length[ended].mean() if ended.any() else np.nan,
            )
        )
    names = ([by] if by else []) + [
        "state",
        "spells",
        "open",
        "median_days",
        "low",
        "high",
        "mean_ended",
    ]
    return pd.DataFrame(rows, columns=names)
