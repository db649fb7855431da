"""Paid against free onboarding: who has value in time, what the offer brings, by the records.

S1 reports that customers who pay succeed more often and that they have motivated project leads: it
names a confounder of its own finding. What paying does is estimated once, by ``ttv.paid_effect``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit import assumptions, checks, stats, ttv
from cstoolkit.data.company import Company, MissingData, checked

CASES = ("no effect", "low end", "estimate", "high end")
"""The cases of :func:`paid_onboarding`."""


_RULES = assumptions.read("stages", "PaidOnboarding")


@dataclass(frozen=True, kw_only=True)
class PaidOnboarding:
    """The terms of paid onboarding; no source gives figures, all are ours, to be replaced."""

    fee: float = _RULES["fee"]
    take_up: float = _RULES["take_up"]
    lost: float = _RULES["lost"]
    hour: float = _RULES["hour"]
    margin: float = _RULES["margin"]
    lasting: float = _RULES["lasting"]

    def __post_init__(self) -> None:
        assumptions.check(self)


def onboarding_forms(
    company: Company, milestone: str = "basic_value", days: int = ttv.IN_TIME
) -> pd.DataFrame:
    """Who has value in time, by form of onboarding, as it looks: customers chose their form.

    Parameters
    ----------
    company : Company
        With customers.onboarding and milestones.
    milestone : str
        What counts as value: this milestone or a later one.
    days : int
        In time is within so many days of the signing; who left before has not got there. Only
        journeys begun at least so long before `as_of` count, so that all had the same time.

    Returns
    -------
    pandas.DataFrame
        form (self, free, paid), journeys, in_time (share), low, high (95%, by customer), fit,
        employees, hours (means of the customers; hours of onboarding work given in that time,
        missing where not on record).

    Examples
    --------
    >>> import cstoolkit as cs
    >>> found = onboarding_forms(cs.load_company()).set_index("form")
    >>> bool(found.loc["paid", "fit"] > found.loc["self", "fit"])
    True
    """
    rows = _journeys(company, milestone, days)
    frames = []
    for form in ("self", "free", "paid"):
        mine = rows[rows["form"] == form]
        share, low, high = stats.clustered_share(mine["in_time"], mine["customer_id"])
        means = mine.drop_duplicates("customer_id")[["fit", "employees", "hours"]].mean()
        row = {"form": form, "journeys": len(mine), "in_time": share, "low": low, "high": high}
        frames.append({**row, **means})
    frame = pd.DataFrame(frames)
    return frame[frame["journeys"] > 0].reset_index(drop=True)


def _journeys(company: Company, milestone: str, days: int) -> pd.DataFrame:
    """Journeys that had the time: customer_id, form, in_time, fit, employees, hours."""
    checks.count("onboarding_forms", "days", days, least=1)
    checked(company).need(customers=["onboarding"])
    span = pd.Timedelta(days=days)
    rows = ttv.durations(company, "contract_signed", milestone)
    rows = rows[rows["started_on"] <= company.as_of - span].sort_values("started_on", kind="stable")
    own = company.customers.set_index("customer_id").reindex(rows["customer_id"])
    rows = rows.assign(
        in_time=(rows["outcome"] == "value") & (rows["days"] <= days),
        form=own["onboarding"].to_numpy(),
        employees=own["employees"].to_numpy(float),
        fit=company.fit().reindex(rows["customer_id"]).to_numpy(float),
        hours=np.nan,
    )
    if company.has("activities", "phase", "hours"):
        begun = rows.drop_duplicates("customer_id").set_index("customer_id")["started_on"]
        work = company.activities[company.activities["phase"] == "onboarding"]
        since = work["happened_on"].to_numpy() - begun.reindex(work["customer_id"]).to_numpy()
        mine = work[(since >= pd.Timedelta(0)) & (since < span)]
        given = mine.groupby("customer_id")["hours"].sum()
        rows["hours"] = given.reindex(rows["customer_id"]).fillna(0.0).to_numpy()
    return rows


def onboarding_evidence(company: Company, *, draws: int = 200) -> pd.DataFrame:
    """What the records say of paying for onboarding: the estimates that an offer rests on.

    Parameters
    ----------
    company : Company
        With customers.onboarding, milestones and activities.
    draws : int
        Of the bootstrap of ``ttv.renewal``.

    Returns
    -------
    pandas.DataFrame
        One row an estimate (more in time; churn averted; more renewals; hours more): what,
        estimate, low, high (95%), unit, says. *More in time* is the last row of
        ``ttv.paid_effect``, *churn averted* the last of ``ttv.renewal``, *more renewals* the
        product of both, of those who pay; *hours more* the plain difference of the means.

    Raises
    ------
    MissingData, ValueError
        As ``ttv.paid_effect`` and ``ttv.renewal``.
    """
    checked(company).need(activities=["phase", "hours"])
    paid, saved = ttv.paid_effect(company).iloc[-1], ttv.renewal(company, draws=draws).iloc[-1]
    more = paid["difference"], paid["low"], paid["high"]
    averted = -saved["difference"], -saved["high"], -saved["low"]
    errors = [(high - low) / (2 * stats.z()) for _, low, high in (more, averted)]
    product = stats.delta_interval(
        more[0] * averted[0], [averted[0], more[0]], np.diag(np.square(errors))
    )
    rows = _journeys(company, "basic_value", ttv.IN_TIME).drop_duplicates("customer_id")
    given = [rows.loc[rows["form"] == form, "hours"] for form in ("paid", "free")]
    hours = stats.delta_interval(
        given[0].mean() - given[1].mean(), [1, -1], np.diag([each.sem() ** 2 for each in given])
    )
    table = [
        ("more in time", *more, "share", "value in time if they pay, at the same fit and size"),
        ("churn averted", *averted, "share", "less churn at the first renewal with value in time"),
        ("more renewals", *product, "share", "so many more of those who pay renew"),
        ("hours more", *hours, "hours", "work that a paid onboarding takes more than a free one"),
    ]
    return pd.DataFrame(table, columns=["what", "estimate", "low", "high", "unit", "says"])


def paid_onboarding(
    company: Company, terms: PaidOnboarding | None = None, evidence: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What offering paid onboarding to everybody who has it free now would bring in a year.

    Each renewal saved brings ``ARR x margin x lasting``. *Structural* on terms that are ours and on
    what is *estimated* from the records.

    Parameters
    ----------
    company : Company
    terms : PaidOnboarding, optional
    evidence : pandas.DataFrame, optional
        An :func:`onboarding_evidence`, computed if not given; `more renewals` is used with both
        ends of its interval.

    Returns
    -------
    pandas.DataFrame
        One row a case (no effect, low end, estimate, high end): case, renew_more (share of those
        who pay), customers (who came with free onboarding in the last year), paying, fees, work,
        renewals, lost, net (currency), fee_to_break_even (currency for one onboarding).

    Raises
    ------
    MissingData
        Where nobody came with free onboarding in a year.

    Examples
    --------
    >>> import cstoolkit as cs
    >>> bool(paid_onboarding(cs.load_company())["net"].iloc[1:].is_monotonic_increasing)
    True
    """
    terms = terms or PaidOnboarding()
    checked(company).need(customers=["onboarding"])
    found = (onboarding_evidence(company) if evidence is None else evidence).set_index("what")
    own = company.customers
    since = company.as_of - pd.Timedelta(days=365)
    came = own[(own["onboarding"] == "free") & (own["acquired_on"] > since)]
    if came.empty:
        raise MissingData(
            f"nobody came to {company.name} with free onboarding in the year before "
            f"{company.as_of:%Y-%m-%d}."
        )
    contracts = company.contracts[company.contracts["customer_id"].isin(came["customer_id"])]
    first = contracts.sort_values("signed_on", kind="stable").drop_duplicates("customer_id")
    kept = float(first["arr"].mean()) * terms.margin * terms.lasting
    paying = len(came) * terms.take_up
    more = [0.0, *found.loc["more renewals", ["low", "estimate", "high"]]]
    frame = pd.DataFrame(
        {"case": CASES, "renew_more": more, "customers": len(came), "paying": paying}
    )
    frame["fees"] = paying * terms.fee
    frame["work"] = -paying * found.loc["hours more", "estimate"] * terms.hour
    frame["renewals"] = paying * frame["renew_more"] * kept
    frame["lost"] = -len(came) * terms.lost * kept
    others = frame[["work", "renewals", "lost"]].sum(axis=1)
    frame["net"] = frame["fees"] + others
    frame["fee_to_break_even"] = (-others).clip(lower=0) / paying if paying else np.nan
    return frame
