"""Back-test: started from a day in the past, does the simulator reach what came?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit import org, ttv
from cstoolkit.data.company import Company, checked
from cstoolkit.simulator.engine import simulate
from cstoolkit.simulator.outcomes import MEASURES
from cstoolkit.simulator.settings import Assumptions, Staffing
from cstoolkit.simulator.world import start

YEAR = 52
COMPARED = ("logo_churn", "grr", "nrr", "ttv")


def backtest(
    company: Company,
    date: str | pd.Timestamp,
    assumptions: Assumptions | None = None,
    staffing: Staffing | None = None,
    *,
    replications: int = 100,
    seed: int = 1,
    level: float = 0.9,
) -> pd.DataFrame:
    """A year simulated from what was known on a day, beside what came.

    The organisation is the one of that day, its people grow as in the year before, and as many
    customers sign as then: nothing that came later is used.

    Parameters
    ----------
    company : Company
        With a year or more of history after the day.
    date : str or Timestamp
    assumptions, staffing : optional
    replications, seed : int
    level : float
        Share of futures between `low` and `high`.

    Returns
    -------
    DataFrame
        One row a measure, and for customers lost a tier too: measure, says, segment ("all" or a
        tier), simulated (mean), low, high, came, error (simulated - came), inside.

    Raises
    ------
    ValueError
        Without a year of history after the day.
    """
    day = checked(company).at(date).as_of
    end = day + pd.Timedelta(weeks=YEAR)
    if end > company.as_of:
        raise ValueError(
            f"backtest: there is no year after {day:%Y-%m-%d}; {company.name} is known up to "
            f"{company.as_of:%Y-%m-%d}."
        )
    world = start(company, day, weeks=YEAR)
    design = org.today(world.company)
    run = simulate(
        world, design, staffing, assumptions, weeks=YEAR, replications=replications, seed=seed
    )
    came, rows = _came(company, day, end), []
    tails = (1 - level) / 2, (1 + level) / 2
    for (measure, segment), value in came.items():
        simulated = run.measure(measure, None if segment == "all" else segment)
        low, high = np.nanquantile(simulated, tails)
        mean = float(np.nanmean(simulated))
        inside = bool(low <= value <= high)
        says = MEASURES[measure][0]
        rows.append((measure, says, segment, mean, low, high, value, mean - value, inside))
    columns = "measure says segment simulated low high came error inside"
    return pd.DataFrame(rows, columns=columns.split())


def _came(company: Company, day: pd.Timestamp, end: pd.Timestamp) -> dict[tuple, float]:
    """What came in the year: by measure and segment."""
    before = company.at(day).snapshot().set_index("customer_id")
    spans = company.open("spans", day).set_index("customer_id")["ends_on"].reindex(before.index)
    stays = ~(spans <= end)
    after = company.at(end).snapshot().set_index("customer_id")["arr"]
    now = after.reindex(before.index).fillna(0.0).where(stays, 0.0)
    opening = before["arr"].sum()
    came = {
        ("nrr", "all"): now.sum() / opening,
        ("grr", "all"): np.minimum(now, before["arr"]).sum() / opening,
        ("logo_churn", "all"): float((~stays).mean()),
    }
    for tier, group in stays.groupby(before["tier"].astype("str")):
        came["logo_churn", tier] = float((~group).mean())
    if company.has("milestones", "milestone"):
        came["ttv", "all"] = _weeks_to_value(company.at(end), day)
    order = {name: place for place, name in enumerate(COMPARED)}
    return dict(sorted(came.items(), key=lambda each: order[each[0][0]]))


def _weeks_to_value(company: Company, day: pd.Timestamp) -> float:
    """The median of weeks from signing to basic value of those who signed since, by Kaplan-Meier."""
    begun = company.open("spans").set_index("customer_id")["starts_on"]
    rows = ttv.durations(company, "contract_signed", "basic_value")
    rows = rows[rows["customer_id"].map(begun).gt(day)].dropna(subset="days")
    # A customer has value once one of its products has brought it.
    rows = rows.assign(waits=rows["outcome"].ne("value")).sort_values(["waits", "days"])
    rows = rows.drop_duplicates("customer_id")
    curve = ttv.curve(rows["days"], rows["outcome"].eq("value"))
    reached = curve.loc[curve["share"] >= 0.5, "day"]
    return float(reached.iloc[0] / 7) if len(reached) else np.nan
