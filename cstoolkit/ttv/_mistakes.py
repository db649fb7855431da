"""Four ways in which practice gets time to value wrong, each beside the right figure from the same records."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.survival import curve, incidence, mean_within, quantile
from cstoolkit.ttv._durations import durations


def mistakes(company: Company, end: str = "basic_value", *, within: int = 365) -> pd.DataFrame:
    """What each common short cut says, what the same records really say, and how far it is off.

    Right are, for a median, the day by which half of *all* customers who signed had value, those still open counted for the days
    they were followed and those who churned counted as never (`incidence`); for a mean, the mean days without value
    in the first `within` days (the area above the same curve). The clock starts at the signing.

    Returns
    -------
    One row a mistake: `mistake`, `journeys` (used by the short cut), `days` (what it says), `right`, `error` (days too many;
    negative: too rosy), `says`. An empty `days` or `right` means not reached.

    mean of achievers : the mean days of those who had value in the first `within` days. It forgets everybody else.
    open ones dropped : the median without customers still waiting. Recent customers then count only if they were quick.
    clock from kickoff : the same right estimate, but the wait before the kickoff is not counted.
    survivors only : the median of customers who are live today. Those who never had value left.

    >>> import cstoolkit as cs
    >>> table = mistakes(cs.load_company())
    >>> bool(table.set_index("mistake").loc["mean of achievers", "error"] < 0)
    True
    """
    if isinstance(within, bool) or within != int(within) or within < 1:
        raise ValueError(f"within is a whole number of days from 1 up, got {within}.")
    table = durations(company, "contract_signed", end)
    value = table["outcome"] == "value"
    if not value.any():
        raise ValueError(
            f"{company.name}: nobody has reached {end}, so that there is nothing to be wrong about."
        )
    everybody = incidence(table["days"], table["outcome"])
    median, mean = _median(everybody), mean_within(everybody, within)
    kickoff = durations(company, "kickoff", end)
    live = table["customer_id"].isin(company.snapshot()["customer_id"])
    closed = table[table["outcome"] != "open"]
    survivors = table[live]
    quick = table.loc[value & (table["days"] <= within), "days"]
    rows = [
        ("mean of achievers", len(quick), float(quick.mean()), mean),
        (
            "open ones dropped",
            len(closed),
            _median(incidence(closed["days"], closed["outcome"])),
            median,
        ),
        (
            "clock from kickoff",
            len(kickoff),
            _median(incidence(kickoff["days"], kickoff["outcome"])),
            median,
        ),
        (
            "survivors only",
            len(survivors),
            _median(curve(survivors["days"], survivors["outcome"] == "value")),
            median,
        ),
    ]
    found = pd.DataFrame(rows, columns=["mistake", "journeys", "days", "right"])
    found["error"] = found["days"] - found["right"]
    found["says"] = [
        _in_words(*row) for row in found[["days", "right", "error"]].itertuples(index=False)
    ]
    return found


def _median(table: pd.DataFrame) -> float:
    days = quantile(table, 0.5)["days"].item()
    return np.nan if days is pd.NA else float(days)


def _in_words(days: float, right: float, error: float) -> str:
    if np.isnan(days) or np.isnan(right):
        which = (
            "the short cut finds no such day"
            if np.isnan(days)
            else "in truth half never got there yet"
        )
        return f"cannot be compared: {which}"
    if round(error) == 0:
        return f"{days:.0f} days, which is right"
    way = "too few" if error < 0 else "too many"
    share = "less than 1%" if abs(error) < 0.005 * right else f"{error / right:+.0%}"
    return f"{days:.0f} days where {right:.0f} is right: {abs(error):.0f} {way} ({share})"
