"""The renewal as a joint play of CS and sales, laid over the renewals that come up."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cstoolkit import checks, lifecycle, tables
from cstoolkit.data.company import Company, MissingData

BANDS = ("low", "medium", "high")
"""Bands of churn risk, as they are passed in."""
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

    A renewal is the planned end of a level that runs on `as_of` and has no successor yet;
    open-ended contracts have none. Levels of a customer that end on one day are one renewal.

    Parameters
    ----------
    company : Company
    risk : dict or Series
        A band (low, medium, high) by customer_id. A customer without one is *not rated*, and its
        one step is to judge the risk, today.
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
    >>> rows = calendar(company, risk_bands(company), within=30)
    >>> now = rows[rows["status"] == "now"]
    >>> bool(now.duplicated(["customer_id", "renews_on"]).any())
    False
    """
    checks.count("calendar", "within", within, least=1)
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
    """Renewals that come up: customer_id, renews_on, arr, csm, name."""
    levels, day = company.levels, company.as_of
    following = levels.groupby([levels["customer_id"], levels["product"].fillna("")])["starts_on"]
    renewed = following.shift(-1) <= levels["ends_on"] + pd.Timedelta(days=company.grace_days)
    near = (levels["ends_on"] > day) & (levels["ends_on"] <= day + pd.Timedelta(days=within))
    open_ = levels.index.isin(company.open("contracts").index)
    rows = levels[open_ & near & ~renewed & ~(levels["stopped_on"] <= levels["ends_on"])]
    frame = rows.groupby(["customer_id", "ends_on"], as_index=False)["arr"].sum()
    held = company.open("assignments")
    held = held[held["role"].fillna("").str.casefold().str.contains("csm")]
    csm = held.drop_duplicates("customer_id", keep="last").set_index("customer_id")["person_id"]
    names = company.customers.set_index("customer_id")["name"]
    return frame.rename(columns={"ends_on": "renews_on"}).assign(
        csm=frame["customer_id"].map(csm), name=frame["customer_id"].map(names)
    )


def risk_bands(company: Company) -> pd.Series:
    """Plain bands of churn risk, for as long as no health score is at hand (ours).

    High where usage stalls now, medium where basic value has not come, else low. Without usage
    nobody is high, without milestones nobody is medium.

    Parameters
    ----------
    company : Company
        With usage or milestones.

    Returns
    -------
    pandas.Series
        A band by customer_id.

    Raises
    ------
    MissingData
        Without both.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> sorted(risk_bands(cs.load_company()).unique())
    ['high', 'low', 'medium']
    """
    watched, reached = company.has("usage", "active_users"), company.has("milestones", "milestone")
    if not watched and not reached:
        raise MissingData(company.lacks(usage=["active_users"], milestones=["milestone"]))
    ids = pd.Index(company.snapshot()["customer_id"], name="customer_id")
    bands = pd.Series("low", index=ids, name="band", dtype="str")
    if reached:
        value = company.milestones["milestone"].isin(["basic_value", "exceeded_value"])
        bands[~ids.isin(company.milestones.loc[value, "customer_id"])] = "medium"
    if watched:
        stalls = lifecycle.stalls(company)
        bands[ids.isin(stalls.loc[stalls["ended_on"].isna(), "customer_id"])] = "high"
    return bands
