"""The customers that staffing starts from: who is live, in which tier and phase, how many come.

S4 asks to assign each customer to a tier before anything is calculated: the tiers are those of the
company's data, or given by ARR where the data say nothing. Sources: docs/sources.md.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cstoolkit import checks, lifecycle, stages
from cstoolkit.data import timeline
from cstoolkit.data.company import MONTH_DAYS, Company, MissingData, checked

TIERS = ("high", "low", "tech")
LARGEST = {"high": 0.1, "low": 0.3}
"""Customers of the highest ARR that are high touch, and the next that are low touch, as shares of
all (ours)."""


def tiers_by_arr(arr: pd.Series) -> np.ndarray:
    """The tier of customers whose tier nobody wrote down, by their place in ARR.

    The largest are high touch, the next low touch, all others tech touch (the shares of customers
    are :data:`LARGEST`, so that the rule holds in any currency); customers that pay the same get
    the same tier, the one where most of them belong. Where all pay the same, ARR does not tell them
    apart: all are low touch. Up to 10 customers all are high touch.

    References
    ----------
    S1 (docs/sources.md), stage 1: everybody is high touch. The shares are ours.

    Examples
    --------
    >>> found = tiers_by_arr(pd.Series([20_000.0] * 20 + [5_000] * 30 + [500] * 50))
    >>> pd.Series(found).value_counts(sort=False).to_dict()
    {'high': 20, 'low': 30, 'tech': 50}
    """
    if len(arr) and stages.stage(len(arr)) == 1:
        return np.full(len(arr), TIERS[0], dtype=object)
    if arr.nunique() == 1:
        return np.full(len(arr), TIERS[1], dtype=object)
    place = arr.rank(ascending=False, method="first", pct=True) - 1e-9
    alone = np.searchsorted(np.cumsum(list(LARGEST.values())), place)
    # How many of each amount would be in each tier by themselves; of equals the more personal.
    count = pd.get_dummies(pd.Categorical(alone, [0, 1, 2])).groupby(arr.to_numpy()).sum()
    most = pd.Series(count.to_numpy().argmax(axis=1), count.index)
    return np.array(TIERS, dtype=object)[most.loc[arr].to_numpy()]


def with_tiers(snapshot: pd.DataFrame) -> pd.DataFrame:
    """A snapshot whose empty tiers are filled by ARR; the tiers that the data name stay."""
    empty = snapshot["tier"].isna()
    if not empty.any():
        return snapshot
    tier = snapshot["tier"].astype(object).where(~empty, tiers_by_arr(snapshot["arr"]))
    return snapshot.assign(tier=tier.astype("str").astype("category"))


def assign_tiers(
    customers: pd.DataFrame, *, high: float, low: float, resegment: bool = True
) -> pd.DataFrame:
    """The customers with a touch tier by amounts of one's own.

    Parameters
    ----------
    customers : DataFrame
        One row a customer with `arr` (currency a year).
    high, low : float
        ARR from which on a customer is high touch, or low touch; below it is tech touch.
    resegment : bool
        Whether `segment` becomes the tier too.

    Returns
    -------
    DataFrame
        The customers with `tier` in place of any that they had.

    Raises
    ------
    ValueError
        Unless high is above low.

    Examples
    --------
    >>> customers = pd.DataFrame({"arr": [80_000.0, 12_000.0, 900.0]})
    >>> assign_tiers(customers, high=50_000, low=10_000)["tier"].to_list()
    ['high', 'low', 'tech']
    """
    checks.columns("customers", customers, ["arr"])
    checks.not_negative("assign_tiers", high=high, low=low)
    if high <= low:
        raise ValueError(
            f"assign_tiers: high is above low, got high {high:,.0f} and low {low:,.0f}."
        )
    arr = checks.amounts("customers", customers["arr"])
    place = np.select([arr >= high, arr >= low], [0, 1], 2)
    tier = pd.Categorical.from_codes(place, categories=TIERS)
    return customers.assign(tier=tier, segment=tier) if resegment else customers.assign(tier=tier)


def base(
    company: Company,
    date: str | pd.Timestamp | None = None,
    *,
    segment: str = "tier",
    paying: bool = False,
) -> pd.DataFrame:
    """The customers live on a day as both approaches take them, with what was known on that day.

    Parameters
    ----------
    company : Company
    date : str or Timestamp, optional
        The day; default: `as_of`.
    segment : str
        The column that divides the customers, as in ``company.snapshot``.
    paying : bool
        Leave out customers that pay nothing (trials, paused contracts).

    Returns
    -------
    DataFrame
        A snapshot (customer_id, arr, tier, segment, tenure_months, ...) and `phase`, the main
        lifecycle phase of each customer (see ``lifecycle.current``). Customers without a tier get
        one by ARR; :func:`basis` says so in a sentence.

    Raises
    ------
    MissingData
        Where nobody is live.
    """
    known = checked(company) if date is None else checked(company).at(date)
    live = known.snapshot(segment=segment)
    customers = with_tiers(live[live["arr"] > 0] if paying else live)
    if customers.empty:
        raise MissingData(
            f"{company.name} has no live customers on {known.as_of:%Y-%m-%d}: nobody to staff for. "
            "If that is a surprise, check as_of and contracts.ends_on."
        )
    if segment == "tier":
        customers["segment"] = customers["tier"]
    phases = lifecycle.current(known)[["customer_id", "phase"]]
    return customers.merge(phases, on="customer_id", how="left", validate="one_to_one")


def starts(
    company: Company, customers: pd.DataFrame | None = None, *, months: int = 12
) -> pd.Series:
    """How many onboardings start a month: a customer with a first product, or with a further one.

    Parameters
    ----------
    company : Company
    customers : DataFrame, optional
        The live customers with `customer_id` and `segment`; default: :func:`base`.
    months : int
        How far to look back from `as_of`; a company that is younger is asked from its first start
        on.

    Returns
    -------
    Series
        Starts a month, by segment. Those of customers that have left since are spread over the
        segments like the others.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> found = starts(cs.load_company())
    >>> found.index.to_list(), bool(found.sum() > 50)
    (['high', 'low', 'tech'], True)
    """
    months = checks.count("starts", "months", months, least=1)
    customers = base(company) if customers is None else customers
    checks.columns(
        "customers", customers, ["customer_id", "segment"], "staffing.base(company) has them."
    )
    levels = company.levels
    journeys = timeline.spans(
        levels.assign(
            customer_id=levels.groupby(["customer_id", "product"], dropna=False).ngroup()
        ),
        company.as_of,
        company.grace_days,
    )
    first = levels.groupby(["customer_id", "product"], dropna=False, sort=True)["starts_on"].min()
    whose = first.index.get_level_values("customer_id")[journeys["customer_id"]]
    since = company.as_of - pd.DateOffset(months=months)
    begun = whose[(journeys["starts_on"] > since).to_numpy()]
    segment = customers.set_index("customer_id")["segment"]
    found = segment.reindex(begun).value_counts().reindex(_labels(segment), fill_value=0)
    age = (company.as_of - journeys["starts_on"].min()) / pd.Timedelta(days=MONTH_DAYS)
    scale = len(begun) / max(found.sum(), 1) / np.clip(age, 1, months)
    return (found * scale).rename("starts").rename_axis("segment")


def _labels(segment: pd.Series) -> list:
    """The segments in their order, empty categories included."""
    if isinstance(segment.dtype, pd.CategoricalDtype):
        return segment.cat.categories.to_list()
    return sorted(segment.unique())


def growth(company: Company, months: int = 12, *, otherwise: float | None = None) -> float:
    """How fast the number of live customers grew, each counted as it was known on its day.

    Parameters
    ----------
    company : Company
    months : int
        Over how many months before `as_of`.
    otherwise : float, optional
        The answer where there is no rate: nobody was live that long ago, or nobody is now.

    Returns
    -------
    float
        A share a month.

    Raises
    ------
    ValueError
        Where there is no rate and no `otherwise`.
    """
    months = checks.count("growth", "months", months, least=1)
    # Both as known on their day: a renewal that is late on the day counts as an end at both.
    before = len(checked(company).at(company.as_of - pd.DateOffset(months=months)).snapshot())
    now = len(company.snapshot())
    if before and now:
        return (now / before) ** (1 / months) - 1
    if otherwise is None:
        raise ValueError(
            f"{company.name} had {before} live customers {months} months before "
            f"{company.as_of:%Y-%m-%d} and {now} then: no rate of growth."
        )
    return otherwise
