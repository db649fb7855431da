"""Paid against free onboarding: who completes, what the fee brings, what customers brought along.

S1 reports that customers who pay succeed more often and that they have motivated project leads: it
names a confounder of its own finding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit import checks, stats
from cstoolkit.assumptions import assumption
from cstoolkit.data.company import Company
from cstoolkit.data.contract import MILESTONES

LEAST = 10
"""Customers of either form below which they are not compared (ours)."""

CASES = ("no effect", "low end", "estimate", "high end")
"""The cases of :func:`paid_onboarding`."""


@dataclass(frozen=True, kw_only=True)
class PaidOnboarding:
    """The terms of paid onboarding; no source gives figures, all are ours, to be replaced."""

    fee: float = assumption(
        2_500, unit="currency", low=500, high=15_000, says="price of one onboarding"
    )
    take_up: float = assumption(
        0.25, unit="share", low=0.05, high=0.6, says="customers who pay, of those offered it"
    )
    lost: float = assumption(
        0.01, unit="share", low=0.0, high=0.05, says="customers lost because of the offer"
    )
    extra_hours: float = assumption(
        6, unit="hours", low=0, high=30, says="hours of CS that a paid onboarding takes more"
    )
    hour: float = assumption(
        85, unit="currency", low=50, high=150, says="cost of one customer-facing hour"
    )
    saved: float = assumption(
        0.15,
        unit="share",
        low=0.0,
        high=0.35,
        says="churn at the first renewal that a completed onboarding averts",
    )
    margin: float = assumption(
        0.75, unit="share", low=0.6, high=0.9, says="what is left of ARR after serving it"
    )
    lasting: float = assumption(
        2.0, unit="years", low=1.0, high=4.0, says="for how long a renewal saved brings its ARR"
    )

    def __post_init__(self) -> None:
        for name in ("fee", "hour", "lasting", "extra_hours"):
            checks.number("PaidOnboarding", name, getattr(self, name), least=0)
        for name in ("take_up", "lost", "saved", "margin"):
            checks.share("PaidOnboarding", name, getattr(self, name), zero=True)


def onboarding_forms(
    company: Company, milestone: str = "basic_value", days: int = 180
) -> pd.DataFrame:
    """Who completes onboarding, by form, as it looks: customers chose their form.

    Parameters
    ----------
    company : Company
        With customers.onboarding and milestones.
    milestone : str
        *Completed* means this milestone, or a later one, of the first journey.
    days : int
        Within so many days of the signing; who left before has not completed. Only customers who
        signed at least so long before `as_of` count, so that all had the same time.

    Returns
    -------
    pandas.DataFrame
        form (self, free, paid), customers, completed (share), low, high (95%, Wilson), fit,
        employees, arr (means), hours (mean of onboarding work given within `days`; NaN: not on
        record).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> found = onboarding_forms(cs.load_company()).set_index("form")
    >>> bool(found.loc["paid", "fit"] > found.loc["self", "fit"])
    True
    """
    groups = _starters(company, milestone, days).groupby("form")
    frame = groups[["completed", "fit", "employees", "arr", "hours"]].mean()
    frame["customers"] = groups.size()
    _, frame["low"], frame["high"] = stats.wilson(groups["completed"].sum(), frame["customers"])
    columns = ["customers", "completed", "low", "high", "fit", "employees", "arr", "hours"]
    forms = [form for form in ("self", "free", "paid") if form in frame.index]
    return frame.loc[forms, columns].reset_index()


def _starters(company: Company, milestone: str, days: int) -> pd.DataFrame:
    """Customers counted, one row each: customer_id, form, completed, fit, employees, arr, hours."""
    checks.one_of("onboarding_forms", "milestone", milestone, MILESTONES[1:])
    checks.count("onboarding_forms", "days", days, least=1)
    company.need(customers=["onboarding"], milestones=["milestone", "happened_on"])
    span = pd.Timedelta(days=days)
    first = company.contracts.sort_values("signed_on", kind="stable")
    first = first.drop_duplicates("customer_id")[["customer_id", "signed_on", "arr"]]
    own = company.customers.dropna(subset=["onboarding"])
    own = own[["customer_id", "onboarding", "employees"]].rename(columns={"onboarding": "form"})
    rows = own.merge(first, on="customer_id")
    rows = rows[rows["signed_on"] <= company.as_of - span].set_index("customer_id")
    reached = company.milestones[
        (company.milestones["journey"] == 1)
        & company.milestones["milestone"].isin(MILESTONES[MILESTONES.index(milestone) :])
    ]
    reached = reached.groupby("customer_id")["happened_on"].min().reindex(rows.index)
    rows["completed"] = (reached <= rows["signed_on"] + span).astype(float)
    rows["fit"] = company.fit().reindex(rows.index)
    rows["hours"] = np.nan
    if company.has("activities", "phase", "hours"):
        work = company.activities[company.activities["phase"] == "onboarding"]
        since = work["happened_on"] - work["customer_id"].map(rows["signed_on"])
        given = work[(since >= pd.Timedelta(0)) & (since < span)].groupby("customer_id")["hours"]
        rows["hours"] = given.sum().reindex(rows.index, fill_value=0.0)
    return rows.reset_index()


def onboarding_effect(
    company: Company, milestone: str = "basic_value", days: int = 180
) -> pd.DataFrame:
    """Paid against free onboarding, as it looks and among like customers.

    Complementary log-log regression of *completed within days*, whose coefficient is the log of the
    ratio of hazards where those are proportional; the shares are averaged over all customers who
    had either form. What paid customers get more (hours) belongs to the effect. *Estimated*: rated
    fit carries noise, and a motive that nobody rated stays in.

    Parameters
    ----------
    company, milestone, days
        As for :func:`onboarding_forms`.

    Returns
    -------
    pandas.DataFrame
        One row an estimate (crude; same fit; same fit and size), all on the same customers; one
        whose adjustment is not on record is left out: estimate, customers, paid (share completed if
        all paid), free (if nobody did), difference, low, high (95%), ratio, ratio_low, ratio_high
        (of the hazard: how much sooner).

    Raises
    ------
    ValueError
        With fewer than ``LEAST`` customers of either form, or where all or none completed.

    References
    ----------
    S1 (docs/sources.md) for the claim; Prentice and Gloeckler (1978) for the regression.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> found = onboarding_effect(cs.load_company()).set_index("estimate")
    >>> bool(found.loc["crude", "difference"] > found.loc["same fit", "difference"] > 0)
    True
    """
    rows = _starters(company, milestone, days)
    rows = rows[rows["form"].isin(["free", "paid"])]
    paid, free = ((rows["form"] == form).sum() for form in ("paid", "free"))
    if min(paid, free) < LEAST:
        raise ValueError(
            f"{paid} customers paid and {free} did not: too few to compare; "
            f"{LEAST} of each at least."
        )
    design = pd.DataFrame(
        {
            "paid": (rows["form"] == "paid").astype(float),
            "fit": rows["fit"] / 10,
            "size": np.log2(rows["employees"].clip(lower=1)),
        }
    )
    design = design.loc[:, design.nunique() > 1].dropna()
    completed = rows.loc[design.index, "completed"]
    if completed.nunique() < 2:
        raise ValueError(
            "all or none of the customers completed: choose another milestone or number of days."
        )
    adjusted = {"crude": [], "same fit": ["fit"], "same fit and size": ["fit", "size"]}
    return pd.DataFrame(
        [
            {"estimate": name, **_compare(design[["paid", *traits]], completed)}
            for name, traits in adjusted.items()
            if set(traits) <= set(design)
        ]
    )


def _compare(design: pd.DataFrame, completed: pd.Series) -> dict[str, float]:
    """The standardised difference with its interval, and the ratio of hazards."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.families.links import CLogLog
    from statsmodels.genmod.generalized_linear_model import GLM

    matrix = np.column_stack([np.ones(len(design)), design])
    result = GLM(completed.to_numpy(), matrix, family=Binomial(link=CLogLog())).fit()
    beta, covariance = np.asarray(result.params), np.asarray(result.cov_params())
    shares, slopes = [], []
    for form in (1.0, 0.0):
        matrix[:, 1] = form
        hazard = np.exp(matrix @ beta)
        shares.append(float(-np.expm1(-hazard).mean()))
        slopes.append((matrix * (hazard * np.exp(-hazard))[:, None]).mean(axis=0))
    difference = stats.delta_interval(shares[0] - shares[1], slopes[0] - slopes[1], covariance)
    ratio = np.exp(stats.delta_interval(beta[1], np.eye(len(beta))[1], covariance))
    return {
        "customers": len(design),
        "paid": shares[0],
        "free": shares[1],
        **dict(zip(("difference", "low", "high"), difference, strict=True)),
        **dict(zip(("ratio", "ratio_low", "ratio_high"), map(float, ratio), strict=True)),
    }


