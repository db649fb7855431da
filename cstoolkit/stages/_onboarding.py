"""Paid against free onboarding: who completes, what the fee brings, and how much of the difference is the customers' own doing.

S1 reports that customers who pay succeed more often and that they have motivated project leads: it names a confounder of its
own finding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit.assumptions import assumption, check_number
from cstoolkit.data.company import Company
from cstoolkit.data.contract import MILESTONES

Z = 1.959963984540054  # 97.5% point of the normal distribution
YEAR_DAYS = 365
CASES = ("no effect", "low end", "estimate", "high end")


@dataclass(frozen=True, kw_only=True)
class PaidOnboarding:
    """The terms of paid onboarding. No source gives figures: all are ours, to be replaced by the reader's own."""

    fee: float = assumption(
        2_500, unit="currency", low=500, high=15_000, says="price of one onboarding"
    )
    take_up: float = assumption(
        0.25,
        unit="share",
        low=0.05,
        high=0.6,
        says="customers who pay, of those who are offered it",
    )
    lost: float = assumption(
        0.01,
        unit="share",
        low=0.0,
        high=0.05,
        says="customers who do not sign because of the offer",
    )
    extra_hours: float = assumption(
        6,
        unit="hours",
        low=0,
        high=30,
        says="hours of CS that a paid onboarding takes more than a free one",
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
            check_number("PaidOnboarding", name, getattr(self, name), least=0)
        for name in ("take_up", "lost", "saved", "margin"):
            value = getattr(self, name)
            mend = (
                f"For {value:g}% write {value / 100:g}."
                if isinstance(value, (int, float)) and value > 1
                else ""
            )
            check_number("PaidOnboarding", name, value, least=0, most=1, mend=mend)


def onboarding_forms(
    company: Company, milestone: str = "basic_value", days: int = 180
) -> pd.DataFrame:
    """Who completes onboarding, by form: form, customers, completed (share), low, high (95%, Wilson), fit, employees, arr
    (means), hours (mean of onboarding work given within `days`; NaN: not on record).

    *Completed* means `milestone` (or a later one) of the first journey within `days` of the signing; customers who left before
    count as not completed. Only customers who signed at least `days` before `as_of` count, so that everybody had the same time.
    Needs customers.onboarding and milestones. As it looks: customers chose their form.

    >>> import cstoolkit as cs
    >>> found = onboarding_forms(cs.load_company()).set_index("form")
    >>> bool(found.loc["paid", "fit"] > found.loc["self", "fit"])
    True
    """
    rows = starters(company, milestone, days)
    numbers = ["completed", "fit", "employees", "arr", "hours"]
    frame = (
        rows.groupby("form", observed=True)[numbers]
        .mean()
        .reindex([each for each in ("self", "free", "paid") if (rows["form"] == each).any()])
    )
    size = rows["form"].value_counts().reindex(frame.index)
    share = frame["completed"]
    middle, half = (
        (share + Z**2 / (2 * size)) / (1 + Z**2 / size),
        Z / (1 + Z**2 / size) * np.sqrt(share * (1 - share) / size + Z**2 / (4 * size**2)),
    )
    frame.insert(0, "customers", size.astype("int64"))
    frame.insert(2, "low", middle - half)
    frame.insert(3, "high", middle + half)
    return frame.reset_index()


def starters(company: Company, milestone: str = "basic_value", days: int = 180) -> pd.DataFrame:
    """The customers that :func:`onboarding_forms` counts, one row each: customer_id, form, completed, fit, employees, arr, hours."""
    if milestone not in MILESTONES[1:]:
        raise ValueError(
            f"milestone comes after the signing, got {milestone!r}. There are: {', '.join(MILESTONES[1:])}."
        )
    check_number("onboarding_forms", "days", days, least=1)
    company.need(customers=["onboarding"], milestones=["milestone", "happened_on"])
    mine = company.milestones[company.milestones["journey"] == 1]
    reached = (
        mine[mine["milestone"].isin(MILESTONES[MILESTONES.index(milestone) :])]
        .groupby("customer_id")["happened_on"]
        .min()
    )
    first = (
        company.contracts.sort_values("signed_on", kind="stable")
        .drop_duplicates("customer_id")
        .set_index("customer_id")
    )
    own = company.customers.dropna(subset=["onboarding"]).set_index("customer_id")
    signed = first["signed_on"].reindex(own.index)
    span = pd.Timedelta(days=days)
    own, signed = own[signed <= company.as_of - span], signed[signed <= company.as_of - span]
    fits = (
        company.deals.dropna(subset=["customer_id", "fit"])
        .sort_values("happened_on")
        .drop_duplicates("customer_id", keep="last")
    )
    work = company.activities[company.activities["phase"] == "onboarding"]
    since = work["happened_on"] - work["customer_id"].map(signed)
    hours = work[(since >= pd.Timedelta(0)) & (since < span)].groupby("customer_id")["hours"].sum()
    frame = pd.DataFrame(
        {
            "form": own["onboarding"],
            "completed": (reached.reindex(own.index) <= signed + span).astype(float),
            "fit": fits.set_index("customer_id")["fit"].reindex(own.index),
            "employees": own["employees"],
            "arr": first["arr"].reindex(own.index),
            "hours": hours.reindex(own.index).fillna(0.0)
            if company.has("activities", "phase", "hours")
            else np.nan,
        }
    )
    return frame.reset_index()


def onboarding_effect(
    company: Company,
    milestone: str = "basic_value",
    days: int = 180,
    *,
    fit: pd.Series | None = None,
) -> pd.DataFrame:
    """Paid against free onboarding, as it looks and among like customers.

    Returns one row an estimate (crude; same fit; same fit and size): estimate, customers, paid (share completed if all paid),
    free (if nobody did), difference, low, high (95%), ratio, ratio_low, ratio_high (of the hazard: how much sooner).
    Complementary log-log regression of *completed within days*, whose coefficient is the log of the ratio of hazards where
    those are proportional; the shares are averaged over all customers who had either form. What paid customers get more (hours)
    belongs to the effect. *Estimated*: rated fit carries noise, and a motive that nobody rated stays in; `fit` (points by
    customer_id) replaces the rated one.

    Raises ValueError with fewer than ten customers of either form, or where all or none of them completed. An estimate whose
    adjustment is not on record is left out; all rest on the same customers, those with everything on record. Source: S1 (the
    claim); Prentice and Gloeckler (1978) for the regression.

    >>> import cstoolkit as cs
    >>> found = onboarding_effect(cs.load_company()).set_index("estimate")
    >>> bool(found.loc["crude", "difference"] > found.loc["same fit", "difference"] > 0)
    True
    """
    rows = starters(company, milestone, days)
    rows = rows[rows["form"].isin(["free", "paid"])]
    if fit is not None:
        rows = rows.assign(fit=rows["customer_id"].map(fit))
    counts = rows["form"].value_counts()
    if min(counts.get("free", 0), counts.get("paid", 0)) < 10:
        raise ValueError(
            f"{counts.get('paid', 0)} customers paid and {counts.get('free', 0)} did not: too few to compare; ten of each at least."
        )
    traits = {"fit": (rows["fit"] - 60) / 10, "size": np.log(rows["employees"].clip(lower=1) / 120)}
    design = pd.DataFrame({"paid": (rows["form"] == "paid").astype(float), **traits})
    design = design.loc[:, design.nunique() > 1]
    complete = design.notna().all(axis=1)
    design, completed = design[complete], rows.loc[complete, "completed"]
    found = []
    for name, adjusted in (
        ("crude", []),
        ("same fit", ["fit"]),
        ("same fit and size", ["fit", "size"]),
    ):
        if {"paid", *adjusted} <= set(design):
            found.append({"estimate": name, **_compare(design[["paid", *adjusted]], completed)})
    return pd.DataFrame(found)


def _compare(design: pd.DataFrame, completed: pd.Series) -> dict:
    """The standardised difference with its interval by the delta method, and the ratio of hazards."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.families.links import CLogLog
    from statsmodels.genmod.generalized_linear_model import GLM

    if completed.nunique() < 2:
        raise ValueError(
            "all or none of the customers completed: choose another milestone or another number of days."
        )
    matrix = np.column_stack([np.ones(len(design)), design.to_numpy()])
    result = GLM(completed.to_numpy(), matrix, family=Binomial(link=CLogLog())).fit()
    beta, covariance = np.asarray(result.params), np.asarray(result.cov_params())
    shares, slopes = [], []
    for paid in (1.0, 0.0):
        matrix[:, 1] = paid
        hazard = np.exp(matrix @ beta)
        shares.append(float(-np.expm1(-hazard).mean()))
        slopes.append((matrix * (hazard * np.exp(-hazard))[:, None]).mean(axis=0))
    slope = slopes[0] - slopes[1]
    half = Z * float(np.sqrt(slope @ covariance @ slope))
    log, error = beta[1], float(np.sqrt(covariance[1, 1]))
    difference = shares[0] - shares[1]
    return {
        "customers": len(design),
        "paid": shares[0],
        "free": shares[1],
        "difference": difference,
        "low": difference - half,
        "high": difference + half,
        "ratio": float(np.exp(log)),
        "ratio_low": float(np.exp(log - Z * error)),
        "ratio_high": float(np.exp(log + Z * error)),
    }


def paid_onboarding(
    company: Company, terms: PaidOnboarding | None = None, effect: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What offering paid onboarding to everybody who has it free now would bring in a year.

    `effect` is an :func:`onboarding_effect` (computed if not given); its last row, the best adjusted one, is used with both
    ends of its interval, and beside it the case of no effect at all. Returns one row a case (no effect, low end, estimate, high
    end): case, completed_more (share of those who pay), customers (who came with free onboarding in the last year), paying,
    fees, work, renewals, lost, net (currency), fee_to_break_even (currency for one onboarding). Renewals are worth
    ``completed_more x saved x ARR x margin x lasting`` each.

    *Structural* on terms that are ours and one *estimated* figure. Raises ValueError where nobody came with free onboarding in a year.

    >>> import cstoolkit as cs
    >>> found = paid_onboarding(cs.load_company())
    >>> found["case"].to_list()
    ['no effect', 'low end', 'estimate', 'high end']
    >>> bool(found["net"].iloc[1:].is_monotonic_increasing)
    True
    """
    terms = terms or PaidOnboarding()
    company.need(customers=["onboarding"])
    best = (onboarding_effect(company) if effect is None else effect).iloc[-1]
    own = company.customers
    came = own[
        (own["onboarding"] == "free")
        & (own["acquired_on"] > company.as_of - pd.Timedelta(days=YEAR_DAYS))
    ]
    if came.empty:
        raise ValueError(
            f"nobody came to {company.name} with free onboarding in the year before {company.as_of:%Y-%m-%d}."
        )
    first = (
        company.contracts.sort_values("signed_on", kind="stable")
        .drop_duplicates("customer_id")
        .set_index("customer_id")["arr"]
    )
    arr = float(first.reindex(came["customer_id"]).mean())
    paying = len(came) * terms.take_up
    more = np.array([0.0, best["low"], best["difference"], best["high"]])
    frame = pd.DataFrame(
        {"case": CASES, "completed_more": more, "customers": len(came), "paying": paying}
    )
    frame["fees"] = paying * terms.fee
    frame["work"] = -paying * terms.extra_hours * terms.hour
    frame["renewals"] = paying * more * terms.saved * arr * terms.margin * terms.lasting
    frame["lost"] = -len(came) * terms.lost * arr * terms.margin * terms.lasting
    frame["net"] = frame[["fees", "work", "renewals", "lost"]].sum(axis=1)
    others = frame["net"] - frame["fees"]
    frame["fee_to_break_even"] = np.maximum(-others, 0.0) / paying if paying else np.nan
    return frame
