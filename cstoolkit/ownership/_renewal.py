"""The renewal as a joint play of CS and sales:

who does what at which distance, by churn risk, and the calendar of the next renewals.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cstoolkit import lifecycle
from cstoolkit.assumptions import check_number
from cstoolkit.data.company import Company, MissingData

DAYS = (180, 120, 90, 60, 30)
"""Days before the renewal at which the play has a step (ours)."""
BANDS = ("low", "medium", "high")
"""Bands of churn risk, as they are passed in."""
NOT_RATED = "not rated"

_PLAY = (
    # days, bands, responsible, taking part, informed, action, source
    (
        180,
        "low medium",
        "CS",
        "",
        "sales",
        "judge the churn risk from the health score and from what the customer says",
        "S3",
    ),
    (
        180,
        "high",
        "CS",
        "sales, CRE",
        "head of CS",
        "judge the risk together with sales; list what stands in the way, bring open issues to CRE",
        "S3",
    ),
    (120, "low", "CS", "", "", "look at usage against the customer's goals", "S1"),
    (
        120,
        "medium",
        "CS",
        "sales",
        "",
        "prepare a usage proposal; tell sales what stands behind the risk",
        "S3",
    ),
    (
        120,
        "high",
        "CS",
        "sales",
        "head of CS",
        "present the usage proposal together with sales, before price is spoken of",
        "S3",
    ),
    (90, "low", "CS", "", "sales", "business review tied to the customer's goals", "S1"),
    (
        90,
        "medium",
        "CS",
        "sales",
        "",
        "business review with the usage proposal, sales in the room",
        "S3",
    ),
    (
        90,
        "high",
        "CS",
        "sales, head of CS",
        "finance",
        "judge the risk again; agree on what may be offered",
        "ours",
    ),
    (60, "low", "CS", "sales", "finance", "renewal offer", "ours"),
    (60, "medium", "CS", "sales", "finance", "judge the risk again; renewal offer", "ours"),
    (
        60,
        "high",
        "sales",
        "CS",
        "head of CS, finance",
        "talk about the renewal with those who decide, CS with the usage proposal",
        "S3",
    ),
    (30, "low", "CS", "", "sales, finance", "close the renewal; look for use that grows", "S1"),
    (30, "medium", "CS", "sales", "finance", "close the renewal", "ours"),
    (
        30,
        "high",
        "sales",
        "CS, head of CS",
        "finance, product",
        "close, or part well and note why, for product and for the health score",
        "S1",
    ),
)


def play(band: str | None = None) -> pd.DataFrame:
    """Who does what at 180, 120, 90, 60 and 30 days before a renewal: days, band, responsible, taking_part, informed, action, source.

    S3 has churn risk judged from the health score and from what customers say, and CS and sales act together; earlier detection
    with a prepared usage proposal is linked to better results. The days and the split by band are ours. `band` (low, medium,
    high) takes one band alone.

    >>> play("high").query("days == 120")["taking_part"].item()
    'sales'
    """
    names = ["days", "band", "responsible", "taking_part", "informed", "action", "source"]
    rows = [(days, each, *rest) for days, bands, *rest in _PLAY for each in bands.split()]
    frame = pd.DataFrame(rows, columns=names).astype(
        {"band": pd.CategoricalDtype(BANDS, ordered=True)}
    )
    frame = frame.sort_values(["band", "days"], ascending=[True, False], ignore_index=True)
    if band is None:
        return frame
    if band not in BANDS:
        raise ValueError(f"a risk band is {', '.join(BANDS)}, got {band!r}.")
    return frame[frame["band"] == band].reset_index(drop=True)


def calendar(
    company: Company, risk: Mapping[str, str] | pd.Series, *, within: int = 180
) -> pd.DataFrame:
    """The play laid over the renewals due within `within` days after `as_of`, one row a renewal and step, the next renewal first.

    `risk` is a band (low, medium, high) by customer_id; a customer without one is *not rated*, and its one step is to judge the
    risk, today. Returns customer_id, name, renews_on, arr (due on that day, currency a year), band, days, due_on, status (past:
    a later step is due already; now: the step that should be going on; to come), responsible, taking_part, informed, action,
    csm (person_id of the CSM assigned; missing: none).

    A renewal is the planned end of a level that runs on `as_of` and has no successor yet; open-ended contracts have none. Levels of a
    customer that end on one day are one renewal. Raises ValueError for a band that there is not. Source: S3.

    >>> import cstoolkit as cs
    >>> company = cs.load_company()
    >>> rows = calendar(company, risk_bands(company))
    >>> bool((rows.groupby(["customer_id", "renews_on"])["status"].agg(lambda each: (each == "now").sum()) == 1).all())
    True
    """
    check_number("calendar", "within", within, least=1)
    bands = pd.Series(risk, dtype="object").dropna()
    strange = sorted({str(each) for each in bands} - set(BANDS))
    if strange:
        raise ValueError(f"a risk band is {', '.join(BANDS)}, got {', '.join(map(repr, strange))}.")
    renewals = _due(company, within)
    renewals["band"] = (
        renewals["customer_id"]
        .map(bands.to_dict())
        .astype("object")
        .fillna(NOT_RATED)
        .astype("str")
    )
    rated = renewals.merge(play().astype({"band": "str"}), on="band")
    rated["due_on"] = rated["renews_on"] - pd.to_timedelta(rated["days"], unit="D")
    nearest = rated["days"].where(rated["due_on"] <= company.as_of)
    current = nearest.groupby([rated["customer_id"], rated["renews_on"]]).transform("min")
    rated["status"] = "to come"
    rated.loc[rated["due_on"] <= company.as_of, "status"] = "past"
    # Of a renewal farther away than the first step, the first one is what comes next: it may begin now.
    current = current.fillna(max(DAYS))
    rated.loc[rated["days"] == current, "status"] = "now"
    unrated = renewals[renewals["band"] == NOT_RATED].assign(
        days=lambda each: (each["renews_on"] - company.as_of).dt.days,
        due_on=company.as_of,
        status="now",
        responsible="CS",
        taking_part="",
        informed="",
        action="judge the churn risk: it has not been rated",
    )
    rows = pd.concat([rated, unrated], ignore_index=True)
    columns = ["customer_id", "name", "renews_on", "arr", "band", "days", "due_on", "status"]
    rows = rows[[*columns, "responsible", "taking_part", "informed", "action", "csm"]]
    return rows.sort_values(
        ["renews_on", "customer_id", "due_on"], kind="stable", ignore_index=True
    )


def _due(company: Company, within: int) -> pd.DataFrame:
    """Renewals that come up: customer_id, name, renews_on, arr, csm."""
    levels, day = company.levels, company.as_of
    product = levels["product"].fillna("")
    following = levels.groupby([levels["customer_id"], product])["starts_on"].shift(-1)
    running = (levels["starts_on"] <= day) & (levels["until"] > day) & levels["ends_on"].notna()
    near = (levels["ends_on"] > day) & (levels["ends_on"] <= day + pd.Timedelta(days=within))
    renewed = following <= levels["ends_on"] + pd.Timedelta(days=company.grace_days)
    stopped = levels["stopped_on"] <= levels["ends_on"]
    rows = levels[running & near & ~renewed & ~stopped]
    frame = (
        rows.groupby(["customer_id", "ends_on"], as_index=False)["arr"]
        .sum()
        .rename(columns={"ends_on": "renews_on"})
    )
    held = company.assignments
    held = held[(held["starts_on"] <= day) & ~(held["ends_on"] <= day)]
    csm = held[held["role"].fillna("").str.casefold().str.contains("csm")].drop_duplicates(
        "customer_id", keep="last"
    )
    frame["csm"] = frame["customer_id"].map(csm.set_index("customer_id")["person_id"])
    frame.insert(
        1, "name", frame["customer_id"].map(company.customers.set_index("customer_id")["name"])
    )
    return frame


def risk_bands(company: Company) -> pd.Series:
    """Plain bands of churn risk by customer_id, for as long as no health score is at hand: high where usage stalls now, medium
    where basic value has not come, else low (ours).

    Without usage nobody is high, without milestones nobody is medium; raises MissingData without both.

    >>> import cstoolkit as cs
    >>> sorted(risk_bands(cs.load_company()).unique())
    ['high', 'low', 'medium']
    """
    watched, reached = company.has("usage", "active_users"), company.has("milestones", "milestone")
    if not watched and not reached:
        raise MissingData(company.lacks(usage=["active_users"], milestones=["milestone"]))
    ids = company.snapshot()["customer_id"]
    bands = pd.Series("low", index=pd.Index(ids, name="customer_id"), name="band", dtype="str")
    if reached:
        valued = company.milestones.loc[
            company.milestones["milestone"].isin(["basic_value", "exceeded_value"]), "customer_id"
        ]
        bands[~bands.index.isin(valued)] = "medium"
    if watched:
        stalls = lifecycle.stalls(company)
        bands[bands.index.isin(stalls.loc[stalls["ended_on"].isna(), "customer_id"])] = "high"
    return bands
