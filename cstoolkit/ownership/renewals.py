"""The renewal as a joint play of CS and sales, laid over the renewals that come up."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cstoolkit import checks, health, tables
from cstoolkit.data.company import Company

BANDS = ("low", "medium", "high")
"""Bands of churn risk, the lowest first."""
NOT_RATED = "not rated"


def play(band: str | None = None) -> pd.DataFrame:
    """Who does what at 180, 120, 90, 60 and 30 days before a renewal (``play.csv``).

    S3 has churn risk judged from the health score and from what customers say, and CS and sales act
    together; earlier detection with a prepared usage proposal is linked to better results. The days
    and the split by band are ours.

    Parameters
    ----------
    band : str, optional
        One band (low, medium, high) alone.

    Returns
    -------
    pandas.DataFrame
        days, band, responsible, taking_part, informed, action, source; the farthest step first.

    References
    ----------
    S1, S3 (docs/sources.md).

    Examples
    --------
    >>> play("high").query("days == 120")["taking_part"].item()
    'sales'
    """
    frame = tables.read("ownership", "play")
    if band is None:
        return frame
    checks.one_of("play", "a risk band", band, BANDS)
    return frame[frame["band"] == band].reset_index(drop=True)


def calendar(
    company: Company, risk: Mapping[str, str] | pd.Series, *, within: int = 180
) -> pd.DataFrame:
    """The play laid over the renewals that come up, one row a renewal and step, the next one first.

    Renewals are those of :func:`health.coming`; products of a customer that end on one day are one.

    Parameters
    ----------
    company : Company
    risk : dict or Series
        A band (low, medium, high) by customer_id, such as :func:`health.bands`. A customer without
        one is *not rated*, and its one step is to judge the risk, today.
    within : int
        Days after `as_of` in which the renewals are due, at least 1.

    Returns
    -------
    pandas.DataFrame
        customer_id, name, renews_on, arr (due on that day, currency a year), band, days, due_on,
        status
        (past: a later step is due already; now: the step that should be going on; to come),
        responsible, taking_part, informed, action, csm (person_id; missing: none).

    Raises
    ------
    ValueError
        For a band that there is not.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> company = cs.load_company()
    >>> rows = calendar(company, dict.fromkeys(company.customers["customer_id"], "low"), within=30)
    >>> now = rows[rows["status"] == "now"]
    >>> bool(now.duplicated(["customer_id", "renews_on"]).any())
    False
    """
    bands = pd.Series(risk, dtype="object").dropna()
    for band in bands.unique():
        checks.one_of("calendar", "a risk band", band, BANDS)
    due = _due(company, within)
    due["band"] = due["customer_id"].map(bands).astype("object").fillna(NOT_RATED)
    rated = due.merge(play().drop(columns="source"), on="band")
    rated["due_on"] = rated["renews_on"] - pd.to_timedelta(rated["days"], unit="D")
    begun = rated["due_on"] <= company.as_of
    # Of a renewal farther away than the first step, the first one may begin now.
    going = rated["days"].where(begun).groupby([rated["customer_id"], rated["renews_on"]])
    going = going.transform("min").fillna(rated["days"].max())
    rated["status"] = begun.map({True: "past", False: "to come"})
    rated.loc[rated["days"] == going, "status"] = "now"
    unrated = due[due["band"] == NOT_RATED].assign(
        days=lambda rows: (rows["renews_on"] - company.as_of).dt.days,
        due_on=company.as_of,
        status="now",
        responsible="CS",
        taking_part="",
        informed="",
        action="judge the churn risk: it has not been rated",
    )
    columns = ["customer_id", "name", "renews_on", "arr", "band", "days", "due_on", "status"]
    columns += ["responsible", "taking_part", "informed", "action", "csm"]
    rows = pd.concat([rated, unrated], ignore_index=True)[columns]
    order = ["renews_on", "customer_id", "due_on"]
    return rows.sort_values(order, kind="stable", ignore_index=True)


def _due(company: Company, within: int) -> pd.DataFrame:
    """Renewals that come up, one a customer and day: customer_id, renews_on, arr, name, csm."""
    rows = health.coming(company, within).groupby(["customer_id", "renews_on"], as_index=False)
    rows = rows.agg(arr=("arr", "sum"), name=("name", "first"))
    held = company.open("assignments")
    held = held[held["role"].fillna("").str.casefold().str.contains("csm")]
    csm = held.drop_duplicates("customer_id", keep="last").set_index("customer_id")["person_id"]
    return rows.assign(csm=rows["customer_id"].map(csm))