def paid_onboarding(
    company: Company, terms: PaidOnboarding | None = None, effect: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What offering paid onboarding to everybody who has it free now would bring in a year.

    Each renewal saved brings ``ARR x margin x lasting``; of those who pay, ``completed_more x
    saved`` renew who would not have. *Structural* on terms that are ours and one *estimated*
    figure.

    Parameters
    ----------
    company : Company
    terms : PaidOnboarding, optional
    effect : pandas.DataFrame, optional
        An :func:`onboarding_effect`, computed if not given; its last row, the best adjusted one, is
        used with both ends of its interval.

    Returns
    -------
    pandas.DataFrame
        One row a case (no effect, low end, estimate, high end): case, completed_more (share of
        those who pay), customers (who came with free onboarding in the last year), paying, fees,
        work, renewals, lost, net (currency), fee_to_break_even (currency for one onboarding).

    Raises
    ------
    ValueError
        Where nobody came with free onboarding in a year.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> bool(paid_onboarding(cs.load_company())["net"].iloc[1:].is_monotonic_increasing)
    True
    """
    terms = terms or PaidOnboarding()
    company.need(customers=["onboarding"])
    best = (onboarding_effect(company) if effect is None else effect).iloc[-1]
    own = company.customers
    since = company.as_of - pd.Timedelta(days=365)
    came = own[(own["onboarding"] == "free") & (own["acquired_on"] > since)]
    if came.empty:
        raise ValueError(
            f"nobody came to {company.name} with free onboarding in the year before "
            f"{company.as_of:%Y-%m-%d}."
        )
    contracts = company.contracts[company.contracts["customer_id"].isin(came["customer_id"])]
    first = contracts.sort_values("signed_on", kind="stable").drop_duplicates("customer_id")
    kept = float(first["arr"].mean()) * terms.margin * terms.lasting
    paying = len(came) * terms.take_up
    more = np.array([0.0, best["low"], best["difference"], best["high"]])
    frame = pd.DataFrame(
        {"case": CASES, "completed_more": more, "customers": len(came), "paying": paying}
    )
    frame["fees"] = paying * terms.fee
    frame["work"] = -paying * terms.extra_hours * terms.hour
    frame["renewals"] = paying * more * terms.saved * kept
    frame["lost"] = -len(came) * terms.lost * kept
    others = frame[["work", "renewals", "lost"]].sum(axis=1)
    frame["net"] = frame["fees"] + others
    frame["fee_to_break_even"] = (-others).clip(lower=0) / paying if paying else np.nan
    return frame
