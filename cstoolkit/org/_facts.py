"""What a company's own records say about the preconditions of a design."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cstoolkit.data.company import Company
from cstoolkit.data.contract import PHASES
from cstoolkit.org._axes import snapshot
from cstoolkit.org._work import MONTHS, work


@dataclass(frozen=True, kw_only=True)
class Context:
    """What no table tells, answered by whoever knows; None leaves the rules that ask for it open.

    `targets_settled`: sales and marketing do not mean to change their target segments (None: judged by the mix of new
    customers). `executive_sponsor`: an executive understands the value of connecting departments. `product_led`: growth
    comes from the product rather than from sales (None: judged by self-service onboarding). `sales_peer`: the head of sales
    would be a peer of the CCO. `businesses`: the company consists of independent businesses.
    """

    targets_settled: bool | None = None
    executive_sponsor: bool | None = None
    product_led: bool | None = None
    sales_peer: bool | None = None
    businesses: bool | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and not isinstance(value, (bool, np.bool_)):
                raise ValueError(
                    f"Context: {name} is True, False or None (not known), got {value!r}."
                )


def facts(company: Company, context: Context | None = None) -> pd.DataFrame:
    """The facts on which :func:`recommend` rests: one row each, fact, value (missing where the records cannot tell), unit,
    says.

    Yes and no are 1 and 0. Where the context answers, it goes before the records.
    """
    context = context or Context()
    found = work(company)
    people, rows, many = found.people, found.rows, len(found)
    contacts = people[people["part"] == "contact"]
    live = snapshot(company)
    since = company.as_of - pd.DateOffset(months=MONTHS)
    new = company.customers["acquired_on"] > since
    tier = live["tier"].astype("str").to_numpy()
    capacity = contacts["hours"].sum()
    monthly = rows["hours"].sum() / MONTHS if found.logged else np.nan
    late = rows["phase"].isin([PHASES.index("renewal"), PHASES.index("expansion")])
    selling = [place for place, name in enumerate(found.departments) if name.casefold() == "sales"]
    notes = company.assignments.loc[
        company.assignments["starts_on"] > since, "notes_passed"
    ].dropna()
    listed = [
        ("live_customers", many, "customers", "customers live"),
        (
            "customers_per_person",
            _over(many, len(contacts)),
            "customers",
            "live customers / people who look after them",
        ),
        (
            "arr_per_customer",
            found.arr.mean() if many else np.nan,
            company.currency,
            "mean ARR of a live customer",
        ),
        (
            "industry_shift",
            _shift(company.customers["industry"], new),
            "share",
            "change of the industry mix: this year's new customers against all before (half the sum of absolute differences)",
        ),
        ("second_region", _second(found.region), "share", "customers in the second largest region"),
        (
            "high_touch_hours",
            _part(rows["hours"], tier[rows["c"]] == "high")
            if company.has("tiers") and found.logged
            else np.nan,
            "share",
            "customer hours that go to high touch",
        ),
        (
            "self_onboarding",
            _part_of(company.customers["onboarding"], new, "self"),
            "share",
            "this year's new customers who onboard by self-service",
        ),
        (
            "notes_passed",
            float(notes.astype(bool).mean()) if len(notes) else np.nan,
            "share",
            "this year's handoffs at which the CRM record was passed on",
        ),
        (
            "utilisation",
            _over(monthly, capacity),
            "share",
            "customer hours a month / working hours of those who give them",
        ),
        ("features", len(found.features) or np.nan, "features", "features whose use is recorded"),
        (
            "second_product",
            _second_product(found.held),
            "share",
            "customers who hold the second product",
        ),
        (
            "lacking",
            float((found.held == 0).any(axis=1).mean()) if len(found.products) > 1 else np.nan,
            "share",
            "customers who lack at least one product",
        ),
        (
            "counterpart_hours",
            _part(rows["hours"], rows["department"].to_numpy() > 0)
            if found.logged and len(found.departments) > 1
            else np.nan,
            "share",
            "customer hours that need another department",
        ),
        (
            "sales_hours",
            _part(rows["hours"][late], rows["department"][late].isin(selling).to_numpy())
            if found.logged and selling
            else np.nan,
            "share",
            "hours of renewal and expansion worked with sales",
        ),
        (
            "embeddable",
            float((people["part"] == "support").sum()) if len(people) else np.nan,
            "people",
            "people in CS who serve the other teams",
        ),
        (
            "targets_settled",
            _said(context.targets_settled),
            "yes or no",
            "target segments are settled (context)",
        ),
        (
            "executive_sponsor",
            _said(context.executive_sponsor),
            "yes or no",
            "an executive understands the value (context)",
        ),
        (
            "product_led",
            _said(context.product_led),
            "yes or no",
            "growth is led by the product (context)",
        ),
        (
            "sales_peer",
            _said(context.sales_peer),
            "yes or no",
            "the head of sales would be the CCO's peer (context)",
        ),
        ("businesses", _said(context.businesses), "yes or no", "independent businesses (context)"),
    ]
    return pd.DataFrame(listed, columns=["fact", "value", "unit", "says"]).astype(
        {"value": "float64"}
    )


def _said(answer: bool | None) -> float:
    return np.nan if answer is None else float(answer)


def _over(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else np.nan


def _part(hours: pd.Series, chosen: np.ndarray) -> float:
    return _over(hours[chosen].sum(), hours.sum())


def _part_of(values: pd.Series, rows: pd.Series, wanted: str) -> float:
    told = values[rows].dropna()
    return float((told == wanted).mean()) if len(told) else np.nan


def _shift(industry: pd.Series, new: pd.Series) -> float:
    """The total variation distance between two mixes: the share that would have to move to make them alike."""
    now, before = industry[new].dropna(), industry[~new].dropna()
    if not len(now) or not len(before):
        return np.nan
    both = pd.concat(
        [now.value_counts(normalize=True), before.value_counts(normalize=True)], axis=1
    ).fillna(0)
    return float((both.iloc[:, 0] - both.iloc[:, 1]).abs().sum() / 2)


def _second(values: pd.Series) -> float:
    shares = values.dropna().value_counts(normalize=True)
    return float(shares.iloc[1]) if len(shares) > 1 else (0.0 if len(shares) else np.nan)


def _second_product(held: np.ndarray) -> float:
    if held.shape[1] < 2 or not len(held):
        return np.nan
    return float(np.sort((held > 0).mean(axis=0))[-2])
